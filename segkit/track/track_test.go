package track_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/marketing/segkit/track"
)

func open(t *testing.T, dir string) *track.Store {
	t.Helper()
	s, err := track.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func start(t *testing.T, s *track.Store, name string) *track.Run {
	t.Helper()
	r, err := s.Start(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

type model string

func (m model) WriteTo(w io.Writer) (int64, error) { return 0, text(string(m))(w) }

func read(t *testing.T, r *track.Record, kind track.Kind, name string) string {
	t.Helper()
	f, err := r.Open(kind, name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestRunReadsBack(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "runs")
	s := open(t, dir)
	r := start(t, s, "full-k3")
	r.Param("k", 3)
	r.Param("k", 4)
	r.Param("space", "full")
	r.Metric("loss", 0.5, 1)
	r.Metric("loss", 0.25, 2)
	r.Tag("a", "b")
	r.Tag("a")
	r.Table("customers.csv", text("id,cluster\n"))
	r.Model("kmeans", "kmeans.json", model("{}"))
	r.Figure("elbow.png", []byte("png"))
	r.HTML("page.html", text("<p>old"))
	r.HTML("page.html", text("<p>"))
	r.Artifact(track.Artifact{Name: "clean", Note: "the median was used"}, track.Content{Name: "customers.csv", Write: text("a\n")})
	if got, err := s.Load("full-k3"); err != nil || got.State != track.Running {
		t.Errorf("before its end: %+v, %v", got, err)
	}
	if err := r.End(); err != nil {
		t.Fatal(err)
	}
	got, err := open(t, dir).Load("full-k3")
	if err != nil {
		t.Fatal(err)
	}
	if got.Params["k"] != 4.0 || got.Params["space"] != "full" || fmt.Sprint(got.Tags) != "[a b]" || len(got.Files) != 4 || got.State != track.Ended {
		t.Errorf("%+v", got)
	}
	if loss, ok := got.Last("loss"); !ok || loss != 0.25 || got.Metrics["loss"] != (track.Metric{Count: 2, Last: 0.25, Min: 0.25, Max: 0.5, Step: 2}) {
		t.Errorf("loss %v", got.Metrics["loss"])
	}
	if points, err := got.Points("loss"); err != nil || len(points) != 2 || points[0].Value != 0.5 || points[1].Step != 2 || points[0].At.IsZero() {
		t.Errorf("points %v, %v", points, err)
	}
	if _, ok := got.Last("gain"); ok {
		t.Error("a metric that was not logged has a value")
	}
	for _, f := range []struct {
		kind          track.Kind
		path, content string
	}{{track.Table, "customers.csv", "id,cluster\n"}, {track.Model, "kmeans/kmeans.json", "{}"}, {track.Figure, "elbow.png", "png"}, {track.HTML, "page.html", "<p>"}} {
		if s := read(t, got, f.kind, f.path); s != f.content {
			t.Errorf("%s %s holds %q", f.kind, f.path, s)
		}
	}
	a, err := s.Artifact("clean")
	if err != nil || a.Note != "the median was used" || a.Run != "full-k3" || fmt.Sprint(got.Made) != "[clean:1]" {
		t.Errorf("artifact %+v, %v, %v", a, got.Made, err)
	}
	if got.Ended.Before(got.Started) || got.Environment["go"] == "" {
		t.Errorf("%v to %v, %v", got.Started, got.Ended, got.Environment)
	}
	home, _ := os.UserHomeDir()
	host, _ := os.Hostname()
	b, err := os.ReadFile(filepath.Join(dir, "full-k3", "0001.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{home, host, dir} {
		if len(secret) > 5 && strings.Contains(string(b), secret) {
			t.Errorf("the record names %q", secret)
		}
	}
	if _, err := got.Open(track.Table, "gone.csv"); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "model kmeans/kmeans.json") {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestEndReplaces(t *testing.T) {
	s := open(t, t.TempDir())
	for i := range 3 {
		r := start(t, s, "run")
		r.Metric("turn", float64(i), 0)
		r.Table(fmt.Sprintf("t%d.csv", i), text(""))
		if err := r.End(); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Load("run")
	if err != nil || len(got.Files) != 1 || got.Files[0].Name != "t2.csv" {
		t.Errorf("%+v, %v", got, err)
	}
	if runs, err := s.Runs(); err != nil || len(runs) != 1 {
		t.Errorf("%d runs, %v", len(runs), err)
	}
}

func TestFirstErrorIsKept(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	good := start(t, s, "run")
	good.Param("turn", "good")
	if err := good.End(); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	for about, f := range map[string]func(*track.Run){
		"metric":  func(r *track.Run) { r.Metric("", 1, 7) },
		"no JSON": func(r *track.Run) { r.Param("f", func() {}) },
		"writer":  func(r *track.Run) { r.Table("t.csv", func(io.Writer) error { return broken }) },
		"control": func(r *track.Run) { r.Table("\x00.csv", text("")) },
		"artifact": func(r *track.Run) {
			r.Artifact(track.Artifact{Name: "../a"}, track.Content{Name: "t.csv", Write: text("")})
		},
		"artifact file": func(r *track.Run) { r.Artifact(track.Artifact{Name: "a"}) },
	} {
		r := start(t, s, "run")
		f(r)
		first := r.Err()
		r.Param("later", 1)
		if err := r.End(); err == nil || !errors.Is(err, first) || !strings.Contains(err.Error(), "run run") {
			t.Errorf("%s: %v, first %v", about, err, first)
		}
		if got, err := s.Load("run"); err != nil || got.Params["turn"] != "good" {
			t.Errorf("%s: the earlier run is lost: %v", about, err)
		}
	}
	last := start(t, s, "run")
	if err := last.End(); err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(filepath.Join(dir, "run")); err != nil || len(entries) != 2 {
		t.Errorf("a run that ended left others behind: %v, %v", entries, err)
	}
	r := start(t, s, "late")
	if err := r.End(); err != nil {
		t.Fatal(err)
	}
	r.Param("k", 1)
	if !errors.Is(r.Err(), track.ErrEnded) {
		t.Errorf("after the end: %v", r.Err())
	}
}

func TestNames(t *testing.T) {
	s := open(t, t.TempDir())
	for _, name := range []string{"", ".", "..", "a/b", `a\b`, "../a", ".hidden", "a b", "ä", strings.Repeat("x", 101), "a\x00"} {
		if _, err := s.Start(name, nil); !errors.Is(err, track.ErrName) {
			t.Errorf("Start(%q): %v", name, err)
		}
		if _, err := s.Load(name); !errors.Is(err, track.ErrName) {
			t.Errorf("Load(%q): %v", name, err)
		}
	}
	_, err := s.Load("gone")
	if !errors.Is(err, track.ErrNoRun) || !strings.Contains(err.Error(), "there are: none") {
		t.Errorf("no run: %v", err)
	}
}

func TestTrackingOff(t *testing.T) {
	var s *track.Store
	r, err := s.Start("anything", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Param("a", 1)
	r.Metric("b", 1, 0)
	r.Table("c", text(""))
	if err := errors.Join(r.Err(), r.End(), r.Abandon()); err != nil {
		t.Error(err)
	}
	if runs, err := s.Runs(); err != nil || runs != nil {
		t.Errorf("%v, %v", runs, err)
	}
}

func TestParallelRuns(t *testing.T) {
	s := open(t, t.TempDir())
	var writers sync.WaitGroup
	for i := range 16 {
		writers.Go(func() {
			r, err := s.Start(fmt.Sprintf("run-%02d", i), nil)
			if err != nil {
				t.Error(err)
				return
			}
			for step := range 20 {
				r.Metric("m", float64(i), step)
			}
			if err := r.End(); err != nil {
				t.Error(err)
			}
		})
	}
	writers.Wait()
	runs, err := s.Runs()
	if err != nil || len(runs) != 16 || runs[7].Name != "run-07" || runs[7].Metrics["m"].Count != 20 {
		t.Errorf("%d runs, %v", len(runs), err)
	}
}

// Runs of one name that end together do not fail, and a reader sees one of them at any moment.
func TestSameNameAtOnce(t *testing.T) {
	s := open(t, t.TempDir())
	first := start(t, s, "run")
	first.Param("writer", -1)
	if err := first.End(); err != nil {
		t.Fatal(err)
	}
	var writers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() {
			for range 25 {
				r, err := s.Start("run", nil)
				if err != nil {
					t.Error(err)
					return
				}
				r.Param("writer", w)
				if err := r.End(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { writers.Wait(); close(done) }()
	for reading := true; reading; {
		select {
		case <-done:
			reading = false
		default:
		}
		if _, err := s.Load("run"); err != nil {
			t.Fatal(err)
		}
		if runs, err := s.Runs(); err != nil || len(runs) != 1 {
			t.Fatalf("%d runs, %v", len(runs), err)
		}
	}
}

// A writer is killed at any moment, again and again: the finished run stays whole, the unfinished ones are known as such.
func TestKilledWriter(t *testing.T) {
	if dir := os.Getenv("TRACK_TEST_DIR"); dir != "" {
		for turn := 0; ; turn++ {
			r := start(t, open(t, dir), "run")
			for step := range 50 {
				r.Metric("m", float64(turn), step)
			}
			r.Table("t.csv", text(strings.Repeat(fmt.Sprintln(turn), 5000)))
			if err := r.End(); err != nil {
				t.Fatal(err)
			}
		}
	}
	dir := t.TempDir()
	s := open(t, dir)
	first := start(t, s, "run")
	first.Metric("m", -1, 0)
	first.Table("t.csv", text("-1\n"))
	if err := first.End(); err != nil {
		t.Fatal(err)
	}
	rounds := 200
	if testing.Short() {
		rounds = 20
	}
	for round := range rounds {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilledWriter$")
		cmd.Env = append(os.Environ(), "TRACK_TEST_DIR="+dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(10+round*7%50) * time.Millisecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		cmd.Wait() // it was killed, which is the error
		got, err := s.Load("run")
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		turn, _ := got.Last("m")
		if table := read(t, got, track.Table, "t.csv"); !strings.HasPrefix(table, fmt.Sprintln(int(turn))) || turn >= 0 && len(table) != 5000*len(fmt.Sprintln(int(turn))) {
			t.Fatalf("round %d: the table does not belong to turn %v", round, turn)
		}
	}
}

func Example() {
	dir, err := os.MkdirTemp("", "runs-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	store, err := track.Open(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	run, err := store.Start("first", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	run.Param("k", 3)
	run.Metric("silhouette", 0.25, 0)
	if err := run.End(); err != nil {
		fmt.Println(err)
		return
	}
	record, err := store.Load("first")
	if err != nil {
		fmt.Println(err)
		return
	}
	silhouette, _ := record.Last("silhouette")
	fmt.Println(record.Name, record.Params["k"], silhouette)
	// Output: first 3 0.25
}
