package segment_test

import (
	"bytes"
	"slices"
	"testing"

	"example.com/marketing/segkit/autoencoder"
	"example.com/marketing/segkit/dataset"
	"example.com/marketing/segkit/segment"
)

// Every recipe gives its training rows the labels that they were fitted with, in a table, one by one, and after a journey
// through a file.
func TestAssign(t *testing.T) {
	customers := dataset.Synthesize(600, 1)
	for about, r := range map[string]segment.Recipe{
		"plain": {K: 4}, "log": {K: 3, Transform: segment.Log1p}, "ranks": {K: 5, Transform: segment.Ranks},
		"pca": {K: 3, Components: 2}, "one": {K: 1},
		"network": {K: 3, Network: &autoencoder.Config{Hidden: []int{4}, Epochs: 2}},
	} {
		m, err := segment.Fit(t.Context(), customers, r)
		if err != nil {
			t.Fatalf("%s: %v", about, err)
		}
		var b bytes.Buffer
		if _, err := m.WriteTo(&b); err != nil {
			t.Fatalf("%s: %v", about, err)
		}
		loaded, err := segment.Read(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatalf("%s: %v", about, err)
		}
		got, err := loaded.AssignTable(t.Context(), customers)
		if err != nil {
			t.Fatalf("%s: %v", about, err)
		}
		unlike := 0
		for i, a := range got {
			if a.Segment != m.Labels[i] {
				t.Errorf("%s: row %d is in %d, was fitted in %d", about, i, a.Segment, m.Labels[i])
			}
			if one, err := m.Assign(customers.X.RawRowView(i)); err != nil || one != a {
				t.Errorf("%s: row %d alone %+v, among all %+v, %v", about, i, one, a, err)
			}
			if a.Unlike {
				unlike++
			}
		}
		if unlike != 6 {
			t.Errorf("%s: %d of 600 rows are beyond the 99th percentile", about, unlike)
		}
		slices.Sort(m.Sizes)
		if slices.Reverse(m.Sizes); m.Sizes[0] != loaded.Sizes[0] {
			t.Errorf("%s: sizes %v", about, loaded.Sizes)
		}
	}
}
