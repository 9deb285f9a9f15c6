package dataset

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Summary describes the values of one column, missing ones left out. With fewer than two values Std is NaN, with none all
// figures are.
type Summary struct {
	Name             string
	Count, Missing   int
	Mean, Std        float64 // Std is the sample standard deviation, with divisor n-1
	Min, Max         float64
	Q25, Median, Q75 float64 // as Quantile defines them
}

// Describe summarises every column, as pandas' describe does.
func (t *Table) Describe() []Summary {
	summaries := make([]Summary, len(t.Names))
	for j, name := range t.Names {
		summaries[j] = Summarize(name, t.Column(name))
	}
	return summaries
}

// Summarize describes values, which it neither changes nor keeps. The cost is O(n log n).
func Summarize(name string, values []float64) Summary {
	sorted := Present(values)
	slices.Sort(sorted)
	s := Summary{Name: name, Count: len(sorted), Missing: len(values) - len(sorted)}
	s.Min, s.Q25, s.Median, s.Q75, s.Max = Quantile(sorted, 0), Quantile(sorted, 0.25), Quantile(sorted, 0.5), Quantile(sorted, 0.75), Quantile(sorted, 1)
	s.Mean, s.Std = math.NaN(), math.NaN()
	switch {
	case s.Count > 1:
		s.Mean, s.Std = stat.MeanStdDev(sorted, nil)
	case s.Count == 1:
		s.Mean = sorted[0]
	}
	return s
}

// Present returns a copy of values without the missing ones.
func Present(values []float64) []float64 {
	present := make([]float64, 0, len(values))
	for _, v := range values {
		if !math.IsNaN(v) {
			present = append(present, v)
		}
	}
	return present
}

// Quantile returns the q-quantile, 0 <= q <= 1, of values in ascending order without NaN: the linear interpolation at
// position (n-1)·q (type 7 of Hyndman and Fan, 1996, which pandas and NumPy use). It is NaN for no values, and panics for
// a q out of range.
func Quantile(sorted []float64, q float64) float64 {
	if !(q >= 0 && q <= 1) {
		panic("dataset: quantile out of range")
	}
	if len(sorted) == 0 {
		return math.NaN()
	}
	position := q * float64(len(sorted)-1)
	below := int(position)
	if below+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	a, b := sorted[below], sorted[below+1]
	return a + (position-float64(below))*(b-a)
}
