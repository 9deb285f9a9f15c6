package autoencoder

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Config describes a network and its training. The zero value and nil are the tutorial's, with seed 0. A field at zero has
// its default.
type Config struct {
	// Hidden are the sizes of the encoder's layers before the bottleneck; default 17, 8, 4, however many columns there are.
	// Empty and not nil: none.
	Hidden     []int
	Bottleneck int // numbers in the code; default 2

	// Decoder are the sizes of the decoder's layers before its last one, which has the input's size. The default mirrors the
	// encoder as the tutorial does: the layers in reverse, the bottleneck's size first, with the input's size in place of
	// Hidden[0]: 17-17-8-4-2 is followed by 2-2-4-8-17. Empty and not nil: none.
	Decoder []int

	// Activation comes after every layer, default Selu; Output after the last one, default Activation. Activations names them
	// all, the encoder's first, instead of the two.
	Activation  Activation
	Output      Activation
	Activations []Activation

	Initializer Initializer // of the weights; default LecunNormal. Biases begin as zero
	Loss        Loss        // default MeanSquaredError

	Optimizer    Optimizer // default Adam
	LearningRate float64   // default 0.001, of SGD 0.01
	Beta1        float64   // of Adam and AdamW: decay of the mean of the gradients; default 0.9
	Beta2        float64   // of Adam and AdamW: decay of the mean of their squares; default 0.999
	Epsilon      float64   // of Adam and AdamW: added to the root; default 1e-7
	WeightDecay  float64   // of AdamW, which without it is Adam: a step shrinks weights and biases by LearningRate times this; default 0.004
	Momentum     float64   // of SGD: share of the last step that is repeated; default 0

	Batch  int // rows per step, the last batch of an epoch may have fewer; default 128
	Epochs int // passes over all rows; default 150

	// Validation is the share of the rows that are held out, drawn at random, to measure the loss on; default 0: none. With
	// Patience, training stops after so many epochs in a row without a new lowest validation loss, and the weights are those
	// of the epoch that had it.
	Validation float64
	Patience   int

	Seed    uint64      // of the first weights, the shuffles and the rows held out
	OnEpoch func(Epoch) `json:"-"` // called after each epoch
}

// Epoch is the state of the training after one pass over all rows.
type Epoch struct {
	Number, Total int     // Number counts from 1
	Loss          float64 // over the epoch's rows, each measured as the weights were when its batch came
	Validation    float64 // loss of the rows held out; NaN without
	Seconds       float64 // that the epoch took
	Seed          uint64  // of the network
}

// Optimizer is how training uses the gradients.
type Optimizer string

const (
	Adam  Optimizer = "adam"  // Kingma and Ba, 2015
	AdamW Optimizer = "adamw" // Adam with decoupled weight decay; Loshchilov and Hutter, 2019
	SGD   Optimizer = "sgd"   // stochastic gradient descent, with momentum (Polyak, 1964) if wanted
)

// Bounds of a layer's units and of all weights, so that a slip of the finger is an error and not a machine without memory.
const (
	maxSize    = 1 << 16
	maxWeights = 1 << 28
)

// defaults returns the configuration with zero fields filled in, or says what is wrong with it.
func (c *Config) defaults() (Config, error) {
	var f Config
	if c != nil {
		f = *c
	}
	f.Bottleneck = cmp.Or(f.Bottleneck, 2)
	if f.Hidden == nil {
		f.Hidden = []int{17, 8, 4}
	}
	if f.Decoder == nil {
		f.Decoder = append([]int{f.Bottleneck}, f.Hidden[min(1, len(f.Hidden)):]...)
		slices.Reverse(f.Decoder[1:])
	}
	f.Hidden, f.Decoder, f.Activations = slices.Clone(f.Hidden), slices.Clone(f.Decoder), slices.Clone(f.Activations)
	if f.Activations == nil {
		f.Activation = cmp.Or(f.Activation, Selu)
		f.Output = cmp.Or(f.Output, f.Activation)
	}
	f.Initializer = cmp.Or(f.Initializer, LecunNormal)
	f.Loss = cmp.Or(f.Loss, MeanSquaredError)
	f.Optimizer = cmp.Or(f.Optimizer, Adam)
	f.LearningRate = cmp.Or(f.LearningRate, map[Optimizer]float64{SGD: 0.01}[f.Optimizer], 1e-3)
	if f.Optimizer == Adam || f.Optimizer == AdamW {
		f.Beta1, f.Beta2, f.Epsilon = cmp.Or(f.Beta1, 0.9), cmp.Or(f.Beta2, 0.999), cmp.Or(f.Epsilon, 1e-7)
	}
	if f.Optimizer == AdamW {
		f.WeightDecay = cmp.Or(f.WeightDecay, 0.004)
	}
	f.Batch = cmp.Or(f.Batch, 128)
	f.Epochs = cmp.Or(f.Epochs, 150)
	if err := f.check(); err != nil {
		return f, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return f, nil
}

// sizes returns the numbers of units from the input of d columns through the bottleneck to the output.
func (c *Config) sizes(d int) []int {
	return slices.Concat([]int{d}, c.Hidden, []int{c.Bottleneck}, c.Decoder, []int{d})
}

// activations returns what comes after each layer.
func (c *Config) activations() []Activation {
	if c.Activations != nil {
		return c.Activations
	}
	all := slices.Repeat([]Activation{c.Activation}, len(c.Hidden)+len(c.Decoder)+2)
	all[len(all)-1] = c.Output
	return all
}

// weights returns how many weights and biases the network for rows of d columns has.
func (c *Config) weights(d int) uint64 {
	sum := uint64(0)
	sizes := c.sizes(d)
	for i, in := range sizes[:len(sizes)-1] {
		sum += uint64(sizes[i+1]) * (uint64(in) + 1)
	}
	return sum
}

// held returns how many of n rows are held out for validation.
func (c *Config) held(n int) int { return int(math.Round(c.Validation * float64(n))) }
