package profile

import (
	"fmt"
	"math"
	"slices"
)

const (
	mostSummed = 200  // columns among which sums are looked for
	probes     = 200  // rows that a sum has to pass before all are looked at
	mostlySums = 0.95 // share of rows in which a sum holds
)

// alertSums finds columns that are the sum of two others in nearly all rows. Each triple is tried on a few rows first, and
// nearly all fail on the first ones, so the cost is about d³/2 comparisons and n for each sum found.
func (a *analysis) alertSums() {
	type candidate struct {
		name string
		x    []float64
	}
	var list []candidate
	for j, c := range a.report.Columns {
		if c.Kind == Numeric && !c.Discrete && c.Std > 0 && len(list) < mostSummed {
			list = append(list, candidate{c.Name, a.table.Columns[j].X})
		}
	}
	n := a.table.Kept
	holds := func(s, b, c []float64, row int) bool {
		x, y, z := s[row], b[row], c[row]
		return math.Abs(x-y-z) <= 1e-6*(math.Abs(y)+math.Abs(z)) || math.IsNaN(x-y-z)
	}
	passes := func(s, b, c []float64) bool {
		tried, failed := 0, 0
		for i := range min(n, 20*probes) {
			row := int(float64(i) * float64(n) / float64(min(n, 20*probes)))
			if b[row] == 0 || c[row] == 0 || math.IsNaN(s[row]+b[row]+c[row]) {
				continue // says nothing
			}
			tried++
			if !holds(s, b, c, row) {
				if failed++; failed > probes/20 {
					return false
				}
			}
			if tried == probes {
				break
			}
		}
		return tried >= 5 && float64(failed) <= (1-mostlySums)*float64(tried)
	}
	found := make([][]Alert, len(list))
	err := each(a, len(list), func(s int, _ *struct{}) {
		for b := range list {
			for c := range b {
				if b == s || c == s || !passes(list[s].x, list[b].x, list[c].x) {
					continue
				}
				odd, rows := 0, 0
				for row := range n {
					if !math.IsNaN(list[s].x[row] + list[b].x[row] + list[c].x[row]) {
						rows++
						odd += b2i(!holds(list[s].x, list[b].x, list[c].x, row))
					}
				}
				if float64(odd) > (1-mostlySums)*float64(rows) {
					continue
				}
				but := " in every row"
				switch {
				case odd > 0:
					but = " but for " + a.about(odd, "row")
				case a.report.Kept < a.report.Rows:
					but = fmt.Sprintf(" in each of the %s drawn", rowsOf(a.report.Kept))
				}
				found[s] = append(found[s], Alert{
					Kind: "sum", Title: "Columns that add up",
					Text:    fmt.Sprintf("%s = %s + %s%s: the three together count the same thing twice.", short(list[s].name), short(list[c].name), short(list[b].name), but),
					Columns: []AlertColumn{{list[s].name, "the sum"}, {list[c].name, "a part"}, {list[b].name, "a part"}},
				})
			}
		}
	})
	if err == nil { // a cancelled context is reported by whoever looks at it next
		a.report.Alerts = append(a.report.Alerts, slices.Concat(found...)...)
	}
}
