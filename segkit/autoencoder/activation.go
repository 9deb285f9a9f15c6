package autoencoder

import (
	"math"

	"github.com/gomlx/gomlx/core/graph"
)

// Activation is the function after a layer.
type Activation string

const (
	Selu    Activation = "selu"    // scaled exponential linear unit; Klambauer et al., 2017
	Relu    Activation = "relu"    // rectified linear unit: max(x, 0)
	Elu     Activation = "elu"     // exponential linear unit, with alpha 1; Clevert, Unterthiner and Hochreiter, 2016
	Tanh    Activation = "tanh"    // hyperbolic tangent
	Sigmoid Activation = "sigmoid" // logistic function
	Gelu    Activation = "gelu"    // Gaussian error linear unit x·Φ(x), with the exact Φ; Hendrycks and Gimpel, 2016
	Linear  Activation = "linear"  // the identity
)

var activationNames = []Activation{Selu, Relu, Elu, Tanh, Sigmoid, Gelu, Linear}

// selu's constants, in full precision.
const (
	seluScale = 1.0507009873554804934193349852946
	seluAlpha = 1.6732632423543772848170429916717
)

// value computes the function.
func (a Activation) value(x float64) float64 {
	switch a {
	case Selu:
		if x > 0 {
			return seluScale * x
		}
		return seluScale * seluAlpha * expm1(x)
	case Relu:
		return max(x, 0)
	case Elu:
		if x > 0 {
			return x
		}
		return expm1(x)
	case Tanh:
		return math.Tanh(x)
	case Sigmoid:
		return 1 / (1 + math.Exp(-x))
	case Gelu:
		return x * normal(x)
	case Linear:
		return x
	}
	panic("autoencoder: no activation is called " + string(a))
}

// expm1 is math.Expm1 for x up to 0, to 1e-11 relative, and three times as fast.
func expm1(x float64) float64 {
	if x > -1e-5 {
		return x + x*x/2
	}
	return math.Exp(x) - 1
}

// normal is the cumulative distribution function of the standard normal distribution.
func normal(x float64) float64 { return 0.5 * math.Erfc(-x/math.Sqrt2) }

// nodes computes the function in a graph; slope, when called, adds its derivative. What is the same in both is computed once.
//
// Exponentials see only the negative side of z, so that values and slopes are finite for any finite z. There are no branches
// either, as in graph.Where: on numbers whose signs are random, the processor would guess half of them wrong.
func (a Activation) nodes(z *graph.Node) (value *graph.Node, slope func() *graph.Node) {
	switch a {
	case Selu:
		negative := graph.MinScalar(z, 0.0)
		exp := graph.MulScalar(graph.Exp(negative), seluScale*seluAlpha)
		positive := graph.MulScalar(graph.Sub(z, negative), seluScale)
		value = graph.Add(positive, graph.AddScalar(exp, -seluScale*seluAlpha))
		return value, func() *graph.Node {
			// Below zero the slope is exp, and the other side of the minimum is huge; from zero on the slope is the scale, and exp
			// is the larger side. Between -7e-31 and zero it lies between these two.
			return graph.Min(exp, graph.AddScalar(graph.MulScalar(negative, -1e30), seluScale))
		}
	case Relu:
		value = graph.MaxScalar(z, 0.0)
		return value, func() *graph.Node { return graph.Sign(value) }
	case Elu:
		negative := graph.MinScalar(z, 0.0)
		exp := graph.Exp(negative)
		value = graph.Add(graph.Sub(z, negative), graph.AddScalar(exp, -1.0))
		return value, func() *graph.Node { return exp }
	case Tanh:
		value = graph.Tanh(z)
		return value, func() *graph.Node { return graph.OneMinus(graph.Square(value)) }
	case Sigmoid:
		value = graph.Sigmoid(z)
		return value, func() *graph.Node { return graph.Mul(value, graph.OneMinus(value)) }
	case Gelu:
		below := graph.MulScalar(graph.AddScalar(graph.Erf(graph.MulScalar(z, 1/math.Sqrt2)), 1.0), 0.5)
		return graph.Mul(z, below), func() *graph.Node {
			density := graph.MulScalar(graph.Exp(graph.MulScalar(graph.Square(z), -0.5)), 1/math.Sqrt(2*math.Pi))
			return graph.Add(below, graph.Mul(z, density))
		}
	case Linear:
		return z, nil
	}
	panic("autoencoder: no activation is called " + string(a))
}
