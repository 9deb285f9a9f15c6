package dataset

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/sbinet/npyio"
	"gonum.org/v1/gonum/floats/scalar"
	"gonum.org/v1/gonum/mat"
)

var nan = math.NaN()

func small() *Table {
	return &Table{
		IDName: "CUST_ID", IDs: []string{"a", "b", "c", "d"}, Names: []string{"A", "B"},
		X: mat.NewDense(4, 2, []float64{1, nan, 2, 10, nan, 30, 4, 20}),
	}
}

// realData returns the tutorial's table and the folder with the reference figures, or skips the test: the file is not part
// of the project. Small cases worked by hand stand beside every test that calls it.
func realData(t *testing.T) (*Table, string) {
	t.Helper()
	path := os.Getenv("SEGKIT_DATA")
	if path == "" {
		t.Skip("SEGKIT_DATA names no file: the comparison with the real data set is left out")
	}
	table, _, err := ReadFile(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return table, filepath.Join(filepath.Dir(path), "..", "reference")
}

func reference(t *testing.T, path string, v any) {
	t.Helper()
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("no reference figures beside the data")
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatal(err)
	}
}

func equal(a, b float64) bool { return scalar.EqualWithinAbsOrRel(a, b, 1e-9, 1e-9) }

// 2, 4, 4, 4, 5, 5, 7, 9 has mean 5 and squared deviations 9+1+1+1+0+0+4+16 = 32, so the sample deviation is √(32/7). The
// quartiles are at positions 1.75, 3.5 and 5.25: 4, 4.5 and 5 + 0.25·2 = 5.5.
func TestSummarize(t *testing.T) {
	s := Summarize("x", []float64{9, nan, 2, 5, 4, 7, 4, 5, 4})
	want := Summary{Name: "x", Count: 8, Missing: 1, Mean: 5, Std: math.Sqrt(32. / 7), Min: 2, Max: 9, Q25: 4, Median: 4.5, Q75: 5.5}
	if !equal(s.Std, want.Std) {
		t.Errorf("std %g, want %g", s.Std, want.Std)
	}
	s.Std = want.Std
	if s != want {
		t.Errorf("%+v, want %+v", s, want)
	}
	if one := Summarize("", []float64{3}); one.Mean != 3 || one.Median != 3 || !math.IsNaN(one.Std) {
		t.Errorf("one value: %+v", one)
	}
	if none := Summarize("", []float64{nan}); none.Count != 0 || !math.IsNaN(none.Mean) || !math.IsNaN(none.Median) {
		t.Errorf("no value: %+v", none)
	}
}

func TestShape(t *testing.T) {
	table := small()
	filled, err := table.ImputeMedian()
	if err != nil {
		t.Fatal(err)
	}
	if want := mat.NewDense(4, 2, []float64{1, 20, 2, 10, 2, 30, 4, 20}); !mat.Equal(filled.X, want) {
		t.Errorf("imputed:\n%v", mat.Formatted(filled.X))
	}
	whole, err := table.DropMissing()
	if err != nil || !reflect.DeepEqual(whole.IDs, []string{"b", "d"}) {
		t.Errorf("whole rows %v, %v", whole, err)
	}
	some, err := table.DropMissing("A")
	if err != nil || !reflect.DeepEqual(some.IDs, []string{"a", "b", "d"}) {
		t.Errorf("rows with A %v, %v", some, err)
	}
	swapped := table.Select("B", "A")
	if swapped.X.At(3, 0) != 20 || swapped.X.At(3, 1) != 4 || !reflect.DeepEqual(swapped.Names, []string{"B", "A"}) {
		t.Errorf("selected %v:\n%v", swapped.Names, mat.Formatted(swapped.X))
	}
	longer := table.WithColumn("C", []float64{5, 6, 7, 8})
	if !reflect.DeepEqual(longer.Names, []string{"A", "B", "C"}) || longer.X.At(2, 2) != 7 || longer.X.At(1, 0) != 2 {
		t.Errorf("with a column:\n%v", mat.Formatted(longer.X))
	}
	if !same(table, small()) {
		t.Error("a method wrote to its receiver")
	}
	if got := table.Missing(); !reflect.DeepEqual(got, []int{1, 1}) {
		t.Errorf("missing %v", got)
	}
}

func TestNothingLeft(t *testing.T) {
	holes := &Table{Names: []string{"A"}, X: mat.NewDense(2, 1, []float64{nan, nan})}
	if _, err := holes.ImputeMedian("A"); !errors.Is(err, ErrNothingLeft) {
		t.Errorf("median of nothing: %v", err)
	}
	if _, err := holes.DropMissing(); !errors.Is(err, ErrNothingLeft) {
		t.Errorf("no row left: %v", err)
	}
}

func TestMistakesPanic(t *testing.T) {
	for about, f := range map[string]func(){
		"unknown column":   func() { small().Column("Z") },
		"duplicate column": func() { small().WithColumn("A", make([]float64, 4)) },
		"the id's name":    func() { small().WithColumn("CUST_ID", make([]float64, 4)) },
		"short column":     func() { small().WithColumn("C", nil) },
		"other columns":    func() { (&Scaler{Names: []string{"Z"}}).Transform(small()) },
		"quantile":         func() { Quantile([]float64{1}, 2) },
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

func TestFingerprint(t *testing.T) {
	base := small().Fingerprint()
	if again := small().Fingerprint(); again != base || len(base) != 16 {
		t.Errorf("%s and %s", base, again)
	}
	changes := []func(*Table){
		func(t *Table) { t.IDs[0] = "z" },
		func(t *Table) { t.Names[0] = "z" },
		func(t *Table) { t.IDName = "z" },
		func(t *Table) { t.X.Set(0, 0, 1.0000000000000002) },
	}
	for i, change := range changes {
		changed := small()
		change(changed)
		if changed.Fingerprint() == base {
			t.Errorf("change %d does not show", i)
		}
	}
}

// (1, 2, 3, 6) has mean 3 and population variance (4+1+0+9)/4 = 3.5; a constant column stays at 0.
func TestScaler(t *testing.T) {
	table := &Table{Names: []string{"A", "B"}, X: mat.NewDense(4, 2, []float64{1, 0.1, 2, 0.1, 3, 0.1, 6, 0.1})}
	s, err := FitScaler(table)
	if err != nil {
		t.Fatal(err)
	}
	x := s.Transform(table)
	if want := -2 / math.Sqrt(3.5); !equal(x.At(0, 0), want) {
		t.Errorf("scaled to %g, want %g", x.At(0, 0), want)
	}
	for i := range 4 {
		if x.At(i, 1) != 0 {
			t.Errorf("a constant became %g", x.At(i, 1))
		}
	}
	if !mat.EqualApprox(s.Inverse(x), table.X, 1e-14) {
		t.Error("Inverse does not undo Transform")
	}
	table.X.Set(2, 1, nan)
	if _, err := FitScaler(table); err == nil || !strings.Contains(err.Error(), "B") || !strings.Contains(err.Error(), "row 2") {
		t.Errorf("a hole: %v", err)
	}
}

func TestWriteNPY(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "x.npy")
	x := mat.NewDense(2, 3, []float64{1, 2, 3, 4, 5, 6})
	if err := SaveNPY(path, x.T()); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var back []float64
	r, err := npyio.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Read(&back); err != nil {
		t.Fatal(err)
	}
	if h := r.Header.Descr; h.Fortran || h.Type != "<f8" || !reflect.DeepEqual(h.Shape, []int{3, 2}) || !reflect.DeepEqual(back, []float64{1, 4, 2, 5, 3, 6}) {
		t.Errorf("header %+v, values %v", h, back)
	}
}

func TestSaveCSVAndReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.csv")
	if err := small().SaveCSV(path); err != nil {
		t.Fatal(err)
	}
	back, _, err := ReadFile(path, nil)
	if err != nil || !same(back, small()) {
		t.Errorf("%+v, %v", back, err)
	}
	blocked := filepath.Join(path, "below-a-file.csv")
	if err := small().SaveCSV(blocked); err == nil || !strings.Contains(err.Error(), blocked) {
		t.Errorf("saving below a file: %v", err)
	}
}

func TestFrameRoundTrip(t *testing.T) {
	table := small().WithColumn("N", []float64{1, 2, 3, 4})
	df, err := table.Frame()
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(df.Types()); got != "[string float float int]" {
		t.Errorf("types %s", got)
	}
	back, err := FromFrame(df, "CUST_ID")
	if err != nil || !same(back, table) {
		t.Errorf("%+v, %v", back, err)
	}
	if _, err := FromFrame(df, ""); err == nil || !strings.Contains(err.Error(), "CUST_ID") {
		t.Errorf("text taken for a feature: %v", err)
	}
	if _, err := FromFrame(df, "KEY"); err == nil || !strings.Contains(err.Error(), "KEY") {
		t.Errorf("no such id: %v", err)
	}
}

func TestOpenFollowsSEGKIT_DATA(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mine.csv")
	if err := small().SaveCSV(path); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SEGKIT_DATA", path)
	table, source, err := Open(t.Context())
	if err != nil || !same(table, small()) || source.Synthetic || source.String() != "mine.csv" {
		t.Errorf("%v, %+v, %v", table, source, err)
	}
	t.Setenv("SEGKIT_DATA", path+".gone")
	if _, _, err := Open(t.Context()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestOpenLooksInTheProject(t *testing.T) {
	t.Setenv("SEGKIT_DATA", "")
	project := t.TempDir()
	for _, dir := range []string{"notebooks", "data"} {
		if err := os.Mkdir(filepath.Join(project, dir), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(project, "go.mod"), []byte("module m\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	t.Chdir(filepath.Join(project, "notebooks"))
	table, source, err := Open(t.Context())
	if n, d := table.Dims(); err != nil || !source.Synthetic || n != 8950 || d != 17 {
		t.Errorf("without a file: %d×%d, %+v, %v", n, d, source, err)
	}
	if err := small().SaveCSV(filepath.Join(project, "data", "cc_data.csv")); err != nil {
		t.Fatal(err)
	}
	table, source, err = Open(t.Context())
	if err != nil || !same(table, small()) || source.String() != "cc_data.csv" {
		t.Errorf("with a file: %+v, %v", source, err)
	}
}

func TestDescribeMatchesPandas(t *testing.T) {
	table, dir := realData(t)
	var want struct{ Numeric map[string]map[string]float64 }
	reference(t, filepath.Join(dir, "describe.json"), &want)
	for _, s := range table.Describe() {
		for figure, got := range map[string]float64{
			"count": float64(s.Count), "missing": float64(s.Missing), "mean": s.Mean, "std": s.Std,
			"min": s.Min, "q25": s.Q25, "median": s.Median, "q75": s.Q75, "max": s.Max,
		} {
			if w, ok := want.Numeric[s.Name][figure]; !ok || !equal(got, w) {
				t.Errorf("%s of %s: %v, pandas has %v", figure, s.Name, got, w)
			}
		}
	}
}

func TestScalerMatchesScikitLearn(t *testing.T) {
	table, dir := realData(t)
	var want struct {
		Rows, Cols int
		Columns    []string
		Median     float64 `json:"median_minimum_payments"`
		Mean       []float64
		Scale      []float64
		FirstRows  [][]float64 `json:"first_rows"`
		LastRow    []float64   `json:"last_row"`
	}
	reference(t, filepath.Join(dir, "scaler.json"), &want)
	if got := Summarize("", table.Column("MINIMUM_PAYMENTS")).Median; !equal(got, want.Median) {
		t.Errorf("median %v, want %v", got, want.Median)
	}
	filled, err := table.ImputeMedian("MINIMUM_PAYMENTS")
	if err != nil {
		t.Fatal(err)
	}
	clean, err := filled.DropMissing("CREDIT_LIMIT")
	if err != nil {
		t.Fatal(err)
	}
	s, err := FitScaler(clean)
	if err != nil {
		t.Fatal(err)
	}
	x := s.Transform(clean)
	if n, d := x.Dims(); n != want.Rows || d != want.Cols || !reflect.DeepEqual(s.Names, want.Columns) {
		t.Fatalf("%d×%d %v", n, d, s.Names)
	}
	rows := append(want.FirstRows, want.LastRow)
	for j := range s.Mean {
		if !equal(s.Mean[j], want.Mean[j]) || !equal(s.Scale[j], want.Scale[j]) {
			t.Errorf("%s: mean %v, scale %v, want %v, %v", s.Names[j], s.Mean[j], s.Scale[j], want.Mean[j], want.Scale[j])
		}
		for i, row := range rows {
			at := i
			if i == len(rows)-1 {
				at = want.Rows - 1
			}
			if got := x.At(at, j); !equal(got, row[j]) {
				t.Errorf("x[%d][%d] = %v, want %v", at, j, got, row[j])
			}
		}
	}
}

func ExampleRead() {
	text := "CUST_ID,BALANCE,PAYMENTS\nC1,100.5,20\nC2,,35\nC3,40,0\n"
	customers, report, err := Read(strings.NewReader(text), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(customers.Names, report.Rows, "rows, missing:", report.Missing)
	filled, err := customers.ImputeMedian("BALANCE")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(filled.Column("BALANCE"))
	// Output:
	// [BALANCE PAYMENTS] 3 rows, missing: [1 0]
	// [100.5 70.25 40]
}
