package track

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Runs returns the store's finished runs, by name.
func (s *Store) Runs() ([]*Record, error) { return s.list(false) }

// Interrupted returns runs that were started and never ended, as far as they came. One that is still being written is among
// them.
func (s *Store) Interrupted() ([]*Record, error) { return s.list(true) }

func (s *Store) list(interrupted bool) ([]*Record, error) {
	if s == nil {
		return nil, nil
	}
	replacing.RLock()
	defer replacing.RUnlock()
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, fmt.Errorf("track: %w", err)
	}
	var records []*Record
	for _, e := range entries {
		name := e.Name()
		dir := filepath.Join(s.dir, name)
		switch {
		case !e.IsDir(), strings.HasPrefix(name, unfinished) != interrupted:
			continue
		case strings.HasPrefix(name, replaced):
			if dir = s.aside(dir); dir == "" {
				continue
			}
		}
		record, err := read(dir)
		// A folder without a record is not a run, or one that ended in its first moment.
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		records = append(records, record)
	}
	slices.SortFunc(records, func(a, b *Record) int { return strings.Compare(a.Name, b.Name) })
	return records, nil
}

// aside returns the folder of a run that had stepped aside for its successor when the program was killed, before the
// successor took its place; "" if there is none in dir.
func (s *Store) aside(dir string) string {
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		return "" // it is gone already, or was never filled
	}
	if _, err := os.Stat(filepath.Join(s.dir, entries[0].Name())); err == nil {
		return ""
	}
	return filepath.Join(dir, entries[0].Name())
}

// Load returns the finished run of that name. If there is none, the error wraps ErrNoRun and names those that there are.
func (s *Store) Load(name string) (*Record, error) {
	if s == nil {
		return nil, fmt.Errorf("track: %w: %q; tracking is off", ErrNoRun, name)
	}
	if err := checkName(name); err != nil {
		return nil, fmt.Errorf("track: run: %w", err)
	}
	var names []string
	for range attempts {
		replacing.RLock()
		record, err := read(filepath.Join(s.dir, name))
		replacing.RUnlock()
		if !errors.Is(err, fs.ErrNotExist) {
			return record, err
		}
		runs, err := s.Runs()
		if err != nil {
			return nil, err
		}
		names = nil
		for _, r := range runs {
			if r.Name == name {
				return r, nil
			}
			names = append(names, r.Name)
		}
		if !s.stirring() {
			break
		}
	}
	if names == nil {
		names = []string{"none"}
	}
	return nil, fmt.Errorf("track: %w: %q in %s; there are: %s", ErrNoRun, name, s.dir, strings.Join(names, ", "))
}

// stirring reports whether another process may be replacing a run right now.
func (s *Store) stirring() bool {
	aside, err := filepath.Glob(filepath.Join(s.dir, replaced+"*"))
	return err == nil && len(aside) > 0
}

func read(dir string) (*Record, error) {
	b, err := os.ReadFile(filepath.Join(dir, recordFile))
	if err != nil {
		return nil, fmt.Errorf("track: %w", err)
	}
	r := &Record{dir: dir}
	if err := json.Unmarshal(b, r); err != nil {
		return nil, fmt.Errorf("track: %s: %w", filepath.Join(dir, recordFile), err)
	}
	return r, nil
}

// Last returns the last value of a metric. ok is false if it was not logged.
func (r *Record) Last(metric string) (value float64, ok bool) {
	points := r.Metrics[metric]
	if len(points) == 0 {
		return 0, false
	}
	return points[len(points)-1].Value, true
}

// Open opens a file of the run by kind and name. If there is none, the error wraps fs.ErrNotExist and names those that
// there are.
func (r *Record) Open(kind, name string) (io.ReadCloser, error) {
	i := slices.IndexFunc(r.Files, func(f File) bool { return f.Kind == kind && f.Name == name })
	if i < 0 {
		var names []string
		for _, f := range r.Files {
			names = append(names, f.Kind+"/"+f.Name)
		}
		return nil, fmt.Errorf("track: run %s: %w: %s %q; it has %s", r.Name, fs.ErrNotExist, kind, name, strings.Join(names, ", "))
	}
	// What the record says came from a file: it must not lead out of the run's folder.
	f, err := os.OpenInRoot(r.dir, filepath.FromSlash(r.Files[i].Path))
	if err != nil {
		return nil, fmt.Errorf("track: run %s: %w", r.Name, err)
	}
	return f, nil
}
