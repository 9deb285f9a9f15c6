// Package chart draws the figures of the notebooks: functions from numbers to a Figure, which becomes PNG or SVG. All have
// one look: a title that says what to see, on the left; few lines; labels where the data are; and colours that readers
// with any kind of colour vision can tell apart.
//
// The functions panic when their arguments do not fit together (labels of another length than the points, no values, two
// columns wanted and three given), which is a programmer's mistake. Values that are not finite are left out, where a
// function says so.
package chart

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/png"
	"math"
	"sort"
	"strconv"
	"strings"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Labels are the words of a figure.
type Labels struct {
	Title string // what to see
	X, Y  string // what the axes measure, with the unit
	Alt   string // one sentence for who cannot see the figure; default made from Title, X and Y
}

// Series is one line, or one group of bars or dots.
type Series struct {
	Name    string
	X, Y    []float64 // X for Lines only
	Markers bool      // for Lines: draw the points, too
}

// Figure is a finished drawing.
type Figure struct {
	Alt string // alternative text

	panels        []panel
	columns       int
	width, height vg.Length
	fixed         bool // in a grid, too, the height is what the drawing needs
}

// panel is one plot of a figure, with what stands above it.
type panel struct {
	plot  *plot.Plot
	title string
	size  vg.Length // of the title's letters, default titleSize
	note  string    // a smaller line below the title
	key   []entry

	scale     *scale // of a scatter that is coloured by value
	scaleName string
}

// entry is a coloured name of the key below a title.
type entry struct {
	name  string
	color color.Color
}

const (
	figureWidth  = 6.5 * vg.Inch
	figureHeight = 3.9 * vg.Inch
	dpi          = 150

	titleSize = 12
	textSize  = 10
	smallSize = 8.5
)

var (
	ink   = color.NRGBA{0x22, 0x2a, 0x35, 0xff}
	soft  = color.NRGBA{0x5b, 0x66, 0x74, 0xff}
	faint = color.NRGBA{0xe3, 0xe7, 0xec, 0xff}
)

// palette is that of Okabe and Ito (2008), without the yellow, which is too light for a point on white.
var palette = []color.NRGBA{
	{0x00, 0x72, 0xb2, 0xff}, // blue
	{0xe6, 0x9f, 0x00, 0xff}, // orange
	{0x00, 0x9e, 0x73, 0xff}, // green
	{0xcc, 0x79, 0xa7, 0xff}, // purple
	{0xd5, 0x5e, 0x00, 0xff}, // vermilion
	{0x56, 0xb4, 0xe9, 0xff}, // sky
	{0x55, 0x55, 0x55, 0xff}, // grey
}

// Color returns the colour of segment or series i, the same through all figures. After seven they come again.
func Color(i int) color.Color { return palette[i%len(palette)] }

func face(size vg.Length, bold bool) font.Font {
	f := font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
	if bold {
		f.Weight = xfont.WeightBold
	}
	return f
}

func style(size vg.Length, c color.Color) text.Style {
	return text.Style{Color: c, Font: face(size, false), Handler: plot.DefaultTextHandler}
}

// newPanel returns an empty plot in the house style.
func newPanel(l Labels) panel {
	p := plot.New()
	p.BackgroundColor = nil
	p.X.Label.Text, p.Y.Label.Text = l.X, l.Y
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Label.TextStyle.Font, axis.Label.TextStyle.Color = face(textSize, false), soft
		axis.Tick.Label.Font, axis.Tick.Label.Color = face(smallSize, false), ink
		axis.LineStyle.Color, axis.LineStyle.Width = soft, vg.Points(0.6)
		axis.Tick.LineStyle.Color, axis.Tick.LineStyle.Width = soft, vg.Points(0.6)
		axis.Tick.Length = vg.Points(3)
		axis.Tick.Marker = plot.TickerFunc(ticks)
		axis.Padding = vg.Points(4)
	}
	p.Y.Label.Padding, p.X.Label.Padding = vg.Points(3), vg.Points(3)
	return panel{plot: p, title: l.Title}
}

func (p panel) figure(l Labels, height vg.Length) *Figure {
	alt := l.Alt
	if alt == "" {
		alt = l.Title
		switch {
		case l.X != "" && l.Y != "":
			alt += ": " + l.Y + " by " + l.X
		case l.X+l.Y != "":
			alt += ": " + l.X + l.Y
		}
		alt += "."
	}
	return &Figure{Alt: alt, panels: []panel{p}, columns: 1, width: figureWidth, height: height}
}

// Grid puts single figures side by side, row by row in the given number of columns, with their axes aligned. It panics if
// there is no figure or no column.
func Grid(columns int, figures ...*Figure) *Figure {
	if columns < 1 || len(figures) == 0 {
		panic("chart: a grid without figures or columns")
	}
	g := &Figure{columns: columns, width: figureWidth}
	var alts []string
	for _, f := range figures {
		if len(f.panels) != 1 {
			panic("chart: a grid inside a grid")
		}
		g.panels = append(g.panels, f.panels[0])
		alts = append(alts, f.Alt)
	}
	g.Alt = strings.Join(alts, " ")
	rows := (len(figures) + columns - 1) / columns
	height := figures[0].height
	if columns > 1 && !figures[0].fixed {
		height = min(height, figureWidth/vg.Length(columns)*0.85)
	}
	if figures[0].fixed {
		for _, f := range figures {
			height = max(height, f.height)
		}
		g.width = min(g.width, figures[0].width*vg.Length(columns))
	}
	g.height = height * vg.Length(rows)
	return g
}

// PNG returns the figure as a picture of 975 pixels width, a Card as one of 630.
func (f *Figure) PNG() ([]byte, error) {
	c := vgimg.NewWith(vgimg.UseWH(f.width, f.height), vgimg.UseDPI(dpi), vgimg.UseBackgroundColor(color.White))
	f.draw(draw.New(c))
	// The canvas draws on the image that it was made with, an RGBA.
	img := quantise(c.Image().(*image.RGBA))
	var b bytes.Buffer
	err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, img)
	return b.Bytes(), err
}

// SVG returns the figure as a drawing that scales.
func (f *Figure) SVG() ([]byte, error) {
	c := vgsvg.New(f.width, f.height)
	f.draw(draw.New(c))
	var b bytes.Buffer
	_, err := c.WriteTo(&b)
	return b.Bytes(), err
}

const (
	margin  = vg.Length(6)
	leading = vg.Length(1.45)
)

// head returns how much room the lines above a panel's plot take, where it is that wide.
func (p panel) head(width vg.Length) vg.Length {
	height := margin
	if p.title != "" {
		height += cmp.Or(p.size, titleSize) * leading
	}
	if p.note != "" {
		height += smallSize * leading
	}
	if p.scale != nil {
		height += textSize * leading
	}
	return height + textSize*leading*vg.Length(len(p.keyLines(width)))
}

const (
	keyBox = vg.Length(7)
	keyGap = vg.Length(14)
)

func (e entry) width(s text.Style) vg.Length { return keyBox + 4 + s.Width(e.name) }

// keyLines breaks the key into lines of at most the width; a name that is longer than a line has one for itself.
func (p panel) keyLines(width vg.Length) (lines [][]entry) {
	s, room := style(textSize, ink), vg.Length(-1)
	for _, e := range p.key {
		e.name = fit(s, e.name, width-keyBox-4)
		if need := e.width(s); lines == nil || need > room {
			lines, room = append(lines, nil), width
		}
		lines[len(lines)-1] = append(lines[len(lines)-1], e)
		room -= e.width(s) + keyGap
	}
	return lines
}

// fit shortens words that are wider than the width.
func fit(s text.Style, words string, width vg.Length) string {
	if s.Width(words) <= width {
		return words
	}
	letters := []rune(words)
	// The width grows with the number of letters, so halving finds how many there is room for.
	n := sort.Search(len(letters), func(n int) bool { return s.Width(string(letters[:n+1])+"…") > width })
	return strings.TrimRight(string(letters[:n]), " ,") + "…"
}

func (f *Figure) draw(c draw.Canvas) {
	rows := (len(f.panels) + f.columns - 1) / f.columns
	plots := make([][]*plot.Plot, rows)
	head, width := vg.Length(0), (c.Max.X-c.Min.X-3*margin-3*margin*vg.Length(f.columns-1))/vg.Length(f.columns)
	for i, p := range f.panels {
		plots[i/f.columns] = append(plots[i/f.columns], p.plot)
		head = max(head, p.head(width))
	}
	for r := range plots {
		for len(plots[r]) < f.columns {
			plots[r] = append(plots[r], nil)
		}
	}
	tiles := draw.Tiles{Rows: rows, Cols: f.columns, PadLeft: margin, PadRight: 2 * margin, PadBottom: margin, PadTop: head, PadX: 3 * margin, PadY: head + 2*margin}
	canvases := plot.Align(plots, tiles, c)
	for i, p := range f.panels {
		tile := tiles.At(c, i%f.columns, i/f.columns)
		p.plot.Draw(canvases[i/f.columns][i%f.columns])
		p.drawHead(c, vg.Point{X: tile.Min.X, Y: tile.Max.Y + p.head(width) - margin}, width)
	}
}

// drawHead writes title, note and key from the point at the top left downwards.
func (p panel) drawHead(c draw.Canvas, at vg.Point, width vg.Length) {
	line := func(s text.Style, words string) {
		at.Y -= s.Font.Size * leading
		c.FillText(s, vg.Point{X: at.X, Y: at.Y + s.Font.Size*(leading-1)}, fit(s, words, width))
	}
	if p.title != "" {
		s := style(cmp.Or(p.size, titleSize), ink)
		s.Font = face(s.Font.Size, true)
		line(s, p.title)
	}
	if p.note != "" {
		line(style(smallSize, soft), p.note)
	}
	if p.scale != nil {
		at.Y -= textSize * leading
		drawScale(c, vg.Point{X: at.X, Y: at.Y + textSize*(leading-1)}, *p.scale, p.scaleName)
	}
	s := style(textSize, ink)
	for _, entries := range p.keyLines(width) {
		at.Y -= textSize * leading
		x, y := at.X, at.Y+textSize*(leading-1)
		for _, e := range entries {
			c.FillPolygon(e.color, box(x, y, x+keyBox, y+keyBox))
			c.FillText(s, vg.Point{X: x + keyBox + 4, Y: y}, e.name)
			x += e.width(s) + keyGap
		}
	}
}

// ticks returns about five round numbers between lo and hi, with thousands separated by commas.
func ticks(lo, hi float64) []plot.Tick {
	if !(hi > lo) {
		return []plot.Tick{{Value: lo, Label: number(lo, 0)}}
	}
	raw := (hi - lo) / 5
	magnitude := math.Pow(10, math.Floor(math.Log10(raw)))
	step := 10 * magnitude
	for _, nice := range []float64{1, 2, 2.5, 5} {
		if raw <= nice*magnitude*(1+1e-9) {
			step = nice * magnitude
			break
		}
	}
	decimals := max(0, int(math.Ceil(-math.Log10(step)-1e-9)))
	if math.Abs(step/math.Pow(10, -float64(decimals))-math.Round(step/math.Pow(10, -float64(decimals)))) > 1e-6 {
		decimals++ // steps of 2.5
	}
	var out []plot.Tick
	for i := math.Ceil(lo/step - 1e-9); i*step <= hi+step*1e-9; i++ {
		out = append(out, plot.Tick{Value: i * step, Label: number(i*step, decimals)})
	}
	return out
}

// number formats v with thousands separated by commas, and without a sign before zero.
func number(v float64, decimals int) string {
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	sign := ""
	if strings.HasPrefix(s, "-") {
		s = s[1:]
		if strings.Trim(s, "0.") != "" {
			sign = "−"
		}
	}
	whole, fraction, point := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if point {
		return sign + whole + "." + fraction
	}
	return sign + whole
}

// short formats v for a label beside a bar or in a cell: three digits are enough there.
func short(v float64) string {
	switch size := math.Abs(v); {
	case size >= 99.5 || v == math.Trunc(v):
		return number(v, 0)
	case size >= 9.95:
		return number(v, 1)
	default:
		return number(v, 2)
	}
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
