package dataset

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// ErrNothingLeft is wrapped by errors of operations that would return a table without rows or values.
var ErrNothingLeft = errors.New("nothing left")

// Select returns the named columns, in that order, with the ids. It panics if there is no such column.
func (t *Table) Select(columns ...string) *Table {
	n, _ := t.Dims()
	s := &Table{IDName: t.IDName, IDs: t.IDs, Names: slices.Clone(columns), X: mat.NewDense(n, len(columns), nil)}
	for j, name := range columns {
		s.X.SetCol(j, t.Column(name))
	}
	return s
}

// Rows returns the given rows, in that order. It panics if a row does not exist, and if none is given.
func (t *Table) Rows(rows []int) *Table {
	_, d := t.Dims()
	s := &Table{IDName: t.IDName, Names: t.Names, X: mat.NewDense(len(rows), d, nil)}
	for i, row := range rows {
		s.X.SetRow(i, t.X.RawRowView(row))
		if t.IDs != nil {
			s.IDs = append(s.IDs, t.IDs[row])
		}
	}
	return s
}

// WithColumn returns the table with one more column, at the end: value i belongs to row i. It panics with mat.ErrShape if
// there are not n values, and if the name is taken.
func (t *Table) WithColumn(name string, values []float64) *Table {
	n, d := t.Dims()
	if len(values) != n {
		panic(mat.ErrShape)
	}
	if name == t.IDName || t.Index(name) >= 0 {
		panic(fmt.Sprintf("dataset: there is a column %q already", name))
	}
	s := &Table{IDName: t.IDName, IDs: t.IDs, Names: append(slices.Clone(t.Names), name), X: mat.NewDense(n, d+1, nil)}
	for i := range n {
		copy(s.X.RawRowView(i), t.X.RawRowView(i))
	}
	s.X.SetCol(d, values)
	return s
}

// ImputeMedian returns the table with the missing values of the named columns, or of all where none is named, filled with
// the column's median over the rows that have a value. A column without any value is an error that wraps ErrNothingLeft.
// It panics if there is no such column.
func (t *Table) ImputeMedian(columns ...string) (*Table, error) {
	if len(columns) == 0 {
		columns = t.Names
	}
	s := *t
	s.X = mat.DenseCopyOf(t.X)
	for _, name := range columns {
		values := t.Column(name)
		summary := Summarize(name, values)
		if summary.Count == 0 {
			return nil, fmt.Errorf("dataset: median of %s: %w: all %d values are missing", name, ErrNothingLeft, len(values))
		}
		for i, v := range values {
			if math.IsNaN(v) {
				s.X.Set(i, t.Index(name), summary.Median)
			}
		}
	}
	return &s, nil
}

// DropMissing returns the rows that have a value in each of the named columns, or in all where none is named. It is an
// error that wraps ErrNothingLeft when there is no such row. It panics if there is no such column.
func (t *Table) DropMissing(columns ...string) (*Table, error) {
	if len(columns) == 0 {
		columns = t.Names
	}
	positions := make([]int, len(columns))
	for i, name := range columns {
		positions[i] = t.mustIndex(name)
	}
	n, _ := t.Dims()
	var whole []int
	for i := range n {
		row := t.X.RawRowView(i)
		if !slices.ContainsFunc(positions, func(j int) bool { return math.IsNaN(row[j]) }) {
			whole = append(whole, i)
		}
	}
	if whole == nil {
		return nil, fmt.Errorf("dataset: %w: each of %d rows lacks a value in %s", ErrNothingLeft, n, strings.Join(columns, ", "))
	}
	return t.Rows(whole), nil
}

// Fingerprint identifies the table's content: 16 hexadecimal digits of the SHA-256 of its names, ids and values. Tables
// with the same fingerprint hold the same data.
func (t *Table) Fingerprint() string {
	h := sha256.New()
	n, d := t.Dims()
	fmt.Fprintf(h, "%d %d %q %q %q\n", n, d, t.IDName, t.Names, t.IDs)
	row := make([]byte, 8*d)
	for i := range n {
		for j, v := range t.X.RawRowView(i) {
			bits := math.Float64bits(v)
			if math.IsNaN(v) {
				bits = math.Float64bits(math.NaN()) // one kind of missing
			}
			binary.LittleEndian.PutUint64(row[8*j:], bits)
		}
		h.Write(row)
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:8])
}
