// Package segment turns cluster labels into segments that a marketing team can read: how many customers, what they do on
// average in business units, and which features set them apart from everybody else.
package segment

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"example.com/marketing/segkit/dataset"
)

// Segment describes one cluster of customers.
type Segment struct {
	Number  int       // the cluster's label
	Size    int       // customers
	Share   float64   // of all customers, 0 to 1
	Means   []float64 // of every column of the table, in its units
	Medians []float64
	Marks   []Mark // every column, the one that sets the segment apart most first
}

// Mark says how far a segment's mean of one feature lies from the mean of all customers.
type Mark struct {
	Feature string
	Mean    float64 // of the segment
	Overall float64 // of all customers
	// Difference is (Mean - Overall) in standard deviations of all customers, 0 for a constant feature. It describes; it
	// is no test: the segments were made to differ in these very features.
	Difference float64
}

// Describe returns the segments that labels make of the table's n customers, by number. Labels run from 0; each of the
// numbers up to the largest must occur. The table must not have holes: a missing value or an unused number is an error.
// It panics with mat.ErrShape if there are not n labels, and if a label is negative. The cost is O(n·d·log n).
func Describe(t *dataset.Table, labels []int) ([]Segment, error) {
	n, d := t.Dims()
	if len(labels) != n {
		panic(mat.ErrShape)
	}
	if i := slices.IndexFunc(labels, func(c int) bool { return c >= n }); i >= 0 {
		return nil, fmt.Errorf("segment: customer %d has label %d, for %d customers", i, labels[i], n)
	}
	k := 0
	for _, label := range labels {
		k = max(k, label+1)
	}
	members := make([][]int, k)
	for i, label := range labels {
		members[label] = append(members[label], i)
	}
	overall, spread := make([]float64, d), make([]float64, d)
	for j, name := range t.Names {
		column := t.Column(name)
		if i := slices.IndexFunc(column, math.IsNaN); i >= 0 {
			return nil, fmt.Errorf("segment: row %d has no %s; impute or drop missing values first", i, name)
		}
		var variance float64
		overall[j], variance = stat.PopMeanVariance(column, nil)
		spread[j] = math.Sqrt(variance)
	}
	segments := make([]Segment, k)
	for s, rows := range members {
		if len(rows) == 0 {
			return nil, fmt.Errorf("segment: no customer has label %d, though labels run to %d", s, k-1)
		}
		segments[s] = describe(t, s, rows, overall, spread)
		segments[s].Share = float64(len(rows)) / float64(n)
	}
	return segments, nil
}

func describe(t *dataset.Table, number int, rows []int, overall, spread []float64) Segment {
	s := Segment{Number: number, Size: len(rows)}
	values := make([]float64, len(rows))
	for j, name := range t.Names {
		for i, row := range rows {
			values[i] = t.X.At(row, j)
		}
		slices.Sort(values)
		mean := stat.Mean(values, nil)
		m := Mark{Feature: name, Mean: mean, Overall: overall[j]}
		if spread[j] > 0 {
			m.Difference = (mean - overall[j]) / spread[j]
		}
		s.Means = append(s.Means, mean)
		s.Medians = append(s.Medians, dataset.Quantile(values, 0.5))
		s.Marks = append(s.Marks, m)
	}
	slices.SortStableFunc(s.Marks, func(a, b Mark) int {
		return cmp.Compare(math.Abs(b.Difference), math.Abs(a.Difference))
	})
	return s
}

// Differences returns the k×d matrix of every segment's Difference per column of the table that they describe, in the
// order of names. It panics if a segment lacks one of the names.
func Differences(segments []Segment, names []string) *mat.Dense {
	m := mat.NewDense(len(segments), len(names), nil)
	for i, s := range segments {
		for j, name := range names {
			p := slices.IndexFunc(s.Marks, func(m Mark) bool { return m.Feature == name })
			if p < 0 {
				panic(fmt.Sprintf("segment: segment %d has no feature %q", s.Number, name))
			}
			m.Set(i, j, s.Marks[p].Difference)
		}
	}
	return m
}

// The words for a difference, from a fifth of a standard deviation on (Cohen, 1988, calls that a small effect).
var degrees = []struct {
	from         float64
	above, below string
}{
	{0.8, "far above average", "far below average"},
	{0.5, "above average", "below average"},
	{0.2, "slightly above average", "slightly below average"},
}

// Sentence describes the segment in words, by its most features strongest marks; a feature within a fifth of a standard
// deviation of the average is not worth one.
func (s Segment) Sentence(most int) string {
	var parts []string
	for _, degree := range degrees {
		var above, below []string
		for _, m := range s.Marks[:min(most, len(s.Marks))] {
			size := math.Abs(m.Difference)
			if size < degree.from || size >= upper(degree.from) {
				continue
			}
			if m.Difference > 0 {
				above = append(above, plain(m.Feature))
			} else {
				below = append(below, plain(m.Feature))
			}
		}
		if above != nil {
			parts = append(parts, degree.above+" in "+list(above))
		}
		if below != nil {
			parts = append(parts, degree.below+" in "+list(below))
		}
	}
	if parts == nil {
		return "close to the average customer in every feature"
	}
	return strings.Join(parts, "; ")
}

// upper returns where the next stronger degree begins.
func upper(from float64) float64 {
	for i, degree := range degrees {
		if degree.from == from && i > 0 {
			return degrees[i-1].from
		}
	}
	return math.Inf(1)
}

// plain turns a column's name into words: PURCHASES_TRX is "purchases trx".
func plain(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", " ")) }

func list(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
