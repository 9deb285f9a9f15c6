package segment

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/dataset"
	"example.com/marketing/segkit/internal/distance"
)

// Assignment says where a customer belongs.
type Assignment struct {
	Segment  int
	Distance float64 // to the segment's centre, in the space that was clustered
	Next     int     // the segment with the next nearest centre; -1 where there is only one
	Margin   float64 // by how much that is farther, 0 or more; +Inf where there is only one
	Unlike   bool    // farther from every centre than 99 % of the training rows: unlike anyone, the segment means little
	Missing  int     // values that were missing, and filled with the medians of the training rows
}

// Assign returns where one customer belongs: d values in the order of Columns, NaN where one is missing. Another number of
// values is an error that wraps ErrColumns, a value that is infinite or beyond 1e140, or so large that its distance is no number,
// one that wraps kmeans.ErrNotFinite and names the column, and the row, from 0.
func (m *Model) Assign(row []float64) (Assignment, error) {
	if len(row) != len(m.Columns) {
		return Assignment{}, fmt.Errorf("segment: %w: %d values for %d columns", ErrColumns, len(row), len(m.Columns))
	}
	var out [1]Assignment
	if err := m.assign(out[:], mat.NewDense(1, len(row), row), mat.NewDense(1, len(row), nil), 0); err != nil {
		return Assignment{}, fmt.Errorf("segment: %w", err)
	}
	return out[0], nil
}

// AssignTable returns where each of the table's n rows belongs. A table that lacks one of the model's columns is an error
// that wraps ErrColumns; it may have others, in any order. Errors about values are Assign's, with the row. Rows are computed
// on all processors; the memory beyond the result is that of a few thousand rows. Each assignment is Assign's, to the last bit.
func (m *Model) AssignTable(ctx context.Context, t *dataset.Table) ([]Assignment, error) {
	x, err := m.pick(t)
	if err != nil {
		return nil, err
	}
	n, d := x.Dims()
	out := make([]Assignment, n)
	errs := make([]error, (n+assignBlock-1)/assignBlock)
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(errs)) {
		workers.Go(func() {
			z := mat.NewDense(assignBlock, d, nil)
			for {
				b := int(next.Add(1)) - 1
				if b >= len(errs) || ctx.Err() != nil {
					return
				}
				from, to := b*assignBlock, min((b+1)*assignBlock, n)
				errs[b] = m.assign(out[from:to], x.Slice(from, to, 0, d).(*mat.Dense), z, from)
			}
		})
	}
	workers.Wait()
	for _, err := range errs { // the first row's error, whoever came first
		if err != nil {
			return nil, fmt.Errorf("segment: %w", err)
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("segment: assigning %d rows: %w", n, err)
	}
	return out, nil
}

const assignBlock = 512 // rows, that fit in a processor's cache

// assign fills out for the rows of x, of which the first is the caller's row number first, in z, of as many rows or more. At a
// value that is wrong, what stands before its row is filled.
func (m *Model) assign(out []Assignment, x, z *mat.Dense, first int) error {
	rows, wrong := m.pipeline.apply(z, x, func(row, values int) { out[row].Missing = values })
	if wrong != nil {
		if wrong.row > 0 {
			_, d := x.Dims()
			if err := m.assign(out[:wrong.row], x.Slice(0, wrong.row, 0, d).(*mat.Dense), z, first); err != nil {
				return err
			}
		}
		return &valueError{first + wrong.row, m.Columns[wrong.column], notFinite(x.At(wrong.row, wrong.column))}
	}
	for i := range out {
		m.place(&out[i], rows.RawRowView(i))
	}
	return nil
}

// valueError is an error about one value.
type valueError struct {
	row    int
	column string
	err    error
}

func (e *valueError) Error() string {
	return fmt.Sprintf("row %d, column %s: %v", e.row, e.column, e.err)
}

func (e *valueError) Unwrap() error { return e.err }

// place finds the nearest and the next centre, by the squared distances that k-means goes by.
func (m *Model) place(a *Assignment, row []float64) {
	first, second := math.Inf(1), math.Inf(1)
	a.Segment, a.Next, a.Margin = 0, -1, math.Inf(1)
	k, _ := m.clusters.Centers.Dims()
	for c := range k {
		switch v := distance.Squared(row, m.clusters.Centers.RawRowView(c)); {
		case c == 0:
			first = v
		case v < first:
			a.Segment, a.Next, first, second = c, a.Segment, v, first
		case v < second:
			a.Next, second = c, v
		}
	}
	a.Distance = math.Sqrt(first)
	if a.Next >= 0 {
		a.Margin = math.Sqrt(second) - a.Distance
	}
	a.Unlike = a.Distance > m.Limit
}
