package chart

import (
	"image/color"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Network draws a network of dense layers: a column of dots for each layer, one dot a unit (of more than 20, the first and the
// last 9), a line for each connection where they are few enough to be told apart, and the number of units below. Layer 0 is
// the input, the last one the output, and the layer with the index code, drawn in colour, is the code between encoder and
// decoder. It panics if there are fewer than three layers, if code is not one between the first and the last, or if a layer
// has no unit.
func Network(l Labels, sizes []int, code int) *Figure {
	if code < 1 || code > len(sizes)-2 {
		panic("chart: a network needs a code between its first and its last layer")
	}
	for _, size := range sizes {
		if size < 1 {
			panic("chart: a layer without units")
		}
	}
	p := newPanel(l)
	p.plot.HideAxes()
	p.plot.X.Min, p.plot.X.Max = -0.4, float64(len(sizes))-0.6
	p.plot.Y.Min, p.plot.Y.Max = -1.6, 1.3
	p.plot.Add(network{sizes, code})
	return p.figure(l, 3*vg.Inch)
}

// The colours of all connections between two layers, and of one.
var (
	mist  = color.NRGBA{0xf0, 0xf3, 0xf6, 0xff}
	lines = color.NRGBA{0xc9, 0xd1, 0xda, 0xff}
)

type network struct {
	sizes []int
	code  int
}

// units returns the heights of a layer's dots, and whether some in the middle are left out.
func (n network) units(layer int) (heights []float64, some bool) {
	const most = 20
	count := n.sizes[layer]
	if some = count > most; some {
		count = most - 1 // the place in the middle stays free
	}
	for i := range count {
		if some && i == count/2 {
			continue
		}
		// Nine units and more fill the plot; fewer stand in the middle, not too far apart.
		step := min(0.25, 2/float64(max(count-1, 1)))
		heights = append(heights, (float64(count-1)/2-float64(i))*step)
	}
	return heights, some
}

func (n network) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for i := range n.sizes[1:] {
		from, _ := n.units(i)
		to, _ := n.units(i + 1)
		left, right := x(float64(i)), x(float64(i+1))
		c.FillPolygon(mist, []vg.Point{{X: left, Y: y(from[0])}, {X: right, Y: y(to[0])}, {X: right, Y: y(to[len(to)-1])}, {X: left, Y: y(from[len(from)-1])}})
		if n.sizes[i]*n.sizes[i+1] > 64 {
			continue
		}
		for _, a := range from {
			for _, b := range to {
				c.StrokeLine2(draw.LineStyle{Color: lines, Width: vg.Points(0.5)}, left, y(a), right, y(b))
			}
		}
	}
	words := style(textSize, ink)
	words.XAlign, words.YAlign = draw.XCenter, draw.YCenter
	for i, size := range n.sizes {
		shade, name := soft, ""
		switch i {
		case 0:
			name = "input"
		case n.code:
			shade, name = palette[0], "code"
		case len(n.sizes) - 1:
			name = "output"
		}
		heights, some := n.units(i)
		for _, h := range heights {
			pill(c, vg.Point{X: x(float64(i)), Y: y(h)}, 0, 3.2, shade)
		}
		if some {
			for _, up := range []vg.Length{-3.5, 0, 3.5} {
				pill(c, vg.Point{X: x(float64(i)), Y: y(0) + up}, 0, 0.9, shade)
			}
		}
		c.FillText(words, vg.Point{X: x(float64(i)), Y: y(-1.22)}, strconv.Itoa(size))
		bold := words
		bold.Font = face(textSize, true)
		bold.Color = shade
		c.FillText(bold, vg.Point{X: x(float64(i)), Y: y(heights[0]) + 14}, name)
	}
	s := style(smallSize, soft)
	s.XAlign, s.YAlign = draw.XCenter, draw.YCenter
	c.FillText(s, vg.Point{X: x(float64(n.code) / 2), Y: y(-1.48)}, "encoder")
	c.FillText(s, vg.Point{X: x(float64(n.code+len(n.sizes)-1) / 2), Y: y(-1.48)}, "decoder")
}
