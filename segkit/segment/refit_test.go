package segment

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/dataset"
)

func column(values ...float64) *dataset.Table {
	return &dataset.Table{Names: []string{"a"}, X: mat.NewDense(len(values), 1, values)}
}

// The old borders are at 2.5 and 15: the new table's 10, 10, 10 are old segment "ten", its 30s nobody's but the nearest's.
func TestRefitByHand(t *testing.T) {
	old, err := Fit(t.Context(), column(0, 0, 0, 0, 10, 10, 10, 20, 20), Recipe{K: 3})
	if err != nil {
		t.Fatal(err)
	}
	if err := old.Rename("none", "ten", "twenty"); err != nil {
		t.Fatal(err)
	}
	// Old labels of the new table: 0 0 | 10 10 10 | 20 20 20 20, 23 and 40 are twenty as well. New segments by size: 20s with
	// 23 (5), 10s (3), 0s (2) and with four segments 40. With three: {0 0}, {10 10 10}, {20 20 20 20 23}, {40} must be three;
	// 40 alone costs less apart than any merger but 0s with 10s: 2·3/5·100 = 120, 40 with the 20s 5·1/6·19.4² = 314.
	table := column(0, 0, 10, 10, 10, 20, 20, 20, 20, 23, 40)
	m, matches, err := old.Refit(t.Context(), table)
	if err != nil {
		t.Fatal(err)
	}
	// {0 0 10 10 10} shares 3 with ten, 2 with none: it is ten, 3 of 5. {20…23} is twenty, 5 of 6, as 40 was. {40} shares
	// nobody with none: new, 0 of 3.
	if want := []int{1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 0}; !slices.Equal(m.Labels, want) {
		t.Fatalf("labels %v, want %v", m.Labels, want)
	}
	if want := []Match{{0, false}, {0.6, true}, {5.0 / 6, true}}; !slices.Equal(matches, want) {
		t.Errorf("matches %v, want %v", matches, want)
	}
	if want := []string{"new segment 0", "ten", "twenty"}; !slices.Equal(m.Names, want) || !slices.Equal(m.Sizes, []int{1, 5, 5}) {
		t.Errorf("names %q, sizes %v", m.Names, m.Sizes)
	}
	assigned, err := m.AssignTable(t.Context(), table)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range assigned {
		if a.Segment != m.Labels[i] {
			t.Errorf("row %d is assigned to %d, was fitted in %d", i, a.Segment, m.Labels[i])
		}
	}
	// What was called new is an old name the next time, and another new segment in its place has another one.
	again, matches, err := m.Refit(t.Context(), column(10, 10, 10, 20, 20, 20, 20, 20, -90))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"new new segment 0", "ten", "twenty"}; !slices.Equal(again.Names, want) || matches[0].Kept {
		t.Errorf("names %q, %v", again.Names, matches)
	}
}

// Whatever the segments' numbers were, they stay on the same customers in another order, and mostly on others of the same kind.
func TestRefitKeepsNumbers(t *testing.T) {
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 0))
		table := dataset.Synthesize(1500, seed)
		m, err := Fit(t.Context(), table, Recipe{K: 4, Restarts: 20, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		to := r.Perm(4)
		plain := slices.Clone(m.Labels)
		m.renumber(to)
		for i, c := range plain {
			if m.Labels[i] != to[c] {
				t.Fatalf("seed %d: row %d has %d, want %d", seed, i, m.Labels[i], to[c])
			}
		}
		m.Names = []string{"a", "b", "c", "d"}
		order := r.Perm(1500)
		shuffled, matches, err := m.Refit(t.Context(), table.Rows(order))
		if err != nil {
			t.Fatal(err)
		}
		for c, match := range matches { // another order has other starts, which may end elsewhere
			if !match.Kept || match.Jaccard < 0.8 || shuffled.Names[c] != m.Names[c] {
				t.Errorf("seed %d: shuffled, segment %d is %+v, %q", seed, c, match, shuffled.Names[c])
			}
		}
		for i, row := range order {
			if matches[0].Jaccard == 1 && matches[1].Jaccard == 1 && matches[2].Jaccard == 1 && shuffled.Labels[i] != m.Labels[row] {
				t.Fatalf("seed %d: row %d has %d, had %d", seed, row, shuffled.Labels[i], m.Labels[row])
			}
		}
		later := dataset.Synthesize(1500, seed+100)
		was, err := m.AssignTable(t.Context(), later)
		if err != nil {
			t.Fatal(err)
		}
		refitted, matches, err := m.Refit(t.Context(), later)
		if err != nil {
			t.Fatal(err)
		}
		same := 0
		for i, a := range was {
			if a.Segment == refitted.Labels[i] {
				same++
			}
		}
		if same < 1125 {
			t.Errorf("seed %d: of 1500 new customers %d have the old number, %+v", seed, same, matches)
		}
		for c := range 4 {
			both, either := 0, 0
			for i, a := range was {
				if a.Segment == c && refitted.Labels[i] == c {
					both++
				}
				if a.Segment == c || refitted.Labels[i] == c {
					either++
				}
			}
			if want := float64(both) / float64(either); matches[c].Jaccard != want || matches[c].Kept != (want >= 0.5) {
				t.Errorf("seed %d: segment %d is %+v, want %v", seed, c, matches[c], want)
			}
		}
	}
}

func TestRefitErrors(t *testing.T) {
	m, err := Fit(t.Context(), column(1, 2, 3, 4), Recipe{K: 3})
	if err != nil {
		t.Fatal(err)
	}
	other := column(1, 2, 3)
	other.Names = []string{"b"}
	if _, _, err := m.Refit(t.Context(), other); !errors.Is(err, ErrColumns) || !strings.Contains(err.Error(), `"a"`) {
		t.Errorf("%v", err)
	}
	if _, _, err := m.Refit(t.Context(), column(1, 2)); !errors.Is(err, ErrRecipe) {
		t.Errorf("too few rows: %v", err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := m.Refit(cancelled, column(1, 2, 3)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
