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
	"example.com/marketing/segkit/internal/source"
)

// Errors about the data, and about the file that Read was given.
var (
	ErrNotFinite  = distance.ErrNotFinite
	ErrTooFewRows = errors.New("too few rows")
	ErrFile       = errors.New("not a segkit/pca model of version 1")
)

// Model is a fitted projection from d columns to q components.
type Model struct {
	Mean          []float64  // d, of the columns
	Components    *mat.Dense // q×d, each row of length 1, by descending variance
	Variance      []float64  // q, of the data along each component, with divisor n-1
	VarianceRatio []float64  // q, the share of the columns' total variance; 0 where the total is 0
}

// Fit computes the first q principal components of x, n×d. A value that is not finite, or beyond 1e140, is an error that
// wraps ErrNotFinite, fewer than two rows one that wraps ErrTooFewRows. It panics unless 1 <= q <= d.
//
// Where there are at least as many rows as columns, the components are computed from the covariance matrix, at a cost of
// O(n·d² + d³) and in memory of O(d²). The variances are right to about 1e-15 of the largest one, so this will do while
// those that are asked for are above 1e-7 of it. Where they are not, and where there are fewer rows than columns, the
// components come from the singular value decomposition of the centred rows. That keeps twice as many digits: it is wrong by
// about 1e-15 of the largest standard deviation, so that a variance of 1e-16 of the largest one is still right to 1e-7, and
// components beyond the rank of the data have less than 1e-28 of it. The cost is then O(n·d²) all the same, though three
// to six times as much, in memory of O(d²), or, with fewer rows than columns, O(n²·d) in O(n·d); with more components than rows,
// O(d³) in O(d²).
func Fit(x mat.Matrix, q int) (*Model, error) {
	if n, d := x.Dims(); q < 1 || q > d && n > 0 {
		panic(fmt.Sprintf("pca: %d components of %d columns", q, d))
	}
	m, err := fit(x, q, func(variances []float64, _ float64) (int, float64) { return q, variances[q-1] })
	if err != nil {
		return nil, fmt.Errorf("pca: %w", err)
	}
	return m, nil
}

// FitShare computes the fewest principal components of x, n×d, that explain at least the given share of its variance; for a
// share of 1 those are all that have a variance beyond rounding. Where there is no variance, that is one. Errors, cost and
// accuracy are Fit's; it panics unless 0 < share <= 1.
func FitShare(x mat.Matrix, share float64) (*Model, error) {
	if !(share > 0 && share <= 1) {
		panic(fmt.Sprintf("pca: a share of %v", share))
	}
	m, err := fit(x, min(x.Dims()), func(variances []float64, noise float64) (q int, least float64) {
		spare := 0.0 // what may be left out; 1 less the sum of what is kept would not tell
		for _, v := range variances {
			spare += v * (1 - share) * (1 + 1e-9)
		}
		q = len(variances)
		for rest := variances[q-1]; q > 1 && (rest <= spare || variances[q-1] <= noise); rest += variances[q-1] {
			q--
		}
		if least = variances[q-1]; q < len(variances) {
			least = min(least, spare)
		}
		return q, least
	})
	if err != nil {
		return nil, fmt.Errorf("pca: %w", err)
	}
	return m, nil
}

// fit computes as many components as choose says, most at the most. Choose is told the variances, descending, and what
// rounding can make of one that is 0; it also says the least variance that its choice went by.
func fit(x mat.Matrix, most int, choose func(variances []float64, noise float64) (q int, least float64)) (*Model, error) {
	rows, err := distance.Of(x)
	if err != nil {
		return nil, err
	}
	n, d := rows.N, rows.D
	if n < 2 {
		return nil, fmt.Errorf("%w: %d, at least 2 are needed", ErrTooFewRows, n)
	}
	m := &Model{Mean: make([]float64, d)}
	// Of the differences from the first row, so that the mean of equal numbers is that number.
	for i := range n {
		distance.AddRow(m.Mean, rows.Row(i), rows.Row(0), 1)
	}
	for j, first := range rows.Row(0) {
		m.Mean[j] = first + m.Mean[j]/float64(n)
	}
	var variances []float64 // descending
	var vectors mat.Dense   // in columns
	q, sharp := 0, false
	if n >= d {
		if variances, err = diagonalize(&vectors, covariance(rows, m.Mean)); err != nil {
			return nil, err
		}
		var least float64
		q, least = choose(variances, 0)
		sharp = least >= 1e-7*variances[0]
	}
	if !sharp {
		var of *mat.Dense
		if n < d {
			of = centred(x, m.Mean)
		} else {
			of = triangle(rows, m.Mean)
		}
		vectors.Reset()
		if variances, err = decompose(&vectors, of, n, most); err != nil {
			return nil, err
		}
		const epsilon = 0x1p-52
		noise := math.Pow(epsilon*float64(max(n, d)), 2) * variances[0]
		for _, v := range m.Mean {
			noise += math.Pow(epsilon*v, 2) // the data's own
		}
		q, _ = choose(variances, noise)
	}
	m.Components = mat.NewDense(q, d, nil)
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

// triangle returns a d×d matrix that has the singular values and right singular vectors of the centred rows: the triangle of
// their QR decomposition, a block of rows at a time, so that no copy of the whole is needed.
func triangle(x distance.Rows, mean []float64) *mat.Dense {
	n, d := x.N, x.D
	block := max(256, 2*d)
	r, stack := mat.NewDense(d, d, nil), mat.NewDense(d+min(block, n), d, nil)
	for from := 0; from < n; from += block {
		rows := min(block, n-from)
		stack.Copy(r)
		for i := range rows {
			row := stack.RawRowView(d + i)
			for j, v := range x.Row(from + i) {
				row[j] = v - mean[j]
			}
		}
		var qr mat.QR
		var whole mat.Dense // the triangle, and zeros below
		qr.Factorize(stack.Slice(0, d+rows, 0, d))
		qr.RTo(&whole)
		r.Copy(&whole)
	}
	return r
}

// decompose puts the right singular vectors of rows, which stand for n centred ones, into the columns of vectors, and returns
// the variances along them, descending. There are as many as rows or columns, whichever is less; or d where most is more.
func decompose(vectors, rows *mat.Dense, n, most int) ([]float64, error) {
	kind := mat.SVDThinU
	r, d := rows.Dims()
	if most > r {
		kind = mat.SVDFullU
	}
	var svd mat.SVD
	if !svd.Factorize(rows.T(), kind) {
		return nil, errors.New("the singular values did not converge")
	}
	svd.UTo(vectors)
	values := svd.Values(nil)
	for c, v := range values {
		values[c] = v * v / float64(n-1)
	}
	if most > r {
		values = append(values, make([]float64, d-r)...)
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

// Transform returns the scores of x, m×d, on the components, m×q. A row with a NaN in it has NaN for all of its scores. It
// panics with mat.ErrShape if x has not d columns.
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

// file is the model's JSON. Numbers are pointers, since null is not 0.
type file struct {
	Format        string       `json:"format"`
	Version       int          `json:"version"`
	Mean          []*float64   `json:"mean"`
	Components    [][]*float64 `json:"components"`
	Variance      []*float64   `json:"variance"`
	VarianceRatio []*float64   `json:"variance_ratio"`
}

// WriteTo writes the model as JSON, from which Read restores it to the last bit.
func (m *Model) WriteTo(w io.Writer) (int64, error) {
	f := file{Format: format, Version: version, Mean: pointers(m.Mean), Variance: pointers(m.Variance), VarianceRatio: pointers(m.VarianceRatio)}
	for c := range m.Variance {
		f.Components = append(f.Components, pointers(m.Components.RawRowView(c)))
	}
	b, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return 0, fmt.Errorf("pca: %w", err)
	}
	n, err := w.Write(append(b, '\n'))
	if err != nil {
		return int64(n), fmt.Errorf("pca: %w", err)
	}
	return int64(n), nil
}

func pointers(values []float64) []*float64 {
	p := make([]*float64, len(values))
	for i := range values {
		p[i] = &values[i]
	}
	return p
}

// Read reads a model that WriteTo wrote. Anything else is an error that wraps ErrFile: other files, other versions, and
// models whose parts are missing, do not fit together or cannot be. An error of r is wrapped without it.
func Read(r io.Reader) (*Model, error) {
	m, err := source.Read(r, ErrFile, read)
	if err != nil {
		return nil, fmt.Errorf("pca: %w", err)
	}
	return m, nil
}

func read(r io.Reader) (*Model, error) {
	var f file
	decoder := json.NewDecoder(r)
	if err := decoder.Decode(&f); err != nil {
		return nil, err
	}
	if f.Format != format || f.Version != version {
		return nil, fmt.Errorf("format %q, version %d", f.Format, f.Version)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("something follows the model")
	}
	q, d := len(f.Components), len(f.Mean)
	if q == 0 || d == 0 || len(f.Variance) != q || len(f.VarianceRatio) != q {
		return nil, fmt.Errorf("%d components of %d columns, %d variances, %d ratios", q, d, len(f.Variance), len(f.VarianceRatio))
	}
	m := &Model{Components: mat.NewDense(q, d, nil)}
	var err error
	if m.Mean, err = numbers(f.Mean, "the mean of column %d", -distance.Largest, distance.Largest); err != nil {
		return nil, err
	}
	if m.Variance, err = numbers(f.Variance, "the variance of component %d", 0, math.MaxFloat64); err != nil {
		return nil, err
	}
	if m.VarianceRatio, err = numbers(f.VarianceRatio, "the share of component %d", 0, 1); err != nil {
		return nil, err
	}
	for c, row := range f.Components {
		if len(row) != d {
			return nil, fmt.Errorf("component %d has %d columns of %d", c, len(row), d)
		}
		component, err := numbers(row, fmt.Sprintf("component %d, column %%d", c), -1-1e-9, 1+1e-9)
		if err != nil {
			return nil, err
		}
		m.Components.SetRow(c, component)
	}
	return m, nil
}

// numbers returns what the pointers point to: numbers from low to high. What says where they stand, by their index.
func numbers(pointers []*float64, what string, low, high float64) ([]float64, error) {
	values := make([]float64, len(pointers))
	for i, v := range pointers {
		if v == nil {
			return nil, fmt.Errorf(what+" is null", i)
		}
		if !(*v >= low && *v <= high) {
			return nil, fmt.Errorf(what+" is %v", i, *v)
		}
		values[i] = *v
	}
	return values, nil
}
