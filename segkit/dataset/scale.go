package dataset

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
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
	s := &Scaler{Names: slices.Clone(t.Names)}
	for _, name := range t.Names {
		values := t.Column(name)
		for i, v := range values {
			if !(math.Abs(v) <= 1e140) { // its square would not be a number
				return nil, fmt.Errorf("dataset: cannot scale %s: the value of row %d is %v", name, i, v)
			}
		}
		mean, variance := stat.PopMeanVariance(values, nil)
		scale := math.Sqrt(variance)
		if slices.Min(values) == slices.Max(values) {
			mean, scale = values[0], 1
		}
		s.Mean, s.Scale = append(s.Mean, mean), append(s.Scale, scale)
	}
	return s, nil
}

// Transform returns the scaled values, n×d. It panics with mat.ErrShape if the table's columns are not the scaler's.
func (s *Scaler) Transform(t *Table) *mat.Dense {
	if !slices.Equal(t.Names, s.Names) {
		panic(mat.ErrShape)
	}
	x := mat.DenseCopyOf(t.X)
	n, _ := x.Dims()
	for i := range n {
		for j, v := range x.RawRowView(i) {
			x.Set(i, j, (v-s.Mean[j])/s.Scale[j])
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
		for j, v := range y.RawRowView(i) {
			y.Set(i, j, v*s.Scale[j]+s.Mean[j])
		}
	}
	return y
}
