// Package validity measures how well labels partition data: the silhouette, the Calinski-Harabasz and the Davies-Bouldin
// index, and how far two partitions agree.
//
// Labels are the clusters' numbers, from 0 on, one for each row. Every number up to the largest must occur, and there must
// be at least two clusters and fewer clusters than rows: nothing can be said of other partitions, and that is an error
// which wraps ErrLabels. Another number of labels than rows is a programmer's mistake and panics with mat.ErrShape.
package validity

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Errors about labels and data.
var (
	ErrLabels    = errors.New("no measurable partition")
	ErrNotFinite = errors.New("not a number that can be squared")
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

// largest is the largest absolute value whose square, summed over rows and columns, is still a number.
const largest = 1e140

// values returns x as one slice, row after row, and refuses what is not finite.
func values(x mat.Matrix) ([]float64, error) {
	n, d := x.Dims()
	v := make([]float64, 0, n*d)
	for i := range n {
		for j := range d {
			a := x.At(i, j)
			if !(math.Abs(a) <= largest) {
				return nil, fmt.Errorf("%w: row %d, column %d is %v", ErrNotFinite, i, j, a)
			}
			v = append(v, a)
		}
	}
	return v, nil
}

// dispersion holds the k centres (k×d), the mean of all rows, and per cluster the sum of distances and of squared
// distances of its rows to its centre.
type dispersion struct {
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
	v, err := values(x)
	if err != nil {
		return nil, err
	}
	k := len(sizes)
	s := &dispersion{k: k, d: d, sizes: sizes, centers: make([]float64, k*d), mean: make([]float64, d), distances: make([]float64, k), inner: make([]float64, k)}
	// Means are taken of the distances from a first row, so that the mean of equal numbers is that number.
	first := make([]int, k)
	for i, c := range slices.Backward(labels) {
		first[c] = i
	}
	for i, c := range labels {
		for j, a := range v[i*d : (i+1)*d] {
			s.centers[c*d+j] += (a - v[first[c]*d+j]) / float64(sizes[c])
			s.mean[j] += (a - v[j]) / float64(n)
		}
	}
	for c := range k {
		for j := range d {
			s.centers[c*d+j] += v[first[c]*d+j]
		}
	}
	for j := range d {
		s.mean[j] += v[j]
	}
	for i, c := range labels {
		q := squared(v[i*d:(i+1)*d], s.center(c))
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
		between += float64(size) * squared(s.center(c), s.mean)
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
				apart := math.Sqrt(squared(s.center(a), s.center(b)))
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
	together, inA, inB, all := 0, pairs(rows), pairs(columns), len(a)*(len(a)-1)/2
	for _, n := range both {
		together += n * (n - 1) / 2
	}
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
		sum += n * (n - 1) / 2
	}
	return sum
}

// squared returns the squared distance between two rows of the same length.
func squared(a, b []float64) float64 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float64
	i := 0
	for ; i+4 <= len(a); i += 4 {
		d0, d1, d2, d3 := a[i]-b[i], a[i+1]-b[i+1], a[i+2]-b[i+2], a[i+3]-b[i+3]
		s0 += d0 * d0
		s1 += d1 * d1
		s2 += d2 * d2
		s3 += d3 * d3
	}
	for ; i < len(a); i++ {
		d := a[i] - b[i]
		s0 += d * d
	}
	return (s0 + s1) + (s2 + s3)
}
