package validity

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// SeedStability is how far runs with different seeds agree on a partition of the same rows into K clusters.
type SeedStability struct {
	K         int
	Agreement Scores    // adjusted Rand index of each pair of runs: 0 and 1, 0 and 2, …, 1 and 2, …
	ByRun     []float64 // mean agreement of each run with all others
	Inertia   Scores    // of each run
	Medoid    int       // the run that agrees most with all others, the first of several
	Partition Partition // the medoid's
}

// SeedAgreement runs the method with several seeds on the same rows of x, n×d, and looks how far its partitions agree, for
// each of ks. Run r has the seed Options.Seed + r; Replicates is the number of runs. What differs here is not the customers
// but only where the search began, so low agreement means that the method ends in different optima: look at the spread of
// the inertia, and give it more restarts. The medoid is a partition to keep where the runs differ, but none is clearly best.
//
// Errors, panics and progress are Stability's. The cost is that of the runs and O(n·R²) for R of them; memory beyond x is n
// labels, and whatever Predict holds, for each run and k.
func SeedAgreement(ctx context.Context, x *mat.Dense, ks []int, method Method, o *Options) ([]SeedStability, error) {
	opts := o.or(30)
	if _, err := size(x, ks); err != nil {
		return nil, fmt.Errorf("validity: seeds: %w", err)
	}
	runs := make([][]Partition, opts.Replicates)
	err := replicate(ctx, &opts, func() func(context.Context, int) error {
		return func(ctx context.Context, r int) error {
			parts, err := method.fit(ctx, x, ks, opts.Seed+uint64(r))
			for i := range parts {
				parts[i].Space = nil // is large, and the same in every run or of no use
			}
			runs[r] = parts
			return err
		}
	})
	if err != nil {
		return nil, fmt.Errorf("validity: seeds: %w", err)
	}
	results := make([]SeedStability, len(ks))
	for i, k := range ks {
		s := SeedStability{K: k, ByRun: make([]float64, len(runs))}
		var pairs, inertia []float64
		for a := range runs {
			inertia = append(inertia, runs[a][i].Inertia)
			for b := a + 1; b < len(runs); b++ {
				v := tabulate(runs[a][i].Labels, runs[b][i].Labels, k, k).adjustedRand()
				pairs = append(pairs, v)
				s.ByRun[a] += v
				s.ByRun[b] += v
			}
		}
		s.Agreement, s.Inertia = newScores(pairs), newScores(inertia)
		for r, sum := range s.ByRun {
			v := sum / float64(len(runs)-1)
			s.ByRun[r] = v
			if v > s.ByRun[s.Medoid]+1e-12 { // sums in another order differ by rounding
				s.Medoid = r
			}
		}
		s.Partition = runs[s.Medoid][i]
		results[i] = s
	}
	return results, nil
}
