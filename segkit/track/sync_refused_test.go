package track_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/marketing/segkit/track"
)

// Refusals do not hide that the server is gone: no other run is tried.
func TestDeadServerBehindRefusals(t *testing.T) {
	for _, dies := range []string{"send", "report"} {
		s := open(t, t.TempDir())
		for i := range 3 {
			run := start(t, s, fmt.Sprint("r", i))
			run.Text("bad.txt", "")
			run.Text("good.txt", "")
			finish(t, run)
		}
		p := newHooked()
		p.refuses = func(e *track.Entry) bool { return e.File != nil && e.File.Name == "bad.txt" }
		p.send = func(_ *track.Sending, entries []track.Entry) error {
			if f := entries[0].File; dies == "send" && f != nil && f.Name == "good.txt" {
				return errDown
			}
			return nil
		}
		p.report = func(*track.Sending) error {
			if dies == "report" {
				return errDown
			}
			return nil
		}
		report, err := track.Sync(t.Context(), s, p, nil)
		if !errors.Is(err, errDown) || !errors.Is(err, track.ErrRefused) || report.Refused != 1 || report.Left.Runs < 2 {
			t.Errorf("%s: %+v, %v", dies, report, err)
		}
		if made := p.told("create"); len(made) != 1 {
			t.Errorf("%s: %q", dies, made)
		}
	}
}

// However much is refused, the error can be read, and each is counted.
func TestManyRefusals(t *testing.T) {
	s := open(t, t.TempDir())
	run := start(t, s, "run")
	for i := range 5000 {
		run.Param(fmt.Sprint("p", i), i)
	}
	finish(t, run)
	p := newPlace()
	p.refuses = func(e *track.Entry) bool { return e.Kind == track.EntryParam }
	report, err := track.Sync(t.Context(), s, p, nil)
	if !errors.Is(err, track.ErrRefused) || report.Refused != 5000 || report.Entries != 2 || report.Left != (track.Left{}) {
		t.Errorf("%+v, %v", report, err)
	}
	if text := err.Error(); len(text) > 5000 || !strings.Contains(text, `param "p19"`) || !strings.Contains(text, "4980 more") {
		t.Errorf("%d bytes: %s", len(text), text)
	}
	if report, err := track.Sync(t.Context(), s, p, nil); err != nil || report != (track.SyncReport{}) {
		t.Errorf("again: %+v, %v", report, err)
	}
}

// How a run stands is told when that changes, and while it goes on, each time.
func TestReports(t *testing.T) {
	s := open(t, t.TempDir())
	p := newHooked()
	tells := func(when string, want ...string) {
		t.Helper()
		p.calls = nil
		sendAll(t, s, p)
		if got := p.told("report"); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", when, got, want)
		}
	}
	run := start(t, s, "run")
	flush(t, run)
	tells("it goes on", "report run running")
	tells("it still goes on", "report run running")
	finish(t, run)
	tells("it has ended", "report run ended")
	tells("nothing is new")
	finish(t, resume(t, s, "run"))
	tells("it went on and ended", "report run ended")
	more := resume(t, s, "run")
	tells("it goes on again", "report run running")
	breakOff(t, more)
	tells("it broke off", "report run interrupted")
	tells("nothing is new")
	// A report that got no answer is given again, even where nothing was sent since.
	finish(t, resume(t, s, "run"))
	p.report = func(*track.Sending) error { return errDown }
	if _, err := track.Sync(t.Context(), s, p, nil); !errors.Is(err, errDown) {
		t.Errorf("%v", err)
	}
	p.report = func(*track.Sending) error { return nil }
	tells("the server is back", "report run ended again")
}

// A report that is refused is said once, and not given again before something is new.
func TestRefusedReport(t *testing.T) {
	s := open(t, t.TempDir())
	finish(t, start(t, s, "run"), start(t, s, "other"))
	p := newHooked()
	p.report = func(s *track.Sending) error {
		if s.Name == "run" {
			return fmt.Errorf("%w: no registry", track.ErrRefused)
		}
		return nil
	}
	refused := func() {
		t.Helper()
		p.calls = nil
		report, err := track.Sync(t.Context(), s, p, nil)
		if !errors.Is(err, track.ErrRefused) || !strings.Contains(err.Error(), "run run: that it is ended") || report.Refused != 1 || report.Left != (track.Left{}) {
			t.Errorf("%+v, %v", report, err)
		}
	}
	refused()
	if p.runs[p.find(load(t, s, "other").ID)].reported != track.Ended {
		t.Error("the other was not reported")
	}
	p.calls = nil
	if sendAll(t, s, p); len(p.calls) > 0 {
		t.Errorf("again: %q", p.calls)
	}
	finish(t, resume(t, s, "run"))
	refused()
}

// A target looks up what it sends only where an answer may have been lost: that is slow.
func TestAgain(t *testing.T) {
	s := open(t, t.TempDir())
	p := newHooked()
	fails := map[string]error{} // the next call
	fail := func(call string) error {
		err := fails[call]
		delete(fails, call)
		return err
	}
	p.create = func(*track.Sending) error { return fail("create") }
	p.send = func(*track.Sending, []track.Entry) error { return fail("send") }
	p.report = func(*track.Sending) error { return fail("report") }
	calls := func(when string, wants error, want ...string) {
		t.Helper()
		p.calls = nil
		if _, err := track.Sync(t.Context(), s, p, nil); !errors.Is(err, wants) {
			t.Errorf("%s: %v", when, err)
		}
		if got := p.told(""); !slices.Equal(got, want) {
			t.Errorf("%s:\n%q, want\n%q", when, got, want)
		}
	}
	write := func(run *track.Run) {
		for i := range 1500 {
			run.Metric("loss", 1, i)
		}
		finish(t, run)
	}
	write(start(t, s, "a"))
	calls("all is well", nil, "create a", "send a 1000", "send a 502", "report a ended")
	calls("nothing is new", nil)
	fails["send"] = errDown
	write(resume(t, s, "a"))
	calls("it breaks", errDown, "send a 1000")
	calls("then", nil, "send a 1000 again", "send a 502", "report a ended")
	fails["report"] = errDown
	write(resume(t, s, "a"))
	calls("the report breaks", errDown, "send a 1000", "send a 502", "report a ended")
	calls("then", nil, "report a ended again")
	write(resume(t, s, "a"))
	calls("all is well again", nil, "send a 1000", "send a 502", "report a ended")
	fails["create"] = errDown
	time.Sleep(2 * time.Millisecond) // runs go in the order in which they began
	write(start(t, s, "b"))
	calls("making it breaks", errDown, "create b")
	calls("then", nil, "create b again", "send b 1000", "send b 502", "report b ended")
	p.refuses = func(e *track.Entry) bool { return e.Name == "bad" }
	more := resume(t, s, "b")
	more.Param("bad", 1)
	more.Param("good", 1)
	finish(t, more)
	calls("one is refused", track.ErrRefused, "send b 4", "send b 2", "report b ended")
	finish(t, resume(t, s, "b"))
	calls("after a refusal", nil, "send b 2", "report b ended")
}
