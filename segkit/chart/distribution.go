package chart

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Histogram counts values in bins of equal width; 0 bins choose a number by the rule of Freedman and Diaconis (1981), 60 at
// the most. Values that are not finite are left out. Where a few values far out would take more than half of the axis and
// squeeze all others into the first bars, it runs from q20 - 3(q80 - q20) to q80 + 3(q80 - q20), and a note says how many
// lie beyond.
func Histogram(l Labels, values []float64, bins int) *Figure {
	var sorted []float64
	for _, v := range values {
		if finite(v) {
			sorted = append(sorted, v)
		}
	}
	if len(sorted) == 0 || bins < 0 {
		panic("chart: a histogram without values, or with a negative number of bins")
	}
	slices.Sort(sorted)
	lo, hi := sorted[0], sorted[len(sorted)-1]
	q20, q80 := quantile(sorted, 0.2), quantile(sorted, 0.8)
	p := newPanel(l)
	if reach := 3 * (q80 - q20); reach > 0 {
		if from, to := max(lo, q20-reach), min(hi, q80+reach); to-from < (hi-lo)/2 {
			lo, hi = from, to
		}
	}
	inside := slices.DeleteFunc(slices.Clone(sorted), func(v float64) bool { return v < lo || v > hi })
	if outside := len(sorted) - len(inside); outside > 0 {
		p.note = fmt.Sprintf("%s of %s lie beyond the axis, up to %s", number(float64(outside), 0), number(float64(len(sorted)), 0), short(sorted[len(sorted)-1]))
	}
	if lo > 0 && lo < 0.05*hi {
		lo = 0
	}
	if lo == hi {
		lo, hi = lo-0.5, hi+0.5
	}
	if bins == 0 {
		bins = 10
		if width := 2 * (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / math.Cbrt(float64(len(sorted))); width > 0 {
			bins = int(min(60, max(5, math.Ceil((hi-lo)/width))))
		}
	}
	h := &plotter.Histogram{FillColor: Color(0), LineStyle: draw.LineStyle{Color: faint, Width: vg.Points(0.4)}, Width: (hi - lo) / float64(bins)}
	for b := range bins {
		h.Bins = append(h.Bins, plotter.HistogramBin{Min: lo + float64(b)*h.Width, Max: lo + float64(b+1)*h.Width})
	}
	for _, v := range inside {
		h.Bins[min(bins-1, int((v-lo)/h.Width))].Weight++
	}
	p.plot.Add(rules{}, h)
	p.plot.X.Min, p.plot.X.Max, p.plot.Y.Min = lo, hi, 0
	return p.figure(l, figureHeight)
}

// quantile interpolates linearly (type 7 of Hyndman and Fan, 1996).
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := min(int(at), len(sorted)-2)
	if i < 0 {
		return sorted[0]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// Group is a named set of values.
type Group struct {
	Name   string
	Values []float64
}

// Boxes draws a box plot (Tukey, 1977) for each group, the first on top: the box from quartile to quartile with the median
// as a line, whiskers to the last value within 1.5 times the box's length, and each value beyond as a point. Values that
// are not finite are left out; a group without any is a mistake and panics.
func Boxes(l Labels, groups []Group) *Figure {
	if len(groups) == 0 {
		panic("chart: no groups")
	}
	p := newPanel(l)
	p.plot.Add(rules{vertical: true})
	var names []string
	for i, g := range slices.Backward(groups) {
		values := slices.DeleteFunc(slices.Clone(g.Values), func(v float64) bool { return !finite(v) })
		if len(values) == 0 {
			panic(fmt.Sprintf("chart: the group %q has no values", g.Name))
		}
		names = append(names, fmt.Sprintf("%s\nn = %s", g.Name, number(float64(len(values)), 0)))
		box, err := plotter.NewBoxPlot(vg.Points(34), float64(len(groups)-1-i), plotter.Values(values))
		if err != nil {
			panic(err) // it refuses what was refused above
		}
		box.Horizontal = true
		box.FillColor = withAlpha(Color(i), 0x66)
		line := draw.LineStyle{Color: ink, Width: vg.Points(0.8)}
		box.BoxStyle, box.WhiskerStyle = line, line
		box.MedianStyle = draw.LineStyle{Color: ink, Width: vg.Points(2)}
		box.GlyphStyle = draw.GlyphStyle{Color: withAlpha(Color(i), 0x55), Radius: vg.Points(1.6), Shape: draw.CircleGlyph{}}
		p.plot.Add(box)
	}
	p.plot.NominalY(names...)
	p.plot.Y.Tick.Length = 0
	p.plot.Y.LineStyle.Width = 0
	return p.figure(l, vg.Length(1.2+0.6*float64(len(groups)))*vg.Inch)
}
