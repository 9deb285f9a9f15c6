package profile

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"example.com/marketing/segkit/profile/internal/columns"
)

// Missing says which values are missing together, and whether that depends on the other columns. In a mixed column, texts
// are missing numbers here.
type Missing struct {
	Columns      []MissingColumn `json:"columns"`       // those with missing values, most first
	CompleteRows int             `json:"complete_rows"` // of those kept, columns without any value aside
	PatternCount int             `json:"pattern_count"`
	Patterns     []Pattern       `json:"patterns"` // the most frequent first, at most 30
	Together     []Together      `json:"together"` // pairs of columns, strongest |Phi| first, at most 30
	Little       *Little         `json:"little"`   // nil where the test could not be computed; Words says why
	Words        string          `json:"words"`    // what all this says
}

// MissingColumn is a column with missing values.
type MissingColumn struct {
	Name    string  `json:"name"`
	Missing int     `json:"missing"`
	Depends []Depth `json:"depends"` // how rows with and without a value differ, most first, at most 10
	Words   string  `json:"words"`
}

// Depth compares one figure of another column between the rows that lack a value and those that have it.
type Depth struct {
	Name string `json:"name"`
	// Value is "" where the figures are means of numbers. Else they are the shares of rows that have this value.
	Value   string `json:"value"`
	Missing Number `json:"missing"` // the figure of the rows that lack a value
	Present Number `json:"present"` // and of the others
	// Difference is standardised: of the two figures, in units of the root of the mean of both variances. By custom 0.2 is
	// small and 0.8 large (Cohen, 1988). NaN where the figures differ and neither varies.
	Difference Number `json:"difference"`
}

// size is how far apart the figures are, whatever the direction: infinitely, where neither varies.
func (d Depth) size() float64 {
	if d.Difference.isNaN() {
		return math.Inf(1)
	}
	return math.Abs(float64(d.Difference))
}

// Pattern is a set of columns that are missing together, and no other.
type Pattern struct {
	Columns []string `json:"columns"` // none: the complete rows
	Rows    int      `json:"rows"`
}

// Together says how two columns' missing values go together.
type Together struct {
	A     string `json:"a"`
	B     string `json:"b"`
	Both  int    `json:"both"` // rows that lack both
	OnlyA int    `json:"only_a"`
	OnlyB int    `json:"only_b"`
	Phi   Number `json:"phi"` // correlation of the two, -1 to 1
}

// Little is the test of values that are missing completely at random (Little, 1988): whether the means of the columns differ
// between the patterns by more than chance. It takes the columns to be normally distributed; on skewed ones its P is a rough
// figure.
type Little struct {
	Statistic Number   `json:"statistic"` // chi-squared under the hypothesis
	DF        int      `json:"df"`
	P         Number   `json:"p"`
	Patterns  int      `json:"patterns"`
	Rows      int      `json:"rows"`
	Left      []string `json:"left"` // columns that took no part: constant, or determined by others
}

const (
	maxPatterns   = 30
	littleColumns = 60
	manyPatterns  = 1000
	rowsOfMany    = 10_000 // of Little's test, where there are many patterns
	fewMissing    = 10     // too few missing values to compare
)

func (a *analysis) missing() error {
	m := &a.report.Missing
	*m = Missing{Columns: []MissingColumn{}, Patterns: []Pattern{}, Together: []Together{}}
	var holes []*columns.Column
	for j := range a.table.Columns {
		if c := &a.table.Columns[j]; c.X != nil && lacking(c) > 0 {
			holes = append(holes, c)
		}
	}
	slices.SortStableFunc(holes, func(a, b *columns.Column) int { return cmp.Compare(lacking(b), lacking(a)) })
	a.patterns(holes)
	a.together(holes)
	for _, c := range holes {
		m.Columns = append(m.Columns, MissingColumn{Name: c.Name, Missing: lacking(c)})
	}
	if err := each(a, len(holes), func(i int, _ *struct{}) { a.depends(&m.Columns[i], holes[i]) }); err != nil {
		return err
	}
	for _, c := range a.report.Columns {
		if c.Kind == Empty && c.Missing > 0 {
			m.Columns = append(m.Columns, MissingColumn{Name: c.Name, Missing: c.Missing, Depends: []Depth{}, Words: "No row has a value."})
		}
	}
	return a.little(holes)
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// lacking counts the rows without a usable value: only mixed columns have texts.
func lacking(c *columns.Column) int { return c.Missing + c.Texts }

// patterns counts the sets of missing columns.
func (a *analysis) patterns(holes []*columns.Column) {
	m := &a.report.Missing
	counts := map[string]int{}
	key := make([]byte, (len(holes)+7)/8)
	for row := range a.table.Kept {
		clear(key)
		for j, c := range holes {
			if math.IsNaN(c.X[row]) {
				key[j/8] |= 1 << (j % 8)
			}
		}
		counts[string(key)]++
	}
	m.CompleteRows, m.PatternCount = counts[string(make([]byte, len(key)))], len(counts)
	keys := make([]string, 0, len(counts))
	for k := range counts {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	for _, k := range keys[:min(maxPatterns, len(keys))] {
		p := Pattern{Columns: []string{}, Rows: counts[k]}
		for j, c := range holes {
			if k[j/8]&(1<<(j%8)) != 0 {
				p.Columns = append(p.Columns, c.Name)
			}
		}
		m.Patterns = append(m.Patterns, p)
	}
}

// together compares the missing values of each pair of columns, of the 50 with the most.
func (a *analysis) together(holes []*columns.Column) {
	holes = holes[:min(50, len(holes))]
	n := float64(a.table.Kept)
	var list []Together
	for i, c := range holes {
		for _, d := range holes[:i] {
			t := Together{A: d.Name, B: c.Name}
			for row, v := range d.X {
				switch w := c.X[row]; {
				case math.IsNaN(v) && math.IsNaN(w):
					t.Both++
				case math.IsNaN(v):
					t.OnlyA++
				case math.IsNaN(w):
					t.OnlyB++
				}
			}
			p, q := float64(t.Both+t.OnlyA)/n, float64(t.Both+t.OnlyB)/n
			if t.Phi = Number((float64(t.Both)/n - p*q) / math.Sqrt(p*(1-p)*q*(1-q))); t.Phi.isNaN() {
				continue // one of them is missing everywhere
			}
			list = append(list, t)
		}
	}
	slices.SortStableFunc(list, func(a, b Together) int { return stronger(a.Phi, b.Phi) })
	a.report.Missing.Together = append(a.report.Missing.Together, list[:min(30, len(list))]...)
}

// depends compares the rows that lack a value of c with the others. Where columns and rows are many, it does so on as many
// rows as costliest allows, drawn at random.
func (a *analysis) depends(m *MissingColumn, c *columns.Column) {
	m.Depends = []Depth{}
	absent := 0
	for _, v := range c.X {
		if math.IsNaN(v) {
			absent++
		}
	}
	if absent < fewMissing || len(c.X)-absent < fewMissing {
		m.Words = "Too few rows lack a value to compare them with the others."
		if absent >= fewMissing {
			m.Words = "Too few rows have a value to compare the others with them."
		}
		return
	}
	var rows []int32
	if most := int(costliest / float64(len(a.report.Missing.Columns)*len(a.table.Columns))); most < len(c.X) {
		rows = sampleRows(len(c.X), most, a.seed)
	}
	for j := range a.table.Columns {
		other := &a.table.Columns[j]
		if other == c || other.X == nil {
			continue
		}
		if other.Kind == Numeric || other.Kind == Date || other.Kind == Mixed {
			m.Depends = append(m.Depends, a.contrast(c.X, rows, other, "", func(v float64) float64 { return v }))
		}
		for _, l := range a.report.Columns[j].common() {
			if a.tooFew(l.Count) {
				continue
			}
			code := float64(l.Number)
			if l.Number.isNaN() {
				code = float64(slices.IndexFunc(other.Levels, func(m columns.Level) bool { return m.Text == l.Text }))
			}
			m.Depends = append(m.Depends, a.contrast(c.X, rows, other, l.label(), func(v float64) float64 { return yes(v == code) }))
		}
	}
	m.Depends = slices.DeleteFunc(m.Depends, func(d Depth) bool {
		return d.Missing.isNaN() || d.Present.isNaN() || d.Difference == 0 || math.IsInf(float64(d.Difference), 0)
	})
	slices.SortStableFunc(m.Depends, func(a, b Depth) int { return cmp.Compare(b.size(), a.size()) })
	m.Depends = m.Depends[:min(10, len(m.Depends))]
	m.Words = "Rows with and without a value are alike in all other columns."
	if len(m.Depends) > 0 {
		d := m.Depends[0]
		switch s := d.size(); {
		case s < 0.1:
			m.Words = "Rows with and without a value are alike in all other columns: no standardised difference reaches 0.1."
		case d.Value != "":
			m.Words = fmt.Sprintf("%s is %s in %s of the rows without a value and in %s of the others.", short(d.Name), short(d.Value), percent(float64(d.Missing)), percent(float64(d.Present)))
		case math.IsInf(s, 1):
			m.Words = fmt.Sprintf("%s is %s in all rows without a value and %s in all others.", short(d.Name), a.column(d.Name).format(d.Missing), a.column(d.Name).format(d.Present))
		default:
			m.Words = fmt.Sprintf("The mean of %s is %s in the rows without a value and %s in the others, %s standard deviations apart.",
				short(d.Name), a.column(d.Name).format(d.Missing), a.column(d.Name).format(d.Present), formatFixed(Number(s), 2))
		}
	}
}

func (a *analysis) column(name string) *Column {
	for j := range a.report.Columns {
		if a.report.Columns[j].Name == name {
			return &a.report.Columns[j]
		}
	}
	panic("profile: no column " + name) // the names come from the report
}

// common returns the values whose shares are worth comparing: all of a category, and of a number the most frequent one.
func (c *Column) common() []Value {
	switch {
	case c.Kind == Boolean && len(c.Levels) == 2:
		return c.Levels[:1]
	case c.Kind == Categorical:
		return c.Levels[:min(listed, len(c.Levels))]
	case c.Kind == Numeric && len(c.Frequent) > 0 && c.Frequent[0].Count*100 >= c.Count && c.Frequent[0].Count > 1 && c.Distinct > 1:
		return c.Frequent[:1]
	}
	return nil
}

func (v Value) label() string {
	if v.Text != "" || v.Number.isNaN() {
		return v.Text
	}
	return formatExact(v.Number)
}
