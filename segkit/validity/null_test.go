package validity_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"example.com/marketing/segkit/validity"
)

// line returns numbers as the rows of one column.
func line(values ...float64) *mat.Dense { return mat.NewDense(len(values), 1, values) }

// odd returns n rows of six columns: three correlated ones, the sum of two of them, a constant and a skewed one, in units
// that differ by powers of ten.
func odd(n int, seed uint64) *mat.Dense {
	r := rand.New(rand.NewPCG(seed, 3))
	x := mat.NewDense(n, 6, nil)
	for i := range n {
		a, b, c := r.NormFloat64(), r.NormFloat64(), r.NormFloat64()
		x.SetRow(i, []float64{3 + a, 100 * (a + 0.5*b), -7 + 0.01*(a-b+c), 3 + a + 100*(a+0.5*b), 0.1, math.Exp(2 * c)})
	}
	return x
}

var nulls = map[string]validity.Null{"Gaussian": validity.Gaussian, "shuffled": validity.Shuffled, "principal": validity.PrincipalBox, "column": validity.ColumnBox}

func TestNullsAreLikeX(t *testing.T) {
	x := odd(400, 1)
	kept := mat.DenseCopyOf(x)
	for name, null := range nulls {
		y, err := null(x, 1)
		if err != nil {
			t.Fatal(err)
		}
		if n, d := y.Dims(); n != 400 || d != 6 {
			t.Errorf("%s: %d×%d", name, n, d)
		}
		for i := range 400 {
			if y.At(i, 4) != 0.1 {
				t.Fatalf("%s: the constant 0.1 became %v", name, y.At(i, 4))
			}
		}
		again, _ := null(x, 1)
		other, _ := null(x, 2)
		if !mat.Equal(y, again) || mat.Equal(y, other) || mat.Equal(y, x) {
			t.Errorf("%s: the seed does not decide", name)
		}
		// A view into a larger matrix is the same rows.
		wide := mat.NewDense(400, 9, nil)
		view := wide.Slice(0, 400, 2, 8).(*mat.Dense)
		view.Copy(x)
		if y2, err := null(view, 1); err != nil || !mat.Equal(y, y2) {
			t.Errorf("%s: a view: %v", name, err)
		}
		if one, err := null(mat.NewDense(1, 2, []float64{3, 4}), 1); err != nil || !mat.Equal(one, mat.NewDense(1, 2, []float64{3, 4})) {
			t.Errorf("%s of a single row: %v, %v", name, one, err)
		}
	}
	if !mat.Equal(x, kept) {
		t.Error("x changed")
	}
}

func TestNullsOfNaN(t *testing.T) {
	x := odd(50, 1)
	x.Set(7, 2, math.NaN())
	for name, null := range nulls {
		y, err := null(x, 1)
		if name == "shuffled" {
			known := slices.DeleteFunc(mat.Col(nil, 2, y), math.IsNaN)
			if err != nil || len(known) != 49 {
				t.Errorf("%s: %v, %d known values of 49", name, err, len(known))
			}
		} else if !errors.Is(err, validity.ErrNotFinite) || !strings.Contains(err.Error(), "row 7, column 2") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Means have the standard error sd/√n, and a covariance √((s_ii·s_jj + s_ij²)/n): six of them are more than any of 27 is off.
// What depends on other columns goes on to, to rounding.
func TestGaussianHasTheMomentsOfX(t *testing.T) {
	x := odd(300, 2)
	var cov mat.SymDense
	stat.CovarianceMatrix(&cov, x, nil)
	for seed := range uint64(20) {
		const times = 20 // as many rows, so that there is less noise
		var y mat.Dense
		for part := range uint64(times) {
			z, err := validity.Gaussian(x, times*seed+part)
			if err != nil {
				t.Fatal(err)
			}
			for i := range 300 {
				if d := z.At(i, 0) + z.At(i, 1) - z.At(i, 3); math.Abs(d) > 1e-9 {
					t.Fatalf("seed %d: a sum is off by %v", seed, d)
				}
			}
			if part == 0 {
				y.CloneFrom(z)
			} else {
				var stacked mat.Dense
				stacked.Stack(&y, z)
				y.CloneFrom(&stacked)
			}
		}
		var got mat.SymDense
		stat.CovarianceMatrix(&got, &y, nil)
		n := 300. * times
		for j := range 6 {
			mean, want := stat.Mean(mat.Col(nil, j, &y), nil), stat.Mean(mat.Col(nil, j, x), nil)
			if math.Abs(mean-want) > 1e-14+6*math.Sqrt(cov.At(j, j)/n) {
				t.Errorf("seed %d, column %d: mean %v, want %v", seed, j, mean, want)
			}
			for l := range j + 1 {
				se := math.Sqrt((cov.At(j, j)*cov.At(l, l) + cov.At(j, l)*cov.At(j, l)) / n)
				if math.Abs(got.At(j, l)-cov.At(j, l)) > 1e-14+6*se {
					t.Errorf("seed %d, columns %d and %d: covariance %v, want %v ± %v", seed, j, l, got.At(j, l), cov.At(j, l), se)
				}
			}
		}
	}
}

// A column in millionths beside one in millions keeps its variance: 400 rows give a standard deviation to 1/√800, 3.5 %.
func TestGaussianInAnyUnits(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 0))
	x := mat.NewDense(400, 2, nil)
	x.Apply(func(_, j int, _ float64) float64 { return math.Pow(10, 6-12*float64(j)) * r.NormFloat64() }, x)
	y, err := validity.Gaussian(x, 1)
	if err != nil {
		t.Fatal(err)
	}
	for j := range 2 {
		if got, want := stat.StdDev(mat.Col(nil, j, y), nil), stat.StdDev(mat.Col(nil, j, x), nil); math.Abs(got/want-1) > 0.15 {
			t.Errorf("column %d: sd %v, want %v", j, got, want)
		}
	}
}

// More columns than rows: the draws lie where the rows do, in the plane through three points.
func TestNullsOfFewRows(t *testing.T) {
	x := mat.NewDense(3, 4, []float64{1, 0, 0, 5, 0, 1, 0, 5, 0, 0, 1, 5})
	for _, null := range []validity.Null{validity.Gaussian, validity.PrincipalBox} {
		y, err := null(x, 1)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			if sum := y.At(i, 0) + y.At(i, 1) + y.At(i, 2); math.Abs(sum-1) > 1e-12 || y.At(i, 3) != 5 {
				t.Errorf("row %v is not in the plane", y.RawRowView(i))
			}
		}
	}
}

func TestShuffledKeepsTheColumns(t *testing.T) {
	x := odd(2000, 3)
	y, err := validity.Shuffled(x, 1)
	if err != nil {
		t.Fatal(err)
	}
	for j := range 6 {
		a, b := mat.Col(nil, j, x), mat.Col(nil, j, y)
		if slices.Equal(a, b) && j != 4 {
			t.Errorf("column %d is as it was", j)
		}
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(a, b) {
			t.Errorf("column %d has other values", j)
		}
	}
	// Correlations of 2000 rows are 0 ± 1/√2000.
	if r := stat.Correlation(mat.Col(nil, 1, y), mat.Col(nil, 3, y), nil); math.Abs(r) > 5/math.Sqrt(2000) {
		t.Errorf("columns that were one and the same are still correlated, by %v", r)
	}
}

// The box along the axes of a singular value decomposition, which is not how PrincipalBox finds them. Of 2000 uniform
// numbers in a range, the chance that none is in the first hundredth is 0.99²⁰⁰⁰ = 2e-9.
func TestBoxes(t *testing.T) {
	x := odd(2000, 4)
	axes := map[string]*mat.Dense{"column": mat.NewDense(6, 6, nil), "principal": {}}
	for j := range 6 {
		axes["column"].Set(j, j, 1)
	}
	var mean [6]float64
	for j := range mean {
		mean[j] = stat.Mean(mat.Col(nil, j, x), nil)
	}
	center := func(m *mat.Dense) *mat.Dense {
		c := mat.DenseCopyOf(m)
		c.Apply(func(_, j int, v float64) float64 { return v - mean[j] }, c)
		return c
	}
	var svd mat.SVD
	svd.Factorize(center(x), mat.SVDThin)
	svd.VTo(axes["principal"])
	for name, axes := range axes {
		y, err := nulls[name](x, 1)
		if err != nil {
			t.Fatal(err)
		}
		var was, is mat.Dense
		was.Mul(center(x), axes)
		is.Mul(center(y), axes)
		for j := range 6 {
			a, b := mat.Col(nil, j, &was), mat.Col(nil, j, &is)
			low, high := floats.Min(a), floats.Max(a)
			width := high - low
			if floats.Min(b) < low-1e-9 || floats.Max(b) > high+1e-9 || floats.Min(b) > low+width/100+1e-9 || floats.Max(b) < high-width/100-1e-9 {
				t.Errorf("%s, axis %d: %v to %v, the box %v to %v", name, j, floats.Min(b), floats.Max(b), low, high)
			}
			// Uniform: the standard deviation is width/√12.
			if sd := stat.StdDev(b, nil); math.Abs(sd-width/math.Sqrt(12)) > 0.05*width+1e-9 {
				t.Errorf("%s, axis %d: sd %v, want %v", name, j, sd, width/math.Sqrt(12))
			}
		}
	}
}

// one puts all rows into one cluster.
func one(_ context.Context, x *mat.Dense, ks []int, _ uint64) ([]validity.Partition, error) {
	n, _ := x.Dims()
	parts := make([]validity.Partition, len(ks))
	for i := range parts {
		parts[i] = validity.Partition{Labels: make([]int, n), Inertia: mat.Norm(x, 2), Predict: func(x *mat.Dense) ([]int, error) {
			m, _ := x.Dims()
			return make([]int, m), nil
		}}
	}
	return parts, nil
}

// Replicate b draws the null's seed, and then the method's, from PCG(seed, b).
func TestNullScoresAreThoseOfTheDraws(t *testing.T) {
	null := func(x *mat.Dense, seed uint64) (*mat.Dense, error) { return line(float64(seed>>40), 0, 0), nil }
	method := func(ctx context.Context, x *mat.Dense, ks []int, seed uint64) ([]validity.Partition, error) {
		parts, err := one(ctx, x, ks, seed)
		for i, k := range ks {
			parts[i].Inertia = float64(k) * float64(seed>>40)
		}
		return parts, err
	}
	score := func(_ context.Context, x *mat.Dense, p validity.Partition) (float64, error) {
		return x.At(0, 0) + p.Inertia, nil
	}
	got, err := validity.NullScores(t.Context(), line(1, 2), []int{2, 5}, method, null, score, &validity.Options{Replicates: 7, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	for i, k := range []float64{2, 5} {
		sum := 0.0
		for b := range uint64(7) {
			r := rand.New(rand.NewPCG(3, b))
			want := float64(r.Uint64() >> 40)
			want += k * float64(r.Uint64()>>40)
			if sum += want; got[i].Values[b] != want {
				t.Errorf("k %v, replicate %d: %v, want %v", k, b, got[i].Values[b], want)
			}
		}
		if math.Abs(got[i].Mean-sum/7) > 1e-6 || got[i].Min != slices.Min(got[i].Values) || got[i].Max != slices.Max(got[i].Values) ||
			math.Abs(got[i].SD-stat.StdDev(got[i].Values, nil)) > 1e-6 || math.Abs(got[i].StdErr()-got[i].SD/math.Sqrt(7)) > 1e-9 {
			t.Errorf("k %v: %+v", k, got[i])
		}
	}
	broken := errors.New("broken")
	for about, err := range map[string]error{
		"score": func() error {
			_, err := validity.NullScores(t.Context(), line(1, 2), []int{2}, method, null, func(context.Context, *mat.Dense, validity.Partition) (float64, error) { return 0, broken }, nil)
			return err
		}(),
		"null": func() error {
			_, err := validity.NullScores(t.Context(), line(1, 2), []int{2}, method, func(*mat.Dense, uint64) (*mat.Dense, error) { return nil, broken }, score, nil)
			return err
		}(),
	} {
		if !errors.Is(err, broken) || !strings.Contains(err.Error(), "validity: null scores: replicate ") {
			t.Errorf("a broken %s: %v", about, err)
		}
	}
}

// Three clouds, and what the same method makes of Gaussian data with their mean and covariance.
func ExampleNullScores() {
	x, ks := clouds(3, 60, 8, 1), []int{3}
	score := func(ctx context.Context, x *mat.Dense, p validity.Partition) (float64, error) {
		s, err := validity.SimplifiedSilhouette(ctx, x, p.Labels)
		return s.Score, err
	}
	ctx := context.Background()
	parts, err := means(10)(ctx, x, ks, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	real, err := score(ctx, x, parts[0])
	if err != nil {
		fmt.Println(err)
		return
	}
	null, err := validity.NullScores(ctx, x, ks, means(10), validity.Gaussian, score, &validity.Options{Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("clouds %.2f, no clusters %.2f to %.2f\n", real, null[0].Min, null[0].Max)
	// Output:
	// clouds 0.84, no clusters 0.48 to 0.53
}
