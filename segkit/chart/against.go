package chart

import (
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Against draws dots as Dots does, over a grey band from low to high for each category: what the values are to be compared
// with, such as the scores that data without clusters get. The name says what the band is. Where an end of a band is not
// finite there is none. It panics with mat.ErrShape unless there are a low and a high end for each category.
func Against(l Labels, categories []string, name string, low, high []float64, series ...Series) *Figure {
	checkSeries(categories, series)
	if len(low) != len(categories) || len(high) != len(categories) {
		panic(mat.ErrShape)
	}
	p := newPanel(l)
	p.plot.NominalY(reversed(categories)...)
	p.plot.Add(rules{vertical: true}, dots{bars: bars{categories: categories, series: series}, under: spans{low, high}})
	p.plot.Y.Tick.Length, p.plot.Y.LineStyle.Width = 0, 0
	p.plot.Y.Min, p.plot.Y.Max = -0.6, float64(len(categories))-0.4
	lo, hi := math.Inf(1), math.Inf(-1)
	for i := range low {
		if finite(low[i]) && finite(high[i]) {
			lo, hi = min(lo, low[i], high[i]), max(hi, low[i], high[i])
		}
	}
	for i, s := range series {
		p.key = append(p.key, entry{s.Name, Color(i)})
		for _, v := range s.Y {
			if finite(v) {
				lo, hi = min(lo, v), max(hi, v)
			}
		}
	}
	if lo <= hi {
		room := max((hi-lo)*0.08, 1e-9)
		p.plot.X.Min, p.plot.X.Max = lo-room, hi+room
	}
	p.key = append(p.key, entry{name, shade})
	return p.figure(l, vg.Length(1.5+0.55*float64(len(categories)))*vg.Inch)
}

// shade is the grey of what is there to be compared with.
var shade = color.NRGBA{0xcd, 0xd3, 0xdb, 0xff}

// spans are the bands of Against, one for each category.
type spans struct{ low, high []float64 }

// draw fills the band of category i about its line.
func (b spans) draw(c draw.Canvas, x func(float64) vg.Length, i int, middle vg.Length) {
	if i < len(b.low) && finite(b.low[i]) && finite(b.high[i]) {
		from, to := min(b.low[i], b.high[i]), max(b.low[i], b.high[i])
		c.FillPolygon(shade, box(x(from)-1, middle-11, x(to)+1, middle+11))
	}
}

// Strip draws each value of a group as a dot on the group's line, dots that would hide each other above and below it, and one
// of each group larger, in another colour and with its value: that with the index in marked, which name is for, say the seed
// that was published among twenty. An index of -1 marks none, and nil none at all. Values that are not finite have no dot. It
// panics with mat.ErrShape if marked has not the groups' length, and for an index that a group has not.
func Strip(l Labels, name string, groups []Group, marked []int) *Figure {
	if len(groups) == 0 {
		panic("chart: no groups")
	}
	if marked != nil && len(marked) != len(groups) {
		panic(mat.ErrShape)
	}
	p := newPanel(l)
	q := strip{groups: groups, marked: slices.Repeat([]int{-1}, len(groups))}
	copy(q.marked, marked)
	names := make([]string, len(groups))
	lo, hi, any := math.Inf(1), math.Inf(-1), false
	for i, g := range groups {
		names[i] = g.Name
		if m := q.marked[i]; m < -1 || m >= len(g.Values) {
			panic(mat.ErrShape)
		} else if m >= 0 {
			any = true
		}
		for _, v := range g.Values {
			if finite(v) {
				lo, hi = min(lo, v), max(hi, v)
			}
		}
	}
	if lo > hi {
		lo, hi = 0, 1
	}
	if any {
		p.key = []entry{{name, Color(4)}}
	}
	p.plot.NominalY(reversed(names)...)
	p.plot.Add(rules{vertical: true}, q)
	p.plot.Y.Tick.Length, p.plot.Y.LineStyle.Width = 0, 0
	p.plot.Y.Min, p.plot.Y.Max = -0.6, float64(len(groups))-0.4
	room := max((hi-lo)*0.08, 1e-9)
	p.plot.X.Min, p.plot.X.Max = lo-room, hi+room
	return p.figure(l, vg.Length(1.4+0.6*float64(len(groups)))*vg.Inch)
}

type strip struct {
	groups []Group
	marked []int
}

func (q strip) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for i, g := range q.groups {
		middle := y(float64(len(q.groups) - 1 - i))
		c.StrokeLine2(draw.LineStyle{Color: faint, Width: vg.Points(1)}, c.Min.X, middle, c.Max.X, middle)
		order := slices.DeleteFunc(every(len(g.Values)), func(j int) bool { return !finite(g.Values[j]) || j == q.marked[i] })
		slices.SortStableFunc(order, func(a, b int) int {
			switch {
			case g.Values[a] < g.Values[b]:
				return -1
			case g.Values[a] > g.Values[b]:
				return 1
			}
			return 0
		})
		const wide = vg.Length(7.5)
		mark, marked := vg.Length(0), q.marked[i] >= 0 && finite(g.Values[q.marked[i]])
		if marked {
			mark = x(g.Values[q.marked[i]])
		}
		room := (y(1) - y(0)) / 2 * 0.85
		ends := []vg.Length{} // of the last dot of each level: on the line, below, above, farther below and so on
		label := middle + 8.5
		for _, j := range order {
			at := x(g.Values[j])
			free := func(level int) bool { return ends[level] <= at && (level > 0 || !marked || at < mark-8 || at > mark+8) }
			level := -1
			for l := 0; level < 0 && float64(l)*float64(wide)/2 < float64(room); l++ {
				if l == len(ends) {
					ends = append(ends, vg.Length(math.Inf(-1)))
				}
				if free(l) {
					level = l
				}
			}
			level = max(level, 0) // where there is no room for more levels, dots lie on each other
			ends[level] = at + wide
			height := middle + wide*vg.Length((level+1)/2)
			if level%2 == 1 {
				height = middle - wide*vg.Length((level+1)/2)
			}
			if marked && math.Abs(float64(at-mark)) < 15 {
				label = max(label, height+4.5)
			}
			pill(c, vg.Point{X: at, Y: height}, 0, 3.4, withAlpha(soft, 0x99))
		}
		if marked {
			at := vg.Point{X: mark, Y: middle}
			pill(c, at, 0, 7, color.White)
			pill(c, at, 0, 5.6, Color(4))
			s := style(smallSize, ink)
			s.Font = face(smallSize, true)
			s.XAlign, s.YAlign = draw.XCenter, draw.YBottom
			c.FillText(s, vg.Point{X: mark, Y: label}, number(g.Values[q.marked[i]], 2))
		}
	}
}
