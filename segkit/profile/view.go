package profile

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"
)

// view is what the template sees.
type view struct {
	*Report
	Prefix      string
	Index       map[string]int // position of a column
	ByKind      []string       // "17 numbers"
	Pairs       []Pair         // in the table
	Scatters    []Pair         // drawn without a script
	MatrixOrder []int
	Brief       bool              // see WriteBrief
	Strength    map[string]Number // of each column's association with the target, or difference between groups
}

func (r *Report) view(prefix string) *view {
	v := &view{Report: r, Prefix: prefix, Index: map[string]int{}, Strength: map[string]Number{}}
	for i, c := range r.Columns {
		v.Index[c.Name] = i
	}
	for _, k := range []struct {
		kind      Kind
		one, many string
	}{
		{Numeric, "number", "numbers"}, {Categorical, "category", "categories"}, {Boolean, "boolean", "booleans"}, {Date, "date", "dates"},
		{Text, "text", "texts"}, {Mixed, "mixed", "mixed"}, {Empty, "empty", "empty"}, {Identifier, "id", "ids"},
	} {
		switch n := r.Kinds[k.kind]; {
		case n == 1:
			v.ByKind = append(v.ByKind, "1 "+k.one)
		case n > 1:
			v.ByKind = append(v.ByKind, fmt.Sprintf("%d %s", n, k.many))
		}
	}
	v.Pairs = r.Associations.Pairs[:min(listedPairs, len(r.Associations.Pairs))]
	for _, p := range r.Associations.Pairs {
		if p.Hexagons != nil && len(p.Hexagons.Cells) > 0 && len(v.Scatters) < scatters && v.continuous(p.A) && v.continuous(p.B) {
			v.Scatters = append(v.Scatters, p)
		}
	}
	v.MatrixOrder = r.Associations.strongest(pictured)
	if r.Target != nil {
		for _, c := range r.Target.Columns {
			v.Strength[c.Name] = c.Value
		}
	} else if r.Groups != nil {
		for _, c := range r.Groups.Columns {
			v.Strength[c.Name] = c.Value
		}
	}
	return v
}

// continuous tells whether a column has too many values for bars.
func (v *view) continuous(name string) bool {
	c := v.column(name)
	return c.Kind != Boolean && !c.Discrete
}

// strongest returns the clustered order of at most that many columns, those with the strongest associations.
func (a *Associations) strongest(most int) []int {
	if len(a.Order) <= most {
		return a.Order
	}
	keep := map[string]bool{}
	for _, p := range a.Pairs {
		for _, name := range []string{p.A, p.B} {
			if len(keep) < most {
				keep[name] = true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(a.Order), func(i int) bool { return !keep[a.Names[i]] })
}

// Style is the style sheet for one prefix.
func (v *view) Style() (template.CSS, error) {
	b, err := files.ReadFile("style.css")
	return template.CSS(strings.ReplaceAll(string(b), "PREFIX", v.Prefix)), err
}

// Script is the script, which knows its report by the prefix alone. What is there for those who read its source stays behind:
// a notebook's file holds a copy.
func (v *view) Script() (template.JS, error) {
	b, err := files.ReadFile("script.js")
	var lines []string
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
			lines = append(lines, line)
		}
	}
	return template.JS(strings.Join(lines, "\n")), err
}

// ID is a column's place on the page.
func (v *view) ID(name string) string { return fmt.Sprintf("%s_c-%d", v.Prefix, v.Index[name]) }

// Associates are the strongest of a column, those that are worth a look.
func (v *view) Associates(name string) []Associate {
	list, most := v.Associations.Of(name), 6
	list = slices.DeleteFunc(list, func(a Associate) bool { return math.Abs(float64(a.Value)) < max(0.1, 2*float64(a.Chance)) })
	if v.Brief {
		most = 4
	}
	return list[:min(most, len(list))]
}

// Binnings are the histograms that a card shows.
func (v *view) Binnings(c Column) []Histogram {
	if !v.Brief {
		return c.Histograms
	}
	return slices.DeleteFunc(slices.Clone(c.Histograms), func(h Histogram) bool { return h.Name != "auto" && h.Name != "log" })
}

// Histogram draws one binning.
func (v *view) Histogram(c Column, h Histogram) template.HTML { return v.drawHistogram(&c, h) }

// Boxes draws the box plots.
func (v *view) Boxes(c Column) template.HTML { return v.drawBoxes(&c) }

// Matrix draws the picture of all pairs.
func (v *view) Matrix(spearman bool) template.HTML { return v.drawMatrix(spearman) }

// Value writes a value of a column.
func (v *view) Value(c Column, n Number) string { return c.format(n) }

// Span writes a difference of two values of a column.
func (v *view) Span(c Column, n Number) string { return c.formatSpan(n) }

// Label writes an entry of a list of values.
func (v *view) Label(c Column, value Value) string {
	if value.Number.isNaN() {
		return clip(value.Text, 60)
	}
	if c.Kind == Date {
		return c.format(value.Number)
	}
	return formatExact(value.Number)
}

// Edge writes an end of a histogram's axis.
func (v *view) Edge(c Column, h Histogram, last bool) string {
	lo, hi := h.ends(c.Whole == c.Numbers)
	if last {
		return c.format(hi)
	}
	return c.format(lo)
}

// ends are what the ends of the axis are called: where each bin is one whole number, the first and the last of them.
func (h Histogram) ends(whole bool) (lo, hi Number) {
	lo, hi = Number(h.Edges[0]), Number(h.Edges[len(h.Edges)-1])
	if whole && h.Name == "auto" && h.Edges[1] == h.Edges[0]+1 && h.Edges[0]-0.5 == math.Trunc(h.Edges[0]-0.5) {
		return lo + 0.5, hi - 0.5
	}
	return lo, hi
}

// Ends writes the ends of a scatter's axis.
func (v *view) Ends(name string) string {
	c := v.column(name)
	lo, hi := c.Histograms[0].ends(c.Whole == c.Numbers)
	return c.format(lo) + " to " + c.format(hi)
}

// Between stands between the ends of a histogram's axis: how many values it does not draw, and what its line means.
func (v *view) Between(c Column, h Histogram) string {
	var parts []string
	add := func(n int, where string) {
		if n != 0 {
			parts = append(parts, fmt.Sprintf("%s (%s) %s", formatCount(n), share(n, c.Kept), where))
		}
	}
	add(h.Zeros, "at zero")
	add(h.Below, "below")
	add(h.Above, "above")
	var notes []string
	if parts != nil {
		notes = append(notes, strings.Join(parts, " and ")+", not drawn")
	}
	if axis := v.targetAxis(h); axis != "" {
		notes = append(notes, axis)
	}
	return strings.Join(notes, "; ")
}

// TargetText says what a target's line shows.
func (v *view) TargetText(means []Number) string {
	var parts []string
	for i, m := range means {
		switch {
		case v.Target.Numeric:
			parts = append(parts, "mean "+v.column(v.Target.Name).format(m))
		case len(means) == 1:
			parts = append(parts, fmt.Sprintf("%s is %s in %s", v.Target.Name, v.Target.Classes[i], percent(float64(m))))
		default:
			parts = append(parts, fmt.Sprintf("%s %s", v.Target.Classes[i], percent(float64(m))))
		}
	}
	return strings.Join(parts, ", ")
}

func (v *view) column(name string) *Column { return &v.Columns[v.Index[name]] }

// targetAxis says what the top and bottom of a histogram stand for.
func (v *view) targetAxis(h Histogram) string {
	lo, hi := v.targetRange(h)
	if v.Target == nil || math.IsInf(lo, 0) {
		return ""
	}
	if !v.Target.Numeric {
		return "line: 0 to 100 %"
	}
	c := v.column(v.Target.Name)
	return fmt.Sprintf("line: %s to %s", c.format(Number(lo)), c.format(Number(hi)))
}

// ShareOf is a level's share of the values of group g.
func (v *view) ShareOf(c Column, value Value, g int) float64 {
	total := v.Groups.Kept[g]
	for _, d := range v.Groups.Columns {
		if d.Name == c.Name && !d.Missing[g].isNaN() {
			total -= int(math.Round(float64(d.Missing[g]) * float64(v.Groups.Kept[g])))
		}
	}
	return float64(max(0, value.Groups[g])) / float64(max(1, total))
}

// Data is what the script draws scatters from: names, and for each pair its columns, what to say of it, the ends of both
// axes, the rows outside, the most rows in a cell, and how dark the cells are.
func (v *view) Data() map[string]any {
	type pair struct {
		A       int    `json:"a"`
		B       int    `json:"b"`
		R       string `json:"r"`
		X       string `json:"x"`
		Y       string `json:"y"`
		Outside string `json:"o"`
		Most    string `json:"m"`
		Cells   string `json:"c"`
	}
	names, pairs := []string{}, []pair{}
	place := map[string]int{}
	add := func(name string) int {
		if _, ok := place[name]; !ok {
			place[name] = len(names)
			names = append(names, name)
		}
		return place[name]
	}
	for _, p := range v.Associations.Pairs {
		h := p.Hexagons
		if h == nil || v.Brief {
			continue
		}
		cells, most := h.levels()
		pairs = append(pairs, pair{
			A: add(p.A), B: add(p.B), R: fmt.Sprintf("r %s, by ranks %s", formatFixed(p.Value, 2), formatFixed(p.Spearman, 2)),
			X: v.Ends(p.A), Y: v.Ends(p.B), Outside: share(h.Outside, v.Associations.Rows), Most: rowsOf(most), Cells: cells,
		})
	}
	return map[string]any{"names": names, "pairs": pairs}
}
