package track_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"example.com/marketing/segkit/track"
)

// The old run goes when the new one is there, and not before.
func TestOldRunStaysUntilTheNewIsWhole(t *testing.T) {
	s := open(t, t.TempDir())
	finish(t, start(t, s, "run"))
	p := newHooked()
	sendAll(t, s, p)
	old := load(t, s, "run").ID
	second := start(t, s, "run")
	for i := range 1500 {
		second.Metric("loss", 1, i)
	}
	finish(t, second)
	stays := func(what string, wants error) {
		t.Helper()
		report, err := track.Sync(t.Context(), s, p, nil)
		if !errors.Is(err, wants) || report.Removed != 0 || p.find(old) == "" {
			t.Errorf("%s: %+v, %v", what, report, err)
		}
	}
	p.create = func(*track.Sending) error { return fmt.Errorf("%w: too many", track.ErrRefused) }
	stays("the new one is refused", track.ErrRefused)
	p.create = func(*track.Sending) error { return nil }
	gone := false
	p.send = func(_ *track.Sending, entries []track.Entry) error {
		if gone = !gone; !gone {
			return fmt.Errorf("%w: deleted by hand", track.ErrGone)
		}
		return nil
	}
	stays("half of the new one is there", track.ErrGone)
	p.send = func(*track.Sending, []track.Entry) error { return nil }
	if report := sendAll(t, s, p); report.Removed != 1 || p.find(old) != "" {
		t.Errorf("the new one is there: %+v", report)
	}
	p.check(t, s)
}

// What another program replaced is not this one's Live's to remove before the new run is there.
func TestLiveLeavesOthersRuns(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	finish(t, start(t, s, "run"))
	p := newHooked()
	sendAll(t, s, p)
	old := load(t, s, "run").ID
	finish(t, start(t, open(t, dir), "run"))
	live := s.Live(p)
	finish(t, start(t, s, "mine"))
	if left, err := live.Close(t.Context()); err != nil || left != (track.Left{}) {
		t.Errorf("%+v, %v", left, err)
	}
	if p.find(old) == "" || p.alive("mine") != 1 || p.alive("run") != 1 {
		t.Errorf("the old run is there: %v, and %d of mine", p.find(old) != "", p.alive("mine"))
	}
	sendAll(t, s, p)
	p.check(t, s)
}

// A log that was cut back after it was sent is another log, of whatever length it becomes: what is there is taken back, and sent
// anew.
func TestLogThatWasCut(t *testing.T) {
	for what, more := range map[string]func(*track.Run){
		"shorter":       nil,
		"as long":       func(r *track.Run) { r.Param("k", 2) },
		"longer":        func(r *track.Run) { r.Param("k", 200) },
		"much longer":   func(r *track.Run) { r.Params(map[string]any{"a": 1, "b": 2, "c": 3}) },
		"ended at once": func(r *track.Run) {},
	} {
		s := open(t, t.TempDir())
		first := start(t, s, "run")
		first.Param("j", 1)
		finish(t, first)
		p := newHooked()
		sendAll(t, s, p)
		second := resume(t, s, "run")
		second.Param("k", 1)
		flush(t, second)
		sendAll(t, s, p)
		if err := second.Abandon(); err != nil {
			t.Fatal(err)
		}
		if more != nil {
			time.Sleep(2 * time.Millisecond) // lines that are the same in all else differ in their time
			third := resume(t, s, "run")
			more(third)
			flush(t, third)
			finish(t, third)
		}
		if report := sendAll(t, s, p); report.Removed != 1 || p.alive("run") != 1 || len(p.runs) != 2 {
			t.Errorf("%s: %+v", what, report)
		}
		p.check(t, s)
		p.calls = nil
		if sendAll(t, s, p); len(p.calls) > 0 {
			t.Errorf("%s, again: %q", what, p.calls)
		}
	}
}

// A run may be given up while it is sent, at any of its steps.
func TestAbandonWhileSending(t *testing.T) {
	for _, again := range []bool{false, true} { // whether there was a run before, which it goes on with
		for _, step := range []string{"create", "send", "report"} {
			s := open(t, t.TempDir())
			finish(t, start(t, s, "other"))
			p := newHooked()
			if again {
				finish(t, start(t, s, "run"))
				sendAll(t, s, p)
			}
			run := resume(t, s, "run")
			for i := range 1500 {
				run.Metric("loss", 1, i)
			}
			flush(t, run)
			abandon := func(at string, s *track.Sending) error {
				if s.Name == "run" && at == step {
					return run.Abandon()
				}
				return nil
			}
			p.create = func(s *track.Sending) error { return abandon("create", s) }
			p.send = func(s *track.Sending, _ []track.Entry) error { return abandon("send", s) }
			p.report = func(s *track.Sending) error { return abandon("report", s) }
			if _, err := track.Sync(t.Context(), s, p, nil); err != nil && !errors.Is(err, track.ErrRefused) {
				t.Errorf("%s, goes on %v: %v", step, again, err)
			}
			if err := run.Abandon(); err != nil { // there was no create to begin with where it goes on
				t.Fatal(err)
			}
			sendAll(t, s, p)
			if n := p.alive("run"); n != map[bool]int{false: 0, true: 1}[again] || p.alive("other") != 1 {
				t.Errorf("%s, goes on %v: %d are there", step, again, n)
			}
			p.check(t, s)
		}
	}
}
