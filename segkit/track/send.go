package track

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// send makes the run's counterpart if there is none, sends the entries after the cursor, and reports how the run stands.
func (p *pass) send(ctx context.Context, s *Sending) error {
	c := s.cursor
	if s.Key == "" {
		if err := c.begin(); err != nil {
			return err
		}
		key, err := p.target.Create(ctx, s)
		if err != nil {
			return err
		}
		s.Key, s.Again = key, false
		c.Key, c.Sending = key, false
		if err := c.save(); err != nil {
			return err
		}
	}
	var refused []error
	b := batch{pass: p, s: s, from: c.To}
	err := s.replay(c.To, func(e *Entry, end int64) error {
		if s.superseded(e) {
			b.skip(end)
			return nil
		}
		alone := e.Kind == EntryFile || e.Kind == EntryMade
		if alone || len(b.entries) == maxBatch {
			if err := b.send(ctx, &refused); err != nil {
				return err
			}
		}
		b.add(e, end)
		if alone {
			return b.send(ctx, &refused)
		}
		return nil
	})
	if err == nil {
		err = b.send(ctx, &refused)
	}
	if err != nil {
		return errors.Join(errors.Join(refused...), err)
	}
	if c.Sending {
		c.Sending = false
		if err := c.save(); err != nil {
			return err
		}
	}
	news := c.Reported != s.State || c.Of != c.To
	if s.State == Running || news {
		if err := p.target.Report(ctx, s); err != nil {
			return errors.Join(errors.Join(refused...), err)
		}
	}
	if news {
		c.Reported, c.Of = s.State, c.To
		if err := c.save(); err != nil {
			return err
		}
	}
	return errors.Join(refused...)
}

// batch is what Send is given at once.
type batch struct {
	*pass
	s       *Sending
	entries []Entry
	ends    []int64 // where the cursor may move to after each
	passed  int64   // where it may move to before the first
	from    int64   // where it began
}

func (b *batch) add(e *Entry, end int64) {
	b.entries = append(b.entries, *e)
	b.ends = append(b.ends, end)
}

// skip passes an entry over that is not sent.
func (b *batch) skip(end int64) {
	if n := len(b.ends); n > 0 {
		b.ends[n-1] = end
	} else {
		b.passed = end
	}
}

// send sends the batch, passes over what is refused, and moves the cursor.
func (b *batch) send(ctx context.Context, refused *[]error) error {
	c := b.s.cursor
	for len(b.entries) > 0 {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if err := c.begin(); err != nil {
			return err
		}
		n, err := b.target.Send(ctx, b.s, b.entries)
		b.report.Entries += n
		if errors.Is(err, ErrRefused) && !errors.Is(err, ErrGone) && ctx.Err() == nil && n < len(b.entries) {
			what := b.entries[n].what()
			c.Refused = append(c.Refused, refusal{At: b.ends[n], What: what, Error: err.Error()})
			*refused = append(*refused, fmt.Errorf("%s: %w", what, err))
			n, err = n+1, nil
		}
		if n > 0 {
			c.To, c.At = b.ends[n-1], b.entries[n-1].At
			if tailErr := b.tail(); tailErr != nil {
				return errors.Join(err, tailErr)
			}
		}
		b.entries, b.ends = b.entries[n:], b.ends[n:]
		if err != nil {
			return err
		}
		b.s.Again = len(b.entries) > 0 // what came after the refused one may have been sent with it
		if b.options.Progress != nil {
			now := b.progress
			now.Sent += c.To - b.from
			b.options.Progress(now)
		}
	}
	b.entries, b.ends = b.entries[:0], b.ends[:0]
	if b.passed > c.To {
		c.To = b.passed
		return b.tail()
	}
	return nil
}

// tail notes what the log's end looks like at the cursor.
func (b *batch) tail() error {
	log, err := os.Open(b.store.logPath(b.s.Name, b.s.generation))
	if err != nil {
		return errReplaced
	}
	defer log.Close()
	b.s.cursor.Tail, err = tailOf(log, b.s.cursor.To)
	return err
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
