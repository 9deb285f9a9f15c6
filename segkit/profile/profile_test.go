package profile_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/dataset"
	"example.com/marketing/segkit/profile"
)

var nan = math.NaN()

func report(t testing.TB, table *dataset.Table, o *profile.Options) *profile.Report {
	t.Helper()
	r, err := profile.New(table, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func near(got profile.Number, want float64) bool {
	g := float64(got)
	return math.IsNaN(g) && math.IsNaN(want) || math.Abs(g-want) <= 1e-9*max(1, math.Abs(want))
}

// A holds 2, 4, 4, 4, 5, 5, 7, 9 and a hole: mean 5, distances -3 -1 -1 -1 0 0 2 4, squares sum to 32, cubes to 42, fourth
// powers to 356. With n = 8: variance 32/7; G1 = 8·√7/6 · 42/32^1.5 = 0.818488; G2 = 8·9·7·356/(6·5·32²) - 3·49/30 = 0.940625.
func TestColumnByHand(t *testing.T) {
	x := mat.NewDense(9, 2, []float64{9, 0, 2, 0, nan, 0, 5, -1, 4, 2.5, 7, 0, 4, 0, 5, 0, 4, 0})
	r := report(t, &dataset.Table{Names: []string{"A", "B"}, X: x}, nil)
	a, b := r.Columns[0], r.Columns[1]
	if a.Count != 8 || a.Missing != 1 || a.Distinct != 5 || a.Zeros != 0 || !a.Whole || b.Zeros != 7 || b.Negative != 1 || b.Whole {
		t.Errorf("counts %+v\n%+v", a, b)
	}
	for about, c := range map[string][2]float64{
		"mean": {float64(a.Mean), 5}, "variance": {float64(a.Variance), 32. / 7}, "std": {float64(a.Std), math.Sqrt(32. / 7)},
		"skewness": {float64(a.Skewness), 8 * math.Sqrt(7) / 6 * 42 / math.Pow(32, 1.5)}, "kurtosis": {float64(a.Kurtosis), 8*9*7*356/(6*5*1024.) - 3*49/30.},
		"median": {float64(a.Median), 4.5}, "q75": {float64(a.Q75), 5.5}, "iqr": {float64(a.IQR), 1.5}, "sum": {float64(a.Sum), 40}, "range": {float64(a.Range), 7},
		"cv": {float64(a.CV), math.Sqrt(32./7) / 5},
	} {
		if !near(profile.Number(c[0]), c[1]) {
			t.Errorf("%s %v, want %v", about, c[0], c[1])
		}
	}
	if r.MissingCells != 1 || r.Rows != 9 || r.DuplicateRows != 1 || r.DuplicateWithIDs != 1 {
		t.Errorf("%d missing, %d duplicates", r.MissingCells, r.DuplicateRows)
	}
	if !near(r.Correlation[0][0], 1) || r.Correlation[0][1] != r.Correlation[1][0] {
		t.Errorf("correlation %v", r.Correlation)
	}
}

func TestOddColumns(t *testing.T) {
	x := mat.NewDense(3, 3, []float64{5, nan, 1, 5, nan, 2, 5, nan, 4})
	r := report(t, &dataset.Table{IDName: "ID", IDs: []string{"a", "b", "c"}, Names: []string{"constant", "empty", "good"}, X: x}, nil)
	if c := r.Columns[0]; !near(c.Std, 0) || !near(c.Skewness, 0) || !near(c.Kurtosis, nan) {
		t.Errorf("constant: %+v", c)
	}
	if c := r.Columns[1]; c.Count != 0 || c.Missing != 3 || !near(c.Mean, nan) || c.Whole || len(c.Histogram.Counts) != 0 {
		t.Errorf("empty: %+v", c)
	}
	if !near(r.Correlation[0][2], nan) || !near(r.Correlation[1][1], nan) || len(r.Pairs()) != 0 {
		t.Errorf("correlations %v", r.Correlation)
	}
	one := report(t, &dataset.Table{Names: []string{"x"}, X: mat.NewDense(1, 1, []float64{3})}, nil)
	if c := one.Columns[0]; !near(c.Mean, 3) || !near(c.Std, nan) || c.Histogram.Counts[12] != 1 {
		t.Errorf("one value: %+v", c)
	}
	for _, r := range []*profile.Report{r, one} {
		var b bytes.Buffer
		if err := r.WriteHTML(&b); err != nil || strings.Contains(b.String(), "NaN") {
			t.Errorf("page: %v", err)
		}
		b.Reset()
		if err := r.WriteJSON(&b); err != nil || !json.Valid(b.Bytes()) {
			t.Errorf("JSON: %v", err)
		}
	}
	if _, err := profile.New(&dataset.Table{X: &mat.Dense{}}, nil); err == nil {
		t.Error("an empty table was profiled")
	}
}

func TestHistogramLosesNoValue(t *testing.T) {
	values := make([]float64, 1000)
	for i := range values {
		values[i] = math.Exp(float64(i%97) / 6)
	}
	h := report(t, &dataset.Table{Names: []string{"x"}, X: mat.NewDense(1000, 1, values)}, nil).Columns[0].Histogram
	sum := h.Below + h.Above
	for _, n := range h.Counts {
		sum += n
	}
	if sum != 1000 || h.Above == 0 || len(h.Edges) != len(h.Counts)+1 {
		t.Errorf("%d of 1000 values, %d above", sum, h.Above)
	}
}

// Names and titles are other people's text.
func TestHostileText(t *testing.T) {
	evil := `<script>alert(1)</script>"'&`
	r := report(t, &dataset.Table{IDName: evil, IDs: []string{"secret-1", "secret-2"}, Names: []string{evil, "b" + evil}, X: mat.NewDense(2, 2, []float64{1, 2, nan, 3})},
		&profile.Options{Title: evil, Source: evil})
	var b bytes.Buffer
	if err := r.WriteHTML(&b); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<script", "secret-1", "secret-2", "http://", "https://", "src="} {
		if strings.Contains(b.String(), bad) {
			t.Errorf("the page contains %q", bad)
		}
	}
}

func TestFragments(t *testing.T) {
	r := report(t, &dataset.Table{Names: []string{"a", "b"}, X: mat.NewDense(2, 2, []float64{1, 2, 3, 5})}, &profile.Options{Synthetic: true})
	one, err1 := r.Fragment("left")
	two, err2 := r.Fragment("right-2")
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(one, "right-2") || !strings.Contains(one, `id="left-column-1"`) || strings.Contains(one, "<html") || !strings.Contains(one, "Synthetic data") {
		t.Errorf("fragment:\n%s", one)
	}
	if strings.ReplaceAll(two, "right-2", "left") != one {
		t.Error("fragments differ in more than their prefix")
	}
	for _, prefix := range []string{"", "1a", "a b", `a"`} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("the prefix %q did not panic", prefix)
				}
			}()
			r.Fragment(prefix)
		}()
	}
}

// Every number of the real file that sweetviz, pandas and NumPy have, too.
func TestReference(t *testing.T) {
	path := os.Getenv("SEGKIT_DATA")
	if path == "" {
		t.Skip("SEGKIT_DATA names no file: the comparison with sweetviz and pandas is left out")
	}
	table, _, err := dataset.ReadFile(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := report(t, table, nil)
	dir := filepath.Join(filepath.Dir(path), "..", "reference")
	read := func(name string, v any) {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if errors.Is(err, os.ErrNotExist) {
			t.Skip("no reference figures beside the data")
		}
		if err := errors.Join(err, json.Unmarshal(b, v)); err != nil {
			t.Fatal(err)
		}
	}
	var pandas struct {
		Numeric map[string]map[string]float64
		Rows    int `json:"duplicate_rows"`
	}
	read("describe.json", &pandas)
	var golden struct {
		Assoc map[string]map[string]float64
	}
	read("eda-golden.json", &golden)
	for i, c := range r.Columns {
		for figure, got := range map[string]profile.Number{
			"count": profile.Number(c.Count), "missing": profile.Number(c.Missing), "mean": c.Mean, "std": c.Std, "var": c.Variance, "min": c.Min, "q05": c.Q05,
			"q25": c.Q25, "median": c.Median, "q75": c.Q75, "q95": c.Q95, "max": c.Max, "skew": c.Skewness, "kurtosis": c.Kurtosis,
			"distinct": profile.Number(c.Distinct), "zeros": profile.Number(c.Zeros), "sum": c.Sum,
		} {
			if want, ok := pandas.Numeric[c.Name][figure]; !ok || !near(got, want) {
				t.Errorf("%s of %s: %v, pandas has %v", figure, c.Name, got, want)
			}
		}
		for j, other := range r.Names {
			// sweetviz takes TENURE for a category, and leaves the diagonal at 0.
			if want, ok := golden.Assoc[c.Name][other]; ok && i != j && c.Name != "TENURE" && other != "TENURE" && !near(r.Correlation[i][j], want) {
				t.Errorf("r of %s and %s: %v, sweetviz has %v", c.Name, other, r.Correlation[i][j], want)
			}
		}
	}
	var b bytes.Buffer
	if err := r.WriteHTML(&b); err != nil || b.Len() > 500_000 {
		t.Errorf("%d bytes, %v", b.Len(), err)
	}
	t.Logf("the page has %d bytes", b.Len())
}

func ExampleNew() {
	table := &dataset.Table{Names: []string{"BALANCE", "PAYMENTS"}, X: mat.NewDense(4, 2, []float64{10, 1, 20, 2, 30, 3, 40, math.NaN()})}
	r, err := profile.New(table, &profile.Options{Title: "Four customers"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Rows, "rows,", r.MissingCells, "value missing, mean balance", r.Columns[0].Mean)
	fmt.Printf("r = %.2f\n", r.Correlation[0][1])
	// Output:
	// 4 rows, 1 value missing, mean balance 25
	// r = 1.00
}
