package profile

import (
	"context"
	"errors"
	"fmt"
	"math"

	"example.com/marketing/segkit/internal/distance"
	"example.com/marketing/segkit/profile/internal/columns"
	"example.com/marketing/segkit/profile/internal/little"
)

// little tests whether values are missing completely at random, and says in words what all of the missing-value part found.
func (a *analysis) little(ctx context.Context, holes []*columns.Column) error {
	m := &a.report.Missing
	switch {
	case a.table.Rows == 0:
		m.Words = "There are no rows."
		return nil
	case len(holes) == 0 && a.report.Kinds[Empty] > 0:
		m.Words = "Every column that has any value has one in every row."
		return nil
	case len(holes) == 0:
		m.Words = "Every column has a value in every row."
		return nil
	}
	var x [][]float64
	var names []string
	take := func(c *columns.Column) {
		if len(x) < littleColumns && (c.Kind == Numeric || c.Kind == Boolean || c.Kind == Date || c.Kind == Mixed) {
			x, names = append(x, c.X), append(names, c.Name)
		}
	}
	for _, c := range holes {
		take(c)
	}
	for j := range a.table.Columns {
		if c := &a.table.Columns[j]; c.X != nil && lacking(c) == 0 {
			take(c)
		}
	}
	test, err := little.MCAR(ctx, x)
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("profile: %w", ctx.Err())
	case errors.Is(err, little.ErrComplete):
		m.Words = "Only columns without numbers lack values, and Little's test takes numbers."
	case errors.Is(err, little.ErrTooFew):
		m.Words = "There are too few rows for Little's test."
	case errors.Is(err, distance.ErrNotFinite):
		m.Words = "Little's test could not be computed: some numbers are too large to be squared."
	case err != nil:
		return err
	case !test.Converged:
		m.Words = fmt.Sprintf("Little's test could not be computed: the estimate did not settle in %d steps.", test.Iterations)
	default:
		m.Little = &Little{Statistic: Number(test.Statistic), DF: test.DF, P: Number(test.P), Patterns: test.Patterns, Rows: test.Rows, Left: []string{}}
		for _, j := range test.Left {
			m.Little.Left = append(m.Little.Left, names[j])
		}
		m.Words = m.Little.words()
	}
	if c, ok := a.tellingColumn(); ok {
		m.Words += fmt.Sprintf(" %s is the clearest case: %s", short(c.Name), c.Words)
	}
	return nil
}

func (l *Little) words() string {
	figures := fmt.Sprintf("Little's test compares the means of %d patterns of missing values: chi-squared is %s with %d degrees of freedom, %s.",
		l.Patterns, formatNumber(l.Statistic), l.DF, pValue(float64(l.P)))
	switch {
	case l.P < 0.001:
		return "The values are not missing completely at random. " + figures
	case l.P < 0.05:
		return "The values are probably not missing completely at random. " + figures
	}
	return "Nothing speaks against values that are missing completely at random, which is no proof that they are. " + figures
}

func pValue(p float64) string {
	if p < 0.001 {
		return "p < 0.001"
	}
	return "p = " + formatFixed(Number(p), 3)
}

// tellingColumn is the one whose missing values depend the most on another column, where any does by 0.2 or more.
func (a *analysis) tellingColumn() (best MissingColumn, ok bool) {
	most := 0.2
	for _, c := range a.report.Missing.Columns {
		if len(c.Depends) == 0 {
			continue
		}
		size := math.Abs(float64(c.Depends[0].Difference))
		if math.IsNaN(size) {
			size = math.Inf(1)
		}
		if size > most {
			best, ok, most = c, true, size
		}
	}
	return best, ok
}

// contrast compares a figure of other between the rows that lack a value of x and those that have one: the mean of f over
// other's numbers.
func contrast(x []float64, other *columns.Column, value string, f func(v float64) float64) Depth {
	var n, total, sum, squares [2]float64 // of the rows with and without a value
	middle := 0.0                         // what sum and squares are about
	if value == "" {
		middle = other.Mean // keeps the digits of the variance
	}
	for row, v := range other.X {
		if math.IsNaN(v) {
			continue
		}
		g := 0
		if math.IsNaN(x[row]) {
			g = 1
		}
		v = f(v)
		n[g]++
		total[g] += v
		v -= middle
		sum[g] += v
		squares[g] += v * v
	}
	d := Depth{Name: other.Name, Value: value, Missing: nan, Present: nan, Difference: nan}
	if n[0] < fewMissing || n[1] < fewMissing {
		return d
	}
	variance := func(g int) float64 { return max(0, squares[g]-sum[g]*sum[g]/n[g]) / (n[g] - 1) }
	d.Missing, d.Present = Number(total[1]/n[1]), Number(total[0]/n[0])
	if apart := float64(d.Missing - d.Present); apart == 0 {
		d.Difference = 0
	} else if spread := math.Sqrt((variance(0) + variance(1)) / 2); spread > 0 {
		d.Difference = Number(apart / spread)
	}
	return d
}
