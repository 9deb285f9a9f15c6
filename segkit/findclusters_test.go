package segkit

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/dataset"
	"example.com/marketing/segkit/kmeans"
	"example.com/marketing/segkit/track"
)

// clouds are 90 customers in three clouds, far apart: customer i belongs to cloud i mod 3.
func clouds(seed uint64) *dataset.Table {
	random := rand.New(rand.NewPCG(seed, 0))
	t := &dataset.Table{IDName: "CUST_ID", Names: []string{"A", "B"}, X: mat.NewDense(90, 2, nil)}
	for i := range 90 {
		t.IDs = append(t.IDs, fmt.Sprintf("C%02d", i))
		t.X.SetRow(i, []float64{float64(100*(i%3)) + random.NormFloat64(), random.NormFloat64()})
	}
	return t
}

func store(t *testing.T) *track.Store {
	t.Helper()
	s, err := track.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFindClustersTracksByRow(t *testing.T) {
	customers, s := clouds(1), store(t)
	steps := 0
	results, err := FindClusters(t.Context(), s, "full", customers, customers.X, &Options{
		Restarts: 5, Seed: 42, Progress: func(done, total int) {
			if steps++; done != steps || total != 15 {
				t.Errorf("step %d: %d of %d", steps, done, total)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(results) != 3 || results[0].K != 3 || results[0].Silhouette.Score < 0.95 || steps != 15 {
		t.Fatalf("%d results after %d steps: %+v", len(results), steps, results[0].Silhouette.Score)
	}
	record, err := s.Load("full-k3")
	if err != nil {
		t.Fatal(err)
	}
	f, err := record.Open(track.Table, "customers.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table, _, err := dataset.Read(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	cluster := table.Column("cluster")
	for i, id := range table.IDs {
		if id != customers.IDs[i] || table.X.At(i, 0) != customers.X.At(i, 0) {
			t.Fatalf("row %d is %s", i, id)
		}
		// Customers of one cloud are in one cluster, and customer i's cluster stands in customer i's row.
		if cluster[i] != cluster[i%3] || int(cluster[i]) != results[0].Model.Labels[i] {
			t.Errorf("%s is in cluster %v, %s of its cloud in %v", id, cluster[i], table.IDs[i%3], cluster[i%3])
		}
	}
	m, err := record.Open(track.Model, "kmeans/kmeans.json")
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	model, err := kmeans.Read(m)
	if err != nil {
		t.Fatal(err)
	}
	if labels, err := model.Predict(customers.X); err != nil || !slices.Equal(labels, results[0].Model.Labels) {
		t.Errorf("the stored model labels differently: %v", err)
	}
}

// What the customers were made by counts as used: the newest version that is of them.
func TestFindClustersUsesArtifacts(t *testing.T) {
	customers, s := clouds(1), store(t)
	run, err := s.Start("clean", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, note := range []string{"one", "two"} {
		run.Artifact(track.Artifact{Name: "customers", Note: note, Metadata: map[string]any{"data": customers.Fingerprint()}}, track.Content{Name: "c.csv", Write: customers.WriteCSV})
	}
	run.Artifact(track.Artifact{Name: "others", Metadata: map[string]any{"data": "other"}}, track.Content{Name: "c.csv", Write: customers.WriteCSV})
	if err := run.End(); err != nil {
		t.Fatal(err)
	}
	if _, err := FindClusters(t.Context(), s, "full", customers, customers.X, &Options{K: []int{3}, Restarts: 1}); err != nil {
		t.Fatal(err)
	}
	if r, err := s.Load("full-k3"); err != nil || !slices.Equal(r.Used, []track.ArtifactRef{{Name: "customers", Version: 2}}) {
		t.Errorf("used %v, %v", r.Used, err)
	}
}

// Hours of fitting are not lost to a store that cannot be written.
func TestFindClustersKeepsResults(t *testing.T) {
	dir := t.TempDir()
	s, err := track.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "full-k4"), nil, 0o644); err != nil { // where a folder should be
		t.Fatal(err)
	}
	customers := clouds(1)
	results, err := FindClusters(t.Context(), s, "full", customers, customers.X, &Options{Restarts: 1})
	if err == nil || len(results) != 3 || results[2].Model == nil {
		t.Errorf("%d results, %v", len(results), err)
	}
	if _, err := s.Load("full-k3"); !errors.Is(err, track.ErrNoRun) {
		t.Errorf("a run was left: %v", err)
	}
}

func TestResultsReadBack(t *testing.T) {
	customers, s := clouds(1), store(t)
	found, err := FindClusters(t.Context(), s, "full", customers, customers.X, &Options{Restarts: 3})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := FindClusters(t.Context(), s, "pca", customers, customers.X.ColView(0), &Options{K: []int{4, 3}, Restarts: 3}); err != nil {
		t.Fatal(err)
	}
	got, err := Results(s, customers.Fingerprint(), "full", "pca")
	if err != nil || len(got) != 5 {
		t.Fatalf("%d results, %v", len(got), err)
	}
	for i, r := range found {
		if g := got[i]; g.Space != "full" || g.K != r.K || g.Silhouette != r.Silhouette.Score || g.Inertia != r.Model.Inertia ||
			!slices.Equal(g.Labels, r.Model.Labels) || !slices.Equal(g.Sizes, r.Model.Sizes) {
			t.Errorf("result %d differs: %+v", i, g)
		}
	}
	if got[3].K != 3 || got[4].K != 4 {
		t.Errorf("not in the order of k: %d, %d", got[3].K, got[4].K)
	}
	if best := Best(got); best.K != 3 {
		t.Errorf("best has %d clusters", best.K)
	}
	if all, err := Results(s, customers.Fingerprint()); err != nil || len(all) != 5 {
		t.Errorf("%d results in all, %v", len(all), err)
	}
	if _, err := Results(s, customers.Fingerprint(), "full", "autoencoder"); !errors.Is(err, ErrNoResults) || !strings.Contains(err.Error(), "run notebook 05 first") {
		t.Errorf("a space without results: %v", err)
	}
	if _, err := Results(s, clouds(2).Fingerprint(), "full"); !errors.Is(err, ErrNoResults) {
		t.Errorf("other data: %v", err)
	}
}

// After a failure or a cancellation, the store is as it was.
func TestFindClustersTracksAllOrNothing(t *testing.T) {
	customers := clouds(1)
	dir := t.TempDir()
	s, err := track.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := FindClusters(t.Context(), s, "full", customers, customers.X, &Options{Restarts: 2}); err != nil {
		t.Fatal(err)
	}
	before, err := s.Load("full-k3")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err = FindClusters(ctx, s, "full", customers, customers.X, &Options{Restarts: 50, Progress: func(done, _ int) {
		if done == 60 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := FindClusters(t.Context(), s, "full", customers, customers.X, &Options{K: []int{3, 91}}); !errors.Is(err, kmeans.ErrTooFewRows) {
		t.Errorf("more clusters than customers: %v", err)
	}
	if _, err := FindClusters(t.Context(), s, "a/b", customers, customers.X, &Options{Restarts: 1}); !errors.Is(err, track.ErrName) {
		t.Errorf("a name with a slash: %v", err)
	}
	after, err := s.Load("full-k3")
	if err != nil || !after.Ended.Equal(before.Ended) {
		t.Errorf("the earlier run was replaced: %v", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 4 { // three runs, and the files
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

func TestFindClustersRefuses(t *testing.T) {
	customers := clouds(1)
	if _, err := FindClusters(t.Context(), nil, "full", customers, customers.X, &Options{K: []int{3, 1}}); err == nil || !strings.Contains(err.Error(), "at least 2") {
		t.Errorf("k = 1: %v", err)
	}
	labelled := customers.WithColumn("cluster", make([]float64, 90))
	if _, err := FindClusters(t.Context(), nil, "full", labelled, customers.X, nil); err == nil || !strings.Contains(err.Error(), `"cluster" already`) {
		t.Errorf("a labelled table: %v", err)
	}
}

func TestResultsOfAnyIDColumn(t *testing.T) {
	customers, s := clouds(1), store(t)
	customers.IDName = "key"
	if _, err := FindClusters(t.Context(), s, "full", customers, customers.X, &Options{Restarts: 1}); err != nil {
		t.Fatal(err)
	}
	if got, err := Results(s, customers.Fingerprint(), "full"); err != nil || len(got) != 3 {
		t.Errorf("%d results, %v", len(got), err)
	}
}

func TestFindClustersWithoutStore(t *testing.T) {
	customers := clouds(1)
	if results, err := FindClusters(t.Context(), nil, "full", customers, customers.X, &Options{Restarts: 1}); err != nil || len(results) != 3 {
		t.Errorf("%d results, %v", len(results), err)
	}
	defer func() {
		if recover() == nil {
			t.Error("too few rows did not panic")
		}
	}()
	FindClusters(t.Context(), nil, "full", customers, customers.X.Slice(0, 5, 0, 2), nil)
}
