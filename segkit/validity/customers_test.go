package validity_test

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/validity"
)

// figure is a mean over replicates and their standard deviation.
type figure struct{ mean, sd float64 }

// scikit-learn's figures of 60 replicates (testdata/boot.py), k-means of z-scores and of those of logarithms: the agreement,
// and the Jaccard coefficients of the clusters by size. Then the prediction strength of 60 splits.
var sklearnStability = []struct {
	scale     string
	scheme    validity.Scheme
	k         int
	agreement figure
	jaccard   []figure
}{
	{"z", validity.Bootstrap, 2, figure{0.975, 0.013}, []figure{{0.989, 0.006}, {0.985, 0.008}}},
	{"z", validity.Subsample, 2, figure{0.971, 0.017}, []figure{{0.988, 0.008}, {0.982, 0.011}}},
	{"z", validity.Bootstrap, 3, figure{0.876, 0.241}, []figure{{0.928, 0.158}, {0.908, 0.187}, {0.886, 0.178}}},
	{"z", validity.Subsample, 3, figure{0.823, 0.290}, []figure{{0.895, 0.188}, {0.868, 0.220}, {0.841, 0.222}}},
	{"z", validity.Bootstrap, 4, figure{0.947, 0.067}, []figure{{0.971, 0.070}, {0.959, 0.033}, {0.951, 0.085}, {0.805, 0.157}}},
	{"z", validity.Subsample, 4, figure{0.948, 0.028}, []figure{{0.976, 0.011}, {0.957, 0.031}, {0.953, 0.022}, {0.796, 0.174}}},
	{"z", validity.Bootstrap, 5, figure{0.819, 0.192}, []figure{{0.893, 0.141}, {0.828, 0.175}, {0.696, 0.274}, {0.921, 0.069}, {0.539, 0.267}}},
	{"z", validity.Subsample, 5, figure{0.848, 0.183}, []figure{{0.906, 0.130}, {0.870, 0.158}, {0.754, 0.261}, {0.923, 0.062}, {0.536, 0.269}}},
	{"z", validity.Bootstrap, 6, figure{0.898, 0.106}, []figure{{0.949, 0.074}, {0.896, 0.116}, {0.789, 0.222}, {0.941, 0.159}, {0.940, 0.039}, {0.621, 0.259}}},
	{"z", validity.Subsample, 6, figure{0.896, 0.099}, []figure{{0.939, 0.085}, {0.908, 0.091}, {0.816, 0.183}, {0.917, 0.201}, {0.936, 0.047}, {0.571, 0.242}}},
	{"z", validity.Bootstrap, 7, figure{0.842, 0.116}, []figure{{0.905, 0.077}, {0.863, 0.131}, {0.718, 0.215}, {0.894, 0.165}, {0.915, 0.051}, {0.589, 0.449}, {0.532, 0.251}}},
	{"z", validity.Subsample, 7, figure{0.831, 0.092}, []figure{{0.899, 0.060}, {0.855, 0.104}, {0.707, 0.187}, {0.904, 0.103}, {0.894, 0.071}, {0.452, 0.445}, {0.484, 0.236}}},
	{"log", validity.Bootstrap, 2, figure{0.991, 0.004}, []figure{{0.996, 0.002}, {0.993, 0.003}}},
	{"log", validity.Subsample, 2, figure{0.990, 0.005}, []figure{{0.996, 0.002}, {0.993, 0.004}}},
	{"log", validity.Bootstrap, 3, figure{0.971, 0.013}, []figure{{0.978, 0.012}, {0.977, 0.011}, {0.988, 0.006}}},
	{"log", validity.Subsample, 3, figure{0.966, 0.013}, []figure{{0.974, 0.012}, {0.972, 0.012}, {0.988, 0.006}}},
	{"log", validity.Bootstrap, 4, figure{0.845, 0.180}, []figure{{0.825, 0.213}, {0.951, 0.063}, {0.846, 0.177}, {0.861, 0.244}}},
	{"log", validity.Subsample, 4, figure{0.812, 0.189}, []figure{{0.787, 0.225}, {0.939, 0.067}, {0.814, 0.183}, {0.813, 0.276}}},
	{"log", validity.Bootstrap, 5, figure{0.976, 0.014}, []figure{{0.988, 0.008}, {0.982, 0.013}, {0.978, 0.012}, {0.979, 0.012}, {0.964, 0.033}}},
	{"log", validity.Subsample, 5, figure{0.965, 0.024}, []figure{{0.983, 0.013}, {0.970, 0.025}, {0.971, 0.018}, {0.973, 0.016}, {0.942, 0.061}}},
	{"log", validity.Bootstrap, 6, figure{0.979, 0.006}, []figure{{0.994, 0.003}, {0.984, 0.008}, {0.979, 0.009}, {0.968, 0.010}, {0.979, 0.012}, {0.971, 0.012}}},
	{"log", validity.Subsample, 6, figure{0.972, 0.007}, []figure{{0.991, 0.004}, {0.975, 0.013}, {0.974, 0.010}, {0.961, 0.016}, {0.971, 0.014}, {0.958, 0.022}}},
	{"log", validity.Bootstrap, 7, figure{0.909, 0.104}, []figure{{0.949, 0.106}, {0.845, 0.222}, {0.952, 0.047}, {0.924, 0.075}, {0.933, 0.070}, {0.910, 0.091}, {0.681, 0.408}}},
	{"log", validity.Subsample, 7, figure{0.906, 0.101}, []figure{{0.960, 0.067}, {0.837, 0.220}, {0.944, 0.051}, {0.915, 0.073}, {0.930, 0.069}, {0.906, 0.086}, {0.680, 0.396}}},
}

var sklearnStrength = []struct {
	scale    string
	k        int
	strength figure
}{
	{"z", 2, figure{0.943, 0.058}},
	{"z", 3, figure{0.726, 0.164}},
	{"z", 4, figure{0.718, 0.092}},
	{"z", 5, figure{0.628, 0.092}},
	{"z", 6, figure{0.606, 0.122}},
	{"z", 7, figure{0.457, 0.132}},
	{"log", 2, figure{0.982, 0.009}},
	{"log", 3, figure{0.925, 0.029}},
	{"log", 4, figure{0.594, 0.156}},
	{"log", 5, figure{0.863, 0.080}},
	{"log", 6, figure{0.883, 0.033}},
	{"log", 7, figure{0.529, 0.236}},
}

var scales = map[string]func(float64) float64{"z": identity, "log": math.Log1p}

// customers are the rows of the real data; without them the test is skipped.
func customers(t *testing.T) *mat.Dense {
	if os.Getenv("SEGKIT_DATA") == "" {
		t.Skip("SEGKIT_DATA names no file: the comparison with scikit-learn is left out")
	}
	if testing.Short() {
		t.Skip("the real data take too long for -short")
	}
	return realRows(t)
}

// patient gives all rows 50 restarts, and samples of them what method gives.
func patient(x *mat.Dense, method, all validity.Method) validity.Method {
	n, _ := x.Dims()
	return func(ctx context.Context, x *mat.Dense, ks []int, seed uint64) ([]validity.Partition, error) {
		if m, _ := x.Dims(); m == n {
			return all(ctx, x, ks, seed)
		}
		return method(ctx, x, ks, seed)
	}
}

// Two means of samples differ by less than 4 standard errors, √(sd²/a + sd²/b), but for 1 in 16,000; there are some 120 here,
// and the noise is up to 0.08 where a cluster is found or not, 0.001 where it always is.
//
// What is left to the 0.01 more is that the partitions of all rows are not quite the same. Ours have inertias that are lower
// by 0.02, 0.5, 0.2, 0.4, 0.9 and 5.7 of 127772, 111962, 99054, 91483, 84818 and 79496 for k = 2 to 7, and by 0.4 at the most
// for logarithms, since scikit-learn stops at a tolerance and ours goes on to exchange single rows: 16 of 1236 customers more
// in a cluster of three, 8 of 409 fewer in one of four, 2 of 85 in one of five, 5 of 86 in one of seven. Ours finds better
// optima from as many starts in the samples, too: the smallest of four clusters has 0.845 ± 0.015 in bootstraps, theirs
// 0.805 ± 0.020.
func like(t *testing.T, about string, got validity.Scores, want figure, replicates float64) {
	t.Helper()
	tolerance := 0.01 + 4*math.Sqrt(got.SD*got.SD/float64(len(got.Values))+want.sd*want.sd/replicates)
	if math.Abs(got.Mean-want.mean) > tolerance {
		t.Errorf("%s: %.3f (sd %.3f), scikit-learn %.3f (sd %.3f), tolerance %.3f", about, got.Mean, got.SD, want.mean, want.sd, tolerance)
	}
}

func TestCustomersAreAsStableAsWithScikitLearn(t *testing.T) {
	x := customers(t)
	ks := []int{2, 3, 4, 5, 6, 7}
	for name, f := range scales {
		method := patient(x, scaled(5, f), scaled(50, f))
		for _, scheme := range []validity.Scheme{validity.Bootstrap, validity.Subsample} {
			results, err := validity.Stability(t.Context(), x, ks, method, &validity.Options{Seed: 1, Scheme: scheme})
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range sklearnStability {
				if want.scale != name || want.scheme != scheme {
					continue
				}
				p := results[want.k-2]
				about := fmt.Sprintf("%s, scheme %d, k=%d", name, scheme, want.k)
				t.Logf("%s: agreement %.3f from %.3f, scikit-learn %.3f", about, p.Agreement.Mean, p.Agreement.Min, want.agreement.mean)
				like(t, about, p.Agreement, want.agreement, 60)
				for c, s := range p.Clusters {
					t.Logf("%s: %d rows, Jaccard %.3f (sd %.3f), scikit-learn %.3f", about, s.Size, s.Jaccard.Mean, s.Jaccard.SD, want.jaccard[c].mean)
					like(t, fmt.Sprintf("%s, cluster %d", about, c), s.Jaccard, want.jaccard[c], 60)
				}
			}
		}
		strengths, err := validity.PredictionStrength(t.Context(), x, ks, method, &validity.Options{Seed: 1, Replicates: 60})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range sklearnStrength {
			if want.scale == name {
				about := fmt.Sprintf("%s, k=%d", name, want.k)
				t.Logf("%s: prediction strength %.3f, scikit-learn %.3f", about, strengths[want.k-2].Mean, want.strength.mean)
				like(t, about, strengths[want.k-2].Scores, want.strength, 60)
			}
		}
		// Three clusters of z-scores are at the border, with 0.79 ± 0.02; scikit-learn's have 0.73 ± 0.02.
		if got := validity.KByStrength(strengths); name == "z" && got > 3 || name == "log" && got != 6 {
			t.Errorf("%s: %d clusters by prediction strength", name, got)
		}
	}
}

// The figures of segmentation-practice.md, part 4, by scikit-learn, have a scaler that was fitted once, to all customers; here rows are given
// scaled. Their samples repeat rows, and so vary like halves without repetition. They are of 30 samples, and of 8 splits, perhaps
// in one direction each, which doubles the variance; they have two digits. So their own standard errors are 0.064, 0.011, 0.036
// and 0.023 for the agreement of three to six clusters, and between 0.005 and 0.12 for prediction strength. Fitting the scaler anew makes three clusters more
// stable, 0.81 instead of 0.70: heavy tails make standard deviations vary, and the scaler makes up for that.
//
// The partitions of five and of six clusters that part 4 saw are others, with 30 and 86 customers in the smallest cluster (the
// first has a higher inertia than ours), so of these only the agreement is compared.
func TestCustomersAreAsPartFourSays(t *testing.T) {
	x := customers(t)
	for name, f := range scales {
		parts, err := scaled(1, f)(t.Context(), x, []int{1}, 1)
		if err != nil {
			t.Fatal(err)
		}
		z := parts[0].Space
		if name == "z" {
			o := &validity.Options{Seed: 1, Scheme: validity.Subsample}
			results, err := validity.Stability(t.Context(), z, []int{3, 4, 5, 6}, patient(z, means(5), means(50)), o)
			if err != nil {
				t.Fatal(err)
			}
			for i, mean := range []float64{0.70, 0.95, 0.77, 0.87} {
				agreement := results[i].Agreement
				t.Logf("k=%d: agreement %.3f (sd %.3f) from %.2f, part 4 %v; weakest %.3f", results[i].K, agreement.Mean, agreement.SD, agreement.Min, mean, worst(results[i]))
				like(t, "agreement", agreement, figure{mean, agreement.SD}, 30)
			}
			for i, mean := range []float64{0.75, 0.76} { // of 1252 and 409 customers
				weakest := results[i].Clusters[i+2]
				if weakest.Jaccard.Mean != worst(results[i]) {
					t.Errorf("the weakest of %d clusters is not the smallest", i+3)
				}
				like(t, "weakest", weakest.Jaccard, figure{mean, weakest.Jaccard.SD}, 30)
			}
		}
		strengths, err := validity.PredictionStrength(t.Context(), z, []int{2, 3, 4, 5, 6, 7}, means(5), &validity.Options{Seed: 1, Replicates: 60})
		if err != nil {
			t.Fatal(err)
		}
		for i, mean := range map[string][]float64{"z": {.94, .66, .62, .59, .59, .53}, "log": {.97, .91, .51, .92, .88, .46}}[name] {
			s := strengths[i].Scores
			t.Logf("%s k=%d: prediction strength %.3f (sd %.3f), part 4 %v", name, strengths[i].K, s.Mean, s.SD, mean)
			like(t, "prediction strength, "+name, s, figure{mean, math.Sqrt2 * s.SD}, 8)
		}
	}
}

// The gap of the customers goes on growing beyond 8 clusters, so that the rule names none: there is no number at which they
// fall apart.
func TestCustomersHaveNoGap(t *testing.T) {
	parts, err := scaled(1, identity)(t.Context(), customers(t), []int{1}, 1)
	if err != nil {
		t.Fatal(err)
	}
	gaps, err := validity.Gap(t.Context(), parts[0].Space, []int{1, 2, 3, 4, 5, 6}, means(5), &validity.Options{Seed: 1, Replicates: 20})
	if err != nil {
		t.Fatal(err)
	}
	if k := validity.KByGap(gaps); k != 0 || !slices.IsSortedFunc(gaps, func(a, b validity.GapAt) int { return cmp.Compare(a.Gap, b.Gap) }) {
		t.Errorf("the gap says %d: %v", k, gaps)
	}
}

// On the real data where SEGKIT_DATA names them, on synthetic ones of the same size otherwise.
func BenchmarkResampling(b *testing.B) {
	x := realRows(b)
	ks, method := []int{2, 3, 4, 5, 6, 7, 8}, scaled(5, identity)
	for _, scheme := range []validity.Scheme{validity.Bootstrap, validity.Subsample} {
		b.Run([]string{"bootstrap", "subsample"}[scheme], func(b *testing.B) {
			for b.Loop() {
				if _, err := validity.Stability(b.Context(), x, ks, method, &validity.Options{Scheme: scheme}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("strength", func(b *testing.B) {
		for b.Loop() {
			if _, err := validity.PredictionStrength(b.Context(), x, ks, method, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("gap", func(b *testing.B) {
		for b.Loop() {
			if _, err := validity.Gap(b.Context(), x, append([]int{1}, ks...), method, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}
