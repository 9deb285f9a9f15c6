package validity_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"example.com/marketing/segkit/validity"
)

// Each column keeps its values, another seed draws others, and the correlations are those of the data: for exponentials of
// normal variables with correlation r, that of the normal variables themselves.
func TestCopula(t *testing.T) {
	const n, r = 4000, 0.7
	random := rand.New(rand.NewPCG(1, 1))
	x := mat.NewDense(n, 3, nil)
	for i := range n {
		a, b := random.NormFloat64(), random.NormFloat64()
		x.SetRow(i, []float64{math.Exp(2 * a), math.Exp(r*a + math.Sqrt(1-r*r)*b), 5})
	}
	y, err := validity.Copula(x, 1)
	if err != nil {
		t.Fatal(err)
	}
	again, err := validity.Copula(x, 1)
	if err != nil || !mat.Equal(y, again) {
		t.Errorf("the same seed draws other rows, %v", err)
	}
	if other, err := validity.Copula(x, 2); err != nil || mat.Equal(y, other) {
		t.Errorf("another seed draws the same rows, %v", err)
	}
	for j := range 3 {
		if !slices.Equal(slices.Sorted(slices.Values(mat.Col(nil, j, x))), slices.Sorted(slices.Values(mat.Col(nil, j, y)))) {
			t.Errorf("column %d has other values", j)
		}
	}
	logs := [2][]float64{}
	for i := range n {
		logs[0], logs[1] = append(logs[0], math.Log(y.At(i, 0))), append(logs[1], math.Log(y.At(i, 1)))
	}
	// The standard error of a correlation of 0.7 over 4,000 rows is 0.51/√4000 = 0.008, twice: of x and of y.
	if got := stat.Correlation(logs[0], logs[1], nil); math.Abs(got-r) > 0.04 {
		t.Errorf("the correlation is %.3f, not %v", got, r)
	}
	x.Set(1, 1, math.NaN())
	if _, err := validity.Copula(x, 1); !errors.Is(err, validity.ErrNotFinite) {
		t.Errorf("a missing value: %v", err)
	}
}

// Two clouds at a distance are one of mixed rows afterwards: nothing of the columns' joint shape is left but the correlation.
func TestCopulaHasNoClusters(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 2))
	x := mat.NewDense(400, 2, nil)
	for i := range 400 {
		x.SetRow(i, []float64{float64(6*(i%2)) + random.NormFloat64(), float64(6*(i/2%2)) + random.NormFloat64()})
		if i%4 == 3 {
			x.SetRow(i, []float64{random.NormFloat64(), random.NormFloat64()}) // the fourth corner is empty
		}
	}
	corner := func(x *mat.Dense) (count int) {
		for i := range 400 {
			if x.At(i, 0) > 3 && x.At(i, 1) > 3 {
				count++
			}
		}
		return count
	}
	y, err := validity.Copula(x, 1)
	if err != nil {
		t.Fatal(err)
	}
	// A quarter of the rows is high in each column; independent columns would put 25 into the corner, these are a bit less
	// often high together.
	if was, is := corner(x), corner(y); was != 0 || is < 5 || is > 25 {
		t.Errorf("%d rows in the corner, %d of the copula", was, is)
	}
}
