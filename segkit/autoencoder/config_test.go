package autoencoder

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// shape writes a network's layers down, such as 17-8 selu.
func shape(t *testing.T, c *Config, d int) (encoder, decoder string) {
	t.Helper()
	f, err := c.defaults()
	if err != nil {
		t.Fatal(err)
	}
	m, parameters := newModel(d, &f)
	total := 0
	text := func(layers []layer) string {
		var parts []string
		for _, l := range layers {
			parts = append(parts, fmt.Sprintf("%d-%d %s", l.in, l.out, l.activation))
			total += len(l.weights)
		}
		return strings.Join(parts, ", ")
	}
	encoder, decoder = text(m.encoder), text(m.decoder)
	if total != len(parameters) || uint64(total) != f.weights(d) {
		t.Errorf("%d weights in layers, %d parameters, want %d", total, len(parameters), f.weights(d))
	}
	return encoder, decoder
}

func TestNetworks(t *testing.T) {
	for _, c := range []struct {
		config           *Config
		d                int
		encoder, decoder string
	}{
		{nil, 17, "17-17 selu, 17-8 selu, 8-4 selu, 4-2 selu", "2-2 selu, 2-4 selu, 4-8 selu, 8-17 selu"},
		{&Config{Output: Linear, Bottleneck: 3}, 5, "5-17 selu, 17-8 selu, 8-4 selu, 4-3 selu", "3-3 selu, 3-4 selu, 4-8 selu, 8-5 linear"},
		{&Config{Hidden: []int{6}, Decoder: []int{7, 9}, Activation: Relu}, 4, "4-6 relu, 6-2 relu", "2-7 relu, 7-9 relu, 9-4 relu"},
		{&Config{Hidden: []int{}, Decoder: []int{}, Activation: Linear}, 4, "4-2 linear", "2-4 linear"},
		{&Config{Hidden: []int{}}, 4, "4-2 selu", "2-2 selu, 2-4 selu"},
		{&Config{Hidden: []int{3}, Activations: []Activation{Tanh, Linear, Gelu, Sigmoid}}, 4, "4-3 tanh, 3-2 linear", "2-2 gelu, 2-4 sigmoid"},
	} {
		if encoder, decoder := shape(t, c.config, c.d); encoder != c.encoder || decoder != c.decoder {
			t.Errorf("%+v: %s | %s", c.config, encoder, decoder)
		}
	}
}

func TestDefaults(t *testing.T) {
	c, err := (*Config)(nil).defaults()
	if err != nil {
		t.Fatal(err)
	}
	if c.Batch != 128 || c.Epochs != 150 || c.LearningRate != 1e-3 || c.Beta1 != 0.9 || c.Beta2 != 0.999 || c.Epsilon != 1e-7 ||
		c.Optimizer != Adam || c.Loss != MeanSquaredError || c.Initializer != LecunNormal || c.Validation != 0 || c.Seed != 0 {
		t.Errorf("%+v", c)
	}
	for _, c := range []*Config{nil, {Optimizer: SGD, Momentum: 0.9}, {Optimizer: AdamW}, {Hidden: []int{}, Decoder: []int{}}, {Validation: 0.1, Patience: 3},
		{Activations: []Activation{Selu, Relu, Elu, Tanh, Sigmoid, Gelu, Linear, Linear}}} {
		once, err := c.defaults()
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(once)
		if err != nil {
			t.Fatal(err)
		}
		var back Config
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		if twice, err := back.defaults(); err != nil || !reflect.DeepEqual(once, twice) {
			t.Errorf("%+v came back from JSON as %+v, %v", once, twice, err)
		}
	}
	if c, err := (&Config{Optimizer: AdamW}).defaults(); err != nil || c.WeightDecay != 0.004 || c.Beta2 != 0.999 {
		t.Errorf("%+v, %v", c, err)
	}
	if c, err := (&Config{Optimizer: SGD}).defaults(); err != nil || c.LearningRate != 0.01 || c.Beta1 != 0 || c.WeightDecay != 0 {
		t.Errorf("%+v, %v", c, err)
	}
	given := &Config{Hidden: []int{3}}
	if c, _ := given.defaults(); given.Decoder != nil || given.Batch != 0 {
		t.Errorf("defaults changed what it was given")
	} else if c.Hidden[0] = 4; given.Hidden[0] != 3 {
		t.Error("the slice is shared")
	}
}

func TestBadConfig(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for want, c := range map[string]*Config{
		"Hidden[1] is 0, legal are 1 to 65536":      {Hidden: []int{3, 0}},
		"Decoder[0] is 65537, legal are 1 to 65536": {Decoder: []int{65537}},
		"Bottleneck is -1":                          {Bottleneck: -1},
		"Batch is -5":                               {Batch: -5},
		"Epochs is -1, legal are 1 to 2147483647, and 0 for the default":             {Epochs: -1},
		`Activation is "step", legal are selu, relu, elu, tanh, sigmoid, gelu and l`: {Activation: "step"},
		`Output is "softmax", legal are selu, `:                                      {Output: "softmax"},
		`Activations[1] is "", legal are selu, `:                                     {Hidden: []int{}, Decoder: []int{2, 3}, Activations: []Activation{Selu, "", Relu, Elu}},
		"there are 1 Activations, legal is one for each of the 8 layers":             {Activations: []Activation{Relu}},
		`which names all, Activation ("") and Output ("linear") must be empty`:       {Hidden: []int{}, Decoder: []int{}, Activations: []Activation{Selu, Selu}, Output: Linear},
		`Initializer is "zeros", legal are lecun_normal, `:                           {Initializer: "zeros"},
		`Loss is "mse", legal are mean_squared_error, mean_absolute_error and huber`: {Loss: "mse"},
		`Optimizer is "rmsprop", legal are adam, adamw and sgd`:                      {Optimizer: "rmsprop"},
		"LearningRate is -1":  {LearningRate: -1},
		"LearningRate is NaN": {LearningRate: nan},
		"LearningRate is 1e-60, legal are numbers that float32 can hold": {LearningRate: 1e-60},
		"LearningRate is 1e+60, legal are numbers that float32 can hold": {LearningRate: 1e60},
		"Epsilon is 1e-50, legal are numbers that float32 can hold":      {Epsilon: 1e-50},
		"Beta2 is 1.5, legal are 0":                                      {Beta2: 1.5},
		"LearningRate is +Inf":                                           {LearningRate: inf},
		"Beta1 is 1, legal are 0 (the default) to below 1":               {Beta1: 1},
		"Beta2 is NaN":      {Beta2: nan},
		"Epsilon is -1e-07": {Epsilon: -1e-7},
		"WeightDecay is 0.1, legal with the optimizer adam is 0":                           {WeightDecay: 0.1},
		"Momentum is 0.9, legal with the optimizer adam is 0: Momentum is a number of sgd": {Momentum: 0.9},
		"Beta1 is 0.5, legal with the optimizer sgd is 0: Beta1 is a number of adam and a": {Optimizer: SGD, Beta1: 0.5},
		"Momentum is 1, legal are 0":                                            {Optimizer: SGD, Momentum: 1},
		"Validation is 1, legal are 0 to below 1":                               {Validation: 1},
		"Validation is NaN":                                                     {Validation: nan},
		"that share of 10 rows leaves 10 to learn from and 0 to measure on":     {Validation: 0.01},
		"that share of 10 rows leaves 0 to learn from and 10 to measure on":     {Validation: 0.99},
		"a network of 4295426059 weights and biases, legal are up to 268435456": {Hidden: []int{1 << 16, 1 << 16}, Decoder: []int{}},
		"Patience is -1": {Patience: -1, Validation: 0.1},
		"Validation is 0, legal are shares above 0 with Patience, which is 3": {Patience: 3},
	} {
		m, err := Train(t.Context(), data(10, 3, 1), c)
		if m != nil || !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
		if _, err := TrainSeeds(t.Context(), data(10, 3, 1), c, 1, 2); !errors.Is(err, ErrConfig) {
			t.Errorf("seeds: %v", err)
		}
	}
}

func TestTooManyColumns(t *testing.T) {
	_, err := Train(t.Context(), mat.NewDense(1, maxSize+1, nil), nil)
	if !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), "x has 65537 columns, legal are 1 to 65536") {
		t.Error(err)
	}
}
