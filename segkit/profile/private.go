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
		p := &r.Associations.Pairs[i]
		if !drawn[p.A] || !drawn[p.B] {
			p.Hexagons = nil
		}
		if p.Hexagons != nil {
			p.Hexagons.Outside = fewAs(p.Hexagons.Outside)
		}
	}
	r.Missing.suppress()
	if r.Groups != nil {
		for i, n := range r.Groups.Rows {
			r.Groups.Rows[i] = fewAs(n)
		}
		for _, d := range r.Groups.Columns {
			for g, missing := range d.Missing {
				d.Missing[g] = hideShare(missing, r.Groups.Rows[g])
			}
		}
	}
	if r.Target != nil {
		for k, m := range r.Target.Overall {
			r.Target.Overall[k] = hideShare(m, r.Target.Rows)
		}
	}
}

func fewAs(n int) int {
	if n > 0 && n < SmallCount {
		return -1
	}
	return n
}

// nearAll is fewAs for a count whose complement would tell: one that is short of all by fewer than SmallCount.
func nearAll(n, all int) int {
	if n > 0 && all-n > 0 && all-n < SmallCount {
		return all / SmallCount * SmallCount
	}
	return fewAs(n)
}

func (c *Column) suppress() {
	count := c.Count
	c.Count = nearAll(count, count+c.Missing)
	c.Missing, c.Texts, c.Whole = fewAs(c.Missing), fewAs(c.Texts), nearAll(c.Whole, c.Numbers)
	if c.Count < 0 {
		c.Missing = (count + c.Missing) / SmallCount * SmallCount
	}
	c.Smallest, c.Largest = nil, nil
	alike := 0 // how many rows have the most frequent value
	for _, list := range [][]Value{c.Levels, c.Frequent} {
		for _, v := range list {
			alike = max(alike, v.Count)
		}
	}
	// Where all rows but a few are alike, or but a few of two kinds, sums and moments give the few away.
	told := count < SmallCount || count-alike > 0 && count-alike < SmallCount
	c.Statistics.suppress(told)
	for i := range c.Groups {
		c.Groups[i].suppress(told || c.Kind == Boolean && !c.Groups[i].apart())
	}
	keep := func(v Value) bool { return v.Count >= SmallCount }
	c.Levels, c.Frequent = only(c.Levels, keep), only(c.Frequent, keep)
	for _, list := range [][]Value{c.Levels, c.Frequent} {
		for i := range list {
			for k := range list[i].Target {
				list[i].Target[k] = hideShare(list[i].Target[k], list[i].Count)
			}
			for g, n := range list[i].Groups {
				list[i].Groups[g] = fewAs(n)
			}
			list[i].Count = nearAll(list[i].Count, count)
		}
	}
	if c.Kind == Text || c.Kind == Mixed {
		c.Frequent = nil
	}
	c.Box = Box{nan, nan, fewAs(c.Box.Below), fewAs(c.Box.Above)}
	if c.Kept < 10*SmallCount || told {
		c.Histograms = nil
	}
	for i := range c.Histograms {
		c.Histograms[i].suppress()
	}
	if c.Missing < 0 {
		c.TargetMissing = nil
	}
	for k := range c.TargetMissing {
		c.TargetMissing[k] = hideShare(c.TargetMissing[k], c.Missing)
	}
	c.Kept = nearAll(c.Kept, c.Kept)
}

// apart tells whether both values of a boolean are of enough rows, or one of none.
func (s *Statistics) apart() bool {
	trues := s.Numbers - s.Zeros
	return (s.Zeros == 0 || s.Zeros >= SmallCount) && (trues == 0 || trues >= SmallCount)
}

// hideShare rounds what a target says of n rows, and hides a share that is of too few of them, or of all but too few. For a
// mean it hides no more than the last digits.
func hideShare(m Number, n int) Number {
	if few := float64(m) * float64(n); few > 0 && few < SmallCount-0.5 || float64(n)-few > 0 && float64(n)-few < SmallCount-0.5 {
		return nan
	}
	return rounded(m, 2)
}

func only(list []Value, keep func(Value) bool) []Value {
	return slices.DeleteFunc(slices.Clone(list), func(v Value) bool { return !keep(v) })
}

// suppress hides extremes, rounds what is left to three digits, and hides it where it is of few rows; told is whether even
// the moments would tell.
func (s *Statistics) suppress(told bool) {
	n := s.Numbers
	s.Zeros, s.Negative, s.Numbers = nearAll(s.Zeros, n), fewAs(s.Negative), fewAs(n)
	s.Min, s.Max, s.Range = nan, nan, nan
	hide := func(least int, figures ...*Number) {
		for _, f := range figures {
			if *f = rounded(*f, 3); n < least {
				*f = nan
			}
		}
	}
	if told {
		n = 0
	}
	hide(20*SmallCount, &s.Q05, &s.Q95)
	hide(4*SmallCount, &s.Q25, &s.Q75, &s.IQR, &s.Skewness, &s.Kurtosis)
	hide(2*SmallCount, &s.Median, &s.MAD)
	hide(SmallCount, &s.Mean, &s.Std, &s.Variance, &s.CV, &s.Sum)
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
		for _, means := range h.Target {
			means[b] = hideShare(means[b], n)
		}
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
	m.CompleteRows = m.CompleteRows / SmallCount * SmallCount
	m.Patterns = slices.DeleteFunc(m.Patterns, func(p Pattern) bool { return p.Rows < SmallCount })
	few := func(n int) bool { return n > 0 && n < SmallCount }
	m.Together = slices.DeleteFunc(m.Together, func(t Together) bool { return few(t.Both) || few(t.OnlyA) || few(t.OnlyB) })
	for i := range m.Columns {
		c := &m.Columns[i]
		if c.Missing = fewAs(c.Missing); c.Missing < 0 {
			c.Words = "Too few rows lack a value to compare them with the others."
		}
		for j := range c.Depends {
			d := &c.Depends[j]
			d.Missing, d.Present, d.Difference = rounded(d.Missing, 2), rounded(d.Present, 2), rounded(d.Difference, 2)
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
