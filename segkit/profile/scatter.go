package profile

import (
	"fmt"
	"html/template"
	"math"
	"strings"
)

// level is how dark a hexagon of n rows is, 0 to 5, by the logarithm of n.
func level(n, most int) int {
	if most <= 1 {
		return 3
	}
	return min(5, int(6*math.Log(float64(n))/math.Log(float64(most)+1)))
}

// drawHexagons draws a scatter of counts. Hexagons stand 10 apart and are 12 high, their rows 9 apart, which is regular to
// the eye and keeps the numbers whole.
func drawHexagons(p Pair) template.HTML {
	h := p.Hexagons
	var paths [6]strings.Builder
	most := h.most()
	for i, cell := range h.Cells {
		r, c := cell/(hexAcross+1), cell%(hexAcross+1)
		fmt.Fprintf(&paths[level(h.Counts[i], most)], "M%d %dl5 3v6l-5 3-5-3v-6z", 6+10*c+5*(r%2), 1+9*(hexDown-r))
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="hex" viewBox="0 0 257 185" role="img" aria-label="%s">`, template.HTMLEscapeString(fmt.Sprintf("Scatter of %s (across) and %s (up), correlation %s; the darkest hexagon has %s.", p.A, p.B, formatFixed(p.Value, 2), rowsOf(most))))
	for i := range paths {
		if paths[i].Len() > 0 {
			fmt.Fprintf(&b, `<path class="h%d" d="%s"/>`, i, paths[i].String())
		}
	}
	b.WriteString("</svg>")
	return template.HTML(b.String())
}

// most is the largest count of a cell, at least 1.
func (h *Hexagons) most() int {
	most := 1
	for _, n := range h.Counts {
		most = max(most, n)
	}
	return most
}

// levels writes how dark each cell is, cell by cell: a digit for one that is drawn, a letter for those that are skipped, a
// for one to z for twenty-six.
func (h *Hexagons) levels() (s string, most int) {
	most = h.most()
	var b strings.Builder
	next := 0
	for i, cell := range h.Cells {
		for skip := cell - next; skip > 0; skip -= 26 {
			b.WriteByte('a' + byte(min(skip, 26)-1))
		}
		b.WriteByte('0' + byte(level(h.Counts[i], most)))
		next = cell + 1
	}
	return b.String(), most
}
