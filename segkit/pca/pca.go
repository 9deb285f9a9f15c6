// Package pca projects data on their principal components: the orthogonal directions in which they vary most (Pearson,
// 1901; Hotelling, 1933).
//
// The components are the eigenvectors of the sample covariance matrix, or the right singular vectors of the centred data.
// Their signs are arbitrary; here the entry with the largest absolute value is positive, so that pictures and texts stay true
// on every machine.
package pca

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"sync"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/internal/distance"
)

// Errors about the data.
var (
	ErrNotFinite    = distance.ErrNotFinite
	ErrTooFewRows   = errors.New("too few rows")
	errNotThisModel = errors.New("not a segkit/pca model of version 1")
)

// Model is a fitted projection from d columns to q components.
type Model struct {
	Mean          []float64  // d, of the columns
	Components    *mat.Dense // q×d, each row of length 1, by descending variance
	Variance      []float64  // q, of the data along each component, with divisor n-1
	VarianceRatio []float64  // q, the share of the columns' total variance; 0 where the total is 0
}

// Fit computes the first q principal components of x, n×d. A value that is not finite, or beyond 1e140, is an error that
// wraps ErrNotFinite, fewer than two rows one that wraps ErrTooFewRows. It panics unless 1 <= q <= d; components beyond the
// rank of the data have a variance of 0 but for rounding, which is about 1e-16 of the largest variance.
//
// Where there are at least as many rows as columns, the components are computed from the covariance matrix, at a cost of
// O(n·d² + d³) and in memory of O(d²). Where there are fewer rows, and no more components than rows are asked for, they come
// from the thin singular value decomposition, at a cost of O(n²·d) and in memory of O(n·d).
func Fit(x mat.Matrix, q int) (*Model, error) {
	if n, d := x.Dims(); q < 1 || q > d && n > 0 {
		panic(fmt.Sprintf("pca: %d components of %d columns", q, d))
	}
	m, err := fit(x, q)
	if err != nil {
		return nil, fmt.Errorf("pca: %w", err)
	}
	return m, nil
}

// FitShare computes the fewest principal components of x, n×d, that explain at least the given share of its variance. Where
// there is no variance, that is one. Errors and cost are Fit's; it panics unless 0 < share <= 1.
func FitShare(x mat.Matrix, share float64) (*Model, error) {
	if !(share > 0 && share <= 1) {
		panic(fmt.Sprintf("pca: a share of %v", share))
	}
	m, err := fit(x, min(x.Dims()))
	if err != nil {
		return nil, fmt.Errorf("pca: %w", err)
	}
	q, sum := 0, 0.0
	for q < len(m.Variance) && (q == 0 || sum < share*(1-1e-12) && m.Variance[q] > 0) {
		sum += m.VarianceRatio[q]
		q++
	}
	m.Components = mat.DenseCopyOf(m.Components.Slice(0, q, 0, len(m.Mean)))
	m.Variance, m.VarianceRatio = m.Variance[:q], m.VarianceRatio[:q]
	return m, nil
}

func fit(x mat.Matrix, q int) (*Model, error) {
	rows, err := distance.Of(x)
	if err != nil {
		return nil, err
	}
	n, d := rows.N, rows.D
	if n < 2 {
		return nil, fmt.Errorf("%w: %d, at least 2 are needed", ErrTooFewRows, n)
	}
	m := &Model{Mean: make([]float64, d), Components: mat.NewDense(q, d, nil)}
	// Of the differences from the first row, so that the mean of equal numbers is that number.
	for i := range n {
		distance.AddRow(m.Mean, rows.Row(i), rows.Row(0), 1)
	}
	for j, first := range rows.Row(0) {
		m.Mean[j] = first + m.Mean[j]/float64(n)
	}
	var variances []float64 // descending
	var vectors mat.Dense   // in columns
	if n < d && q <= n {
		variances, err = decompose(&vectors, centred(x, m.Mean))
	} else {
		variances, err = diagonalize(&vectors, covariance(rows, m.Mean))
	}
	if err != nil {
		return nil, err
	}
	total := 0.0
	for _, v := range variances {
		total += v
	}
	for c, variance := range variances[:q] {
		m.Variance = append(m.Variance, variance)
		m.VarianceRatio = append(m.VarianceRatio, variance/cmp.Or(total, 1))
		component := m.Components.RawRowView(c)
		mat.Col(component, c, &vectors)
		fixSign(component)
	}
	return m, nil
}

// covariance returns the sample covariance matrix of the columns. Each of its rows is the work of one worker, which adds up
// the data in their order.
func covariance(x distance.Rows, mean []float64) *mat.SymDense {
	const block = 64 // rows that stay in the cache while the sums go by
	n, d := x.N, x.D
	sums := make([]float64, d*d) // the upper triangle
	share := min(runtime.GOMAXPROCS(0), d, 1+n*d*d/100000)
	var workers sync.WaitGroup
	for worker := range share {
		workers.Go(func() {
			for from := 0; from < n; from += block {
				for j := worker; j < d; j += share {
					for i := from; i < min(from+block, n); i++ {
						row := x.Row(i)
						distance.AddRow(sums[j*d+j:(j+1)*d], row[j:], mean[j:], row[j]-mean[j])
					}
				}
			}
		})
	}
	workers.Wait()
	for i := range sums {
		sums[i] /= float64(n - 1)
	}
	return mat.NewSymDense(d, sums)
}

// diagonalize puts the eigenvectors of the covariance matrix into the columns of vectors, and returns the eigenvalues,
// descending.
func diagonalize(vectors *mat.Dense, covariance *mat.SymDense) ([]float64, error) {
	var eigen mat.EigenSym
	if !eigen.Factorize(covariance, true) {
		return nil, errors.New("the eigenvalues of the covariance matrix did not converge")
	}
	values := eigen.Values(nil) // ascending
	d := len(values)
	var ascending mat.Dense
	eigen.VectorsTo(&ascending)
	vectors.ReuseAs(d, d)
	for c := range d {
		vectors.SetCol(c, mat.Col(nil, d-1-c, &ascending))
	}
	slices.Reverse(values)
	for c := range values {
		values[c] = max(values[c], 0) // rounding can leave a tiny negative number where the variance is 0
	}
	return values, nil
}

// decompose puts the right singular vectors of the centred rows into the columns of vectors, and returns the variances along
// them, descending.
func decompose(vectors, rows *mat.Dense) ([]float64, error) {
	var svd mat.SVD
	if !svd.Factorize(rows.T(), mat.SVDThinU) {
		return nil, errors.New("the singular values did not converge")
	}
	svd.UTo(vectors)
	values := svd.Values(nil)
	n, _ := rows.Dims()
	for c, v := range values {
		values[c] = v * v / float64(n-1)
	}
	return values, nil
}

// centred returns a copy of x less the mean of each column. It panics with mat.ErrShape if those are not as many.
func centred(x mat.Matrix, mean []float64) *mat.Dense {
	n, d := x.Dims()
	if d != len(mean) {
		panic(mat.ErrShape)
	}
	c := mat.DenseCopyOf(x)
	for i := range n {
		row := c.RawRowView(i)
		for j, m := range mean {
			row[j] -= m
		}
	}
	return c
}

// fixSign turns the vector so that its largest entry is positive.
func fixSign(v []float64) {
	largest := 0.0
	for _, a := range v {
		// Entries that are equal but for rounding must not decide differently on different machines.
		if math.Abs(a) > math.Abs(largest)*(1+1e-9) {
			largest = a
		}
	}
	if largest < 0 {
		for i := range v {
			v[i] = -v[i]
		}
	}
}

// Transform returns the scores of x, m×d, on the components, m×q. It panics with mat.ErrShape if x has not d columns.
func (m *Model) Transform(x mat.Matrix) *mat.Dense {
	var z mat.Dense
	z.Mul(centred(x, m.Mean), m.Components.T())
	return &z
}

// Inverse returns the points that the scores z, m×q, stand for, m×d: x itself when q = d, else its projection. It panics
// with mat.ErrShape if z has not q columns.
func (m *Model) Inverse(z mat.Matrix) *mat.Dense {
	if q, _ := m.Components.Dims(); q != cols(z) {
		panic(mat.ErrShape)
	}
	var x mat.Dense
	x.Mul(z, m.Components)
	n, _ := x.Dims()
	for i := range n {
		row := x.RawRowView(i)
		for j := range row {
			row[j] += m.Mean[j]
		}
	}
	return &x
}

func cols(x mat.Matrix) int {
	_, c := x.Dims()
	return c
}

const (
	format  = "segkit/pca"
	version = 1
)

type file struct {
	Format        string      `json:"format"`
	Version       int         `json:"version"`
	Mean          []float64   `json:"mean"`
	Components    [][]float64 `json:"components"`
	Variance      []float64   `json:"variance"`
	VarianceRatio []float64   `json:"variance_ratio"`
}

// WriteTo writes the model as JSON, from which Read restores it to the last bit.
func (m *Model) WriteTo(w io.Writer) (int64, error) {
	f := file{Format: format, Version: version, Mean: m.Mean, Variance: m.Variance, VarianceRatio: m.VarianceRatio}
	for c := range m.Variance {
		f.Components = append(f.Components, m.Components.RawRowView(c))
	}
	b, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return 0, err
	}
	n, err := w.Write(append(b, '\n'))
	return int64(n), err
}

// Read reads a model that WriteTo wrote. Anything else is an error: other files, other versions, and models whose parts do
// not fit together.
func Read(r io.Reader) (*Model, error) {
	var f file
	decoder := json.NewDecoder(r)
	if err := decoder.Decode(&f); err != nil {
		return nil, fmt.Errorf("pca: %w: %w", errNotThisModel, err)
	}
	if f.Format != format || f.Version != version {
		return nil, fmt.Errorf("pca: %w: format %q, version %d", errNotThisModel, f.Format, f.Version)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, fmt.Errorf("pca: %w: something follows the model", errNotThisModel)
	}
	q, d := len(f.Components), len(f.Mean)
	if q == 0 || d == 0 || len(f.Variance) != q || len(f.VarianceRatio) != q {
		return nil, fmt.Errorf("pca: %w: %d components of %d columns, %d variances, %d ratios", errNotThisModel, q, d, len(f.Variance), len(f.VarianceRatio))
	}
	m := &Model{Mean: f.Mean, Components: mat.NewDense(q, d, nil), Variance: f.Variance, VarianceRatio: f.VarianceRatio}
	for c, row := range f.Components {
		if len(row) != d {
			return nil, fmt.Errorf("pca: %w: component %d has %d columns of %d", errNotThisModel, c, len(row), d)
		}
		m.Components.SetRow(c, row)
	}
	return m, nil
}
