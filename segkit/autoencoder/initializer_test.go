package autoencoder

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The draws have the mean and the variance that the names promise, and none lies beyond the cut.
func TestInitializers(t *testing.T) {
	for _, z := range initializers {
		for _, size := range [][2]int{{2, 5}, {17, 8}, {300, 1}} {
			in, out := size[0], size[1]
			variance, normal := map[Initializer]float64{
				LecunNormal: 1 / float64(in), LecunUniform: 1 / float64(in), HeNormal: 2 / float64(in), HeUniform: 2 / float64(in),
				GlorotNormal: 2 / float64(in+out), GlorotUniform: 2 / float64(in+out),
			}[z], z == LecunNormal || z == HeNormal || z == GlorotNormal
			limit := math.Sqrt(3 * variance)
			if normal {
				limit = 2 * math.Sqrt(variance) / 0.8796256610342398
			}
			w := make([]float32, 200_000)
			z.draw(rand.New(rand.NewPCG(1, 0)), w, in, out)
			sum, squares, largest := 0.0, 0.0, 0.0
			for _, v := range w {
				sum += float64(v)
				squares += float64(v) * float64(v)
				largest = max(largest, math.Abs(float64(v)))
			}
			n := float64(len(w))
			if math.Abs(sum/n) > 4*math.Sqrt(variance/n) || math.Abs(squares/n/variance-1) > 0.01 || largest > limit*(1+1e-6) || largest < 0.99*limit {
				t.Errorf("%s, %d inputs, %d units: mean %v, variance %v of %v, largest %v of %v", z, in, out, sum/n, squares/n, variance, largest, limit)
			}
		}
	}
	// The standard deviation of a normal variable cut off at ±2 is sqrt(1 - 2·2·φ(2)/(Φ(2) - Φ(-2))).
	density := math.Exp(-2) / math.Sqrt(2*math.Pi)
	if want := math.Sqrt(1 - 4*density/(normal(2)-normal(-2))); math.Abs(want-cutOff) > 1e-12 {
		t.Errorf("cutOff is %v, want %v", cutOff, want)
	}
}
