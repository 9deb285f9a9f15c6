package pca_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"example.com/marketing/segkit"
	"example.com/marketing/segkit/pca"
)

func fit(t testing.TB, x mat.Matrix, q int) *pca.Model {
	t.Helper()
	m, err := pca.Fit(x, q)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func normal(n, d int, seed uint64) *mat.Dense {
	r := rand.New(rand.NewPCG(seed, 3))
	x := mat.NewDense(n, d, nil)
	x.Apply(func(_, j int, _ float64) float64 { return float64(1+j)*r.NormFloat64() + 10 }, x)
	return x
}

// Points on the line y = x and one pair across: (±2, ±2) and (±1, ∓1), mean 0. Along (1, 1)/√2 the squares sum to
// 8 + 8 = 16, across to 2 + 2 = 4; with divisor 3 the variances are 16/3 and 4/3, and the first has 0.8 of the total.
func TestFitByHand(t *testing.T) {
	x := mat.NewDense(4, 2, []float64{2, 2, -2, -2, 1, -1, -1, 1})
	m := fit(t, x, 2)
	h := math.Sqrt(0.5)
	for j, want := range []float64{h, h} {
		if math.Abs(m.Components.At(0, j)-want) > 1e-15 {
			t.Errorf("component %v", mat.Formatted(m.Components))
		}
	}
	if math.Abs(m.Variance[0]-16./3) > 1e-14 || math.Abs(m.Variance[1]-4./3) > 1e-14 || math.Abs(m.VarianceRatio[0]-0.8) > 1e-15 {
		t.Errorf("variance %v, ratio %v", m.Variance, m.VarianceRatio)
	}
	if z := m.Transform(x); math.Abs(z.At(0, 0)-math.Sqrt(8)) > 1e-14 {
		t.Errorf("score %v", z.At(0, 0))
	}
}

func TestInvariants(t *testing.T) {
	for seed := range uint64(20) {
		n, d := 30+int(seed), 2+int(seed)%8
		x := normal(n, d, seed)
		kept := mat.DenseCopyOf(x)
		m := fit(t, x, d)
		var vvt mat.Dense
		vvt.Mul(m.Components, m.Components.T())
		identity := mat.NewDiagDense(d, nil)
		for j := range d {
			identity.SetDiag(j, 1)
		}
		if !mat.EqualApprox(&vvt, identity, 1e-12) {
			t.Errorf("seed %d: components are not orthonormal", seed)
		}
		if !mat.EqualApprox(m.Inverse(m.Transform(x)), x, 1e-11) {
			t.Errorf("seed %d: Inverse does not undo Transform", seed)
		}
		share := 0.0
		for c, r := range m.VarianceRatio {
			share += r
			if c > 0 && m.Variance[c] > m.Variance[c-1] {
				t.Errorf("seed %d: variances %v", seed, m.Variance)
			}
			largest := 0.0
			for _, v := range m.Components.RawRowView(c) {
				if math.Abs(v) > math.Abs(largest) {
					largest = v
				}
			}
			if largest < 0 {
				t.Errorf("seed %d: component %d points the other way", seed, c)
			}
		}
		if math.Abs(share-1) > 1e-12 || !mat.Equal(x, kept) {
			t.Errorf("seed %d: shares sum to %v", seed, share)
		}
	}
}

// With fewer rows than columns, n components say it all, and the others have no variance.
func TestMoreColumnsThanRows(t *testing.T) {
	for seed := range uint64(20) {
		n := 3 + int(seed)%6
		d := n + 1 + int(seed)
		x := normal(n, d, seed)
		thin, whole := fit(t, x, n), fit(t, x, d)
		if thin.Variance[n-1] > 1e-10 {
			t.Errorf("seed %d: %d centred rows have %d components: %v", seed, n, n, thin.Variance)
		}
		for c := range n - 1 {
			if math.Abs(thin.Variance[c]-whole.Variance[c]) > 1e-9 || math.Abs(thin.VarianceRatio[c]-whole.VarianceRatio[c]) > 1e-12 {
				t.Errorf("seed %d, component %d: variance %v, of all components %v", seed, c, thin.Variance[c], whole.Variance[c])
			}
			if cos := mat.Dot(thin.Components.RowView(c), whole.Components.RowView(c)); math.Abs(cos-1) > 1e-9 {
				t.Errorf("seed %d, component %d: cosine %v with that of all", seed, c, cos)
			}
		}
		if !mat.EqualApprox(thin.Inverse(thin.Transform(x)), x, 1e-10) {
			t.Errorf("seed %d: n components do not hold n rows", seed)
		}
	}
}

// Variances 16/3 and 4/3, as in TestFitByHand: the first component explains 0.8.
func TestFitShare(t *testing.T) {
	x := mat.NewDense(4, 2, []float64{2, 2, -2, -2, 1, -1, -1, 1})
	for share, want := range map[float64]int{0.1: 1, 0.79: 1, 0.81: 2, 1: 2} {
		m, err := pca.FitShare(x, share)
		if err != nil || len(m.Variance) != want || len(m.VarianceRatio) != want {
			t.Errorf("%v of the variance: %+v, %v", share, m, err)
			continue
		}
		if q, d := m.Components.Dims(); q != want || d != 2 || !mat.Equal(m.Components, fit(t, x, want).Components) {
			t.Errorf("%v of the variance: %v", share, mat.Formatted(m.Components))
		}
	}
	if m, err := pca.FitShare(mat.NewDense(3, 4, nil), 1); err != nil || len(m.Variance) != 1 {
		t.Errorf("no variance: %+v, %v", m, err)
	}
	if m, err := pca.FitShare(normal(5, 40, 1), 1); err != nil || len(m.Variance) != 4 {
		t.Errorf("5 rows: %d components, %v", len(m.Variance), err)
	}
	if _, err := pca.FitShare(mat.NewDense(1, 4, nil), 0.5); !errors.Is(err, pca.ErrTooFewRows) {
		t.Errorf("one row: %v", err)
	}
	for _, share := range []float64{0, -1, 1.01, math.NaN()} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("a share of %v did not panic", share)
				}
			}()
			pca.FitShare(x, share)
		}()
	}
}

// One column on a scale of its own has the first component to itself, and leaves the others what it does not explain of them:
// the covariance of their residuals, from which the small variances can be computed without it.
func TestColumnsOfUnlikeScale(t *testing.T) {
	for _, n := range []int{400, 2000} {
		for _, large := range []float64{1, 1e3, 1e5, 1e7, 1e8} {
			random := rand.New(rand.NewPCG(2, uint64(n)))
			x := mat.NewDense(n, 5, nil)
			for i := range n {
				common := random.NormFloat64()
				for j := range 5 {
					x.Set(i, j, common+float64(j+1)/2*random.NormFloat64())
				}
			}
			residuals := mat.NewDense(n, 4, nil)
			first := mat.Col(nil, 0, x)
			for j := range 4 {
				column := mat.Col(nil, j+1, x)
				alpha, beta := stat.LinearRegression(first, column, nil, false)
				for i, v := range column {
					residuals.Set(i, j, v-alpha-beta*first[i])
				}
			}
			want := fit(t, residuals, 4).Variance
			for i, v := range first {
				x.Set(i, 0, v*large)
			}
			m := fit(t, x, 5)
			for c, w := range want {
				// The residuals leave out what the first component has of the other columns: about 1/large² of it.
				if v := m.Variance[c+1]; large > 1 && math.Abs(v-w) > w*(1e-6+20/large/large) {
					t.Errorf("%d rows, column 0 times %v: variance %d is %v, want %v", n, large, c+1, v, w)
				}
			}
			var vvt mat.Dense
			vvt.Mul(m.Components, m.Components.T())
			if !mat.EqualApprox(&vvt, mat.NewDiagDense(5, []float64{1, 1, 1, 1, 1}), 1e-12) {
				t.Errorf("column 0 times %v: components are not orthonormal", large)
			}
			z := m.Transform(x)
			for c := range 5 {
				if v := stat.Variance(mat.Col(nil, c, z), nil); math.Abs(v-m.Variance[c]) > 1e-6*v {
					t.Errorf("%d rows, column 0 times %v: the scores of component %d have variance %v, not %v", n, large, c, v, m.Variance[c])
				}
			}
			if s, err := pca.FitShare(x, 1); err != nil || len(s.Variance) != 5 {
				t.Errorf("%d rows, column 0 times %v: all of the variance in %d components, %v", n, large, len(s.Variance), err)
			}
		}
	}
}

// Columns that others determine add components without variance, which no share needs.
func TestRankBelowColumns(t *testing.T) {
	for seed := range uint64(20) {
		n := 20 + 40*int(seed)
		x := normal(n, 6, seed)
		for i := range n {
			x.Set(i, 4, x.At(i, 0)+x.At(i, 1))
			x.Set(i, 5, 7)
		}
		m := fit(t, x, 6)
		if m.Variance[3] < 0.1 || m.Variance[4] > 1e-27*m.Variance[0] {
			t.Errorf("seed %d: variances %v", seed, m.Variance)
		}
		for share, want := range map[float64]int{1: 4, 1 - 1e-9: 4, 1 - m.VarianceRatio[3]: 3} {
			if s, err := pca.FitShare(x, share); err != nil || len(s.Variance) != want {
				t.Errorf("seed %d: a share of %v has variances %v, want %d; %v", seed, share, s.Variance, want, err)
			}
		}
	}
}

func TestOnAnyNumberOfProcessors(t *testing.T) {
	x := normal(20000, 20, 1)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	one := fit(t, x, 20)
	runtime.GOMAXPROCS(7)
	if seven := fit(t, x, 20); !mat.Equal(one.Components, seven.Components) || !slices.Equal(one.Variance, seven.Variance) {
		t.Error("the result depends on the number of processors")
	}
}

func BenchmarkFit(b *testing.B) {
	for _, s := range [][2]int{{9000, 17}, {20000, 300}, {200, 1000}} {
		x := normal(s[0], s[1], 1)
		b.Run(fmt.Sprintf("%dx%d", s[0], s[1]), func(b *testing.B) {
			for b.Loop() {
				fit(b, x, 2).Transform(x)
			}
		})
	}
}

func TestEdges(t *testing.T) {
	constant := normal(20, 3, 1)
	for i := range 20 {
		constant.Set(i, 1, 4)
	}
	if m := fit(t, constant, 3); m.Variance[2] > 1e-12 || m.Variance[1] < 0.1 {
		t.Errorf("a constant column: %v", m.Variance)
	}
	if m := fit(t, normal(4, 9, 2), 9); m.Variance[2] < 1e-3 || m.Variance[3] > 1e-10 {
		t.Errorf("more columns than rows: %v", m.Variance)
	}
	flat := fit(t, mat.NewDense(3, 2, []float64{0.1, 0.7, 0.1, 0.7, 0.1, 0.7}), 1)
	if flat.VarianceRatio[0] != 0 || math.IsNaN(flat.Components.At(0, 0)) {
		t.Errorf("no variance: %+v", flat)
	}
	if _, err := pca.Fit(mat.NewDense(1, 2, nil), 1); !errors.Is(err, pca.ErrTooFewRows) {
		t.Errorf("one row: %v", err)
	}
	if _, err := pca.Fit(&mat.Dense{}, 2); !errors.Is(err, pca.ErrTooFewRows) {
		t.Errorf("no rows: %v", err)
	}
	holed := normal(5, 2, 1)
	holed.Set(3, 1, math.NaN())
	if _, err := pca.Fit(holed, 1); !errors.Is(err, pca.ErrNotFinite) || !strings.Contains(err.Error(), "row 3, column 1") {
		t.Errorf("NaN: %v", err)
	}
	if _, err := pca.Fit(mat.NewDense(2, 1, []float64{1e200, -1e200}), 1); !errors.Is(err, pca.ErrNotFinite) {
		t.Errorf("numbers without a square: %v", err)
	}
	for about, f := range map[string]func(){
		"no component": func() { fit(t, normal(5, 2, 1), 0) },
		"too many":     func() { fit(t, normal(5, 2, 1), 3) },
		"transform":    func() { fit(t, normal(5, 2, 1), 1).Transform(mat.NewDense(1, 3, nil)) },
		"inverse":      func() { fit(t, normal(5, 2, 1), 1).Inverse(mat.NewDense(1, 2, nil)) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s did not panic", about)
				}
			}()
			f()
		}()
	}
}

func TestWriteAndRead(t *testing.T) {
	m := fit(t, normal(50, 4, 1), 2)
	var b bytes.Buffer
	if n, err := m.WriteTo(&b); err != nil || n != int64(b.Len()) {
		t.Fatal(n, err)
	}
	text := b.String()
	back, err := pca.Read(&b)
	if err != nil || !mat.Equal(back.Components, m.Components) || back.Mean[3] != m.Mean[3] {
		t.Errorf("%+v, %v", back, err)
	}
	for about, damaged := range map[string]string{
		"newer":     strings.Replace(text, `"version": 1`, `"version": 2`, 1),
		"foreign":   strings.Replace(text, "segkit/pca", "other", 1),
		"truncated": text[:len(text)/2],
		"longer":    text + "{}",
		"ragged":    strings.Replace(text, `"mean": [`, `"mean": [1,`, 1),
	} {
		if _, err := pca.Read(strings.NewReader(damaged)); !errors.Is(err, pca.ErrFile) {
			t.Errorf("%s: %v", about, err)
		}
	}
}

// What Read refuses it names, and where it stands; what a reader or writer refuses is no fault of the file's.
func TestReadAndWriteErrors(t *testing.T) {
	for _, c := range []struct{ mean, components, variance, ratio, want string }{
		{"[1,null]", "[[0,1]]", "[2]", "[0.5]", "the mean of column 1 is null"},
		{"[-1e141,1]", "[[0,1]]", "[2]", "[0.5]", "the mean of column 0 is -1e+141"},
		{"[1,1]", "[[null,1]]", "[2]", "[0.5]", "component 0, column 0 is null"},
		{"[1,1]", "[[0,1],null]", "[2,1]", "[0.5,0.1]", "component 1 has 0 columns of 2"},
		{"[1,1]", "[[0,1],[2,0]]", "[2,1]", "[0.5,0.1]", "component 1, column 0 is 2"},
		{"[1,1]", "[[0,1]]", "[-2]", "[0.5]", "the variance of component 0 is -2"},
		{"[1,1]", "[[0,1]]", "[null]", "[0.5]", "the variance of component 0 is null"},
		{"[1,1]", "[[0,1],[1,0]]", "[2,1]", "[0.5,1.5]", "the share of component 1 is 1.5"},
		{"[1,1]", "[[0,1]]", "[2]", "[-0.1]", "the share of component 0 is -0.1"},
		{"[1,1]", "[[0,1]]", "[2]", "[null]", "the share of component 0 is null"},
		{"[1,1]", "[[0,1]]", "[2]", "[]", "1 components of 2 columns, 1 variances, 0 ratios"},
		{"[1,1]", "[[0,1]]", "[2]", "[0.5]", ""},
	} {
		_, err := pca.Read(strings.NewReader(fmt.Sprintf(`{"format":"segkit/pca","version":1,"mean":%s,"components":%s,"variance":%s,"variance_ratio":%s}`,
			c.mean, c.components, c.variance, c.ratio)))
		if c.want == "" && err != nil || c.want != "" && (!errors.Is(err, pca.ErrFile) || err.Error() != "pca: not a segkit/pca model of version 1: "+c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	reset := errors.New("connection reset")
	m := fit(t, normal(50, 4, 1), 2)
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	for _, read := range []int{0, 20, b.Len()} {
		_, err := pca.Read(io.MultiReader(bytes.NewReader(b.Bytes()[:read]), iotest.ErrReader(reset)))
		if !errors.Is(err, reset) || errors.Is(err, pca.ErrFile) || err.Error() != "pca: connection reset" {
			t.Errorf("after %d bytes: %v", read, err)
		}
	}
	r, w := io.Pipe()
	r.CloseWithError(reset)
	if _, err := m.WriteTo(w); !errors.Is(err, reset) || err.Error() != "pca: connection reset" {
		t.Errorf("a writer that fails: %v", err)
	}
	m.Variance[0] = math.NaN()
	if _, err := m.WriteTo(&b); err == nil || !strings.HasPrefix(err.Error(), "pca: ") {
		t.Errorf("NaN: %v", err)
	}
}

// A row with a NaN in it has no scores, and leaves the others theirs.
func TestTransformOfNaN(t *testing.T) {
	x := normal(20, 3, 1)
	m := fit(t, x, 2)
	want := m.Transform(x)
	x.Set(7, 1, math.NaN())
	for i := range 20 {
		for c, v := range m.Transform(x).RawRowView(i) {
			if i == 7 && !math.IsNaN(v) || i != 7 && v != want.At(i, c) {
				t.Errorf("row %d, component %d: %v", i, c, v)
			}
		}
	}
}

// scikit-learn's PCA of the real data, scaled.
func TestReference(t *testing.T) {
	path := os.Getenv("SEGKIT_DATA")
	if path == "" {
		t.Skip("SEGKIT_DATA names no file: the comparison with scikit-learn is left out")
	}
	b, err := os.ReadFile(filepath.Join(filepath.Dir(path), "..", "reference", "pca.json"))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("no reference figures beside the data")
	}
	var want struct {
		Components [][]float64
		Variance   []float64   `json:"explained_variance"`
		Ratio      []float64   `json:"explained_variance_ratio"`
		Rows       [][]float64 `json:"first_rows_2d"`
	}
	if err := errors.Join(err, json.Unmarshal(b, &want)); err != nil {
		t.Fatal(err)
	}
	data, err := segkit.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m := fit(t, data.X, 17)
	z := m.Transform(data.X)
	for c := range 17 {
		if math.Abs(m.Variance[c]-want.Variance[c]) > 1e-9 || math.Abs(m.VarianceRatio[c]-want.Ratio[c]) > 1e-9 {
			t.Errorf("component %d: variance %v, ratio %v, want %v, %v", c, m.Variance[c], m.VarianceRatio[c], want.Variance[c], want.Ratio[c])
		}
		sign := math.Copysign(1, mat.Dot(m.Components.RowView(c), mat.NewVecDense(17, want.Components[c])))
		for j, w := range want.Components[c] {
			if math.Abs(sign*m.Components.At(c, j)-w) > 1e-8 {
				t.Errorf("component %d, column %d: %v, want ±%v", c, j, m.Components.At(c, j), w)
			}
		}
		if c < 2 {
			for i, row := range want.Rows {
				// For two components scikit-learn uses a randomised solver, which is right to about six digits.
				if math.Abs(sign*z.At(i, c)-row[c]) > 1e-5 {
					t.Errorf("score of row %d: %v, want ±%v", i, z.At(i, c), row[c])
				}
			}
		}
	}
}

func ExampleFit() {
	x := mat.NewDense(5, 2, []float64{1, 2, 2, 4, 3, 6, 4, 8, 5, 10})
	m, err := pca.Fit(x, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("direction %.3f, share of the variance %.2f\n", m.Components.RawRowView(0), m.VarianceRatio[0])
	// Output:
	// direction [0.447 0.894], share of the variance 1.00
}

func ExampleFitShare() {
	x := mat.NewDense(5, 3, []float64{1, 2, 0.1, 2, 4, 0, 3, 6, 0.1, 4, 8, 0, 5, 10, 0.1})
	m, err := pca.FitShare(x, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d of 3 columns' components hold %.4f of the variance\n", len(m.Variance), m.VarianceRatio[0])
	// Output:
	// 1 of 3 columns' components hold 0.9998 of the variance
}
