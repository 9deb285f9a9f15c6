package nb

import (
	"fmt"
	"strings"
	"testing"

	"example.com/marketing/segkit/track"
)

func someRuns(t *testing.T) (*track.Store, []*track.Record) {
	t.Helper()
	s, err := track.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for i, score := range []float64{0.2, 0.6, 0.4} {
		r, err := s.Start(fmt.Sprint("run", i), nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Param("k", 3+i)
		r.Param("seed", 42)
		r.Param("note", "<b>bold</b>")
		r.Metric("silhouette", score, 0)
		for step := range 3 {
			r.Metric("loss", 1/float64(step+i+1), step)
		}
		if i == 2 {
			r.Text("note.txt", "with a file, all before it is on disk")
			continue // it is left open
		}
		if err := r.End(); err != nil {
			t.Fatal(err)
		}
	}
	runs, err := s.Runs()
	if err != nil {
		t.Fatal(err)
	}
	return s, runs
}

func TestRuns(t *testing.T) {
	_, runs := someRuns(t)
	got := runsHTML(runs, []string{"silhouette", "k", "note", "nowhere"})
	first, second, third := strings.Index(got, "run1"), strings.Index(got, "run2 (running)"), strings.Index(got, "run0")
	if first < 0 || second < first || third < second {
		t.Errorf("the runs stand in another order:\n%s", got)
	}
	for _, want := range []string{`data-v="0.6">0.600<`, "&lt;b&gt;bold", "3 runs, 1 of them not ended", `<th scope="col" style="text-align:right`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, "<b>") {
		t.Error("a parameter is markup")
	}
}

func TestComparison(t *testing.T) {
	_, runs := someRuns(t)
	header, rows := comparison(runs[:2])
	if fmt.Sprint(header) != "[ run0 run1]" || fmt.Sprint(rows) != "[[k 3 4] [loss 0.3333333333333333 0.25] [silhouette 0.2 0.6]]" {
		t.Errorf("%v\n%v", header, rows)
	}
	defer func() {
		if recover() == nil {
			t.Error("one run was compared")
		}
	}()
	Compare(runs[0])
}
