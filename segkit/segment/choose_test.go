package segment_test

import (
	"bytes"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit"
	"example.com/marketing/segkit/dataset"
	"example.com/marketing/segkit/segment"
)

// clouds draws n rows of d columns around k centres, so many standard deviations apart from each other.
func clouds(n, d, k int, apart float64, seed uint64) *dataset.Table {
	random := rand.New(rand.NewPCG(seed, 7))
	t := &dataset.Table{X: mat.NewDense(n, d, nil)}
	for j := range d {
		t.Names = append(t.Names, string(rune('A'+j)))
	}
	for i := range n {
		for j := range d {
			v := random.NormFloat64()
			if i%k == j {
				v += apart / 1.4142135623730951
			}
			t.X.Set(i, j, v)
		}
	}
	return t
}

// Where there are clusters, their number is recommended; where there are none, nothing is, whatever the cloud looks like.
// Over 20 seeds of 400 rows, with all three transforms.
func TestChooseOnKnownStructure(t *testing.T) {
	seeds := uint64(20)
	if testing.Short() {
		seeds = 2
	}
	for _, c := range []struct {
		about string
		table func(seed uint64) *dataset.Table
		want  int // 0: no clusters
		wrong int // of 20 seeds
	}{
		{"three clouds", func(seed uint64) *dataset.Table { return clouds(400, 5, 3, 8, seed) }, 3, 0},
		{"four clouds", func(seed uint64) *dataset.Table { return clouds(400, 5, 4, 8, seed) }, 4, 0},
		{"one cloud", func(seed uint64) *dataset.Table { return clouds(400, 5, 1, 0, seed) }, 0, 0},
		{"a long cloud", func(seed uint64) *dataset.Table {
			long := clouds(400, 5, 1, 0, seed)
			for i := range 400 {
				for j := range 5 {
					long.X.Set(i, j, long.X.At(i, j)+3*long.X.At(i, 0))
				}
			}
			return long
		}, 0, 0},
	} {
		wrong := 0
		for seed := range seeds {
			choice, err := segment.Choose(t.Context(), c.table(seed), &segment.ChooseOptions{Ks: []int{2, 3, 4, 5}, Replicates: 30})
			if err != nil {
				t.Fatal(err)
			}
			got := 0
			if best, ok := choice.Recommended(); ok {
				got = best.K
			}
			if got != c.want {
				wrong++
				t.Logf("%s, seed %d: %d. %s", c.about, seed, got, choice.Sentence())
			}
		}
		if wrong > c.wrong {
			t.Errorf("%s: %d of %d wrong", c.about, wrong, seeds)
		}
	}
}

func TestChooseOnTheCustomers(t *testing.T) {
	if os.Getenv("SEGKIT_DATA") == "" || testing.Short() {
		t.Skip("SEGKIT_DATA names no file, or -short")
	}
	data, err := segkit.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	choice, err := segment.Choose(t.Context(), data.Customers, nil)
	if err != nil {
		t.Fatal(err)
	}
	best, ok := choice.Recommended()
	if !ok || best.K != 5 || best.Transform != segment.Log1p || best.Verdict() != "natural" {
		t.Errorf("recommended %d after %v", best.K, best.Transform)
	}
	for _, c := range choice.Candidates {
		// What cannot be natural: z-scores, whose silhouettes the skew and the correlations explain, or whose segments other
		// customers would not give.
		if c.Transform == segment.Plain && c.Verdict() == "natural" {
			t.Errorf("%d segments of z-scores are natural: %+v", c.K, c)
		}
		// scikit-learn's silhouettes of its own labels; the search of ours ends in the same partition, or in a better one.
		if want := map[int]float64{3: 0.250, 4: 0.198}[c.K]; c.Transform == segment.Plain && want > 0 && math.Abs(c.Silhouette-want) > 0.002 {
			t.Errorf("the silhouette of %d segments is %.4f, scikit-learn's %.3f", c.K, c.Silhouette, want)
		}
	}
	var b bytes.Buffer
	if _, err := choice.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	if again, err := segment.ReadChoice(&b); err != nil || again.Sentence() != choice.Sentence() || again.Votes[0] != choice.Votes[0] {
		t.Errorf("read back: %v", err)
	}
}
