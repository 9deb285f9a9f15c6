package chart

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Profile draws the segment profile plot of Dolnicar, Grün and Leisch (2018, chapter 8): a column of bars for each segment and
// a row for each feature. The bars start at the line of 0, where everybody else is. Those that mark a segment have its colour,
// the others are grey. values has a row for each feature and a column for each segment, and marks may be nil, which marks all.
// Bars beyond the reach are cut there and end in a point; 0 stands for the largest absolute value. A value that is not finite
// has no bar. It panics with mat.ErrShape if names, values and marks do not fit together.
func Profile(l Labels, features, segments []string, values mat.Matrix, marks [][]bool, reach float64) *Figure {
	r, c := values.Dims()
	if r != len(features) || c != len(segments) || r == 0 || c == 0 || marks != nil && len(marks) != r {
		panic(mat.ErrShape)
	}
	q := profile{names: segments, values: values, marks: marks, reach: reach}
	most := 0.0
	for i := range r {
		if marks != nil && len(marks[i]) != c {
			panic(mat.ErrShape)
		}
		for j := range c {
			if v := math.Abs(values.At(i, j)); finite(v) {
				most = max(most, v)
			}
		}
	}
	if q.reach <= 0 {
		q.reach = most
	}
	p := newPanel(l)
	p.plot.NominalY(reversed(features)...)
	p.plot.Add(q)
	p.plot.X.Tick.Marker = plot.ConstantTicks(nil)
	for _, axis := range []*plot.Axis{&p.plot.X, &p.plot.Y} {
		axis.Tick.Length, axis.LineStyle.Width, axis.Padding = 0, 0, vg.Points(2)
	}
	p.plot.X.Min, p.plot.X.Max, p.plot.Y.Min, p.plot.Y.Max = 0, float64(c), -0.5, float64(r)+0.9
	return p.figure(l, vg.Length(1.2+0.23*float64(r))*vg.Inch)
}

type profile struct {
	names  []string
	values mat.Matrix
	marks  [][]bool
	reach  float64
}

func (q profile) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	rows, columns := q.values.Dims()
	for i := range rows + 1 {
		c.StrokeLine2(draw.LineStyle{Color: faint, Width: vg.Points(0.6)}, c.Min.X, y(float64(i)-0.5), c.Max.X, y(float64(i)-0.5))
	}
	for j := range columns {
		q.head(c, j, x(float64(j)), x(float64(j)+1), y(float64(rows)+0.2))
		middle := x(float64(j) + 0.5)
		half := (x(float64(j)+1)-x(float64(j)))/2 - 4
		for i := range rows {
			v := q.values.At(i, j)
			if !finite(v) || q.reach == 0 {
				continue
			}
			fill := withAlpha(soft, 0x55)
			if q.marks == nil || q.marks[i][j] {
				fill = withAlpha(Color(j), 0xff)
			}
			y0, y1 := y(float64(rows-1-i)-0.3), y(float64(rows-1-i)+0.3)
			c.FillPolygon(fill, bar(middle, half, y0, y1, v/q.reach))
		}
		c.StrokeLine2(draw.LineStyle{Color: soft, Width: vg.Points(0.8)}, middle, y(-0.5), middle, y(float64(rows)-0.5))
	}
}

// bar returns the outline of a bar to share of half from the middle, at most 1, beyond which it ends in a point.
func bar(middle, half, y0, y1 vg.Length, share float64) []vg.Point {
	end := middle + half*vg.Length(min(max(share, -1), 1))
	outline := box(middle, y0, end, y1)
	if math.Abs(share) > 1+1e-9 {
		tip := vg.Length(math.Copysign(4, share))
		outline[1].X, outline[2].X = end-tip, end-tip
		outline = []vg.Point{outline[0], outline[1], {X: end, Y: (y0 + y1) / 2}, outline[2], outline[3]}
	}
	return outline
}

// head writes a segment's number and, where there is room, its name above its column.
func (q profile) head(c draw.Canvas, j int, from, to, y vg.Length) {
	s := style(smallSize, ink)
	s.YAlign = draw.YCenter
	name, room := q.names[j], to-from-22
	short := fit(s, name, room)
	if room < 40 || name == "" {
		short = ""
	}
	at := (from+to)/2 - s.Width(short)/2
	if short != "" {
		at -= 2
		c.FillText(s, vg.Point{X: at + 9, Y: y}, short)
	}
	disc(c, vg.Point{X: at, Y: y}, j)
}
