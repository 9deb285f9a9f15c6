package segment

import (
	"cmp"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Errors of the planning of campaigns. What it returns wraps one of them and says which number was at fault.
var (
	ErrRange  = errors.New("out of range")
	ErrTooFew = errors.New("too few customers")
)

// Groups are the two groups of a controlled campaign: customers who get it, and customers who, chosen by lot, do not.
type Groups struct {
	Treated int `json:"treated"`
	Control int `json:"control"`
}

// Total is how many customers there are in both.
func (g Groups) Total() int { return g.Treated + g.Control }

// SampleSize returns the smallest groups in which a campaign that moves the share of customers who convert from baseline to
// baseline + lift is found significant with the given power, by the two-sided test of two proportions at level alpha. Lift is
// a difference of shares, not a ratio: from 2 % to 3 % it is 0.01. Ratio is how many customers are treated for each one in
// the control group; 1 takes the fewest in all.
//
// With p for the control group's share, q for the treated's, r for the ratio and m = (p + r·q) / (1 + r) for the share of
// both, the control group has
//
//	n = (z(1-alpha/2)·√((r+1)·m·(1-m)) + z(power)·√(r·p·(1-p) + q·(1-q)))² / (r·(q-p)²)
//
// customers and the treated group r·n (Fleiss, Levin and Paik, 2003, chapter 4; for r = 1 it is R's power.prop.test), both
// rounded up. That is a normal approximation, without the correction for continuity; it is close where each group has ten
// conversions or more. Alpha is for one campaign: where k of them are judged together and one lucky strike would be taken
// for a success, alpha/k keeps the risk of any (Bonferroni).
//
// Shares, alpha and power must lie between 0 and 1, power above alpha, ratio above 0, and lift must not be 0: anything else is
// an error that wraps ErrRange.
func SampleSize(baseline, lift, alpha, power, ratio float64) (Groups, error) {
	n, err := controlSize(baseline, lift, alpha, power, ratio)
	if err != nil {
		return Groups{}, fmt.Errorf("segment: sample size: %w", err)
	}
	return Groups{Treated: int(math.Ceil(ratio * n)), Control: int(math.Ceil(n))}, nil
}

// controlSize is the control group's size before rounding.
func controlSize(p, lift, alpha, power, r float64) (float64, error) {
	if err := checkDesign(p, alpha, power); err != nil {
		return 0, err
	}
	q := p + lift
	if err := checkShare("baseline + lift", q); err != nil {
		return 0, err
	}
	if q == p {
		return 0, fmt.Errorf("%w: a lift of %v is none", ErrRange, lift)
	}
	if !(r > 0 && r <= math.MaxFloat64) {
		return 0, fmt.Errorf("%w: the ratio of treated to control is %v, not above 0", ErrRange, r)
	}
	m := (p + r*q) / (1 + r)
	root := quantile(1-alpha/2)*math.Sqrt((r+1)*m*(1-m)) + quantile(power)*math.Sqrt(r*p*(1-p)+q*(1-q))
	n := max(0, root) * max(0, root) / (r * (q - p) * (q - p))
	if n = max(n, 1, 1/r); !(n*max(1, r) < 1<<53) {
		return 0, fmt.Errorf("%w: a lift of %v at the ratio %v takes more than 10¹⁵ customers", ErrRange, lift, r)
	}
	return n, nil
}

// Power returns the probability that the two-sided test of two proportions at level alpha finds the campaign significant,
// in the direction in which it really works: n1 customers who convert with probability p1, n2 with p2. It is the inverse of
// SampleSize, and R's power.prop.test (with strict = FALSE) for groups of one size. Without a difference it is alpha/2.
// Groups below 1, and shares and alpha that do not lie between 0 and 1, are an error that wraps ErrRange.
func Power(n1, n2 int, p1, p2, alpha float64) (float64, error) {
	err := cmp.Or(checkGroups(n1, n2), checkShare("p1", p1), checkShare("p2", p2), checkShare("alpha", alpha))
	if err != nil {
		return 0, fmt.Errorf("segment: power: %w", err)
	}
	return powerOf(n1, n2, p1, p2, alpha), nil
}

func powerOf(n1, n2 int, p1, p2, alpha float64) float64 {
	a, b := float64(n1), float64(n2)
	m := (a*p1 + b*p2) / (a + b)
	none := math.Sqrt(m * (1 - m) * (1/a + 1/b)) // standard error of the difference if there is none
	some := math.Sqrt(p1*(1-p1)/a + p2*(1-p2)/b)
	return distuv.UnitNormal.CDF((math.Abs(p1-p2) - quantile(1-alpha/2)*none) / some)
}

// DetectableLift returns the smallest lift above baseline that groups of these sizes find significant with the given power,
// by the test of SampleSize: what they can show at all. Baseline is the share of the control group that converts. Where
// even a campaign that converts everybody would not be found, the error wraps ErrTooFew; numbers out of range give one that
// wraps ErrRange.
func DetectableLift(treated, control int, baseline, alpha, power float64) (float64, error) {
	if err := cmp.Or(checkGroups(treated, control), checkDesign(baseline, alpha, power)); err != nil {
		return 0, fmt.Errorf("segment: detectable lift: %w", err)
	}
	of := func(share float64) float64 { return powerOf(treated, control, share, baseline, alpha) }
	if most := of(1); most < power {
		return 0, fmt.Errorf("segment: detectable lift: %w: %d treated and %d in the control group find even a share of 100 %% instead of %s with a power of %.2f only, below %v",
			ErrTooFew, treated, control, inPercent(baseline), most, power)
	}
	low, high := baseline, 1.0
	for range 100 { // halving an interval of at most 1 until nothing lies between its ends
		middle := low + (high-low)/2
		if of(middle) < power {
			low = middle
		} else {
			high = middle
		}
	}
	return high - baseline, nil
}

func quantile(p float64) float64 { return distuv.UnitNormal.Quantile(p) }

func checkShare(name string, p float64) error {
	if !(p > 0 && p < 1) {
		return fmt.Errorf("%w: %s is %v, not between 0 and 1", ErrRange, name, p)
	}
	return nil
}

func checkDesign(baseline, alpha, power float64) error {
	if err := cmp.Or(checkShare("baseline", baseline), checkShare("alpha", alpha), checkShare("power", power)); err != nil {
		return err
	}
	if power <= alpha {
		return fmt.Errorf("%w: a power of %v is not above alpha, %v", ErrRange, power, alpha)
	}
	return nil
}

func checkGroups(n1, n2 int) error {
	if n1 < 1 || n2 < 1 {
		return fmt.Errorf("%w: groups of %d and %d customers", ErrRange, n1, n2)
	}
	return nil
}
