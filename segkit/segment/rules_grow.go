package segment

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/dataset"
)

// ruleGrowth grows a tree on m rows. Every column has its own order of the rows, by value; a node has the same range in all
// of them, and a split parts the range in each, keeping the order (Mehta, Agrawal and Rissanen, 1996: SLIQ).
type ruleGrowth struct {
	values  [][]float64 // d×m, without holes
	order   [][]int32   // d×m; nil for a column of one value, which cannot be split
	labels  []int       // m
	left    []bool      // m, for the split that is being made
	k       int
	minLeaf int
}

// ruleBud is a leaf that may become a question.
type ruleBud struct {
	node     *ruleNode
	from, to int   // its rows in each order
	counts   []int // k
	best     ruleSplit
}

// ruleSplit sends the first size rows of a node, in the order of a column, to the left.
type ruleSplit struct {
	column, size int
	gain         float64 // fall of Gini impurity times rows; 0 where there is no split
}

// ruleRounding is the difference of two gains, per row, that may be rounding alone: they count as equal.
const ruleRounding = 1e-12

// newRuleGrowth takes the rows of x that are fitted, and fills their holes with medians, which it leaves in fill.
func newRuleGrowth(x *mat.Dense, labels, fitted []int, k, minLeaf int, fill []float64) *ruleGrowth {
	m, d := len(fitted), len(fill)
	g := &ruleGrowth{
		values: make([][]float64, d), order: make([][]int32, d), labels: make([]int, m), left: make([]bool, m), k: k, minLeaf: minLeaf,
	}
	for i, row := range fitted {
		g.labels[i] = labels[row]
	}
	g.eachColumn(func() func(int) {
		return func(j int) {
			column := make([]float64, m)
			for i, row := range fitted {
				column[i] = x.At(row, j)
			}
			if present := dataset.Present(column); len(present) > 0 {
				slices.Sort(present)
				fill[j] = dataset.Quantile(present, 0.5)
			}
			for i, v := range column {
				if math.IsNaN(v) {
					column[i] = fill[j]
				}
			}
			g.values[j] = column
			if slices.Min(column) == slices.Max(column) {
				return
			}
			order := make([]int32, m)
			for i := range order {
				order[i] = int32(i)
			}
			slices.SortFunc(order, func(a, b int32) int { return cmp.Compare(column[a], column[b]) })
			g.order[j] = order
		}
	})
	return g
}

// eachColumn works on all columns at once; a worker hires the function that does its share.
func (g *ruleGrowth) eachColumn(hire func() func(j int)) {
	// The only error is that of a context that ends, which this one does not.
	_ = inParallel(context.Background(), len(g.values), nil, hire)
}

// grow returns a tree with at most maxLeaves leaves.
func (g *ruleGrowth) grow(maxLeaves int) *ruleNode {
	counts := make([]int, g.k)
	for _, c := range g.labels {
		counts[c]++
	}
	buds := []*ruleBud{g.bud(0, len(g.labels), counts)}
	root := buds[0].node
	for leaves := 1; leaves < maxLeaves; leaves++ {
		next := buds[0]
		for _, b := range buds[1:] {
			if b.best.gain > next.best.gain+ruleRounding*float64(len(g.labels)) {
				next = b
			}
		}
		if next.best.gain == 0 {
			break
		}
		yes, no := g.split(next)
		next.best.gain = 0 // it is no leaf any more
		buds = append(buds, yes, no)
	}
	return root
}

// bud makes a leaf of a range of rows, and looks for its best split.
func (g *ruleGrowth) bud(from, to int, counts []int) *ruleBud {
	most := 0
	for c, count := range counts {
		if count > counts[most] {
			most = c
		}
	}
	b := &ruleBud{
		node: &ruleNode{segment: most, fitted: to - from, heldOut: make([]int, g.k)},
		from: from, to: to, counts: counts,
	}
	if to-from < 2*g.minLeaf || counts[most] == to-from {
		return b
	}
	splits := make([]ruleSplit, len(g.order))
	g.eachColumn(func() func(int) {
		left, right := make([]int, g.k), make([]int, g.k)
		return func(j int) { splits[j] = g.bestSplit(b, j, left, right) }
	})
	for _, s := range splits {
		if s.gain > b.best.gain+ruleRounding*float64(to-from) {
			b.best = s
		}
	}
	return b
}

// bestSplit returns the best split of a leaf by one column. Gini impurity times rows is n - Σ count²/n, so that a split gains
// Σ left²/nLeft + Σ right²/nRight - Σ count²/n. The sums of squares are integers, and change by 2·count±1 with each row.
func (g *ruleGrowth) bestSplit(b *ruleBud, j int, left, right []int) ruleSplit {
	best := ruleSplit{column: j}
	if g.order[j] == nil {
		return best
	}
	rows, column := g.order[j][b.from:b.to], g.values[j]
	clear(left)
	copy(right, b.counts)
	squaresLeft, squaresRight := 0, 0
	for _, count := range right {
		squaresRight += count * count
	}
	n := len(rows)
	whole := float64(squaresRight) / float64(n)
	rounding := ruleRounding * float64(n)
	least := whole + rounding
	next := column[rows[0]]
	for size := 1; size <= n-g.minLeaf; size++ {
		c := g.labels[rows[size-1]]
		squaresLeft += 2*left[c] + 1
		squaresRight -= 2*right[c] - 1
		left[c]++
		right[c]--
		v := next
		next = column[rows[size]]
		if v == next || size < g.minLeaf {
			continue
		}
		if score := float64(squaresLeft)/float64(size) + float64(squaresRight)/float64(n-size); score > least {
			least = score + rounding
			best.size, best.gain = size, score-whole
		}
	}
	return best
}

// split makes a question of a leaf, and returns the leaves of its answers.
func (g *ruleGrowth) split(b *ruleBud) (yes, no *ruleBud) {
	j, middle := b.best.column, b.from+b.best.size
	rows := g.order[j]
	counts := [2][]int{make([]int, g.k), make([]int, g.k)}
	for at := b.from; at < b.to; at++ {
		row := rows[at]
		g.left[row] = at < middle
		side := 0
		if at >= middle {
			side = 1
		}
		counts[side][g.labels[row]]++
	}
	atMost := shortBetween(g.values[j][rows[middle-1]], g.values[j][rows[middle]])
	g.eachColumn(func() func(int) {
		var others []int32
		return func(j int) {
			if g.order[j] == nil {
				return
			}
			rows := g.order[j][b.from:b.to]
			others = others[:0]
			kept := 0
			for _, row := range rows {
				if g.left[row] {
					rows[kept] = row
					kept++
				} else {
					others = append(others, row)
				}
			}
			copy(rows[kept:], others)
		}
	})
	yes, no = g.bud(b.from, middle, counts[0]), g.bud(middle, b.to, counts[1])
	b.node.column, b.node.atMost, b.node.yes, b.node.no = j, atMost, yes.node, no.node
	b.node.segment, b.node.fitted, b.node.heldOut = 0, 0, nil
	return yes, no
}

// shortBetween returns a number above a and below b of the fewest significant digits, the one nearest to their middle: if
// any number of so many digits lies between them, then the middle, rounded to them, does; so close that the middle is itself
// rounded, a or b may be the one to round. Where there is no number between the two it is a.
func shortBetween(a, b float64) float64 {
	for digits := range 17 {
		for _, from := range []float64{a/2 + b/2, a, b} {
			v, err := strconv.ParseFloat(strconv.FormatFloat(from, 'e', digits, 64), 64)
			if err == nil && a < v && v < b {
				return v
			}
		}
	}
	return a
}
