package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"example.com/marketing/segkit/track"
)

// run is a run of the store, and what is worked out of it once.
type run struct {
	*track.Record
	Ref     string // name, or name@ID where the store has another run of the name that Load would return
	damage  string // in words, without the store's folder, which may name a person
	lost    bool   // its folder cannot be read, so nothing but its name and the damage is known
	curves  func() ([]curve, error)
	words   func() string
	Current bool // it is the one that Load returns
}

// book reads a store, and keeps what it has read as long as the files are the same.
type book struct {
	dir   string
	store *track.Store

	frozen bool // what was read once is not looked at again

	mu    sync.Mutex
	names map[string]*shelf
	grids grids
}

// shelf is what the book keeps of the runs of one name.
type shelf struct {
	signature string
	read      time.Time
	runs      []*run
}

// stateAge is how long a run is believed to be running, whose program may be killed without a trace in its files.
const stateAge = 1500 * time.Millisecond

// openBook opens a store that is there. It makes none, which track.Open would.
func openBook(dir string) (*book, error) {
	info, err := os.Stat(filepath.Join(dir, "objects"))
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		if _, err := os.Stat(dir); err == nil {
			return nil, fmt.Errorf("%s is no store of runs: it has no folder objects; name another with --store DIR", dir)
		}
		return nil, fmt.Errorf("there is no store of runs at %s; scripts/run makes one, or name another with --store DIR", dir)
	case err != nil:
		return nil, err
	case !info.IsDir():
		return nil, fmt.Errorf("%s is no store of runs: its objects is no folder; name another with --store DIR", dir)
	}
	store, err := track.Open(dir)
	if err != nil {
		return nil, err
	}
	return &book{dir: dir, store: store, names: map[string]*shelf{}}, nil
}

// runs returns all runs that the store holds, also those that Load does not return, the newest first.
func (b *book) runs() ([]*run, error) {
	entries, err := os.ReadDir(b.dir)
	if err != nil {
		return nil, fmt.Errorf("the store cannot be read: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	there := map[string]bool{}
	var all []*run
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		there[e.Name()] = true
		all = append(all, b.look(e.Name())...)
	}
	for name := range b.names {
		if !there[name] {
			delete(b.names, name)
		}
	}
	slices.SortStableFunc(all, func(a, b *run) int { return b.Started.Compare(a.Started) })
	return all, nil
}

// find returns the run that a reference names; nil if there is none. A run that has become the one that Load returns is still
// found by its ID.
func (b *book) find(ref string) (found *run, history []*run) {
	name, id, exact := strings.Cut(ref, "@")
	b.mu.Lock()
	defer b.mu.Unlock()
	history = b.look(name)
	for _, r := range history {
		if !exact && r.Current || exact && (r.ID == id || r.Ref == ref) {
			found = r
		}
	}
	return found, history
}

// look returns the runs of a name in the order in which they began, read anew if a file of theirs has changed.
func (b *book) look(name string) []*run {
	if name == "" || strings.ContainsAny(name, `/\`) || name[0] == '.' {
		return nil
	}
	old := b.names[name]
	if b.frozen && old != nil {
		return old.runs
	}
	signature, err := b.signature(name)
	if err != nil {
		return nil
	}
	if old != nil && old.signature == signature {
		running := slices.ContainsFunc(old.runs, func(r *run) bool { return r.State == track.Running })
		if !running || time.Since(old.read) < stateAge {
			return old.runs
		}
	}
	read := time.Now()
	history, err := b.store.History(name)
	if errors.Is(err, track.ErrName) { // a folder of the store's own
		return nil
	}
	if err != nil {
		lost := &track.Record{State: track.Damaged, Damage: err}
		lost.Name = name
		return []*run{b.newRun(lost, name, true)}
	}
	current := len(history) - 1
	for i, r := range history {
		if r.State == track.Ended {
			current = i
		}
	}
	s := &shelf{signature: signature, read: read}
	for i, record := range history {
		ref := name
		if i != current {
			ref += "@" + record.ID
			if record.ID == "" { // its first line cannot be read
				ref = fmt.Sprintf("%s@log-%d", name, i+1)
			}
		}
		r := b.newRun(record, ref, i == current)
		if old != nil && old.signature == signature && len(old.runs) == len(history) { // only states may differ
			r.curves, r.words = old.runs[i].curves, old.runs[i].words
		}
		s.runs = append(s.runs, r)
	}
	b.names[name] = s
	return s.runs
}

func (b *book) newRun(record *track.Record, ref string, current bool) *run {
	r := &run{Record: record, Ref: ref, Current: current, lost: record.ID == ""}
	if record.Damage != nil {
		r.damage = b.plain(record.Damage)
	}
	r.curves = sync.OnceValues(func() ([]curve, error) { return readCurves(r) })
	r.words = sync.OnceValue(func() string { return haystack(r) })
	return r
}

// plain is an error in words for a page: without the package's name, and without the store's folder, which may name a person.
func (b *book) plain(err error) string {
	text := strings.TrimPrefix(err.Error(), "track: ")
	return strings.ReplaceAll(text, filepath.Clean(b.dir)+string(filepath.Separator), "")
}

// signature changes when anything is written to the runs of a name.
func (b *book) signature(name string) (string, error) {
	entries, err := os.ReadDir(filepath.Join(b.dir, name))
	if err != nil {
		return "", err
	}
	var s strings.Builder
	for _, e := range entries {
		if !strings.Contains(e.Name(), ".json") {
			continue
		}
		info, err := e.Info()
		if err != nil { // it is gone in between
			continue
		}
		fmt.Fprintf(&s, "%s %d %d\n", e.Name(), info.Size(), info.ModTime().UnixNano())
	}
	return s.String(), nil
}

// why says in a sentence what is wrong with a run; "" where nothing is.
func (r *run) why() string {
	switch r.State {
	case track.Damaged:
		return "Its log cannot be read: " + r.damage
	case track.Interrupted:
		return "It has not ended: its program is gone, or something could not be logged."
	}
	return ""
}
