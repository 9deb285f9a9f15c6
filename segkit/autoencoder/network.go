package autoencoder

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	_ "github.com/gomlx/compute/gobackend" // the Go engine; backend_xla.go adds XLA
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
)

// defaultBackend is GoMLX's pure Go engine, with one operation after the other: for a network as small as this one, handing
// operations to several threads costs more than it brings.
const defaultBackend = "go:ops_sequential"

// network computes the loss and its gradients with GoMLX.
type network struct {
	backend compute.Backend
	shared  bool // whether the backend reads the host's memory
	layers  []layer
	loss    Loss
	weights []*input // each layer's
	turned  []*input // the same transposed, without the biases; none of the first layer
	passes  []*pass
}

func newNetwork(backend compute.Backend, layers []layer, loss Loss) *network {
	net := &network{layers: layers, loss: loss, backend: backend, shared: backend.HasSharedBuffers()}
	for i, l := range layers {
		net.weights = append(net.weights, &input{net: net, shape: shapes.Make(dtypes.Float32, l.out, l.in+1)})
		if i > 0 {
			net.turned = append(net.turned, &input{net: net, shape: shapes.Make(dtypes.Float32, l.in, l.out)})
		}
	}
	return net
}

// newBackend returns the backend that the environment names, or the default one.
func newBackend() (compute.Backend, error) {
	backend, err := func() (backend compute.Backend, err error) {
		defer recoverTo(&err)
		if os.Getenv(compute.ConfigEnvVar) != "" {
			return compute.New()
		}
		return compute.NewWithConfig(defaultBackend)
	}()
	if err != nil {
		return nil, fmt.Errorf("backend (%s=%q; XLA needs a build with -tags xla): %w", compute.ConfigEnvVar, os.Getenv(compute.ConfigEnvVar), err)
	}
	return backend, nil
}

// build adds to a graph the loss of a batch of rows, summed over rows and columns, and its gradients by the weights of each
// layer, in the shape that the layers have them in.
//
// Everything lies with one column for each row of the batch, d×rows, so that none of the three products of a layer needs a
// transposed copy: W·x, dz·xᵀ (whose second factor the engine reads along its rows, as it lies) and Wᵀ·dz, for which the
// host passes Wᵀ. A row of ones under each layer's input makes the bias one more weight, and its gradient part of the same
// product: adding a bias by itself is one of the engine's slowest operations. Writing the gradients down, three lines a
// layer, is what makes this possible; graph.Gradient would transpose.
func build(g *graph.Graph, dtype dtypes.DType, layers []layer, loss Loss, rows int) []*graph.Node {
	parameter := func(name string, dimensions ...int) *graph.Node {
		return graph.Parameter(g, name, shapes.Make(dtype, dimensions...))
	}
	d := layers[0].in
	input := parameter("x", d+1, rows)
	ones := graph.Ones(g, shapes.Make(dtype, 1, rows))

	inputs, slopes, turned := make([]*graph.Node, len(layers)), make([]func() *graph.Node, len(layers)), make([]*graph.Node, len(layers))
	x := input
	var y *graph.Node
	for i, l := range layers {
		weights := parameter(fmt.Sprint("weights", i), l.out, l.in+1)
		if i > 0 {
			turned[i] = parameter(fmt.Sprint("turned", i), l.in, l.out)
			x = graph.Concatenate([]*graph.Node{y, ones}, 0)
		}
		inputs[i] = x
		y, slopes[i] = l.activation.nodes(graph.Dot(weights, x).Product()) // out×rows
	}

	value, dy := loss.nodes(graph.Sub(y, graph.Slice(input, graph.AxisRange(0, d))))
	gradients := make([]*graph.Node, len(layers))
	for i := len(layers) - 1; i >= 0; i-- {
		dz := dy
		if slopes[i] != nil {
			dz = graph.Mul(dy, slopes[i]())
		}
		gradients[i] = graph.DotGeneral(dz, []int{1}, nil, inputs[i], []int{1}, nil) // out×(in+1)
		if i > 0 {
			dy = graph.Dot(turned[i], dz).Product() // in×rows
		}
	}
	return append([]*graph.Node{value}, gradients...)
}

// load hands the weights as they are now to the backend, for the passes to come.
func (net *network) load() (err error) {
	defer recoverTo(&err)
	for i, l := range net.layers {
		err := net.weights[i].send(func(flat []float32) { copy(flat, l.weights) })
		if err != nil {
			return err
		}
		if i == 0 {
			continue
		}
		err = net.turned[i-1].send(func(flat []float32) {
			for j := range l.out {
				weights, _ := l.unit(j)
				for p, w := range weights {
					flat[p*l.out+j] = w
				}
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// input is one tensor that goes from the host to the backend again and again.
type input struct {
	net    *network
	shape  shapes.Shape
	flat   []float32
	buffer compute.Buffer
}

// send has fill write the numbers, where the last ones still stand, and makes the buffer hold them.
func (in *input) send(fill func(flat []float32)) error {
	if in.net.shared {
		if in.buffer == nil {
			buffer, flat, err := in.net.backend.NewSharedBuffer(0, in.shape)
			if err != nil {
				return err
			}
			in.buffer, in.flat = buffer, flat.([]float32)
		}
		fill(in.flat)
		return nil
	}
	if in.flat == nil {
		in.flat = make([]float32, in.shape.Size())
	}
	fill(in.flat)
	if err := in.free(); err != nil {
		return err
	}
	var err error
	in.buffer, err = in.net.backend.BufferFromFlatData(0, in.flat, in.shape)
	return err
}

// close frees what the backend holds for the network, which may be on a device that the garbage collector does not know.
func (net *network) close() {
	for _, in := range slices.Concat(net.weights, net.turned) {
		in.free()
	}
	for _, p := range net.passes {
		p.x.free()
		p.graph.Finalize()
	}
}

func (in *input) free() error {
	if in.buffer == nil {
		return nil
	}
	err := in.buffer.Finalize()
	in.buffer = nil
	return err
}

// pass computes the loss and its gradients for a batch of so many rows.
type pass struct {
	net    *network
	graph  *graph.Graph
	data   *rows
	rows   int
	x      *input // (d+1)×rows: one column for each row of the batch, a one at its end
	inputs []compute.Buffer

	batch []int // the rows of data to compute for

	// What run leaves.
	loss   float64   // summed over rows and columns
	slopes []float32 // of that sum by the weights, layer after layer
	err    error
}

func (net *network) newPass(data *rows, rows int) (p *pass, err error) {
	defer recoverTo(&err)
	p = &pass{net: net, data: data, rows: rows, graph: graph.NewGraph(net.backend, "autoencoder")}
	p.x = &input{net: net, shape: shapes.Make(dtypes.Float32, data.d+1, rows)}
	total := 0
	for _, l := range net.layers {
		total += len(l.weights)
	}
	p.slopes = make([]float32, total)
	net.passes = append(net.passes, p)
	return p, p.graph.Compile(build(p.graph, dtypes.Float32, net.layers, net.loss, rows)...)
}

// run computes, with the weights that the network loaded last. Passes of one network may run side by side.
func (p *pass) run() { p.err = p.compute() }

func (p *pass) compute() (err error) {
	defer recoverTo(&err)
	err = p.x.send(func(flat []float32) {
		for i, row := range p.batch {
			for j, v := range p.data.row(row) {
				flat[j*p.rows+i] = v
			}
			flat[p.data.d*p.rows+i] = 1
		}
	})
	if err != nil {
		return err
	}
	p.inputs = append(p.inputs[:0], p.x.buffer) // in the order of build's parameters
	for i, in := range p.net.weights {
		p.inputs = append(p.inputs, in.buffer)
		if i > 0 {
			p.inputs = append(p.inputs, p.net.turned[i-1].buffer)
		}
	}
	results, err := p.graph.Executable().Execute(p.inputs, nil, 0)
	if err != nil {
		return err
	}
	var loss [1]float32
	rest := p.slopes
	for i, r := range results {
		into := loss[:]
		if i > 0 {
			into = rest[:len(p.net.layers[i-1].weights)]
			rest = rest[len(into):]
		}
		err = errors.Join(err, r.ToFlatData(into), r.Finalize())
	}
	p.loss = float64(loss[0])
	return err
}

// recoverTo turns a panic of GoMLX, its way to report errors while a graph is built, into an error.
func recoverTo(err *error) {
	switch p := recover().(type) {
	case nil:
	case error:
		*err = errors.Join(*err, p)
	default:
		*err = errors.Join(*err, fmt.Errorf("%v", p))
	}
}
