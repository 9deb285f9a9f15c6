package track

import (
	"context"
	"errors"
	"fmt"
)

// send makes the run's counterpart if there is none, sends the entries after the cursor, and reports how the run stands.
func (p *pass) send(ctx context.Context, s *Sending) error {
	c := s.cursor
	if s.Key == "" {
		key, err := p.target.Create(ctx, s) // that this was begun is noted
		if err != nil {
			return err
		}
		c.Key, s.Key, s.Again = key, key, false
		if err := c.begin(); err != nil {
			return err
		}
	}
	b := batch{pass: p, s: s}
	err := s.replay(c.To, func(e *Entry, end int64) error {
		if !e.Kind.known() {
			return fmt.Errorf("%w %q; that one can send it", errLater, e.Kind)
		}
		if s.superseded(e) {
			b.skip(e, end)
			return nil
		}
		alone := e.Kind == EntryFile || e.Kind == EntryMade
		if alone || len(b.entries) == maxBatch {
			if err := b.send(ctx); err != nil {
				return err
			}
		}
		b.add(e, end)
		if alone {
			return b.send(ctx)
		}
		return nil
	})
	if err == nil || errors.Is(err, errUnreadable) || errors.Is(err, errLater) { // what came before that is sent
		if sendErr := b.send(ctx); sendErr != nil {
			return sendErr
		}
	}
	if err != nil {
		return err
	}
	news := c.Reported != s.State || c.Of != c.To
	if s.State == Running || news {
		// What is refused is not reported again: it would be refused again.
		if err := p.judge(ctx, p.tell(ctx, s)); err != nil {
			return err
		}
	}
	if news || c.Sending {
		c.Reported, c.Of, c.Sending = s.State, c.To, false
		return c.save()
	}
	return nil
}

var errLater = fmt.Errorf("%w: a later version of this program wrote", ErrRefused)

// tell reports how the run stands.
func (p *pass) tell(ctx context.Context, s *Sending) error {
	if err := p.target.Report(ctx, s); err != nil {
		return fmt.Errorf("run %s: that it is %s: %w", s.Name, s.State, err)
	}
	return nil
}

// batch is what Send is given at once.
type batch struct {
	*pass
	s       *Sending
	entries []Entry
	ends    []position // where the cursor may move to after each
	passed  position   // where it may move to before the first
}

// position is an entry's end in the log, and what is noted of the entry.
type position struct {
	end  int64
	last int
	sum  uint64
	at   int64
}

func (b *batch) add(e *Entry, end int64) {
	b.entries = append(b.entries, *e)
	b.ends = append(b.ends, position{end, e.size, e.sum, e.At})
}

// skip passes an entry over that is not sent.
func (b *batch) skip(e *Entry, end int64) {
	at := position{end, e.size, e.sum, e.At}
	if n := len(b.ends); n > 0 {
		b.ends[n-1] = at
	} else {
		b.passed = at
	}
}

// send sends the batch, passes over what is refused, and moves the cursor.
func (b *batch) send(ctx context.Context) error {
	c := b.s.cursor
	for len(b.entries) > 0 {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := c.begin(); err != nil {
			return err
		}
		n, err := b.target.Send(ctx, b.s, b.entries)
		b.report.Entries += n
		if errors.Is(err, ErrRefused) && !errors.Is(err, ErrGone) && ctx.Err() == nil && n < len(b.entries) {
			b.refuse(fmt.Errorf("run %s: %s: %w", b.s.Name, b.entries[n].what(), err))
			n, err = n+1, nil
		}
		if n > 0 {
			b.progress.Sent += b.ends[n-1].end - c.To
			c.move(b.ends[n-1])
		}
		b.entries, b.ends = b.entries[n:], b.ends[n:]
		if err != nil {
			return err
		}
		b.s.Again = false
		if b.options.Progress != nil {
			b.options.Progress(b.progress)
		}
	}
	b.entries, b.ends = nil, nil
	if b.passed.end > c.To {
		b.progress.Sent += b.passed.end - c.To
		c.move(b.passed)
	}
	return nil
}

// what names an entry, for a reader.
func (e *Entry) what() string {
	switch {
	case e.File != nil:
		return fmt.Sprintf("%s %q", e.File.Kind, e.File.Path())
	case e.Dataset != nil:
		return fmt.Sprintf("data set %q", e.Dataset.Name)
	case e.Artifact != nil:
		return fmt.Sprintf("artifact %s", e.Artifact)
	case e.Name != "":
		return fmt.Sprintf("%s %q", e.Kind, e.Name)
	}
	return string(e.Kind)
}
