package segment

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode/utf8"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/dataset"
	"example.com/marketing/segkit/internal/distance"
)

// Rules say in which segment a customer is by a few questions about columns in their own units: a decision tree that was
// fitted to the labels of a segmentation. It is a surrogate, to be read and to be run where the model cannot be: how often
// the two agree was measured on customers that the tree had not seen.
type Rules struct {
	Columns  []string  // d, of the table that they were fitted to
	Fill     []float64 // d, what a missing value counts as: the median of the fitted rows
	Segments int       // k
	HeldOut  RuleCheck // how right they are

	root *ruleNode
}

// RuleCheck compares rules with the segmentation on customers that they were not fitted to. What there is nobody to measure
// on is nil, and null in JSON.
type RuleCheck struct {
	Customers int        `json:"customers"`
	Fidelity  *float64   `json:"fidelity"`  // share of them to whom the rules give their segment
	Precision []*float64 `json:"precision"` // k: of those to whom the rules give segment c, the share that belongs there
	Recall    []*float64 `json:"recall"`    // k: of those who belong to segment c, the share to whom the rules give it
	Confusion [][]int    `json:"confusion"` // k×k: customers who belong to segment row and are given segment column
}

// RuleOptions of FitRules. The zero value of a field means its default.
type RuleOptions struct {
	MaxLeaves int     // default 2k, at most 1000
	MinLeaf   int     // fewest fitted customers in a leaf; default 0.2 % of them, but at least 5
	HeldOut   float64 // share of each segment's customers that is not fitted but measured on, below 1; default 0.3
	Seed      uint64  // of the draw of those
}

// More than this nobody reads; as many as this SQLite runs.
const (
	mostRuleLeaves   = 1000
	mostRuleSegments = mostRuleLeaves / 2
)

func (o *RuleOptions) defaults(k int) (RuleOptions, error) {
	var out RuleOptions
	if o != nil {
		out = *o
	}
	if out.MaxLeaves == 0 {
		out.MaxLeaves = 2 * k
	}
	if out.HeldOut == 0 {
		out.HeldOut = 0.3
	}
	switch {
	case out.MaxLeaves < 1 || out.MaxLeaves > mostRuleLeaves:
		return out, fmt.Errorf("%w: %d leaves, not 1 to %d", ErrRange, out.MaxLeaves, mostRuleLeaves)
	case out.MinLeaf < 0:
		return out, fmt.Errorf("%w: %d customers in a leaf", ErrRange, out.MinLeaf)
	case !(out.HeldOut > 0 && out.HeldOut < 1):
		return out, fmt.Errorf("%w: a share of %v held out", ErrRange, out.HeldOut)
	}
	return out, nil
}

// FitRules fits rules to labels from 0 to k-1, of which each must occur, for the n rows of a table in business units, n×d.
//
// It draws a share of each segment's customers (rounded, and never all) to be held out, and grows a classification tree on
// the others (CART: Breiman, Friedman, Olshen and Stone, 1984). A leaf's segment is that of most of its customers. The leaf
// whose best split makes the sum over leaves of Gini impurity times customers fall most is split first, until there are
// MaxLeaves, or no split helps. Of equal splits the one of the first column wins, then the lowest; of equal leaves
// the older; of equal segments the lower number. Then siblings of the same segment are made one, so that there may be fewer
// leaves. That tree is the one that is measured and returned: it is not fitted again to everybody.
//
// A threshold lies between two neighbouring values of the fitted customers, nearest to their middle among the numbers of as
// few significant digits as can lie between them. A missing value is filled with the median of the fitted rows;
// a column without one there is never asked about, and has Fill 0.
//
// A segment of fewer customers than a leaf must have gets no rule unless it is the most frequent one somewhere: its Recall
// is 0, its Precision nil.
//
// Names of columns that occur twice, hold a NUL or are not UTF-8 are an error that wraps ErrColumns, options out of range one
// that wraps ErrRange. No rows, an infinite value, a number without customers and more than 500 segments are errors. It
// panics with mat.ErrShape if there are not n labels, and for a negative one. Columns are sorted once: the cost is
// O(d·n·(log n + depth)), on all processors, in 12·d·n bytes.
func FitRules(t *dataset.Table, labels []int, o *RuleOptions) (*Rules, error) {
	n, d := t.Dims()
	if len(labels) != n {
		panic(mat.ErrShape)
	}
	if n == 0 {
		return nil, errors.New("segment: rules: the table has no rows")
	}
	k := slices.Max(labels) + 1
	if k > mostRuleSegments {
		return nil, fmt.Errorf("segment: rules: label %d, for at most %d segments", k-1, mostRuleSegments)
	}
	sizes, err := countSegments(labels, n, max(k, 1))
	if err != nil {
		return nil, fmt.Errorf("segment: rules: %w", err)
	}
	if c := slices.Index(sizes, 0); c >= 0 {
		return nil, fmt.Errorf("segment: rules: no customer has label %d, though labels run to %d", c, k-1)
	}
	options, err := o.defaults(k)
	if err != nil {
		return nil, fmt.Errorf("segment: rules: %w", err)
	}
	if err := checkRuleColumns(t.Names); err != nil {
		return nil, fmt.Errorf("segment: rules: %w: %w", ErrColumns, err)
	}
	for i := range n {
		for j, v := range t.X.RawRowView(i) {
			if math.Abs(v) > distance.Largest {
				return nil, fmt.Errorf("segment: rules: row %d has %v in %s", i, v, t.Names[j])
			}
		}
	}
	fitted, held := holdOut(labels, sizes, options.HeldOut, options.Seed)
	if options.MinLeaf == 0 {
		options.MinLeaf = max(5, (len(fitted)+499)/500)
	}
	r := &Rules{Columns: slices.Clone(t.Names), Fill: make([]float64, d), Segments: k}
	g := newRuleGrowth(t.X, labels, fitted, k, options.MinLeaf, r.Fill)
	r.root = g.grow(options.MaxLeaves)
	r.root.merge()
	for _, i := range held {
		r.root.leaf(t.X.RawRowView(i), r.Fill).heldOut[labels[i]]++
	}
	r.HeldOut = r.root.measure(k)
	return r, nil
}

// holdOut divides the rows, each segment's by itself, into those that are fitted and those that are not; both ascend.
func holdOut(labels, sizes []int, share float64, seed uint64) (fitted, held []int) {
	members := make([][]int, len(sizes))
	for i, c := range labels {
		members[c] = append(members[c], i)
	}
	random := rand.New(rand.NewPCG(seed, 0))
	for _, rows := range members {
		random.Shuffle(len(rows), func(a, b int) { rows[a], rows[b] = rows[b], rows[a] })
		cut := min(int(math.Round(share*float64(len(rows)))), len(rows)-1)
		held = append(held, rows[:cut]...)
		fitted = append(fitted, rows[cut:]...)
	}
	slices.Sort(held)
	slices.Sort(fitted)
	return fitted, held
}

// checkRuleColumns refuses names that neither SQL nor JSON could tell apart.
func checkRuleColumns(names []string) error {
	seen := map[string]bool{}
	for _, name := range names {
		switch {
		case seen[name]:
			return fmt.Errorf("two columns are called %q", name)
		case strings.ContainsRune(name, 0) || !utf8.ValidString(name):
			return fmt.Errorf("the name %q is not text", name)
		}
		seen[name] = true
	}
	return nil
}

// Segment returns the segment that the rules give to a customer: d values in the order of Columns, NaN where one is missing.
// It panics with mat.ErrShape if there are not d.
func (r *Rules) Segment(row []float64) int {
	if len(row) != len(r.Columns) {
		panic(mat.ErrShape)
	}
	return r.root.leaf(row, r.Fill).segment
}

// Predict returns the segments that the rules give to the rows of a table. It needs the columns that the rules ask about,
// in any order; one that is not there is an error that wraps ErrColumns.
func (r *Rules) Predict(t *dataset.Table) ([]int, error) {
	n, _ := t.Dims()
	from := make([]int, len(r.Columns)) // -1 where the rules do not ask
	var lacking []string
	for j, asked := range r.asked() {
		from[j] = -1
		if asked {
			if from[j] = t.Index(r.Columns[j]); from[j] < 0 {
				lacking = append(lacking, fmt.Sprintf("%q", r.Columns[j]))
			}
		}
	}
	if lacking != nil {
		return nil, fmt.Errorf("segment: rules: %w: they ask about %s, which the table does not have", ErrColumns, list(lacking))
	}
	segments, row := make([]int, n), make([]float64, len(r.Columns))
	for i := range n {
		for j, source := range from {
			if source >= 0 {
				row[j] = t.X.At(i, source)
			}
		}
		segments[i] = r.root.leaf(row, r.Fill).segment
	}
	return segments, nil
}

// asked says of each column whether there is a question about it.
func (r *Rules) asked() []bool {
	asked := make([]bool, len(r.Columns))
	r.root.each(func(q *ruleNode) {
		if q.yes != nil {
			asked[q.column] = true
		}
	})
	return asked
}
