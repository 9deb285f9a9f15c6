package segment

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/dataset"
	"example.com/marketing/segkit/internal/distance"
	"example.com/marketing/segkit/kmeans"
	"example.com/marketing/segkit/validity"
)

// Model is a fitted recipe: it says to which of k segments a customer belongs, also one that it has never seen.
type Model struct {
	Recipe  Recipe
	Columns []string // d, that a customer must have
	Names   []string // k, of the segments; "segment 0" and so on until somebody knows better
	Sizes   []int    // k, of the training rows
	Rows    int      // that the model was fitted to
	Data    string   // fingerprint of their table
	Inertia float64  // sum of the rows' squared distances to their centres

	// Limit is the 99th percentile of the training rows' distances to their centres. Who is farther from every centre is
	// unlike anyone that the model was fitted to.
	Limit float64

	Labels []int // of the training rows, n; a model that was loaded has none

	Rules    *Rules    // the segments as rules in the columns' units; nil until somebody sets it
	Baseline *Baseline // what the training rows looked like, for Drift; nil until somebody sets it

	pipeline *pipeline
	clusters *kmeans.Model
}

// Fit finds the recipe's segments in a table, n×d, with NaN for missing values. Segments are numbered by size, the largest is
// 0. A recipe that does not fit the table is an error that wraps ErrRecipe, a column without any value one that wraps
// ErrColumns; too few distinct rows wrap kmeans.ErrTooFewRows. The cost is that of the projection, and of the restarts of
// k-means.
func Fit(ctx context.Context, t *dataset.Table, r Recipe) (*Model, error) {
	models, err := FitAll(ctx, t, r, r.K)
	if err != nil {
		return nil, err
	}
	return models[0], nil
}

// FitAll is Fit for several numbers of segments, in place of the recipe's. What comes before k-means is fitted once.
func FitAll(ctx context.Context, t *dataset.Table, r Recipe, ks ...int) ([]*Model, error) {
	n, d := t.Dims()
	r, err := r.defaults(d)
	if err != nil {
		return nil, fmt.Errorf("segment: %w", err)
	}
	if i := slices.IndexFunc(ks, func(k int) bool { return k < 1 || k > n }); i >= 0 {
		return nil, fmt.Errorf("segment: %w: %d segments of %d rows", ErrRecipe, ks[i], n)
	}
	p, z, err := fitPipeline(ctx, t.Names, t.X, &r, r.Seed)
	if err != nil {
		return nil, fmt.Errorf("segment: %w", err)
	}
	fingerprint := t.Fingerprint()
	models := make([]*Model, len(ks))
	for i, k := range ks {
		clusters, err := kmeans.Fit(ctx, z, k, &kmeans.Options{Restarts: r.Restarts, Seed: r.Seed})
		if err != nil {
			return nil, fmt.Errorf("segment: %d segments: %w", k, err)
		}
		m := &Model{
			Recipe: r, Columns: slices.Clone(t.Names), Sizes: slices.Clone(clusters.Sizes), Rows: n, Data: fingerprint,
			Inertia: clusters.Inertia, Labels: slices.Clone(clusters.Labels), pipeline: p, clusters: clusters,
		}
		m.Recipe.K = k
		for c := range k {
			m.Names = append(m.Names, "segment "+strconv.Itoa(c))
		}
		own := make([]float64, n)
		for row, label := range m.Labels {
			own[row] = math.Sqrt(distance.Squared(z.RawRowView(row), clusters.Centers.RawRowView(label)))
		}
		slices.Sort(own)
		m.Limit = dataset.Quantile(own, 0.99)
		models[i] = m
	}
	return models, nil
}

// Method returns the recipe as a method whose validity can be measured: everything that it learns is fitted anew to the rows
// that it is given. columns are the names of the rows' columns; the method panics with mat.ErrShape if there are others than d
// of them.
func (r Recipe) Method(columns ...string) validity.Method {
	return func(ctx context.Context, x *mat.Dense, ks []int, seed uint64) ([]validity.Partition, error) {
		r, err := r.defaults(len(columns))
		if err != nil {
			return nil, err
		}
		p, z, err := fitPipeline(ctx, columns, x, &r, seed)
		if err != nil {
			return nil, err
		}
		partitions := make([]validity.Partition, len(ks))
		for i, k := range ks {
			clusters, err := kmeans.Fit(ctx, z, k, &kmeans.Options{Restarts: r.Restarts, Seed: seed, Workers: 1})
			if err != nil {
				return nil, fmt.Errorf("%d segments: %w", k, err)
			}
			partitions[i] = validity.Partition{
				Labels: clusters.Labels, Inertia: clusters.Inertia, Space: z,
				Predict: func(x *mat.Dense) ([]int, error) {
					z, err := p.space(x, columns)
					if err != nil {
						return nil, err
					}
					return clusters.Predict(z)
				},
			}
		}
		return partitions, nil
	}
}

// Centers returns the centres in the space that was clustered, k×q.
func (m *Model) Centers() *mat.Dense { return mat.DenseCopyOf(m.clusters.Centers) }

// Space takes the rows of a table, n×d with NaN for missing values, into the space that was clustered, n×q. A table that
// lacks one of the model's columns is an error that wraps ErrColumns; it may have others, in any order. Errors about values are
// Assign's, with the row.
func (m *Model) Space(t *dataset.Table) (*mat.Dense, error) {
	x, err := m.pick(t)
	if err != nil {
		return nil, err
	}
	z, err := m.pipeline.space(x, m.Columns)
	if err != nil {
		return nil, fmt.Errorf("segment: %w", err)
	}
	return z, nil
}

// space is apply with memory of its own, of whose errors the columns' names are known.
func (p *pipeline) space(x *mat.Dense, columns []string) (*mat.Dense, error) {
	n, d := x.Dims()
	if n == 0 {
		return &mat.Dense{}, nil
	}
	z, wrong := p.apply(mat.NewDense(n, d, nil), x, func(int, int) {})
	if wrong != nil {
		return nil, &valueError{wrong.row, columns[wrong.column], notFinite(x.At(wrong.row, wrong.column))}
	}
	return z, nil
}

// pick returns the model's columns of a table, in the model's order.
func (m *Model) pick(t *dataset.Table) (*mat.Dense, error) {
	if slices.Equal(t.Names, m.Columns) {
		return t.X, nil
	}
	if err := m.lacking(t.Names); err != nil {
		return nil, err
	}
	return t.Select(m.Columns...).X, nil
}

// lacking says which of the model's columns are not among names.
func (m *Model) lacking(names []string) error {
	var missing []string
	for _, name := range m.Columns {
		if !slices.Contains(names, name) {
			missing = append(missing, strconv.Quote(name))
		}
	}
	if missing == nil {
		return nil
	}
	return fmt.Errorf("segment: %w: %d of the model's %d are not there: %s", ErrColumns, len(missing), len(m.Columns), list(missing))
}

// Assignment says where a customer belongs.
type Assignment struct {
	Segment  int
	Distance float64 // to the segment's centre, in the space that was clustered
	Next     int     // the segment with the next nearest centre; -1 where there is only one
	Margin   float64 // by how much that is farther, 0 or more; +Inf where there is only one
	Unlike   bool    // farther from every centre than 99 % of the training rows: unlike anyone, the segment means little
	Missing  int     // values that were missing, and filled with the medians of the training rows
}

// Assign returns where one customer belongs: d values in the order of Columns, NaN where one is missing. Another number of
// values is an error that wraps ErrColumns, a value that is infinite or beyond 1e140, or so large that its distance is no number,
// one that wraps kmeans.ErrNotFinite and names the column, and the row, from 0.
func (m *Model) Assign(row []float64) (Assignment, error) {
	if len(row) != len(m.Columns) {
		return Assignment{}, fmt.Errorf("segment: %w: %d values for %d columns", ErrColumns, len(row), len(m.Columns))
	}
	var out [1]Assignment
	if err := m.assign(out[:], mat.NewDense(1, len(row), row), mat.NewDense(1, len(row), nil), 0); err != nil {
		return Assignment{}, fmt.Errorf("segment: %w", err)
	}
	return out[0], nil
}

// AssignTable returns where each of the table's n rows belongs. A table that lacks one of the model's columns is an error
// that wraps ErrColumns; it may have others, in any order. Errors about values are Assign's, with the row. Rows are computed
// on all processors; the memory beyond the result is that of a few thousand rows. Each assignment is Assign's, to the last bit.
func (m *Model) AssignTable(ctx context.Context, t *dataset.Table) ([]Assignment, error) {
	x, err := m.pick(t)
	if err != nil {
		return nil, err
	}
	n, d := x.Dims()
	out := make([]Assignment, n)
	errs := make([]error, (n+assignBlock-1)/assignBlock)
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(errs)) {
		workers.Go(func() {
			z := mat.NewDense(assignBlock, d, nil)
			for {
				b := int(next.Add(1)) - 1
				if b >= len(errs) || ctx.Err() != nil {
					return
				}
				from, to := b*assignBlock, min((b+1)*assignBlock, n)
				errs[b] = m.assign(out[from:to], x.Slice(from, to, 0, d).(*mat.Dense), z, from)
			}
		})
	}
	workers.Wait()
	for _, err := range errs { // the first row's error, whoever came first
		if err != nil {
			return nil, fmt.Errorf("segment: %w", err)
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("segment: assigning %d rows: %w", n, err)
	}
	return out, nil
}

const assignBlock = 512 // rows, that fit in a processor's cache

// assign fills out for the rows of x, of which the first is the caller's row number first, in z, of as many rows or more. At a
// value that is wrong, what stands before its row is filled.
func (m *Model) assign(out []Assignment, x, z *mat.Dense, first int) error {
	rows, wrong := m.pipeline.apply(z, x, func(row, values int) { out[row].Missing = values })
	if wrong != nil {
		if wrong.row > 0 {
			_, d := x.Dims()
			if err := m.assign(out[:wrong.row], x.Slice(0, wrong.row, 0, d).(*mat.Dense), z, first); err != nil {
				return err
			}
		}
		return &valueError{first + wrong.row, m.Columns[wrong.column], notFinite(x.At(wrong.row, wrong.column))}
	}
	for i := range out {
		m.place(&out[i], rows.RawRowView(i))
	}
	return nil
}

// valueError is an error about one value.
type valueError struct {
	row    int
	column string
	err    error
}

func (e *valueError) Error() string {
	return fmt.Sprintf("row %d, column %s: %v", e.row, e.column, e.err)
}

func (e *valueError) Unwrap() error { return e.err }

// place finds the nearest and the next centre, by the squared distances that k-means goes by.
func (m *Model) place(a *Assignment, row []float64) {
	first, second := math.Inf(1), math.Inf(1)
	a.Segment, a.Next, a.Margin = 0, -1, math.Inf(1)
	k, _ := m.clusters.Centers.Dims()
	for c := range k {
		switch v := distance.Squared(row, m.clusters.Centers.RawRowView(c)); {
		case c == 0:
			first = v
		case v < first:
			a.Segment, a.Next, first, second = c, a.Segment, v, first
		case v < second:
			a.Next, second = c, v
		}
	}
	a.Distance = math.Sqrt(first)
	if a.Next >= 0 {
		a.Margin = math.Sqrt(second) - a.Distance
	}
	a.Unlike = a.Distance > m.Limit
}

// Match says how well a refitted segment is the old one.
type Match struct {
	Jaccard float64 // of the table's customers that either model puts into the segment, the share that both do
	Kept    bool    // Jaccard is at least a half: the segment is still the same one
}

// Refit fits the model's recipe to another table, such as next month's, and numbers the segments so that each is the one that
// it shares most customers with: both models are asked about the new table, and of all ways to pair their segments the one
// with the most customers in agreement is taken (Kuhn, 1955). Names are kept where the segment is; a segment that is not the
// same any more is called new. Rules and Baseline are not carried over.
func (m *Model) Refit(ctx context.Context, t *dataset.Table) (*Model, []Match, error) {
	old, err := m.AssignTable(ctx, t)
	if err != nil {
		return nil, nil, err
	}
	refitted, err := Fit(ctx, t.Select(m.Columns...), m.Recipe)
	if err != nil {
		return nil, nil, err
	}
	before := make([]int, len(old))
	for i, a := range old {
		before[i] = a.Segment
	}
	refitted.renumber(numbers(refitted.Labels, validity.Match(before, refitted.Labels), m.Recipe.K))
	matches := make([]Match, m.Recipe.K)
	both, either := make([]int, m.Recipe.K), make([]int, m.Recipe.K)
	for i, c := range refitted.Labels {
		either[c]++
		if c == before[i] {
			both[c]++
		} else {
			either[before[i]]++
		}
	}
	for c := range matches {
		matches[c].Jaccard = float64(both[c]) / float64(either[c]) // a refitted segment has a customer at least
		matches[c].Kept = matches[c].Jaccard >= 0.5
		if refitted.Names[c] = m.Names[c]; !matches[c].Kept {
			name := "new segment " + strconv.Itoa(c)
			for slices.Contains(m.Names, name) { // which was another one
				name = "new " + name
			}
			refitted.Names[c] = name
		}
	}
	return refitted, matches, nil
}

// numbers returns which number each of k segments gets, where matched are its rows' labels after matching. Segments without a
// partner get the numbers that are left, in their order.
func numbers(labels, matched []int, k int) []int {
	to, free := make([]int, k), make([]bool, k)
	for c := range k {
		to[c], free[c] = k, true
	}
	for i, c := range labels {
		if matched[i] < k {
			to[c] = matched[i]
			free[matched[i]] = false
		}
	}
	for c := range to {
		if to[c] == k {
			to[c] = slices.Index(free, true)
			free[to[c]] = false
		}
	}
	return to
}

// renumber gives segment c the number to[c].
func (m *Model) renumber(to []int) {
	clusters := *m.clusters
	clusters.Centers = mat.DenseCopyOf(clusters.Centers)
	clusters.Sizes = slices.Clone(clusters.Sizes)
	names := slices.Clone(m.Names)
	for c, number := range to {
		clusters.Centers.SetRow(number, m.clusters.Centers.RawRowView(c))
		clusters.Sizes[number] = m.clusters.Sizes[c]
		names[number] = m.Names[c]
	}
	clusters.Labels = make([]int, len(m.Labels))
	for i, c := range m.Labels {
		clusters.Labels[i] = to[c]
	}
	m.clusters, m.Labels, m.Sizes, m.Names = &clusters, clusters.Labels, clusters.Sizes, names
}
