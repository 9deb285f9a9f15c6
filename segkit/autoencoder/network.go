package autoencoder

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"

	"github.com/gomlx/compute"
	_ "github.com/gomlx/compute/gobackend" // the Go engine; backend_xla.go adds XLA
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// defaultBackend is GoMLX's pure Go engine, with one operation after the other: for a network as small as this one, handing
// operations to several threads costs more than it brings.
const defaultBackend = "go:ops_sequential"

// selu's constants (Klambauer et al., 2017), in full precision.
const (
	seluScale = 1.0507009873554804934193349852946
	seluAlpha = 1.6732632423543772848170429916717
)

func selu(x float64) float64 {
	if x > 0 {
		return seluScale * x
	}
	return seluScale * seluAlpha * math.Expm1(x)
}

// seluNode is selu in a graph. The exponential sees only the negative side, so that value and gradient stay finite for any
// finite x.
func seluNode(x *graph.Node) *graph.Node {
	positive := graph.MulScalar(graph.MaxScalar(x, 0.0), seluScale)
	negative := graph.MulScalar(graph.AddScalar(graph.Exp(graph.MinScalar(x, 0.0)), -1.0), seluScale*seluAlpha)
	return graph.Add(positive, negative)
}

// lecunNormal draws weights of a layer with in inputs: normal with variance 1/in, after cutting off what lies beyond two
// standard deviations (LeCun et al., 1998; the truncation and its correction are Keras's).
func lecunNormal(random *rand.Rand, weights []float32, in int) {
	// The standard deviation of a standard normal variable cut off at ±2.
	const truncated = 0.87962566103423978
	scale := math.Sqrt(1/float64(in)) / truncated
	for i := range weights {
		v := random.NormFloat64()
		for math.Abs(v) > 2 {
			v = random.NormFloat64()
		}
		weights[i] = float32(scale * v)
	}
}

// network computes the loss and its gradients with GoMLX.
type network struct {
	backend    compute.Backend
	step       *graph.Exec
	parameters [][]float32 // weights and biases of each layer in turn: the layers' own slices
	slopes     [][]float32 // the loss's derivative by each of parameters, after gradients
	shapes     [][]int
}

func newNetwork(layers []layer) (net *network, err error) {
	defer recoverTo(&err)
	net = &network{}
	for _, l := range layers {
		net.parameters = append(net.parameters, l.weights, l.biases)
		net.slopes = append(net.slopes, make([]float32, len(l.weights)), make([]float32, len(l.biases)))
		net.shapes = append(net.shapes, []int{l.in, l.out}, []int{1, l.out})
	}
	if os.Getenv(compute.ConfigEnvVar) != "" {
		net.backend, err = compute.New()
	} else {
		net.backend, err = compute.NewWithConfig(defaultBackend)
	}
	if err != nil {
		return nil, fmt.Errorf("backend (%s=%q; XLA needs a build with -tags xla): %w", compute.ConfigEnvVar, os.Getenv(compute.ConfigEnvVar), err)
	}
	net.step, err = graph.NewExec(net.backend, lossAndGradients)
	return net, err
}

// lossAndGradients takes a batch and the parameters, and returns the loss and its gradient by each parameter.
func lossAndGradients(inputs []*graph.Node) []*graph.Node {
	x, parameters := inputs[0], inputs[1:]
	y := x
	for i := 0; i < len(parameters); i += 2 {
		y = seluNode(graph.Add(graph.Dot(y, parameters[i]).Product(), parameters[i+1]))
	}
	loss := graph.ReduceAllMean(graph.Square(graph.Sub(y, x)))
	return append([]*graph.Node{loss}, graph.Gradient(loss, parameters...)...)
}

// gradients returns the loss on a batch of rows, and leaves its gradients in slopes.
func (net *network) gradients(batch []float32, rows, d int) (loss float64, err error) {
	defer recoverTo(&err)
	arguments := []any{tensors.FromFlatDataAndDimensions(batch, rows, d)}
	for i, p := range net.parameters {
		arguments = append(arguments, tensors.FromFlatDataAndDimensions(p, net.shapes[i]...))
	}
	results, err := net.step.Call(arguments...)
	if err != nil {
		return 0, err
	}
	loss = float64(tensors.ToScalar[float32](results[0]))
	for i, slope := range net.slopes {
		err := tensors.ConstFlatData(results[i+1], func(flat []float32) { copy(slope, flat) })
		if err != nil {
			return 0, err
		}
	}
	// Freed here and not by the garbage collector, which does not know how large they are on a device.
	for _, a := range arguments {
		err = errors.Join(err, a.(*tensors.Tensor).FinalizeAll())
	}
	for _, r := range results {
		err = errors.Join(err, r.FinalizeAll())
	}
	return loss, err
}

func (net *network) close() {
	net.step.Finalize()
	net.backend.Finalize()
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
