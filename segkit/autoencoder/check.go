package autoencoder

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// check says which field of a configuration, defaults filled in, has an illegal value.
func (c *Config) check() error {
	for _, field := range []struct {
		name  string
		value int
		most  int
	}{{"Bottleneck", c.Bottleneck, maxSize}, {"Batch", c.Batch, math.MaxInt32}, {"Epochs", c.Epochs, math.MaxInt32}} {
		if field.value < 1 || field.value > field.most {
			return illegal(field.name, field.value, fmt.Sprintf("1 to %d, and 0 for the default", field.most))
		}
	}
	for _, part := range []struct {
		name  string
		sizes []int
	}{{"Hidden", c.Hidden}, {"Decoder", c.Decoder}} {
		for i, size := range part.sizes {
			if size < 1 || size > maxSize {
				return illegal(fmt.Sprintf("%s[%d]", part.name, i), size, fmt.Sprintf("1 to %d", maxSize))
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
		return illegal("Validation", c.Validation, "0 to below 1")
	}
	if c.Patience < 0 {
		return illegal("Patience", c.Patience, "0 and above")
	}
	if c.Patience > 0 && c.Validation == 0 {
		return illegal("Validation", c.Validation, fmt.Sprintf("shares above 0 with Patience, which is %d", c.Patience))
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
		return fmt.Errorf("with Activations, which names all, Activation (%q) and Output (%q) must be empty", c.Activation, c.Output)
	}
	if layers := len(c.Hidden) + len(c.Decoder) + 2; len(c.Activations) != layers {
		return fmt.Errorf("there are %d Activations, legal is one for each of the %d layers", len(c.Activations), layers)
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
	if !(c.LearningRate > 0) {
		return illegal("LearningRate", c.LearningRate, "positive numbers, and 0 for the default")
	}
	for _, field := range []struct {
		name  string
		value float64
	}{{"LearningRate", c.LearningRate}, {"Epsilon", c.Epsilon}} {
		if narrow := float64(float32(field.value)); math.IsInf(narrow, 0) || narrow == 0 && field.value != 0 {
			return illegal(field.name, field.value, "numbers that float32 can hold")
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
			return illegal(field.name, field.value, fmt.Sprintf("0 (the default) to below %v", field.most))
		}
	}
	return nil
}

// illegal is the error about a field's value.
func illegal(field string, value any, legal string) error {
	return fmt.Errorf("%s is %v, legal are %s", field, value, legal)
}

// legal says so if a field's value is none of those that there are.
func legal[T ~string](field string, value T, values []T) error {
	if slices.Contains(values, value) {
		return nil
	}
	return illegal(field, strconv.Quote(string(value)), list(values))
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
