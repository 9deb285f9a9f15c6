package chart

import (
	"image/color"
	"math"
	"slices"
	"unicode/utf8"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Lines draws each series as a line through its points, in the order in which they are given. It panics if there is no
// series, or if one has no points or not as many X as Y.
func Lines(l Labels, series ...Series) *Figure {
	if len(series) == 0 {
		panic("chart: no series")
	}
	p := newPanel(l)
	p.plot.Add(rules{})
	for i, s := range series {
		if len(s.X) != len(s.Y) || len(s.X) == 0 {
			panic(mat.ErrShape)
		}
		points := make(plotter.XYs, len(s.X))
		for j := range s.X {
			points[j] = plotter.XY{X: s.X[j], Y: s.Y[j]}
		}
		p.plot.Add(&plotter.Line{XYs: points, LineStyle: draw.LineStyle{Color: Color(i), Width: vg.Points(2)}})
		if s.Markers {
			p.plot.Add(&plotter.Scatter{XYs: points, GlyphStyle: draw.GlyphStyle{Color: Color(i), Radius: vg.Points(3.4), Shape: draw.CircleGlyph{}}})
		}
		if len(series) > 1 {
			p.key = append(p.key, entry{s.Name, Color(i)})
		}
	}
	return p.figure(l, figureHeight)
}

// checkSeries panics unless each series has a value for each category.
func checkSeries(categories []string, series []Series) {
	if len(categories) == 0 || len(series) == 0 {
		panic("chart: no categories, or no series")
	}
	for _, s := range series {
		if len(s.Y) != len(categories) {
			panic(mat.ErrShape)
		}
	}
}

// Bars draws one bar for each category and series, with its value at the end, from 0. Names that are long, or many, make
// the bars lie, so that they can be read. Values that are not finite have no bar.
func Bars(l Labels, categories []string, series ...Series) *Figure {
	checkSeries(categories, series)
	b := bars{categories: categories, series: series}
	for _, name := range categories {
		b.lying = b.lying || utf8.RuneCountInString(name) > 16
	}
	b.lying = b.lying || len(categories)*len(series) > 18
	height := figureHeight
	if b.lying {
		l.X, l.Y = l.Y, l.X // the words follow the bars
		height = vg.Length(0.9+0.19*float64(len(categories)*len(series))) * vg.Inch
	}
	p := newPanel(l)
	value, name := &p.plot.Y, &p.plot.X
	if b.lying {
		value, name = name, value
		p.plot.NominalY(reversed(categories)...)
	} else {
		p.plot.NominalX(categories...)
	}
	p.plot.Add(rules{vertical: b.lying}, b)
	name.Tick.Length, name.Padding = 0, vg.Points(2)
	name.Min, name.Max = -0.5, float64(len(categories))-0.5
	lo, hi := b.extent()
	value.Min, value.Max = lo, hi+(hi-lo)*0.1
	if lo < 0 {
		value.Min -= (hi - lo) * 0.1
	}
	if len(series) > 1 {
		for i, s := range series {
			p.key = append(p.key, entry{s.Name, Color(i)})
		}
	}
	return p.figure(l, height)
}

func reversed(names []string) []string {
	out := slices.Clone(names)
	slices.Reverse(out)
	return out
}

// bars is the plotter of Bars.
type bars struct {
	categories []string
	series     []Series
	lying      bool
}

// extent returns the smallest and largest value, 0 among them.
func (b bars) extent() (lo, hi float64) {
	for _, s := range b.series {
		for _, v := range s.Y {
			if finite(v) {
				lo, hi = min(lo, v), max(hi, v)
			}
		}
	}
	if lo == hi {
		hi = 1
	}
	return lo, hi
}

func (b bars) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	width := 0.78 / float64(len(b.series))
	s := style(smallSize, ink)
	for i, one := range b.series {
		for j, v := range one.Y {
			if !finite(v) {
				continue
			}
			from := -0.39 + float64(i)*width
			if b.lying {
				middle := float64(len(b.categories) - 1 - j)
				c.FillPolygon(Color(i), box(x(0), y(middle-from-width*0.94), x(v), y(middle-from)))
				s.YAlign, s.XAlign = draw.YCenter, draw.XLeft
				at := vg.Point{X: x(v) + 3, Y: y(middle - from - width/2)}
				if v < 0 {
					s.XAlign, at.X = draw.XRight, x(v)-3
				}
				c.FillText(s, at, short(v))
				continue
			}
			middle := float64(j)
			c.FillPolygon(Color(i), box(x(middle+from), y(0), x(middle+from+width*0.94), y(v)))
			s.XAlign, s.YAlign = draw.XCenter, draw.YBottom
			at := vg.Point{X: x(middle + from + width*0.47), Y: y(v) + 2}
			if v < 0 {
				s.YAlign, at.Y = draw.YTop, y(v)-2
			}
			c.FillText(s, at, short(v))
		}
	}
}

// Dots draws, for each category, the values of all series as dots on one line (Cleveland, 1984), with the value beside.
// Values that are not finite have no dot.
func Dots(l Labels, categories []string, series ...Series) *Figure {
	checkSeries(categories, series)
	p := newPanel(l)
	p.plot.NominalY(reversed(categories)...)
	p.plot.Add(rules{vertical: true}, dots{bars: bars{categories: categories, series: series}})
	p.plot.Y.Tick.Length, p.plot.Y.LineStyle.Width = 0, 0
	p.plot.Y.Min, p.plot.Y.Max = -0.6, float64(len(categories))-0.4
	lo, hi := math.Inf(1), math.Inf(-1)
	for i, s := range series {
		p.key = append(p.key, entry{s.Name, Color(i)})
		for _, v := range s.Y {
			if finite(v) {
				lo, hi = min(lo, v), max(hi, v)
			}
		}
	}
	room := max((hi-lo)*0.12, 1e-9)
	p.plot.X.Min, p.plot.X.Max = lo-room, hi+room
	return p.figure(l, vg.Length(1.5+0.55*float64(len(categories)))*vg.Inch)
}

// dots is the plotter of Dots and, with bands under the dots, of Against.
type dots struct {
	bars
	under spans
}

func (d dots) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for j := range d.categories {
		middle := y(float64(len(d.categories) - 1 - j))
		c.StrokeLine2(draw.LineStyle{Color: faint, Width: vg.Points(1)}, c.Min.X, middle, c.Max.X, middle)
		d.under.draw(c, x, j, middle)
		order := every(len(d.series))
		slices.SortStableFunc(order, func(a, b int) int {
			if d.series[a].Y[j] < d.series[b].Y[j] {
				return -1
			}
			return 1
		})
		for place, i := range order {
			v := d.series[i].Y[j]
			if !finite(v) {
				continue
			}
			pill(c, vg.Point{X: x(v), Y: middle}, 0, 5, Color(i))
			// Neighbours' numbers stand above and below in turn, so that they do not run into each other.
			s := style(smallSize, ink)
			s.XAlign, s.YAlign = draw.XCenter, draw.YBottom
			at := vg.Point{X: x(v), Y: middle + 7}
			if place%2 == 1 {
				s.YAlign, at.Y = draw.YTop, middle-7
			}
			c.FillText(s, at, number(v, 2))
		}
	}
}

// HeatmapOptions says how a Heatmap is drawn. The zero value and nil are the defaults.
type HeatmapOptions struct {
	Reach    float64 // the value of the strongest colours; default the largest absolute value
	NoValues bool    // leave the numbers in the cells out
}

// Heatmap draws a matrix as coloured cells around 0: blue below, white at 0, orange above. It panics with mat.ErrShape if
// there is not a name for each row and each column. A value that is not finite is a grey cell.
func Heatmap(l Labels, rows, columns []string, values mat.Matrix, o *HeatmapOptions) *Figure {
	if o == nil {
		o = &HeatmapOptions{}
	}
	r, c := values.Dims()
	if r != len(rows) || c != len(columns) || r == 0 || c == 0 {
		panic(mat.ErrShape)
	}
	h := heatmap{values: values, reach: o.Reach, numbers: !o.NoValues}
	if h.reach <= 0 {
		for i := range r {
			for j := range c {
				if v := math.Abs(values.At(i, j)); finite(v) {
					h.reach = max(h.reach, v)
				}
			}
		}
	}
	p := newPanel(l)
	p.plot.NominalY(reversed(rows)...)
	p.plot.NominalX(columns...)
	p.plot.Add(h)
	longest := 0
	for _, name := range columns {
		longest = max(longest, utf8.RuneCountInString(name))
	}
	height := vg.Length(1.0 + 0.27*float64(r))
	if longest*c > 80 {
		// Names that do not fit beside each other stand upright.
		p.plot.X.Tick.Label.Rotation = math.Pi / 2
		p.plot.X.Tick.Label.XAlign, p.plot.X.Tick.Label.YAlign = draw.XRight, draw.YCenter
		height += vg.Length(0.072 * float64(longest))
	}
	for _, axis := range []*plot.Axis{&p.plot.X, &p.plot.Y} {
		axis.Tick.Length, axis.LineStyle.Width, axis.Padding = 0, 0, vg.Points(2)
	}
	if c > 10 {
		p.plot.X.Tick.Label.Font.Size, p.plot.Y.Tick.Label.Font.Size = 7, 7
	}
	p.plot.X.Min, p.plot.X.Max, p.plot.Y.Min, p.plot.Y.Max = -0.5, float64(c)-0.5, -0.5, float64(r)-0.5
	return p.figure(l, height*vg.Inch)
}

type heatmap struct {
	values  mat.Matrix
	reach   float64
	numbers bool
}

func (h heatmap) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	rows, columns := h.values.Dims()
	s := style(smallSize, ink)
	if columns > 10 {
		s.Font.Size = 6
	}
	s.XAlign, s.YAlign = draw.XCenter, draw.YCenter
	for i := range rows {
		for j := range columns {
			v, fx, fy := h.values.At(i, j), float64(j), float64(rows-1-i)
			fill, share := faint, 0.0
			if finite(v) {
				if h.reach > 0 {
					share = v / h.reach
				}
				fill = between(diverging, (share+1)/2)
			}
			c.FillPolygon(fill, box(x(fx-0.5)+0.4, y(fy-0.5)+0.4, x(fx+0.5)-0.4, y(fy+0.5)-0.4))
			if !h.numbers || !finite(v) {
				continue
			}
			s.Color = ink
			if math.Abs(share) > 0.75 {
				s.Color = color.White
			}
			c.FillText(s, vg.Point{X: x(fx), Y: y(fy)}, number(v, 2))
		}
	}
}
