package autoencoder

import (
	"errors"
	"math"
	"runtime"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// Encode, Decode, Reconstruct and the errors against the network written down plainly.
func TestApply(t *testing.T) {
	const n, d = 1300, 5 // more than two blocks
	x := data(n, d, 1)
	m := train(t, x, &Config{Hidden: []int{4}, Epochs: 2, Output: Linear})
	weights := func(layers []layer) (w [][]float64) {
		for _, l := range layers {
			row := make([]float64, len(l.weights))
			for i, v := range l.weights {
				row[i] = float64(v)
			}
			w = append(w, row)
		}
		return w
	}
	encoder, decoder := weights(m.encoder), weights(m.decoder)
	z, y := m.Encode(x), m.Reconstruct(x)
	if !mat.Equal(m.Decode(z), y) {
		t.Error("Reconstruct is not Decode of Encode")
	}
	e := m.ReconstructionErrors(x)
	columns, all := make([]float64, d), 0.0
	for i := range n {
		code := forward(m.encoder, encoder, x.RawRowView(i))
		row := forward(m.decoder, decoder, code)
		sum := 0.0
		for j, v := range row {
			square := (v - x.At(i, j)) * (v - x.At(i, j))
			sum += square / d
			columns[j] += square / n
			all += square / (n * d)
		}
		for j, v := range code {
			if math.Abs(v-z.At(i, j)) > 1e-12 {
				t.Fatalf("code of row %d: %v, want %v", i, z.RawRowView(i), code)
			}
		}
		if math.Abs(sum-e.Rows[i]) > 1e-12 || math.Abs(row[0]-y.At(i, 0)) > 1e-12 {
			t.Fatalf("row %d: error %v, want %v", i, e.Rows[i], sum)
		}
	}
	for j, v := range columns {
		if math.Abs(v-e.Columns[j]) > 1e-12 {
			t.Errorf("column %d: %v, want %v", j, e.Columns[j], v)
		}
	}
	if math.Abs(all-e.Mean) > 1e-12 {
		t.Errorf("mean %v, want %v", e.Mean, all)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if again := m.ReconstructionErrors(x); !slices.Equal(again.Columns, e.Columns) || again.Mean != e.Mean || !slices.Equal(again.Rows, e.Rows) || !mat.Equal(m.Encode(x), z) {
		t.Error("other results on one processor")
	}
	if !m.Encode(&mat.Dense{}).IsEmpty() {
		t.Error("no rows have codes")
	}

	// Row by row, the same; errors go through, and do not end it.
	broken := errors.New("broken")
	rows := func(yield func([]float64, error) bool) {
		if !yield(nil, broken) || !yield([]float64{1, 2}, nil) {
			return
		}
		for i := range n {
			if !yield(x.RawRowView(i), nil) {
				return
			}
		}
	}
	i := -2
	for code, err := range m.EncodeRows(rows) {
		switch {
		case i == -2:
			if err != broken || code != nil {
				t.Errorf("%v, %v", code, err)
			}
		case i == -1:
			if err == nil || err.Error() != "autoencoder: row 1 has 2 numbers, not 5" || code != nil {
				t.Errorf("%v, %v", code, err)
			}
		case err != nil || !slices.Equal(code, z.RawRowView(i)):
			t.Fatalf("row %d: %v, %v", i, code, err)
		}
		i++
	}
	if i != n {
		t.Errorf("%d codes", i)
	}
	for range m.EncodeRows(rows) {
		break
	}
}

func TestShapesPanic(t *testing.T) {
	m := train(t, data(10, 3, 1), &Config{Hidden: []int{2}, Epochs: 1})
	four := mat.NewDense(1, 4, nil)
	for about, f := range map[string]func(){
		"encode":      func() { m.Encode(four) },
		"decode":      func() { m.Decode(mat.NewDense(1, 3, nil)) },
		"reconstruct": func() { m.Reconstruct(four) },
		"errors":      func() { m.ReconstructionErrors(four) },
		"no rows":     func() { m.ReconstructionErrors(&mat.Dense{}) },
	} {
		if p := panicOf(f); p != mat.ErrShape {
			t.Errorf("%s: %v", about, p)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	const n = 1_000_000
	x := mat.NewDense(n, 17, nil)
	few := data(1000, 17, 1)
	for i := range n {
		x.SetRow(i, few.RawRowView(i%1000))
	}
	m := train(b, few, &Config{Epochs: 1})
	b.Run("Encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m.Encode(x)
		}
		b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	})
	b.Run("EncodeRows", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for _, err := range m.EncodeRows(func(yield func([]float64, error) bool) {
				for i := 0; i < n && yield(x.RawRowView(i), nil); i++ {
				}
			}) {
				if err != nil {
					b.Fatal(err)
				}
			}
		}
		b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	})
}
