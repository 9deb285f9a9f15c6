package kmeans

import (
	"encoding/json"
	"fmt"
	"io"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Predict returns the number of the nearest centre of each row of x, m×d. It panics with mat.ErrShape if x has not the
// model's d columns. Of two centres at the same distance it takes the first. The cost is O(m·k·d).
func (m *Model) Predict(x mat.Matrix) []int {
	k, d := m.Centers.Dims()
	n, c := x.Dims()
	if c != d {
		panic(mat.ErrShape)
	}
	labels := make([]int, n)
	row := make([]float64, d)
	for i := range labels {
		mat.Row(row, i, x)
		nearest := math.Inf(1)
		for c := range k {
			if v := squared(row, m.Centers.RawRowView(c)); v < nearest {
				nearest, labels[i] = v, c
			}
		}
	}
	return labels
}

const (
	format  = "segkit/kmeans"
	version = 1
)

// file is the model's JSON.
type file struct {
	Format     string      `json:"format"`
	Version    int         `json:"version"`
	Centers    [][]float64 `json:"centers"`
	Sizes      []int       `json:"sizes"`
	Inertia    float64     `json:"inertia"`
	Iterations int         `json:"iterations"`
	Converged  bool        `json:"converged"`
	Restart    int         `json:"restart"`
}

// WriteTo writes the model as JSON, the labels of the rows that it was fitted to left out. Read gives it back, with the
// same centres to the last bit.
func (m *Model) WriteTo(w io.Writer) (int64, error) {
	f := file{Format: format, Version: version, Sizes: m.Sizes, Inertia: m.Inertia, Iterations: m.Iterations, Converged: m.Converged, Restart: m.Restart}
	k, _ := m.Centers.Dims()
	for c := range k {
		f.Centers = append(f.Centers, m.Centers.RawRowView(c))
	}
	b, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return 0, err
	}
	n, err := w.Write(append(b, '\n'))
	return int64(n), err
}

// Read reads a model that WriteTo wrote; it has no Labels. Anything else is an error: other files, other versions, and
// models whose parts do not fit together.
func Read(r io.Reader) (*Model, error) {
	var f file
	decoder := json.NewDecoder(r)
	if err := decoder.Decode(&f); err != nil {
		return nil, fmt.Errorf("kmeans: %w: %w", errNotThisModel, err)
	}
	if f.Format != format || f.Version != version {
		return nil, fmt.Errorf("kmeans: %w: format %q, version %d", errNotThisModel, f.Format, f.Version)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, fmt.Errorf("kmeans: %w: something follows the model", errNotThisModel)
	}
	k := len(f.Centers)
	if k == 0 || len(f.Sizes) != k || len(f.Centers[0]) == 0 {
		return nil, fmt.Errorf("kmeans: %w: %d centres and %d sizes", errNotThisModel, k, len(f.Sizes))
	}
	d := len(f.Centers[0])
	centers := mat.NewDense(k, d, nil)
	for c, row := range f.Centers {
		if len(row) != d {
			return nil, fmt.Errorf("kmeans: %w: centre %d has %d columns, centre 0 has %d", errNotThisModel, c, len(row), d)
		}
		centers.SetRow(c, row)
	}
	return &Model{Centers: centers, Sizes: f.Sizes, Inertia: f.Inertia, Iterations: f.Iterations, Converged: f.Converged, Restart: f.Restart}, nil
}
