// Package track keeps experiments in a local folder, so that the result of one notebook can be read by the next, and by a
// person with a file browser.
//
// A Store is a folder with one folder for each run:
//
//	runs/
//	  full-k3/
//	    run.json              parameters, metrics, tags, environment, what files there are
//	    models/kmeans.json
//	    tables/customers.csv
//	    figures/ html/ artifacts/
//
// A run is written beside its final place and moved there by End. So the run of that name that was there before stays whole
// until the new one is, and a run that is not ended, because its program failed or was killed, replaces nothing; it can be
// found by Interrupted.
//
// Nothing leaves the machine. The environment that is logged is the Go version, operating system, processor and the
// versions of the modules: no user name, no host name, no path, no environment variable.
//
// # Errors
//
// The methods of Run that log something return nothing. The first error is kept, later calls do nothing, and End returns
// it: check End, as one checks the Flush of a csv.Writer.
package track

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"example.com/marketing/segkit/atomicfile"
)

// Errors that a caller may want to tell apart.
var (
	ErrNoRun = errors.New("no such run")
	ErrName  = errors.New("not a usable name")
	ErrEnded = errors.New("the run has ended")
)

// Kinds of files that a run holds, and the folders they lie in.
const (
	Tables    = "tables"
	Models    = "models"
	Figures   = "figures"
	HTML      = "html"
	Artifacts = "artifacts"
)

const (
	recordFile = "run.json"
	unfinished = ".unfinished-"
	replaced   = ".replaced-"
)

// Store is a folder of runs. A nil Store tracks nothing: Start on it returns a nil Run, whose methods do nothing.
type Store struct{ dir string }

// Open returns the store in a folder, which is made if it is not there.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("track: %w", err)
	}
	return &Store{dir: dir}, nil
}

// Point is one value of a metric.
type Point struct {
	Step  int     `json:"step"`
	Value float64 `json:"value"`
}

// File is one file of a run.
type File struct {
	Kind string `json:"kind"` // Tables, Models, ...
	Name string `json:"name"`
	Note string `json:"note,omitempty"`
	Path string `json:"path"` // below the run's folder
}

// Record is what a run logged.
type Record struct {
	Name        string             `json:"name"`
	Started     time.Time          `json:"started"`
	Ended       time.Time          `json:"ended,omitzero"`
	Params      map[string]any     `json:"params"`
	Metrics     map[string][]Point `json:"metrics"`
	Tags        []string           `json:"tags"`
	Files       []File             `json:"files"`
	Environment map[string]string  `json:"environment"`

	dir string
}

// Run is a run being written. It is not safe for concurrent use; different runs are.
type Run struct {
	store  *Store
	record Record
	err    error
	ended  bool
}

// Start begins a run. When it ends it takes the place of an earlier run of the same name. The name becomes a folder's:
// letters, digits and ".", "_", "-", at most 100, not beginning with a point; others are an error that wraps ErrName.
func (s *Store) Start(name string) (*Run, error) {
	if s == nil {
		return nil, nil
	}
	if err := checkName(name); err != nil {
		return nil, fmt.Errorf("track: run: %w", err)
	}
	dir, err := os.MkdirTemp(s.dir, unfinished+name+"-")
	if err != nil {
		return nil, fmt.Errorf("track: %w", err)
	}
	// MkdirTemp makes the folder private; a run can be read by whoever may read the store.
	if err := os.Chmod(dir, 0o755); err != nil {
		return nil, fmt.Errorf("track: %w", err)
	}
	r := &Run{store: s, record: Record{
		Name: name, Started: time.Now().UTC().Truncate(time.Millisecond), Params: map[string]any{}, Metrics: map[string][]Point{},
		Tags: []string{}, Files: []File{}, Environment: environment(), dir: dir,
	}}
	return r, r.save()
}

func checkName(name string) error {
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
	if name == "" || len(name) > 100 || name[0] == '.' {
		return fmt.Errorf("%w: %q; use up to 100 letters, digits, points, dashes and underscores", ErrName, name)
	}
	for _, c := range name {
		if !strings.ContainsRune(allowed, c) {
			return fmt.Errorf("%w: %q contains %q", ErrName, name, c)
		}
	}
	return nil
}

func environment() map[string]string {
	e := map[string]string{"go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH, "processors": fmt.Sprint(runtime.NumCPU())}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			e["module "+m.Path] = m.Version
		}
	}
	return e
}

func (r *Run) save() error {
	err := atomicfile.Write(filepath.Join(r.record.dir, recordFile), func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(&r.record)
	})
	if err != nil {
		return fmt.Errorf("track: run %s: %w", r.record.Name, err)
	}
	return nil
}

// do runs f unless an earlier call failed, and keeps its error.
func (r *Run) do(what, name string, f func() error) {
	if r == nil || r.err != nil {
		return
	}
	err := ErrEnded
	if !r.ended {
		err = f()
	}
	if err != nil {
		r.err = fmt.Errorf("track: run %s: %s %q: %w", r.record.Name, what, name, err)
	}
}

// Param logs a parameter: a string, a number, a boolean, or anything else that has JSON. A second value replaces the first.
func (r *Run) Param(name string, value any) {
	r.do("parameter", name, func() error {
		if _, err := json.Marshal(value); err != nil {
			return err
		}
		r.record.Params[name] = value
		return nil
	})
}

// Metric logs a metric's value at a step; several steps make a curve. A value that is not finite is an error: JSON has no
// word for it, and neither have the trackers that may show it.
func (r *Run) Metric(name string, value float64, step int) {
	r.do("metric", name, func() error {
		if math.IsNaN(value) || math.IsInf(value, 0) {
			return fmt.Errorf("the value at step %d is %v", step, value)
		}
		r.record.Metrics[name] = append(r.record.Metrics[name], Point{step, value})
		return nil
	})
}

// Tag adds tags; one that is there already is not added again.
func (r *Run) Tag(tags ...string) {
	r.do("tag", strings.Join(tags, ", "), func() error {
		for _, tag := range tags {
			if !slices.Contains(r.record.Tags, tag) {
				r.record.Tags = append(r.record.Tags, tag)
			}
		}
		return nil
	})
}

// Table stores a table, which write produces as CSV, under a file name like customers.csv.
func (r *Run) Table(name string, write func(io.Writer) error) { r.file(Tables, name, "", name, write) }

// Model stores a fitted model under a file name like kmeans.json.
func (r *Run) Model(name string, model io.WriterTo) {
	r.file(Models, name, "", name, func(w io.Writer) error {
		_, err := model.WriteTo(w)
		return err
	})
}

// Figure stores a picture, as PNG, under a file name like elbow.png.
func (r *Run) Figure(name string, png []byte) {
	r.file(Figures, name, "", name, func(w io.Writer) error {
		_, err := w.Write(png)
		return err
	})
}

// HTML stores a page under a file name like profile.html.
func (r *Run) HTML(name string, write func(io.Writer) error) { r.file(HTML, name, "", name, write) }

// Artifact stores a file that later work builds on, with a note that says how it was made: the artifact called name, with
// the file called file in it.
func (r *Run) Artifact(name, note, file string, write func(io.Writer) error) {
	r.do("artifact", name, func() error { return checkName(name) })
	r.file(Artifacts, file, note, filepath.Join(name, file), write)
}

func (r *Run) file(kind, name, note, path string, write func(io.Writer) error) {
	r.do(strings.TrimSuffix(kind, "s"), name, func() error {
		if err := checkName(name); err != nil {
			return err
		}
		path := filepath.Join(kind, path)
		if err := atomicfile.Write(filepath.Join(r.record.dir, path), write); err != nil {
			return err
		}
		f := File{Kind: kind, Name: name, Note: note, Path: filepath.ToSlash(path)}
		r.record.Files = slices.DeleteFunc(r.record.Files, func(old File) bool { return old.Path == f.Path })
		r.record.Files = append(r.record.Files, f)
		return nil
	})
}

// Err returns the first error so far.
func (r *Run) Err() error {
	if r == nil {
		return nil
	}
	return r.err
}

// End completes the run: it takes the place of an earlier one of the same name. After an error, which End returns, the
// earlier run stays, and nothing of this one. Only the first call does something.
func (r *Run) End() error {
	if r == nil || r.ended {
		return nil
	}
	r.ended = true
	if r.err == nil {
		r.record.Ended = time.Now().UTC().Truncate(time.Millisecond)
		r.err = r.save()
	}
	if r.err == nil {
		r.err = r.replace()
	}
	if r.err != nil {
		return errors.Join(r.err, os.RemoveAll(r.record.dir))
	}
	return nil
}

// Abandon gives the run up: an earlier one of the same name stays.
func (r *Run) Abandon() error {
	if r == nil || r.ended {
		return nil
	}
	r.ended = true
	return os.RemoveAll(r.record.dir)
}

// replacing keeps readers of this process from looking between the two renames of replace. Other processes may: they look
// again.
var replacing sync.RWMutex

// attempts is how often a step is tried again that another process may have come between.
const attempts = 20

// replace moves the run's folder to its place. A folder cannot be renamed over another that is not empty, so the old one
// steps aside first. Whoever finds the place taken again in between, by a run of the same name that ended at the same time,
// starts over: the last one stays.
func (r *Run) replace() error {
	replacing.Lock()
	defer replacing.Unlock()
	place := filepath.Join(r.store.dir, r.record.Name)
	var err error
	for range attempts {
		if err = r.moveTo(place); !errors.Is(err, fs.ErrExist) {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("track: %w", err)
	}
	r.record.dir = place
	return nil
}

func (r *Run) moveTo(place string) error {
	aside, err := os.MkdirTemp(r.store.dir, replaced)
	if err != nil {
		return err
	}
	old := filepath.Join(aside, r.record.Name)
	if err := os.Rename(place, old); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, os.Remove(aside))
	}
	if err := os.Rename(r.record.dir, place); err != nil {
		// The old run goes back, unless another has taken the place; it is never removed without a successor.
		if backErr := os.Rename(old, place); backErr == nil || errors.Is(backErr, fs.ErrNotExist) || errors.Is(err, fs.ErrExist) {
			return errors.Join(err, os.RemoveAll(aside))
		}
		return err
	}
	return os.RemoveAll(aside)
}
