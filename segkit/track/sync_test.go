package track_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/marketing/segkit/track"
)

// place is a target in memory, which fails as it is told to.
type place struct {
	runs    map[string]*counterpart     // by key
	fails   func() (before, after bool) // whether a step fails before or after it was done
	refuses func(e *track.Entry) bool
	sent    []string // what was tried, as "kind name value"
}

type counterpart struct {
	id, name string
	entries  []track.Entry
	files    map[string]string
	reported track.State
	removed  bool
}

var errDown = errors.New("the server is down")

func newPlace() *place {
	return &place{runs: map[string]*counterpart{}, fails: func() (bool, bool) { return false, false }, refuses: func(*track.Entry) bool { return false }}
}

func (p *place) Place() string { return "memory" }

func (p *place) Link() string { return "https://example.com/runs" }

func (p *place) step(do func()) error {
	before, after := p.fails()
	if before {
		return errDown
	}
	do()
	if after {
		return errDown
	}
	return nil
}

func (p *place) find(id string) string {
	for key, c := range p.runs {
		if c.id == id && !c.removed {
			return key
		}
	}
	return ""
}

func (p *place) Create(_ context.Context, s *track.Sending) (key string, err error) {
	if s.Again {
		if key := p.find(s.ID); key != "" {
			return key, nil
		}
	}
	err = p.step(func() {
		key = fmt.Sprintf("key-%d", len(p.runs))
		p.runs[key] = &counterpart{id: s.ID, name: s.Name, files: map[string]string{}}
	})
	return key, err
}

func (p *place) Send(_ context.Context, s *track.Sending, entries []track.Entry) (int, error) {
	c := p.runs[s.Key]
	if c == nil || c.removed {
		return 0, fmt.Errorf("%w: %s", track.ErrGone, s.Key)
	}
	arrived := make([]bool, len(entries))
	if s.Again {
		var err error
		arrived, err = s.Arrived(entries, func(metric string) (points []track.Point, err error) {
			for _, e := range c.entries {
				if e.Kind == track.EntryMetric && e.Name == metric {
					points = append(points, track.Point{Step: e.Step, Value: e.Value.(float64), At: at(e.At)})
				}
			}
			return points, nil
		})
		if err != nil {
			return 0, err
		}
	}
	for i := range entries {
		e := &entries[i]
		if arrived[i] {
			continue
		}
		p.sent = append(p.sent, fmt.Sprintf("%s %s %v", e.Kind, e.Name, e.Value))
		if p.refuses(e) {
			return i, fmt.Errorf("%w: not this", track.ErrRefused)
		}
		content, err := contents(s, e)
		if err != nil {
			return i, err
		}
		err = p.step(func() {
			if e.Kind != track.EntryMetric { // what comes twice takes its own place
				c.entries = slices.DeleteFunc(c.entries, func(old track.Entry) bool { return sameSlot(&old, e) })
			}
			c.entries = append(c.entries, *e)
			maps.Copy(c.files, content)
		})
		if err != nil {
			return i, err
		}
	}
	return len(entries), nil
}

// sameSlot tells whether a place holds one of two entries only.
func sameSlot(a, b *track.Entry) bool {
	if a.Kind != b.Kind || a.Name != b.Name || a.At != b.At && a.Kind == track.EntryContinue {
		return false
	}
	switch a.Kind {
	case track.EntryFile:
		return a.File.Path() == b.File.Path()
	case track.EntryDataset:
		return a.Dataset.Name == b.Dataset.Name
	case track.EntryMade, track.EntryUsed:
		return *a.Artifact == *b.Artifact
	}
	return true
}

func (p *place) Report(_ context.Context, s *track.Sending) error {
	return p.step(func() { p.runs[s.Key].reported = s.State })
}

func (p *place) Remove(_ context.Context, s *track.Sending) error {
	key := s.Key
	if key == "" {
		if key = p.find(s.ID); key == "" {
			return nil
		}
	}
	return p.step(func() { p.runs[key].removed = true })
}

// check compares the place with the store: everything once, and nothing else.
func (p *place) check(t *testing.T, s *track.Store) {
	t.Helper()
	runs, err := s.Runs()
	if err != nil {
		t.Fatal(err)
	}
	alive := 0
	for _, c := range p.runs {
		if !c.removed {
			alive++
		}
	}
	if alive != len(runs) {
		t.Errorf("the place holds %d runs, the store %d", alive, len(runs))
	}
	for _, r := range runs {
		c := p.runs[p.find(r.ID)]
		if c == nil {
			t.Errorf("run %s is not there", r.Name)
			continue
		}
		if c.name != r.Name || c.reported != r.State {
			t.Errorf("run %s is %s, reported %s", r.Name, r.State, c.reported)
		}
		there := counts(c.entries)
		var own []track.Entry
		if err := r.Replay(func(e *track.Entry, _ int64) error {
			if e.Kind == track.EntryMetric || !slices.ContainsFunc(own, func(old track.Entry) bool { return sameSlot(&old, e) }) {
				own = append(own, *e)
			} else {
				i := slices.IndexFunc(own, func(old track.Entry) bool { return sameSlot(&old, e) })
				own[i] = *e
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if here := counts(own); !reflect.DeepEqual(here, there) {
			t.Errorf("run %s: here %d entries, there %d", r.Name, len(own), len(c.entries))
			for key, n := range here {
				if there[key] != n {
					t.Errorf("  %d of %s are there, %d here", there[key], key, n)
				}
			}
		}
		for _, f := range r.Files {
			if read(t, r, f.Kind, f.Path()) != c.files[f.Path()] {
				t.Errorf("run %s: %s holds something else", r.Name, f.Path())
			}
		}
	}
}

func counts(entries []track.Entry) map[string]int {
	n := map[string]int{}
	for _, e := range entries {
		n[fmt.Sprintf("%s %q %v %d", e.Kind, e.Name, e.Value, e.Step)]++
	}
	return n
}

// write logs a run of some size.
func write(t *testing.T, s *track.Store, r *rand.Rand, name string, o *track.RunOptions) *track.Run {
	t.Helper()
	run, err := s.Start(name, o)
	if err != nil {
		t.Fatal(err)
	}
	run.Params(map[string]any{"k": 3, "seed": uint64(1<<63 + 1), "space": "full"})
	for i := range r.IntN(1500) {
		run.Metric("loss", float64(r.IntN(3)), i/3) // many points are the same in everything
	}
	run.Param("k", 4)
	run.Tag("a", "b")
	run.Other("note", "x")
	run.Table("t.csv", text("a\n"))
	run.Table("t.csv", text(fmt.Sprint(r.Uint64())))
	run.Dataset("customers", "abc", 3, 4)
	run.Artifact(track.Artifact{Name: "clean"}, track.Content{Name: "c.csv", Write: text(fmt.Sprint(r.IntN(2)))})
	return run
}

func TestSync(t *testing.T) {
	s := open(t, t.TempDir())
	r := rand.New(rand.NewPCG(1, 1))
	if err := write(t, s, r, "one", nil).End(); err != nil {
		t.Fatal(err)
	}
	if err := write(t, s, r, "two", nil).End(); err != nil {
		t.Fatal(err)
	}
	p := newPlace()
	report, err := track.Sync(t.Context(), s, p, nil)
	if err != nil || report.Runs != 2 || report.Left != (track.Left{}) {
		t.Fatalf("%+v, %v", report, err)
	}
	p.check(t, s)
	if slices.Contains(p.sent, "param k 3") || !slices.Contains(p.sent, "param k 4") {
		t.Error("a value was sent that another took the place of")
	}
	if report, err = track.Sync(t.Context(), s, p, nil); err != nil || report != (track.SyncReport{}) {
		t.Errorf("a second time: %+v, %v", report, err)
	}
	// One run is replaced, the other goes on.
	if err := write(t, s, r, "one", nil).End(); err != nil {
		t.Fatal(err)
	}
	again := write(t, s, r, "two", &track.RunOptions{Continue: true})
	if report, err = track.Sync(t.Context(), s, p, nil); err != nil || report.Runs != 2 || report.Removed != 1 {
		t.Errorf("after a change: %+v, %v", report, err)
	}
	if err := again.End(); err != nil {
		t.Fatal(err)
	}
	if _, err = track.Sync(t.Context(), s, p, &track.SyncOptions{Runs: []string{"two"}}); err != nil {
		t.Error(err)
	}
	p.check(t, s)
	if _, err := track.Sync(t.Context(), s, p, &track.SyncOptions{Runs: []string{"three"}}); !errors.Is(err, track.ErrNoRun) {
		t.Errorf("a run that is not there: %v", err)
	}
	if report, err := track.Sync(t.Context(), nil, p, nil); err != nil || report != (track.SyncReport{}) {
		t.Errorf("without a store: %+v, %v", report, err)
	}
}

// Whatever fails, and whenever, in the end everything is there once.
func TestSyncThroughFailures(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 2))
		s := open(t, t.TempDir())
		p := newPlace()
		p.fails = func() (bool, bool) { return r.IntN(200) == 0, r.IntN(200) == 0 }
		var running *track.Run
		for range 6 {
			switch r.IntN(5) {
			case 0, 1:
				if err := write(t, s, r, "one", &track.RunOptions{Continue: r.IntN(2) == 0}).End(); err != nil {
					t.Fatal(err)
				}
			case 2:
				if running == nil {
					running = write(t, s, r, "two", nil)
				}
			case 3:
				if running != nil {
					if err := running.End(); err != nil {
						t.Fatal(err)
					}
					running = nil
				}
			case 4:
				if running != nil {
					if err := running.Abandon(); err != nil {
						t.Fatal(err)
					}
					running = nil
				}
			}
			if _, err := track.Sync(t.Context(), s, p, nil); err != nil && !errors.Is(err, errDown) {
				t.Fatal(err)
			}
		}
		if running != nil {
			if err := running.End(); err != nil {
				t.Fatal(err)
			}
		}
		tries := 0
		for ; tries < 200; tries++ {
			report, err := track.Sync(t.Context(), s, p, nil)
			if err == nil {
				if report.Left != (track.Left{}) {
					t.Errorf("seed %d: left %+v", seed, report.Left)
				}
				break
			}
			if !errors.Is(err, errDown) {
				t.Fatal(err)
			}
		}
		p.check(t, s)
		if t.Failed() {
			t.Fatalf("seed %d, after %d tries", seed, tries)
		}
	}
}

// What is refused is passed over once, and said.
func TestSyncRefused(t *testing.T) {
	s := open(t, t.TempDir())
	run := start(t, s, "run")
	for i := range 10 {
		run.Param(fmt.Sprint("p", i), i)
	}
	run.Text("note.txt", "x")
	if err := run.End(); err != nil {
		t.Fatal(err)
	}
	p := newPlace()
	p.refuses = func(e *track.Entry) bool { return e.Name == "p3" || e.Name == "p7" || e.Kind == track.EntryFile }
	_, err := track.Sync(t.Context(), s, p, nil)
	if !errors.Is(err, track.ErrRefused) || strings.Count(err.Error(), "refused") != 3 || !strings.Contains(err.Error(), `param "p7"`) || !strings.Contains(err.Error(), `text "note.txt"`) {
		t.Errorf("%v", err)
	}
	c := p.runs[p.find(p.runs["key-0"].id)]
	if len(c.entries) != 10 || c.reported != track.Ended { // start, 8 parameters, end
		t.Errorf("%d entries, %s", len(c.entries), c.reported)
	}
	if report, err := track.Sync(t.Context(), s, p, nil); err != nil || report.Entries != 0 {
		t.Errorf("a second time: %+v, %v", report, err)
	}
	// A run that was deleted there is no reason to leave the others.
	second := start(t, s, "second")
	if err := second.End(); err != nil {
		t.Fatal(err)
	}
	first, err := s.Start("run", &track.RunOptions{Continue: true})
	if err != nil {
		t.Fatal(err)
	}
	first.Param("late", true)
	if err := first.End(); err != nil {
		t.Fatal(err)
	}
	c.removed = true
	report, err := track.Sync(t.Context(), s, p, nil)
	if !errors.Is(err, track.ErrGone) || p.find(load(t, s, "second").ID) == "" || report.Left.Runs != 1 {
		t.Errorf("a run that was deleted there: %+v, %v", report, err)
	}
}

func TestSyncStops(t *testing.T) {
	s := open(t, t.TempDir())
	run := start(t, s, "run")
	for i := range 5000 {
		run.Metric("loss", 1, i)
	}
	if err := run.End(); err != nil {
		t.Fatal(err)
	}
	p := newPlace()
	ctx, cancel := context.WithCancel(t.Context())
	var last track.SyncProgress
	report, err := track.Sync(ctx, s, p, &track.SyncOptions{Progress: func(now track.SyncProgress) {
		last = now
		cancel()
	}})
	if !errors.Is(err, context.Canceled) || report.Entries != 1000 || report.Left != (track.Left{Runs: 1, Entries: 4002}) || last.Sent <= 0 || last.Sent >= last.Total || last.Run != "run" {
		t.Errorf("%+v, %v, %+v", report, err, last)
	}
	if _, err := track.Sync(t.Context(), s, p, nil); err != nil {
		t.Error(err)
	}
	p.check(t, s)
}

func load(t *testing.T, s *track.Store, name string) *track.Record {
	t.Helper()
	r, err := s.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func at(ms int64) time.Time { return time.UnixMilli(ms) }
