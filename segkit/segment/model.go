package segment

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"

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
