package segkit

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/dataset"
)

// Four customers by hand: the hole in MINIMUM_PAYMENTS is filled with the median of 2, 4 and 9, which is 4, although the
// row with the 9 is dropped afterwards for want of a credit limit. Left are the columns (1, 3, 5) and (2, 4, 4):
// means 3 and 10/3, population variances 8/3 and 8/9.
func TestPrepare(t *testing.T) {
	nan := math.NaN()
	raw := &dataset.Table{
		IDName: "CUST_ID", IDs: []string{"a", "b", "c", "d"}, Names: []string{"CREDIT_LIMIT", "MINIMUM_PAYMENTS"},
		X: mat.NewDense(4, 2, []float64{1, 2, nan, 9, 3, nan, 5, 4}),
	}
	before := mat.DenseCopyOf(raw.X)
	p, err := Prepare(raw)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := p.Customers.X, mat.NewDense(3, 2, []float64{1, 2, 3, 4, 5, 4}); !mat.Equal(got, want) {
		t.Errorf("cleaned:\n%v", mat.Formatted(got))
	}
	if ids := p.Customers.IDs; len(ids) != 3 || ids[0] != "a" || ids[1] != "c" || ids[2] != "d" {
		t.Errorf("ids %v, want a, c, d", ids)
	}
	s1, s2 := math.Sqrt(8./3), math.Sqrt(8./9)
	want := mat.NewDense(3, 2, []float64{-2 / s1, (2 - 10./3) / s2, 0, (4 - 10./3) / s2, 2 / s1, (4 - 10./3) / s2})
	if !mat.EqualApprox(p.X, want, 1e-14) {
		t.Errorf("scaled:\n%v\nwant\n%v", mat.Formatted(p.X), mat.Formatted(want))
	}
	for i := range 4 {
		for j := range 2 {
			if a, b := raw.X.At(i, j), before.At(i, j); a != b && !(math.IsNaN(a) && math.IsNaN(b)) {
				t.Fatal("Prepare wrote to its argument")
			}
		}
	}
}

func TestPrepareWithoutARowLeft(t *testing.T) {
	raw := &dataset.Table{Names: []string{"CREDIT_LIMIT"}, X: mat.NewDense(1, 1, []float64{math.NaN()})}
	if _, err := Prepare(raw); err == nil {
		t.Error("a table without a whole row was prepared")
	}
}
