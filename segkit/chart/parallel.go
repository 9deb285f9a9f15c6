package chart

import (
	"image/color"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Band is one segment of Parallel: for each feature a value in the middle, and those between which half of the customers lie.
type Band struct {
	Name              string
	Middle, Low, High []float64
}

// Parallel draws parallel coordinates (Inselberg, 1985): an axis for each feature, one below the other so that their names can
// be read, and for each segment a line through its middle values on a band from Low to High. Each axis has its own scale, from
// the smallest to the largest value of any band, which stand at its ends. Band i has the colour of segment i, whose number
// stands at both ends of its line. A line breaks at a value that is not finite. It panics with mat.ErrShape unless each band
// has a value for each feature in all three places, and if there are no features or no bands.
func Parallel(l Labels, features []string, bands ...Band) *Figure {
	if len(features) == 0 || len(bands) == 0 {
		panic("chart: no features, or no bands")
	}
	q := parallel{bands: bands, features: len(features)}
	for j := range features {
		lo, hi := math.Inf(1), math.Inf(-1)
		for _, b := range bands {
			if len(b.Middle) != len(features) || len(b.Low) != len(features) || len(b.High) != len(features) {
				panic(mat.ErrShape)
			}
			for _, v := range []float64{b.Middle[j], b.Low[j], b.High[j]} {
				if finite(v) {
					lo, hi = min(lo, v), max(hi, v)
				}
			}
		}
		q.lo, q.hi = append(q.lo, lo), append(q.hi, hi)
	}
	p := newPanel(l)
	p.note = "lines: medians; bands: the middle half of each segment; each axis has its own scale"
	for i, b := range bands {
		p.key = append(p.key, entry{strconv.Itoa(i) + "  " + b.Name, Color(i)})
	}
	p.plot.NominalY(reversed(features)...)
	p.plot.Add(q)
	p.plot.HideX()
	p.plot.Y.Tick.Length, p.plot.Y.LineStyle.Width = 0, 0
	p.plot.X.Min, p.plot.X.Max = -0.02, 1.02
	p.plot.Y.Min, p.plot.Y.Max = -1, float64(len(features))
	return p.figure(l, vg.Length(1.7+0.29*float64(len(features)))*vg.Inch)
}

type parallel struct {
	bands    []Band
	features int
	lo, hi   []float64 // of each feature
}

// place returns where v lies on the axis of feature j, from 0 to 1; in the middle where all values are alike.
func (q parallel) place(j int, v float64) float64 {
	if !finite(v) {
		return math.NaN()
	}
	if q.hi[j] == q.lo[j] {
		return 0.5
	}
	return (v - q.lo[j]) / (q.hi[j] - q.lo[j])
}

func (q parallel) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	height := func(j int) vg.Length { return y(float64(q.features - 1 - j)) }
	for j := range q.features {
		c.StrokeLine2(draw.LineStyle{Color: faint, Width: vg.Points(1)}, x(0), height(j), x(1), height(j))
	}
	// Bands first, so that no line is under one; large segments have low numbers and lie at the bottom.
	for i, b := range q.bands {
		for _, run := range q.runs(b.Low, b.High) {
			var edge []vg.Point
			for _, j := range run {
				edge = append(edge, vg.Point{X: x(q.place(j, b.Low[j])), Y: height(j)})
			}
			for _, j := range slices.Backward(run) {
				edge = append(edge, vg.Point{X: x(q.place(j, b.High[j])), Y: height(j)})
			}
			c.FillPolygon(withAlpha(Color(i), 0x2a), edge)
		}
	}
	for i, b := range q.bands {
		for _, run := range q.runs(b.Middle, b.Middle) {
			var line []vg.Point
			for _, j := range run {
				line = append(line, vg.Point{X: x(q.place(j, b.Middle[j])), Y: height(j)})
			}
			c.StrokeLines(draw.LineStyle{Color: Color(i), Width: vg.Points(2)}, line)
			for _, at := range line {
				pill(c, at, 0, 2.6, Color(i))
			}
		}
	}
	s := style(7.5, soft)
	s.YAlign = draw.YTop
	for j := range q.features {
		if q.hi[j] > q.lo[j] {
			s.XAlign = draw.XLeft
			c.FillText(s, vg.Point{X: x(0) + 1, Y: height(j) - 1.5}, short(q.lo[j]))
			s.XAlign = draw.XRight
			c.FillText(s, vg.Point{X: x(1) - 1, Y: height(j) - 1.5}, short(q.hi[j]))
		}
	}
	q.number(c, x, y(float64(q.features)-0.4), func(run []int) int { return run[0] })
	q.number(c, x, y(-0.6), func(run []int) int { return run[len(run)-1] })
}

// runs returns the features, in sequence, where both values are finite.
func (q parallel) runs(a, b []float64) (runs [][]int) {
	open := false
	for j := range q.features {
		ok := finite(a[j]) && finite(b[j])
		if ok && !open {
			runs = append(runs, nil)
		}
		if open = ok; ok {
			runs[len(runs)-1] = append(runs[len(runs)-1], j)
		}
	}
	return runs
}

// number writes the segments' numbers at one end of their lines, side by side where they would lie on each other.
func (q parallel) number(c draw.Canvas, x func(float64) vg.Length, y vg.Length, end func(run []int) int) {
	type place struct {
		segment int
		x       vg.Length
	}
	var places []place
	for i, b := range q.bands {
		if runs := q.runs(b.Middle, b.Middle); len(runs) > 0 {
			run := runs[0]
			if end([]int{0, 1}) == 1 {
				run = runs[len(runs)-1]
			}
			j := end(run)
			places = append(places, place{i, x(q.place(j, b.Middle[j]))})
		}
	}
	slices.SortStableFunc(places, func(a, b place) int {
		switch {
		case a.x < b.x:
			return -1
		case a.x > b.x:
			return 1
		}
		return 0
	})
	const apart = vg.Length(14)
	for i := range places {
		if i > 0 {
			places[i].x = max(places[i].x, places[i-1].x+apart)
		}
	}
	limit := c.Max.X
	for i := range slices.Backward(places) {
		places[i].x = min(places[i].x, limit)
		limit = places[i].x - apart
	}
	for _, at := range places {
		disc(c, vg.Point{X: at.x, Y: y}, at.segment)
	}
}

// disc writes a segment's number on a disc of its colour.
func disc(c draw.Canvas, at vg.Point, segment int) {
	s := style(smallSize, color.White)
	s.Font = face(smallSize, true)
	s.XAlign, s.YAlign = draw.XCenter, draw.YCenter
	pill(c, at, 0, 6.5, darker(Color(segment)))
	c.FillText(s, at, strconv.Itoa(segment))
}
