package cometserver

import (
	"crypto/rand"
	"encoding/hex"
	"slices"
)

// state is all that the server was told. There are two, the truth and what reads show; what is never changed after it
// was made (assets, the numbers behind pointers) is shared by both.
type state struct {
	experiments []*experiment // in the order of their creation, without those deleted
	byKey       map[string]*experiment
	projects    []*project
	artifacts   []*artifact
	models      []*registered
}

type project struct {
	id, workspace, name, description string
	public                           bool
	updated                          int64
}

// experiment holds one run. Of metrics, parameters and others all values are kept, the last one is the current one.
type experiment struct {
	key, workspace, project string
	created, start, end     int64
	archived, stopped       bool
	beats                   int
	lastBeat                int64

	metrics, params, others map[string][]Point
	tags, symlinks          []string
	html, graph, code       *string
	output                  []OutputLine
	git, system             map[string]any
	patch                   []byte
	assets                  []*Asset
	models                  []model
}

// model is a group of assets of type model-element (§5.1).
type model struct{ id, name string }

func newState() *state { return &state{byKey: map[string]*experiment{}} }

func newExperiment(key, workspace, project string, now int64) *experiment {
	return &experiment{key: key, workspace: workspace, project: project, created: now, start: now, end: now,
		metrics: map[string][]Point{}, params: map[string][]Point{}, others: map[string][]Point{}}
}

func (e *experiment) name() string { return current(e.others["Name"]) }

// current is the value of the last point.
func current(series []Point) string {
	if len(series) == 0 {
		return ""
	}
	return series[len(series)-1].Value
}

func (st *state) project(workspace, name string) *project {
	return first(st.projects, func(p *project) bool { return p.workspace == workspace && p.name == name })
}

// needProject makes a project that is not there (§3).
func (st *state) needProject(id, workspace, name string, now int64) {
	p := st.project(workspace, name)
	if p == nil {
		p = &project{id: id, workspace: workspace, name: name}
		st.projects = append(st.projects, p)
	}
	p.updated = now
}

func (st *state) remove(key string) {
	delete(st.byKey, key)
	st.experiments = slices.DeleteFunc(st.experiments, func(e *experiment) bool { return e.key == key })
}

// change does something to the experiment of the request, in both states.
func (c *call) change(f func(*experiment)) {
	key := c.exp.key
	c.s.do(func(st *state) {
		if e := st.byKey[key]; e != nil {
			f(e)
		}
	})
}

func (s *Server) workspaces() []string {
	all := slices.Concat([]string{s.o.Workspace}, s.o.Workspaces, s.o.ReadOnly)
	slices.Sort(all)
	return slices.Compact(all)
}

// first returns the first that matches, or nil.
func first[T any](all []*T, match func(*T) bool) *T {
	if i := slices.IndexFunc(all, match); i >= 0 {
		return all[i]
	}
	return nil
}

// filter returns those that match, in their order.
func filter[T any](all []T, match func(T) bool) (some []T) {
	for _, x := range all {
		if match(x) {
			some = append(some, x)
		}
	}
	return some
}

func contains(all []string, s string) bool { return slices.Contains(all, s) }

// newID makes an id or key: 32 lower-case hex characters (§3).
func newID() string {
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
