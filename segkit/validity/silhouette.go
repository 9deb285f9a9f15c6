package validity

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/mat"
)

// Silhouette is how well each row of a partition sits in its cluster (Rousseeuw, 1987).
type Silhouette struct {
	Score     float64   // mean over all rows, -1 to 1
	ByCluster []float64 // mean over each cluster's rows
	Values    []float64 // of each row; 0 for a row that is a cluster by itself
}

// Silhouettes returns the silhouette of each of the given labelings of the rows of x, n×d, by Euclidean distance. For a row
// with mean distance a to the others of its cluster, and b to the rows of the nearest other cluster, it is
// (b - a) / max(a, b). All distances are computed, once for all labelings.
//
// The result does not depend on the number of processors. The cost is O(n²·d) for the distances and O(n²) for each
// labeling; memory is a copy of x and O(n) more. Cancelling ctx is an error that wraps ctx's.
func Silhouettes(ctx context.Context, x mat.Matrix, labelings ...[]int) ([]Silhouette, error) {
	n, d := x.Dims()
	sizes := make([][]int, len(labelings))
	for l, labels := range labelings {
		var err error
		if sizes[l], err = clusters(labels, n); err != nil {
			return nil, fmt.Errorf("validity: labeling %d: %w", l, err)
		}
	}
	v, err := values(x)
	if err != nil {
		return nil, fmt.Errorf("validity: %w", err)
	}
	results := make([]Silhouette, len(labelings))
	for l := range results {
		results[l] = Silhouette{ByCluster: make([]float64, len(sizes[l])), Values: make([]float64, n)}
	}
	// Each row is the work of one worker, in a fixed order of the other rows.
	var next atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			distances := make([]float64, n)
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				row := v[i*d : (i+1)*d]
				for j := range n {
					distances[j] = math.Sqrt(squared(row, v[j*d:(j+1)*d]))
				}
				for l, labels := range labelings {
					results[l].Values[i] = value(distances, labels, sizes[l], i)
				}
			}
		})
	}
	workers.Wait()
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("validity: silhouettes: %w", err)
	}
	for l, labels := range labelings {
		r := &results[l]
		for i, s := range r.Values {
			r.Score += s
			r.ByCluster[labels[i]] += s
		}
		r.Score /= float64(n)
		for c, size := range sizes[l] {
			r.ByCluster[c] /= float64(size)
		}
	}
	return results, nil
}

// value returns the silhouette of row i, whose distances to all rows are given.
func value(distances []float64, labels, sizes []int, i int) float64 {
	own := labels[i]
	if sizes[own] == 1 {
		return 0
	}
	sums := make([]float64, len(sizes))
	for j, c := range labels {
		sums[c] += distances[j]
	}
	a, b := sums[own]/float64(sizes[own]-1), math.Inf(1)
	for c, sum := range sums {
		if c != own {
			b = min(b, sum/float64(sizes[c]))
		}
	}
	if a == b {
		return 0 // also when both are 0
	}
	return (b - a) / max(a, b)
}
