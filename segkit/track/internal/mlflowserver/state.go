package mlflowserver

import (
	"math"
	"slices"
)

// The stages of an experiment and a run.
const (
	active  = "active"
	deleted = "deleted"
)

// state is what a server knows.
type state struct {
	experiments []*Experiment
	runs        map[string]*run
	order       []string // of the runs' ids, as they came
	models      []*Model
	versions    []*Version
}

func newState() *state { return &state{runs: map[string]*run{}} }

// run is a Run and what makes its metrics fast.
type run struct {
	Run
	seen   map[string]map[pointKey]bool // the points of a metric that are there
	latest map[string]Point
}

// pointKey is the value of a point as one that equals itself, NaN too.
type pointKey struct {
	bits            uint64
	timestamp, step int64
}

// add adds a point, unless it is there; with identical it is added in any case.
func (r *run) add(key string, p Point, identical bool) {
	switch {
	case p.Value == 0:
		p.Value = 0 // a negative zero is the same
	case math.IsInf(p.Value, 0):
		p.Value = math.Copysign(math.MaxFloat64, p.Value)
	case math.IsNaN(p.Value):
		p.Value = math.NaN()
	}
	if r.seen[key] == nil {
		r.seen[key] = map[pointKey]bool{}
	}
	k := pointKey{math.Float64bits(p.Value), p.Timestamp, p.Step}
	if r.seen[key][k] && !identical {
		return
	}
	r.seen[key][k] = true
	if old, ok := r.latest[key]; !ok || later(p, old) {
		r.latest[key] = p
	}
	r.Metrics[key] = append(r.Metrics[key], p)
}

// later reports whether a point takes the place of another one as the last of its metric: by step, then by time, then by
// value.
func later(p, old Point) bool {
	if p.Step != old.Step {
		return p.Step > old.Step
	}
	if p.Timestamp != old.Timestamp {
		return p.Timestamp > old.Timestamp
	}
	return p.Value > old.Value
}

func (st *state) experiment(id string) (*Experiment, error) {
	i := slices.IndexFunc(st.experiments, func(e *Experiment) bool { return e.ID == id })
	if i < 0 {
		return nil, absent("No Experiment with id=%s exists", id)
	}
	return st.experiments[i], nil
}

func (st *state) run(id string) (*run, error) {
	if r, ok := st.runs[id]; ok {
		return r, nil
	}
	return nil, absent("Run with id=%s not found", id)
}

// writable is a run that is not deleted. The caller holds the lock.
func (s *Server) writable(id string) (*run, error) {
	r, err := s.now.run(id)
	switch {
	case err != nil || r.Stage == active:
		return r, err
	case s.o.DeletedAbsent:
		return nil, absent("Run '%s' not found", id)
	}
	return nil, conflict("The run %s must be in the 'active' state. Current state is %s.", id, r.Stage)
}

func (st *state) model(name string) (*Model, error) {
	i := slices.IndexFunc(st.models, func(m *Model) bool { return m.Name == name })
	if i < 0 {
		return nil, absent("Registered Model with name=%s not found", name)
	}
	return st.models[i], nil
}
