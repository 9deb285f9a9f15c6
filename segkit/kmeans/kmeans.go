// Package kmeans partitions the rows of a matrix into k clusters around their means, so that the sum of squared distances
// to the means, the inertia, is small.
//
// Fit runs Lloyd's algorithm (Lloyd, 1982) from several starting points and keeps the best result. The starting points are
// drawn by greedy k-means++ (Arthur and Vassilvitskii, 2007): each new centre is the best of 2 + ⌊ln k⌋ candidates, which
// are drawn with probability proportional to their squared distance from the centres so far.
//
// Distances that cannot matter are not computed: Hamerly's bounds (2010) tell, for most rows in most iterations, that the
// nearest centre is still the same. Results are those of plain Lloyd.
//
// # Repeatable
//
// Restart r draws from the generator rand.NewPCG(seed, r), the lowest inertia wins, and ties go to the lowest r. So a seed
// gives the same model on any number of processors. Clusters are numbered by size, the largest is 0, and of two of the same
// size the one with the earlier row comes first: the numbers do not depend on where the centres started.
package kmeans

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"

	"gonum.org/v1/gonum/mat"
)

// Errors about the data. What Fit returns wraps one of these and says which numbers were at fault.
var (
	ErrNotFinite    = errors.New("not a number that can be squared")
	ErrTooFewRows   = errors.New("too few distinct rows")
	errNotThisModel = errors.New("not a segkit/kmeans model of version 1")
)

// Options says how to fit. The zero value and nil are the defaults.
type Options struct {
	Restarts int     // starting points to try; default 10
	MaxIter  int     // iterations of each restart at the most; default 300
	Tol      float64 // stop when the centres' squared movement is at most Tol times the columns' mean variance; default 0: when no label changes
	Seed     uint64
	Workers  int        // restarts that run at a time; default GOMAXPROCS
	Start    mat.Matrix // k×d centres to start from, instead of drawing them; there is one restart then

	// OnRestart is called after each restart. Calls do not overlap, and come in no particular order of restarts.
	OnRestart func(Restart)
}

// Restart is what one run from one starting point came to.
type Restart struct {
	Index       int // 0 to Total-1
	Inertia     float64
	Iterations  int
	Converged   bool
	Done, Total int // how many restarts have ended so far, this one included
}

// Model is a fitted clustering.
type Model struct {
	Centers    *mat.Dense // k×d
	Labels     []int      // of the n rows that the model was fitted to, 0 to k-1: always the nearest of Centers, or one of several at the same distance
	Sizes      []int      // rows per cluster, in descending order
	Inertia    float64    // sum of squared distances of the rows to their centres
	Iterations int        // of the winning restart
	Converged  bool       // false when MaxIter ended the winning restart
	Restart    int        // which restart won
}

// Fit partitions the n rows of x, n×d, into k clusters. It neither changes nor keeps x.
//
// A value that is not finite, or above 1e140, is an error that wraps ErrNotFinite, fewer than k distinct rows one that wraps
// ErrTooFewRows; cancelling ctx ends the work within an iteration, and the error wraps ctx's. It panics for k < 1, for negative options,
// and with mat.ErrShape if Start is not k×d.
//
// The cost is O(n·k·d·log k) for drawing the centres of a restart, and O(n·k·d) at the most for each iteration. Memory is a
// copy of x, and O(n + k·d) for each worker.
func Fit(ctx context.Context, x mat.Matrix, k int, o *Options) (*Model, error) {
	var opts Options
	if o != nil {
		opts = *o
	}
	n, d := x.Dims()
	if k < 1 {
		panic(fmt.Sprintf("kmeans: k is %d, not positive", k))
	}
	if opts.Restarts < 0 || opts.MaxIter < 0 || opts.Tol < 0 || opts.Workers < 0 {
		panic("kmeans: negative option")
	}
	if opts.Start != nil {
		if r, c := opts.Start.Dims(); r != k || c != d {
			panic(mat.ErrShape)
		}
		opts.Restarts = 1
	}
	opts.Restarts = cmp.Or(opts.Restarts, 10)
	opts.MaxIter = cmp.Or(opts.MaxIter, 300)
	opts.Workers = min(cmp.Or(opts.Workers, runtime.GOMAXPROCS(0)), opts.Restarts)

	p, err := newProblem(x, k, &opts)
	if err != nil {
		return nil, err
	}
	if distinct := p.distinctRows(k); distinct < k {
		return nil, fmt.Errorf("kmeans: %w: %d among %d rows, for %d clusters", ErrTooFewRows, distinct, n, k)
	}
	best, err := p.restarts(ctx, &opts)
	if err != nil {
		return nil, fmt.Errorf("kmeans: %w", err)
	}
	return p.model(best), nil
}

// problem is the data of one Fit, with the columns centred: distances between large numbers that lie close together would
// lose digits.
type problem struct {
	n, d, k int
	x       []float64 // n×d, row after row
	mean    []float64
	start   []float64 // k×d, nil when centres are drawn
	tol     float64   // in squared distance
	seed    uint64
	maxIter int
}

// largest is the largest absolute value whose square, summed over rows and columns, is still a number.
const largest = 1e140

func newProblem(x mat.Matrix, k int, o *Options) (*problem, error) {
	n, d := x.Dims()
	p := &problem{n: n, d: d, k: k, x: make([]float64, n*d), mean: make([]float64, d), seed: o.Seed, maxIter: o.MaxIter}
	for i := range n {
		for j := range d {
			v := x.At(i, j)
			if !(math.Abs(v) <= largest) {
				return nil, fmt.Errorf("kmeans: %w: row %d, column %d is %v", ErrNotFinite, i, j, v)
			}
			p.x[i*d+j] = v
			p.mean[j] += v / float64(n)
		}
	}
	variance := 0.0
	for i := range n {
		row := p.row(i)
		for j := range row {
			row[j] -= p.mean[j]
			variance += row[j] * row[j] / float64(n)
		}
	}
	p.tol = o.Tol * variance / float64(d)
	if o.Start != nil {
		p.start = make([]float64, k*d)
		for c := range k {
			for j := range d {
				v := o.Start.At(c, j)
				if !(math.Abs(v) <= largest) {
					return nil, fmt.Errorf("kmeans: %w: row %d, column %d of Start is %v", ErrNotFinite, c, j, v)
				}
				p.start[c*d+j] = v - p.mean[j]
			}
		}
	}
	return p, nil
}

func (p *problem) row(i int) []float64 { return p.x[i*p.d : (i+1)*p.d : (i+1)*p.d] }

// restarts runs all of them over a fixed number of workers and returns the best.
func (p *problem) restarts(ctx context.Context, o *Options) (*run, error) {
	next := make(chan int)
	var mu sync.Mutex
	var best *run
	var failure error // of any restart: they all fail for the same reason
	done := 0
	var workers sync.WaitGroup
	for range o.Workers {
		workers.Go(func() {
			scratch := newRun(p)
			for r := range next {
				err := scratch.fit(ctx, r)
				mu.Lock()
				if err != nil {
					failure = err
					mu.Unlock()
					continue
				}
				done++
				if o.OnRestart != nil {
					o.OnRestart(Restart{r, scratch.inertia, scratch.iterations, scratch.converged, done, o.Restarts})
				}
				if best == nil || scratch.inertia < best.inertia || scratch.inertia == best.inertia && r < best.index {
					if best == nil {
						best = newRun(p)
					}
					best, scratch = scratch, best
				}
				mu.Unlock()
			}
		})
	}
	for r := range o.Restarts {
		if ctx.Err() != nil {
			break
		}
		next <- r
	}
	close(next)
	workers.Wait()
	if err := ctx.Err(); err != nil && done < o.Restarts {
		return nil, err
	}
	return best, failure
}

// model turns the best run into a Model: clusters by size, centres where the data were.
func (p *problem) model(r *run) *Model {
	k, d := p.k, p.d
	sizes, first := make([]int, k), make([]int, k)
	for i, c := range slices.Backward(r.labels) {
		sizes[c]++
		first[c] = i
	}
	order := make([]int, k)
	for c := range order {
		order[c] = c
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(sizes[b], sizes[a]), cmp.Compare(first[a], first[b]))
	})
	m := &Model{
		Centers: mat.NewDense(k, d, nil), Labels: make([]int, p.n), Sizes: make([]int, k),
		Inertia: r.inertia, Iterations: r.iterations, Converged: r.converged, Restart: r.index,
	}
	number := make([]int, k)
	for to, from := range order {
		number[from] = to
		m.Sizes[to] = sizes[from]
		for j := range d {
			m.Centers.Set(to, j, r.centers[from*d+j]+p.mean[j])
		}
	}
	for i, c := range r.labels {
		m.Labels[i] = number[c]
	}
	return m
}

// distinctRows counts rows that differ, up to a limit: once there are enough, the rest does not matter.
func (p *problem) distinctRows(limit int) int {
	var seen []int
	for i := range p.n {
		if !slices.ContainsFunc(seen, func(j int) bool { return slices.Equal(p.row(i), p.row(j)) }) {
			if seen = append(seen, i); len(seen) == limit {
				break
			}
		}
	}
	return len(seen)
}

// source returns the random numbers of one restart.
func (p *problem) source(restart int) *rand.Rand {
	return rand.New(rand.NewPCG(p.seed, uint64(restart)))
}
