package segment

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/dataset"
	"example.com/marketing/segkit/validity"
)

// ChooseOptions says what Choose looks at. The zero value and nil are the defaults.
type ChooseOptions struct {
	Ks         []int       // numbers of segments, ascending; default 2 to 8
	Transforms []Transform // default all three

	// Recipe is what else is done to the rows: its projection, restarts and seed count, its K and Transform do not. The default
	// clusters all columns.
	Recipe Recipe

	Replicates int // of the bootstrap; default 100. Data without clusters are drawn, and halves split, a fifth as often, and 20 times at least
	MaxRows    int // of a table with more rows, so many are drawn at random; default 20000

	Progress func(done, total int)
}

// Candidate is what the witnesses say of one number of segments with one transform.
type Candidate struct {
	K         int       `json:"k"`
	Transform Transform `json:"transform"`

	Silhouette       float64 `json:"silhouette"`        // in the space that is clustered
	NullSilhouette   float64 `json:"null_silhouette"`   // what the same method makes of data without clusters: mean and three standard deviations
	Null             string  `json:"null"`              // which data those were
	CalinskiHarabasz float64 `json:"calinski_harabasz"` // more is better
	DaviesBouldin    float64 `json:"davies_bouldin"`    // less is better
	Gap              float64 `json:"gap"`
	GapS             float64 `json:"gap_s"`
	Strength         float64 `json:"prediction_strength"`
	StrengthError    float64 `json:"prediction_strength_error"` // standard error over the splits
	Jaccard          float64 `json:"jaccard"`                   // of the least stable segment, mean over the bootstrap
	Agreement        float64 `json:"agreement"`                 // adjusted Rand index, mean over the bootstrap
	SmallestRows     int     `json:"smallest_rows"`
	SmallestShare    float64 `json:"smallest_share"`
	TooSmall         int     `json:"too_small"` // segments that are outliers rather than a segment

	Labels []int `json:"-"` // of the rows that were looked at
}

// Lead returns by how much the silhouette is above the reach of data without clusters.
func (c Candidate) Lead() float64 { return c.Silhouette - c.NullSilhouette }

// Stable reports whether other customers would give the same segments: the prediction strength with its standard error is at
// least 0.8 (Tibshirani and Walther, 2005), the least stable segment has a Jaccard coefficient of at least 0.75 (Hennig, 2007),
// and none is too small.
func (c Candidate) Stable() bool {
	return c.Strength+c.StrengthError >= strong && c.Jaccard >= stable && c.TooSmall == 0
}

// Verdict says what the witnesses come to, in the terms of Dolnicar and Leisch (2010, Marketing Letters 21:83): "natural" segments
// are stable, and clearer than data without clusters can be; "reproducible" ones are stable, and no more than a cut through a
// single cloud; the others are "constructed", and other customers would give others.
func (c Candidate) Verdict() string {
	switch {
	case c.Stable() && c.Lead() > 0:
		return "natural"
	case c.Stable():
		return "reproducible"
	}
	return "constructed"
}

const (
	strong = 0.8  // prediction strength
	stable = 0.75 // Jaccard coefficient
)

// Choice is a table of witnesses, and what they come to. A person may overrule it.
type Choice struct {
	Data       string      `json:"data"` // fingerprint of the table
	Rows       int         `json:"rows"` // that were looked at
	Of         int         `json:"of"`   // rows of the table
	Seed       uint64      `json:"seed"`
	Space      string      `json:"space"`
	Candidates []Candidate `json:"candidates"` // by transform, then by k
	Votes      []Votes     `json:"votes"`      // one for each transform

	// Best is the index of the recommended candidate: of the natural ones that whose lead over data without clusters is the
	// greatest, or, where others are within 0.01 of it, the one with the fewest segments. It is -1 where none is natural.
	Best int `json:"best"`
}

// Choose asks all witnesses about each number of segments, for each transform: indices, stability, and data without clusters.
// What is drawn again is fitted anew from the medians on. The table, n×d with NaN for missing values, must have a value in
// every column; errors are Fit's. The cost is that of about two runs of the method for each replicate and transform, and of n²
// distances.
func Choose(ctx context.Context, t *dataset.Table, o *ChooseOptions) (*Choice, error) {
	var opts ChooseOptions
	if o != nil {
		opts = *o
	}
	if opts.Ks == nil {
		opts.Ks = []int{2, 3, 4, 5, 6, 7, 8}
	}
	if opts.Transforms == nil {
		opts.Transforms = []Transform{Plain, Log1p, Ranks}
	}
	opts.Replicates = cmp.Or(opts.Replicates, 100)
	opts.MaxRows = cmp.Or(opts.MaxRows, 20000)
	opts.Recipe.Restarts = cmp.Or(opts.Recipe.Restarts, 10)
	n, _ := t.Dims()
	if opts.Ks[0] < 2 || opts.Ks[len(opts.Ks)-1] > n/4 {
		return nil, fmt.Errorf("segment: %w: %d to %d segments of %d customers; at least 2, and four customers for each", ErrRecipe, opts.Ks[0], opts.Ks[len(opts.Ks)-1], n)
	}
	choice := &Choice{Data: t.Fingerprint(), Rows: min(n, opts.MaxRows), Of: n, Seed: opts.Recipe.Seed, Space: opts.Recipe.Space(), Best: -1}
	if n > opts.MaxRows {
		rows := rand.New(rand.NewPCG(opts.Recipe.Seed, 0)).Perm(n)[:opts.MaxRows]
		slices.Sort(rows)
		t = t.Rows(rows)
	}
	h := &hearing{ChooseOptions: opts, table: t}
	h.total = len(opts.Transforms) * (opts.Replicates + (2+len(nulls))*h.few())
	for _, transform := range opts.Transforms {
		candidates, gap, err := h.hear(ctx, transform)
		if err != nil {
			return nil, fmt.Errorf("segment: choosing with %v: %w", transform, err)
		}
		choice.Votes = append(choice.Votes, vote(transform, candidates, gap))
		choice.Candidates = append(choice.Candidates, candidates...)
	}
	choice.Best = best(choice.Candidates)
	return choice, nil
}

// best returns the index of the candidate to recommend.
func best(candidates []Candidate) int {
	lead := 0.0
	for _, c := range candidates {
		if c.Verdict() == "natural" {
			lead = max(lead, c.Lead())
		}
	}
	at := -1
	for i, c := range candidates {
		if c.Verdict() == "natural" && c.Lead() >= lead-0.01 && (at < 0 || c.K < candidates[at].K) {
			at = i
		}
	}
	return at
}

// nulls are the kinds of data without clusters that candidates are compared with.
var nulls = []struct {
	name string
	null validity.Null
}{
	{"Gaussian of the same covariance", validity.Gaussian},
	{"same columns, independent of each other", validity.Shuffled},
	{"same columns, same correlations", validity.Copula},
}

// hearing is the work of Choose.
type hearing struct {
	ChooseOptions
	table       *dataset.Table
	done, total int
}

func (h *hearing) few() int { return max(20, h.Replicates/5) }

// step returns the progress of one part of the work.
func (h *hearing) step() func(done, total int) {
	if h.Progress == nil {
		return nil
	}
	before := h.done
	return func(done, _ int) {
		h.done = before + done
		h.Progress(h.done, h.total)
	}
}

// hear returns the candidates of one transform, and the number of segments that the gap is for.
func (h *hearing) hear(ctx context.Context, transform Transform) ([]Candidate, int, error) {
	names, x := h.table.Names, h.table.X
	n, d := x.Dims()
	raw := h.Recipe
	raw.Transform = transform
	raw, err := raw.defaults(d)
	if err != nil {
		return nil, 0, err
	}
	options := func(replicates int) *validity.Options {
		return &validity.Options{Replicates: replicates, Seed: raw.Seed, Progress: h.step()}
	}
	method := raw.Method(names...)
	stability, err := validity.Stability(ctx, x, h.Ks, method, options(h.Replicates))
	if err != nil {
		return nil, 0, err
	}
	strength, err := validity.PredictionStrength(ctx, x, h.Ks, method, options(h.few()))
	if err != nil {
		return nil, 0, err
	}
	// Data without clusters are drawn where the columns are transformed and scaled, and scaled again like any other.
	columnwise := raw
	columnwise.Components, columnwise.Network = 0, nil
	_, scaled, err := fitPipeline(ctx, names, x, &columnwise, raw.Seed)
	if err != nil {
		return nil, 0, err
	}
	again := raw
	again.Transform = Plain
	onScaled := again.Method(names...)
	var all []int // from 1 on, which the gap's rule needs
	for k := 1; k <= h.Ks[len(h.Ks)-1]; k++ {
		all = append(all, k)
	}
	gaps, err := validity.Gap(ctx, scaled, all, onScaled, options(h.few()))
	if err != nil {
		return nil, 0, err
	}
	candidates := make([]Candidate, len(h.Ks))
	labelings := make([][]int, len(h.Ks))
	space := stability[0].Partition.Space
	for i, s := range stability {
		labelings[i] = s.Partition.Labels
		c := Candidate{
			K: s.K, Transform: transform, Gap: gaps[s.K-1].Gap, GapS: gaps[s.K-1].S,
			Strength: strength[i].Mean, StrengthError: strength[i].StdErr(), Agreement: s.Agreement.Mean,
			Jaccard: 1, SmallestRows: n, Labels: s.Partition.Labels, NullSilhouette: -1,
		}
		for _, cluster := range s.Clusters {
			c.Jaccard = min(c.Jaccard, cluster.Jaccard.Mean)
			c.SmallestRows = min(c.SmallestRows, cluster.Size)
		}
		c.SmallestShare = float64(c.SmallestRows) / float64(n)
		c.TooSmall = len(validity.TooSmall(c.Labels, validity.SegmentShare, min(validity.SegmentRows, n/10)))
		if c.CalinskiHarabasz, err = validity.CalinskiHarabasz(space, c.Labels); err != nil {
			return nil, 0, err
		}
		if c.DaviesBouldin, err = validity.DaviesBouldin(space, c.Labels); err != nil {
			return nil, 0, err
		}
		candidates[i] = c
	}
	silhouettes, err := validity.Silhouettes(ctx, space, labelings...)
	if err != nil {
		return nil, 0, err
	}
	for i := range candidates {
		candidates[i].Silhouette = silhouettes[i].Score
	}
	for _, kind := range nulls {
		scores, err := validity.NullScores(ctx, scaled, h.Ks, onScaled, kind.null, sampled(raw.Seed), options(h.few()))
		if err != nil {
			return nil, 0, fmt.Errorf("%s: %w", kind.name, err)
		}
		for i, s := range scores {
			if c, reach := &candidates[i], s.Mean+3*s.SD; reach > c.NullSilhouette {
				c.NullSilhouette, c.Null = reach, kind.name
			}
		}
	}
	return candidates, validity.KByGap(gaps), nil
}

// sampled returns the silhouette of a partition where the method clusters, of 1,000 rows drawn at random.
func sampled(seed uint64) func(ctx context.Context, x *mat.Dense, p validity.Partition) (float64, error) {
	return func(ctx context.Context, _ *mat.Dense, p validity.Partition) (float64, error) {
		s, err := validity.SampleSilhouettes(ctx, p.Space, 1000, seed, p.Labels)
		if err != nil {
			return 0, err
		}
		return s[0].Score, nil
	}
}
