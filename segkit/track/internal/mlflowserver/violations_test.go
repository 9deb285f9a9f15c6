package mlflowserver_test

import (
	"net/http"
	"strings"
	"testing"

	"example.com/marketing/segkit/track/internal/mlflowserver"
)

// Each of these is something that a correct client does not do: an error, and a violation.
func TestViolations(t *testing.T) {
	for _, test := range []struct {
		method, path, body string
		status             int
		say                string // in the violation
	}{
		{"POST", "runs/log-batch", `{"run_id":"RUN","bogus":1}`, 400, "unknown field 'bogus'"},
		{"POST", "runs/log-batch", `{"Run_ID":"RUN"}`, 400, "unknown field 'Run_ID'"},
		{"POST", "runs/log-batch", `{"run_id":"RUN","run_id":"RUN"}`, 400, "'run_id' comes twice"},
		{"POST", "runs/log-batch", `{}`, 400, "Missing value for required parameter 'run_id'"},
		{"POST", "runs/log-batch", `{"run_id":""}`, 400, "Invalid run ID"},
		{"POST", "runs/log-batch", `{"run_id":7}`, 400, "Invalid value 7 for parameter 'run_id'"},
		{"POST", "runs/log-batch", `{"run_id":null}`, 400, "'run_id'"},
		{"POST", "runs/log-batch", `[]`, 400, "Invalid value ["},
		{"POST", "runs/log-batch", ``, 400, "no JSON"},
		{"POST", "runs/log-batch", `{"run_id":"RUN"`, 400, "no JSON"},
		{"POST", "runs/log-batch", `{"run_id":"RUN"} {}`, 400, "goes on"},
		{"POST", "runs/log-batch", "{\"run_id\":\"\xff\"}", 400, "utf-8"},
		{"POST", "runs/log-batch", `{"run_id":"RUN","params":{"key":"k","value":"v"}}`, 400, "'params'"},
		{"POST", "runs/log-batch", `{"run_id":"RUN","params":[{"key":"k","value":1}]}`, 400, "'params[0].value'"},
		{"POST", "runs/log-batch", `{"run_id":"RUN","params":[{"key":"k"}]}`, 400, "'params[0].value'"},
		{"POST", "runs/log-batch", `{"run_id":"RUN","params":[{"key":"k","value":"1"},{"key":"k","value":"1"}]}`, 400, "Duplicate"},
		{"POST", "runs/log-batch", `{"run_id":"RUN","metrics":[{"key":"k","value":true,"timestamp":5}]}`, 400, "'metrics[0].value'"},
		{"POST", "runs/log-batch", `{"run_id":"RUN","metrics":[{"key":"k","value":"inf","timestamp":5}]}`, 400, "no double"},
		{"POST", "runs/log-batch", `{"run_id":"RUN","metrics":[{"key":"k","value":1,"timestamp":5.5}]}`, 400, "5.5"},
		{"POST", "runs/log-batch", `{"run_id":"RUN","metrics":[{"key":"k","value":1,"timestamp":-5}]}`, 400, "nonnegative"},
		{"POST", "runs/log-batch", `{"run_id":"RUN","metrics":[{"key":"k","value":1}]}`, 400, "'metrics[0].timestamp'"},
		{"POST", "runs/update", `{"run_id":"RUN","status":"finished"}`, 400, "'status'"},
		{"POST", "runs/update", `{"run_id":"RUN","run_name":"` + strings.Repeat("x", 251) + `"}`, 400, "250"},
		{"POST", "runs/create", `{"run_name":"x"}`, 400, "experiment_id"},
		{"POST", "runs/create", `{"experiment_id":"1","run_name":"x","tags":[{"key":"mlflow.runName","value":"y"}]}`, 400, "different values"},
		{"POST", "runs/search", `{}`, 400, "experiment_ids"},
		{"POST", "runs/search", `{"experiment_ids":["1"],"filter":"bogus"}`, 400, "filter"},
		{"POST", "runs/search", `{"experiment_ids":["1"],"max_results":50001}`, 400, "50000"},
		{"POST", "runs/search", `{"experiment_ids":["1"],"page_token":"x"}`, 400, "page token"},
		{"POST", "runs/search", `{"experiment_ids":["1"],"order_by":["bogus"]}`, 400, "attribute key"},
		{"POST", "runs/search", `{"experiment_ids":["1"],"run_view_type":"SOME"}`, 400, "SOME"},
		{"POST", "experiments/create", `{"name":""}`, 400, "'name'"},
		{"POST", "experiments/create", `{"name":"` + strings.Repeat("x", 501) + `"}`, 400, "500"},
		{"GET", "runs/get", "", 400, "run_id"},
		{"GET", "runs/get?run_id=RUN&run_id=RUN", "", 400, "2 times"},
		{"GET", "runs/get?run_id=RUN&x=y", "", 400, "unknown parameter 'x'"},
		{"GET", "runs/create", "", 405, "wrong method"},
		{"POST", "runs/get", "{}", 405, "wrong method"},
		{"POST", "runs/bogus", "{}", 404, "Not found"},
		{"GET", "/bogus", "", 404, "no such page"},
		{"GET", "/get-artifact?run_id=RUN&path=../a", "", 400, "Invalid path"},
		{"GET", "artifacts/list?run_id=RUN&path=/etc", "", 400, "Invalid path"},
		{"PUT", "/api/2.0/mlflow-artifacts/artifacts/a.txt", "x", 400, "artifact_uri"},
		{"PUT", "/api/2.0/mlflow-artifacts/artifacts/1/RUN/artifacts/..%2fb.txt", "x", 400, "Invalid path"},
		{"PUT", "/api/2.0/mlflow-artifacts/artifacts/1/RUN/artifacts/a%23b.txt", "x", 400, "Invalid path"},
		{"PUT", "/api/2.0/mlflow-artifacts/artifacts/1/RUN/artifacts//b.txt", "x", 400, "Invalid path"},
		{"POST", "/api/2.0/mlflow-artifacts/artifacts/1/RUN/artifacts/b.txt", "x", 405, "wrong method"},
		{"POST", "registered-models/create", `{"name":"a/b"}`, 400, "slashes"},
		{"POST", "model-versions/create", `{"name":"m","source":"/tmp/x"}`, 400, "local path"},
		{"POST", "model-versions/create", `{"name":"m","source":"mlflow-artifacts:/1/../2"}`, 400, "relative path"},
		{"POST", "runs/log-inputs", `{"run_id":"RUN","datasets":[{"dataset":{"name":"d"}}]}`, 400, "datasets[0].dataset.digest"},
	} {
		c := start(t, mlflowserver.Options{})
		before := c.Runs()
		if status, reply := c.call(test.method, test.path, test.body); status != test.status {
			t.Errorf("%s %s %.200s: got %d %.300s, want %d", test.method, test.path, test.body, status, reply, test.status)
		}
		if v := c.Violations(); len(v) != 1 || !strings.Contains(v[0], test.say) {
			t.Errorf("%s %s %.200s: violations %q, want one with %q", test.method, test.path, test.body, v, test.say)
		}
		if after := c.Runs(); after[0].Status != before[0].Status || len(after) != 1 || len(after[0].Artifacts) > 0 {
			t.Errorf("%s %s %.200s: changed something: %+v", test.method, test.path, test.body, after)
		}
	}
}

// A POST without a type of content is one, too.
func TestContentType(t *testing.T) {
	c := start(t, mlflowserver.Options{})
	resp, err := http.Post(c.base+"/api/2.0/mlflow/runs/search", "text/plain", strings.NewReader(`{"experiment_ids":["1"]}`))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if v := c.Violations(); resp.StatusCode != 400 || len(v) != 1 || !strings.Contains(v[0], "Content-Type") {
		t.Errorf("status %d, violations %q", resp.StatusCode, v)
	}
}

func FuzzServer(f *testing.F) {
	f.Add("runs/search", `{"experiment_ids":["1"],"filter":"tags."}`)
	f.Add("runs/log-batch", `{"run_id":"x","metrics":[{"key":"a","value":"NaN","timestamp":1}]}`)
	f.Add("experiments/search", `{"filter":"name LIKE '%'","order_by":["name DESC"],"max_results":3}`)
	s := mlflowserver.New(mlflowserver.Options{Dir: f.TempDir()})
	f.Fuzz(func(t *testing.T, path, body string) {
		r, err := http.NewRequest("POST", "http://x/api/2.0/mlflow/runs/create", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.URL.Path = "/api/2.0/mlflow/" + path
		r.Header.Set("Content-Type", "application/json")
		w := &recorder{header: http.Header{}}
		s.ServeHTTP(w, r)
		if w.status >= 500 {
			t.Errorf("%s %s: status %d", path, body, w.status)
		}
	})
}

// recorder keeps the status alone.
type recorder struct {
	header http.Header
	status int
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(b []byte) (int, error) { return len(b), nil }
