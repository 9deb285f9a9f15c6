package segment

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"example.com/marketing/segkit/internal/source"
)

// Votes are the numbers of segments that each witness is for, with one transform; 0 where it is for none of those asked about.
type Votes struct {
	Transform        Transform `json:"transform"`
	Silhouette       int       `json:"silhouette"`
	CalinskiHarabasz int       `json:"calinski_harabasz"`
	DaviesBouldin    int       `json:"davies_bouldin"`
	Gap              int       `json:"gap"`                 // by the rule of Tibshirani, Walther and Hastie (2001); 1 is an answer
	Strength         int       `json:"prediction_strength"` // the largest that has 0.8; 1 where none has
	Stability        int       `json:"stability"`           // the largest of which every segment is stable; 1 where none is
	Sizes            int       `json:"sizes"`               // the largest without a segment that is too small; 1 where there is none
}

func vote(transform Transform, candidates []Candidate, gap int) Votes {
	most := func(score func(Candidate) float64) int {
		return slices.MaxFunc(candidates, func(a, b Candidate) int { return cmp.Compare(score(a), score(b)) }).K
	}
	last := func(holds func(Candidate) bool) int {
		k := 1
		for _, c := range candidates {
			if holds(c) {
				k = c.K
			}
		}
		return k
	}
	return Votes{
		Transform:        transform,
		Silhouette:       most(func(c Candidate) float64 { return c.Silhouette }),
		CalinskiHarabasz: most(func(c Candidate) float64 { return c.CalinskiHarabasz }),
		DaviesBouldin:    most(func(c Candidate) float64 { return -c.DaviesBouldin }),
		Gap:              gap,
		Strength:         last(func(c Candidate) bool { return c.Strength+c.StrengthError >= strong }),
		Stability:        last(func(c Candidate) bool { return c.Jaccard >= stable }),
		Sizes:            last(func(c Candidate) bool { return c.TooSmall == 0 }),
	}
}

// Sentence says what each witness is for, and whether they agree.
func (v Votes) Sentence() string {
	number := func(k int) string {
		if k == 0 {
			return "more than were tried"
		}
		return fmt.Sprint(k)
	}
	for_ := map[int][]string{}
	for _, w := range []struct {
		name string
		k    int
	}{
		{"the silhouette", v.Silhouette}, {"Calinski-Harabasz", v.CalinskiHarabasz}, {"Davies-Bouldin", v.DaviesBouldin}, {"the gap", v.Gap},
		{"prediction strength", v.Strength}, {"the bootstrap", v.Stability},
	} {
		for_[w.k] = append(for_[w.k], w.name)
	}
	var ks []int
	for k := range for_ {
		ks = append(ks, k)
	}
	slices.SortFunc(ks, func(a, b int) int { return cmp.Compare(uint(a)-1, uint(b)-1) }) // 0 comes last
	if len(ks) == 1 {
		return fmt.Sprintf("With %v all witnesses are for %s.", v.Transform, number(ks[0]))
	}
	var parts []string
	for _, k := range ks {
		verb := "is"
		if len(for_[k]) > 1 {
			verb = "are"
		}
		parts = append(parts, fmt.Sprintf("%s %s for %s", list(for_[k]), verb, number(k)))
	}
	return fmt.Sprintf("With %v they disagree: %s.", v.Transform, strings.Join(parts, "; "))
}

// Recommended returns the recommended candidate, and whether there is one.
func (c *Choice) Recommended() (Candidate, bool) {
	if c.Best < 0 {
		return Candidate{}, false
	}
	return c.Candidates[c.Best], true
}

// Sentence says what Choose recommends and why, or why it recommends nothing.
func (c *Choice) Sentence() string {
	if r, ok := c.Recommended(); ok {
		return fmt.Sprintf("Recommended: %d segments after %v. They are stable (prediction strength %.2f, every segment's Jaccard coefficient at least %.2f), "+
			"the smallest has %s of the customers, and their silhouette of %.2f is %.2f above the reach of data without clusters (%s).",
			r.K, r.Transform, r.Strength, r.Jaccard, inPercent(r.SmallestShare), r.Silhouette, r.Lead(), r.Null)
	}
	var cuts []string
	for _, d := range c.Candidates {
		if d.Stable() {
			cuts = append(cuts, fmt.Sprintf("%d after %v", d.K, d.Transform))
		}
	}
	if cuts != nil {
		return fmt.Sprintf("No clusters: no stable number of segments is clearer than data without clusters. What is stable is a cut through one cloud, good for "+
			"treating its parts differently, and no discovery: %s.", list(cuts))
	}
	return "No clusters: no number of segments is stable, other customers would give other segments. Whoever needs some constructs them, best by a rule on one or two columns."
}

// WriteTo writes the choice as JSON, without the labels.
func (c *Choice) WriteTo(w io.Writer) (int64, error) {
	b, err := json.MarshalIndent(c, "", " ")
	if err != nil {
		return 0, fmt.Errorf("segment: %w", err)
	}
	n, err := w.Write(append(b, '\n'))
	if err != nil {
		return int64(n), fmt.Errorf("segment: %w", err)
	}
	return int64(n), nil
}

// ErrChoice is wrapped by ReadChoice's errors about what it reads.
var ErrChoice = errors.New("not a choice of segments")

// ReadChoice reads a choice that WriteTo wrote. Anything else is an error that wraps ErrChoice.
func ReadChoice(r io.Reader) (*Choice, error) {
	c, err := source.Read(r, ErrChoice, func(r io.Reader) (*Choice, error) {
		var c Choice
		if err := json.NewDecoder(r).Decode(&c); err != nil {
			return nil, err
		}
		if len(c.Candidates) == 0 || c.Best < -1 || c.Best >= len(c.Candidates) {
			return nil, fmt.Errorf("best is %d of %d candidates", c.Best, len(c.Candidates))
		}
		return &c, nil
	})
	if err != nil {
		return nil, fmt.Errorf("segment: %w", err)
	}
	return c, nil
}
