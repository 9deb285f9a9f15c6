package segment

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/autoencoder"
	"example.com/marketing/segkit/dataset"
	"example.com/marketing/segkit/internal/distance"
	"example.com/marketing/segkit/kmeans"
	"example.com/marketing/segkit/pca"
)

// pipeline is what a recipe does before k-means, fitted to a table of d columns.
type pipeline struct {
	transform  Transform
	fill       []float64 // d, in the table's units
	curves     []curve   // d, for Ranks
	mean       []float64 // d, of the transformed columns
	scale      []float64 // d, their standard deviation; 0 for a constant column, which becomes 0 whatever its value
	projection *pca.Model
	encoder    *autoencoder.Model
}

// fitPipeline fits all that comes before k-means to the rows of x, n×d with NaN for missing values, and returns the rows in
// the space that is clustered.
func fitPipeline(ctx context.Context, columns []string, x *mat.Dense, r *Recipe, seed uint64) (*pipeline, *mat.Dense, error) {
	n, d := x.Dims()
	if len(columns) != d {
		panic(mat.ErrShape)
	}
	p := &pipeline{transform: r.Transform, fill: make([]float64, d)}
	filled := mat.NewDense(n, d, nil)
	for j, name := range columns {
		if slices.Contains(columns[:j], name) {
			return nil, nil, fmt.Errorf("%w: two of them are called %q", ErrColumns, name)
		}
		column := mat.Col(nil, j, x)
		for i, v := range column {
			if math.Abs(v) > distance.Largest {
				return nil, nil, &valueError{i, name, notFinite(v)}
			}
		}
		s := dataset.Summarize(name, column)
		if s.Count == 0 {
			return nil, nil, fmt.Errorf("%w: %s has no value in %d rows; leave it out", ErrColumns, name, n)
		}
		p.fill[j] = s.Median
		for i, v := range column {
			if math.IsNaN(v) {
				column[i] = s.Median
			}
		}
		if r.Transform == Ranks {
			p.curves = append(p.curves, fitCurve(column))
		}
		for i, v := range column {
			column[i] = p.bend(j, v)
		}
		filled.SetCol(j, column)
	}
	scaler, err := dataset.FitScaler(&dataset.Table{Names: columns, X: filled})
	if err != nil {
		return nil, nil, err
	}
	p.mean, p.scale = scaler.Mean, scaler.Scale
	for j := range d {
		first := filled.At(0, j)
		if !slices.ContainsFunc(mat.Col(nil, j, filled), func(v float64) bool { return v != first }) {
			p.scale[j] = 0
		}
	}
	z := filled // whose values have served
	for i := range n {
		p.standardise(z.RawRowView(i), x.RawRowView(i))
	}
	switch {
	case r.Components > 0:
		if p.projection, err = pca.Fit(z, r.Components); err != nil {
			return nil, nil, err
		}
	case r.Network != nil:
		config := *r.Network
		config.Seed = seed
		if p.encoder, err = autoencoder.Train(ctx, z, &config); err != nil {
			return nil, nil, err
		}
	}
	return p, p.project(z), nil
}

// bend applies the transform to a value of column j that is not missing.
func (p *pipeline) bend(j int, v float64) float64 {
	switch p.transform {
	case Log1p:
		return math.Copysign(math.Log1p(math.Abs(v)), v)
	case Ranks:
		return p.curves[j].at(v)
	}
	return v
}

// standardise puts the filled, transformed and scaled values of a row into z, and returns how many were missing, and the first
// column whose value is infinite or too large to be squared, before or after, -1 where there is none.
func (p *pipeline) standardise(z, row []float64) (missing, wrong int) {
	d := len(row)
	z, fill, mean, scale := z[:d], p.fill[:d], p.mean[:d], p.scale[:d]
	for j, v := range row {
		if v != v {
			v = fill[j]
			missing++
		}
		if math.Abs(v) > distance.Largest {
			return missing, j
		}
		if p.transform != Plain {
			v = p.bend(j, v)
		}
		if scale[j] == 0 {
			z[j] = 0
			continue
		}
		z[j] = (v - mean[j]) / scale[j]
		if !(math.Abs(z[j]) <= distance.Largest) {
			return missing, j
		}
	}
	return missing, -1
}

// project takes standardised rows into the space that is clustered.
func (p *pipeline) project(z *mat.Dense) *mat.Dense {
	switch {
	case p.projection != nil:
		return p.scores(z)
	case p.encoder != nil:
		return p.encoder.Encode(z)
	}
	return z
}

// scores are the projection's Transform, but for the order of the sums: theirs is one whether a row stands alone or among
// thousands, which a product of matrices does not promise.
func (p *pipeline) scores(z *mat.Dense) *mat.Dense {
	n, _ := z.Dims()
	q, _ := p.projection.Components.Dims()
	scores := mat.NewDense(n, q, nil)
	for i := range n {
		row, out := z.RawRowView(i), scores.RawRowView(i)
		for c := range out {
			component := p.projection.Components.RawRowView(c)
			for j, mean := range p.projection.Mean {
				out[c] += (row[j] - mean) * component[j]
			}
		}
	}
	return scores
}

// apply takes the rows of x, in the table's units, into the space that is clustered. It works in z, of as many rows or more, and
// tells missing how many values each row lacks. The first value that is infinite, or so large that its distances are no
// numbers, ends it.
func (p *pipeline) apply(z, x *mat.Dense, missing func(row, values int)) (*mat.Dense, *wrongValue) {
	n, d := x.Dims()
	for i := range n {
		count, wrong := p.standardise(z.RawRowView(i), x.RawRowView(i))
		if wrong >= 0 {
			return nil, &wrongValue{i, wrong}
		}
		missing(i, count)
	}
	if n < z.RawMatrix().Rows {
		z = z.Slice(0, n, 0, d).(*mat.Dense)
	}
	projected := p.project(z)
	if projected == z {
		return z, nil
	}
	for i := range n {
		for _, v := range projected.RawRowView(i) {
			if !(math.Abs(v) <= distance.Largest) { // the largest value is to blame
				row, largest := z.RawRowView(i), 0
				for j, v := range row {
					if math.Abs(v) > math.Abs(row[largest]) {
						largest = j
					}
				}
				return nil, &wrongValue{i, largest}
			}
		}
	}
	return projected, nil
}

// wrongValue is where apply found a value that cannot be used.
type wrongValue struct{ row, column int }

// notFinite is the error about a value that is infinite or too large.
func notFinite(v float64) error { return fmt.Errorf("%w: %v", kmeans.ErrNotFinite, v) }
