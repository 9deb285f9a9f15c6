package track

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// Live sends what is logged to a target while it is logged.
type Live struct {
	store  *Store
	target Target
	ctx    context.Context
	cancel context.CancelFunc
	wake   chan struct{} // there is something new
	done   chan struct{} // closed when the last pass is over

	mu      sync.Mutex
	ids     map[string]bool // of the runs
	closing bool
	left    Left
	err     error // of the last pass
}

const (
	liveEvery = time.Second // looks what is new
	liveMost  = time.Minute // looks again whether a server that failed answers
	liveShare = 20          // reading the logs takes no more than a twentieth of the time
)

// Live begins to send the runs that are started on this Store from now on to a target, in the background: as Sync does, again
// and again. The experiment never waits for it, and no error of it touches a run; what a dead server has not taken is sent by a
// later Sync, and Run.Unsent says how much that is. Call Close before the program ends. It returns nil for a nil Store.
func (s *Store) Live(target Target) *Live {
	if s == nil {
		return nil
	}
	l := &Live{store: s, target: target, wake: make(chan struct{}, 1), done: make(chan struct{}), ids: map[string]bool{}}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	s.mu.Lock()
	s.live = append(s.live, l)
	s.mu.Unlock()
	go l.loop()
	return l
}

// Close sends what is left, until ctx is done, and ends the background. It returns what is then still to be sent, and if that
// is something, the last error. A second call returns the same.
func (l *Live) Close(ctx context.Context) (Left, error) {
	if l == nil {
		return Left{}, nil
	}
	l.mu.Lock()
	l.closing = true
	l.mu.Unlock()
	l.poke()
	defer context.AfterFunc(ctx, l.cancel)()
	<-l.done
	l.store.mu.Lock()
	l.store.live = slices.DeleteFunc(l.store.live, func(other *Live) bool { return other == l })
	l.store.mu.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil && l.left.Entries > 0 {
		l.err = context.Cause(ctx)
	}
	return l.left, l.err
}

func (l *Live) loop() {
	defer close(l.done)
	defer l.cancel()
	for wait := liveEvery; ; {
		timer := time.NewTimer(wait)
		select {
		case <-l.wake:
		case <-timer.C:
		}
		timer.Stop()
		l.mu.Lock()
		closing := l.closing
		l.mu.Unlock()
		reading, err := l.pass(closing)
		switch {
		case closing:
			return
		case err != nil:
			wait = min(2*wait, liveMost)
		default:
			wait = max(liveEvery, liveShare*reading)
		}
	}
}

// pass sends what is new, and returns how long it read for it.
func (l *Live) pass(last bool) (reading time.Duration, err error) {
	l.mu.Lock()
	ids := maps.Clone(l.ids)
	l.mu.Unlock()
	if len(ids) == 0 {
		return 0, nil
	}
	p := newPass(l.store, l.target, SyncOptions{}, ids)
	defer func() {
		if r := recover(); r != nil { // a defect here is no reason to end the experiment
			err = fmt.Errorf("track: sending in the background: %v", r)
		}
		l.mu.Lock()
		if l.err != nil && errors.Is(err, context.Canceled) { // that it was stopped says less than why it did not come to its end
			err = fmt.Errorf("%w; stopped", l.err)
		}
		l.left, l.err = p.report.Left, err
		l.mu.Unlock()
	}()
	err = p.sync(l.ctx)
	if errors.Is(err, ErrBusy) && !last {
		err = nil
	}
	return p.reading, err
}

// poke wakes the background.
func (l *Live) poke() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// started tells the targets of a new run.
func (s *Store) started(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.live {
		l.mu.Lock()
		l.ids[id] = true
		l.mu.Unlock()
	}
}

// ended wakes them up.
func (s *Store) ended() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.live {
		l.poke()
	}
}

// Unsent returns what is still to be sent of the run to each target that its Store sends to in the background, by place; after
// End that is all that is missing there. Close of the Live sends it, or a later Sync.
func (r *Run) Unsent() (map[string]int, error) {
	if r == nil {
		return nil, nil
	}
	r.store.mu.Lock()
	live := slices.Clone(r.store.live)
	r.store.mu.Unlock()
	unsent := map[string]int{}
	for _, l := range live {
		place := l.target.Place()
		left, err := r.store.left(r.store.placeFolder(place), &SyncOptions{Runs: []string{r.name}}, map[string]bool{r.summary.ID: true})
		if err != nil {
			return nil, err
		}
		if left.Entries > 0 {
			unsent[place] = left.Entries
		}
	}
	return unsent, nil
}
