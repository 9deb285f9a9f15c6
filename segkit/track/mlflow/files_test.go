package mlflow

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"example.com/marketing/segkit/track"
	"example.com/marketing/segkit/track/internal/mlflowserver"
	"example.com/marketing/segkit/track/internal/tracktest"
)

// Files go to the server that they are for, or into a folder of this machine where the server is on it, and nowhere else.
func TestRootOf(t *testing.T) {
	here := target(t, &Config{TrackingURI: "http://127.0.0.1:5000/base"})
	away := target(t, &Config{TrackingURI: "https://mlflow.example.com"})
	for _, c := range []struct {
		target    *Target
		uri, want string // "" where it is refused
	}{
		{here, "mlflow-artifacts:/1/a/artifacts", "1/a/artifacts"},
		{here, "mlflow-artifacts://127.0.0.1:5000/1/a", "1/a"},
		{here, "mlflow-artifacts://example.com/1/a", ""},
		{here, "mlflow-artifacts://127.0.0.1:5001/1/a", ""},
		{here, "http://127.0.0.1:5000/base/api/2.0/mlflow-artifacts/artifacts/1/a", "1/a"},
		{here, "http://127.0.0.1:5000/api/2.0/mlflow-artifacts/artifacts/1/a", ""},
		{here, "http://example.com/base/api/2.0/mlflow-artifacts/artifacts/1/a", ""},
		{here, "file:///srv/mlruns/a", "file:" + filepath.FromSlash("/srv/mlruns/a")},
		{here, "/srv/mlruns/a", "file:" + filepath.FromSlash("/srv/mlruns/a")},
		{here, "file://localhost/srv/a", "file:" + filepath.FromSlash("/srv/a")},
		{here, "file://example.com/srv/a", ""},
		{here, "./mlruns/a", ""},
		{here, "file:mlruns/a", ""},
		{here, "s3://bucket/a", ""},
		{here, "", ""},
		{away, "file:///srv/mlruns/a", ""},
		{away, "/srv/mlruns/a", ""},
		{away, "mlflow-artifacts:/1/a", "1/a"},
	} {
		if got, err := c.target.rootOf(c.uri); got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%q for %s: %q, %v", c.uri, c.target.Place(), got, err)
		}
	}
}

// A server that is reached through a tunnel says where its files lie on its own machine. A folder of that name here is another.
func TestFolderOfAnotherMachine(t *testing.T) {
	root := t.TempDir()
	there, named := filepath.Join(root, "server"), filepath.Join(root, "only-there")
	server := mlflowserver.New(mlflowserver.Options{FileArtifacts: true, Dir: there})
	_, url := tracktest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		server.ServeHTTP(answer, r)
		w.Header().Set("Content-Type", answer.Header().Get("Content-Type"))
		w.WriteHeader(answer.Code)
		fmt.Fprint(w, strings.ReplaceAll(answer.Body.String(), there, named))
	}), nil)
	target := target(t, &Config{TrackingURI: url, Experiment: "cards"})
	s := tracktest.Open(t)
	for _, name := range []string{"one", "two"} {
		run := begin(t, s, name)
		run.Param("k", 3)
		run.Text("a.txt", "a")
		run.Text("b/c.txt", "c")
		tracktest.End(t, run)
	}
	report, err := track.Sync(t.Context(), s, target, nil)
	if !errors.Is(err, track.ErrRefused) || report.Refused != 6 || report.Left != (track.Left{}) || !strings.Contains(err.Error(), "its own machine") { // with the two environments
		t.Errorf("%+v, %v", report, err)
	}
	for _, r := range server.Runs() {
		if len(r.Artifacts) > 0 || r.Params["k"] != "3" || r.Status != "FINISHED" {
			t.Errorf("%+v", r)
		}
	}
}

// Whether the server's folder is this machine's is asked once.
func TestFolderIsAskedForOnce(t *testing.T) {
	server, _, target := serve(t, mlflowserver.Options{FileArtifacts: true}, nil)
	s := tracktest.Open(t)
	for _, name := range []string{"one", "two"} {
		run := begin(t, s, name)
		for i := range 5 {
			run.Text(fmt.Sprintf("%d.txt", i), "x")
		}
		tracktest.End(t, run)
	}
	syncAll(t, s, target)
	if n := server.Requests()["GET artifacts/list"]; n != 1 {
		t.Errorf("%d times", n)
	}
	for _, r := range server.Runs() {
		if len(r.Artifacts) != 6 {
			t.Errorf("%d files", len(r.Artifacts))
		}
	}
	lawful(t, server)
}

// A page that asks to log in, with the status of a success, is none.
func TestPageInsteadOfAnAnswer(t *testing.T) {
	b, target := serveBetween(t, mlflowserver.Options{})
	b.answers(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != "PUT" {
			return false
		}
		say(w, r, 200, "<html>please log in</html>")
		return true
	})
	s := tracktest.Open(t)
	run := begin(t, s, "run")
	run.Text("a.txt", "a")
	tracktest.End(t, run)
	report, err := track.Sync(t.Context(), s, target, nil)
	if err == nil || errors.Is(err, track.ErrRefused) || report.Entries != 0 || report.Left.Entries != 3 {
		t.Errorf("%+v, %v", report, err)
	}
	b.answers(nil)
	syncAll(t, s, target)
	if a := b.server.Runs()[0].Artifacts; len(a) != 2 || a["texts/a.txt"].Size != 1 {
		t.Errorf("%v", a)
	}
	lawful(t, b.server)
}
