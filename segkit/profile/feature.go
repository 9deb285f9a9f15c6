package profile

import (
	"math"
	"slices"

	"example.com/marketing/segkit/profile/internal/columns"
)

// feature is a column that takes part in associations.
type feature struct {
	column            *columns.Column
	x                 []float64 // as a number; nil for a category
	ranks             []int32   // twice the average rank, 0 = missing; nil for a category
	whole             bool      // has no hole; then about and aboutRanks are known
	about, aboutRanks centred
	codes             []int32 // as a category, -1 = missing; nil for a number
	levels            int
	order             int // its position in the report
}

// features picks the columns that take part.
func (a *analysis) features(ranks [][]int32) []feature {
	var features []feature
	for j := range a.table.Columns {
		c, r := &a.table.Columns[j], &a.report.Columns[j]
		f := feature{column: c, order: j}
		switch c.Kind {
		case Numeric, Date, Mixed, Boolean:
			f.x, f.ranks = c.X, ranks[j]
		case Categorical:
		default:
			continue
		}
		switch {
		case c.Kind == Boolean || c.Kind == Categorical:
			f.codes, f.levels = encode(c.X, nil), len(c.Levels)
		case r.Discrete:
			var numbers []float64
			for _, l := range r.Levels {
				numbers = append(numbers, float64(l.Number))
			}
			slices.Sort(numbers)
			f.codes, f.levels = encode(c.X, numbers), len(numbers)
		}
		features = append(features, f)
	}
	return features
}

// encode turns numbers into their positions in levels, or into themselves where levels is nil.
func encode(x, levels []float64) []int32 {
	codes := make([]int32, len(x))
	for i, v := range x {
		switch {
		case math.IsNaN(v):
			codes[i] = -1
		case levels == nil:
			codes[i] = int32(v)
		default:
			codes[i] = int32(lowerBound(levels, v))
		}
	}
	return codes
}

// keep replaces a feature's values by those of some rows.
func (f *feature) keep(a *analysis, rows []int32) {
	if f.x != nil {
		x := make([]float64, len(rows))
		for i, row := range rows {
			x[i] = f.x[row]
		}
		var s sorted
		(&analysis{}).sort(&s, x)
		f.x, f.ranks = x, s.ranks(len(x))
	}
	if f.codes != nil {
		codes := make([]int32, len(rows))
		for i, row := range rows {
			codes[i] = f.codes[row]
		}
		f.codes = codes
	}
}
