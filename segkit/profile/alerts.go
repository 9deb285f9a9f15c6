package profile

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"example.com/marketing/segkit/profile/internal/columns"
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
	fewRows           = 10
)

// alert collects what a reader should know: what is wrong before what is unusual.
func (a *analysis) alert() {
	if a.report.Rows < fewRows { // anything can be said of so few
		return
	}
	a.alertMixed()
	a.alertWritten()
	a.alertIdentifiers()
	a.alertRange()
	a.alertSums()
	a.alertDuplicates()
	a.alertMissing()
	a.alertColumns("empty", "No values", "{columns} {has} no value at all: drop {them}.", func(c *Column, _ *columns.Column) (float64, string) {
		return yes(c.Kind == Empty), "empty"
	})
	a.alertColumns("constant", "Constant", "{columns} {has} one value and no other: nothing can be learned from {them}.", func(c *Column, _ *columns.Column) (float64, string) {
		return yes(c.Distinct == 1), "constant"
	})
	a.alertIDs()
	a.alertCorrelated()
	a.alertColumns("skew", "Skewed", "{columns} {has} a long tail (skewness beyond ±2): the mean says little about a usual row, and the tail rules squared distances.", func(c *Column, _ *columns.Column) (float64, string) {
		if c.Kind != Numeric || c.Discrete || !(math.Abs(float64(c.Skewness)) > strongSkew) {
			return 0, ""
		}
		return math.Abs(float64(c.Skewness)), "skewness " + formatFixed(c.Skewness, 1)
	})
	a.alertColumns("outliers", "Outliers", "{columns} {has} more than 5 % of the values beyond the whiskers of the box plot. Look before you drop any: far out on money are often the best customers.", func(c *Column, _ *columns.Column) (float64, string) {
		share := float64(c.Box.Below+c.Box.Above) / float64(c.Kept)
		return share * yes(c.Kind == Numeric && !c.Discrete && share > manyOutliers && !a.tooFew(c.Box.Below+c.Box.Above)), a.percent(share)
	})
	a.alertColumns("zeros", "Many zeros", "{columns} {is} zero in more than a third of the rows: those who do not do it at all are a group of their own{each}.", func(c *Column, _ *columns.Column) (float64, string) {
		share := float64(c.Zeros) / float64(c.Count)
		return share * yes(c.Kind == Numeric && c.Distinct > 1 && share > manyZeros && !a.tooFew(c.Zeros)), a.percent(share)
	})
	a.alertDominant()
	a.alertScales()
	a.alertWhole()
	a.alertColumns("cardinality", "Many different texts", "{columns} {has} more than 50 different texts: group the rare ones before you compare.", func(c *Column, _ *columns.Column) (float64, string) {
		return float64(c.Distinct) * yes((c.Kind == Categorical || c.Kind == Text) && c.Distinct > manyTexts && c.Distinct < c.Count), formatCount(c.Distinct) + " different"
	})
	a.alertColumns("ambiguous", "Day or month first?", "{columns} {has} dates that can be read both ways; they were read with the month first.", func(_ *Column, in *columns.Column) (float64, string) {
		return yes(in.Ambiguous), "month first"
	})
}

func yes(b bool) float64 { return float64(b2i(b)) }

func (a *analysis) add(kind, title, text string, columns ...AlertColumn) {
	a.report.Alerts = append(a.report.Alerts, Alert{Kind: kind, Title: title, Text: text, Columns: columns})
}

// alertColumns makes one alert of all columns whose weight is above 0, the heaviest first; weigh is given what the report and
// what the input says of a column. The words in braces stand for one
// column, or for several.
func (a *analysis) alertColumns(kind, title, text string, weigh func(c *Column, in *columns.Column) (weight float64, figure string)) {
	type weighed struct {
		AlertColumn
		weight float64
	}
	var list []weighed
	for i := range a.report.Columns {
		c := &a.report.Columns[i]
		if c.Kind == Identifier || a.tooFew(c.Count) && c.Kind != Empty {
			continue
		}
		if w, figure := weigh(c, &a.table.Columns[i]); w > 0 {
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
		words = strings.NewReplacer("{columns}", short(list[0].Name), "{has}", "has", "{is}", "is", "{them}", "it", "{each}", "")
	}
	a.add(kind, title, words.Replace(text), named...)
}

// several counts things; where that is private, it says how few they are at most.
func (a *analysis) several(n int, noun string) string {
	switch {
	case a.tooFew(n):
		return fmt.Sprintf("up to %d %ss", SmallCount-1, noun)
	case a.private:
		return fmt.Sprintf("about %s %ss", formatCount(coarse(n)), noun)
	}
	if n == 1 {
		return "1 " + noun
	}
	return formatCount(n) + " " + noun + "s"
}

// about counts things of the rows kept: where these are a sample, it says about how many they are of all rows.
func (a *analysis) about(n int, noun string) string {
	if a.report.Kept == a.report.Rows {
		return a.several(n, noun)
	}
	return fmt.Sprintf("about %s %ss", formatNumber(rounded(Number(float64(n)*float64(a.report.Rows)/float64(a.report.Kept)), 2)), noun)
}

// short clips a name for a sentence.
func short(name string) string { return clip(name, 60) }

// percent is in whole percents where exact ones would count single rows.
func (a *analysis) percent(share float64) string {
	if a.private {
		return fmt.Sprintf("about %.0f\u00a0%%", 100*share)
	}
	return percent(share)
}

func absOr0(n Number) float64 {
	if n.isNaN() {
		return 0
	}
	return math.Abs(float64(n))
}

func (a *analysis) isAre(n int) string {
	if n == 1 && !a.private { // which does not tell one from a few
		return "is"
	}
	return "are"
}

func (a *analysis) alertMissing() {
	depends := map[string]string{}
	for _, c := range a.report.Missing.Columns {
		if len(c.Depends) > 0 && c.Depends[0].size() >= 0.2 {
			depends[c.Name] = ", depends on other columns"
		}
	}
	text := "{columns} {has} missing values: decide how to fill them in."
	if l := a.report.Missing.Little; l != nil && l.P < 0.001 {
		text = "{columns} {has} missing values, and not completely at random (" + pValue(float64(l.P)) + "): look at what that depends on before you fill them in."
	}
	a.alertColumns("missing", "Missing values", text, func(c *Column, _ *columns.Column) (float64, string) {
		figure := fmt.Sprintf("%s, %s%s", a.several(c.Missing, "row"), a.percent(float64(c.Missing)/float64(a.report.Rows)), depends[c.Name])
		if a.tooFew(c.Missing) {
			figure = a.several(c.Missing, "row")
		}
		return float64(c.Missing) * yes(c.Kind != Empty), figure
	})
}

func (a *analysis) alertCorrelated() {
	var list []AlertColumn
	var first string
	pairs := 0
	as := &a.report.Associations
	for _, p := range as.Pairs {
		strongest := max(math.Abs(float64(p.Value)), absOr0(p.Spearman))
		if p.Measure == TheilsU { // one that says all about the other need not be told by it
			i, j := slices.Index(as.Names, p.A), slices.Index(as.Names, p.B)
			strongest = min(strongest, float64(as.TheilsU[j][i]))
		}
		if strongest < strongCorrelation || strongest < 2*float64(p.Chance) {
			continue
		}
		figure := fmt.Sprintf("and %s: %s", short(p.B), formatFixed(p.Value, 2))
		if p.Measure == Pearson {
			figure += fmt.Sprintf(" (by ranks %s)", formatFixed(p.Spearman, 2))
		}
		if pairs++; pairs == 1 {
			first = fmt.Sprintf("%s and %s", short(p.A), short(p.B))
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
	a.alertColumns("dominant", "One value rules", "{columns} {has} one value in more than 80 % of the rows: little is left to tell them apart by.", func(c *Column, _ *columns.Column) (float64, string) {
		if len(c.Frequent) == 0 || c.Distinct < 2 || c.Kind == Text || c.Kind == Mixed {
			return 0, ""
		}
		v := c.Frequent[0]
		s := float64(v.Count) / float64(c.Count)
		if c.Kind != Categorical && c.Kind != Boolean {
			s = float64(v.Count) / float64(c.Kept)
		}
		if a.tooFew(v.Count) {
			return 0, ""
		}
		return s * yes(s > dominant), fmt.Sprintf("%s in %s", v.label(), a.percent(s))
	})
}

// alertScales says that distances need scaled columns.
func (a *analysis) alertScales() {
	var most, least *Column
	for i := range a.report.Columns {
		c := &a.report.Columns[i]
		if c.Kind != Numeric || a.tooFew(c.Numbers) || !(c.Std > 0) || math.IsInf(float64(c.Std), 0) {
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
			short(most.Name), formatNumber(rounded(most.Std/least.Std, 3)), short(least.Name)), AlertColumn{most.Name, formatNumber(rounded(most.Std, 2))}, AlertColumn{least.Name, formatNumber(rounded(least.Std, 2))})
	}
}
