package comet

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"example.com/marketing/segkit/track"
	"example.com/marketing/segkit/track/internal/cometserver"
	"example.com/marketing/segkit/track/internal/tracktest"
)

// elbow is a model.
type elbow string

func (e elbow) WriteTo(w io.Writer) (int64, error) {
	n, err := io.WriteString(w, string(e))
	return int64(n), err
}

// Whatever it is called, nothing of the user's takes the place of something else.
func TestNamesDoNotMeet(t *testing.T) {
	server, _, target := serve(t, cometserver.Options{}, nil)
	s := tracktest.Open(t)
	run := begin(t, s, "run")
	run.Table("x.csv", tracktest.Content("table"))
	run.Text("x.csv", "text")
	run.Figure("x.csv", []byte("figure"))
	for _, name := range []string{"tables", "texts", "figures", "models"} {
		run.Model(name, "x.csv", elbow(name))
	}
	run.Dataset("customers", "fingerprint", 1, 2)
	others := []string{"Name", "Created from", "segkit run", "segkit state", "dataset customers", "other Name", "name", "dataset"}
	for _, name := range others {
		run.Other(name, "mine")
	}
	tracktest.End(t, run)
	syncAll(t, s, target)
	e := server.Experiments()[0]
	if names := map[string]bool{}; true {
		for _, a := range e.Assets {
			names[a.Name] = true
		}
		if len(names) != 7 || len(e.Assets) != 7 {
			t.Errorf("%v of %d", names, len(e.Assets))
		}
	}
	mine := 0
	for _, v := range e.Others {
		if v == "mine" {
			mine++
		}
	}
	if e.Name != "run" || mine != len(others) || e.Others["Created from"] != "segkit" || e.Others["segkit run"] == "mine" || e.Others["segkit state"] != "ended" || !strings.Contains(e.Others["dataset customers"], "fingerprint") {
		t.Errorf("%q with %d of mine: %v", e.Name, mine, e.Others)
	}
}

// What is about the account is no reason to pass over what was sent: it ends the Sync, and all is sent when it is in order.
func TestAccountEndsTheSync(t *testing.T) {
	for code, status := range map[int]int{noWriteAccess: 403, unknownKey: 400, noWorkspace: 400, storageLimit: 400} {
		b, target := serveBetween(t, cometserver.Options{})
		b.answers(func(w http.ResponseWriter, r *http.Request, path string) bool {
			if path == "/experiment/upload-asset" {
				say(w, r, status, code, "no")
				return true
			}
			return false
		})
		s := tracktest.Open(t)
		for _, name := range []string{"one", "two"} {
			run := begin(t, s, name)
			run.Text("a.txt", "a")
			run.Text("b.txt", "b")
			tracktest.End(t, run)
		}
		report, err := track.Sync(t.Context(), s, target, nil)
		if err == nil || errors.Is(err, track.ErrRefused) || report.Refused != 0 || report.Left.Runs != 2 || b.count("/experiment/upload-asset") != 1 || b.count("/experiment/create") != 1 {
			t.Errorf("%d: %+v, %v", code, report, err)
		}
		b.answers(nil)
		syncAll(t, s, target)
		equal(t, s, b.server)
	}
	// As the server says it by itself.
	for _, o := range []cometserver.Options{{MaxStorage: 3}, {ReadOnly: []string{"locked"}}} {
		_, _, target := serve(t, o, nil)
		if len(o.ReadOnly) > 0 {
			target.workspace = o.ReadOnly[0]
		}
		s := tracktest.Open(t)
		run := begin(t, s, "run")
		run.Text("a.txt", "aaaa")
		tracktest.End(t, run)
		if _, err := track.Sync(t.Context(), s, target, nil); err == nil || errors.Is(err, track.ErrRefused) || errors.Is(err, track.ErrGone) || code(err) != noWriteAccess && code(err) != storageLimit {
			t.Errorf("%v", err)
		}
	}
}

// An answer of 200 that says that it is none is a refusal.
func TestErrorInsideSuccess(t *testing.T) {
	for _, path := range []string{"/experiment/parameter", "/experiment/metric", "/experiment/upload-asset", "/experiment/tags", "/experiment/html"} {
		b, target := serveBetween(t, cometserver.Options{})
		b.answers(func(w http.ResponseWriter, r *http.Request, at string) bool {
			if at != path {
				return false
			}
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"code":400,"msg":"not this, said `+r.Header.Get("Authorization")+`"}`)
			return true
		})
		s := tracktest.Open(t)
		run := begin(t, s, "run")
		run.Param("k", 1)
		run.Metric("loss", 1, 1)
		run.Text("a.txt", "a")
		run.HTML("a.html", tracktest.Content("a"))
		run.Tag("tag")
		run.Other("after", "x")
		tracktest.End(t, run)
		report, err := track.Sync(t.Context(), s, target, nil)
		if !errors.Is(err, track.ErrRefused) || report.Refused != 1 || !strings.Contains(err.Error(), "not this") || strings.Contains(err.Error(), cometserver.DefaultKey) {
			t.Errorf("%s: %+v, %v", path, report, err)
		}
		if e := b.server.Experiments()[0]; e.Others["after"] != "x" || e.Others["segkit state"] != "ended" {
			t.Errorf("%s: %+v", path, e.Others)
		}
	}
}

// What was archived or deleted by hand is as good as removed.
func TestRemovedAlready(t *testing.T) {
	for what, answer := range map[string]func(w http.ResponseWriter, r *http.Request){
		"archived": func(w http.ResponseWriter, r *http.Request) { say(w, r, 400, 0, "it is archived") },
		"deleted":  func(w http.ResponseWriter, r *http.Request) { say(w, r, 400, noExperiment, "no such experiment") },
		"refused":  func(w http.ResponseWriter, r *http.Request) { say(w, r, 400, 0, "no") },
	} {
		b, target := serveBetween(t, cometserver.Options{})
		s := tracktest.Open(t)
		tracktest.End(t, begin(t, s, "run"))
		syncAll(t, s, target)
		if what == "archived" {
			if err := target.order(t.Context(), "/experiment/archive", experiment(b.server.Experiments()[0].Key), nil); err != nil {
				t.Fatal(err)
			}
		}
		b.answers(func(w http.ResponseWriter, r *http.Request, path string) bool {
			if path == "/experiment/archive" {
				answer(w, r)
				return true
			}
			return false
		})
		tracktest.End(t, begin(t, s, "run"))
		report, err := track.Sync(t.Context(), s, target, nil)
		if what == "refused" { // then it is still there, and this is not forgotten
			if !errors.Is(err, track.ErrRefused) || report.Removed != 0 {
				t.Errorf("%s: %+v, %v", what, report, err)
			}
			b.answers(nil)
			report, err = track.Sync(t.Context(), s, target, nil)
		}
		if err != nil || report.Removed != 1 {
			t.Errorf("%s: %+v, %v", what, report, err)
		}
		b.answers(nil)
		if report := syncAll(t, s, target); report.Removed != 0 {
			t.Errorf("%s, again: %+v", what, report)
		}
	}
}
