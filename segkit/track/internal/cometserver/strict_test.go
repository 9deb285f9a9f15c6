package cometserver_test

import (
	"fmt"
	"strings"
	"testing"

	"example.com/marketing/segkit/track/internal/cometserver"
)

// Every route refuses every other method, and says so.
func TestWrongMethods(t *testing.T) {
	c := serve(t, cometserver.Options{})
	wrong := 0
	for _, r := range append(c.Routes(), [2]string{"GET", "/api/isAlive/ver"}) {
		for _, method := range []string{"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"} {
			if method == r[0] {
				continue
			}
			wrong++
			status, text, h := c.send(method, r[1], strings.NewReader("{}"), "Content-Type", "application/json")
			if status != 405 || h.Get("Content-Type") != "application/json" || method != "HEAD" && !strings.Contains(text, `"code":405`) {
				t.Errorf("%s %s: status %d: %s", method, r[1], status, text)
			}
		}
	}
	if n := len(c.Violations()); n != wrong || wrong < 5*60 {
		t.Errorf("%d violations of %d", n, wrong)
	}
}

// Every route but those of the account wants something that an empty request lacks; none knows a field nobody has.
func TestEveryRouteIsStrict(t *testing.T) {
	c := serve(t, cometserver.Options{})
	key := c.create()
	for _, r := range c.Routes() {
		before := len(c.Violations())
		query, body := "?nobody=1", ""
		if r[0] == "POST" {
			query, body = "", fmt.Sprintf(`{"experimentKey":%q,"nobody":1}`, key)
		}
		status, text, _ := c.send(r[0], r[1]+query, strings.NewReader(body), "Content-Type", "application/json")
		v := c.Violations()
		if len(v) != before+1 || status != 400 {
			t.Errorf("%v: status %d: %s", r, status, text)
		} else if last := v[before]; !strings.Contains(last, "nobody") && !strings.Contains(last, "is missing") {
			t.Errorf("%v: %s", r, last)
		}
	}
}

// What only an incorrect client sends is a violation; K stands for the key of an experiment.
func TestViolations(t *testing.T) {
	const metric, asset = "POST /write/experiment/metric", "POST /write/experiment/upload-asset"
	for _, c := range []struct {
		request, body string // the body's type is JSON if it begins with {
		header        []string
		status        int
		want          string // part of the violation
	}{
		{"GET /no/such/route", "", nil, 404, "no such route"},
		{"GET //experiment/tags?experimentKey=K", "", nil, 404, "no such route"},
		{"GET /experiment/tags", "", nil, 400, "experimentKey is missing"},
		{"GET /experiment/tags?experimentKey=", "", nil, 400, "experimentKey is missing"},
		{"GET /experiment/tags?experimentKey=K&experimentKey=K", "", nil, 400, "more than once"},
		{"GET /experiment/tags?experimentKey=K&x=%zz", "", nil, 400, "malformed"},
		{"GET /experiment/tags?experimentKey=K", "{}", nil, 400, "a GET with a body"},
		{"GET /experiment/tags?experimentKey=K&apiKey=x", "", nil, 400, "a key in the URL"},
		{"GET /experiment/tags?experimentKey=" + cometserver.DefaultKey, "", nil, 400, "a key in the URL"},
		{"GET /experiments?workspaceName=tester&projectName=p&archived=maybe", "", nil, 400, "archived is not true or false"},
		{"GET /experiments?workspaceName=tester", "", nil, 400, "give projectId"},
		{"GET /experiment/asset/list?experimentKey=K&type=nonsense", "", nil, 400, "no asset type nonsense"},
		{"GET /artifacts/version/files?artifact_id=x", "", nil, 400, "unknown field artifact_id"},
		{"GET /artifacts/version?version=1.0.0", "", nil, 400, "give an artifact"},
		{"GET /artifacts/version?artifactName=a&version=one", "", nil, 400, "version is not a version"},
		{"GET /account-details", "", []string{"Authorization", ""}, 401, "no key"},
		{"GET /account-details", "", []string{"Comet-Sdk-Api", "another"}, 401, "different keys"},
		{"GET /account-details", "", []string{"Authorization", "Bearer " + cometserver.DefaultKey}, 401, "not the raw key"},
		{metric, `{"metricName":"m","metricValue":1}`, nil, 400, "experimentKey is missing"},
		{metric + "?experimentKey=K", `{"metricName":"m","metricValue":1}`, nil, 400, "its place is the JSON body"},
		{metric, `{"experimentKey":"K","metricName":"m","metricValue":1,"value":2}`, nil, 400, "unknown field value"},
		{metric, `{"experimentKey":"K","metricName":"m","metricValue":1,"step":1.5}`, nil, 400, "step is not an integer"},
		{metric, `{"experimentKey":"K","metricName":"m","metricValue":1,"step":"1"}`, nil, 400, "step is not an integer"},
		{metric, `{"experimentKey":"K","metricName":"m","metricValue":1,"step":null}`, nil, 400, "step is not an integer"},
		{metric, `{"experimentKey":"K","metricName":"m","metricValue":1,"timestamp":1760000000}`, nil, 400, "not in milliseconds"},
		{metric, `{"experimentKey":"K","metricName":"m","metricValue":"much"}`, nil, 400, "metricValue is not a number"},
		{metric, `{"experimentKey":"K","metricName":"m","metricValue":"nan"}`, nil, 400, "metricValue is not a number"},
		{metric, `{"experimentKey":"K","metricName":"m","metricValue":[1]}`, nil, 400, "metricValue is not a string"},
		{metric, `{"experimentKey":"K","metricName":7,"metricValue":1}`, nil, 400, "metricName is not a string"},
		{metric, `{"experimentKey":"K","metricName":"","metricValue":1}`, nil, 400, "metricName is missing"},
		{metric, `{"experimentKey":"K","metricName":"m","metricName":"m","metricValue":1}`, nil, 400, "more than once"},
		{metric, `{"experimentKey":"K"`, nil, 400, "malformed"},
		{metric, `{"experimentKey":"K","metricName":"m","metricValue":1}{}`, nil, 400, "something follows"},
		{metric, "{\"experimentKey\":\"K\",\"metricName\":\"\xff\",\"metricValue\":1}", nil, 400, "not UTF-8"},
		{metric, `[]`, nil, 400, "Content-Type"},
		{metric, `[]`, []string{"Content-Type", "application/json"}, 400, "not a JSON object"},
		{metric, `{}`, []string{"Content-Type", "text/json"}, 400, "Content-Type"},
		{metric, `{}`, []string{"Content-Type", "application/json; charset=latin1"}, 400, "Content-Type"},
		{metric, `{}`, []string{"Content-Encoding", "gzip"}, 400, "encoded"},
		{"POST /write/experiment/tags", `{"experimentKey":"K","addedTags":"a"}`, nil, 400, "addedTags is not an array"},
		{"POST /write/experiment/tags", `{"experimentKey":"K","addedTags":["a",null]}`, nil, 400, "null among"},
		{"POST /write/experiment/html", `{"experimentKey":"K","html":"x","override":"true"}`, nil, 400, "override is not true or false"},
		{"POST /write/experiment/parameter", `{"experimentKey":"K","parameterName":"x","parameterValue":{}}`, nil, 400, "parameterValue is not"},
		{"POST /write/experiment/set-start-end-time", `{"experimentKey":"K"}`, nil, 400, "neither"},
		{"POST /write/experiment/system-details", `{"experimentKey":"K","pid":"1"}`, nil, 400, "pid is not an integer"},
		{"POST /write/experiment/system-details", `{"experimentKey":"K","logAdditionalSystemInfoList":[{"name":"a"}]}`, nil, 400,
			"[0]: unknown field name; key is missing; value is missing"},
		{"POST /write/experiment/output", `{"experimentKey":"K","outputLines":[{"output":"x","stderr":0}]}`, nil, 400, "stderr is not true"},
		{"POST /write/artifacts/upsert", `{"experimentKey":"K","artifactName":"a","artifactType":"t","version":"1.0"}`, nil, 400, "version is not"},
		{"POST /write/artifacts/upsert", `{"experimentKey":"K","artifactName":"a","artifactType":"t","versionMetadata":{}}`, nil, 400,
			"versionMetadata is not a string"},
		{"POST /write/artifacts/upsert", `{"experimentKey":"K","artifactName":"a","artifactType":"t","versionMetadata":"[]"}`, nil, 400,
			"not the text of a JSON object"},
		{"POST /write/artifacts/upsert", `{"experimentKey":"K","artifactName":"` + strings.Repeat("a", 101) + `","artifactType":"t"}`, nil, 400, "100"},
		{"POST /write/artifacts/state", `{"experimentKey":"K","artifactVersionId":"v","state":"FINALIZED"}`, nil, 400, "no state FINALIZED"},
		{"POST /write/registry-model/item", `{"experimentModelId":"m","registryModelName":"My Model"}`, nil, 400, "lower case"},
		{asset + "?experimentKey=K", `{}`, nil, 400, "not multipart/form-data"},
		{asset + "?experimentKey=K", "", []string{"Content-Type", "multipart/form-data"}, 400, "not multipart/form-data"},
	} {
		t.Run(c.request+" "+c.want, func(t *testing.T) {
			s := serve(t, cometserver.Options{})
			key := s.create()
			method, path, _ := strings.Cut(strings.ReplaceAll(c.request, "=K", "="+key), " ")
			header := c.header
			if strings.HasPrefix(c.body, "{") {
				header = append([]string{"Content-Type", "application/json"}, header...)
			}
			body := strings.ReplaceAll(c.body, `"K"`, `"`+key+`"`)
			r := s.json(s.send(method, prefix+path, strings.NewReader(body), header...))
			if v := s.Violations(); r.status != c.status || len(v) != 1 || !strings.Contains(v[0], c.want) {
				t.Errorf("status %d, want %d; violations %q, want %q", r.status, c.status, v, c.want)
			}
		})
	}
}

// What happens to correct clients, too, is refused but no violation.
func TestRefused(t *testing.T) {
	c := serve(t, cometserver.Options{Workspaces: []string{"other"}, ReadOnly: []string{"museum"}})
	key := c.create()
	for _, header := range []string{"Authorization", "Comet-Sdk-Api"} {
		status, text, h := c.send("GET", prefix+"/account-details", nil, "Authorization", "", header, "wrong")
		c.json(status, text, h).fails(401, 0)
		status, text, h = c.send("GET", prefix+"/account-details", nil, "Authorization", "", header, cometserver.DefaultKey)
		c.json(status, text, h).ok()
	}
	status, text, h := c.send("GET", prefix+"/account-details", nil, "Comet-Sdk-Api", cometserver.DefaultKey)
	equal(t, "account", c.json(status, text, h).ok().object, object{"userName": "tester", "defaultWorkspaceName": "tester"})
	c.get("/experiment/metadata", "experimentKey", "none").fails(400, 90211)
	c.post("/write/experiment/tags", object{"experimentKey": "none", "addedTags": []string{}}).fails(400, 90211)
	c.post("/write/experiment/create", object{"workspaceName": "none", "projectName": "p"}).fails(400, 90219)
	c.post("/write/experiment/create", object{"workspaceName": "museum", "projectName": "p"}).fails(403, 90210)
	c.post("/write/experiment/create", object{"workspaceName": "other", "projectName": "p"}).ok()
	c.get("/registry-model/count", "workspaceName", "none").fails(400, 90219)
	c.get("/registry-model/details", "workspaceName", "tester", "modelName", "m").fails(400, 42008)
	c.get("/artifacts/version", "artifactName", "a", "experimentKey", key).fails(400, 624522)
	c.get("/experiment/asset/get-asset", "experimentKey", key, "assetId", "a").fails(400, 0)
	c.clean()
}
