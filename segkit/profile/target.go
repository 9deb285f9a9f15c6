package profile

import (
	"math"
	"slices"

	"example.com/marketing/segkit/profile/internal/columns"
)

// Target says how one column relates to all others.
type Target struct {
	Name string `json:"name"`
	// Classes names what a bin's Target lists: for a numeric target its name alone, a binary one the value that counts as
	// true, a categorical one its most frequent values, at most six, and then "others".
	Classes []string `json:"classes"`
	Numeric bool     `json:"numeric"` // do bins have means of numbers, not shares?
	Rows    int      `json:"rows"`    // that have a value of the target, of those kept
	// Overall is what a bin's Target says, of all rows.
	Overall []Number `json:"overall"`
	// Columns are the others, those that say the most about the target first.
	Columns []Associate `json:"columns"`
}

const maxClasses = 6

// target holds one number per row and class: the value of a numeric target, 1 or 0 for whether the row is of the class.
// A nil target is none.
type target struct {
	classes []string
	numeric bool
	x       []float64 // the target's column, NaN where it is missing
	private bool
	class   []int // of each level: its position in classes; nil for a number or boolean
}

func (a *analysis) newTarget(c *columns.Column) *target {
	t := &target{private: a.private, x: c.X, numeric: c.Kind != Boolean && c.Kind != Categorical}
	switch {
	case t.numeric:
		t.classes = []string{c.Name}
	case c.Kind == Boolean:
		t.classes = []string{c.Levels[1].Text}
	default:
		named := 0
		for named < min(maxClasses, len(c.Levels)) && !a.tooFew(c.Levels[named].Count) {
			t.classes = append(t.classes, c.Levels[named].Text)
			named++
		}
		if named < len(c.Levels) {
			t.classes = append(t.classes, "others")
		}
		t.class = make([]int, len(c.Levels))
		for i := range t.class {
			t.class[i] = min(i, named)
		}
	}
	return t
}

// add adds the target of a row to one sum per class; ok is whether the row has one.
func (t *target) add(sums []float64, row int32) (ok bool) {
	v := t.x[row]
	switch {
	case math.IsNaN(v):
		return false
	case t.class != nil:
		sums[t.class[int(v)]]++
	default:
		sums[0] += v
	}
	return true
}

// of returns the mean of each class over the given rows, NaN where none has a target.
func (t *target) of(rows []int32) []Number {
	if t == nil {
		return nil
	}
	sums, count := make([]float64, len(t.classes)), 0.0
	for _, row := range rows {
		if t.add(sums, row) {
			count++
		}
	}
	means := make([]Number, len(sums))
	for i, sum := range sums {
		means[i] = Number(sum / count)
		few := count < SmallCount || !t.numeric && (sum > 0 && sum < SmallCount || sum < count && count-sum < SmallCount)
		if t.private && few {
			means[i] = nan
		}
	}
	return means
}

// ofMissing is of the rows that have no value in x; nil where all have.
func (t *target) ofMissing(x []float64) []Number {
	var rows []int32
	for row, v := range x {
		if math.IsNaN(v) {
			rows = append(rows, int32(row))
		}
	}
	if rows == nil {
		return nil
	}
	return t.of(rows)
}

// between returns for each class what of says of the rows from at[i] up to at[i+1].
func (t *target) between(rows []int32, at []int) [][]Number {
	if t == nil {
		return nil
	}
	means := make([][]Number, len(t.classes))
	for i := range len(at) - 1 {
		for k, m := range t.of(rows[at[i]:at[i+1]]) {
			means[k] = append(means[k], m)
		}
	}
	return means
}

// finishTarget lists the associations with the target.
func (a *analysis) finishTarget(name string) {
	t := &Target{Name: name, Classes: a.target.classes, Numeric: a.target.numeric}
	rows := make([]int32, 0, len(a.target.x))
	for row, v := range a.target.x {
		if !math.IsNaN(v) {
			rows = append(rows, int32(row))
		}
	}
	t.Rows, t.Overall = len(rows), a.target.of(rows)
	t.Columns = slices.Clone(a.report.Associations.Of(name))
	a.report.Target = t
}
