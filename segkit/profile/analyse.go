package profile

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"example.com/marketing/segkit/profile/internal/columns"
)

// analysis holds what the parts of a report share while it is made.
type analysis struct {
	ctx     context.Context
	table   *columns.Table
	groups  *grouping // nil for none
	target  *target   // nil for none
	private bool
	seed    uint64
	report  *Report
}

func analyse(ctx context.Context, t *columns.Table, g *grouping, o *Options) (*Report, error) {
	r := &Report{
		Version: 1, Title: o.Title, Source: o.Source, Synthetic: o.Synthetic, Private: o.Private,
		Rows: t.Rows, Kept: t.Kept, Bytes: t.Bytes, IDName: t.IDName,
		DuplicateRows: t.Duplicates, DuplicateWithIDs: t.DuplicatesWithID,
		Kinds: map[Kind]int{}, Notes: append([]string{}, t.Notes...), Alerts: []Alert{}, Columns: make([]Column, len(t.Columns)),
	}
	if legible(t) {
		r.Notes = append(r.Notes, "The text is not UTF-8; \uFFFD stands for what could not be read.")
	}
	if t.Kept < t.Rows {
		r.RankError = Number(math.Sqrt(math.Log(2/0.01) / (2 * float64(t.Kept))))
	}
	a := &analysis{ctx: ctx, table: t, groups: g, private: o.Private, seed: o.Seed, report: r}
	if err := a.choose(o); err != nil {
		return nil, err
	}
	ranks := make([][]int32, len(t.Columns))
	a.tidy()
	if err := each(a, len(t.Columns), func(j int, s *sorted) { r.Columns[j], ranks[j] = a.describe(&t.Columns[j], s) }); err != nil {
		return nil, err
	}
	a.tidy()
	for _, c := range r.Columns {
		r.Kinds[c.Kind]++
		r.MissingCells += c.Missing
	}
	progress(o, 0.7)
	if err := a.associate(ranks); err != nil {
		return nil, err
	}
	progress(o, 0.9)
	a.tidy()
	if err := a.missing(); err != nil {
		return nil, err
	}
	if a.groups != nil {
		a.compare()
	}
	if a.target != nil {
		a.finishTarget(o.Target)
	}
	a.alert()
	if o.Private {
		r.suppress()
	}
	progress(o, 1)
	return r, nil
}

// legible replaces what is no UTF-8 in names and texts, and tells whether there was any.
func legible(t *columns.Table) (broken bool) {
	mend := func(s *string) {
		if !utf8.ValidString(*s) {
			*s, broken = strings.ToValidUTF8(*s, "\uFFFD"), true
		}
	}
	mend(&t.IDName)
	for j := range t.Columns {
		c := &t.Columns[j]
		mend(&c.Name)
		for i := range c.Levels {
			mend(&c.Levels[i].Text)
		}
	}
	return broken
}

func progress(o *Options, share float64) {
	if o.OnProgress != nil {
		o.OnProgress(share)
	}
}

// choose finds the columns that the options name.
func (a *analysis) choose(o *Options) error {
	find := func(option, name string) (*columns.Column, error) {
		for j := range a.table.Columns {
			if c := &a.table.Columns[j]; c.Name == name {
				return c, nil
			}
		}
		var names []string
		for _, c := range a.table.Columns {
			names = append(names, c.Name)
		}
		return nil, fmt.Errorf("profile: %w: %s is %q, which is none of the %d columns %s", ErrNoColumn, option, name, len(names), strings.Join(names, ", "))
	}
	if o.Target != "" {
		c, err := find("Target", o.Target)
		if err != nil {
			return err
		}
		if c.X == nil || c.Kind == Text || c.Kind == Empty {
			return fmt.Errorf("profile: %w: Target %q is of kind %s; a target is a number, a boolean, a category or a date", ErrKind, o.Target, c.Kind)
		}
		a.target = a.newTarget(c)
	}
	if o.By != "" {
		if a.groups != nil {
			return fmt.Errorf("profile: %w: both Groups and By are given", ErrGroups)
		}
		c, err := find("By", o.By)
		if err != nil {
			return err
		}
		g, ok := groupsBy(c, a.table.Kept)
		if !ok {
			return fmt.Errorf("profile: %w: By %q is of kind %s with %d different values; groups are from 1 to %d values of a number, a boolean, a category or a date", ErrGroups, o.By, c.Kind, c.Distinct, maxGroups)
		}
		a.groups = g
	}
	if a.private && a.groups != nil {
		a.groups.dropSmall()
	}
	return nil
}

// each calls f(0) to f(n-1) on all processors, until the context is cancelled, with a scratch S that each processor has for
// itself. What f(i) computes must not depend on others, nor on what is in the scratch.
func each[S any](a *analysis, n int, f func(i int, s *S)) error {
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		wait.Go(func() {
			s := new(S)
			for i := int(next.Add(1)) - 1; i < n && a.ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				f(i, s)
			}
		})
	}
	wait.Wait()
	if err := a.ctx.Err(); err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	return nil
}

// tidy gives back at once what the last step of a large table has left, for the next one needs as much: the collector alone
// would let garbage grow to the size of the table.
func (a *analysis) tidy() {
	if a.table.Kept*len(a.table.Columns) > 1<<22 {
		runtime.GC()
	}
}

func (a *analysis) tooFew(n int) bool { return a.private && n < SmallCount }
