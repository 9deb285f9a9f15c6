package mlflowserver

import (
	"crypto/subtle"
	"errors"
	"io"
	"math"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	apiPrefix   = "/api/2.0/mlflow/"
	proxyPrefix = "/api/2.0/mlflow-artifacts/"
)

// route is an endpoint of the API.
type route struct {
	method string
	limit  int64 // bytes of the body
	serve  func(s *Server, r *http.Request, body []byte) (object, error)
}

// get is a route that reads its parameters from the URL into a Q. The function runs under the lock, as that of post does.
func get[Q any](f func(*Server, *Q) (object, error)) route {
	return route{http.MethodGet, 0, func(s *Server, r *http.Request, _ []byte) (object, error) {
		var q Q
		if err := decodeQuery(r.URL.Query(), &q); err != nil {
			return nil, err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		return f(s, &q)
	}}
}

// post is a route that reads its parameters from a JSON body into a Q.
func post[Q any](f func(*Server, *Q) (object, error)) route {
	return route{http.MethodPost, maxBody, func(s *Server, r *http.Request, body []byte) (object, error) {
		var q Q
		if err := decode(body, &q); err != nil {
			return nil, err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		return f(s, &q)
	}}
}

// routes are those under apiPrefix. Some paths have two.
var routes = map[string][]route{
	"experiments/create":             {post((*Server).createExperiment)},
	"experiments/get":                {get((*Server).getExperiment)},
	"experiments/get-by-name":        {get((*Server).getExperimentByName)},
	"experiments/search":             {get((*Server).searchExperiments), post((*Server).searchExperiments)},
	"experiments/delete":             {post((*Server).deleteExperiment)},
	"experiments/restore":            {post((*Server).restoreExperiment)},
	"experiments/set-experiment-tag": {post((*Server).setExperimentTag)},
	"runs/create":                    {post((*Server).createRun)},
	"runs/get":                       {get((*Server).getRun)},
	"runs/search":                    {post((*Server).searchRuns)},
	"runs/update":                    {post((*Server).updateRun)},
	"runs/delete":                    {post((*Server).deleteRun)},
	"runs/restore":                   {post((*Server).restoreRun)},
	"runs/set-tag":                   {post((*Server).setTag)},
	"runs/delete-tag":                {post((*Server).deleteTag)},
	"runs/log-metric":                {post((*Server).logMetric)},
	"runs/log-parameter":             {post((*Server).logParam)},
	"runs/log-batch":                 {batchRoute()},
	"runs/log-inputs":                {post((*Server).logInputs)},
	"metrics/get-history":            {get((*Server).getHistory)},
	"artifacts/list":                 {get((*Server).listArtifacts)},
	"registered-models/create":       {post((*Server).createModel)},
	"registered-models/get":          {get((*Server).getModel)},
	"registered-models/search":       {get((*Server).searchModels)},
	"model-versions/create":          {post((*Server).createVersion)},
	"model-versions/get":             {get((*Server).getVersion)},
	"model-versions/search":          {get((*Server).searchVersions)},
}

func batchRoute() route {
	r := post((*Server).logBatch)
	r.limit = maxBatch
	return r
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/health":
		io.WriteString(w, "OK")
		return
	case "/version":
		io.WriteString(w, "3.0.0")
		return
	}
	path, isAPI := strings.CutPrefix(r.URL.Path, apiPrefix)
	artifact, isProxy := strings.CutPrefix(r.URL.Path, proxyPrefix)
	endpoint := r.Method + " " + path
	if isProxy {
		endpoint = r.Method + " " + strings.SplitN(artifact, "/", 2)[0]
	}
	s.mu.Lock()
	s.requests[endpoint]++
	s.mu.Unlock()
	if !s.admit(w, r, endpoint) {
		return
	}
	switch {
	case isAPI:
		s.serveAPI(w, r, path, endpoint)
	case isProxy:
		s.serveProxy(w, r, artifact, endpoint)
	case r.URL.Path == "/get-artifact":
		s.getArtifact(w, r)
	default:
		s.violate(endpoint, errors.New("no such page"))
		http.NotFound(w, r)
	}
}

// serveAPI answers a call of the API.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request, path, endpoint string) {
	all, ok := routes[path]
	if !ok {
		s.reply(w, endpoint, nil, &apiError{http.StatusNotFound, "ENDPOINT_NOT_FOUND", "Not found", true})
		return
	}
	for _, route := range all {
		if route.method != r.Method {
			continue
		}
		body, err := readBody(r, route)
		var o object
		if err == nil {
			o, err = route.serve(s, r, body)
		}
		s.reply(w, endpoint, o, err)
		return
	}
	s.violate(endpoint, errors.New("wrong method"))
	w.Header().Set("Allow", all[0].method)
	http.Error(w, "Method Not Allowed", http.StatusMethodNotAllowed)
}

func readBody(r *http.Request, route route) ([]byte, error) {
	if route.method == http.MethodGet {
		return nil, nil
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return nil, &apiError{http.StatusBadRequest, "INVALID_PARAMETER_VALUE",
			"Bad Request. Content-Type must be one of ['application/json'].", true}
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, route.limit+1))
	if err != nil {
		return nil, &apiError{http.StatusBadRequest, "BAD_REQUEST", "the body breaks off: " + err.Error(), false}
	}
	if int64(len(body)) > route.limit {
		size := max(r.ContentLength, int64(len(body)))
		if route.limit != maxBatch {
			return nil, invalid("the body has %d bytes, more than %d", size, route.limit)
		}
		return nil, invalid("Batched logging API requests must be at most %d bytes, got a request of size %d.", route.limit, size)
	}
	return body, nil
}

// admit reports whether a request may pass: it knows the password, and the rate limit has room for it. Otherwise it has been
// answered.
func (s *Server) admit(w http.ResponseWriter, r *http.Request, endpoint string) bool {
	if wait := s.wait(); wait > 0 {
		if s.o.RetryAfter {
			w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
		}
		s.reply(w, endpoint, nil, &apiError{http.StatusTooManyRequests, "REQUEST_LIMIT_EXCEEDED", "too many requests", false})
		return false
	}
	if s.o.Token == "" && s.o.User == "" {
		return true
	}
	if s.o.Token != "" && same(r.Header.Get("Authorization"), "Bearer "+s.o.Token) {
		return true
	}
	if user, password, ok := r.BasicAuth(); ok && s.o.User != "" && same(user, s.o.User) && same(password, s.o.Password) {
		return true
	}
	if s.o.User != "" {
		w.Header().Set("WWW-Authenticate", `Basic realm="mlflow"`)
	}
	s.reply(w, endpoint, nil, &apiError{http.StatusUnauthorized, "UNAUTHENTICATED", "You are not authenticated.", false})
	return false
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// wait takes a place in the window of the rate limit, or says how long there is none.
func (s *Server) wait() time.Duration {
	if s.o.RateLimit <= 0 {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if now.Sub(s.window) >= s.o.RateWindow {
		s.window, s.taken = now, 0
	}
	if s.taken < s.o.RateLimit {
		s.taken++
		return 0
	}
	return s.window.Add(s.o.RateWindow).Sub(now)
}
