package segment

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
)

// ErrRules is wrapped by errors about rules whose parts do not fit each other.
var ErrRules = errors.New("no rules")

// savedRules is the JSON of Rules.
type savedRules struct {
	Columns  []string   `json:"columns"`
	Fill     []*float64 `json:"fill"` // null is not 0
	Segments int        `json:"segments"`
	Tree     *savedRule `json:"tree"`
}

// savedRule is a question (column, at_most, yes, no) or a leaf (segment, fitted, held_out).
type savedRule struct {
	Column  *string    `json:"column,omitempty"`
	AtMost  *float64   `json:"at_most,omitempty"`
	Yes     *savedRule `json:"yes,omitempty"`
	No      *savedRule `json:"no,omitempty"`
	Segment *int       `json:"segment,omitempty"`
	Fitted  *int       `json:"fitted,omitempty"`
	HeldOut []*int     `json:"held_out,omitempty"`
}

// MarshalJSON writes the rules, and what was measured. Rules whose fields were changed so that they do not fit each other are
// an error that wraps ErrRules.
func (r Rules) MarshalJSON() ([]byte, error) {
	s := savedRules{Columns: r.Columns, Segments: r.Segments}
	for i := range r.Fill {
		s.Fill = append(s.Fill, &r.Fill[i])
	}
	if r.root != nil && len(r.Columns) > 0 {
		s.Tree = r.root.saved(r.Columns)
	}
	checked, err := s.rules()
	if err != nil {
		return nil, fmt.Errorf("segment: %w: %w", ErrRules, err)
	}
	return json.Marshal(struct {
		savedRules
		HeldOut RuleCheck `json:"held_out"`
	}{s, checked.HeldOut})
}

// UnmarshalJSON reads rules. Those that do not fit each other are an error that wraps ErrRules: a tree that lacks an answer,
// asks about a column that there is not, or has a leaf that nobody can reach. What was measured is computed anew from the
// leaves' counts.
func (r *Rules) UnmarshalJSON(text []byte) error {
	var s savedRules
	if err := json.Unmarshal(text, &s); err != nil {
		return fmt.Errorf("segment: %w: %w", ErrRules, err)
	}
	read, err := s.rules()
	if err != nil {
		return fmt.Errorf("segment: %w: %w", ErrRules, err)
	}
	*r = *read
	return nil
}

// saved returns what is written of a node. A column beyond the names is left out, which rules refuses.
func (q *ruleNode) saved(columns []string) *savedRule {
	if q.yes != nil {
		s := &savedRule{AtMost: &q.atMost, Yes: q.yes.saved(columns), No: q.no.saved(columns)}
		if q.column < len(columns) {
			s.Column = &columns[q.column]
		}
		return s
	}
	s := &savedRule{Segment: &q.segment, Fitted: &q.fitted}
	for c := range q.heldOut {
		s.HeldOut = append(s.HeldOut, &q.heldOut[c])
	}
	return s
}

// rules puts the parts together, and refuses those that do not fit.
func (s *savedRules) rules() (*Rules, error) {
	switch {
	case len(s.Columns) == 0:
		return nil, errors.New("there is no column")
	case len(s.Fill) != len(s.Columns):
		return nil, fmt.Errorf("%d values for missing ones, for %d columns", len(s.Fill), len(s.Columns))
	case s.Segments < 1 || s.Segments > mostRuleSegments:
		return nil, fmt.Errorf("%d segments, not 1 to %d", s.Segments, mostRuleSegments)
	case s.Tree == nil:
		return nil, errors.New("there is no tree")
	}
	if err := checkRuleColumns(s.Columns); err != nil {
		return nil, err
	}
	complete := true
	r := &Rules{Columns: slices.Clone(s.Columns), Fill: values(s.Fill, &complete), Segments: s.Segments}
	if !complete {
		return nil, errors.New("a value for missing ones is left out")
	}
	for j, v := range r.Fill {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("a missing %s counts as %v", r.Columns[j], v)
		}
	}
	leaves, customers := 0, 0
	var err error
	if r.root, err = r.read(s.Tree, nil, &leaves, &customers); err != nil {
		return nil, err
	}
	r.HeldOut = r.root.measure(r.Segments)
	return r, nil
}

// read makes a node of what was saved. way is how one comes there; leaves and customers are counted.
func (r *Rules) read(s *savedRule, way []ruleRange, leaves, customers *int) (*ruleNode, error) {
	question := s.Column != nil && s.AtMost != nil && s.Yes != nil && s.No != nil
	leaf := s.Segment != nil && s.Fitted != nil
	switch {
	case question && s.Segment == nil && s.Fitted == nil && s.HeldOut == nil:
		return r.readQuestion(s, way, leaves, customers)
	case leaf && s.Column == nil && s.AtMost == nil && s.Yes == nil && s.No == nil:
	default:
		return nil, errors.New("a node is neither a question with two answers nor a leaf")
	}
	complete := true
	q := &ruleNode{segment: *s.Segment, fitted: *s.Fitted, heldOut: values(s.HeldOut, &complete)}
	*leaves++
	switch {
	case *leaves > mostRuleLeaves:
		return nil, fmt.Errorf("more than %d leaves", mostRuleLeaves)
	case q.segment < 0 || q.segment >= r.Segments:
		return nil, fmt.Errorf("a leaf has segment %d, of %d", q.segment, r.Segments)
	case !complete || len(q.heldOut) != r.Segments:
		return nil, fmt.Errorf("a leaf does not count the held-out customers of %d segments", r.Segments)
	}
	for _, count := range append(slices.Clone(q.heldOut), q.fitted) {
		if count < 0 || count > math.MaxInt32 || *customers > math.MaxInt32-count { // so that no sum overflows
			return nil, fmt.Errorf("a leaf counts %d customers", count)
		}
		*customers += count
	}
	return q, nil
}

func (r *Rules) readQuestion(s *savedRule, way []ruleRange, leaves, customers *int) (*ruleNode, error) {
	q := &ruleNode{column: slices.Index(r.Columns, *s.Column), atMost: *s.AtMost}
	if q.column < 0 {
		return nil, fmt.Errorf("a question about %q, which is no column", *s.Column)
	}
	if math.IsNaN(q.atMost) || math.IsInf(q.atMost, 0) {
		return nil, fmt.Errorf("the question whether %q is at most %v", *s.Column, q.atMost)
	}
	for _, known := range way {
		if known.column == q.column && !(known.low < q.atMost && q.atMost < known.high) {
			return nil, fmt.Errorf("the question whether %q is at most %v, of customers above %v and at most %v",
				*s.Column, q.atMost, known.low, known.high)
		}
	}
	var err error
	if q.yes, err = r.read(s.Yes, narrow(way, q, true), leaves, customers); err != nil {
		return nil, err
	}
	if q.no, err = r.read(s.No, narrow(way, q, false), leaves, customers); err != nil {
		return nil, err
	}
	return q, nil
}
