package validity

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/internal/distance"
)

// Null draws data without clusters that are like x, n×d, in some respect: Gaussian, Copula, Shuffled, PrincipalBox and ColumnBox. The
// same seed draws the same data. The result is n×d; a value that it cannot work with is an error.
type Null func(x *mat.Dense, seed uint64) (*mat.Dense, error)

// Gaussian draws from the normal distribution with the mean and the covariance of the rows of x, n×d: as correlated as they
// are, without clusters, and without skew. Columns that are constant or depend on others stay so. A value that is not
// finite, or beyond 1e140, is an error that wraps ErrNotFinite. The cost is O(n·d² + d³).
func Gaussian(x *mat.Dense, seed uint64) (*mat.Dense, error) {
	s, err := newShape(x, true)
	if err != nil {
		return nil, fmt.Errorf("validity: Gaussian data: %w", err)
	}
	return s.draw(seed, func(r *rand.Rand, axis int) float64 { return r.NormFloat64() * s.sd[axis] }), nil
}

// PrincipalBox draws from the uniform distribution on the box around the rows of x, n×d, whose sides are parallel to the
// principal axes of x: the reference (b) of the gap statistic (Tibshirani, Walther and Hastie, 2001). The axes are those of
// the covariance, so the columns' units matter. Errors and cost are Gaussian's.
func PrincipalBox(x *mat.Dense, seed uint64) (*mat.Dense, error) {
	s, err := newShape(x, false)
	if err != nil {
		return nil, fmt.Errorf("validity: data in a box: %w", err)
	}
	low, high := s.ranges()
	return s.draw(seed, func(r *rand.Rand, axis int) float64 { return low[axis] + r.Float64()*(high[axis]-low[axis]) }), nil
}

// ColumnBox draws each column of x, n×d, from the uniform distribution between its least and its largest value, by itself:
// the reference (a) of the gap statistic. Errors are Gaussian's. The cost is O(n·d).
func ColumnBox(x *mat.Dense, seed uint64) (*mat.Dense, error) {
	rows, err := distance.Of(x)
	if err != nil {
		return nil, fmt.Errorf("validity: data in a box: %w", err)
	}
	y, r := mat.DenseCopyOf(x), rand.New(rand.NewPCG(seed, 0))
	for j := range rows.D {
		column := mat.Col(nil, j, x)
		low, high := floats.Min(column), floats.Max(column)
		for i := range rows.N {
			y.Set(i, j, low+r.Float64()*(high-low))
		}
	}
	return y, nil
}

// Shuffled permutes each column of x, n×d, by itself: the columns keep their values, the skew and the NaN included, and lose
// what they have to do with each other. It returns no error. The cost is O(n·d).
func Shuffled(x *mat.Dense, seed uint64) (*mat.Dense, error) {
	n, d := x.Dims()
	y, r := mat.DenseCopyOf(x), rand.New(rand.NewPCG(seed, 0))
	for j := range d {
		r.Shuffle(n, func(a, b int) {
			v, w := y.At(a, j), y.At(b, j)
			y.Set(a, j, w)
			y.Set(b, j, v)
		})
	}
	return y, nil
}

// shape is where the rows of x lie, seen along their principal axes.
type shape struct {
	x       distance.Rows
	mean    []float64
	varying []int       // the columns that are not constant
	unit    []float64   // of each of them
	axes    [][]float64 // unit vectors over them
	sd      []float64   // along the axes, in these units
}

// newShape measures x with its columns as they are, or with each in units of its standard deviation: the axes are others then,
// and small columns beside large ones keep their digits.
func newShape(x *mat.Dense, standard bool) (*shape, error) {
	rows, err := distance.Of(x)
	if err != nil {
		return nil, err
	}
	s := &shape{x: rows, mean: make([]float64, rows.D)}
	for j := range rows.D {
		// Means are taken of the distances from the first row, so that the mean of equal numbers is that number. A constant
		// column is left out of the axes: rounding would spread it a little, and a scaler make that much.
		first, constant, squares := rows.Row(0)[j], true, 0.0
		for i := range rows.N {
			v := rows.Row(i)[j]
			s.mean[j] += (v - first) / float64(rows.N)
			constant = constant && v == first
		}
		s.mean[j] += first
		if constant {
			continue
		}
		for i := range rows.N {
			squares += (rows.Row(i)[j] - s.mean[j]) * (rows.Row(i)[j] - s.mean[j])
		}
		s.varying, s.unit = append(s.varying, j), append(s.unit, 1)
		if sd := math.Sqrt(squares / float64(rows.N-1)); standard && sd > 0 {
			s.unit[len(s.unit)-1] = sd
		}
	}
	q := len(s.varying)
	if q == 0 {
		return s, nil
	}
	cov, row := mat.NewSymDense(q, nil), mat.NewVecDense(q, nil)
	for i := range rows.N {
		cov.SymRankOne(cov, 1/float64(rows.N-1), s.centred(row, i))
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(cov, true) {
		return nil, errors.New("the principal axes did not converge")
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	values := eigen.Values(nil) // ascending
	for a, v := range values {
		if v < 1e-14*values[q-1] {
			v = 0 // where columns depend on others, rounding leaves a tiny number of either sign
		}
		s.axes, s.sd = append(s.axes, mat.Col(nil, a, &vectors)), append(s.sd, math.Sqrt(v))
	}
	return s, nil
}

// centred puts the varying values of a row, less their means and in their units, into row.
func (s *shape) centred(row *mat.VecDense, i int) *mat.VecDense {
	for at, j := range s.varying {
		row.SetVec(at, (s.x.Row(i)[j]-s.mean[j])/s.unit[at])
	}
	return row
}

// ranges returns from where to where the rows reach along each axis.
func (s *shape) ranges() (low, high []float64) {
	q := len(s.varying)
	low, high = make([]float64, q), make([]float64, q)
	if q == 0 {
		return low, high
	}
	row := mat.NewVecDense(q, nil)
	for i := range s.x.N {
		values := s.centred(row, i).RawVector().Data
		for a, axis := range s.axes {
			v := floats.Dot(values, axis)
			low[a], high[a] = min(low[a], v), max(high[a], v) // 0, the mean, lies between them
		}
	}
	return low, high
}

// draw returns as many rows as x has, whose places on the axes along draws.
func (s *shape) draw(seed uint64, along func(r *rand.Rand, axis int) float64) *mat.Dense {
	r := rand.New(rand.NewPCG(seed, 0))
	y, sum := mat.NewDense(s.x.N, s.x.D, nil), make([]float64, len(s.varying))
	for i := range s.x.N {
		clear(sum)
		for a, axis := range s.axes {
			floats.AddScaled(sum, along(r, a), axis)
		}
		row := y.RawRowView(i)
		copy(row, s.mean)
		for at, j := range s.varying {
			row[j] += sum[at] * s.unit[at]
		}
	}
	return y
}

// nulls draws data without clusters, runs the method on them, and hands each partition, of replicate b into ks[i] clusters,
// to use.
func (o *Options) nulls(ctx context.Context, x *mat.Dense, ks []int, method Method, null Null, use func(ctx context.Context, b, i int, x *mat.Dense, p Partition) error) error {
	return replicate(ctx, o, func() func(context.Context, int) error {
		return func(ctx context.Context, b int) error {
			r := o.generator(b)
			drawn, err := null(x, r.Uint64())
			if err != nil {
				return err
			}
			parts, err := method.fit(ctx, drawn, ks, r.Uint64())
			if err != nil {
				return err
			}
			for i, p := range parts {
				if err := use(ctx, b, i, drawn, p); err != nil {
					return err
				}
			}
			return nil
		}
	})
}

// NullScores says what a score is worth: it draws data without clusters that are like x, n×d, runs the whole method on
// them, and scores what it finds, for each of ks. A score of the real rows that lies among these says nothing about clusters,
// however high it is. The score gets the rows that were drawn, in x's units, and their partition; its Space where the method
// gives one. It is called from several goroutines.
//
// Errors of score and null, like those of the method, end the work and are wrapped with the replicate's number. Other errors,
// panics and progress are Stability's; cost and memory are Gap's, and those of the score.
func NullScores(ctx context.Context, x *mat.Dense, ks []int, method Method, null Null, score func(ctx context.Context, x *mat.Dense, p Partition) (float64, error), o *Options) ([]Scores, error) {
	opts := o.or(20)
	if _, err := size(x, ks); err != nil {
		return nil, fmt.Errorf("validity: null scores: %w", err)
	}
	values := make([][]float64, len(ks))
	for i := range ks {
		values[i] = make([]float64, opts.Replicates)
	}
	err := opts.nulls(ctx, x, ks, method, null, func(ctx context.Context, b, i int, x *mat.Dense, p Partition) (err error) {
		values[i][b], err = score(ctx, x, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("validity: null scores: %w", err)
	}
	results := make([]Scores, len(ks))
	for i := range ks {
		results[i] = newScores(values[i])
	}
	return results, nil
}
