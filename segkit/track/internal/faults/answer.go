package faults

import (
	"bytes"
	"net/http"
	"strconv"
)

// answer keeps in memory what a handler answers, or only its status if dropped.
type answer struct {
	header  http.Header
	code    int
	body    bytes.Buffer
	dropped bool
}

func (a *answer) Header() http.Header {
	if a.header == nil {
		a.header = http.Header{}
	}
	return a.header
}

func (a *answer) WriteHeader(code int) {
	if a.code == 0 && code >= 200 {
		a.code = code
	}
}

func (a *answer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	if a.dropped {
		return len(p), nil
	}
	return a.body.Write(p)
}

// send writes the status, the header and a body, which may be less than there is.
func (a *answer) send(w http.ResponseWriter, body []byte) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.WriteHeader(orDefault(a.code, http.StatusOK))
	w.Write(body)
}

// truncate sends half of what the handler answers. An answer of known length goes straight through to its middle, so
// that a download of any size takes no memory; another is kept and sent with the length that it will not have.
func (h *Handler) truncate(w http.ResponseWriter, r *http.Request) {
	half := &halfWriter{w: w}
	h.inner.ServeHTTP(half, r)
	if !half.through {
		whole := half.kept.body.Bytes()
		if len(whole) == 0 || r.Method == http.MethodHead {
			drop(w) // half of nothing would be a whole answer
		}
		half.kept.Header().Set("Content-Length", strconv.Itoa(len(whole)))
		half.kept.send(w, whole[:len(whole)/2])
	}
	http.NewResponseController(w).Flush()
	drop(w)
}

// halfWriter passes an answer on until half of its Content-Length, or keeps it where that is not set.
type halfWriter struct {
	w       http.ResponseWriter
	kept    answer
	decided bool
	through bool  // the answer goes through
	left    int64 // how much of it still goes
}

func (h *halfWriter) Header() http.Header { return h.kept.Header() }

func (h *halfWriter) WriteHeader(code int) {
	if h.decided || code < 200 {
		return
	}
	h.decided = true
	h.kept.WriteHeader(code)
	n, err := strconv.ParseInt(h.Header().Get("Content-Length"), 10, 64)
	if err == nil && n > 0 {
		h.through, h.left = true, n/2
		h.kept.send(h.w, nil)
	}
}

func (h *halfWriter) Write(p []byte) (int, error) {
	h.WriteHeader(http.StatusOK)
	if !h.through {
		return h.kept.Write(p)
	}
	some := p[:min(int64(len(p)), h.left)]
	h.left -= int64(len(some))
	if _, err := h.w.Write(some); err != nil {
		return 0, err
	}
	return len(p), nil
}
