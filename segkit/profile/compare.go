package profile

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"example.com/marketing/segkit/profile/internal/columns"
)

// Comparison sets groups of rows side by side.
type Comparison struct {
	By    string   `json:"by"` // the column that makes the groups, "" where they were given
	Names []string `json:"names"`
	Rows  []int    `json:"rows"`
	Kept  []int    `json:"kept"` // of those, the rows that the groups' figures are from
	// Columns says of each column by how much the groups differ, those first that differ the most.
	Columns []Difference `json:"columns"`
}

// Difference says by how much groups differ in one column: for numbers eta², the share of the variance that lies between the
// groups, and so for the lengths of texts; for categories Theil's U, the share of the entropy that knowing the group takes
// away. Both run from 0 to 1.
type Difference struct {
	Name    string `json:"name"`
	Measure string `json:"measure"` // "eta²" or "Theil's U"
	Value   Number `json:"value"`
	// Missing are the shares of missing values, one per group.
	Missing []Number `json:"missing"`
}

// EtaSquared is the measure of numbers in a comparison (Pearson, 1905).
const EtaSquared = "eta²"

const maxGroups = 12

// grouping says which group each kept row belongs to.
type grouping struct {
	names []string
	rows  []int   // of each group
	of    []int32 // -1 = none
	by    string
}

// compare fills Groups.
func (a *analysis) compare() {
	g := a.groups
	c := &Comparison{By: g.by, Names: g.names, Rows: g.rows, Columns: []Difference{}}
	a.report.Groups = c
	code := &feature{codes: g.of, levels: len(g.names)}
	kept := make([]int, len(g.names))
	c.Kept = kept
	for _, group := range g.of {
		if group >= 0 {
			kept[group]++
		}
	}
	for j := range a.table.Columns {
		column, r := &a.table.Columns[j], &a.report.Columns[j]
		if column.X == nil || column.Name == g.by {
			continue
		}
		d := Difference{Name: column.Name, Value: nan, Missing: make([]Number, len(g.names))}
		if column.Kind == Categorical || column.Kind == Boolean {
			d.Measure = TheilsU
			d.Value, _ = theils(code, &feature{codes: encode(column.X, nil), levels: len(r.Levels)})
		} else {
			d.Measure = EtaSquared
			eta := ratio(code, &feature{x: column.X})
			d.Value = eta * eta
		}
		for row, v := range column.X {
			if group := g.of[row]; group >= 0 && math.IsNaN(v) {
				d.Missing[group]++
			}
		}
		for i, n := range kept {
			d.Missing[i] /= Number(n)
		}
		c.Columns = append(c.Columns, d)
	}
	slices.SortStableFunc(c.Columns, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(b2i(a.Value.isNaN()), b2i(b.Value.isNaN())), stronger(a.Value, b.Value))
	})
}

// groupsBy makes a group of each value of a column, in the order in which a reader expects them: numbers ascending, texts by
// the alphabet. ok is false where the column has none, or more than 12.
func groupsBy(c *columns.Column, kept int) (g *grouping, ok bool) {
	g = &grouping{by: c.Name, of: make([]int32, kept)}
	if c.X == nil || c.Kind == Text {
		return nil, false
	}
	var different []float64
	for _, v := range c.X {
		if i, found := slices.BinarySearch(different, v); !found && !math.IsNaN(v) {
			if different = slices.Insert(different, i, v); len(different) > maxGroups {
				return nil, false
			}
		}
	}
	if len(different) == 0 {
		return nil, false
	}
	name := func(v float64) string {
		switch {
		case c.Levels != nil && (c.Kind == Categorical || c.Kind == Boolean):
			return c.Levels[int(v)].Text
		case c.Kind == Date:
			return formatDate(Number(v), c.Layout)
		}
		return strconv.FormatFloat(v, 'f', -1, 64) // a name, and not rounded to another's
	}
	if c.Kind == Categorical {
		slices.SortFunc(different, func(a, b float64) int { return cmp.Compare(name(a), name(b)) })
	}
	g.rows = make([]int, len(different))
	for _, v := range different {
		g.names = append(g.names, name(v))
	}
	for row, v := range c.X {
		g.of[row] = int32(slices.Index(different, v))
		if g.of[row] >= 0 {
			g.rows[g.of[row]]++
		}
	}
	return g, true
}

func checkGroups(names []string) error {
	if len(names) == 0 || len(names) > maxGroups {
		return fmt.Errorf("profile: %w: there are %d, from 1 to %d can be told apart", ErrGroups, len(names), maxGroups)
	}
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return fmt.Errorf("profile: %w: two are called %q", ErrGroups, name)
		}
	}
	return nil
}

// dropSmall takes the groups of fewer than SmallCount rows apart: their rows are in no group. If all rows in no group are
// fewer than SmallCount then, what the groups leave of the whole would tell, so the smallest that is left goes, too.
func (g *grouping) dropSmall() {
	outside := 0
	keep := make([]bool, len(g.names))
	for i, n := range g.rows {
		if keep[i] = n >= SmallCount; !keep[i] {
			outside += n
		}
	}
	for _, group := range g.of {
		if group < 0 {
			outside++
		}
	}
	if outside > 0 && outside < SmallCount {
		smallest := -1
		for i, n := range g.rows {
			if keep[i] && (smallest < 0 || n < g.rows[smallest]) {
				smallest = i
			}
		}
		if smallest >= 0 {
			keep[smallest] = false
		}
	}
	place := make([]int32, len(g.names))
	names, rows := []string{}, []int{}
	for i, kept := range keep {
		if place[i] = -1; kept {
			place[i] = int32(len(names))
			names, rows = append(names, g.names[i]), append(rows, g.rows[i])
		}
	}
	of := make([]int32, len(g.of))
	for row, group := range g.of {
		if of[row] = -1; group >= 0 {
			of[row] = place[group]
		}
	}
	g.names, g.rows, g.of = names, rows, of
}
