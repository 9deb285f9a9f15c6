package columns

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"example.com/marketing/segkit/dataset"
)

// reading is the state of Read.
type reading struct {
	o        Options
	id       string // name of the id column, if there is one
	sources  []Source
	sizes    []int64
	places   [][]int // for each source, the column that each of its fields belongs to
	index    map[string]int
	names    []string // of all columns
	inferred []*inference
	table    *Table
	reported float64
}

// Read reads the sources into one table: their rows one after the other, with all columns that any of them has. Where a
// source lacks a column its rows have no value. A nil o is the defaults.
//
// A source without rows is all right, and leaves every column Empty when no other has rows. One odd column is no error.
// Refused are a source that is empty (ErrEmpty), a row of another length than its header (ErrFieldCount), text that is not
// CSV (ErrSyntax), options that ask for what is not there (ErrNoColumn, ErrKind), and a source that changes meanwhile
// (ErrChanged). ctx is looked at every few thousand rows.
//
// Read panics if MaxKept is negative.
func Read(ctx context.Context, sources []Source, o *Options) (*Table, error) {
	r := &reading{sources: sources, index: map[string]int{}, table: &Table{}}
	if o != nil {
		r.o = *o
	}
	if r.o.MaxKept < 0 {
		panic(fmt.Sprintf("columns: MaxKept is %d", r.o.MaxKept))
	}
	r.o.MaxKept = cmp.Or(r.o.MaxKept, DefaultMaxKept)
	if len(sources) == 0 {
		return nil, failure("", 0, "", fmt.Errorf("%w: there is no source", ErrEmpty))
	}
	if err := r.begin(); err != nil {
		return nil, err
	}
	for i := range sources {
		if err := r.infer(ctx, i); err != nil {
			return nil, err
		}
	}
	columns, err := r.decide()
	if err != nil {
		return nil, err
	}
	a := newAssembly(r.table, columns, min(r.table.Rows, r.o.MaxKept), len(sources) > 1)
	if r.table.Rows > r.o.MaxKept {
		a.random = rand.New(rand.NewPCG(r.o.Seed, 0))
	}
	for i := range sources {
		if err := r.fill(ctx, i, a); err != nil {
			return nil, err
		}
	}
	if err := a.finish(); err != nil {
		return nil, err
	}
	r.progress(2 * r.table.Bytes)
	return r.table, nil
}

// begin checks the options as far as that goes without a look at the columns, and measures the sources.
func (r *reading) begin() error {
	if err := checkKinds(r.o.Kinds); err != nil {
		return err
	}
	forced := r.o.Kinds[r.o.ID]
	if r.o.ID != "" && forced != "" && forced != ID {
		return failure("", 0, r.o.ID, fmt.Errorf("%w: %s was asked for; it is the id column", ErrKind, forced))
	}
	r.id = cmp.Or(r.o.ID, dataset.DefaultID)
	for _, source := range r.sources {
		size, err := source.R.Seek(0, io.SeekEnd)
		if err != nil {
			return failure(source.Name, 0, "", err)
		}
		r.sizes = append(r.sizes, size)
		r.table.Bytes += size
	}
	return nil
}

// infer takes the first pass over source i.
func (r *reading) infer(ctx context.Context, i int) error {
	source, err := r.sources[i].open()
	if err != nil {
		return err
	}
	source.absent = r.o.Missing
	names, notes := unique(source.header)
	if note, ok := headless(source.header); ok {
		notes = append(notes, note)
	}
	for _, note := range notes {
		if len(r.sources) > 1 && source.file != "" {
			note = source.file + ": " + note
		}
		r.table.Notes = append(r.table.Notes, note)
	}
	place := make([]int, len(names))
	for j, name := range names {
		k, ok := r.index[name]
		if !ok {
			k = len(r.inferred)
			r.index[name] = k
			r.names = append(r.names, name)
			forced, asked := r.o.Kinds[name]
			if !asked && name == r.id {
				forced = ID
			}
			r.inferred = append(r.inferred, newInference(name, forced, asked))
		}
		place[j] = k
	}
	r.places = append(r.places, place)
	before, rows := r.before(i), 0
	err = source.each(ctx, func(b *batch) error {
		for j, k := range place {
			r.inferred[k].add(b.column(j))
		}
		rows += b.rows
		r.progress(before + b.offset)
		return nil
	})
	r.table.GroupRows = append(r.table.GroupRows, rows)
	r.table.Rows += rows
	return err
}

// before returns the size of the sources before i.
func (r *reading) before(i int) int64 {
	var total int64
	for _, size := range r.sizes[:i] {
		total += size
	}
	return total
}

// decide ends the first pass.
func (r *reading) decide() ([]*Column, error) {
	for _, name := range append(slices.Sorted(maps.Keys(r.o.Kinds)), r.o.ID) {
		if _, ok := r.index[name]; !ok && name != "" {
			return nil, failure("", 0, "", fmt.Errorf("%w: %q is not among %s", ErrNoColumn, name, strings.Join(r.names, ", ")))
		}
	}
	return decide(r.table, r.inferred, r.id)
}

// progress reports that so many bytes of the two passes are done.
func (r *reading) progress(done int64) {
	if r.o.OnProgress == nil {
		return
	}
	share := 1.0
	if r.table.Bytes > 0 {
		share = min(float64(done)/float64(2*r.table.Bytes), 1)
	}
	if share >= r.reported+0.005 || share == 1 && r.reported < 1 {
		r.reported = share
		r.o.OnProgress(share)
	}
}

// fill takes the second pass over source i.
func (r *reading) fill(ctx context.Context, i int, a *assembly) error {
	source, err := r.sources[i].open()
	if err != nil {
		return err
	}
	source.absent = r.o.Missing
	place := r.places[i]
	names, _ := unique(source.header)
	if len(names) != len(place) {
		return failure(source.file, 1, "", ErrChanged)
	}
	field := slices.Repeat([]int{-1}, len(a.fillers)) // of each column; -1 where the source lacks it
	for j, k := range place {
		if names[j] != r.names[k] {
			return failure(source.file, 1, "", ErrChanged)
		}
		field[k] = j
	}
	before, rows := r.table.Bytes+r.before(i), 0
	err = source.each(ctx, func(b *batch) error {
		rows += b.rows
		if rows > r.table.GroupRows[i] {
			return failure(source.file, 0, "", ErrChanged)
		}
		w := a.window(b.rows, i)
		for k, f := range a.fillers {
			if field[k] < 0 {
				f.lack(w)
			} else {
				f.add(b.column(field[k]), w)
			}
		}
		a.close(w)
		r.progress(before + b.offset)
		return nil
	})
	if err == nil && rows < r.table.GroupRows[i] {
		err = failure(source.file, 0, "", ErrChanged)
	}
	return err
}
