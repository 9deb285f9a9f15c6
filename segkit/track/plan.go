package track

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
)

// present is what the store holds.
type present struct {
	ids   map[string]bool    // of its runs
	names map[string]*Record // of the names that were asked for, the run that stands for it; without those that cannot be read
}

// toSend returns the runs that belong at a place, in the order in which they began, and what else the store holds.
func (s *Store) toSend(cursors map[string]*cursor, o *SyncOptions, ids map[string]bool) (runs []*Record, there present, err error) {
	names, err := s.names()
	if err != nil {
		return nil, there, err
	}
	there = present{map[string]bool{}, map[string]*Record{}}
	for _, name := range names {
		history, err := s.history(name)
		if err != nil {
			return nil, there, fmt.Errorf("run %s: %w", name, err)
		}
		asked := len(o.Runs) == 0 || slices.Contains(o.Runs, name)
		shown, readable := current(history), true
		for _, r := range history {
			there.ids[r.ID] = true
			readable = readable && r.Damage == nil
			wanted := r == shown || r.State == Running || cursors[r.ID] != nil
			if ids != nil {
				wanted = ids[r.ID]
			}
			if asked && wanted {
				runs = append(runs, r)
			}
		}
		if asked && shown != nil && readable { // where one cannot be read, it may be the one that a cursor speaks of
			there.names[name] = shown
		}
	}
	for _, name := range o.Runs {
		if !slices.Contains(names, name) {
			return nil, there, fmt.Errorf("%w: %q", ErrNoRun, name)
		}
	}
	slices.SortStableFunc(runs, func(a, b *Record) int { return a.Started.Compare(b.Started) }) // what made an artifact goes before what used it
	return runs, there, nil
}

// superseded tells whether a later entry of the run took the place of this one.
func (r *Record) superseded(e *Entry) bool {
	switch e.Kind {
	case EntryParam:
		return !reflect.DeepEqual(e.Value, r.Params[e.Name])
	case EntryOther:
		return !reflect.DeepEqual(e.Value, r.Others[e.Name])
	case EntryFile:
		f, ok := r.file(e.File.Kind, e.File.Path())
		return !ok || f != *e.File
	case EntryDataset:
		return !slices.Contains(r.Datasets, *e.Dataset)
	}
	return false
}

// left counts what has not been sent, as far as it can be read.
func (s *Store) left(folder string, o *SyncOptions, ids map[string]bool) (left Left, err error) {
	cursors, err := readCursors(folder)
	if err != nil {
		return left, err
	}
	runs, _, err := s.toSend(cursors, o, ids)
	if err != nil {
		return left, err
	}
	for _, r := range runs {
		from := int64(0)
		if c := cursors[r.ID]; c != nil {
			from = c.To
		}
		entries := 0
		_ = r.replay(min(from, r.LogBytes), func(*Entry, int64) error { // what cannot be read, Sync has said
			entries++
			return nil
		})
		if entries > 0 {
			left.Runs++
			left.Entries += entries
		}
	}
	return left, nil
}

// giveUp notes for all places that have got something of a run that there is no such run.
func (s *Store) giveUp(id string) error {
	paths, err := filepath.Glob(filepath.Join(escapeGlob(s.dir), sentFolder, "*", id+".json"))
	for _, path := range paths {
		f, createErr := os.Create((&cursor{path: path}).gone())
		if createErr == nil {
			createErr = f.Close()
		}
		err = errors.Join(err, createErr)
	}
	return err
}
