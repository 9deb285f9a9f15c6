package mlflow

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"example.com/marketing/segkit/track"
	"example.com/marketing/segkit/track/internal/faults"
	"example.com/marketing/segkit/track/internal/mlflowserver"
	"example.com/marketing/segkit/track/internal/tracktest"
)

// What is one more than MLflow takes at once comes in two.
func TestBatchesAtTheLimits(t *testing.T) {
	for what, c := range map[string]struct {
		log     func(*track.Run)
		batches int // at least
	}{
		"points": {func(r *track.Run) {
			for i := range 1001 {
				r.Metric("loss", 1, i)
			}
		}, 2},
		"parameters": {func(r *track.Run) {
			for i := range 101 {
				r.Param(fmt.Sprint("p", i), i)
			}
		}, 2},
		"tags": {func(r *track.Run) {
			for i := range 101 {
				r.Tag(fmt.Sprint("t", i))
			}
		}, 2},
		"items": {func(r *track.Run) {
			for i := range 900 {
				r.Metric("loss", 1, i)
			}
			for i := range 60 {
				r.Param(fmt.Sprint("p:", i), i) // and a tag with its name
			}
		}, 2},
		"bytes": {func(r *track.Run) {
			for i := range 300 {
				r.Param(fmt.Sprint("p", i), strings.Repeat("\"", 3000)) // 6000 in JSON
				r.Other(fmt.Sprint("o", i), strings.Repeat("ü", 5000))
			}
		}, 5},
	} {
		server, _, target := serve(t, mlflowserver.Options{}, nil)
		s := tracktest.Open(t)
		run := begin(t, s, "run")
		c.log(run)
		tracktest.End(t, run)
		syncAll(t, s, target)
		own, err := s.Load("run")
		if err != nil {
			t.Fatal(err)
		}
		r := server.Runs()[0]
		if len(r.Params) != len(own.Params) || len(r.Metrics["loss"]) != own.Metrics["loss"].Count {
			t.Errorf("%s: %d parameters, %d points", what, len(r.Params), len(r.Metrics["loss"]))
		}
		for name, v := range own.Others {
			if r.Tags[name] != v {
				t.Errorf("%s: %s is another", what, name)
			}
		}
		for _, tag := range own.Tags {
			if r.Tags["tag."+tag] != "true" {
				t.Errorf("%s: no %s", what, tag)
			}
		}
		if n := server.Requests()["POST runs/log-batch"]; n < c.batches {
			t.Errorf("%s: %d batches", what, n)
		}
		lawful(t, server)
	}
}

// A server that keeps what comes twice gets each point once, also where the answer was lost.
func TestLostAnswersDoubleNothing(t *testing.T) {
	for _, o := range []mlflowserver.Options{{KeepIdentical: true}, {KeepIdentical: true, MaxPage: 100, Int64Strings: true}} {
		server, handler, target := serve(t, o, nil)
		handler.SetPlan(faults.Only(faults.Path(api+"/runs/log-batch"), faults.Script(
			faults.Fault{}, faults.Fault{Kind: faults.DropAfter}, faults.Fault{Kind: faults.Garbage}, faults.Fault{}, faults.Fault{Kind: faults.ServerError}, faults.Fault{Kind: faults.Truncate})))
		s := tracktest.Open(t)
		run := begin(t, s, "run")
		for i := range 2500 {
			run.Metric("loss", float64(i%3), i/100) // many are the same in everything
		}
		tracktest.End(t, run)
		syncAll(t, s, target)
		if n := len(server.Runs()[0].Metrics["loss"]); n != 2500 || handler.Counts()[faults.DropAfter] != 1 {
			t.Errorf("%d points, %v", n, handler.Counts())
		}
		lawful(t, server)
	}
}

// Names that MLflow does not allow, and that come to the same where they are cleaned, stay apart.
func TestLikeNamesStayApart(t *testing.T) {
	server, _, target := serve(t, mlflowserver.Options{}, nil)
	s := tracktest.Open(t)
	run := begin(t, s, "run")
	names := []string{"a_b", "a:b", "a;b", "aüb", "/a", "_a", "a//b", "../a", strings.Repeat("x", 240) + "1:", strings.Repeat("x", 240) + "2:"}
	for _, name := range names {
		run.Param(name, name)
		run.Metric(name, 1, 1)
		run.Tag(name)
	}
	paths := []string{"a_b.txt", "a%b.txt", "a#b.txt", "a?b.txt", "a:b.txt"}
	for _, path := range paths {
		run.Text(path, path)
	}
	tracktest.End(t, run)
	syncAll(t, s, target)
	r := server.Runs()[0]
	tags, texts := 0, 0
	for _, v := range r.Tags {
		if v == "true" {
			tags++
		}
	}
	for path := range r.Artifacts {
		if strings.HasPrefix(path, "texts/") {
			texts++
		}
	}
	if len(r.Params) != len(names) || len(r.Metrics) != len(names) || tags != len(names) || texts != len(paths) {
		t.Errorf("%d parameters, %d metrics, %d tags of %d, and %d texts of %d", len(r.Params), len(r.Metrics), tags, len(names), texts, len(paths))
	}
	for as, v := range r.Params {
		if as != v && r.Tags["name."+as] != v && len(as) < maxName-5 {
			t.Errorf("%q does not say that it was %q", as, v)
		}
	}
	lawful(t, server)
}

// A server without a registry is told of once; everything else is there.
func TestWithoutRegistry(t *testing.T) {
	b, target := serveBetween(t, mlflowserver.Options{NoRegistry: true})
	s := tracktest.Open(t)
	run := begin(t, s, "run")
	run.Model("K-Means", "kmeans.json", elbow("{}"))
	run.Param("after", 1)
	tracktest.End(t, run)
	tracktest.End(t, begin(t, s, "other"))
	report, err := track.Sync(t.Context(), s, target, nil)
	if err == nil || report.Refused != 1 || report.Left != (track.Left{}) || !strings.Contains(err.Error(), "no registry") {
		t.Errorf("%+v, %v", report, err)
	}
	runs := b.server.Runs()
	if len(runs) != 2 || slices.ContainsFunc(runs, func(r mlflowserver.Run) bool { return r.Status != "FINISHED" }) || runs[0].Params["after"]+runs[1].Params["after"] != "1" {
		t.Errorf("%+v", runs)
	}
	asked := 0
	b.answers(func(http.ResponseWriter, *http.Request) bool {
		asked++
		return false
	})
	if report := syncAll(t, s, target); report != (track.SyncReport{}) || asked > 0 {
		t.Errorf("again: %+v, %d requests", report, asked)
	}
}

// Nothing that a user logs takes the place of a tag that is written here.
func TestReservedTags(t *testing.T) {
	server, _, target := serve(t, mlflowserver.Options{}, nil)
	s := tracktest.Open(t)
	run, err := s.Start("run", nil)
	if err != nil {
		t.Fatal(err)
	}
	run.Tag("pca")
	names := []string{"tag.pca", runTag, "mlflow.runName", "segkit.go", "name.x", "made.a.v1", "used.a.v1", "dataset.d", "other.x", "x", "mlflow.note.content"}
	for _, name := range names {
		run.Other(name, "mine")
	}
	tracktest.End(t, run)
	if _, err := track.Sync(t.Context(), s, target, nil); err != nil {
		t.Fatal(err)
	}
	r := server.Runs()[0]
	if r.Name != "run" || r.Tags[runTag] == "mine" || r.Tags["tag.pca"] != "true" {
		t.Errorf("%s, %v", r.Name, r.Tags)
	}
	for _, name := range names {
		as := "other." + name
		if name == "x" || name == "mlflow.note.content" {
			as = name
		}
		if r.Tags[as] != "mine" {
			t.Errorf("%q is not at %q: %v", name, as, r.Tags)
		}
	}
}
