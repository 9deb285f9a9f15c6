package little_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/internal/distance"
	"example.com/marketing/segkit/profile/internal/little"
)

func TestLeft(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	n := 80
	column := func(f func(i int) float64) []float64 {
		c := make([]float64, n)
		for i := range c {
			c[i] = f(i)
		}
		return c
	}
	normal := func(int) float64 { return r.NormFloat64() }
	a, b, c := column(normal), column(normal), column(normal)
	holes := func(column []float64, every int) []float64 {
		column = slices.Clone(column)
		for i := every / 2; i < n; i += every {
			column[i] = nan
		}
		return column
	}
	sum := column(func(i int) float64 { return 3*a[i] - 2*b[i] + 7 })
	almost := column(func(i int) float64 { return a[i] + b[i] + 1e-3*float64(i%2) })
	constant, none := column(func(int) float64 { return 0.1 }), column(func(int) float64 { return nan })
	few := column(func(i int) float64 { return []float64{float64(i * i), nan}[min(i/3, 1)] })
	flag := column(func(i int) float64 { return float64(i % 7 % 2) })
	holed := holes(a, 7)
	for name, test := range map[string]struct {
		columns [][]float64
		left    []int
	}{
		"nothing":                          {[][]float64{holed, b, c}, nil},
		"constant":                         {[][]float64{constant, holed, b}, []int{0}},
		"constant with holes":              {[][]float64{holed, holes(constant, 3), b}, []int{1}},
		"no values":                        {[][]float64{holed, b, none}, []int{2}},
		"three values of three columns":    {[][]float64{holed, few, b}, []int{1}},
		"twice the same":                   {[][]float64{b, holed, b, c}, []int{2}},
		"twice the same, with holes":       {[][]float64{holed, b, holed}, []int{2}},
		"a sum":                            {[][]float64{a, b, holes(c, 9), sum}, []int{3}},
		"a sum that comes first":           {[][]float64{sum, a, holes(c, 9), b}, []int{3}},
		"a sum of columns with holes":      {[][]float64{holed, b, sum, c}, []int{2}},
		"a sum with holes all over":        {[][]float64{holed, holes(b, 9), holes(sum, 4), c}, []int{2}},
		"nearly a sum":                     {[][]float64{holed, b, almost}, nil},
		"several":                          {[][]float64{none, holed, constant, b, sum, b}, []int{0, 2, 4, 5}},
		"constant where another has value": {[][]float64{holes(a, 2), column(func(i int) float64 { return float64(i % 2) }), b}, nil},
		"a flag":                           {[][]float64{holed, flag, b}, nil},
	} {
		got := mcar(t, test.columns)
		if !slices.Equal(got.Left, test.left) || !got.Converged {
			t.Errorf("%s: %+v, want %v left out", name, got, test.left)
		}
		var rest [][]float64
		for j, column := range test.columns {
			if !slices.Contains(test.left, j) {
				rest = append(rest, column)
			}
		}
		want := mcar(t, rest)
		if got.Left = nil; !near(got.Statistic, want.Statistic, 1e-9) || got.DF != want.DF || got.Patterns != want.Patterns || got.Rows != want.Rows {
			t.Errorf("%s: %+v, and %+v without the columns", name, got, want)
		}
	}
	// No row has values in the last two: their covariance is not determined, but there is a statistic.
	apart := [][]float64{a, holes(b, 2), slices.Clone(c)}
	for i := range n {
		if !math.IsNaN(apart[1][i]) {
			apart[2][i] = nan
		}
	}
	if got := mcar(t, apart); got.DF != 1 || !(got.P > 0 && got.P < 1) || !got.Converged {
		t.Errorf("columns apart: %+v", got)
	}
	// Three values are enough for two columns, but the algorithm is as slow as most of a column is missing.
	if got := mcar(t, [][]float64{b, few}); len(got.Left) > 0 || got.Converged || got.Iterations != 500 || !(got.P > 0 && got.P < 1) {
		t.Errorf("three values of two columns: %+v", got)
	}
	// Rows without a value do not count.
	with := mcar(t, [][]float64{append(slices.Clone(holed), nan), append(slices.Clone(b), nan)})
	if want := mcar(t, [][]float64{holed, b}); !reflect.DeepEqual(with, want) {
		t.Errorf("with an empty row %+v, without %+v", with, want)
	}
}

func TestErrors(t *testing.T) {
	line := []float64{1, 2, 4, 8, 16}
	for name, test := range map[string]struct {
		columns [][]float64
		want    error
	}{
		"no columns":                       {nil, little.ErrTooFew},
		"no rows":                          {[][]float64{{}, {}}, little.ErrTooFew},
		"complete":                         {[][]float64{line, {3, 1, 4, 1, 5}}, little.ErrComplete},
		"only empty rows":                  {[][]float64{{1, 2, nan, 8, 16}, {3, 1, nan, 1, 5}}, little.ErrComplete},
		"holes in a constant":              {[][]float64{line, {3, 1, 4, 1, 5}, {1, 1, nan, 1, 1}}, little.ErrComplete},
		"one column":                       {[][]float64{{1, nan, 2, 5, 7}}, little.ErrTooFew},
		"constants":                        {[][]float64{{1, nan, 1, 1}, {2, 2, 2, 2}}, little.ErrTooFew},
		"too few rows":                     {[][]float64{{1, nan, 3}, {2, 5, 4}}, little.ErrTooFew},
		"columns that never meet":          {[][]float64{{1, 2, 4, nan, nan, nan}, {nan, nan, nan, 1, 2, 4}}, little.ErrTooFew},
		"infinite":                         {[][]float64{line, {1, math.Inf(-1), nan, 2, 3}}, distance.ErrNotFinite},
		"beyond what sums of squares bear": {[][]float64{line, {1, 1e141, nan, 2, 3}}, distance.ErrNotFinite},
	} {
		if _, err := little.MCAR(t.Context(), test.columns); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		} else {
			t.Logf("%s: %v", name, err)
		}
	}
	if got, _ := little.MCAR(t.Context(), [][]float64{line, {1, 1, nan, 1, 1}, {3, 1, 4, 1, 5}}); !reflect.DeepEqual(got, little.Test{Left: []int{1}}) {
		t.Errorf("with an error: %+v", got)
	}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := little.MCAR(done, generated(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("when cancelled: %v", err)
	}
	defer func() {
		if r := recover(); r != mat.ErrShape {
			t.Errorf("columns of different lengths: %v", r)
		}
	}()
	little.MCAR(t.Context(), [][]float64{line, {nan}})
}
