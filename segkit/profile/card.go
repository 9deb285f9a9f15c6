package profile

import (
	"fmt"
	"html/template"
	"math"
)

// shownValues are how many of the most frequent, smallest and largest values a card lists.
const shownValues = 10

// card is what the template of one column sees.
type card struct {
	View   *view
	Column Column
	Index  int
}

// Card returns what the template of column i sees.
func (v *view) Card(i int) card { return card{v, v.Columns[i], i} }

// list is one of the lists of values on a card.
type list struct {
	View   *view
	Column Column
	Title  string
	Values []Value
	Total  int
}

// List returns what the template of a list of values sees. Those of a sample are shares of the sample.
func (v *view) List(c Column, title string, values []Value) list {
	l := list{v, c, title, values[:min(shownValues, len(values))], c.Count}
	if v.Kept < v.Rows && c.Kind != Categorical && c.Kind != Boolean && c.Kind != Text {
		l.Total = c.Kept
		l.Title += " of the rows drawn"
	}
	if c.FrequentOfFirst {
		l.Title += " of the first 65,536 different ones"
	}
	return l
}

// IsNumber tells whether zeros and signs mean something.
func (v *view) IsNumber(c Column) bool { return c.Kind == Numeric || c.Kind == Mixed }

// HasNumbers tells whether the card shows statistics.
func (v *view) HasNumbers(c Column) bool { return c.Numbers != 0 && c.Kind != Boolean }

// HasBox tells whether the card has a box plot.
func (v *view) HasBox(c Column) bool { return v.IsNumber(c) && c.Numbers != 0 }

// Beyond counts the values beyond the whiskers.
func (v *view) Beyond(c Column) int {
	if c.Box.Below < 0 || c.Box.Above < 0 {
		return -1
	}
	return c.Box.Below + c.Box.Above
}

// ShowLevels tells whether the card lists values with bars.
func (v *view) ShowLevels(c Column) bool {
	return (c.Kind == Categorical || c.Kind == Boolean || c.Discrete) && len(c.Levels) > 0
}

// shownLevels are how many values of a category a card has bars for.
const shownLevels = 12

// ShowLists tells whether the card lists values that its bars do not show.
func (v *view) ShowLists(c Column) bool {
	if v.ShowLevels(c) && len(c.Levels) <= shownLevels && !c.Discrete {
		return false
	}
	return len(c.Smallest)+len(c.Frequent) > 0
}

// Bar is as wide as a share, where the largest share of the column's values fills its place.
func (v *view) Bar(c Column, share float64) template.CSS {
	most := 0.0
	for _, l := range c.Levels[:min(shownLevels, len(c.Levels))] {
		if l.Groups == nil {
			most = max(most, float64(l.Count)/float64(max(1, c.Count)))
		}
		for g := range l.Groups {
			most = max(most, v.ShareOf(c, l, g))
		}
	}
	return width(share / max(most, 1e-9))
}

func width(share float64) template.CSS {
	if math.IsNaN(share) {
		share = 0
	}
	return template.CSS(fmt.Sprintf("width:%.1f%%", 100*min(1, max(0, share))))
}

// ShowHistograms tells whether the card has histograms: not of a boolean, nor of texts that are all as long.
func (v *view) ShowHistograms(c Column) bool {
	return len(c.Histograms) > 0 && c.Kind != Boolean && (c.Kind != Text || c.Range != 0)
}

// Characters writes a length.
func (v *view) Characters(n Number) string {
	switch {
	case n.isNaN():
		return formatNumber(n)
	case n == 1:
		return "1 character"
	}
	return formatNumber(n) + " characters"
}

// MissingShare is that of all cells.
func (v *view) MissingShare() Number {
	return Number(float64(v.MissingCells) / max(1, float64(v.Rows)*float64(len(v.Columns))))
}

// Methods are the ways to correlate numbers that the picture of all pairs shows.
func (v *view) Methods() []string {
	if v.Brief {
		return []string{Pearson}
	}
	return []string{Pearson, "Spearman"}
}

// HasStrength tells whether a column has a figure with the target, or between the groups.
func (v *view) HasStrength(name string) bool {
	s, ok := v.Strength[name]
	return ok && !s.isNaN()
}

// More is how many of a list are not shown.
func (v *view) More(all, shown int) string { return formatCount(all - shown) }

// NaN tells whether a figure is none.
func (v *view) NaN(n Number) bool { return math.IsNaN(float64(n)) }

// PercentOf is a level's share of the values of group g, in words.
func (v *view) PercentOf(c Column, value Value, g int) string { return percent(v.ShareOf(c, value, g)) }
