package profile

import (
	"iter"
	"math"
	"slices"

	"example.com/marketing/segkit/profile/internal/columns"
)

const (
	listed      = 15 // frequent, smallest and largest values
	maxDiscrete = 10 // different values of a number that is a category, too
)

// sorted is a column's numbers in ascending order, with what else is known of their rows.
type sorted struct {
	values  []float64
	rows    []int32     // of each value
	groups  [][]float64 // the values of each group, ascending
	target  *target     // nil without a target
	private bool
	entries []entry
}

type entry struct {
	v   float64
	row int32
}

// sort orders the numbers of a column, into s, which may have held another one: a column of a million rows takes 28 MB here.
// The cost is O(n log n).
func (a *analysis) sort(s *sorted, x []float64) {
	*s = sorted{values: s.values, rows: s.rows, entries: s.entries, private: a.private}
	s.entries = slices.Grow(s.entries[:0], len(x))
	for row, v := range x {
		if !math.IsNaN(v) {
			s.entries = append(s.entries, entry{v, int32(row)})
		}
	}
	slices.SortFunc(s.entries, func(a, b entry) int { // there is no NaN, and the order of ties is the same at each call
		if a.v < b.v {
			return -1
		}
		return b2i(a.v > b.v)
	})
	n := len(s.entries)
	s.values, s.rows = slices.Grow(s.values[:0], n)[:n], slices.Grow(s.rows[:0], n)[:n]
	for i, e := range s.entries {
		s.values[i], s.rows[i] = e.v, e.row
	}
	if a.groups != nil {
		s.groups = make([][]float64, len(a.groups.names))
		for i, row := range s.rows {
			if g := a.groups.of[row]; g >= 0 {
				s.groups[g] = append(s.groups[g], s.values[i])
			}
		}
	}
	s.target = a.target
}

// describe fills what is known of one column by itself, and returns twice the average rank of each row's number, 0 where
// there is none: whole numbers, which take half the memory of halves.
func (a *analysis) describe(c *columns.Column, s *sorted) (Column, []int32) {
	r := Column{
		Name: c.Name, Kind: c.Kind, Count: c.Count, Missing: c.Missing, Distinct: min(c.Distinct, c.Count), DistinctError: Number(c.DistinctError),
		Texts: c.Texts, Whole: c.Whole, Layout: c.Layout,
	}
	if c.Kind == Categorical {
		a.describeLevels(&r, c)
		r.TargetMissing = a.target.ofMissing(c.X)
		return r, nil
	}
	a.sort(s, c.X)
	r.Statistics = statistics(s.values, moments{
		count: c.Count - c.Texts, zeros: c.Zeros, negative: c.Negative, min: c.Min, max: c.Max, sum: c.Sum, mean: c.Mean, m2: c.M2, m3: c.M3, m4: c.M4,
	})
	if c.Kind == Identifier || c.Kind == Empty {
		r.Statistics = statistics(nil, moments{})
		return r, nil
	}
	r.Kept = len(s.values)
	r.Box = box(s.values, r.Statistics)
	r.Histograms = s.histograms(c.Kind)
	for _, group := range s.groups {
		r.Groups = append(r.Groups, statistics(group, momentsOf(group)))
	}
	r.TargetMissing = a.target.ofMissing(c.X)
	switch c.Kind {
	case Numeric, Date, Mixed:
		r.Discrete = c.Kind == Numeric && r.Distinct > 1 && r.Distinct <= min(maxDiscrete, c.Count/2) && c.DistinctError == 0
		smallest, largest, frequent := s.extremes()
		r.Smallest, r.Largest, r.Frequent = s.describe(smallest), s.describe(largest), s.describe(frequent)
		for _, l := range c.Levels { // texts among numbers, counted as the numbers are
			kept := int(math.Round(float64(l.Count) * float64(a.table.Kept) / float64(a.table.Rows)))
			r.Frequent = append(r.Frequent, Value{Number: nan, Text: l.Text, Count: kept})
		}
		slices.SortStableFunc(r.Frequent, func(a, b Value) int { return b.Count - a.Count })
		r.Frequent = r.Frequent[:min(listed, len(r.Frequent))]
		if r.Discrete {
			r.Levels = s.describe(slices.Collect(s.runs()))
			slices.SortStableFunc(r.Levels, func(a, b Value) int { return b.Count - a.Count })
		}
	case Boolean:
		a.describeLevels(&r, c)
	case Text:
		r.FrequentOfFirst = !c.LevelsExact
		for _, l := range c.Levels[:min(listed, len(c.Levels))] {
			r.Frequent = append(r.Frequent, Value{Number: nan, Text: l.Text, Count: l.Count})
		}
	}
	return r, s.ranks(len(c.X))
}

// describeLevels lists the values of a column whose numbers are positions in a list of texts.
func (a *analysis) describeLevels(r *Column, c *columns.Column) {
	if c.Kind == Categorical {
		r.Statistics = statistics(nil, moments{})
		r.Box = Box{Low: nan, High: nan}
	}
	r.Kept = 0
	r.Levels = make([]Value, len(c.Levels))
	for i, l := range c.Levels {
		r.Levels[i] = Value{Number: nan, Text: l.Text, Count: l.Count}
		if a.groups != nil {
			r.Levels[i].Groups = make([]int, len(a.groups.names))
		}
	}
	of := make([][]int32, len(c.Levels)) // the rows of each level
	for row, v := range c.X {
		if math.IsNaN(v) {
			continue
		}
		of[int(v)] = append(of[int(v)], int32(row))
		r.Kept++
		if a.groups != nil && a.groups.of[row] >= 0 {
			r.Levels[int(v)].Groups[a.groups.of[row]]++
		}
	}
	for i := range r.Levels {
		r.Levels[i].Target = a.target.of(of[i])
	}
	slices.SortStableFunc(r.Levels, func(a, b Value) int { return b.Count - a.Count })
	r.Frequent = r.Levels[:min(listed, len(r.Levels))]
}

// run is a value's first position among the sorted ones and the one after its last.
type run struct{ from, to int }

// runs goes through the different values, in ascending order.
func (s *sorted) runs() iter.Seq[run] {
	return func(yield func(run) bool) {
		for from := 0; from < len(s.values); {
			to := from + 1
			for to < len(s.values) && s.values[to] == s.values[from] {
				to++
			}
			if !yield(run{from, to}) {
				return
			}
			from = to
		}
	}
}

// extremes returns the smallest values in ascending order, the largest in descending, and the most frequent by falling
// count, ties ascending.
func (s *sorted) extremes() (smallest, largest, frequent []run) {
	for r := range s.runs() {
		if len(smallest) < listed {
			smallest = append(smallest, r)
		}
		at := len(frequent)
		for at > 0 && r.to-r.from > frequent[at-1].to-frequent[at-1].from {
			at--
		}
		if at < listed {
			frequent = slices.Insert(frequent, at, r)[:min(len(frequent)+1, listed)]
		}
	}
	for to := len(s.values); to > 0 && len(largest) < listed; {
		from := lowerBound(s.values[:to], s.values[to-1])
		largest = append(largest, run{from, to})
		to = from
	}
	return smallest, largest, frequent
}

// describe counts the given values.
func (s *sorted) describe(runs []run) []Value {
	list := make([]Value, len(runs))
	for i, r := range runs {
		v := s.values[r.from]
		list[i] = Value{Number: Number(v), Count: r.to - r.from}
		for _, group := range s.groups {
			list[i].Groups = append(list[i].Groups, upperBound(group, v)-lowerBound(group, v))
		}
		for _, means := range s.target.between(s.rows, []int{r.from, r.to}) {
			list[i].Target = append(list[i].Target, means[0])
		}
	}
	return list
}

// ranks returns twice the average rank, counted from 1, of each of n rows; 0 for those without a value.
func (s *sorted) ranks(n int) []int32 {
	ranks := make([]int32, n)
	for r := range s.runs() {
		for i := r.from; i < r.to; i++ {
			ranks[s.rows[i]] = int32(r.from + 1 + r.to)
		}
	}
	return ranks
}
