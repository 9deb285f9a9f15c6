package faults

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Handler is a handler that misbehaves. It is safe for concurrent use.
type Handler struct {
	inner http.Handler
	stop  chan struct{}

	mu       sync.Mutex
	plan     Plan
	n        int
	counts   map[Kind]int
	record   bool
	requests []Request
	stopped  bool
}

// Request is what is recorded of a request. Values of headers are not: one of them is a key.
type Request struct {
	Method  string
	Path    string
	Headers []string // names, sorted
	Fault   Kind     // what happened to it
}

// Wrap returns a handler that behaves like h except for the plan's faults. A nil plan has none.
func Wrap(h http.Handler, p Plan) *Handler {
	return &Handler{inner: h, plan: p, counts: map[Kind]int{}, stop: make(chan struct{})}
}

// SetPlan exchanges the plan, and the new one counts requests from 1 again; the counts of what was done go on.
func (h *Handler) SetPlan(p Plan) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.plan, h.n = p, 0
}

// Record begins or ends the recording of requests.
func (h *Handler) Record(on bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.record = on
}

// Requests returns what was recorded, in the order of arrival.
func (h *Handler) Requests() []Request {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.requests)
}

// Counts returns how many requests met which kind, None included.
func (h *Handler) Counts() map[Kind]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return maps.Clone(h.counts)
}

// Stop ends all pauses, those to come included, by closing their connections. Call it before the test server's
// Close, which would wait for them.
func (h *Handler) Stop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.stopped {
		h.stopped = true
		close(h.stop)
	}
}

// next asks the plan, under the lock, and keeps the books.
func (h *Handler) next(r *http.Request) Fault {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.n++
	var f Fault
	if h.plan != nil {
		f = h.plan(h.n, r)
	}
	h.counts[f.Kind]++
	if h.record {
		names := slices.Sorted(maps.Keys(r.Header))
		h.requests = append(h.requests, Request{r.Method, r.URL.Path, names, f.Kind})
	}
	return f
}

// ServeHTTP does to the request what the plan says. It panics if the plan's fault has an unknown kind.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f := h.next(r)
	switch f.Kind {
	case None:
		h.inner.ServeHTTP(w, r)
	case TooMany:
		f.status(w, http.StatusTooManyRequests)
	case ServerError:
		f.status(w, http.StatusInternalServerError)
	case Unavailable:
		f.status(w, http.StatusServiceUnavailable)
	case DropBefore:
		drop(w)
	case DropDuring:
		io.CopyN(io.Discard, r.Body, max(1, r.ContentLength/2))
		drop(w)
	case DropAfter:
		h.inner.ServeHTTP(&answer{dropped: true}, r)
		drop(w)
	case Garbage:
		h.inner.ServeHTTP(&answer{dropped: true}, r)
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, orDefault(f.Body, garbage))
	case Truncate:
		h.truncate(w, r)
	case HangBefore:
		readAhead(r)
		if h.pause(r, f.Delay) {
			drop(w)
		}
		h.inner.ServeHTTP(w, r)
	case HangAfter:
		a := &answer{}
		h.inner.ServeHTTP(a, r)
		io.Copy(io.Discard, r.Body) // what the handler left: only then net/http notices that a client leaves
		if h.pause(r, f.Delay) {
			drop(w)
		}
		a.send(w, a.body.Bytes())
	case Redirect:
		w.Header().Set("Location", f.URL)
		w.WriteHeader(orDefault(f.Code, http.StatusTemporaryRedirect))
	default:
		panic("faults: unknown " + f.Kind.String())
	}
}

// pause waits for d, or for ever if d is 0, and reports whether the client left or Stop was called before.
func (h *Handler) pause(r *http.Request, d time.Duration) (left bool) {
	var over <-chan time.Time
	if d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		over = t.C
	}
	select {
	case <-over:
		return false
	case <-r.Context().Done():
	case <-h.stop:
	}
	return true
}

// readAhead reads a body of up to 1 MiB, because net/http notices that a client leaves only when the body was read.
// During the pause before a larger one a client may leave unnoticed; the handler's reading then fails.
func readAhead(r *http.Request) {
	const most = 1 << 20
	var head bytes.Buffer
	n, err := io.CopyN(&head, r.Body, most+1)
	rest := r.Body
	switch {
	case n <= most && err == io.EOF:
		r.Body = io.NopCloser(&head)
	case err != nil:
		r.Body = io.NopCloser(io.MultiReader(&head, failing{err}))
	default:
		r.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(&head, rest), rest}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func (f Fault) status(w http.ResponseWriter, code int) {
	if f.RetryAfter != "" && f.Kind != ServerError {
		w.Header().Set("Retry-After", f.RetryAfter)
	}
	body := orDefault(f.Body, statusText)
	if strings.HasPrefix(body, "{") {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(code)
	io.WriteString(w, body)
}

// drop closes the connection and does not return. Where it cannot be taken over (HTTP/2), the panic that net/http
// reserves for this makes the server break it off.
func drop(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		conn.Close()
	}
	panic(http.ErrAbortHandler)
}

func orDefault[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}
