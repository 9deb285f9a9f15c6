package profile

import (
	"math"
	"slices"
	"sort"
	"strconv"

	"example.com/marketing/segkit/dataset"
)

// lowerBound returns the first position of sorted whose value is not below v, upperBound the first whose value is above v.
func lowerBound(sorted []float64, v float64) int {
	i, _ := slices.BinarySearch(sorted, v)
	return i
}

func upperBound(sorted []float64, v float64) int {
	return sort.Search(len(sorted), func(i int) bool { return sorted[i] > v })
}

// histograms returns the binnings of a column's numbers, the automatic one first.
func (s *sorted) histograms(kind Kind) []Histogram {
	v := s.values
	if len(v) == 0 || math.IsInf(v[len(v)-1]-v[0], 0) {
		return nil
	}
	lo, hi := v[0], v[len(v)-1]
	auto := autoEdges(v)
	if s.private { // the ends are somebody's values
		lo, hi = privateRange(dataset.Quantile(v, 0.01), dataset.Quantile(v, 0.99))
		auto = evenEdges(lo, hi, 20)
	}
	h := []Histogram{s.count("auto", auto)}
	for _, bins := range []int{5, 10, 15, 30} {
		h = append(h, s.count(strconv.Itoa(bins), evenEdges(lo, hi, bins)))
	}
	if s.private {
		return h
	}
	if positive := v[lowerBound(v, math.SmallestNonzeroFloat64):]; kind != Date && len(positive) > 0 && v[0] >= 0 {
		if edges := ratioEdges(positive); edges != nil {
			l := s.count("log", edges)
			l.Zeros, l.Below = l.Below, 0 // nothing else lies below the smallest positive value
			h = append(h, l)
		}
	}
	return h
}

// count fills a histogram of the given edges.
func (s *sorted) count(name string, edges []float64) Histogram {
	bins := len(edges) - 1
	positions := func(v []float64) []int {
		at := make([]int, bins+1)
		for b := range bins {
			at[b] = lowerBound(v, edges[b])
		}
		at[bins] = upperBound(v, edges[bins])
		return at
	}
	differences := func(at []int) []int {
		counts := make([]int, bins)
		for b := range counts {
			counts[b] = at[b+1] - at[b]
		}
		return counts
	}
	at := positions(s.values)
	h := Histogram{Name: name, Edges: edges, Counts: differences(at), Below: at[0], Above: len(s.values) - at[bins]}
	for _, group := range s.groups {
		h.Groups = append(h.Groups, differences(positions(group)))
	}
	h.Target = s.target.between(s.rows, at)
	return h
}

// evenEdges are NumPy's: equal widths from lo to hi, which are half apart from the value where they are the same.
func evenEdges(lo, hi float64, bins int) []float64 {
	if lo == hi {
		if lo, hi = lo-0.5, hi+0.5; lo == hi { // beyond 2^53 a half is nothing
			lo, hi = math.Nextafter(lo, math.Inf(-1)), math.Nextafter(hi, math.Inf(1))
		}
	}
	edges := make([]float64, bins+1)
	width := (hi - lo) / float64(bins)
	for b := range edges {
		edges[b] = lo + float64(b)*width
	}
	edges[bins] = hi
	if width == 0 || !slices.IsSorted(edges) || edges[0] == edges[1] { // too close for so many
		return []float64{lo, hi}
	}
	return edges
}

// autoEdges follows the rule in the comment of Histogram.
func autoEdges(v []float64) []float64 {
	lo, hi := outlierRange(v)
	if edges := wholeEdges(v, lo, hi); edges != nil {
		return edges
	}
	bins := 5.0
	inside := v[lowerBound(v, lo):upperBound(v, hi)]
	iqr := dataset.Quantile(inside, 0.75) - dataset.Quantile(inside, 0.25)
	if width := 2 * iqr / math.Cbrt(float64(len(inside))); width > 0 {
		bins = math.Ceil((hi - lo) / width)
	} else if hi > lo {
		bins = 20
	}
	return evenEdges(lo, hi, int(min(max(bins, 5), 40)))
}

// outlierRange is where the automatic histogram is drawn.
func outlierRange(v []float64) (lo, hi float64) {
	lo, hi = v[0], v[len(v)-1]
	q20, q80 := dataset.Quantile(v, 0.2), dataset.Quantile(v, 0.8)
	if reach := 3 * (q80 - q20); reach > 0 {
		if from, to := max(lo, q20-reach), min(hi, q80+reach); to-from < (hi-lo)*2/3 {
			return from, to
		}
	}
	return lo, hi
}

// wholeEdges gives each whole number a bin of its own, where all values are whole and the range has few.
func wholeEdges(v []float64, lo, hi float64) []float64 {
	lo, hi = math.Ceil(lo), math.Floor(hi)
	if hi-lo >= 40 || math.Abs(lo) > 1<<50 || math.Abs(hi) > 1<<50 {
		return nil
	}
	for _, x := range v {
		if x != math.Trunc(x) {
			return nil
		}
	}
	var edges []float64
	for e := lo; e <= hi+1; e++ {
		edges = append(edges, e-0.5)
	}
	return edges
}

// ratioEdges are for a logarithmic axis; nil where the values span less than a factor of ten.
func ratioEdges(positive []float64) []float64 {
	const bins = 24
	lo, hi := positive[0], positive[len(positive)-1]
	if hi/lo < 10 || math.IsInf(hi/lo, 0) {
		return nil
	}
	edges := make([]float64, bins+1)
	for b := range edges {
		edges[b] = math.Exp(math.Log(lo) + (math.Log(hi)-math.Log(lo))*float64(b)/bins)
	}
	edges[0], edges[bins] = lo, hi
	return edges
}
