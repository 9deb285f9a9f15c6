package kmeans_test

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/kmeans"
)

// stream hands out the rows of x, always in the same slice.
func stream(x *mat.Dense) iter.Seq2[[]float64, error] {
	n, d := x.Dims()
	row := make([]float64, d)
	return func(yield func([]float64, error) bool) {
		for i := range n {
			if mat.Row(row, i, x); !yield(row, nil) {
				return
			}
		}
	}
}

// Four rows start two centres by batches of one (three rows would do, but they are 2·3): 0 0 and 10 10 12, centres 0 and
// 32/3. Then 2 moves the first to 2/3, and 14 the second to 46/4.
func TestFitBatchesByHand(t *testing.T) {
	x := mat.NewDense(8, 1, []float64{0, 0, 10, 10, 12, 0, 2, 14})
	var seen []kmeans.Batch
	m, err := kmeans.FitBatches(t.Context(), stream(x), 2, &kmeans.BatchOptions{Size: 1, OnBatch: func(b kmeans.Batch) { seen = append(seen, b) }})
	if err != nil {
		t.Fatal(err)
	}
	// The first six: 0 0 0 and 10 10 12, inertia 8/3; then 2 is 2 from 0, and goes into the mean of four rows: 0.5; 14 is
	// 10/3 from 32/3, and the mean of four is 11.5.
	if c := m.Centers; math.Abs(c.At(0, 0)-0.5) > 1e-15 || math.Abs(c.At(1, 0)-11.5) > 1e-14 {
		t.Errorf("centres %v", mat.Formatted(c))
	}
	if want := 8.0/3 + 4 + 100.0/9; math.Abs(m.Inertia-want) > 1e-13 || !slices.Equal(m.Sizes, []int{4, 4}) || m.Labels != nil || m.Converged || m.Iterations != 3 {
		t.Errorf("%+v, want inertia %v", m, want)
	}
	if len(seen) != 3 || seen[0].Rows != 6 || math.Abs(seen[0].Inertia-8.0/18) > 1e-15 || seen[2].Rows != 8 || math.Abs(seen[2].Inertia-100.0/9) > 1e-13 {
		t.Errorf("%+v", seen)
	}
}

func TestFitBatchesComesNearFit(t *testing.T) {
	for seed := range uint64(20) {
		k := 2 + int(seed)%9
		x := blobs(20000, 5, k, 3, seed)
		m, err := kmeans.FitBatches(t.Context(), stream(x), k, &kmeans.BatchOptions{Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		again, err := kmeans.FitBatches(t.Context(), stream(x), k, &kmeans.BatchOptions{Seed: seed})
		if err != nil || !mat.Equal(again.Centers, m.Centers) {
			t.Errorf("seed %d: another model the second time; %v", seed, err)
		}
		distances, err := m.Transform(x)
		if err != nil {
			t.Fatal(err)
		}
		inertia := 0.0
		for i := range 20000 {
			inertia += math.Pow(slices.Min(distances.RawRowView(i)), 2)
		}
		if full := fit(t, x, k, &kmeans.Options{Seed: seed}); inertia > 1.01*full.Inertia {
			t.Errorf("seed %d: inertia %v, of Fit %v", seed, inertia, full.Inertia)
		}
		total := 0
		for _, size := range m.Sizes {
			total += size
		}
		if total != 20000 || !slices.IsSortedFunc(m.Sizes, func(a, b int) int { return b - a }) {
			t.Errorf("seed %d: sizes %v", seed, m.Sizes)
		}
	}
}

// A stream that starts with the same row for a long time is read on until there are enough different ones.
func TestFitBatchesOfRepeatedRows(t *testing.T) {
	x := mat.NewDense(5000, 2, nil)
	for i := range 5000 {
		x.Set(i, 0, float64(i/2000))
	}
	m, err := kmeans.FitBatches(t.Context(), stream(x), 3, &kmeans.BatchOptions{Size: 100})
	if err != nil || m.Inertia > 1e-20 || !slices.Equal(m.Sizes, []int{2000, 2000, 1000}) {
		t.Errorf("%+v, %v", m, err)
	}
	_, err = kmeans.FitBatches(t.Context(), stream(x), 4, &kmeans.BatchOptions{Size: 100})
	if !errors.Is(err, kmeans.ErrTooFewRows) || !strings.Contains(err.Error(), "3 among 5000 rows") {
		t.Errorf("four clusters of three distinct rows: %v", err)
	}
}

func TestFitBatchesErrors(t *testing.T) {
	broken := errors.New("broken")
	rows := func(rows ...any) iter.Seq2[[]float64, error] {
		return func(yield func([]float64, error) bool) {
			for _, r := range rows {
				row, _ := r.([]float64)
				err, _ := r.(error)
				if !yield(row, err) {
					return
				}
			}
		}
	}
	for want, in := range map[string]iter.Seq2[[]float64, error]{
		"kmeans: row 1: broken":                    rows([]float64{1}, broken, []float64{2}),
		"kmeans: row 2 has 1 numbers, row 0 has 2": rows([]float64{1, 2}, []float64{1, 3}, []float64{1}),
		"kmeans: row 0 has no numbers":             rows([]float64{}),
		"kmeans: not a number that can be squared: row 1, column 0 is +Inf, not finite": rows([]float64{1}, []float64{math.Inf(1)}),
		"kmeans: too few distinct rows: 0 among 0 rows, for 2 clusters":                 rows(),
		"kmeans: too few distinct rows: 1 among 2 rows, for 2 clusters":                 rows([]float64{1}, []float64{1}),
	} {
		if _, err := kmeans.FitBatches(t.Context(), in, 2, nil); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err := kmeans.FitBatches(ctx, stream(blobs(1000, 2, 3, 1, 1)), 3, &kmeans.BatchOptions{Size: 50, OnBatch: func(b kmeans.Batch) {
		if b.Rows > 200 {
			t.Errorf("went on to row %d", b.Rows)
		}
		if b.Rows == 200 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	pulled := 0
	_, err = kmeans.FitBatches(ctx, func(yield func([]float64, error) bool) {
		for yield([]float64{1, 2}, nil) {
			pulled++
		}
	}, 3, nil)
	if !errors.Is(err, context.Canceled) || pulled > 0 {
		t.Errorf("cancelled before the first row: %v after %d more", err, pulled)
	}
}

// A batch can be larger than any stream: what follows the first rows is then one batch.
func TestFitBatchesOfAnySize(t *testing.T) {
	x := blobs(5000, 2, 3, 5, 1)
	all, err := kmeans.FitBatches(t.Context(), stream(x), 3, &kmeans.BatchOptions{Size: 5000})
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{1 << 62, math.MaxInt} {
		m, err := kmeans.FitBatches(t.Context(), stream(x), 3, &kmeans.BatchOptions{Size: size})
		if err != nil || !mat.Equal(m.Centers, all.Centers) || m.Iterations != 2 || m.Converged {
			t.Errorf("size %d: %+v, %v", size, m, err)
		}
	}
	if _, err := kmeans.FitBatches(t.Context(), stream(x), math.MaxInt, nil); !errors.Is(err, kmeans.ErrTooFewRows) {
		t.Errorf("more clusters than rows: %v", err)
	}
}

func BenchmarkFitBatches(b *testing.B) {
	x := blobs(100000, 17, 8, 0.6, 1)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := kmeans.FitBatches(b.Context(), stream(x), 8, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// A table that need not fit into memory: records of a CSV file, read one at a time.
func ExampleFitBatches() {
	file := strings.NewReader("1,1\n8,8\n1.5,2\n9,9\n1,1.5\n8.5,8\n")
	rows := func(yield func([]float64, error) bool) {
		records := csv.NewReader(file)
		records.ReuseRecord = true
		var row []float64
		for {
			record, err := records.Read()
			if err == io.EOF {
				return
			}
			row = row[:0]
			for _, field := range record {
				var v float64
				if err == nil {
					v, err = strconv.ParseFloat(field, 64)
				}
				row = append(row, v)
			}
			if !yield(row, err) {
				return
			}
		}
	}
	m, err := kmeans.FitBatches(context.Background(), rows, 2, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("sizes %v, centres %.3v\n", m.Sizes, mat.Formatted(m.Centers, mat.Prefix("                       ")))
	// Output:
	// sizes [3 3], centres ⎡1.17   1.5⎤
	//                        ⎣ 8.5  8.33⎦
}
