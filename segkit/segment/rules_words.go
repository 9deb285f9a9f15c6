package segment

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"gonum.org/v1/gonum/mat"
)

// Text returns the rules in words: first how right they are, then one line for each, by segment, the rule for most customers
// first, then the precision and recall of each segment, and what missing values count as. Numbers are those that Predict compares with, to the last digit. names are those
// of the k segments; nil calls them segment 0 and so on. It panics with mat.ErrShape if there are others than k.
func (r *Rules) Text(names []string) string {
	names, _ = r.segmentNames(names)
	var b strings.Builder
	b.WriteString(r.HeldOut.words(names))
	for _, rule := range r.rules() {
		b.WriteString(rule.condition(r.Columns))
		fmt.Fprintf(&b, " %s (%s)\n", inText(names[rule.leaf.segment]), rule.leaf.words())
	}
	given := make([]bool, r.Segments)
	for _, rule := range r.rules() {
		given[rule.leaf.segment] = true
	}
	for c, name := range names {
		switch precision, recall := r.HeldOut.Precision[c], r.HeldOut.Recall[c]; {
		case !given[c]:
			fmt.Fprintf(&b, "No rule leads to %s.\n", inText(name))
		case precision != nil && recall != nil:
			fmt.Fprintf(&b, "Of the held-out customers given %s, %s belong there; of those who belong there, %s are given it.\n",
				inText(name), inPercent(*precision), inPercent(*recall))
		}
	}
	var missing []string
	for j, asked := range r.asked() {
		if asked {
			missing = append(missing, inText(r.Columns[j])+" "+exactly(r.Fill[j]))
		}
	}
	if missing != nil {
		fmt.Fprintf(&b, "A missing value counts as the median: %s.\n", list(missing))
	}
	return b.String()
}

// words says how right the rules are, and how right who always says the largest segment would be.
func (m RuleCheck) words(names []string) string {
	if m.Fidelity == nil {
		return "No customers were held out: how right these rules are is not known.\n"
	}
	largest, most := 0, 0
	for c, row := range m.Confusion {
		belong := 0
		for _, count := range row {
			belong += count
		}
		if belong > most {
			largest, most = c, belong
		}
	}
	return fmt.Sprintf("Right for %s of %s held-out customers; always saying %s would be right for %s.\n",
		inPercent(*m.Fidelity), count(m.Customers), inText(names[largest]), inPercent(float64(most)/float64(m.Customers)))
}

// words says how right a leaf is.
func (q *ruleNode) words() string {
	there := 0
	for _, count := range q.heldOut {
		there += count
	}
	switch there {
	case 0:
		return "no held-out customer is there"
	case 1:
		return fmt.Sprintf("right for %d of the 1 held-out customer there", q.heldOut[q.segment])
	}
	return fmt.Sprintf("right for %s of the %s held-out customers there",
		inPercent(float64(q.heldOut[q.segment])/float64(there)), count(there))
}

// SQL returns the rules as an expression of standard SQL over a table that has the columns under their names:
//
//	SELECT *, CASE WHEN … THEN 'savers' … END AS segment FROM customers
//
// A NULL counts as the median, as in training. The result is the segment's name, or its number where names are nil. Names
// may hold anything but NUL, which is left out of those of segments. MySQL reads it with sql_mode ANSI and
// NO_BACKSLASH_ESCAPES. SQLite takes a quoted column that the table does not have for a string, without an error:
// see that it has them. It panics with mat.ErrShape if there are other than k names.
func (r *Rules) SQL(names []string) string {
	names, given := r.segmentNames(names)
	var b strings.Builder
	b.WriteString("CASE\n")
	for _, rule := range r.rules() {
		result := strconv.Itoa(rule.leaf.segment)
		if given {
			result = quoted(strings.ReplaceAll(names[rule.leaf.segment], "\x00", ""), `'`)
		}
		var conditions []string
		for _, q := range rule.ranges {
			value := fmt.Sprintf("COALESCE(%s, %s)", quoted(r.Columns[q.column], `"`), inSQL(r.Fill[q.column]))
			if !math.IsInf(q.low, 0) {
				conditions = append(conditions, value+" > "+inSQL(q.low))
			}
			if !math.IsInf(q.high, 0) {
				conditions = append(conditions, value+" <= "+inSQL(q.high))
			}
		}
		if conditions == nil {
			conditions = []string{"1 = 1"} // CASE wants a WHEN
		}
		fmt.Fprintf(&b, "  WHEN %s THEN %s\n", strings.Join(conditions, " AND "), result)
	}
	b.WriteString("END")
	return b.String()
}

// segmentNames returns the names, or numbers where there are none, and whether there were.
func (r *Rules) segmentNames(names []string) ([]string, bool) {
	if names == nil {
		for c := range r.Segments {
			names = append(names, "segment "+strconv.Itoa(c))
		}
		return names, false
	}
	if len(names) != r.Segments {
		panic(mat.ErrShape)
	}
	return names, true
}

// rules returns them by segment, those for most customers first.
func (r *Rules) rules() []rule {
	all := r.root.rules(nil)
	slices.SortStableFunc(all, func(a, b rule) int {
		return cmp.Or(cmp.Compare(a.leaf.segment, b.leaf.segment), cmp.Compare(b.leaf.fitted, a.leaf.fitted))
	})
	return all
}

// condition is the rule's IF.
func (r rule) condition(columns []string) string {
	if r.ranges == nil {
		return "ALWAYS"
	}
	parts := make([]string, len(r.ranges))
	for i, q := range r.ranges {
		name := inText(columns[q.column])
		switch {
		case math.IsInf(q.low, 0):
			parts[i] = name + " ≤ " + exactly(q.high)
		case math.IsInf(q.high, 0):
			parts[i] = name + " > " + exactly(q.low)
		default:
			parts[i] = exactly(q.low) + " < " + name + " ≤ " + exactly(q.high)
		}
	}
	return "IF " + strings.Join(parts, " AND ") + " THEN"
}

// exactly writes all digits of v that count, with thousands separated.
func exactly(v float64) string {
	digits, negative := strings.CutPrefix(inSQL(v), "-")
	whole, decimals, found := strings.Cut(digits, ".")
	if !strings.Contains(digits, "e") {
		whole = thousands(whole)
	}
	if found {
		whole += "." + decimals
	}
	if negative && v != 0 {
		return "−" + whole
	}
	return whole
}

// inSQL writes v so that reading it gives v again.
func inSQL(v float64) string {
	if size := math.Abs(v); size >= 1e15 || size != 0 && size < 1e-7 {
		return strconv.FormatFloat(v, 'e', -1, 64)
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// quoted sets a name between quotes; those within are doubled.
func quoted(name, quote string) string {
	return quote + strings.ReplaceAll(name, quote, quote+quote) + quote
}

// inText quotes a name that would break the line.
func inText(name string) string {
	if strings.ContainsFunc(name, unicode.IsControl) {
		return strconv.Quote(name)
	}
	return name
}
