package track

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
)

// Target is a place that Sync sends runs to, such as an experiment server; the packages below this one have some. Sync calls
// its methods one at a time. An error that wraps ErrRefused is about what was sent, and sending it again will not help; one that
// wraps ErrGone is about the run; any other is about the place, and ends the Sync.
type Target interface {
	// Place names where the runs go, like "comet www.comet.com/team/cards". It is the same for the same place on any day, and
	// has no secret in it.
	Place() string

	// Link is the address of a page where a person can look at what was sent.
	Link() string

	// Create makes the counterpart of a run, and returns its key. If s.Again, an earlier call may have done so without the store
	// learning it: then it is to be found.
	Create(ctx context.Context, s *Sending) (key string, err error)

	// Send sends entries in their order, and returns how many it has sent; the next one is what an error is about. If s.Again,
	// any of them may have been sent before: what the place does not recognise as repeated must be looked up.
	Send(ctx context.Context, s *Sending, entries []Entry) (sent int, err error)

	// Report tells the place how the run stands: again and again while it is running, and at least once when it is not.
	Report(ctx context.Context, s *Sending) error

	// Remove takes away the counterpart of a run that was replaced in the store. That it is gone already is no error.
	Remove(ctx context.Context, s *Sending) error
}

// What a Target's errors wrap where they are not about the place as a whole.
var (
	ErrRefused = errors.New("refused")                            // about something that the place will never take
	ErrGone    = errors.New("the run's counterpart is not there") // about a run that was deleted at the place
)

// Sending is a run on its way to a target.
type Sending struct {
	*Record
	Key   string // of the counterpart; empty in Create
	Again bool

	cursor *cursor
	memo   *memo
}

// before calls f with each entry that was sent before those of this call to Send, in their order.
func (s *Sending) before(f func(e *Entry)) error {
	end := errors.New("end")
	err := s.Replay(func(e *Entry, at int64) error {
		if at > s.cursor.To {
			return end
		}
		f(e)
		return nil
	})
	if errors.Is(err, end) {
		return nil
	}
	return err
}

// Arrived tells of each entry that is a metric's point whether the place has it: history returns what it has of a metric. Of
// points that are the same in everything, as many are there as the history has more than were sent before.
func (s *Sending) Arrived(entries []Entry, history func(metric string) ([]Point, error)) ([]bool, error) {
	there := map[identity]int{} // less those of earlier calls
	seen := map[string]bool{}
	for i := range entries {
		if e := &entries[i]; e.Kind == EntryMetric && !seen[e.Name] {
			seen[e.Name] = true
			points, err := history(e.Name)
			if err != nil {
				return nil, err
			}
			for _, p := range points {
				there[identify(e.Name, p.Step, p.Value, p.At.UnixMilli())]++
			}
		}
	}
	if len(seen) > 0 {
		err := s.before(func(e *Entry) {
			if e.Kind == EntryMetric && seen[e.Name] {
				there[identify(e.Name, e.Step, e.Value.(float64), e.At)]--
			}
		})
		if err != nil {
			return nil, err
		}
	}
	arrived := make([]bool, len(entries))
	for i := range entries {
		if e := &entries[i]; e.Kind == EntryMetric {
			id := identify(e.Name, e.Step, e.Value.(float64), e.At)
			if there[id] > 0 {
				there[id]--
				arrived[i] = true
			}
		}
	}
	return arrived, nil
}

// identity is all that is known of a point. An infinite value is the largest number, and -0 is 0, as some servers keep
// them.
type identity struct {
	name  string
	step  int
	value uint64
	at    int64
}

func identify(name string, step int, value float64, at int64) identity {
	switch {
	case math.IsNaN(value):
		value = math.NaN()
	case math.IsInf(value, 0):
		value = math.Copysign(math.MaxFloat64, value)
	}
	return identity{name, step, math.Float64bits(value + 0), at} // -0 is 0
}

// Latest returns when the last entry was logged that was sent, in milliseconds since 1970.
func (s *Sending) Latest() int64 { return s.cursor.At }

// Remember keeps a value of the target's in the store, for all runs that are sent to the same place.
func (s *Sending) Remember(name, value string) error { return s.memo.set(name, value) }

// Recall returns what was remembered, or "".
func (s *Sending) Recall(name string) string { return s.memo.values[name] }

// Artifact returns a version of an artifact, to be sent.
func (s *Sending) Artifact(ref ArtifactRef) (*Artifact, error) {
	return s.store.Artifact(fmt.Sprintf("%s:%d", ref.Name, ref.Version))
}

// OpenFile opens a file of the run, to be sent. Where it cannot be read, or is not what it was, the error wraps ErrRefused.
func (s *Sending) OpenFile(f File) (io.ReadCloser, error) {
	return s.store.openVerified(f.object, f.Name)
}

// OpenArtifact opens a file of an artifact, as OpenFile does.
func (s *Sending) OpenArtifact(a *Artifact, f ArtifactFile) (io.ReadCloser, error) {
	return s.store.openVerified(f.object, f.Name)
}

// Versions returns all versions of an artifact.
func (s *Sending) Versions(name string) ([]*Artifact, error) { return s.store.versions(name) }
