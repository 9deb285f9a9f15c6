package validity_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"example.com/marketing/segkit/validity"
)

// agree counts the rows with the same label.
func agree(a, b []int) int {
	n := 0
	for i := range a {
		if a[i] == b[i] {
			n++
		}
	}
	return n
}

// permutations calls f for every order of the numbers 0 to n-1.
func permutations(n int, f func([]int)) {
	p := make([]int, n)
	for i := range p {
		p[i] = i
	}
	var from func(int)
	from = func(i int) {
		if i == n {
			f(p)
		}
		for j := i; j < n; j++ {
			p[i], p[j] = p[j], p[i]
			from(i + 1)
			p[i], p[j] = p[j], p[i]
		}
	}
	from(0)
}

// Of a's clusters 0 {0, 1, 2, 3, 4}, 1 {5, 6, 7} and b's 0 {0, 1, 5, 6}, 1 {2, 3, 4}, 2 {7}: the largest overlap is that of a's
// 0 and b's 1, three rows, which leaves two rows for a's 1 and b's 0, and none for b's 2: it gets the number 2, by chance its
// own. A greedy choice would find the same here.
func TestMatchByHand(t *testing.T) {
	a, b := []int{0, 0, 0, 0, 0, 1, 1, 1}, []int{0, 0, 1, 1, 1, 0, 0, 2}
	if got := validity.Match(a, b); !slices.Equal(got, []int{1, 1, 0, 0, 0, 1, 1, 2}) {
		t.Errorf("%v", got)
	}
	// Overlaps [[4, 3], [3, 0]]: 4 + 0 is greedy, 3 + 3 is best.
	a, b = []int{0, 0, 0, 0, 0, 0, 0, 1, 1, 1}, []int{0, 0, 0, 0, 1, 1, 1, 0, 0, 0}
	if got := validity.Match(a, b); agree(a, got) != 6 {
		t.Errorf("%d rows agree, 6 can", agree(a, got))
	}
	for _, c := range []struct{ a, b, want []int }{
		{[]int{0, 0, 1, 1}, []int{1, 1, 0, 0}, []int{0, 0, 1, 1}},
		{[]int{0, 0, 1, 2}, []int{7, 7, 9, 9}, []int{0, 0, 1, 1}},          // fewer clusters; 1 and 2 are as good
		{[]int{5, 5, 5, 5}, []int{0, 1, 1, 2}, []int{6, 5, 5, 7}},          // more: new numbers in b's order
		{[]int{0, 0, 1, 1}, []int{0, 1, 0, 1}, []int{0, 1, 0, 1}},          // a tie leaves the numbers as they are
		{[]int{0, 0, 0, 0, 1}, []int{1, 1, 1, 0, 1}, []int{0, 0, 0, 2, 0}}, // b's 0 and a's 1 share nothing
		{[]int{-1, -1, -3}, []int{4, 4, 5}, []int{-1, -1, -3}},             // any integers
		{[]int{-1, -1}, []int{4, 5}, []int{-1, 0}}, {nil, nil, []int{}},    // nothing to match
	} {
		if got := validity.Match(c.a, c.b); !slices.Equal(got, c.want) {
			t.Errorf("Match(%v, %v) = %v, want %v", c.a, c.b, got, c.want)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("labels of different numbers of rows did not panic")
		}
	}()
	validity.Match([]int{0}, []int{0, 1})
}

// Against all ways to pair up to six clusters with up to six others.
func TestMatchIsTheBestOfAllPermutations(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 0))
		n, ka, kb := 1+r.IntN(30), 1+r.IntN(6), 1+r.IntN(6)
		a, b := make([]int, n), make([]int, n)
		for i := range n {
			a[i], b[i] = r.IntN(ka), r.IntN(kb)
		}
		most := 0
		permutations(6, func(p []int) {
			renumbered := make([]int, n)
			for i, c := range b {
				renumbered[i] = p[c]
			}
			most = max(most, agree(a, renumbered))
		})
		got := validity.Match(a, b)
		if agree(a, got) != most {
			t.Errorf("seed %d: %d rows agree, %d can", seed, agree(a, got), most)
		}
		if validity.AdjustedRand(b, got) != 1 {
			t.Errorf("seed %d: %v is another partition than %v", seed, got, b)
		}
	}
}

// Many clusters: a permutation of 200 numbers is found again, whatever else a tenth of the rows says.
func TestMatchOfManyClusters(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 0))
	const n, k = 20_000, 200
	p, a, b := r.Perm(k), make([]int, n), make([]int, n)
	for i := range n {
		a[i] = i % k
		if b[i] = p[a[i]]; i >= n*9/10 {
			b[i] = r.IntN(k)
		}
	}
	got := validity.Match(a, b)
	for i := range n * 9 / 10 {
		if got[i] != a[i] {
			t.Fatalf("row %d has %d, not %d", i, got[i], a[i])
		}
	}
}

func FuzzMatch(f *testing.F) {
	f.Add([]byte{0, 0, 1}, []byte{1, 1, 0})
	f.Add([]byte{0, 200, 1, 7}, []byte{1, 1, 1, 1})
	f.Fuzz(func(t *testing.T, x, y []byte) {
		n := min(len(x), len(y), 200)
		a, b := make([]int, n), make([]int, n)
		for i := range n {
			a[i], b[i] = int(int8(x[i])), int(int8(y[i]))
		}
		got := validity.Match(a, b)
		if agree(a, got) < agree(a, b) {
			t.Fatalf("%d rows agree, %d did before", agree(a, got), agree(a, b))
		}
		names := map[int]int{}
		for i, c := range b {
			if old, ok := names[c]; ok && old != got[i] {
				t.Fatalf("cluster %d became %d and %d", c, old, got[i])
			}
			names[c] = got[i]
		}
		back := map[int]bool{}
		for _, c := range names {
			if back[c] {
				t.Fatalf("two clusters became %d", c)
			}
			back[c] = true
		}
		if again := validity.Match(a, got); agree(a, again) != agree(a, got) {
			t.Fatalf("matching again changes %d to %d rows", agree(a, got), agree(a, again))
		}
	})
}

func TestTooSmall(t *testing.T) {
	labels := slices.Concat(slices.Repeat([]int{0}, 9000), slices.Repeat([]int{1}, 100), slices.Repeat([]int{3}, 40), slices.Repeat([]int{2}, 860))
	for _, c := range []struct {
		share float64
		rows  int
		want  []int
	}{
		{validity.SegmentShare, validity.SegmentRows, []int{3}}, // 100 of 10,000 is 1 %, no less
		{0.011, 0, []int{1, 3}}, {0, 41, []int{3}}, {0, 40, nil}, {0, 0, nil}, {0.5, 0, []int{1, 2, 3}}, {1.1, 0, []int{0, 1, 2, 3}},
	} {
		if got := validity.TooSmall(labels, c.share, c.rows); !slices.Equal(got, c.want) {
			t.Errorf("below %v or %d rows: %v, want %v", c.share, c.rows, got, c.want)
		}
	}
	if got := validity.TooSmall(nil, 0.01, 50); got != nil {
		t.Errorf("no rows: %v", got)
	}
}

// The clusters of TestSilhouettesByHand: (0.9 + 8/9)/2, (7/8.5 + 8.5/9.5 + 7.5/9)/3, and 0 for the row by itself.
func TestMacro(t *testing.T) {
	s := silhouette(t, line(0, 1, 9, 10, 11, 20), []int{0, 0, 1, 1, 1, 2})
	want := ((0.9+8./9)/2 + (7/8.5+8.5/9.5+7.5/9)/3 + 0) / 3
	if got := s.Macro(); got < want-1e-15 || got > want+1e-15 {
		t.Errorf("%v, want %v", got, want)
	}
	// Of clusters of the same size it is the mean over the rows.
	x, labels := random(60, 3, 4, 1)
	for i := range labels {
		labels[i] = i % 4
	}
	if s := silhouette(t, x, labels); s.Macro() < s.Score-1e-12 || s.Macro() > s.Score+1e-12 {
		t.Errorf("macro %v, micro %v", s.Macro(), s.Score)
	}
}

// Tomorrow's run gives the same segments other numbers, and has a new one.
func ExampleMatch() {
	today := []int{0, 0, 0, 0, 1, 1, 1, 2, 2}
	tomorrow := []int{2, 2, 2, 0, 0, 0, 0, 1, 3}
	fmt.Println(validity.Match(today, tomorrow))
	// Output:
	// [0 0 0 1 1 1 1 2 3]
}

func ExampleTooSmall() {
	labels := make([]int, 9000)
	for i := range 30 {
		labels[i] = 1
	}
	fmt.Println("no segments:", validity.TooSmall(labels, validity.SegmentShare, validity.SegmentRows))
	// Output:
	// no segments: [1]
}
