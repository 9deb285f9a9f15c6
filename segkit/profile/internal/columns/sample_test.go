package columns

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestSample(t *testing.T) {
	const rows, kept, seeds = 50, 20, 2000
	values := make([]string, rows)
	for i := range values {
		values[i] = fmt.Sprint(i)
	}
	text := lines("i", values...)
	var counts [rows]int
	for seed := range uint64(seeds) {
		table := read(t, text, &Options{MaxKept: kept, Seed: seed})
		x := table.Columns[0].X
		if len(x) != kept || table.Kept != kept || table.Rows != rows || !slices.IsSorted(x) || len(slices.Compact(slices.Clone(x))) != kept {
			t.Fatalf("seed %d: %v", seed, x)
		}
		if again := read(t, text, &Options{MaxKept: kept, Seed: seed}); !same(x, again.Columns[0].X) {
			t.Errorf("seed %d: %v and %v", seed, x, again.Columns[0].X)
		}
		for _, v := range x {
			counts[int(v)]++
		}
	}
	// Each count has mean 800 and standard deviation sqrt(2000·0.4·0.6) = 21.9; the counts add up to a fixed number, so the
	// statistic has 49 degrees of freedom after division by 1-1/50. 85.35 is its 99.9% quantile.
	chi := 0.0
	for _, n := range counts {
		chi += float64((n-800)*(n-800)) / 480 * (rows - 1) / rows
	}
	if chi > 85.35 {
		t.Errorf("not uniform: %v, %v", chi, counts)
	}
}

// TestSampleOfMuch checks that everything but X is of all rows.
func TestSampleOfMuch(t *testing.T) {
	var b strings.Builder
	b.WriteString("CUST_ID,n,c,t,m\n")
	random := rand.New(rand.NewPCG(1, 1))
	const rows = 30_000
	for i := range rows {
		fmt.Fprintf(&b, "k%d,%d,%c,t%d,", i, i%20_000, 'a'+rune(random.IntN(5)), i)
		if i%3 == 0 {
			b.WriteString("x")
		}
		fmt.Fprintf(&b, "%d\n", i)
	}
	all, some := read(t, b.String(), nil), read(t, b.String(), &Options{MaxKept: 1000, Seed: 5})
	for i, want := range all.Columns {
		got := some.Columns[i]
		if got.DistinctError > 0 {
			if math.Abs(float64(got.Distinct-want.Distinct)) > 4*got.DistinctError*float64(want.Distinct) || got.Kind == Category {
				t.Errorf("%s: %d different, want about %d", got.Name, got.Distinct, want.Distinct)
			}
			want.Distinct, want.DistinctError = got.Distinct, got.DistinctError
		}
		if got.X != nil && len(got.X) != 1000 {
			t.Errorf("%s: %d kept", got.Name, len(got.X))
		}
		want.X = got.X
		if !equal(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	if some.Columns[1].DistinctError != 1/math.Sqrt(4094) || some.Duplicates != all.Duplicates {
		t.Errorf("%v", some.Columns[1].DistinctError)
	}
}

func TestSketch(t *testing.T) {
	s := newSketch()
	n := 0
	for _, until := range []int{1, 100, 4095, 4096, 10_000, 1_000_000} {
		for ; n < until; n++ {
			s.add(hashNumber(float64(n)))
			s.add(hashNumber(float64(n / 2)))
		}
		got, relative := s.estimate()
		if exact := until < 4096; exact != (relative == 0) || exact && got != until ||
			math.Abs(float64(got-until)) > 4*relative*float64(until) {
			t.Errorf("%d of %d, error %v", got, until, relative)
		}
	}
}

// exactMoments returns the sums of the powers of the distances from the exact mean, and the sums of their absolute values.
func exactMoments(values []float64) (m, scale [5]float64) {
	exact := func(v float64) *big.Rat { return new(big.Rat).SetFloat64(v) }
	mean := new(big.Rat)
	for _, v := range values {
		mean.Add(mean, exact(v))
	}
	mean.Quo(mean, exact(float64(len(values))))
	var sums, sizes [5]big.Rat
	for _, v := range values {
		d, power := exact(v), exact(1)
		d.Sub(d, mean)
		for k := 1; k < 5; k++ {
			power.Mul(power, d)
			sums[k].Add(&sums[k], power)
			sizes[k].Add(&sizes[k], new(big.Rat).Abs(power))
		}
	}
	for k := 1; k < 5; k++ {
		m[k], _ = sums[k].Float64()
		scale[k], _ = sizes[k].Float64()
	}
	m[0], _ = mean.Float64()
	return m, scale
}

func TestMoments(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	draw := func(n int, f func(i int) float64) []float64 {
		values := make([]float64, n)
		for i := range values {
			values[i] = f(i)
		}
		return values
	}
	for _, c := range []struct {
		about     string
		values    []float64
		tolerance float64 // of M2 to M4
	}{
		{"small", []float64{1, 2, 4, 8}, 1e-15},
		{"a billion and a little", draw(300, func(int) float64 { return 1e9 + 1 + random.Float64() }), 1e-13},
		{"1e15 and whole", draw(300, func(int) float64 { return 1e15 + float64(random.IntN(10)) }), 1e-13},
		{"skewed", draw(300, func(int) float64 { return math.Exp(5 * random.NormFloat64()) }), 1e-14},
		{"cancelling", draw(300, func(i int) float64 { return []float64{1e16, 1, -1e16}[i%3] }), 1e-14},
	} {
		texts := make([]string, len(c.values))
		for i, v := range c.values {
			texts[i] = fmt.Sprint(v)
		}
		got := read(t, lines("v", texts...), nil).Columns[0]
		want, scale := exactMoments(c.values)
		if math.Abs(got.Mean-want[0]) > 1e-15*math.Abs(want[0]) {
			t.Errorf("%s: mean %v, want %v", c.about, got.Mean, want[0])
		}
		for k, m := range []float64{got.M2, got.M3, got.M4} {
			if math.Abs(m-want[k+2]) > c.tolerance*scale[k+2] {
				t.Errorf("%s: M%d is %v, want %v", c.about, k+2, m, want[k+2])
			}
		}
	}
	for _, values := range [][]string{{"0.1", "0.1", "0.1", "0.1", "0.1", "0.1"}, {"1e308", "1e308", "1e308"}} {
		if got := read(t, lines("v", values...), nil).Columns[0]; got.Mean != got.Max || got.M2 != 0 || got.M3 != 0 || got.M4 != 0 {
			t.Errorf("%v: %+v", values, got)
		}
	}
	got := read(t, lines("v", "1e308", "1e308", "-1e308", "-1e308"), nil).Columns[0]
	if got.Sum != 0 || got.Mean != 0 || got.Min != -1e308 {
		t.Errorf("beyond the range on the way: %+v", got)
	}
}

func BenchmarkRead(b *testing.B) {
	var text strings.Builder
	random := rand.New(rand.NewPCG(1, 2))
	for j := range 18 {
		fmt.Fprintf(&text, "%sC%d", []string{"", ","}[min(j, 1)], j)
	}
	for range 100_000 {
		text.WriteByte('\n')
		for j := range 18 {
			fmt.Fprintf(&text, "%s%.*f", []string{"", ","}[min(j, 1)], j%3*3, random.ExpFloat64()*100)
		}
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(context.Background(), []Source{{"", strings.NewReader(text.String())}}, nil); err != nil {
			b.Fatal(err)
		}
	}
}
