package kmeans_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/kmeans"
)

// A row far from all others takes no digits from the centres of their clusters, with or without a weight.
func TestFarRowLeavesTheOthersTheirDigits(t *testing.T) {
	x := mat.NewDense(7, 1, []float64{1, 2, 3, 11, 12, 13, 1e18})
	for _, o := range []kmeans.Options{{}, {Tol: 1e-40}, {MaxIter: 9}, {Start: mat.NewDense(3, 1, []float64{1, 3, 13})}, {Start: mat.NewDense(3, 1, []float64{1e18, 1, 12})}} {
		m := fit(t, x, 3, &o)
		if c := m.Centers.RawMatrix().Data; !slices.Equal(c, []float64{2, 12, 1e18}) || m.Inertia != 4 {
			t.Errorf("%+v: centres %v, inertia %v", o, c, m.Inertia)
		}
	}
	weights := []float64{1, 1, 1, 1, 1, 1, 0}
	for _, far := range []float64{1e18, -1e100, 1e140} {
		x.Set(6, 0, far)
		m := fit(t, x, 2, &kmeans.Options{Weights: weights})
		if c := m.Centers.RawMatrix().Data; !slices.Equal(c, []float64{2, 12}) || m.Inertia != 4 {
			t.Errorf("a row of weight 0 at %v: centres %v, inertia %v", far, c, m.Inertia)
		}
	}
}

// The inertia is that of means that are added up cluster by cluster, near one row at a great distance as anywhere.
func TestInertiaBesideAFarRow(t *testing.T) {
	for _, d := range []int{1, 3, 5} {
		for _, far := range []float64{0, 1e8, 1e10, 1e12, 1e14, 1e16, 1e30, 1e100} {
			for _, at := range []int{0, 500, 1000} {
				x := mat.NewDense(1001, d, nil)
				random := rand.New(rand.NewPCG(1, uint64(d)))
				x.Apply(func(i, _ int, _ float64) float64 { return random.NormFloat64() + float64(i%2) }, x)
				if far > 0 {
					x.Set(at, 0, far)
				}
				for _, o := range []kmeans.Options{{Seed: 1}, {Seed: 1, Restarts: 2, MaxIter: 3}, {Start: x.Slice(at/2, at/2+3, 0, d)}} {
					m := fit(t, x, 3, &o)
					if !m.Converged {
						continue // the centres are not their rows' means
					}
					want := 0.0
					for c := range 3 {
						means, count := make([]float64, d), 0.0
						for i, label := range m.Labels {
							if label == c {
								count++
								for j := range d {
									means[j] += x.At(i, j)
								}
							}
						}
						for i, label := range m.Labels {
							for j := 0; label == c && j < d; j++ {
								want += math.Pow(x.At(i, j)-means[j]/count, 2)
							}
						}
						for j, sum := range means {
							if got := m.Centers.At(c, j); math.Abs(got-sum/count) > 1e-13*(1+math.Abs(got)) {
								t.Errorf("d %d, row %d at %v: centre %d, column %d is %v, mean %v", d, at, far, c, j, got, sum/count)
							}
						}
					}
					if math.Abs(m.Inertia-want) > 1e-12*want {
						t.Errorf("d %d, row %d at %v, %+v: inertia %v, by the means %v", d, at, far, o, m.Inertia, want)
					}
				}
			}
		}
	}
}

// The mean of equal numbers is that number.
func TestEqualRows(t *testing.T) {
	x := mat.NewDense(2000, 1, nil)
	for i := range 2000 {
		x.Set(i, 0, []float64{0.1, 0.7}[i%2])
	}
	weights := make([]float64, 2000)
	for i := range weights {
		weights[i] = 1 + float64(i%7)/3
	}
	for _, o := range []kmeans.Options{{}, {Weights: weights}, {Start: mat.NewDense(2, 1, []float64{0.3, 0.9})}} {
		m := fit(t, x, 2, &o)
		c := m.Centers.RawMatrix().Data
		if slices.Sort(c); !slices.Equal(c, []float64{0.1, 0.7}) || m.Inertia != 0 {
			t.Errorf("centres %v, inertia %v", c, m.Inertia)
		}
	}
}

// With a tolerance, too, a row of weight w is as good as w such rows, and one of weight 0 as none, wherever it lies.
func TestWeightsWithTolerance(t *testing.T) {
	for seed := range uint64(20) {
		const n, k, d = 3000, 5, 3
		random := rand.New(rand.NewPCG(seed, 8))
		x := blobs(n, d, k, 1, seed)
		start := mat.DenseCopyOf(x.Slice(0, k, 0, d))
		weights := make([]float64, n)
		var repeated []float64
		for i := range n {
			if weights[i] = float64(random.IntN(3)); i%2 == 0 {
				weights[i] *= 5
			}
			for range int(weights[i]) {
				repeated = append(repeated, x.RawRowView(i)...)
			}
			if weights[i] == 0 {
				x.Set(i, 0, 1e4) // would raise the variance
			}
		}
		o := kmeans.Options{Start: start, Tol: 1e-4, Weights: weights}
		weighted := fit(t, x, k, &o)
		again := fit(t, mat.NewDense(len(repeated)/d, d, repeated), k, &kmeans.Options{Start: start, Tol: 1e-4})
		if weighted.Iterations != again.Iterations || !mat.EqualApprox(weighted.Centers, again.Centers, 1e-10) || math.Abs(weighted.Inertia-again.Inertia) > 1e-12*again.Inertia {
			t.Errorf("seed %d: inertia %v in %d iterations, repeated %v in %d", seed, weighted.Inertia, weighted.Iterations, again.Inertia, again.Iterations)
		}
	}
	x := blobs(501, 2, 4, 1, 1)
	weights := slices.Repeat([]float64{1}, 501)
	weights[500] = 0
	x.SetRow(500, []float64{1e4, -1e4})
	with, without := fit(t, x, 4, &kmeans.Options{Tol: 1e-4, Weights: weights}), fit(t, x.Slice(0, 500, 0, 2), 4, &kmeans.Options{Tol: 1e-4})
	if !mat.Equal(with.Centers, without.Centers) || with.Iterations != without.Iterations || with.Inertia != without.Inertia || !slices.Equal(with.Labels[:500], without.Labels) {
		t.Errorf("inertia %v in %d iterations with a row of weight 0, %v in %d without", with.Inertia, with.Iterations, without.Inertia, without.Iterations)
	}
}
