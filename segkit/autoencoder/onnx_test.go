package autoencoder

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/internal/onnx/onnxtest"
)

// The exported networks, run by ONNX Runtime, give what Encode and Reconstruct give.
func TestONNX(t *testing.T) {
	onnxtest.Need(t)
	const n, d = 60, 17
	x := data(n, d, 3)
	x.Set(0, 0, 40) // far beyond what was seen
	x.Set(1, 0, -40)
	var rows []float32
	for i := range n {
		for j, v := range x.RawRowView(i) {
			rows = append(rows, float32(v))
			x.Set(i, j, float64(float32(v)))
		}
	}
	for _, a := range activationNames {
		m := train(t, x, &Config{Activation: a, Output: Linear, Epochs: 3})
		if a == Selu {
			m = train(t, x, &Config{Epochs: 3}) // the tutorial's
			m.Scaler = &Scaler{Names: slices.Repeat([]string{"a"}, d), Mean: make([]float64, d), Scale: make([]float64, d)}
		}
		for part, export := range map[string]func(io.Writer) error{"encoder": m.ExportEncoderONNX, "whole": m.ExportONNX} {
			var model bytes.Buffer
			if err := export(&model); err != nil {
				t.Fatal(err)
			}
			if scaler := `"Names":["a","a",`; bytes.Contains(model.Bytes(), []byte(scaler)) != (a == Selu) {
				t.Errorf("%s, %s: the scaler is, or is not, in the metadata", a, part)
			}
			got := onnxtest.Run(t, model.Bytes(), rows, d)
			want := map[string]*mat.Dense{"code": m.Encode(x)}
			if part == "whole" {
				want["reconstruction"] = m.Reconstruct(x)
			}
			if !slices.Equal(got.Inputs, []string{"x"}) || len(got.Outputs) != len(want) {
				t.Errorf("%s, %s: inputs %v, outputs %v", a, part, got.Inputs, slices.Collect(maps.Keys(got.Outputs)))
			}
			for name, w := range want {
				r, c := w.Dims()
				g := got.Outputs[name]
				if !slices.Equal(g.Dims, []int{r, c}) || len(g.Data) != r*c {
					t.Errorf("%s, %s: %s is %v", a, part, name, g.Dims)
					continue
				}
				for i, v := range g.Data {
					if v == nil {
						t.Fatalf("%s, %s: %s of row %d is no number", a, part, name, i/c)
					}
					if want := w.At(i/c, i%c); !(math.Abs(*v-want) <= 1e-5*max(1, math.Abs(want))) {
						t.Errorf("%s, %s: %s of row %d, column %d is %v, want %v", a, part, name, i/c, i%c, *v, want)
					}
				}
			}
		}
	}
}

type brokenWriter struct{}

var errFull = errors.New("disk full")

func (brokenWriter) Write([]byte) (int, error) { return 0, errFull }

func TestWriterErrors(t *testing.T) {
	m := train(t, data(10, 3, 1), &Config{Hidden: []int{2}, Epochs: 1})
	_, err := m.WriteTo(brokenWriter{})
	for _, err := range []error{err, m.ExportONNX(brokenWriter{}), m.ExportEncoderONNX(brokenWriter{})} {
		if !errors.Is(err, errFull) {
			t.Errorf("%v", err)
		}
	}
}
