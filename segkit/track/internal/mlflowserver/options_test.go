package mlflowserver_test

import (
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/marketing/segkit/track/internal/mlflowserver"
)

func TestInt64Strings(t *testing.T) {
	c := start(t, mlflowserver.Options{Int64Strings: true})
	c.ok("POST", "runs/log-metric", `{"run_id":"RUN","key":"a","value":1,"timestamp":"5","step":"6"}`)
	c.want("GET", "metrics/get-history?run_id=RUN&metric_key=a", "", `{"metrics":[{"key":"a","step":"6","timestamp":"5","value":1}]}`)
	c.ok("PUT", proxy+"/1/RUN/artifacts/a.txt", "hello")
	for path, want := range map[string]string{
		"runs/get?run_id=RUN": `"start_time":"1700000000000"`, "artifacts/list?run_id=RUN": `"file_size":"5"`,
	} {
		if reply := c.ok("GET", path, ""); !strings.Contains(reply, want) {
			t.Errorf("%s: %s, want %s in it", path, reply, want)
		}
	}
	c.clean()
}

func TestPasswords(t *testing.T) {
	for _, o := range []mlflowserver.Options{{Token: "t"}, {User: "u", Password: "p"}, {Token: "t", User: "u", Password: "p"}} {
		o.Dir = t.TempDir()
		s := mlflowserver.New(o)
		for _, test := range []struct {
			name string
			set  func(*http.Request)
			ok   bool
		}{
			{"nothing", func(r *http.Request) {}, false},
			{"token", func(r *http.Request) { r.Header.Set("Authorization", "Bearer t") }, o.Token != ""},
			{"wrong token", func(r *http.Request) { r.Header.Set("Authorization", "Bearer u") }, false},
			{"password", func(r *http.Request) { r.SetBasicAuth("u", "p") }, o.User != ""},
			{"wrong password", func(r *http.Request) { r.SetBasicAuth("u", "q") }, false},
			{"wrong user", func(r *http.Request) { r.SetBasicAuth("v", "p") }, false},
		} {
			r, err := http.NewRequest("GET", "http://x/api/2.0/mlflow/experiments/search", nil)
			if err != nil {
				t.Fatal(err)
			}
			test.set(r)
			w := &recorder{header: http.Header{}}
			s.ServeHTTP(w, r)
			if want := map[bool]int{true: 200, false: 401}[test.ok]; w.status != want {
				t.Errorf("%+v, %s: status %d, want %d", o, test.name, w.status, want)
			}
		}
		if v := s.Violations(); len(v) > 0 {
			t.Errorf("violations %q", v)
		}
	}
}

func TestMissing(t *testing.T) {
	c := start(t, mlflowserver.Options{NoInputs: true, NoRegistry: true, Proxy: mlflowserver.ProxyAbsent})
	c.fails("POST", "runs/log-inputs", `{"run_id":"RUN"}`, 404, "ENDPOINT_NOT_FOUND")
	c.fails("POST", "registered-models/create", `{"name":"m"}`, 404, "ENDPOINT_NOT_FOUND")
	c.fails("GET", "registered-models/get?name=m", "", 404, "ENDPOINT_NOT_FOUND")
	c.fails("POST", "model-versions/create", `{"name":"m","source":"s"}`, 404, "ENDPOINT_NOT_FOUND")
	c.fails("GET", "model-versions/get?name=m&version=1", "", 404, "ENDPOINT_NOT_FOUND")
	c.want("GET", "registered-models/search", "", `{}`)
	if status, reply := c.call("PUT", proxy+"/1/RUN/artifacts/a.txt", "x"); status != 500 || !strings.Contains(reply, "ENDPOINT_NOT_FOUND") {
		t.Errorf("upload: %d %s", status, reply)
	}
	c.clean()
	c = start(t, mlflowserver.Options{Proxy: mlflowserver.ProxyDisabled})
	if status, reply := c.call("PUT", proxy+"/1/RUN/artifacts/a.txt", "x"); status != 503 || !strings.Contains(reply, "--no-serve-artifacts") {
		t.Errorf("upload: %d %s", status, reply)
	}
	c.clean()
}

func TestKeepIdentical(t *testing.T) {
	c := start(t, mlflowserver.Options{KeepIdentical: true})
	for range 2 {
		c.ok("POST", "runs/log-metric", `{"run_id":"RUN","key":"a","value":1,"timestamp":5}`)
	}
	if got := c.Runs()[0].Metrics["a"]; len(got) != 2 {
		t.Errorf("points %v", got)
	}
}

func TestBareUpdates(t *testing.T) {
	c := start(t, mlflowserver.Options{BareUpdates: true})
	if reply := c.ok("POST", "runs/update", `{"run_id":"RUN","status":"FINISHED","end_time":5}`); !strings.Contains(reply, `"run_name":""`) {
		t.Errorf("reply %s", reply)
	}
	if r := c.Runs()[0]; r.Name != "r" || r.End != 5 {
		t.Errorf("run %+v", r)
	}
	if reply := c.ok("POST", "runs/update", `{"run_id":"RUN","run_name":"s"}`); !strings.Contains(reply, `"status":""`) {
		t.Errorf("reply %s", reply)
	}
	if r := c.Runs()[0]; r.Name != "s" || r.End != 0 || r.Status != "FINISHED" {
		t.Errorf("run %+v", r)
	}
}

func TestTruncateLong(t *testing.T) {
	c := start(t, mlflowserver.Options{TruncateLong: true})
	long := strings.Repeat("ä", 9000)
	for range 2 { // the same value again is the same
		c.ok("POST", "runs/log-batch", `{"run_id":"RUN","params":[{"key":"p","value":"`+long+`"}],"tags":[{"key":"t","value":"`+long+`"}]}`)
	}
	if r := c.Runs()[0]; len(r.Params["p"]) != 2*6000 || len(r.Tags["t"]) != 2*8000 {
		t.Errorf("lengths %d, %d", len(r.Params["p"]), len(r.Tags["t"]))
	}
	c.clean()
}

// With a delay a write is seen by the writes after it at once, and by reads later.
func TestReadDelay(t *testing.T) {
	const delay = 300 * time.Millisecond
	c := start(t, mlflowserver.Options{ReadDelay: delay})
	began := time.Now()
	c.ok("POST", "runs/set-tag", `{"run_id":"RUN","key":"k","value":"v"}`)
	c.fails("POST", "experiments/create", `{"name":"e"}`, 400, "RESOURCE_ALREADY_EXISTS")
	find := func() string { return c.found(`"filter":"tags.k = 'v'"`) }
	if got := find(); got != "" && time.Since(began) < delay {
		t.Errorf("found %q at once", got)
	}
	for find() == "" && time.Since(began) < 10*time.Second {
		time.Sleep(delay / 10)
	}
	if took := time.Since(began); find() != "r" || took < delay {
		t.Errorf("found %q after %v", find(), took)
	}
	c.ok("GET", "runs/get?run_id=RUN", "")
	if c.Runs()[0].Tags["k"] != "v" {
		t.Error("the snapshot does not have the tag")
	}
	c.clean()
}

func TestRateLimit(t *testing.T) {
	for _, after := range []bool{false, true} {
		c := start(t, mlflowserver.Options{RateLimit: 3, RateWindow: time.Hour, RetryAfter: after})
		c.ok("GET", "runs/get?run_id=RUN", "")
		c.fails("GET", "runs/get?run_id=RUN", "", 429, "REQUEST_LIMIT_EXCEEDED")
		resp, err := http.Get(c.base + "/api/2.0/mlflow/experiments/search")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		seconds, err := strconv.Atoi(resp.Header.Get("Retry-After"))
		if (err == nil) != after || after && (seconds < 3500 || seconds > 3600) {
			t.Errorf("Retry-After %q", resp.Header.Get("Retry-After"))
		}
		c.clean()
	}
	c := start(t, mlflowserver.Options{RateLimit: 2, RateWindow: 200 * time.Millisecond, RetryAfter: true})
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		if status, _ := c.call("GET", "runs/get?run_id=RUN", ""); status == 200 {
			break
		} else if time.Since(began) > 10*time.Second {
			t.Fatalf("status %d after the window", status)
		}
	}
}

func TestTemporaryFolder(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	s := mlflowserver.New(mlflowserver.Options{})
	entries, err := os.ReadDir(os.Getenv("TMPDIR"))
	if err != nil || len(entries) != 1 {
		t.Fatalf("folders %v: %v", entries, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if entries, err = os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(entries) != 0 {
		t.Errorf("folders %v after Close: %v", entries, err)
	}
}
