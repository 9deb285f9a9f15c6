package autoencoder

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
)

// selu(1) is the scale itself; selu(-1) = 1.0507·1.67326·(1/e - 1) = -1.11133; far below it stays at -1.7581. gelu(1) is Φ(1),
// elu(-1) = 1/e - 1, sigmoid(ln 3) = 3/4, tanh(ln 2) = 3/5.
func TestActivationsByHand(t *testing.T) {
	for _, c := range []struct {
		a       Activation
		x, want float64
	}{
		{Selu, 0, 0}, {Selu, 1, 1.0507009873554805}, {Selu, -1, -1.1113307378125625}, {Selu, -1e4, -1.7580993408473766}, {Selu, 1e4, 10507.009873554805},
		{Relu, -3, 0}, {Relu, 3, 3}, {Elu, -1, 1/math.E - 1}, {Elu, 2, 2}, {Tanh, math.Ln2, 0.6}, {Sigmoid, math.Log(3), 0.75},
		{Gelu, 1, 0.8413447460685429}, {Gelu, -1, -0.15865525393145707}, {Gelu, -1e4, 0}, {Linear, -2.5, -2.5},
	} {
		if got := c.a.value(c.x); math.Abs(got-c.want) > 1e-12*max(1, math.Abs(c.want)) {
			t.Errorf("%s(%v) = %v, want %v", c.a, c.x, got, c.want)
		}
	}
}

func TestExpm1(t *testing.T) {
	for e := -30.0; e < 4; e += 0.01 {
		x := -math.Pow(10, e)
		if got, want := expm1(x), math.Expm1(x); math.Abs(got-want) > 2e-11*math.Abs(want) {
			t.Errorf("expm1(%v) = %v, want %v", x, got, want)
		}
	}
}

// In the graph, values are those of the host, slopes those of differences, and both are finite for inputs up to ±1e4, where
// an exponential of the positive side would give NaN.
func TestActivationsInGraph(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 0))
	xs := []float64{1e4, -1e4, 1000, -1000, 100, -100, 88.8, -88.8, 1e-3, -1e-3, 1e-30, -1e-30}
	for range 200 {
		xs = append(xs, 4*random.NormFloat64())
	}
	narrow := make([]float32, len(xs))
	for i, x := range xs {
		narrow[i] = float32(x)
		xs[i] = float64(narrow[i])
	}
	for _, a := range activationNames {
		build := func(g *graph.Graph, dtype dtypes.DType) []*graph.Node {
			x := graph.Parameter(g, "x", shapes.Make(dtype, 1, len(xs)))
			value, slope := a.nodes(x)
			if slope == nil {
				return []*graph.Node{value, graph.OnesLike(x)}
			}
			return []*graph.Node{value, slope()}
		}
		got64, got32 := execute(t, build, xs), execute(t, build, narrow)
		for i, x := range xs {
			value := a.value(x)
			h := 1e-5 * max(1, math.Abs(x))
			if math.Abs(x) < h {
				h = math.Abs(x) / 4
			}
			slope := (a.value(x+h) - a.value(x-h)) / (2 * h)
			tiny := math.Abs(x) < 1e-20 // differences see nothing there: slopes of the two sides
			if tiny {
				side := math.Copysign(1e-4, x)
				slope = (a.value(side*1.001) - a.value(side)) / (side * 0.001)
			}
			for _, c := range []struct {
				about           string
				got, want, most float64
			}{
				{"value in float64", got64[0][i], value, 1e-12},
				{"value in float32", float64(got32[0][i]), value, 1e-6},
				{"slope in float64", got64[1][i], slope, map[bool]float64{false: 1e-6, true: 1e-3}[tiny]},
				{"slope in float32", float64(got32[1][i]), slope, map[bool]float64{false: 2e-6, true: 1e-3}[tiny]},
			} {
				if !(math.Abs(c.got-c.want) <= c.most*max(1, math.Abs(c.want))) {
					t.Errorf("%s(%v): %s is %v, want %v", a, x, c.about, c.got, c.want)
				}
			}
		}
	}
}
