package autoencoder

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// The exported networks, run by ONNX Runtime, give what Encode and Reconstruct give.
func TestONNX(t *testing.T) {
	folder := os.Getenv("SEGKIT_ONNX")
	if folder == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("SEGKIT_ONNX names no folder with onnxruntime-web: scripts/test installs it")
		}
		t.Skip("SEGKIT_ONNX names no folder with onnxruntime-web: scripts/test installs it where npm can be reached")
	}
	const n, d = 60, 17
	x := data(n, d, 3)
	x.Set(0, 0, 40) // far beyond what was seen
	x.Set(1, 0, -40)
	dir := t.TempDir()
	rows := filepath.Join(dir, "rows")
	var b []byte
	for i := range n {
		for j, v := range x.RawRowView(i) {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(v)))
			x.Set(i, j, float64(float32(v)))
		}
	}
	if err := os.WriteFile(rows, b, 0o666); err != nil {
		t.Fatal(err)
	}
	type answer struct {
		Inputs  []string
		Outputs map[string]struct {
			Dims []int
			Data []float64
		}
	}
	for _, a := range activationNames {
		m := train(t, x, &Config{Activation: a, Output: Linear, Epochs: 3})
		if a == Selu {
			m = train(t, x, &Config{Epochs: 3}) // the tutorial's
			m.Scaler = &Scaler{Names: slices.Repeat([]string{"a"}, d), Mean: make([]float64, d), Scale: make([]float64, d)}
		}
		for part, export := range map[string]func(io.Writer) error{"encoder": m.ExportEncoderONNX, "whole": m.ExportONNX} {
			path := filepath.Join(dir, string(a)+"-"+part+".onnx")
			var model bytes.Buffer
			if err := export(&model); err != nil {
				t.Fatal(err)
			}
			if scaler := `"Names":["a","a",`; bytes.Contains(model.Bytes(), []byte(scaler)) != (a == Selu) {
				t.Errorf("%s, %s: the scaler is, or is not, in the metadata", a, part)
			}
			if err := os.WriteFile(path, model.Bytes(), 0o666); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), "node", "testdata/onnx.mjs", folder, path, rows, strconv.Itoa(d))
			cmd.Stderr = os.Stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%s, %s: %v", a, part, err)
			}
			var got answer
			if err := json.Unmarshal(out, &got); err != nil {
				t.Fatal(err)
			}
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
					if want := w.At(i/c, i%c); !(math.Abs(v-want) <= 1e-5*max(1, math.Abs(want))) {
						t.Errorf("%s, %s: %s of row %d, column %d is %v, want %v", a, part, name, i/c, i%c, v, want)
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
