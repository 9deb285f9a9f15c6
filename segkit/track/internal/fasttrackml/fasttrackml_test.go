package fasttrackml_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/marketing/segkit/track/internal/fasttrackml"
)

// server is one to ask, with one experiment (its id is 1) and one run.
type server struct {
	base, run, artifacts string
}

func start(t *testing.T) server {
	t.Helper()
	s := server{base: fasttrackml.Start(t)}
	s.want(t, "POST", "experiments/create", `{"name":"e"}`, 200, `{"experiment_id":"1"}`)
	status, reply := s.call(t, "POST", "runs/create", `{"experiment_id":"1","run_name":"r","start_time":1700000000000,
		"tags":[{"key":"segkit.run_id","value":"x"}]}`)
	var created struct {
		Run struct {
			Info struct {
				ID          string `json:"run_id"`
				ArtifactURI string `json:"artifact_uri"`
			}
		}
	}
	if err := json.Unmarshal([]byte(reply), &created); err != nil || status != 200 {
		t.Fatalf("runs/create: status %d, %s: %v", status, reply, err)
	}
	s.run = created.Run.Info.ID
	var ok bool
	if s.artifacts, ok = strings.CutPrefix(created.Run.Info.ArtifactURI, "file://"); !ok {
		t.Fatalf("artifact_uri is %q, want a file", created.Run.Info.ArtifactURI)
	}
	return s
}

// call asks. RUN in the path and the body stands for the run's id.
func (s server) call(t *testing.T, method, path, body string) (status int, reply string) {
	t.Helper()
	url := path
	if !strings.HasPrefix(path, "/") {
		url = "/api/2.0/mlflow/" + path
	}
	url = s.base + strings.ReplaceAll(url, "RUN", s.run)
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(strings.ReplaceAll(body, "RUN", s.run)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(all)
}

// want asks, and wants this very reply, where RUN stands for the run's id again.
func (s server) want(t *testing.T, method, path, body string, status int, reply string) {
	t.Helper()
	gotStatus, got := s.call(t, method, path, body)
	if s.run != "" {
		got = strings.ReplaceAll(got, s.run, "RUN")
	}
	if gotStatus != status || got != reply {
		t.Errorf("%s %s %.200s\n got %d %s\nwant %d %s", method, path, body, gotStatus, got, status, reply)
	}
}

// contains asks, and wants a reply of 200 that has the text in it, or has not.
func (s server) contains(t *testing.T, method, path, body, text string, want bool) {
	t.Helper()
	status, got := s.call(t, method, path, body)
	if status != 200 || strings.Contains(got, strings.ReplaceAll(text, "RUN", s.run)) != want {
		t.Errorf("%s %s %s: got %d %s; contains %s: want %t", method, path, body, status, got, text, want)
	}
}

// A point that is sent again is not kept again; NaN equals NaN, and infinite is the largest number.
func TestMetrics(t *testing.T) {
	s := start(t)
	const batch = `{"run_id":"RUN","metrics":[{"key":"a","value":1,"timestamp":1700000000000,"step":0},
		{"key":"n","value":"NaN","timestamp":5,"step":-1},{"key":"i","value":"Infinity","timestamp":5,"step":0}]}`
	for range 2 {
		s.want(t, "POST", "runs/log-batch", batch, 200, `{}`)
		s.want(t, "POST", "runs/log-metric", `{"run_id":"RUN","key":"a","value":2,"timestamp":6}`, 200, `{}`)
	}
	const history = "metrics/get-history?run_id=RUN&metric_key="
	s.want(t, "GET", history+"a", "", 200, `{"metrics":[{"key":"a","value":1,"timestamp":1700000000000,"step":0,"context":{}},`+
		`{"key":"a","value":2,"timestamp":6,"step":0,"context":{}}]}`)
	s.want(t, "GET", history+"n", "", 200, `{"metrics":[{"key":"n","value":"NaN","timestamp":5,"step":-1,"context":{}}]}`)
	s.want(t, "GET", history+"i", "", 200,
		`{"metrics":[{"key":"i","value":1.7976931348623157e+308,"timestamp":5,"step":0,"context":{}}]}`)
	s.want(t, "GET", history+"none", "", 200, `{"metrics":[]}`)
	s.want(t, "GET", "metrics/get-history?run_id=ffff&metric_key=a", "", 404,
		`{"message":"unable to find run 'ffff'","error_code":"RESOURCE_DOES_NOT_EXIST"}`)
	// Two differences to MLflow: no timestamp 0, and no int64 in quotation marks.
	s.want(t, "POST", "runs/log-batch", `{"run_id":"RUN","metrics":[{"key":"a","value":1,"timestamp":0,"step":0}]}`, 400,
		`{"message":"Invalid value for parameter 'metrics' supplied","error_code":"INVALID_PARAMETER_VALUE"}`)
	s.want(t, "POST", "runs/log-batch", `{"run_id":"RUN","metrics":[{"key":"a","value":1,"timestamp":"5","step":0}]}`, 400,
		`{"message":"Invalid value for parameter 'metrics.timestamp' supplied. Hint: Value was of type 'string'. `+"`+`"+
			`See the API docs for more information about request parameters.","error_code":"INVALID_PARAMETER_VALUE"}`)
}

// A param keeps its value, and a batch that would change one is refused as a whole.
func TestParams(t *testing.T) {
	s := start(t)
	const conflict = `{"message":"unable to insert params for run 'RUN': conflicting params found: ` +
		`[{run_id: RUN, key: p, old_value: 1, new_value: 2}]","error_code":"INVALID_PARAMETER_VALUE"}`
	for range 2 {
		s.want(t, "POST", "runs/log-parameter", `{"run_id":"RUN","key":"p","value":"1"}`, 200, `{}`)
	}
	s.want(t, "POST", "runs/log-parameter", `{"run_id":"RUN","key":"p","value":"2"}`, 400, conflict)
	s.want(t, "POST", "runs/log-batch", `{"run_id":"RUN","params":[{"key":"new","value":"1"},{"key":"p","value":"2"}],
		"metrics":[{"key":"new","value":1,"timestamp":5}],"tags":[{"key":"new","value":"1"}]}`, 400, conflict)
	s.contains(t, "GET", "runs/get?run_id=RUN", "", `"new"`, false)
	s.contains(t, "GET", "runs/get?run_id=RUN", "", `{"key":"p","value":"1"}`, true)
}

// All three ways to write a tag's key in a filter work, but no attribute goes without its prefix in order_by.
func TestSearch(t *testing.T) {
	s := start(t)
	s.want(t, "POST", "runs/set-tag", `{"run_id":"RUN","key":"u","value":"v"}`, 200, `{}`)
	for _, key := range []string{`tags.\"segkit.run_id\"`, "tags.`segkit.run_id`", "tags.segkit.run_id"} {
		const format = `{"experiment_ids":["1"],"filter":"%s = '%s'","order_by":["attributes.start_time DESC"]}`
		s.contains(t, "POST", "runs/search", fmt.Sprintf(format, key, "x"), `"run_id":"RUN"`, true)
		s.contains(t, "POST", "runs/search", fmt.Sprintf(format, key, "y"), `"run_id":"RUN"`, false)
	}
	s.want(t, "POST", "runs/search", `{"experiment_ids":["1"],"order_by":["start_time DESC"]}`, 400,
		`{"message":"invalid order_by clause 'start_time DESC'","error_code":"INVALID_PARAMETER_VALUE"}`)
	s.want(t, "POST", "runs/search", `{"experiment_ids":["1"],"filter":"bogus"}`, 400,
		`{"message":"malformed filter 'bogus'","error_code":"INVALID_PARAMETER_VALUE"}`)
	s.want(t, "POST", "runs/delete-tag", `{"run_id":"RUN","key":"u"}`, 200, `{}`)
	s.want(t, "POST", "runs/delete-tag", `{"run_id":"RUN","key":"u"}`, 404,
		`{"message":"No tag with name: u","error_code":"RESOURCE_DOES_NOT_EXIST"}`)
}

// A deleted run is readable and restorable, and refuses what is logged; but, unlike MLflow's, not runs/update. An update that
// names no end_time forgets the one there was.
func TestLifeCycle(t *testing.T) {
	s := start(t)
	const gone = `{"message":"Run 'RUN' not found","error_code":"RESOURCE_DOES_NOT_EXIST"}`
	for range 2 {
		s.want(t, "POST", "runs/delete", `{"run_id":"RUN"}`, 200, `{}`)
	}
	s.contains(t, "GET", "runs/get?run_id=RUN", "", `"lifecycle_stage":"deleted"`, true)
	s.want(t, "POST", "runs/set-tag", `{"run_id":"RUN","key":"u","value":"v"}`, 404, gone)
	s.want(t, "POST", "runs/log-batch", `{"run_id":"RUN","metrics":[{"key":"a","value":1,"timestamp":5}]}`, 404, gone)
	s.contains(t, "POST", "runs/update", `{"run_id":"RUN","status":"FAILED"}`, `"status":"FAILED"`, true)
	s.want(t, "POST", "runs/search", `{"experiment_ids":["1"]}`, 200, `{"runs":[]}`)
	s.contains(t, "POST", "runs/search", `{"experiment_ids":["1"],"run_view_type":"DELETED_ONLY"}`, `"run_id":"RUN"`, true)
	for range 2 {
		s.want(t, "POST", "runs/restore", `{"run_id":"RUN"}`, 200, `{}`)
	}
	s.contains(t, "POST", "runs/update", `{"run_id":"RUN","status":"FINISHED","end_time":1700000001000}`, `"run_name":"",`, true)
	s.contains(t, "GET", "runs/get?run_id=RUN", "", `"end_time":1700000001000`, true)
	s.contains(t, "POST", "runs/update", `{"run_id":"RUN","run_name":"other"}`, `"status":"",`, true)
	s.contains(t, "GET", "runs/get?run_id=RUN", "", `"status":"FINISHED"`, true)
	s.contains(t, "GET", "runs/get?run_id=RUN", "", `"end_time"`, false)
	s.want(t, "POST", "experiments/create", `{"name":"e"}`, 400,
		`{"message":"experiment(name=e) already exists","error_code":"RESOURCE_ALREADY_EXISTS"}`)
	s.want(t, "GET", "experiments/get-by-name?experiment_name=no", "", 404,
		`{"message":"unable to find experiment 'no'","error_code":"RESOURCE_DOES_NOT_EXIST"}`)
}

// Whatever is no empty name is a name, of any length: that a name suits MLflow is not seen here. Nor is any limit of log-batch.
func TestNoLimits(t *testing.T) {
	s := start(t)
	for _, name := range []string{"a b", "a/b", "a:b", "a.b", "/a", "../a", "a//b", "é", "a'b", `a\"b`, "a(b)", strings.Repeat("x", 251)} {
		s.want(t, "POST", "runs/log-batch", fmt.Sprintf(`{"run_id":"RUN","metrics":[{"key":"%[1]s","value":1,"timestamp":5}],
			"params":[{"key":"%[1]s","value":"1"}],"tags":[{"key":"%[1]s","value":"1"}]}`, name), 200, `{}`)
	}
	var params bytes.Buffer
	for i := range 200 { // 2 MB, and each value longer than MLflow takes
		fmt.Fprintf(&params, `,{"key":"p%d","value":"%s"}`, i, strings.Repeat("v", 10_000))
	}
	s.want(t, "POST", "runs/log-batch", `{"run_id":"RUN","params":[`+params.String()[1:]+`]}`, 200, `{}`)
}

// What the server does not have, and how it says so. Artifacts are files that the client writes itself.
func TestMissing(t *testing.T) {
	s := start(t)
	const missing = `{"message":"Not found","error_code":"ENDPOINT_NOT_FOUND"}`
	s.want(t, "POST", "runs/log-inputs", `{"run_id":"RUN","datasets":[]}`, 404, missing)
	s.want(t, "POST", "registered-models/create", `{"name":"m"}`, 404, missing)
	s.want(t, "POST", "model-versions/create", `{"name":"m","source":"x"}`, 404, missing)
	s.want(t, "GET", "registered-models/get?name=m", "", 404, missing)
	s.want(t, "GET", "registered-models/search", "", 200, `{"registered_models":[]}`)
	s.want(t, "GET", "model-versions/search", "", 200, `{"model_versions":[]}`)
	s.want(t, "PUT", "/api/2.0/mlflow-artifacts/artifacts/1/RUN/artifacts/a.txt", "hello", 500, "ENDPOINT_NOT_FOUND: Not found")
	s.want(t, "GET", "/get-artifact?run_id=RUN&path=a.txt", "", 404, "Cannot GET /get-artifact")

	s.contains(t, "GET", "artifacts/list?run_id=RUN", "", `"files":[]`, true)
	if err := os.MkdirAll(s.artifacts, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.artifacts, "a.txt"), []byte("hello"), 0o666); err != nil {
		t.Fatal(err)
	}
	s.contains(t, "GET", "artifacts/list?run_id=RUN", "", `{"path":"a.txt","is_dir":false,"file_size":5}`, true)
	s.want(t, "GET", "artifacts/get?run_id=RUN&path=a.txt", "", 200, "hello")
}

// With a password even /health wants it.
func TestPassword(t *testing.T) {
	s := server{base: fasttrackml.Start(t, "--auth-username", "u", "--auth-password", "p")}
	s.want(t, "GET", "/health", "", 401, "Unauthorized")
	s.want(t, "GET", "experiments/search", "", 401, "Unauthorized")
}
