package mlflowserver

import (
	"cmp"
	"encoding/base64"
	"math"
	"slices"
	"strconv"
	"strings"
)

func (s *Server) searchRuns(q *struct {
	ExperimentIDs []string `json:"experiment_ids" need:"yes"`
	Filter        string   `json:"filter"`
	ViewType      string   `json:"run_view_type"`
	MaxResults    *long    `json:"max_results"`
	OrderBy       []string `json:"order_by"`
	PageToken     string   `json:"page_token"`
}) (object, error) {
	if len(q.ExperimentIDs) == 0 {
		return nil, missing("experiment_ids")
	}
	attributes := columns{"run_id": false, "run_name": false, "user_id": false, "status": false, "artifact_uri": false,
		"start_time": true, "end_time": true}
	filter, err := parseFilter(q.Filter, attributes, "tag", "param", "metric")
	if err != nil {
		return nil, err
	}
	for _, id := range q.ExperimentIDs {
		if err := checkExperimentID(id); err != nil {
			return nil, err
		}
	}
	st := s.view()
	var found []sortable
	for _, id := range st.order {
		r := st.runs[id]
		if !slices.Contains(q.ExperimentIDs, r.ExperimentID) {
			continue
		}
		if ok, err := inView(q.ViewType, r.Stage); err != nil {
			return nil, err
		} else if ok && filter.match(r.get) {
			found = append(found, sortable{func() object { return s.runObject(r) }, r.get})
		}
	}
	slices.SortFunc(found, func(a, b sortable) int { // the order beneath the one asked for
		return cmp.Or(compare(b.get("attribute", "start_time"), a.get("attribute", "start_time")),
			compare(a.get("attribute", "run_id"), b.get("attribute", "run_id")))
	})
	return s.page("runs", found, q.OrderBy, attributes, q.MaxResults, defaultResults, q.PageToken, "tag", "param", "metric")
}

// get is the getter of a run.
func (r *run) get(kind, key string) any {
	switch kind {
	case "tag":
		return lookup(r.Tags, key)
	case "param":
		return lookup(r.Params, key)
	case "metric":
		if p, ok := r.latest[key]; ok {
			return p.Value
		}
		return nil
	}
	switch key {
	case "run_id":
		return r.ID
	case "run_name":
		return r.Name
	case "user_id":
		return r.User
	case "status":
		return r.Status
	case "artifact_uri":
		return r.ArtifactURI
	case "start_time":
		return r.Start
	}
	if r.End == 0 {
		return nil
	}
	return r.End
}

// inView reports whether a stage is one that was asked for.
func inView(view, stage string) (bool, error) {
	switch view {
	case "", "ACTIVE_ONLY":
		return stage == active, nil
	case "DELETED_ONLY":
		return stage == deleted, nil
	case "ALL":
		return true, nil
	}
	return false, invalid("Invalid value '%s' for parameter 'view_type' supplied", cut(view, 100))
}

// sortable is something found: how it looks, and what it is ordered by.
type sortable struct {
	render func() object
	get    getter
}

// page orders what was found by the clauses (such as "attributes.start_time DESC"), and returns the part that was asked for.
func (s *Server) page(name string, found []sortable, orderBy []string, attributes columns, maxResults *long, standard int,
	token string, further ...string) (object, error) {
	for _, clause := range slices.Backward(orderBy) { // stable sorts, the last one first
		what, descending := strings.TrimSpace(clause), false
		if i := strings.LastIndexByte(what, ' '); i > 0 {
			switch strings.ToUpper(what[i+1:]) {
			case "DESC":
				what, descending = strings.TrimSpace(what[:i]), true
			case "ASC":
				what = strings.TrimSpace(what[:i])
			}
		}
		kind, key, err := parseKey(what, attributes, further)
		if err != nil {
			return nil, err
		}
		slices.SortStableFunc(found, func(a, b sortable) int {
			x, y := a.get(kind, key), b.get(kind, key)
			if descending && x != nil && y != nil {
				x, y = y, x
			}
			return compare(x, y)
		})
	}
	start, end, next, err := s.pageOf(len(found), maxResults, standard, token)
	if err != nil {
		return nil, err
	}
	o := object{}
	o.set("next_page_token", next)
	var part []object
	for _, f := range found[start:end] {
		part = append(part, f.render())
	}
	o.list(name, part)
	return o, nil
}

// pageOf is the part of n things that a page has, and the token of the next page.
func (s *Server) pageOf(n int, maxResults *long, standard int, token string) (start, end int, next string, err error) {
	size := standard
	if maxResults != nil {
		if *maxResults < 1 || *maxResults > maxResultsLimit {
			return 0, 0, "", invalid("Invalid value %d for parameter 'max_results' supplied. It must be a positive integer and at most %d",
				*maxResults, maxResultsLimit)
		}
		size = int(*maxResults)
	}
	if s.o.MaxPage > 0 {
		size = min(size, s.o.MaxPage)
	}
	if token != "" {
		text, err := base64.URLEncoding.DecodeString(token)
		if err != nil {
			return 0, 0, "", invalid("Invalid page token: '%s'", cut(token, 100))
		}
		if start, err = strconv.Atoi(strings.TrimPrefix(string(text), "offset=")); err != nil || start < 0 {
			return 0, 0, "", invalid("Invalid page token: '%s'", cut(token, 100))
		}
	}
	start = min(start, n)
	end = min(n, start+size)
	if end < n {
		next = base64.URLEncoding.EncodeToString([]byte("offset=" + strconv.Itoa(end)))
	}
	return start, end, next, nil
}

// compare orders two values of one key; what is not there comes last, and NaN just before that.
func compare(x, y any) int {
	if x == nil || y == nil {
		return cmp.Compare(b2i(x == nil), b2i(y == nil))
	}
	switch x := x.(type) {
	case string:
		return strings.Compare(x, y.(string))
	case int64:
		return cmp.Compare(x, y.(int64))
	}
	a, b := x.(float64), y.(float64)
	if math.IsNaN(a) || math.IsNaN(b) {
		return cmp.Compare(b2i(math.IsNaN(a)), b2i(math.IsNaN(b)))
	}
	return cmp.Compare(a, b)
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
