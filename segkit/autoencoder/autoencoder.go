// Package autoencoder trains a neural network that squeezes a row of numbers through a bottleneck of a few and rebuilds it
// from there (Hinton and Salakhutdinov, 2006). The few numbers are a code: a non-linear relative of the principal
// components.
//
// The zero Config is the tutorial's network and training, with Keras's semantics: dense layers of 17, 8, 4, 2 and 2, 4, 8,
// 17 units; the scaled exponential linear unit (selu; Klambauer, Unterthiner, Mayr and Hochreiter, 2017) after each of them,
// the last one included; weights drawn as "lecun_normal", biases zero; Adam (Kingma and Ba, 2015) on the mean squared error,
// in float32, with batches of 128 rows that are shuffled anew in each of 150 epochs. To try something else, name it:
//
//	&autoencoder.Config{Hidden: []int{64, 16}, Bottleneck: 3, Activation: autoencoder.Relu, Initializer: autoencoder.HeNormal}
//	&autoencoder.Config{Output: autoencoder.Linear, Validation: 0.2, Patience: 10}
//
// GoMLX computes the loss and its gradients. Its pure Go backend is the default; the environment variable GOMLX_BACKEND
// configures it, or chooses XLA in a program that was built with -tags xla (XLA needs a C compiler, and makes each notebook
// cell take seconds longer to build). No type of GoMLX leaves this package, and what it panics with while a graph is built or
// run comes back as an error.
//
// The same seed gives the same weights, byte for byte, on every run and any number of processors, with the Go backend and the
// same GOARCH and GOAMD64: Go computes a·b + c with one rounding where these let it.
//
// Under the race detector, GoMLX's matrix product needs -gcflags=github.com/gomlx/compute/...=-d=checkptr=0.
package autoencoder

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gomlx/compute"
	"gonum.org/v1/gonum/mat"
)

// Errors that Train returns, wrapped with the place and the numbers.
var (
	ErrConfig    = errors.New("bad configuration")
	ErrNoRows    = errors.New("no rows")
	ErrNotFinite = errors.New("not a finite number")
	ErrDiverged  = errors.New("training diverged")
)

// Model is a trained network for rows of d columns with a code of q numbers.
type Model struct {
	Config            Config    // with its defaults filled in, without OnEpoch
	History           []float64 // training loss of each epoch, measured batch by batch as the weights were then
	ValidationHistory []float64 // loss of the validation rows after each epoch; nil without them

	// Best is the epoch, counted from 1, after which the weights were as they are here: the last one that was completed, or with
	// early stopping the one with the smallest validation loss; 0 where none was completed, and they are as they were drawn.
	Best int

	// Stopped says why the training ended before Config.Epochs; it is empty where it did not.
	Stopped string

	// Scaler says what the rows were scaled by before they came to Train. The network does not apply it: it is here for the
	// caller to set, so that Save keeps it and Load gives it back beside the weights.
	Scaler *Scaler

	encoder, decoder []layer
}

// Scaler has the fields of dataset.Scaler, so that one converts to the other.
type Scaler struct {
	Names []string
	Mean  []float64
	Scale []float64
}

// layer is one dense layer.
type layer struct {
	in, out    int
	activation Activation
	weights    []float32 // out×(in+1), row after row: the weights of a unit, and then its bias
}

func (l layer) unit(j int) (weights []float32, bias float32) {
	row := l.weights[j*(l.in+1) : (j+1)*(l.in+1)]
	return row[:l.in], row[l.in]
}

func (m *Model) layers() []layer { return slices.Concat(m.encoder, m.decoder) }

// Dims returns the number of columns of the rows that the model encodes, and of numbers in a code.
func (m *Model) Dims() (columns, code int) {
	return m.encoder[0].in, m.decoder[0].in
}

// newModel returns the network of a configuration, defaults filled in, for rows of d columns. All its weights are zero, and
// lie in parameters, layer after layer.
func newModel(d int, c *Config) (m *Model, parameters []float32) {
	m = &Model{Config: *c}
	m.Config.Hidden, m.Config.Decoder, m.Config.Activations = slices.Clone(c.Hidden), slices.Clone(c.Decoder), slices.Clone(c.Activations)
	m.Config.OnEpoch = nil
	sizes, activations := c.sizes(d), c.activations()
	parameters = make([]float32, c.weights(d))
	rest := parameters
	for i, in := range sizes[:len(sizes)-1] {
		l := layer{in: in, out: sizes[i+1], activation: activations[i]}
		l.weights, rest = rest[:l.out*(l.in+1)], rest[l.out*(l.in+1):]
		if i <= len(c.Hidden) {
			m.encoder = append(m.encoder, l)
		} else {
			m.decoder = append(m.decoder, l)
		}
	}
	return m, parameters
}

// Streams of random numbers, so that a change to what one is for does not change the others.
const (
	streamWeights = iota
	streamShuffles
	streamValidation
)

// Train fits a network to the n rows of x, n×d, which should be scaled: a last layer of selu cannot go below -1.76.
//
// A configuration with illegal values is an error that wraps ErrConfig, a value that is not finite in float32 one that wraps
// ErrNotFinite. Where the loss or a weight stops being finite, or an epoch's loss is more than 1,000 times that of the first
// batch and that of answering zero to every row, the error wraps ErrDiverged, and there is no model.
//
// When ctx is cancelled, training stops within one step: the error wraps ctx's and its cause, and the model is the one so far,
// as it was after the last completed epoch, with Stopped set.
//
// The cost is Epochs·n/Batch steps, each on two processors, which are kept busy throughout; memory is 4d+8 bytes for each row
// and what a batch needs.
func Train(ctx context.Context, x mat.Matrix, c *Config) (*Model, error) {
	rows, config, err := prepare(x, c)
	if err != nil {
		return nil, err
	}
	backend, err := newBackend()
	if err != nil {
		return nil, fmt.Errorf("autoencoder: %w", err)
	}
	defer backend.Finalize()
	m, err := rows.train(ctx, backend, config, min(2, runtime.GOMAXPROCS(0)))
	if err != nil {
		err = fmt.Errorf("autoencoder: %w", err)
	}
	return m, err
}

// TrainSeeds trains one network for each seed, in place of the configuration's, side by side on the processors, and returns
// them in the order of the seeds. Each is the same as Train's, to the last byte. Calls of OnEpoch do not overlap; the epoch
// says which seed it belongs to.
//
// The first failure ends all; its error says which seed that was. When ctx is cancelled, the models are those so far, nil for
// the seeds that had not begun. A panic of OnEpoch comes out of TrainSeeds, as it does out of Train.
func TrainSeeds(ctx context.Context, x mat.Matrix, c *Config, seeds ...uint64) ([]*Model, error) {
	rows, config, err := prepare(x, c)
	if err != nil {
		return nil, err
	}
	if callback := config.OnEpoch; callback != nil {
		var one sync.Mutex
		config.OnEpoch = func(e Epoch) {
			one.Lock()
			defer one.Unlock()
			callback(e)
		}
	}
	backend, err := newBackend()
	if err != nil {
		return nil, fmt.Errorf("autoencoder: %w", err)
	}
	defer backend.Finalize()
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	models, errs := make([]*Model, len(seeds)), make([]error, len(seeds))
	parallel := min(runtime.GOMAXPROCS(0), len(seeds))
	var next atomic.Int64
	var workers sync.WaitGroup
	var panicked atomic.Pointer[any]
	for range parallel {
		workers.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					panicked.CompareAndSwap(nil, &p)
					cancel()
				}
			}()
			for inner.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(seeds) {
					return
				}
				seeded := config
				seeded.Seed = seeds[i]
				errs[i] = errEnded // unless train returns
				models[i], errs[i] = rows.train(inner, backend, seeded, min(2, runtime.GOMAXPROCS(0)/parallel))
				if errs[i] != nil {
					cancel()
				}
			}
		})
	}
	workers.Wait()
	if p := panicked.Load(); p != nil {
		panic(*p)
	}
	for i, err := range errs {
		if err != nil && !errors.Is(err, errStopped) {
			return nil, fmt.Errorf("autoencoder: seed %d: %w", seeds[i], err)
		}
	}
	if slices.Contains(models, nil) || slices.ContainsFunc(errs, func(err error) bool { return err != nil }) {
		return models, fmt.Errorf("autoencoder: %w: %w", errStopped, cancelled(ctx))
	}
	return models, nil
}

// errEnded is the error of a seed whose callback did not return.
var errEnded = errors.New("OnEpoch ended the goroutine that it was called on")

// cancelled returns the error of a context that was cancelled, with its cause.
func cancelled(ctx context.Context) error {
	if cause := context.Cause(ctx); cause != ctx.Err() {
		return fmt.Errorf("%w: %w", ctx.Err(), cause)
	}
	return ctx.Err()
}

// rows are the numbers that a network is trained on, in float32.
type rows struct {
	n, d int
	data []float32 // n×d
}

func (r *rows) row(i int) []float32 { return r.data[i*r.d : (i+1)*r.d] }

// prepare checks what Train was given.
func prepare(x mat.Matrix, c *Config) (*rows, Config, error) {
	config, err := c.defaults()
	if err != nil {
		return nil, config, fmt.Errorf("autoencoder: %w", err)
	}
	n, d := x.Dims()
	if n == 0 || d == 0 {
		return nil, config, fmt.Errorf("autoencoder: %w: x is %d×%d", ErrNoRows, n, d)
	}
	if err := config.checkFor(n, d); err != nil {
		return nil, config, fmt.Errorf("autoencoder: %w", err)
	}
	r := &rows{n: n, d: d, data: make([]float32, n*d)}
	row := make([]float64, d)
	for i := range n {
		into := r.row(i)
		for j, v := range mat.Row(row, i, x) {
			into[j] = float32(v)
			if f := float64(into[j]); math.IsNaN(f) || math.IsInf(f, 0) {
				beyond := ""
				if !math.IsNaN(v) && !math.IsInf(v, 0) {
					beyond = ", beyond the range of float32"
				}
				return nil, config, fmt.Errorf("autoencoder: %w: row %d, column %d is %v%s", ErrNotFinite, i, j, v, beyond)
			}
		}
	}
	return r, config, nil
}

// train trains one network, on so many processors.
func (r *rows) train(ctx context.Context, backend compute.Backend, c Config, processors int) (*Model, error) {
	m, parameters := newModel(r.d, &c)
	random := rand.New(rand.NewPCG(c.Seed, streamWeights))
	for _, l := range m.layers() {
		for j := range l.out {
			weights, _ := l.unit(j)
			c.Initializer.draw(random, weights, l.in, l.out)
		}
	}
	t, err := newTrainer(backend, m, r, parameters, processors)
	if err != nil {
		return nil, err
	}
	defer t.close()
	if err := t.train(ctx, c.OnEpoch); err != nil {
		if errors.Is(err, errStopped) {
			return m, fmt.Errorf("%w: %w", err, cancelled(ctx))
		}
		return nil, err
	}
	return m, nil
}
