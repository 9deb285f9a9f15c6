package profile

import (
	"fmt"
	"html/template"
	"math"
	"strings"
)

// pictured is the most columns that the picture of all pairs has room for.
const pictured = 40

// longestLabel is how many characters of a name stand beside it.
const longestLabel = 34

// drawMatrix draws all pairs: circles for Pearson's or Spearman's correlations, squares for the measures of categories, the
// area as large as the figure is strong.
func (v *view) drawMatrix(spearman bool) template.HTML {
	a := &v.Associations
	order := v.MatrixOrder
	cell := 20.0
	if len(order) <= 20 {
		cell = 24
	}
	gutter := 0.0
	for _, i := range order {
		gutter = max(gutter, 7.3*float64(len([]rune(clip(a.Names[i], longestLabel))))+10)
	}
	size := gutter + cell*float64(len(order)) + 2
	var b strings.Builder
	name := "Pearson's correlation"
	if spearman {
		name = "Spearman's correlation"
	}
	fmt.Fprintf(&b, `<svg class="matrix" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f" role="img" aria-label="Associations of all columns, %s; the table of pairs below has the figures.">`, size, size, size, size, name)
	for at, i := range order {
		label := template.HTMLEscapeString(clip(a.Names[i], longestLabel))
		y := gutter + cell*(float64(at)+0.5)
		fmt.Fprintf(&b, `<text x="%.0f" y="%.0f" text-anchor="end">%s</text><text transform="translate(%.0f %.0f)rotate(-90)">%s</text>`, gutter-6, y+4, label, y+4, gutter-6, label)
	}
	for _, sign := range []string{"up", "down"} {
		fmt.Fprintf(&b, `<g class="%s">`, sign)
		for row, i := range order {
			for col, j := range order {
				measure, value := a.at(i, j)
				if spearman && measure == Pearson {
					value = a.Spearman[i][j]
				}
				if i == j || value.isNaN() || (value < 0) != (sign == "down") || value < 2*a.chance(i, j, measure) && value >= 0 {
					continue
				}
				strength := math.Abs(float64(value))
				x, y, half := gutter+cell*(float64(col)+0.5), gutter+cell*(float64(row)+0.5), (cell/2-1)*math.Sqrt(strength)
				if measure == Pearson {
					fmt.Fprintf(&b, `<circle cx="%.0f" cy="%.0f" r="%s"`, x, y, coordinate(half))
				} else {
					fmt.Fprintf(&b, `<rect x="%s" y="%s" width="%s" height="%[3]s"`, coordinate(x-half), coordinate(y-half), coordinate(2*half))
				}
				fmt.Fprintf(&b, ` opacity="%.3f"/>`, 0.25+0.75*strength)
			}
		}
		b.WriteString("</g>")
	}
	b.WriteString("</svg>")
	return template.HTML(b.String())
}

// clip shortens a text to so many characters.
func clip(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
