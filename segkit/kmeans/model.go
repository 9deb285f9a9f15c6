package kmeans

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/internal/distance"
)

// Predict returns the number of the nearest centre of each row of x, m×d, the first of several at the same distance. A value
// that is not finite, or beyond 1e140, is an error that wraps ErrNotFinite. It panics with mat.ErrShape if x has not the
// model's d columns. The cost is O(m·k·d).
func (m *Model) Predict(x mat.Matrix) ([]int, error) {
	rows, points, err := m.points(x)
	if err != nil {
		return nil, err
	}
	labels := make([]int, rows.N)
	blocks(rows.N, func(from, to int, b *distance.Buffer) {
		points.Nearest(b, rows, from, to-from)
		for i := range labels[from:to] {
			labels[from+i] = int(b.Label[i])
		}
	})
	return labels, nil
}

// Transform returns the distances of the rows of x, m×d, to the k centres, m×k. Errors, panics and cost are Predict's.
func (m *Model) Transform(x mat.Matrix) (*mat.Dense, error) {
	rows, points, err := m.points(x)
	if err != nil {
		return nil, err
	}
	if rows.N == 0 {
		return &mat.Dense{}, nil
	}
	distances := mat.NewDense(rows.N, points.K, nil)
	blocks(rows.N, func(from, to int, b *distance.Buffer) {
		for group := range points.Groups() {
			points.Squares(b, rows, from, to-from, group)
			first := group * points.Lanes
			for i := range to - from {
				row := distances.RawRowView(from + i)[first:min(first+points.Lanes, points.K)]
				for lane := range row {
					row[lane] = math.Sqrt(b.Squared[i*points.Lanes+lane])
				}
			}
		}
	})
	return distances, nil
}

// points returns the rows of x and the centres as the distance package wants them.
func (m *Model) points(x mat.Matrix) (distance.Rows, *distance.Points, error) {
	k, d := m.Centers.Dims()
	if _, c := x.Dims(); c != d {
		panic(mat.ErrShape)
	}
	rows, err := distance.Of(x)
	if err != nil {
		return rows, nil, fmt.Errorf("kmeans: %w", err)
	}
	points := distance.NewPoints(k, d)
	for c := range k {
		points.Set(c, m.Centers.RawRowView(c))
	}
	return rows, points, nil
}

// blocks calls f for n rows, a block at a time, from one up to the next, on all processors.
func blocks(n int, f func(from, to int, b *distance.Buffer)) {
	const share = 64 * distance.Block // that is worth a goroutine
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), (n+share-1)/share) {
		workers.Go(func() {
			var b distance.Buffer
			for {
				from := int(next.Add(distance.Block)) - distance.Block
				if from >= n {
					return
				}
				f(from, min(from+distance.Block, n), &b)
			}
		})
	}
	workers.Wait()
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
		for j, v := range row {
			if !(math.Abs(v) <= distance.Largest) {
				return nil, fmt.Errorf("kmeans: %w: centre %d, column %d is %v", errNotThisModel, c, j, v)
			}
		}
		centers.SetRow(c, row)
	}
	return &Model{Centers: centers, Sizes: f.Sizes, Inertia: f.Inertia, Iterations: f.Iterations, Converged: f.Converged, Restart: f.Restart}, nil
}
