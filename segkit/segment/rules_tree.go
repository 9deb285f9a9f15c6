package segment

import "math"

// ruleNode is a question with two answers, or a leaf: then yes and no are nil.
type ruleNode struct {
	column  int
	atMost  float64
	yes, no *ruleNode

	segment int
	fitted  int   // customers that it was fitted to
	heldOut []int // k, customers that it was not fitted to, by the segment that they belong to
}

// leaf returns the leaf of a customer, d values.
func (q *ruleNode) leaf(row, fill []float64) *ruleNode {
	for q.yes != nil {
		v := row[q.column]
		if math.IsNaN(v) {
			v = fill[q.column]
		}
		if v <= q.atMost {
			q = q.yes
		} else {
			q = q.no
		}
	}
	return q
}

// each calls f for every node, the smaller values of a question first.
func (q *ruleNode) each(f func(*ruleNode)) {
	f(q)
	if q.yes != nil {
		q.yes.each(f)
		q.no.each(f)
	}
}

// merge makes one leaf of siblings that have the same segment, from the bottom up.
func (q *ruleNode) merge() {
	if q.yes == nil {
		return
	}
	q.yes.merge()
	q.no.merge()
	if a, b := q.yes, q.no; a.yes == nil && b.yes == nil && a.segment == b.segment {
		for c, count := range b.heldOut {
			a.heldOut[c] += count
		}
		a.fitted += b.fitted
		*q = *a
	}
}

// measure adds up the held-out customers of the leaves.
func (q *ruleNode) measure(k int) RuleCheck {
	m := RuleCheck{Precision: make([]*float64, k), Recall: make([]*float64, k), Confusion: make([][]int, k)}
	for c := range k {
		m.Confusion[c] = make([]int, k)
	}
	q.each(func(q *ruleNode) {
		for c, count := range q.heldOut { // a question has none
			m.Confusion[c][q.segment] += count
			m.Customers += count
		}
	})
	right := 0
	for c := range k {
		belong, given := 0, 0
		for other := range k {
			belong += m.Confusion[c][other]
			given += m.Confusion[other][c]
		}
		right += m.Confusion[c][c]
		m.Precision[c] = ruleShare(m.Confusion[c][c], given)
		m.Recall[c] = ruleShare(m.Confusion[c][c], belong)
	}
	m.Fidelity = ruleShare(right, m.Customers)
	return m
}

// ruleShare is nil where there is nobody.
func ruleShare(count, of int) *float64 {
	if of == 0 {
		return nil
	}
	share := float64(count) / float64(of)
	return &share
}

// A rule is the way from the root to a leaf: at most one range per column, in the order in which they are first asked.
type rule struct {
	ranges []ruleRange
	leaf   *ruleNode
}

// ruleRange is what a rule asks of a column: above low and at most high, either of which may be infinite.
type ruleRange struct {
	column    int
	low, high float64
}

// rules returns the ways to all leaves.
func (q *ruleNode) rules(way []ruleRange) []rule {
	if q.yes == nil {
		return []rule{{way, q}}
	}
	return append(q.yes.rules(narrow(way, q, true)), q.no.rules(narrow(way, q, false))...)
}

// narrow returns the way beyond an answer; the way itself stays as it is.
func narrow(way []ruleRange, q *ruleNode, yes bool) []ruleRange {
	next := ruleRange{q.column, math.Inf(-1), math.Inf(1)}
	out := make([]ruleRange, 0, len(way)+1)
	at := len(way)
	for i, r := range way {
		if r.column == q.column {
			next, at = r, i
		}
		out = append(out, r)
	}
	if yes {
		next.high = min(next.high, q.atMost)
	} else {
		next.low = max(next.low, q.atMost)
	}
	if at == len(way) {
		return append(out, next)
	}
	out[at] = next
	return out
}
