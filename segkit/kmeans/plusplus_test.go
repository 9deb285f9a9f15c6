package kmeans

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// The first centre is each row with probability proportional to its weight, wherever its block lies.
func TestFirstCenterIsDrawnByWeight(t *testing.T) {
	const n, draws = 600, 60000
	x, weights, total := mat.NewDense(n, 1, nil), make([]float64, n), 0.0
	for i := range n {
		x.Set(i, 0, float64(i))
		weights[i] = float64(i % 4)
		total += weights[i]
	}
	p, err := newProblem(x, 1, &Options{Weights: weights})
	if err != nil {
		t.Fatal(err)
	}
	r := newRun(p, 1)
	counts := make([]float64, n)
	for r.index = range draws {
		if err := r.plusPlus(t.Context()); err != nil {
			t.Fatal(err)
		}
		counts[int(r.centers[0])]++
	}
	// Pearson's chi-square has as many degrees of freedom as there are rows that can be drawn, less one.
	chi, rows := 0.0, 0.0
	for i, count := range counts {
		expected := draws * weights[i] / total
		if expected == 0 {
			if count > 0 {
				t.Fatalf("row %d of weight 0 was drawn", i)
			}
			continue
		}
		chi += (count - expected) * (count - expected) / expected
		rows++
	}
	if math.Abs(chi-(rows-1)) > 5*math.Sqrt(2*(rows-1)) {
		t.Errorf("chi-square %v with %v degrees of freedom", chi, rows-1)
	}
}

// After a centre at 0, the rows at 0 have no mass, and one far away has nearly all: it is the second centre.
func TestSecondCenterIsDrawnByDistance(t *testing.T) {
	const n = 700
	x := mat.NewDense(n, 1, nil)
	x.Set(650, 0, 1000)
	x.Set(3, 0, 1)
	p, err := newProblem(x, 2, &Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := newRun(p, 1)
	for r.index = range 200 {
		if err := r.plusPlus(t.Context()); err != nil {
			t.Fatal(err)
		}
		if r.centers[0] == 0 && r.centers[1] != 1000 {
			t.Fatalf("restart %d: centres %v", r.index, r.centers)
		}
	}
}
