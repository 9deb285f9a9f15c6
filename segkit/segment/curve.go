package segment

import "slices"

// maxKnots bounds the knots of a curve, so that a model's size does not depend on the number of customers.
const maxKnots = 256

// curve is a monotone function through knots, linear between them and constant beyond: from values to their ranks.
type curve struct {
	Values []float64 `json:"values"` // ascending
	Ranks  []float64 `json:"ranks"`  // 0 to 1, ascending
}

// fitCurve returns the curve through the distinct values and their mid-ranks: the share of the values below, and half of
// those that are equal. Of more than maxKnots distinct values it goes through some: so many that between two of them the rank
// rises by less than 1/100, but where there is nothing between them.
func fitCurve(values []float64) curve {
	sorted := slices.Sorted(slices.Values(values))
	n := float64(len(sorted))
	var all curve
	for i := 0; i < len(sorted); {
		next := i
		for next < len(sorted) && sorted[next] == sorted[i] {
			next++
		}
		all.Values = append(all.Values, sorted[i])
		all.Ranks = append(all.Ranks, float64(i+next)/2/n)
		i = next
	}
	last := len(all.Values) - 1
	if last < maxKnots {
		return all
	}
	var some curve
	level := func(i int) int { return int(all.Ranks[i] * (maxKnots - 1)) }
	for i := range all.Values {
		// The first value to reach each level, and the last one before a leap over some, which is as many knots less: so a
		// value of many rows draws none of its neighbours along.
		if i == 0 || i == last || level(i) > level(i-1) || level(i+1) > level(i)+1 {
			some.Values, some.Ranks = append(some.Values, all.Values[i]), append(some.Ranks, all.Ranks[i])
		}
	}
	return some
}

func (c curve) at(v float64) float64 {
	i, found := slices.BinarySearch(c.Values, v)
	switch {
	case found:
		return c.Ranks[i]
	case i == 0:
		return c.Ranks[0]
	case i == len(c.Values):
		return c.Ranks[i-1]
	}
	share := (v - c.Values[i-1]) / (c.Values[i] - c.Values[i-1])
	return c.Ranks[i-1] + share*(c.Ranks[i]-c.Ranks[i-1])
}
