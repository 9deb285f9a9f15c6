package segment_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/dataset"
	"example.com/marketing/segkit/segment"
)

// many returns n rows, that are a few thousand synthetic ones again and again.
func many(n int) *dataset.Table {
	some := dataset.Synthesize(5000, 2)
	t := *some
	t.IDs, t.X = nil, mat.NewDense(n, len(t.Names), nil)
	for i := range n {
		t.X.SetRow(i, some.X.RawRowView(i%5000))
	}
	return &t
}

func BenchmarkAssignTable(b *testing.B) {
	const n = 1_000_000
	others := many(n)
	training := dataset.Synthesize(8950, 1)
	run := func(name string, r segment.Recipe) {
		m, err := segment.Fit(b.Context(), training, r)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := m.AssignTable(b.Context(), others); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
	for k := 3; k <= 8; k++ {
		run(fmt.Sprintf("plain/k=%d", k), segment.Recipe{K: k, Restarts: 2})
	}
	for _, name := range []string{"log", "ranks", "pca", "network"} {
		run(name, recipes()[name])
	}
}

func BenchmarkScoreCSV(b *testing.B) {
	const n = 200_000
	m, err := segment.Fit(b.Context(), dataset.Synthesize(8950, 1), segment.Recipe{K: 5, Restarts: 2})
	if err != nil {
		b.Fatal(err)
	}
	var text bytes.Buffer
	if err := many(n).WriteCSV(&text); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		if _, err := m.ScoreCSV(b.Context(), io.Discard, bytes.NewReader(text.Bytes()), nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
