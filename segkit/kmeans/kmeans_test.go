package kmeans_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit"
	"example.com/marketing/segkit/kmeans"
	"example.com/marketing/segkit/pca"
	"example.com/marketing/segkit/validity"
)

func fit(t testing.TB, x mat.Matrix, k int, o *kmeans.Options) *kmeans.Model {
	t.Helper()
	m, err := kmeans.Fit(context.Background(), x, k, o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// blobs are k clouds of unit spread whose middles lie apart.
func blobs(n, d, k int, apart float64, seed uint64) *mat.Dense {
	random := rand.New(rand.NewPCG(seed, 99))
	middles := mat.NewDense(k, d, nil)
	middles.Apply(func(_, _ int, _ float64) float64 { return apart * random.NormFloat64() }, middles)
	x := mat.NewDense(n, d, nil)
	x.Apply(func(i, j int, _ float64) float64 { return middles.At(i%k, j) + random.NormFloat64() }, x)
	return x
}

// plain is Lloyd's algorithm as the textbook has it: the reference for what bounds may skip and must not change.
func plain(x, start *mat.Dense, maxIter int) (labels []int, inertia float64, iterations int) {
	n, d := x.Dims()
	k, _ := start.Dims()
	centers := mat.DenseCopyOf(start)
	assign := func() []int {
		out := make([]int, n)
		for i := range n {
			nearest := math.Inf(1)
			for c := range k {
				s := 0.0
				for j := range d {
					v := x.At(i, j) - centers.At(c, j)
					s += v * v
				}
				if s < nearest {
					nearest, out[i] = s, c
				}
			}
		}
		return out
	}
	labels = assign()
	for iterations = 1; ; iterations++ {
		counts := make([]float64, k)
		centers.Zero()
		for i, c := range labels {
			counts[c]++
			for j := range d {
				centers.Set(c, j, centers.At(c, j)+x.At(i, j))
			}
		}
		for c := range k {
			for j := range d {
				centers.Set(c, j, centers.At(c, j)/counts[c])
			}
		}
		next := assign()
		done := slices.Equal(next, labels) || iterations == maxIter
		labels = next
		if done {
			break
		}
	}
	for i, c := range labels {
		for j := range d {
			v := x.At(i, j) - centers.At(c, j)
			inertia += v * v
		}
	}
	return labels, inertia, iterations
}

// Four points on a line, started at 0 and 1: {0} and {1, 10, 11} first; the centres 0 and 22/3 make {0, 1} and {10, 11};
// then 0.5 and 10.5, where nothing changes any more. Inertia 4·0.25 = 1, after the second assignment changed one label and
// the third none.
func TestFitByHand(t *testing.T) {
	x := mat.NewDense(4, 1, []float64{0, 1, 10, 11})
	m := fit(t, x, 2, &kmeans.Options{Start: mat.NewDense(2, 1, []float64{0, 1})})
	if !slices.Equal(m.Labels, []int{0, 0, 1, 1}) || m.Inertia != 1 || m.Iterations != 2 || !m.Converged {
		t.Errorf("%+v", m)
	}
	if m.Centers.At(0, 0) != 0.5 || m.Centers.At(1, 0) != 10.5 || !slices.Equal(m.Sizes, []int{2, 2}) {
		t.Errorf("centres %v, sizes %v", mat.Formatted(m.Centers), m.Sizes)
	}
	if got, err := m.Predict(mat.NewDense(3, 1, []float64{-5, 5.4, 5.6})); err != nil || !slices.Equal(got, []int{0, 0, 1}) {
		t.Errorf("predicted %v, %v", got, err)
	}
}

func TestFitEqualsPlainLloyd(t *testing.T) {
	for seed := range uint64(90) {
		k, d := 1+int(seed)%13, 1+int(seed)%10
		x := blobs(300+int(seed), d, k, 1.5, seed)
		start := mat.DenseCopyOf(x.Slice(0, k, 0, d))
		labels, inertia, iterations := plain(x, start, 300)
		m := fit(t, x, k, &kmeans.Options{Start: start})
		if validity.AdjustedRand(labels, m.Labels) != 1 || math.Abs(m.Inertia-inertia) > 1e-12*inertia || m.Iterations != iterations {
			t.Errorf("seed %d, k %d, d %d: inertia %v in %d iterations, plain %v in %d", seed, k, d, m.Inertia, m.Iterations, inertia, iterations)
		}
		if stopped := fit(t, x, k, &kmeans.Options{Start: start, MaxIter: 2}); iterations > 2 {
			if _, early, _ := plain(x, start, 2); math.Abs(stopped.Inertia-early) > 1e-12*early || stopped.Converged {
				t.Errorf("seed %d: inertia %v after two iterations, plain %v", seed, stopped.Inertia, early)
			}
		}
	}
}

func TestFitInvariants(t *testing.T) {
	for seed := range uint64(20) {
		x := blobs(300, 4, 5, 2, seed)
		kept := mat.DenseCopyOf(x)
		o := kmeans.Options{Restarts: 4, Seed: seed}
		m := fit(t, x, 5, &o)
		if !mat.Equal(x, kept) {
			t.Fatal("the input changed")
		}
		if !slices.IsSortedFunc(m.Sizes, func(a, b int) int { return b - a }) {
			t.Errorf("seed %d: sizes %v", seed, m.Sizes)
		}
		if got, err := m.Predict(x); err != nil || !slices.Equal(got, m.Labels) {
			t.Errorf("seed %d: labels are not those of the centres; %v", seed, err)
		}
		for _, workers := range []int{1, 2, 8} {
			o.Workers = workers
			if again := fit(t, x, 5, &o); !mat.Equal(again.Centers, m.Centers) || again.Restart != m.Restart {
				t.Errorf("seed %d: %d workers give another model", seed, workers)
			}
		}
		o.Restarts = 8
		if more := fit(t, x, 5, &o); more.Inertia > m.Inertia {
			t.Errorf("seed %d: more restarts, more inertia", seed)
		}
		settled := fit(t, x, 5, &kmeans.Options{Start: m.Centers})
		if settled.Iterations != 1 || validity.AdjustedRand(settled.Labels, m.Labels) != 1 {
			t.Errorf("seed %d: a solution does not stay", seed)
		}
		shifted := mat.DenseCopyOf(x)
		shifted.Apply(func(_, j int, v float64) float64 { return v + 1e8*float64(j) }, x)
		if far := fit(t, shifted, 5, &kmeans.Options{Restarts: 4, Seed: seed}); math.Abs(far.Inertia-m.Inertia) > 1e-6*m.Inertia {
			t.Errorf("seed %d: inertia %v, far from the origin %v", seed, m.Inertia, far.Inertia)
		}
	}
}

func TestFitEdges(t *testing.T) {
	one := fit(t, mat.NewDense(1, 3, []float64{1, 2, 3}), 1, nil)
	if one.Inertia != 0 || one.Centers.At(0, 2) != 3 {
		t.Errorf("one row: %+v", one)
	}
	x := blobs(50, 2, 3, 3, 1)
	mean := fit(t, x, 1, nil)
	if c := mean.Centers.At(0, 0); math.Abs(c-mat.Sum(x.ColView(0))/50) > 1e-12 || mean.Sizes[0] != 50 || !mean.Converged {
		t.Errorf("k = 1: centre %v, %+v", c, mean.Sizes)
	}
	if all := fit(t, x, 50, nil); all.Inertia > 1e-20 || all.Sizes[49] != 1 {
		t.Errorf("k = n: inertia %v, sizes %v", all.Inertia, all.Sizes)
	}
	scales := mat.NewDense(4, 2, []float64{0, 1e8, 0, 1e8, 1e-8, -1e8, 1e-8, -1e8})
	if m := fit(t, scales, 2, nil); !slices.Equal(m.Sizes, []int{2, 2}) {
		t.Errorf("columns of unlike scale: %v", m.Sizes)
	}
	// A start far from all rows but one leaves two clusters empty; each gets rows all the same.
	far := mat.NewDense(3, 2, []float64{0, 0, 1e6, 1e6, 2e6, 2e6})
	if m := fit(t, x, 3, &kmeans.Options{Start: far}); slices.Contains(m.Sizes, 0) {
		t.Errorf("an empty cluster stayed: %v", m.Sizes)
	}
	// Stopped at once, such a start would still have its empty clusters.
	line := mat.NewDense(4, 1, []float64{0, 0, 10, 11})
	for _, o := range []kmeans.Options{{MaxIter: 1}, {Tol: 1e9}} {
		o.Start = mat.NewDense(3, 1, []float64{-100, 10.5, 1000})
		if m := fit(t, line, 3, &o); slices.Contains(m.Sizes, 0) {
			t.Errorf("%+v: sizes %v", o, m.Sizes)
		}
	}
	short := fit(t, blobs(500, 3, 6, 0.5, 3), 6, &kmeans.Options{Restarts: 1, MaxIter: 1})
	if short.Converged || short.Iterations != 1 {
		t.Errorf("MaxIter 1: %+v", short)
	}
	loose := fit(t, blobs(500, 3, 6, 0.5, 3), 6, &kmeans.Options{Restarts: 1, Tol: 10})
	if !loose.Converged || loose.Iterations != 1 {
		t.Errorf("Tol 10: converged %v after %d", loose.Converged, loose.Iterations)
	}
}

func TestFitRefuses(t *testing.T) {
	x := mat.NewDense(3, 2, []float64{1, 2, 1, 2, 3, math.NaN()})
	if _, err := kmeans.Fit(t.Context(), x, 2, nil); !errors.Is(err, kmeans.ErrNotFinite) || !strings.Contains(err.Error(), "row 2, column 1") {
		t.Errorf("NaN: %v", err)
	}
	x.Set(2, 1, math.Inf(-1))
	if _, err := kmeans.Fit(t.Context(), x, 2, nil); !errors.Is(err, kmeans.ErrNotFinite) {
		t.Errorf("infinity: %v", err)
	}
	for _, far := range []float64{1e200, 1.7e308} {
		wide := mat.NewDense(5, 1, []float64{far, far, far / 2, -far, 0})
		if _, err := kmeans.Fit(t.Context(), wide, 3, nil); !errors.Is(err, kmeans.ErrNotFinite) {
			t.Errorf("%v: %v", far, err)
		}
	}
	near := mat.NewDense(4, 1, []float64{1e-200, 2e-200, 3e-200, 4e-200})
	if _, err := kmeans.Fit(t.Context(), near, 2, nil); !errors.Is(err, kmeans.ErrTooFewRows) {
		t.Errorf("distances that vanish: %v", err)
	}
	x.Set(2, 1, 4)
	if _, err := kmeans.Fit(t.Context(), x, 3, nil); !errors.Is(err, kmeans.ErrTooFewRows) || !strings.Contains(err.Error(), "2 among 3 rows, for 3 clusters") {
		t.Errorf("duplicates: %v", err)
	}
	if _, err := kmeans.Fit(t.Context(), x, 7, nil); !errors.Is(err, kmeans.ErrTooFewRows) {
		t.Errorf("k > n: %v", err)
	}
	if _, err := kmeans.Fit(t.Context(), &mat.Dense{}, 2, nil); !errors.Is(err, kmeans.ErrTooFewRows) {
		t.Errorf("n = 0: %v", err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := kmeans.Fit(cancelled, blobs(100, 2, 3, 1, 1), 3, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	for want, f := range map[string]func(){
		"kmeans: k is 0, not positive": func() { fit(t, x, 0, nil) },
		mat.ErrShape.Error(): func() {
			defer func() { fit(t, x, 1, nil).Predict(mat.NewDense(1, 3, nil)) }()
			fit(t, x, 2, &kmeans.Options{Start: mat.NewDense(2, 3, nil)})
		},
		"kmeans: Restarts is -1, negative":  func() { fit(t, x, 2, &kmeans.Options{Restarts: -1}) },
		"kmeans: MaxIter is -2, negative":   func() { fit(t, x, 2, &kmeans.Options{MaxIter: -2}) },
		"kmeans: Workers is -3, negative":   func() { fit(t, x, 2, &kmeans.Options{Workers: -3}) },
		"kmeans: Tol is NaN, not 0 or more": func() { fit(t, x, 2, &kmeans.Options{Tol: math.NaN()}) },
		"kmeans: Size is -4, negative": func() {
			kmeans.FitBatches(t.Context(), stream(x), 2, &kmeans.BatchOptions{Size: -4})
		},
	} {
		func() {
			defer func() {
				if got := recover(); fmt.Sprint(got) != want {
					t.Errorf("panic %v, want %s", got, want)
				}
			}()
			f()
		}()
	}
}

func TestOnRestart(t *testing.T) {
	seen := map[int]bool{}
	last := 0
	fit(t, blobs(200, 2, 3, 1, 5), 3, &kmeans.Options{Restarts: 9, Workers: 4, OnRestart: func(r kmeans.Restart) {
		seen[r.Index] = true
		if r.Done != last+1 || r.Total != 9 || r.Inertia <= 0 || r.Iterations < 1 {
			t.Errorf("%+v after %d", r, last)
		}
		last = r.Done
	}})
	if len(seen) != 9 {
		t.Errorf("%d restarts were reported", len(seen))
	}
}

func TestWriteAndRead(t *testing.T) {
	m := fit(t, blobs(100, 3, 3, 2, 5), 3, nil)
	var b bytes.Buffer
	if n, err := m.WriteTo(&b); err != nil || n != int64(b.Len()) {
		t.Fatal(n, err)
	}
	text := b.String()
	back, err := kmeans.Read(&b)
	if err != nil || !mat.Equal(back.Centers, m.Centers) || back.Inertia != m.Inertia || !slices.Equal(back.Sizes, m.Sizes) {
		t.Errorf("%+v, %v", back, err)
	}
	for about, damaged := range map[string]string{
		"newer":     strings.Replace(text, `"version": 1`, `"version": 2`, 1),
		"foreign":   strings.Replace(text, "segkit/kmeans", "other", 1),
		"truncated": text[:len(text)/2],
		"longer":    text + "{}",
		"empty":     "",
		"sizes":     strings.Replace(text, `"sizes": [`, `"sizes": [1,`, 1),
		"ragged":    strings.Replace(text, "[\n      ", "[\n      1, ", 1),
	} {
		if _, err := kmeans.Read(strings.NewReader(damaged)); !errors.Is(err, kmeans.ErrFile) {
			t.Errorf("%s: %v", about, err)
		}
	}
}

// What Read refuses it names, and where it stands; what a reader or writer refuses is no fault of the file's.
func TestReadAndWriteErrors(t *testing.T) {
	const wrong = "kmeans: not a segkit/kmeans model of version 1: "
	for _, c := range []struct{ centers, sizes, rest, want string }{
		{"[[1,null],[3,4]]", "[1,1]", `,"inertia":2`, wrong + "centre 0, column 1 is null"},
		{"[[1,2],null]", "[1,1]", `,"inertia":2`, wrong + "centre 1 has 0 columns, centre 0 has 2"},
		{"[[1,2],[3,-1e141]]", "[1,1]", `,"inertia":2`, wrong + "centre 1, column 1 is -1e+141, beyond 1e+140"},
		{"[[1,2],[3,1e999]]", "[1,1]", `,"inertia":2`, wrong + "json: cannot unmarshal number 1e999 into Go struct field file.centers of type float64"},
		{"[[1,2],[3,4]]", "[1,-5]", `,"inertia":2`, wrong + "size 1 is -5"},
		{"[[1,2],[3,4]]", "[null,5]", `,"inertia":2`, wrong + "size 0 is null"},
		{"[[1,2],[3,4]]", "[1,1]", ``, wrong + "there is no inertia"},
		{"[[1,2],[3,4]]", "[1,1]", `,"inertia":null`, wrong + "there is no inertia"},
		{"[[1,2],[3,4]]", "[1,1]", `,"inertia":-1`, wrong + "the inertia is -1"},
		{"[[1,2],[3,4]]", "[1,1]", `,"inertia":2,"iterations":-1`, wrong + "the iterations are -1"},
		{"[[1,2],[3,4]]", "[1,1]", `,"inertia":2,"restart":-1`, wrong + "the restart is -1"},
		{"[[1,2],[3,4]]", "[1,1]", `,"inertia":2`, ""},
	} {
		m, err := kmeans.Read(strings.NewReader(fmt.Sprintf(`{"format":"segkit/kmeans","version":1,"centers":%s,"sizes":%s%s}`, c.centers, c.sizes, c.rest)))
		if c.want == "" && (err != nil || m.Inertia != 2) || c.want != "" && (err == nil || err.Error() != c.want || !errors.Is(err, kmeans.ErrFile)) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	reset := errors.New("connection reset")
	m := fit(t, blobs(100, 3, 3, 2, 5), 3, nil)
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	for _, read := range []int{0, 20, b.Len()} {
		_, err := kmeans.Read(io.MultiReader(bytes.NewReader(b.Bytes()[:read]), iotest.ErrReader(reset)))
		if !errors.Is(err, reset) || errors.Is(err, kmeans.ErrFile) || err.Error() != "kmeans: connection reset" {
			t.Errorf("after %d bytes: %v", read, err)
		}
	}
	m.Inertia = math.NaN()
	if _, err := m.WriteTo(&b); err == nil || !strings.HasPrefix(err.Error(), "kmeans: ") {
		t.Errorf("NaN: %v", err)
	}
	m.Inertia = 1
	r, w := io.Pipe()
	r.CloseWithError(reset)
	if _, err := m.WriteTo(w); !errors.Is(err, reset) || err.Error() != "kmeans: connection reset" {
		t.Errorf("a writer that fails: %v", err)
	}
}

// The tutorial's six cases on the real data, against scikit-learn 1.2.1 (best of 300 starts run to convergence).
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
	var want struct {
		Results map[string]struct {
			Sklearn             float64 `json:"inertia_sklearn"`
			Converged           float64 `json:"inertia_converged"`
			Sizes               []int   `json:"sizes_converged"`
			SilhouetteConverged float64 `json:"silhouette_converged"`
			Centers             [][]float64
		}
	}
	if err := errors.Join(err, json.Unmarshal(b, &want)); err != nil {
		t.Fatal(err)
	}
	labels := referenceLabels(t, filepath.Join(dir, "kmeans_labels.csv"))
	data, err := segkit.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	components, err := pca.Fit(data.X, 2)
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]mat.Matrix{"full": data.X, "pca": components.Transform(data.X)} {
		var models []*kmeans.Model
		var labelings [][]int
		for k := 3; k <= 5; k++ {
			m := fit(t, x, k, &kmeans.Options{Restarts: 100, Seed: 42})
			models, labelings = append(models, m), append(labelings, m.Labels)
		}
		scores, err := validity.Silhouettes(t.Context(), x, labelings...)
		if err != nil {
			t.Fatal(err)
		}
		for i, m := range models {
			k := i + 3
			about := fmt.Sprintf("%s_%d", name, k)
			ref := want.Results[about]
			if m.Inertia > ref.Converged*(1+1e-6) {
				t.Errorf("%s: inertia %v, scikit-learn's best %v", about, m.Inertia, ref.Converged)
			}
			if math.Abs(scores[i].Score-ref.SilhouetteConverged) > 1e-3 {
				t.Errorf("%s: silhouette %v, scikit-learn's best solution has %v", about, scores[i].Score, ref.SilhouetteConverged)
			}
			// scikit-learn's centres label the rows as it says, and are nearly at rest.
			d := len(ref.Centers[0])
			centers := mat.NewDense(k, d, slices.Concat(ref.Centers...))
			got, err := (&kmeans.Model{Centers: centers}).Predict(x)
			if agree := validity.AdjustedRand(got, labels[about]); err != nil || agree < 0.9999 {
				t.Errorf("%s: labels from scikit-learn's centres agree to %v; %v", about, agree, err)
			}
			settled := fit(t, x, k, &kmeans.Options{Start: centers})
			if settled.Inertia > ref.Sklearn*(1+1e-9) || settled.Inertia < ref.Converged*(1-1e-5) {
				t.Errorf("%s: from scikit-learn's centres inertia %v, scikit-learn %v to %v", about, settled.Inertia, ref.Sklearn, ref.Converged)
			}
			t.Logf("%s: inertia %.4f (scikit-learn %.4f, its best %.4f), sizes %v (%v), silhouette %.4f",
				about, m.Inertia, ref.Sklearn, ref.Converged, m.Sizes, ref.Sizes, scores[i].Score)
		}
	}
}

// referenceLabels reads a CSV file of integers by its header.
func referenceLabels(t *testing.T, path string) map[string][]int {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	labels := map[string][]int{}
	for j, name := range records[0] {
		for _, record := range records[1:] {
			label, err := strconv.Atoi(record[j])
			if err != nil {
				t.Fatal(err)
			}
			labels[name] = append(labels[name], label)
		}
	}
	return labels
}

func BenchmarkFit(b *testing.B) {
	x := blobs(9000, 17, 8, 0.6, 1)
	for _, k := range []int{3, 5, 8} {
		b.Run(fmt.Sprint("k=", k), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				fit(b, x, k, &kmeans.Options{Restarts: 10, Seed: 42})
			}
		})
	}
}

func ExampleFit() {
	x := mat.NewDense(6, 2, []float64{1, 1, 1.5, 2, 1, 1.5, 8, 8, 9, 9, 8.5, 8})
	m, err := kmeans.Fit(context.Background(), x, 2, &kmeans.Options{Seed: 42})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("sizes", m.Sizes, "labels", m.Labels)
	fmt.Printf("inertia %.3f\n", m.Inertia)
	// Output:
	// sizes [3 3] labels [0 0 0 1 1 1]
	// inertia 1.833
}

// A model that was written today tells tomorrow where new rows belong.
func ExampleModel_Predict() {
	x := mat.NewDense(6, 2, []float64{1, 1, 1.5, 2, 1, 1.5, 8, 8, 9, 9, 8.5, 8})
	m, err := kmeans.Fit(context.Background(), x, 2, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	var file bytes.Buffer
	if _, err := m.WriteTo(&file); err != nil {
		fmt.Println(err)
		return
	}

	read, err := kmeans.Read(&file)
	if err != nil {
		fmt.Println(err)
		return
	}
	labels, err := read.Predict(mat.NewDense(3, 2, []float64{0, 0, 10, 7, 2, 3}))
	fmt.Println(labels, err)
	// Output:
	// [0 1 0] <nil>
}

// Three customers like the first and none like the last: weights stand for rows.
func ExampleOptions_weights() {
	x := mat.NewDense(5, 1, []float64{0, 4, 20, 22, 1000})
	m, err := kmeans.Fit(context.Background(), x, 2, &kmeans.Options{Weights: []float64{3, 1, 1, 1, 0}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("centres", m.Centers.RawMatrix().Data, "inertia", m.Inertia)
	// Output:
	// centres [1 21] inertia 14
}
