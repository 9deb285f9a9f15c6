package autoencoder

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
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

// Loss is what training makes small: a mean over all rows and columns.
type Loss string

const (
	MeanSquaredError  Loss = "mean_squared_error"
	MeanAbsoluteError Loss = "mean_absolute_error" // L1
	Huber             Loss = "huber"               // half the square up to 1, beyond it the distance less ½ (Huber, 1964)
)

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

// check says which field of a configuration, defaults filled in, has an illegal value.
func (c *Config) check() error {
	for _, field := range []struct {
		name  string
		value int
		most  int
	}{{"Bottleneck", c.Bottleneck, maxSize}, {"Batch", c.Batch, math.MaxInt32}, {"Epochs", c.Epochs, math.MaxInt32}} {
		if field.value < 1 || field.value > field.most {
			return fmt.Errorf("%s is %d, legal are 1 to %d, and 0 for the default", field.name, field.value, field.most)
		}
	}
	for _, part := range []struct {
		name  string
		sizes []int
	}{{"Hidden", c.Hidden}, {"Decoder", c.Decoder}} {
		for i, size := range part.sizes {
			if size < 1 || size > maxSize {
				return fmt.Errorf("%s[%d] is %d, legal are 1 to %d", part.name, i, size, maxSize)
			}
		}
	}
	if err := c.checkActivations(); err != nil {
		return err
	}
	if err := legal("Initializer", c.Initializer, initializers); err != nil {
		return err
	}
	if err := legal("Loss", c.Loss, []Loss{MeanSquaredError, MeanAbsoluteError, Huber}); err != nil {
		return err
	}
	if err := legal("Optimizer", c.Optimizer, []Optimizer{Adam, AdamW, SGD}); err != nil {
		return err
	}
	if err := c.checkNumbers(); err != nil {
		return err
	}
	if !(c.Validation >= 0 && c.Validation < 1) {
		return fmt.Errorf("Validation is %v, legal are 0 to below 1", c.Validation)
	}
	if c.Patience < 0 {
		return fmt.Errorf("Patience is %d, legal are 0 and above", c.Patience)
	}
	if c.Patience > 0 && c.Validation == 0 {
		return fmt.Errorf("Patience is %d and Validation 0, legal with Patience are shares above 0", c.Patience)
	}
	return nil
}

func (c *Config) checkActivations() error {
	if c.Activations == nil {
		if err := legal("Activation", c.Activation, activationNames); err != nil {
			return err
		}
		return legal("Output", c.Output, activationNames)
	}
	if c.Activation != "" || c.Output != "" {
		return fmt.Errorf("Activations names all, so Activation (%q) and Output (%q) must be empty", c.Activation, c.Output)
	}
	if layers := len(c.Hidden) + len(c.Decoder) + 2; len(c.Activations) != layers {
		return fmt.Errorf("Activations names %d, legal is one for each of the %d layers", len(c.Activations), layers)
	}
	for i, a := range c.Activations {
		if err := legal(fmt.Sprintf("Activations[%d]", i), a, activationNames); err != nil {
			return err
		}
	}
	return nil
}

// checkNumbers checks the optimizer's, and that only its own are given.
func (c *Config) checkNumbers() error {
	if !(c.LearningRate > 0 && c.LearningRate < math.Inf(1)) {
		return fmt.Errorf("LearningRate is %v, legal are positive numbers, and 0 for the default", c.LearningRate)
	}
	for _, field := range []struct {
		name  string
		value float64
	}{{"LearningRate", c.LearningRate}, {"Epsilon", c.Epsilon}} {
		if narrow := float64(float32(field.value)); math.IsInf(narrow, 0) || narrow == 0 && field.value != 0 {
			return fmt.Errorf("%s is %v, legal are numbers that float32 can hold", field.name, field.value)
		}
	}
	for _, field := range []struct {
		name  string
		value float64
		of    []Optimizer
		most  float64 // excluded
	}{
		{"Beta1", c.Beta1, []Optimizer{Adam, AdamW}, 1},
		{"Beta2", c.Beta2, []Optimizer{Adam, AdamW}, 1},
		{"Epsilon", c.Epsilon, []Optimizer{Adam, AdamW}, math.Inf(1)},
		{"WeightDecay", c.WeightDecay, []Optimizer{AdamW}, math.Inf(1)},
		{"Momentum", c.Momentum, []Optimizer{SGD}, 1},
	} {
		if field.value != 0 && !slices.Contains(field.of, c.Optimizer) {
			return fmt.Errorf("%s is %v, legal with the optimizer %s is 0: %s is a number of %s", field.name, field.value, c.Optimizer, field.name, list(field.of))
		}
		if !(field.value >= 0 && field.value < field.most) {
			return fmt.Errorf("%s is %v, legal are 0 (the default) to below %v", field.name, field.value, field.most)
		}
	}
	return nil
}

func legal[T ~string](field string, value T, values []T) error {
	if slices.Contains(values, value) {
		return nil
	}
	return fmt.Errorf("%s is %q, legal are %s", field, value, list(values))
}

func list[T ~string](values []T) string {
	var b strings.Builder
	for i, v := range values {
		switch {
		case i > 0 && i == len(values)-1:
			b.WriteString(" and ")
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(string(v))
	}
	return b.String()
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

// checkFor says what is wrong with a configuration, itself in order, for n rows of d columns.
func (c *Config) checkFor(n, d int) error {
	if d > maxSize {
		return fmt.Errorf("%w: x has %d columns, legal are 1 to %d", ErrConfig, d, maxSize)
	}
	if weights := c.weights(d); weights > maxWeights {
		return fmt.Errorf("%w: a network of %d weights and biases, legal are up to %d", ErrConfig, weights, maxWeights)
	}
	if held := c.held(n); c.Validation > 0 && (held == 0 || held == n) {
		return fmt.Errorf("%w: Validation is %v, and that share of %d rows leaves %d to learn from and %d to measure on; neither may be 0",
			ErrConfig, c.Validation, n, n-held, held)
	}
	return nil
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
