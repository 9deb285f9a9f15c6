package profile_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"example.com/marketing/segkit/dataset"
	"example.com/marketing/segkit/profile"
)

// alert returns the text and figures of the alerts of a kind, "" without one.
func alert(r *profile.Report, kind string) string {
	text := ""
	for _, a := range r.Alerts {
		if a.Kind == kind {
			text += a.Text + fmt.Sprint(a.Columns)
		}
	}
	return text
}

// ramp is 1 to n, changed by f.
func ramp(n int, f func(i int, v float64) float64) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = f(i, float64(i+1))
	}
	return x
}

// last sets the last few of n values apart.
func last(n, few int, to float64) func(i int, v float64) float64 {
	return func(i int, v float64) float64 {
		if i >= n-few {
			return to
		}
		return v
	}
}

func column1(n int, f func(i int, v float64) float64) *dataset.Table {
	return tableOf([]string{"x"}, ramp(n, f))
}

// Each alert on either side of its threshold.
func TestThresholds(t *testing.T) {
	for _, c := range []struct {
		kind     string
		not, yes *dataset.Table
		want     string
	}{
		// Of 1 to 1000, 50 or 51 are at 9000: 5 % is not more than 5 %.
		{"outliers", column1(1000, last(1000, 50, 9000)), column1(1000, last(1000, 51, 9000)), "x has more than 5 % of the values beyond the whiskers"},
		{"zeros", column1(99, last(99, 33, 0)), column1(99, last(99, 34, 0)), "x is zero in more than a third"},
		{"dominant", column1(100, last(100, 80, 7.5)), column1(100, last(100, 81, 7.5)), "x has one value in more than 80 % of the rows"},
		{"scales", column1(100, last(100, 0, 0)).WithColumn("y", ramp(100, func(_ int, v float64) float64 { return 99.9 * v })),
			column1(100, last(100, 0, 0)).WithColumn("y", ramp(100, func(_ int, v float64) float64 { return 100.1 * v })), "The standard deviation of y is 100 times that of x"},
		{"whole", column1(200, func(i int, v float64) float64 { return v + 0.5*float64(b(i < 3)) }), column1(200, func(i int, v float64) float64 { return v + 0.5*float64(b(i < 2)) }), "all but 2 values"},
		// Shares: half of the numbers are inside, four are 1, and two of 200 above it are 1 %.
		{"range", shares(200, 4, 3), shares(200, 4, 2), "2 values of x are above 1"},
		{"range", shares(200, 1, 2), shares(200, 2, 2), "2 values of x are above 1"}, // ones at least as many
		{"range", below(200, 4, 3), below(200, 4, 2), "2 values of x are below 0"},
		{"range", below(200, 1, 2), below(200, 2, 2), "2 values of x are below 0"}, // zeros at least as many
		{"id", column1(19, last(19, 0, 0)), column1(20, last(20, 0, 0)), "x has a different value in every row"},
		{"id", column1(20, func(i int, v float64) float64 { return v * 11 }), column1(20, func(i int, v float64) float64 { return v * 10 }), "x has a different value"},
		{"constant", column1(9, func(int, float64) float64 { return 4 }), column1(10, func(int, float64) float64 { return 4 }), "x has one value and no other"},
		{"duplicates", column1(20, last(20, 1, 0)), column1(20, last(20, 2, 0)), "1 row is the same as an earlier one"},
	} {
		if got := alert(report(t, c.not, nil), c.kind); got != "" {
			t.Errorf("%s, below: %q", c.kind, got)
		}
		if got := alert(report(t, c.yes, nil), c.kind); !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.kind, got, c.want)
		}
	}
	for value := 190.0; value < 300; value += 2 { // 1 to 99 and one value that pulls the skewness beyond 2
		r := report(t, column1(100, last(100, 1, value)), nil)
		if s := float64(r.Columns[0].Skewness); (alert(r, "skew") != "") != (s > 2) || value == 190 && s >= 2 || value == 298 && s <= 2 {
			t.Errorf("skewness %v: %q", s, alert(r, "skew"))
		}
		turned := report(t, column1(100, func(i int, v float64) float64 { return -last(100, 1, value)(i, v) }), nil)
		if s := float64(turned.Columns[0].Skewness); (alert(turned, "skew") != "") != (s < -2) {
			t.Errorf("skewness %v: %q", s, alert(turned, "skew"))
		}
	}
}

// shares are n numbers of which so many are 1 and so many above, the rest between 0 and 1.
func shares(n, ones, above int) *dataset.Table {
	return column1(n, func(i int, v float64) float64 {
		switch {
		case i < ones:
			return 1
		case i < ones+above:
			return 1.5
		}
		return v / float64(n+1)
	})
}

func below(n, zeros, negative int) *dataset.Table {
	return column1(n, func(i int, v float64) float64 {
		switch {
		case i < zeros:
			return 0
		case i < zeros+negative:
			return -3
		}
		return v
	})
}

// x is 1 to 200, each twice, less 100.5: variance 39,999/12. y is c·x and a zigzag of the same size that says nothing about x, so
// the correlation is c/√(c² + 1): 0.8 at c = 4/3. By ranks alone: eˣ of a long x; and two columns with one row far out on
// both, the reverse.
func TestCorrelatedThreshold(t *testing.T) {
	const n = 400
	x := ramp(n, func(i int, _ float64) float64 { return float64(i/2) - 99.5 })
	zigzag := ramp(n, func(i int, _ float64) float64 { return math.Sqrt(39_999./12) * float64(i%2*2-1) })
	for _, c := range []struct {
		slope float64
		want  bool
	}{{1.32, false}, {1.34, true}, {-1.32, false}, {-1.34, true}} {
		y := ramp(n, func(i int, _ float64) float64 { return c.slope*x[i] + zigzag[i] })
		r := report(t, tableOf([]string{"x", "y"}, x, y), nil)
		p := r.Associations.Pairs[0]
		if !near(p.Value, c.slope/math.Sqrt(c.slope*c.slope+1)) || math.Abs(float64(p.Spearman)) > 0.8 && !c.want || (alert(r, "correlated") != "") != c.want {
			t.Errorf("slope %v: Pearson %v, Spearman %v, %q", c.slope, p.Value, p.Spearman, alert(r, "correlated"))
		}
	}
	rng := rand.New(rand.NewPCG(6, 0))
	a, noise := ramp(n, func(int, float64) float64 { return rng.NormFloat64() }), ramp(n, func(int, float64) float64 { return rng.NormFloat64() })
	steep := ramp(n, func(i int, _ float64) float64 { return math.Exp(6 * a[i]) })
	r := report(t, tableOf([]string{"a", "b"}, a, steep), nil)
	if p := r.Associations.Pairs[0]; p.Value > 0.79 || p.Spearman < 0.999 || !strings.Contains(alert(r, "correlated"), "(by ranks 1.00)") {
		t.Errorf("by ranks: %+v, %q", p, alert(r, "correlated"))
	}
	a[7], noise[7] = 1000, 1000
	r = report(t, tableOf([]string{"a", "b"}, a, noise), nil)
	if p := r.Associations.Pairs[0]; p.Value < 0.9 || p.Spearman > 0.5 || !strings.Contains(alert(r, "correlated"), "Two columns say nearly the same: a and b") && !strings.Contains(alert(r, "correlated"), "b and a") {
		t.Errorf("by one row: %+v, %q", p, alert(r, "correlated"))
	}
}

// Fifty texts are not many, fifty-one are; and not where all differ.
func TestManyTexts(t *testing.T) {
	for different, want := range map[int]bool{50: false, 51: true, 200: false} {
		var csv strings.Builder
		csv.WriteString("v,x\n")
		for i := range 200 {
			fmt.Fprintf(&csv, "t%d,%d\n", i%different, i)
		}
		if got := alert(read(t, csv.String(), nil), "cardinality"); (got != "") != want || want && !strings.Contains(got, "51 different") {
			t.Errorf("%d texts: %q", different, got)
		}
	}
}

// A sum is told where it holds in 95 % of the rows, and where at least five have both parts. Of 400 rows the last few are odd,
// and the first few have a second part.
func TestSums(t *testing.T) {
	const n = 400
	for _, c := range []struct {
		odd, both int
		want      string
	}{{0, n, "total = a + b in every row"}, {1, n, "total = a + b but for 1 row:"}, {20, n, "total = a + b but for 20 rows:"}, {21, n, ""}, {0, 5, "total = a + b in every row"}, {0, 4, ""}} {
		x, y, total := ramp(n, func(i int, _ float64) float64 { return float64(i*7%53 + 1) }), make([]float64, n), make([]float64, n)
		for i := range n {
			y[i], total[i] = float64(i*5%71+1), x[i]+float64(i*5%71+1+9*b(i >= n-c.odd))
			if i >= c.both {
				y[i] = nan
			}
		}
		if got := alert(report(t, tableOf([]string{"a", "b", "total"}, x, y, total), nil), "sum"); !strings.Contains(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%d odd, %d with both: %q, want %q", c.odd, c.both, got, c.want)
		}
	}
}
