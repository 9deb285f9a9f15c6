package segment

import (
	"fmt"
	"math"
)

// String says what the index means, with both numbers that it is held against.
func (p PSI) String() string {
	words := map[Alert]string{NoAlert: "no change worth a word", Watch: "some change", Act: "a large change"}[p.Alert]
	if p.Alert == NoAlert && p.Value > psiSome {
		words = "no more than chance explains"
	}
	return fmt.Sprintf("index %.3f, %s (usage: 0.1 is some change, 0.25 a large one; chance alone stays below %.3f in 99 of 100 cases)", p.Value, words, p.Chance)
}

// words names the bin whose share has moved most.
func (f *FeatureDrift) words() string {
	where, then, now := "missing", f.MissingThen, f.MissingNow
	for i := range f.Then {
		if math.Abs(f.Now[i]-f.Then[i]) > math.Abs(now-then) {
			where, then, now = binName(f.Edges, i), f.Then[i], f.Now[i]
		}
	}
	words := plain(f.Feature) + ": " + f.PSI.String()
	if f.PSI.Alert != NoAlert {
		words += fmt.Sprintf("; the most at %s, %s of the customers then and %s now", where, inPercent(then), inPercent(now))
	}
	return words
}

func binName(edges []float64, i int) string {
	switch {
	case len(edges) == 0:
		return "any value"
	case i == 0:
		return figure(edges[0]) + " or less"
	case i == len(edges):
		return "more than " + figure(edges[i-1])
	}
	return fmt.Sprintf("more than %s up to %s", figure(edges[i-1]), figure(edges[i]))
}

// Sentence says what has moved and what is to be done about it.
func (r *DriftReport) Sentence() string {
	var much, some []string
	for _, f := range r.Features {
		name := fmt.Sprintf("%s (index %.2f, chance up to %.2f)", plain(f.Feature), f.PSI.Value, f.PSI.Chance)
		switch f.PSI.Alert {
		case Act:
			much = append(much, name)
		case Watch:
			some = append(some, name)
		}
	}
	words := fmt.Sprintf("%s customers against %s then: ", count(r.RowsNow), count(r.RowsThen))
	switch {
	case much == nil && some == nil:
		words += fmt.Sprintf("none of the %d features has moved", len(r.Features))
	case much == nil:
		words += "some change in " + list(some)
	case some == nil:
		words += "a large change in " + list(much)
	default:
		words += "a large change in " + list(much) + ", some in " + list(some)
	}
	if p := r.SegmentPSI; p != nil {
		words += "; sizes of the segments: " + p.String()
	}
	if much != nil || r.SegmentPSI != nil && r.SegmentPSI.Alert == Act {
		words += "; find out why before the segments are used on, and make them anew if it lasts"
	}
	return words
}
