package profile

import (
	"math"
	"slices"
	"strconv"
)

// suppress leaves in a report what is of SmallCount rows or more. Counts are rounded down to tens, so that what is missing
// from a whole tells no more than the parts do; one of 1 to 9 becomes -1, or 0 in a picture, and a list loses its entry.
// Figures are rounded to what the spread of the column makes of two digits.
func (r *Report) suppress() {
	r.Notes = []string{} // they count single values
	coarsen(&r.DuplicateRows, &r.DuplicateWithIDs)
	r.MissingCells = 0
	drawn := map[string]bool{}
	for i := range r.Columns {
		c := &r.Columns[i]
		c.suppress()
		r.MissingCells += max(0, c.Missing)
		drawn[c.Name] = c.Histograms != nil
	}
	for i := range r.Associations.Pairs {
		p := &r.Associations.Pairs[i]
		if !drawn[p.A] || !drawn[p.B] {
			p.Hexagons = nil
		}
		if p.Hexagons != nil { // without cells of few rows already
			coarsen(&p.Hexagons.Outside)
			coarsenAll(p.Hexagons.Counts)
		}
	}
	r.Missing.suppress()
	if r.Groups != nil {
		coarsenAll(r.Groups.Rows)
		coarsenAll(r.Groups.Kept)
		for _, d := range r.Groups.Columns {
			for g, share := range d.Missing {
				if rows := float64(share) * float64(r.Groups.Kept[g]); rows > 0 && rows < SmallCount {
					d.Missing[g] = nan
				}
				d.Missing[g] = rounded(d.Missing[g], 2)
			}
		}
	}
	if r.Target != nil {
		coarsen(&r.Target.Rows)
		roundAll(r.Target.Overall)
	}
}

func coarse(n int) int {
	switch {
	case n <= 0:
		return n
	case n < SmallCount:
		return -1
	}
	return n / SmallCount * SmallCount
}

func coarsen(counts ...*int) {
	for _, n := range counts {
		*n = coarse(*n)
	}
}

func coarsenAll(counts []int) {
	for i, n := range counts {
		counts[i] = coarse(n)
	}
}

// coarsenBins is coarsenAll for a picture.
func coarsenBins(counts []int) {
	for i, n := range counts {
		counts[i] = max(0, coarse(n))
	}
}

func roundAll(figures []Number) {
	for i, f := range figures {
		figures[i] = rounded(f, 2)
	}
}

func (c *Column) suppress() {
	alike := 0 // how many rows have the most frequent value
	for _, list := range [][]Value{c.Levels, c.Frequent} {
		for _, v := range list {
			alike = max(alike, v.Count)
		}
	}
	// Where all rows but a few are alike, sums and moments give the few away.
	told := c.Count < SmallCount || alike >= SmallCount && c.Count > alike && c.Count-alike < SmallCount
	if c.Kept < 10*SmallCount || told {
		c.Histograms = nil
	}
	c.Statistics.suppress(told)
	for i := range c.Groups {
		s := &c.Groups[i]
		trues := s.Numbers - s.Zeros
		s.suppress(told || c.Kind == Boolean && (s.Zeros > 0 && s.Zeros < SmallCount || trues > 0 && trues < SmallCount))
	}
	coarsen(&c.Count, &c.Missing, &c.Texts, &c.Whole, &c.Kept, &c.Box.Below, &c.Box.Above)
	if c.Distinct > SmallCount {
		coarsen(&c.Distinct)
	}
	c.Box.Low, c.Box.High = nan, nan
	c.Smallest, c.Largest = nil, nil
	c.Levels, c.Frequent = often(c.Levels), often(c.Frequent)
	if c.Kind == Text || c.Kind == Mixed {
		c.Frequent = nil
	}
	c.Histograms = c.Histograms[:min(1, len(c.Histograms))] // several could be subtracted from each other
	for i := range c.Histograms {
		h := &c.Histograms[i]
		coarsen(&h.Below, &h.Above, &h.Zeros)
		coarsenBins(h.Counts)
		for _, counts := range h.Groups {
			coarsenBins(counts)
		}
		for _, means := range h.Target {
			roundAll(means)
		}
	}
	roundAll(c.TargetMissing)
}

// often returns copies of the values that SmallCount rows or more have.
func often(list []Value) []Value {
	var kept []Value
	for _, v := range list {
		if v.Count < SmallCount {
			continue
		}
		v.Count = coarse(v.Count)
		v.Groups, v.Target = slices.Clone(v.Groups), slices.Clone(v.Target)
		coarsenAll(v.Groups)
		roundAll(v.Target)
		kept = append(kept, v)
	}
	return kept
}

// suppress hides extremes, rounds what is left, and hides it where it is of few rows; told is whether even the moments would
// tell.
func (s *Statistics) suppress(told bool) {
	n := s.Numbers
	coarsen(&s.Zeros, &s.Negative, &s.Numbers)
	if told {
		n = 0
	}
	unit := 0.0 // of places on the axis; 0 where all rows are alike
	if s.Std > 0 && !math.IsInf(float64(s.Std), 0) {
		unit = math.Pow(10, math.Floor(math.Log10(float64(s.Std)/2)))
	}
	s.Min, s.Max, s.Range = nan, nan, nan
	for least, figures := range map[int][]*Number{
		20 * SmallCount: {&s.Q05, &s.Q95}, 4 * SmallCount: {&s.Q25, &s.Q75}, 2 * SmallCount: {&s.Median}, SmallCount: {&s.Mean},
	} {
		for _, f := range figures {
			if n < least {
				*f = nan
			} else if unit > 0 {
				*f = rounded(Number(math.Round(float64(*f)/unit)*unit), 12)
			}
		}
	}
	for least, figures := range map[int][]*Number{
		4 * SmallCount: {&s.IQR, &s.Skewness, &s.Kurtosis}, 2 * SmallCount: {&s.MAD}, SmallCount: {&s.Std, &s.Variance, &s.CV, &s.Sum},
	} {
		for _, f := range figures {
			if *f = rounded(*f, 2); n < least {
				*f = nan
			}
		}
	}
}

// rounded keeps some significant digits.
func rounded(n Number, digits int) Number {
	v, err := strconv.ParseFloat(strconv.FormatFloat(float64(n), 'e', digits-1, 64), 64)
	if err != nil {
		return nan
	}
	return Number(v)
}

func (m *Missing) suppress() {
	coarsen(&m.CompleteRows)
	m.Patterns = slices.DeleteFunc(m.Patterns, func(p Pattern) bool { return p.Rows < SmallCount })
	for i := range m.Patterns {
		coarsen(&m.Patterns[i].Rows)
	}
	few := func(n int) bool { return n > 0 && n < SmallCount }
	m.Together = slices.DeleteFunc(m.Together, func(t Together) bool { return few(t.Both) || few(t.OnlyA) || few(t.OnlyB) })
	for i := range m.Together {
		t := &m.Together[i]
		coarsen(&t.Both, &t.OnlyA, &t.OnlyB)
		t.Phi = rounded(t.Phi, 2)
	}
	for i := range m.Columns {
		coarsen(&m.Columns[i].Missing)
	}
	if m.Little != nil {
		coarsen(&m.Little.Rows)
		m.Little.Statistic = rounded(m.Little.Statistic, 3)
	}
}

// privateRange is where a private histogram is drawn: from the 1st to the 99th percentile, in two digits.
func privateRange(lo, hi float64) (float64, float64) {
	if lo == hi {
		return lo, hi
	}
	unit := math.Pow(10, math.Floor(math.Log10(hi-lo))-1)
	return math.Floor(lo/unit) * unit, math.Ceil(hi/unit) * unit
}
