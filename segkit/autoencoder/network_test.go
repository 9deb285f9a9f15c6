package autoencoder

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
)

// execute builds a graph of one kind of number and runs it once; inputs are rows×columns.
func execute[T float32 | float64](t *testing.T, build func(g *graph.Graph, dtype dtypes.DType) []*graph.Node, inputs ...[]T) [][]T {
	t.Helper()
	backend, err := compute.NewWithConfig(defaultBackend)
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Finalize()
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

// selu(1) is the scale itself; selu(-1) = 1.0507·1.67326·(1/e - 1) = -1.11133; far below it stays at -1.7581. gelu(1) is Φ(1),
// elu(-1) = 1/e - 1, sigmoid(ln 3) = 3/4, tanh(ln 2) = 3/5.
func TestActivationsByHand(t *testing.T) {
	for _, c := range []struct {
		a       Activation
		x, want float64
	}{
		{Selu, 0, 0}, {Selu, 1, 1.0507009873554805}, {Selu, -1, -1.1113307378125625}, {Selu, -1e4, -1.7580993408473766}, {Selu, 1e4, 10507.009873554805},
		{Relu, -3, 0}, {Relu, 3, 3}, {Elu, -1, 1/math.E - 1}, {Elu, 2, 2}, {Tanh, math.Ln2, 0.6}, {Sigmoid, math.Log(3), 0.75},
		{Gelu, 1, 0.8413447460685429}, {Gelu, -1, -0.15865525393145707}, {Gelu, -1e4, 0}, {Linear, -2.5, -2.5},
	} {
		if got := c.a.value(c.x); math.Abs(got-c.want) > 1e-12*max(1, math.Abs(c.want)) {
			t.Errorf("%s(%v) = %v, want %v", c.a, c.x, got, c.want)
		}
	}
}

// In the graph, values are those of the host, slopes those of differences, and both are finite for inputs up to ±1e4, where
// an exponential of the positive side would give NaN.
func TestActivationsInGraph(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 0))
	xs := []float64{1e4, -1e4, 1000, -1000, 100, -100, 88.8, -88.8, 1e-3, -1e-3, 1e-30, -1e-30}
	for range 200 {
		xs = append(xs, 4*random.NormFloat64())
	}
	narrow := make([]float32, len(xs))
	for i, x := range xs {
		narrow[i] = float32(x)
		xs[i] = float64(narrow[i])
	}
	for _, a := range activationNames {
		build := func(g *graph.Graph, dtype dtypes.DType) []*graph.Node {
			x := graph.Parameter(g, "x", shapes.Make(dtype, 1, len(xs)))
			value, slope := a.nodes(x)
			if slope == nil {
				return []*graph.Node{value, graph.OnesLike(x)}
			}
			return []*graph.Node{value, slope()}
		}
		got64, got32 := execute(t, build, xs), execute(t, build, narrow)
		for i, x := range xs {
			value := a.value(x)
			h := 1e-5 * max(1, math.Abs(x))
			if math.Abs(x) < h {
				h = math.Abs(x) / 4
			}
			slope := (a.value(x+h) - a.value(x-h)) / (2 * h)
			tiny := math.Abs(x) < 1e-20 // differences see nothing there: slopes of the two sides
			if tiny {
				side := math.Copysign(1e-4, x)
				slope = (a.value(side*1.001) - a.value(side)) / (side * 0.001)
			}
			for _, c := range []struct {
				about           string
				got, want, most float64
			}{
				{"value in float64", got64[0][i], value, 1e-12},
				{"value in float32", float64(got32[0][i]), value, 1e-6},
				{"slope in float64", got64[1][i], slope, map[bool]float64{false: 1e-6, true: 1e-3}[tiny]},
				{"slope in float32", float64(got32[1][i]), slope, map[bool]float64{false: 2e-6, true: 1e-3}[tiny]},
			} {
				if !(math.Abs(c.got-c.want) <= c.most*max(1, math.Abs(c.want))) {
					t.Errorf("%s(%v): %s is %v, want %v", a, x, c.about, c.got, c.want)
				}
			}
		}
	}
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
	trainer, err := newTrainer(m, r, parameters, 2)
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

// The optimizers on one parameter with slopes 1, -2, 0.5 and rate 0.1, worked by their papers' formulas.
func TestOptimizersByHand(t *testing.T) {
	slopes := []float64{1, -2, 0.5}
	for _, given := range []Config{{}, {Optimizer: AdamW}, {Optimizer: AdamW, WeightDecay: 0.3, Beta1: 0.5, Beta2: 0.8, Epsilon: 0.01}, {Optimizer: SGD}, {Optimizer: SGD, Momentum: 0.9}} {
		given.LearningRate = 0.1
		c, err := given.defaults()
		if err != nil {
			t.Fatal(err)
		}
		o := newOptimizer(&c, 1)
		p := []float32{1}
		want, m, v, velocity := 1.0, 0.0, 0.0, 0.0
		for step, g := range slopes {
			switch c.Optimizer {
			case SGD:
				velocity = c.Momentum*velocity - 0.1*g
				want += velocity
			default:
				want -= 0.1 * c.WeightDecay * want
				m, v = c.Beta1*m+(1-c.Beta1)*g, c.Beta2*v+(1-c.Beta2)*g*g
				s := float64(step + 1)
				want -= 0.1 * math.Sqrt(1-math.Pow(c.Beta2, s)) / (1 - math.Pow(c.Beta1, s)) * m / (math.Sqrt(v) + c.Epsilon)
			}
			o.step(p, []float32{float32(g)})
			if math.Abs(float64(p[0])-want) > 1e-6 {
				t.Errorf("%+v, step %d: %v, want %v", given, step+1, p[0], want)
			}
		}
	}
}

// The draws have the mean and the variance that the names promise, and none lies beyond the cut.
func TestInitializers(t *testing.T) {
	for _, z := range initializers {
		for _, size := range [][2]int{{2, 5}, {17, 8}, {300, 1}} {
			in, out := size[0], size[1]
			variance, normal := map[Initializer]float64{
				LecunNormal: 1 / float64(in), LecunUniform: 1 / float64(in), HeNormal: 2 / float64(in), HeUniform: 2 / float64(in),
				GlorotNormal: 2 / float64(in+out), GlorotUniform: 2 / float64(in+out),
			}[z], z == LecunNormal || z == HeNormal || z == GlorotNormal
			limit := math.Sqrt(3 * variance)
			if normal {
				limit = 2 * math.Sqrt(variance) / 0.8796256610342398
			}
			w := make([]float32, 200_000)
			z.draw(rand.New(rand.NewPCG(1, 0)), w, in, out)
			sum, squares, largest := 0.0, 0.0, 0.0
			for _, v := range w {
				sum += float64(v)
				squares += float64(v) * float64(v)
				largest = max(largest, math.Abs(float64(v)))
			}
			n := float64(len(w))
			if math.Abs(sum/n) > 4*math.Sqrt(variance/n) || math.Abs(squares/n/variance-1) > 0.01 || largest > limit*(1+1e-6) || largest < 0.99*limit {
				t.Errorf("%s, %d inputs, %d units: mean %v, variance %v of %v, largest %v of %v", z, in, out, sum/n, squares/n, variance, largest, limit)
			}
		}
	}
	// The standard deviation of a normal variable cut off at ±2 is sqrt(1 - 2·2·φ(2)/(Φ(2) - Φ(-2))).
	density := math.Exp(-2) / math.Sqrt(2*math.Pi)
	if want := math.Sqrt(1 - 4*density/(normal(2)-normal(-2))); math.Abs(want-cutOff) > 1e-12 {
		t.Errorf("cutOff is %v, want %v", cutOff, want)
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
		net, err := newNetwork(m.layers(), c.Loss)
		if err != nil {
			t.Fatal(err)
		}
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
			net, err := newNetwork(m.layers(), c.Loss)
			if err != nil {
				b.Fatal(err)
			}
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
