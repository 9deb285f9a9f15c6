// Package autoencoder trains a neural network that squeezes a row of numbers through a bottleneck of a few and rebuilds it
// from there (Hinton and Salakhutdinov, 2006). The few numbers are a code: a non-linear relative of the principal
// components.
//
// The network is the tutorial's: dense layers, the scaled exponential linear unit (selu; Klambauer, Unterthiner, Mayr and
// Hochreiter, 2017) after each of them, the last one included, weights drawn as "lecun_normal", biases zero. It is trained
// with Adam (Kingma and Ba, 2015) to make the mean squared error between input and output small, in float32, on batches of
// rows that are shuffled anew each epoch. These are the semantics of Keras.
//
// GoMLX computes the loss and its gradients. Its pure Go backend is the default; the environment variable GOMLX_BACKEND
// configures it, or chooses XLA in a program that was built with -tags xla (XLA needs a C compiler, and makes each notebook
// cell take seconds longer to build). No type of GoMLX leaves this package, and none of its panics.
//
// The same seed gives the same weights, byte for byte, on every run and any number of processors (with the Go backend).
package autoencoder

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Errors that Train returns, wrapped with the place and the numbers.
var (
	ErrConfig    = errors.New("bad configuration")
	ErrNoRows    = errors.New("no rows")
	ErrNotFinite = errors.New("not a finite number")
	ErrDiverged  = errors.New("training diverged")
)

// Config describes a network and its training. The zero value and nil are the tutorial's, with seed 0.
type Config struct {
	// Hidden are the sizes of the encoder's layers before the bottleneck, the input aside; default 17, 8, 4. The decoder has
	// layers of the bottleneck's size and of the Hidden ones but the first, in reverse, before its last of the input's size:
	// 17-17-8-4-2 and 2-2-4-8-17 in the tutorial.
	Hidden       []int
	Bottleneck   int         // numbers in the code; default 2
	Batch        int         // rows per step, the last batch of an epoch may have fewer; default 128
	Epochs       int         // passes over all rows; default 150
	LearningRate float64     // of Adam; default 0.001
	Seed         uint64      // of the first weights and of the shuffles
	OnEpoch      func(Epoch) `json:"-"` // called after each epoch
}

// Epoch is the state of the training after one pass over all rows.
type Epoch struct {
	Number, Total int     // Number counts from 1
	Loss          float64 // mean squared error over the epoch's rows, each measured as the weights were when its batch came
}

// Model is a trained network for rows of d columns with a code of q numbers.
type Model struct {
	Config  Config    // with its defaults filled in, without OnEpoch
	History []float64 // loss of each epoch

	encoder, decoder []layer
}

// layer is one dense layer with selu after it.
type layer struct {
	in, out int
	weights []float32 // in×out, row after row
	biases  []float32 // out
}

// defaults returns the configuration with zero fields filled in, or says what is wrong with it.
func (c *Config) defaults() (Config, error) {
	var f Config
	if c != nil {
		f = *c
	}
	if f.Hidden == nil {
		f.Hidden = []int{17, 8, 4}
	}
	f.Hidden = slices.Clone(f.Hidden)
	f.Bottleneck = cmp.Or(f.Bottleneck, 2)
	f.Batch = cmp.Or(f.Batch, 128)
	f.Epochs = cmp.Or(f.Epochs, 150)
	f.LearningRate = cmp.Or(f.LearningRate, 1e-3)
	for i, size := range f.Hidden {
		if size < 1 || size > maxSize {
			return f, fmt.Errorf("autoencoder: %w: Hidden[%d] is %d, legal are 1 to %d", ErrConfig, i, size, maxSize)
		}
	}
	for _, field := range []struct {
		name  string
		value int
		most  int
	}{{"Bottleneck", f.Bottleneck, maxSize}, {"Batch", f.Batch, math.MaxInt32}, {"Epochs", f.Epochs, math.MaxInt32}} {
		if field.value < 1 || field.value > field.most {
			return f, fmt.Errorf("autoencoder: %w: %s is %d, legal are 1 to %d, and 0 for the default", ErrConfig, field.name, field.value, field.most)
		}
	}
	if !(f.LearningRate > 0 && f.LearningRate < math.Inf(1)) {
		return f, fmt.Errorf("autoencoder: %w: LearningRate is %v, legal are positive numbers, and 0 for the default", ErrConfig, f.LearningRate)
	}
	return f, nil
}

// maxSize bounds a layer, so that a slip of the finger is an error and not a machine without memory.
const maxSize = 1 << 16

// newLayers returns the encoder and the decoder for rows of d columns, with all weights zero.
func newLayers(d int, c *Config) (encoder, decoder []layer) {
	sizes := slices.Concat([]int{d}, c.Hidden, []int{c.Bottleneck})
	for i, in := range sizes[:len(sizes)-1] {
		encoder = append(encoder, newLayer(in, sizes[i+1]))
	}
	back := []int{c.Bottleneck, c.Bottleneck}
	for _, size := range slices.Backward(c.Hidden[min(1, len(c.Hidden)):]) {
		back = append(back, size)
	}
	back = append(back, d)
	for i, in := range back[:len(back)-1] {
		decoder = append(decoder, newLayer(in, back[i+1]))
	}
	return encoder, decoder
}

func newLayer(in, out int) layer {
	return layer{in: in, out: out, weights: make([]float32, in*out), biases: make([]float32, out)}
}

// Streams of random numbers, so that another number of weights does not change the shuffles.
const (
	streamWeights = iota
	streamShuffles
)

// Train fits a network to the n rows of x, n×d, which should be scaled: selu's decoder cannot go below -1.76.
//
// A configuration with illegal values is an error that wraps ErrConfig, a value that is not finite one that wraps
// ErrNotFinite, a loss that stops being finite one that wraps ErrDiverged. When ctx is cancelled, training stops within one
// step and the error wraps ctx's.
//
// The cost is Epochs·n/Batch steps; memory is a float32 copy of x.
func Train(ctx context.Context, x mat.Matrix, c *Config) (*Model, error) {
	config, err := c.defaults()
	if err != nil {
		return nil, err
	}
	n, d := x.Dims()
	if n == 0 || d == 0 {
		return nil, fmt.Errorf("autoencoder: %w: x is %d×%d", ErrNoRows, n, d)
	}
	rows := make([]float32, 0, n*d)
	for i := range n {
		for j := range d {
			v := float32(x.At(i, j))
			if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
				return nil, fmt.Errorf("autoencoder: %w: row %d, column %d is %v", ErrNotFinite, i, j, x.At(i, j))
			}
			rows = append(rows, v)
		}
	}
	m := &Model{Config: config}
	m.Config.OnEpoch = nil
	m.encoder, m.decoder = newLayers(d, &config)
	random := rand.New(rand.NewPCG(config.Seed, streamWeights))
	for _, l := range m.layers() {
		lecunNormal(random, l.weights, l.in)
	}
	net, err := newNetwork(m.layers())
	if err != nil {
		return nil, fmt.Errorf("autoencoder: %w", err)
	}
	defer net.close()
	if err := m.train(ctx, net, rows, n, d, &config); err != nil {
		return nil, fmt.Errorf("autoencoder: %w", err)
	}
	return m, nil
}

func (m *Model) layers() []layer { return slices.Concat(m.encoder, m.decoder) }

// train runs all epochs.
func (m *Model) train(ctx context.Context, net *network, rows []float32, n, d int, c *Config) error {
	shuffle := rand.New(rand.NewPCG(c.Seed, streamShuffles))
	optimizer := newAdam(c.LearningRate, net.parameters)
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	batch := make([]float32, 0, min(c.Batch, n)*d)
	for epoch := range c.Epochs {
		shuffle.Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] })
		sum := 0.0
		for chosen := range slices.Chunk(order, c.Batch) {
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("training stopped in epoch %d of %d: %w", epoch+1, c.Epochs, err)
			}
			batch = batch[:0]
			for _, i := range chosen {
				batch = append(batch, rows[i*d:(i+1)*d]...)
			}
			loss, err := net.gradients(batch, len(chosen), d)
			if err != nil {
				return err
			}
			optimizer.step(net.parameters, net.slopes)
			sum += loss * float64(len(chosen))
		}
		loss := sum / float64(n)
		if math.IsNaN(loss) || math.IsInf(loss, 0) || !finite(net.parameters) {
			return fmt.Errorf("%w: in epoch %d of %d, with learning rate %v; its loss is %v", ErrDiverged, epoch+1, c.Epochs, c.LearningRate, loss)
		}
		m.History = append(m.History, loss)
		if c.OnEpoch != nil {
			c.OnEpoch(Epoch{Number: epoch + 1, Total: c.Epochs, Loss: loss})
		}
	}
	return nil
}

func finite(parameters [][]float32) bool {
	for _, p := range parameters {
		for _, v := range p {
			if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
				return false
			}
		}
	}
	return true
}

// Encode returns the codes of the rows of x, m×d, as m×q. It panics with mat.ErrShape if x has not the model's d columns.
func (m *Model) Encode(x mat.Matrix) *mat.Dense { return apply(m.encoder, x) }

// Decode returns the rows that the codes z, m×q, stand for, as m×d. It panics with mat.ErrShape if z has not q columns.
func (m *Model) Decode(z mat.Matrix) *mat.Dense { return apply(m.decoder, z) }

// Reconstruct encodes and decodes: what comes out of the network for x, m×d. It panics as Encode does.
func (m *Model) Reconstruct(x mat.Matrix) *mat.Dense { return m.Decode(m.Encode(x)) }

// apply runs rows through layers, one row at a time: with float32 weights, but sums in float64.
func apply(layers []layer, x mat.Matrix) *mat.Dense {
	n, d := x.Dims()
	if d != layers[0].in {
		panic(mat.ErrShape)
	}
	y := mat.NewDense(n, layers[len(layers)-1].out, nil)
	var in, out []float64
	for i := range n {
		in = mat.Row(slices.Grow(in[:0], d)[:d], i, x)
		for _, l := range layers {
			out = slices.Grow(out[:0], l.out)[:l.out]
			for j, b := range l.biases {
				out[j] = float64(b)
			}
			for p, v := range in {
				for j, w := range l.weights[p*l.out : (p+1)*l.out] {
					out[j] += v * float64(w)
				}
			}
			for j, v := range out {
				out[j] = selu(v)
			}
			in, out = out, in
		}
		y.SetRow(i, in)
	}
	return y
}
