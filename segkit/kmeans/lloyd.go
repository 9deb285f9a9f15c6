package kmeans

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/internal/distance"
)

// run is one restart, and the memory that the restarts of one worker use one after the other.
//
// The bounds of Hamerly (2010), an upper one for the distance to a row's own centre and a lower one for that to all others,
// become one number here. When a row is assigned, its own centre is nearer than any other by some margin. Each time the
// centres move, no margin shrinks by more than what the two farthest movers moved. The sum of that since the last look at all
// rows is the clock, and a row's deadline is what the clock showed when the row was assigned, plus the margin: until the clock
// reaches it, the row is where it belongs. A clock for each cluster would be a little slower, and far slower to read.
type run struct {
	p       *problem
	workers int // that share the chunks

	index      int // -1: none yet
	iterations int
	converged  bool
	inertia    float64   // of the last assignment of all rows
	tied       bool      // there some row was as near to a second centre
	farthest   float64   // there the largest squared distance of a row to its centre
	centers    []float64 // k×d
	points     *distance.Points
	labels     []int32
	deadline   []float64
	clock      float64

	// Sums of the rows' differences from their cluster's origin, of their weights, and how many have one, for each cluster.
	// After iterations that only added and subtracted the rows that changed, the sums have drifted from their true values.
	tally
	origins []float64 // k×d
	drifted bool
	exact   bool // drift has once decided a label in this restart: no more of it
	rough   bool // drift could decide most labels: none of it

	moved   []float64
	before  []float64 // one centre, before it moved
	chunks  []part
	buffers []*distance.Buffer // one for each worker
	seeds   *seeding
}

// tally is what is added up over the rows of each cluster.
type tally struct {
	sums   []float64 // k×d
	weight []float64
	count  []int
}

func newTally(k, d int) tally {
	return tally{make([]float64, k*d), make([]float64, k), make([]int, k)}
}

func (t *tally) clear() {
	clear(t.sums)
	clear(t.weight)
	clear(t.count)
}

// part is what one chunk of rows adds to the whole.
type part struct {
	tally
	changed  int
	inertia  float64
	tied     bool
	farthest float64
	movers   []int32 // as movers lists them
}

func newRun(p *problem, workers int) *run {
	n, d, k := p.x.N, p.x.D, p.k
	r := &run{
		p: p, workers: workers, index: -1, centers: make([]float64, k*d), points: distance.NewPoints(k, d),
		labels: make([]int32, n), deadline: make([]float64, n), tally: newTally(k, d), origins: make([]float64, k*d),
		moved: make([]float64, k), before: make([]float64, d), chunks: make([]part, (n+p.chunk-1)/p.chunk),
	}
	for i := range r.chunks {
		r.chunks[i].tally = newTally(k, d)
	}
	return r
}

func (r *run) center(c int) []float64 {
	d := r.p.x.D
	return r.centers[c*d : (c+1)*d : (c+1)*d]
}

func (r *run) origin(c int) []float64 {
	d := r.p.x.D
	return r.origins[c*d : (c+1)*d : (c+1)*d]
}

// each calls f for every chunk of rows, from one up to the next, on the run's workers.
func (r *run) each(f func(c *part, from, to int, b *distance.Buffer)) {
	var next atomic.Int64
	work := func(b *distance.Buffer) {
		for {
			i := int(next.Add(1)) - 1
			if i >= len(r.chunks) {
				return
			}
			f(&r.chunks[i], i*r.p.chunk, min((i+1)*r.p.chunk, r.p.x.N), b)
		}
	}
	var workers sync.WaitGroup
	for len(r.buffers) < min(r.workers, len(r.chunks)) {
		r.buffers = append(r.buffers, new(distance.Buffer))
	}
	for _, b := range r.buffers[1:] {
		workers.Go(func() { work(b) })
	}
	work(r.buffers[0])
	workers.Wait()
}

// fit runs restart index to its end.
func (r *run) fit(ctx context.Context, index int) error {
	r.index = index
	if r.p.start != nil {
		copy(r.centers, r.p.start)
	} else if err := r.plusPlus(ctx); err != nil {
		return err
	}
	r.iterations = 0
	return r.lloyd(ctx)
}

// lloyd iterates from the centres, until they are the means of the rows that they are nearest to, or for another reason to
// stop. Labels and inertia are those of the centres, and no cluster is empty.
func (r *run) lloyd(ctx context.Context) error {
	p := r.p
	r.converged, r.exact = false, false
	settled := math.Inf(1) // inertia when the last exchange began
	r.reassignAll()
	r.rough = r.isRough()
	for r.iterations < p.MaxIter && !r.converged {
		if err := ctx.Err(); err != nil {
			return err
		}
		r.iterations++
		if r.drifted && r.iterations == p.MaxIter {
			r.addUp()
		}
		shift, err := r.move()
		if err != nil {
			return err
		}
		changed := 0
		if within := p.tol > 0 && shift <= p.tol; within || r.iterations == p.MaxIter {
			// Labels may still have changed, but they are those of these centres; that is what counts.
			changed = r.reassignAll()
			r.converged = within || changed == 0
		} else if changed = r.assign(); changed == 0 {
			if r.drifted {
				r.addUp()
				if _, err := r.move(); err != nil {
					return err
				}
			}
			if changed = r.assignAll(); changed > 0 {
				r.addUp()
			}
			r.converged, r.exact = changed == 0, true
			// Far from the origin, rounding can make an exchange look better than it is: no second one without a gain.
			if r.converged && p.start == nil && p.tol == 0 && r.inertia < settled {
				settled = r.inertia
				changed = r.exchange()
				r.converged = changed == 0
			}
		}
		if p.OnIteration != nil {
			p.serving.Lock()
			p.OnIteration(Iteration{r.index, r.iterations, changed, shift, mat.NewDense(p.k, p.x.D, slices.Clone(r.centers))})
			p.serving.Unlock()
		}
	}
	return r.fillEmpty()
}

// assignAll gives every row the label of its nearest centre, ties to the lowest, and a new deadline. It returns how many
// labels changed. The tally stays what it was.
func (r *run) assignAll() (changed int) {
	p := r.p
	for c := range p.k {
		r.points.Set(c, r.center(c))
	}
	r.clock = 0
	r.each(func(chunk *part, from, to int, b *distance.Buffer) {
		changed, inertia, farthest, tied := 0, 0.0, 0.0, false
		for ; from < to; from += distance.Block {
			m := min(distance.Block, to-from)
			r.points.Nearest(b, p.x, from, m)
			for i, v := range b.First[:m] {
				if v > farthest {
					farthest = v
				}
				if p.Weights != nil {
					v *= p.Weights[from+i]
				}
				inertia += v
			}
			b.Margins(m)
			labels, deadlines := r.labels[from:from+m], r.deadline[from:from+m]
			for i, margin := range b.Second[:m] {
				if margin == 0 {
					tied = true
				}
				if label := int32(b.Label[i]); label != labels[i] {
					labels[i] = label
					changed++
				}
				deadlines[i] = margin - p.slack
			}
		}
		chunk.changed, chunk.inertia, chunk.farthest, chunk.tied = changed, inertia, farthest, tied
	})
	r.inertia, r.farthest, r.tied = 0, 0, false
	for i := range r.chunks {
		chunk := &r.chunks[i]
		changed += chunk.changed
		r.inertia += chunk.inertia
		r.farthest = max(r.farthest, chunk.farthest)
		r.tied = r.tied || chunk.tied
	}
	return changed
}

// reassignAll is assignAll, and the tally for the new labels.
func (r *run) reassignAll() (changed int) {
	changed = r.assignAll()
	r.addUp()
	return changed
}

// assign gives every row whose deadline has come the label of its nearest centre again. It returns how many labels changed.
func (r *run) assign() (changed int) {
	if r.exact || r.rough {
		return r.reassignAll()
	}
	p := r.p
	for c := range p.k {
		r.points.Set(c, r.center(c))
	}
	start := r.clock*(1-4*epsilon) - p.slack
	r.each(func(chunk *part, from, to int, b *distance.Buffer) {
		chunk.changed = 0
		var list [distance.Block]int32
		for ; from < to; from += distance.Block {
			end := min(from+distance.Block, to)
			labels, deadlines := r.labels[from:end], r.deadline[from:end]
			due := distance.AtMost(&list, deadlines, r.clock)
			if due == 0 {
				continue
			}
			r.points.NearestOf(b, p.x, from, list[:due])
			b.Margins(due)
			for at, i := range list[:due] {
				old, label := labels[i], int32(b.Label[at])
				deadlines[i] = start + b.Second[at]
				if label == old {
					continue
				}
				if chunk.changed++; chunk.changed == 1 {
					chunk.tally.clear()
				}
				labels[i] = label
				chunk.add(r, from+int(i), int(old), -1)
				chunk.add(r, from+int(i), int(label), 1)
			}
		}
	})
	for i := range r.chunks {
		if chunk := &r.chunks[i]; chunk.changed > 0 {
			changed += chunk.changed
			r.tally.addAll(&chunk.tally)
		}
	}
	r.drifted = r.drifted || changed > 0
	return changed
}

// isRough says whether for most rows, as they have just been assigned, the margin is so small beside the coordinates that
// rounding could decide their labels: one row at 1e16 among others near 0 is enough for that. Where it passes through a
// cluster, the digits of the others' sum are lost until that is computed anew. The first rows of each chunk speak for all.
func (r *run) isRough() bool {
	var list [distance.Block]int32
	rows, rough := 0, 0
	for from := 0; from < len(r.labels); from += r.p.chunk {
		some := r.deadline[from:min(from+distance.Block, len(r.labels))]
		rows += len(some)
		rough += distance.AtMost(&list, some, 1024*r.p.slack)
	}
	return rough > rows/2
}

// move puts every centre at the mean of its rows, and returns the sum of the squared distances that they moved. The clocks
// follow. A centre without rows goes to the row that is farthest from its own centre.
func (r *run) move() (shift float64, err error) {
	p := r.p
	if slices.Contains(r.count, 0) {
		if err := r.refill(); err != nil {
			return 0, err
		}
	}
	if p.Weights != nil && r.drifted && slices.Min(r.weight) < 1e-9*slices.Max(r.weight) {
		r.addUp() // what is left of a sum after large weights have come and gone is noise
	}
	for c := range p.k {
		center := r.center(c)
		copy(r.before, center)
		r.mean(c, center)
		m := distance.Squared(center, r.before)
		shift += m
		r.moved[c] = math.Sqrt(m)
	}
	most, second := 0.0, 0.0
	for _, m := range r.moved {
		most, second = max(most, m), max(second, min(most, m))
	}
	r.clock += most + second
	r.clock += float64(p.x.D+8) * epsilon * r.clock
	return shift, nil
}

// refill gives each cluster without rows the row that lies farthest from its centre, taken from a cluster that keeps one.
func (r *run) refill() error {
	p := r.p
	for i, label := range r.labels {
		r.deadline[i] = distance.Squared(p.x.Row(i), r.center(int(label)))
	}
	for c := range p.k {
		if r.count[c] > 0 {
			continue
		}
		farthest, most := -1, 0.0
		for i, v := range r.deadline {
			if v > most && p.weight(i) > 0 && r.count[r.labels[i]] > 1 {
				farthest, most = i, v
			}
		}
		if farthest < 0 {
			return r.tooClose()
		}
		r.tally.add(r, farthest, int(r.labels[farthest]), -1)
		clear(r.sums[c*p.x.D : (c+1)*p.x.D]) // what rows have left there that are gone
		r.weight[c] = 0
		copy(r.origin(c), p.x.Row(farthest))
		r.tally.add(r, farthest, c, 1)
		r.labels[farthest] = int32(c)
		r.deadline[farthest] = 0
	}
	r.drifted = true
	for i := range r.deadline {
		r.deadline[i] = math.Inf(-1) // the margins were overwritten
	}
	return nil
}

// fillEmpty sees to it that a run which was stopped before it converged has no cluster without rows: an empty one takes the
// row that is farthest from its centre, until there is none. Each time the inertia falls, so that comes to an end.
func (r *run) fillEmpty() error {
	p := r.p
	for {
		empty := slices.Index(r.count, 0)
		if empty < 0 {
			return nil
		}
		farthest, most := -1, 0.0
		for i, c := range r.labels {
			if v := distance.Squared(p.x.Row(i), r.center(int(c))); v > most && p.weight(i) > 0 {
				farthest, most = i, v
			}
		}
		if farthest < 0 {
			return r.tooClose()
		}
		copy(r.center(empty), p.x.Row(farthest))
		r.reassignAll()
	}
}

func (r *run) tooClose() error {
	what := "the square of a distance"
	if r.p.Weights != nil {
		what += ", times the row's weight,"
	}
	return fmt.Errorf("%w: the rows differ by less than %s can show, for %d clusters", ErrTooFewRows, what, r.p.k)
}

// model numbers the clusters of the best restart by size, and labels the rows by that.
func (r *run) model(ctx context.Context, best *solution) (*Model, error) {
	p, k, d := r.p, r.p.k, r.p.x.D
	p.OnIteration = nil // the restarts have ended
	if r.index != best.Index {
		r.index = best.Index
		copy(r.centers, best.centers)
		r.reassignAll()
	}
	m := &Model{Labels: make([]int, p.x.N), Sizes: make([]int, k), Restart: best.Index}
	number := make([]int, k)
	for {
		order := r.bySize()
		centers := make([]float64, 0, k*d)
		for to, from := range order {
			number[from] = to
			centers = append(centers, r.center(from)...)
		}
		copy(r.centers, centers)
		if !r.tied || slices.IsSorted(order) {
			break
		}
		// With the numbers, ties may change, and with them the means.
		if best.Converged && p.tol == 0 {
			r.iterations = min(best.Iterations, p.MaxIter-1)
			if err := r.lloyd(ctx); err != nil {
				return nil, err
			}
			best.Iterations, best.Converged = r.iterations, r.converged
		} else {
			r.reassignAll()
			if err := r.fillEmpty(); err != nil {
				return nil, err
			}
		}
	}
	for i, c := range r.labels {
		m.Labels[i] = number[c]
		m.Sizes[number[c]]++
	}
	m.Centers, m.Inertia = mat.NewDense(k, d, r.centers), r.inertia
	m.Iterations, m.Converged = best.Iterations, best.Converged
	return m, nil
}

// bySize returns the clusters by descending weight, those of the same weight by their first rows.
func (r *run) bySize() []int {
	order, first := make([]int, r.p.k), make([]int, r.p.k)
	for c := range order {
		order[c] = c
	}
	for i, c := range slices.Backward(r.labels) {
		if r.p.weight(i) > 0 {
			first[c] = i
		}
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(r.weight[b], r.weight[a]), cmp.Compare(first[a], first[b]))
	})
	return order
}
