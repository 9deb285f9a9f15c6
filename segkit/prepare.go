package segkit

import (
	"context"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/dataset"
)

// Prepared is a data set that is ready for clustering, in business units and scaled.
type Prepared struct {
	Source    dataset.Source
	Raw       *dataset.Table  // as it was read, with its holes
	Customers *dataset.Table  // n×d without holes, in business units
	Scaler    *dataset.Scaler // fitted on Customers
	X         *mat.Dense      // n×d, every column with mean 0 and standard deviation 1; row i is Customers' row i
}

// Load opens the data as dataset.Open does and prepares them as Prepare does: notebooks 01 and 02 in one call.
func Load(ctx context.Context) (*Prepared, error) {
	raw, source, err := dataset.Open(ctx)
	if err != nil {
		return nil, err
	}
	p, err := Prepare(raw)
	if err != nil {
		return nil, err
	}
	p.Source = source
	return p, nil
}

// Prepare cleans and scales a table as notebook 02 does: holes in MINIMUM_PAYMENTS get the median of all rows, a row that
// still lacks a value is dropped, and every column is scaled to mean 0 and (population) standard deviation 1. It is an
// error when no row is left.
func Prepare(raw *dataset.Table) (*Prepared, error) {
	filled := raw
	if raw.Index("MINIMUM_PAYMENTS") >= 0 {
		var err error
		if filled, err = raw.ImputeMedian("MINIMUM_PAYMENTS"); err != nil {
			return nil, err
		}
	}
	customers, err := filled.DropMissing()
	if err != nil {
		return nil, err
	}
	scaler, err := dataset.FitScaler(customers)
	if err != nil {
		return nil, err
	}
	return &Prepared{Raw: raw, Customers: customers, Scaler: scaler, X: scaler.Transform(customers)}, nil
}
