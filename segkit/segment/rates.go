package segment

import (
	"fmt"
	"math"
)

// Response is what came of one group of a campaign.
type Response struct {
	Converted int `json:"converted"`
	Customers int `json:"customers"`
}

// Rate is the share of a group that converted, with Wilson's interval (1927).
type Rate struct {
	Response
	Share Estimate `json:"share"`
}

// Effect is what a controlled campaign brought.
type Effect struct {
	Level      float64  `json:"level"` // of the intervals
	Treated    Rate     `json:"treated"`
	Control    Rate     `json:"control"`
	Difference Estimate `json:"difference"` // share of the treated less that of the control group, with Newcombe's interval (1998, method 10)
	// Extra is Difference times the treated customers: conversions that would not have come by themselves. Conversions of
	// the treated group that the control group has as well are no success of the campaign.
	Extra Estimate `json:"extra"`
}

// CompareRates compares the two groups of a campaign. The intervals hold at the given level, 0.95 say, for groups of any size
// and shares of any size, 0 and 1 included. They are right where customers came to their group by lot: for other groups the
// difference is that of the customers as much as that of the campaign. A group without customers, more conversions than
// customers, and a level that does not lie between 0 and 1 are an error that wraps ErrRange.
func CompareRates(treated, control Response, level float64) (*Effect, error) {
	if err := checkShare("level", level); err != nil {
		return nil, fmt.Errorf("segment: compare rates: %w", err)
	}
	for i, r := range []Response{treated, control} {
		if r.Customers < 1 || r.Converted < 0 || r.Converted > r.Customers {
			return nil, fmt.Errorf("segment: compare rates: %w: %d of %d customers of the %s group converted", ErrRange, r.Converted, r.Customers, []string{"treated", "control"}[i])
		}
	}
	e := &Effect{Level: level, Treated: Rate{treated, wilson(treated, level)}, Control: Rate{control, wilson(control, level)}}
	e.Difference = newcombe(e.Treated.Share, e.Control.Share)
	n := float64(treated.Customers)
	e.Extra = Estimate{n * e.Difference.Value, n * e.Difference.Low, n * e.Difference.High}
	return e, nil
}

// wilson returns the share with the interval of Wilson (1927): the shares that a score test does not reject.
func wilson(r Response, level float64) Estimate {
	n, z := float64(r.Customers), quantile((1+level)/2)
	p := float64(r.Converted) / n
	middle, half := p+z*z/(2*n), z*math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	low, high := max(0, (middle-half)/(1+z*z/n)), min(1, (middle+half)/(1+z*z/n))
	if r.Converted == 0 {
		low = 0 // but for rounding
	}
	if r.Converted == r.Customers {
		high = 1
	}
	return Estimate{p, low, high}
}

// newcombe returns the difference of two shares with the interval that Newcombe (1998) makes of those of the shares.
func newcombe(a, b Estimate) Estimate {
	d := a.Value - b.Value
	return Estimate{d, d - math.Hypot(a.Value-a.Low, b.High-b.Value), d + math.Hypot(a.High-a.Value, b.Value-b.Low)}
}

// Sentence says in words what the campaign brought.
func (e *Effect) Sentence() string {
	words := fmt.Sprintf("%s of %s treated customers converted, %s of %s in the control group: %s percentage points (%g %% interval %s to %s)",
		inPercent(e.Treated.Share.Value), count(e.Treated.Customers), inPercent(e.Control.Share.Value), count(e.Control.Customers), points(e.Difference.Value), 100*e.Level, points(e.Difference.Low), points(e.Difference.High))
	whole := func(v float64) string { return figure(math.Round(math.Abs(v))) }
	switch {
	case e.Difference.Low > 0:
		return words + fmt.Sprintf("; the campaign brought about %s conversions (%s to %s)", whole(e.Extra.Value), whole(e.Extra.Low), whole(e.Extra.High))
	case e.Difference.High < 0:
		return words + fmt.Sprintf("; the campaign cost about %s conversions (%s to %s)", whole(e.Extra.Value), whole(e.Extra.High), whole(e.Extra.Low))
	}
	return words + "; an effect is not shown, nor is it ruled out within these limits"
}
