package segment

import (
	"context"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/dataset"
	"example.com/marketing/segkit/validity"
)

// Match says how well a refitted segment is the old one.
type Match struct {
	Jaccard float64 // of the table's customers that either model puts into the segment, the share that both do
	Kept    bool    // Jaccard is at least a half: the segment is still the same one
}

// Refit fits the model's recipe to another table, such as next month's, and numbers the segments so that each is the one that
// it shares most customers with: both models are asked about the new table, and of all ways to pair their segments the one
// with the most customers in agreement is taken (Kuhn, 1955). Names are kept where the segment is; a segment that is not the
// same any more is called new. Rules and Baseline are not carried over.
func (m *Model) Refit(ctx context.Context, t *dataset.Table) (*Model, []Match, error) {
	old, err := m.AssignTable(ctx, t)
	if err != nil {
		return nil, nil, err
	}
	refitted, err := Fit(ctx, t.Select(m.Columns...), m.Recipe)
	if err != nil {
		return nil, nil, err
	}
	before := make([]int, len(old))
	for i, a := range old {
		before[i] = a.Segment
	}
	refitted.renumber(numbers(refitted.Labels, validity.Match(before, refitted.Labels), m.Recipe.K))
	matches := make([]Match, m.Recipe.K)
	both, either := make([]int, m.Recipe.K), make([]int, m.Recipe.K)
	for i, c := range refitted.Labels {
		either[c]++
		if c == before[i] {
			both[c]++
		} else {
			either[before[i]]++
		}
	}
	for c := range matches {
		matches[c].Jaccard = float64(both[c]) / float64(either[c]) // a refitted segment has a customer at least
		matches[c].Kept = matches[c].Jaccard >= 0.5
		if refitted.Names[c] = m.Names[c]; !matches[c].Kept {
			name := "new segment " + strconv.Itoa(c)
			for slices.Contains(m.Names, name) { // which was another one
				name = "new " + name
			}
			refitted.Names[c] = name
		}
	}
	return refitted, matches, nil
}

// numbers returns which number each of k segments gets, where matched are its rows' labels after matching. Segments without a
// partner get the numbers that are left, in their order.
func numbers(labels, matched []int, k int) []int {
	to, free := make([]int, k), make([]bool, k)
	for c := range k {
		to[c], free[c] = k, true
	}
	for i, c := range labels {
		if matched[i] < k {
			to[c] = matched[i]
			free[matched[i]] = false
		}
	}
	for c := range to {
		if to[c] == k {
			to[c] = slices.Index(free, true)
			free[to[c]] = false
		}
	}
	return to
}

// renumber gives segment c the number to[c].
func (m *Model) renumber(to []int) {
	clusters := *m.clusters
	clusters.Centers = mat.DenseCopyOf(clusters.Centers)
	clusters.Sizes = slices.Clone(clusters.Sizes)
	names := slices.Clone(m.Names)
	for c, number := range to {
		clusters.Centers.SetRow(number, m.clusters.Centers.RawRowView(c))
		clusters.Sizes[number] = m.clusters.Sizes[c]
		names[number] = m.Names[c]
	}
	clusters.Labels = make([]int, len(m.Labels))
	for i, c := range m.Labels {
		clusters.Labels[i] = to[c]
	}
	m.clusters, m.Labels, m.Sizes, m.Names = &clusters, clusters.Labels, clusters.Sizes, names
}
