package profile

import (
	"math"
	"slices"
	"strconv"
)

// suppress removes from a report what is a single row's, or of fewer rows than SmallCount. A count of 1 to 9 becomes -1,
// wherever it stands alone; a list loses the entries that have one.
func (r *Report) suppress() {
	r.DuplicateRows, r.DuplicateWithIDs = fewAs(r.DuplicateRows), fewAs(r.DuplicateWithIDs)
	cells := 0
	for i := range r.Columns {
		c := &r.Columns[i]
		c.suppress()
		if cells += max(0, c.Missing); c.Missing < 0 {
			cells += SmallCount
		}
	}
	r.MissingCells = cells
	drawn := map[string]bool{}
	for _, c := range r.Columns {
		drawn[c.Name] = c.Histograms != nil
	}
	for i := range r.Associations.Pairs {
		if p := &r.Associations.Pairs[i]; !drawn[p.A] || !drawn[p.B] {
			p.Hexagons = nil
		}
	}
	r.Missing.suppress()
	if r.Groups != nil {
		for i, n := range r.Groups.Rows {
			r.Groups.Rows[i] = fewAs(n)
		}
	}
}

func fewAs(n int) int {
	if n > 0 && n < SmallCount {
		return -1
	}
	return n
}

func (c *Column) suppress() {
	rows := c.Count + c.Missing
	if c.Missing = fewAs(c.Missing); c.Missing < 0 {
		c.Count = rows / SmallCount * SmallCount // rows less Count would tell
	}
	c.Texts = fewAs(c.Texts)
	c.Smallest, c.Largest = nil, nil
	keep := func(v Value) bool { return v.Count >= SmallCount }
	c.Levels, c.Frequent = only(c.Levels, keep), only(c.Frequent, keep)
	if c.Kind == Text || c.Kind == Mixed {
		c.Frequent = nil
	}
	c.Statistics.suppress()
	c.Box = Box{nan, nan, fewAs(c.Box.Below), fewAs(c.Box.Above)}
	for i := range c.Groups {
		c.Groups[i].suppress()
	}
	if c.Numbers < 10*SmallCount {
		c.Histograms = nil
	}
	for i := range c.Histograms {
		c.Histograms[i].suppress()
	}
	if c.Missing < 0 {
		c.TargetMissing = nil
	}
	for _, list := range [][]Value{c.Levels, c.Frequent} {
		for _, v := range list {
			for g, n := range v.Groups {
				v.Groups[g] = fewAs(n)
			}
		}
	}
}

func only(list []Value, keep func(Value) bool) []Value {
	return slices.DeleteFunc(slices.Clone(list), func(v Value) bool { return !keep(v) })
}

func (s *Statistics) suppress() {
	n := s.Numbers
	s.Zeros, s.Negative, s.Numbers = fewAs(s.Zeros), fewAs(s.Negative), fewAs(n)
	s.Min, s.Max, s.Range = nan, nan, nan
	hide := func(least int, figures ...*Number) {
		for _, f := range figures {
			if n < least {
				*f = nan
			}
		}
	}
	hide(20*SmallCount, &s.Q05, &s.Q95)
	hide(4*SmallCount, &s.Q25, &s.Q75, &s.IQR, &s.Skewness, &s.Kurtosis)
	hide(2*SmallCount, &s.Median, &s.MAD)
	hide(SmallCount, &s.Mean, &s.Std, &s.Variance, &s.CV, &s.Sum)
	for _, f := range []*Number{&s.Q05, &s.Q25, &s.Median, &s.Q75, &s.Q95, &s.IQR, &s.MAD} {
		*f = rounded(*f, 3) // a quantile is somebody's value
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

// suppress empties the bins of fewer than SmallCount rows.
func (h *Histogram) suppress() {
	h.Below, h.Above, h.Zeros = fewAs(h.Below), fewAs(h.Above), fewAs(h.Zeros)
	for b, n := range h.Counts {
		if n < SmallCount {
			h.Counts[b] = 0
			for _, means := range h.Target {
				means[b] = nan
			}
		}
		for _, counts := range h.Groups {
			if counts[b] < SmallCount {
				counts[b] = 0
			}
		}
	}
}

func (m *Missing) suppress() {
	m.Patterns = slices.DeleteFunc(m.Patterns, func(p Pattern) bool { return p.Rows < SmallCount })
	few := func(n int) bool { return n > 0 && n < SmallCount }
	m.Together = slices.DeleteFunc(m.Together, func(t Together) bool { return few(t.Both) || few(t.OnlyA) || few(t.OnlyB) })
	for i := range m.Columns {
		c := &m.Columns[i]
		if c.Missing = fewAs(c.Missing); c.Missing < 0 {
			c.Words = "Too few rows lack a value to compare them with the others."
		}
		for j := range c.Depends {
			c.Depends[j].Missing, c.Depends[j].Present = rounded(c.Depends[j].Missing, 2), rounded(c.Depends[j].Present, 2)
		}
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
