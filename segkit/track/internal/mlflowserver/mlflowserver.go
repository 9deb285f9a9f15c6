// Package mlflowserver is a server of MLflow's REST API 2.0 for tests: strict, in memory, and honest about what it was told.
//
// It does what MLflow's own server does for a client that sends runs: experiments, runs, params, metrics, tags, inputs,
// artifacts through the proxy, and the registry of models. Params keep their first value; points of a metric that are equal
// are kept once; deleted runs take nothing. Errors are {"error_code": …, "message": …} with MLflow's codes and statuses.
//
// It is stricter than MLflow, which ignores fields that it does not know. What a correct client never does (an unknown field,
// a wrong type, a name that some server refuses, more than log-batch takes) is answered with an error, and is kept: a test
// ends with
//
//	if v := server.Violations(); len(v) > 0 {
//		t.Error(v)
//	}
//
// What may happen to a correct client is an error but no violation: an id that is not there, a name that is taken, a param
// that has another value, a run that somebody deleted, a password that is missing, an upload that breaks off.
//
// What servers differ in are the Options. What a server has been told is read with Experiments, Runs, Models and Versions;
// they hand out copies.
package mlflowserver

import (
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Server is an http.Handler. Any number of requests may come at once.
type Server struct {
	o         Options
	temporary bool // Options.Dir is ours to remove

	mu         sync.Mutex // guards what follows
	now        *state     // what was written
	read       *state     // what reads see: now, or with ReadDelay a state of its own
	pending    []change   // what read does not have yet
	sums       map[string]Artifact
	violations []string
	requests   map[string]int
	window     time.Time // when the window of the rate limit began
	taken      int       // in this window
}

// change is one that read has from the time due.
type change struct {
	due   time.Time
	apply func(*state)
}

// New returns a server with one experiment, Default, whose id is 0. It panics where its folder cannot be made.
func New(o Options) *Server {
	s := &Server{o: o, sums: map[string]Artifact{}, requests: map[string]int{}}
	if s.o.RateWindow <= 0 {
		s.o.RateWindow = time.Second
	}
	var err error
	if s.o.Dir == "" {
		s.temporary = true
		s.o.Dir, err = os.MkdirTemp("", "mlflowserver-")
	} else if s.o.Dir, err = filepath.Abs(s.o.Dir); err == nil {
		err = os.MkdirAll(s.o.Dir, 0o777)
	}
	if err != nil {
		panic("mlflowserver: " + err.Error())
	}
	s.now = newState()
	s.read = s.now
	if o.ReadDelay > 0 {
		s.read = newState()
	}
	first := s.newExperiment("0", "Default", "", nil)
	first(s.now)
	if s.read != s.now {
		first(s.read)
	}
	return s
}

// Close removes the temporary folder, where there is one.
func (s *Server) Close() error {
	if !s.temporary {
		return nil
	}
	return os.RemoveAll(s.o.Dir)
}

// commit makes a change: for writes at once, for reads after the delay. The change is applied to two states, so it must not
// hand the same map or pointer to both. The caller holds the lock.
func (s *Server) commit(apply func(*state)) {
	apply(s.now)
	if s.read != s.now {
		s.pending = append(s.pending, change{time.Now().Add(s.o.ReadDelay), apply})
	}
}

// view is the state that reads see. The caller holds the lock.
func (s *Server) view() *state {
	now := time.Now()
	for len(s.pending) > 0 && !s.pending[0].due.After(now) {
		s.pending[0].apply(s.read)
		s.pending = s.pending[1:]
	}
	return s.read
}

// Violations are the things that a correct client does not do, in the order in which they came.
func (s *Server) Violations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.violations...)
}

// Requests is how many requests came for each endpoint, for example "POST runs/log-batch" or "PUT artifacts", whatever the
// answer was.
func (s *Server) Requests() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make(map[string]int, len(s.requests))
	for k, n := range s.requests {
		all[k] = n
	}
	return all
}

// violate keeps a violation. The caller does not hold the lock.
func (s *Server) violate(endpoint string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.violations = append(s.violations, endpoint+": "+cut(err.Error(), 400))
}

var _ http.Handler = (*Server)(nil)
