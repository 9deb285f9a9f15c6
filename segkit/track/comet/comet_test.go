package comet

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/marketing/segkit/track"
	"example.com/marketing/segkit/track/internal/cometserver"
	"example.com/marketing/segkit/track/internal/faults"
	"example.com/marketing/segkit/track/internal/tracktest"
)

// serve starts a double of Comet, and a target that sends to it with little patience.
func serve(t testing.TB, o cometserver.Options, plan faults.Plan) (*cometserver.Server, *faults.Handler, *Target) {
	t.Helper()
	o.Dir = t.TempDir()
	o.Workspace = "team"
	server := cometserver.New(o)
	handler, url := tracktest.Serve(t, server, plan)
	return server, handler, target(t, url, o)
}

func target(t testing.TB, url string, o cometserver.Options) *Target {
	t.Helper()
	quiet(t)
	target, err := New(t.Context(), &Config{APIKey: cometserver.DefaultKey, Workspace: "team", Project: "cards", URL: url, Register: []string{"K-Means"}, PerHour: 1e9})
	if err != nil {
		t.Fatal(err)
	}
	hurry(target, o.VisibleAfter)
	return target
}

func hurry(target *Target, visible time.Duration) {
	target.settle = max(10*time.Millisecond, 3*visible)
	target.client.Attempts, target.client.Pause, target.client.MaxPause = 5, time.Millisecond, 4*time.Millisecond
}

// quiet keeps the machine's own configuration out.
func quiet(t testing.TB) {
	t.Helper()
	for _, name := range []string{"COMET_API_KEY", "COMET_WORKSPACE", "COMET_PROJECT_NAME", "COMET_URL_OVERRIDE"} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", t.TempDir())
	t.Chdir(t.TempDir())
}

// equal compares what the server has with the store.
func equal(t testing.TB, s *track.Store, server *cometserver.Server) {
	t.Helper()
	if v := server.Violations(); len(v) > 0 {
		t.Errorf("violations of the contract: %q", v)
	}
	runs, err := s.Runs()
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]cometserver.Experiment{}
	for _, e := range server.Experiments() {
		if e.Archived {
			continue
		}
		if _, twice := there[e.Others["segkit run"]]; twice {
			t.Errorf("two experiments of the run %s", e.Name)
		}
		there[e.Others["segkit run"]] = e
	}
	if len(there) != len(runs) {
		t.Errorf("%d experiments for %d runs", len(there), len(runs))
	}
	for _, r := range runs {
		if e, ok := there[r.ID]; ok {
			equalRun(t, r, e)
		} else {
			t.Errorf("run %s is not there", r.Name)
		}
	}
	equalArtifacts(t, s, server)
}

func equalRun(t testing.TB, r *track.Record, e cometserver.Experiment) {
	t.Helper()
	params := map[string]string{}
	for name, v := range r.Params {
		params[name] = text(v)
	}
	if !reflect.DeepEqual(params, e.Params) {
		t.Errorf("run %s: parameters %v, there %v", r.Name, params, e.Params)
	}
	others := map[string]string{"Name": r.Name, "Created from": "segkit", "segkit run": r.ID, "segkit state": string(r.State)}
	for name, v := range r.Others {
		others[name] = text(v)
	}
	for _, d := range r.Datasets {
		others["dataset "+d.Name] = fmt.Sprintf(`{"columns":%d,"fingerprint":%q,"rows":%d}`, d.Columns, d.Fingerprint, d.Rows)
	}
	if !reflect.DeepEqual(others, e.Others) {
		t.Errorf("run %s: others %v, there %v", r.Name, others, e.Others)
	}
	if !slices.Equal(r.Tags, e.Tags) {
		t.Errorf("run %s: tags %q, there %q", r.Name, r.Tags, e.Tags)
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
			own = append(own, fmt.Sprint(p.Step, text(p.Value), p.At.UnixMilli()))
		}
		for _, p := range e.Metrics[name] {
			v, err := strconv.ParseFloat(p.Value, 64)
			if err != nil {
				t.Error(err)
			}
			their = append(their, fmt.Sprint(*p.Step, text(v), p.Timestamp))
		}
		slices.Sort(own)
		slices.Sort(their)
		if !slices.Equal(own, their) {
			t.Errorf("run %s: metric %s: %d points, there %d:\n%v\n%v", r.Name, name, len(own), len(their), own, their)
		}
	}
	if e.Start != r.Started.UnixMilli() || e.End != r.Ended.UnixMilli() {
		t.Errorf("run %s: from %d to %d, there %d to %d", r.Name, r.Started.UnixMilli(), r.Ended.UnixMilli(), e.Start, e.End)
	}
	if e.System["processor"] == "" || e.Workspace != "team" || e.Project != "cards" {
		t.Errorf("run %s: %+v in %s/%s", r.Name, e.System, e.Workspace, e.Project)
	}
	equalFiles(t, r, e)
}

func equalFiles(t testing.TB, r *track.Record, e cometserver.Experiment) {
	t.Helper()
	html, own, their := "", []string{}, []string{}
	for _, f := range r.Files {
		switch f.Kind {
		case track.HTML:
			file, err := r.Open(f.Kind, f.Path())
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(file)
			file.Close()
			if err != nil {
				t.Fatal(err)
			}
			html += string(b)
		case track.Table:
			kind := "dataframe"
			if strings.HasSuffix(f.Name, ".npy") {
				kind = "asset"
			}
			own = append(own, fmt.Sprint("tables/"+f.Name, kind, "", f.SHA256))
		case track.Text:
			own = append(own, fmt.Sprint("texts/"+f.Name, "asset", "", f.SHA256))
		case track.Figure:
			own = append(own, fmt.Sprint("figures/"+f.Name, "image", "", f.SHA256))
		case track.Model:
			own = append(own, fmt.Sprint("models/"+f.Path(), "model-element", f.Group, f.SHA256))
		}
	}
	for _, a := range e.Assets {
		if a.ArtifactVersion == "" {
			their = append(their, fmt.Sprint(a.Name, a.Type, a.Group, a.SHA256))
		}
	}
	slices.Sort(own)
	slices.Sort(their)
	if !slices.Equal(own, their) {
		t.Errorf("run %s: files\n%v, there\n%v", r.Name, own, their)
	}
	if e.HTML != html {
		t.Errorf("run %s: HTML %q, there %q", r.Name, html, e.HTML)
	}
}

// equalArtifacts compares closed versions: others nobody can read.
func equalArtifacts(t testing.TB, s *track.Store, server *cometserver.Server) {
	t.Helper()
	artifacts, err := s.Artifacts()
	if err != nil {
		t.Fatal(err)
	}
	own, their := []string{}, []string{}
	for _, a := range artifacts {
		files := []string{}
		for _, f := range a.Files {
			files = append(files, f.Name+f.SHA256)
		}
		slices.Sort(files)
		slices.Sort(a.Aliases)
		metadata, err := json.Marshal(a.Metadata)
		if err != nil {
			t.Fatal(err)
		}
		own = append(own, fmt.Sprint(a.Name, a.Version, a.Note, a.Aliases, files, string(metadata)))
	}
	for _, a := range server.Artifacts() {
		for _, v := range a.Versions {
			if v.State != "CLOSED" {
				continue
			}
			var about struct {
				Version  int `json:"segkit version"`
				Note     string
				Metadata json.RawMessage
			}
			if err := json.Unmarshal([]byte(v.Metadata), &about); err != nil {
				t.Fatal(err)
			}
			files, aliases := []string{}, []string{}
			for _, f := range v.Files {
				files = append(files, f.Name+f.SHA256)
			}
			for _, alias := range v.Aliases {
				if alias != "Latest" {
					aliases = append(aliases, alias)
				}
			}
			slices.Sort(files)
			slices.Sort(aliases)
			their = append(their, fmt.Sprint(a.Name, about.Version, about.Note, aliases, files, string(about.Metadata)))
		}
	}
	slices.Sort(own)
	slices.Sort(their)
	if !slices.Equal(own, their) {
		t.Errorf("artifacts\n%v, there\n%v", own, their)
	}
}

// What the contract leaves open is right both ways.
func TestSync(t *testing.T) {
	for name, o := range map[string]cometserver.Options{
		"plain": {},
		"all switches": {
			BadKey400: true, NormalizeMetrics: true, NewestFirst: true, KeepTagsTwice: true, UploadAssetID: true, ReplaceSameName: true,
			OverwriteInGroup: true, NextIfExists: true, CloseAgain: true, StateJSON: true, KeepFileType: true, HideArtifactFiles: true,
			LongModelName: true, LongPublic: true, OmitNull: true, ExtraFields: true, BeatMillis: -1, NeedProject: true,
		},
		"late reads": {VisibleAfter: 30 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			server, _, target := serve(t, o, nil)
			s := tracktest.Open(t)
			r := rand.New(rand.NewPCG(1, 1))
			tracktest.End(t, tracktest.Log(t, s, r, "one", 12, nil))
			second := tracktest.Log(t, s, r, "two", 12, nil)
			if _, err := second.Use("clean:1"); err != nil {
				t.Fatal(err)
			}
			if _, err := track.Sync(t.Context(), s, target, nil); err != nil { // the second is running
				t.Fatal(err)
			}
			if e := server.Experiments(); len(e) != 2 || e[1].Heartbeats != 1 || e[0].Heartbeats != 0 {
				t.Errorf("heartbeats %+v", e)
			}
			tracktest.End(t, second)
			tracktest.End(t, tracktest.Log(t, s, r, "one", 12, nil)) // replaces the first
			report, err := track.Sync(t.Context(), s, target, nil)
			if err != nil || report.Left != (track.Left{}) || report.Removed != 1 {
				t.Fatalf("%+v, %v", report, err)
			}
			equal(t, s, server)
			if report, err := track.Sync(t.Context(), s, target, nil); err != nil || report != (track.SyncReport{}) {
				t.Errorf("again: %+v, %v", report, err)
			}
			registry := server.Registry()
			if len(registry) != 1 || registry[0].Name != "k-means" || len(registry[0].Versions) != 3 || len(registry[0].Versions[0].Assets) != 2 {
				t.Errorf("registry %+v", registry)
			}
			used := server.Artifacts()[0].Versions[0].Consumers
			if len(used) != 1 {
				t.Errorf("used by %q", used)
			}
		})
	}
}

// Whatever the network does, in the end the server has everything once.
func TestFaults(t *testing.T) {
	rounds := 100
	if testing.Short() {
		rounds = 10
	}
	for seed := range uint64(rounds) {
		r := rand.New(rand.NewPCG(seed, 3))
		o := cometserver.Options{NormalizeMetrics: r.IntN(2) == 0, KeepTagsTwice: r.IntN(2) == 0, CloseAgain: r.IntN(2) == 0, OverwriteInGroup: r.IntN(2) == 0, LongModelName: r.IntN(2) == 0}
		server, handler, target := serve(t, o, tracktest.Faults(seed))
		s := tracktest.Open(t)
		tries := tracktest.Through(t, s, target, r, 12, &track.RunOptions{Continue: r.IntN(2) == 0})
		handler.SetPlan(nil)
		equal(t, s, server)
		if t.Failed() {
			t.Fatalf("seed %d, after %d tries", seed, tries)
		}
	}
}

// A large file is streamed: memory does not grow with it.
func TestLargeFile(t *testing.T) {
	server, _, target := serve(t, cometserver.Options{}, nil)
	size := tracktest.Streamed(t, target)
	if a := server.Artifacts()[0].Versions[0]; a.State != "CLOSED" || a.Files[0].Size != size {
		t.Errorf("%+v is there", a)
	}
}

// A page that is logged again, after it was sent, takes its place.
func TestPageAgain(t *testing.T) {
	server, _, target := serve(t, cometserver.Options{}, nil)
	s := tracktest.Open(t)
	for i, name := range []string{"one.html", "two.html", "one.html"} {
		run, err := s.Start("run", &track.RunOptions{Continue: true})
		if err != nil {
			t.Fatal(err)
		}
		run.HTML(name, tracktest.Content(fmt.Sprint(i)))
		tracktest.End(t, run)
		if _, err := track.Sync(t.Context(), s, target, nil); err != nil {
			t.Fatal(err)
		}
		equal(t, s, server)
	}
}
