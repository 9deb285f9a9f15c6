package validity_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit"
	"example.com/marketing/segkit/kmeans"
	"example.com/marketing/segkit/validity"
)

// means is k-means on the rows as they are.
func means(restarts int) validity.Method { return pipeline(restarts, nil) }

// scaled is k-means on columns with holes filled by their medians, passed through f, and scaled to mean 0 and standard
// deviation 1; all of it fitted anew.
func scaled(restarts int, f func(float64) float64) validity.Method {
	return pipeline(restarts, func(x *mat.Dense) func(*mat.Dense) *mat.Dense {
		n, d := x.Dims()
		medians, mean, scale := make([]float64, d), make([]float64, d), make([]float64, d)
		for j := range d {
			column := mat.Col(nil, j, x)
			known := slices.DeleteFunc(slices.Clone(column), math.IsNaN)
			slices.Sort(known)
			medians[j] = (known[(len(known)-1)/2] + known[len(known)/2]) / 2
			for i, v := range column {
				if math.IsNaN(v) {
					v = medians[j]
				}
				column[i] = f(v)
				mean[j] += column[i] / float64(n)
			}
			for _, v := range column {
				scale[j] += (v - mean[j]) * (v - mean[j]) / float64(n)
			}
			if scale[j] = math.Sqrt(scale[j]); scale[j] == 0 {
				scale[j] = 1
			}
		}
		return func(x *mat.Dense) *mat.Dense {
			z := mat.DenseCopyOf(x)
			z.Apply(func(_, j int, v float64) float64 {
				if math.IsNaN(v) {
					v = medians[j]
				}
				return (f(v) - mean[j]) / scale[j]
			}, z)
			return z
		}
	})
}

func pipeline(restarts int, fit func(x *mat.Dense) func(*mat.Dense) *mat.Dense) validity.Method {
	return func(ctx context.Context, x *mat.Dense, ks []int, seed uint64) ([]validity.Partition, error) {
		transform, z := func(x *mat.Dense) *mat.Dense { return x }, x
		if fit != nil {
			transform = fit(x)
			z = transform(x)
		}
		var parts []validity.Partition
		for _, k := range ks {
			model, err := kmeans.Fit(ctx, z, k, &kmeans.Options{Restarts: restarts, Seed: seed, Workers: 1})
			if err != nil {
				return nil, err
			}
			parts = append(parts, validity.Partition{
				Labels: model.Labels, Inertia: model.Inertia, Space: z,
				Predict: func(x *mat.Dense) ([]int, error) { return model.Predict(transform(x)) },
			})
		}
		return parts, nil
	}
}

func identity(v float64) float64 { return v }

// realRows are the customers, in raw units, without the row that has no credit limit.
func realRows(t testing.TB) *mat.Dense {
	data, err := segkit.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return data.Customers.X
}
