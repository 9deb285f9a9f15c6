package cometserver_test

import (
	"archive/zip"
	"bytes"
	"io"
	"mime/multipart"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.com/marketing/segkit/track/internal/cometserver"
)

// An experiment from its creation to its end (§3).
func TestLife(t *testing.T) {
	now := time.UnixMilli(1_760_000_000_000)
	c := serve(t, cometserver.Options{Now: func() time.Time { return now }, Workspaces: []string{"other"}})
	status, text, _ := c.send("GET", "/api/isAlive/ver", nil, "Authorization", "")
	if status != 200 || text != `{"version":"3.3.11"}` {
		t.Errorf("version: %d %s", status, text)
	}
	r := c.post("/write/experiment/create", object{"workspaceName": nil, "projectName": nil, "type": "LLM"}).ok()
	key := r.str("experimentKey")
	if !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(key) || r.str("link") != c.url+"/tester/general/"+key || r.str("name") == "" {
		t.Errorf("created %s", r.text)
	}
	meta := func() object { return c.get("/experiment/metadata", "experimentKey", key).ok().object }
	m := meta()
	equal(t, "fresh", []any{m["running"], m["archived"], m["startTimeMillis"], m["endTimeMillis"], m["optimizationId"]},
		[]any{false, false, 1_760_000_000_000, 1_760_000_000_000, nil})
	v := c.get("/experiment/log-other", "experimentKey", key).ok().all("values")
	if len(v) != 1 || v[0]["name"] != "Name" || v[0]["valueCurrent"] != r.str("name") {
		t.Errorf("others of a fresh experiment: %v", v)
	}
	c.post("/write/experiment/log-other", object{"experimentKey": key, "key": "Name", "value": "renamed"}).ok()
	beat := c.get("/write/experiment/set-status", "experimentKey", key).ok()
	equal(t, "beat", beat.object, object{"isAliveBeatDurationMillis": 10000, "gpuMonitorIntervalMillis": 60000, "cpuMonitorIntervalMillis": 68000})
	if m := meta(); m["running"] != true || m["experimentName"] != "renamed" {
		t.Errorf("after a beat: %v", m)
	}
	now = now.Add(time.Minute)
	c.post("/write/experiment/set-start-end-time", object{"experimentKey": key, "endTimeMillis": 1_760_000_005_000}).ok()
	if m := meta(); m["running"] != false || m["durationMillis"] != 5000.0 {
		t.Errorf("after the end: %v", m)
	}
	project := c.get("/projects", "workspaceName", "tester").ok().all("projects")
	list := func(archived string) (keys []any) {
		for _, e := range c.get("/experiments", "projectId", project[0]["projectId"].(string), "archived", archived).ok().all("experiments") {
			keys = append(keys, e["experimentKey"])
		}
		return keys
	}
	equal(t, "not archived", list("FALSE"), []any{key})
	equal(t, "archive", c.get("/write/experiment/archive", "experimentKey", key).ok().object, object{"msg": "Archived"})
	equal(t, "archived", [][]any{list("false"), list("True")}, [][]any{nil, {key}})
	c.get("/write/experiment/restore", "experimentKey", key).ok()
	c.get("/write/experiment/stop", "experimentKey", key).ok()
	link := c.get("/write/project/symlink", "experimentKey", key, "projectName", "linked").ok().str("link")
	equal(t, "link", link, c.url+"/tester/linked/"+key)
	equal(t, "linked", len(c.get("/experiments", "workspaceName", "tester", "projectName", "linked").ok().all("experiments")), 1)
	c.post("/write/experiment/move", object{"targetWorkspaceName": "other", "targetProjectName": "q", "experimentKeys": []string{key}, "symlink": false}).ok()
	e := c.Experiments()[0]
	equal(t, "snapshot", []any{e.Workspace, e.Project, e.Name, e.Heartbeats, e.Stopped, e.Archived}, []any{"other", "q", "renamed", 1, true, false})
	c.get("/write/experiment/delete", "experimentKey", key).ok()
	c.get("/experiment/metadata", "experimentKey", key).fails(400, 90211)
	equal(t, "deleted", len(c.Experiments()), 0)
	c.clean()
}

func TestProjects(t *testing.T) {
	c := serve(t, cometserver.Options{Workspaces: []string{"other"}})
	p := object{"workspaceName": "other", "projectName": "new", "projectDescription": "d", "isPublic": true}
	id := c.post("/write/project/create", p).ok().str("projectId")
	c.post("/write/project/create", p).fails(400, 0)
	got := c.get("/projects", "workspaceName", "other").ok().all("projects")[0]
	equal(t, "project", []any{got["projectId"], got["public"], got["projectDescription"], got["numberOfExperiments"]}, []any{id, true, "d", 0})
	equal(t, "workspaces", c.get("/workspaces").ok().object, object{"workspaceNames": []string{"other", "tester"}})
	c.post("/write/experiment/create", object{"workspaceName": "other", "projectName": "new"}).ok()
	gone := object{"workspaceName": "other", "projectName": "new"}
	c.post("/write/project/delete", gone).fails(400, 0)
	gone["deleteAllExperiments"] = true
	c.post("/write/project/delete", gone).ok()
	c.post("/write/project/delete", gone).fails(400, 0)
	equal(t, "experiments", len(c.Experiments()), 0)
	c.clean()
}

// Metrics, parameters and others come back as strings, by name with context, with extremes (§4, §6).
func TestValues(t *testing.T) {
	c := serve(t, cometserver.Options{})
	key := c.create()
	metric := func(value any, more object) {
		t.Helper()
		body := object{"experimentKey": key, "metricName": "loss", "metricValue": value}
		for name, v := range more {
			body[name] = v
		}
		equal(t, "reply", c.post("/write/experiment/metric", body).ok().object, object{"msg": "Saved", "code": 200, "data": nil})
	}
	metric("0.50", object{"step": 1, "epoch": 2, "timestamp": 11})
	metric(2, object{"step": 2, "timestamp": 12})
	metric("-Infinity", object{"step": 3, "timestamp": 13, "context": "train"})
	metric("NaN", object{"timestamp": 14})
	values := c.get("/experiment/metrics/get-metric", "experimentKey", key, "metricName", "loss").ok().all("metrics")
	equal(t, "series", values, []object{
		{"metricName": "loss", "metricValue": "0.50", "timestamp": 11, "step": 1, "epoch": 2, "runContext": nil},
		{"metricName": "loss", "metricValue": "2.0", "timestamp": 12, "step": 2, "epoch": nil, "runContext": nil},
		{"metricName": "loss", "metricValue": "NaN", "timestamp": 14, "step": nil, "epoch": nil, "runContext": nil}})
	equal(t, "summary", c.get("/experiment/metrics/summary", "experimentKey", key).ok().all("values"), []object{
		{"name": "loss", "editable": false, "valueCurrent": "NaN", "timestampCurrent": 14, "stepCurrent": nil, "runContextCurrent": nil,
			"valueMin": "0.50", "timestampMin": 11, "stepMin": 1, "runContextMin": nil,
			"valueMax": "2.0", "timestampMax": 12, "stepMax": 2, "runContextMax": nil},
		{"name": "train_loss", "editable": false, "valueCurrent": "-Infinity", "timestampCurrent": 13, "stepCurrent": 3, "runContextCurrent": "train",
			"valueMin": "-Infinity", "timestampMin": 13, "stepMin": 3, "runContextMin": "train",
			"valueMax": "-Infinity", "timestampMax": 13, "stepMax": 3, "runContextMax": "train"}})
	for _, v := range []any{"text", true, 10, 1e-7, ""} {
		c.post("/write/experiment/parameter", object{"experimentKey": key, "parameterName": "x", "parameterValue": v, "context": "", "step": 1}).ok()
	}
	c.post("/write/experiment/parameter", object{"experimentKey": key, "parameterName": "k", "parameterValue": 3, "context": "train"}).ok()
	c.post("/write/experiment/log-other", object{"experimentKey": key, "key": "by", "value": false, "timestamp": 1}).ok()
	e := c.Experiments()[0]
	equal(t, "params", e.Params, map[string]string{"x": "", "train_k": "3.0"})
	equal(t, "other", e.Others["by"], "false")
	equal(t, "steps", []any{len(e.Metrics["loss"]), *e.Metrics["loss"][1].Step, e.Metrics["train_loss"][0].Context}, []any{3, 2, "train"})
	chart := c.post("/experiments/multi-metric-chart", object{"targetedExperiments": []string{key}, "metrics": []string{"loss"},
		"params": []string{"x"}, "independentMetrics": true, "fetchFull": true}).ok()
	equal(t, "chart", []any{len(chart.object["experiments"].(object)), chart.object["empty"]}, []any{1, false})
	c.clean()
}

// The texts of an experiment: empty before, as written after (§4, §6).
func TestTexts(t *testing.T) {
	c := serve(t, cometserver.Options{})
	key := c.create()
	read := func(path string) object {
		t.Helper()
		return c.get("/experiment/"+path, "experimentKey", key).ok().object
	}
	write := func(path string, body object) {
		t.Helper()
		body["experimentKey"] = key
		c.post("/write/experiment/"+path, body).ok()
	}
	for path, want := range map[string]object{"tags": {"tags": []string{}}, "html": {"html": nil}, "graph": {"graph": nil}, "code": {"code": nil},
		"output": {"output": ""}, "git/metadata": {"user": nil, "root": nil, "branch": nil, "parent": nil, "origin": nil}} {
		equal(t, path, read(path), want)
	}
	write("tags", object{"addedTags": []string{"b", "a"}})
	write("tags", object{"addedTags": []string{"c", "a"}})
	write("html", object{"html": "<p>1", "override": false})
	write("html", object{"html": "<p>2", "override": false, "timestamp": 5})
	equal(t, "appended", read("html"), object{"html": "<p>1<p>2"})
	write("html", object{"html": "<p>3", "override": true})
	write("graph", object{"graph": "{}"})
	write("code", object{"code": "package main"})
	line := object{"output": "a\n", "stderr": false, "localTimestamp": 1, "offset": 1}
	write("output", object{"runContext": "x", "outputLines": []object{line, {"output": "b\n", "stderr": true, "localTimestamp": 2, "offset": 1}}})
	write("output", object{"context": "y", "outputLines": []object{line}})
	write("git/metadata", object{"user": "u", "branch": "old", "root": "r"})
	write("git/metadata", object{"user": "u", "branch": "main"})
	write("system-details", object{"pid": 7, "command": []string{"a", "b"}, "env": object{"A": "1"}, "installedPackages": []string{"m@v1"},
		"logAdditionalSystemInfoList": []object{{"key": "go", "value": "1.26"}}, "gpuStaticInfoList": []object{{"gpuIndex": 0, "totalMemory": 1.5}}})
	for path, want := range map[string]object{"tags": {"tags": []string{"b", "a", "c"}}, "html": {"html": "<p>3"}, "graph": {"graph": "{}"},
		"code": {"code": "package main"}, "output": {"output": "a\nb\na\n"},
		"git/metadata": {"user": "u", "root": nil, "branch": "main", "parent": nil, "origin": nil}} {
		equal(t, path, read(path), want)
	}
	equal(t, "system", read("system-details")["pid"], 7)
	e := c.Experiments()[0]
	equal(t, "output", []any{e.Output[1].Stderr, e.Output[0].Context, e.Output[2].Context}, []any{true, "x", "y"})
	equal(t, "snapshot", []any{e.HTML, e.Tags, e.System["env"], e.Git["branch"]}, []any{"<p>3", []string{"b", "a", "c"}, object{"A": "1"}, "main"})
	c.clean()
}

// A git patch is the one other form; it reads back as it was or as a zip (§4).
func TestPatch(t *testing.T) {
	for _, zipped := range []bool{false, true} {
		c := serve(t, cometserver.Options{ZipPatch: zipped})
		key := c.create()
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		part, _ := w.CreateFormFile("file", "git.patch")
		io.WriteString(part, "diff")
		w.Close()
		c.json(c.send("POST", prefix+"/write/experiment/git/patch?experimentKey="+key, &b, "Content-Type", w.FormDataContentType())).ok()
		got := c.get("/experiment/git/patch", "experimentKey", key).ok().text
		if zipped {
			z, err := zip.NewReader(strings.NewReader(got), int64(len(got)))
			if err != nil || len(z.File) != 1 || z.File[0].Name != "git_diff.patch" {
				t.Fatalf("zip: %v", err)
			}
			got = string(c.Experiments()[0].Patch)
		}
		equal(t, "patch", got, "diff")
		c.clean()
	}
}
