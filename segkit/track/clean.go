package track

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Clean removes the files that no run and no artifact speaks of any more, because the runs that did were replaced, and what
// killed programs have left. Nobody can store a file meanwhile. It returns how many bytes it freed.
func (s *Store) Clean() (freed int64, err error) {
	if s == nil {
		return 0, nil
	}
	release, err := s.guard(false)
	if err != nil {
		return 0, fmt.Errorf("track: %w", err)
	}
	defer func() {
		if releaseErr := release(); err == nil {
			err = releaseErr
		}
	}()
	spoken, err := s.spokenOf()
	if err != nil {
		return 0, fmt.Errorf("track: %w", err)
	}
	objects := filepath.Join(s.dir, objectsFolder)
	err = filepath.WalkDir(s.dir, func(path string, e fs.DirEntry, err error) error {
		inside := strings.HasPrefix(path, objects+string(filepath.Separator))
		switch {
		case errors.Is(err, fs.ErrNotExist): // given up meanwhile
			return nil
		case err != nil || spoken[path] || path == filepath.Join(objects, guardFile):
			return err
		case e.IsDir():
			if path != s.dir && path != objects && !inside && checkName(e.Name()) != nil {
				return fs.SkipDir // not the store's
			}
			return nil
		case inside:
			return s.sweep(path, &freed)
		}
		if left, _ := filepath.Match(".[0-9]*.json.*", e.Name()); left { // a summary that was not finished
			return s.sweep(path, &freed)
		}
		return nil
	})
	if err != nil {
		return freed, fmt.Errorf("track: %w", err)
	}
	return freed, nil
}

// sweep removes a file, unless it is being written.
func (s *Store) sweep(path string, freed *int64) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if ok, err := lock(f, false, false); err != nil || !ok {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	*freed += info.Size()
	return os.Remove(path)
}

// spokenOf returns the paths of all contents that a log or an artifact names. A log that cannot be read to its end may speak of
// any: then nothing is cleaned.
func (s *Store) spokenOf() (map[string]bool, error) {
	spoken := map[string]bool{}
	names, err := s.names()
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		generations, err := s.generations(name)
		if err != nil {
			return nil, err
		}
		for _, g := range generations {
			begun := false
			err := s.scan(name, g, 0, func(e *Entry, _ int64) error {
				if !begun {
					begun = true
					return (&Record{}).begin(e)
				}
				if !e.Kind.known() {
					return fmt.Errorf("a later version wrote %q", e.Kind)
				}
				if e.Kind == EntryFile && e.File != nil && e.File.check() == nil {
					spoken[s.objectPath(e.File.SHA256, e.File.Name)] = true
				}
				return nil
			})
			if err != nil && !errors.Is(err, fs.ErrNotExist) { // replaced meanwhile
				return nil, fmt.Errorf("nothing is cleaned while a run cannot be read: %w", err)
			}
		}
	}
	artifacts, err := s.Artifacts()
	if err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "track: "))
	}
	for _, a := range artifacts {
		for _, f := range a.Files {
			spoken[s.objectPath(f.SHA256, f.Name)] = true
		}
	}
	return spoken, nil
}
