package segment

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"example.com/marketing/segkit/dataset"
)

// population is what all replicates of Evidence share: n customers with d values in k segments.
type population struct {
	n, d, k int
	labels  []int32
	x       []float64 // n×d, less the columns' means
	mean    []float64
	order   [][]int32 // of each column: the rows by ascending value
	ends    [][]int32 // of each column: where in order a run of equal values ends
}

func newPopulation(t *dataset.Table, labels []int, k int) *population {
	n, d := t.Dims()
	p := &population{n: n, d: d, k: k, labels: make([]int32, n), x: make([]float64, n*d), mean: make([]float64, d), order: make([][]int32, d), ends: make([][]int32, d)}
	for i, label := range labels {
		p.labels[i] = int32(label)
	}
	for j := range d {
		column := t.Column(t.Names[j])
		// The mean is taken of the differences from the first row, so that a constant column becomes exactly 0.
		sum := 0.0
		for _, v := range column {
			sum += v - column[0]
		}
		p.mean[j] = column[0] + sum/float64(n)
		for i, v := range column {
			p.x[i*d+j] = v - p.mean[j]
		}
		p.order[j], p.ends[j] = ranks(column)
	}
	return p
}

// ranks returns the rows by ascending value, and where among them a run of equal values ends.
func ranks(column []float64) (order, ends []int32) {
	order = make([]int32, len(column))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Or(cmp.Compare(column[a], column[b]), cmp.Compare(a, b)) })
	for at, i := range order {
		if at == len(order)-1 || column[i] != column[order[at+1]] {
			ends = append(ends, int32(at+1))
		}
	}
	return order, ends
}

// The figures of a replicate lie in one slice.
func (p *population) figures() int            { return p.d * (1 + 2*p.k) }
func (p *population) etaSquared(j int) int    { return j }
func (p *population) cohenD(s, j int) int     { return p.d*(1+s) + j }
func (p *population) cliffDelta(s, j int) int { return p.d*(1+p.k+s) + j }

// tally adds up the customers of one replicate, each as often as it was drawn.
type tally struct {
	*population
	drawn         []draw    // of each row
	size          []int64   // of each segment
	sums, squares []float64 // k×d, of x
	wins          []int64   // of each segment, in the column at hand: pairs that its customers win, less those they lose
}

// draw is how often a row was drawn, and its label.
type draw struct{ times, label int32 }

func (p *population) newTally() *tally {
	t := &tally{population: p, drawn: make([]draw, p.n), size: make([]int64, p.k), sums: make([]float64, p.k*p.d), squares: make([]float64, p.k*p.d), wins: make([]int64, p.k)}
	for i, label := range p.labels {
		t.drawn[i].label = label
	}
	return t
}

// bootstrap returns the figures of each replicate.
func (p *population) bootstrap(ctx context.Context, o *EvidenceOptions) ([][]float64, error) {
	replicates := make([][]float64, o.Replicates)
	err := inParallel(ctx, o.Replicates, o.Progress, func() func(r int) {
		tally, times := p.newTally(), make([]int32, p.n)
		return func(r int) {
			random := rand.New(rand.NewPCG(o.Seed, uint64(r)))
			clear(times)
			for range p.n {
				times[random.IntN(p.n)]++
			}
			replicates[r] = make([]float64, p.figures())
			tally.measure(times, replicates[r])
		}
	})
	return replicates, err
}

// measure writes the figures of customers who were drawn so many times each.
func (t *tally) measure(times []int32, figures []float64) {
	clear(t.size)
	clear(t.sums)
	clear(t.squares)
	d := t.d
	for i, w := range times {
		t.drawn[i].times = w
		if w == 0 {
			continue
		}
		s := int(t.labels[i])
		t.size[s] += int64(w)
		weight, sums, squares := float64(w), t.sums[s*d:(s+1)*d], t.squares[s*d:(s+1)*d]
		for j, v := range t.x[i*d : (i+1)*d] {
			sums[j] += weight * v
			squares[j] += weight * v * v
		}
	}
	n := int64(t.n) // as many are drawn as there are
	for j := range d {
		var sum, square, within float64
		for s, size := range t.size {
			if size > 0 {
				sum += t.sums[s*d+j]
				square += t.squares[s*d+j]
				within += scatter(size, t.sums[s*d+j], t.squares[s*d+j])
			}
		}
		all := scatter(n, sum, square)
		figures[t.etaSquared(j)] = 0
		if all > 0 {
			figures[t.etaSquared(j)] = max(0, 1-within/all)
		}
		t.win(j)
		for s, size := range t.size {
			if size == 0 || size == n {
				figures[t.cohenD(s, j)], figures[t.cliffDelta(s, j)] = math.NaN(), math.NaN()
				continue
			}
			inside, outside := t.sums[s*d+j], sum-t.sums[s*d+j]
			squaresInside, squaresOutside := t.squares[s*d+j], square-t.squares[s*d+j]
			pooled := scatter(size, inside, squaresInside) + scatter(n-size, outside, squaresOutside)
			figures[t.cohenD(s, j)] = standardised(inside/float64(size)-outside/float64(n-size), pooled, all, n)
			figures[t.cliffDelta(s, j)] = float64(t.wins[s]) / float64(size) / float64(n-size)
		}
	}
}

// scatter is the sum of squared differences from the mean of n values. What rounding alone leaves of it is none.
func scatter(n int64, sum, squares float64) float64 {
	if v := squares - sum*sum/float64(n); v > 1e-12*squares {
		return v
	}
	return 0
}

// standardised is a difference of means in pooled standard deviations, by the sums of squares that n values have within the
// two groups and in all.
func standardised(difference, within, all float64, n int64) float64 {
	switch {
	case all == 0:
		return 0
	case within == 0:
		return math.NaN()
	}
	return difference / math.Sqrt(within/float64(n-2))
}

// win counts, for each segment, the pairs of column j that its customers win against all others, less those that they lose.
// Pairs within the segment cancel, so it is enough to know, of each customer, how many of all have less and how many more.
func (t *tally) win(j int) {
	clear(t.wins)
	n, below, at := int64(t.n), int64(0), int32(0)
	order := t.order[j]
	for _, end := range t.ends[j] {
		run := order[at:end]
		at = end
		equal := int64(0)
		for _, i := range run {
			equal += int64(t.drawn[i].times)
		}
		if equal == 0 {
			continue
		}
		net := 2*below + equal - n // those below less those above
		for _, i := range run {
			of := t.drawn[i]
			t.wins[of.label] += int64(of.times) * net
		}
		below += equal
	}
}

// means returns the means of column j within segment s and outside it, after measure.
func (t *tally) means(s, j int) (inside, outside float64) {
	var sum float64
	for other := range t.k {
		if other != s {
			sum += t.sums[other*t.d+j]
		}
	}
	size := t.size[s]
	return t.mean[j] + t.sums[s*t.d+j]/float64(size), t.mean[j] + sum/float64(int64(t.n)-size)
}

// percentiles returns the ends of the interval that holds the middle of values, which it sorts: NaN where more than one in
// twenty of them is.
func percentiles(values []float64, level float64) (low, high float64) {
	slices.Sort(values) // NaN first
	missing := 0
	for missing < len(values) && math.IsNaN(values[missing]) {
		missing++
	}
	if 20*missing > len(values) {
		return math.NaN(), math.NaN()
	}
	present := values[missing:]
	return dataset.Quantile(present, (1-level)/2), dataset.Quantile(present, (1+level)/2)
}
