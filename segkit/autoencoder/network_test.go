package autoencoder

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
)

func testBackend(t testing.TB) compute.Backend {
	t.Helper()
	backend, err := newBackend()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(backend.Finalize)
	return backend
}

// execute builds a graph of one kind of number and runs it once; inputs are rows×columns.
func execute[T float32 | float64](t *testing.T, build func(g *graph.Graph, dtype dtypes.DType) []*graph.Node, inputs ...[]T) [][]T {
	t.Helper()
	backend := testBackend(t)
	dtype := dtypes.FromGenericsType[T]()
	g := graph.NewGraph(backend, "test")
	if err := g.Compile(build(g, dtype)...); err != nil {
		t.Fatal(err)
	}
	_, wanted := g.Executable().Inputs()
	var buffers []compute.Buffer
	for i, values := range inputs {
		b, err := backend.BufferFromFlatData(0, values, wanted[i])
		if err != nil {
			t.Fatal(err)
		}
		buffers = append(buffers, b)
	}
	results, err := g.Executable().Execute(buffers, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	outputs := make([][]T, len(results))
	for i, r := range results {
		s, err := r.Shape()
		if err != nil {
			t.Fatal(err)
		}
		outputs[i] = make([]T, s.Size())
		if err := r.ToFlatData(outputs[i]); err != nil {
			t.Fatal(err)
		}
	}
	return outputs
}

// The gradient of the whole network against central differences of the loss, both in float64, for every activation, loss and
// a few shapes.
func TestGradientAgainstDifferences(t *testing.T) {
	type network struct {
		config Config
		d      int
	}
	var networks []network
	for _, a := range activationNames {
		networks = append(networks, network{Config{Hidden: []int{4, 3}, Activation: a}, 5})
	}
	networks = append(networks,
		network{Config{}, 17},
		network{Config{Hidden: []int{6}, Output: Linear, Loss: MeanAbsoluteError}, 4},
		network{Config{Hidden: []int{6}, Output: Linear, Loss: Huber}, 4},
		network{Config{Hidden: []int{}, Decoder: []int{}, Activation: Linear}, 3},
		network{Config{Hidden: []int{}, Decoder: []int{7, 5}, Activation: Tanh, Bottleneck: 1}, 1},
	)
	const rows = 7
	for _, n := range networks {
		c, err := n.config.defaults()
		if err != nil {
			t.Fatal(err)
		}
		m, parameters := newModel(n.d, &c)
		random := rand.New(rand.NewPCG(3, 0))
		for i := range parameters {
			parameters[i] = float32(0.5 * random.NormFloat64())
		}
		x := data(rows, n.d, 4)
		x.Scale(2, x) // differences on both sides of Huber's bend
		layers := m.layers()

		// What the graph is fed, in float64: x with its row of ones, then the weights of each layer and, from the second on,
		// the same transposed without the biases.
		input := make([]float64, (n.d+1)*rows)
		for i := range rows {
			for j := range n.d {
				input[j*rows+i] = x.At(i, j)
			}
			input[n.d*rows+i] = 1
		}
		inputs := [][]float64{input}
		weights := make([][]float64, len(layers))
		for i, l := range layers {
			weights[i] = make([]float64, len(l.weights))
			turned := make([]float64, l.in*l.out)
			for k, v := range l.weights {
				weights[i][k] = float64(v)
				if p := k % (l.in + 1); p < l.in {
					turned[p*l.out+k/(l.in+1)] = float64(v)
				}
			}
			inputs = append(inputs, weights[i])
			if i > 0 {
				inputs = append(inputs, turned)
			}
		}
		got := execute(t, func(g *graph.Graph, dtype dtypes.DType) []*graph.Node {
			return build(g, dtype, layers, c.Loss, rows)
		}, inputs...)

		loss := func() float64 {
			sum := 0.0
			for i := range rows {
				y := forward(layers, weights, x.RawRowView(i))
				for j, v := range y {
					sum += c.Loss.value(v - x.At(i, j))
				}
			}
			return sum
		}
		if want := loss(); math.Abs(got[0][0]-want) > 1e-9*want {
			t.Errorf("%+v: loss %v, by hand %v", n.config, got[0][0], want)
		}
		largest := 0.0
		for _, slopes := range got[1:] {
			for _, v := range slopes {
				largest = max(largest, math.Abs(v))
			}
		}
		if largest == 0 {
			t.Errorf("%+v: no slope", n.config)
		}
		for i, w := range weights {
			for k, v := range w {
				const h = 1e-5
				w[k] = v + h
				up := loss()
				w[k] = v - h
				down := loss()
				w[k] = v
				if slope, want := got[1+i][k], (up-down)/(2*h); math.Abs(slope-want) > 1e-6*largest {
					t.Errorf("%+v: layer %d, weight %d: slope %v, differences %v", n.config, i, k, slope, want)
				}
			}
		}
	}
}

// forward is the network written down plainly, with weights out×(in+1) of each layer in float64.
func forward(layers []layer, weights [][]float64, x []float64) []float64 {
	for i, l := range layers {
		y := make([]float64, l.out)
		for j := range y {
			row := weights[i][j*(l.in+1):][:l.in+1]
			sum := row[l.in]
			for p, v := range x {
				sum += row[p] * v
			}
			y[j] = l.activation.value(sum)
		}
		x = y
	}
	return x
}

// Three steps of training by Adam, of the network as a whole, against a reference that shares nothing with it but the
// first weights: slopes from differences in float64, and the paper's formulas.
func TestThreeSteps(t *testing.T) {
	const n, d = 9, 3
	x := data(n, d, 2)
	r, c, err := prepare(x, &Config{Hidden: []int{4}, Batch: 4, LearningRate: 0.01})
	if err != nil {
		t.Fatal(err)
	}
	m, parameters := newModel(d, &c)
	random := rand.New(rand.NewPCG(5, 0))
	reference := make([]float64, len(parameters))
	for i := range parameters {
		parameters[i] = float32(0.6 * random.NormFloat64())
		reference[i] = float64(parameters[i])
	}
	trainer, err := newTrainer(testBackend(t), m, r, parameters, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer trainer.close()
	layers := m.layers()
	mean, square := make([]float64, len(reference)), make([]float64, len(reference))
	for step, batch := range [][]int{{0, 3, 8, 2}, {1, 4, 5, 7}, {6}} {
		loss := func() float64 {
			var weights [][]float64
			rest := reference
			for _, l := range layers {
				weights, rest = append(weights, rest[:len(l.weights)]), rest[len(l.weights):]
			}
			sum := 0.0
			for _, i := range batch {
				var row []float64
				for _, v := range r.row(i) {
					row = append(row, float64(v))
				}
				for j, v := range forward(layers, weights, row) {
					sum += (v - row[j]) * (v - row[j])
				}
			}
			return sum / float64(len(batch)*d)
		}
		want := loss() * float64(len(batch)*d)
		slopes := make([]float64, len(reference))
		for i, v := range reference {
			const h = 1e-6
			reference[i] = v + h
			up := loss()
			reference[i] = v - h
			slopes[i] = (up - loss()) / (2 * h)
			reference[i] = v
		}
		for i, g := range slopes {
			mean[i] = 0.9*mean[i] + 0.1*g
			square[i] = 0.999*square[i] + 0.001*g*g
			s := float64(step + 1)
			// Keras adds its epsilon to the root of the square that is not corrected.
			reference[i] -= 0.01 * math.Sqrt(1-math.Pow(0.999, s)) / (1 - math.Pow(0.9, s)) * mean[i] / (math.Sqrt(square[i]) + 1e-7)
		}
		got, err := trainer.step(batch)
		if err != nil || math.Abs(got-want) > 1e-5*want {
			t.Errorf("step %d: loss %v, want %v, %v", step, got, want, err)
		}
		for i, v := range parameters {
			if math.Abs(float64(v)-reference[i]) > 1e-5 {
				t.Errorf("step %d: parameter %d is %v, want %v", step, i, v, reference[i])
			}
		}
	}
}

// A backend that does not read the host's memory is sent copies, and computes the same.
func TestCopiesForTheBackend(t *testing.T) {
	r, c, err := prepare(data(40, 5, 1), &Config{Hidden: []int{4}})
	if err != nil {
		t.Fatal(err)
	}
	m, parameters := newModel(5, &c)
	var slopes [2][]float32
	for copies := range slopes {
		net := newNetwork(testBackend(t), m.layers(), c.Loss)
		if !net.shared {
			t.Fatal("the Go backend reads the host's memory")
		}
		net.shared = copies == 0
		p, err := net.newPass(r, 3)
		if err != nil {
			t.Fatal(err)
		}
		for round := range 3 { // with other rows and weights each time
			for i := range parameters {
				parameters[i] = float32((i+round)%7)/7 - 0.4
			}
			if err := net.load(); err != nil {
				t.Fatal(err)
			}
			p.batch = []int{round, 5 + round, 39}
			if p.run(); p.err != nil {
				t.Fatal(p.err)
			}
			slopes[copies] = append(slopes[copies], p.slopes...)
		}
		net.close()
	}
	if !slices.Equal(slopes[0], slopes[1]) || slices.Equal(slopes[0][:len(parameters)], slopes[0][len(parameters):2*len(parameters)]) {
		t.Error("copies give other slopes")
	}
}

func TestUnknownNamesPanic(t *testing.T) {
	for about, f := range map[string]func(){
		"value":       func() { Activation("step").value(1) },
		"nodes":       func() { Activation("step").nodes(nil) },
		"loss":        func() { Loss("step").value(1) },
		"initializer": func() { Initializer("zeros").draw(nil, nil, 1, 1) },
	} {
		if p := panicOf(f); p == nil {
			t.Errorf("%s did not panic", about)
		}
	}
}

func panicOf(f func()) (p any) {
	defer func() { p = recover() }()
	f()
	return nil
}

// BenchmarkPass times the graph of half a batch, and says how many nodes it has.
func BenchmarkPass(b *testing.B) {
	for _, half := range []int{32, 64, 128} {
		b.Run(fmt.Sprint(half), func(b *testing.B) {
			r, c, err := prepare(data(1000, 17, 1), nil)
			if err != nil {
				b.Fatal(err)
			}
			m, _ := newModel(17, &c)
			net := newNetwork(testBackend(b), m.layers(), c.Loss)
			defer net.close()
			p, err := net.newPass(r, half)
			if err == nil {
				err = net.load()
			}
			if err != nil {
				b.Fatal(err)
			}
			for i := range half {
				p.batch = append(p.batch, i)
			}
			for b.Loop() {
				if p.run(); p.err != nil {
					b.Fatal(p.err)
				}
			}
			b.ReportMetric(float64(len(p.graph.Nodes())), "nodes")
		})
	}
}
