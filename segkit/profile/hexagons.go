package profile

import (
	"math"
	"math/rand/v2"
)

const (
	drawnPairs = 300 // pairs that have a scatter
	hexAcross  = 24
	hexDown    = 19 // rows of hexagons that make a picture of 3:2
)

// Hexagons counts the rows of two numbers in hexagons (Carr et al., 1987): a scatter plot whose size does not depend on the
// rows. The centre of cell i is at row r = Cells[i] / 25 of 20, counted from the bottom, and column c = Cells[i] % 25 of 25,
// half a column to the right where r is odd; row 0 and column 0 lie on the lower ends of the ranges, row 19 and column 24 on
// the upper ones. The ranges are those of the automatic histograms; Outside counts the rows beyond them.
type Hexagons struct {
	X       [2]float64 `json:"x"`
	Y       [2]float64 `json:"y"`
	Cells   []int      `json:"cells"`
	Counts  []int      `json:"counts"`
	Outside int        `json:"outside"`
}

// hexagons fills those of the strongest pairs.
func (a *analysis) hexagons(features []feature) error {
	as := &a.report.Associations
	position := map[string]int{}
	for i, name := range as.Names {
		position[name] = i
	}
	var drawn []*Pair
	for i := range as.Pairs {
		p := &as.Pairs[i]
		if p.Measure == Pearson && len(drawn) < drawnPairs && a.histogram(&features[position[p.A]]) != nil && a.histogram(&features[position[p.B]]) != nil {
			drawn = append(drawn, p)
		}
	}
	return each(a, len(drawn), func(i int, _ *struct{}) {
		p := drawn[i]
		p.Hexagons = a.count(&features[position[p.A]], &features[position[p.B]])
	})
}

func (a *analysis) count(f, g *feature) *Hexagons {
	h := &Hexagons{X: a.drawnRange(f), Y: a.drawnRange(g)}
	width, height := h.X[1]-h.X[0], h.Y[1]-h.Y[0] // above 0 and finite, as all histograms' are
	counts := make([]int, (hexAcross+1)*(hexDown+1))
	for i, v := range f.x {
		w := g.x[i]
		if math.IsNaN(v) || math.IsNaN(w) {
			continue
		}
		if v < h.X[0] || v > h.X[1] || w < h.Y[0] || w > h.Y[1] {
			h.Outside++
			continue
		}
		counts[hexagon((v-h.X[0])/width*hexAcross, (w-h.Y[0])/height*hexDown)]++
	}
	for cell, n := range counts {
		if n > 0 && !a.tooFew(n) {
			h.Cells, h.Counts = append(h.Cells, cell), append(h.Counts, n)
		}
	}
	return h
}

// hexagon returns the cell whose centre is the nearest to (x, y), 0 <= x <= 24 and 0 <= y <= 19: one of the row below and the
// row above. Distances are in the picture, where a row is √3/2 of a column high.
func hexagon(x, y float64) int {
	below := min(int(y), hexDown-1)
	even := int(x + 0.5)            // columns of the even row
	odd := min(int(x), hexAcross-1) // and of the odd one, half to the right
	dx, ox := x-float64(even), x-float64(odd)-0.5
	dy := y - float64(below)
	up := 1 - dy
	if below%2 == 1 {
		dy, up = up, dy // the even row is the one above
	}
	// dy is the distance to the even row, up to the odd one
	if dx*dx+0.75*dy*dy <= ox*ox+0.75*up*up {
		return (below+below%2)*(hexAcross+1) + even
	}
	return (below+1-below%2)*(hexAcross+1) + odd
}

// histogram is the automatic one, nil where there is none.
func (a *analysis) histogram(f *feature) *Histogram {
	if h := a.report.Columns[f.order].Histograms; h != nil {
		return &h[0]
	}
	return nil
}

func (a *analysis) drawnRange(f *feature) [2]float64 {
	edges := a.histogram(f).Edges
	return [2]float64{edges[0], edges[len(edges)-1]}
}

// sampleRows draws m of n rows, in their order (Knuth, The Art of Computer Programming 2, 3.4.2,
// algorithm S).
func sampleRows(n, m int, seed uint64) []int32 {
	rng := rand.New(rand.NewPCG(seed, 1)) // stream 0 draws the rows that are kept
	rows := make([]int32, 0, m)
	for i := range n {
		if rng.IntN(n-i) < m-len(rows) {
			rows = append(rows, int32(i))
		}
	}
	return rows
}
