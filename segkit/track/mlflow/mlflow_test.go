package mlflow

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/marketing/segkit/track"
	"example.com/marketing/segkit/track/internal/faults"
	"example.com/marketing/segkit/track/internal/mlflowserver"
	"example.com/marketing/segkit/track/internal/tracktest"
)

func serve(t testing.TB, o mlflowserver.Options, plan faults.Plan) (*mlflowserver.Server, *faults.Handler, *Target) {
	t.Helper()
	server := mlflowserver.New(o)
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	handler, url := tracktest.Serve(t, server, plan)
	return server, handler, target(t, &Config{TrackingURI: url, Token: o.Token, Experiment: "cards", Register: []string{"K-Means"}})
}

func target(t testing.TB, c *Config) *Target {
	t.Helper()
	for _, name := range []string{"MLFLOW_TRACKING_URI", "MLFLOW_TRACKING_TOKEN", "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_EXPERIMENT_NAME"} {
		t.Setenv(name, "")
	}
	target, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	target.client.Attempts, target.client.Pause, target.client.MaxPause = 5, time.Millisecond, 4*time.Millisecond
	return target
}

// equal compares what the server has with the store.
func equal(t testing.TB, s *track.Store, server *mlflowserver.Server, kept bool) {
	t.Helper()
	if v := server.Violations(); len(v) > 0 {
		t.Errorf("violations of the contract: %q", v)
	}
	runs, err := s.Runs()
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]mlflowserver.Run{}
	for _, r := range server.Runs() {
		if r.Stage == "deleted" {
			continue
		}
		if _, twice := there[r.Tags[runTag]]; twice {
			t.Errorf("two runs %s", r.Name)
		}
		there[r.Tags[runTag]] = r
	}
	if len(there) != len(runs) {
		t.Errorf("%d runs for %d", len(there), len(runs))
	}
	for _, r := range runs {
		if e, ok := there[r.ID]; ok {
			equalRun(t, r, e, kept)
		} else {
			t.Errorf("run %s is not there", r.Name)
		}
	}
}

func equalRun(t testing.TB, r *track.Record, e mlflowserver.Run, kept bool) {
	t.Helper()
	if e.Name != r.Name || e.Status != "FINISHED" || e.Start != r.Started.UnixMilli() || e.End != r.Ended.UnixMilli() {
		t.Errorf("run %s from %v to %v: there %s %s from %d to %d", r.Name, r.Started, r.Ended, e.Name, e.Status, e.Start, e.End)
	}
	if len(e.Params) != len(r.Params) {
		t.Errorf("run %s: %d parameters, there %d", r.Name, len(r.Params), len(e.Params))
	}
	for name, v := range r.Params {
		short, _ := cut(text(v), maxParam)
		if there, ok := e.Params[allowed(name)]; !ok || there != short {
			t.Errorf("run %s: parameter %q is %q, there %q", r.Name, name, short, there)
		}
		if as := allowed(name); as != name && e.Tags["name."+as] != name {
			t.Errorf("run %s: %q has the name %q", r.Name, as, e.Tags["name."+as])
		}
	}
	for name, v := range r.Others {
		if short, _ := cut(text(v), maxTag); e.Tags[allowed(name)] != short {
			t.Errorf("run %s: other %q is %q, there %q", r.Name, name, short, e.Tags[name])
		}
	}
	for _, tag := range r.Tags {
		if e.Tags[allowed("tag."+tag)] != "true" {
			t.Errorf("run %s: no tag %q in %v", r.Name, tag, e.Tags)
		}
	}
	if len(e.Metrics) != len(r.Metrics) {
		t.Errorf("run %s: %d metrics, there %d", r.Name, len(r.Metrics), len(e.Metrics))
	}
	for name := range r.Metrics {
		points, err := r.Points(name)
		if err != nil {
			t.Fatal(err)
		}
		var own, their []string
		for _, p := range points {
			v := p.Value
			if math.IsInf(v, 0) {
				v = math.Copysign(math.MaxFloat64, v)
			}
			own = append(own, fmt.Sprint(p.Step, v+0, p.At.UnixMilli()))
		}
		for _, p := range e.Metrics[allowed(name)] {
			their = append(their, fmt.Sprint(p.Step, p.Value+0, p.Timestamp))
		}
		slices.Sort(own)
		slices.Sort(their)
		if !kept { // the server keeps each once
			own = slices.Compact(own)
		}
		if !slices.Equal(own, their) {
			t.Errorf("run %s: metric %s: %d points, there %d", r.Name, name, len(own), len(their))
		}
	}
	for _, d := range r.Datasets {
		in := slices.ContainsFunc(e.Inputs, func(i mlflowserver.Input) bool {
			return i.Name == d.Name && strings.HasPrefix(d.Fingerprint, i.Digest) && strings.Contains(i.Profile, d.Fingerprint)
		})
		if in == (e.Tags["dataset."+d.Name] != "") || in && len(e.Inputs) != len(r.Datasets) {
			t.Errorf("run %s: data set %+v, there %+v and %q", r.Name, d, e.Inputs, e.Tags["dataset."+d.Name])
		}
	}
	equalFiles(t, r, e)
}

func equalFiles(t testing.TB, r *track.Record, e mlflowserver.Run) {
	t.Helper()
	var own, their []string
	for _, f := range r.Files {
		folder := string(f.Kind) + "s/"
		if f.Kind == track.HTML {
			folder = "html/"
		}
		own = append(own, allowedPath(folder+f.Path())+" "+f.SHA256)
	}
	for path, a := range e.Artifacts {
		switch top, _, _ := strings.Cut(path, "/"); top {
		case "artifacts", "environment.json", "values":
		default:
			their = append(their, path+" "+a.SHA256)
		}
	}
	slices.Sort(own)
	slices.Sort(their)
	if !slices.Equal(own, their) {
		t.Errorf("run %s: files\n%q, there\n%q", r.Name, own, their)
	}
	for _, made := range r.Made {
		folder := fmt.Sprintf("artifacts/%s/v%d/", made.Name, made.Version)
		if _, ok := e.Tags[fmt.Sprintf("made.%s.v%d", made.Name, made.Version)]; !ok || e.Artifacts[folder+"files/c.csv"].SHA256 == "" || e.Artifacts[folder+"artifact.json"].Size == 0 {
			t.Errorf("run %s: the artifact %s is not there", r.Name, made)
		}
	}
	for _, path := range []string{"environment.json", "values/params/long.txt", "values/others/long.txt"} {
		if e.Artifacts[path].Size == 0 {
			t.Errorf("run %s has no %s", r.Name, path)
		}
	}
	if e.Artifacts["values/params/long.txt"].Size != 14000 {
		t.Errorf("run %s: the long parameter's file has %d bytes", r.Name, e.Artifacts["values/params/long.txt"].Size)
	}
}

// kinds of servers.
var kinds = map[string]mlflowserver.Options{
	"MLflow":      {Token: "t0ken"},
	"strings":     {Int64Strings: true, MaxPage: 700, KeepIdentical: true},
	"FastTrackML": {FileArtifacts: true, NoInputs: true, Proxy: mlflowserver.ProxyAbsent, BareUpdates: true, DeletedAbsent: true},
}

func TestSync(t *testing.T) {
	for name, o := range kinds {
		t.Run(name, func(t *testing.T) {
			server, _, target := serve(t, o, nil)
			s := tracktest.Open(t)
			r := rand.New(rand.NewPCG(1, 1))
			tracktest.End(t, tracktest.Log(t, s, r, "one", 2300, nil))
			second := tracktest.Log(t, s, r, "two", 2300, nil)
			if _, err := second.Use("clean:1"); err != nil {
				t.Fatal(err)
			}
			if _, err := track.Sync(t.Context(), s, target, nil); err != nil { // the second is running
				t.Fatal(err)
			}
			if runs := server.Runs(); len(runs) != 2 || runs[0].Status != "FINISHED" || runs[1].Status != "RUNNING" {
				t.Errorf("%d runs", len(runs))
			}
			tracktest.End(t, second)
			tracktest.End(t, tracktest.Log(t, s, r, "one", 2300, nil)) // replaces the first
			report, err := track.Sync(t.Context(), s, target, nil)
			if err != nil || report.Left != (track.Left{}) || report.Removed != 1 {
				t.Fatalf("%+v, %v", report, err)
			}
			equal(t, s, server, o.KeepIdentical)
			if report, err := track.Sync(t.Context(), s, target, nil); err != nil || report != (track.SyncReport{}) {
				t.Errorf("again: %+v, %v", report, err)
			}
			if v := server.Versions(); len(v) != 3 || v[0].Name != "K-Means" || !strings.HasSuffix(v[0].Source, "/models/K-Means") {
				t.Errorf("registry %+v", v)
			}
			if n := server.Requests()["POST runs/log-batch"]; n > 40 {
				t.Errorf("%d batches", n)
			}
		})
	}
}

// A run that goes on is running again, and what cannot be told is said.
func TestContinue(t *testing.T) {
	server, _, target := serve(t, mlflowserver.Options{}, nil)
	s := tracktest.Open(t)
	run, err := s.Start("run", nil)
	if err != nil {
		t.Fatal(err)
	}
	run.Param("k", 3)
	tracktest.End(t, run)
	if _, err := track.Sync(t.Context(), s, target, nil); err != nil {
		t.Fatal(err)
	}
	if run, err = s.Start("run", &track.RunOptions{Continue: true}); err != nil {
		t.Fatal(err)
	}
	run.Param("k", 4)
	run.Param("j", 5)
	time.Sleep(1100 * time.Millisecond) // it is on disk
	_, err = track.Sync(t.Context(), s, target, nil)
	if !errors.Is(err, track.ErrRefused) || !strings.Contains(err.Error(), `param "k"`) || !strings.Contains(err.Error(), "INVALID_PARAMETER_VALUE") {
		t.Errorf("a second value: %v", err)
	}
	if r := server.Runs()[0]; r.Status != "RUNNING" || r.Params["j"] != "5" || r.Params["k"] != "3" {
		t.Errorf("%+v", r)
	}
	tracktest.End(t, run)
	if _, err := track.Sync(t.Context(), s, target, nil); err != nil || server.Runs()[0].Status != "FINISHED" {
		t.Errorf("%+v, %v", server.Runs()[0], err)
	}
}

// Whatever the network does, in the end the server has everything once.
func TestFaults(t *testing.T) {
	rounds := 100
	if testing.Short() {
		rounds = 10
	}
	names := []string{"FastTrackML", "MLflow", "strings"}
	for seed := range uint64(rounds) {
		r := rand.New(rand.NewPCG(seed, 3))
		o := kinds[names[seed%3]]
		server, handler, target := serve(t, o, tracktest.Faults(seed))
		s := tracktest.Open(t)
		tries := tracktest.Through(t, s, target, r, 2300, nil)
		handler.SetPlan(nil)
		equal(t, s, server, o.KeepIdentical)
		if t.Failed() {
			t.Fatalf("seed %d, after %d tries", seed, tries)
		}
	}
}
