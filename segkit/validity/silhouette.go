package validity

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/internal/distance"
)

// Silhouette is how well each row of a partition sits in its cluster (Rousseeuw, 1987).
type Silhouette struct {
	Score     float64   // mean over all rows, -1 to 1
	ByCluster []float64 // mean over each cluster's rows
	Values    []float64 // of each row; 0 for a row that is a cluster by itself
}

// SampledSilhouette is what some rows, drawn at random, say of the silhouette of all.
type SampledSilhouette struct {
	Score  float64   // mean over the rows drawn: an unbiased estimate of the mean over all
	StdErr float64   // standard error of Score; 0 when all rows were drawn, NaN when one of several was
	Rows   []int     // drawn, ascending
	Values []float64 // their silhouettes: exact, by their distances to all rows
}

// Silhouettes returns the silhouette of each of the given labelings of the rows of x, n×d, by Euclidean distance. For a row
// with mean distance a to the others of its cluster, and b to the rows of the nearest other cluster, it is
// (b - a) / max(a, b). All distances are computed, once for all labelings.
//
// The result does not depend on the number of processors. The cost is O(n²·d) for the distances, about a nanosecond each
// where d is 17, and where there are many labelings O(n²) more for each; memory is a copy of x and O(n) more. Cancelling ctx
// is an error that wraps ctx's.
func Silhouettes(ctx context.Context, x mat.Matrix, labelings ...[]int) ([]Silhouette, error) {
	n, _ := x.Dims()
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	values, sizes, err := silhouettes(ctx, x, rows, labelings)
	if err != nil {
		return nil, fmt.Errorf("validity: %w", err)
	}
	results := make([]Silhouette, len(labelings))
	for l, labels := range labelings {
		results[l] = summary(values[l], labels, sizes[l])
	}
	return results, nil
}

// summary returns the means of the values of all rows.
func summary(values []float64, labels, sizes []int) Silhouette {
	s := Silhouette{ByCluster: make([]float64, len(sizes)), Values: values}
	for i, v := range values {
		s.Score += v
		s.ByCluster[labels[i]] += v
	}
	s.Score /= float64(len(values))
	for c, size := range sizes {
		s.ByCluster[c] /= float64(size)
	}
	return s
}

// SampleSilhouettes estimates what Silhouettes computes from m rows drawn without replacement, the same for all labelings. It
// is for large n: the cost is O(n·m·d) instead of O(n²·d). The same seed draws the same rows. Where m is n or more, all rows
// are taken. It panics for m < 1.
func SampleSilhouettes(ctx context.Context, x mat.Matrix, m int, seed uint64, labelings ...[]int) ([]SampledSilhouette, error) {
	if m < 1 {
		panic(fmt.Sprintf("validity: a sample of %d rows", m))
	}
	n, _ := x.Dims()
	m = min(m, n)
	rows := rand.New(rand.NewPCG(seed, 0)).Perm(n)[:m]
	slices.Sort(rows)
	values, _, err := silhouettes(ctx, x, rows, labelings)
	if err != nil {
		return nil, fmt.Errorf("validity: %w", err)
	}
	results := make([]SampledSilhouette, len(labelings))
	for l, values := range values {
		s := SampledSilhouette{Rows: rows, Values: values}
		for _, v := range values {
			s.Score += v / float64(m)
		}
		if m < n {
			squares := 0.0
			for _, v := range values {
				squares += (v - s.Score) * (v - s.Score)
			}
			// The sample is drawn from n rows, of which it leaves n-m.
			s.StdErr = math.Sqrt(squares / float64(m-1) / float64(m) * float64(n-m) / float64(n))
		}
		results[l] = s
	}
	return results, nil
}

// cells are the rows of x, sorted so that those which have the same label in every labeling lie together.
type cells struct {
	x      distance.Rows
	ends   []int     // of each cell in x
	labels [][]int32 // of each labeling: the cells' labels
}

func newCells(x distance.Rows, labelings [][]int) *cells {
	order := make([]int, x.N)
	for i := range order {
		order[i] = i
	}
	compare := func(a, b int) int {
		for _, labels := range labelings {
			if labels[a] != labels[b] {
				return labels[a] - labels[b]
			}
		}
		return 0
	}
	slices.SortStableFunc(order, compare)
	c := &cells{labels: make([][]int32, len(labelings))}
	sorted := make([]float64, 0, x.N*x.D)
	for at, i := range order {
		sorted = append(sorted, x.Row(i)...)
		if at == x.N-1 || compare(i, order[at+1]) != 0 {
			c.ends = append(c.ends, at+1)
			for l, labels := range labelings {
				c.labels[l] = append(c.labels[l], int32(labels[i]))
			}
		}
	}
	c.x = distance.Wrap(sorted, x.D)
	return c
}

// Some rows are the work of one worker at a time, in groups of as many as a kernel takes.
const (
	lanes = 8
	some  = 4 * lanes
)

// sums are of the distances of some rows to the rows of a cell.
type sums [some / lanes][lanes]float64

// silhouettes returns the silhouettes of the given rows in each labeling, and the labelings' sizes of clusters.
func silhouettes(ctx context.Context, x mat.Matrix, rows []int, labelings [][]int) (values [][]float64, sizes [][]int, err error) {
	n, d := x.Dims()
	for l, labels := range labelings {
		s, err := clusters(labels, n)
		if err != nil {
			return nil, nil, fmt.Errorf("labeling %d: %w", l, err)
		}
		sizes, values = append(sizes, s), append(values, make([]float64, len(rows)))
	}
	data, err := distance.Of(x)
	if err != nil || len(labelings) == 0 {
		return nil, nil, err
	}
	c := newCells(data, labelings)

	most := 0
	for _, s := range sizes {
		most = max(most, len(s))
	}
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), (len(rows)+some-1)/some) {
		workers.Go(func() {
			points := distance.NewPoints(some, d)
			var b distance.Buffer
			byCell, byCluster := make([]sums, len(c.ends)), make([]float64, most)
			for ctx.Err() == nil {
				first := int(next.Add(some)) - some
				if first >= len(rows) {
					return
				}
				mine := rows[first:min(first+some, len(rows))]
				for i, row := range mine {
					points.Set(i, data.Row(row))
				}
				c.sum(byCell, points, &b, (len(mine)+lanes-1)/lanes)
				for i, row := range mine {
					for l, labels := range labelings {
						of := byCluster[:len(sizes[l])]
						clear(of)
						for cell, label := range c.labels[l] {
							of[label] += byCell[cell][i/lanes][i%lanes]
						}
						values[l][first+i] = value(of, sizes[l], labels[row])
					}
				}
			}
		})
	}
	workers.Wait()
	if err := ctx.Err(); err != nil {
		return nil, nil, fmt.Errorf("silhouettes: %w", err)
	}
	return values, sizes, nil
}

// sum adds up the distances of the points of the first groups to the rows of each cell.
func (c *cells) sum(byCell []sums, points *distance.Points, b *distance.Buffer, groups int) {
	clear(byCell)
	cell := 0 // of the block's first row
	for from := 0; from < c.x.N; from += distance.Block {
		to := min(from+distance.Block, c.x.N)
		after := cell
		for group := range groups {
			points.Squares(b, c.x, from, to-from, group)
			after = cell
			for at := from; at < to; after++ {
				end := min(c.ends[after], to)
				b.AddRoots(&byCell[after][group], at-from, end-from)
				at = end
			}
		}
		if cell = after; c.ends[after-1] > to {
			cell-- // goes on in the next block
		}
	}
}

// value returns the silhouette of a row, by the sums of its distances to the rows of each cluster.
func value(sums []float64, sizes []int, own int) float64 {
	if sizes[own] == 1 {
		return 0
	}
	a, b := sums[own]/float64(sizes[own]-1), math.Inf(1)
	for c, sum := range sums {
		if c != own {
			b = min(b, sum/float64(sizes[c]))
		}
	}
	return compared(a, b)
}

// compared returns (b - a) / max(a, b), and 0 where both are the same.
func compared(a, b float64) float64 {
	if a == b {
		return 0
	}
	return (b - a) / max(a, b)
}

// SimplifiedSilhouette returns the silhouette of the rows of x, n×d, with their distances to the centres of the clusters, the
// means of their rows, in place of the mean distances to the rows (Hruschka, Campello and de Castro, 2006). It is for
// millions of rows: the cost is O(n·k·d). A row that is a cluster by itself has 0, as in the silhouette.
func SimplifiedSilhouette(ctx context.Context, x mat.Matrix, labels []int) (Silhouette, error) {
	s, err := disperse(x, labels)
	if err != nil {
		return Silhouette{}, fmt.Errorf("validity: %w", err)
	}
	points := distance.NewPoints(s.k, s.d)
	for c := range s.k {
		points.Set(c, s.center(c))
	}
	values := make([]float64, len(labels))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			var b distance.Buffer
			own, other := make([]float64, distance.Block), make([]float64, distance.Block)
			for ctx.Err() == nil {
				from := int(next.Add(distance.Block)) - distance.Block
				if from >= s.x.N {
					return
				}
				m := min(distance.Block, s.x.N-from)
				for i := range m {
					other[i] = math.Inf(1)
				}
				for group := range points.Groups() {
					points.Squares(&b, s.x, from, m, group)
					first := group * points.Lanes
					for i, label := range labels[from : from+m] {
						for c, v := range b.Squared[i*points.Lanes:][:min(points.Lanes, s.k-first)] {
							if first+c == label {
								own[i] = v
							} else {
								other[i] = min(other[i], v)
							}
						}
					}
				}
				for i, label := range labels[from : from+m] {
					if s.sizes[label] > 1 {
						values[from+i] = compared(math.Sqrt(own[i]), math.Sqrt(other[i]))
					}
				}
			}
		})
	}
	workers.Wait()
	if err := ctx.Err(); err != nil {
		return Silhouette{}, fmt.Errorf("validity: simplified silhouette: %w", err)
	}
	return summary(values, labels, s.sizes), nil
}
