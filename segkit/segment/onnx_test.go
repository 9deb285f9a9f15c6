package segment_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/autoencoder"
	"example.com/marketing/segkit/dataset"
	"example.com/marketing/segkit/internal/onnx/onnxtest"
	"example.com/marketing/segkit/segment"
)

// recipes are one of every kind.
func recipes() map[string]segment.Recipe {
	small := func(a autoencoder.Activation) *autoencoder.Config {
		return &autoencoder.Config{Hidden: []int{4}, Epochs: 2, Activation: a}
	}
	return map[string]segment.Recipe{
		"plain": {K: 4, Restarts: 3}, "log": {K: 3, Transform: segment.Log1p, Restarts: 3},
		"ranks": {K: 5, Transform: segment.Ranks, Restarts: 3}, "one": {K: 1}, "nine": {K: 9, Restarts: 2},
		"pca": {K: 3, Components: 2, Restarts: 3}, "log pca": {K: 3, Transform: segment.Log1p, Components: 5, Restarts: 3},
		"ranks pca": {K: 2, Transform: segment.Ranks, Components: 1, Restarts: 3},
		"network":   {K: 3, Network: small(""), Restarts: 3}, "log gelu": {K: 3, Transform: segment.Log1p, Network: small(autoencoder.Gelu), Restarts: 3},
		"ranks tanh": {K: 4, Transform: segment.Ranks, Network: small(autoencoder.Tanh), Restarts: 3},
	}
}

// with returns the table with a constant column and more holes: every seventh value.
func with(t *dataset.Table) *dataset.Table {
	n, d := t.Dims()
	s := t.WithColumn("CONSTANT", slices.Repeat([]float64{3}, n))
	for i := range n * d {
		if i%7 == 0 && i/d%3 == 0 {
			s.X.Set(i/d, i%d, math.NaN())
		}
	}
	return s
}

// The exported pipelines, run by ONNX Runtime, say of other customers what AssignTable says. Without a network everything is
// float64, and equal but for the order of sums; with one, distances agree to float32, and who is nearer to two centres than
// that may fall on either side.
func TestONNX(t *testing.T) {
	onnxtest.Need(t)
	training, others := with(dataset.Synthesize(1500, 1)), with(dataset.Synthesize(3000, 2))
	n, d := others.Dims()
	others.X.Set(0, d-1, 7) // a constant column counts nothing
	others.X.Set(1, 0, 1e9)
	others.X.Set(2, 0, -1e9)
	for about, r := range recipes() {
		m, err := segment.Fit(t.Context(), training, r)
		if err != nil {
			t.Fatalf("%s: %v", about, err)
		}
		m.Names[0] = `"Übrige", 1`
		var b, again bytes.Buffer
		if err := errors.Join(m.ExportONNX(&b), m.ExportONNX(&again)); err != nil {
			t.Fatalf("%s: %v", about, err)
		}
		names, err := json.Marshal(m.Names)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(b.Bytes(), names) || !bytes.Equal(b.Bytes(), again.Bytes()) {
			t.Errorf("%s: the names are not in the metadata, or a second file is another one", about)
		}
		want, err := m.AssignTable(t.Context(), others)
		if err != nil {
			t.Fatalf("%s: %v", about, err)
		}
		got := onnxtest.Run(t, b.Bytes(), others.X.RawMatrix().Data, d)
		for name, dims := range map[string][]int{"segment": {n}, "distance": {n}, "margin": {n}, "unlike": {n}, "distances": {n, r.K}} {
			if !slices.Equal(got.Outputs[name].Dims, dims) {
				t.Fatalf("%s: %s is %v, not %v", about, name, got.Outputs[name].Dims, dims)
			}
		}
		tolerance := 1e-12
		if r.Network != nil {
			tolerance = 1e-4
		}
		differ, unlike := 0, 0
		for i, a := range want {
			of := func(name string) *float64 { return got.Outputs[name].Data[i] }
			far := tolerance * max(1, a.Distance)
			if s := int(*of("segment")); s != a.Segment {
				differ++
				if s != a.Next || a.Margin > far {
					t.Errorf("%s: row %d is in %d, want %+v", about, i, s, a)
				}
			}
			if v := *of("distance"); !(math.Abs(v-a.Distance) <= far) || v != *got.Outputs["distances"].Data[i*r.K+int(*of("segment"))] {
				t.Errorf("%s: row %d has distance %v, want %v", about, i, v, a.Distance)
			}
			if v := of("margin"); r.K == 1 && v != nil || r.K > 1 && !(math.Abs(*v-a.Margin) <= 2*far) {
				t.Errorf("%s: row %d has margin %v, want %v", about, i, v, a.Margin)
			}
			if u := *of("unlike") == 1; u != a.Unlike {
				unlike++
				if math.Abs(a.Distance-m.Limit) > far {
					t.Errorf("%s: row %d is unlike anyone: %v, want %v", about, i, u, a.Unlike)
				}
			}
		}
		if r.Network == nil && differ+unlike > 0 {
			t.Errorf("%s: %d segments differ, and %d marks of unlike customers", about, differ, unlike)
		}

		// What float32 would have cost.
		rounded := *others
		rounded.X = mat.DenseCopyOf(others.X)
		rounded.X.Apply(func(_, _ int, v float64) float64 { return float64(float32(v)) }, rounded.X)
		float32s, err := m.AssignTable(t.Context(), &rounded)
		if err != nil {
			t.Fatal(err)
		}
		other := 0
		for i := range want {
			if float32s[i].Segment != want[i].Segment {
				other++
			}
		}
		t.Logf("%s: of %d rows %d differ in segment, %d in unlike; of values rounded to float32 first, %d", about, n, differ, unlike, other)
	}
}

func TestONNXErrors(t *testing.T) {
	m, err := segment.Fit(t.Context(), dataset.Synthesize(50, 1), segment.Recipe{K: 2})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.ExportONNX(failing{}); !errors.Is(err, errFull) {
		t.Errorf("%v", err)
	}
	m.Names = m.Names[:1]
	if err := m.ExportONNX(&bytes.Buffer{}); err == nil {
		t.Error("a model with a name too few is exported")
	}
}

var errFull = errors.New("disk full")

// failing is a full disk.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errFull }
