package track_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"example.com/marketing/segkit/track"
)

// One program at a time sends to a place; to another place another may.
func TestTwoSyncsAtOnce(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	finish(t, start(t, s, "run"))
	p, elsewhere := newHooked(), newHooked()
	elsewhere.name = "elsewhere"
	p.send = func(*track.Sending, []track.Entry) error {
		for _, s := range []*track.Store{s, open(t, dir)} {
			report, err := track.Sync(t.Context(), s, newPlace(), nil)
			if !errors.Is(err, track.ErrBusy) || report.Left.Runs != 1 || report.Entries != 0 {
				t.Errorf("%+v, %v", report, err)
			}
		}
		sendAll(t, s, elsewhere)
		return nil
	}
	sendAll(t, s, p)
	p.check(t, s)
	elsewhere.check(t, s)
	p.send = func(*track.Sending, []track.Entry) error { return errDown }
	finish(t, start(t, s, "more"))
	if _, err := track.Sync(t.Context(), s, p, nil); !errors.Is(err, errDown) {
		t.Fatal(err)
	}
	p.send = func(*track.Sending, []track.Entry) error { return nil }
	sendAll(t, s, p) // one that failed has given the place back
}

// Live waits while a Sync sends to its place, and goes on when that is done.
func TestLiveBesideSync(t *testing.T) {
	s := open(t, t.TempDir())
	finish(t, start(t, s, "before"))
	p := &guardedPlace{place: newPlace()}
	begun := newHooked()
	live := s.Live(p)
	begun.send = func(*track.Sending, []track.Entry) error {
		closed := s.Live(p) // and one that is closed meanwhile says why something is left
		finish(t, start(t, s, "run"))
		if left, err := closed.Close(t.Context()); !errors.Is(err, track.ErrBusy) || left.Runs != 1 {
			t.Errorf("%+v, %v", left, err)
		}
		return nil
	}
	sendSome(t, s, begun, "before")
	await(t, "what is left was never sent", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.alive("run") == 1 && p.runs["key-0"].reported == track.Ended
	})
	if left, err := live.Close(t.Context()); err != nil || left != (track.Left{}) {
		t.Errorf("%+v, %v", left, err)
	}
}

// sendSome sends some runs.
func sendSome(t *testing.T, s *track.Store, target track.Target, names ...string) {
	t.Helper()
	if _, err := track.Sync(t.Context(), s, target, &track.SyncOptions{Runs: names}); err != nil {
		t.Fatal(err)
	}
}

// await returns when something has become true. That it does not is told after a time in which it should many times over.
func await(t *testing.T, never string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal(never)
		}
	}
}

// A defect of a target is no reason to end the experiment.
func TestLiveWithPanickingTarget(t *testing.T) {
	s := open(t, t.TempDir())
	p := newHooked()
	p.send = func(*track.Sending, []track.Entry) error { panic("a defect") }
	live := s.Live(p)
	run := start(t, s, "run")
	finish(t, run)
	if _, err := live.Close(t.Context()); err == nil || !strings.Contains(err.Error(), "a defect") {
		t.Errorf("%v", err)
	}
	// The place was given back, and what may have been sent is looked up.
	p.send = func(s *track.Sending, _ []track.Entry) error {
		if !s.Again {
			t.Error("what the panic left in doubt is taken for not sent")
		}
		return nil
	}
	sendAll(t, s, p)
	p.check(t, s)
}

// Close sends everything, even where the background has not looked yet.
func TestLiveClosedAtOnce(t *testing.T) {
	for range 20 {
		s := open(t, t.TempDir())
		p := newPlace()
		live := s.Live(p)
		run := start(t, s, "run")
		run.Metric("loss", 1, 1)
		finish(t, run)
		if left, err := live.Close(t.Context()); err != nil || left != (track.Left{}) {
			t.Fatalf("%+v, %v", left, err)
		}
		p.check(t, s)
	}
	if left, err := open(t, t.TempDir()).Live(newPlace()).Close(t.Context()); err != nil || left != (track.Left{}) {
		t.Errorf("without a run: %+v, %v", left, err)
	}
}

// A Live that was closed sends nothing, and so leaves nothing unsent.
func TestClosedLiveIsNotAsked(t *testing.T) {
	s := open(t, t.TempDir())
	closed, going := newHooked(), newHooked()
	closed.name = "closed"
	if _, err := s.Live(closed).Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	going.create = func(*track.Sending) error { return errDown }
	live := s.Live(going)
	run := start(t, s, "run")
	finish(t, run)
	if unsent, err := run.Unsent(); err != nil || len(unsent) != 1 || unsent["memory"] != 2 {
		t.Errorf("%v, %v", unsent, err)
	}
	if left, err := live.Close(t.Context()); !errors.Is(err, errDown) || left != (track.Left{Runs: 1, Entries: 2}) {
		t.Errorf("%+v, %v", left, err)
	}
	if unsent, err := run.Unsent(); err != nil || len(unsent) != 0 {
		t.Errorf("after Close: %v, %v", unsent, err)
	}
	if len(closed.calls) > 0 {
		t.Errorf("%q", closed.calls)
	}
}

// A server that fails is asked less and less often, but the end of a run is worth a try at once.
func TestEndWakesLive(t *testing.T) {
	s := open(t, t.TempDir())
	p := &guardedPlace{place: newPlace()}
	tries, down := 0, true
	p.fails = func() (bool, bool) {
		tries++
		return down, false
	}
	live := s.Live(p)
	for i := 1; i <= 7; i++ { // now it would wait for a minute
		finish(t, start(t, s, "run"))
		await(t, "a run ended, and nothing was tried", func() bool {
			p.mu.Lock()
			defer p.mu.Unlock()
			return tries >= i
		})
	}
	p.mu.Lock()
	down = false
	p.mu.Unlock()
	finish(t, start(t, s, "last"))
	await(t, "the last run was not sent", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.alive("last") == 1
	})
	if left, err := live.Close(t.Context()); err != nil || left != (track.Left{}) {
		t.Errorf("%+v, %v", left, err)
	}
}
