package segment

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"

	"example.com/marketing/segkit/dataset"
)

// ErrColumns is wrapped by errors about tables whose columns are not what a recipe, a model or a baseline needs.
var ErrColumns = errors.New("wrong columns")

// The usual thresholds of the population stability index (Siddiqi, 2006), and how sure an alert is that it is not chance.
const (
	psiSome = 0.1
	psiMuch = 0.25
	sure    = 0.99
)

// Alert says how far something has moved.
type Alert string

// The alerts.
const (
	NoAlert Alert = ""      // a change below 0.1, or one that chance explains
	Watch   Alert = "watch" // some change: 0.1 to 0.25
	Act     Alert = "act"   // a large change: the segments were made for other customers
)

// DriftReport compares customers with those of a baseline.
type DriftReport struct {
	RowsThen   int            `json:"rows_then"`
	RowsNow    int            `json:"rows_now"`
	Features   []FeatureDrift `json:"features"`    // the largest index first
	SegmentPSI *PSI           `json:"segment_psi"` // over the segments; nil where there are no labels then or now
	Segments   []SegmentDrift `json:"segments"`    // by number
}

// PSI is a population stability index, and what chance alone makes of it.
type PSI struct {
	Value float64 `json:"value"`
	// Chance is what it stays below in 99 of 100 comparisons of customers who come from the same population.
	Chance float64 `json:"chance"`
	Bins   int     `json:"bins"`  // in which there is anybody, then or now
	Alert  Alert   `json:"alert"` // only where Value is beyond Chance as well
}

// FeatureDrift says how far a feature has moved.
type FeatureDrift struct {
	Feature     string    `json:"feature"`
	PSI         PSI       `json:"psi"`
	Edges       []float64 `json:"edges"` // of the bins, as in the baseline
	Then        []float64 `json:"then"`  // share of all customers in each bin
	Now         []float64 `json:"now"`
	MissingThen float64   `json:"missing_then"` // share of all customers
	MissingNow  float64   `json:"missing_now"`
	Words       string    `json:"words"`
}

// SegmentDrift says how far a segment's share of the customers has moved.
type SegmentDrift struct {
	Number int `json:"number"`
	ShareDrift
}

// ShareDrift compares two shares of customers.
type ShareDrift struct {
	Then float64 `json:"then"`
	Now  float64 `json:"now"`
	// Change is Now - Then, with an interval (Newcombe, 1998) that holds the true change in 99 of 100 comparisons.
	Change       Estimate `json:"change"`
	BeyondChance bool     `json:"beyond_chance"` // the interval does not hold 0
	Words        string   `json:"words"`
}

// Drift compares the m customers of a table, next month's say, with those of a baseline: in each column by the population
// stability index over the baseline's bins, and in the shares of the segments, for labels that the same model gave them. The
// table is in the baseline's units and has its columns, in any order; labels may be nil.
//
// The index is the sum of (q-p)·ln(q/p) over the bins, where p is the share of customers then, and q now; missing is a bin of
// its own. So that empty bins have a logarithm, half a customer is added to each bin then and now, before shares are taken;
// bins without anybody at either time do not count. Below 0.1 usage sees no change, up to 0.25 some, above a large one
// (Siddiqi, 2006).
//
// These thresholds know nothing of the number of customers. If nothing has changed, the index is about chi-squared with one
// degree of freedom less than there are bins, times 1/n + 1/m (Yurdakul, 2018): 100 customers in ten bins are above 0.1 in one
// month of three. An alert is raised only beyond the 99 % quantile of that, too; in the package's simulations,
// that is about one of a hundred columns that did not drift (1.0 and 1.3 for months of 150 and 100 customers, 0.2 for one of
// 25), and none where chance stays below 0.1.
//
// Other columns than the baseline's are an error that wraps ErrColumns and names them. No rows, an infinite value, a label
// that the baseline does not have, and labels where it has none are errors. It panics with mat.ErrShape if there are not m
// labels, and for a negative one. The cost is O(d·m·log bins).
func Drift(b *Baseline, t *dataset.Table, labels []int) (*DriftReport, error) {
	m, _ := t.Dims()
	if err := b.check(); err != nil { // it may be of the caller's making
		return nil, fmt.Errorf("segment: drift: %w: %w", ErrBaseline, err)
	}
	if err := b.sameColumns(t); err != nil {
		return nil, fmt.Errorf("segment: drift: %w", err)
	}
	if m == 0 {
		return nil, errors.New("segment: drift: the table has no rows")
	}
	r := &DriftReport{RowsThen: b.Rows, RowsNow: m, Features: []FeatureDrift{}, Segments: []SegmentDrift{}}
	for _, c := range b.Columns {
		counts, missing, err := c.count(t.Column(c.Name))
		if err != nil {
			return nil, fmt.Errorf("segment: drift: %w", err)
		}
		f := FeatureDrift{
			Feature: c.Name, Edges: slices.Clone(c.Edges), Then: shares(c.Counts, b.Rows), Now: shares(counts, m),
			MissingThen: float64(c.Missing) / float64(b.Rows), MissingNow: float64(missing) / float64(m),
		}
		f.PSI = psi(append(slices.Clone(c.Counts), c.Missing), append(slices.Clone(counts), missing))
		f.Words = f.words()
		r.Features = append(r.Features, f)
	}
	slices.SortStableFunc(r.Features, func(a, b FeatureDrift) int { return cmp.Compare(b.PSI.Value, a.PSI.Value) })
	if labels == nil {
		return r, nil
	}
	if len(b.Segments) == 0 {
		return nil, fmt.Errorf("segment: drift: labels of %d customers, and a baseline without segments", len(labels))
	}
	sizes, err := countSegments(labels, m, len(b.Segments))
	if err != nil {
		return nil, fmt.Errorf("segment: drift: %w", err)
	}
	index := psi(b.Segments, sizes)
	r.SegmentPSI = &index
	for s, size := range sizes {
		r.Segments = append(r.Segments, SegmentDrift{s, driftOf(Response{b.Segments[s], b.Rows}, Response{size, m}, fmt.Sprintf("segment %d", s))})
	}
	return r, nil
}

// sameColumns returns an error that names the columns which only one of the two has.
func (b *Baseline) sameColumns(t *dataset.Table) error {
	var lacking, extra []string
	known := map[string]bool{}
	for _, c := range b.Columns {
		known[c.Name] = true
		if t.Index(c.Name) < 0 {
			lacking = append(lacking, c.Name)
		}
	}
	for _, name := range t.Names {
		if !known[name] {
			extra = append(extra, name)
		}
	}
	switch {
	case lacking != nil && extra != nil:
		return fmt.Errorf("%w: the table lacks %s and has %s besides", ErrColumns, strings.Join(lacking, ", "), strings.Join(extra, ", "))
	case lacking != nil:
		return fmt.Errorf("%w: the table lacks %s", ErrColumns, strings.Join(lacking, ", "))
	case extra != nil:
		return fmt.Errorf("%w: the table has %s besides", ErrColumns, strings.Join(extra, ", "))
	case len(t.Names) != len(b.Columns):
		return fmt.Errorf("%w: %d names in the table, of %d columns", ErrColumns, len(t.Names), len(b.Columns))
	}
	return nil
}

// psi compares counts of the same bins.
func psi(then, now []int) PSI {
	var p PSI
	n, m := 0, 0
	for i, a := range then {
		n, m = n+a, m+now[i]
		if a+now[i] > 0 {
			p.Bins++
		}
	}
	if p.Bins < 2 {
		return p
	}
	for i, a := range then {
		if a+now[i] > 0 {
			share, other := smooth(a, n, p.Bins), smooth(now[i], m, p.Bins)
			p.Value += (other - share) * math.Log(other/share)
		}
	}
	p.Chance = distuv.ChiSquared{K: float64(p.Bins - 1)}.Quantile(sure) * (1/float64(n) + 1/float64(m))
	switch {
	case p.Value <= max(psiSome, p.Chance):
	case p.Value <= psiMuch:
		p.Alert = Watch
	default:
		p.Alert = Act
	}
	return p
}

// smooth is the share of a bin, with half a customer more in each.
func smooth(count, n, bins int) float64 {
	return (float64(count) + 0.5) / (float64(n) + 0.5*float64(bins))
}

func shares(counts []int, n int) []float64 {
	s := make([]float64, len(counts))
	for i, count := range counts {
		s[i] = float64(count) / float64(n)
	}
	return s
}

// UnlikeDrift compares the share of customers who are unlike anyone (farther from their centre than 99 of 100 customers were
// in training, say) of n customers then with that of m now. Where the share is larger now, new kinds of customers have come
// that no segment was made for. A share that is not from 0 to 1, and no customers, are an error that wraps ErrRange.
func UnlikeDrift(then float64, n int, now float64, m int) (ShareDrift, error) {
	if !(then >= 0 && then <= 1 && now >= 0 && now <= 1) {
		return ShareDrift{}, fmt.Errorf("segment: unlike drift: %w: shares of %v and %v", ErrRange, then, now)
	}
	if err := checkGroups(n, m); err != nil {
		return ShareDrift{}, fmt.Errorf("segment: unlike drift: %w", err)
	}
	of := func(share float64, n int) Response { return Response{int(math.Round(share * float64(n))), n} }
	return driftOf(of(then, n), of(now, m), "customers unlike anyone"), nil
}

func driftOf(then, now Response, what string) ShareDrift {
	change := newcombe(wilson(now, sure), wilson(then, sure))
	d := ShareDrift{Then: wilson(then, sure).Value, Now: wilson(now, sure).Value, Change: change, BeyondChance: change.Low > 0 || change.High < 0}
	end := ", which chance explains"
	if d.BeyondChance {
		end = ", which chance does not explain"
	}
	d.Words = fmt.Sprintf("%s: %s of %s customers then, %s of %s now, a change by %s percentage points (99 %% interval %s to %s)%s",
		what, inPercent(d.Then), count(then.Customers), inPercent(d.Now), count(now.Customers), points(change.Value), points(change.Low), points(change.High), end)
	return d
}
