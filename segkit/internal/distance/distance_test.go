package distance

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// both runs f with the processor's vector instructions and without.
func both(t *testing.T, f func(t *testing.T)) {
	had := vectors
	t.Cleanup(func() { vectors = had })
	for _, with := range []bool{false, had} {
		vectors = with
		t.Run(fmt.Sprint("vectors=", with), f)
	}
}

// table is n×d with a stride of its own, and now and then the same row twice.
func table(r *rand.Rand, n, d int) Rows {
	stride := d + r.IntN(3)
	x := Rows{N: n, D: d, stride: stride, data: make([]float64, n*stride)}
	for i := range x.data {
		x.data[i] = r.NormFloat64() * math.Exp(4*r.NormFloat64())
	}
	for i := range n {
		if r.IntN(5) == 0 {
			copy(x.data[i*stride:][:d], x.data[r.IntN(n)*stride:][:d])
		}
	}
	return x
}

// Every kernel, against Squared row by row and point by point, to the last bit.
func TestNearest(t *testing.T) {
	both(t, func(t *testing.T) {
		for seed := range uint64(200) {
			r := rand.New(rand.NewPCG(seed, 1))
			n, d, k := 1+r.IntN(2*Block), 1+r.IntN(40), 1+r.IntN(21)
			x := table(r, n, d)
			points := NewPoints(k, d)
			at := make([][]float64, k)
			for c := range at {
				at[c] = x.Row(r.IntN(n)) // so that some are equal
				points.Set(c, at[c])
			}
			var b Buffer
			from := r.IntN(n)
			m := min(Block, n-from)
			check := func(about string, i, row int) {
				first, second, label := math.Inf(1), math.Inf(1), -1
				for c := range k {
					if v := Squared(x.Row(row), at[c]); v < first {
						first, second, label = v, first, c
					} else {
						second = min(second, v)
					}
				}
				if b.First[i] != first || b.Second[i] != second || b.Label[i] != int64(label) {
					t.Fatalf("seed %d, %s, n %d, d %d, k %d, row %d: %v at %d, then %v; want %v at %d, then %v",
						seed, about, n, d, k, row, b.First[i], b.Label[i], b.Second[i], first, label, second)
				}
			}
			points.Nearest(&b, x, from, m)
			for i := range m {
				check("all", i, from+i)
			}
			var list []int32
			for i := range m {
				if r.IntN(3) == 0 {
					list = append(list, int32(i))
				}
			}
			points.NearestOf(&b, x, from, list)
			for i, row := range list {
				check("listed", i, from+int(row))
			}
			b.Margins(len(list))
			for i, row := range list {
				second, first := math.Inf(1), math.Inf(1)
				for c := range k {
					v := Squared(x.Row(from+int(row)), at[c])
					second = min(second, max(first, v))
					first = min(first, v)
				}
				if want := math.Sqrt(second) - math.Sqrt(first); b.Second[i] != want {
					t.Fatalf("seed %d: margin %v, want %v", seed, b.Second[i], want)
				}
			}
			for group := range points.Groups() {
				points.Squares(&b, x, from, m, group)
				for i := range m {
					for lane := range min(points.Lanes, k-group*points.Lanes) {
						if got, want := b.Squared[i*points.Lanes+lane], Squared(x.Row(from+i), at[group*points.Lanes+lane]); got != want {
							t.Fatalf("seed %d: %v, want %v", seed, got, want)
						}
					}
				}
			}
		}
	})
}

// The sums, against naive ones within rounding, and the vector code against the Go code to the last bit.
func TestSums(t *testing.T) {
	had := vectors
	defer func() { vectors = had }()
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 2))
		var b Buffer
		for i := range b.Squared {
			b.Squared[i] = r.ExpFloat64()
			if r.IntN(50) == 0 {
				b.Squared[i] = math.Inf(1)
			}
		}
		m := r.IntN(Block + 1)
		nearest, weights := make([]float64, m), make([]float64, m)
		for i := range nearest {
			nearest[i], weights[i] = r.ExpFloat64(), float64(r.IntN(3))
		}
		if seed%2 == 0 {
			weights = nil
		}
		var fast, slow, naive [4]float64
		vectors = had
		b.AddLesser(&fast, nearest, weights)
		vectors = false
		b.AddLesser(&slow, nearest, weights)
		for i, v := range nearest {
			w := 1.0
			if weights != nil {
				w = weights[i]
			}
			for lane := range naive {
				naive[lane] += w * min(v, b.Squared[4*i+lane])
			}
		}
		for lane := range naive {
			if fast != slow || math.Abs(slow[lane]-naive[lane]) > 1e-12*naive[lane] {
				t.Fatalf("seed %d, m %d: lesser %v, without vectors %v, naive %v", seed, m, fast, slow, naive)
			}
		}

		for i := range b.Squared {
			b.Squared[i] = r.ExpFloat64()
		}
		first := r.IntN(m + 1)
		var fastRoots, slowRoots, naiveRoots [8]float64
		vectors = had
		b.AddRoots(&fastRoots, first, m)
		vectors = false
		b.AddRoots(&slowRoots, first, m)
		for i := first; i < m; i++ {
			for lane := range naiveRoots {
				naiveRoots[lane] += math.Sqrt(b.Squared[8*i+lane])
			}
		}
		for lane := range naiveRoots {
			if fastRoots != slowRoots || math.Abs(slowRoots[lane]-naiveRoots[lane]) > 1e-12*naiveRoots[lane] {
				t.Fatalf("seed %d, rows %d to %d: roots %v, without vectors %v, naive %v", seed, first, m, fastRoots, slowRoots, naiveRoots)
			}
		}
	}
}

func TestAtMostAndAddRow(t *testing.T) {
	both(t, func(t *testing.T) {
		for seed := range uint64(200) {
			r := rand.New(rand.NewPCG(seed, 3))
			values := make([]float64, r.IntN(Block+1))
			var want []int32
			for i := range values {
				values[i] = float64(r.IntN(5))
				if values[i] <= float64(seed%5) {
					want = append(want, int32(i))
				}
				if r.IntN(20) == 0 {
					values[i] = math.Inf(r.IntN(2)*2 - 1)
					want = slices.DeleteFunc(want, func(j int32) bool { return j == int32(i) && values[i] > 0 })
					if values[i] < 0 && !slices.Contains(want, int32(i)) {
						want = append(want, int32(i))
					}
				}
			}
			var list [Block]int32
			if count := AtMost(&list, values, float64(seed%5)); !slices.Equal(list[:count], want) {
				t.Fatalf("seed %d, %d values: %v, want %v", seed, len(values), list[:count], want)
			}

			d := r.IntN(30)
			sum, row, origin := make([]float64, d+1), make([]float64, d), make([]float64, d)
			before := slices.Clone(sum)
			for j := range row {
				sum[j], row[j], origin[j] = r.NormFloat64(), r.NormFloat64(), r.NormFloat64()
				before[j] = sum[j]
			}
			AddRow(sum, row, origin, 3)
			for j := range row {
				if want := math.FMA(3, row[j]-origin[j], before[j]); sum[j] != want {
					t.Fatalf("seed %d, d %d, column %d: %v, want %v", seed, d, j, sum[j], want)
				}
			}
			if sum[d] != 0 {
				t.Fatalf("seed %d, d %d: wrote beyond the row", seed, d)
			}

			if d == 0 {
				continue
			}
			rows, labels := Wrap(make([]float64, 40*d), d), make([]int32, 20)
			for i := range rows.data {
				rows.data[i] = r.NormFloat64()
			}
			sums, wants, origins := make([]float64, 3*d), make([]float64, 3*d), make([]float64, 3*d)
			for i := range origins {
				origins[i] = r.NormFloat64()
			}
			for i := range labels {
				labels[i] = int32(r.IntN(3))
				AddRow(wants[int(labels[i])*d:], rows.Row(10+i), origins[int(labels[i])*d:], 1)
			}
			if rows.AddRows(sums, 10, labels, origins); !slices.Equal(sums, wants) {
				t.Fatalf("seed %d, d %d: rows %v, one by one %v", seed, d, sums, wants)
			}
		}
	})
}

func TestOf(t *testing.T) {
	x := mat.NewDense(3, 2, []float64{1, 2, 3, 4, 5, 6})
	r, err := Of(x)
	if err != nil || r.N != 3 || r.D != 2 || &r.Row(1)[0] != &x.RawRowView(1)[0] {
		t.Errorf("%+v, %v", r, err)
	}
	for about, view := range map[string]mat.Matrix{"a window": x.Slice(1, 3, 1, 2), "transposed": x.T()} {
		r, err := Of(view)
		n, d := view.Dims()
		if err != nil || r.N != n || r.D != d {
			t.Fatalf("%s: %+v, %v", about, r, err)
		}
		for i := range n {
			for j := range d {
				if r.Row(i)[j] != view.At(i, j) {
					t.Errorf("%s: row %d is %v", about, i, r.Row(i))
				}
			}
		}
	}
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 2e140} {
		x.Set(2, 1, v)
		if _, err := Of(x); !errors.Is(err, ErrNotFinite) || !strings.Contains(err.Error(), "row 2, column 1") {
			t.Errorf("%v: %v", v, err)
		}
	}
	if r, err := Of(&mat.Dense{}); err != nil || r.N != 0 {
		t.Errorf("no rows: %+v, %v", r, err)
	}
	for v, want := range map[float64]string{
		-1e141:       "not a number that can be squared: row 0, column 1 is -1e+141, beyond 1e+140",
		math.Inf(-1): "not a number that can be squared: row 0, column 1 is -Inf, not finite",
	} {
		if _, err := Of(mat.NewDense(1, 2, []float64{0, v})); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func BenchmarkKernels(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	x := table(r, Block, 17)
	var buffer Buffer
	nearest := make([]float64, Block)
	for i := range nearest {
		nearest[i] = r.ExpFloat64()
	}
	had := vectors
	defer func() { vectors = had }()
	for _, vectors = range []bool{had, false} {
		for _, k := range []int{4, 8} {
			points := NewPoints(k, x.D)
			for c := range k {
				points.Set(c, x.Row(c))
			}
			run := func(name string, f func()) {
				b.Run(fmt.Sprintf("%s/k=%d/vectors=%v", name, k, vectors), func(b *testing.B) {
					for b.Loop() {
						f()
					}
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/Block, "ns/row")
				})
			}
			run("Squares", func() { points.Squares(&buffer, x, 0, Block, 0) })
			run("Nearest", func() { points.Nearest(&buffer, x, 0, Block) })
			if k == 4 {
				run("Margins", func() { buffer.Margins(Block) })
				var list [Block]int32
				run("AtMost", func() { AtMost(&list, nearest, 0.1) })
				sum := make([]float64, x.D)
				run("AddRow", func() {
					for i := range x.N {
						AddRow(sum, x.Row(i), x.Row(0), 1)
					}
				})
				run("AddLesser", func() { buffer.AddLesser(new([4]float64), nearest, nil) })
			} else {
				run("AddRoots", func() { buffer.AddRoots(new([8]float64), 0, Block) })
			}
		}
	}
}
