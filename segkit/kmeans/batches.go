package kmeans

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"runtime"
	"slices"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/internal/distance"
)

// BatchOptions says how to fit to a stream. The zero value and nil are the defaults.
type BatchOptions struct {
	Size    int // rows of a batch; default 1024
	Seed    uint64
	OnBatch func(Batch) // called after each batch
}

// Batch is one step of FitBatches.
type Batch struct {
	Rows    int     // read so far
	Inertia float64 // of the batch: mean squared distance of its rows to their nearest centres, before those moved
}

// FitBatches partitions rows that come one after the other, each of d numbers, into k clusters, in one pass and in memory
// that does not grow with their number: mini-batch k-means (Sculley, 2010). rows may hand out the same slice again and again.
//
// The centres start where Fit, with three restarts, puts them for the first rows: three batches of them, of at most 1,024
// rows, or 3·k if that is more. From then on each batch moves the centres to the means of all rows that they have been nearest to so far. Centres
// that get few rows stay: scikit-learn moves them to random rows, which pays after a poor start, and costs small segments
// their centre after a good one. The first rows should be like the others; a table that is sorted by segment needs to be
// shuffled.
//
// The model has no Labels. Sizes and Inertia count every row by the centres at the time when it was read; Predict, in a
// second pass, gives them for the final ones. Iterations counts the batches, and Converged is false, unless all rows were
// first rows.
//
// An error of rows ends the work, and is wrapped; ctx is looked at before each row is taken in, and within the fit of the
// first. Otherwise errors and panics are Fit's; a row whose length is not the first one's is an error with its number and
// both lengths. The cost is O(k·d) for each row, the memory O(d·(batch size + k)).
func FitBatches(ctx context.Context, rows iter.Seq2[[]float64, error], k int, o *BatchOptions) (*Model, error) {
	var opts BatchOptions
	if o != nil {
		opts = *o
	}
	if k < 1 {
		panic(fmt.Sprintf("kmeans: k is %d, not positive", k))
	}
	if opts.Size < 0 {
		panic(fmt.Sprintf("kmeans: Size is %d, negative", opts.Size))
	}
	opts.Size = cmp.Or(opts.Size, 1024)
	s := &stream{BatchOptions: opts, k: k, first: 3 * min(max(min(opts.Size, 1024), k), math.MaxInt/3)}
	m, err := s.fit(ctx, rows)
	if err != nil {
		return nil, fmt.Errorf("kmeans: %w", err)
	}
	return m, nil
}

// stream is the state of one FitBatches.
type stream struct {
	BatchOptions
	k, d    int
	first   int       // rows to start with
	read    int       // rows so far
	pending []float64 // rows that wait for their turn
	weights []float64 // of the pending rows, while there is no model
	model   *Model    // nil until there were enough rows
	weight  []float64 // rows that each centre is the mean of
	points  *distance.Points
	sums    tally
}

func (s *stream) fit(ctx context.Context, rows iter.Seq2[[]float64, error]) (*Model, error) {
	for row, err := range rows {
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", s.read, err)
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := s.add(row); err != nil {
			return nil, err
		}
		waiting := len(s.pending) / s.d
		if s.model == nil && waiting == s.first || s.model != nil && waiting == s.Size {
			if err := s.step(ctx, false); err != nil {
				return nil, err
			}
		}
	}
	if s.model == nil || len(s.pending) > 0 {
		if err := s.step(ctx, true); err != nil {
			return nil, err
		}
	}
	return s.bySize(), nil
}

func (s *stream) add(row []float64) error {
	if s.read == 0 {
		if s.d = len(row); s.d == 0 {
			return errors.New("row 0 has no numbers")
		}
	}
	if len(row) != s.d {
		return fmt.Errorf("row %d has %d numbers, row 0 has %d", s.read, len(row), s.d)
	}
	for j, v := range row {
		if !(math.Abs(v) <= distance.Largest) {
			return distance.NotFinite(s.read, j, v)
		}
	}
	s.pending = append(s.pending, row...)
	if s.model == nil {
		s.weights = append(s.weights, 1)
	}
	s.read++
	return nil
}

// step takes in the pending rows.
func (s *stream) step(ctx context.Context, last bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	inertia := 0.0
	if s.model == nil {
		switch distinct := s.merge(); {
		case distinct < s.k && !last:
			return nil // on
		case distinct < s.k:
			return fmt.Errorf("%w: %d among %d rows, for %d clusters", ErrTooFewRows, distinct, s.read, s.k)
		}
		if err := s.start(ctx); err != nil {
			return err
		}
		inertia = s.model.Inertia / float64(s.read)
		if !last {
			s.model.Iterations, s.model.Converged = 1, false
		}
	} else {
		inertia = s.batch()
		s.model.Iterations++
	}
	s.pending = s.pending[:0]
	if s.OnBatch != nil {
		s.OnBatch(Batch{s.read, inertia})
	}
	return nil
}

// merge makes one pending row of those that are equal, and returns how many there are then, where that is below k.
func (s *stream) merge() int {
	p := problem{x: distance.Wrap(s.pending, s.d)}
	distinct := p.distinctRows(s.k)
	if distinct < s.k {
		kept := 0
		for i := range p.x.N {
			row := p.x.Row(i)
			same := 0
			for same < kept && !slices.Equal(p.x.Row(same), row) {
				same++
			}
			if same < kept {
				s.weights[same] += s.weights[i]
				continue
			}
			copy(p.x.Row(kept), row)
			s.weights[kept] = s.weights[i]
			kept++
		}
		s.pending, s.weights = s.pending[:kept*s.d], s.weights[:kept]
	}
	return distinct
}

// start fits the pending rows.
func (s *stream) start(ctx context.Context) error {
	p, err := newProblem(mat.NewDense(len(s.weights), s.d, s.pending), s.k, &Options{Restarts: 3, MaxIter: 300, Workers: runtime.GOMAXPROCS(0), Seed: s.Seed, Weights: s.weights})
	if err != nil {
		return err
	}
	if s.model, err = p.restarts(ctx); err != nil {
		return err
	}
	s.weight = make([]float64, s.k)
	clear(s.model.Sizes)
	for i, label := range s.model.Labels {
		s.weight[label] += s.weights[i]
		s.model.Sizes[label] += int(s.weights[i])
	}
	s.model.Labels, s.weights = nil, nil
	s.points = distance.NewPoints(s.k, s.d)
	s.sums = newTally(s.k, s.d)
	return nil
}

// batch takes in a batch, and returns its rows' mean squared distance to the nearest centres.
func (s *stream) batch() (inertia float64) {
	x := distance.Wrap(s.pending, s.d)
	for c := range s.k {
		s.points.Set(c, s.model.Centers.RawRowView(c))
	}
	s.sums.clear()
	var b distance.Buffer
	for from := 0; from < x.N; from += distance.Block {
		m := min(distance.Block, x.N-from)
		s.points.Nearest(&b, x, from, m)
		for i, label := range b.Label[:m] {
			inertia += b.First[i]
			s.sums.count[label]++
			sum := s.sums.sums[int(label)*s.d : (int(label)+1)*s.d]
			distance.AddRow(sum, x.Row(from+i), s.model.Centers.RawRowView(int(label)), 1)
		}
	}
	for c, n := range s.sums.count {
		s.weight[c] += float64(n)
		s.model.Sizes[c] += n
		if n == 0 {
			continue
		}
		center := s.model.Centers.RawRowView(c)
		for j, v := range s.sums.sums[c*s.d : (c+1)*s.d] {
			center[j] += v / s.weight[c]
		}
	}
	s.model.Inertia += inertia
	return inertia / float64(x.N)
}

// bySize numbers the clusters by descending size.
func (s *stream) bySize() *Model {
	m := s.model
	order := make([]int, s.k)
	for c := range order {
		order[c] = c
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(m.Sizes[b], m.Sizes[a]) })
	centers, sizes := mat.NewDense(s.k, s.d, nil), make([]int, s.k)
	for to, from := range order {
		centers.SetRow(to, m.Centers.RawRowView(from))
		sizes[to] = m.Sizes[from]
	}
	m.Centers, m.Sizes = centers, sizes
	return m
}
