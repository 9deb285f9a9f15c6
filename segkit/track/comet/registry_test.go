package comet

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"example.com/marketing/segkit/track"
	"example.com/marketing/segkit/track/internal/cometserver"
	"example.com/marketing/segkit/track/internal/faults"
	"example.com/marketing/segkit/track/internal/tracktest"
)

// A model becomes one version in the registry, also where the answer is lost, and where the run goes on later.
func TestRegisteredOnce(t *testing.T) {
	for _, late := range []time.Duration{0, 20 * time.Millisecond} {
		server, handler, target := serve(t, cometserver.Options{VisibleAfter: late}, nil)
		s := tracktest.Open(t)
		for i, path := range []string{"/api/rest/v2/write/registry-model", "/api/rest/v2/write/registry-model/item"} {
			name := fmt.Sprint("run", i)
			run := begin(t, s, name)
			run.Model("K-Means", "kmeans.json", elbow(name))
			tracktest.End(t, run)
			handler.SetPlan(faults.Only(faults.Path(path), faults.Script(faults.Fault{Kind: faults.DropAfter})))
			syncAll(t, s, target)
			if handler.Counts()[faults.DropAfter] != i+1 {
				t.Errorf("%s was not asked", path)
			}
			run, err := s.Start(name, &track.RunOptions{Continue: true})
			if err != nil {
				t.Fatal(err)
			}
			tracktest.End(t, run)
			syncAll(t, s, target)
		}
		registry := server.Registry()
		if len(registry) != 1 || len(registry[0].Versions) != 2 || registry[0].Versions[0].Experiment == registry[0].Versions[1].Experiment {
			t.Errorf("late by %v: %+v", late, registry)
		}
		equal(t, s, server)
	}
}

// A program that is stopped when a model is registered, and before it notes that, waits until it can see it.
func TestStoppedAtTheRegistry(t *testing.T) {
	b, target := serveBetween(t, cometserver.Options{VisibleAfter: 100 * time.Millisecond})
	ctx, cancel := context.WithCancel(t.Context())
	b.answers(func(_ http.ResponseWriter, r *http.Request, path string) bool {
		if path != "/registry-model" || r.Method != "POST" {
			return false
		}
		b.server.ServeHTTP(httptest.NewRecorder(), r)
		cancel()
		<-r.Context().Done()
		return true
	})
	s := tracktest.Open(t)
	run := begin(t, s, "run")
	run.Model("K-Means", "kmeans.json", elbow("{}"))
	tracktest.End(t, run)
	if _, err := track.Sync(ctx, s, target, nil); err == nil {
		t.Fatal("nothing stopped it")
	}
	b.answers(nil)
	syncAll(t, s, target)
	if registry := b.server.Registry(); len(registry) != 1 || len(registry[0].Versions) != 1 {
		t.Errorf("%+v", registry)
	}
}

// A registered model that another run has just made may not be listed yet: then this run's is its next version.
func TestRegistryListedLate(t *testing.T) {
	b, target := serveBetween(t, cometserver.Options{})
	blind := 0 // how often the list is empty
	b.answers(func(w http.ResponseWriter, r *http.Request, path string) bool {
		if path != "/registry-model" || r.Method != "GET" || blind == 0 {
			return false
		}
		blind--
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"registryModels":[]}`)
		return true
	})
	s := tracktest.Open(t)
	for i, name := range []string{"one", "two"} {
		run := begin(t, s, name)
		run.Model("K-Means", "kmeans.json", elbow(name))
		tracktest.End(t, run)
		blind = 2 * i
		syncAll(t, s, target)
	}
	if registry := b.server.Registry(); len(registry) != 1 || len(registry[0].Versions) != 2 || blind != 0 {
		t.Errorf("%+v", registry)
	}
	equal(t, s, b.server)
	// What is in the registry is known here, and not asked for again.
	run, err := s.Start("two", &track.RunOptions{Continue: true})
	if err != nil {
		t.Fatal(err)
	}
	tracktest.End(t, run)
	b.count("/experiment/model")
	if syncAll(t, s, target); b.count("/experiment/model") > 0 {
		t.Error("it was looked for what was registered before")
	}
}
