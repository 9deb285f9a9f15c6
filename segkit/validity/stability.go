package validity

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// ClusterStability is how one cluster fares in replicates (Hennig, 2007). A cluster that is stable need not mean anything:
// it is Hennig's own caveat that an inflexible method finds the same wrong clusters again and again.
type ClusterStability struct {
	Size      int    // rows
	Jaccard   Scores // in each replicate: the Jaccard coefficient with the cluster of the replicate that is most similar, 0 to 1
	Dissolved int    // replicates in which it is 0.5 or less
	Recovered int    // replicates in which it is above 0.75
	Absent    int    // replicates that drew no row of the cluster: their coefficient is 0, so they are among the dissolved
}

// Verdict says what the mean Jaccard coefficient says, in the words and with the thresholds of the help page of clusterboot in
// R's package fpc: "dissolved" up to 0.5, "not to be trusted" below 0.6, "a pattern, doubtful which rows belong" below
// 0.75, "stable" from 0.75 and "highly stable" from 0.85 on. They are meant for Bootstrap, and are similar for Subsample.
func (c ClusterStability) Verdict() string {
	switch mean := c.Jaccard.Mean; {
	case mean <= 0.5:
		return "dissolved"
	case mean < 0.6:
		return "not to be trusted"
	case mean < 0.75:
		return "a pattern, doubtful which rows belong"
	case mean < 0.85:
		return "stable"
	}
	return "highly stable"
}

// PartitionStability is how a partition into K clusters fares in replicates.
type PartitionStability struct {
	K         int
	Partition Partition          // of all rows
	Clusters  []ClusterStability // K of them, by label
	Agreement Scores             // adjusted Rand index of each replicate's partition, carried to all rows, and the partition of all rows
}

// Stability resamples the rows of x, n×d, and looks how well each cluster of the partition of all rows is found again
// (Hennig, 2007, Computational Statistics and Data Analysis 52:258), for each of ks. Each replicate draws rows by the
// scheme and runs the method on them. The partition of all rows, restricted to the rows that were drawn, gives for each
// cluster its Jaccard coefficient |A∩B|/|A∪B| with the most similar cluster of the replicate; the replicate's Predict
// labels all rows, for the adjusted Rand index. The partition of all rows is the method's with the seed of o.
//
// Everything is measured by the partition of all rows. Where the search for that ends in a poor optimum, nothing finds it
// again, whatever the rows are like: SeedAgreement tells whether the method has enough restarts. (Five of k-means were too few
// for three clusters of the tutorial's customers: 2 of 10 seeds ended elsewhere, and one of these gave 0.42 in place of 0.86.)
//
// A cluster of which a replicate has no row counts as not found in it, with 0, as in fpc: what stands or falls with a few
// rows is not stable. ClusterStability.Absent tells how often that was the reason.
//
// Fewer than two rows, and labels of the method's that are none, are errors that wrap ErrLabels. The first error of the
// method, in any replicate, ends the work and is wrapped with the replicate's number; so does cancelling ctx. It panics for
// a k below 1. The cost is that of the method, once on all rows and once in each replicate, and of O(n·d) for each; memory
// beyond x is a copy of the rows and what the method takes, for each processor, and a number for each cluster and replicate.
func Stability(ctx context.Context, x *mat.Dense, ks []int, method Method, o *Options) ([]PartitionStability, error) {
	opts := o.or(100)
	n, err := size(x, ks)
	if err != nil {
		return nil, fmt.Errorf("validity: stability: %w", err)
	}
	whole, err := method.fit(ctx, x, ks, opts.Seed)
	if err != nil {
		return nil, fmt.Errorf("validity: stability, all rows: %w", err)
	}
	results := make([]PartitionStability, len(ks))
	jaccard, agreement := make([][][]float64, len(ks)), make([][]float64, len(ks))
	absent := make([][]bool, opts.Replicates) // by replicate: of all clusters of all ks
	for i, k := range ks {
		results[i] = PartitionStability{K: k, Partition: whole[i], Clusters: make([]ClusterStability, k)}
		agreement[i], jaccard[i] = make([]float64, opts.Replicates), make([][]float64, k)
		for c := range k {
			jaccard[i][c] = make([]float64, opts.Replicates)
		}
	}
	err = replicate(ctx, &opts, func() func(context.Context, int) error {
		copies, labels := newBuffer(x, n), make([]int, n)
		return func(ctx context.Context, b int) error {
			r := opts.generator(b)
			rows := opts.Scheme.draw(r, n)
			parts, err := method.fit(ctx, copies.take(rows), ks, r.Uint64())
			if err != nil {
				return err
			}
			for i, k := range ks {
				for at, row := range rows {
					labels[at] = whole[i].Labels[row]
				}
				t := tabulate(labels[:len(rows)], parts[i].Labels, k, k)
				for c := range k {
					jaccard[i][c][b] = t.mostSimilar(c)
					absent[b] = append(absent[b], t.rows[c] == 0)
				}
				all, err := parts[i].predict(x, k)
				if err != nil {
					return err
				}
				agreement[i][b] = tabulate(whole[i].Labels, all, k, k).adjustedRand()
			}
			return nil
		}
	})
	if err != nil {
		return nil, fmt.Errorf("validity: stability: %w", err)
	}
	at := 0
	for i := range results {
		results[i].Agreement = newScores(agreement[i])
		for c := range results[i].Clusters {
			s := &results[i].Clusters[c]
			s.sum(jaccard[i][c])
			for b := range absent {
				if absent[b][at] {
					s.Absent++
				}
			}
			at++
		}
		for _, c := range whole[i].Labels {
			results[i].Clusters[c].Size++
		}
	}
	return results, nil
}

// sum takes the coefficients of all replicates.
func (c *ClusterStability) sum(jaccard []float64) {
	c.Jaccard = newScores(jaccard)
	for _, v := range jaccard {
		if v <= 0.5 {
			c.Dissolved++
		}
		if v > 0.75 {
			c.Recovered++
		}
	}
}

// mostSimilar returns the largest Jaccard coefficient of cluster a and any of the others' clusters, 0 where it has no rows.
func (t *table) mostSimilar(a int) float64 {
	most := 0.0
	for b, both := range t.both[a] {
		if both > 0 {
			most = max(most, float64(both)/float64(t.rows[a]+t.columns[b]-both))
		}
	}
	return most
}
