package track

import (
	"context"
	"errors"
	"fmt"
)

// Target is a place that Sync sends runs to, such as an experiment server; the packages below this one have some. Sync calls
// its methods one at a time. An error that wraps ErrRefused is about what was sent, and sending it again will not help; any
// other is about the place, and ends the Sync.
type Target interface {
	// Place names where the runs go, like "comet www.comet.com/team/cards". It is the same for the same place on any day, and
	// has no secret in it.
	Place() string

	// Create makes the counterpart of a run, and returns its key. If s.Again, an earlier call may have done so without the store
	// learning it: then it is to be found.
	Create(ctx context.Context, s *Sending) (key string, err error)

	// Send sends entries in their order, and returns how many it has sent. If s.Again, any of them may have been sent before:
	// what the place does not recognise as repeated must be looked up.
	Send(ctx context.Context, s *Sending, entries []Entry) (sent int, err error)

	// Report tells the place how the run stands: again and again while it is running, and at least once when it is not.
	Report(ctx context.Context, s *Sending) error

	// Remove takes away the counterpart of a run that was replaced in the store. That it is gone already is no error.
	Remove(ctx context.Context, s *Sending) error
}

// ErrRefused is wrapped by a Target's error about something that the place will never take.
var ErrRefused = errors.New("refused")

// Sending is a run on its way to a target.
type Sending struct {
	*Record
	Key   string // of the counterpart; empty in Create
	Again bool

	cursor *cursor
	memo   *memo
}

// Before calls f with each entry that was sent before those of this call to Send, in their order.
func (s *Sending) Before(f func(e *Entry)) error {
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

// Since returns the milliseconds since 1970 at which sending what may be sent again began.
func (s *Sending) Since() int64 { return s.cursor.Since }

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
