package track

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"example.com/marketing/segkit/track/internal/rest"
)

// SyncOptions says what Sync sends. The zero value and nil are the defaults.
type SyncOptions struct {
	Runs     []string // names; default all
	Progress func(SyncProgress)
}

// maxBatch is how many entries Send is given at once.
const maxBatch = 1000

// Sync sends to a target what it has not got yet of the store's runs: of each name the one that Load returns, and those that are
// being written. The store remembers how far each target has come, so Sync can be stopped at any moment, even be killed, and
// goes on from there; at the end the target holds everything once. Values that were replaced later in the same run are not sent.
// A run that was replaced by another of its name is removed at the target when the other is there; one whose folder was
// removed stays.
//
// A target that does not answer ends the Sync with its error. What a target refuses for good, and what cannot be read here, is
// passed over, and is in the error, which then wraps ErrRefused; everything else is sent. Whether a target still has what it was
// sent is not asked: see Forget. The report is valid beside an error,
// and says what is left. Where another Sync sends to the same place, the error wraps ErrBusy.
//
// Once means: as far as the target can be asked. A request that the server carries out only after it was asked whether it has is
// there twice.
func Sync(ctx context.Context, store *Store, target Target, o *SyncOptions) (SyncReport, error) {
	if store == nil {
		return SyncReport{}, nil
	}
	if o == nil {
		o = &SyncOptions{}
	}
	p := newPass(store, target, *o, nil)
	err := p.sync(ctx)
	return p.report, err
}

func newPass(store *Store, target Target, o SyncOptions, ids map[string]bool) *pass {
	return &pass{store: store, target: target, options: o, ids: ids, folder: store.placeFolder(target.Place())}
}

// sync does it all, and completes the report.
func (p *pass) sync(ctx context.Context) error {
	err := p.all(rest.OnWait(ctx, p.waits))
	left, leftErr := p.store.left(p.folder, &p.options, p.ids)
	p.report.Left = left
	if err == nil {
		err = leftErr
	}
	if err = errors.Join(p.refusals(), err); err != nil {
		return fmt.Errorf("track: sending to %s: %w", p.target.Place(), err)
	}
	return nil
}

// pass is one Sync.
type pass struct {
	store    *Store
	target   Target
	options  SyncOptions
	ids      map[string]bool // of the runs to be sent; nil for all that should be
	folder   string
	memo     *memo
	cursors  map[string]*cursor
	progress SyncProgress
	report   SyncReport
	refused  []error       // the first ones
	reading  time.Duration // how long the store was read
}

// waits tells that something is tried again.
func (p *pass) waits(err error, wait time.Duration) {
	if p.options.Progress != nil {
		now := p.progress
		now.Trouble, now.Wait = err, wait
		p.options.Progress(now)
	}
}

// maxRefusals is how many an error tells.
const maxRefusals = 20

// refuse keeps an error that does not end the pass.
func (p *pass) refuse(err error) {
	if p.report.Refused++; p.report.Refused <= maxRefusals {
		p.refused = append(p.refused, err)
	}
}

func (p *pass) refusals() error {
	if more := p.report.Refused - len(p.refused); more > 0 {
		return errors.Join(append(p.refused, fmt.Errorf("%w: %d more", ErrRefused, more))...)
	}
	return errors.Join(p.refused...)
}

// judge keeps what is about one run or entry, and returns what ends the pass.
func (p *pass) judge(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil || !errors.Is(err, ErrRefused) && !errors.Is(err, ErrGone) {
		return err
	}
	p.refuse(err)
	return nil
}

func (p *pass) all(ctx context.Context) (err error) {
	release, ok, err := p.store.lockPlace(p.folder)
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("%w: another Sync sends to it", ErrBusy)
	}
	defer func() { err = errors.Join(err, release()) }()
	if err := sweepPlace(p.folder); err != nil {
		return err
	}
	if p.memo, err = readMemo(p.folder); err != nil {
		return err
	}
	if p.cursors, err = readCursors(p.folder); err != nil {
		return err
	}
	begun := time.Now()
	runs, there, err := p.store.toSend(p.cursors, &p.options, p.ids)
	p.reading = time.Since(begun)
	if err != nil {
		return err
	}
	for _, r := range runs {
		if c := p.cursors[r.ID]; c != nil {
			p.progress.Sent += min(c.To, r.LogBytes)
		}
		p.progress.Total += r.LogBytes
	}
	for _, r := range runs {
		if err := p.judge(ctx, p.run(ctx, r)); err != nil {
			return err
		}
	}
	for id, c := range p.cursors {
		if !p.replaced(id, c, there) {
			continue
		}
		if err := p.judge(ctx, p.remove(ctx, c)); err != nil {
			return err
		}
	}
	return nil
}

// replaced tells whether the run of a cursor was given up, or replaced by one that is whole at the place.
func (p *pass) replaced(id string, c *cursor, there present) bool {
	if there.ids[id] {
		return false
	}
	if _, err := os.Stat(c.gone()); err == nil {
		return true
	}
	successor := there.names[c.Run]
	if successor == nil {
		return false
	}
	s := p.cursors[successor.ID]
	return s != nil && s.Key != "" && s.To >= successor.LogBytes
}

// run sends what is new of a run.
func (p *pass) run(ctx context.Context, r *Record) error {
	about := func(err error) error { return fmt.Errorf("run %s: %w", r.Name, err) }
	if r.Damage != nil {
		return about(fmt.Errorf("%w: %w: %w", ErrRefused, errUnreadable, r.Damage))
	}
	c, again, err := p.cursor(ctx, r)
	if errors.Is(err, ErrNoRun) { // replaced meanwhile
		return nil
	}
	if err != nil {
		return about(err)
	}
	p.progress.Run = r.Name
	entries := p.report.Entries
	err = p.send(ctx, &Sending{Record: r, Key: c.Key, Again: again, cursor: c, memo: p.memo})
	if p.report.Entries > entries {
		p.report.Runs++
	}
	switch {
	case err == nil, errors.Is(err, ErrNoRun):
		return nil
	case errors.Is(err, errUnreadable):
		err = fmt.Errorf("%w: %w", ErrRefused, err)
	case errors.Is(err, ErrGone):
		err = fmt.Errorf("%w; Forget it to have it made anew (scripts/runs sync --anew)", err)
	}
	return about(errors.Join(err, c.save()))
}

// cursor returns where to go on with a run, a new one where the log was cut below what was sent, and whether more may have been
// sent than it says.
func (p *pass) cursor(ctx context.Context, r *Record) (c *cursor, again bool, err error) {
	c, known := p.cursors[r.ID]
	if known && c.Run != r.Name {
		return nil, false, fmt.Errorf("%w: it has the ID of the run %s, whose copy it may be", ErrRefused, c.Run)
	}
	if !known {
		if c, err = p.newCursor(r); err != nil { // before the log is opened: who gives the run up from now on sees it
			return nil, false, err
		}
	}
	log, err := os.Open(p.store.logPath(r.Name, r.generation))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, errReplaced
	}
	if err != nil {
		return nil, false, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	defer log.Close()
	if r.State == Running {
		if err := log.Sync(); err != nil { // what the target knows must not be lost here
			return nil, false, err
		}
	}
	fits, err := c.fits(log)
	if err != nil || fits {
		return c, known && c.Sending, err
	}
	if err := p.remove(ctx, c); err != nil {
		return nil, false, err
	}
	c, err = p.newCursor(r)
	return c, false, err
}

// newCursor notes that sending a run begins.
func (p *pass) newCursor(r *Record) (*cursor, error) {
	c := &cursor{Run: r.Name, ID: r.ID, path: filepath.Join(p.folder, r.ID+".json")}
	p.cursors[r.ID] = c
	return c, c.begin()
}

// remove takes away a counterpart, and forgets it.
func (p *pass) remove(ctx context.Context, c *cursor) error {
	s := &Sending{Record: &Record{Summary: newSummary(c.Run, c.ID, time.UnixMilli(c.At)), store: p.store}, Key: c.Key, Again: c.Sending, cursor: c, memo: p.memo}
	if c.Key != "" || c.Sending {
		if err := p.target.Remove(ctx, s); err != nil {
			return fmt.Errorf("run %s, which was replaced: %w", c.Run, err)
		}
		p.report.Removed++
	}
	delete(p.cursors, c.ID)
	return errors.Join(os.RemoveAll(c.gone()), os.RemoveAll(c.path))
}

// Forget forgets what was sent to a target, of all runs or of those that are named, so that the next Sync sends it again, to new
// counterparts: for a server that has lost its data, or where a run was deleted. What is there stays there.
func Forget(store *Store, target Target, runs ...string) (err error) {
	if store == nil {
		return nil
	}
	fail := func(err error) error {
		return fmt.Errorf("track: forgetting what was sent to %s: %w", target.Place(), err)
	}
	folder := store.placeFolder(target.Place())
	release, ok, err := store.lockPlace(folder)
	if err == nil && !ok {
		err = fmt.Errorf("%w: another Sync sends to it", ErrBusy)
	}
	if err != nil {
		return fail(err)
	}
	defer func() { err = errors.Join(err, release()) }()
	cursors, err := readCursors(folder)
	if err != nil {
		return fail(err)
	}
	for _, c := range cursors {
		if len(runs) == 0 || slices.Contains(runs, c.Run) {
			err = errors.Join(err, os.RemoveAll(c.gone()), os.Remove(c.path))
		}
	}
	if len(runs) == 0 { // versions of artifacts are there for all runs
		err = errors.Join(err, os.RemoveAll(filepath.Join(folder, memoFile)))
	}
	if err != nil {
		return fail(err)
	}
	return nil
}
