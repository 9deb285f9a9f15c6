package mlflowserver

import (
	"cmp"
	"slices"
)

// getHistory is all points of a metric, ordered by time, step and value; with max_results a page of them.
func (s *Server) getHistory(q *struct {
	ID         string `json:"run_id" need:"yes"`
	Key        string `json:"metric_key" need:"yes"`
	MaxResults *long  `json:"max_results"`
	PageToken  string `json:"page_token"`
}) (object, error) {
	if err := checkRunID(q.ID); err != nil {
		return nil, err
	}
	if q.Key == "" {
		return nil, missing("metric_key")
	}
	r, err := s.view().run(q.ID)
	if err != nil {
		return nil, err
	}
	points := slices.Clone(r.Metrics[q.Key])
	slices.SortStableFunc(points, func(a, b Point) int {
		return cmp.Or(cmp.Compare(a.Timestamp, b.Timestamp), cmp.Compare(a.Step, b.Step), cmp.Compare(a.Value, b.Value))
	})
	start, end, next, err := s.pageOf(len(points), q.MaxResults, max(len(points), 1), q.PageToken)
	if err != nil {
		return nil, err
	}
	o := object{}
	o.set("next_page_token", next)
	var part []object
	for _, p := range points[start:end] {
		part = append(part, s.pointObject(q.Key, p))
	}
	o.list("metrics", part)
	return o, nil
}
