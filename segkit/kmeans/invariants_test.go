package kmeans_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/kmeans"
	"example.com/marketing/segkit/validity"
)

// same says whether two models of the same rows are the same partition at the same inertia.
func same(a, b *kmeans.Model, tol float64) bool {
	return validity.AdjustedRand(a.Labels, b.Labels) == 1 && math.Abs(a.Inertia-b.Inertia) <= tol*a.Inertia
}

// What does not change the problem does not change the answer: plain Lloyd from the same rows.
func TestFitIsInvariant(t *testing.T) {
	for seed := range uint64(25) {
		const n = 500
		k, d := 2+int(seed)%6, 2+int(seed)%5
		x := blobs(n, d, k, 2, seed)
		start := mat.DenseCopyOf(x.Slice(0, k, 0, d))
		m := fit(t, x, k, &kmeans.Options{Start: start})
		random := rand.New(rand.NewPCG(seed, 5))

		rows, columns := random.Perm(n), random.Perm(d)
		permuted, permutedStart := mat.NewDense(n, d, nil), mat.NewDense(k, d, nil)
		for i := range n {
			for j := range d {
				permuted.Set(i, j, x.At(rows[i], columns[j]))
			}
		}
		for c := range k {
			for j := range d {
				permutedStart.Set(c, j, start.At(c, columns[j]))
			}
		}
		other := fit(t, permuted, k, &kmeans.Options{Start: permutedStart})
		back := make([]int, n)
		for i, label := range other.Labels {
			back[rows[i]] = label
		}
		other.Labels = back
		if !same(m, other, 1e-12) {
			t.Errorf("seed %d: rows and columns in another order: inertia %v, %v", seed, m.Inertia, other.Inertia)
		}

		var scaled, scaledStart mat.Dense
		scaled.Scale(1024, x)
		scaledStart.Scale(1024, start)
		other = fit(t, &scaled, k, &kmeans.Options{Start: &scaledStart})
		if !slices.Equal(other.Labels, m.Labels) || other.Inertia != m.Inertia*1024*1024 {
			t.Errorf("seed %d: 1024 times as large: inertia %v, %v", seed, m.Inertia, other.Inertia)
		}

		// A row of weight w is as good as w such rows, and one of weight 0 as none.
		weights := make([]float64, n)
		var repeated []float64
		var of []int
		for i := range n {
			weights[i] = float64(random.IntN(4))
			for range int(weights[i]) {
				repeated, of = append(repeated, x.RawRowView(i)...), append(of, i)
			}
		}
		weighted := fit(t, x, k, &kmeans.Options{Start: start, Weights: weights})
		other = fit(t, mat.NewDense(len(of), d, repeated), k, &kmeans.Options{Start: start})
		for i, label := range other.Labels {
			if weighted.Labels[of[i]] != label || math.Abs(weighted.Inertia-other.Inertia) > 1e-12*other.Inertia {
				t.Fatalf("seed %d: row %d of weight %v is in cluster %d, repeated in %d; inertia %v, %v",
					seed, of[i], weights[of[i]], weighted.Labels[of[i]], label, weighted.Inertia, other.Inertia)
			}
		}
		if got, err := weighted.Predict(x); err != nil || !slices.Equal(got, weighted.Labels) {
			t.Errorf("seed %d: labels are not those of the centres: %v", seed, err)
		}
	}
}

// No row of a converged fit lowers the inertia by going to another cluster, the means going with it.
func TestFitLeavesNothingToExchange(t *testing.T) {
	for seed := range uint64(25) {
		n, k, d := 150, 2+int(seed)%7, 1+int(seed)%4
		if seed >= 17 {
			n, k = 600, 64+int(seed)
		}
		x := blobs(n, d, k, 1, seed)
		random := rand.New(rand.NewPCG(seed, 6))
		weights := make([]float64, n)
		for i := range weights {
			weights[i] = 1
			switch seed % 4 {
			case 1:
				weights[i] = random.Float64()
			case 2:
				weights[i] = 100
			case 3:
				weights[i] = 1 + 20*random.Float64()
			}
		}
		m := fit(t, x, k, &kmeans.Options{Restarts: 2, Seed: seed, Weights: weights})
		if !m.Converged {
			t.Fatalf("seed %d: not converged", seed)
		}
		mass := make([]float64, k)
		for i, c := range m.Labels {
			mass[c] += weights[i]
		}
		distances, err := m.Transform(x)
		if err != nil {
			t.Fatal(err)
		}
		for i, a := range m.Labels {
			w := weights[i]
			if m.Sizes[a] == 1 {
				continue
			}
			gain := mass[a] * w / (mass[a] - w) * distances.At(i, a) * distances.At(i, a)
			for b := range k {
				if cost := mass[b] * w / (mass[b] + w) * distances.At(i, b) * distances.At(i, b); b != a && cost < gain*(1-1e-8) {
					t.Errorf("seed %d: row %d should leave cluster %d for %d: %v < %v", seed, i, a, b, cost, gain)
				}
			}
		}
	}
}

// Tables of more than one chunk, and tables so large that restarts come one after the other: the same on any number of
// workers, and with rows that are a part of a wider matrix.
func TestFitOfManyRows(t *testing.T) {
	for _, n := range []int{10000, 1 << 18} {
		wide := blobs(n, 4, 6, 1.5, 3)
		x := wide.Slice(0, n, 1, 3)
		o := kmeans.Options{Restarts: 2, Seed: 4, Workers: 1}
		one := fit(t, x, 6, &o)
		o.Workers = 3
		three := fit(t, x, 6, &o)
		if !mat.Equal(one.Centers, three.Centers) || !slices.Equal(one.Labels, three.Labels) || one.Inertia != three.Inertia {
			t.Errorf("%d rows: three workers give another model", n)
		}
		o.Start = one.Centers
		if again := fit(t, x.(*mat.Dense).T().T(), 6, &o); again.Iterations != 1 || again.Inertia != one.Inertia {
			t.Errorf("%d rows: %d iterations from the solution", n, again.Iterations)
		}
	}
}

func TestOnIteration(t *testing.T) {
	x := blobs(400, 3, 4, 1, 7)
	start := mat.DenseCopyOf(x.Slice(0, 4, 0, 3))
	last, number := math.Inf(1), 0
	var final *mat.Dense
	m := fit(t, x, 4, &kmeans.Options{Start: start, OnIteration: func(it kmeans.Iteration) {
		number++
		stopped := fit(t, x, 4, &kmeans.Options{Start: start, MaxIter: number})
		if it.Number != number || it.Restart != 0 || stopped.Inertia > last || stopped.Converged != (it.Changed == 0) {
			t.Errorf("%+v: inertia %v after %v", it, stopped.Inertia, last)
		}
		last, final = stopped.Inertia, it.Centers
	}})
	if number != m.Iterations || number < 3 || math.Abs(last-m.Inertia) > 1e-12*last {
		t.Errorf("%d calls for %d iterations, inertia %v and %v", number, m.Iterations, last, m.Inertia)
	}
	if moved := fit(t, x, 4, &kmeans.Options{Start: final, MaxIter: 1}); !same(m, moved, 1e-12) {
		t.Errorf("the last centres are not the model's")
	}
}

func TestTransform(t *testing.T) {
	for _, k := range []int{1, 3, 4, 5, 11} {
		x := blobs(700, 3, k, 3, 1)
		m := fit(t, x, k, nil)
		got, err := m.Transform(x)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 700 {
			for c := range k {
				want := 0.0
				for j := range 3 {
					want += math.Pow(x.At(i, j)-m.Centers.At(c, j), 2)
				}
				if math.Abs(got.At(i, c)-math.Sqrt(want)) > 1e-12*(1+want) {
					t.Fatalf("k = %d: distance of row %d to centre %d: %v, want %v", k, i, c, got.At(i, c), math.Sqrt(want))
				}
			}
		}
	}
	m := fit(t, blobs(10, 2, 2, 3, 1), 2, nil)
	bad := mat.NewDense(2, 2, []float64{0, 0, 0, math.NaN()})
	if _, err := m.Transform(bad); !errors.Is(err, kmeans.ErrNotFinite) {
		t.Errorf("NaN: %v", err)
	}
	if _, err := m.Predict(bad); err == nil || err.Error() != "kmeans: not a number that can be squared: row 1, column 1 is NaN, not finite" {
		t.Errorf("NaN: %v", err)
	}
	if labels, err := m.Predict(mat.NewDense(3, 2, nil).Slice(0, 3, 0, 2)); err != nil || len(labels) != 3 {
		t.Errorf("%v, %v", labels, err)
	}
}

func TestWeights(t *testing.T) {
	x := mat.NewDense(5, 1, []float64{0, 1, 10, 11, 100})
	m := fit(t, x, 2, &kmeans.Options{Weights: []float64{1, 3, 1, 1, 0}})
	// {0, 1, 1, 1} and {10, 11}: means 0.75 and 10.5, inertia 0.75 + 0.5; the row at 100 counts for nothing.
	if m.Centers.At(0, 0) != 0.75 || m.Centers.At(1, 0) != 10.5 || m.Inertia != 1.25 || !slices.Equal(m.Labels, []int{0, 0, 1, 1, 1}) {
		t.Errorf("%+v, centres %v", m, mat.Formatted(m.Centers))
	}
	for _, w := range []float64{-1, math.NaN(), math.Inf(1), 1e21} {
		_, err := kmeans.Fit(t.Context(), x, 2, &kmeans.Options{Weights: []float64{1, 1, 1, w, 1}})
		if want := fmt.Sprintf("kmeans: not a weight: row 3 has %v, not 0 to 1e20", w); !errors.Is(err, kmeans.ErrWeight) || err.Error() != want {
			t.Errorf("weight %v: %v", w, err)
		}
	}
	for want, weights := range map[string][]float64{
		"kmeans: too few distinct rows: 2 among 2 rows of positive weight, for 3 clusters":                                                       {1, 1, 0, 0, 0},
		"kmeans: too few distinct rows: the rows differ by less than the square of a distance, times the row's weight, can show, for 3 clusters": {5e-324, 5e-324, 0, 0, 5e-324},
	} {
		x.SetCol(0, []float64{0, 1e-3, 10, 11, 2e-3})
		if _, err := kmeans.Fit(t.Context(), x, 3, &kmeans.Options{Weights: weights}); !errors.Is(err, kmeans.ErrTooFewRows) || err.Error() != want {
			t.Errorf("weights %v: %v, want %s", weights, err, want)
		}
	}
}

// check fails the test unless m is what Fit promises of any rows.
func check(t *testing.T, x *mat.Dense, k int, m *kmeans.Model, o *kmeans.Options) {
	t.Helper()
	n, d := x.Dims()
	labels, err := m.Predict(x)
	if err != nil || !slices.Equal(labels, m.Labels) {
		t.Fatalf("labels %v are not those of the centres, %v; %v", m.Labels, labels, err)
	}
	sizes, inertia := make([]int, k), 0.0
	for i, c := range labels {
		sizes[c]++
		for j := range d {
			inertia += math.Pow(x.At(i, j)-m.Centers.At(c, j), 2)
		}
	}
	if !slices.Equal(sizes, m.Sizes) || slices.Contains(sizes, 0) || !slices.IsSortedFunc(sizes, func(a, b int) int { return b - a }) {
		t.Fatalf("sizes %v, counted %v", m.Sizes, sizes)
	}
	if math.Abs(inertia-m.Inertia) > 1e-9*inertia+1e-290 {
		t.Fatalf("inertia %v, computed %v", m.Inertia, inertia)
	}
	if m.Converged && o.Tol == 0 {
		for c := range k {
			for j := range d {
				mean := 0.0
				for i, label := range labels {
					if label == c {
						mean += x.At(i, j) / float64(sizes[c])
					}
				}
				if math.Abs(mean-m.Centers.At(c, j)) > 1e-12*mat.Norm(x, 2) {
					t.Fatalf("centre %d has %v in column %d, its %d of %d rows have the mean %v", c, m.Centers.At(c, j), j, sizes[c], n, mean)
				}
			}
		}
	}
}

// A cluster whose rows all are as near to another loses them to the one with the lower number.
func TestRenumberingLeavesNoClusterEmpty(t *testing.T) {
	x := mat.NewDense(5, 1, []float64{6, 5, 5, 0, 2})
	o := kmeans.Options{Start: mat.NewDense(3, 1, []float64{6, 5, 5}), MaxIter: 1}
	check(t, x, 3, fit(t, x, 3, &o), &o)
}

// Tol is relative to the columns' variance, cancelling in a callback ends the work, and of equal restarts the first wins.
func TestTolCancelAndTies(t *testing.T) {
	x := blobs(2000, 3, 5, 0.5, 3)
	var large mat.Dense
	large.Scale(1024, x)
	o := kmeans.Options{Restarts: 1, Tol: 1e-4, Seed: 2}
	small, big, settled := fit(t, x, 5, &o), fit(t, &large, 5, &o), fit(t, x, 5, &kmeans.Options{Restarts: 1, Seed: 2})
	if small.Iterations != big.Iterations || !small.Converged || small.Iterations >= settled.Iterations {
		t.Errorf("%d iterations, %d when 1024 times as large, %d to convergence", small.Iterations, big.Iterations, settled.Iterations)
	}
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	_, err := kmeans.Fit(ctx, x, 5, &kmeans.Options{Restarts: 50, Workers: 1, OnIteration: func(kmeans.Iteration) {
		calls++
		cancel()
	}})
	if !errors.Is(err, context.Canceled) || calls != 1 {
		t.Errorf("%d iterations, the first of which cancelled: %v", calls, err)
	}
	line := mat.NewDense(4, 1, []float64{0, 0, 9, 9})
	for _, workers := range []int{1, 3} {
		if m := fit(t, line, 2, &kmeans.Options{Restarts: 30, Workers: workers}); m.Restart != 0 {
			t.Errorf("of 30 equal restarts number %d won", m.Restart)
		}
	}
}

// Whole numbers have ties everywhere: between centres, between clusters of one size, between rows.
func TestFitOfTies(t *testing.T) {
	for seed := range uint64(400) {
		random := rand.New(rand.NewPCG(seed, 7))
		n, d := 5+random.IntN(40), 1+random.IntN(2)
		k := 2 + random.IntN(3)
		x := mat.NewDense(n, d, nil)
		x.Apply(func(_, _ int, _ float64) float64 { return float64(random.IntN(4)) }, x)
		for i := range k {
			x.Set(i, 0, float64(i)) // enough distinct rows
		}
		for _, o := range []kmeans.Options{{Restarts: 2, Seed: seed}, {Restarts: 1, MaxIter: 1}, {Tol: 0.1}, {Start: x.Slice(0, k, 0, d)}, {Start: mat.NewDense(k, d, nil)}} {
			check(t, x, k, fit(t, x, k, &o), &o)
		}
	}
}

func FuzzFit(f *testing.F) {
	f.Add([]byte{0, 0, 1, 1, 2, 2, 250, 250}, uint8(2), uint8(2), int8(0))
	f.Add([]byte{0, 1, 0, 1, 0, 1}, uint8(1), uint8(2), int8(120))
	f.Add([]byte{7}, uint8(1), uint8(1), int8(-100))
	f.Fuzz(func(t *testing.T, data []byte, d, k uint8, exponent int8) {
		d, k = d%5+1, k%7+1
		n := min(len(data)/int(d), 60)
		if n == 0 {
			return
		}
		x := mat.NewDense(n, int(d), nil)
		x.Apply(func(i, j int, _ float64) float64 {
			return math.Pow(2, float64(exponent)) * float64(int8(data[i*int(d)+j]))
		}, x)
		for _, o := range []kmeans.Options{{Restarts: 2}, {MaxIter: 1, Restarts: 1}, {Start: x.Slice(0, min(int(k), n), 0, int(d))}} {
			if o.Start != nil && int(k) > n {
				continue
			}
			m, err := kmeans.Fit(t.Context(), x, int(k), &o)
			if err != nil {
				if !errors.Is(err, kmeans.ErrTooFewRows) {
					t.Fatal(err)
				}
				continue
			}
			check(t, x, int(k), m, &o)
		}
	})
}

// Whatever Read takes is a model that WriteTo writes, and that labels rows.
func FuzzRead(f *testing.F) {
	var b bytes.Buffer
	if _, err := fit(f, blobs(20, 2, 2, 3, 1), 2, nil).WriteTo(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	for _, body := range []string{`[[1e999]], "sizes": [1]`, `[[1, null]], "sizes": [1], "inertia": 1`, `[[1], null], "sizes": [null, 1], "inertia": -1`, `[[1]], "sizes": [-1], "inertia": 1`} {
		f.Add([]byte(`{"format": "segkit/kmeans", "version": 1, "centers": ` + body + `}`))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := kmeans.Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		k, d := m.Centers.Dims()
		if !(m.Inertia >= 0) || len(m.Sizes) != k || slices.Min(m.Sizes) < 0 {
			t.Fatalf("%+v", m)
		}
		if _, err := m.Predict(mat.NewDense(1, d, nil)); err != nil {
			t.Fatal(err)
		}
		var first bytes.Buffer
		if _, err := m.WriteTo(&first); err != nil {
			t.Fatal(err)
		}
		again, err := kmeans.Read(&first)
		if err != nil || !mat.Equal(again.Centers, m.Centers) {
			t.Fatal(err)
		}
	})
}
