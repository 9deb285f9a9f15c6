package autoencoder

import (
	"math"
	"testing"
)

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
