package profile

import (
	"math"
	"slices"
)

// scratch holds what one worker needs for pairs with holes.
type scratch struct {
	a, b   []float64
	counts []int32
}

// correlate returns Pearson's and Spearman's correlation over the rows where both columns have a number.
func (s *scratch) correlate(f, g *feature) (r, rho Number) {
	if f.whole && g.whole {
		return pearson(f.x, g.x, f.about, g.about), pearson(f.ranks, g.ranks, f.aboutRanks, g.aboutRanks)
	}
	s.a, s.b = slices.Grow(s.a[:0], len(f.ranks)), slices.Grow(s.b[:0], len(f.ranks))
	for i, v := range f.ranks {
		if v != 0 && g.ranks[i] != 0 {
			s.a, s.b = append(s.a, f.x[i]), append(s.b, g.x[i])
		}
	}
	r = pearson(s.a, s.b, centre(s.a), centre(s.b))
	s.a, s.b = s.among(s.a, f, g), s.among(s.b, g, f)
	return r, pearson(s.a, s.b, centre(s.a), centre(s.b))
}

// among fills into with twice the average ranks of f's numbers among the rows where g has one, too. The ranks in the whole
// column give the order, so counting them takes O(n).
func (s *scratch) among(into []float64, f, g *feature) []float64 {
	if most := 2*len(f.ranks) + 1; len(s.counts) < most {
		s.counts = make([]int32, most)
	}
	clear(s.counts)
	for i, v := range f.ranks {
		if v != 0 && g.ranks[i] != 0 {
			s.counts[v]++
		}
	}
	below := int32(0)
	for v, n := range s.counts {
		if n > 0 {
			s.counts[v] = 2*below + n + 1 // twice the mean of below+1 .. below+n
			below += n
		}
	}
	into = into[:0]
	for i, v := range f.ranks {
		if v != 0 && g.ranks[i] != 0 {
			into = append(into, float64(s.counts[v]))
		}
	}
	return into
}

// centred is what a correlation needs of each column: the mean, and the sum of squares about it, 0 for a constant.
type centred struct{ mean, squares float64 }

// block is so many values whose sum is one term of a sum of many: the error of the sum does not grow with n.
const block = 4096

func centre[T int32 | float64](a []T) centred {
	if constant(a) { // its mean may be off by a rounding, which would leave squares of nothing but roundings
		return centred{}
	}
	sum := 0.0
	for part := range slices.Chunk(a, block) {
		s := 0.0
		for _, v := range part {
			s += float64(v)
		}
		sum += s
	}
	c := centred{mean: sum / float64(len(a))}
	c.mean += about(a, c.mean) / float64(len(a)) // the sum's rounding is large where the mean is, and the spread small
	for part := range slices.Chunk(a, block) {
		s := 0.0
		for _, v := range part {
			d := float64(v) - c.mean
			s += d * d
		}
		c.squares += s
	}
	return c
}

func constant[T int32 | float64](a []T) bool {
	for _, v := range a {
		if v != a[0] {
			return false
		}
	}
	return true
}

// about returns the sum of the distances from a value.
func about[T int32 | float64](a []T, value float64) float64 {
	sum := 0.0
	for part := range slices.Chunk(a, block) {
		s := 0.0
		for _, v := range part {
			s += float64(v) - value
		}
		sum += s
	}
	return sum
}

// pearson is NaN for fewer than two pairs and for a constant.
func pearson[T int32 | float64](a, b []T, ofA, ofB centred) Number {
	if len(a) < 2 || !(ofA.squares > 0) || !(ofB.squares > 0) {
		return nan
	}
	ab := 0.0
	for from := 0; from < len(a); from += block {
		to := min(from+block, len(a))
		s := 0.0
		second := b[from:to]
		for i, v := range a[from:to] {
			s += (float64(v) - ofA.mean) * (float64(second[i]) - ofB.mean)
		}
		ab += s
	}
	return Number(min(1, max(-1, ab/math.Sqrt(ofA.squares)/math.Sqrt(ofB.squares))))
}

// ratio returns the correlation ratio of category f and number g: the root of the share of g's sum of squares that lies
// between f's levels.
func ratio(f, g *feature) Number {
	sums, counts := make([]float64, f.levels), make([]float64, f.levels)
	middle, n := 0.0, 0.0
	for range 2 { // from the mean on the second time, which keeps the digits where it is large and the spread small
		clear(sums)
		clear(counts)
		total := 0.0
		n = 0
		for i, code := range f.codes {
			if v := g.x[i]; code >= 0 && !math.IsNaN(v) {
				sums[code] += v - middle
				counts[code]++
				total += v - middle
				n++
			}
		}
		if n < 2 {
			return nan
		}
		middle += total / n
		if total == 0 {
			break
		}
	}
	overall := 0.0 // of the distances from middle, as far as it has moved since they were summed
	for _, s := range sums {
		overall += s
	}
	overall /= n
	all, least, most := 0.0, math.Inf(1), math.Inf(-1)
	for i, code := range f.codes {
		if v := g.x[i]; code >= 0 && !math.IsNaN(v) {
			all += (v - middle) * (v - middle)
			least, most = min(least, v), max(most, v)
		}
	}
	between, levels := 0.0, 0
	for c, count := range counts {
		if count > 0 {
			levels++
			between += count * (sums[c]/count - overall) * (sums[c]/count - overall)
		}
	}
	if least == most || levels < 2 || !(all > 0) {
		return nan
	}
	return Number(math.Sqrt(min(1, between/all)))
}

// theils returns Theil's U in both directions: how much f says about g, the share of g's entropy that knowing f takes away,
// and how much g says about f. It is NaN for a g, or an f, without entropy.
func theils(f, g *feature) (fg, gf Number) {
	var pairs []int
	ofF, ofG := make([]float64, f.levels), make([]float64, g.levels)
	for i, a := range f.codes {
		if b := g.codes[i]; a >= 0 && b >= 0 {
			pairs = append(pairs, int(a)*g.levels+int(b))
			ofF[a]++
			ofG[b]++
		}
	}
	n := float64(len(pairs))
	both, one, other := entropy(countEqual(pairs, f.levels*g.levels), n), entropy(ofF, n), entropy(ofG, n)
	shared := max(0, one+other-both) // H(g) - H(g|f) = H(f) + H(g) - H(f,g)
	if other > 0 {
		fg = Number(min(1, shared/other))
	} else {
		fg = nan
	}
	if one > 0 {
		gf = Number(min(1, shared/one))
	} else {
		gf = nan
	}
	return fg, gf
}

// countEqual counts equal numbers from 0 to most-1: in a table, or where that would be larger than the numbers, by sorting
// them.
func countEqual(numbers []int, most int) []float64 {
	if most <= max(1<<16, len(numbers)) {
		counts := make([]float64, most)
		for _, v := range numbers {
			counts[v]++
		}
		return counts
	}
	slices.Sort(numbers)
	var counts []float64
	for i, v := range numbers {
		if i == 0 || v != numbers[i-1] {
			counts = append(counts, 0)
		}
		counts[len(counts)-1]++
	}
	return counts
}

// entropy is in nats.
func entropy(counts []float64, n float64) float64 {
	h := 0.0
	for _, c := range counts {
		if c > 0 && c < n {
			h -= c / n * math.Log(c/n)
		}
	}
	return h
}
