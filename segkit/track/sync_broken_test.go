package track_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/marketing/segkit/track"
)

// A log that cannot be read says nothing of which run it is: what was sent of it stays.
func TestDamageRemovesNothing(t *testing.T) {
	for what, damage := range map[string]func(string) string{
		"the first line":     replacing(`{"k":"start"`, `{"k";"start"`),
		"an ID of nobody":    replacing(`"id":"`, `"id":"x`),
		"of a later version": replacing(`"version":1`, `"version":2`),
	} {
		for _, replaced := range []bool{false, true} {
			dir := t.TempDir()
			s := open(t, dir)
			run := start(t, s, "run")
			flush(t, run)
			if replaced { // a run that is being written is not removed by its successor
				finish(t, start(t, s, "run"))
			}
			p := newHooked()
			sendAll(t, s, p)
			edit(t, filepath.Join(dir, "run", "0001.jsonl"), damage)
			finish(t, start(t, s, "other"))
			before := p.alive("run")
			for range 2 {
				report, err := track.Sync(t.Context(), s, p, nil)
				// Behind one that is whole a damaged one is not asked for, and so is no trouble.
				if report.Removed != 0 || p.alive("run") != before || p.alive("other") != 1 || !replaced && !errors.Is(err, track.ErrRefused) {
					t.Errorf("%s, replaced %v: %+v, %v", what, replaced, report, err)
				}
			}
			if err := run.Abandon(); err != nil {
				t.Error(err)
			}
		}
	}
}

// Where the summary of a run fits, its log is not read before it is sent.
func TestDamageInTheMiddle(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	bad := start(t, s, "bad")
	for i := range 3000 {
		bad.Metric("loss", 1, i)
	}
	finish(t, bad)
	path := filepath.Join(dir, "bad", "0001.jsonl")
	edit(t, path, replacing(`"s":2500,`, `"s":25x0,`))
	finish(t, start(t, s, "good"))
	p := newHooked()
	for range 2 {
		report, err := track.Sync(t.Context(), s, p, nil)
		if !errors.Is(err, track.ErrRefused) || !strings.Contains(err.Error(), "run bad") || !strings.Contains(err.Error(), path) || report.Refused != 1 {
			t.Errorf("%+v, %v", report, err)
		}
		if report.Left != (track.Left{}) { // all up to the damage is sent
			t.Errorf("left %+v", report.Left)
		}
		if c := p.runs[p.find(load(t, s, "good").ID)]; c == nil || c.reported != track.Ended {
			t.Error("the other was not sent")
		}
	}
	edit(t, path, replacing(`"s":25x0,`, `"s":2500,`)) // from a copy of the store, say
	sendAll(t, s, p)
	p.check(t, s)
}

// What the store does not hold as it was is refused, and only that: nothing wrong is sent for right.
func TestContentsThatChanged(t *testing.T) {
	long := strings.Repeat("x", 200_000)
	for what, damage := range map[string]func(path string) error{
		"truncated": func(path string) error { return os.Truncate(path, int64(len(long)-1)) },
		"emptied":   func(path string) error { return os.Truncate(path, 0) },
		"longer":    func(path string) error { return os.WriteFile(path, []byte(long+long), 0o644) },
		"changed":   func(path string) error { return os.WriteFile(path, []byte("y"+long[1:]), 0o644) },
		"removed":   os.Remove,
	} {
		dir := t.TempDir()
		s := open(t, dir)
		run := start(t, s, "run")
		run.Text("good.txt", "good")
		run.Text("bad.txt", long)
		run.Artifact(track.Artifact{Name: "bad"}, track.Content{Name: "c.txt", Write: text(long)})
		run.Artifact(track.Artifact{Name: "good"}, track.Content{Name: "c.txt", Write: text("good")})
		run.Param("after", 1)
		finish(t, run, start(t, s, "other"))
		f, err := load(t, s, "run").Open(track.Text, "bad.txt")
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
		if err := damage(f.Name()); err != nil {
			t.Fatal(err)
		}
		p := newHooked()
		p.send = func(s *track.Sending, entries []track.Entry) error { // a target that does not look at the error until the end
			if f := entries[0].File; f != nil && f.Name == "bad.txt" {
				r, err := s.OpenFile(*f)
				if err != nil {
					return nil
				}
				defer r.Close()
				if b, err := io.ReadAll(r); !errors.Is(err, track.ErrRefused) || int64(len(b)) >= f.Size {
					t.Errorf("%s: %d bytes were read of %d, %v", what, len(b), f.Size, err)
				}
			}
			return nil
		}
		report, err := track.Sync(t.Context(), s, p, nil)
		if !errors.Is(err, track.ErrRefused) || report.Refused != 2 || report.Left != (track.Left{}) || !strings.Contains(err.Error(), `text "bad.txt"`) || !strings.Contains(err.Error(), "artifact bad:1") {
			t.Errorf("%s: %+v, %v", what, report, err)
		}
		c := p.runs[p.find(load(t, s, "run").ID)]
		if fmt.Sprint(c.files) != "map[good.txt:good good/c.txt:good]" || c.entries[len(c.entries)-2].Name != "after" || c.reported != track.Ended {
			t.Errorf("%s: there are %.100v, and %+v", what, c.files, c.entries)
		}
		if p.alive("other") != 1 {
			t.Errorf("%s: the other run is not there", what)
		}
	}
}

// An entry that only a later version of this package knows waits for that version.
func TestEntryOfALaterVersion(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	finish(t, start(t, s, "run"))
	path := filepath.Join(dir, "run", "0001.jsonl")
	edit(t, path, func(log string) string {
		return log + `{"k":"continue","at":1}` + "\n" + `{"k":"video","n":"x","at":1}` + "\n" + `{"k":"param","n":"after","v":1,"at":1}` + "\n"
	})
	finish(t, start(t, s, "other"))
	p := newHooked()
	for range 2 {
		report, err := track.Sync(t.Context(), s, p, nil)
		if !errors.Is(err, track.ErrRefused) || !strings.Contains(err.Error(), `"video"`) || report.Refused != 1 || report.Left.Runs != 1 || p.alive("other") != 1 {
			t.Errorf("%+v, %v", report, err)
		}
		if sent := strings.Join(p.sent, ","); strings.Contains(sent, "video") || strings.Contains(sent, "after") {
			t.Errorf("%s", sent)
		}
	}
	// That version comes.
	edit(t, path, replacing(`{"k":"video","n":"x","at":1}`, `{"k":"tag","n":"xxx","at":1}`))
	sendAll(t, s, p)
	p.check(t, s)
}

// Two folders with the same run are a copy: one is sent.
func TestCopiedRun(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	finish(t, start(t, s, "a"))
	if err := os.CopyFS(filepath.Join(dir, "b"), os.DirFS(filepath.Join(dir, "a"))); err != nil {
		t.Fatal(err)
	}
	p := newHooked()
	check := func() {
		t.Helper()
		for range 2 {
			report, err := track.Sync(t.Context(), s, p, nil)
			if !errors.Is(err, track.ErrRefused) || !strings.Contains(err.Error(), "run b") || !strings.Contains(err.Error(), "copy") || report.Refused != 1 {
				t.Errorf("%+v, %v", report, err)
			}
			if p.alive("a") != 1 || p.alive("b") != 0 || len(p.runs) != 1 {
				t.Errorf("%d and %d are there", p.alive("a"), p.alive("b"))
			}
		}
	}
	check()
	more := resume(t, s, "b") // the copy goes its own way
	more.Param("k", 1)
	finish(t, more)
	check()
	// What the message asks for helps: a run of its own.
	finish(t, start(t, s, "b"))
	sendAll(t, s, p)
	p.check(t, s)
}
