package track

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"example.com/marketing/segkit/atomicfile"
)

// RunOptions says how a run begins. The zero value and nil are the defaults.
type RunOptions struct {
	// Continue goes on with the last run of this name, if there is one, instead of replacing it.
	Continue bool
}

// Run is a run being written. Its methods may be called at the same time.
type Run struct {
	store      *Store
	name       string
	generation int
	log        *logFile

	mu        sync.Mutex
	from      int64   // where in the log this run began: above 0 where it goes on with another
	before    Summary // what was there before that
	summary   Summary
	seen      map[string]*metricState
	err       error // the first one
	refused   int   // how many there were
	ended     bool
	abandoned bool
}

// metricState is what the run knows of a metric: how its lines begin, and what they come to.
type metricState struct {
	prefix []byte
	metric Metric
}

const formatVersion = 1

// Start begins a run, which replaces the one of the same name when it ends, or continues it. The name becomes a folder's:
// what CheckName refuses is an error that wraps ErrName. Where the system takes upper and lower case for the same, so do names. To
// continue a run that is being written is an error that wraps ErrBusy.
func (s *Store) Start(name string, o *RunOptions) (*Run, error) {
	if s == nil {
		return nil, nil
	}
	if o == nil {
		o = &RunOptions{}
	}
	if err := checkName(name); err != nil {
		return nil, fmt.Errorf("track: run: %w", err)
	}
	r, err := s.start(name, o)
	if err != nil {
		return nil, fmt.Errorf("track: run %s: %w", name, err)
	}
	s.started(r.summary.ID)
	return r, nil
}

func (s *Store) start(name string, o *RunOptions) (*Run, error) {
	if err := s.makeFolder(name); err != nil {
		return nil, err
	}
	generations, err := s.generations(name)
	if err != nil {
		return nil, err
	}
	r := &Run{store: s, name: name, seen: map[string]*metricState{}}
	if o.Continue {
		for _, g := range slices.Backward(generations) {
			if resumed, err := r.resume(g); resumed || err != nil {
				return r, err
			}
		}
	}
	r.generation = 1
	if len(generations) > 0 {
		r.generation = generations[len(generations)-1] + 1
	}
	for { // another process may take the number
		r.log, err = createLog(s.logPath(name, r.generation))
		switch {
		case errors.Is(err, fs.ErrExist):
			r.generation++
			continue
		case errors.Is(err, errGone): // another process has removed it, taking it for abandoned
			continue
		case errors.Is(err, fs.ErrNotExist): // another process has abandoned the only run, and the folder with it
			if err := s.makeFolder(name); err != nil {
				return nil, err
			}
			continue
		}
		break
	}
	if err != nil {
		return nil, err
	}
	if err := os.Remove(s.summaryPath(name, r.generation)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(err, r.log.close())
	}
	id := newID()
	at := r.write(Entry{Kind: EntryStart, Name: name, ID: id, Version: formatVersion, Environment: environment()})
	r.summary = newSummary(name, id, at)
	r.summary.Environment = environment()
	err = r.log.sync()
	if err == nil {
		err = atomicfile.SyncFolder(filepath.Join(s.dir, name))
	}
	if err != nil {
		return nil, errors.Join(err, os.Remove(s.logPath(name, r.generation)), r.log.close())
	}
	return r, nil
}

// makeFolder makes a folder in the store so that it lasts.
func (s *Store) makeFolder(name string) error {
	path := filepath.Join(s.dir, name)
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := os.MkdirAll(path, 0o777); err != nil {
		return err
	}
	return atomicfile.SyncFolder(filepath.Dir(path))
}

// resume goes on with a log. It answers false where the log has not even a first line, as one killed at once has.
func (r *Run) resume(generation int) (resumed bool, err error) {
	r.generation = generation
	if r.log, err = continueLog(r.store.logPath(r.name, generation)); err != nil {
		return false, err
	}
	record, err := r.store.readLog(r.name, generation)
	if err == nil && record == nil {
		return false, r.log.close()
	}
	if err == nil {
		err = record.Damage
	}
	if err == nil {
		r.from, err = r.log.size()
	}
	if err != nil {
		return false, errors.Join(err, r.log.close())
	}
	r.before, r.summary = record.Summary, record.copy()
	r.summary.Ended = time.Time{}
	for name, m := range r.summary.Metrics {
		r.seen[name] = &metricState{metricPrefix(name), m}
	}
	again := Entry{Kind: EntryContinue}
	if e := environment(); !maps.Equal(e, r.summary.Environment) {
		again.Environment, r.summary.Environment = e, e
	}
	r.write(again)
	if err := r.log.sync(); err != nil {
		return false, errors.Join(err, r.log.close())
	}
	return true, nil // the old summary does not fit the longer log, and is not read any more
}

// write appends an entry, and returns its time. An error is kept, and by the log as well, which takes nothing more.
func (r *Run) write(e Entry) time.Time {
	at := time.Now().UTC().Truncate(time.Millisecond)
	e.At = at.UnixMilli()
	b, err := marshal(e)
	if err != nil {
		panic("track: an entry without JSON: " + err.Error()) // values are checked before
	}
	if err := r.log.append(func(buffer []byte) []byte { return append(append(buffer, b...), '\n') }); err != nil {
		r.keep(err)
	}
	return at
}

// keep keeps the first error.
func (r *Run) keep(err error) {
	r.refused++
	if r.err == nil {
		r.err = fmt.Errorf("track: run %s: %w", r.name, err)
	}
}

// try runs f, unless the run has ended, and keeps its error: f must be ready for the run's methods to be called meanwhile, as
// a function of the user's may.
func (r *Run) try(what, name string, f func() error) {
	err := errors.New("it panicked")
	defer func() {
		if err != nil {
			r.mu.Lock()
			r.keep(fmt.Errorf("%s %q: %w", what, name, err))
			r.mu.Unlock()
		}
	}()
	r.mu.Lock()
	ended := r.ended
	r.mu.Unlock()
	if ended {
		err = ErrEnded
		return
	}
	err = f()
}

// do runs f, which logs something, and keeps its error.
func (r *Run) do(what, name string, f func() error) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	err := ErrEnded
	if !r.ended {
		err = f()
	}
	if err != nil {
		r.keep(fmt.Errorf("%s %q: %w", what, name, err))
	}
}

// Param logs a parameter: a string, a number, a boolean, or anything else that has JSON. What is no number is logged as the text
// NaN, Infinity or -Infinity; inside of something else it is an error, as in JSON. A second value replaces the first.
func (r *Run) Param(name string, value any) {
	r.do("parameter", name, func() error { return r.value(EntryParam, name, value) })
}

// Params logs several parameters, by name.
func (r *Run) Params(values map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		r.Param(name, values[name])
	}
}

// Other logs what is worth knowing and no parameter: a note, a link.
func (r *Run) Other(name string, value any) {
	r.do("other", name, func() error { return r.value(EntryOther, name, value) })
}

func (r *Run) value(kind EntryKind, name string, value any) error {
	if err := checkLabel(name); err != nil {
		return err
	}
	switch v := value.(type) {
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			value = json.RawMessage(appendNumber(nil, v))
		}
	case float32:
		if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
			value = json.RawMessage(appendNumber(nil, f))
		}
	}
	b, err := json.Marshal(value)
	if err != nil {
		return err
	}
	back, err := valueOf(b) // as it will be read
	if err != nil {
		return err
	}
	into := r.summary.Params
	if kind == EntryOther {
		into = r.summary.Others
	}
	into[name] = back
	r.write(Entry{Kind: kind, Name: name, Value: json.RawMessage(b)})
	return nil
}

// Tag adds tags; one that is there already is not added again.
func (r *Run) Tag(tags ...string) {
	r.do("tag", strings.Join(tags, ", "), func() error {
		for _, tag := range tags {
			if err := checkLabel(tag); err != nil {
				return err
			}
			if r.summary.addTag(tag) {
				r.write(Entry{Kind: EntryTag, Name: tag})
			}
		}
		return nil
	})
}

// Metric logs a metric's value at a step; several steps make a curve. Values that are no numbers are logged as they are: a
// loss that became NaN is a result. The cost is a fraction of a microsecond.
func (r *Run) Metric(name string, value float64, step int) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		r.keep(fmt.Errorf("metric %q: %w", name, ErrEnded))
		return
	}
	m := r.seen[name]
	if m == nil {
		if err := checkLabel(name); err != nil {
			r.keep(fmt.Errorf("metric: %w", err))
			return
		}
		m = &metricState{prefix: metricPrefix(name)}
		r.seen[name] = m
	}
	m.metric.add(step, value)
	r.summary.Metrics[name] = m.metric
	at := time.Now().UnixMilli()
	err := r.log.append(func(b []byte) []byte {
		b = append(b, m.prefix...)
		b = appendNumber(b, value)
		b = append(b, `,"s":`...)
		b = strconv.AppendInt(b, int64(step), 10)
		b = append(b, `,"at":`...)
		b = strconv.AppendInt(b, at, 10)
		return append(b, "}\n"...)
	})
	if err != nil {
		r.keep(fmt.Errorf("metric %q: %w", name, err))
	}
}

// metricPrefix is how each line of a metric begins. Its fields come in this order, which the reader makes use of.
func metricPrefix(name string) []byte {
	b, err := marshal(name)
	if err != nil {
		panic(err) // a string has JSON
	}
	return fmt.Appendf(nil, `{"k":"metric","n":%s,"v":`, b)
}

// Dataset logs which data the run worked on: a name, the fingerprint of the content, and the shape.
func (r *Run) Dataset(name, fingerprint string, rows, columns int) {
	r.do("data set", name, func() error {
		if err := checkLabel(name); err != nil {
			return err
		}
		d := Dataset{Name: name, Fingerprint: fingerprint, Rows: rows, Columns: columns}
		r.summary.addDataset(d)
		r.write(Entry{Kind: EntryDataset, Dataset: &d})
		return nil
	})
}

// Err returns the first error so far.
func (r *Run) Err() error {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// End completes the run: everything is on disk, and an earlier run of the same name goes. If anything could not be logged, End
// returns the first such error and says how many there were, the earlier run stays, and this one is left as interrupted, with all
// that could be. Only the
// first call does something; after Abandon it is an error that wraps ErrEnded.
func (r *Run) End() error {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.abandoned {
		return fmt.Errorf("track: run %s: %w: it was abandoned", r.name, ErrEnded)
	}
	if r.ended {
		return r.err
	}
	r.ended = true
	if r.refused > 1 {
		r.err = fmt.Errorf("%w (and %d more errors after it)", r.err, r.refused-1)
	}
	if r.err == nil {
		r.summary.Ended = r.write(Entry{Kind: EntryEnd})
		if err := r.log.sync(); err != nil {
			r.keep(err)
		}
	}
	if r.err == nil { // now it has ended, whatever comes
		if err := r.settle(); err != nil {
			r.keep(fmt.Errorf("it has ended, but: %w", err))
		}
	}
	if err := r.log.close(); err != nil {
		r.keep(err)
	}
	r.store.ended()
	return r.err
}

// settle writes the summary, which saves readers the log, and removes the earlier runs of the name.
func (r *Run) settle() (err error) {
	if r.summary.LogBytes, err = r.log.size(); err != nil {
		return err
	}
	return errors.Join(r.store.writeSummary(r.name, r.generation, &r.summary), r.store.dropBefore(r.name, r.generation))
}

// Abandon gives the run up: an earlier one of the same name stays, or what was there before it was continued, and nothing of
// this one but versions of artifacts. It does nothing after End.
func (r *Run) Abandon() error {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return nil
	}
	r.ended, r.abandoned = true, true
	undo := r.remove
	if r.from > 0 {
		undo = r.restore // where more was sent already, Sync will notice
	}
	if err := errors.Join(undo(), r.log.close()); err != nil {
		return fmt.Errorf("track: run %s: %w", r.name, err)
	}
	if r.from == 0 {
		_ = os.Remove(filepath.Join(r.store.dir, r.name)) // it stays where another run of the name is in it
	}
	return nil
}

// restore takes the log back to where this run went on with it.
func (r *Run) restore() error {
	if err := r.log.cut(r.from); err != nil {
		return err
	}
	if r.before.Ended.IsZero() {
		return nil
	}
	r.before.LogBytes = r.from
	return r.store.writeSummary(r.name, r.generation, &r.before)
}

// remove removes the log, while its lock is held, so that nobody goes on with it.
func (r *Run) remove() error {
	err := os.Remove(r.store.logPath(r.name, r.generation))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, r.store.giveUp(r.summary.ID))
}

// writeSummary is guarded, so that Clean does not take its temporary file for one that a killed program left.
func (s *Store) writeSummary(name string, generation int, m *Summary) error {
	return s.guarded(func() error {
		return atomicfile.Write(s.summaryPath(name, generation), func(w io.Writer) error {
			e := json.NewEncoder(w)
			e.SetEscapeHTML(false)
			e.SetIndent("", " ")
			return e.Encode(m)
		})
	})
}
