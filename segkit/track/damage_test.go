package track_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/marketing/segkit/track"
)

// One run that cannot be read is one run's trouble.
func TestDamagedRun(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	for _, name := range []string{"good", "bad"} {
		r := start(t, s, name)
		r.Param("k", 3)
		r.Table("t.csv", text(name))
		if err := r.End(); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "bad", "0001.jsonl")
	damage := func(line string) {
		t.Helper()
		f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString(line); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	damage("{\"k\":\"param\"\n")
	runs, err := s.Runs()
	if err != nil || len(runs) != 2 || runs[0].State != track.Damaged || runs[1].State != track.Ended {
		t.Fatalf("%v, %v", runs, err)
	}
	if d := runs[0].Damage; d == nil || !strings.Contains(d.Error(), "0001.jsonl, line 5") || runs[0].Params["k"] != 3.0 || len(runs[0].Files) != 1 {
		t.Errorf("damage %v, and before it %v", d, runs[0].Params)
	}
	if _, err := s.Load("bad"); err == nil || !strings.Contains(err.Error(), "line 5") {
		t.Errorf("%v", err)
	}
	if freed, err := s.Clean(); err == nil || freed != 0 || !strings.Contains(err.Error(), "bad") {
		t.Errorf("Clean freed %d, %v", freed, err)
	}
	if _, err := s.Start("bad", &track.RunOptions{Continue: true}); err == nil || !strings.Contains(err.Error(), "line 5") {
		t.Errorf("a damaged run was continued: %v", err)
	}
	p := newPlace()
	if _, err := track.Sync(t.Context(), s, p, nil); !errors.Is(err, track.ErrRefused) || p.find(runs[1].ID) == "" {
		t.Errorf("%v", err)
	}
	// A new run of the name takes its place.
	r := start(t, s, "bad")
	if err := r.End(); err != nil {
		t.Fatal(err)
	}
	if got := load(t, s, "bad"); got.State != track.Ended || len(got.Params) != 0 {
		t.Errorf("%+v", got)
	}
	if freed, err := s.Clean(); err != nil || freed != 3 { // bad's table
		t.Errorf("Clean freed %d, %v", freed, err)
	}
}

// What a later version wrote may speak of files that this one does not know of.
func TestCleanLeavesWhatItDoesNotKnow(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	r := start(t, s, "run")
	if err := r.End(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "run", "0001.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("{\"k\":\"video\",\"at\":1}\n"); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if got := load(t, s, "run"); got.State != track.Ended {
		t.Errorf("%+v", got)
	}
	if _, err := s.Clean(); err == nil || !strings.Contains(err.Error(), `"video"`) {
		t.Errorf("%v", err)
	}
}

// What a killed program left goes; what is being written stays.
func TestCleanLeavesWriters(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	r := start(t, s, "run")
	left := []string{filepath.Join(dir, "objects", ".new-123"), filepath.Join(dir, "run", ".0001.json.123"), filepath.Join(dir, "objects", "ab", "abc.csv")}
	if err := os.MkdirAll(filepath.Dir(left[2]), 0o777); err != nil {
		t.Fatal(err)
	}
	own := filepath.Join(dir, "notes.txt")
	for _, path := range append(left, own) {
		if err := os.WriteFile(path, []byte("12345"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r.Table("t.csv", func(w io.Writer) error {
		if _, err := io.WriteString(w, "half"); err != nil {
			return err
		}
		if freed, err := s.Clean(); err != nil || freed != 15 {
			t.Errorf("Clean freed %d, %v", freed, err)
		}
		_, err := io.WriteString(w, " and half")
		return err
	})
	if err := r.End(); err != nil {
		t.Fatal(err)
	}
	if got := read(t, load(t, s, "run"), track.Table, "t.csv"); got != "half and half" {
		t.Errorf("%q", got)
	}
	for _, path := range left {
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s was left", path)
		}
	}
	if _, err := os.Stat(own); err != nil {
		t.Error(err)
	}
}

// A function of the user's may log while it writes.
func TestCallbackCallsItsRun(t *testing.T) {
	s := open(t, t.TempDir())
	r := start(t, s, "run")
	r.Table("t.csv", func(w io.Writer) error {
		r.Metric("rows", 1, 0)
		r.Text("inner.txt", "inner")
		return text("outer")(w)
	})
	r.Artifact(track.Artifact{Name: "a"}, track.Content{Name: "b", Write: func(w io.Writer) error {
		r.Param("k", 3)
		return nil
	}})
	if err := r.End(); err != nil {
		t.Fatal(err)
	}
	got := load(t, s, "run")
	if read(t, got, track.Text, "inner.txt") != "inner" || read(t, got, track.Table, "t.csv") != "outer" || got.Params["k"] != 3.0 {
		t.Errorf("%+v", got)
	}
}

// What is refused is told by End, and keeps nothing else from being logged.
func TestRefusedCallKeepsNothingElse(t *testing.T) {
	s := open(t, t.TempDir())
	r := start(t, s, "run")
	r.Param("", 1)
	r.Param("bad", func() {})
	r.Table("../up.csv", text("x"))
	r.Model("a/b", "m.json", model("{}"))
	r.Param("good", 1)
	err := r.End()
	if !errors.Is(err, track.ErrName) {
		t.Errorf("%v", err)
	}
	history, err := s.History("run")
	if err != nil || len(history) != 1 || history[0].Params["good"] != 1.0 || len(history[0].Files) != 0 || history[0].State != track.Interrupted {
		t.Errorf("%+v, %v", history, err)
	}
}

func TestFileNames(t *testing.T) {
	s := open(t, t.TempDir())
	r := start(t, s, "run")
	for _, name := range []string{"..", "a/../b", "/a", "a/", "a//b", `a\b`, ".", "", "a\nb", strings.Repeat("x", 251)} {
		r.Text(name, "x")
		r.Artifact(track.Artifact{Name: "a"}, track.Content{Name: name, Write: text("x")})
	}
	for _, name := range []string{"a/b.txt", "ü ✓.txt", "..a", "<b>.txt"} {
		r.Text(name, "x")
	}
	if err := r.End(); !errors.Is(err, track.ErrName) {
		t.Errorf("%v", err)
	}
	history, err := s.History("run")
	if err != nil || len(history[0].Files) != 4 || len(history[0].Made) != 0 {
		t.Errorf("%+v, %v", history, err)
	}
	for _, name := range []string{"CON", "nul.txt", "a.", "Com1.x"} {
		if _, err := s.Start(name, nil); !errors.Is(err, track.ErrName) {
			t.Errorf("%q: %v", name, err)
		}
		if err := track.CheckName(name); !errors.Is(err, track.ErrName) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if err := track.CheckName("full-k3"); err != nil {
		t.Error(err)
	}
}

// A number comes back with all its digits, from the log and from the summary.
func TestLongNumbers(t *testing.T) {
	s := open(t, t.TempDir())
	r := start(t, s, "run")
	r.Params(map[string]any{"seed": uint64(1<<64 - 1), "least": int64(-1 << 63), "exact": 1 << 53, "nested": map[string]any{"seed": uint64(1<<63 + 1)}, "small": 1<<53 - 1, "half": 0.5})
	check := func(got *track.Record) {
		t.Helper()
		for name, want := range map[string]any{
			"seed": json.Number("18446744073709551615"), "least": json.Number("-9223372036854775808"), "exact": json.Number("9007199254740992"), "small": float64(1<<53 - 1), "half": 0.5,
		} {
			if got.Params[name] != want {
				t.Errorf("%s is %v, of %T", name, got.Params[name], got.Params[name])
			}
		}
		if nested, ok := got.Params["nested"].(map[string]any); !ok || nested["seed"] != json.Number("9223372036854775809") {
			t.Errorf("nested is %v", got.Params["nested"])
		}
	}
	r.Text("sync.txt", "") // the log is on disk
	check(load(t, s, "run"))
	if err := r.End(); err != nil {
		t.Fatal(err)
	}
	check(load(t, s, "run"))
}

// A record of a run that was replaced says so, and never gives another run's points for its own.
func TestReplacedRecord(t *testing.T) {
	s := open(t, t.TempDir())
	first := start(t, s, "run")
	first.Metric("loss", 1, 1)
	if err := first.End(); err != nil {
		t.Fatal(err)
	}
	old := load(t, s, "run")
	second := start(t, s, "run")
	second.Metric("loss", 2, 2)
	second.Text("sync.txt", "")
	history, err := s.History("run")
	if err != nil || len(history) != 2 || history[0].State != track.Ended || history[1].State != track.Running {
		t.Fatalf("%v, %v", history, err)
	}
	given := history[1]
	if err := second.Abandon(); err != nil {
		t.Fatal(err)
	}
	if err := second.End(); !errors.Is(err, track.ErrEnded) {
		t.Errorf("an end after it was given up: %v", err)
	}
	third := start(t, s, "run") // in the place of the second
	if err := third.End(); err != nil {
		t.Fatal(err)
	}
	for _, r := range []*track.Record{old, given} {
		if points, err := r.Points("loss"); !errors.Is(err, track.ErrNoRun) || len(points) > 0 {
			t.Errorf("points %v, %v", points, err)
		}
	}
}
