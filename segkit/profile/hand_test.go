package profile_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/dataset"
	"example.com/marketing/segkit/profile"
)

// tableOf is a table in memory of the given columns.
func tableOf(names []string, columns ...[]float64) *dataset.Table {
	x := mat.NewDense(len(columns[0]), len(columns), nil)
	for j, c := range columns {
		x.SetCol(j, c)
	}
	return &dataset.Table{Names: names, X: x}
}

// one is the profile of a single column.
func one(t testing.TB, values ...float64) profile.Column {
	t.Helper()
	return report(t, tableOf([]string{"x"}, values), nil).Columns[0]
}

// Of 2, 4 the mean is 3, the squares sum to 2; of 1, 2, 6 it is 3, distances -2 -1 3, squares 14, cubes 18, G1 = 3·√2/1 ·
// 18/14^1.5; of 1, 1, 2, 4 it is 2, distances -1 -1 0 2, squares 6, cubes 6, fourth powers 18, G1 = 4·√3/2 · 6/6^1.5 =
// 2·√3/√6 = √2, G2 = 4·5·3·18/(2·1·36) - 3·9/2 = 1.5.
func TestFewValues(t *testing.T) {
	for about, c := range map[string]struct {
		values                        []float64
		variance, skewness, kurtosis  float64
		q05, q25, median, q75, q95, m float64
	}{
		"one":            {[]float64{7}, nan, nan, nan, 7, 7, 7, 7, 7, 7},
		"two":            {[]float64{4, 2}, 2, nan, nan, 2.1, 2.5, 3, 3.5, 3.9, 3},
		"three":          {[]float64{1, 6, 2}, 7, 3 * math.Sqrt2 * 18 / math.Pow(14, 1.5), nan, 1.1, 1.5, 2, 4, 5.6, 3},
		"four":           {[]float64{4, 1, 2, 1}, 2, math.Sqrt2, 1.5, 1, 1, 1.5, 2.5, 3.7, 2},
		"two constant":   {[]float64{5, 5}, 0, nan, nan, 5, 5, 5, 5, 5, 5},
		"three constant": {[]float64{0.1, 0.1, 0.1}, 0, 0, nan, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1},
		"four constant":  {[]float64{0.1, 0.1, 0.1, 0.1}, 0, 0, 0, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1},
	} {
		s := one(t, c.values...)
		for i, pair := range [][2]float64{
			{float64(s.Variance), c.variance}, {float64(s.Std), math.Sqrt(c.variance)}, {float64(s.Skewness), c.skewness}, {float64(s.Kurtosis), c.kurtosis},
			{float64(s.Q05), c.q05}, {float64(s.Q25), c.q25}, {float64(s.Median), c.median}, {float64(s.Q75), c.q75}, {float64(s.Q95), c.q95}, {float64(s.Mean), c.m},
		} {
			if !near(profile.Number(pair[0]), pair[1]) {
				t.Errorf("%s, figure %d: %v, want %v", about, i, pair[0], pair[1])
			}
		}
	}
	if zero := one(t, -1, 1); !math.IsNaN(float64(zero.CV)) {
		t.Errorf("the coefficient of variation around 0 is %v", zero.CV)
	}
}

// Of nine values the quartiles are the third and the seventh: 3 and 7, so the whiskers may reach from 3 - 6 = -3 to 13. The
// ends stand on these fences, or half beyond.
func TestFences(t *testing.T) {
	for _, c := range []struct {
		first, last, low, high float64
		below, above           int
	}{{-3, 13, -3, 13, 0, 0}, {-3.5, 13, 2, 13, 1, 0}, {-3, 13.5, -3, 8, 0, 1}} {
		b := one(t, c.first, 2, 3, 4, 5, 6, 7, 8, c.last).Box
		if !near(b.Low, c.low) || !near(b.High, c.high) || b.Below != c.below || b.Above != c.above {
			t.Errorf("%v to %v: %+v", c.first, c.last, b)
		}
	}
}

func edges(t *testing.T, c profile.Column, name string, from, to float64, bins int) profile.Histogram {
	t.Helper()
	h := histogram(t, c, name)
	if len(h.Counts) != bins || !near(profile.Number(h.Edges[0]), from) || !near(profile.Number(h.Edges[len(h.Edges)-1]), to) {
		t.Errorf("%s: %d bins from %v to %v, want %d from %v to %v", name, len(h.Counts), h.Edges[0], h.Edges[len(h.Edges)-1], bins, from, to)
	}
	return h
}

func TestHistogramOfConstant(t *testing.T) {
	c := one(t, 2.5, 2.5, 2.5)
	if h := edges(t, c, "auto", 2, 3, 5); fmt.Sprint(h.Counts) != "[0 0 3 0 0]" {
		t.Errorf("auto: %v", h.Counts)
	}
	if h := edges(t, c, "10", 2, 3, 10); fmt.Sprint(h.Counts) != "[0 0 0 0 0 3 0 0 0 0]" { // 2.5 begins the sixth
		t.Errorf("10: %v", h.Counts)
	}
	if h := edges(t, one(t, 7, 7), "auto", 6.5, 7.5, 1); h.Counts[0] != 2 {
		t.Errorf("7: %v", h.Counts)
	}
}

// The last bin has its upper edge, the others have not: of 0 to 5 in five bins, 5 is in the last with 4.
func TestLastEdge(t *testing.T) {
	if h := histogram(t, one(t, 0, 1, 2, 3, 4, 5, 5), "5"); fmt.Sprint(h.Counts) != "[1 1 1 1 3]" || h.Above != 0 {
		t.Errorf("%+v", h)
	}
	h := histogram(t, one(t, 0.1, 0.2, 0.3, 1.7), "5") // in binary 0.1 + 5·0.32 is below 1.7
	if last := h.Edges[5]; last != 1.7 || h.Counts[4] != 1 || h.Above != 0 {
		t.Errorf("%+v", h)
	}
}

// Eleven values of which the last is far out: q20 = 0.2 and q80 = 0.8, so the part that is kept reaches 1.8 beyond them, from 0,
// the first value, to 2.6. That is less than two thirds of the range where the last value is above 3.9.
func TestOutlierRange(t *testing.T) {
	for last, to := range map[float64]float64{3.95: 2.6, 3.85: 3.85, 2.5: 2.5, 100: 2.6} {
		h := histogram(t, one(t, 0, .1, .2, .3, .4, .5, .6, .7, .8, .9, last), "auto")
		if h.Edges[0] != 0 || !near(profile.Number(h.Edges[len(h.Edges)-1]), to) || h.Above != map[bool]int{true: 1}[to < last] || h.Below != 0 {
			t.Errorf("last %v: %+v", last, h)
		}
		mirrored := histogram(t, one(t, 0, -.1, -.2, -.3, -.4, -.5, -.6, -.7, -.8, -.9, -last), "auto")
		if !near(profile.Number(mirrored.Edges[0]), -to) || mirrored.Below != h.Above || mirrored.Above != 0 {
			t.Errorf("last %v: %+v", -last, mirrored)
		}
	}
}

// Whole numbers have a bin each where the range is below 40. From 40 on the rule holds: of the numbers 3 to 43, twice each, the
// quartiles 13 and 33 are half the range apart, a bin is range/∛82 wide, and ∛82 = 4.3 makes five; ∛84 = 4.4, too.
func TestWholeNumbers(t *testing.T) {
	for span, bins := range map[int]int{1: 2, 38: 39, 39: 40, 40: 5, 41: 5} {
		var values []float64
		for i := range span + 1 {
			values = append(values, float64(3+i), float64(3+i))
		}
		half := 0.5 * float64(b(span < 40))
		h := edges(t, one(t, values...), "auto", 3-half, float64(3+span)+half, bins)
		if span < 40 && (h.Counts[0] != 2 || h.Counts[bins-1] != 2) {
			t.Errorf("range %d: %v", span, h.Counts)
		}
	}
	edges(t, one(t, 0, 1, 2, 3.5), "auto", 0, 3.5, 5)
}

func b(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// 0, 1/2, ... 999/2: the quartiles are 249.75 apart, a bin is 2·249.75/10 wide, and 499.5/49.95 = 10 fill the range. Spread
// holds 0.150 to 0.849 in thousandths, where the quartiles, 0.4995 apart, and the 20 and 80 % lie, and 150 values out to -1.4
// and to 2.4: 3.8/0.0999 is 38.04. Of narrow the quartiles are 1/10,000 apart.
func TestFreedmanDiaconis(t *testing.T) {
	even, spread, narrow := make([]float64, 1000), make([]float64, 1000), make([]float64, 1000)
	for i := range even {
		at := float64(i) / 1000
		even[i], spread[i], narrow[i] = float64(i)/2, at, at*2-0.5
		switch {
		case i < 150:
			spread[i] = at - 1.4
		case i >= 850:
			spread[i] = at + 1.401
		}
		if i >= 240 && i < 760 {
			narrow[i] = 0.5 + float64(i/500)*0.0001
		}
	}
	h := edges(t, one(t, even...), "auto", 0, 499.5, 10)
	for _, n := range h.Counts {
		if n != 100 {
			t.Fatalf("%v", h.Counts)
		}
	}
	edges(t, one(t, spread...), "auto", -1.4, 2.4, 39)
	edges(t, one(t, narrow...), "auto", -0.5, 1.498, 40)
}

// Between 1 and 100 each of the 24 edges is the 24th root of 100 times the last: the thirteenth is 10.
func TestLogHistogram(t *testing.T) {
	h := edges(t, one(t, 0, 0, 0, 1, 2, 9.9, 10.1, 100), "log", 1, 100, 24)
	if h.Zeros != 3 || h.Below != 0 || h.Above != 0 || !near(profile.Number(h.Edges[12]), 10) || h.Counts[0] != 1 || h.Counts[11] != 1 || h.Counts[12] != 1 || h.Counts[23] != 1 {
		t.Errorf("%+v", h)
	}
	for about, c := range map[string]struct {
		values []float64
		drawn  bool
	}{
		"a factor of 10": {[]float64{2, 3, 20}, true}, "below 10": {[]float64{2, 3, 19.9}, false}, "zeros aside": {[]float64{0, 2, 3, 19.9}, false},
		"negative": {[]float64{-1, 1, 2, 1000}, false}, "zeros alone": {[]float64{0, 0}, false},
	} {
		var names []string
		for _, h := range one(t, c.values...).Histograms {
			names = append(names, h.Name)
		}
		if got := strings.Join(names, " "); got != "auto 5 10 15 30"+strings.Repeat(" log", b(c.drawn)) {
			t.Errorf("%s: %s", about, got)
		}
	}
}
