package cometserver_test

import (
	"testing"

	"example.com/marketing/segkit/track/internal/cometserver"
)

// version makes an artifact version with a file and leaves it in a state.
func (c *client) version(key, state string, more object) reply {
	c.t.Helper()
	body := object{"experimentKey": key, "artifactName": "data", "artifactType": "dataset"}
	for name, v := range more {
		body[name] = v
	}
	up := c.post("/write/artifacts/upsert", body).ok()
	id := up.str("artifactVersionId")
	c.upload("content", []string{"metadata", `{"n":1}`}, "experimentKey", key, "artifactVersionId", id, "fileName", "f/a.csv", "type", "asset").ok()
	if state != "OPEN" {
		if r := c.state(key, id, state).ok(); r.text != "" {
			c.t.Errorf("body of state: %s", r.text)
		}
	}
	return up
}

func (c *client) state(key, id, state string) reply {
	c.t.Helper()
	return c.post("/write/artifacts/state", object{"experimentKey": key, "artifactVersionId": id, "state": state})
}

// The four steps of §7, and what a consumer sees before and after the last one.
func TestArtifact(t *testing.T) {
	c := serve(t, cometserver.Options{})
	key, other := c.create(), c.create()
	up := c.version(key, "OPEN", object{"versionMetadata": `{"seed": 1}`, "alias": []string{"best"}, "versionTags": []string{"clean"}, "isPublic": false})
	equal(t, "first", []any{up.object["currentVersion"], up.object["previousVersion"]}, []any{"1.0.0", nil})
	id, artifact := up.str("artifactVersionId"), up.str("artifactId")
	own := []string{"artifactId", artifact, "versionId", id, "experimentKey", key}
	v := c.get("/artifacts/version", own...).ok()
	equal(t, "open", []any{v.object["state"], v.object["alias"], v.object["artifactVersion"], v.object["metadata"], v.object["sizeInBytes"]},
		[]any{"OPEN", []string{"best"}, "1.0.0", `{"seed": 1}`, 7})
	byName := []string{"workspace", "tester", "artifactName", "data"}
	c.get("/artifacts/version", byName...).fails(400, 90402)
	c.get("/artifacts/version/files", "artifactId", artifact, "versionId", id).fails(400, 90402)
	c.state(key, id, "CLOSED").ok()
	c.state(key, id, "CLOSED").fails(400, 90401)
	c.upload("late", nil, "experimentKey", key, "artifactVersionId", id, "fileName", "b", "type", "asset").fails(400, 90401)

	v = c.get("/artifacts/version", append(byName, "versionOrAlias", "best", "experimentKey", other, "consumerExperimentKey", other)...).ok()
	equal(t, "closed", []any{v.object["state"], v.object["alias"], v.object["tags"], v.object["experimentKey"]},
		[]any{"CLOSED", []string{"best", "Latest"}, []string{"clean"}, key})
	of := v.object["artifact"].(object)
	equal(t, "artifact", []any{of["artifactId"], of["artifactName"], of["artifactType"], of["workspaceName"], of["version"], of["tags"]},
		[]any{artifact, "data", "dataset", "tester", "1.0.0", []string{}})
	f := c.get("/artifacts/version/files", append(byName, "alias", "Latest")...).ok().all("files")[0]
	equal(t, "file", []any{f["fileName"], f["fileSize"], f["type"], f["metadata"], f["artifactVersionId"]}, []any{"f/a.csv", 7, "unknown", `{"n":1}`, id})
	get := c.get("/experiment/asset/get-asset", "experimentKey", other, "assetId", f["assetId"].(string), "artifactVersionId", id).ok()
	equal(t, "content", get.text, "content")
	c.get("/write/experiment/asset/delete", "experimentKey", key, "assetId", f["assetId"].(string)).fails(400, 90401)

	a := c.Artifacts()
	if len(a) != 1 || len(a[0].Versions) != 1 {
		t.Fatalf("artifacts: %+v", a)
	}
	one := a[0].Versions[0]
	equal(t, "snapshot", []any{a[0].Name, one.State, one.Aliases, one.Tags, one.Metadata, one.Consumers, one.Files[0].Name, one.Experiment},
		[]any{"data", "CLOSED", []string{"best", "Latest"}, []string{"clean"}, `{"seed": 1}`, []string{other}, "f/a.csv", key})
	c.clean()
}

// Numbers count on from the highest; Latest and aliases move when a version is closed, and failed ones stay hidden.
func TestVersions(t *testing.T) {
	c := serve(t, cometserver.Options{})
	key, other := c.create(), c.create()
	c.version(key, "CLOSED", object{"version": "2.5.14", "alias": []string{"best"}})
	up := c.version(key, "CLOSED", object{"alias": []string{"best"}})
	equal(t, "next major", []any{up.object["currentVersion"], up.object["previousVersion"]}, []any{"3.0.0", "2.5.14"})
	c.post("/write/artifacts/upsert", object{"experimentKey": key, "artifactName": "data", "artifactType": "dataset", "version": "2.5.14"}).fails(400, 90399)
	failed := c.version(key, "ERROR", object{"alias": []string{"best"}})
	c.version(other, "CLOSED", object{"version": "2.6.0"})
	open := c.version(other, "OPEN", nil)
	equal(t, "after an error", open.object["currentVersion"], "5.0.0")
	var got []any
	for _, v := range c.Artifacts()[0].Versions {
		got = append(got, []any{v.Version, v.State, v.Aliases})
	}
	equal(t, "versions", got, []any{[]any{"2.5.14", "CLOSED", []string{}}, []any{"3.0.0", "CLOSED", []string{"best"}},
		[]any{"4.0.0", "ERROR", []string{"best"}}, []any{"2.6.0", "CLOSED", []string{"Latest"}}, []any{"5.0.0", "OPEN", nil}})
	read := func(query ...string) reply {
		return c.get("/artifacts/version", append(query, "artifactName", "data")...)
	}
	equal(t, "none named", read().ok().object["artifactVersion"], "2.6.0")
	equal(t, "best", read("alias", "best").ok().object["artifactVersion"], "3.0.0")
	equal(t, "number", read("version", "2.5.14").ok().object["artifactVersion"], "2.5.14")
	read("version", "4.0.0").fails(400, 90403)
	read("version", "5.0.0").fails(400, 90402)
	read("version", "9.0.0").fails(400, 624523)
	read("project", "q").fails(400, 624522)
	c.state(other, failed.str("artifactVersionId"), "CLOSED").fails(400, 0)
	c.state(key, failed.str("artifactVersionId"), "CLOSED").fails(400, 90401)
	c.state(key, "none", "CLOSED").fails(400, 624523)
	c.get("/experiment/asset/get-asset", "experimentKey", key, "assetId", "a", "artifactVersionId", open.str("artifactVersionId")).fails(400, 90402)
	c.clean()
}

// Labels replace what was there, Latest included, and a version without Latest is still the newest.
func TestLabels(t *testing.T) {
	c := serve(t, cometserver.Options{})
	up := c.version(c.create(), "CLOSED", object{"versionTags": []string{"a"}})
	id := up.str("artifactVersionId")
	c.post("/write/artifacts/version/labels", object{"artifactVersionId": id, "alias": []string{"best"}}).ok()
	c.post("/write/artifacts/version/labels", object{"artifactVersionId": id, "versionTags": []string{"b"}, "versionMetadata": "{}"}).ok()
	c.post("/write/artifacts/version/labels", object{"artifactVersionId": "none"}).fails(400, 624523)
	c.post("/write/artifacts/details", object{"artifactId": up.str("artifactId"), "artifactType": "model", "tags": []string{"t"}, "versionMetadata": `{"a":1}`}).ok()
	c.post("/write/artifacts/details", object{"artifactId": "none"}).fails(400, 624522)
	a := c.Artifacts()[0]
	equal(t, "labels", []any{a.Versions[0].Aliases, a.Versions[0].Tags, a.Versions[0].Metadata, a.Type, a.Tags, a.Metadata},
		[]any{[]string{"best"}, []string{"b"}, "{}", "model", []string{"t"}, `{"a":1}`})
	equal(t, "newest", c.get("/artifacts/version", "artifactName", "data").ok().object["alias"], []string{"best"})
	c.get("/artifacts/version", "artifactName", "data", "alias", "Latest").fails(400, 624523)
	c.clean()
}
