package cometserver_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/marketing/segkit/track/internal/cometserver"
)

// Each switch in both positions; what is wanted is the text of the results.
func TestSwitches(t *testing.T) {
	type o = cometserver.Options
	metric := func(c *client, key string, values ...object) string {
		for _, v := range values {
			v["experimentKey"], v["metricName"] = key, "m"
			c.post("/write/experiment/metric", v).ok()
		}
		var got []string
		for _, m := range c.get("/experiment/metrics/get-metric", "experimentKey", key, "metricName", "m").ok().all("metrics") {
			got = append(got, m["metricValue"].(string))
		}
		return strings.Join(got, " ")
	}
	sizes := func(c *client, key string) string {
		var got []string
		for _, a := range c.get("/experiment/asset/list", "experimentKey", key).ok().all("assets") {
			got = append(got, fmt.Sprintf("%s:%v", a["type"], a["fileSize"]))
		}
		return strings.Join(got, " ")
	}
	result := func(r reply) string { return fmt.Sprint(r.status, " ", r.object["sdk_error_code"]) }
	badKey := func(c *client, _ string) string {
		return result(c.json(c.send("GET", prefix+"/workspaces", nil, "Authorization", "wrong")))
	}
	noProject := func(c *client, _ string) string {
		return result(c.post("/write/experiment/create", object{})) + ", " +
			result(c.post("/write/experiment/create", object{"workspaceName": "tester"}))
	}
	ownKey := func(c *client, _ string) string {
		body := object{"workspaceName": "tester", "projectName": "p", "experimentKey": "mine"}
		r := c.post("/write/experiment/create", body)
		return result(r) + " " + fmt.Sprint(r.object["experimentKey"] == "mine") + ", " + result(c.post("/write/experiment/create", body))
	}
	numbers := func(c *client, key string) string {
		return metric(c, key, object{"metricValue": "5"}, object{"metricValue": "1e-3"}, object{"metricValue": 5}, object{"metricValue": "NaN"})
	}
	steps := func(c *client, key string) string {
		return metric(c, key, object{"metricValue": "1", "step": 1}, object{"metricValue": "2", "step": 2}, object{"metricValue": "3", "step": 1},
			object{"metricValue": "4"}, object{"metricValue": "5"})
	}
	tags := func(c *client, key string) string {
		c.post("/write/experiment/tags", object{"experimentKey": key, "addedTags": []string{"a", "a"}}).ok()
		return fmt.Sprint(c.get("/experiment/tags", "experimentKey", key).object["tags"])
	}
	twice := func(overwrite string) func(c *client, key string) string {
		return func(c *client, key string) string {
			c.upload("1", nil, "experimentKey", key, "fileName", "x", "type", "asset").ok()
			c.upload("22", nil, "experimentKey", key, "fileName", "x", "type", "model-element", "groupingName", "a", "overwrite", overwrite).ok()
			c.upload("333", nil, "experimentKey", key, "fileName", "x", "type", "model-element", "groupingName", "a", "overwrite", overwrite).ok()
			return sizes(c, key)
		}
	}
	assetID := func(c *client, key string) string {
		r := c.upload("1", nil, "experimentKey", key, "fileName", "x").ok()
		return fmt.Sprint(r.object["assetId"] == c.Experiments()[0].Assets[0].ID)
	}
	upload := func(c *client, key string) string {
		return result(c.upload("1234", nil, "experimentKey", key)) + ", " + result(c.upload("12345", nil, "experimentKey", key))
	}
	upsert := func(c *client, key string) string {
		c.version(key, "CLOSED", nil)
		r := c.post("/write/artifacts/upsert", object{"experimentKey": key, "artifactName": "data", "artifactType": "t", "version": "1.0.0"})
		return result(r) + " " + fmt.Sprint(r.object["currentVersion"])
	}
	reclose := func(c *client, key string) string {
		id := c.version(key, "CLOSED", nil).str("artifactVersionId")
		return result(c.state(key, id, "CLOSED")) + ", " + result(c.state(key, id, "ERROR"))
	}
	state := func(c *client, key string) string {
		id := c.version(key, "OPEN", nil).str("artifactVersionId")
		return c.state(key, id, "CLOSED").ok().text
	}
	artifactFiles := func(c *client, key string) string { c.version(key, "OPEN", nil); return sizes(c, key) }
	modelName := func(c *client, key string) string {
		c.element(key, "m", "x", "1")
		m := c.get("/experiment/model", "experimentKey", key).all("models")[0]
		return fmt.Sprint(m["modelName"], m["experimentModelName"])
	}
	public := func(c *client, _ string) string {
		p := c.get("/projects", "workspaceName", "tester").all("projects")[0]
		return fmt.Sprint(p["public"], p["isPublic"])
	}
	nulls := func(c *client, key string) string {
		_, ok := c.get("/experiment/metadata", "experimentKey", key).object["optimizationId"]
		return fmt.Sprint(ok, " ", c.get("/experiment/html", "experimentKey", key).text)
	}
	extra := func(c *client, key string) string {
		m := c.get("/experiment/log-other", "experimentKey", key)
		return fmt.Sprint(m.object["notInTheContract"] != nil, m.all("values")[0]["notInTheContract"] != nil)
	}
	beats := func(c *client, key string) string {
		return fmt.Sprint(c.get("/write/experiment/set-status", "experimentKey", key).object["isAliveBeatDurationMillis"])
	}
	for _, x := range []struct {
		name string
		o    o
		do   func(c *client, key string) string
		want string
	}{
		{"bad key", o{}, badKey, "401 <nil>"},
		{"bad key 400", o{BadKey400: true}, badKey, "400 90212"},
		{"default project", o{}, noProject, "200 <nil>, 200 <nil>"},
		{"need project", o{NeedProject: true}, noProject, "400 90219, 400 98219"},
		{"own key refused", o{}, ownKey, "400 <nil> false, 400 <nil>"},
		{"own key ignored", o{OwnKey: cometserver.OwnKeyIgnored}, ownKey, "200 <nil> false, 200 <nil>"},
		{"own key accepted", o{OwnKey: cometserver.OwnKeyAccepted}, ownKey, "200 <nil> true, 400 90999"},
		{"metrics as given", o{}, numbers, "5 1e-3 5.0 NaN"},
		{"metrics normalised", o{NormalizeMetrics: true}, numbers, "5.0 0.001 5.0 NaN"},
		{"steps kept", o{}, steps, "1 2 3 4 5"},
		{"steps replaced", o{RepeatedStep: cometserver.StepReplaced}, steps, "3 2 4 5"},
		{"steps ignored", o{RepeatedStep: cometserver.StepIgnored}, steps, "1 2 4 5"},
		{"newest first", o{NewestFirst: true}, steps, "5 4 3 2 1"},
		{"tags once", o{}, tags, "[a]"},
		{"tags twice", o{KeepTagsTwice: true}, tags, "[a a]"},
		{"same name kept", o{}, twice("false"), "asset:1 model-element:2 model-element:3"},
		{"same name replaced", o{ReplaceSameName: true}, twice("false"), "model-element:3"},
		{"overwrite", o{}, twice("TRUE"), "model-element:3"},
		{"overwrite in group", o{OverwriteInGroup: true}, twice("true"), "asset:1 model-element:3"},
		{"no asset id", o{}, assetID, "false"},
		{"asset id", o{UploadAssetID: true}, assetID, "true"},
		{"no limit", o{}, upload, "200 <nil>, 200 <nil>"},
		{"largest upload", o{MaxUpload: 4}, upload, "200 <nil>, 413 <nil>"},
		{"storage", o{MaxStorage: 8}, upload, "200 <nil>, 400 90501"},
		{"version exists", o{}, upsert, "400 90399 <nil>"},
		{"next if exists", o{NextIfExists: true}, upsert, "200 <nil> 2.0.0"},
		{"closed once", o{}, reclose, "400 90401, 400 90401"},
		{"close again", o{CloseAgain: true}, reclose, "200 <nil>, 400 90401"},
		{"state without body", o{}, state, ""},
		{"state with body", o{StateJSON: true}, state, `{"code":200,"data":null,"msg":"Saved"}`},
		{"unknown type", o{}, artifactFiles, "unknown:7"},
		{"type kept", o{KeepFileType: true}, artifactFiles, "asset:7"},
		{"hidden", o{HideArtifactFiles: true}, artifactFiles, ""},
		{"model name", o{}, modelName, "m<nil>"},
		{"long model name", o{LongModelName: true}, modelName, "<nil>m"},
		{"public", o{}, public, "false <nil>"},
		{"isPublic", o{LongPublic: true}, public, "<nil> false"},
		{"nulls", o{}, nulls, `true {"html":null}`},
		{"no nulls", o{OmitNull: true}, nulls, `false {}`},
		{"no extra fields", o{}, extra, "false false"},
		{"extra fields", o{ExtraFields: true}, extra, "true true"},
		{"beats", o{BeatMillis: 50}, beats, "50"},
		{"no beats", o{BeatMillis: -1}, beats, "<nil>"},
	} {
		t.Run(x.name, func(t *testing.T) {
			c := serve(t, x.o)
			var key string
			if !x.o.NeedProject {
				key = c.create()
			} else {
				key = c.post("/write/experiment/create", object{"workspaceName": "tester", "projectName": "p"}).ok().str("experimentKey")
			}
			if got := x.do(c, key); got != x.want {
				t.Errorf("got %s, want %s", got, x.want)
			}
			c.clean()
		})
	}
}

// More requests than the limit within the window get 429, and later ones pass again.
func TestRateLimit(t *testing.T) {
	for _, retryAfter := range []string{"", "7"} {
		now := time.UnixMilli(0)
		c := serve(t, cometserver.Options{Now: func() time.Time { return now }, RateLimit: 2, RateWindow: time.Second, RetryAfter: retryAfter})
		for i, want := range []int{200, 200, 429} {
			status, _, h := c.send("GET", prefix+"/workspaces", nil)
			if status != want || want == 429 && h.Get("Retry-After") != retryAfter {
				t.Errorf("request %d: status %d, want %d; Retry-After %q", i, status, want, h.Get("Retry-After"))
			}
		}
		now = now.Add(time.Second)
		c.get("/workspaces").ok()
		c.clean()
	}
}
