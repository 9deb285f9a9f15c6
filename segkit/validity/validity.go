// Package validity measures how well labels partition data: the silhouette, the Calinski-Harabasz and the Davies-Bouldin
// index, and how far two partitions agree; and by resampling, for any method that clusters, how far its partitions can be
// relied on.
//
// # Scores of labels
//
// Labels are the clusters' numbers, from 0 on, one for each row. Every number up to the largest must occur, and there must
// be at least two clusters and fewer clusters than rows: nothing can be said of other partitions, and that is an error
// which wraps ErrLabels. Another number of labels than rows is a programmer's mistake and panics with mat.ErrShape.
//
// # Resampling
//
// A Method is a function that fits a whole pipeline to raw rows and partitions them. Each function asks another question:
//
//	Stability           is each cluster found again when other rows are drawn?
//	SeedAgreement       does the method find the same on the same rows, when it begins elsewhere?
//	PredictionStrength  do the clusters of one half of the rows hold in the other?
//	Gap                 are the clusters tighter than those that the method makes of data without clusters?
//	NullScores          what does any other score say of data without clusters?
//
// They can disagree, and often do: a partition can be stable and mean nothing, as when a method cuts a single cloud in half
// the same way each time. None of them is a test, and each is to be shown beside the others. TooSmall names the clusters that
// are no segments whatever they say; Match keeps the numbers of clusters from one partition to the next.
//
// Replicates run on all processors, each with a copy of the rows that it works on, and the result does not depend on how
// many there are.
package validity

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/internal/distance"
)

// Errors about labels and data.
var (
	ErrLabels    = errors.New("no measurable partition")
	ErrNotFinite = distance.ErrNotFinite
)

// clusters checks labels against n rows and returns the clusters' sizes.
func clusters(labels []int, n int) ([]int, error) {
	if len(labels) != n {
		panic(mat.ErrShape)
	}
	if n == 0 {
		return nil, fmt.Errorf("%w: there are no rows", ErrLabels)
	}
	if i := slices.IndexFunc(labels, func(c int) bool { return c < 0 || c >= n }); i >= 0 {
		return nil, fmt.Errorf("%w: row %d has the label %d, for %d rows", ErrLabels, i, labels[i], n)
	}
	sizes := make([]int, slices.Max(labels)+1)
	for _, c := range labels {
		sizes[c]++
	}
	if c := slices.Index(sizes, 0); c >= 0 {
		return nil, fmt.Errorf("%w: no row has the label %d, though labels run to %d", ErrLabels, c, len(sizes)-1)
	}
	if k := len(sizes); k < 2 || k >= n {
		return nil, fmt.Errorf("%w: %d clusters of %d rows", ErrLabels, k, n)
	}
	return sizes, nil
}

// dispersion holds the k centres (k×d), the mean of all rows, and per cluster the sum of distances and of squared
// distances of its rows to its centre.
type dispersion struct {
	x                distance.Rows
	k, d             int
	sizes            []int
	centers, mean    []float64
	distances, inner []float64
}

func disperse(x mat.Matrix, labels []int) (*dispersion, error) {
	n, d := x.Dims()
	sizes, err := clusters(labels, n)
	if err != nil {
		return nil, err
	}
	v, err := distance.Of(x)
	if err != nil {
		return nil, err
	}
	k := len(sizes)
	s := &dispersion{x: v, k: k, d: d, sizes: sizes, centers: make([]float64, k*d), mean: make([]float64, d), distances: make([]float64, k), inner: make([]float64, k)}
	// Means are taken of the distances from a first row, so that the mean of equal numbers is that number.
	first := make([]int, k)
	for i, c := range slices.Backward(labels) {
		first[c] = i
	}
	for i, c := range labels {
		base := v.Row(first[c])
		for j, a := range v.Row(i) {
			s.centers[c*d+j] += (a - base[j]) / float64(sizes[c])
			s.mean[j] += (a - v.Row(0)[j]) / float64(n)
		}
	}
	for c := range k {
		for j, a := range v.Row(first[c]) {
			s.centers[c*d+j] += a
		}
	}
	for j, a := range v.Row(0) {
		s.mean[j] += a
	}
	for i, c := range labels {
		q := distance.Squared(v.Row(i), s.center(c))
		s.inner[c] += q
		s.distances[c] += math.Sqrt(q)
	}
	return s, nil
}

func (s *dispersion) center(c int) []float64 { return s.centers[c*s.d : (c+1)*s.d] }

// CalinskiHarabasz returns the variance ratio criterion (Calinski and Harabasz, 1974) of the partition of x, n×d: the
// dispersion between the clusters over that within, each by its degrees of freedom. More is better, there is no upper end;
// it is +Inf when every row equals its centre, and 0 when all rows are the same. The cost is O(n·d).
func CalinskiHarabasz(x mat.Matrix, labels []int) (float64, error) {
	s, err := disperse(x, labels)
	if err != nil {
		return 0, fmt.Errorf("validity: %w", err)
	}
	between, within := 0.0, 0.0
	for c, size := range s.sizes {
		between += float64(size) * distance.Squared(s.center(c), s.mean)
		within += s.inner[c]
	}
	if between == 0 {
		return 0, nil
	}
	return between / within * float64(len(labels)-s.k) / float64(s.k-1), nil
}

// DaviesBouldin returns the index of Davies and Bouldin (1979) of the partition of x, n×d: the mean over the clusters of
// how much they spread, together with their worst neighbour, relative to the distance of the two centres. Less is better, 0
// is best; two clusters with the same centre make it +Inf. The cost is O(n·d + k²·d).
func DaviesBouldin(x mat.Matrix, labels []int) (float64, error) {
	s, err := disperse(x, labels)
	if err != nil {
		return 0, fmt.Errorf("validity: %w", err)
	}
	sum := 0.0
	for a := range s.k {
		worst := 0.0
		for b := range s.k {
			if a != b {
				spread := s.distances[a]/float64(s.sizes[a]) + s.distances[b]/float64(s.sizes[b])
				apart := math.Sqrt(distance.Squared(s.center(a), s.center(b)))
				if apart == 0 {
					return math.Inf(1), nil
				}
				worst = max(worst, spread/apart)
			}
		}
		sum += worst
	}
	return sum / float64(s.k), nil
}

// AdjustedRand returns the adjusted Rand index of two partitions of the same rows (Hubert and Arabie, 1985): 1 when they
// are the same but for the numbers, about 0 when they agree no more than by chance. It panics with mat.ErrShape if the
// lengths differ. The cost is O(n + k·m) for k and m clusters.
func AdjustedRand(a, b []int) float64 {
	if len(a) != len(b) {
		panic(mat.ErrShape)
	}
	both, rows, columns := map[[2]int]int{}, map[int]int{}, map[int]int{}
	for i := range a {
		both[[2]int{a[i], b[i]}]++
		rows[a[i]]++
		columns[b[i]]++
	}
	together := 0
	for _, n := range both {
		together += choose2(n)
	}
	return adjusted(together, pairs(rows), pairs(columns), choose2(len(a)))
}

// adjusted returns the index by how many of all pairs of rows are together in both partitions, in a, and in b.
func adjusted(together, inA, inB, all int) float64 {
	if inA == inB && inA == together {
		return 1 // the same partition, the trivial ones included, for which the formula is 0/0
	}
	expected := float64(inA) * float64(inB) / float64(all)
	return (float64(together) - expected) / (float64(inA+inB)/2 - expected)
}

// pairs counts the pairs of rows within the same cluster.
func pairs(sizes map[int]int) int {
	sum := 0
	for _, n := range sizes {
		sum += choose2(n)
	}
	return sum
}

// choose2 returns the number of pairs of n rows.
func choose2(n int) int { return n * (n - 1) / 2 }
