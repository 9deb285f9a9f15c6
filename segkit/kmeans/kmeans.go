// Package kmeans partitions the rows of a matrix into k clusters around their means, so that the sum of squared distances
// to the means, the inertia, is small.
//
// Fit runs Lloyd's algorithm (1982) from several starting points and keeps the best result. The starting points are drawn by
// greedy k-means++ (Arthur and Vassilvitskii, 2007): each new centre is the best of 2 + ⌊ln k⌋ candidates, which are drawn
// with probability proportional to their squared distance from the centres so far. FitBatches is for tables that are too
// large for that.
//
// Distances that cannot matter are not computed: bounds like Hamerly's (2010) tell, for most rows in most iterations, that
// the nearest centre is still the same. Results are those of plain Lloyd.
//
// Where Lloyd's algorithm has come to rest, a single row may still lower the inertia by changing its cluster, because the
// means of both clusters move with it. Restarts that draw their centres and run to convergence take such rows over (Hartigan
// and Wong, 1979), and go on. What they end with is a fixed point of Lloyd's algorithm and of Hartigan's (Telgarsky and
// Vattani, 2010, show how many fewer there are), so fewer restarts find the best one.
//
// # Repeatable
//
// Restart r draws from the generator rand.NewPCG(seed, r), the lowest inertia wins, and ties go to the lowest r. So a seed
// gives the same model, to the last bit, on any number of processors. Clusters are numbered by size, the largest is 0, and
// of two of the same size the one with the earlier row comes first: the numbers do not depend on where the centres started.
package kmeans

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/internal/distance"
)

// Errors about the data. What Fit and FitBatches return wraps one of the first three and says which numbers were at fault,
// what Read returns wraps ErrFile.
var (
	ErrNotFinite  = distance.ErrNotFinite
	ErrTooFewRows = errors.New("too few distinct rows")
	ErrWeight     = errors.New("not a weight")
	ErrFile       = errors.New("not a segkit/kmeans model of version 1")
)

// Options says how to fit. The zero value and nil are the defaults.
type Options struct {
	Restarts int // starting points to try; default 10
	MaxIter  int // iterations of each restart at the most; default 300
	Seed     uint64
	Workers  int        // goroutines that share the work; default GOMAXPROCS
	Start    mat.Matrix // k×d centres to start from, instead of drawing them: one restart of plain Lloyd

	// Tol ends a restart when the sum of the centres' squared movements is at most Tol times the columns' mean variance, in
	// which a row counts as often as its weight says: for unit weights that is scikit-learn's tol, whose default is 1e-4. The
	// default here, 0, goes on until nothing changes any more. With many clusters that takes its time: five times as long as
	// 1e-4 for 1,000 clusters of 20,000 rows.
	Tol float64

	// Weights are the rows' weights, 0 to 1e20: a row of weight 2 counts as two such rows. Rows of weight 0 get a label, and
	// have no influence on the centres. The default is 1 for each.
	Weights []float64

	// OnRestart is called after each restart, OnIteration after each iteration of each restart. Calls do not overlap, and
	// restarts come in no particular order. They come from goroutines of Fit's, which a function that panics takes down.
	OnRestart   func(Restart)
	OnIteration func(Iteration)
}

// Restart is what one run from one starting point came to.
type Restart struct {
	Index       int // 0 to Total-1
	Inertia     float64
	Iterations  int
	Converged   bool
	Done, Total int // how many restarts have ended so far, this one included
}

// Iteration is one step of a restart: every centre went to the mean of its rows, and every row to its nearest centre; or,
// where nothing changed any more, to another cluster if that lowers the inertia.
type Iteration struct {
	Restart int
	Number  int        // from 1
	Changed int        // rows that changed their cluster
	Shift   float64    // sum of the squared distances that the centres moved
	Centers *mat.Dense // k×d, the callee's own; numbered as they were drawn
}

// Model is a fitted clustering.
type Model struct {
	Centers    *mat.Dense // k×d
	Labels     []int      // of the n rows that the model was fitted to, 0 to k-1: always the nearest of Centers, the first of several at the same distance; nil from FitBatches and Read
	Sizes      []int      // rows per cluster
	Inertia    float64    // sum of the rows' squared distances to their centres, each times its weight
	Iterations int        // of the winning restart
	Converged  bool       // false when MaxIter ended the winning restart
	Restart    int        // which restart won
}

// Fit partitions the n rows of x, n×d, into k clusters. It neither changes nor keeps x. Clusters are numbered by descending
// weight, which without Weights is the number of rows.
//
// A value that is not finite, or beyond 1e140, is an error that wraps ErrNotFinite, a weight beyond its range one that wraps
// ErrWeight, fewer than k distinct rows of positive weight one that wraps ErrTooFewRows; cancelling ctx ends the work within
// an iteration, and the error wraps ctx's. It panics for k < 1, for negative options, and with mat.ErrShape if Start is not
// k×d or there are not n Weights.
//
// The cost is O(n·k·d·log k) for drawing the centres of a restart, and O(n·k·d) at the most for each iteration. The memory
// beyond x is 20 bytes for each row, 12 more for each worker where n is below 2¹⁸, and k·(d+2) numbers for every 4096 rows,
// or 16·k where that is more; a matrix that is no mat.RawMatrixer is copied.
func Fit(ctx context.Context, x mat.Matrix, k int, o *Options) (*Model, error) {
	var opts Options
	if o != nil {
		opts = *o
	}
	n, d := x.Dims()
	if k < 1 {
		panic(fmt.Sprintf("kmeans: k is %d, not positive", k))
	}
	switch {
	case opts.Restarts < 0:
		panic(fmt.Sprintf("kmeans: Restarts is %d, negative", opts.Restarts))
	case opts.MaxIter < 0:
		panic(fmt.Sprintf("kmeans: MaxIter is %d, negative", opts.MaxIter))
	case opts.Workers < 0:
		panic(fmt.Sprintf("kmeans: Workers is %d, negative", opts.Workers))
	case !(opts.Tol >= 0):
		panic(fmt.Sprintf("kmeans: Tol is %v, not 0 or more", opts.Tol))
	}
	if opts.Weights != nil && len(opts.Weights) != n {
		panic(mat.ErrShape)
	}
	if opts.Start != nil {
		if r, c := opts.Start.Dims(); r != k || c != d {
			panic(mat.ErrShape)
		}
		opts.Restarts = 1
	}
	opts.Restarts = cmp.Or(opts.Restarts, 10)
	opts.MaxIter = cmp.Or(opts.MaxIter, 300)
	opts.Workers = cmp.Or(opts.Workers, runtime.GOMAXPROCS(0))

	p, err := newProblem(x, k, &opts)
	if err != nil {
		return nil, fmt.Errorf("kmeans: %w", err)
	}
	m, err := p.restarts(ctx)
	if err != nil {
		return nil, fmt.Errorf("kmeans: %w", err)
	}
	return m, nil
}

// problem is the data of one Fit, and what all its restarts share.
type problem struct {
	Options
	x       distance.Rows
	k       int
	chunk   int       // rows that one worker takes at a time; a multiple of distance.Block
	slack   float64   // by how much rounding can make a difference of two distances wrong
	tol     float64   // in squared distance
	start   []float64 // k×d, nil when centres are drawn
	serving sync.Mutex
}

func newProblem(x mat.Matrix, k int, o *Options) (*problem, error) {
	p := &problem{Options: *o, k: k}
	var err error
	if p.x, err = distance.Of(x); err != nil {
		return nil, err
	}
	n, d := p.x.N, p.x.D
	for i, w := range o.Weights {
		if !(w >= 0 && w <= 1e20) {
			return nil, fmt.Errorf("%w: row %d has %v, not 0 to 1e20", ErrWeight, i, w)
		}
	}
	if distinct := p.distinctRows(k); distinct < k {
		of := ""
		if o.Weights != nil {
			of = " of positive weight"
			n = len(slices.DeleteFunc(slices.Clone(o.Weights), func(w float64) bool { return w == 0 }))
		}
		return nil, fmt.Errorf("%w: %d among %d rows%s, for %d clusters", ErrTooFewRows, distinct, n, of, k)
	}
	// Results of chunks are added up in the chunks' order, whoever computed them. With many centres that takes as long as
	// many rows.
	p.chunk = max(4096, (16*k+distance.Block-1)/distance.Block*distance.Block)

	low, high := slices.Clone(p.x.Row(0)), slices.Clone(p.x.Row(0))
	for i := range n {
		for j, v := range p.x.Row(i) {
			low[j], high[j] = min(low[j], v), max(high[j], v)
		}
	}
	if o.Tol > 0 {
		p.tol = o.Tol * p.variance()
	}
	if o.Start != nil {
		start, err := distance.Of(o.Start)
		if err != nil {
			return nil, fmt.Errorf("start: %w", err)
		}
		for c := range k {
			p.start = append(p.start, start.Row(c)...)
			for j, v := range start.Row(c) {
				low[j], high[j] = min(low[j], v), max(high[j], v)
			}
		}
	}
	// All distances are at most the diagonal of the box, and right to about d/2 units in the last place.
	p.slack = float64(d+16) * epsilon * math.Sqrt(distance.Squared(low, high))
	return p, nil
}

// epsilon is the distance from 1 to the next number.
const epsilon = 0x1p-52

// weight returns the weight of row i.
func (p *problem) weight(i int) float64 {
	if p.Weights == nil {
		return 1
	}
	return p.Weights[i]
}

// variance returns the mean variance of the columns, each row counted as often as its weight says.
func (p *problem) variance() float64 {
	n, d := p.x.N, p.x.D
	first, total := -1, 0.0
	mean := make([]float64, d) // of the differences from the first row that counts
	for i := range n {
		if w := p.weight(i); w > 0 {
			if first < 0 {
				first = i
			}
			total += w
			distance.AddRow(mean, p.x.Row(i), p.x.Row(first), w)
		}
	}
	for j, v := range p.x.Row(first) {
		mean[j] = v + mean[j]/total
	}
	sum := 0.0
	for i := range n {
		if w := p.weight(i); w > 0 {
			sum += w * distance.Squared(p.x.Row(i), mean)
		}
	}
	return sum / total / float64(d)
}

// distinctRows counts rows of positive weight that differ, up to a limit: once there are enough, the rest does not matter.
func (p *problem) distinctRows(limit int) (count int) {
	seen := map[uint64][]int{} // rows by a hash of their numbers
	for i := range p.x.N {
		if p.weight(i) == 0 {
			continue
		}
		row, hash := p.x.Row(i), uint64(0)
		for _, v := range row {
			hash = (hash ^ math.Float64bits(v+0)) * 0x9e3779b97f4a7c15 // -0 is 0
			hash ^= hash >> 32
		}
		if !slices.ContainsFunc(seen[hash], func(j int) bool { return slices.Equal(row, p.x.Row(j)) }) {
			seen[hash] = append(seen[hash], i)
			if count++; count == limit {
				break
			}
		}
	}
	return count
}

// solution is what is kept of a restart until all have ended.
type solution struct {
	Restart
	centers []float64
}

// restarts runs all of them and returns the best as a model. Restarts run side by side where the table is small, and share
// the chunks of a large one.
func (p *problem) restarts(ctx context.Context) (*Model, error) {
	side := min(p.Workers, p.Restarts)
	if p.x.N >= 1<<18 {
		side = 1
	}
	next := make(chan int)
	var mu sync.Mutex // guards what follows
	var best solution
	var failure error // of any restart: they all fail for the same reason
	var last *run
	done := 0
	var workers sync.WaitGroup
	for range side {
		workers.Go(func() {
			r := newRun(p, max(1, p.Workers/side))
			for index := range next {
				err := r.fit(ctx, index)
				mu.Lock()
				if err != nil {
					failure = err
				} else {
					done++
					s := solution{Restart{index, r.inertia, r.iterations, r.converged, done, p.Restarts}, nil}
					if done == 1 || s.Inertia < best.Inertia || s.Inertia == best.Inertia && index < best.Index {
						s.centers = append(best.centers[:0], r.centers...)
						best = s
					}
					if p.OnRestart != nil {
						p.serving.Lock()
						p.OnRestart(s.Restart)
						p.serving.Unlock()
					}
				}
				mu.Unlock()
			}
			mu.Lock()
			last = r
			mu.Unlock()
		})
	}
	for r := range p.Restarts {
		if ctx.Err() != nil {
			break
		}
		next <- r
	}
	close(next)
	workers.Wait()
	if err := ctx.Err(); err != nil && done < p.Restarts {
		return nil, err
	}
	if failure != nil {
		return nil, failure
	}
	last.workers = p.Workers
	return last.model(ctx, &best)
}
