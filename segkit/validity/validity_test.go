package validity_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"testing"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit"
	"example.com/marketing/segkit/pca"
	"example.com/marketing/segkit/validity"
)

func silhouette(t testing.TB, x mat.Matrix, labels []int) validity.Silhouette {
	t.Helper()
	s, err := validity.Silhouettes(context.Background(), x, labels)
	if err != nil {
		t.Fatal(err)
	}
	return s[0]
}

// Six points on a line in three clusters, one of them a point by itself. Row 0: a = 1 (to row 1), b = min(mean(9, 10, 11),
// 20) = 10, so 0.9. Row 1: a = 1, b = min(mean(8, 9, 10), 19) = 9, so 8/9. Row 2: a = 1.5, b = min(8.5, 11) = 8.5, so 7/8.5.
// Row 3: a = 1, b = min(9.5, 10) = 9.5, so 8.5/9.5. Row 4: a = 1.5, b = min(10.5, 9) = 9, so 7.5/9. Row 5 is alone: 0.
func TestSilhouettesByHand(t *testing.T) {
	x := mat.NewDense(6, 1, []float64{0, 1, 9, 10, 11, 20})
	got := silhouette(t, x, []int{0, 0, 1, 1, 1, 2})
	want := []float64{0.9, 8. / 9, 7 / 8.5, 8.5 / 9.5, 7.5 / 9, 0}
	sum := 0.0
	for i, w := range want {
		sum += w
		if math.Abs(got.Values[i]-w) > 1e-15 {
			t.Errorf("row %d: %v, want %v", i, got.Values[i], w)
		}
	}
	if math.Abs(got.Score-sum/6) > 1e-15 || math.Abs(got.ByCluster[0]-(0.9+8./9)/2) > 1e-15 || got.ByCluster[2] != 0 {
		t.Errorf("score %v, by cluster %v", got.Score, got.ByCluster)
	}
}

func naive(x *mat.Dense, labels []int) float64 {
	n, _ := x.Dims()
	k := slices.Max(labels) + 1
	total := 0.0
	for i := range n {
		mean := make([]float64, k)
		for c := range k {
			sum, count := 0.0, 0.0
			for j := range n {
				if labels[j] == c && j != i {
					var diff mat.VecDense
					diff.SubVec(x.RowView(i), x.RowView(j))
					sum += mat.Norm(&diff, 2)
					count++
				}
			}
			mean[c] = sum / count // NaN for a singleton's own cluster
		}
		a, b := mean[labels[i]], math.Inf(1)
		for c, m := range mean {
			if c != labels[i] {
				b = min(b, m)
			}
		}
		if !math.IsNaN(a) {
			total += (b - a) / max(a, b)
		}
	}
	return total / float64(n)
}

func random(n, d, k int, seed uint64) (*mat.Dense, []int) {
	r := rand.New(rand.NewPCG(seed, 5))
	x := mat.NewDense(n, d, nil)
	x.Apply(func(int, int, float64) float64 { return r.NormFloat64() }, x)
	labels := make([]int, n)
	for i := range labels {
		labels[i] = i % k
		if i >= k {
			labels[i] = r.IntN(k)
		}
	}
	return x, labels
}

func TestSilhouettesEqualTheNaiveOnes(t *testing.T) {
	for seed := range uint64(20) {
		x, labels := random(60, 1+int(seed)%7, 2+int(seed)%5, seed)
		kept := mat.DenseCopyOf(x)
		got := silhouette(t, x, labels)
		if want := naive(x, labels); math.Abs(got.Score-want) > 1e-12 {
			t.Errorf("seed %d: %v, naive %v", seed, got.Score, want)
		}
		if !mat.Equal(x, kept) {
			t.Fatal("the input changed")
		}
		scaled := mat.DenseCopyOf(x)
		scaled.Apply(func(_, _ int, v float64) float64 { return 3*v + 7 }, x)
		if s := silhouette(t, scaled, labels); math.Abs(s.Score-got.Score) > 1e-12 {
			t.Errorf("seed %d: shift and scale change %v to %v", seed, got.Score, s.Score)
		}
		_, other := random(60, 1, 3, seed+100)
		both, err := validity.Silhouettes(t.Context(), x, labels, other)
		if err != nil || both[0].Score != got.Score || both[1].Score != silhouette(t, x, other).Score {
			t.Errorf("seed %d: together %v, %v; %v", seed, both[0].Score, both[1].Score, err)
		}
	}
}

func TestSilhouettesOnAnyNumberOfProcessors(t *testing.T) {
	x, labels := random(500, 5, 4, 1)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	one := silhouette(t, x, labels)
	runtime.GOMAXPROCS(8)
	if eight := silhouette(t, x, labels); one.Score != eight.Score || !slices.Equal(one.Values, eight.Values) {
		t.Error("the result depends on the number of processors")
	}
}

func TestDegenerateLabels(t *testing.T) {
	x := mat.NewDense(4, 1, []float64{0, 1, 2, 3})
	for about, labels := range map[string][]int{
		"one cluster": {0, 0, 0, 0}, "all alone": {0, 1, 2, 3}, "a gap": {0, 0, 2, 2}, "negative": {0, -1, 1, 1}, "huge": {0, 1, 1, 1 << 40},
	} {
		if _, err := validity.Silhouettes(t.Context(), x, labels); !errors.Is(err, validity.ErrLabels) {
			t.Errorf("%s: silhouettes: %v", about, err)
		}
		if _, err := validity.CalinskiHarabasz(x, labels); !errors.Is(err, validity.ErrLabels) {
			t.Errorf("%s: Calinski-Harabasz: %v", about, err)
		}
		if _, err := validity.DaviesBouldin(x, labels); !errors.Is(err, validity.ErrLabels) {
			t.Errorf("%s: Davies-Bouldin: %v", about, err)
		}
	}
	if _, err := validity.Silhouettes(t.Context(), &mat.Dense{}, nil); !errors.Is(err, validity.ErrLabels) {
		t.Errorf("no rows: %v", err)
	}
	x.Set(2, 0, math.NaN())
	if _, err := validity.Silhouettes(t.Context(), x, []int{0, 0, 1, 1}); !errors.Is(err, validity.ErrNotFinite) {
		t.Errorf("NaN: %v", err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := validity.Silhouettes(cancelled, mat.NewDense(3, 1, []float64{1, 2, 3}), []int{0, 0, 1}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	defer func() {
		if recover() == nil {
			t.Error("too few labels did not panic")
		}
	}()
	validity.Silhouettes(t.Context(), x, []int{0, 1})
}

// Two clusters on a line, {0, 2} and {10, 12}: centres 1 and 11, mean 6. Between 2·25 + 2·25 = 100, within 4·1 = 4, so
// Calinski-Harabasz is (100/1) / (4/2) = 50. Each cluster spreads by 1 and the centres are 10 apart: Davies-Bouldin 0.2.
func TestIndicesByHand(t *testing.T) {
	x := mat.NewDense(4, 1, []float64{0, 2, 10, 12})
	labels := []int{0, 0, 1, 1}
	if ch, err := validity.CalinskiHarabasz(x, labels); err != nil || math.Abs(ch-50) > 1e-12 {
		t.Errorf("Calinski-Harabasz %v, %v", ch, err)
	}
	if db, err := validity.DaviesBouldin(x, labels); err != nil || math.Abs(db-0.2) > 1e-15 {
		t.Errorf("Davies-Bouldin %v, %v", db, err)
	}
}

func TestIndicesAtTheirEnds(t *testing.T) {
	x := mat.NewDense(12, 1, nil)
	labels := make([]int, 12)
	for i := range 12 {
		labels[i] = i % 2
		x.Set(i, 0, 0.1+float64(i%2))
	}
	if ch, err := validity.CalinskiHarabasz(x, labels); err != nil || !math.IsInf(ch, 1) {
		t.Errorf("each row at its centre: Calinski-Harabasz %v, %v", ch, err)
	}
	if db, err := validity.DaviesBouldin(x, labels); err != nil || db != 0 {
		t.Errorf("each row at its centre: Davies-Bouldin %v, %v", db, err)
	}
	same := mat.NewDense(4, 1, []float64{0.1, 0.1, 0.1, 0.1})
	if ch, err := validity.CalinskiHarabasz(same, []int{0, 1, 0, 1}); err != nil || ch != 0 {
		t.Errorf("all the same: Calinski-Harabasz %v, %v", ch, err)
	}
	if db, err := validity.DaviesBouldin(same, []int{0, 1, 0, 1}); err != nil || !math.IsInf(db, 1) {
		t.Errorf("all the same: Davies-Bouldin %v, %v", db, err)
	}
	if _, err := validity.DaviesBouldin(mat.NewDense(3, 1, []float64{1e200, -1e200, 0}), []int{0, 1, 1}); !errors.Is(err, validity.ErrNotFinite) {
		t.Errorf("numbers without a square: %v", err)
	}
}

// The table [[2, 1], [0, 3]]: pairs together 1 + 3 = 4, in a 3 + 3 = 6, in b 1 + 6 = 7, of 15. Expected 42/15 = 2.8, so
// (4 - 2.8) / (6.5 - 2.8) = 1.2/3.7.
func TestAdjustedRandByHand(t *testing.T) {
	a, b := []int{0, 0, 0, 1, 1, 1}, []int{0, 0, 1, 1, 1, 1}
	if got := validity.AdjustedRand(a, b); math.Abs(got-1.2/3.7) > 1e-15 {
		t.Errorf("%v, want %v", got, 1.2/3.7)
	}
	if got := validity.AdjustedRand(a, []int{5, 5, 5, 2, 2, 2}); got != 1 {
		t.Errorf("renumbered: %v", got)
	}
	if got := validity.AdjustedRand([]int{0, 0}, []int{1, 1}); got != 1 {
		t.Errorf("one cluster each: %v", got)
	}
}

// scikit-learn's scores of its own labels on the real data.
func TestReference(t *testing.T) {
	path := os.Getenv("SEGKIT_DATA")
	if path == "" {
		t.Skip("SEGKIT_DATA names no file: the comparison with scikit-learn is left out")
	}
	if testing.Short() {
		t.Skip("the real data take too long for -short")
	}
	dir := filepath.Join(filepath.Dir(path), "..", "reference")
	b, err := os.ReadFile(filepath.Join(dir, "kmeans.json"))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("no reference figures beside the data")
	}
	var want struct{ Results map[string]map[string]any }
	if err := errors.Join(err, json.Unmarshal(b, &want)); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(dir, "kmeans_labels.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	labels := make([][]int, len(records[0]))
	for _, record := range records[1:] {
		for c, field := range record {
			label, err := strconv.Atoi(field)
			if err != nil {
				t.Fatal(err)
			}
			labels[c] = append(labels[c], label)
		}
	}
	data, err := segkit.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	full := data.X
	components, err := pca.Fit(full, 2)
	if err != nil {
		t.Fatal(err)
	}
	for from, x := range map[int]mat.Matrix{0: full, 3: components.Transform(full)} {
		scores, err := validity.Silhouettes(t.Context(), x, labels[from], labels[from+1], labels[from+2])
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range scores {
			name := records[0][from+i]
			// scikit-learn measured the last three on components of its randomised solver, right to about six digits.
			tolerance := 1e-9
			if from == 3 {
				tolerance = 1e-6
			}
			check := func(index string, got float64) {
				w, ok := want.Results[name][index].(float64)
				if !ok || math.Abs(got-w) > tolerance*max(1, math.Abs(w)) {
					t.Errorf("%s of %s: %v, scikit-learn %v", index, name, got, want.Results[name][index])
				}
			}
			check("silhouette", s.Score)
			ch, err1 := validity.CalinskiHarabasz(x, labels[from+i])
			db, err2 := validity.DaviesBouldin(x, labels[from+i])
			if err := errors.Join(err1, err2); err != nil {
				t.Fatal(err)
			}
			check("calinski_harabasz", ch)
			check("davies_bouldin", db)
		}
	}
}

func BenchmarkSilhouettes(b *testing.B) {
	x, labels := random(9000, 17, 4, 1)
	b.ReportAllocs()
	for b.Loop() {
		silhouette(b, x, labels)
	}
}

func ExampleSilhouettes() {
	x := mat.NewDense(6, 2, []float64{1, 1, 1, 2, 2, 1, 8, 8, 8, 9, 9, 8})
	s, err := validity.Silhouettes(context.Background(), x, []int{0, 0, 0, 1, 1, 1}, []int{0, 1, 0, 1, 0, 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("by cloud %.2f, in turns %.2f\n", s[0].Score, s[1].Score)
	// Output:
	// by cloud 0.89, in turns -0.05
}
