package track

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"example.com/marketing/segkit/track/internal/rest"
)

// SyncOptions says what Sync sends. The zero value and nil are the defaults.
type SyncOptions struct {
	Runs     []string // names; default all
	Progress func(SyncProgress)

	ids map[string]bool // of runs; where it is not nil, no other is sent
}

// SyncProgress says how far a Sync has come.
type SyncProgress struct {
	Run         string // that is being sent
	Sent, Total int64  // bytes of logs

	// Trouble is what the target did not take, which is tried again after Wait; nil where all is well.
	Trouble error
	Wait    time.Duration
}

// SyncReport says what a Sync has done.
type SyncReport struct {
	Runs    int // that anything was sent of
	Entries int
	Removed int // counterparts of runs that were replaced here
	Left    Left
}

// Left is what is still to be sent.
type Left struct{ Runs, Entries int }

// String says it in a sentence, without its end.
func (r SyncReport) String() string {
	text := "nothing new"
	if r.Runs > 0 {
		text = fmt.Sprintf("sent %s", amount(r.Entries, r.Runs))
	} else if r.Left.Runs > 0 {
		text = "nothing sent"
	}
	if r.Removed > 0 {
		text += fmt.Sprintf(", took back %d that %s replaced here", r.Removed, plural(r.Removed, "was", "were"))
	}
	if r.Left.Runs > 0 {
		text += fmt.Sprintf("; %s still to be sent", amount(r.Left.Entries, r.Left.Runs))
	}
	return text
}

func amount(entries, runs int) string {
	return fmt.Sprintf("%d %s of %d %s", entries, plural(entries, "record", "records"), runs, plural(runs, "run", "runs"))
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// maxBatch is how many entries Send is given at once.
const maxBatch = 1000

// Sync sends to a target what it has not got yet of the store's runs: of each name the one that Load returns, and those that are
// being written. The store remembers how far each target has come, so Sync can be stopped at any moment, even be killed, and
// goes on from there; at the end the target holds everything once. Values that were replaced later in the same run are not sent.
// A run that was replaced by another of its name is removed at the target when the other is there; one whose folder was
// removed stays.
//
// A target that does not answer ends the Sync with its error. What a target refuses for good is passed over, and is in the
// error, which then wraps ErrRefused; everything else is sent. The report is valid beside an error, and says what is left.
// Where another program sends to the same place, the error wraps ErrBusy.
func Sync(ctx context.Context, store *Store, target Target, o *SyncOptions) (SyncReport, error) {
	if store == nil {
		return SyncReport{}, nil
	}
	if o == nil {
		o = &SyncOptions{}
	}
	p := &pass{store: store, target: target, options: *o, folder: store.placeFolder(target.Place())}
	err := p.all(rest.OnWait(ctx, p.waits))
	left, leftErr := store.left(p.folder, o)
	p.report.Left = left
	if err == nil {
		err = leftErr
	}
	if err != nil {
		return p.report, fmt.Errorf("track: sending to %s: %w", target.Place(), err)
	}
	return p.report, nil
}

// pass is one Sync.
type pass struct {
	store    *Store
	target   Target
	options  SyncOptions
	folder   string
	memo     *memo
	cursors  map[string]*cursor
	ids      map[string]bool // of the store's runs
	progress SyncProgress
	report   SyncReport
}

// waits tells that something is tried again.
func (p *pass) waits(err error, wait time.Duration) {
	if p.options.Progress != nil {
		now := p.progress
		now.Trouble, now.Wait = err, wait
		p.options.Progress(now)
	}
}

func (p *pass) all(ctx context.Context) (err error) {
	release, ok, err := p.store.lockPlace(p.folder)
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("%w to it by another program", ErrBusy)
	}
	defer func() { err = errors.Join(err, release()) }()
	if p.memo, err = readMemo(p.folder); err != nil {
		return err
	}
	if p.cursors, err = readCursors(p.folder); err != nil {
		return err
	}
	runs, there, err := p.store.toSend(p.cursors, &p.options)
	if err != nil {
		return err
	}
	p.ids = there.ids
	for _, r := range runs {
		if c := p.cursors[r.ID]; c != nil {
			p.progress.Sent += min(c.To, r.LogBytes)
		}
		p.progress.Total += r.LogBytes
	}
	var refused []error
	keep := func(err error) error { // returns what ends the pass
		if err == nil || (errors.Is(err, ErrRefused) || errors.Is(err, ErrGone)) && ctx.Err() == nil {
			refused = append(refused, err)
			return nil
		}
		return err
	}
	for _, r := range runs {
		err := p.run(ctx, r)
		if errors.Is(err, ErrNoRun) { // replaced meanwhile
			continue
		}
		if err := keep(err); err != nil {
			return errors.Join(errors.Join(refused...), err)
		}
	}
	for id, c := range p.cursors {
		if !there.replaced(id, c) {
			continue
		}
		if err := keep(p.remove(ctx, c)); err != nil {
			return errors.Join(errors.Join(refused...), err)
		}
	}
	return errors.Join(refused...)
}

// present is what the store holds: the IDs of its runs, and of the names that were asked for those that have one.
type present struct{ ids, names map[string]bool }

// replaced tells whether the run of a cursor was replaced, or given up.
func (p present) replaced(id string, c *cursor) bool {
	_, err := os.Stat(c.gone())
	return !p.ids[id] && (p.names[c.Run] || err == nil)
}

// toSend returns the runs that belong at a place, in the order in which they began, and what else the store holds.
func (s *Store) toSend(cursors map[string]*cursor, o *SyncOptions) (runs []*Record, there present, err error) {
	names, err := s.names()
	if err != nil {
		return nil, there, err
	}
	there = present{map[string]bool{}, map[string]bool{}}
	for _, name := range names {
		history, err := s.history(name)
		if err != nil {
			return nil, there, fmt.Errorf("run %s: %w", name, err)
		}
		asked := len(o.Runs) == 0 || slices.Contains(o.Runs, name)
		shown := current(history)
		for _, r := range history {
			there.ids[r.ID], there.names[name] = true, asked
			if !asked {
				continue
			}
			wanted := r == shown || r.State == Running || cursors[r.ID] != nil
			if o.ids != nil {
				wanted = o.ids[r.ID]
			}
			if wanted {
				runs = append(runs, r)
			}
		}
	}
	for _, name := range o.Runs {
		if !there.names[name] {
			return nil, there, fmt.Errorf("%w: %q", ErrNoRun, name)
		}
	}
	byBegin(runs)
	return runs, there, nil
}

// run sends what is new of a run.
func (p *pass) run(ctx context.Context, r *Record) error {
	if r.Damage != nil {
		return fmt.Errorf("run %s: %w: its log cannot be read: %w", r.Name, ErrRefused, r.Damage)
	}
	c, err := p.cursor(ctx, r)
	if err != nil {
		return fmt.Errorf("run %s: %w", r.Name, err)
	}
	before, entries := c.To, p.report.Entries
	p.progress.Run = r.Name
	s := &Sending{Record: r, Key: c.Key, Again: c.Sending, cursor: c, memo: p.memo, ids: p.ids}
	err = p.send(ctx, s)
	p.progress.Sent += c.To - before
	if p.report.Entries > entries {
		p.report.Runs++
	}
	if err != nil {
		return errors.Join(fmt.Errorf("run %s: %w", r.Name, err), c.save())
	}
	return nil
}

// cursor returns where to go on with a run: a new one where the log was cut below what was sent.
func (p *pass) cursor(ctx context.Context, r *Record) (*cursor, error) {
	log, err := os.Open(p.store.logPath(r.Name, r.generation))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errReplaced
	}
	if err != nil {
		return nil, err
	}
	defer log.Close()
	if r.State == Running {
		if err := log.Sync(); err != nil { // what the target knows must not be lost here
			return nil, err
		}
	}
	c := p.cursors[r.ID]
	if c == nil {
		c = newCursor(p.folder, r)
		p.cursors[r.ID] = c
		return c, nil
	}
	fits, err := c.fits(log)
	if err != nil || fits {
		return c, err
	}
	if err := p.remove(ctx, c); err != nil {
		return nil, err
	}
	c = newCursor(p.folder, r)
	p.cursors[r.ID] = c
	return c, nil
}

// remove takes away a counterpart, and forgets it.
func (p *pass) remove(ctx context.Context, c *cursor) error {
	s := &Sending{Record: &Record{summary: newSummary(c.Run, c.ID, time.UnixMilli(c.At)), store: p.store}, Key: c.Key, Again: c.Sending, cursor: c, memo: p.memo, ids: p.ids}
	if c.Key != "" || c.Sending {
		if err := p.target.Remove(ctx, s); err != nil {
			return fmt.Errorf("run %s, which was replaced: %w", c.Run, err)
		}
		p.report.Removed++
	}
	delete(p.cursors, c.ID)
	return errors.Join(os.RemoveAll(c.gone()), os.RemoveAll(c.path))
}

// superseded tells whether a later entry of the run took the place of this one.
func (r *Record) superseded(e *Entry) bool {
	switch e.Kind {
	case EntryParam:
		return !reflect.DeepEqual(e.Value, r.Params[e.Name])
	case EntryOther:
		return !reflect.DeepEqual(e.Value, r.Others[e.Name])
	case EntryFile:
		return !slices.Contains(r.Files, *e.File)
	case EntryDataset:
		return !slices.Contains(r.Datasets, *e.Dataset)
	}
	return false
}

// left counts what has not been sent.
func (s *Store) left(folder string, o *SyncOptions) (left Left, err error) {
	cursors, err := readCursors(folder)
	if err != nil {
		return left, err
	}
	runs, _, err := s.toSend(cursors, o)
	if err != nil {
		return left, err
	}
	for _, r := range runs {
		from := int64(0)
		if c := cursors[r.ID]; c != nil {
			from = c.To
		}
		entries := 0
		err := r.replay(min(from, r.LogBytes), func(*Entry, int64) error {
			entries++
			return nil
		})
		if err != nil && !errors.Is(err, ErrNoRun) && r.Damage == nil {
			return left, err
		}
		if entries > 0 {
			left.Runs++
			left.Entries += entries
		}
	}
	return left, nil
}

// gone is the path of the note that a run was given up.
func (c *cursor) gone() string { return strings.TrimSuffix(c.path, ".json") + ".gone" }

// giveUp notes for all places that have got something of a run that there is no such run.
func (s *Store) giveUp(id string) error {
	paths, err := filepath.Glob(filepath.Join(s.dir, sentFolder, "*", id+".json"))
	for _, path := range paths {
		f, createErr := os.Create((&cursor{path: path}).gone())
		if createErr == nil {
			createErr = f.Close()
		}
		err = errors.Join(err, createErr)
	}
	return err
}
