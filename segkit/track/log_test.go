package track_test

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"example.com/marketing/segkit/track"
)

// A log that is cut at any byte reads up to its last whole line, is known as interrupted, and can be continued.
func TestCutAnywhere(t *testing.T) {
	dir := t.TempDir()
	r := start(t, open(t, dir), "run")
	r.Param("k", 3)
	r.Tag("first")
	for step := range 5 {
		r.Metric("loss", 1/float64(step+1), step)
	}
	r.Table("t.csv", text("x"))
	r.Other("note", "with\nlines")
	if err := r.End(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "run", "0001.jsonl")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "run", "0001.json")); err != nil {
		t.Fatal(err)
	}
	last := 0
	for cut := range len(whole) + 1 {
		if err := os.WriteFile(path, whole[:cut], 0o666); err != nil {
			t.Fatal(err)
		}
		s := open(t, dir)
		got, err := s.Load("run")
		lines := strings.Count(string(whole[:cut]), "\n")
		if lines == 0 {
			if !errors.Is(err, track.ErrNoRun) {
				t.Fatalf("cut at %d: %v", cut, err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		want := track.Interrupted
		if cut == len(whole) {
			want = track.Ended
		}
		if n := got.Metrics["loss"].Count; got.State != want || n < last || n > 5 || n != min(5, max(0, lines-3)) {
			t.Fatalf("cut at %d, %d lines: %s, %d points", cut, lines, got.State, n)
		}
		last = got.Metrics["loss"].Count
		if cut%17 != 0 {
			continue
		}
		again, err := s.Start("run", &track.RunOptions{Continue: true})
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		again.Metric("loss", 0, 99)
		if err := again.End(); err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		got, err = s.Load("run")
		if err != nil || got.State != track.Ended || got.Metrics["loss"].Step != 99 || got.Metrics["loss"].Count != last+1 {
			t.Fatalf("cut at %d, continued: %+v, %v", cut, got, err)
		}
		if err := os.Remove(filepath.Join(dir, "run", "0001.json")); err != nil {
			t.Fatal(err)
		}
	}
}

func TestContinue(t *testing.T) {
	s := open(t, t.TempDir())
	for turn := range 3 {
		r, err := s.Start("run", &track.RunOptions{Continue: true})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Start("run", &track.RunOptions{Continue: true}); !errors.Is(err, track.ErrBusy) {
			t.Fatalf("two writers: %v", err)
		}
		r.Param(fmt.Sprint("turn", turn), turn)
		r.Param("last", turn)
		r.Metric("m", float64(turn), turn)
		if err := r.End(); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Load("run")
	if err != nil || len(got.Params) != 4 || got.Params["last"] != 2.0 || got.Metrics["m"].Count != 3 || got.State != track.Ended {
		t.Errorf("%+v, %v", got, err)
	}
}

// What was continued and then given up is as it was before; a summary that does not fit its log is not believed.
func TestContinueAndAbandon(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	r := start(t, s, "run")
	r.Param("turn", "first")
	if err := r.End(); err != nil {
		t.Fatal(err)
	}
	again, err := s.Start("run", &track.RunOptions{Continue: true})
	if err != nil {
		t.Fatal(err)
	}
	again.Param("turn", "second")
	again.Metric("m", 1, 0)
	again.Text("t.txt", "x")
	if got, err := s.Load("run"); err != nil || got.State != track.Running || got.Params["turn"] != "second" {
		t.Errorf("while it goes on: %+v, %v", got, err)
	}
	if err := again.Abandon(); err != nil {
		t.Fatal(err)
	}
	got, err := s.Load("run")
	if err != nil || got.State != track.Ended || got.Params["turn"] != "first" || len(got.Metrics)+len(got.Files) != 0 {
		t.Errorf("given up: %+v, %v", got, err)
	}
	old, err := os.ReadFile(filepath.Join(dir, "run", "0001.json"))
	if err != nil {
		t.Fatal(err)
	}
	next := start(t, s, "run")
	next.Param("turn", "third")
	next.Text("t.txt", "y") // all is on disk now
	if err := os.WriteFile(filepath.Join(dir, "run", "0002.json"), old, 0o666); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Load("run"); err != nil || got.Params["turn"] != "first" {
		t.Errorf("another one's summary was believed: %+v, %v", got, err)
	}
	if err := next.End(); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Load("run"); err != nil || got.Params["turn"] != "third" {
		t.Errorf("the next: %+v, %v", got, err)
	}
}

// Killed before its first line, a run is none, and is no hindrance.
func TestContinueAfterNothing(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	r := start(t, s, "run")
	r.Param("turn", 1)
	if err := r.End(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"0002.jsonl", "3-copy.jsonl", "0004 (copy).jsonl"} {
		if err := os.WriteFile(filepath.Join(dir, "run", name), []byte(`{"k":"sta`), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	again, err := s.Start("run", &track.RunOptions{Continue: true})
	if err != nil {
		t.Fatal(err)
	}
	again.Param("turn", 2)
	if err := again.End(); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Load("run"); err != nil || got.Params["turn"] != 2.0 || got.State != track.Ended {
		t.Errorf("%+v, %v", got, err)
	}
}

// Readers of an interrupted run do not take each other for its writer.
func TestReadersAtOnce(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	if err := os.MkdirAll(filepath.Join(dir, "run"), 0o777); err != nil {
		t.Fatal(err)
	}
	log := `{"k":"start","n":"run","version":1,"id":"0123456789abcdef0123456789abcdef","at":1}` + "\n"
	if err := os.WriteFile(filepath.Join(dir, "run", "0001.jsonl"), []byte(log), 0o666); err != nil {
		t.Fatal(err)
	}
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() {
			for range 200 {
				if got, err := s.Load("run"); err != nil || got.State != track.Interrupted {
					t.Errorf("%+v, %v", got, err)
					return
				}
			}
		})
	}
	readers.Wait()
}

// A writer that panics leaves its error with the run.
func TestPanickingWriter(t *testing.T) {
	s := open(t, t.TempDir())
	r := start(t, s, "run")
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is gone")
			}
		}()
		r.Table("t.csv", func(io.Writer) error { panic("no") })
	}()
	if err := r.End(); err == nil || !strings.Contains(err.Error(), "t.csv") {
		t.Errorf("%v", err)
	}
}

// What is no number comes back as it was, and takes no part in the extremes.
func TestNoNumbers(t *testing.T) {
	s := open(t, t.TempDir())
	r := start(t, s, "run")
	values := []float64{math.NaN(), 2, math.Inf(1), -1, math.Inf(-1), 5e-324, -0.1}
	for i, v := range values {
		r.Metric(`odd "name" \ ü`, v, i)
	}
	r.Metric("none", math.NaN(), 0)
	if err := r.End(); err != nil {
		t.Fatal(err)
	}
	got, err := s.Load("run")
	if err != nil {
		t.Fatal(err)
	}
	m := got.Metrics[`odd "name" \ ü`]
	if m.Count != len(values) || m.Last != -0.1 || m.Min != -1 || m.Max != 2 || !math.IsNaN(got.Metrics["none"].Min) {
		t.Errorf("%+v, %+v", m, got.Metrics["none"])
	}
	points, err := got.Points(`odd "name" \ ü`)
	if err != nil || len(points) != len(values) {
		t.Fatalf("%v, %v", points, err)
	}
	for i, p := range points {
		if math.Float64bits(p.Value) != math.Float64bits(values[i]) && !(math.IsNaN(p.Value) && math.IsNaN(values[i])) {
			t.Errorf("point %d is %v, want %v", i, p.Value, values[i])
		}
	}
}

func TestOneContentIsStoredOnce(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	for i := range 5 {
		r := start(t, s, fmt.Sprint("run", i))
		r.Table("a.csv", text(strings.Repeat("same\n", 1000)))
		r.Text("note.txt", fmt.Sprint(i))
		if err := r.End(); err != nil {
			t.Fatal(err)
		}
	}
	if files := objects(t, dir); len(files) != 6 {
		t.Errorf("%d files: %v", len(files), files)
	}
	r := start(t, s, "run0")
	if err := r.End(); err != nil {
		t.Fatal(err)
	}
	if freed, err := s.Clean(); err != nil || freed != 1 || len(objects(t, dir)) != 5 {
		t.Errorf("freed %d bytes, %v", freed, err)
	}
	got, err := s.Load("run4")
	if err != nil || read(t, got, track.Text, "note.txt") != "4" || len(read(t, got, track.Table, "a.csv")) != 5000 {
		t.Errorf("%+v, %v", got, err)
	}
}

func objects(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "objects", "??", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// A record's word is not taken for a path.
func TestRecordStaysInside(t *testing.T) {
	dir := t.TempDir()
	r := start(t, open(t, dir), "run")
	r.Table("t.csv", text("x"))
	if err := r.End(); err != nil {
		t.Fatal(err)
	}
	got := load(t, open(t, dir), "run")
	replace := func(file, old, new string) (restore func()) {
		t.Helper()
		path := filepath.Join(dir, "run", file)
		b, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(b), old) {
			t.Fatalf("%s: %v, %s", file, err, b)
		}
		if err := os.WriteFile(path, []byte(strings.Replace(string(b), old, new, 1)), 0o666); err != nil {
			t.Fatal(err)
		}
		return func() {
			if err := os.WriteFile(path, b, 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	sha := got.Files[0].SHA256
	for _, evil := range [][2]string{{sha, "../../../secret"}, {sha, ""}, {"t.csv", "../t.csv"}, {`"table"`, `"tables"`}, {got.ID, "../../../../x"}, {got.ID, "0"}} {
		// A summary that this package has not written is not read; the log has it all.
		restore := replace("0001.json", evil[0], evil[1])
		if text := read(t, load(t, open(t, dir), "run"), track.Table, "t.csv"); text != "x" {
			t.Errorf("%q: %q", evil, text)
		}
		restore()
		// A log that says so is damaged.
		restore = replace("0001.jsonl", evil[0], evil[1])
		if _, err := open(t, dir).Load("run"); err == nil || !strings.Contains(err.Error(), "0001.jsonl, line") {
			t.Errorf("%q: %v", evil, err)
		}
		restore()
	}
}

func TestArtifacts(t *testing.T) {
	s := open(t, t.TempDir())
	make := func(run, content, note string, aliases ...string) {
		t.Helper()
		r := start(t, s, run)
		r.Artifact(track.Artifact{Name: "data", Note: note, Aliases: aliases, Metadata: map[string]any{"rows": 3}}, track.Content{Name: "a.csv", Write: text(content)}, track.Content{Name: "b/b.csv", Write: text("b")})
		if err := r.End(); err != nil {
			t.Fatal(err)
		}
	}
	make("one", "1", "first", "best")
	make("one", "1", "first") // the same again: no new version
	make("two", "2", "second", "best", "stable")
	make("two", "2", "second", "newer") // only an alias
	for ref, want := range map[string]int{"data": 2, "data:latest": 2, "data:1": 1, "data:best": 2, "data:stable": 2, "data:newer": 2} {
		a, err := s.Artifact(ref)
		if err != nil || a.Version != want {
			t.Errorf("%s: %+v, %v", ref, a, err)
		}
	}
	if all, err := s.Artifacts(); err != nil || len(all) != 2 || len(all[0].Aliases) != 0 || fmt.Sprint(all[1].Aliases) != "[best stable newer]" || all[1].Metadata["rows"] != 3.0 {
		t.Errorf("%v, %v", all, err)
	}
	if _, err := s.Artifact("data:9"); !errors.Is(err, track.ErrNoArtifact) || !strings.Contains(err.Error(), "data:2, data:1") {
		t.Errorf("no version: %v", err)
	}
	r := start(t, s, "user")
	a, err := r.Use("data:1")
	if err != nil {
		t.Fatal(err)
	}
	f, err := a.Open("b/b.csv")
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	if err := r.End(); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Load("user"); err != nil || fmt.Sprint(got.Used) != "[data:1]" {
		t.Errorf("%+v, %v", got, err)
	}
	for about, bad := range map[string]func(r *track.Run){
		"two of a name": func(r *track.Run) {
			r.Artifact(track.Artifact{Name: "x"}, track.Content{Name: "a", Write: text("")}, track.Content{Name: "a", Write: text("")})
		},
		"a number as alias": func(r *track.Run) {
			r.Artifact(track.Artifact{Name: "x", Aliases: []string{"7"}}, track.Content{Name: "a", Write: text("")})
		},
		"latest as alias": func(r *track.Run) {
			r.Artifact(track.Artifact{Name: "x", Aliases: []string{track.Latest}}, track.Content{Name: "a", Write: text("")})
		},
	} {
		r := start(t, s, "bad")
		bad(r)
		if r.Err() == nil {
			t.Errorf("%s was taken", about)
		}
		if err := r.Abandon(); err != nil {
			t.Error(err)
		}
	}
}

func BenchmarkMetric(b *testing.B) {
	s, err := track.Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	r, err := s.Start("run", nil)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	step := 0
	for b.Loop() {
		r.Metric("loss", 1/float64(step+1), step)
		step++
	}
	if err := r.End(); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkRuns(b *testing.B) {
	s, err := track.Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	for i := range 1000 {
		r, err := s.Start(fmt.Sprintf("run-%04d", i), nil)
		if err != nil {
			b.Fatal(err)
		}
		r.Params(map[string]any{"k": i, "seed": 1, "space": "full"})
		for step := range 100 {
			r.Metric("loss", float64(step), step)
		}
		if err := r.End(); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if runs, err := s.Runs(); err != nil || len(runs) != 1000 {
			b.Fatal(err)
		}
	}
}
