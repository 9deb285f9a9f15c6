package dataset

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/internal/distance"
)

// Scaler shifts and scales columns to mean 0 and standard deviation 1.
type Scaler struct {
	Names []string
	Mean  []float64
	Scale []float64 // the population standard deviation, with divisor n; 1 for a constant column
}

// FitScaler computes the scaler of a table. A value that is missing, infinite or above 1e140 is an error that
// names its column and row.
func FitScaler(t *Table) (*Scaler, error) {
	n, d := t.X.Dims()
	s := &Scaler{Names: slices.Clone(t.Names), Mean: make([]float64, d), Scale: make([]float64, d)}
	if n == 0 {
		for j := range s.Scale {
			s.Scale[j] = 1
		}
		return s, nil
	}
	for i := range n {
		for j, v := range t.X.RawRowView(i) {
			if !(math.Abs(v) <= distance.Largest) { // its square would not be a number
				return nil, fmt.Errorf("dataset: cannot scale %s: the value of row %d is %v", t.Names[j], i, v)
			}
		}
	}
	// Of the differences from the first row, so that a constant column has that constant as its mean, and no deviation.
	first := t.X.RawRowView(0)
	for i := range n {
		distance.AddRow(s.Mean, t.X.RawRowView(i), first, 1)
	}
	for j, v := range first {
		s.Mean[j] = v + s.Mean[j]/float64(n)
	}
	mean, squares, rest := s.Mean[:d], make([]float64, d), make([]float64, d)
	for i := range n {
		for j, v := range t.X.RawRowView(i)[:d] {
			v -= mean[j]
			squares[j] += v * v
			rest[j] += v // would be 0 if the mean had no rounding error
		}
	}
	for j, sum := range squares {
		variance := max(0, sum-rest[j]*rest[j]/float64(n)) / float64(n)
		if s.Scale[j] = math.Sqrt(variance); s.Scale[j] == 0 {
			s.Scale[j] = 1
		}
	}
	return s, nil
}

// Transform returns the scaled values, n×d. It panics with mat.ErrShape if the table's columns are not the scaler's.
func (s *Scaler) Transform(t *Table) *mat.Dense {
	if !slices.Equal(t.Names, s.Names) {
		panic(mat.ErrShape)
	}
	n, d := t.X.Dims()
	if n == 0 {
		return &mat.Dense{}
	}
	x := mat.NewDense(n, d, nil)
	mean, scale := s.Mean[:d], s.Scale[:d]
	for i := range n {
		row := x.RawRowView(i)[:d]
		for j, v := range t.X.RawRowView(i)[:d] {
			row[j] = (v - mean[j]) / scale[j]
		}
	}
	return x
}

// Inverse returns scaled values, n×d, in the table's units again. It panics with mat.ErrShape if x has not d columns.
func (s *Scaler) Inverse(x mat.Matrix) *mat.Dense {
	y := mat.DenseCopyOf(x)
	n, d := y.Dims()
	if d != len(s.Mean) {
		panic(mat.ErrShape)
	}
	for i := range n {
		row := y.RawRowView(i)
		for j, v := range row {
			row[j] = v*s.Scale[j] + s.Mean[j]
		}
	}
	return y
}
