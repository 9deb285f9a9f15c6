package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// The size of a chart and of its margins, in the units of its viewBox. web/chart.js draws the same, with a logarithm where one
// is wanted.
const (
	chartWidth, chartHeight = 440, 240
	left, right, top, below = 56, 22, 10, 26
)

// chart is a picture of curves, ready to be drawn.
type chart struct {
	Metric string
	Label  string // for those who do not see it
	X, Y   []tick
	Lines  []line
	XTitle string // what the steps are
	Notes  []string
	Data   chartData // what the script needs to draw it again
}

type tick struct {
	At   float64
	Text string
}

// line is one curve. Class names its colour and dashes, Path its line, Dots the points that no line touches. Number stands at
// its end where there are several.
type line struct {
	Class, Path string
	Dots        []dot
	Number      int
	X, Y        float64
}

type dot struct{ X, Y float64 }

// chartData is what a chart shows, for the script. A value that is no number is null, and a gap.
type chartData struct {
	X     string       `json:"x"`
	Lines []seriesData `json:"lines"`
}

type seriesData struct {
	Name   string     `json:"name"`
	Steps  []int      `json:"steps"`
	Values []*float64 `json:"values"`
}

// newChart draws the curves of one metric: one of a run, or one each of several runs, whose names are given. A curve without
// points takes its place among the others.
func newChart(metric string, names []string, curves []curve) chart {
	c := chart{Metric: metric, Label: metric, XTitle: "step"}
	low, high := math.Inf(1), math.Inf(-1)
	from, to := math.MaxInt, math.MinInt
	for i, cv := range curves {
		c.Data.Lines = append(c.Data.Lines, cv.data(names[i]))
		c.Notes = append(c.Notes, cv.notes(names[i], len(curves) > 1)...)
		for _, p := range cv.Points {
			low, high = min(low, p.Value), max(high, p.Value)
			from, to = min(from, p.Step), max(to, p.Step)
		}
		if cv.ByOrder && len(curves) == 1 {
			c.XTitle = "order"
		}
	}
	c.Data.X = c.XTitle
	if from > to {
		c.Notes = append(c.Notes, "No value can be drawn.")
		return c
	}
	c.Label = fmt.Sprintf("%s from %s %d to %d, between %s and %s", metric, c.XTitle, from, to, readable(low), readable(high))
	x, xTicks := scale(float64(from), float64(to), left, chartWidth-right, 6, true)
	y, yTicks := scale(low, high, chartHeight-below, top, 6, false)
	c.X, c.Y = xTicks, yTicks
	for i, cv := range curves {
		if len(cv.Points) == 0 {
			continue
		}
		l := line{Class: fmt.Sprintf("s%d d%d", i%7, i%4), Number: i + 1}
		l.draw(cv.Points, x, y)
		c.Lines = append(c.Lines, l)
	}
	c.spread()
	return c
}

// numberHeight is how far apart the numbers at the ends of the lines stand.
const numberHeight = 11

// spread moves the numbers of lines that end close to each other apart.
func (c *chart) spread() {
	order := make([]*line, len(c.Lines))
	for i := range c.Lines {
		order[i] = &c.Lines[i]
	}
	slices.SortStableFunc(order, func(a, b *line) int { return cmp.Compare(a.Y, b.Y) })
	apart := min(numberHeight, float64(chartHeight-below-top)/float64(max(1, len(order)-1)))
	for i := 1; i < len(order); i++ {
		if above := order[i-1]; math.Abs(above.X-order[i].X) < 14 {
			order[i].Y = max(order[i].Y, above.Y+apart)
		}
	}
	floor := float64(chartHeight - below)
	for i := len(order) - 1; i >= 0 && order[i].Y > floor; i-- { // and back up, where they would leave the picture
		order[i].Y, floor = floor, floor-apart
	}
}

// draw follows the points, and begins anew after a gap.
func (l *line) draw(points []point, x, y func(float64) float64) {
	var b strings.Builder
	for i, p := range points {
		px, py := x(float64(p.Step)), y(p.Value)
		alone := (i == 0 || p.Gap) && (i == len(points)-1 || points[i+1].Gap)
		switch {
		case alone:
			l.Dots = append(l.Dots, dot{round(px), round(py)})
		case i == 0 || p.Gap:
			fmt.Fprintf(&b, "M%s %s", coordinate(px), coordinate(py))
		default:
			fmt.Fprintf(&b, "L%s %s", coordinate(px), coordinate(py))
		}
		l.X, l.Y = round(px), round(py)
	}
	l.Path = b.String()
}

func round(v float64) float64     { return math.Round(v*10) / 10 }
func coordinate(v float64) string { return strconv.FormatFloat(round(v), 'f', -1, 64) }
func (c *chart) Inner() [4]float64 {
	return [4]float64{left, top, chartWidth - right, chartHeight - below}
}
func (c *chart) Size() [2]float64 { return [2]float64{chartWidth, chartHeight} }
func (c *chart) Several() bool    { return len(c.Data.Lines) > 1 }
func (c *chart) Drawn() bool      { return len(c.Lines) > 0 }
func (l *line) NumberX() float64  { return l.X + 4 }
func (l *line) NumberY() float64  { return l.Y + 4 }

// data is the curve for the script: a gap is a null between two points.
func (cv *curve) data(name string) seriesData {
	d := seriesData{Name: name, Steps: []int{}, Values: []*float64{}}
	for i := range cv.Points {
		p := &cv.Points[i]
		if p.Gap {
			d.Steps, d.Values = append(d.Steps, p.Step), append(d.Values, nil)
		}
		d.Steps, d.Values = append(d.Steps, p.Step), append(d.Values, &p.Value)
	}
	return d
}

// notes tell what the picture leaves out.
func (cv *curve) notes(name string, named bool) (notes []string) {
	before := ""
	if named {
		before = name + ": "
	}
	if cv.NaN+cv.Inf > 0 {
		var what []string
		if cv.NaN > 0 {
			what = append(what, fmt.Sprintf("%s of them NaN", grouped(strconv.Itoa(cv.NaN))))
		}
		if cv.Inf > 0 {
			what = append(what, fmt.Sprintf("%s of them infinite", grouped(strconv.Itoa(cv.Inf))))
		}
		notes = append(notes, fmt.Sprintf("%s%s values, %s: gaps in the curve.", before, grouped(strconv.Itoa(cv.Count)), strings.Join(what, " and ")))
	}
	if cv.Reduced {
		notes = append(notes, fmt.Sprintf("%s%s values, drawn by %s of them, the highest and lowest among these.", before, grouped(strconv.Itoa(cv.Count)), grouped(strconv.Itoa(len(cv.Points)))))
	}
	return notes
}

// scale maps values from low to high to coordinates, and finds round numbers to mark. whole marks whole numbers only.
func scale(low, high, begin, end float64, count int, whole bool) (at func(float64) float64, ticks []tick) {
	if high/2-low/2 == 0 { // the same, or too close to tell apart
		pad := max(math.Abs(low)*0.1, 1e-12)
		if whole {
			pad = 1
		}
		low, high = low-pad, high+pad
	} else if !whole {
		pad := high/40 - low/40
		low, high = low-pad, high+pad
	}
	low, high = max(low, -math.MaxFloat64), min(high, math.MaxFloat64)
	span := high/2 - low/2 // half of it, which does not overflow
	at = func(v float64) float64 { return begin + (end-begin)*((v/2-low/2)/span) }
	step := math.Pow(10, math.Floor(math.Log10(2*(span/float64(count)))))
	for _, m := range []float64{1, 2, 5, 10} {
		if 2*span/(step*m) <= float64(count) {
			step *= m
			break
		}
	}
	if whole {
		step = max(1, step)
	}
	for i := math.Ceil(low / step); i*step <= high && len(ticks) < 2*count; i++ {
		ticks = append(ticks, tick{round(at(i * step)), tickText(i*step, step, whole)})
	}
	return at, ticks
}

// tickText has as many decimals as the distance between two ticks deserves.
func tickText(v, step float64, whole bool) string {
	size, most := math.Abs(v), 1e6
	if whole { // below the picture there is room
		most = 1e8
	}
	if v != 0 && (size >= most || step < 1e-4) {
		decimals := max(0, int(math.Ceil(math.Log10(size/step)-1e-9)))
		text := strconv.FormatFloat(v, 'e', min(6, decimals), 64)
		mantissa, exponent, _ := strings.Cut(text, "e")
		if strings.Contains(mantissa, ".") {
			mantissa = strings.TrimRight(strings.TrimRight(mantissa, "0"), ".")
		}
		n, _ := strconv.Atoi(exponent)
		return strings.ReplaceAll(fmt.Sprintf("%se%d", mantissa, n), "-", "−")
	}
	decimals := max(0, int(math.Ceil(-math.Log10(step)-1e-9)))
	text := grouped(strconv.FormatFloat(v, 'f', decimals, 64))
	if strings.Trim(text, "-0.") == "" {
		text = strings.TrimPrefix(text, "-")
	}
	return strings.Replace(text, "-", "−", 1)
}
