package profile

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// The nearest of all 500 centres, on a grid of points with the corners and the upper ends. A row is √3/2 of a column high, and
// the odd rows stand half a column to the right. Of points as near to two centres either will do.
func TestHexagonIsNearest(t *testing.T) {
	apart := func(x, y float64, cell int) float64 {
		r, c := cell/25, cell%25
		dx, dy := x-float64(c)-0.5*float64(r%2), (y-float64(r))*math.Sqrt(3)/2
		return dx*dx + dy*dy
	}
	failed := 0
	for i := range 24*8 + 1 {
		for j := range 19*24 + 1 {
			x, y := float64(i)/8, float64(j)/24
			got, least := hexagon(x, y), math.Inf(1)
			for cell := range 25 * 20 {
				least = min(least, apart(x, y, cell))
			}
			if got < 0 || got >= 500 || apart(x, y, got) > least+1e-9 {
				if failed++; failed < 10 {
					t.Errorf("(%v, %v) is in cell %d, %v away; the nearest is %v away", x, y, got, math.Sqrt(apart(x, y, got)), math.Sqrt(least))
				}
			}
		}
	}
	for _, c := range []struct {
		x, y float64
		cell int
	}{{0, 0, 0}, {24, 0, 24}, {0.5, 19, 475}, {23.5, 19, 498}, {0, 18, 450}, {24, 18, 474}, {12.5, 9, 9*25 + 12}} {
		if got := hexagon(c.x, c.y); got != c.cell {
			t.Errorf("(%v, %v) is in cell %d, want %d", c.x, c.y, got, c.cell)
		}
	}
}

// decode reads what levels writes: a digit is a cell, a letter says how many are skipped.
func decode(t *testing.T, s string) (cells, dark []int) {
	t.Helper()
	next := 0
	for _, c := range s {
		switch {
		case c >= '0' && c <= '5':
			cells, dark = append(cells, next), append(dark, int(c-'0'))
			next++
		case c >= 'a' && c <= 'z':
			next += int(c-'a') + 1
		default:
			t.Fatalf("%q in %s", c, s)
		}
	}
	return cells, dark
}

// Where the fullest cell has 63 rows, one of n has level 6·ln n / ln 64 = log₂ n, rounded down, 5 at most.
func TestLevels(t *testing.T) {
	for _, h := range []Hexagons{
		{Cells: []int{0, 1, 2, 28, 29, 56, 83, 499}, Counts: []int{1, 2, 3, 4, 7, 8, 17, 63}}, // skipped are 25, 0, 26, 26 and 415
		{Cells: []int{26}, Counts: []int{63}}, {Cells: []int{27}, Counts: []int{63}}, {Cells: []int{53, 106, 159}, Counts: []int{31, 33, 63}},
	} {
		s, most := h.levels()
		cells, dark := decode(t, s)
		if !slices.Equal(cells, h.Cells) || most != 63 {
			t.Errorf("%s: cells %v, want %v; most %d", s, cells, h.Cells, most)
			continue
		}
		for i, n := range h.Counts {
			want := 0
			for k := n; k > 1 && want < 5; k /= 2 {
				want++
			}
			if dark[i] != want {
				t.Errorf("%d rows have level %d, want %d", n, dark[i], want)
			}
		}
	}
	if s, most := (&Hexagons{Cells: []int{4, 5}, Counts: []int{1, 1}}).levels(); s != "d33" || most != 1 {
		t.Errorf("single rows: %s, %d", s, most)
	}
}

// drawn is the sample as a list, whatever the signature.
func drawn(n, m int) []int32 { return sampleRows(n, m, 1) }

// Exactly m different rows in their order; all rows of a sample of all. Of 100,000 rows, 20,000 are drawn: in each tenth 2000,
// give or take √(2000·0.8) = 40, and of the rows drawn every other one is even.
func TestSampleRows(t *testing.T) {
	for _, c := range [][2]int{{0, 0}, {1, 0}, {1, 1}, {10, 10}, {1000, 999}, {1000, 1}, {100_000, 20_000}} {
		rows := drawn(c[0], c[1])
		if len(rows) != c[1] {
			t.Fatalf("%d rows of %d, want %d", len(rows), c[0], c[1])
		}
		for i, row := range rows {
			if row < 0 || int(row) >= c[0] || i > 0 && row <= rows[i-1] {
				t.Fatalf("of %v: row %d after %v", c, row, rows[max(0, i-1)])
			}
		}
	}
	var tenths [10]int
	even := 0
	for _, row := range drawn(100_000, 20_000) {
		tenths[row/10_000]++
		even += b2i(row%2 == 0)
	}
	for i, n := range tenths {
		if math.Abs(float64(n)-2000) > 200 {
			t.Errorf("tenth %d has %d rows", i, n)
		}
	}
	if math.Abs(float64(even)-10_000) > 300 {
		t.Errorf("%d rows are even", even)
	}
}

// The ranks that among gives are those of the pairs, with ties: against counting.
func TestRanksAmongPairs(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	x, y := make([]float64, 60), make([]float64, 60)
	for i := range x {
		x[i], y[i] = float64(rng.IntN(9)), float64(rng.IntN(9))
		if i%7 == 0 {
			y[i] = math.NaN()
		}
	}
	var f, g sorted
	a := &analysis{}
	a.sort(&f, x)
	a.sort(&g, y)
	var s scratch
	ranks := s.among(nil, &feature{x: x, ranks: f.ranks(60)}, &feature{x: y, ranks: g.ranks(60)})
	at := 0
	for i := range x {
		if math.IsNaN(y[i]) {
			continue
		}
		below, equal := 0, 0
		for k := range x {
			if !math.IsNaN(y[k]) {
				below += b2i(x[k] < x[i])
				equal += b2i(x[k] == x[i])
			}
		}
		if want := float64(2*below + equal + 1); ranks[at] != want {
			t.Errorf("row %d: twice the rank is %v, want %v", i, ranks[at], want)
		}
		at++
	}
	if at != len(ranks) {
		t.Errorf("%d ranks, want %d", len(ranks), at)
	}
}
