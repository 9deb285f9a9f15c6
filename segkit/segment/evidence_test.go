package segment_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/floats/scalar"
	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit"
	"example.com/marketing/segkit/dataset"
	"example.com/marketing/segkit/kmeans"
	"example.com/marketing/segkit/segment"
)

func same(a, b float64) bool {
	return math.IsNaN(a) && math.IsNaN(b) || scalar.EqualWithinAbsOrRel(a, b, 1e-9, 1e-9)
}

func sameEstimate(a, b segment.Estimate) bool {
	return same(a.Value, b.Value) && same(a.Low, b.Low) && same(a.High, b.High)
}

// SPEND is 1, 2, 3 in segment 0 and 4, 6, 8 in segment 1: mean 4, sum of squares 9+4+1+0+4+16 = 34. The segments' means are 2
// and 6, so 3·2² + 3·2² = 24 of it lies between them, and 2 + 8 = 10 within: the pooled variance is 10/4. Every pair is won.
// ACTIVE is 0, 0, 1 and 0, 1, 1. Of the nine pairs, a 0 of segment 1 ties twice and loses once, a 1 wins twice and ties once:
// 4 won, 1 lost, so Cliff's delta is 3/9. The sum of squares is 6/4, of which 6·(1/6)² = 1/6 lies between, and the pooled
// variance is (2/3 + 2/3)/4 = 1/3.
func TestEvidenceByHand(t *testing.T) {
	customers := &dataset.Table{
		Names: []string{"ACTIVE", "SPEND", "TENURE"},
		X:     mat.NewDense(6, 3, []float64{0, 1, 12, 0, 2, 12, 1, 3, 12, 0, 4, 12, 1, 6, 12, 1, 8, 12}),
	}
	r, err := segment.Evidence(context.Background(), customers, []int{0, 0, 0, 1, 1, 1}, &segment.EvidenceOptions{Replicates: 10})
	if err != nil {
		t.Fatal(err)
	}
	if order := []string{r.Features[0].Feature, r.Features[1].Feature, r.Features[2].Feature}; !slices.Equal(order, []string{"SPEND", "ACTIVE", "TENURE"}) {
		t.Errorf("features in the order %v", order)
	}
	if r.Chance != 0.2 {
		t.Errorf("chance %v, want 1/5", r.Chance)
	}
	for _, want := range []struct {
		name           string
		eta, d, delta  float64
		inside, others float64
	}{
		{"SPEND", 24. / 34, 4 / math.Sqrt(2.5), 1, 6, 2},
		{"ACTIVE", 1. / 9, 1. / 3 / math.Sqrt(1./3), 1. / 3, 2. / 3, 1. / 3},
		{"TENURE", 0, 0, 0, 12, 12},
	} {
		if got := r.Feature(want.name).EtaSquared.Value; !same(got, want.eta) {
			t.Errorf("%s: eta squared %v, want %v", want.name, got, want.eta)
		}
		for s, sign := range []float64{-1, 1} {
			c := r.Segments[s].Contrast(want.name)
			if !same(c.CohenD.Value, sign*want.d) || !same(c.CliffDelta.Value, sign*want.delta) {
				t.Errorf("%s, segment %d: d %v, delta %v, want %v, %v", want.name, s, c.CohenD.Value, c.CliffDelta.Value, sign*want.d, sign*want.delta)
			}
		}
		if c := r.Segments[1].Contrast(want.name); !same(c.Mean, want.inside) || !same(c.Outside, want.others) || !same(c.Superiority(), (1+want.delta)/2) {
			t.Errorf("%s: means %v and %v, superiority %v", want.name, c.Mean, c.Outside, c.Superiority())
		}
	}
}

// random is a table of n customers in k segments: a normal column, a column of few whole numbers, and one of mostly zeros.
func random(seed uint64, n, k int) (*dataset.Table, []int) {
	r := rand.New(rand.NewPCG(seed, 99))
	t, labels := &dataset.Table{Names: []string{"NORMAL", "WHOLE", "ZEROS"}, X: mat.NewDense(n, 3, nil)}, make([]int, n)
	for i := range n {
		s := i % k
		if i >= k {
			s = int(r.Float64() * r.Float64() * float64(k)) // of different sizes
		}
		labels[i] = s
		t.X.SetRow(i, []float64{1e4 + r.NormFloat64() + float64(s)/2, float64(r.IntN(4) + s/2), max(0, r.NormFloat64()*100-80*float64(k-s))})
	}
	return t, labels
}

// naive computes the figures of the customers in rows by their definitions, pair by pair.
func naive(t *dataset.Table, labels, rows []int, k, j int) (eta float64, d, delta []float64) {
	value := func(i int) float64 { return t.X.At(rows[i], j) }
	mean := func(in func(i int) bool) (mean, squares float64, n float64) {
		for i := range rows {
			if in(i) {
				mean, n = mean+value(i), n+1
			}
		}
		mean /= n
		for i := range rows {
			if in(i) {
				squares += (value(i) - mean) * (value(i) - mean)
			}
		}
		return mean, squares, n
	}
	_, all, n := mean(func(int) bool { return true })
	within := 0.0
	for s := range k {
		inside := func(i int) bool { return labels[rows[i]] == s }
		a, squaresA, na := mean(inside)
		b, squaresB, nb := mean(func(i int) bool { return !inside(i) })
		if na > 0 {
			within += squaresA
		}
		of, pairs := (a-b)/math.Sqrt((squaresA+squaresB)/(n-2)), 0.0
		switch {
		case na == 0 || nb == 0 || squaresA+squaresB <= 1e-12*all && all > 0:
			of = math.NaN()
		case all == 0:
			of = 0
		}
		for i := range rows {
			for h := range rows {
				if inside(i) && !inside(h) {
					switch {
					case value(i) > value(h):
						pairs++
					case value(i) < value(h):
						pairs--
					}
				}
			}
		}
		d, delta = append(d, of), append(delta, pairs/(na*nb))
	}
	if all > 0 {
		eta = 1 - within/all
	}
	return eta, d, delta
}

// Every figure and both ends of every interval are those of the definitions, applied to each resample one by one.
func TestEvidenceAgainstDefinitions(t *testing.T) {
	for seed := range uint64(25) {
		k := 2 + int(seed)%3
		n := 12 + int(seed)*2
		customers, labels := random(seed, n, k)
		const replicates = 40
		r, err := segment.Evidence(context.Background(), customers, labels, &segment.EvidenceOptions{Replicates: replicates, Level: 0.8, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		for j, name := range customers.Names {
			all := make([]int, n)
			for i := range all {
				all[i] = i
			}
			eta, d, delta := naive(customers, labels, all, k, j)
			etas, ds, deltas := make([]float64, replicates), make([][]float64, k), make([][]float64, k)
			for b := range replicates {
				source := rand.New(rand.NewPCG(seed, uint64(b)))
				rows := make([]int, n)
				for i := range rows {
					rows[i] = source.IntN(n)
				}
				e, of, pairs := naive(customers, labels, rows, k, j)
				etas[b] = e
				for s := range k {
					ds[s], deltas[s] = append(ds[s], of[s]), append(deltas[s], pairs[s])
				}
			}
			estimate := func(value float64, drawn []float64) segment.Estimate {
				present := dataset.Present(drawn)
				if 20*(len(drawn)-len(present)) > len(drawn) {
					return segment.Estimate{Value: value, Low: math.NaN(), High: math.NaN()}
				}
				slices.Sort(present)
				return segment.Estimate{Value: value, Low: dataset.Quantile(present, 0.1), High: dataset.Quantile(present, 0.9)}
			}
			if got, want := r.Feature(name).EtaSquared, estimate(eta, etas); !sameEstimate(got, want) {
				t.Errorf("seed %d, %s: eta squared %v, want %v", seed, name, got, want)
			}
			for s := range k {
				c := r.Segments[s].Contrast(name)
				if got, want := c.CohenD, estimate(d[s], ds[s]); !sameEstimate(got, want) {
					t.Errorf("seed %d, %s, segment %d: d %v, want %v", seed, name, s, got, want)
				}
				if got, want := c.CliffDelta, estimate(delta[s], deltas[s]); !sameEstimate(got, want) {
					t.Errorf("seed %d, %s, segment %d: delta %v, want %v", seed, name, s, got, want)
				}
			}
		}
	}
}

// Other units, another order of the rows and other numbers of the segments change no figure; a logarithm leaves Cliff's delta.
func TestEvidenceInvariants(t *testing.T) {
	for seed := range uint64(20) {
		customers, labels := random(seed, 60, 3)
		customers = customers.Select("NORMAL", "WHOLE")
		plain, err := segment.Evidence(context.Background(), customers, labels, &segment.EvidenceOptions{Replicates: 1})
		if err != nil {
			t.Fatal(err)
		}
		order := rand.New(rand.NewPCG(seed, 1)).Perm(60)
		numbers := []int{2, 0, 1}
		other := customers.Rows(order)
		logs := mat.NewDense(60, 2, nil)
		moved := make([]int, 60)
		for at, i := range order {
			moved[at] = numbers[labels[i]]
			for j := range 2 {
				logs.Set(at, j, math.Log1p(other.X.At(at, j)))
				other.X.Set(at, j, 5-1000*other.X.At(at, j))
			}
		}
		r, err := segment.Evidence(context.Background(), other, moved, &segment.EvidenceOptions{Replicates: 1})
		if err != nil {
			t.Fatal(err)
		}
		other.X = logs
		l, err := segment.Evidence(context.Background(), other, moved, &segment.EvidenceOptions{Replicates: 1})
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range customers.Names {
			if a, b := plain.Feature(name).EtaSquared.Value, r.Feature(name).EtaSquared.Value; !same(a, b) {
				t.Errorf("seed %d, %s: eta squared %v, then %v", seed, name, a, b)
			}
			for s := range 3 {
				a, b, c := plain.Segments[s].Contrast(name), r.Segments[numbers[s]].Contrast(name), l.Segments[numbers[s]].Contrast(name)
				if !same(a.CohenD.Value, -b.CohenD.Value) || !same(a.CliffDelta.Value, -b.CliffDelta.Value) || !same(a.CliffDelta.Value, c.CliffDelta.Value) {
					t.Errorf("seed %d, %s, segment %d: %v %v, turned round %v %v, as logarithms %v", seed, name, s, a.CohenD.Value, a.CliffDelta.Value, b.CohenD.Value, b.CliffDelta.Value, c.CliffDelta.Value)
				}
			}
		}
	}
}

// Over all ways to give labels of sizes 2, 2, 1 to 5 customers, eta squared is Chance on average: (3-1)/(5-1).
func TestChanceIsTheMeanOfAllDivisions(t *testing.T) {
	customers := &dataset.Table{Names: []string{"SPEND"}, X: mat.NewDense(5, 1, []float64{1, 1, 4, 9, 30})}
	sum, ways := 0.0, 0
	labels := make([]int, 5)
	for code := range 243 {
		sizes := [3]int{}
		for i, rest := 0, code; i < 5; i, rest = i+1, rest/3 {
			labels[i] = rest % 3
			sizes[labels[i]]++
		}
		if sizes != [3]int{2, 2, 1} {
			continue
		}
		r, err := segment.Evidence(context.Background(), customers, labels, &segment.EvidenceOptions{Replicates: 1})
		if err != nil {
			t.Fatal(err)
		}
		sum, ways = sum+r.Features[0].EtaSquared.Value, ways+1
		if r.Chance != 0.5 {
			t.Fatalf("chance %v", r.Chance)
		}
	}
	if ways != 30 || !same(sum/float64(ways), 0.5) {
		t.Errorf("mean %v over %d ways, want 0.5 over 30", sum/float64(ways), ways)
	}
}

func TestEvidenceOnAnyNumberOfProcessors(t *testing.T) {
	customers, labels := random(3, 200, 4)
	var reports []*segment.EvidenceReport
	for _, processors := range []int{1, 2, 7} {
		before := runtime.GOMAXPROCS(processors)
		calls := 0
		r, err := segment.Evidence(context.Background(), customers, labels, &segment.EvidenceOptions{Replicates: 50, Seed: 5, Progress: func(done, total int) {
			if calls++; done != calls || total != 50 {
				t.Errorf("progress %d of %d at call %d", done, total, calls)
			}
		}})
		runtime.GOMAXPROCS(before)
		if err != nil {
			t.Fatal(err)
		}
		if calls != 50 {
			t.Errorf("%d calls of progress", calls)
		}
		reports = append(reports, r)
	}
	if !reflect.DeepEqual(reports[0], reports[1]) || !reflect.DeepEqual(reports[0], reports[2]) {
		t.Error("the report depends on the number of processors")
	}
}

// Where nothing but the means differs there is no standard deviation to count in; a segment of one customer has a figure
// and no interval.
func TestEvidenceDegenerate(t *testing.T) {
	customers := &dataset.Table{
		Names: []string{"ONLY", "TENURE", "SPEND"},
		X:     mat.NewDense(4, 3, []float64{5, 0.1, 1, 5, 0.1, 2, 5, 0.1, 9, 7, 0.1, 4}),
	}
	r, err := segment.Evidence(context.Background(), customers, []int{0, 0, 0, 1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := r.Segments[1]
	if c := s.Contrasts[0]; c.Feature != "ONLY" || !math.IsNaN(c.CohenD.Value) || c.CliffDelta.Value != 1 || r.Feature("ONLY").EtaSquared.Value != 1 {
		t.Errorf("nothing but the means differs: %+v", c)
	}
	if c := s.Contrast("TENURE"); c.CohenD.Value != 0 || c.CliffDelta.Value != 0 || r.Feature("TENURE").EtaSquared.Value != 0 {
		t.Errorf("a constant column: %+v", c)
	}
	if c := s.Contrast("SPEND"); !same(c.CohenD.Value, 0) || !math.IsNaN(c.CohenD.Low) || !same(c.CliffDelta.Value, 1./3) || !math.IsNaN(c.CliffDelta.High) {
		t.Errorf("one customer: %+v", c)
	}
	for _, words := range []string{s.Sentence(3), r.Sentence(3)} {
		if strings.Contains(words, "NaN") || strings.Contains(words, "Inf") {
			t.Errorf("words: %s", words)
		}
	}
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back segment.EvidenceReport
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(back)
	if err != nil || string(again) != string(b) || !strings.Contains(string(b), `"cohen_d":{"value":null,"low":null,"high":null}`) {
		t.Errorf("JSON %s, then %s: %v", b, again, err)
	}
	if everyone, err := segment.Evidence(context.Background(), customers, []int{3, 1, 2, 0}, nil); err != nil || everyone.Feature("SPEND").EtaSquared.Value != 1 {
		t.Errorf("a segment for each customer: %v", err)
	}
}

func TestEvidenceRefuses(t *testing.T) {
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for _, test := range []struct {
		name   string
		ctx    context.Context
		value  float64
		labels []int
		want   string
	}{
		{"hole", context.Background(), math.NaN(), []int{0, 0, 0, 1, 1}, "row 2 has no CASH_ADVANCE"},
		{"infinite", context.Background(), math.Inf(1), []int{0, 0, 0, 1, 1}, "row 2 has +Inf in CASH_ADVANCE"},
		{"unused", context.Background(), 0, []int{0, 0, 0, 2, 2}, "no customer has label 1"},
		{"one", context.Background(), 0, []int{0, 0, 0, 0, 0}, "1 segments of 5"},
		{"large", context.Background(), 0, []int{0, 0, 0, 0, 1 << 40}, "customer 4 has label"},
		{"cancelled", cancelled, 0, []int{0, 0, 0, 1, 1}, "canceled"},
	} {
		customers := shop()
		customers.X.Set(2, 1, test.value)
		_, err := segment.Evidence(test.ctx, customers, test.labels, nil)
		if err == nil || !strings.HasPrefix(err.Error(), "segment: ") || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
		if test.ctx == cancelled && !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v is not the context's", test.name, err)
		}
	}
	for _, f := range []func(){
		func() { _, _ = segment.Evidence(context.Background(), shop(), []int{0, 1}, nil) },
		func() { _, _ = segment.Evidence(context.Background(), shop(), []int{0, 1, -1, 0, 0}, nil) },
		func() {
			_, _ = segment.Evidence(context.Background(), shop(), []int{0, 0, 0, 1, 1}, &segment.EvidenceOptions{Level: 2})
		},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		}()
	}
}

// Of samples of 300 customers from a population of three segments whose figures are known, 95 % intervals hold these in 95 of
// 100 samples, give or take the sampling noise (three standard errors are 2.1) and what percentile intervals lack: 92.5 at
// least. Means are 0, 1, 3, shares 0.5, 0.3, 0.2, the standard deviation is 1. So the mean of all is 0.9, the variance
// between 0.5·0.81 + 0.3·0.01 + 0.2·4.41 = 1.29 and eta squared 1.29/2.29. Outside segment 0 lies a mixture of mean
// (0.3·1 + 0.2·3)/0.5 = 1.8 whose variance is 1 + 0.6·0.64 + 0.4·1.44 = 1.96, so d is -1.8/√(0.5·1 + 0.5·1.96), and Cliff's
// delta is 1 - 2·(0.6·Φ(1/√2) + 0.4·Φ(3/√2)).
//
// Drawing each segment's customers apart, in its own number, holds d of segment 0 in fewer samples (see Evidence): the
// test computes that as well.
func TestIntervalsHoldTheTruth(t *testing.T) {
	samples, n := 1000, 300
	if testing.Short() {
		samples = 200
	}
	phi := func(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }
	truth := []float64{1.29 / 2.29, -1.8 / math.Sqrt(0.5+0.5*1.96), 1 - 2*(0.6*phi(1/math.Sqrt2)+0.4*phi(3/math.Sqrt2))}
	held, stratified := make([]int, 3), 0
	for sample := range samples {
		r := rand.New(rand.NewPCG(uint64(sample), 7))
		customers, labels := &dataset.Table{Names: []string{"SPEND"}, X: mat.NewDense(n, 1, nil)}, make([]int, n)
		members := make([][]float64, 3)
		for i := range n {
			switch u := r.Float64(); {
			case u < 0.5:
			case u < 0.8:
				labels[i] = 1
			default:
				labels[i] = 2
			}
			v := r.NormFloat64() + []float64{0, 1, 3}[labels[i]]
			customers.X.Set(i, 0, v)
			members[labels[i]] = append(members[labels[i]], v)
		}
		e, err := segment.Evidence(context.Background(), customers, labels, &segment.EvidenceOptions{Replicates: 400, Seed: uint64(sample)})
		if err != nil {
			t.Fatal(err)
		}
		c := e.Segments[0].Contrasts[0]
		for f, estimate := range []segment.Estimate{e.Features[0].EtaSquared, c.CohenD, c.CliffDelta} {
			if estimate.Low <= truth[f] && truth[f] <= estimate.High {
				held[f]++
			}
		}
		ds := make([]float64, 400)
		for b := range ds {
			var sum, squares [2]float64
			for s, values := range members {
				for range values {
					v := values[r.IntN(len(values))]
					sum[min(s, 1)] += v
					squares[min(s, 1)] += v * v
				}
			}
			in, out := float64(len(members[0])), float64(n-len(members[0]))
			within := squares[0] - sum[0]*sum[0]/in + squares[1] - sum[1]*sum[1]/out
			ds[b] = (sum[0]/in - sum[1]/out) / math.Sqrt(within/float64(n-2))
		}
		slices.Sort(ds)
		if dataset.Quantile(ds, 0.025) <= truth[1] && truth[1] <= dataset.Quantile(ds, 0.975) {
			stratified++
		}
	}
	rate := func(count int) float64 { return float64(count) / float64(samples) }
	t.Logf("95 %% intervals hold eta squared in %.3f, d in %.3f, delta in %.3f of %d samples; drawn by segment d in %.3f", rate(held[0]), rate(held[1]), rate(held[2]), samples, rate(stratified))
	noise := 3 * math.Sqrt(0.95*0.05/float64(samples))
	for f, name := range []string{"eta squared", "d", "delta"} {
		if got := rate(held[f]); got < 0.95-noise-0.005 || got > 0.95+noise {
			t.Errorf("95 %% intervals hold %s in %.3f of the samples", name, got)
		}
	}
	if stratified >= held[1] {
		t.Errorf("drawn by segment, intervals hold d in %d samples, otherwise in %d", stratified, held[1])
	}
}

// On the real customers, segments found in one half and described by the other still differ, a little less.
func TestEvidenceOnTheCustomers(t *testing.T) {
	if os.Getenv("SEGKIT_DATA") == "" {
		t.Skip("SEGKIT_DATA names no file")
	}
	ctx := context.Background()
	p, err := segkit.Load(ctx)
	if err != nil {
		t.Fatal(err)
	}
	m, err := kmeans.Fit(ctx, p.X, 5, &kmeans.Options{Tol: 1e-4})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	r, err := segment.Evidence(ctx, p.Customers, m.Labels, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("1,000 replicates of %d customers in %v", r.Rows, time.Since(start).Round(time.Millisecond))
	t.Log(r.Sentence(3))
	segments, err := segment.Describe(p.Customers, m.Labels)
	if err != nil {
		t.Fatal(err)
	}
	for s, of := range r.Segments {
		t.Logf("segment %d, %d customers: %s", s, of.Size, of.Sentence(3))
		for _, mark := range segments[s].Marks {
			c := of.Contrast(mark.Feature)
			if !same(c.Mean, mark.Mean) || math.Signbit(c.CohenD.Value) != math.Signbit(mark.Difference) || math.Abs(c.CohenD.Value) < math.Abs(mark.Difference)*0.99 {
				t.Errorf("segment %d, %s: mean %v and d %v, Describe says %v and %v", s, mark.Feature, c.Mean, c.CohenD.Value, mark.Mean, mark.Difference)
			}
			if !(c.CohenD.Low <= c.CohenD.Value && c.CohenD.Value <= c.CohenD.High) {
				t.Errorf("segment %d, %s: %v", s, mark.Feature, c.CohenD)
			}
		}
	}
}

func BenchmarkEvidence(b *testing.B) {
	r := rand.New(rand.NewPCG(6, 6))
	customers, labels := &dataset.Table{X: mat.NewDense(9000, 17, nil)}, make([]int, 9000)
	for j := range 17 {
		customers.Names = append(customers.Names, fmt.Sprint(j))
		for i := range 9000 {
			labels[i] = i % 5
			customers.X.Set(i, j, r.NormFloat64())
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := segment.Evidence(context.Background(), customers, labels, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func ExampleEvidence() {
	customers := &dataset.Table{Names: []string{"PURCHASES", "CASH_ADVANCE"}, X: mat.NewDense(200, 2, nil)}
	labels := make([]int, 200)
	r := rand.New(rand.NewPCG(1, 1))
	for i := range labels {
		labels[i] = i % 2
		customers.X.SetRow(i, []float64{500 + 400*float64(labels[i]) + 200*r.NormFloat64(), 100 + 50*r.NormFloat64()})
	}
	report, err := segment.Evidence(context.Background(), customers, labels, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(report.Sentence(2))
	fmt.Println(report.Segments[1].Sentence(2))
	// Output:
	// the 2 segments account for 49 % of the differences in purchases (39 % to 57 %) and 0.3 % of the differences in cash advance (< 0.1 % to 3.9 %); segments drawn by lot would account for 0.5 %
	// purchases: 899 on average, others 492, 1.93 standard deviations (1.60 to 2.29) higher; a customer of the segment comes out above another in 91 % of the pairs, ties counted half
}
