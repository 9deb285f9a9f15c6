package dataset_test

import (
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"example.com/marketing/segkit"
	"example.com/marketing/segkit/dataset"
	"example.com/marketing/segkit/kmeans"
	"example.com/marketing/segkit/pca"
	"example.com/marketing/segkit/validity"
)

func TestSynthesizeKeepsTheRules(t *testing.T) {
	for seed := range uint64(20) {
		n := 400
		if seed == 1 {
			n = 8950
		}
		table := dataset.Synthesize(n, seed)
		if rows, d := table.Dims(); rows != n || d != 17 || len(table.IDs) != n {
			t.Fatalf("seed %d: %d×%d, %d ids", seed, rows, d, len(table.IDs))
		}
		col := map[string][]float64{}
		for _, name := range table.Names {
			col[name] = table.Column(name)
			for i, v := range col[name] {
				if v < 0 || math.IsInf(v, 0) || math.IsNaN(v) && name != "MINIMUM_PAYMENTS" && name != "CREDIT_LIMIT" {
					t.Fatalf("seed %d: %s of row %d is %v", seed, name, i, v)
				}
			}
		}
		above := 0
		for i := range n {
			whole := func(name string) bool { return col[name][i] == math.Trunc(col[name][i]) }
			if !whole("CASH_ADVANCE_TRX") || !whole("PURCHASES_TRX") || !whole("TENURE") || col["TENURE"][i] < 6 || col["TENURE"][i] > 12 {
				t.Errorf("seed %d, row %d: a count is not one", seed, i)
			}
			if sum := col["ONEOFF_PURCHASES"][i] + col["INSTALLMENTS_PURCHASES"][i]; math.Abs(sum-col["PURCHASES"][i]) > 0.006 {
				t.Errorf("seed %d, row %d: purchases %v, parts %v", seed, i, col["PURCHASES"][i], sum)
			}
			for frequency, amount := range map[string]string{"PURCHASES_FREQUENCY": "PURCHASES", "ONEOFF_PURCHASES_FREQUENCY": "ONEOFF_PURCHASES",
				"PURCHASES_INSTALLMENTS_FREQUENCY": "INSTALLMENTS_PURCHASES", "CASH_ADVANCE_FREQUENCY": "CASH_ADVANCE"} {
				f := col[frequency][i]
				if col[amount][i] == 0 && f != 0 {
					t.Errorf("seed %d, row %d: %s is %v without an amount", seed, i, frequency, f)
				}
				if months := f * col["TENURE"][i]; math.Abs(months-math.Round(months)) > 1e-5 {
					t.Errorf("seed %d, row %d: %s is %v of %v months", seed, i, frequency, months, col["TENURE"][i])
				}
				if f > 1 {
					above++
				}
			}
			if col["PAYMENTS"][i] == 0 && !math.IsNaN(col["MINIMUM_PAYMENTS"][i]) {
				t.Errorf("seed %d, row %d: a minimum payment of someone who paid nothing", seed, i)
			}
		}
		if missing := table.Missing(); n == 8950 && (missing[table.Index("MINIMUM_PAYMENTS")] != 313 || missing[table.Index("CREDIT_LIMIT")] != 1 || above != 8) {
			t.Errorf("missing %v, %d frequencies above 1", missing, above)
		}
	}
}

func TestSynthesizeRepeats(t *testing.T) {
	first, again, other := dataset.Synthesize(300, 5), dataset.Synthesize(300, 5), dataset.Synthesize(300, 6)
	if first.Fingerprint() != again.Fingerprint() {
		t.Error("the same seed gives another table")
	}
	if first.Fingerprint() == other.Fingerprint() {
		t.Error("another seed gives the same table")
	}
	for _, n := range []int{1, 2, 17, 100} {
		table := dataset.Synthesize(n, 1)
		var b strings.Builder
		if err := table.WriteCSV(&b); err != nil {
			t.Fatal(err)
		}
		if _, _, err := dataset.Read(strings.NewReader(b.String()), nil); err != nil {
			t.Errorf("%d customers: %v", n, err)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("no customers did not panic")
		}
	}()
	dataset.Synthesize(0, 1)
}

func prepared(t *testing.T, table *dataset.Table) *mat.Dense {
	t.Helper()
	p, err := segkit.Prepare(table)
	if err != nil {
		t.Fatal(err)
	}
	return p.X
}

// The promise of the synthetic data is that they tell the story that the real ones tell.
func TestSynthesizeResemblesTheRealData(t *testing.T) {
	path := os.Getenv("SEGKIT_DATA")
	if path == "" {
		t.Skip("SEGKIT_DATA names no file: the comparison with the real data set is left out")
	}
	if testing.Short() {
		t.Skip("the real data take too long for -short")
	}
	real, _, err := dataset.ReadFile(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	synthetic := dataset.Synthesize(8950, 1)
	for _, name := range real.Names {
		a, b := dataset.Present(real.Column(name)), dataset.Present(synthetic.Column(name))
		slices.Sort(a)
		slices.Sort(b)
		if ks := stat.KolmogorovSmirnov(a, nil, b, nil); ks >= 0.04 {
			t.Errorf("%s: Kolmogorov-Smirnov distance %.3f", name, ks)
		}
	}
	x, y := prepared(t, real), prepared(t, synthetic)
	var cx, cy mat.SymDense
	stat.CorrelationMatrix(&cx, x, nil)
	stat.CorrelationMatrix(&cy, y, nil)
	worst, sum := 0.0, 0.0
	for i := range 17 {
		for j := range i {
			off := math.Abs(cx.At(i, j) - cy.At(i, j))
			worst, sum = max(worst, off), sum+off
		}
	}
	if mean := sum / (17 * 16 / 2); worst > 0.2 || mean > 0.04 {
		t.Errorf("correlations are off by up to %.3f, %.3f on average", worst, mean)
	}
	components, err := pca.Fit(y, 2)
	if err != nil {
		t.Fatal(err)
	}
	for c, want := range []float64{0.273, 0.203} {
		if got := components.VarianceRatio[c]; math.Abs(got-want) > 0.04 {
			t.Errorf("component %d explains %.3f, want about %.3f", c, got, want)
		}
	}
	var labelings [][]int
	for k := 3; k <= 5; k++ {
		m, err := kmeans.Fit(t.Context(), y, k, &kmeans.Options{Restarts: 20, Seed: 42})
		if err != nil {
			t.Fatal(err)
		}
		labelings = append(labelings, m.Labels)
	}
	scores, err := validity.Silhouettes(t.Context(), y, labelings...)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{0.250, 0.198, 0.193} {
		if got := scores[i].Score; math.Abs(got-want) > 0.05 {
			t.Errorf("k = %d: silhouette %.3f, want about %.3f", i+3, got, want)
		}
		t.Logf("k = %d: silhouette %.3f (real %.3f)", i+3, scores[i].Score, want)
	}
	t.Logf("correlations off by up to %.3f, explained variance ratios %.3f", worst, components.VarianceRatio)
}
