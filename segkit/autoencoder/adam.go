package autoencoder

import "math"

// adam is the optimizer of Kingma and Ba (2015), with Keras's defaults.
type adam struct {
	rate      float64
	steps     float64
	mean, sqr [][]float32 // running means of the gradients and of their squares
}

const (
	adamBeta1   = 0.9
	adamBeta2   = 0.999
	adamEpsilon = 1e-7
)

func newAdam(rate float64, parameters [][]float32) *adam {
	a := &adam{rate: rate}
	for _, p := range parameters {
		a.mean, a.sqr = append(a.mean, make([]float32, len(p))), append(a.sqr, make([]float32, len(p)))
	}
	return a
}

// step moves the parameters against their slopes.
func (a *adam) step(parameters, slopes [][]float32) {
	a.steps++
	// Both running means start at zero; this takes the bias towards it out.
	rate := float32(a.rate * math.Sqrt(1-math.Pow(adamBeta2, a.steps)) / (1 - math.Pow(adamBeta1, a.steps)))
	for i, p := range parameters {
		mean, sqr := a.mean[i], a.sqr[i]
		for j, g := range slopes[i] {
			mean[j] += (g - mean[j]) * (1 - adamBeta1)
			sqr[j] += (g*g - sqr[j]) * (1 - adamBeta2)
			p[j] -= rate * mean[j] / (float32(math.Sqrt(float64(sqr[j]))) + adamEpsilon)
		}
	}
}
