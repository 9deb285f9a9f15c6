package chart

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Silhouettes draws the silhouette of each row as a line from 0, the rows of each cluster together, longest first: the plot of
// Rousseeuw (1987), in which a tight cluster looks like a broad blade, and a loose one like a knife. Beside each stand its
// number, rows and mean; the dashed line is the mean of all rows. The axis runs from -0.5, or from -1 where a row needs it,
// to 1, so that figures can be compared. It panics with mat.ErrShape unless there is a label for each value, if there is no
// value, and for a negative label. Values that are not finite are left out.
func Silhouettes(l Labels, values []float64, labels []int) *Figure {
	if len(values) != len(labels) {
		panic(mat.ErrShape)
	}
	rows, sum := 0, 0.0
	for _, v := range values {
		if finite(v) {
			rows++
			sum += v
		}
	}
	if rows == 0 {
		panic("chart: no values")
	}
	s := blades{mean: sum / float64(rows), gap: 0.035 * float64(rows)}
	members, clusters := byLabel(labels)
	for _, c := range clusters {
		var of []float64
		for _, i := range members[c] {
			if finite(values[i]) {
				of = append(of, values[i])
			}
		}
		slices.SortFunc(of, func(a, b float64) int { return cmp.Compare(b, a) })
		s.clusters, s.values = append(s.clusters, c), append(s.values, of)
	}

	p := newPanel(l)
	p.note = fmt.Sprintf("dashed: the mean of all %s, %s", number(float64(rows), 0), number(s.mean, 2))
	low, middles := -0.5, []plot.Tick{}
	s.each(func(c int, top float64, v []float64) {
		mean := 0.0
		for _, one := range v {
			mean += one / float64(len(v))
		}
		low = min(low, math.Floor(v[len(v)-1]*2)/2)
		middles = append(middles, plot.Tick{
			Value: top - float64(len(v))/2,
			Label: fmt.Sprintf("%d: %s, mean %s", c, number(float64(len(v)), 0), number(mean, 2)),
		})
		s.depth = float64(len(v)) - top
	})
	p.plot.X.Min, p.plot.X.Max = low, 1
	p.plot.Y.Min, p.plot.Y.Max = -s.depth-s.gap, s.gap
	p.plot.Y.Tick.Marker = plot.ConstantTicks(middles)
	p.plot.Y.Tick.Length, p.plot.Y.LineStyle.Width = 0, 0
	p.plot.Add(rules{vertical: true}, s)
	return p.figure(l, vg.Length(1.8+0.25*float64(len(middles)))*vg.Inch)
}

// blades is the plotter of Silhouettes. A row is 1 high, and the first cluster begins at height 0.
type blades struct {
	clusters   []int
	values     [][]float64 // of each cluster, descending
	mean       float64
	gap, depth float64 // between clusters; of all below 0
}

// each calls f for the clusters that have rows, from the top.
func (b blades) each(f func(c int, top float64, values []float64)) {
	top := 0.0
	for i, v := range b.values {
		if len(v) > 0 {
			f(b.clusters[i], top, v)
			top -= float64(len(v)) + b.gap
		}
	}
}

func (b blades) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	step := max(1, int(b.depth/800)) // rows that share a height that can be seen
	b.each(func(cluster int, top float64, v []float64) {
		edge := []vg.Point{{X: x(0), Y: y(top)}}
		for i := 0; i < len(v); i += step {
			edge = append(edge, vg.Point{X: x(v[i]), Y: y(top - float64(i))})
		}
		bottom := y(top - float64(len(v)))
		edge = append(edge, vg.Point{X: x(v[len(v)-1]), Y: bottom}, vg.Point{X: x(0), Y: bottom})
		c.FillPolygon(Color(cluster), edge)
		c.StrokeLines(draw.LineStyle{Color: Color(cluster), Width: vg.Points(0.5)}, edge) // a cluster of one row is seen, too
	})
	c.StrokeLine2(draw.LineStyle{Color: soft, Width: vg.Points(0.6)}, x(0), c.Min.Y, x(0), c.Max.Y)
	c.StrokeLine2(draw.LineStyle{Color: ink, Width: vg.Points(1), Dashes: []vg.Length{vg.Points(4), vg.Points(3)}}, x(b.mean), c.Min.Y, x(b.mean), c.Max.Y)
}
