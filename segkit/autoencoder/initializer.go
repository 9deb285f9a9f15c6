package autoencoder

import (
	"math"
	"math/rand/v2"
)

// Initializer is how the first weights are drawn. The names and the numbers are Keras's: a normal one is cut off at two
// standard deviations, and widened so that the variance is what the name promises.
type Initializer string

const (
	LecunNormal   Initializer = "lecun_normal"   // variance 1/in, for in inputs of a layer; LeCun et al., 1998
	LecunUniform  Initializer = "lecun_uniform"  // the same
	GlorotNormal  Initializer = "glorot_normal"  // variance 2/(in + out), for in inputs and out units; Glorot and Bengio, 2010
	GlorotUniform Initializer = "glorot_uniform" // the same
	HeNormal      Initializer = "he_normal"      // variance 2/in; He et al., 2015
	HeUniform     Initializer = "he_uniform"     // the same
)

var initializers = []Initializer{LecunNormal, LecunUniform, GlorotNormal, GlorotUniform, HeNormal, HeUniform}

// cutOff is the standard deviation of a standard normal variable that is cut off at ±2.
const cutOff = 0.87962566103423978

// draw draws weights of a layer with so many inputs and units.
func (z Initializer) draw(random *rand.Rand, weights []float32, in, out int) {
	variance := 1 / float64(in)
	switch z {
	case GlorotNormal, GlorotUniform:
		variance = 2 / float64(in+out)
	case HeNormal, HeUniform:
		variance = 2 / float64(in)
	}
	switch z {
	case LecunNormal, GlorotNormal, HeNormal:
		scale := math.Sqrt(variance) / cutOff
		for i := range weights {
			v := random.NormFloat64()
			for math.Abs(v) > 2 {
				v = random.NormFloat64()
			}
			weights[i] = float32(scale * v)
		}
	case LecunUniform, GlorotUniform, HeUniform:
		limit := math.Sqrt(3 * variance)
		for i := range weights {
			weights[i] = float32(limit * (2*random.Float64() - 1))
		}
	default:
		panic("autoencoder: no initializer is called " + string(z))
	}
}
