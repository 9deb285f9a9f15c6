package segment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"example.com/marketing/segkit/dataset"
)

// ErrClustered is wrapped by Confirm's error about a column that the segments were made of.
var ErrClustered = errors.New("the segments were made to differ in it")

// ConfirmOptions says how Confirm works. The zero value and nil are the defaults, with seed 0.
type ConfirmOptions struct {
	Columns      []string // to test; default all of the table's that were not clustered
	Permutations int      // default 9999
	Seed         uint64
	Progress     func(done, total int) // called after each permutation; calls do not overlap
}

// Confirmation says in which columns that had no part in making the segments these differ.
type Confirmation struct {
	Rows         int      `json:"rows"`
	Permutations int      `json:"permutations"`
	Clustered    []string `json:"clustered"` // what the caller said the segments were made of
	Tests        []Test   `json:"tests"`     // the largest effect first
}

// Test is about one column.
type Test struct {
	Feature string    `json:"feature"`
	Medians []float64 `json:"medians"` // of each segment
	H       float64   `json:"h"`       // the statistic of Kruskal and Wallis (1952), corrected for ties; 0 for a constant column
	// RankEtaSquared is the effect size, H / (n-1): the share of the ranks' variance that lies between the segments, 0 to 1.
	// Where there is no difference, its mean is (k-1)/(n-1) for k segments.
	RankEtaSquared float64 `json:"rank_eta_squared"`
	P              float64 `json:"p"`    // share of the permutations, the one at hand among them, with at least this H
	Holm           float64 `json:"holm"` // P, corrected for all columns tested (Holm, 1979)
}

// Confirm tests, for columns that were not clustered, whether the segments that labels make of the table's n customers differ
// in them: whether their customers have more or less there than in a random division into segments of the same sizes.
// The test is that of Kruskal and Wallis on ranks, with its p-value from random permutations of the labels, which holds for
// segments of any size and values of any distribution. P is at least 1/(Permutations+1).
//
// The caller names the columns that the segments were made of. A p-value of one of these is an error that wraps
// ErrClustered; Evidence says why. Columns that were computed from them, such as components, ratios and sums, belong in that
// list as well. A column that merely goes along with them differs between the segments even where no segments exist:
// customers cut in two by income differ in rent. So the test says that segments carry information about the column, which
// is what a campaign needs, and not that they are natural kinds.
//
// Clustered columns need not be in the table where Columns are given. A missing or infinite value in a column to be tested, a
// column that the table does not have, one that is to be tested twice, no clustered column, nothing to test, a number below
// the largest label that does not occur, and fewer than two segments are errors; cancelling ctx is one that wraps ctx's. It
// panics with mat.ErrShape if there are not n labels, if a label is negative, and for negative Permutations. The cost is
// O(Permutations·n) for each column.
func Confirm(ctx context.Context, t *dataset.Table, labels []int, clustered []string, o *ConfirmOptions) (*Confirmation, error) {
	var opts ConfirmOptions
	if o != nil {
		opts = *o
	}
	opts.Permutations = cmp.Or(opts.Permutations, 9999)
	if opts.Permutations < 0 {
		panic(fmt.Sprintf("segment: %d permutations", opts.Permutations))
	}
	columns, err := toTest(t, clustered, opts.Columns)
	if err != nil {
		return nil, fmt.Errorf("segment: confirm: %w", err)
	}
	sizes, err := countLabels(t, labels)
	if err != nil {
		return nil, fmt.Errorf("segment: confirm: %w", err)
	}
	tested := t.Select(columns...)
	if err := checkValues(tested); err != nil {
		return nil, fmt.Errorf("segment: confirm: %w", err)
	}

	n := len(labels)
	c := &Confirmation{Rows: n, Permutations: opts.Permutations, Clustered: append([]string{}, clustered...)}
	ranked := make([][]int64, len(columns))
	observed, most := make([]float64, len(columns)), make([]float64, len(columns))
	sums := make([]int64, len(sizes))
	for j, name := range columns {
		column := tested.Column(name)
		ranked[j], most[j] = centredRanks(column)
		observed[j] = betweenRanks(ranked[j], labels, sizes, sums)
		test := Test{Feature: name, Medians: medians(column, labels, len(sizes))}
		if most[j] > 0 {
			test.RankEtaSquared = observed[j] / most[j]
		}
		test.H = test.RankEtaSquared * float64(n-1)
		c.Tests = append(c.Tests, test)
	}
	asLarge := make([][]bool, opts.Permutations)
	err = inParallel(ctx, opts.Permutations, opts.Progress, func() func(r int) {
		shuffled, sums := make([]int, n), make([]int64, len(sizes))
		return func(r int) {
			random := rand.New(rand.NewPCG(opts.Seed, uint64(r)))
			copy(shuffled, labels)
			random.Shuffle(n, func(a, b int) { shuffled[a], shuffled[b] = shuffled[b], shuffled[a] })
			asLarge[r] = make([]bool, len(columns))
			for j, ranks := range ranked {
				// Divisions that mirror each other have the same H but for rounding.
				asLarge[r][j] = betweenRanks(ranks, shuffled, sizes, sums) >= observed[j]*(1-1e-12)
			}
		}
	})
	if err != nil {
		return nil, fmt.Errorf("segment: confirm: %w", err)
	}
	for j := range c.Tests {
		count := 1
		for _, large := range asLarge {
			if large[j] {
				count++
			}
		}
		c.Tests[j].P = float64(count) / float64(opts.Permutations+1)
	}
	holm(c.Tests)
	slices.SortStableFunc(c.Tests, func(a, b Test) int { return cmp.Compare(b.RankEtaSquared, a.RankEtaSquared) })
	return c, nil
}

// toTest returns the columns to test: those asked for, or all that were not clustered.
func toTest(t *dataset.Table, clustered, asked []string) ([]string, error) {
	if len(clustered) == 0 {
		return nil, errors.New("name the columns that the segments were made of")
	}
	if asked == nil {
		// A name with a slip of the pen would let a column through that was clustered.
		if i := slices.IndexFunc(clustered, func(name string) bool { return t.Index(name) < 0 }); i >= 0 {
			return nil, fmt.Errorf("the table has no column %q, which is said to be clustered; say which Columns to test", clustered[i])
		}
		for _, name := range t.Names {
			if !slices.Contains(clustered, name) {
				asked = append(asked, name)
			}
		}
	}
	if len(asked) == 0 {
		return nil, fmt.Errorf("no column to test among the table's %d, of which %d were clustered", len(t.Names), len(clustered))
	}
	for i, name := range asked {
		switch {
		case slices.Contains(clustered, name):
			return nil, fmt.Errorf("no p-value for %s: %w; see Evidence for how much", name, ErrClustered)
		case t.Index(name) < 0:
			return nil, fmt.Errorf("the table has no column %q to test", name)
		case slices.Contains(asked[:i], name):
			return nil, fmt.Errorf("the column %q is to be tested twice", name)
		}
	}
	return asked, nil
}

// centredRanks returns twice the mid-rank of each value, less the mean of these: a whole number. The second result is their
// sum of squares.
func centredRanks(column []float64) (ranked []int64, squares float64) {
	n := int64(len(column))
	order, ends := ranks(column)
	ranked = make([]int64, n)
	at := int32(0)
	for _, end := range ends {
		for _, i := range order[at:end] {
			ranked[i] = int64(at) + int64(end) - n // the mid-rank is (at+1+end)/2, their mean (n+1)/2
			squares += float64(ranked[i]) * float64(ranked[i])
		}
		at = end
	}
	return ranked, squares
}

// betweenRanks is the sum of squares between the segments.
func betweenRanks(ranked []int64, labels, sizes []int, sums []int64) float64 {
	clear(sums)
	for i, rank := range ranked {
		sums[labels[i]] += rank
	}
	total := 0.0
	for s, size := range sizes {
		total += float64(sums[s]) * float64(sums[s]) / float64(size)
	}
	return total
}

func medians(column []float64, labels []int, k int) []float64 {
	members := make([][]float64, k)
	for i, v := range column {
		members[labels[i]] = append(members[labels[i]], v)
	}
	m := make([]float64, k)
	for s, values := range members {
		slices.Sort(values)
		m[s] = dataset.Quantile(values, 0.5)
	}
	return m
}

// holm sets the corrected p-values: the i-th smallest of m times m-i+1, and no less than the one before.
func holm(tests []Test) {
	order := make([]int, len(tests))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(tests[a].P, tests[b].P) })
	least := 0.0
	for i, at := range order {
		least = min(1, max(least, tests[at].P*float64(len(tests)-i)))
		tests[at].Holm = least
	}
}

// Halves divides n customers at random into two halves, each in ascending order: the rows to find segments in, and the rows to
// describe them by. Effects that are measured on rows which chose the centres come out too large, and the more so the smaller
// the segments: a centre goes where its own rows happen to lie. So fit the scaler and the segments on t.Rows(find), give
// t.Rows(describe) to the nearest centres, and ask Evidence about these. That makes honest estimates, and no p-values: Evidence
// says why. The same seed makes the same halves; the second has one customer more where n is odd. It panics for n below 2.
func Halves(n int, seed uint64) (find, describe []int) {
	if n < 2 {
		panic(fmt.Sprintf("segment: halves of %d customers", n))
	}
	rows := rand.New(rand.NewPCG(seed, 0)).Perm(n)
	find, describe = rows[:n/2:n/2], rows[n/2:]
	slices.Sort(find)
	slices.Sort(describe)
	return find, describe
}
