package validity

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// table counts the rows that two partitions put into clusters a and b.
type table struct {
	rows, columns []int   // sizes of the clusters of either partition
	both          [][]int // [a][b]
}

// tabulate counts labels 0 to ka-1 against labels 0 to kb-1.
func tabulate(a, b []int, ka, kb int) *table {
	if len(a) != len(b) {
		panic(mat.ErrShape)
	}
	t := &table{make([]int, ka), make([]int, kb), make([][]int, ka)}
	for c := range t.both {
		t.both[c] = make([]int, kb)
	}
	for i, c := range a {
		t.both[c][b[i]]++
	}
	for c, row := range t.both {
		for d, n := range row {
			t.rows[c] += n
			t.columns[d] += n
		}
	}
	return t
}

// adjustedRand is AdjustedRand of the two partitions.
func (t *table) adjustedRand() float64 {
	n, together, inA, inB := 0, 0, 0, 0
	for c, row := range t.both {
		n += t.rows[c]
		inA += choose2(t.rows[c])
		for _, m := range row {
			together += choose2(m)
		}
	}
	for _, m := range t.columns {
		inB += choose2(m)
	}
	return adjusted(together, inA, inB, choose2(n))
}

// Match returns the labels of b, renumbered so that as many rows as possible have the label that a gives them: segment 2
// stays segment 2, whatever number a new run gave it. A cluster of b that has no partner, because b has more clusters or
// because it shares no row with the one that is left, gets a new number, the next above a's, in the order of b's numbers. So
// the result may skip a number of a's that has nothing to correspond to. Labels are any integers.
//
// The assignment is the best of all (Kuhn, 1955; Munkres, 1957), not a greedy one; of several equally good ones it is always
// the same. It panics with mat.ErrShape if the lengths differ. The cost is O(n·log k + k³).
func Match(a, b []int) []int {
	if len(a) != len(b) {
		panic(mat.ErrShape)
	}
	namesA, inA := compact(a)
	namesB, inB := compact(b)
	t := tabulate(inB, inA, len(namesB), len(namesA))
	number, next := make([]int, len(namesB)), 0
	if len(namesA) > 0 {
		next = namesA[len(namesA)-1] + 1
	}
	for c, partner := range assign(t.both, len(namesB), len(namesA)) {
		if partner < len(namesA) && t.both[c][partner] > 0 {
			number[c] = namesA[partner]
		} else {
			number[c], next = next, next+1
		}
	}
	labels := make([]int, len(b))
	for i, c := range inB {
		labels[i] = number[c]
	}
	return labels
}

// compact returns the labels that occur, ascending, and for each row the place of its own among them.
func compact(labels []int) (names, places []int) {
	names = slices.Compact(slices.Sorted(slices.Values(labels)))
	places = make([]int, len(labels))
	for i, c := range labels {
		places[i], _ = slices.BinarySearch(names, c)
	}
	return names, places
}

// assign returns for each of the rows of counts a column of its own, so that the sum of the counts is largest. Columns from
// the number of columns on are none. It is the method of Kuhn and Munkres with potentials, as shortest augmenting paths:
// O(k³) for k rows or columns, whichever are more.
func assign(counts [][]int, rows, columns int) []int {
	k := max(rows, columns)
	cost := func(i, j int) int {
		if i < rows && j < columns {
			return -counts[i][j]
		}
		return 0
	}
	// Column k stands for the start of a path. The reduced cost cost(i, j) - u[i] - v[j] is never negative, and 0 where row
	// i has column j.
	u, v := make([]int, k), make([]int, k+1)
	rowOf := make([]int, k+1)
	for j := range rowOf {
		rowOf[j] = -1
	}
	for i := range k {
		rowOf[k] = i
		least, from, seen := make([]int, k), make([]int, k), make([]bool, k+1)
		for j := range least {
			least[j], from[j] = math.MaxInt, k
		}
		at := k
		for rowOf[at] >= 0 {
			seen[at] = true
			row, step, nearest := rowOf[at], math.MaxInt, -1
			for j := range k {
				if seen[j] {
					continue
				}
				if c := cost(row, j) - u[row] - v[j]; c < least[j] {
					least[j], from[j] = c, at
				}
				if least[j] < step {
					step, nearest = least[j], j
				}
			}
			for j := range k + 1 {
				if seen[j] {
					u[rowOf[j]] += step
					v[j] -= step
				} else if j < k {
					least[j] -= step
				}
			}
			at = nearest
		}
		for at != k { // shift the rows of the path by one
			rowOf[at] = rowOf[from[at]]
			at = from[at]
		}
	}
	column := make([]int, rows)
	for j, i := range rowOf[:k] {
		if i < rows {
			column[i] = j
		}
	}
	return column
}
