package mlflow

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"example.com/marketing/segkit/track"
	"example.com/marketing/segkit/track/internal/mlflowserver"
	"example.com/marketing/segkit/track/internal/tracktest"
)

// between stands between a target and the server, and may answer requests itself.
type between struct {
	server *mlflowserver.Server

	mu   sync.Mutex
	with func(w http.ResponseWriter, r *http.Request) (answered bool)
}

func (b *between) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	with := b.with
	b.mu.Unlock()
	if with == nil || !with(w, r) {
		b.server.ServeHTTP(w, r)
	}
}

// answers sets what stands between; nil for nothing.
func (b *between) answers(with func(w http.ResponseWriter, r *http.Request) bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.with = with
}

func serveBetween(t *testing.T, o mlflowserver.Options) (*between, *Target) {
	t.Helper()
	o.Dir = t.TempDir()
	b := &between{server: mlflowserver.New(o)}
	_, url := tracktest.Serve(t, b, nil)
	return b, target(t, &Config{TrackingURI: url, Experiment: "cards", Register: []string{"K-Means"}})
}

// say answers, whatever was asked.
func say(w http.ResponseWriter, r *http.Request, status int, body string) {
	_, _ = io.Copy(io.Discard, r.Body)
	if strings.HasPrefix(body, "{") {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

func begin(t *testing.T, s *track.Store, name string) *track.Run {
	t.Helper()
	run, err := s.Start(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func syncAll(t *testing.T, s *track.Store, target *Target) track.SyncReport {
	t.Helper()
	report, err := track.Sync(t.Context(), s, target, nil)
	if err != nil || report.Left != (track.Left{}) {
		t.Fatalf("%+v, %v", report, err)
	}
	return report
}

// lawful tells what the server saw that no right client does.
func lawful(t *testing.T, server *mlflowserver.Server) {
	t.Helper()
	if v := server.Violations(); len(v) > 0 {
		t.Errorf("%q", v)
	}
}
