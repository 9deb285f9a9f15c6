package cometserver_test

import (
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"example.com/marketing/segkit/track/internal/cometserver"
)

// With VisibleAfter, writes know at once what was written, snapshots too, and reads later.
func TestVisibleAfter(t *testing.T) {
	now := time.UnixMilli(1_760_000_000_000)
	c := serve(t, cometserver.Options{Now: func() time.Time { return now }, VisibleAfter: 5 * time.Second})
	key := c.create()
	c.get("/experiment/metadata", "experimentKey", key).fails(400, 90211)
	c.post("/write/experiment/tags", object{"experimentKey": key, "addedTags": []string{"a"}}).ok()
	equal(t, "snapshot", c.Experiments()[0].Tags, []string{"a"})
	now = now.Add(4 * time.Second)
	c.upload("old", nil, "experimentKey", key, "fileName", "x", "type", "asset").ok()
	now = now.Add(time.Second)
	equal(t, "tags", c.get("/experiment/tags", "experimentKey", key).ok().object["tags"], []string{"a"})
	equal(t, "assets", len(c.get("/experiment/asset/list", "experimentKey", key).ok().all("assets")), 0)
	now = now.Add(4 * time.Second)
	c.upload("new!", nil, "experimentKey", key, "fileName", "x", "type", "asset", "overwrite", "true").ok()
	// The old one is shown, and can still be read, until the new one is visible.
	for _, want := range []string{"old", "new!"} {
		a := c.get("/experiment/asset/list", "experimentKey", key).ok().all("assets")
		get := c.get("/experiment/asset/get-asset", "experimentKey", key, "assetId", a[0]["assetId"].(string)).ok()
		equal(t, "content", []any{len(a), get.text}, []any{1, want})
		now = now.Add(5 * time.Second)
	}

	// A version's creator sees it at once, as the clients go on with it; others when it is closed and visible.
	up := c.version(key, "OPEN", nil)
	id := up.str("artifactVersionId")
	c.get("/artifacts/version", "artifactId", up.str("artifactId"), "versionId", id, "experimentKey", key).ok()
	c.get("/artifacts/version", "artifactName", "data").fails(400, 624522)
	c.state(key, id, "CLOSED").ok()
	c.state(key, id, "CLOSED").fails(400, 90401)
	now = now.Add(5 * time.Second)
	c.get("/artifacts/version", "artifactName", "data", "consumerExperimentKey", key).ok()
	equal(t, "consumers", c.Artifacts()[0].Versions[0].Consumers, []string{key})
	c.get("/write/experiment/delete", "experimentKey", key).ok()
	c.get("/experiment/metadata", "experimentKey", key).ok()
	now = now.Add(5 * time.Second)
	c.get("/experiment/metadata", "experimentKey", key).fails(400, 90211)
	c.clean()
}

// Snapshots are copies: what a test does to one changes nothing.
func TestSnapshotsAreCopies(t *testing.T) {
	c := serve(t, cometserver.Options{})
	key := c.create()
	c.post("/write/experiment/metric", object{"experimentKey": key, "metricName": "m", "metricValue": 1}).ok()
	c.post("/write/experiment/tags", object{"experimentKey": key, "addedTags": []string{"a"}}).ok()
	c.version(key, "CLOSED", nil)
	e, a := c.Experiments(), c.Artifacts()
	e[0].Metrics["m"][0].Value, e[0].Tags[0], e[0].Params["x"], e[0].Assets[0].Name = "2", "b", "y", "z"
	a[0].Versions[0].Aliases[0] = "b"
	e2, a2 := c.Experiments(), c.Artifacts()
	if reflect.DeepEqual(e, e2) || reflect.DeepEqual(a, a2) {
		t.Error("a snapshot is no copy")
	}
	equal(t, "unchanged", []any{e2[0].Metrics["m"][0].Value, e2[0].Tags[0], e2[0].Assets[0].Name, a2[0].Versions[0].Aliases[0]},
		[]any{"1.0", "a", "f/a.csv", "Latest"})
}

// Many writers at once lose nothing.
func TestConcurrentWrites(t *testing.T) {
	c := serve(t, cometserver.Options{VisibleAfter: time.Millisecond})
	key := c.create()
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 25 {
				c.post("/write/experiment/metric", object{"experimentKey": key, "metricName": fmt.Sprint("m", w), "metricValue": i, "step": i})
				c.upload("x", nil, "experimentKey", key, "fileName", fmt.Sprint(w, "/", i), "type", "asset")
				c.get("/experiment/asset/list", "experimentKey", key)
				c.Experiments()
			}
		})
	}
	wg.Wait()
	e := c.Experiments()[0]
	equal(t, "assets", len(e.Assets), 100)
	for name, series := range e.Metrics {
		for i, p := range series {
			if len(series) != 25 || *p.Step != int64(i) {
				t.Fatalf("%s: %d values, step %d at %d", name, len(series), *p.Step, i)
			}
		}
	}
	c.clean()
}

func TestNewPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a server without a folder")
		}
	}()
	cometserver.New(cometserver.Options{})
}
