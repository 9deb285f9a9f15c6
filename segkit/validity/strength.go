package validity

import (
	"context"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Strength is the prediction strength of K clusters, 0 to 1.
type Strength struct {
	K int
	Scores
}

// PredictionStrength measures how well the clusters of one half of the rows of x, n×d, predict those of the other half, for
// each of ks (Tibshirani and Walther, 2005, Journal of Computational and Graphical Statistics 14:511). Each replicate splits
// the rows into random halves, of ⌊n/2⌋ rows and the rest, and runs the method on both. For each cluster of the one half it
// takes the share of its pairs of rows that the other half's Predict puts together as well; the worst cluster counts. Both
// halves take their turn at being predicted, and the value of the split is the mean of the two, as in prediction.strength
// of R's fpc. As there, a cluster of a single row has no pair, and counts as predicted: look at the sizes as well.
//
// For k = 1 it is 1 by definition, and the method is not run. Splits overlap, so the standard error is that of the mean over
// all splits of these rows. Other errors, panics, progress, memory and cost are Stability's, with two runs of the method on
// n/2 rows in each replicate.
func PredictionStrength(ctx context.Context, x *mat.Dense, ks []int, method Method, o *Options) ([]Strength, error) {
	opts := o.or(20)
	n, err := size(x, ks)
	if err != nil {
		return nil, fmt.Errorf("validity: prediction strength: %w", err)
	}
	values := make([][]float64, len(ks))
	var several, places []int // the ks above 1
	for i, k := range ks {
		values[i] = slices.Repeat([]float64{1}, opts.Replicates)
		if k > 1 {
			several, places = append(several, k), append(places, i)
		}
	}
	err = replicate(ctx, &opts, func() func(context.Context, int) error {
		buffers := [2]*buffer{newBuffer(x, n/2), newBuffer(x, n-n/2)}
		return func(ctx context.Context, b int) error {
			if len(several) == 0 {
				return nil
			}
			r := opts.generator(b)
			drawn := make([]bool, n)
			for _, row := range Subsample.draw(r, n) {
				drawn[row] = true
			}
			var halves [2]*mat.Dense
			var parts [2][]Partition
			for h := range halves {
				halves[h] = buffers[h].take(which(drawn, h == 0))
				var err error
				if parts[h], err = method.fit(ctx, halves[h], several, r.Uint64()); err != nil {
					return err
				}
			}
			for i, k := range several {
				sum := 0.0
				for h := range halves {
					predicted, err := parts[1-h][i].predict(halves[h], k)
					if err != nil {
						return err
					}
					sum += tabulate(parts[h][i].Labels, predicted, k, k).worstPredicted()
				}
				values[places[i]][b] = sum / 2
			}
			return nil
		}
	})
	if err != nil {
		return nil, fmt.Errorf("validity: prediction strength: %w", err)
	}
	results := make([]Strength, len(ks))
	for i, k := range ks {
		results[i] = Strength{k, newScores(values[i])}
	}
	return results, nil
}

// worstPredicted returns the least share, over the clusters of at least two rows, of a cluster's pairs that the other
// partition puts together; 1 where there is no such cluster.
func (t *table) worstPredicted() float64 {
	worst := 1.0
	for c, row := range t.both {
		if t.rows[c] < 2 {
			continue
		}
		together := 0
		for _, m := range row {
			together += choose2(m)
		}
		worst = min(worst, float64(together)/float64(choose2(t.rows[c])))
	}
	return worst
}

// KByStrength returns the largest k whose prediction strength plus its standard error is at least 0.8, which is what
// Tibshirani and Walther propose; 1 where there is none. Few splits have a large standard error, and so are generous: look at
// both numbers where k decides something. It is how many clusters the rows support, not how many are useful: a long cloud
// without clusters has a prediction strength of about 0.8 when it is cut in two.
func KByStrength(strengths []Strength) int {
	k := 1
	for _, s := range strengths {
		if s.Mean+s.StdErr() >= 0.8 {
			k = max(k, s.K)
		}
	}
	return k
}
