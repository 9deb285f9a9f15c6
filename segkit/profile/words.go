package profile

import (
	"errors"
	"fmt"
	"iter"
	"math"

	"example.com/marketing/segkit/internal/distance"
	"example.com/marketing/segkit/profile/internal/columns"
	"example.com/marketing/segkit/profile/internal/little"
)

// little tests whether values are missing completely at random, and says in words what all of the missing-value part found.
func (a *analysis) little(holes []*columns.Column) error {
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
	if m.PatternCount > manyPatterns && a.table.Kept > rowsOfMany { // the cost is that of the patterns
		rows := sampleRows(a.table.Kept, rowsOfMany, a.seed)
		for j, values := range x {
			x[j] = make([]float64, len(rows))
			for i, row := range rows {
				x[j][i] = values[row]
			}
		}
	}
	test, err := little.MCAR(a.ctx, x)
	switch {
	case a.ctx.Err() != nil:
		return fmt.Errorf("profile: %w", a.ctx.Err())
	case errors.Is(err, little.ErrComplete):
		m.Words = "Only columns without numbers lack values, and Little's test takes numbers."
	case errors.Is(err, little.ErrTooFew):
		m.Words = "There is too little to compare for Little's test."
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
	figures := fmt.Sprintf("Little's test compares the means of %d patterns of missing values in %s: chi-squared is %s with %d degrees of freedom, %s.",
		l.Patterns, rowsOf(l.Rows), formatNumber(l.Statistic), l.DF, pValue(float64(l.P)))
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
		if size := c.Depends[0].size(); size > most {
			best, ok, most = c, true, size
		}
	}
	return best, ok
}

// contrast compares a figure of other between the rows that lack a value of x and those that have one: the mean of f over
// other's numbers. A nil rows is all of them.
func (a *analysis) contrast(x []float64, rows []int32, other *columns.Column, value string, f func(v float64) float64) Depth {
	middle := 0.0 // what sums are about
	if value == "" {
		middle = other.Mean // keeps the digits of the variance
	}
	var of [2]spread // the rows with and without a value
	for row, v := range picked(other.X, rows) {
		if math.IsNaN(v) {
			continue
		}
		of[b2i(math.IsNaN(x[row]))].add(f(v) - middle)
	}
	d := Depth{Name: other.Name, Value: value, Missing: nan, Present: nan, Difference: nan}
	for _, s := range of {
		if s.n < fewMissing || value != "" && (a.tooFew(int(s.sum)) && s.sum > 0 || a.tooFew(int(s.n-s.sum)) && s.sum < s.n) {
			return d
		}
	}
	d.Missing, d.Present = Number(middle+of[1].mean()), Number(middle+of[0].mean())
	if apart := of[1].mean() - of[0].mean(); apart == 0 {
		d.Difference = 0
	} else if width := math.Sqrt((of[0].variance() + of[1].variance()) / 2); width > 0 {
		d.Difference = Number(apart / width)
	}
	if a.private {
		d.Missing, d.Present, d.Difference = rounded(d.Missing, 2), rounded(d.Present, 2), rounded(d.Difference, 2)
	}
	return d
}

// picked goes through some of the values, or through all where rows is nil.
func picked(x []float64, rows []int32) iter.Seq2[int, float64] {
	return func(yield func(int, float64) bool) {
		if rows == nil {
			for row, v := range x {
				if !yield(row, v) {
					return
				}
			}
			return
		}
		for _, row := range rows {
			if !yield(int(row), x[row]) {
				return
			}
		}
	}
}

// spread sums numbers up, all of which are distances from one value.
type spread struct{ n, sum, squares, least, most float64 }

func (s *spread) add(v float64) {
	if s.n == 0 {
		s.least, s.most = v, v
	}
	s.n++
	s.sum += v
	s.squares += v * v
	s.least, s.most = min(s.least, v), max(s.most, v)
}

// mean is exact for equal numbers.
func (s *spread) mean() float64 { return min(s.most, max(s.least, s.sum/s.n)) }

func (s *spread) variance() float64 {
	if s.least == s.most {
		return 0
	}
	return max(0, s.squares-s.sum*s.sum/s.n) / (s.n - 1)
}
