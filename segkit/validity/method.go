package validity

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Partition is what a method makes of n rows.
type Partition struct {
	Labels  []int   // of the n rows, 0 to k-1; a number without rows is allowed
	Inertia float64 // within-cluster sum of squared distances in the space that the method clusters in

	// Predict returns the labels of other rows, 0 to k-1, given in the same raw units as the n rows. It must not write to x.
	Predict func(x *mat.Dense) ([]int, error)

	// Space holds the n rows where the method clusters them, n×q, such as the scaled values or the components. It may be nil:
	// nothing here reads it. It is for the score of NullScores.
	Space *mat.Dense
}

// Method is any way to cluster, from the raw rows to the labels. It fits the whole pipeline, such as medians, scaler and
// components, to the n rows of x once, and returns a partition of them into k clusters for each of ks, in their order. All
// ks come in one call because they share what is fitted; everything is fitted anew in each call because what the pipeline
// learned from rows that a replicate has not would make the replicate look like the whole.
//
// Rows come in raw units, with NaN where x had NaN: filling holes is the method's work. The same x, ks and seed must give the
// same partitions. A method is called from several goroutines at a time, one for each processor, so it does best to work on
// one itself. It must not write to x, nor keep it: x is overwritten after the replicate.
type Method func(ctx context.Context, x *mat.Dense, ks []int, seed uint64) ([]Partition, error)

// fit calls the method and checks what it returns.
func (m Method) fit(ctx context.Context, x *mat.Dense, ks []int, seed uint64) ([]Partition, error) {
	parts, err := m(ctx, x, slices.Clone(ks), seed)
	if err != nil {
		return nil, err
	}
	if len(parts) != len(ks) {
		return nil, fmt.Errorf("%w: the method returned %d partitions for %d numbers of clusters", ErrLabels, len(parts), len(ks))
	}
	n, _ := x.Dims()
	for i, k := range ks {
		if err := within(parts[i].Labels, n, k); err != nil {
			return nil, err
		}
	}
	return parts, nil
}

// predict returns the labels that a partition into k clusters gives to the rows of x.
func (p Partition) predict(x *mat.Dense, k int) ([]int, error) {
	if p.Predict == nil {
		return nil, fmt.Errorf("%w: the method's partition into %d clusters has no Predict", ErrLabels, k)
	}
	labels, err := p.Predict(x)
	if err != nil {
		return nil, fmt.Errorf("predicting %d clusters: %w", k, err)
	}
	n, _ := x.Dims()
	return labels, within(labels, n, k)
}

// within checks that there are n labels, 0 to k-1.
func within(labels []int, n, k int) error {
	if len(labels) != n {
		return fmt.Errorf("%w: the method returned %d labels for %d rows", ErrLabels, len(labels), n)
	}
	if i := slices.IndexFunc(labels, func(c int) bool { return c < 0 || c >= k }); i >= 0 {
		return fmt.Errorf("%w: the method gave row %d the label %d, for %d clusters", ErrLabels, i, labels[i], k)
	}
	return nil
}

// Options says how to resample. The zero value and nil are the defaults.
type Options struct {
	// Replicates is how often the method is run; at least 2. The default is 100 for Stability, 30 for SeedAgreement, 20 for
	// PredictionStrength, which runs it twice in each, 50 for Gap and 20 for NullScores.
	Replicates int

	// Seed decides all that is drawn. Replicate b draws from rand.NewPCG(Seed, b), so that the result does not depend on the
	// number of processors.
	Seed uint64

	Scheme    Scheme // of Stability: Bootstrap, the default, or Subsample
	Reference Null   // of Gap: where its data without clusters come from; default PrincipalBox

	// Progress is called after each replicate. Calls do not overlap; they come from goroutines of this package's.
	Progress func(done, total int)
}

// or returns the options with their defaults. It panics for options that cannot be.
func (o *Options) or(replicates int) Options {
	var opts Options
	if o != nil {
		opts = *o
	}
	opts.Replicates = cmp.Or(opts.Replicates, replicates)
	if opts.Replicates < 2 {
		panic(fmt.Sprintf("validity: %d replicates, fewer than 2", opts.Replicates))
	}
	if opts.Scheme != Bootstrap && opts.Scheme != Subsample {
		panic(fmt.Sprintf("validity: the scheme %d is unknown", opts.Scheme))
	}
	if opts.Reference == nil {
		opts.Reference = PrincipalBox
	}
	return opts
}

// size checks that the rows of x can be divided, and the numbers of clusters.
func size(x *mat.Dense, ks []int) (n int, err error) {
	if i := slices.IndexFunc(ks, func(k int) bool { return k < 1 }); i >= 0 {
		panic(fmt.Sprintf("validity: k is %d, not positive", ks[i]))
	}
	if n, _ = x.Dims(); n < 2 {
		return n, fmt.Errorf("%w: resampling needs 2 rows, there are %d", ErrLabels, n)
	}
	return n, nil
}

// Scores are one number from each replicate, and their summary.
type Scores struct {
	Values         []float64 // in the order of the replicates
	Mean, Min, Max float64
	SD             float64 // standard deviation of the values, with divisor len(Values)-1; NaN for a single value
}

func newScores(values []float64) Scores {
	s := Scores{Values: values, Min: slices.Min(values), Max: slices.Max(values)}
	sum, squares := 0.0, 0.0
	for _, v := range values {
		sum += v - values[0] // so that the mean of equal values is that value
	}
	s.Mean = values[0] + sum/float64(len(values))
	for _, v := range values {
		squares += (v - s.Mean) * (v - s.Mean)
	}
	s.SD = math.Sqrt(squares / float64(len(values)-1))
	return s
}

// StdErr returns the standard error of the mean over replicates, SD/√B. It says how far the mean over infinitely many
// replicates of these rows may lie, not how far that of other customers.
func (s Scores) StdErr() float64 { return s.SD / math.Sqrt(float64(len(s.Values))) }
