package chart

import (
	"fmt"
	"image/color"
	"maps"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// ScatterOptions colours the points of a Scatter: by cluster, by a value, or not at all.
type ScatterOptions struct {
	Labels  []int      // cluster of each point
	Names   []string   // of the clusters; default their numbers
	Centers mat.Matrix // k×2, where the names are written; default the clusters' means

	Values    []float64 // a value of each point; the colours span from the 2nd to the 98th percentile
	ValueName string    // what Values measure, with the unit
}

// Scatter draws the rows of xy, n×2, as points. Large clusters are drawn first, so that small ones stay visible. Points that
// are not finite are left out. Where the last thousandth of the points on a side would take more than a quarter of an axis,
// the axis ends before them, and a note says how many lie beyond. It panics with mat.ErrShape if xy has not two columns, or
// if there are not n labels or values, and for a negative label.
func Scatter(l Labels, xy mat.Matrix, o *ScatterOptions) *Figure {
	if o == nil {
		o = &ScatterOptions{}
	}
	n, c := xy.Dims()
	if c != 2 || n == 0 || o.Labels != nil && len(o.Labels) != n || o.Values != nil && len(o.Values) != n {
		panic(mat.ErrShape)
	}
	p := newPanel(l)
	p.plot.Add(rules{}, rules{vertical: true})
	xy, p.note = inView(xy)
	radius := vg.Points(min(3, max(1.2, 60/math.Sqrt(float64(n)))))
	switch {
	case o.Labels != nil:
		clusters(p, xy, o, radius)
	case o.Values != nil:
		scale := newScale(o.Values)
		add(p, xy, every(n), radius, func(i int) color.Color { return withAlpha(scale.color(o.Values[i]), 0xa0) })
		p.scale, p.scaleName = &scale, o.ValueName
	default:
		add(p, xy, every(n), radius, func(int) color.Color { return withAlpha(Color(0), 0x70) })
	}
	return p.figure(l, figureHeight*1.1)
}

// inView returns the points without those that would squeeze all others, as NaN, and says how many they are.
func inView(xy mat.Matrix) (*mat.Dense, string) {
	view := mat.DenseCopyOf(xy)
	n, _ := view.Dims()
	for axis := range 2 {
		sorted := slices.DeleteFunc(mat.Col(nil, axis, xy), func(v float64) bool { return !finite(v) })
		if len(sorted) == 0 {
			continue
		}
		slices.Sort(sorted)
		first, last := sorted[0], sorted[len(sorted)-1]
		lo, hi := quantile(sorted, 0.001), quantile(sorted, 0.999)
		if hi-lo > 0.75*(last-first) {
			continue
		}
		for i := range n {
			if v := view.At(i, axis); v < lo || v > hi {
				view.SetRow(i, []float64{math.NaN(), math.NaN()})
			}
		}
	}
	beyond := 0
	for i := range n {
		if math.IsNaN(view.At(i, 0)) && finite(xy.At(i, 0)) && finite(xy.At(i, 1)) {
			beyond++
		}
	}
	if beyond == 0 {
		return view, ""
	}
	return view, fmt.Sprintf("%s of %s lie beyond the axes", number(float64(beyond), 0), number(float64(n), 0))
}

func every(n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return rows
}

// add draws the given rows of xy.
func add(p panel, xy mat.Matrix, rows []int, radius vg.Length, colorOf func(row int) color.Color) {
	points := make(plotter.XYs, 0, len(rows))
	var drawn []int
	for _, i := range rows {
		if x, y := xy.At(i, 0), xy.At(i, 1); finite(x) && finite(y) {
			points, drawn = append(points, plotter.XY{X: x, Y: y}), append(drawn, i)
		}
	}
	if len(points) == 0 {
		return
	}
	p.plot.Add(&plotter.Scatter{XYs: points, GlyphStyleFunc: func(i int) draw.GlyphStyle {
		return draw.GlyphStyle{Color: colorOf(drawn[i]), Radius: radius, Shape: draw.CircleGlyph{}}
	}})
}

// byLabel returns the rows of each label, and the labels in ascending order. It panics for a negative one.
func byLabel(labels []int) (members map[int][]int, ascending []int) {
	members = map[int][]int{}
	for i, c := range labels {
		if c < 0 {
			panic(fmt.Sprintf("chart: label %d is %d, negative", i, c))
		}
		members[c] = append(members[c], i)
	}
	return members, slices.Sorted(maps.Keys(members))
}

func clusters(p panel, xy mat.Matrix, o *ScatterOptions, radius vg.Length) {
	members, order := byLabel(o.Labels)
	slices.SortStableFunc(order, func(a, b int) int { return len(members[b]) - len(members[a]) })
	names := badges{}
	for _, c := range order {
		rows := members[c]
		add(p, xy, rows, radius, func(int) color.Color { return withAlpha(Color(c), 0x80) })
		b := badge{name: strconv.Itoa(c), color: Color(c)}
		if c < len(o.Names) {
			b.name = o.Names[c]
		}
		if o.Centers != nil {
			b.x, b.y = o.Centers.At(c, 0), o.Centers.At(c, 1)
		} else {
			shown := 0.0
			for _, i := range rows {
				if x, y := xy.At(i, 0), xy.At(i, 1); finite(x) && finite(y) {
					b.x, b.y, shown = b.x+x, b.y+y, shown+1
				}
			}
			b.x, b.y = b.x/shown, b.y/shown
			if shown == 0 {
				continue
			}
		}
		names = append(names, b)
	}
	p.plot.Add(names)
}

// badges are clusters' names, each on a disc of its colour.
type badges []badge

type badge struct {
	x, y  float64
	name  string
	color color.Color
}

func (b badges) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for _, one := range b {
		s := style(textSize, color.White)
		s.Font = face(textSize, true)
		s.XAlign, s.YAlign = draw.XCenter, draw.YCenter
		at := vg.Point{X: x(one.x), Y: y(one.y)}
		half, radius := max(0, s.Width(one.name)/2-2), vg.Length(8)
		pill(c, at, half, radius+1.4, color.White)
		pill(c, at, half, radius, darker(one.color))
		c.FillText(s, at, one.name)
	}
}

// DataRange keeps the badges inside the axes.
func (b badges) DataRange() (xmin, xmax, ymin, ymax float64) {
	xmin, xmax, ymin, ymax = math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for _, one := range b {
		xmin, xmax = min(xmin, one.x), max(xmax, one.x)
		ymin, ymax = min(ymin, one.y), max(ymax, one.y)
	}
	return xmin, xmax, ymin, ymax
}

// pill fills a disc, or two half discs with a box between them when half is not zero.
func pill(c draw.Canvas, at vg.Point, half, radius vg.Length, fill color.Color) {
	var path vg.Path
	path.Move(vg.Point{X: at.X + half, Y: at.Y - radius})
	path.Arc(vg.Point{X: at.X + half, Y: at.Y}, radius, -math.Pi/2, math.Pi)
	path.Line(vg.Point{X: at.X - half, Y: at.Y + radius})
	path.Arc(vg.Point{X: at.X - half, Y: at.Y}, radius, math.Pi/2, math.Pi)
	path.Close()
	c.SetColor(fill)
	c.Fill(path)
}

// drawScale writes the key of a scatter coloured by value on the line at the given point.
func drawScale(c draw.Canvas, at vg.Point, b scale, name string) {
	const width, height, steps, gap = vg.Length(80), vg.Length(7), 40, vg.Length(5)
	s := style(smallSize, ink)
	write := func(words string) {
		c.FillText(s, at, words)
		at.X += s.Width(words) + gap
	}
	if name != "" {
		write(name + ":")
	}
	write("≤ " + short(b.lo))
	for i := range steps {
		x := at.X + width*vg.Length(i)/steps
		c.FillPolygon(b.at(float64(i)/(steps-1)), box(x, at.Y-0.5, x+width/steps+0.2, at.Y-0.5+height))
	}
	at.X += width + gap
	write("≥ " + short(b.hi))
}

func box(x0, y0, x1, y1 vg.Length) []vg.Point {
	return []vg.Point{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}}
}
