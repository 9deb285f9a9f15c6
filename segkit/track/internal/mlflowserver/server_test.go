package mlflowserver_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"example.com/marketing/segkit/track/internal/mlflowserver"
)

// client asks a server of its own.
type client struct {
	*mlflowserver.Server
	t    *testing.T
	base string
	run  string // of an experiment whose id is 1; RUN in a path or a body stands for it
}

// start starts a server with the experiment e, whose id is 1, and one run in it.
func start(t *testing.T, o mlflowserver.Options) *client {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	s := mlflowserver.New(o)
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	c := &client{Server: s, t: t, base: h.URL}
	c.ok("POST", "experiments/create", `{"name":"e"}`)
	c.ok("POST", "runs/create", `{"experiment_id":"1","run_name":"r","start_time":1700000000000}`)
	c.run = s.Runs()[0].ID
	return c
}

// call asks. A path without a slash at its start is one of the API.
func (c *client) call(method, path, body string) (status int, reply string) {
	c.t.Helper()
	if !strings.HasPrefix(path, "/") {
		path = "/api/2.0/mlflow/" + path
	}
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.base+c.fill(path), strings.NewReader(c.fill(body)))
	if err != nil {
		c.t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp.StatusCode, string(all)
}

// fill puts the run's id in for RUN.
func (c *client) fill(s string) string {
	return strings.NewReplacer("RUNNING", "RUNNING", "RUN", c.run).Replace(s)
}

// ok asks, and wants status 200.
func (c *client) ok(method, path, body string) string {
	c.t.Helper()
	status, reply := c.call(method, path, body)
	if status != 200 {
		c.t.Errorf("%s %s %.200s: status %d, %.300s", method, path, body, status, reply)
	}
	return reply
}

// want asks, and wants this very reply.
func (c *client) want(method, path, body, reply string) {
	c.t.Helper()
	if got := c.ok(method, path, body); got != reply {
		c.t.Errorf("%s %s %.200s\n got %s\nwant %s", method, path, body, got, reply)
	}
}

// fails asks, and wants this error. It returns the message.
func (c *client) fails(method, path, body string, status int, code string) string {
	c.t.Helper()
	var e struct {
		Code    string `json:"error_code"`
		Message string `json:"message"`
	}
	got, reply := c.call(method, path, body)
	if err := json.Unmarshal([]byte(reply), &e); err != nil || got != status || e.Code != code {
		c.t.Errorf("%s %s %.200s: got %d %.300s; want %d %s", method, path, body, got, reply, status, code)
	}
	return e.Message
}

// clean wants that nothing was a violation.
func (c *client) clean() {
	c.t.Helper()
	if v := c.Violations(); len(v) > 0 {
		c.t.Errorf("violations: %q", v)
	}
}

func TestExperiments(t *testing.T) {
	c := start(t, mlflowserver.Options{})
	c.fails("POST", "experiments/create", `{"name":"e"}`, 400, "RESOURCE_ALREADY_EXISTS")
	c.want("POST", "experiments/create", `{"name":"f","tags":[{"key":"k","value":""}]}`, `{"experiment_id":"2"}`)
	f := c.Experiments()[2]
	c.want("GET", "experiments/get-by-name?experiment_name=f", "", fmt.Sprintf(`{"experiment":{"artifact_location":"mlflow-artifacts:/2",`+
		`"creation_time":%d,"experiment_id":"2","last_update_time":%d,"lifecycle_stage":"active","name":"f",`+
		`"tags":[{"key":"k","value":""}]}}`, f.Created, f.Updated))
	if c.ok("GET", "experiments/get?experiment_id=2", "") != c.ok("GET", "experiments/get-by-name?experiment_name=f", "") {
		t.Error("get and get-by-name differ")
	}
	c.fails("GET", "experiments/get?experiment_id=7", "", 404, "RESOURCE_DOES_NOT_EXIST")
	c.fails("GET", "experiments/get-by-name?experiment_name=g", "", 404, "RESOURCE_DOES_NOT_EXIST")
	c.ok("POST", "experiments/set-experiment-tag", `{"experiment_id":"2","key":"k","value":"v"}`)
	for filter, want := range map[string]string{
		`name = 'f'`: "f", `name LIKE 'f%' AND tags.k = 'v'`: "f", `tags.k = 'w'`: "", `name ILIKE 'DEF%'`: "Default", ``: "f e Default",
	} {
		if got := names(c.ok("POST", "experiments/search", fmt.Sprintf(`{"filter":%q}`, filter)), "experiments", "name"); got != want {
			t.Errorf("experiments of %q: got %q, want %q", filter, got, want)
		}
	}
	c.ok("POST", "experiments/delete", `{"experiment_id":"1"}`)
	if got := c.Runs()[0].Stage; got != "deleted" {
		t.Errorf("run of a deleted experiment is %s", got)
	}
	c.ok("GET", "experiments/get-by-name?experiment_name=e", "") // still there
	c.fails("POST", "experiments/create", `{"name":"e"}`, 400, "RESOURCE_ALREADY_EXISTS")
	c.fails("POST", "runs/create", `{"experiment_id":"1"}`, 400, "INVALID_PARAMETER_VALUE")
	c.ok("POST", "experiments/restore", `{"experiment_id":"1"}`)
	c.ok("POST", "runs/create", `{"experiment_id":"1"}`)
	c.clean()
}

// names are the values of a field of the things in a list of a reply.
func names(reply, list, field string) string {
	var all map[string]json.RawMessage
	var things []map[string]any
	if err := json.Unmarshal([]byte(reply), &all); err != nil {
		return err.Error()
	}
	if all[list] != nil {
		if err := json.Unmarshal(all[list], &things); err != nil {
			return err.Error()
		}
	}
	var names []string
	for _, thing := range things {
		if info, ok := thing["info"].(map[string]any); ok {
			thing = info
		}
		names = append(names, fmt.Sprint(thing[field]))
	}
	return strings.Join(names, " ")
}

func TestRun(t *testing.T) {
	c := start(t, mlflowserver.Options{})
	c.want("GET", "runs/get?run_id=RUN", "", c.fill(`{"run":{"data":{"tags":[{"key":"mlflow.runName","value":"r"}]},`+
		`"info":{"artifact_uri":"mlflow-artifacts:/1/RUN/artifacts","experiment_id":"1","lifecycle_stage":"active","run_id":"RUN",`+
		`"run_name":"r","run_uuid":"RUN","start_time":1700000000000,"status":"RUNNING","user_id":""},"inputs":{}}}`))
	c.ok("POST", "runs/update", `{"run_id":"RUN","status":"FINISHED","end_time":"1700000001000","run_name":"s"}`)
	c.ok("POST", "runs/update", `{"run_id":"RUN"}`)
	if r := c.Runs()[0]; r.Name != "s" || r.Tags["mlflow.runName"] != "s" || r.Status != "FINISHED" || r.End != 1700000001000 {
		t.Errorf("updated run is %+v", r)
	}
	for range 2 {
		c.ok("POST", "runs/delete", `{"run_id":"RUN"}`)
	}
	for _, call := range []string{"runs/update", "runs/log-batch", "runs/log-inputs"} {
		c.fails("POST", call, `{"run_id":"RUN"}`, 400, "INVALID_PARAMETER_VALUE")
	}
	c.fails("POST", "runs/set-tag", `{"run_id":"RUN","key":"k","value":"v"}`, 400, "INVALID_PARAMETER_VALUE")
	c.want("POST", "runs/search", `{"experiment_ids":["1"]}`, `{}`)
	for range 2 {
		c.ok("POST", "runs/restore", `{"run_id":"RUN"}`)
	}
	c.ok("POST", "runs/set-tag", `{"run_id":"RUN","key":"k","value":"v"}`)
	c.ok("POST", "runs/delete-tag", `{"run_id":"RUN","key":"k"}`)
	c.fails("POST", "runs/delete-tag", `{"run_id":"RUN","key":"k"}`, 404, "RESOURCE_DOES_NOT_EXIST")
	c.fails("GET", "runs/get?run_id=ffff", "", 404, "RESOURCE_DOES_NOT_EXIST")
	for _, call := range []string{"runs/update", "runs/delete", "runs/restore", "runs/log-batch", "runs/log-inputs"} {
		c.fails("POST", call, `{"run_id":"ffff"}`, 404, "RESOURCE_DOES_NOT_EXIST")
	}
	c.clean()
	want := map[string]int{"POST experiments/create": 1, "POST runs/create": 1, "GET runs/get": 2, "POST runs/update": 4,
		"POST runs/delete": 3, "POST runs/restore": 3, "POST runs/search": 1, "POST runs/set-tag": 2, "POST runs/delete-tag": 2,
		"POST runs/log-batch": 2, "POST runs/log-inputs": 2}
	if got := c.Requests(); !reflect.DeepEqual(got, want) {
		t.Errorf("requests: got %v, want %v", got, want)
	}
}

func TestInputs(t *testing.T) {
	c := start(t, mlflowserver.Options{})
	const inputs = `{"run_id":"RUN","datasets":[{"tags":[{"key":"mlflow.data.context","value":"%s"}],
		"dataset":{"name":"d","digest":"%s","source_type":"local","source":"x.csv","schema":"{}"}}]}`
	for _, args := range [][]any{{"train", "1"}, {"test", "1"}, {"train", "2"}} {
		c.want("POST", "runs/log-inputs", fmt.Sprintf(inputs, args...), `{}`)
	}
	want := []mlflowserver.Input{
		{Name: "d", Digest: "1", SourceType: "local", Source: "x.csv", Schema: "{}", Tags: map[string]string{"mlflow.data.context": "test"}},
		{Name: "d", Digest: "2", SourceType: "local", Source: "x.csv", Schema: "{}", Tags: map[string]string{"mlflow.data.context": "train"}},
	}
	if got := c.Runs()[0].Inputs; !reflect.DeepEqual(got, want) {
		t.Errorf("inputs: got %+v, want %+v", got, want)
	}
	if reply := c.ok("GET", "runs/get?run_id=RUN", ""); !strings.Contains(reply, `"dataset_inputs":[{"dataset":{"digest":"1",`) {
		t.Errorf("run without its inputs: %s", reply)
	}
	c.clean()
}
