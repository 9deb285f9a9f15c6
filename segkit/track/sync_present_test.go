package track_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/marketing/segkit/track"
)

// A folder without a run, as somebody may make one or a killed program leave it, is nothing to send, and no trouble.
func TestFoldersWithoutRuns(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	for _, name := range []string{"notes", "killed"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "killed", "0001.jsonl"), []byte(`{"k":"st`), 0o644); err != nil {
		t.Fatal(err)
	}
	finish(t, start(t, s, "one"))
	p := newPlace()
	sendAll(t, s, p)
	live := s.Live(p)
	finish(t, start(t, s, "two"))
	if left, err := live.Close(t.Context()); err != nil || left != (track.Left{}) {
		t.Errorf("%+v, %v", left, err)
	}
	p.check(t, s)
}

// Who frees a disk does not mean to empty the server.
func TestDeletedFolderStaysThere(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	finish(t, start(t, s, "one"), start(t, s, "two"))
	p := newHooked()
	sendAll(t, s, p)
	if err := os.RemoveAll(filepath.Join(dir, "one")); err != nil {
		t.Fatal(err)
	}
	if report := sendAll(t, s, p); report.Removed != 0 || p.alive("one") != 1 {
		t.Errorf("%+v, and %d are there", report, p.alive("one"))
	}
}

// Runs that were not asked for are neither sent nor taken back.
func TestSyncSomeRuns(t *testing.T) {
	s := open(t, t.TempDir())
	finish(t, start(t, s, "one"), start(t, s, "two"))
	p := newHooked()
	sendAll(t, s, p)
	finish(t, start(t, s, "one"), start(t, s, "two"), start(t, s, "three"))
	some := func(names ...string) track.SyncReport {
		t.Helper()
		p.calls = nil
		report, err := track.Sync(t.Context(), s, p, &track.SyncOptions{Runs: names})
		if err != nil || report.Left != (track.Left{}) {
			t.Errorf("%+v, %v", report, err)
		}
		for _, call := range p.told("") {
			if strings.Fields(call)[1] != names[0] {
				t.Error(call)
			}
		}
		return report
	}
	if report := some("two"); report.Runs != 1 || report.Removed != 1 {
		t.Errorf("%+v", report)
	}
	if report := sendAll(t, s, p); report.Runs != 2 || report.Removed != 1 {
		t.Errorf("then all: %+v", report)
	}
	p.check(t, s)
	// Nor where the new run is there, and only the old one could not be removed.
	finish(t, start(t, s, "one"))
	p.remove = func(*track.Sending) error { return errDown }
	if _, err := track.Sync(t.Context(), s, p, nil); !errors.Is(err, errDown) || p.alive("one") != 2 {
		t.Errorf("%d are there, %v", p.alive("one"), err)
	}
	p.remove = func(*track.Sending) error { return nil }
	if some("two"); p.alive("one") != 2 {
		t.Errorf("%d are there", p.alive("one"))
	}
	if some("one"); p.alive("one") != 1 {
		t.Errorf("%d are there", p.alive("one"))
	}
}

// Behind a run that has ended, one that broke off is not worth sending; but one that was sent while it went on is told to its
// end, which is when its last entry was logged.
func TestInterruptedRuns(t *testing.T) {
	s := open(t, t.TempDir())
	finish(t, start(t, s, "run"))
	breakOff(t, start(t, s, "run"))
	p := newHooked()
	if sendAll(t, s, p); len(p.runs) != 1 {
		t.Fatalf("%d runs are there", len(p.runs))
	}
	going := start(t, s, "run")
	flush(t, going)
	if sendAll(t, s, p); p.alive("run") != 2 {
		t.Fatalf("%d runs are there", p.alive("run"))
	}
	going.Param("late", 1)
	breakOff(t, going)
	var latest int64
	p.report = func(s *track.Sending) error {
		latest = s.Latest()
		return nil
	}
	sendAll(t, s, p)
	history, err := s.History("run")
	if err != nil {
		t.Fatal(err)
	}
	last := history[len(history)-1]
	c := p.runs[p.find(last.ID)]
	if c.reported != track.Interrupted || c.entries[len(c.entries)-1].Name != "late" || latest != c.entries[len(c.entries)-1].At || latest == 0 {
		t.Errorf("it is %s, and ends at %d with %+v", c.reported, latest, c.entries[len(c.entries)-1])
	}
}

// A place's folder is its own, however much its name is like another's.
func TestPlacesOfLikeNames(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	finish(t, start(t, s, "run"))
	long := "mlflow example.com/"
	for range 100 {
		long += "x"
	}
	names := []string{"mlflow example.com/a", "mlflow example.com-a", "mlflow_example.com/a", long + "1", long + "2"}
	for _, name := range names {
		p := newHooked()
		p.name = name
		sendAll(t, s, p)
		p.check(t, s)
	}
	folders, err := os.ReadDir(filepath.Join(dir, ".sent"))
	if err != nil || len(folders) != len(names) {
		t.Errorf("%v, %v", folders, err)
	}
}

// Folders are names, not patterns.
func TestOddFolders(t *testing.T) {
	for _, name := range []string{"my[1]", "a*b?", "[", `back\slash`, "ü ✓"} {
		dir := filepath.Join(t.TempDir(), name)
		s := open(t, dir)
		finish(t, start(t, s, "good"))
		p := newPlace()
		run := start(t, s, "given-up")
		sendAll(t, s, p)
		places, err := os.ReadDir(filepath.Join(dir, ".sent"))
		if err != nil || len(places) != 1 {
			t.Fatal(places, err)
		}
		folder := filepath.Join(dir, ".sent", places[0].Name())
		leftover := filepath.Join(folder, "."+load(t, s, "good").ID+".json.12345")
		foreign := []string{filepath.Join(folder, "notes.json"), filepath.Join(folder, "x.gone"), filepath.Join(folder, ".DS_Store"), filepath.Join(folder, "0123.json")}
		for _, path := range append(foreign, leftover) {
			if err := os.WriteFile(path, []byte("no JSON"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if err := run.Abandon(); err != nil {
			t.Fatal(err)
		}
		if report := sendAll(t, s, p); report.Removed != 1 {
			t.Errorf("%s: the run that was given up: %+v", name, report)
		}
		p.check(t, s)
		if _, err := os.Stat(leftover); err == nil {
			t.Errorf("%s: what a killed program left is still there", name)
		}
		for _, path := range foreign {
			if _, err := os.Stat(path); err != nil {
				t.Error(err)
			}
		}
	}
}
