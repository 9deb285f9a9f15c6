package segment

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestCurveByHand(t *testing.T) {
	// Of 1, 1, 3, 5 the mid-ranks are 1/4, 2.5/4, 3.5/4.
	c := fitCurve([]float64{5, 1, 3, 1})
	for v, want := range map[float64]float64{-9: 0.25, 1: 0.25, 2: 0.4375, 3: 0.625, 4: 0.75, 5: 0.875, 99: 0.875, 1.5: 0.34375} {
		if got := c.at(v); math.Abs(got-want) > 1e-15 {
			t.Errorf("the rank of %v is %v, want %v", v, got, want)
		}
	}
	if c := fitCurve([]float64{2, 2}); c.at(1) != 0.5 || c.at(2) != 0.5 || c.at(3) != 0.5 {
		t.Errorf("of equal values: %v", c)
	}
}

// Of many values the curve has no more than maxKnots knots, never falls, and is within 1/100 of every value's own mid-rank,
// those just beside a value of many rows included.
func TestCurve(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 0))
		n := []int{255, 256, 257, 258, 300, 2000, 9000}[seed%7]
		values := make([]float64, n)
		heavy := r.Float64()
		for i := range values {
			values[i] = math.Exp(4 * r.NormFloat64())
			if r.Float64() < heavy*float64(seed%3)/2 { // none, some, and many that are equal
				values[i] = float64(1 + r.IntN(3))
			}
		}
		c := fitCurve(values)
		distinct := slices.Compact(slices.Sorted(slices.Values(values)))
		if len(c.Values) > maxKnots || len(distinct) <= maxKnots && len(c.Values) != len(distinct) || len(c.Values) != len(c.Ranks) {
			t.Errorf("seed %d: %d knots of %d values", seed, len(c.Values), len(distinct))
		}
		if !slices.IsSorted(c.Values) || !slices.IsSorted(c.Ranks) || c.Values[0] != distinct[0] || c.Values[len(c.Values)-1] != distinct[len(distinct)-1] {
			t.Errorf("seed %d: the curve falls, or ends early", seed)
		}
		before := 0.0
		for _, v := range distinct {
			below, equal := 0, 0
			for _, w := range values {
				if w < v {
					below++
				} else if w == v {
					equal++
				}
			}
			want := (float64(below) + float64(equal)/2) / float64(n)
			got := c.at(v)
			if math.Abs(got-want) > 0.01 || got < before {
				t.Fatalf("seed %d: the rank of %v is %v, want %v", seed, v, got, want)
			}
			before = got
		}
	}
}
