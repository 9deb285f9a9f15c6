package columns

import "math"

// sum adds numbers with what rounding lost beside it, which makes it as good as if it had twice the digits (Neumaier 1974,
// in Knuth's form without a branch). The zero value is the empty sum.
type sum struct{ high, low float64 }

func (s *sum) add(v float64) {
	t := s.high + v
	b := t - s.high
	s.low += (s.high - (t - b)) + (v - b)
	s.high = t
}

// value is infinite or NaN where the sum went beyond float64's range.
func (s *sum) value() float64 {
	if v := s.high + s.low; !math.IsNaN(v) {
		return v
	}
	return s.high // low is what is left of infinity minus infinity
}

// extent is the range and the sum of numbers. The zero value is that of none.
type extent struct {
	n        int
	min, max float64
	total    sum
	small    float64 // the sum of the numbers times 2^-64, for when total overflows
}

func (e *extent) add(v float64) {
	if e.n == 0 {
		e.min, e.max = v, v
	}
	e.n++
	if v < e.min {
		e.min = v
	}
	if v > e.max {
		e.max = v
	}
	e.total.add(v)
	e.small += v * 0x1p-64
}

// describe sets the column's Min, Max, Sum and Mean.
func (e *extent) describe(c *Column) {
	if e.n == 0 {
		c.Min, c.Max, c.Sum, c.Mean = math.NaN(), math.NaN(), math.NaN(), math.NaN()
		return
	}
	c.Min, c.Max, c.Sum = e.min, e.max, e.total.value()
	c.Mean = c.Sum / float64(e.n)
	if math.IsInf(c.Sum, 0) || math.IsNaN(c.Sum) {
		c.Sum = e.small * 0x1p64 // which may be too large for a float64 in truth
		c.Mean = e.small / float64(e.n) * 0x1p64
	}
	c.Mean = min(max(c.Mean, e.min), e.max) // the mean of equal numbers is that number, so that their M2 is 0
}

// moments sums powers of the distances from a mean that is known but rounded.
type moments struct {
	n, mean        float64
	s1, s2, s3, s4 sum
}

func (m *moments) add(v float64) {
	d := v - m.mean
	square := d * d
	m.n++
	m.s1.add(d)
	m.s2.add(square)
	m.s3.add(square * d)
	m.s4.add(square * square)
}

// describe sets the column's M2, M3 and M4, shifted from the rounded mean to the exact one.
func (m *moments) describe(c *Column) {
	if m.n == 0 {
		c.M2, c.M3, c.M4 = math.NaN(), math.NaN(), math.NaN()
		return
	}
	s2, s3, s4 := m.s2.value(), m.s3.value(), m.s4.value()
	c.M2, c.M3, c.M4 = s2, s3, s4
	shift := m.s1.value() / m.n
	if shift == 0 || math.IsInf(shift, 0) || math.IsNaN(shift) || math.IsInf(s4, 0) || math.IsNaN(s3) {
		return
	}
	c.M2 = max(s2-m.n*shift*shift, 0)
	c.M3 = s3 - 3*shift*s2 + 2*m.n*shift*shift*shift
	c.M4 = max(s4-4*shift*s3+6*shift*shift*s2-3*m.n*shift*shift*shift*shift, 0)
}
