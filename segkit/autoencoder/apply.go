package autoencoder

import (
	"fmt"
	"iter"

	"gonum.org/v1/gonum/mat"
)

// Encode returns the codes of the rows of x, m×d, as m×q; of the empty matrix, the empty matrix. It panics with mat.ErrShape if
// x has not the model's d columns. A row that holds NaN has a code of NaN.
//
// Weights are float32, sums are float64. Rows are computed on all processors.
func (m *Model) Encode(x mat.Matrix) *mat.Dense { return apply(m.encoder, x) }

// Decode returns the rows that the codes z, m×q, stand for, as m×d. It panics with mat.ErrShape if z has not q columns.
func (m *Model) Decode(z mat.Matrix) *mat.Dense { return apply(m.decoder, z) }

// Reconstruct encodes and decodes: what comes out of the network for x, m×d. It panics as Encode does.
func (m *Model) Reconstruct(x mat.Matrix) *mat.Dense { return apply(m.layers(), x) }

// EncodeRows encodes rows of d numbers one by one, as they come, in memory that does not depend on how many they are. What it
// yields is valid until the next row. An error of rows is passed on, a row that has not d numbers is one that says so, with a
// code of nil, and the rows behind it come all the same.
func (m *Model) EncodeRows(rows iter.Seq2[[]float64, error]) iter.Seq2[[]float64, error] {
	return func(yield func([]float64, error) bool) {
		r := newRunner(m.encoder)
		i, d := 0, m.encoder[0].in
		for row, err := range rows {
			if err == nil && len(row) != d {
				err = fmt.Errorf("autoencoder: row %d has %d numbers, not %d", i, len(row), d)
			}
			var code []float64
			if err == nil {
				code = r.run(row)
			}
			if !yield(code, err) {
				return
			}
			i++
		}
	}
}

// SquaredErrors says how well a model rebuilds rows: the mean of the squared differences, whatever loss it was trained with.
type SquaredErrors struct {
	Rows    []float64 // n: of each row
	Columns []float64 // d: of each column; of a column scaled to standard deviation 1, the share of its variance that is lost
	Mean    float64   // of all
}

// ReconstructionErrors compares the rows of x, m×d, with what the network makes of them. It panics with mat.ErrShape if x has
// not the model's d columns, or no row.
func (m *Model) ReconstructionErrors(x mat.Matrix) *SquaredErrors {
	n, d := x.Dims()
	if n == 0 || d != m.encoder[0].in {
		panic(mat.ErrShape)
	}
	e := &SquaredErrors{Rows: make([]float64, n), Columns: make([]float64, d)}
	// One sum for each block of rows, added up in their order: the same on any number of processors.
	sums := make([][]float64, (n+block-1)/block)
	through(m.layers(), x, func(i int, row, rebuilt []float64) {
		if sums[i/block] == nil {
			sums[i/block] = make([]float64, d)
		}
		for j, v := range rebuilt {
			square := (v - row[j]) * (v - row[j])
			sums[i/block][j] += square
			e.Rows[i] += square / float64(d)
		}
	})
	for _, columns := range sums {
		for j, v := range columns {
			e.Columns[j] += v / float64(n)
		}
	}
	for _, v := range e.Columns {
		e.Mean += v / float64(d)
	}
	return e
}

func apply(layers []layer, x mat.Matrix) *mat.Dense {
	n, d := x.Dims()
	if n == 0 {
		return &mat.Dense{}
	}
	if d != layers[0].in {
		panic(mat.ErrShape)
	}
	y := mat.NewDense(n, layers[len(layers)-1].out, nil)
	through(layers, x, func(i int, _, out []float64) { copy(y.RawRowView(i), out) })
	return y
}
