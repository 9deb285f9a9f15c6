package profile_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"example.com/marketing/segkit/profile"
)

// A mixed column lacks a number where it holds a text: 12 texts and 8 empty ones of 60. They are compared as any others: x is 1
// in these rows and 0 in the rest, which varies in neither, so the difference is beyond measure.
func TestMixedLacksNumbers(t *testing.T) {
	var csv strings.Builder
	csv.WriteString("odd,x\n")
	for i := range 60 {
		odd := fmt.Sprint(i)
		switch {
		case i < 12:
			odd = "n/k"
		case i < 20:
			odd = ""
		}
		fmt.Fprintf(&csv, "%s,%d\n", odd, 3+b(i < 20))
	}
	r := read(t, csv.String(), nil)
	if c := column(t, r, "odd"); c.Kind != profile.Mixed || c.Missing != 8 || c.Texts != 12 || c.Count != 52 {
		t.Errorf("%+v", c)
	}
	m := r.Missing
	if len(m.Columns) != 1 || m.Columns[0].Missing != 20 || m.CompleteRows != 40 || m.PatternCount != 2 || len(m.Columns[0].Depends) == 0 {
		t.Fatalf("%+v", m)
	}
	for _, d := range m.Columns[0].Depends {
		if d.Name != "x" || !math.IsNaN(float64(d.Difference)) {
			t.Errorf("%+v", d)
		}
	}
	if !strings.Contains(page(t, r), "beyond measure") {
		t.Error("the page does not say so")
	}
}

// Of 40 rows, 20 lack y: in either half x runs from 1 to 20, variance 35, but by so much of √35 higher in these.
func TestWordsOfDifferences(t *testing.T) {
	for apart, want := range map[float64]string{
		0: "Rows with and without a value are alike in all other columns.", 0.05: "no standardised difference reaches 0.1", 0.099: "no standardised difference reaches 0.1",
		0.101: "The mean of x is", 0.3: "0.30 standard deviations apart", -0.3: "0.30 standard deviations apart",
	} {
		var x, y []float64
		for i := range 40 {
			x, y = append(x, float64(1+i%20)), append(y, float64(i))
			if i >= 20 {
				x[i], y[i] = x[i]+apart*math.Sqrt(35), nan
			}
		}
		r := report(t, tableOf([]string{"x", "y"}, x, y), nil)
		c := r.Missing.Columns[0]
		if len(c.Depends) != b(apart != 0) || apart != 0 && !near(c.Depends[0].Difference, apart) || !strings.Contains(c.Words, want) {
			t.Errorf("%v apart: %+v", apart, c)
		}
		clearest, dependent := strings.Contains(r.Missing.Words, "y is the clearest case"), strings.Contains(asJSON(t, r), "depends on other columns")
		if large := math.Abs(apart) > 0.2; clearest != large || dependent != large {
			t.Errorf("%v apart: %q", apart, r.Missing.Words)
		}
	}
}

// Ten rows on either side are enough to compare, nine are too few.
func TestFewMissing(t *testing.T) {
	for _, c := range []struct {
		missing, present int
		words            string
	}{
		{9, 30, "Too few rows lack a value"}, {10, 30, "The mean of x"}, {30, 10, "The mean of x"}, {30, 9, "Too few rows have a value"},
	} {
		var x, y []float64
		for i := range c.missing + c.present {
			x, y = append(x, float64(i)), append(y, nan)
			if i >= c.missing {
				y[i] = float64(i * i)
			}
		}
		m := report(t, tableOf([]string{"x", "y"}, x, y), nil).Missing.Columns[0]
		if !strings.HasPrefix(m.Words, c.words) || (len(m.Depends) > 0) != strings.HasPrefix(c.words, "The") {
			t.Errorf("%d missing, %d present: %+v", c.missing, c.present, m)
		}
	}
}

// Ten columns with holes are more than fit one byte: column c of 0 to 9 lacks 20 - c rows alone, rows 200 to 205 lack the last two
// (which makes 18 and 17 of them), and rows 206 to 210 lack all.
func TestPatternsOfManyColumns(t *testing.T) {
	const n, d = 300, 10
	columns, names := make([][]float64, d), make([]string, d)
	from := 0
	for j := range columns {
		columns[j], names[j] = make([]float64, n), fmt.Sprintf("c%d", j)
		for i := range columns[j] {
			columns[j][i] = float64(i * (j + 3) % 71)
			alone := i >= from && i < from+20-j
			if alone || i >= 200 && i < 206 && j >= 8 || i >= 206 && i < 211 {
				columns[j][i] = nan
			}
		}
		from += 20 - j
	}
	m := report(t, tableOf(names, columns...), nil).Missing
	want := map[string]int{"[]": n - 155 - 11, "[c8 c9]": 6, "[c0 c1 c2 c3 c4 c5 c6 c7 c8 c9]": 5}
	for j, name := range names {
		want["["+name+"]"] = 20 - j
	}
	if m.PatternCount != len(want) || len(m.Patterns) != len(want) || m.CompleteRows != n-166 {
		t.Errorf("%d patterns, %d complete rows", m.PatternCount, m.CompleteRows)
	}
	for i, p := range m.Patterns {
		columns := fmt.Sprint(slices.Sorted(slices.Values(p.Columns)))
		if want[columns] != p.Rows || i > 0 && p.Rows > m.Patterns[i-1].Rows {
			t.Errorf("%s: %d rows, want %d", columns, p.Rows, want[columns])
		}
	}
	if len(m.Together) != 30 { // of 45
		t.Errorf("%d pairs", len(m.Together))
	}
	first := m.Together[0]
	p, q := 23./n, 22./n // c8 lacks 12 + 6 + 5, c9 11 + 6 + 5
	if first.A != "c8" || first.B != "c9" || first.Both != 11 || first.OnlyA != 12 || first.OnlyB != 11 || !near(first.Phi, (11./n-p*q)/math.Sqrt(p*(1-p)*q*(1-q))) {
		t.Errorf("%+v", first)
	}
}

// A contrast does not lose its digits where the numbers are far from zero: 2 and 4 in turns against 3 and 5.
func TestContrastFarFromZero(t *testing.T) {
	var x, y []float64
	for i := range 60 {
		x, y = append(x, 1e9+2+float64(i%2*2)), append(y, float64(i))
		if i >= 40 {
			x[i], y[i] = x[i]+1, nan
		}
	}
	for _, d := range report(t, tableOf([]string{"x", "y"}, x, y), nil).Missing.Columns[0].Depends {
		if want := 1 / math.Sqrt((40./39+20./19)/2); d.Value == "" && !near(d.Difference, want) {
			t.Errorf("%v, want %v", d.Difference, want)
		}
	}
}

// Little's test takes numbers, booleans, dates and mixed columns. Where b and c lack values by chance nothing speaks against
// that; where x is half a standard deviation lower in a few rows, something does.
func TestLittleOfReport(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 6))
	var csv strings.Builder
	csv.WriteString("x,yes,odd,day,y\n")
	for i := range 300 {
		x, yes, odd, day, y := fmt.Sprint(rng.NormFloat64()), fmt.Sprint(rng.IntN(2)), fmt.Sprint(rng.NormFloat64()), fmt.Sprintf("2026-01-%02d", 1+rng.IntN(28)), fmt.Sprint(rng.NormFloat64())
		for k, v := range []*string{&yes, &odd, &day, &y} {
			if i%10 == 2*k {
				*v = ""
			}
		}
		if i%10 == 1 {
			odd = "n/k"
		}
		fmt.Fprintf(&csv, "%s,%s,%s,%s,%s\n", x, yes, odd, day, y)
	}
	m := read(t, csv.String(), nil).Missing
	l := m.Little
	if l == nil {
		t.Fatal(m.Words)
	}
	// The patterns lack one column each: odd by its texts, too. Each gives four means, of which the five of all take part.
	if l.Patterns != 5 || l.DF != 4*4+5-5 || l.Rows != 300 || len(l.Left) > 0 || !(l.P > 0.05 && l.P < 0.95) {
		t.Errorf("%+v", l)
	}
	if !strings.HasPrefix(m.Words, "Nothing speaks against") || !strings.Contains(m.Words, fmt.Sprintf("p = %.3f", float64(l.P))) {
		t.Errorf("%q", m.Words)
	}
}

// Again 20 of 40 rows lack y and have an x that is δ higher. Around the mean of all, either half is δ/2 off; the variance is that
// within, 399/12 of 1 to 20, and δ²/4, by 40/39: the statistic is 40·δ²/4 through that. P(χ² > s) of one degree is erfc √(s/2).
func TestLittleByHand(t *testing.T) {
	for apart, want := range map[float64]string{
		0.3: "Nothing speaks against", 0.6: "Nothing speaks against", 0.7: "The values are probably not missing", 2: "The values are not missing",
	} {
		var x, y []float64
		for i := range 40 {
			x, y = append(x, float64(1+i%20)), append(y, float64(i*7%20))
			if i >= 20 {
				x[i], y[i] = x[i]+apart*math.Sqrt(35), nan
			}
		}
		r := report(t, tableOf([]string{"x", "y"}, x, y), nil)
		square := apart * apart * 35
		statistic := 10 * square / ((399./12 + square/4) * 40 / 39)
		l := r.Missing.Little
		if l == nil || math.Abs(float64(l.Statistic)/statistic-1) > 1e-5 || l.DF != 1 || math.Abs(float64(l.P)-math.Erfc(math.Sqrt(statistic/2))) > 1e-5 || !strings.HasPrefix(r.Missing.Words, want) {
			t.Errorf("%v apart: %+v, want %v; %q", apart, l, statistic, r.Missing.Words)
		}
		certain := false
		for _, a := range r.Alerts {
			certain = certain || a.Kind == "missing" && strings.Contains(a.Text, "not completely at random (p < 0.001)")
		}
		if certain != (apart == 2) {
			t.Errorf("%v apart: %+v", apart, r.Alerts)
		}
	}
}
