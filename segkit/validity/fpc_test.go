package validity

import (
	"context"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/kmeans"
)

// ruspini returns Ruspini's (1970) 75 points, in four clouds.
func ruspini() *mat.Dense {
	return mat.NewDense(75, 2, []float64{
		4, 53, 5, 63, 10, 59, 9, 77, 13, 49, 13, 69, 12, 88, 15, 75, 18, 61, 19, 65, 22, 74, 27, 72, 28, 76, 24, 58, 27, 55, 28, 60, 30, 52, 31, 60, 32, 61, 36, 72,
		28, 147, 32, 149, 35, 153, 33, 154, 38, 151, 41, 150, 38, 145, 38, 143, 32, 143, 34, 141, 44, 156, 44, 149, 44, 143, 46, 142, 47, 149, 49, 152, 50, 142, 53, 144, 52, 152, 55, 155, 54, 124, 60, 136, 63, 139,
		86, 132, 85, 115, 85, 96, 78, 94, 74, 96, 97, 122, 98, 116, 98, 124, 99, 119, 99, 128, 101, 115, 108, 111, 110, 111, 108, 116, 111, 126, 115, 117, 117, 115,
		70, 4, 77, 12, 83, 21, 61, 15, 69, 15, 78, 16, 66, 18, 58, 13, 64, 20, 69, 21, 66, 23, 61, 25, 76, 27, 72, 31, 64, 30,
	})
}

// best finds the best partitions of few rows.
func best(ctx context.Context, x *mat.Dense, ks []int, seed uint64) (parts []Partition, err error) {
	for _, k := range ks {
		m, err := kmeans.Fit(ctx, x, k, &kmeans.Options{Restarts: 100, Seed: seed, Workers: 1})
		if err != nil {
			return nil, err
		}
		parts = append(parts, Partition{Labels: m.Labels, Inertia: m.Inertia, Predict: func(x *mat.Dense) ([]int, error) { return m.Predict(x) }})
	}
	return parts, nil
}

// The rows that were given to R, in testdata/draws.txt, are those that are drawn.
func TestDrawsAreThoseOfTheFile(t *testing.T) {
	b, err := os.ReadFile("testdata/draws.txt")
	if err != nil {
		t.Fatal(err)
	}
	o := &Options{Seed: 1}
	at := map[string]int{}
	for line := range strings.Lines(string(b)) {
		fields := strings.Fields(line)
		var want []int
		for _, field := range fields[1:] {
			row, err := strconv.Atoi(field)
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, row)
		}
		r := o.generator(at[fields[0]])
		at[fields[0]]++
		var got []int
		switch fields[0] {
		case "boot":
			got = Bootstrap.draw(r, 75)
		case "subset":
			got = Subsample.draw(r, 75)
		case "split":
			if got, want = Subsample.draw(r, 75), want[:37]; len(fields) != 76 {
				t.Errorf("a split of %d rows", len(fields)-1)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s %d: %v, want %v", fields[0], at[fields[0]], got, want)
		}
	}
	if at["boot"] != 10 || at["subset"] != 10 || at["split"] != 10 {
		t.Errorf("%v draws", at)
	}
}

// clusterboot of R's fpc 2.2-10 on the same draws (testdata/fpc.R): the clusters by their first row, how many replicates
// dissolved and recovered them, and the coefficients. Several are exactly 0.5, which dissolves, or 0.75, which does not
// recover.
var clusterboot = []struct {
	scheme                         Scheme
	k, first, dissolved, recovered int
	jaccard                        []float64
}{
	{Bootstrap, 3, 0, 0, 3, []float64{0.68, 0.6, 1, 0.545454545455, 0.521739130435, 0.666666666667, 1, 0.636363636364, 1, 0.555555555556}},
	{Bootstrap, 3, 20, 1, 3, []float64{0.631578947368, 0.565217391304, 1, 0.555555555556, 0.458333333333, 0.714285714286, 1, 0.636363636364, 1, 0.578947368421}},
	{Bootstrap, 3, 43, 6, 3, []float64{0.368421052632, 0.434782608696, 1, 0.444444444444, 0.541666666667, 0.285714285714, 1, 0.363636363636, 1, 0.421052631579}},
	{Subsample, 3, 0, 1, 4, []float64{1, 1, 1, 1, 0.526315789474, 0.526315789474, 0.631578947368, 0.611111111111, 0.5, 0.529411764706}},
	{Subsample, 3, 20, 2, 4, []float64{1, 1, 1, 1, 0.611111111111, 0.5, 0.555555555556, 0.578947368421, 0.428571428571, 0.75}},
	{Subsample, 3, 43, 5, 4, []float64{1, 1, 1, 1, 0.388888888889, 0.5, 0.444444444444, 0.421052631579, 0.571428571429, 0.25}},
	{Bootstrap, 5, 0, 0, 9, []float64{0.529411764706, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
	{Bootstrap, 5, 20, 0, 10, []float64{1, 1, 1, 1, 1, 1, 1, 0.785714285714, 0.8, 1}},
	{Bootstrap, 5, 43, 1, 8, []float64{0.857142857143, 1, 1, 0.9, 1, 1, 0.5, 0.75, 0.9, 1}},
	{Bootstrap, 5, 44, 4, 5, []float64{0.142857142857, 1, 1, 0.666666666667, 1, 1, 0.285714285714, 0.25, 0.1, 1}},
	{Bootstrap, 5, 60, 0, 10, []float64{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
	{Subsample, 5, 0, 0, 8, []float64{1, 1, 1, 0.545454545455, 0.7, 1, 1, 1, 1, 1}},
	{Subsample, 5, 20, 0, 9, []float64{1, 1, 0.727272727273, 1, 1, 1, 1, 1, 1, 1}},
	{Subsample, 5, 43, 0, 9, []float64{0.571428571429, 0.888888888889, 0.909090909091, 0.875, 0.857142857143, 1, 0.833333333333, 1, 0.9, 1}},
	{Subsample, 5, 44, 4, 3, []float64{0.25, 0.666666666667, 0.090909090909, 0.125, 0.142857142857, 1, 0.666666666667, 1, 0.666666666667, 1}},
	{Subsample, 5, 60, 0, 10, []float64{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
	{Bootstrap, 6, 0, 0, 2, []float64{0.529411764706, 1, 0.583333333333, 1, 0.583333333333, 0.571428571429, 0.6, 0.571428571429, 0.642857142857, 0.666666666667}},
	{Bootstrap, 6, 20, 3, 2, []float64{0.6, 0.8, 0.538461538462, 0.636363636364, 0.454545454545, 0.466666666667, 0.428571428571, 0.818181818182, 0.75, 0.545454545455}},
	{Bootstrap, 6, 32, 5, 0, []float64{0.333333333333, 0.6, 0.461538461538, 0.5, 0.545454545455, 0.533333333333, 0.571428571429, 0.6, 0.5, 0.454545454545}},
	{Bootstrap, 6, 43, 1, 8, []float64{0.857142857143, 1, 1, 0.9, 1, 1, 0.5, 0.75, 0.9, 1}},
	{Bootstrap, 6, 44, 4, 5, []float64{0.142857142857, 1, 1, 0.666666666667, 1, 1, 0.285714285714, 0.25, 0.1, 1}},
	{Bootstrap, 6, 60, 0, 10, []float64{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
	{Subsample, 6, 0, 1, 3, []float64{1, 0.5, 0.75, 0.545454545455, 0.7, 1, 0.583333333333, 0.636363636364, 1, 0.555555555556}},
	{Subsample, 6, 20, 3, 2, []float64{1, 0.545454545455, 0.625, 0.5, 1, 0.666666666667, 0.4, 0.727272727273, 0.333333333333, 0.6}},
	{Subsample, 6, 32, 5, 2, []float64{1, 0.454545454545, 0.5, 0.5, 1, 0.6, 0.6, 0.272727272727, 0.666666666667, 0.4}},
	{Subsample, 6, 43, 0, 8, []float64{0.571428571429, 0.888888888889, 0.909090909091, 1, 0.857142857143, 1, 0.833333333333, 1, 0.6, 1}},
	{Subsample, 6, 44, 3, 4, []float64{0.25, 0.666666666667, 0.090909090909, 1, 0.142857142857, 1, 0.666666666667, 1, 0.666666666667, 1}},
	{Subsample, 6, 60, 0, 10, []float64{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
}

func TestStabilityIsThatOfClusterboot(t *testing.T) {
	for _, scheme := range []Scheme{Bootstrap, Subsample} {
		results, err := Stability(t.Context(), ruspini(), []int{3, 5, 6}, best, &Options{Replicates: 10, Seed: 1, Scheme: scheme})
		if err != nil {
			t.Fatal(err)
		}
		compared := 0
		for _, want := range clusterboot {
			if want.scheme != scheme {
				continue
			}
			for _, p := range results {
				if p.K != want.k {
					continue
				}
				c := p.Clusters[p.Partition.Labels[want.first]]
				compared++
				if c.Dissolved != want.dissolved || c.Recovered != want.recovered {
					t.Errorf("scheme %d, k %d, cluster of row %d: dissolved %d, recovered %d, fpc %d and %d", scheme, p.K, want.first, c.Dissolved, c.Recovered, want.dissolved, want.recovered)
				}
				for b, v := range c.Jaccard.Values {
					if math.Abs(v-want.jaccard[b]) > 1e-11 {
						t.Errorf("scheme %d, k %d, cluster of row %d, replicate %d: %v, fpc %v", scheme, p.K, want.first, b, v, want.jaccard[b])
					}
				}
			}
		}
		if compared != 3+5+6 {
			t.Errorf("%d clusters compared", compared)
		}
	}
}

// prediction.strength of R's fpc 2.2-10 on the same halves.
var strengths = map[int][]float64{
	2: {1, 1, 1, 1, 1, 1, 1, 1, 1, 1},
	3: {0.482120743034, 0.498039215686, 0.498039215686, 0.496826625387, 0.498366013072, 0.50612745098, 0.471895424837, 0.477984176127, 0.497243107769, 1},
	4: {1, 1, 1, 1, 1, 1, 1, 1, 1, 1},
	5: {0.511904761905, 0.742424242424, 0.825757575758, 0.625, 0.590476190476, 0.5, 1, 0.666666666667, 0.522222222222, 0.666666666667},
	6: {0.45974025974, 0.380952380952, 0.547619047619, 0.424242424242, 0.472222222222, 0.25, 0.45, 0.666666666667, 0.722222222222, 0.333333333333},
}

func TestPredictionStrengthIsThatOfFPC(t *testing.T) {
	got, err := PredictionStrength(t.Context(), ruspini(), []int{2, 3, 4, 5, 6}, best, &Options{Replicates: 10, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range got {
		for b, want := range strengths[s.K] {
			if math.Abs(s.Values[b]-want) > 1e-11 {
				t.Errorf("k %d, split %d: %v, fpc %v", s.K, b, s.Values[b], want)
			}
		}
	}
	if k := KByStrength(got); k != 4 {
		t.Errorf("%d clusters, fpc 4", k)
	}
}

// clusGap of R's cluster 2.1.4 with 2000 reference sets, squared distances and log 2 added, since its W is half of the
// paper's. Here the reference sets are 400 others, so that means agree within a few standard errors, sd·√(1/400+1/2000), and
// standard deviations within sd/√(2·400) times a few.
func TestGapIsThatOfClusGap(t *testing.T) {
	sets := 400
	if testing.Short() {
		sets = 40
	}
	for name, want := range map[string]struct {
		null                Null
		logW, expected, dev []float64
	}{
		"principal axes": {PrincipalBox, []float64{12.406454572030, 11.400180329365, 10.840824746562, 9.463512614041, 9.222932733174, 9.056653720058},
			[]float64{12.257331, 11.557668, 11.149940, 10.778835, 10.495755, 10.262544}, []float64{0.078711, 0.079524, 0.077147, 0.076843, 0.073742, 0.073383}},
		"columns": {ColumnBox, []float64{12.406454572030, 11.400180329365, 10.840824746562, 9.463512614041, 9.222932733174, 9.056653720058},
			[]float64{12.304669, 11.621038, 11.202417, 10.825913, 10.545680, 10.314189}, []float64{0.076756, 0.080126, 0.079898, 0.078197, 0.077526, 0.077415}},
	} {
		gaps, err := Gap(t.Context(), ruspini(), []int{1, 2, 3, 4, 5, 6}, best, &Options{Replicates: sets, Seed: 1, Reference: want.null})
		if err != nil {
			t.Fatal(err)
		}
		for i, g := range gaps {
			sd := want.dev[i]
			if math.Abs(g.LogW-want.logW[i]) > 1e-9 {
				t.Errorf("%s: log W of %d clusters: %v, clusGap %v", name, g.K, g.LogW, want.logW[i])
			}
			if math.Abs(g.Reference.Mean-want.expected[i]) > 4*sd*math.Sqrt(1/float64(sets)+1./2000) {
				t.Errorf("%s: expected log W of %d clusters: %v, clusGap %v", name, g.K, g.Reference.Mean, want.expected[i])
			}
			if math.Abs(g.Reference.SD-sd) > 4*sd/math.Sqrt(2*float64(sets)) {
				t.Errorf("%s: sd of %d clusters: %v, clusGap %v", name, g.K, g.Reference.SD, sd)
			}
			squares := 0.0
			for _, v := range g.Reference.Values {
				squares += (v - g.Reference.Mean) * (v - g.Reference.Mean) / float64(sets)
			}
			if s := math.Sqrt(squares * (1 + 1/float64(sets))); math.Abs(g.S-s) > 1e-12 || math.Abs(g.Gap-(g.Reference.Mean-g.LogW)) > 1e-12 {
				t.Errorf("%s: gap %v ± %v of %d clusters, want ± %v", name, g.Gap, g.S, g.K, s)
			}
		}
		if k := KByGap(gaps); k != 4 {
			t.Errorf("%s: %d clusters, clusGap 4", name, k)
		}
	}
}
