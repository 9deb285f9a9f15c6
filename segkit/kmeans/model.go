package kmeans

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/internal/distance"
	"example.com/marketing/segkit/internal/source"
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

// file is the model's JSON. What must not be left out is a pointer: null and nothing are not 0.
type file struct {
	Format     string       `json:"format"`
	Version    int          `json:"version"`
	Centers    [][]*float64 `json:"centers"`
	Sizes      []*int       `json:"sizes"`
	Inertia    *float64     `json:"inertia"`
	Iterations int          `json:"iterations"`
	Converged  bool         `json:"converged"`
	Restart    int          `json:"restart"`
}

// WriteTo writes the model as JSON, the labels of the rows that it was fitted to left out. Read gives it back, with the
// same centres to the last bit.
func (m *Model) WriteTo(w io.Writer) (int64, error) {
	f := file{Format: format, Version: version, Inertia: &m.Inertia, Iterations: m.Iterations, Converged: m.Converged, Restart: m.Restart}
	k, d := m.Centers.Dims()
	for c := range k {
		row := make([]*float64, d)
		for j := range row {
			row[j] = &m.Centers.RawRowView(c)[j]
		}
		f.Centers = append(f.Centers, row)
	}
	for c := range m.Sizes {
		f.Sizes = append(f.Sizes, &m.Sizes[c])
	}
	b, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return 0, fmt.Errorf("kmeans: %w", err)
	}
	n, err := w.Write(append(b, '\n'))
	if err != nil {
		return int64(n), fmt.Errorf("kmeans: %w", err)
	}
	return int64(n), nil
}

// Read reads a model that WriteTo wrote; it has no Labels. Anything else is an error that wraps ErrFile: other files, other
// versions, and models whose parts are missing, do not fit together or cannot be. An error of r is wrapped without it.
func Read(r io.Reader) (*Model, error) {
	m, err := source.Read(r, ErrFile, read)
	if err != nil {
		return nil, fmt.Errorf("kmeans: %w", err)
	}
	return m, nil
}

func read(r io.Reader) (*Model, error) {
	var f file
	decoder := json.NewDecoder(r)
	if err := decoder.Decode(&f); err != nil {
		return nil, err
	}
	if f.Format != format || f.Version != version {
		return nil, fmt.Errorf("format %q, version %d", f.Format, f.Version)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("something follows the model")
	}
	k := len(f.Centers)
	if k == 0 || len(f.Sizes) != k || len(f.Centers[0]) == 0 {
		return nil, fmt.Errorf("%d centres and %d sizes", k, len(f.Sizes))
	}
	d := len(f.Centers[0])
	m := &Model{Centers: mat.NewDense(k, d, nil), Iterations: f.Iterations, Converged: f.Converged, Restart: f.Restart}
	for c, row := range f.Centers {
		if len(row) != d {
			return nil, fmt.Errorf("centre %d has %d columns, centre 0 has %d", c, len(row), d)
		}
		for j, v := range row {
			if v == nil {
				return nil, fmt.Errorf("centre %d, column %d is null", c, j)
			}
			if !(math.Abs(*v) <= distance.Largest) {
				return nil, fmt.Errorf("centre %d, column %d is %v, beyond %v", c, j, *v, distance.Largest)
			}
			m.Centers.Set(c, j, *v)
		}
	}
	for c, size := range f.Sizes {
		if size == nil {
			return nil, fmt.Errorf("size %d is null", c)
		}
		if *size < 0 {
			return nil, fmt.Errorf("size %d is %d", c, *size)
		}
		m.Sizes = append(m.Sizes, *size)
	}
	switch {
	case f.Inertia == nil:
		return nil, errors.New("there is no inertia")
	case !(*f.Inertia >= 0):
		return nil, fmt.Errorf("the inertia is %v", *f.Inertia)
	case f.Iterations < 0:
		return nil, fmt.Errorf("the iterations are %d", f.Iterations)
	case f.Restart < 0:
		return nil, fmt.Errorf("the restart is %d", f.Restart)
	}
	m.Inertia = *f.Inertia
	return m, nil
}
