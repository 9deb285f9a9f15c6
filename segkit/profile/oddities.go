package profile

import (
	"fmt"
	"math"

	"example.com/marketing/segkit/profile/internal/columns"
)

func (a *analysis) alertMixed() {
	for j, c := range a.report.Columns {
		if c.Kind != Mixed {
			continue
		}
		example := ""
		if texts := a.table.Columns[j].Levels; !a.private && len(texts) > 0 {
			example = fmt.Sprintf(", most often %q", clip(texts[0].Text, 60))
		}
		a.add("mixed", "Text among numbers", fmt.Sprintf("%s holds %s that %s no number among %s%s.",
			short(c.Name), a.several(c.Texts, "value"), a.isAre(c.Texts), a.several(c.Numbers, "number"), example), AlertColumn{c.Name, a.several(c.Texts, "text")})
	}
}

// alertRange finds shares above 1, and a few negative numbers among many that are not. A share is told by values that are
// exactly 1, and a floor at 0 by values that are exactly 0: a temperature or a logarithm has neither.
func (a *analysis) alertRange() {
	for j, c := range a.report.Columns {
		if c.Kind != Numeric {
			continue
		}
		negative, zeros, inside, ones, above := 0, 0, 0, 0, 0
		for _, v := range a.table.Columns[j].X {
			switch {
			case v < 0:
				negative++
			case v == 0:
				zeros++
			case v < 1:
				inside++
			case v == 1:
				ones++
			case v > 1:
				above++
			}
		}
		few := fewOdd * float64(c.Kept)
		if negative > 0 && float64(negative) <= few && zeros >= negative {
			a.outOfRange(c, negative, "below 0", "all others are not", c.Min)
		}
		if negative == 0 && above > 0 && float64(above) <= few && ones >= above && inside > 10*above {
			a.outOfRange(c, above, "above 1", "all others are between 0 and 1, as shares are", c.Max)
		}
	}
}

func (a *analysis) outOfRange(c Column, n int, where, others string, furthest Number) {
	text := fmt.Sprintf("%s of %s %s %s, %s", a.about(n, "value"), short(c.Name), a.isAre(n), where, others)
	if !a.private {
		text += fmt.Sprintf("; the furthest out is %s", formatExact(furthest))
	}
	a.add("range", "Out of range", text+".", AlertColumn{c.Name, a.about(n, "value") + " " + where})
}

func (a *analysis) alertDuplicates() {
	if n := a.report.DuplicateRows; n > 0 {
		without := ""
		if a.report.IDName != "" {
			without = ", the id aside,"
		}
		a.add("duplicates", "Duplicate rows", fmt.Sprintf("%s%s %s the same as an earlier one.", a.several(n, "row"), without, a.isAre(n)))
	}
}

func (a *analysis) alertIDs() {
	a.alertColumns("id", "An id?", "{columns} {has} a different value in every row: an id? Name it as Options.ID, and it takes no part.", func(c *Column, _ *columns.Column) (float64, string) {
		counting := c.Kind == Numeric && c.Whole == c.Numbers && float64(c.Range) < 10*float64(c.Numbers)
		return yes((c.Kind == Text || counting) && c.Distinct == c.Count && c.Count >= 20), "all different"
	})
}

// alertWhole finds whole numbers that are stored as decimals, and columns that are whole but for a few values.
func (a *analysis) alertWhole() {
	usual := func(c *Column) bool { return c.Kind == Numeric && !c.Discrete && math.Abs(float64(c.Max)) < 1<<53 }
	a.alertColumns("whole", "Whole but for a few", "{columns} {has} whole numbers but for a few: are these rounded, averaged or filled in?", func(c *Column, _ *columns.Column) (float64, string) {
		odd := c.Numbers - c.Whole
		return float64(odd) * yes(usual(c) && float64(odd) <= fewOdd*float64(c.Numbers)), "all but " + a.several(odd, "value")
	})
	a.alertColumns("decimals", "Whole numbers as decimals", "{columns} {has} nothing but whole numbers, and the file writes them with a decimal point.", func(c *Column, in *columns.Column) (float64, string) {
		return yes(usual(c) && c.Whole == c.Numbers && in.Decimals > 0), "all whole"
	})
}

// alertIdentifiers says where an id names more than one row.
func (a *analysis) alertIdentifiers() {
	for _, c := range a.report.Columns {
		if c.Kind == Identifier && c.DistinctError == 0 && c.Distinct < c.Count {
			a.add("ids", "Ids that repeat", fmt.Sprintf("%s of %s %s used before: an id that names two rows is none.", a.several(c.Count-c.Distinct, "value"), short(c.Name), a.isAre(c.Count-c.Distinct)),
				AlertColumn{c.Name, a.several(c.Distinct, "value") + " in " + a.several(c.Count, "row")})
		}
	}
}
