package profile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/dataset"
	"example.com/marketing/segkit/profile/internal/columns"
)

// What the functions of this package refuse, beside the errors of package dataset, ErrEmpty, ErrFieldCount and ErrSyntax.
var (
	ErrNoColumn = columns.ErrNoColumn // an option names a column that is not there
	ErrKind     = columns.ErrKind     // a column is not of the kind that an option needs
	ErrChanged  = columns.ErrChanged  // the input changed while it was read
	ErrGroups   = errors.New("groups that cannot be compared")
)

// SmallCount is the least number of rows that a private report speaks of.
const SmallCount = 10

// Options says what to profile and how. The zero value and nil are the defaults.
type Options struct {
	Title     string // default "Profile"
	Source    string // one line that says where the data came from; default the files' names
	Synthetic bool   // the data are made up; the report says so at the top

	// ID is the name of the column that names the rows; the report shows none of its values. The default is CUST_ID where
	// there is one. A Table knows its own.
	ID string
	// Kinds overrides what a column was taken for, by its name: Numeric, Categorical, Text, Date or Identifier.
	Kinds map[string]Kind

	// Missing are texts that stand for no value, beside those that the package comment names: "-", "unknown". It goes with Read
	// and ReadFile.
	Missing []string

	// Target is the name of a column that is drawn over all others: a number, a boolean or a category.
	Target string
	// By is the name of a column of at most 12 different values, each of which makes a group to compare.
	By string
	// Groups gives the groups to compare where no column has them. It goes with New only.
	Groups *Groups

	// Private leaves out whatever is a single row's: extremes, frequent texts, and each count below SmallCount.
	Private bool

	// Seed is that of the sample which stands for a file of more than 1,000,000 rows.
	Seed uint64
	// OnProgress is called now and then with the share of the work that is done.
	OnProgress func(share float64)
}

// Groups says which group each row belongs to: segments, train and test, months. There may be up to 12.
type Groups struct {
	Names  []string
	Labels []int // one per row: its group's position in Names, or -1 for none
}

// New profiles a table in memory. A table without rows or columns gives a report without figures. Errors say which option
// names a column that is not there or cannot serve. It panics with mat.ErrShape if there is not one label per row, and if a
// label is not the position of a name. The cost is O(n·d·(log n + d)), and memory 12·n·d bytes beside the table.
func New(t *dataset.Table, o *Options) (*Report, error) {
	o = o.orDefault()
	data, err := columns.FromTable(t, o.Kinds)
	if err != nil {
		return nil, err
	}
	var g *grouping
	if o.Groups != nil {
		if len(o.Groups.Labels) != data.Rows {
			panic(mat.ErrShape)
		}
		if err := checkGroups(o.Groups.Names); err != nil {
			return nil, err
		}
		g = &grouping{names: slices.Clone(o.Groups.Names), rows: make([]int, len(o.Groups.Names)), of: make([]int32, data.Rows)}
		for row, label := range o.Groups.Labels {
			if label < -1 || label >= len(g.names) {
				panic(fmt.Sprintf("profile: label %d of row %d with %d groups", label, row, len(g.names)))
			}
			if g.of[row] = int32(label); label >= 0 {
				g.rows[label]++
			}
		}
	}
	return analyse(context.Background(), data, g, o)
}

// Read profiles CSV of any columns, which it reads twice; the package comment says what it accepts. Figures that need no
// order are of all rows. Up to 1,000,000 rows the others are, too; beyond, they are of as many rows drawn at random. Memory
// is about 12 bytes for each number kept, a few for each text, and 16 for each row. A cancelled context is an error that wraps ctx.Err().
func Read(ctx context.Context, r io.ReadSeeker, o *Options) (*Report, error) {
	return read(ctx, []columns.Source{{R: r}}, nil, o.orDefault())
}

// ReadFile profiles the CSV file at path as Read does. Several files are groups to compare, named by their files: the columns
// are those of all, and a column that a file has not is missing there.
func ReadFile(ctx context.Context, o *Options, path ...string) (*Report, error) {
	if len(path) == 0 {
		panic("profile: no file")
	}
	o = o.orDefault()
	var sources []columns.Source
	var names []string
	for _, p := range path {
		f, err := os.Open(p)
		if err != nil {
			return nil, fmt.Errorf("profile: %w", err)
		}
		defer f.Close()
		sources = append(sources, columns.Source{Name: p, R: f})
		names = append(names, filepath.Base(p))
	}
	if o.Source == "" {
		o.Source = strings.Join(names, ", ")
	}
	return read(ctx, sources, names, o)
}

func read(ctx context.Context, sources []columns.Source, names []string, o *Options) (*Report, error) {
	if o.Groups != nil {
		return nil, fmt.Errorf("profile: %w: Groups gives labels of rows in memory; a file's groups are named by By", ErrGroups)
	}
	if o.By != "" && len(sources) > 1 {
		return nil, fmt.Errorf("profile: %w: %d files are groups already, By names column %q as others", ErrGroups, len(sources), o.By)
	}
	if len(sources) > maxGroups {
		return nil, fmt.Errorf("profile: %w: %d files, %d are the most", ErrGroups, len(sources), maxGroups)
	}
	progress := o.OnProgress
	data, err := columns.Read(ctx, sources, &columns.Options{ID: o.ID, Kinds: o.Kinds, Missing: o.Missing, Seed: o.Seed, OnProgress: func(share float64) {
		if progress != nil {
			progress(share / 2)
		}
	}})
	if err != nil {
		return nil, err
	}
	var g *grouping
	if data.Group != nil {
		g = &grouping{rows: data.GroupRows, of: data.Group}
		for i, name := range names {
			name = strings.TrimSuffix(name, filepath.Ext(name))
			if slices.Contains(g.names, name) {
				name = fmt.Sprintf("%s (%d)", name, i+1)
			}
			g.names = append(g.names, name)
		}
	}
	return analyse(ctx, data, g, o)
}

// orDefault returns a copy with the defaults filled in.
func (o *Options) orDefault() *Options {
	c := Options{}
	if o != nil {
		c = *o
	}
	if c.Title == "" {
		c.Title = "Profile"
	}
	return &c
}

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
	if err := a.missing(ctx); err != nil {
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
