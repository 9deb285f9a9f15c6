package validity

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func TestSchemes(t *testing.T) {
	const n, times = 1001, 400
	share, counts := 0.0, make([]int, n)
	for b := range uint64(times) {
		half := Subsample.draw(rand.New(rand.NewPCG(1, b)), n)
		boot := Bootstrap.draw(rand.New(rand.NewPCG(1, b)), n)
		if len(half) != 500 {
			t.Fatalf("half of %d rows are %d", n, len(half))
		}
		for _, rows := range [][]int{half, boot} {
			if !slices.IsSorted(rows) || len(slices.Compact(slices.Clone(rows))) != len(rows) || rows[0] < 0 || rows[len(rows)-1] >= n {
				t.Fatalf("%v are no ascending rows", rows)
			}
		}
		share += float64(len(boot)) / n / times
		for _, i := range half {
			counts[i]++
		}
	}
	// 1 - (1-1/n)ⁿ = 0.6323 of the rows. Their number has the variance n(1/e - 2/e²) = 0.097n, so that the mean of the share
	// over 400 draws has the standard error √(0.097/1001/400) = 0.0005.
	if want := 1 - math.Pow(1-1./n, n); math.Abs(share-want) > 0.0025 {
		t.Errorf("a bootstrap draws %v of the rows, not %v", share, want)
	}
	// Each row is in 400 halves 200 ± 10 times.
	if least, most := slices.Min(counts), slices.Max(counts); least < 145 || most > 255 {
		t.Errorf("rows are drawn %d to %d times, of %d", least, most, times)
	}
}

// arbitrary gives labels that depend on the seed and on each row's value, and nothing else.
func arbitrary(_ context.Context, x *mat.Dense, ks []int, seed uint64) (parts []Partition, err error) {
	for _, k := range ks {
		label := func(x *mat.Dense) ([]int, error) {
			n, _ := x.Dims()
			labels := make([]int, n)
			for i := range labels {
				r := rand.New(rand.NewPCG(seed%5, math.Float64bits(x.At(i, 0))))
				labels[i] = min(r.IntN(k), r.IntN(k))
			}
			return labels, nil
		}
		labels, _ := label(x)
		parts = append(parts, Partition{Labels: labels, Inertia: float64(seed % 100), Predict: label})
	}
	return parts, nil
}

// Sets of rows, as Hennig writes them.
func TestStabilityIsTheNaiveOne(t *testing.T) {
	for seed := range uint64(20) {
		n := 12 + int(seed)
		x := mat.NewDense(n, 1, nil)
		x.Apply(func(i, _ int, _ float64) float64 { return float64(i) }, x)
		o := &Options{Replicates: 6, Seed: seed, Scheme: Scheme(seed % 2)}
		ks := []int{1, 2, 5}
		got, err := Stability(t.Context(), x, ks, arbitrary, o)
		if err != nil {
			t.Fatal(err)
		}
		whole, _ := arbitrary(t.Context(), x, ks, seed)
		for b := range 6 {
			r := o.generator(b)
			rows := o.Scheme.draw(r, n)
			drawn := mat.NewDense(len(rows), 1, nil)
			for i, row := range rows {
				drawn.Set(i, 0, x.At(row, 0))
			}
			parts, _ := arbitrary(t.Context(), drawn, ks, r.Uint64())
			for i, k := range ks {
				for c := range k {
					most := 0.0
					for other := range k {
						union, both := 0.0, 0.0
						for at, row := range rows {
							in, is := whole[i].Labels[row] == c, parts[i].Labels[at] == other
							if in || is {
								union++
							}
							if in && is {
								both++
							}
						}
						if union > 0 {
							most = max(most, both/union)
						}
					}
					if v := got[i].Clusters[c].Jaccard.Values[b]; v != most {
						t.Errorf("seed %d, k %d, cluster %d, replicate %d: %v, naive %v", seed, k, c, b, v, most)
					}
				}
				all, _ := parts[i].Predict(x)
				if want := AdjustedRand(whole[i].Labels, all); math.Abs(got[i].Agreement.Values[b]-want) > 1e-15 {
					t.Errorf("seed %d, k %d, replicate %d: agreement %v, naive %v", seed, k, b, got[i].Agreement.Values[b], want)
				}
			}
		}
		for i, k := range ks {
			if got[i].K != k || len(got[i].Clusters) != k {
				t.Errorf("%d clusters of k %d", len(got[i].Clusters), got[i].K)
			}
			rows := 0
			for _, c := range got[i].Clusters {
				rows += c.Size
			}
			if rows != n {
				t.Errorf("clusters of %d rows, of %d", rows, n)
			}
		}
	}
}

// Pairs of rows, one by one.
func TestPredictionStrengthIsTheNaiveOne(t *testing.T) {
	for seed := range uint64(20) {
		n := 20 + int(seed)
		x := mat.NewDense(n, 1, nil)
		x.Apply(func(i, _ int, _ float64) float64 { return float64(i) }, x)
		o := &Options{Replicates: 5, Seed: seed}
		got, err := PredictionStrength(t.Context(), x, []int{4, 1, 2}, arbitrary, o)
		if err != nil {
			t.Fatal(err)
		}
		for b := range 5 {
			r := o.generator(b)
			rows := Subsample.draw(r, n)
			var halves [2][]int
			for i := range n {
				h := 1
				if slices.Contains(rows, i) {
					h = 0
				}
				halves[h] = append(halves[h], i)
			}
			var parts [2][]Partition
			var copies [2]*mat.Dense
			for h, half := range halves {
				copies[h] = mat.NewDense(len(half), 1, nil)
				for i, row := range half {
					copies[h].Set(i, 0, x.At(row, 0))
				}
				parts[h], _ = arbitrary(t.Context(), copies[h], []int{4, 2}, r.Uint64())
			}
			for at, result := range map[int]int{0: 0, 1: 2} {
				want := 0.0
				for h := range halves {
					predicted, _ := parts[1-h][at].Predict(copies[h])
					own, worst := parts[h][at].Labels, 1.0
					for c := range got[result].K {
						pairs, together := 0, 0
						for i := range own {
							for j := range i {
								if own[i] == c && own[j] == c {
									pairs++
									if predicted[i] == predicted[j] {
										together++
									}
								}
							}
						}
						if pairs > 0 {
							worst = min(worst, float64(together)/float64(pairs))
						}
					}
					want += worst / 2
				}
				if v := got[result].Values[b]; math.Abs(v-want) > 1e-15 {
					t.Errorf("seed %d, k %d, split %d: %v, naive %v", seed, got[result].K, b, v, want)
				}
			}
		}
		if got[1].K != 1 || got[1].Mean != 1 || got[1].SD != 0 {
			t.Errorf("one cluster: %+v", got[1])
		}
	}
}

// Three rows of a 0 and two of a 1 are 0, 0, 1 and 1, 1 in the other partition. Jaccard of the first: 2/3 with 0, 1/5 with
// 1; of the second: 2/3 with 1. Of the pairs of the first cluster 1 of 3 is together, of the second 1 of 1.
func TestTableByHand(t *testing.T) {
	table := tabulate([]int{0, 0, 0, 1, 1}, []int{0, 0, 1, 1, 1}, 3, 2)
	for c, want := range []float64{2. / 3, 2. / 3, 0} {
		if got := table.mostSimilar(c); got != want {
			t.Errorf("cluster %d: %v, want %v", c, got, want)
		}
	}
	if got := table.worstPredicted(); got != 1./3 {
		t.Errorf("worst predicted: %v, want 1/3", got)
	}
	if got := tabulate([]int{0, 1}, []int{0, 0}, 2, 1).worstPredicted(); got != 1 {
		t.Errorf("single rows: %v, want 1", got)
	}
}

func TestTableAgreesLikeAdjustedRand(t *testing.T) {
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 0))
		n, k := 1+r.IntN(40), 1+r.IntN(6)
		a, b := make([]int, n), make([]int, n)
		for i := range n {
			a[i], b[i] = r.IntN(k), r.IntN(k)
		}
		if got, want := tabulate(a, b, k, k).adjustedRand(), AdjustedRand(a, b); got != want {
			t.Errorf("seed %d: %v, AdjustedRand %v", seed, got, want)
		}
	}
}
