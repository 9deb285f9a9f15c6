package track

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

// readLog sums a log up. It returns nil where the log has not even a first line, and a damaged record where it cannot be
// read; only that there is no log is an error.
func (s *Store) readLog(name string, generation int) (*Record, error) {
	open := s.isOpen(name, generation) // before reading: a run that ends in between has ended, and is not interrupted
	r := &Record{State: Interrupted, store: s, generation: generation}
	r.Summary = newSummary(name, "", time.Time{})
	begun := false
	err := s.scan(name, generation, 0, func(e *Entry, end int64) error {
		apply := r.apply
		if !begun {
			begun, apply = true, r.begin
		}
		if err := apply(e); err != nil {
			return err
		}
		r.LogBytes = end
		return nil
	})
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, err
	case err != nil:
		r.State, r.Damage = Damaged, err
	case !begun:
		return nil, nil
	case !r.Ended.IsZero():
		r.State = Ended
	case open:
		r.State = Running
	}
	return r, nil
}

// begin reads a log's first entry.
func (r *Record) begin(e *Entry) error {
	if e.Kind != EntryStart {
		return fmt.Errorf("it begins with %q", e.Kind)
	}
	r.Summary = newSummary(r.Name, e.ID, time.UnixMilli(e.At))
	r.Environment = e.Environment
	if e.Version != formatVersion {
		return fmt.Errorf("it is of version %d, this program reads version %d", e.Version, formatVersion)
	}
	return nil
}

func (r *Record) apply(e *Entry) error {
	switch e.Kind {
	case EntryContinue:
		r.Ended = time.Time{}
		if e.Environment != nil {
			r.Environment = e.Environment
		}
	case EntryParam:
		r.Params[e.Name] = e.Value
	case EntryOther:
		r.Others[e.Name] = e.Value
	case EntryTag:
		r.addTag(e.Name)
	case EntryMetric:
		m := r.Metrics[e.Name]
		m.add(e.Step, e.Value.(float64)) // check sees to it
		r.Metrics[e.Name] = m
	case EntryFile:
		r.addFile(*e.File)
	case EntryDataset:
		r.addDataset(*e.Dataset)
	case EntryMade, EntryUsed:
		r.addArtifact(e.Kind, *e.Artifact)
	case EntryEnd:
		r.Ended = time.UnixMilli(e.At).UTC()
	}
	return nil // kinds that a later version may have are passed over
}

// Replay calls f with each entry of the run's log that was on disk when the record was read, in the order in which they were
// logged; end is how many bytes of the log there are up to the entry's end. The entry is f's until it returns. An error of f
// ends the replay, and is returned. If the run was replaced meanwhile, the error wraps ErrNoRun.
func (r *Record) Replay(f func(e *Entry, end int64) error) error { return r.replay(0, f) }

// replay begins at an entry's end.
func (r *Record) replay(from int64, f func(e *Entry, end int64) error) error {
	err := r.store.scan(r.Name, r.generation, from, func(e *Entry, end int64) error {
		if e.Kind == EntryStart && e.ID != r.ID {
			return errReplaced
		}
		if end > r.LogBytes {
			return stop{nil}
		}
		if err := f(e, end); err != nil {
			return stop{err}
		}
		return nil
	})
	if s, ok := errors.AsType[stop](err); ok {
		return s.error
	}
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, ErrNoRun):
		return fmt.Errorf("track: run %s: %w", r.Name, errReplaced)
	case err != nil:
		return fmt.Errorf("track: run %s: %w: %w", r.Name, errUnreadable, err)
	}
	return nil
}

var errUnreadable = errors.New("its log cannot be read")

var errReplaced = fmt.Errorf("%w any more: it was replaced", ErrNoRun)

// stop ends a replay, with an error that is not the log's.
type stop struct{ error }

// scan calls f with each whole line of a log that is on disk and begins at from or later, and with where it ends. The entry is
// f's until it returns.
func (s *Store) scan(name string, generation int, from int64, f func(e *Entry, end int64) error) error {
	path := s.logPath(name, generation)
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := file.Seek(from, io.SeekStart); err != nil {
		return err
	}
	b := bufio.NewReaderSize(file, 1<<16)
	var long []byte
	names := map[string]string{}
	var e Entry
	for end, lines := from, 1; ; lines++ {
		text, err := b.ReadSlice('\n')
		for errors.Is(err, bufio.ErrBufferFull) {
			long = append(long, text...)
			text, err = b.ReadSlice('\n')
		}
		if err == io.EOF { // what is left is a piece of a line
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if len(long) > 0 {
			text = append(long, text...)
			long = long[:0]
		}
		end += int64(len(text))
		if err = e.parse(text, names); err == nil {
			err = f(&e, end)
		}
		if err != nil && from > 0 {
			return fmt.Errorf("%s, the line that ends at byte %d: %w", path, end, err)
		}
		if err != nil {
			return fmt.Errorf("%s, line %d: %w", path, lines, err)
		}
	}
}

// MarshalJSON writes what is no number as a word.
func (m Metric) MarshalJSON() ([]byte, error) {
	b := fmt.Appendf(nil, `{"count":%d,"step":%d,"last":`, m.Count, m.Step)
	b = append(appendNumber(b, m.Last), `,"min":`...)
	b = append(appendNumber(b, m.Min), `,"max":`...)
	return append(appendNumber(b, m.Max), '}'), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (m *Metric) UnmarshalJSON(b []byte) (err error) {
	var raw struct {
		Count, Step    int
		Last, Min, Max any
	}
	if err := decode(b, &raw); err != nil {
		return err
	}
	m.Count, m.Step = raw.Count, raw.Step
	for into, v := range map[*float64]any{&m.Last: raw.Last, &m.Min: raw.Min, &m.Max: raw.Max} {
		if *into, err = number(v); err != nil {
			return err
		}
	}
	return nil
}
