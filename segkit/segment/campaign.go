package segment

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"strings"
)

// Action is what a campaign does, and how its success is measured.
type Action struct {
	Name    string `json:"name"`    // what the customers get
	Channel string `json:"channel"` // how it reaches them
	Measure string `json:"measure"` // the conversion that is counted in both groups
}

// Design is what a campaign is to be able to show. Baseline and Lift are guesses of the user's, from earlier campaigns.
type Design struct {
	Baseline float64 // share that converts without the campaign
	Lift     float64 // by how much a campaign that is worth its cost would raise it: a difference of shares
	Alpha    float64 // default 0.05
	Power    float64 // default 0.8
	Ratio    float64 // treated customers for each in the control group; default 1
}

// Allocation says how a segment's customers are to be divided.
type Allocation struct {
	Available int    `json:"available"`
	Required  Groups `json:"required"`
	Feasible  bool   `json:"feasible"` // are there as many as required?
	// Split divides all of them by lot: as many as required in the control group and everybody else treated, or, where there
	// are too few, in the proportion that was asked for.
	Split Groups `json:"split"`
	Words string `json:"words"`
}

// Allocate divides available customers into the groups that SampleSize requires. Negative customers, and required groups
// below 1, are an error that wraps ErrRange.
func Allocate(available int, required Groups) (Allocation, error) {
	if available < 0 {
		return Allocation{}, fmt.Errorf("segment: allocate: %w: %d customers", ErrRange, available)
	}
	if err := checkGroups(required.Treated, required.Control); err != nil {
		return Allocation{}, fmt.Errorf("segment: allocate: required %w", err)
	}
	a := Allocation{Available: available, Required: required, Feasible: available >= required.Total()}
	if a.Feasible {
		a.Split = Groups{Treated: available - required.Control, Control: required.Control}
		a.Words = fmt.Sprintf("%s customers are enough: leave %s, drawn by lot, without the campaign as the control group and treat the other %s (%s would do)",
			count(available), count(a.Split.Control), count(a.Split.Treated), count(required.Treated))
		return a, nil
	}
	a.Split.Control = int(math.Round(float64(available) * float64(required.Control) / float64(required.Total())))
	if available > 1 {
		a.Split.Control = min(max(a.Split.Control, 1), available-1)
	}
	a.Split.Treated = available - a.Split.Control
	a.Words = fmt.Sprintf("%s customers are too few: %s treated and %s in the control group are needed, %s more than there are",
		count(available), count(required.Treated), count(required.Control), count(required.Total()-available))
	return a, nil
}

// Campaign is a proposal for a segment: what to do, how to measure it, and whether the segment is large enough to tell.
type Campaign struct {
	Segment int `json:"segment"`
	Action
	Baseline float64 `json:"baseline"`
	Lift     float64 `json:"lift"`
	Alpha    float64 `json:"alpha"`
	Power    float64 `json:"power"`
	PerGroup Groups  `json:"per_group"` // required
	// Available, Feasible and Split are as in Allocation.
	Available int    `json:"available"`
	Feasible  bool   `json:"feasible"`
	Split     Groups `json:"split"`
	// Detectable is the smallest lift, or fall where Lift is below 0, that Split finds with that power: see DetectableLift. It is
	// 0 where it finds none.
	Detectable float64 `json:"detectable"`
	Words      string  `json:"words"`
}

// PlanCampaign plans a controlled campaign for a segment: part of its customers, chosen by lot, do without, since what
// converts by itself is not the campaign's success. Numbers out of range are an error that wraps ErrRange.
func PlanCampaign(s Segment, a Action, d Design) (*Campaign, error) {
	d.Alpha, d.Power, d.Ratio = cmp.Or(d.Alpha, 0.05), cmp.Or(d.Power, 0.8), cmp.Or(d.Ratio, 1)
	required, err := SampleSize(d.Baseline, d.Lift, d.Alpha, d.Power, d.Ratio)
	if err != nil {
		return nil, fmt.Errorf("segment: campaign for segment %d: %w", s.Number, err)
	}
	allocation, err := Allocate(s.Size, required)
	if err != nil {
		return nil, fmt.Errorf("segment: campaign for segment %d: %w", s.Number, err)
	}
	c := &Campaign{
		Segment: s.Number, Action: a, Baseline: d.Baseline, Lift: d.Lift, Alpha: d.Alpha, Power: d.Power,
		PerGroup: required, Available: s.Size, Feasible: allocation.Feasible, Split: allocation.Split,
	}
	if c.Split.Treated > 0 && c.Split.Control > 0 {
		baseline := d.Baseline
		if d.Lift < 0 { // of those who leave, say: the same test with those who stay
			baseline = 1 - baseline
		}
		c.Detectable, err = DetectableLift(c.Split.Treated, c.Split.Control, baseline, d.Alpha, d.Power)
		if err != nil && !errors.Is(err, ErrTooFew) {
			return nil, fmt.Errorf("segment: campaign for segment %d: %w", s.Number, err)
		}
	}
	c.Words = c.words(allocation)
	return c, nil
}

func (c *Campaign) words(a Allocation) string {
	words := fmt.Sprintf("Segment %d, a proposal: %s. Count in both groups: %s. A change from %s to %s of the customers is to be found in %s of such campaigns, and one seen by mistake in %s of campaigns that change nothing. %s.",
		c.Segment, c.Name, c.Measure, inPercent(c.Baseline), inPercent(c.Baseline+c.Lift), inPercent(c.Power), inPercent(c.Alpha), a.Words)
	if c.Feasible {
		return words
	}
	if c.Detectable == 0 {
		words += " So few cannot show any change."
	} else {
		words += fmt.Sprintf(" With %s treated and %s not, only a change by %s percentage points or more would show.", count(c.Split.Treated), count(c.Split.Control), strings.TrimPrefix(points(c.Detectable), "+"))
	}
	return words + " Run it together with a segment that gets the same action, count something that happens more often, or repeat it; a result of this one alone is no evidence."
}
