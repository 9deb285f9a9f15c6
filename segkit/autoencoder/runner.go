package autoencoder

import (
	"runtime"
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/mat"
)

// lanes is how many rows go through a network side by side: as many independent sums keep the processor busy.
const lanes = 8

// runner runs rows through layers.
type runner struct {
	layers  []layer
	weights [][]float64 // of each layer, out×(in+1): the weights of a unit, and then its bias
	values  [2][][lanes]float64
	single  [2][]float64
}

func newRunner(layers []layer) *runner {
	r := &runner{layers: layers}
	widest := layers[0].in
	for _, l := range layers {
		w := make([]float64, len(l.weights))
		for i, v := range l.weights {
			w[i] = float64(v)
		}
		r.weights = append(r.weights, w)
		widest = max(widest, l.out)
	}
	r.values = [2][][lanes]float64{make([][lanes]float64, widest), make([][lanes]float64, widest)}
	r.single = [2][]float64{make([]float64, widest), make([]float64, widest)}
	return r
}

// input is where the rows of the next run are set: number j of the row in a lane.
func (r *runner) input() [][lanes]float64 { return r.values[0][:r.layers[0].in] }

// all returns what the last layer makes of the first rows of the input; it is valid until the next run.
func (r *runner) all(rows int) [][lanes]float64 {
	in := r.input()
	for i, l := range r.layers {
		out := r.values[(i+1)%2][:l.out]
		for j := range out {
			w := r.weights[i][j*(l.in+1) : (j+1)*(l.in+1)]
			bias := w[l.in]
			sum := [lanes]float64{bias, bias, bias, bias, bias, bias, bias, bias}
			for p := range in {
				w, x := w[p], &in[p]
				sum[0] += w * x[0]
				sum[1] += w * x[1]
				sum[2] += w * x[2]
				sum[3] += w * x[3]
				sum[4] += w * x[4]
				sum[5] += w * x[5]
				sum[6] += w * x[6]
				sum[7] += w * x[7]
			}
			for lane, v := range sum[:rows] {
				sum[lane] = l.activation.value(v)
			}
			out[j] = sum
		}
		in = out
	}
	return in
}

// run returns what the last layer makes of one row, to the last bit what all makes of it; it is valid until the next run.
func (r *runner) run(in []float64) []float64 {
	for i, l := range r.layers {
		out := r.single[i%2][:l.out]
		for j := range out {
			w := r.weights[i][j*(l.in+1) : (j+1)*(l.in+1)]
			sum := w[l.in]
			for p, v := range in {
				sum += w[p] * v
			}
			out[j] = l.activation.value(sum)
		}
		in = out
	}
	return in
}

// through calls f for each row of x and what layers make of it, on all processors, the rows of a block in their order. What f
// gets is valid during the call.
func through(layers []layer, x mat.Matrix, f func(i int, row, out []float64)) {
	n, d := x.Dims()
	blocks(n, func() func(from, to int) {
		r := newRunner(layers)
		input, rows := r.input(), mat.NewDense(lanes, d, nil)
		out := make([]float64, layers[len(layers)-1].out)
		return func(from, to int) {
			for ; from < to; from += lanes {
				some := min(lanes, to-from)
				for lane := range some {
					for j, v := range mat.Row(rows.RawRowView(lane), from+lane, x) {
						input[j][lane] = v
					}
				}
				made := r.all(some)
				for lane := range some {
					for j := range made {
						out[j] = made[j][lane]
					}
					f(from+lane, rows.RawRowView(lane), out)
				}
			}
		}
	})
}

// block is how many rows a processor takes at a time; a multiple of lanes.
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
