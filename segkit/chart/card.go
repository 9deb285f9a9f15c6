package chart

import (
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// CardRow is a row of a Card: a name, a bar and words at the end of the row.
type CardRow struct {
	Name  string
	Value float64 // of the bar; not finite for none
	Mark  bool    // the bar has the segment's colour; others are grey
	Text  string
}

// Segment is what a Card shows.
type Segment struct {
	Number int    // gives the colour
	Note   string // below the title
	// Share is the segment's share of all customers, 0 to 1, at which the shares of totals have a line; Shares have values
	// from 0 to 1.
	Share  float64
	Shares []CardRow
	// Rows have values around 0, which is where everybody else is; bars are cut at Reach, 0 for the largest.
	Reach float64
	Rows  []CardRow
	Texts string // what the texts of Rows are
}

const (
	cardWidth = 4.2 * vg.Inch // with this, letters can be read on a telephone
	cardRow   = vg.Length(16)
)

// Card draws a segment on a card: bars for its shares of totals, beside its share of the customers, and bars for what sets it
// apart. The title is the segment's name, X stands above the shares and Y above the other bars. Cards in a Grid are as high as the highest. Names that do not fit are shortened.
func Card(l Labels, s Segment) *Figure {
	if s.Reach <= 0 {
		for _, r := range s.Rows {
			if finite(r.Value) {
				s.Reach = max(s.Reach, r.Value, -r.Value)
			}
		}
	}
	p := newPanel(l)
	p.title = strconv.Itoa(s.Number) + "  " + l.Title
	p.size, p.note = 10, s.Note // a name should fit half a figure, too
	p.plot.HideAxes()
	p.plot.X.Label.Text, p.plot.Y.Label.Text = "", ""
	p.plot.X.Padding, p.plot.Y.Padding = 0, 0
	q := card{s, l.X, l.Y}
	p.plot.Add(q)
	f := p.figure(l, p.head(cardWidth)+cardRow*vg.Length(q.rows())+2*margin)
	f.width, f.fixed = cardWidth, true
	return f
}

type card struct {
	Segment
	shares, rest string // what stands above the two parts
}

// rows returns how many rows high the card is, with the two headings.
func (q card) rows() int {
	n := len(q.Rows)
	if len(q.Shares) > 0 {
		n += len(q.Shares) + 1
	}
	if q.rest != "" {
		n++
	}
	return max(n, 1)
}

func (q card) Plot(c draw.Canvas, p *plot.Plot) {
	s := style(smallSize, ink)
	var names, texts vg.Length
	for _, rows := range [][]CardRow{q.Shares, q.Rows} {
		for _, r := range rows {
			names, texts = max(names, s.Width(r.Name)), max(texts, s.Width(r.Text))
		}
	}
	width := c.Max.X - c.Min.X
	texts = min(texts, width*0.36)
	names = min(names, width*0.78-texts-16) // so that at least a fifth is left for the bars
	from, to := c.Min.X+names+8, c.Max.X-texts-8
	y := c.Max.Y
	heading := func(words, end string) {
		h := style(smallSize, soft)
		h.YAlign = draw.YBottom
		at := vg.Point{X: c.Min.X, Y: y - cardRow + 4}
		c.FillText(h, at, fit(h, words, width-h.Width(end)-8))
		h.XAlign, at.X = draw.XRight, c.Max.X
		c.FillText(h, at, end)
		y -= cardRow
	}
	row := func(r CardRow, outline func(y0, y1 vg.Length) []vg.Point) {
		middle := y - cardRow/2
		if finite(r.Value) {
			fill := withAlpha(soft, 0x55)
			if r.Mark {
				fill = withAlpha(Color(q.Number), 0xff)
			}
			c.FillPolygon(fill, outline(middle-4.5, middle+4.5))
		}
		s.YAlign, s.XAlign = draw.YCenter, draw.XLeft
		c.FillText(s, vg.Point{X: c.Min.X, Y: middle}, fit(s, r.Name, names))
		s.XAlign = draw.XRight
		c.FillText(s, vg.Point{X: c.Max.X, Y: middle}, fit(s, r.Text, texts))
		y -= cardRow
	}
	if len(q.Shares) > 0 {
		heading(q.shares, "")
		top := y
		for _, r := range q.Shares {
			row(r, func(y0, y1 vg.Length) []vg.Point {
				c.FillPolygon(mist, box(from, y0, to, y1))
				return box(from, y0, from+(to-from)*vg.Length(min(max(r.Value, 0), 1)), y1)
			})
		}
		if finite(q.Share) {
			at := from + (to-from)*vg.Length(min(max(q.Share, 0), 1))
			c.StrokeLine2(draw.LineStyle{Color: ink, Width: vg.Points(1.2)}, at, top-1, at, y+1)
		}
	}
	if q.rest != "" {
		heading(q.rest, q.Texts)
	}
	top, middle := y, (from+to)/2
	for _, r := range q.Rows {
		row(r, func(y0, y1 vg.Length) []vg.Point {
			if q.Reach == 0 {
				return box(middle, y0, middle, y1)
			}
			return bar(middle, (to-from)/2, y0, y1, r.Value/q.Reach)
		})
	}
	if len(q.Rows) > 0 {
		c.StrokeLine2(draw.LineStyle{Color: soft, Width: vg.Points(0.8)}, middle, top, middle, y)
	}
}
