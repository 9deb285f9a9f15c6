package segkit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/dataset"
	"example.com/marketing/segkit/kmeans"
	"example.com/marketing/segkit/track"
	"example.com/marketing/segkit/validity"
)

// Options says how FindClusters works. The zero value and nil are the defaults, with seed 0.
type Options struct {
	K        []int // numbers of clusters; default 3, 4, 5
	Restarts int   // starting points for each k; default 100
	Seed     uint64
	Progress func(done, total int) // called after each restart; calls do not overlap
}

// Result is one clustering that FindClusters found.
type Result struct {
	Space      string
	K          int
	Model      *kmeans.Model
	Silhouette validity.Silhouette // in the space that was clustered
}

// What FindClusters tracks of each k, and Results reads back.
const (
	experimentTag = "find-clusters"
	modelFile     = "kmeans.json"
	tableFile     = "customers.csv"
	clusterColumn = "cluster"
)

// FindClusters is the tutorial's experiment: it runs k-means on x, n×q, for each k, and scores the results by their
// silhouette. Row i of x stands for row i of customers, in whatever space x is: all features, components, a learned code.
//
// For each k a run called space-kK, such as full-k3, is tracked in the store: the parameters, the silhouette, the inertia,
// the sizes, the model, and the customers' table with a column "cluster", joined by row. The newest version of each artifact
// whose metadata say that it is of these data, as {"data": customers.Fingerprint()}, counts as used. Nothing is tracked before all is
// computed: after an error or a cancellation in that, earlier runs of those names are as they were. Where only the tracking
// failed, the results are returned beside the error. A nil store tracks nothing.
//
// A k below 2, a space that gives no name for a run, and a table that has a column "cluster" already, are errors. It panics
// with mat.ErrShape if x has not as many rows as customers. The cost is that of Restarts fits for each k, and of one pass over
// all n²/2 distances.
func FindClusters(ctx context.Context, store *track.Store, space string, customers *dataset.Table, x mat.Matrix, o *Options) ([]Result, error) {
	var opts Options
	if o != nil {
		opts = *o
	}
	if opts.K == nil {
		opts.K = []int{3, 4, 5}
	}
	opts.Restarts = cmp.Or(opts.Restarts, 100)
	n, _ := customers.Dims()
	if rows, _ := x.Dims(); rows != n {
		panic(mat.ErrShape)
	}

	if i := slices.IndexFunc(opts.K, func(k int) bool { return k < 2 }); i >= 0 {
		return nil, fmt.Errorf("segkit: %d clusters have no silhouette; at least 2 are needed", opts.K[i])
	}
	if store != nil {
		for _, k := range opts.K {
			if err := track.CheckName(runName(space, k)); err != nil {
				return nil, fmt.Errorf("segkit: the space %q: %w", space, err)
			}
		}
	}
	if customers.Index(clusterColumn) >= 0 || customers.IDName == clusterColumn {
		return nil, fmt.Errorf("segkit: the customers' table has a column %q already; leave it out with Select", clusterColumn)
	}

	results := make([]Result, len(opts.K))
	labelings := make([][]int, len(opts.K))
	for i, k := range opts.K {
		fit := &kmeans.Options{Restarts: opts.Restarts, Seed: opts.Seed}
		if opts.Progress != nil {
			fit.OnRestart = func(r kmeans.Restart) { opts.Progress(i*r.Total+r.Done, len(opts.K)*r.Total) }
		}
		model, err := kmeans.Fit(ctx, x, k, fit)
		if err != nil {
			return nil, fmt.Errorf("segkit: %d clusters in the space %q: %w", k, space, err)
		}
		results[i] = Result{Space: space, K: k, Model: model}
		labelings[i] = model.Labels
	}
	silhouettes, err := validity.Silhouettes(ctx, x, labelings...)
	if err != nil {
		return nil, fmt.Errorf("segkit: clusters in the space %q: %w", space, err)
	}
	for i, s := range silhouettes {
		results[i].Silhouette = s
	}
	if err := trackResults(store, customers, x, results, &opts); err != nil {
		return results, fmt.Errorf("segkit: tracking the space %q: %w", space, err)
	}
	return results, nil
}

func runName(space string, k int) string { return fmt.Sprintf("%s-k%d", space, k) }

// trackResults writes all runs before it ends the first one.
func trackResults(store *track.Store, customers *dataset.Table, x mat.Matrix, results []Result, o *Options) (err error) {
	var runs []*track.Run
	defer func() {
		for _, run := range runs {
			err = errors.Join(err, run.Abandon()) // does nothing for a run that has ended
		}
	}()
	artifacts, err := madeOf(store, customers.Fingerprint())
	if err != nil {
		return err
	}
	n, q := x.Dims()
	for _, r := range results {
		run, err := store.Start(runName(r.Space, r.K), nil)
		if err != nil {
			return err
		}
		runs = append(runs, run)
		run.Tag(experimentTag, r.Space)
		run.Param("space", r.Space)
		run.Param("k", r.K)
		run.Param("restarts", o.Restarts)
		run.Param("seed", o.Seed)
		run.Param("rows", n)
		run.Param("columns", q)
		run.Param("data", customers.Fingerprint())
		run.Dataset("customers", customers.Fingerprint(), n, len(customers.Names))
		run.Param("id", customers.IDName)
		for _, a := range artifacts {
			if _, err := run.Use(a); err != nil {
				return err
			}
		}
		run.Metric("silhouette", r.Silhouette.Score, 0)
		run.Metric("inertia", r.Model.Inertia, 0)
		for c, size := range r.Model.Sizes {
			run.Metric("size", float64(size), c)
		}
		run.Model("kmeans", modelFile, r.Model)
		run.Table(tableFile, customers.WithColumn(clusterColumn, floats(r.Model.Labels)).WriteCSV)
		if err := run.Err(); err != nil {
			return err
		}
	}
	for _, run := range runs {
		if err := run.End(); err != nil {
			return err
		}
	}
	return nil
}

// madeOf returns the newest version of each artifact of some data.
func madeOf(store *track.Store, fingerprint string) ([]string, error) {
	versions, err := store.Artifacts()
	newest := map[string]string{}
	for _, a := range versions { // by name and version
		if a.Metadata["data"] == fingerprint {
			newest[a.Name] = fmt.Sprintf("%s:%d", a.Name, a.Version)
		}
	}
	return slices.Sorted(maps.Values(newest)), err
}

func floats(labels []int) []float64 {
	values := make([]float64, len(labels))
	for i, c := range labels {
		values[i] = float64(c)
	}
	return values
}

// Best returns the result with the highest silhouette; of equal ones the one with fewer clusters, and then the first. It
// panics if there is none. Silhouettes of different spaces are measured with different rulers: notebook 06 says more.
func Best(results []Tracked) Tracked {
	return slices.MinFunc(results, func(a, b Tracked) int {
		return cmp.Or(cmp.Compare(b.Silhouette, a.Silhouette), cmp.Compare(a.K, b.K))
	})
}

// Tracked is a result of FindClusters as the store kept it.
type Tracked struct {
	Space      string
	K          int
	Silhouette float64 // in its own space
	Inertia    float64
	Sizes      []int
	Labels     []int // of the customers, in the order of their table
}

// ErrNoResults is wrapped by the error of Results about a space without results.
var ErrNoResults = errors.New("no results")

// Results returns what FindClusters found, in this or in any earlier program, on the customers whose table has the given
// fingerprint: space by space in the order that is asked for, all spaces by name where none is, and by k within a space. A
// space without results on these data is an error that wraps ErrNoResults and says what to run first.
func Results(store *track.Store, fingerprint string, spaces ...string) ([]Tracked, error) {
	records, err := store.Runs()
	if err != nil {
		return nil, err
	}
	bySpace := map[string][]Tracked{}
	var found []string
	for _, record := range records {
		if record.State != track.Ended || !slices.Contains(record.Tags, experimentTag) || record.Params["data"] != fingerprint {
			continue
		}
		t, err := fromRecord(record)
		if err != nil {
			return nil, err
		}
		if bySpace[t.Space] == nil {
			found = append(found, t.Space)
		}
		bySpace[t.Space] = append(bySpace[t.Space], t)
	}
	if len(spaces) == 0 {
		spaces = found
	}
	var results []Tracked
	for _, space := range spaces {
		if bySpace[space] == nil {
			return nil, fmt.Errorf("segkit: %w in the space %q on these data; run %s first", ErrNoResults, space, source(space))
		}
		slices.SortFunc(bySpace[space], func(a, b Tracked) int { return cmp.Compare(a.K, b.K) })
		results = append(results, bySpace[space]...)
	}
	return results, nil
}

// source says where the tutorial's results come from.
func source(space string) string {
	switch space {
	case "full":
		return "notebook 03"
	case "pca":
		return "notebook 04"
	case "autoencoder":
		return "notebook 05"
	}
	return "FindClusters on it"
}

func fromRecord(record *track.Record) (Tracked, error) {
	refuse := func(err error) (Tracked, error) {
		return Tracked{}, fmt.Errorf("segkit: the run %s cannot be read: %w", record.Name, err)
	}
	space, _ := record.Params["space"].(string)
	k, _ := record.Params["k"].(float64) // as JSON gives it back
	silhouette, ok1 := record.Last("silhouette")
	inertia, ok2 := record.Last("inertia")
	if space == "" || k < 1 || !ok1 || !ok2 {
		return refuse(errors.New("it lacks a parameter or a metric"))
	}
	t := Tracked{Space: space, K: int(k), Silhouette: silhouette, Inertia: inertia}
	sizes, err := record.Points("size")
	if err != nil {
		return refuse(err)
	}
	for _, p := range sizes {
		t.Sizes = append(t.Sizes, int(p.Value))
	}
	f, err := record.Open(track.Table, tableFile)
	if err != nil {
		return refuse(err)
	}
	defer f.Close()
	id, _ := record.Params["id"].(string)
	table, _, err := dataset.Read(f, &dataset.ReadOptions{ID: id})
	if err != nil {
		return refuse(err)
	}
	if table.Index(clusterColumn) < 0 {
		return refuse(fmt.Errorf("its table has no column %q", clusterColumn))
	}
	for _, v := range table.Column(clusterColumn) {
		t.Labels = append(t.Labels, int(v))
	}
	return t, nil
}
