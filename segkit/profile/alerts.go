package profile

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Thresholds of the alerts, chosen for tables that are to be clustered: what pulls on squared distances is named early.
const (
	strongCorrelation = 0.8
	strongSkew        = 2.0
	manyOutliers      = 0.05 // share beyond the whiskers
	manyZeros         = 1. / 3
	dominant          = 0.8  // share of one value
	fewOdd            = 0.01 // share of values that differ in kind from all others
	unlikeScales      = 100  // ratio of standard deviations
	manyTexts         = 50
)

// alert collects what a reader should know: what is wrong before what is unusual.
func (a *analysis) alert() {
	a.alertMixed()
	a.alertRange()
	a.alertSums()
	a.alertDuplicates()
	a.alertMissing()
	a.alertColumns("empty", "No values", "{columns} {has} no value at all: drop {them}.", func(c *Column) (float64, string) {
		return yes(c.Kind == Empty), "empty"
	})
	a.alertColumns("constant", "Constant", "{columns} {has} the same value in every row: nothing can be learned from {them}.", func(c *Column) (float64, string) {
		return yes(c.Distinct == 1), "constant"
	})
	a.alertIDs()
	a.alertCorrelated()
	a.alertColumns("skew", "Skewed", "{columns} {has} a long tail (skewness beyond ±2): the mean says little about a usual row, and the tail rules squared distances.", func(c *Column) (float64, string) {
		if c.Kind != Numeric || c.Discrete || !(math.Abs(float64(c.Skewness)) > strongSkew) {
			return 0, ""
		}
		return math.Abs(float64(c.Skewness)), "skewness " + formatFixed(c.Skewness, 1)
	})
	a.alertColumns("outliers", "Outliers", "{columns} {has} more than 5 % of the values beyond the whiskers of the box plot. Look before you drop any: far out on money are often the best customers.", func(c *Column) (float64, string) {
		share := float64(c.Box.Below+c.Box.Above) / float64(a.report.Kept-c.Missing*b2i(a.report.Kept == a.report.Rows))
		return share * yes(c.Kind == Numeric && !c.Discrete && share > manyOutliers), percent(share)
	})
	a.alertColumns("zeros", "Many zeros", "{columns} {is} zero in more than a third of the rows: those who do not do it at all are a group of their own{each}.", func(c *Column) (float64, string) {
		share := float64(c.Zeros) / float64(c.Count)
		return share * yes(c.Kind == Numeric && c.Distinct > 1 && share > manyZeros), percent(share)
	})
	a.alertDominant()
	a.alertScales()
	a.alertWhole()
	a.alertColumns("cardinality", "Many different texts", "{columns} {has} more than 50 different texts: group the rare ones before you compare.", func(c *Column) (float64, string) {
		return float64(c.Distinct) * yes((c.Kind == Categorical || c.Kind == Text) && c.Distinct > manyTexts && c.Distinct < c.Count), formatCount(c.Distinct) + " different"
	})
	a.alertColumns("ambiguous", "Day or month first?", "{columns} {has} dates that can be read both ways; they were read with the month first.", func(c *Column) (float64, string) {
		return yes(a.ambiguous(c.Name)), "month first"
	})
}

func yes(b bool) float64 { return float64(b2i(b)) }

func (a *analysis) ambiguous(name string) bool {
	for _, c := range a.table.Columns {
		if c.Name == name {
			return c.Ambiguous
		}
	}
	return false
}

func (a *analysis) add(kind, title, text string, columns ...AlertColumn) {
	a.report.Alerts = append(a.report.Alerts, Alert{Kind: kind, Title: title, Text: text, Columns: columns})
}

// alertColumns makes one alert of all columns whose weight is above 0, the heaviest first. The words in braces stand for one
// column, or for several.
func (a *analysis) alertColumns(kind, title, text string, weigh func(c *Column) (weight float64, figure string)) {
	type weighed struct {
		AlertColumn
		weight float64
	}
	var list []weighed
	for i := range a.report.Columns {
		c := &a.report.Columns[i]
		if c.Kind == Identifier {
			continue
		}
		if w, figure := weigh(c); w > 0 {
			list = append(list, weighed{AlertColumn{c.Name, figure}, w})
		}
	}
	if list == nil {
		return
	}
	slices.SortStableFunc(list, func(a, b weighed) int { return cmp.Compare(b.weight, a.weight) })
	named := make([]AlertColumn, len(list))
	for i, w := range list {
		named[i] = w.AlertColumn
	}
	words := strings.NewReplacer("{columns}", columnsOf(len(list)), "{has}", "have", "{is}", "are", "{them}", "them", "{each}", " in each of them")
	if len(list) == 1 {
		words = strings.NewReplacer("{columns}", list[0].Name, "{has}", "has", "{is}", "is", "{them}", "it", "{each}", "")
	}
	a.add(kind, title, words.Replace(text), named...)
}

func (a *analysis) alertMixed() {
	for j, c := range a.report.Columns {
		if c.Kind != Mixed {
			continue
		}
		example := ""
		if texts := a.table.Columns[j].Levels; !a.private && len(texts) > 0 {
			example = fmt.Sprintf(", most often %q", clip(texts[0].Text, 60))
		}
		a.add("mixed", "Text among numbers", fmt.Sprintf("%s holds %s that are no numbers among %s numbers%s.",
			c.Name, a.several(c.Texts, "value"), formatCount(c.Numbers), example), AlertColumn{c.Name, a.several(c.Texts, "text")})
	}
}

// several counts things; where that is private, it says how few they are at most.
func (a *analysis) several(n int, noun string) string {
	if a.tooFew(n) {
		return fmt.Sprintf("fewer than %d %ss", SmallCount, noun)
	}
	if n == 1 {
		return "1 " + noun
	}
	return formatCount(n) + " " + noun + "s"
}

// alertRange finds shares above 1, and a few negative numbers among many that are not.
func (a *analysis) alertRange() {
	for j, c := range a.report.Columns {
		if c.Kind != Numeric || c.Count == 0 {
			continue
		}
		if few := fewOdd * float64(c.Numbers); c.Negative > 0 && float64(c.Negative) <= few {
			text := fmt.Sprintf("%s of %s %s below zero, all others are not", a.several(c.Negative, "value"), c.Name, isAre(c.Negative))
			if !a.private {
				text += fmt.Sprintf("; the smallest is %s", formatNumber(c.Min))
			}
			a.add("range", "Out of range", text+".", AlertColumn{c.Name, a.several(c.Negative, "value") + " below 0"})
		}
		above, fractions := 0, 0
		for _, v := range a.table.Columns[j].X {
			switch {
			case v > 1:
				above++
			case v > 0 && v < 1:
				fractions++
			}
		}
		if c.Negative == 0 && above > 0 && float64(above) <= fewOdd*float64(c.Numbers) && fractions > 10*above && c.Max <= 100 {
			text := fmt.Sprintf("%s of %s %s above 1, all others are between 0 and 1 as a share is", a.several(above, "value"), c.Name, isAre(above))
			if !a.private {
				text += fmt.Sprintf("; the largest is %s", formatNumber(c.Max))
			}
			a.add("range", "Out of range", text+".", AlertColumn{c.Name, a.several(above, "value") + " above 1"})
		}
	}
}

func absOr0(n Number) float64 {
	if n.isNaN() {
		return 0
	}
	return math.Abs(float64(n))
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func (a *analysis) alertDuplicates() {
	if n := a.report.DuplicateRows; n > 0 {
		without := ""
		if a.report.IDName != "" {
			without = ", the id aside,"
		}
		a.add("duplicates", "Duplicate rows", fmt.Sprintf("%s%s %s the same as an earlier one.", a.several(n, "row"), without, isAre(n)))
	}
}

func (a *analysis) alertMissing() {
	depends := map[string]string{}
	for _, c := range a.report.Missing.Columns {
		if len(c.Depends) > 0 && math.Abs(float64(c.Depends[0].Difference)) >= 0.2 {
			depends[c.Name] = ", not at random"
		}
	}
	text := "{columns} {has} missing values: decide how to fill them in."
	if l := a.report.Missing.Little; l != nil && l.P < 0.001 {
		text = "{columns} {has} missing values, and not completely at random (" + pValue(float64(l.P)) + "): see what it depends on before you fill them in."
	}
	a.alertColumns("missing", "Missing values", text, func(c *Column) (float64, string) {
		figure := fmt.Sprintf("%s, %s%s", a.several(c.Missing, "row"), share(c.Missing, a.report.Rows), depends[c.Name])
		if a.tooFew(c.Missing) {
			figure = a.several(c.Missing, "row")
		}
		return float64(c.Missing) * yes(c.Kind != Empty), figure
	})
}

func (a *analysis) alertIDs() {
	a.alertColumns("id", "An id?", "{columns} {has} a different value in every row. If it names the row, profile the table with it as the id.", func(c *Column) (float64, string) {
		counting := c.Kind == Numeric && c.Whole == c.Numbers && float64(c.Range) < 10*float64(c.Numbers)
		return yes((c.Kind == Text || counting) && c.Distinct == c.Count && c.Count >= 20), "all different"
	})
}

func (a *analysis) alertCorrelated() {
	var list []AlertColumn
	var first string
	pairs := 0
	for _, p := range a.report.Associations.Pairs {
		strongest := max(math.Abs(float64(p.Value)), absOr0(p.Spearman))
		if strongest < strongCorrelation || strongest < 2*float64(p.Chance) {
			continue
		}
		figure := fmt.Sprintf("and %s: %s", p.B, formatFixed(p.Value, 2))
		if p.Measure == Pearson {
			figure += fmt.Sprintf(" (by ranks %s)", formatFixed(p.Spearman, 2))
		}
		if pairs++; pairs == 1 {
			first = fmt.Sprintf("%s and %s", p.A, p.B)
		}
		if pairs <= listed {
			list = append(list, AlertColumn{p.A, figure})
		}
	}
	if pairs > 0 {
		say := fmt.Sprintf("%d pairs of columns say nearly the same, most of all %s", pairs, first)
		if pairs == 1 {
			say = "Two columns say nearly the same: " + first
		}
		a.add("correlated", "High correlation", say+". What they share counts twice in a distance.", list...)
	}
}

func (a *analysis) alertDominant() {
	a.alertColumns("dominant", "One value rules", "{columns} {has} one value in more than 80 % of the rows: little is left to tell them apart by.", func(c *Column) (float64, string) {
		if len(c.Frequent) == 0 || c.Distinct < 2 || c.Kind == Text || c.Kind == Mixed {
			return 0, ""
		}
		v := c.Frequent[0]
		s := float64(v.Count) / float64(c.Count)
		if a.report.Kept < a.report.Rows && c.Kind != Categorical && c.Kind != Boolean {
			s = float64(v.Count) / float64(a.report.Kept)
		}
		return s * yes(s > dominant), fmt.Sprintf("%s in %s", v.label(), percent(s))
	})
}

// alertScales says that distances need scaled columns.
func (a *analysis) alertScales() {
	var most, least *Column
	for i := range a.report.Columns {
		c := &a.report.Columns[i]
		if c.Kind != Numeric || !(c.Std > 0) {
			continue
		}
		if most == nil || c.Std > most.Std {
			most = c
		}
		if least == nil || c.Std < least.Std {
			least = c
		}
	}
	if most != nil && most.Std > unlikeScales*least.Std {
		a.add("scales", "Unlike scales", fmt.Sprintf("The standard deviation of %s is %s times that of %s: scale the columns before measuring distances.",
			most.Name, formatCount(int(min(1e15, float64(most.Std/least.Std)))), least.Name), AlertColumn{most.Name, formatNumber(most.Std)}, AlertColumn{least.Name, formatNumber(least.Std)})
	}
}

func (a *analysis) alertWhole() {
	a.alertColumns("whole", "Whole numbers as decimals", "{columns} {has} whole numbers, all or nearly all, stored as decimals. What are the exceptions: rounded, averaged, filled in?", func(c *Column) (float64, string) {
		if c.Kind != Numeric || c.Discrete {
			return 0, ""
		}
		spelled := 0
		for j := range a.table.Columns {
			if a.table.Columns[j].Name == c.Name {
				spelled = a.table.Columns[j].Decimals
			}
		}
		odd := c.Numbers - c.Whole
		switch {
		case odd > 0 && float64(odd) <= fewOdd*float64(c.Numbers):
			return 2, fmt.Sprintf("all but %s", a.several(odd, "value"))
		case odd == 0 && spelled > 0:
			return 1, "all whole"
		}
		return 0, ""
	})
}
