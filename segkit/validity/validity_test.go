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
		if err != nil || math.Abs(both[0].Score-got.Score) > 1e-13 || math.Abs(both[1].Score-silhouette(t, x, other).Score) > 1e-13 {
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

// Ruspini's (1970) 75 points, and the means that R's cluster package prints for their four clouds.
func TestSilhouettesOfRuspini(t *testing.T) {
	clouds := [][]float64{
		{4, 53, 5, 63, 10, 59, 9, 77, 13, 49, 13, 69, 12, 88, 15, 75, 18, 61, 19, 65, 22, 74, 27, 72, 28, 76, 24, 58, 27, 55, 28, 60, 30, 52, 31, 60, 32, 61, 36, 72},
		{28, 147, 32, 149, 35, 153, 33, 154, 38, 151, 41, 150, 38, 145, 38, 143, 32, 143, 34, 141, 44, 156, 44, 149, 44, 143, 46, 142, 47, 149, 49, 152, 50, 142, 53, 144, 52, 152, 55, 155, 54, 124, 60, 136, 63, 139},
		{86, 132, 85, 115, 85, 96, 78, 94, 74, 96, 97, 122, 98, 116, 98, 124, 99, 119, 99, 128, 101, 115, 108, 111, 110, 111, 108, 116, 111, 126, 115, 117, 117, 115},
		{70, 4, 77, 12, 83, 21, 61, 15, 69, 15, 78, 16, 66, 18, 58, 13, 64, 20, 69, 21, 66, 23, 61, 25, 76, 27, 72, 31, 64, 30},
	}
	var labels []int
	for c, points := range clouds {
		labels = append(labels, slices.Repeat([]int{c}, len(points)/2)...)
	}
	got := silhouette(t, mat.NewDense(75, 2, slices.Concat(clouds...)), labels)
	for c, want := range []float64{0.7262347, 0.7548344, 0.6691154, 0.8042285} {
		if math.Abs(got.ByCluster[c]-want) > 5e-8 {
			t.Errorf("cloud %d: %.7f, want %v", c, got.ByCluster[c], want)
		}
	}
	if math.Abs(got.Score-0.737657) > 5e-7 {
		t.Errorf("%v, want 0.737657", got.Score)
	}
}

// More rows than a block, clusters and cells that end anywhere in one, and several labelings at once.
func TestSilhouettesOfManyCells(t *testing.T) {
	for seed := range uint64(4) {
		x, _ := random(700, 3, 2, seed)
		var labelings [][]int
		for k := 2; k <= 20; k += 3 {
			_, labels := random(700, 1, k, seed+uint64(100*k))
			labelings = append(labelings, labels)
		}
		got, err := validity.Silhouettes(t.Context(), x, labelings...)
		if err != nil {
			t.Fatal(err)
		}
		for l, labels := range labelings {
			if want := naive(x, labels); math.Abs(got[l].Score-want) > 1e-12 {
				t.Errorf("seed %d, labeling %d: %v, naive %v", seed, l, got[l].Score, want)
			}
		}
	}
}

func TestSampleSilhouettes(t *testing.T) {
	x, labels := random(3000, 2, 3, 1)
	for i := range 3000 {
		x.Set(i, 0, x.At(i, 0)+2*float64(labels[i]))
	}
	exact := silhouette(t, x, labels)
	all, err := validity.SampleSilhouettes(t.Context(), x, 5000, 1, labels)
	if err != nil || all[0].StdErr != 0 || math.Abs(all[0].Score-exact.Score) > 1e-13 || len(all[0].Rows) != 3000 {
		t.Errorf("all rows: %v ± %v of %d, %v", all[0].Score, all[0].StdErr, len(all[0].Rows), err)
	}
	// Over many samples of 200, the error has the variance that the standard error says, and no bias.
	const samples = 400
	z, z2 := 0.0, 0.0
	for seed := range uint64(samples) {
		some, err := validity.SampleSilhouettes(t.Context(), x, 200, seed, labels)
		if err != nil || len(some[0].Values) != 200 || !slices.IsSorted(some[0].Rows) {
			t.Fatal(err)
		}
		for at, row := range some[0].Rows {
			if math.Abs(some[0].Values[at]-exact.Values[row]) > 1e-13 {
				t.Fatalf("row %d: %v, of all %v", row, some[0].Values[at], exact.Values[row])
			}
		}
		e := (some[0].Score - exact.Score) / some[0].StdErr
		z += e / samples
		z2 += e * e / samples
	}
	if math.Abs(z) > 4/math.Sqrt(samples) || math.Abs(z2-1) > 4*math.Sqrt(2./samples) {
		t.Errorf("errors over standard errors have the mean %v and the mean square %v", z, z2)
	}
	// Of 3000 rows 2900 leave little to guess: s²/2900 · 100/3000.
	most, err := validity.SampleSilhouettes(t.Context(), x, 2900, 1, labels)
	if err != nil {
		t.Fatal(err)
	}
	squares := 0.0
	for _, v := range most[0].Values {
		squares += math.Pow(v-most[0].Score, 2)
	}
	if want := math.Sqrt(squares / 2899 / 2900 / 30); math.Abs(most[0].StdErr-want) > 1e-12 {
		t.Errorf("standard error %v, want %v", most[0].StdErr, want)
	}
	one, err := validity.SampleSilhouettes(t.Context(), x, 1, 1, labels)
	if err != nil || !math.IsNaN(one[0].StdErr) {
		t.Errorf("one row: ± %v, %v", one[0].StdErr, err)
	}
	if _, err := validity.SampleSilhouettes(t.Context(), x, 10, 1, make([]int, 3000)); !errors.Is(err, validity.ErrLabels) {
		t.Errorf("one cluster: %v", err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a sample of no rows did not panic")
		}
	}()
	validity.SampleSilhouettes(t.Context(), x, 0, 1, labels)
}

// {0, 2}, {10, 12, 14} and {30}: centres 1, 12 and 30. Row 0 is 1 from its own and 12 from the next, so 11/12; row 1 has
// 9/10; then 10 with 2 and 9: 7/9, 12 with 0: 1, 14 with 2 and 13: 11/13; 30 is alone.
func TestSimplifiedSilhouetteByHand(t *testing.T) {
	x := mat.NewDense(6, 1, []float64{0, 2, 10, 12, 14, 30})
	got, err := validity.SimplifiedSilhouette(t.Context(), x, []int{0, 0, 1, 1, 1, 2})
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for i, w := range []float64{11. / 12, 9. / 10, 7. / 9, 1, 11. / 13, 0} {
		sum += w
		if math.Abs(got.Values[i]-w) > 1e-15 {
			t.Errorf("row %d: %v, want %v", i, got.Values[i], w)
		}
	}
	if math.Abs(got.Score-sum/6) > 1e-15 || math.Abs(got.ByCluster[1]-(7./9+1+11./13)/3) > 1e-15 {
		t.Errorf("score %v, by cluster %v", got.Score, got.ByCluster)
	}
}

func TestSimplifiedSilhouetteEqualsTheNaiveOne(t *testing.T) {
	for seed := range uint64(20) {
		k := 2 + int(seed)
		x, labels := random(600, 3, k, seed)
		got, err := validity.SimplifiedSilhouette(t.Context(), x, labels)
		if err != nil {
			t.Fatal(err)
		}
		centers, sizes := mat.NewDense(k, 3, nil), make([]float64, k)
		for i, c := range labels {
			sizes[c]++
			for j := range 3 {
				centers.Set(c, j, centers.At(c, j)+x.At(i, j))
			}
		}
		want := 0.0
		for i, own := range labels {
			a, b := 0.0, math.Inf(1)
			for c := range k {
				s := 0.0
				for j := range 3 {
					s += math.Pow(x.At(i, j)-centers.At(c, j)/sizes[c], 2)
				}
				if c == own {
					a = math.Sqrt(s)
				} else {
					b = min(b, math.Sqrt(s))
				}
			}
			if sizes[own] > 1 {
				want += (b - a) / max(a, b) / 600
			}
		}
		if math.Abs(got.Score-want) > 1e-12 {
			t.Errorf("seed %d: %v, naive %v", seed, got.Score, want)
		}
	}
}

// Any labels are either measured or refused, by all measures alike, and never a panic.
func FuzzLabels(f *testing.F) {
	f.Add([]byte{0, 0, 1, 1}, []byte{1, 2, 3, 4})
	f.Add([]byte{0, 1, 2}, []byte{0, 0, 0})
	f.Add([]byte{0, 0, 0, 2}, []byte{1, 1, 1, 1})
	f.Fuzz(func(t *testing.T, label, data []byte) {
		n := min(len(label), len(data), 300)
		if n == 0 {
			return
		}
		x, labels := mat.NewDense(n, 1, nil), make([]int, n)
		for i := range n {
			labels[i] = int(int8(label[i]))
			x.Set(i, 0, float64(int8(data[i])))
		}
		s, err := validity.Silhouettes(t.Context(), x, labels)
		_, err1 := validity.SampleSilhouettes(t.Context(), x, 3, 1, labels)
		simple, err2 := validity.SimplifiedSilhouette(t.Context(), x, labels)
		ch, err3 := validity.CalinskiHarabasz(x, labels)
		db, err4 := validity.DaviesBouldin(x, labels)
		for _, other := range []error{err1, err2, err3, err4} {
			if (err == nil) != (other == nil) || err != nil && !errors.Is(other, validity.ErrLabels) {
				t.Fatalf("%v, but %v", err, other)
			}
		}
		if err != nil {
			if !errors.Is(err, validity.ErrLabels) {
				t.Fatal(err)
			}
			return
		}
		if want := naiveLine(x, labels); math.Abs(s[0].Score-want) > 1e-9 {
			t.Fatalf("silhouette %v, naive %v", s[0].Score, want)
		}
		if !(math.Abs(simple.Score) <= 1) || !(ch >= 0) || !(db >= 0) {
			t.Fatalf("simplified silhouette %v, Calinski-Harabasz %v, Davies-Bouldin %v", simple.Score, ch, db)
		}
		if validity.AdjustedRand(labels, labels) != 1 {
			t.Fatal("labels do not agree with themselves")
		}
	})
}

// naiveLine is naive for points on a line, where 0/0 counts as 0.
func naiveLine(x *mat.Dense, labels []int) float64 {
	n, k, total := len(labels), slices.Max(labels)+1, 0.0
	for i := range n {
		sums, counts := make([]float64, k), make([]float64, k)
		for j := range n {
			if j != i {
				sums[labels[j]] += math.Abs(x.At(i, 0) - x.At(j, 0))
				counts[labels[j]]++
			}
		}
		own := labels[i]
		if counts[own] == 0 {
			continue
		}
		a, b := sums[own]/counts[own], math.Inf(1)
		for c := range k {
			if c != own {
				b = min(b, sums[c]/counts[c])
			}
		}
		if a != b {
			total += (b - a) / max(a, b)
		}
	}
	return total / float64(n)
}

func TestDegenerateLabels(t *testing.T) {
	x := mat.NewDense(4, 1, []float64{0, 1, 2, 3})
	for about, labels := range map[string][]int{
		"one cluster": {0, 0, 0, 0}, "all alone": {0, 1, 2, 3}, "a gap": {0, 0, 2, 2}, "negative": {0, -1, 1, 1}, "huge": {0, 1, 1, 1 << 40},
	} {
		if _, err := validity.Silhouettes(t.Context(), x, labels); !errors.Is(err, validity.ErrLabels) {
			t.Errorf("%s: silhouettes: %v", about, err)
		}
		if _, err := validity.SimplifiedSilhouette(t.Context(), x, labels); !errors.Is(err, validity.ErrLabels) {
			t.Errorf("%s: simplified silhouette: %v", about, err)
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
	if _, err := validity.SimplifiedSilhouette(cancelled, mat.NewDense(3, 1, []float64{1, 2, 3}), []int{0, 0, 1}); !errors.Is(err, context.Canceled) {
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
	_, more := random(9000, 1, 5, 2)
	b.Run("one", func(b *testing.B) {
		for b.Loop() {
			silhouette(b, x, labels)
		}
	})
	b.Run("two", func(b *testing.B) {
		for b.Loop() {
			if _, err := validity.Silhouettes(b.Context(), x, labels, more); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("sampled", func(b *testing.B) {
		for b.Loop() {
			if _, err := validity.SampleSilhouettes(b.Context(), x, 500, 1, labels); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("simplified", func(b *testing.B) {
		for b.Loop() {
			if _, err := validity.SimplifiedSilhouette(b.Context(), x, labels); err != nil {
				b.Fatal(err)
			}
		}
	})
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

// A tenth of the rows says nearly as much as all, for a tenth of the cost.
func ExampleSampleSilhouettes() {
	x, labels := mat.NewDense(2000, 1, nil), make([]int, 2000)
	for i := range 2000 {
		labels[i] = i % 2
		x.Set(i, 0, float64(10*labels[i]+i%7))
	}
	all, err := validity.Silhouettes(context.Background(), x, labels)
	if err != nil {
		fmt.Println(err)
		return
	}
	some, err := validity.SampleSilhouettes(context.Background(), x, 200, 42, labels)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("all %.3f, of %d rows %.3f ± %.3f\n", all[0].Score, len(some[0].Rows), some[0].Score, some[0].StdErr)
	// Output:
	// all 0.759, of 200 rows 0.763 ± 0.005
}
