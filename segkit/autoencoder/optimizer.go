package autoencoder

import "math"

// optimizer moves parameters against their slopes, with Keras's formulas.
type optimizer struct {
	config *Config
	steps  float64
	mean   []float32 // of the gradients; of SGD, the last step
	square []float32 // mean of the gradients' squares
}

func newOptimizer(c *Config, parameters int) *optimizer {
	return &optimizer{config: c, mean: make([]float32, parameters), square: make([]float32, parameters)}
}

func (o *optimizer) step(parameters, slopes []float32) {
	c := o.config
	o.steps++
	if c.Optimizer == SGD {
		rate, momentum := float32(c.LearningRate), float32(c.Momentum)
		for i, g := range slopes {
			o.mean[i] = momentum*o.mean[i] - rate*g
			parameters[i] += o.mean[i]
		}
		return
	}
	if c.Optimizer == AdamW {
		decay := float32(1 - c.LearningRate*c.WeightDecay)
		for i := range parameters {
			parameters[i] *= decay
		}
	}
	// Both means start at zero; this takes the bias towards it out.
	rate := float32(c.LearningRate * math.Sqrt(1-math.Pow(c.Beta2, o.steps)) / (1 - math.Pow(c.Beta1, o.steps)))
	fresh1, fresh2, epsilon := float32(1-c.Beta1), float32(1-c.Beta2), float32(c.Epsilon)
	for i, g := range slopes {
		o.mean[i] += (g - o.mean[i]) * fresh1
		o.square[i] += (g*g - o.square[i]) * fresh2
		parameters[i] -= rate * o.mean[i] / (float32(math.Sqrt(float64(o.square[i]))) + epsilon)
	}
}
