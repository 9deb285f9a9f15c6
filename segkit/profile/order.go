package profile

import (
	"cmp"
	"math"
	"slices"
)

// clustered returns the order of the columns in which neighbours go together. The cost is O(d³).
func (a *Associations) clustered() []int {
	d := len(a.Names)
	apart := make([][]float64, d) // average distance of the clusters that are left
	leaves := make([][]int, d)
	distance := func(i, j int) float64 {
		_, v := a.at(i, j)
		_, w := a.at(j, i)
		if strongest := max(math.Abs(float64(v)), math.Abs(float64(w))); !math.IsNaN(strongest) {
			return 1 - strongest
		}
		return 1
	}
	for i := range d {
		leaves[i] = []int{i}
		apart[i] = make([]float64, d)
		for j := range d {
			apart[i][j] = distance(i, j)
		}
	}
	for range d - 1 {
		at, with, least := -1, -1, math.Inf(1)
		for i := range d {
			for j := i + 1; j < d && leaves[i] != nil; j++ {
				if leaves[j] != nil && apart[i][j] < least {
					at, with, least = i, j, apart[i][j]
				}
			}
		}
		m, n := float64(len(leaves[at])), float64(len(leaves[with]))
		for k := range d {
			apart[at][k] = (m*apart[at][k] + n*apart[with][k]) / (m + n)
			apart[k][at] = apart[at][k]
		}
		leaves[at] = join(leaves[at], leaves[with], distance)
		leaves[with] = nil
	}
	if d == 0 {
		return []int{}
	}
	return leaves[0]
}

// join puts two lists together so that the nearest of their ends meet.
func join(a, b []int, distance func(i, j int) float64) []int {
	last := func(l []int) int { return l[len(l)-1] }
	type way struct {
		turnA, turnB bool
		apart        float64
	}
	best := slices.MinFunc([]way{
		{false, false, distance(last(a), b[0])}, {false, true, distance(last(a), last(b))},
		{true, false, distance(a[0], b[0])}, {true, true, distance(a[0], last(b))},
	}, func(x, y way) int { return cmp.Compare(x.apart, y.apart) })
	if best.turnA {
		slices.Reverse(a)
	}
	if best.turnB {
		slices.Reverse(b)
	}
	return append(a, b...)
}
