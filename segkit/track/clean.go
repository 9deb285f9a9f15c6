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
	err = filepath.WalkDir(objects, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || e.Name() == ".lock" || spoken[path] {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		freed += info.Size()
		return os.Remove(path)
	})
	if err != nil {
		return freed, fmt.Errorf("track: %w", err)
	}
	return freed, nil
}

// spokenOf returns the paths of all contents that a log or an artifact names.
func (s *Store) spokenOf() (map[string]bool, error) {
	spoken := map[string]bool{}
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if !e.IsDir() || checkName(e.Name()) != nil {
			continue
		}
		generations, err := s.generations(e.Name())
		if err != nil {
			return nil, err
		}
		for _, g := range generations {
			_, err := s.scan(e.Name(), g, func(l *line) error {
				if l.Kind == kindFile && l.File != nil && l.File.check() == nil {
					spoken[s.objectPath(l.File.SHA256, l.File.Name)] = true
				}
				return nil
			})
			if err != nil && !errors.Is(err, fs.ErrNotExist) { // replaced meanwhile
				return nil, err
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
