package validity

import (
	"cmp"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"

	"example.com/marketing/segkit/internal/distance"
)

// Copula draws rows whose columns hold the very values of x, n×d, zeros, skew and outliers included, and depend on each other
// as those do, by a Gaussian copula (Sklar, 1959): normal variables with the correlations of the columns' normal scores, each
// value replaced by the column's of the same rank. It is the most demanding of the nulls: what is left of a score beyond it is
// neither the columns' shape nor their correlation in pairs. Equal values share their mean rank, which takes a little off the
// correlations of columns with many zeros. Errors are Gaussian's. The cost is O(n·d·log n + n·d² + d³).
func Copula(x *mat.Dense, seed uint64) (*mat.Dense, error) {
	if _, err := distance.Of(x); err != nil {
		return nil, fmt.Errorf("validity: data of a copula: %w", err)
	}
	n, d := x.Dims()
	scores, sorted := mat.NewDense(n, d, nil), make([][]float64, d)
	for j := range d {
		column := mat.Col(nil, j, x)
		order := ascending(column)
		for from := 0; from < n; {
			to := from
			for to < n && column[order[to]] == column[order[from]] {
				to++
			}
			score := distuv.UnitNormal.Quantile(float64(from+to) / 2 / float64(n))
			for ; from < to; from++ {
				scores.Set(order[from], j, score)
			}
		}
		slices.Sort(column)
		sorted[j] = column
	}
	y, err := Gaussian(scores, seed)
	if err != nil {
		return nil, err
	}
	for j, values := range sorted {
		for rank, i := range ascending(mat.Col(nil, j, y)) {
			y.Set(i, j, values[rank])
		}
	}
	return y, nil
}

// ascending returns the positions of the values in ascending order, those of equal values in theirs.
func ascending(values []float64) []int {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
	return order
}
