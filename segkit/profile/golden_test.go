package profile_test

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"example.com/marketing/segkit/profile"
)

// realReport profiles the tutorial's file where SEGKIT_DATA names it, beside the reference numbers.
func realReport(t *testing.T, o *profile.Options) *profile.Report {
	t.Helper()
	path := os.Getenv("SEGKIT_DATA")
	if path == "" {
		t.Skip("SEGKIT_DATA is not set")
	}
	r, err := profile.ReadFile(context.Background(), o, path)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func reference(t *testing.T, name string, into any) {
	t.Helper()
	path := os.Getenv("SEGKIT_DATA")
	if path == "" {
		t.Skip("SEGKIT_DATA is not set")
	}
	b, err := os.ReadFile(filepath.Join(filepath.Dir(path), "..", "reference", name))
	if err != nil {
		t.Skip(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatal(err)
	}
}

func close9(got, want float64) bool { return math.Abs(got-want) <= 1e-9*max(math.Abs(want), 1e-12) }

// sweetviz 2.3.3 on the real file.
type sweetviz struct {
	Features map[string]struct {
		Type string
		Base struct {
			TotalRows   int        `json:"total_rows"`
			NumValues   [2]float64 `json:"num_values"`
			NumMissing  [2]float64 `json:"num_missing"`
			NumZeroes   [2]float64 `json:"num_zeroes"`
			NumDistinct [2]float64 `json:"num_distinct"`
		}
		Stats     map[string]float64
		Frequent  [][2]float64 `json:"frequent_values"`
		Min       [][2]float64 `json:"min_values"`
		Max       [][2]float64 `json:"max_values"`
		FullCount [][2]any     `json:"full_count"`
		Hist      map[string]struct {
			Edges  []float64
			Counts []int
		}
	}
	Assoc map[string]map[string]float64
}

func TestSweetvizStatistics(t *testing.T) {
	var golden sweetviz
	reference(t, "eda-golden.json", &golden)
	r := realReport(t, nil)
	for _, c := range r.Columns {
		want, ok := golden.Features[c.Name]
		if !ok {
			t.Fatalf("no column %s in the reference", c.Name)
		}
		if c.Count != int(want.Base.NumValues[0]) || c.Missing != int(want.Base.NumMissing[0]) || c.Distinct != int(want.Base.NumDistinct[0]) {
			t.Errorf("%s: %d values, %d missing, %d distinct; want %v", c.Name, c.Count, c.Missing, c.Distinct, want.Base)
		}
		if want.Type == "NUMERIC" && c.Zeros != int(want.Base.NumZeroes[0]) {
			t.Errorf("%s: %d zeros, want %v", c.Name, c.Zeros, want.Base.NumZeroes)
		}
		for name, figure := range map[string]profile.Number{
			"max": c.Max, "mean": c.Mean, "perc95": c.Q95, "perc75": c.Q75, "perc50": c.Median, "perc25": c.Q25, "perc5": c.Q05, "min": c.Min,
			"range": c.Range, "iqr": c.IQR, "std": c.Std, "variance": c.Variance, "kurtosis": c.Kurtosis, "skewness": c.Skewness, "sum": c.Sum, "cv": c.CV,
		} {
			if expect, ok := want.Stats[name]; ok && !close9(float64(figure), expect) {
				t.Errorf("%s: %s %v, want %v", c.Name, name, figure, expect)
			}
		}
		checkValues(t, c.Name+" smallest", c.Smallest, want.Min)
		checkValues(t, c.Name+" largest", c.Largest, want.Max)
		for i, f := range want.Frequent { // sweetviz leaves the order of ties open: the counts have to agree
			if c.Frequent[i].Count != int(f[1]) {
				t.Errorf("%s: the frequent value %d occurs %d times, want %v", c.Name, i, c.Frequent[i].Count, f[1])
			}
		}
		for name, h := range want.Hist {
			bins := map[string]string{"mini": "10", "bins_0": "10", "bins_5": "5", "bins_15": "15", "bins_30": "30"}[name]
			got := histogram(t, c, bins)
			for i, edge := range h.Edges {
				if !close9(got.Edges[i], edge) {
					t.Errorf("%s, %s bins: edge %d is %v, want %v", c.Name, bins, i, got.Edges[i], edge)
				}
			}
			for i, n := range h.Counts {
				if got.Counts[i] != n {
					t.Errorf("%s, %s bins: bin %d has %d, want %d", c.Name, bins, i, got.Counts[i], n)
				}
			}
		}
		if want.FullCount != nil { // TENURE, a category to sweetviz
			if len(c.Levels)+1 != len(want.FullCount) {
				t.Fatalf("%s has %d levels", c.Name, len(c.Levels))
			}
			for i, l := range c.Levels {
				if float64(l.Number) != want.FullCount[i][0].(float64) || float64(l.Count) != want.FullCount[i][1].(float64) {
					t.Errorf("%s: level %d is %+v, want %v", c.Name, i, l, want.FullCount[i])
				}
			}
		}
	}
}

func checkValues(t *testing.T, about string, got []profile.Value, want [][2]float64) {
	t.Helper()
	for i, w := range want {
		if i >= len(got) || float64(got[i].Number) != w[0] || got[i].Count != int(w[1]) {
			t.Errorf("%s %d: %+v, want %v", about, i, got, w)
			return
		}
	}
}

func histogram(t *testing.T, c profile.Column, name string) profile.Histogram {
	t.Helper()
	for _, h := range c.Histograms {
		if h.Name == name {
			return h
		}
	}
	t.Fatalf("%s has no histogram %q", c.Name, name)
	panic("unreachable")
}

// sweetviz fills missing values with 0 before it takes a correlation ratio: with them, it invents a measurement. Ours is
// over the rows that have a value. The figures of MINIMUM_PAYMENTS and CREDIT_LIMIT therefore differ from its own, and are
// those that segmentation-practice.md measured with the rows dropped.
func TestSweetvizAssociations(t *testing.T) {
	var golden sweetviz
	reference(t, "eda-golden.json", &golden)
	a := realReport(t, nil).Associations
	ours := map[string]float64{"MINIMUM_PAYMENTS": 0.063459, "CREDIT_LIMIT": 0.143802}
	pairs := 0
	for i, x := range a.Names {
		for j, y := range a.Names {
			want, ok := golden.Assoc[x][y]
			if i == j || !ok {
				continue
			}
			pairs++
			if x != "TENURE" && y != "TENURE" {
				if !close9(float64(a.Pearson[i][j]), want) {
					t.Errorf("Pearson of %s and %s is %v, want %v", x, y, a.Pearson[i][j], want)
				}
				continue
			}
			got, number := float64(a.CorrelationRatio[i][j]), y
			if y == "TENURE" {
				got, number = float64(a.CorrelationRatio[j][i]), x
			}
			if right, differs := ours[number]; differs {
				if math.Abs(got-right) > 5e-7 || close9(got, want) {
					t.Errorf("correlation ratio of TENURE and %s is %v, want %v and not sweetviz's %v", number, got, right, want)
				}
			} else if !close9(got, want) {
				t.Errorf("correlation ratio of TENURE and %s is %v, want %v", number, got, want)
			}
		}
	}
	if pairs != 17*16 {
		t.Errorf("%d pairs were compared", pairs)
	}
}

// pandas 1.5.3.
func TestPandas(t *testing.T) {
	var describe struct {
		Numeric map[string]map[string]float64
	}
	reference(t, "describe.json", &describe)
	var correlation struct {
		Columns           []string
		Pearson, Spearman [][]float64
	}
	reference(t, "correlation.json", &correlation)
	r := realReport(t, nil)
	figures := 0
	for _, c := range r.Columns {
		for name, figure := range map[string]float64{
			"count": float64(c.Count), "missing": float64(c.Missing), "mean": float64(c.Mean), "std": float64(c.Std), "var": float64(c.Variance),
			"min": float64(c.Min), "q05": float64(c.Q05), "q25": float64(c.Q25), "median": float64(c.Median), "q75": float64(c.Q75), "q95": float64(c.Q95),
			"max": float64(c.Max), "skew": float64(c.Skewness), "kurtosis": float64(c.Kurtosis), "distinct": float64(c.Distinct), "zeros": float64(c.Zeros), "sum": float64(c.Sum),
		} {
			want, ok := describe.Numeric[c.Name][name]
			if !ok {
				continue
			}
			figures++
			if !close9(figure, want) {
				t.Errorf("%s: %s %v, want %v", c.Name, name, figure, want)
			}
		}
	}
	if figures != 17*17 {
		t.Errorf("%d figures were compared, want %d", figures, 17*17)
	}
	for i := range correlation.Columns {
		if r.Associations.Names[i] != correlation.Columns[i] {
			t.Fatal("the columns stand in another order")
		}
		for j := range correlation.Columns {
			if got, want := float64(r.Associations.Pearson[i][j]), correlation.Pearson[i][j]; !close9(got, want) {
				t.Errorf("Pearson %d, %d: %v, want %v", i, j, got, want)
			}
			if got, want := float64(r.Associations.Spearman[i][j]), correlation.Spearman[i][j]; !close9(got, want) {
				t.Errorf("Spearman %d, %d: %v, want %v", i, j, got, want)
			}
		}
	}
}
