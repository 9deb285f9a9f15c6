package comet

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"example.com/marketing/segkit/track/internal/cometserver"
	"example.com/marketing/segkit/track/internal/tracktest"
)

// between stands between a target and the server: it keeps which requests came, and may answer them itself.
type between struct {
	server *cometserver.Server

	mu   sync.Mutex
	came map[string]int // by path, below the API's
	with func(w http.ResponseWriter, r *http.Request, path string) (answered bool)
}

func (b *between) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/api/rest/v2"), "/write")
	b.mu.Lock()
	b.came[path]++
	with := b.with
	b.mu.Unlock()
	if with == nil || !with(w, r, path) {
		b.server.ServeHTTP(w, r)
	}
}

// answers sets what stands between; nil for nothing.
func (b *between) answers(with func(w http.ResponseWriter, r *http.Request, path string) bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.with = with
}

// count returns how many requests came for a path since it was asked last.
func (b *between) count(path string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer delete(b.came, path)
	return b.came[path]
}

func serveBetween(t *testing.T, o cometserver.Options) (*between, *Target) {
	t.Helper()
	o.Dir = t.TempDir()
	o.Workspace = "team"
	b := &between{server: cometserver.New(o), came: map[string]int{}}
	_, url := tracktest.Serve(t, b, nil)
	return b, target(t, url, o)
}

// say answers as the API does.
func say(w http.ResponseWriter, r *http.Request, status, code int, message string) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	b, err := json.Marshal(map[string]any{"code": status, "sdk_error_code": code, "msg": message})
	if err != nil {
		panic(err)
	}
	fmt.Fprintf(w, "%s", b)
}
