package kmeans

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// run is one restart, and the scratch memory that restarts of one worker share.
type run struct {
	p          *problem
	index      int
	centers    []float64 // k×d
	labels     []int
	inertia    float64
	iterations int
	converged  bool

	// Hamerly's bounds: row i is at most upper[i] from its centre, and at least lower[i] from any other.
	upper, lower []float64
	moved        []float64 // how far each centre moved
	gap          []float64 // half the distance from each centre to the nearest other one
	sums         []float64 // k×d
	counts       []int
	nearest      []float64 // squared distance to the nearest centre so far, while drawing
	candidate    []float64
}

func newRun(p *problem) *run {
	return &run{
		p: p, centers: make([]float64, p.k*p.d), labels: make([]int, p.n),
		upper: make([]float64, p.n), lower: make([]float64, p.n), moved: make([]float64, p.k), gap: make([]float64, p.k),
		sums: make([]float64, p.k*p.d), counts: make([]int, p.k), nearest: make([]float64, p.n), candidate: make([]float64, p.n),
	}
}

func (r *run) center(c int) []float64 {
	d := r.p.d
	return r.centers[c*d : (c+1)*d : (c+1)*d]
}

// squared returns the squared distance between two rows of the same length.
func squared(a, b []float64) float64 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float64
	i := 0
	for ; i+4 <= len(a); i += 4 {
		d0, d1, d2, d3 := a[i]-b[i], a[i+1]-b[i+1], a[i+2]-b[i+2], a[i+3]-b[i+3]
		s0 += d0 * d0
		s1 += d1 * d1
		s2 += d2 * d2
		s3 += d3 * d3
	}
	for ; i < len(a); i++ {
		d := a[i] - b[i]
		s0 += d * d
	}
	return (s0 + s1) + (s2 + s3)
}

// fit runs restart index to its end.
func (r *run) fit(ctx context.Context, index int) error {
	p := r.p
	r.index, r.converged = index, false
	if p.start != nil {
		copy(r.centers, p.start)
	} else {
		r.plusPlus(ctx, p.source(index))
	}
	r.assignAll()
	for r.iterations = 1; ; r.iterations++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		movement := r.move()
		changed := r.assign()
		// Within the tolerance labels may still have changed, but they are those of these centres; that is what counts.
		if changed == 0 || movement <= p.tol && p.tol > 0 {
			r.converged = true
			break
		}
		if r.iterations == p.maxIter {
			break
		}
	}
	if err := r.fillEmpty(); err != nil {
		return err
	}
	r.inertia = 0
	for i, c := range r.labels {
		r.inertia += squared(p.row(i), r.center(c))
	}
	return nil
}

// plusPlus draws k rows as starting centres, fewer when ctx is cancelled.
func (r *run) plusPlus(ctx context.Context, random *rand.Rand) {
	p := r.p
	candidates := 2 + int(math.Log(float64(p.k)))
	copy(r.center(0), p.row(random.IntN(p.n)))
	total := 0.0
	for i := range r.nearest {
		r.nearest[i] = squared(p.row(i), r.center(0))
		total += r.nearest[i]
	}
	best := make([]float64, p.n)
	for c := 1; c < p.k && ctx.Err() == nil; c++ {
		least, chosen := math.Inf(1), 0
		for range candidates {
			row := draw(r.nearest, random.Float64()*total)
			sum := 0.0
			for i, old := range r.nearest {
				v := min(old, squared(p.row(i), p.row(row)))
				r.candidate[i] = v
				sum += v
			}
			if sum < least {
				least, chosen = sum, row
				best, r.candidate = r.candidate, best
			}
		}
		copy(r.center(c), p.row(chosen))
		r.nearest, best = best, r.nearest
		total = least
	}
}

// draw returns the row at which the running sum of the weights passes v.
func draw(weights []float64, v float64) int {
	sum, last := 0.0, 0
	for i, w := range weights {
		if w == 0 {
			continue
		}
		sum += w
		last = i
		if sum > v {
			break
		}
	}
	return last
}

// assignAll gives every row the label of its nearest centre and sets both bounds, from nothing.
func (r *run) assignAll() {
	for i := range r.labels {
		r.search(i)
	}
}

// search finds the nearest centre of row i, ties to the lowest, and sets its bounds.
func (r *run) search(i int) {
	row := r.p.row(i)
	first, second, label := math.Inf(1), math.Inf(1), 0
	for c := range r.p.k {
		if d := squared(row, r.center(c)); d < first {
			first, second, label = d, first, c
		} else if d < second {
			second = d
		}
	}
	r.labels[i], r.upper[i], r.lower[i] = label, math.Sqrt(first), math.Sqrt(second)
}

// move puts every centre at the mean of its rows, and returns the sum of the squared distances that they moved. The bounds
// follow. A centre without rows goes to the row that is farthest from its own centre.
func (r *run) move() float64 {
	p, d := r.p, r.p.d
	clear(r.sums)
	clear(r.counts)
	for i, c := range r.labels {
		r.counts[c]++
		sum := r.sums[c*d : (c+1)*d]
		for j, v := range p.row(i) {
			sum[j] += v
		}
	}
	if slices.Contains(r.counts, 0) {
		r.refill()
	}
	movement := 0.0
	for c := range p.k {
		sum, center := r.sums[c*d:(c+1)*d], r.center(c)
		for j := range sum {
			sum[j] /= float64(r.counts[c])
		}
		m := squared(sum, center)
		copy(center, sum)
		movement += m
		r.moved[c] = math.Sqrt(m)
	}
	r.loosen()
	return movement
}

// refill gives each cluster without rows the row that lies farthest from its centre, taken from a cluster that keeps one.
func (r *run) refill() {
	p, d := r.p, r.p.d
	for c := range p.k {
		if r.counts[c] > 0 {
			continue
		}
		farthest, distance := -1, -1.0
		for i, from := range r.labels {
			if v := squared(p.row(i), r.center(from)); v > distance && r.counts[from] > 1 {
				farthest, distance = i, v
			}
		}
		from := r.labels[farthest]
		for j, v := range p.row(farthest) {
			r.sums[from*d+j] -= v
			r.sums[c*d+j] += v
		}
		r.counts[from]--
		r.counts[c]++
		r.labels[farthest] = c
		// The old bounds say nothing about this row's new centre.
		r.upper[farthest], r.lower[farthest] = math.Inf(1), 0
	}
}

// fillEmpty sees to it that a run which was stopped before it converged has no cluster without rows: an empty one takes the
// row that is farthest from its centre, until there is none. Each time the inertia falls, so that comes to an end.
func (r *run) fillEmpty() error {
	p := r.p
	for {
		clear(r.counts)
		for _, c := range r.labels {
			r.counts[c]++
		}
		empty := slices.Index(r.counts, 0)
		if empty < 0 {
			return nil
		}
		farthest, distance := -1, 0.0
		for i, c := range r.labels {
			if v := squared(p.row(i), r.center(c)); v > distance {
				farthest, distance = i, v
			}
		}
		if farthest < 0 {
			return fmt.Errorf("%w: the rows differ by less than the square of a distance can show, for %d clusters", ErrTooFewRows, p.k)
		}
		copy(r.center(empty), p.row(farthest))
		r.assignAll()
	}
}

// slack is added to the bounds, which gather rounding errors over the iterations: a bound may be loose, never wrong.
const slack = 1e-13

// loosen widens the bounds by what the centres moved.
func (r *run) loosen() {
	most, second, mover := 0.0, 0.0, -1
	for c, m := range r.moved {
		if m > most {
			most, second, mover = m, most, c
		} else if m > second {
			second = m
		}
	}
	for i, c := range r.labels {
		r.upper[i] += r.moved[c] + slack*r.upper[i]
		if c == mover {
			r.lower[i] -= second
		} else {
			r.lower[i] -= most
		}
		r.lower[i] -= slack * math.Abs(r.lower[i])
	}
}

// assign gives every row the label of its nearest centre again and returns how many labels changed.
func (r *run) assign() int {
	p := r.p
	if p.k == 1 {
		return 0
	}
	for c := range p.k {
		r.gap[c] = math.Inf(1)
		for other := range p.k {
			if other != c {
				r.gap[c] = min(r.gap[c], squared(r.center(c), r.center(other)))
			}
		}
		r.gap[c] = math.Sqrt(r.gap[c]) / 2 * (1 - slack)
	}
	changed := 0
	for i, label := range r.labels {
		safe := max(r.lower[i], r.gap[label])
		if r.upper[i] < safe {
			continue
		}
		if tight := math.Sqrt(squared(p.row(i), r.center(label))); tight < safe {
			r.upper[i] = tight
			continue
		}
		r.search(i)
		if r.labels[i] != label {
			changed++
		}
	}
	return changed
}
