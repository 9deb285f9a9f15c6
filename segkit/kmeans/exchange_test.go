package kmeans

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/internal/distance"
)

// exchangeAll is exchange without the list of rows for which it is worth looking: every row, every centre.
func exchangeAll(r *run) (labels []int32, moved int) {
	p, k := r.p, r.p.k
	labels = slices.Clone(r.labels)
	t := tally{slices.Clone(r.sums), slices.Clone(r.weight), slices.Clone(r.count)}
	centers := mat.NewDense(k, p.x.D, slices.Clone(r.centers))
	for i, label := range labels {
		a, w := int(label), p.weight(i)
		if w == 0 || t.count[a] < 2 {
			continue
		}
		stay := distance.Squared(p.x.Row(i), centers.RawRowView(a)) * (t.weight[a] / (t.weight[a] - w))
		least, b := stay*(1-1e-9), -1
		for c := range k {
			if v := distance.Squared(p.x.Row(i), centers.RawRowView(c)) * (t.weight[c] / (t.weight[c] + w)); c != a && v < least {
				least, b = v, c
			}
		}
		if b < 0 {
			continue
		}
		t.add(r, i, a, -1)
		t.add(r, i, b, 1)
		labels[i] = int32(b)
		for _, c := range [...]int{a, b} {
			for j := range p.x.D {
				centers.Set(c, j, r.origin(c)[j]+t.sums[c*p.x.D+j]/t.weight[c])
			}
		}
		moved++
	}
	return labels, moved
}

// Where there are many centres, exchange looks at few of them, and moves the same rows.
func TestExchangeOfManyClusters(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			const n, d = 5000, 3
			k := []int{63, 64, 100, 401}[seed%4]
			random := rand.New(rand.NewPCG(seed, 4))
			x := mat.NewDense(n, d, nil)
			x.Apply(func(_, _ int, _ float64) float64 { return random.NormFloat64() }, x)
			o := Options{Seed: seed}
			if seed%3 == 1 {
				o.Weights = make([]float64, n)
				for i := range o.Weights {
					o.Weights[i] = 3 * random.Float64() * float64(i%5)
				}
			}
			p, err := newProblem(x, k, &o)
			if err != nil {
				t.Fatal(err)
			}
			r := newRun(p, 2)
			r.index = 0
			if err := r.plusPlus(t.Context()); err != nil {
				t.Fatal(err)
			}
			for range 1 + 4*seed {
				r.reassignAll()
				if _, err := r.move(); err != nil {
					t.Fatal(err)
				}
			}
			r.reassignAll()
			r.farthest = math.Inf(1) // the margin rules out no row, as in exchangeAll
			want, moves := exchangeAll(r)
			if moved := r.exchange(); moved != moves || moves == 0 || !slices.Equal(r.labels, want) {
				t.Errorf("%d moved, all looked at %d", moved, moves)
			}
		})
	}
}
