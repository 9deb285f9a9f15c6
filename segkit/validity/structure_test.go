package validity_test

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// clouds returns k round clouds of standard deviation 1 in the plane, of m rows each, around the corners of a regular polygon
// whose sides are apart long.
func clouds(k, m int, apart float64, seed uint64) *mat.Dense {
	r := rand.New(rand.NewPCG(seed, 2))
	x := mat.NewDense(k*m, 2, nil)
	radius := apart / 2 / math.Sin(math.Pi/float64(k))
	for i := range k * m {
		angle := 2 * math.Pi * float64(i%k) / float64(k)
		x.SetRow(i, []float64{radius*math.Cos(angle) + r.NormFloat64(), radius*math.Sin(angle) + r.NormFloat64()})
	}
	return x
}
