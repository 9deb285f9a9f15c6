package main

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// random makes n points; some are no number, and some steps come again.
func random(seed uint64, n int, holes float64, jumps bool) *raw {
	r := rand.New(rand.NewPCG(seed, 1))
	m := &raw{}
	step := r.IntN(100) - 50
	for range n {
		step += r.IntN(3)
		if jumps && r.IntN(50) == 0 {
			step -= r.IntN(200)
		}
		v := r.NormFloat64() * math.Exp(10*r.Float64())
		if r.Float64() < holes {
			v = []float64{math.NaN(), math.Inf(1), math.Inf(-1)}[r.IntN(3)]
		}
		m.steps, m.values = append(m.steps, step), append(m.values, v)
	}
	return m
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// What is drawn is a part of what was logged, in order, with the first, the last, the highest and the lowest point of all and
// of every stretch of steps, and with a gap wherever there is one.
func TestReduce(t *testing.T) {
	for seed := range uint64(40) {
		n := []int{2, 3, 50, 1200, 1201, 5000, 40000}[seed%7]
		m := random(seed, n, []float64{0, 0.001, 0.3, 0.99}[seed%4], seed%3 == 0)
		logged := &raw{slices.Clone(m.steps), slices.Clone(m.values)}
		logged.sort()
		c := reduce("m", m)
		if c.ByOrder {
			continue
		}
		if len(c.Points) > 4*(buckets+1) || c.Count != n {
			t.Fatalf("seed %d: %d of %d points, count %d", seed, len(c.Points), n, c.Count)
		}
		at, holes := 0, 0
		gap := false
		low, high := math.Inf(1), math.Inf(-1)
		for i, v := range logged.values {
			if !finite(v) {
				gap = true
				holes++
				continue
			}
			low, high = min(low, v), max(high, v)
			if at < len(c.Points) && c.Points[at].Step == logged.steps[i] && c.Points[at].Value == v {
				if at > 0 && c.Points[at].Gap != gap {
					t.Fatalf("seed %d: a gap before point %d: %v, want %v", seed, at, c.Points[at].Gap, gap)
				}
				gap = false
				at++
			}
		}
		if at != len(c.Points) {
			t.Fatalf("seed %d: point %d was never logged, or not in this order", seed, at)
		}
		if c.NaN+c.Inf != holes || c.Reduced != (len(c.Points) < n-holes) {
			t.Errorf("seed %d: %d and %d holes of %d, reduced %v", seed, c.NaN, c.Inf, holes, c.Reduced)
		}
		if len(c.Points) == 0 {
			continue
		}
		has := func(v float64) bool { return slices.ContainsFunc(c.Points, func(p point) bool { return p.Value == v }) }
		first, last := slices.IndexFunc(logged.values, finite), len(logged.values)-1
		for !finite(logged.values[last]) {
			last--
		}
		if !has(low) || !has(high) || c.Points[0].Value != logged.values[first] || c.Points[len(c.Points)-1].Value != logged.values[last] {
			t.Errorf("seed %d: the lowest, highest, first or last point is lost", seed)
		}
		if c.Points[0].Gap {
			t.Errorf("seed %d: a gap before the first point", seed)
		}
	}
}

// One high value among a million is seen.
func TestReduceKeepsThePeak(t *testing.T) {
	m := &raw{}
	for i := range 1_000_000 {
		v := math.Sin(float64(i) / 1000)
		if i == 654_321 {
			v = 1e6
		}
		m.steps, m.values = append(m.steps, i), append(m.values, v)
	}
	c := reduce("m", m)
	if !slices.ContainsFunc(c.Points, func(p point) bool { return p.Step == 654_321 && p.Value == 1e6 }) {
		t.Error("the peak is lost")
	}
	ch := newChart("m", []string{"r"}, []curve{c})
	if len(ch.Lines) != 1 || len(ch.Lines[0].Path) > 40_000 || len(ch.Notes) != 1 || !strings.Contains(ch.Notes[0], "1,000,000 values, drawn by 1,2") && !strings.Contains(ch.Notes[0], "1,000,000 values, drawn by ") {
		t.Errorf("%d lines, notes %q", len(ch.Lines), ch.Notes)
	}
}

func TestReduceWithoutSteps(t *testing.T) {
	c := reduce("m", &raw{[]int{0, 0, 0}, []float64{5, math.NaN(), 7}})
	if !c.ByOrder || !slices.Equal(c.Points, []point{{1, 5, false}, {3, 7, true}}) {
		t.Errorf("%+v", c)
	}
}

// A chart stays in its frame, whatever the values.
func TestChart(t *testing.T) {
	extremes := []float64{0, 1, -1, 5e-324, math.MaxFloat64, -math.MaxFloat64, 1e-300, 1e300, 12345678, 1e15 + 1}
	for _, a := range extremes {
		for _, b := range extremes {
			m := &raw{[]int{math.MinInt, 0, math.MaxInt}, []float64{a, b, a}}
			ch := newChart("m", []string{"r"}, []curve{reduce("m", m)})
			if len(ch.Lines) != 1 || strings.ContainsAny(ch.Lines[0].Path, "NaIe") {
				t.Fatalf("%g and %g: %+v", a, b, ch.Lines)
			}
			if len(ch.Y) > 12 || len(ch.X) > 12 {
				t.Errorf("%g and %g: %d and %d marks", a, b, len(ch.X), len(ch.Y))
			}
			for _, tick := range slices.Concat(ch.X, ch.Y) {
				if tick.At < 0 || tick.At > chartWidth || tick.Text == "" || strings.Contains(tick.Text, "NaN") {
					t.Errorf("%g and %g: the mark %+v", a, b, tick)
				}
			}
		}
	}
	none := newChart("m", []string{"r"}, []curve{reduce("m", &raw{[]int{1, 2}, []float64{math.NaN(), math.Inf(1)}})})
	if none.Drawn() || len(none.Notes) != 2 {
		t.Errorf("of nothing: %+v", none)
	}
}

func TestNumbers(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 42: "42", 8949: "8949", 12345: "12,345", -1234567: "−1,234,567", 0.6050172817984768: "0.6050", 5604.380012054345: "5604.4", 111961.8123: "111,961.8",
		1e-7: "1.000e−7", 0.00123456: "0.001235", 1e20: "1.000e20", 3.5: "3.500", math.Inf(1): "∞", math.Inf(-1): "−∞",
	} {
		if got := floatCell(v).Text; got != want {
			t.Errorf("%g is %s, want %s", v, got, want)
		}
	}
	for v, want := range map[any]string{0.001: "0.001", 3.5: "3.5", true: "true", "x": "x", nil: "null"} {
		if got := valueCell(v).Text; got != want {
			t.Errorf("%v is %s, want %s", v, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0 bytes", 999: "999 bytes", 1000: "1.0 kB", 914878: "915 kB", 1217152: "1.2 MB", 5e12: "5.0 TB"} {
		if got := bytesText(n); got != want {
			t.Errorf("%d bytes are %s, want %s", n, got, want)
		}
	}
}
