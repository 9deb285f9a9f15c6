package profile

import (
	"fmt"
	"math"
	"slices"
)

const (
	mostSummed = 200  // columns among which sums are looked for
	probes     = 100  // rows that a sum has to pass before all are looked at
	fewProbes  = 5    // rows in which both parts are something
	mostlySums = 0.95 // share of rows in which a sum holds
)

// candidate is a column that may be a sum or a part of one.
type candidate struct {
	name string
	x    []float64
}

// alertSums finds columns that are the sum of two others in nearly all rows. Of each two columns a few rows are picked in
// which both are something; a third one is their sum in most of these or is passed over, and nearly all are on the first
// rows. So the cost is about d³/2 comparisons, and n for each sum found.
func (a *analysis) alertSums() {
	var list []candidate
	for j, c := range a.report.Columns {
		if c.Kind == Numeric && !c.Discrete && c.Std > 0 && len(list) < mostSummed {
			list = append(list, candidate{c.Name, a.table.Columns[j].X})
		}
	}
	found := make([][]Alert, len(list))
	err := each(a, len(list), func(b int, rows *[]int) {
		for c := range b {
			*rows = telling(list[b].x, list[c].x, (*rows)[:0])
			if len(*rows) < fewProbes {
				continue
			}
			for s := range list {
				if s != b && s != c && passes(list[s].x, list[b].x, list[c].x, *rows) {
					found[b] = append(found[b], a.sum(list[s], list[c], list[b])...)
				}
			}
		}
	})
	if err == nil { // a cancelled context is reported by whoever looks at it next
		a.report.Alerts = append(a.report.Alerts, slices.Concat(found...)...)
	}
}

// telling appends rows, from all over the table, in which both columns are something.
func telling(b, c []float64, rows []int) []int {
	tries := min(len(b), 20*probes)
	for i := range tries {
		row := i * len(b) / tries
		if b[row] != 0 && c[row] != 0 && !math.IsNaN(b[row]+c[row]) {
			if rows = append(rows, row); len(rows) == probes {
				break
			}
		}
	}
	return rows
}

// isSum allows for what decimals lose on their way through float64, and not for a part that is small beside the other.
func isSum(x, y, z float64) bool {
	return math.Abs(x-y-z) <= 1e-6*min(math.Abs(y), math.Abs(z))+1e-13*(math.Abs(x)+math.Abs(y)+math.Abs(z))
}

func passes(s, b, c []float64, rows []int) bool {
	failed := 0
	for _, row := range rows {
		if !isSum(s[row], b[row], c[row]) {
			if failed++; float64(failed) > 2*(1-mostlySums)*float64(len(rows)) { // they are a sample
				return false
			}
		}
	}
	return true
}

// sum looks at all rows, and makes an alert if the sum holds in most.
func (a *analysis) sum(total, one, other candidate) []Alert {
	odd, rows := 0, 0
	for row, x := range total.x {
		if y, z := one.x[row], other.x[row]; !math.IsNaN(x + y + z) {
			rows++
			odd += b2i(!isSum(x, y, z))
		}
	}
	if float64(odd) > (1-mostlySums)*float64(rows) {
		return nil
	}
	but := " in every row"
	switch {
	case odd > 0:
		but = " but for " + a.about(odd, "row")
	case a.report.Kept < a.report.Rows:
		but = fmt.Sprintf(" in each of the %s drawn", rowsOf(a.report.Kept))
	}
	return []Alert{{
		Kind: "sum", Title: "Columns that add up",
		Text:    fmt.Sprintf("%s = %s + %s%s: the three together count the same thing twice.", short(total.name), short(one.name), short(other.name), but),
		Columns: []AlertColumn{{total.name, "the sum"}, {one.name, "a part"}, {other.name, "a part"}},
	}}
}
