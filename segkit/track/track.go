// Package track keeps experiments in a local folder: what was tried, with which parameters, on which data, and what came of
// it. Nothing leaves the machine unless Sync or Live is called.
//
// A Store is a folder:
//
//	runs/
//	  full-k3/
//	    0001.jsonl     the log: one record a line, in the order in which things happened
//	    0001.json      what the log comes to, written at the end
//	  artifacts/
//	    customers.jsonl  the versions of an artifact
//	  objects/
//	    3f/3f9a….csv     the files of all runs, each content once
//	  .sent/             how far which server has got them
//
// A run has a name. Starting a run of a name that is there already replaces it: the new run writes a log of its own, and when
// it ends, the old log goes; until then the old one is what Load returns. So a notebook's cell that is run again leaves one
// run, and a cell that fails leaves the old one. With RunOptions.Continue the old log is continued instead.
//
// The log is written line by line, and is on disk within a second, after each file, and at the end. A program that is killed
// at any moment loses at most that second; its run reads up to the last whole line, and its State says Interrupted, unless an
// earlier run of the name has ended, which then stays the one that Load returns. Any number of processes may write to one
// store, where the system has locks (flock).
//
// To remove a run, remove its folder; Clean then frees what only it had.
//
// # Sending
//
// Sync sends what a Target has not got yet: the packages comet and mlflow below this one have targets. It reads the log, and
// not the run, so it can be done at any time, by another program, and again after any failure; Live does it in the background
// while runs are written.
//
// # Errors
//
// The methods of Run that log something return nothing. The first error is kept, and End returns it: check End, as one checks
// the Flush of a csv.Writer. What is refused keeps nothing else from being logged, but leaves the run interrupted, so that no
// earlier one goes for a run that lacks something. A nil Run, which a nil Store gives, does nothing at no cost: that is how
// tracking is switched off.
package track

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// Errors that a caller may want to tell apart.
var (
	ErrNoRun      = errors.New("no such run")
	ErrNoArtifact = errors.New("no such artifact")
	ErrName       = errors.New("not a usable name")
	ErrEnded      = errors.New("the run has ended")
	ErrBusy       = errors.New("busy")
)

const (
	objectsFolder   = "objects"
	artifactsFolder = "artifacts"
)

// Store is a folder of runs. A nil Store tracks nothing: Start on it returns a nil Run.
type Store struct {
	dir string

	mu   sync.Mutex
	live []*Live
}

// Open returns the store in a folder, which is made if it is not there.
func Open(dir string) (*Store, error) {
	if dir == "" {
		return nil, errors.New("track: a store needs a folder")
	}
	if err := os.MkdirAll(filepath.Join(dir, objectsFolder), 0o777); err != nil {
		return nil, fmt.Errorf("track: %w", err)
	}
	return &Store{dir: dir}, nil
}

// checkName accepts what can be a folder's name on any system.
func checkName(name string) error {
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
	if name == "" || len(name) > 100 || name[0] == '.' || strings.EqualFold(name, objectsFolder) || strings.EqualFold(name, artifactsFolder) {
		return fmt.Errorf("%w: %.120q; use up to 100 letters, digits, points, dashes and underscores", ErrName, name)
	}
	for _, c := range name {
		if !strings.ContainsRune(allowed, c) {
			return fmt.Errorf("%w: %q contains %q", ErrName, name, c)
		}
	}
	if base, _, _ := strings.Cut(strings.ToUpper(name), "."); devices[base] || name[len(name)-1] == '.' {
		return fmt.Errorf("%w: %q is none on Windows", ErrName, name)
	}
	return nil
}

// devices are names that Windows keeps for itself.
var devices = map[string]bool{
	"CON": true, "PRN": true, "AUX": true, "NUL": true,
	"COM1": true, "COM2": true, "COM3": true, "COM4": true, "COM5": true, "COM6": true, "COM7": true, "COM8": true, "COM9": true,
	"LPT1": true, "LPT2": true, "LPT3": true, "LPT4": true, "LPT5": true, "LPT6": true, "LPT7": true, "LPT8": true, "LPT9": true,
}

// CheckName tells whether a run or an artifact can have a name: letters, digits and ".", "_", "-", at most 100, not beginning
// or ending with a point. The error wraps ErrName and says what is wrong.
func CheckName(name string) error {
	if err := checkName(name); err != nil {
		return fmt.Errorf("track: %w", err)
	}
	return nil
}

// checkLabel accepts the name of a parameter, a metric or a file: any text that is no riddle on a page.
func checkLabel(name string) error {
	if name == "" || len(name) > 250 {
		return fmt.Errorf("%w: it has %d bytes, from 1 to 250 are possible", ErrName, len(name))
	}
	for _, c := range name {
		if c < ' ' || c == 0x7f || c == '\uFFFD' {
			return fmt.Errorf("%w: %q contains %q", ErrName, name, c)
		}
	}
	return nil
}
