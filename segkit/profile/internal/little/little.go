// Package little tests whether values are missing completely at random: Little, R. J. A. (1988), A test of missing completely
// at random for multivariate data with missing values, Journal of the American Statistical Association 83, 1198-1202.
package little

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"

	"example.com/marketing/segkit/internal/distance"
)

// Errors about data that there is nothing to test in.
var (
	ErrComplete = errors.New("nothing is missing")
	ErrTooFew   = errors.New("too few rows or columns")
)

const (
	mostIterations = 500
	tolerance      = 1e-8 // of the change of means and covariances, where every column has variance 1
	// dependence is the share of a column's variance below which what the columns before it leave unexplained counts as
	// rounding. The statistic divides by it: with 1e-10 it still has about six digits.
	dependence = 1e-10
)

// Test is the outcome of Little's test.
type Test struct {
	Statistic  float64 // d², asymptotically chi-squared where values are missing completely at random
	DF         int     // over the patterns, the sum of the columns that have values; less the number of columns
	P          float64 // the chance of a statistic at least as large
	Patterns   int     // different sets of columns that have values, among the rows that have any
	Rows       int     // rows that have any value in the columns used
	Iterations int     // of the EM algorithm
	Converged  bool    // did the algorithm stop of itself, and not for the number of iterations?
	Left       []int   // positions of the columns left out, ascending
}

// MCAR tests the hypothesis that the values of the columns, d of n values each, are missing completely at random; NaN stands
// for a missing one. It does not change them. The statistic compares the means of the rows that have values in the same
// columns, a pattern, with the means over all rows:
//
//	d² = Σ m (ȳ-μ)ᵀ S⁻¹ (ȳ-μ)
//
// over the patterns, where ȳ are the means of a pattern's m rows in its columns, and μ and S those columns' part of the
// maximum likelihood estimates under a multivariate normal distribution, by the EM algorithm (Dempster, Laird and Rubin,
// 1977; Little and Rubin, Statistical Analysis with Missing Data, section 11.2), which for S are multiplied by n/(n-1), n
// being Rows. With that, d² is right in the mean however few rows there are: of two patterns, one with all columns, its mean
// over all choices of the other one's rows is DF exactly where the columns that both have are complete. R's
// naniar::mcar_test and BaylorEdPsych::LittleMCAR do without the factor; their d² is Statistic·n/(n-1).
//
// Being about means, the test sees no other differences between patterns, and for large n it sees very small ones. Where
// distributions have heavy tails, it needs large patterns.
//
// Some columns are left out, as if they had not been given: those that are constant; those that have no more values than
// there are columns, fewest first; and those that the columns before them determine but for 1e-10 of their variance, in the
// data or in the estimates, so that of the columns of a linear relation the last one goes. Rows without a value in any other
// are left out, too.
//
// Of two columns that no row has values in both, the data do not determine the covariance. The estimate then depends on
// where the algorithm starts, which is at no correlation; so does the statistic, as far as further patterns need that
// covariance. The algorithm stops when no mean and no covariance of the standardised columns changes by more than 1e-8,
// and the logarithm of the determinant not by more than 1e-5, or after 500 iterations; Converged then is false.
//
// A value that is infinite or beyond 1e140 is an error that wraps distance.ErrNotFinite. Where nothing is missing in the
// columns and rows that are used, the error wraps ErrComplete; with fewer than two such columns, or when no column has
// values in two patterns, it wraps ErrTooFew. With these two, Left is set. When ctx is done the error wraps that of ctx; it
// is looked at once per iteration. MCAR panics with mat.ErrShape if columns differ in length.
//
// The cost is O(n·d²), once for every time that columns turn out to be determined by others, and O(d³) per pattern and
// iteration. Memory is d² numbers for every pattern of more than one row.
func MCAR(ctx context.Context, columns [][]float64) (Test, error) {
	missing := 0
	for j, column := range columns {
		if len(column) != len(columns[0]) {
			panic(mat.ErrShape)
		}
		for i, v := range column {
			if math.IsNaN(v) {
				missing++
			} else if math.Abs(v) > distance.Largest {
				return Test{}, fmt.Errorf("profile: %w", distance.NotFinite(i, j, v))
			}
		}
	}
	t := Test{}
	var err error
	switch {
	case len(columns) == 0 || len(columns[0]) == 0:
		err = fmt.Errorf("%w: %d columns without a row, two columns with values are needed", ErrTooFew, len(columns))
	case missing == 0:
		err = fmt.Errorf("%w: %d rows have values in all of %d columns", ErrComplete, len(columns[0]), len(columns))
	default:
		err = t.run(ctx, columns)
	}
	if err != nil {
		return Test{Left: t.Left}, fmt.Errorf("profile: %w", err)
	}
	return t, nil
}

// run fills in the test. When estimates show that columns are determined by others, it starts again without them.
func (t *Test) run(ctx context.Context, columns [][]float64) error {
	scales := make([]scale, len(columns))
	for j, column := range columns {
		scales[j] = scaleOf(column)
	}
	used := enough(scales)
	for {
		t.Left = t.Left[:0]
		for j := range columns {
			if !slices.Contains(used, j) {
				t.Left = append(t.Left, j)
			}
		}
		if d := len(used); d < 2 {
			return fmt.Errorf("%w: %d of %d columns can be used, two are needed", ErrTooFew, d, len(columns))
		}
		m := newModel(columns, scales, used)
		t.Rows, t.Patterns, t.DF = m.n, len(m.patterns), -m.d
		for _, p := range m.patterns {
			t.DF += len(p.observed)
		}
		switch {
		case t.Patterns == 1:
			return fmt.Errorf("%w: %d rows have values in all of the %d columns that can be used", ErrComplete, m.n, m.d)
		case t.DF == 0:
			return fmt.Errorf("%w: %d patterns of %d columns, and no column has values in two of them", ErrTooFew, t.Patterns, m.d)
		}
		determined, err := t.estimate(ctx, m)
		if err != nil {
			return err
		}
		if len(determined) == 0 {
			t.Statistic = m.distance() * float64(m.n-1) / float64(m.n)
			t.P = distuv.ChiSquared{K: float64(t.DF)}.Survival(t.Statistic)
			return nil
		}
		for _, j := range slices.Backward(determined) {
			used = slices.Delete(used, j, j+1)
		}
	}
}

// estimate runs the EM algorithm. When the estimates say that columns are determined by the ones before them, it stops and
// returns their positions among the model's columns, ascending.
func (t *Test) estimate(ctx context.Context, m *model) ([]int, error) {
	t.Converged = false
	volume := 0.0
	for t.Iterations = 0; t.Iterations < mostIterations && !t.Converged; {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("%w after %d iterations, %d at most", err, t.Iterations, mostIterations)
		}
		change := m.step()
		t.Iterations++
		determined, v := m.determined()
		if len(determined) > 0 {
			return determined, nil
		}
		// In a direction of little variance, a small change is a large one. Where that variance has no end but 0, this goes on
		// until it is seen to have none.
		t.Converged = change <= tolerance && math.Abs(v-volume) <= 1e-5
		volume = v
	}
	return nil, nil
}

// enough returns the positions of the columns that vary and have more values than there are columns: with no more, others
// explain a column without a rest.
func enough(scales []scale) []int {
	var used []int
	for j, s := range scales {
		if s.count > 0 && s.span > 0 {
			used = append(used, j)
		}
	}
	for {
		fewest := -1
		for i, j := range used {
			if scales[j].count <= len(used) && (fewest < 0 || scales[j].count <= scales[used[fewest]].count) {
				fewest = i
			}
		}
		if fewest < 0 {
			return used
		}
		used = slices.Delete(used, fewest, fewest+1)
	}
}
