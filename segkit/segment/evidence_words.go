package segment

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// interval writes " (low to high)", and nothing where there is none.
func (e Estimate) interval(write func(v float64) string) string {
	if math.IsNaN(e.Low) || math.IsNaN(e.High) {
		return ""
	}
	return fmt.Sprintf(" (%s to %s)", write(e.Low), write(e.High))
}

// Sentence says what the segments differ most in, by the most features that lead.
func (r *EvidenceReport) Sentence(most int) string {
	var parts []string
	for _, f := range r.Features[:min(most, len(r.Features))] {
		parts = append(parts, fmt.Sprintf("%s of the differences in %s%s", inPercent(f.EtaSquared.Value), plain(f.Feature), f.EtaSquared.interval(inPercent)))
	}
	if parts == nil {
		return "there is no feature to compare"
	}
	return fmt.Sprintf("the %d segments account for %s; segments drawn by lot would account for %s", len(r.Segments), list(parts), inPercent(r.Chance))
}

// Sentence says how the segment differs from all other customers, by the most contrasts that lead. Contrasts below a fifth
// of a standard deviation are not worth one.
func (s SegmentEvidence) Sentence(most int) string {
	var parts []string
	for _, c := range s.Contrasts[:min(most, len(s.Contrasts))] {
		if c.strength() >= 0.2 {
			parts = append(parts, c.Sentence())
		}
	}
	if parts == nil {
		return "like all other customers in every feature"
	}
	return strings.Join(parts, "; ")
}

// Sentence says in words how the segment differs in this feature.
func (c Contrast) Sentence() string {
	words := fmt.Sprintf("%s: %s on average, others %s", plain(c.Feature), figure(c.Mean), figure(c.Outside))
	switch d := c.CohenD.Value; {
	case math.IsNaN(d):
		words += ", and no two customers differ but for that"
	case d != 0:
		side := "higher"
		if d < 0 {
			side = "lower"
		}
		size := Estimate{math.Abs(d), c.CohenD.Low, c.CohenD.High}
		if d < 0 {
			size.Low, size.High = -c.CohenD.High, -c.CohenD.Low
		}
		words += fmt.Sprintf(", %s standard deviations%s %s", figure(size.Value), size.interval(figure), side)
	}
	return words + fmt.Sprintf("; a customer of the segment comes out above another in %s of the pairs, ties counted half", inPercent(c.Superiority()))
}

// Sentence says in which columns that were not clustered the segments differ, with less than alpha of risk (0.05, say) that
// any of these is due to chance.
func (c *Confirmation) Sentence(alpha float64) string {
	var differ, alike []string
	for _, t := range c.Tests {
		if t.Holm < alpha {
			differ = append(differ, fmt.Sprintf("%s (%s of the ranks' variance, %s)", plain(t.Feature), inPercent(t.RankEtaSquared), pWords(t.Holm)))
		} else {
			alike = append(alike, fmt.Sprintf("%s (%s)", plain(t.Feature), pWords(t.Holm)))
		}
	}
	switch {
	case differ == nil:
		return "no difference between the segments is confirmed in " + list(alike)
	case alike == nil:
		return "the segments differ in " + list(differ)
	}
	return "the segments differ in " + list(differ) + "; no difference is confirmed in " + list(alike)
}

func pWords(p float64) string {
	if p < 0.001 {
		return "p < 0.001"
	}
	return fmt.Sprintf("p = %.3f", p)
}

// Feature returns what the report says of a feature. It panics if there is no such feature.
func (r *EvidenceReport) Feature(name string) FeatureEvidence {
	i := slices.IndexFunc(r.Features, func(f FeatureEvidence) bool { return f.Feature == name })
	return r.Features[mustFind(i, name)]
}

// Contrast returns how the segment differs in a feature. It panics if there is no such feature.
func (s SegmentEvidence) Contrast(feature string) Contrast {
	i := slices.IndexFunc(s.Contrasts, func(c Contrast) bool { return c.Feature == feature })
	return s.Contrasts[mustFind(i, feature)]
}

func mustFind(i int, name string) int {
	if i < 0 {
		panic(fmt.Sprintf("segment: no feature %q", name))
	}
	return i
}
