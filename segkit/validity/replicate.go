package validity

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/mat"
)

// replicate does the work of the replicates 0 to total-1 on all processors. Each worker calls start once, for a function
// with buffers of its own. The first error cancels the others; it is returned with its replicate's number.
func replicate(ctx context.Context, o *Options, start func() func(ctx context.Context, b int) error) error {
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	var next atomic.Int64
	var mu sync.Mutex // guards what follows, and keeps calls of Progress apart
	var failure error
	done, total := 0, o.Replicates
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), total) {
		workers.Go(func() {
			work := start()
			for inner.Err() == nil {
				b := int(next.Add(1)) - 1
				if b >= total {
					return
				}
				err := work(inner, b)
				mu.Lock()
				if err == nil {
					done++
					if o.Progress != nil {
						o.Progress(done, total)
					}
				} else if failure == nil {
					failure = fmt.Errorf("replicate %d: %w", b, err)
					cancel()
				}
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	if err := ctx.Err(); err != nil && done < total {
		return err
	}
	return failure
}

// generator returns the source of everything that replicate b draws.
func (o *Options) generator(b int) *rand.Rand { return rand.New(rand.NewPCG(o.Seed, uint64(b))) }

// buffer holds copies of rows of x.
type buffer struct {
	x    *mat.Dense
	data []float64
}

// newBuffer returns room for n rows of x.
func newBuffer(x *mat.Dense, n int) *buffer {
	_, d := x.Dims()
	return &buffer{x, make([]float64, n*d)}
}

// take returns a copy of the given rows, until it is called again.
func (b *buffer) take(rows []int) *mat.Dense {
	_, d := b.x.Dims()
	for i, row := range rows {
		copy(b.data[i*d:(i+1)*d], b.x.RawRowView(row))
	}
	return mat.NewDense(len(rows), d, b.data[:len(rows)*d])
}

// Scheme is a way to draw rows.
type Scheme int

// Schemes of Stability.
const (
	// Bootstrap draws n of n rows with replacement; a row that is drawn more than once counts once, which leaves 63 % of the
	// rows, more or less. This is what clusterboot of R's fpc does by default. Without the repetitions, centres wander less
	// than those of a new sample of n rows would, by a factor of about 0.76 in their standard deviation.
	Bootstrap Scheme = iota

	// Subsample draws ⌊n/2⌋ rows without replacement. Centres wander as those of a new sample of n rows would.
	Subsample
)

// draw returns the rows of a replicate of n rows, ascending.
func (s Scheme) draw(r *rand.Rand, n int) []int {
	drawn := make([]bool, n)
	if s == Bootstrap {
		for range n {
			drawn[r.IntN(n)] = true
		}
	} else {
		for _, i := range r.Perm(n)[:n/2] {
			drawn[i] = true
		}
	}
	return which(drawn, true)
}

// which lists the rows that are, or are not, drawn.
func which(drawn []bool, as bool) []int {
	rows := make([]int, 0, len(drawn))
	for i, is := range drawn {
		if is == as {
			rows = append(rows, i)
		}
	}
	return rows
}
