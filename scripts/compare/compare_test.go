package main

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/autoencoder"
)

// Every job that the comparison has, done twice on a small table.
func TestWork(t *testing.T) {
	dir := t.TempDir()
	const n, d, k = 2000, 3, 4
	random := rand.New(rand.NewPCG(1, 1))
	x, labels := mat.NewDense(n, d, nil), mat.NewDense(n, 1, nil)
	for i := range n {
		labels.Set(i, 0, float64(i%k))
		for j := range d {
			x.Set(i, j, 20*float64(i%k)+random.NormFloat64())
		}
	}
	path := func(name string) string { return filepath.Join(dir, name) }
	for name, table := range map[string]*mat.Dense{"x": x, "labels": labels, "start": mat.DenseCopyOf(x.Slice(0, k, 0, d))} {
		if err := save(path(name), table.RawMatrix().Data); err != nil {
			t.Fatal(err)
		}
	}
	if err := writeCSV(path("csv"), x); err != nil {
		t.Fatal(err)
	}
	m, err := autoencoder.Train(t.Context(), x, &autoencoder.Config{Epochs: 1})
	if err == nil {
		err = m.Save(path("model"))
	}
	if err != nil {
		t.Fatal(err)
	}
	z := m.Encode(x)
	table := job{X: path("x"), N: n, D: d, K: k, Restarts: 3}
	for name, change := range map[string]func(j *job){
		"kmeans":      func(*job) {},
		"silhouettes": func(j *job) { j.Labels = []string{path("labels")} },
		"pca":         func(*job) {},
		"scale":       func(*job) {},
		"csv":         func(j *job) { j.X, j.File = "", path("csv") },
		"binary":      func(j *job) { j.X, j.File = "", path("x") },
		"profile":     func(j *job) { j.X, j.File = "", path("csv") },
		"train":       func(j *job) { j.Epochs = 3 },
		"encode":      func(j *job) { j.Model = path("model") },
		"encode-rows": func(j *job) { j.X, j.File, j.Model = "", path("x"), path("model") },
	} {
		j := table
		j.Job = name
		change(&j)
		argument, err := json.Marshal(j)
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		if err := work(string(argument), strings.NewReader("\n\n"), &out); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		answers := json.NewDecoder(strings.NewReader(out.String()))
		var first opening
		var results [2]result
		for _, into := range []any{&first, &results[0], &results[1]} {
			if err := answers.Decode(into); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if results[0].Seconds <= 0 || len(results[0].Values) == 0 || len(results[1].Values) != len(results[0].Values) {
			t.Errorf("%s: %+v", name, results)
		}
		switch values := results[0].Values; name {
		case "kmeans", "csv", "binary":
			// Clouds of unit variance in three columns: about 3 for each row.
			if sum, err := inertia(x, k, values); err != nil || sum/n < 2.8 || sum/n > 3.2 {
				t.Errorf("%s: inertia %v a row, %v", name, sum/n, err)
			}
		case "encode", "encode-rows":
			if want := mat.Sum(z.ColView(0)) / n; len(values) != 2 || math.Abs(values[0]-want) > 1e-12 {
				t.Errorf("%s: %v, want %v", name, values, want)
			}
		case "silhouettes":
			if values[0] < 0.6 {
				t.Errorf("silhouette %v", values[0])
			}
		}
	}
	if err := work(`{"job": "dance"}`, strings.NewReader("\n"), os.Stdout); err == nil {
		t.Error("a job that there is not was done")
	}
}

// A side that computed something else has no figure.
func TestInertias(t *testing.T) {
	x := mat.NewDense(4, 1, []float64{0, 2, 10, 12})
	all := []measured{{values: []float64{1, 11}}, {values: []float64{1, 11.1}}}
	if sums, err := inertias(x, 2, all, 0.01, 0.01); err != nil || sums[0] != 4 {
		t.Errorf("%v, %v", sums, err)
	}
	all[1].values = []float64{1, 12}
	if _, err := inertias(x, 2, all, 0.01, 0.01); err == nil {
		t.Error("inertia 6 passed for 4")
	}
	all[1].values = []float64{1}
	if _, err := inertias(x, 2, all, 0.01, 0.01); err == nil {
		t.Error("one centre passed for two")
	}
}

func TestReplace(t *testing.T) {
	name := filepath.Join(t.TempDir(), "BENCH.md")
	const begin, end = "<!-- measured: written by scripts/bench -->\n", "<!-- end of what was measured -->\n"
	if err := os.WriteFile(name, []byte("before\n"+begin+"old\n"+end+"after\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := replace(name, "new"); err != nil {
			t.Fatal(err)
		}
	}
	if text, err := os.ReadFile(name); err != nil || string(text) != "before\n"+begin+"\nnew\n"+end+"after\n" {
		t.Errorf("%q, %v", text, err)
	}
	if err := os.WriteFile(name, []byte("nothing"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := replace(name, "new"); err == nil {
		t.Error("a file without a place was written")
	}
}
