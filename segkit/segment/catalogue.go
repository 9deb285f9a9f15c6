package segment

import "slices"

// Condition holds for a segment that lies at least Difference standard deviations above the average customer in a feature or,
// for a negative Difference, at least that far below.
type Condition struct {
	Feature    string  `json:"feature"`
	Difference float64 `json:"difference"`
}

// Template proposes an action for segments of which all conditions hold.
type Template struct {
	When   []Condition `json:"when"`
	Action Action      `json:"action"`
}

// Catalogue is a list of templates, the most specific first. What a company can offer and by which channels is its own
// knowledge: write your own, or change that of CardCatalogue.
type Catalogue []Template

// The words where a catalogue, or the data, say nothing.
const (
	askOwner   = "decide with the owner of the segment what to offer"
	askMeasure = "a conversion that customers of both groups can have; decide with the owner of the segment"
	askChannel = "to be chosen: the data do not say how customers are reached"
)

// Suggest returns the action of the first template of which all conditions hold for the segment. Where none does, or the
// segment has none of the features, it proposes to decide with the owner of the segment. It proposes: that a group spends
// little says neither why, nor that an offer would change it; the controlled campaign tells.
func (c Catalogue) Suggest(s Segment) Action {
	for _, template := range c {
		if len(template.When) > 0 && !slices.ContainsFunc(template.When, func(w Condition) bool { return !w.holds(s) }) {
			return template.Action
		}
	}
	return Action{Name: askOwner, Channel: askChannel, Measure: askMeasure}
}

func (w Condition) holds(s Segment) bool {
	i := slices.IndexFunc(s.Marks, func(m Mark) bool { return m.Feature == w.Feature })
	if i < 0 {
		return false
	}
	if w.Difference < 0 {
		return s.Marks[i].Difference <= w.Difference
	}
	return s.Marks[i].Difference >= w.Difference
}

// CardCatalogue returns templates for the columns of the credit card data, from half a standard deviation on (Cohen, 1988,
// calls that a medium effect). They are a start for a talk with those who own the products, not advice: whether a loan suits a
// customer is theirs to check. What they measure can happen in the control group as well: a loan that only the treated are
// offered would be taken by none of the others, and prove nothing.
func CardCatalogue() Catalogue {
	action := func(name, measure string, when ...Condition) Template {
		return Template{when, Action{Name: name, Channel: askChannel, Measure: measure}}
	}
	return Catalogue{
		action("offer an instalment loan that costs less than cash advances, to those who can afford it", "customers without a cash advance in the next 90 days",
			Condition{"CASH_ADVANCE", 0.5}, Condition{"BALANCE", 0.5}),
		action("loyalty programme with benefits that grow with spending", "customers who spend at least as much in the next 90 days as in the last",
			Condition{"PURCHASES", 1}),
		action("instalment offers together with shops", "customers who buy by instalments again within 90 days",
			Condition{"PURCHASES_INSTALLMENTS_FREQUENCY", 0.5}),
		action("cash back or insurance on single large purchases", "customers with another one-off purchase within 90 days",
			Condition{"ONEOFF_PURCHASES_FREQUENCY", 0.5}),
		action("card with a fee and benefits for those who pay in full", "customers who spend more in the next 90 days than in the last",
			Condition{"PRC_FULL_PAYMENT", 0.5}),
		action("direct debit of more than the minimum, with a word on what the balance costs", "customers who pay more than the minimum in each of the next three months",
			Condition{"BALANCE", 0.5}),
		action("reactivation: a welcome-back offer for the next purchase", "customers with at least one purchase within 90 days",
			Condition{"PURCHASES_FREQUENCY", -0.5}),
	}
}
