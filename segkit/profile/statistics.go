package profile

import (
	"math"

	"example.com/marketing/segkit/dataset"
)

// moments are what one pass over numbers gives, and a second one around their mean.
type moments struct {
	count, zeros, negative int
	min, max, sum, mean    float64
	m2, m3, m4             float64 // sums of powers of the distances from the mean
}

func momentsOf(sorted []float64) moments {
	m := moments{count: len(sorted), min: math.NaN(), max: math.NaN(), mean: math.NaN()}
	if len(sorted) == 0 {
		return m
	}
	m.min, m.max = sorted[0], sorted[len(sorted)-1]
	for _, v := range sorted {
		m.sum += v
		switch {
		case v == 0:
			m.zeros++
		case v < 0:
			m.negative++
		}
	}
	m.mean = m.sum / float64(m.count)
	m.mean += about(sorted, m.mean) / float64(m.count)
	m.mean = min(m.max, max(m.min, m.mean)) // so that a constant has no spread
	for _, v := range sorted {
		d := v - m.mean
		m.m2 += d * d
		m.m3 += d * d * d
		m.m4 += d * d * d * d
	}
	return m
}

// statistics describes the numbers that m sums up. Quantiles are those of sorted, which may be a sample of them.
func statistics(sorted []float64, m moments) Statistics {
	quantile := func(q float64) Number { return Number(dataset.Quantile(sorted, q)) }
	s := Statistics{
		Numbers: m.count, Zeros: m.zeros, Negative: m.negative,
		Min: nan, Q05: quantile(0.05), Q25: quantile(0.25), Median: quantile(0.5), Q75: quantile(0.75), Q95: quantile(0.95), Max: nan,
		Mean: nan, Std: nan, Variance: nan, CV: nan, MAD: Number(deviation(sorted)), Skewness: nan, Kurtosis: nan, Range: nan,
		Sum: Number(m.sum),
	}
	s.IQR = s.Q75 - s.Q25
	if m.count == 0 {
		s.Sum = nan
		return s
	}
	s.Min, s.Max, s.Mean, s.Range = Number(m.min), Number(m.max), Number(m.mean), Number(m.max-m.min)
	n := float64(m.count)
	if n > 1 {
		s.Variance = Number(m.m2 / (n - 1))
		s.Std = Number(math.Sqrt(m.m2 / (n - 1)))
		if m.mean != 0 {
			s.CV = s.Std / s.Mean
		}
	}
	constant := m.min == m.max
	lost := m.m2 < 1e-120*n // the powers have no digits left
	switch {
	case n < 3 || lost && !constant:
	case constant:
		s.Skewness = 0
	default:
		s.Skewness = Number(n * math.Sqrt(n-1) / (n - 2) * m.m3 / math.Pow(m.m2, 1.5))
	}
	switch {
	case n < 4 || lost && !constant:
	case constant:
		s.Kurtosis = 0
	default:
		s.Kurtosis = Number(n*(n+1)*(n-1)*m.m4/((n-2)*(n-3)*m.m2*m.m2) - 3*(n-1)*(n-1)/((n-2)*(n-3)))
	}
	return s
}

// deviation returns the median absolute deviation from the median of sorted values, NaN for none. The distances grow in both
// directions from the median, so merging the two sides takes O(n) and no second sorting.
func deviation(sorted []float64) float64 {
	n := len(sorted)
	if n == 0 {
		return math.NaN()
	}
	median := dataset.Quantile(sorted, 0.5)
	left, right := (n-1)/2, (n-1)/2+1 // left is at or below the median, right at or above
	var last, before float64
	for range n/2 + 1 {
		before = last
		if right == n || left >= 0 && median-sorted[left] <= sorted[right]-median {
			last = median - sorted[left]
			left--
		} else {
			last = sorted[right] - median
			right++
		}
	}
	if n%2 == 1 {
		return last
	}
	return (before + last) / 2
}

// box finds the whiskers of a box plot.
func box(sorted []float64, s Statistics) Box {
	b := Box{Low: nan, High: nan}
	if len(sorted) == 0 {
		return b
	}
	lowest := lowerBound(sorted, float64(s.Q25-1.5*s.IQR))
	highest := upperBound(sorted, float64(s.Q75+1.5*s.IQR))
	if lowest >= highest { // an infinite range
		return b
	}
	b.Low, b.High, b.Below, b.Above = Number(sorted[lowest]), Number(sorted[highest-1]), lowest, len(sorted)-highest
	return b
}
