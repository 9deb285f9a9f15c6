package mlflow

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"math/rand/v2"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/marketing/segkit/track"
	"example.com/marketing/segkit/track/internal/fasttrackml"
	"example.com/marketing/segkit/track/internal/faults"
	"example.com/marketing/segkit/track/internal/mlflowserver"
	"example.com/marketing/segkit/track/internal/tracktest"
)

// Against a server that somebody else wrote, over a network that fails, read back through its own API.
func TestFastTrackML(t *testing.T) {
	address := fasttrackml.Start(t)
	to, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	s := tracktest.Open(t)
	for seed := range uint64(5) {
		plan := faults.Random(seed, 0.1, 5,
			faults.Fault{Kind: faults.ServerError}, faults.Fault{Kind: faults.DropBefore}, faults.Fault{Kind: faults.DropAfter},
			faults.Fault{Kind: faults.Garbage}, faults.Fault{Kind: faults.Truncate}, faults.Fault{Kind: faults.TooMany},
		)
		handler := faults.Wrap(httputil.NewSingleHostReverseProxy(to), plan)
		web := httptest.NewServer(handler)
		target := target(t, &Config{TrackingURI: web.URL, Experiment: "cards"})
		r := rand.New(rand.NewPCG(seed, 4))
		tracktest.End(t, tracktest.Log(t, s, r, "one", 2300, nil))
		second := tracktest.Log(t, s, r, "two", 2300, nil)
		sync := func() {
			for try := 0; ; try++ {
				_, err := track.Sync(t.Context(), s, target, nil)
				if err == nil {
					return
				}
				if try == 50 {
					t.Fatal(err)
				}
			}
		}
		sync()
		tracktest.End(t, second)
		sync()
		runs := readBack(t, address)
		own, err := s.Runs()
		if err != nil {
			t.Fatal(err)
		}
		// Each turn has a port of its own, so it is a place of its own, where two runs are added.
		if len(runs) != 2*int(seed+1) {
			t.Errorf("turn %d: %d runs are there", seed, len(runs))
		}
		for _, r := range own {
			equalRun(t, r, runs[r.ID], false)
		}
		handler.Stop()
		web.Close()
	}
}

// readBack returns the runs of the experiment by the store's IDs.
func readBack(t *testing.T, address string) map[string]mlflowserver.Run {
	t.Helper()
	target := target(t, &Config{TrackingURI: address, Experiment: "cards"})
	id, err := target.experiment(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var found struct {
		Runs []struct {
			Info struct {
				ID     string `json:"run_id"`
				Name   string `json:"run_name"`
				Status string `json:"status"`
				Start  int64  `json:"start_time"`
				End    int64  `json:"end_time"`
				URI    string `json:"artifact_uri"`
			}
			Data struct {
				Params, Tags []pair
				Metrics      []struct{ Key string }
			}
		}
	}
	if err := target.post(t.Context(), "/runs/search", map[string]any{"experiment_ids": []string{id}, "max_results": 1000}, nil, &found); err != nil {
		t.Fatal(err)
	}
	runs := map[string]mlflowserver.Run{}
	for _, f := range found.Runs {
		r := mlflowserver.Run{
			ID: f.Info.ID, Name: f.Info.Name, Status: f.Info.Status, Start: f.Info.Start, End: f.Info.End,
			Params: pairs(f.Data.Params), Tags: pairs(f.Data.Tags), Metrics: map[string][]mlflowserver.Point{}, Artifacts: files(t, f.Info.URI),
		}
		for _, m := range f.Data.Metrics {
			points, err := target.points(t.Context(), f.Info.ID, m.Key)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range points {
				r.Metrics[m.Key] = append(r.Metrics[m.Key], mlflowserver.Point{Value: p.Value, Timestamp: p.At.UnixMilli(), Step: int64(p.Step)})
			}
		}
		runs[r.Tags[runTag]] = r
	}
	return runs
}

func pairs(list []pair) map[string]string {
	m := map[string]string{}
	for _, p := range list {
		m[p.Key] = p.Value
	}
	return m
}

// files reads the artifacts where the server keeps them.
func files(t *testing.T, uri string) map[string]mlflowserver.Artifact {
	t.Helper()
	root := strings.TrimPrefix(uri, "file://")
	m := map[string]mlflowserver.Artifact{}
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(b)
		m[filepath.ToSlash(name)] = mlflowserver.Artifact{Size: int64(len(b)), SHA256: hex.EncodeToString(sum[:])}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}
