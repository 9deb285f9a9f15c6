package little_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"example.com/marketing/segkit/profile/internal/little"
)

// normal returns d correlated columns of n values, without holes.
func normal(r *rand.Rand, n, d int) [][]float64 {
	columns := make([][]float64, d)
	weights := make([]float64, d*d)
	for i := range weights {
		weights[i] = r.NormFloat64()
	}
	for j := range columns {
		columns[j] = make([]float64, n)
	}
	z := make([]float64, d)
	for i := range n {
		for j := range z {
			z[j] = r.NormFloat64()
		}
		for j := range columns {
			for k, v := range z {
				columns[j][i] += weights[j*d+k] * v
			}
		}
	}
	return columns
}

// holed makes holes in all columns but the first keep.
func holed(r *rand.Rand, columns [][]float64, keep int, share float64) [][]float64 {
	for _, column := range columns[keep:] {
		for i := range column {
			if r.Float64() < share {
				column[i] = nan
			}
		}
	}
	return columns
}

func TestInvariants(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		n, d := 60+r.IntN(100), 2+r.IntN(6)
		columns := holed(r, normal(r, n, d), 0, 0.1)
		before := make([][]float64, d)
		for j, column := range columns {
			before[j] = slices.Clone(column)
		}
		want := mcar(t, columns)
		if !want.Converged || !(want.P >= 0 && want.P <= 1) {
			t.Errorf("seed %d: %+v", seed, want)
		}
		for j, column := range columns {
			for i, v := range column {
				if math.Float64bits(v) != math.Float64bits(before[j][i]) {
					t.Fatalf("seed %d: row %d, column %d was changed", seed, i, j)
				}
			}
		}
		check := func(what string, columns [][]float64) {
			t.Helper()
			got := mcar(t, columns)
			if !near(got.Statistic, want.Statistic, 1e-6) || !near(got.P, want.P, 1e-6) || got.DF != want.DF || got.Patterns != want.Patterns || got.Rows != want.Rows || len(got.Left) > 0 {
				t.Errorf("seed %d, %s: %+v, want %+v", seed, what, got, want)
			}
		}
		rows := r.Perm(n)
		other := make([][]float64, d)
		for j := range other {
			for _, i := range rows {
				other[j] = append(other[j], columns[j][i])
			}
		}
		check("rows in another order", other)
		for j, k := range r.Perm(d) {
			other[j] = columns[k]
		}
		check("columns in another order", other)
		for j := range other {
			factor, shift := math.Pow(10, r.Float64()*200-100)*float64(1-2*r.IntN(2)), r.NormFloat64()*100
			other[j] = slices.Clone(columns[j])
			for i := range other[j] {
				other[j][i] = (other[j][i] + shift) * factor
			}
		}
		check("columns scaled", other)
	}
}

// When values are missing completely at random, p is uniform; the bound on the Kolmogorov-Smirnov distance is that of 1 in
// 100. When they are missing where another column is large, p is small.
func TestDistribution(t *testing.T) {
	const seeds = 200
	var random []float64
	for seed := range uint64(seeds) {
		r := rand.New(rand.NewPCG(seed, 2))
		columns := holed(r, normal(r, 300, 3), 1, 0.15)
		random = append(random, mcar(t, columns).P)
		columns = normal(r, 300, 3)
		for i, v := range columns[0] {
			if v > 0 && r.Float64() < 0.5 {
				columns[2][i] = nan
			}
		}
		if got := mcar(t, columns); got.P >= 1e-3 {
			t.Errorf("seed %d: missing where another column is large, but p = %v", seed, got.P)
		}
	}
	slices.Sort(random)
	mean, distance := 0.0, 0.0
	for i, p := range random {
		mean += p / seeds
		distance = max(distance, p-float64(i)/seeds, float64(i+1)/seeds-p)
	}
	if math.Abs(mean-0.5) > 0.06 || distance > 1.63/math.Sqrt(seeds) {
		t.Errorf("the mean of p is %v, its distance from the uniform distribution %v", mean, distance)
	}
	t.Logf("the mean of p is %v, its distance from the uniform distribution %v", mean, distance)
}

func FuzzMCAR(f *testing.F) {
	f.Add(2, []byte{1, 2, 2, 3, 3, 5, 4, 6, 5, 0, 6, 0})
	f.Add(3, []byte{1, 1, 1, 2, 9, 2, 0, 4, 3, 7, 0, 4, 3, 3, 0, 8, 1, 5, 0, 0, 6})
	f.Add(2, []byte{255, 1, 254, 0, 253, 7, 1, 3, 0, 250, 2, 2})
	f.Add(4, []byte("0\x00The quick brown\x00fox jumps over\x00the lazy dog\x00\x00 or not at all\x00then"))
	f.Fuzz(func(t *testing.T, d int, data []byte) {
		if d < 1 || d > 12 || len(data) > 2000 {
			return
		}
		columns := make([][]float64, d)
		for i := range len(data) / d * d {
			v := float64(data[i])
			switch {
			case v == 0:
				v = nan
			case v > 250:
				v = math.Pow(10, (v-253)*46) // from 1e-92 to 1e92
			}
			columns[i%d] = append(columns[i%d], v)
		}
		got, err := little.MCAR(t.Context(), columns)
		if err != nil {
			if !errors.Is(err, little.ErrComplete) && !errors.Is(err, little.ErrTooFew) {
				t.Fatal(err)
			}
			return
		}
		if !(got.Statistic >= 0) || math.IsInf(got.Statistic, 0) || !(got.P >= 0 && got.P <= 1) || got.DF < 1 || got.Patterns < 2 || got.Rows <= d-len(got.Left) {
			t.Fatalf("%+v", got)
		}
	})
}

func BenchmarkMCAR(b *testing.B) {
	for _, test := range []struct {
		name  string
		n, d  int
		share float64
		keep  int
	}{
		{"8950x17", 8950, 17, 0.035, 15},
		{"8950x17, many patterns", 8950, 17, 0.035, 0},
		{"100000x60", 100000, 60, 0.1, 56},
	} {
		b.Run(test.name, func(b *testing.B) {
			r := rand.New(rand.NewPCG(3, 3))
			columns := holed(r, normal(r, test.n, test.d), test.keep, test.share)
			b.ReportAllocs()
			for b.Loop() {
				got := mcar(b, columns)
				b.ReportMetric(float64(got.Patterns), "patterns")
				b.ReportMetric(float64(got.Iterations), "iterations")
			}
		})
	}
}
