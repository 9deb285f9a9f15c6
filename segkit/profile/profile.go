package profile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

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
	r, err := analyse(context.Background(), data, g, o)
	if err == nil {
		r.InMemory = true
	}
	return r, err
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
			free := name
			for k := i + 1; slices.Contains(g.names, free); k++ {
				free = fmt.Sprintf("%s (%d)", name, k)
			}
			g.names = append(g.names, free)
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
