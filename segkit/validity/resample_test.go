package validity_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/validity"
)

// above50 puts the rows above 50 into a cluster of their own.
func above50(_ context.Context, x *mat.Dense, ks []int, _ uint64) ([]validity.Partition, error) {
	label := func(x *mat.Dense) ([]int, error) {
		n, _ := x.Dims()
		labels := make([]int, n)
		for i := range labels {
			if x.At(i, 0) > 50 {
				labels[i] = 1
			}
		}
		return labels, nil
	}
	labels, err := label(x)
	return slices.Repeat([]validity.Partition{{Labels: labels, Predict: label}}, len(ks)), err
}

// A cluster of one row is found again whenever its row is drawn, and only then: in 63 % of the bootstraps, 50 % of the
// halves. Of 400 that is ± 2.4 % and ± 2.5 %.
func TestAClusterWithoutRowsIsNotFound(t *testing.T) {
	x := line(1, 2, 3, 4, 5, 6, 7, 8, 9, 100)
	for scheme, share := range map[validity.Scheme]float64{validity.Bootstrap: 1 - math.Pow(0.9, 10), validity.Subsample: 0.5} {
		r, err := validity.Stability(t.Context(), x, []int{2}, above50, &validity.Options{Replicates: 400, Seed: 1, Scheme: scheme})
		if err != nil {
			t.Fatal(err)
		}
		alone, rest := r[0].Clusters[1], r[0].Clusters[0]
		if alone.Absent != alone.Dissolved || alone.Absent+alone.Recovered != 400 || alone.Size != 1 || math.Abs(alone.Jaccard.Mean-float64(alone.Recovered)/400) > 1e-12 {
			t.Errorf("scheme %d: absent %d, dissolved %d, recovered %d, mean %v", scheme, alone.Absent, alone.Dissolved, alone.Recovered, alone.Jaccard.Mean)
		}
		if math.Abs(alone.Jaccard.Mean-share) > 0.1 {
			t.Errorf("scheme %d: mean %v, want %v", scheme, alone.Jaccard.Mean, share)
		}
		if rest.Absent != 0 || rest.Jaccard.Mean != 1 || rest.Size != 9 || r[0].Agreement.Min != 1 {
			t.Errorf("scheme %d: %+v, agreement from %v", scheme, rest, r[0].Agreement.Min)
		}
	}
	// A number without rows, in the whole, is never found.
	r, err := validity.Stability(t.Context(), x, []int{3}, above50, nil)
	if err != nil {
		t.Fatal(err)
	}
	if none := r[0].Clusters[2]; none.Size != 0 || none.Absent != 100 || none.Jaccard.Max != 0 || none.Verdict() != "dissolved" {
		t.Errorf("a cluster without rows: %+v", none)
	}
}

func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		mean float64
		want string
	}{
		{0, "dissolved"}, {0.5, "dissolved"}, {0.501, "not to be trusted"}, {0.599, "not to be trusted"},
		{0.6, "a pattern, doubtful which rows belong"}, {0.749, "a pattern, doubtful which rows belong"},
		{0.75, "stable"}, {0.849, "stable"}, {0.85, "highly stable"}, {1, "highly stable"},
	} {
		if got := (validity.ClusterStability{Jaccard: validity.Scores{Mean: c.mean}}).Verdict(); got != c.want {
			t.Errorf("%v is %q, want %q", c.mean, got, c.want)
		}
	}
}

// Runs 0 and 2 say {0, 0, 0, 1, 1, 1}, run 1 says {0, 0, 1, 1, 1, 1}: they agree by 1.2/3.7 (TestAdjustedRandByHand). So the
// pairs 01, 02, 12 have r, 1, r; runs 0 and 2 agree with the others by (r+1)/2, run 1 by r. The first of the best is run 0;
// with runs from seed 1 on it is run 1.
func TestSeedAgreementByHand(t *testing.T) {
	method := func(_ context.Context, x *mat.Dense, ks []int, seed uint64) ([]validity.Partition, error) {
		p := validity.Partition{Labels: []int{0, 0, 0, 1, 1, 1}, Inertia: 10 + float64(seed), Space: x}
		if seed%2 == 1 {
			p.Labels = []int{0, 0, 1, 1, 1, 1}
		}
		return []validity.Partition{p}, nil
	}
	const r = 1.2 / 3.7
	for seed, want := range []struct{ pairs, byRun, labels []float64 }{
		{[]float64{r, 1, r}, []float64{(r + 1) / 2, r, (r + 1) / 2}, []float64{0, 0, 0, 1, 1, 1}},
		{[]float64{r, 1, r}, []float64{(r + 1) / 2, r, (r + 1) / 2}, []float64{0, 0, 1, 1, 1, 1}},
	} {
		got, err := validity.SeedAgreement(t.Context(), line(1, 2, 3, 4, 5, 6), []int{2}, method, &validity.Options{Replicates: 3, Seed: uint64(seed)})
		if err != nil {
			t.Fatal(err)
		}
		s := got[0]
		for i := range 3 {
			if math.Abs(s.Agreement.Values[i]-want.pairs[i]) > 1e-15 || math.Abs(s.ByRun[i]-want.byRun[i]) > 1e-15 || s.Inertia.Values[i] != float64(10+seed+i) {
				t.Errorf("seed %d: pairs %v, runs %v, inertia %v", seed, s.Agreement.Values, s.ByRun, s.Inertia.Values)
			}
		}
		for i, c := range want.labels {
			if s.Partition.Labels[i] != int(c) {
				t.Fatalf("seed %d: the medoid is %v", seed, s.Partition.Labels)
			}
		}
		if s.Medoid != 0 || s.K != 2 || math.Abs(s.Agreement.Mean-(2*r+1)/3) > 1e-15 || s.Agreement.Min != s.Agreement.Values[0] || s.Partition.Space != nil {
			t.Errorf("seed %d: medoid %d, agreement %v from %v", seed, s.Medoid, s.Agreement.Mean, s.Agreement.Min)
		}
	}
	// With 0, 1, 2, 3, 4 the runs 0, 2 and 4 are three, and 1 and 3 are two; with 1 to 5 it is the other way round.
	got, err := validity.SeedAgreement(t.Context(), line(1, 2, 3, 4, 5, 6), []int{2}, method, &validity.Options{Replicates: 4, Seed: 1})
	if err != nil || got[0].Medoid != 0 {
		t.Errorf("two and two: medoid %d, %v", got[0].Medoid, err)
	}
	got, err = validity.SeedAgreement(t.Context(), line(1, 2, 3, 4, 5, 6), []int{2}, func(ctx context.Context, x *mat.Dense, ks []int, seed uint64) ([]validity.Partition, error) {
		return method(ctx, x, ks, min(seed, 1)) // run 0 is alone
	}, &validity.Options{Replicates: 5})
	if err != nil || got[0].Medoid != 1 {
		t.Errorf("one against four: medoid %d, %v", got[0].Medoid, err)
	}
}

// Reference data of twice the size have four times the inertia, so that every gap is log 4, without any spread.
func TestGapByHand(t *testing.T) {
	squares := func(ctx context.Context, x *mat.Dense, ks []int, seed uint64) ([]validity.Partition, error) {
		parts, err := one(ctx, x, ks, seed)
		for i, k := range ks {
			parts[i].Inertia = math.Pow(mat.Norm(x, 2), 2) / float64(k)
		}
		return parts, err
	}
	double := func(x *mat.Dense, _ uint64) (*mat.Dense, error) {
		var y mat.Dense
		y.Scale(2, x)
		return &y, nil
	}
	gaps, err := validity.Gap(t.Context(), line(3, 4), []int{1, 2, 3}, squares, &validity.Options{Reference: double})
	if err != nil {
		t.Fatal(err)
	}
	for i, g := range gaps {
		if g.K != i+1 || math.Abs(g.LogW-math.Log(25/float64(g.K))) > 1e-12 || math.Abs(g.Gap-math.Log(4)) > 1e-12 || g.S > 1e-12 || len(g.Reference.Values) != 50 {
			t.Errorf("%+v", g)
		}
	}
}

func TestKByGap(t *testing.T) {
	for _, c := range []struct {
		gap, s []float64
		want   int
	}{
		{[]float64{0.1, 0.5, 0.9, 0.8}, []float64{0.1, 0.1, 0.1, 0.1}, 4}, // ks begin at 2
		{[]float64{0.1, 0.5, 0.9, 0.95}, []float64{0.1, 0.1, 0.1, 0.06}, 4},
		{[]float64{0.1, 0.5, 0.9, 1}, []float64{0.1, 0.1, 0.1, 0.06}, 0}, // goes on growing
		{[]float64{0.5, 0.625}, []float64{0, 0.125}, 2},                  // just as large
		{[]float64{0.5}, []float64{0.1}, 0}, {nil, nil, 0},
	} {
		var gaps []validity.GapAt
		for i := range c.gap {
			gaps = append(gaps, validity.GapAt{K: i + 2, Gap: c.gap[i], S: c.s[i]})
		}
		if got := validity.KByGap(gaps); got != c.want {
			t.Errorf("gaps %v ± %v: %d, want %d", c.gap, c.s, got, c.want)
		}
	}
}

func TestKByStrength(t *testing.T) {
	strength := func(k int, mean, sd float64) validity.Strength {
		return validity.Strength{K: k, Scores: validity.Scores{Values: make([]float64, 4), Mean: mean, SD: sd}}
	}
	for _, c := range []struct {
		strengths []validity.Strength
		want      int
	}{
		{nil, 1},
		{[]validity.Strength{strength(2, 0.7, 0), strength(3, 0.6, 0.1)}, 1},
		{[]validity.Strength{strength(2, 0.9, 0), strength(3, 0.6, 0.1), strength(5, 0.75, 0.125), strength(6, 0.75, 0.05)}, 5}, // 0.75 + 0.125/√4
		{[]validity.Strength{strength(4, 0.9, 0), strength(2, 0.9, 0)}, 4},                                                      // in any order
	} {
		if got := validity.KByStrength(c.strengths); got != c.want {
			t.Errorf("%v: %d, want %d", c.strengths, got, c.want)
		}
	}
}
