package track

import (
	"bytes"
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

	mu      sync.Mutex
	from    int64   // where in the log this run began: above 0 where it goes on with another
	before  summary // what was there before that
	summary summary
	seen    map[string]*metricState
	err     error
	ended   bool
}

// metricState is what the run knows of a metric: how its lines begin, and what they come to.
type metricState struct {
	prefix []byte
	metric Metric
}

// line is a record of the log. Which fields it has depends on Kind.
type line struct {
	Kind        string            `json:"k"`
	Name        string            `json:"n,omitempty"`
	Value       any               `json:"v,omitempty"`
	Step        int               `json:"s,omitempty"`
	Version     int               `json:"version,omitempty"` // start: of the format
	ID          string            `json:"id,omitempty"`      // start
	Environment map[string]string `json:"environment,omitempty"`
	File        *File             `json:"file,omitempty"`
	Dataset     *Dataset          `json:"dataset,omitempty"`
	Artifact    *ArtifactRef      `json:"artifact,omitempty"`
	At          int64             `json:"at"` // milliseconds since 1970
}

// The kinds of records.
const (
	kindStart    = "start"
	kindContinue = "continue"
	kindParam    = "param"
	kindMetric   = "metric"
	kindTag      = "tag"
	kindOther    = "other"
	kindFile     = "file"
	kindDataset  = "dataset"
	kindMade     = "made" // an artifact's version
	kindUsed     = "used"
	kindEnd      = "end"
)

const formatVersion = 1

// Start begins a run, which replaces the one of the same name when it ends, or continues it. The name becomes a folder's:
// letters, digits and ".", "_", "-", at most 100, not beginning with a point; others are an error that wraps ErrName. To
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
	return r, nil
}

func (s *Store) start(name string, o *RunOptions) (*Run, error) {
	dir := filepath.Join(s.dir, name)
	if err := os.MkdirAll(dir, 0o777); err != nil {
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
			if err := os.MkdirAll(dir, 0o777); err != nil {
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
	now := time.Now()
	r.summary = newSummary(name, newID(), now)
	r.summary.Environment = maps.Clone(environment())
	r.write(line{Kind: kindStart, Name: name, ID: r.summary.ID, Version: formatVersion, Environment: r.summary.Environment})
	if err := r.log.sync(); err != nil {
		return nil, errors.Join(err, os.Remove(s.logPath(name, r.generation)), r.log.close())
	}
	return r, nil
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
		r.from, err = r.log.size()
	}
	if err != nil {
		return false, errors.Join(err, r.log.close())
	}
	r.before, r.summary = record.summary, record.copy()
	r.summary.Ended = time.Time{}
	for name, m := range r.summary.Metrics {
		r.seen[name] = &metricState{metricPrefix(name), m}
	}
	r.write(line{Kind: kindContinue})
	if err := r.log.sync(); err != nil {
		return false, errors.Join(err, r.log.close())
	}
	return true, nil // the old summary does not fit the longer log, and is not read any more
}

// write appends a record. The error is kept by the log.
func (r *Run) write(l line) {
	l.At = time.Now().UnixMilli()
	b, err := marshal(l)
	if err != nil {
		panic("track: a record without JSON: " + err.Error()) // values are checked before
	}
	if err := r.log.append(func(buffer []byte) []byte { return append(append(buffer, b...), '\n') }); err != nil && r.err == nil {
		r.err = err
	}
}

func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// do runs f unless an earlier call failed, and keeps its error.
func (r *Run) do(what, name string, f func() error) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return
	}
	err := errors.New("it panicked")
	defer func() {
		if err != nil {
			r.err = fmt.Errorf("track: run %s: %s %q: %w", r.name, what, name, err)
		}
	}()
	if r.ended {
		err = ErrEnded
		return
	}
	if err = f(); err == nil {
		err = r.err // of write
	}
}

// Param logs a parameter: a string, a number, a boolean, or anything else that has JSON. A second value replaces the first.
func (r *Run) Param(name string, value any) {
	r.do("parameter", name, func() error { return r.value(kindParam, name, value) })
}

// Params logs several parameters, by name.
func (r *Run) Params(values map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		r.Param(name, values[name])
	}
}

// Other logs what is worth knowing and no parameter: a note, a link.
func (r *Run) Other(name string, value any) {
	r.do("other", name, func() error { return r.value(kindOther, name, value) })
}

func (r *Run) value(kind, name string, value any) error {
	if err := checkLabel(name); err != nil {
		return err
	}
	b, err := json.Marshal(value)
	if err != nil {
		return err
	}
	var plain any // as it will be read back
	if err := json.Unmarshal(b, &plain); err != nil {
		return err
	}
	into := r.summary.Params
	if kind == kindOther {
		into = r.summary.Others
	}
	into[name] = plain
	r.write(line{Kind: kind, Name: name, Value: json.RawMessage(b)})
	return nil
}

// Tag adds tags; one that is there already is not added again.
func (r *Run) Tag(tags ...string) {
	r.do("tag", strings.Join(tags, ", "), func() error {
		for _, tag := range tags {
			if err := checkLabel(tag); err != nil {
				return err
			}
			if slices.Contains(r.summary.Tags, tag) {
				continue
			}
			r.summary.Tags = append(r.summary.Tags, tag)
			r.write(line{Kind: kindTag, Name: tag})
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
	if r.err != nil || r.ended {
		if r.err == nil {
			r.err = fmt.Errorf("track: run %s: metric %q: %w", r.name, name, ErrEnded)
		}
		return
	}
	m := r.seen[name]
	if m == nil {
		if err := checkLabel(name); err != nil {
			r.err = fmt.Errorf("track: run %s: metric: %w", r.name, err)
			return
		}
		m = &metricState{prefix: metricPrefix(name)}
		r.seen[name] = m
	}
	m.metric.add(Point{Step: step, Value: value})
	r.summary.Metrics[name] = m.metric
	at := time.Now().UnixMilli()
	err := r.log.append(func(b []byte) []byte {
		b = append(b, m.prefix...)
		b = appendValue(b, value)
		b = append(b, `,"s":`...)
		b = strconv.AppendInt(b, int64(step), 10)
		b = append(b, `,"at":`...)
		b = strconv.AppendInt(b, at, 10)
		return append(b, "}\n"...)
	})
	if err != nil {
		r.err = fmt.Errorf("track: run %s: metric %q: %w", r.name, name, err)
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

// appendValue writes a number, or the word for what is none.
func appendValue(b []byte, v float64) []byte {
	switch {
	case math.IsNaN(v):
		return append(b, `"NaN"`...)
	case math.IsInf(v, 1):
		return append(b, `"Infinity"`...)
	case math.IsInf(v, -1):
		return append(b, `"-Infinity"`...)
	}
	return strconv.AppendFloat(b, v, 'g', -1, 64)
}

// Dataset logs which data the run worked on: a name, the fingerprint of the content, and the shape.
func (r *Run) Dataset(name, fingerprint string, rows, columns int) {
	r.do("data set", name, func() error {
		if err := checkLabel(name); err != nil {
			return err
		}
		d := Dataset{Name: name, Fingerprint: fingerprint, Rows: rows, Columns: columns}
		r.summary.addDataset(d)
		r.write(line{Kind: kindDataset, Dataset: &d})
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

// End completes the run: everything is on disk, and an earlier run of the same name goes. After an error, which End returns,
// the earlier run stays, and this one is left as interrupted. Only the first call does something.
func (r *Run) End() error {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return r.err
	}
	r.ended = true
	if r.err == nil {
		r.summary.Ended = time.Now().UTC().Truncate(time.Millisecond)
		r.write(line{Kind: kindEnd})
	}
	if r.err == nil {
		r.err = r.log.sync()
	}
	if r.err == nil {
		r.summary.LogBytes, r.err = r.log.size()
	}
	if r.err == nil {
		r.err = r.store.writeSummary(r.name, r.generation, &r.summary)
	}
	if err := r.log.close(); r.err == nil {
		r.err = err
	}
	if r.err == nil {
		r.err = r.store.dropBefore(r.name, r.generation)
	}
	if r.err != nil && !strings.HasPrefix(r.err.Error(), "track: ") {
		r.err = fmt.Errorf("track: run %s: %w", r.name, r.err)
	}
	return r.err
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
	r.ended = true
	if r.from > 0 {
		err := r.log.cut(r.from)
		if err == nil && !r.before.Ended.IsZero() {
			r.before.LogBytes = r.from
			err = r.store.writeSummary(r.name, r.generation, &r.before)
		}
		if err = errors.Join(err, r.log.close()); err != nil {
			return fmt.Errorf("track: run %s: %w", r.name, err)
		}
		return nil
	}
	path := r.store.logPath(r.name, r.generation)
	err := os.Remove(path) // while the lock is held, so that nobody goes on with it
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err := errors.Join(err, r.log.close()); err != nil {
		return fmt.Errorf("track: run %s: %w", r.name, err)
	}
	_ = os.Remove(filepath.Dir(path)) // it stays where another run of the name is in it
	return nil
}

func (s *Store) writeSummary(name string, generation int, m *summary) error {
	return atomicfile.Write(s.summaryPath(name, generation), func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		e.SetIndent("", " ")
		return e.Encode(m)
	})
}
