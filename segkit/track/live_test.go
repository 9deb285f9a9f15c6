package track_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"example.com/marketing/segkit/track"
)

// guardedPlace is a place that a test may look at while it is sent to, and that can stand still.
type guardedPlace struct {
	*place
	mu   sync.Mutex
	hang bool
}

func (p *guardedPlace) Create(ctx context.Context, s *track.Sending) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.hang {
		<-ctx.Done()
		return "", ctx.Err()
	}
	return p.place.Create(ctx, s)
}

func (p *guardedPlace) Send(ctx context.Context, s *track.Sending, entries []track.Entry) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.place.Send(ctx, s, entries)
}

func (p *guardedPlace) Report(ctx context.Context, s *track.Sending) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.place.Report(ctx, s)
}

func TestLive(t *testing.T) {
	s := open(t, t.TempDir())
	before := write(t, s, rand.New(rand.NewPCG(1, 1)), "before", nil)
	p := &guardedPlace{place: newPlace()}
	live := s.Live(p)
	run := write(t, s, rand.New(rand.NewPCG(1, 1)), "run", nil)
	there := func() (entries int, state track.State) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if len(p.runs) == 0 {
			return 0, ""
		}
		return len(p.runs["key-0"].entries), p.runs["key-0"].reported
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if n, state := there(); n > 5 && state == track.Running {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("nothing was sent while the run was going on")
		}
	}
	run.Metric("late", 1, 1)
	given := start(t, s, "given-up")
	if err := errors.Join(run.End(), before.End(), given.Abandon()); err != nil {
		t.Fatal(err)
	}
	if left, err := live.Close(t.Context()); err != nil || left != (track.Left{}) {
		t.Errorf("%+v, %v", left, err)
	}
	if left, err := live.Close(t.Context()); err != nil || left != (track.Left{}) {
		t.Errorf("a second time: %+v, %v", left, err)
	}
	if unsent, err := run.Unsent(); err != nil || len(unsent) != 0 {
		t.Errorf("unsent %v, %v", unsent, err)
	}
	if p.find(load(t, s, "before").ID) != "" || p.runs["key-0"].reported != track.Ended {
		t.Error("a run is there that began before Live, or not the whole of the other")
	}
	if _, err := track.Sync(t.Context(), s, p, nil); err != nil {
		t.Error(err)
	}
	p.check(t, s)
}

// A server that stands still is nothing to the experiment.
func TestLiveWithoutServer(t *testing.T) {
	s := open(t, t.TempDir())
	p := &guardedPlace{place: newPlace(), hang: true}
	live := s.Live(p)
	run := write(t, s, rand.New(rand.NewPCG(1, 1)), "run", nil)
	time.Sleep(20 * time.Millisecond)
	if err := run.End(); err != nil {
		t.Fatal(err)
	}
	unsent, err := run.Unsent()
	if err != nil || unsent["memory"] < 10 {
		t.Errorf("unsent %v, %v", unsent, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	left, err := live.Close(ctx)
	if err == nil || left.Runs != 1 || left.Entries != unsent["memory"] {
		t.Errorf("%+v, %v", left, err)
	}
	p.hang = false
	if _, err := track.Sync(t.Context(), s, p, nil); err != nil {
		t.Fatal(err)
	}
	p.check(t, s)
	var off *track.Store
	if left, err := off.Live(p).Close(ctx); err != nil || left != (track.Left{}) {
		t.Errorf("without a store: %+v, %v", left, err)
	}
}
