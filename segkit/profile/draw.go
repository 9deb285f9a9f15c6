package profile

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Pictures are SVG made of counts. Only numbers go into them, and texts by way of template.HTMLEscapeString.

const plotWidth, plotHeight = 480.0, 120.0

// coordinate writes a position in a picture: a tenth of a unit is enough.
func coordinate(v float64) string {
	return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64)
}

// drawHistogram draws the bars of one binning, or a stepped line for each group, and over them the target.
func (v *view) drawHistogram(c *Column, h Histogram) template.HTML {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %g %g" preserveAspectRatio="none" role="img" aria-label="%s">`,
		plotWidth, plotHeight, template.HTMLEscapeString(v.describeHistogram(c, h)))
	step := plotWidth / float64(len(h.Counts))
	if h.Groups != nil {
		v.drawGroups(&b, h, step)
	} else {
		most := max(1, slices.Max(h.Counts))
		b.WriteString(`<path class="bar" d="`)
		drawBars(&b, h.Counts, most, step, step-min(1, step/8), plotHeight)
		b.WriteString(`"/>`)
	}
	lo, hi := v.targetRange(h)
	for k, means := range h.Target {
		drawTarget(&b, k, h.Counts, means, step, lo, hi)
	}
	b.WriteString("</svg>")
	return template.HTML(b.String())
}

// drawBars draws one bar for each count, the tallest as high as the picture.
func drawBars(b *strings.Builder, counts []int, most int, step, width, height float64) {
	for i, n := range counts {
		if n > 0 {
			top := coordinate(height - math.Max(height/120, float64(n)/float64(most)*height))
			fmt.Fprintf(b, "M%s %gV%sh%sV%g", coordinate(float64(i)*step), height, top, coordinate(width), height)
		}
	}
}

func (v *view) describeHistogram(c *Column, h Histogram) string {
	top := 0
	for i, n := range h.Counts {
		if n > h.Counts[top] {
			top = i
		}
	}
	return fmt.Sprintf("Histogram of %s in %d bins from %s to %s; the tallest, from %s to %s, has %s.", c.Name, len(h.Counts),
		c.format(Number(h.Edges[0])), c.format(Number(h.Edges[len(h.Counts)])), c.format(Number(h.Edges[top])), c.format(Number(h.Edges[top+1])), rowsOf(h.Counts[top]))
}

// drawGroups draws each group's shares of its own rows.
func (v *view) drawGroups(b *strings.Builder, h Histogram, step float64) {
	most := 0.0
	shares := make([][]float64, len(h.Groups))
	for g, counts := range h.Groups {
		total := 0
		for _, n := range counts {
			total += n
		}
		for _, n := range counts {
			s := float64(n) / float64(max(1, total))
			shares[g] = append(shares[g], s)
			most = max(most, s)
		}
	}
	for g, s := range shares {
		fmt.Fprintf(b, `<path class="line g%d" d="M0 %g`, g, plotHeight)
		for i, share := range s {
			tall := 0.0
			if most > 0 {
				tall = share / most * (plotHeight - 2)
			}
			fmt.Fprintf(b, "V%sH%s", coordinate(plotHeight-tall), coordinate(float64(i+1)*step))
		}
		fmt.Fprintf(b, `V%g"/>`, plotHeight)
	}
}

// targetRange is what the height of a picture stands for: all shares, or the means of a numeric target.
func (v *view) targetRange(h Histogram) (lo, hi float64) {
	if v.Target == nil || !v.Target.Numeric {
		return 0, 1
	}
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, means := range h.Target {
		for i, m := range means {
			if !m.isNaN() && h.Counts[i] >= fewInBin {
				lo, hi = min(lo, float64(m)), max(hi, float64(m))
			}
		}
	}
	return lo, hi
}

// fewInBin is below how many rows a bin's target is left out: its line would be drawn by chance.
const fewInBin = 5

func drawTarget(b *strings.Builder, class int, counts []int, means []Number, step, lo, hi float64) {
	var line, dots strings.Builder
	pen := "M"
	for i, m := range means {
		if m.isNaN() || counts[i] < fewInBin {
			pen = "M"
			continue
		}
		at := 0.5
		if hi > lo {
			at = (float64(m) - lo) / (hi - lo)
		}
		x, y := coordinate((float64(i)+0.5)*step), coordinate(plotHeight-4-at*(plotHeight-8))
		line.WriteString(pen + x + " " + y)
		dots.WriteString("M" + x + " " + y + "h0")
		pen = "L"
	}
	fmt.Fprintf(b, `<path class="casing" d="%s"/><path class="line t%d" d="%[1]s"/><path class="dots t%[2]d" d="%[3]s"/>`, line.String(), class, dots.String())
}

// drawBoxes draws a box plot on the axis of the automatic histogram, or one for each group with whiskers from 5 % to 95 %.
func (v *view) drawBoxes(c *Column) template.HTML {
	if len(c.Histograms) == 0 || c.Kind == Text || c.Median.isNaN() {
		return ""
	}
	edges := c.Histograms[0].Edges
	lo, hi := edges[0], edges[len(edges)-1]
	x := func(n Number) float64 { return min(1, max(0, (float64(n)-lo)/(hi-lo))) * plotWidth }
	const row = 14.0
	one := func(b *strings.Builder, class string, y float64, low, q1, median, q3, high Number) {
		if low.isNaN() {
			low = q1
		}
		if high.isNaN() {
			high = q3
		}
		if q1.isNaN() {
			return
		}
		fmt.Fprintf(b, `<path class="whisker %s" d="M%s %sH%sM%s %sH%s"/><path class="box %s" d="M%s %sH%sv9H%sz"/><path class="median" d="M%s %sv9"/>`,
			class, coordinate(x(low)), coordinate(y+row/2), coordinate(x(q1)), coordinate(x(q3)), coordinate(y+row/2), coordinate(x(high)),
			class, coordinate(x(q1)), coordinate(y+2.5), coordinate(max(x(q3), x(q1)+1)), coordinate(x(q1)), coordinate(x(median)), coordinate(y+2.5))
	}
	var b strings.Builder
	rows := max(1, len(c.Groups))
	fmt.Fprintf(&b, `<svg class="boxes" style="height:%gpx" viewBox="0 0 %g %g" preserveAspectRatio="none" role="img" aria-label="%s">`,
		float64(rows)*row, plotWidth, float64(rows)*row, template.HTMLEscapeString(fmt.Sprintf("Box plot of %s: quartiles %s, %s and %s.", c.Name, c.format(c.Q25), c.format(c.Median), c.format(c.Q75))))
	for g, s := range c.Groups {
		one(&b, "g"+strconv.Itoa(g), float64(g)*row, s.Q05, s.Q25, s.Median, s.Q75, s.Q95)
	}
	if c.Groups == nil {
		one(&b, "", 0, c.Box.Low, c.Q25, c.Median, c.Q75, c.Box.High)
	}
	b.WriteString("</svg>")
	return template.HTML(b.String())
}

// spark draws the automatic histogram as small as a word.
func spark(c Column) template.HTML {
	var counts []int
	if len(c.Histograms) > 0 {
		counts = c.Histograms[0].Counts
	}
	if c.Kind == Categorical || c.Kind == Boolean {
		counts = nil
		for _, l := range c.Levels[:min(shownLevels, len(c.Levels))] {
			counts = append(counts, l.Count)
		}
	}
	if len(counts) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString(`<svg class="spark" viewBox="0 0 80 20" preserveAspectRatio="none" aria-hidden="true"><path class="bar" d="`)
	step := 80 / float64(len(counts))
	drawBars(&b, counts, max(1, slices.Max(counts)), step, step*0.9, 20)
	b.WriteString(`"/></svg>`)
	return template.HTML(b.String())
}
