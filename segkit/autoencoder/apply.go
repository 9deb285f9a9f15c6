package autoencoder

import (
	"fmt"
	"iter"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

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
	blocks(n, func() func(from, to int) {
		r := newRunner(m.layers())
		return func(from, to int) {
			columns := make([]float64, d)
			for i := from; i < to; i++ {
				for j, v := range r.runRow(x, i) {
					square := (v - r.row[j]) * (v - r.row[j])
					columns[j] += square
					e.Rows[i] += square / float64(d)
				}
			}
			sums[from/block] = columns
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

// value is the loss of one difference.
func (l Loss) value(difference float64) float64 {
	size := math.Abs(difference)
	switch l {
	case MeanSquaredError:
		return size * size
	case MeanAbsoluteError:
		return size
	case Huber:
		clipped := min(size, 1)
		return clipped * (size - clipped/2)
	}
	panic("autoencoder: no loss is called " + string(l))
}

// validate returns the mean loss of the rows held out.
func (t *trainer) validate() float64 {
	r := newRunner(t.model.layers())
	sum := 0.0
	for _, i := range t.held {
		row := r.row
		for j, v := range t.rows.row(i) {
			row[j] = float64(v)
		}
		for j, v := range r.run(row) {
			sum += t.model.Config.Loss.value(v - row[j])
		}
	}
	return sum / float64(len(t.held)*t.rows.d)
}

// runner runs rows through layers.
type runner struct {
	layers  []layer
	weights [][]float64 // in×out of each layer, with the biases as the last row
	row     []float64   // of the input
	values  [2][]float64
}

func newRunner(layers []layer) *runner {
	r := &runner{layers: layers, row: make([]float64, layers[0].in)}
	widest := 0
	for _, l := range layers {
		w := make([]float64, (l.in+1)*l.out)
		for j := range l.out {
			weights, bias := l.unit(j)
			for p, v := range weights {
				w[p*l.out+j] = float64(v)
			}
			w[l.in*l.out+j] = float64(bias)
		}
		r.weights = append(r.weights, w)
		widest = max(widest, l.out)
	}
	r.values = [2][]float64{make([]float64, widest), make([]float64, widest)}
	return r
}

// run returns what the last layer makes of a row; it is valid until the next run.
func (r *runner) run(in []float64) []float64 {
	for i, l := range r.layers {
		w, out := r.weights[i], r.values[i%2][:l.out]
		copy(out, w[l.in*l.out:])
		for p, v := range in {
			for j, w := range w[p*l.out : (p+1)*l.out][:len(out)] {
				out[j] += v * w
			}
		}
		for j, v := range out {
			out[j] = l.activation.value(v)
		}
		in = out
	}
	return in
}

// runRow is run for a row of a matrix, which it leaves in r.row.
func (r *runner) runRow(x mat.Matrix, i int) []float64 {
	return r.run(mat.Row(r.row, i, x))
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
	blocks(n, func() func(from, to int) {
		r := newRunner(layers)
		return func(from, to int) {
			for i := from; i < to; i++ {
				copy(y.RawRowView(i), r.runRow(x, i))
			}
		}
	})
	return y
}

// block is how many rows a processor takes at a time.
const block = 512

// blocks calls what begin returns for n rows, a block at a time, on all processors; begin is called once on each of them.
func blocks(n int, begin func() func(from, to int)) {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), (n+block-1)/block) {
		workers.Go(func() {
			f := begin()
			for {
				from := (int(next.Add(1)) - 1) * block
				if from >= n {
					return
				}
				f(from, min(from+block, n))
			}
		})
	}
	workers.Wait()
}
