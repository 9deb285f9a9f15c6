package chart

import (
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

func withAlpha(c color.Color, alpha uint8) color.NRGBA {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	n.A = alpha
	return n
}

// darker returns a shade of c on which white text is readable.
func darker(c color.Color) color.NRGBA { return mix(withAlpha(c, 0xff), ink, 0.35) }

func mix(a, b color.NRGBA, share float64) color.NRGBA {
	part := func(a, b uint8) uint8 { return uint8(math.Round(float64(a)*(1-share) + float64(b)*share)) }
	return color.NRGBA{part(a.R, b.R), part(a.G, b.G), part(a.B, b.B), 0xff}
}

// between interpolates along a list of colours, t from 0 to 1.
func between(stops []color.NRGBA, t float64) color.NRGBA {
	at := min(max(t, 0), 1) * float64(len(stops)-1)
	i := min(int(at), len(stops)-2)
	return mix(stops[i], stops[i+1], at-float64(i))
}

// sequential runs from light to dark like viridis (van der Walt and Smith, 2015), the other way round: on white, more is
// darker.
var sequential = []color.NRGBA{{0xfd, 0xe7, 0x25, 0xff}, {0x5e, 0xc9, 0x62, 0xff}, {0x21, 0x91, 0x8c, 0xff}, {0x3b, 0x52, 0x8b, 0xff}, {0x44, 0x01, 0x54, 0xff}}

// diverging runs from blue over white to orange, which no kind of colour vision confuses.
var diverging = []color.NRGBA{{0x0b, 0x4f, 0x8a, 0xff}, {0x6a, 0xac, 0xd6, 0xff}, {0xf8, 0xf8, 0xf8, 0xff}, {0xf0, 0xa3, 0x5a, 0xff}, {0xa8, 0x45, 0x00, 0xff}}

// scale maps values to sequential colours.
type scale struct{ lo, hi float64 }

func newScale(values []float64) scale {
	sorted := slices.DeleteFunc(slices.Clone(values), func(v float64) bool { return !finite(v) })
	if len(sorted) == 0 {
		panic("chart: no values to colour by")
	}
	slices.Sort(sorted)
	return scale{quantile(sorted, 0.02), quantile(sorted, 0.98)}
}

func (s scale) at(t float64) color.Color { return between(sequential, t) }

func (s scale) color(v float64) color.Color {
	if !finite(v) {
		return faint
	}
	if s.hi == s.lo {
		return s.at(0.5)
	}
	return s.at((v - s.lo) / (s.hi - s.lo))
}

// rules are the faint lines at the ticks of the vertical axis, or of the horizontal one.
type rules struct{ vertical bool }

func (r rules) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	s := draw.LineStyle{Color: faint, Width: vg.Points(0.6)}
	if r.vertical {
		for _, t := range p.X.Tick.Marker.Ticks(p.X.Min, p.X.Max) {
			c.StrokeLine2(s, x(t.Value), c.Min.Y, x(t.Value), c.Max.Y)
		}
		return
	}
	for _, t := range p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max) {
		c.StrokeLine2(s, c.Min.X, y(t.Value), c.Max.X, y(t.Value))
	}
}
