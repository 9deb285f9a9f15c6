// Package pca projects data on their principal components: the orthogonal directions in which they vary most (Pearson,
// 1901; Hotelling, 1933).
//
// The components are the eigenvectors of the sample covariance matrix. An eigenvector's sign is arbitrary; here the entry
// with the largest absolute value is positive, so that pictures and texts stay true on every machine.
package pca

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Errors about the data.
var (
	ErrNotFinite    = errors.New("not a number that can be squared")
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

// largest is the largest absolute value whose square, summed over rows and columns, is still a number.
const largest = 1e140

// Fit computes the first q principal components of x, n×d. A value that is not finite is an error that wraps ErrNotFinite,
// fewer than two rows one that wraps ErrTooFewRows. It panics unless 1 <= q <= d; components beyond the rank of the data
// have variance 0. The cost is O(n·d² + d³), the memory beyond x O(n·d + d²).
func Fit(x mat.Matrix, q int) (*Model, error) {
	n, d := x.Dims()
	if n < 2 {
		return nil, fmt.Errorf("pca: %w: %d, at least 2 are needed", ErrTooFewRows, n)
	}
	if q < 1 || q > d {
		panic(fmt.Sprintf("pca: %d components of %d columns", q, d))
	}
	centred := mat.DenseCopyOf(x)
	m := &Model{Mean: make([]float64, d), Components: mat.NewDense(q, d, nil)}
	for i := range n {
		for j, v := range centred.RawRowView(i) {
			if !(math.Abs(v) <= largest) {
				return nil, fmt.Errorf("pca: %w: row %d, column %d is %v", ErrNotFinite, i, j, v)
			}
			// Of the distances from the first row, so that the mean of equal numbers is that number.
			m.Mean[j] += (v - x.At(0, j)) / float64(n)
		}
	}
	for j := range d {
		m.Mean[j] += x.At(0, j)
	}
	for i := range n {
		row := centred.RawRowView(i)
		for j := range row {
			row[j] -= m.Mean[j]
		}
	}
	var covariance mat.SymDense
	covariance.SymOuterK(1/float64(n-1), centred.T())
	var eigen mat.EigenSym
	if !eigen.Factorize(&covariance, true) {
		return nil, errors.New("pca: the eigenvalues of the covariance matrix did not converge")
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	values := eigen.Values(nil) // ascending
	total := mat.Trace(&covariance)
	for c := range q {
		from := d - 1 - c
		// Rounding can leave a tiny negative number where the variance is 0.
		variance := max(values[from], 0)
		m.Variance = append(m.Variance, variance)
		ratio := 0.0
		if total > 0 {
			ratio = variance / total
		}
		m.VarianceRatio = append(m.VarianceRatio, ratio)
		component := m.Components.RawRowView(c)
		mat.Col(component, from, &vectors)
		fixSign(component)
	}
	return m, nil
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
	if _, d := x.Dims(); d != len(m.Mean) {
		panic(mat.ErrShape)
	}
	centred := mat.DenseCopyOf(x)
	n, _ := centred.Dims()
	for i := range n {
		row := centred.RawRowView(i)
		for j := range row {
			row[j] -= m.Mean[j]
		}
	}
	var z mat.Dense
	z.Mul(centred, m.Components.T())
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
