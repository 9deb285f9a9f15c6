package cometserver

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Server is the double. It is safe for concurrent use.
type Server struct {
	o      Options
	routes map[string]route // by path below the prefix

	mu         sync.Mutex
	truth      *state    // what was written
	seen       *state    // what reads show: truth itself if that is at once
	later      []pending // what seen lacks
	arrivals   []time.Time
	violations []string
}

// pending is a change that reads do not show before its time.
type pending struct {
	at     time.Time
	change func(*state)
}

// New returns a server without experiments. It panics if o.Dir is empty.
func New(o Options) *Server {
	s := &Server{o: o.withDefaults(), routes: map[string]route{}, truth: newState()}
	s.seen = s.truth
	if o.VisibleAfter > 0 {
		s.seen = newState()
	}
	for _, group := range [][]route{experimentRoutes, dataRoutes, textRoutes, assetRoutes, artifactRoutes, registryRoutes, projectRoutes} {
		for _, r := range group {
			if _, twice := s.routes[r.path]; twice {
				panic("cometserver: two routes for " + r.path)
			}
			for _, f := range slices.Concat(r.query, r.body, r.form) {
				if decoders[f.kind] == nil {
					panic("cometserver: unknown kind of " + f.name)
				}
			}
			s.routes[r.path] = r
		}
	}
	return s
}

// Violations returns what clients sent that a correct client would not, in the order of arrival.
func (s *Server) Violations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.violations)
}

func (s *Server) violated(r *http.Request, format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.violations = append(s.violations, r.Method+" "+r.URL.Path+": "+fmt.Sprintf(format, args...))
}

// do changes the truth now, and what reads show when its time has come. The change happens to both states, so it
// must depend on nothing but the state. Hold the lock.
func (s *Server) do(change func(*state)) {
	change(s.truth)
	if s.seen != s.truth {
		s.later = append(s.later, pending{s.o.Now().Add(s.o.VisibleAfter), change})
	}
}

// view returns what reads show by now. Hold the lock.
func (s *Server) view() *state {
	now := s.o.Now()
	for len(s.later) > 0 && !s.later[0].at.After(now) {
		s.later[0].change(s.seen)
		s.later = s.later[1:]
	}
	return s.seen
}

const (
	prefix    = "/api/rest/v2"
	alivePath = "/api/isAlive/ver"
)

// ServeHTTP answers a request and implements [http.Handler]. A body that is refused is still read to its end, so that a client learns the reason
// and not of a broken pipe; package faults does the opposite.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out, err := s.serve(w, r)
	io.Copy(io.Discard, r.Body)
	s.reply(w, r, out, err)
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) (any, error) {
	if err := s.keyInURL(r); err != nil {
		return nil, err
	}
	if r.URL.Path == alivePath { // outside of v2, and for everybody (§1)
		if r.Method != http.MethodGet {
			return nil, wrong(http.StatusMethodNotAllowed, "the method is GET")
		}
		return object{"version": s.o.Version}, nil
	}
	if err := s.authorize(r); err != nil {
		return nil, err
	}
	path, under := strings.CutPrefix(r.URL.Path, prefix)
	rt, known := s.routes[path]
	if !under || !known {
		return nil, wrong(http.StatusNotFound, "there is no such route")
	}
	if r.Method != rt.method {
		return nil, wrong(http.StatusMethodNotAllowed, "the method is %s", rt.method)
	}
	if err := s.limit(); err != nil {
		return nil, err
	}
	c := &call{s: s, w: w, r: r, route: rt}
	if err := c.parse(); err != nil {
		return nil, err
	}
	defer c.discardUnused()
	s.mu.Lock()
	defer s.mu.Unlock()
	c.st = s.view()
	if strings.HasPrefix(path, "/write/") {
		c.st = s.truth
	}
	if err := c.findExperiment(); err != nil {
		return nil, err
	}
	return rt.handle(c)
}

// keyInURL keeps keys out of logs of proxies and servers.
func (s *Server) keyInURL(r *http.Request) error {
	key := s.o.APIKey
	found := len(key) >= 8 && strings.Contains(r.URL.String(), key)
	for name, values := range r.URL.Query() {
		switch strings.ToLower(strings.ReplaceAll(name, "_", "")) {
		case "apikey", "authorization", "cometsdkapi", "key", "token":
			found = true
		}
		found = found || slices.Contains(values, key)
	}
	if found {
		return wrong(http.StatusBadRequest, "a key in the URL")
	}
	return nil
}

// authorize accepts either header of §1, or both when they agree.
func (s *Server) authorize(r *http.Request) error {
	keys := slices.Concat(r.Header.Values("Authorization"), r.Header.Values("Comet-Sdk-Api"))
	refuse := func(e *apiError) error {
		if s.o.BadKey400 {
			e.status, e.sdk = http.StatusBadRequest, 90212
		}
		return e
	}
	switch {
	case len(keys) == 0:
		return refuse(wrong(http.StatusUnauthorized, "no key"))
	case len(slices.Compact(slices.Clone(keys))) > 1:
		return refuse(wrong(http.StatusUnauthorized, "headers with different keys"))
	case strings.HasPrefix(keys[0], "Bearer ") || strings.HasPrefix(keys[0], "Basic "):
		return refuse(wrong(http.StatusUnauthorized, "the header is not the raw key"))
	case keys[0] != s.o.APIKey:
		return refuse(refused(http.StatusUnauthorized, 0, "the API key is not registered"))
	}
	return nil
}

// limit counts requests in a window that slides; those that are refused count, too.
func (s *Server) limit() error {
	if s.o.RateLimit <= 0 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.o.Now()
	s.arrivals = slices.DeleteFunc(append(s.arrivals, now), func(t time.Time) bool { return now.Sub(t) >= s.o.RateWindow })
	if len(s.arrivals) > s.o.RateLimit {
		return refused(http.StatusTooManyRequests, 0, "more than %d requests in %v", s.o.RateLimit, s.o.RateWindow)
	}
	return nil
}
