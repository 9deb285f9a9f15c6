package segment

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/dataset"
)

// ErrBaseline is wrapped by the errors about JSON that holds no baseline.
var ErrBaseline = errors.New("not a baseline")

// Baseline remembers how the customers were spread whom a model was trained on, for Drift to compare later ones with. It
// holds counts and no customers, and goes to JSON and back; what is read is checked.
type Baseline struct {
	Rows     int              `json:"rows"`
	Columns  []BaselineColumn `json:"columns"`
	Segments []int            `json:"segments"` // customers of each; none where there were no labels
}

// BaselineColumn is how a column's values were spread over bins.
type BaselineColumn struct {
	Name string `json:"name"`
	// Edges ascend and lie between the bins: bin i holds what is above Edges[i-1] and at most Edges[i]; the first and the last
	// bin are open.
	Edges   []float64 `json:"edges"`
	Counts  []int     `json:"counts"` // one more than Edges
	Missing int       `json:"missing"`
}

// NewBaseline counts the n customers of a table in the given number of bins for each of its d columns, 10 where bins is 0, and
// in the segments of their labels, which may be nil.
//
// The edges are quantiles, so that about as many customers fall in each bin. Quantiles that coincide become one edge, and a
// value on which several fall gets a bin of its own: the customers who never take a cash advance, say, or those with the full
// tenure. (The bin below it goes with its neighbour where it would have less than a hundredth of the customers.)
// Missing values are counted apart.
//
// A table without rows, two columns of one name, an infinite value, and a number below the largest label that does not
// occur are errors. It panics with mat.ErrShape if there are not n labels, and for a negative label or number of bins, and for
// one bin. The cost is O(d·n·log n).
func NewBaseline(t *dataset.Table, labels []int, bins int) (*Baseline, error) {
	bins = cmp.Or(bins, 10)
	if bins < 2 {
		panic(fmt.Sprintf("segment: %d bins", bins))
	}
	n, _ := t.Dims()
	if n == 0 {
		return nil, errors.New("segment: baseline: the table has no rows")
	}
	b := &Baseline{Rows: n, Columns: []BaselineColumn{}, Segments: []int{}}
	if labels != nil {
		k := 0
		for i, label := range labels {
			if label >= n {
				return nil, fmt.Errorf("segment: baseline: customer %d has label %d, for %d customers", i, label, n)
			}
			k = max(k, label+1)
		}
		var err error
		if b.Segments, err = countSegments(labels, n, k); err != nil {
			return nil, fmt.Errorf("segment: baseline: %w", err)
		}
		if s := slices.Index(b.Segments, 0); s >= 0 {
			return nil, fmt.Errorf("segment: baseline: no customer has label %d, though labels run to %d", s, k-1)
		}
	}
	for _, name := range t.Names {
		column := t.Column(name)
		sorted := dataset.Present(column)
		slices.Sort(sorted)
		c := BaselineColumn{Name: name, Edges: quantileEdges(sorted, bins)}
		var err error
		if c.Counts, c.Missing, err = c.count(column); err != nil {
			return nil, fmt.Errorf("segment: baseline: %w", err)
		}
		b.Columns = append(b.Columns, c)
	}
	if err := b.check(); err != nil {
		return nil, fmt.Errorf("segment: baseline: %w", err)
	}
	return b, nil
}

// quantileEdges returns the edges between bins of ascending values.
func quantileEdges(sorted []float64, bins int) []float64 {
	edges := []float64{}
	m := len(sorted)
	if m == 0 {
		return edges
	}
	most := sorted[m-1]
	cut := func(b int) float64 { return sorted[(m*b+bins-1)/bins-1] } // the least value that b of the bins together do not exceed
	add := func(v float64) {
		if v < most && (len(edges) == 0 || v > edges[len(edges)-1]) {
			edges = append(edges, v)
		}
	}
	for b := 1; b < bins; b++ {
		v := cut(b)
		if v == cut(b+1) {
			first := sort.SearchFloat64s(sorted, v)
			before := 0 // values up to the last edge
			if len(edges) > 0 {
				before = sort.Search(m, func(i int) bool { return sorted[i] > edges[len(edges)-1] })
			}
			if 100*(first-before) >= m {
				add(sorted[first-1])
			}
		}
		add(v)
	}
	return edges
}

// count returns how many values of a column fall in each bin, and how many are missing.
func (c *BaselineColumn) count(column []float64) (counts []int, missing int, err error) {
	counts = make([]int, len(c.Edges)+1)
	for i, v := range column {
		switch {
		case math.IsNaN(v):
			missing++
		case math.IsInf(v, 0):
			return nil, 0, fmt.Errorf("row %d has %v in %s", i, v, c.Name)
		default:
			counts[sort.SearchFloat64s(c.Edges, v)]++
		}
	}
	return counts, missing, nil
}

// countSegments returns how many of n customers have each of k labels.
func countSegments(labels []int, n, k int) ([]int, error) {
	if len(labels) != n {
		panic(mat.ErrShape)
	}
	sizes := make([]int, k)
	for i, label := range labels {
		if label < 0 {
			panic(fmt.Sprintf("segment: customer %d has the label %d", i, label))
		}
		if label >= k {
			return nil, fmt.Errorf("customer %d has label %d, for %d segments", i, label, k)
		}
		sizes[label]++
	}
	return sizes, nil
}

// UnmarshalJSON reads a baseline. One whose numbers do not fit each other is an error that wraps ErrBaseline.
func (b *Baseline) UnmarshalJSON(text []byte) error {
	var in struct {
		Rows    int `json:"rows"`
		Columns []struct {
			Name    string     `json:"name"`
			Edges   []*float64 `json:"edges"` // null is not 0
			Counts  []*int     `json:"counts"`
			Missing *int       `json:"missing"`
		} `json:"columns"`
		Segments []*int `json:"segments"`
	}
	if err := json.Unmarshal(text, &in); err != nil {
		return fmt.Errorf("segment: %w: %w", ErrBaseline, err)
	}
	read := &Baseline{Rows: in.Rows, Columns: []BaselineColumn{}}
	complete := true
	for _, c := range in.Columns {
		column := BaselineColumn{Name: c.Name, Edges: values(c.Edges, &complete), Counts: values(c.Counts, &complete)}
		if c.Missing == nil {
			complete = false
		} else {
			column.Missing = *c.Missing
		}
		read.Columns = append(read.Columns, column)
	}
	read.Segments = values(in.Segments, &complete)
	if !complete {
		return fmt.Errorf("segment: %w: a number is left out", ErrBaseline)
	}
	if err := read.check(); err != nil {
		return fmt.Errorf("segment: %w: %w", ErrBaseline, err)
	}
	*b = *read
	return nil
}

// values returns what the pointers point to, and clears complete where one is nil.
func values[T any](pointers []*T, complete *bool) []T {
	list := make([]T, len(pointers))
	for i, p := range pointers {
		if p == nil {
			*complete = false
			continue
		}
		list[i] = *p
	}
	return list
}

// check returns an error where the baseline's numbers do not fit each other.
func (b *Baseline) check() error {
	if b.Rows < 1 {
		return fmt.Errorf("%d rows", b.Rows)
	}
	names := map[string]bool{}
	for _, c := range b.Columns {
		if names[c.Name] {
			return fmt.Errorf("two columns have the name %q", c.Name)
		}
		names[c.Name] = true
		if len(c.Counts) != len(c.Edges)+1 {
			return fmt.Errorf("%s has %d bins and %d edges between them", c.Name, len(c.Counts), len(c.Edges))
		}
		for i, v := range c.Edges {
			if math.IsNaN(v) || math.IsInf(v, 0) || i > 0 && !(v > c.Edges[i-1]) {
				return fmt.Errorf("edge %d of %s is %v", i, c.Name, v)
			}
		}
		if err := addUp(append(slices.Clone(c.Counts), c.Missing), b.Rows); err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
	}
	if len(b.Segments) > 0 {
		if err := addUp(b.Segments, b.Rows); err != nil {
			return fmt.Errorf("segments: %w", err)
		}
	}
	return nil
}

// addUp returns an error unless the counts add up to n.
func addUp(counts []int, n int) error {
	left := n
	for _, count := range counts {
		if count < 0 || count > left {
			return fmt.Errorf("a count of %d, with %d of %d rows left", count, left, n)
		}
		left -= count
	}
	if left != 0 {
		return fmt.Errorf("counts of %d customers, for %d rows", n-left, n)
	}
	return nil
}
