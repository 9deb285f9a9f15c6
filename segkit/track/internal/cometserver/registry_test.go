package cometserver_test

import (
	"archive/zip"
	"strings"
	"testing"

	"example.com/marketing/segkit/track/internal/cometserver"
)

func (c *client) element(key, model, name, content string) {
	c.t.Helper()
	c.upload(content, []string{"metadata", "{}"}, "experimentKey", key, "type", "model-element", "groupingName", model, "fileName", name,
		"extension", "bin", "overwrite", "false").ok()
}

// The flow of §8: files form a model, the model gets a name in the registry, then versions and stages.
func TestRegistry(t *testing.T) {
	c := serve(t, cometserver.Options{})
	key := c.create()
	c.element(key, "k-means", "centres.npy", "1")
	c.element(key, "k-means", "scaler.json", "22")
	c.element(key, "other", "x", "333")
	models := c.get("/experiment/model", "experimentKey", key).ok().all("models")
	equal(t, "models", []any{len(models), models[0]["modelName"], models[0]["experimentKey"], models[0]["registryRecords"]},
		[]any{2, "k-means", key, []any{}})
	model := models[0]["experimentModelId"].(string)

	first := object{"experimentModelId": model, "registryModelName": "k-means", "description": "d", "isPublic": false, "version": "1.0.0",
		"comment": "c", "stages": []string{"staging"}}
	item := object{"experimentModelId": model, "registryModelName": "k-means"}
	c.post("/write/registry-model/item", item).fails(400, 42008)
	r := c.post("/write/registry-model", first).ok()
	c.post("/write/registry-model", first).fails(400, 0)
	second := c.post("/write/registry-model/item", item).ok()
	equal(t, "one model", second.str("registryModelId"), r.str("registryModelId"))
	item["version"] = "2.0.0"
	c.post("/write/registry-model/item", item).fails(400, 0)
	item["experimentModelId"] = "none"
	c.post("/write/registry-model/item", item).fails(400, 42006)

	where := []string{"workspaceName", "tester", "modelName", "k-means"}
	stage := c.get("/write/registry-model/item/stage", "modelItemId", second.str("registryModelItemId"), "stage", "production").ok()
	equal(t, "stage", stage.text, "Saved")
	c.post("/write/registry-model/item/update", object{"registryModelItemId": second.str("registryModelItemId"), "comment": "better"}).ok()
	c.post("/write/registry-model/item/update", object{"registryModelItemId": "none"}).fails(400, 42006)
	c.post("/write/registry-model/update", object{"registryModelId": r.str("registryModelId"), "isPublic": true}).ok()
	c.post("/write/registry-model/update", object{"registryModelId": "none"}).fails(400, 42006)
	c.post("/write/registry-model/notes", object{"workspaceName": "tester", "registryModelName": "k-means", "notes": "n"}).ok()
	equal(t, "notes", c.get("/registry-model/notes", where...).ok().object, object{"notes": "n"})
	equal(t, "count", c.get("/registry-model/count", "workspaceName", "tester").ok().object, object{"registryModelCount": 1})
	one := c.get("/registry-model", "workspaceName", "tester").ok().all("registryModels")[0]
	equal(t, "list", []any{one["modelName"], one["numberOfVersions"], one["isPublic"], one["latestVersion"].(object)["version"]}, []any{"k-means", 2, true, "2.0.0"})
	versions := c.get("/registry-model/details", where...).ok().all("versions")
	equal(t, "details", []any{len(versions), versions[0]["stages"], len(versions[0]["assets"].([]any)), versions[1]["stages"], versions[1]["comment"]},
		[]any{2, []string{"staging"}, 2, []string{"production"}, "better"})
	models = c.get("/experiment/model", "experimentKey", key).ok().all("models")
	equal(t, "records", len(models[0]["registryRecords"].([]any)), 2)
	for _, r := range []reply{
		c.get("/registry-model/item/download", append(where, "stage", "staging")...),
		c.get("/registry-model/item/download", append(where, "version", "2.0.0")...),
		c.get("/registry-model/item/download", where...),
		c.get("/experiment/model/download", "experimentKey", key, "modelName", "k-means"),
	} {
		z, err := zip.NewReader(strings.NewReader(r.ok().text), int64(len(r.text)))
		if err != nil || len(z.File) != 2 || z.File[1].Name != "scaler.json" {
			t.Errorf("zip: %v", err)
		}
	}
	c.get("/registry-model/item/download", append(where, "version", "9.0.0")...).fails(400, 42008)
	c.get("/experiment/model/download", "experimentKey", key, "modelName", "none").fails(400, 0)

	m := c.Registry()[0]
	equal(t, "snapshot", []any{m.Name, m.Notes, m.Public, m.Versions[0].Comment, m.Versions[1].Model, m.Versions[1].Experiment, m.Versions[0].Assets[1].Size},
		[]any{"k-means", "n", true, "c", "k-means", key, 2})
	c.get("/write/registry-model/item/delete", "modelItemId", second.str("registryModelItemId")).ok()
	equal(t, "versions left", len(c.Registry()[0].Versions), 1)
	equal(t, "delete", c.get("/write/registry-model/delete", where...).ok().text, "Deleted")
	equal(t, "models left", len(c.Registry()), 0)
	c.clean()
}
