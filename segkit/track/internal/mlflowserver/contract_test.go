package mlflowserver_test

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	"example.com/marketing/segkit/track/internal/fasttrackml"
	"example.com/marketing/segkit/track/internal/mlflowserver"
)

// What this server says is what one says that somebody else wrote, as far as the two go together.
func TestAgainstFastTrackML(t *testing.T) {
	theirs := &client{t: t, base: fasttrackml.Start(t)}
	ours := start(t, mlflowserver.Options{FileArtifacts: true, NoInputs: true, NoRegistry: true, Proxy: mlflowserver.ProxyAbsent,
		BareUpdates: true, DeletedAbsent: true})
	theirs.ok("POST", "experiments/create", `{"name":"e"}`)
	var created struct {
		Run struct {
			Info struct {
				ID string `json:"run_id"`
			}
		}
	}
	reply := theirs.ok("POST", "runs/create", `{"experiment_id":"1","run_name":"r","start_time":1700000000000}`)
	if err := json.Unmarshal([]byte(reply), &created); err != nil {
		t.Fatal(err)
	}
	theirs.run = created.Run.Info.ID
	for _, call := range []struct{ method, path, body string }{
		{"POST", "experiments/create", `{"name":"e"}`},
		{"GET", "experiments/get-by-name?experiment_name=e", ""},
		{"GET", "experiments/get-by-name?experiment_name=no", ""},
		{"GET", "experiments/get?experiment_id=99", ""},
		{"POST", "runs/create", `{"experiment_id":"99"}`},
		{"GET", "runs/get?run_id=ffff", ""},
		{"GET", "runs/get", ""},
		{"POST", "runs/log-batch", `{"run_id":"RUN","params":[{"key":"p","value":"1"}],"tags":[{"key":"segkit.run_id","value":"x"}],
			"metrics":[{"key":"m","value":"NaN","timestamp":5,"step":1},{"key":"m","value":"Infinity","timestamp":6,"step":-2}]}`},
		{"POST", "runs/log-batch", `{"run_id":"RUN","params":[{"key":"p","value":"1"}],
			"metrics":[{"key":"m","value":"NaN","timestamp":5,"step":1},{"key":"m","value":1,"timestamp":7,"step":-2}]}`},
		{"POST", "runs/log-batch", `{"run_id":"RUN","params":[{"key":"p","value":"2"},{"key":"q","value":"2"}]}`},
		{"POST", "runs/log-parameter", `{"run_id":"RUN","key":"p","value":"1"}`},
		{"POST", "runs/log-parameter", `{"run_id":"RUN","key":"p","value":"2"}`},
		{"POST", "runs/log-metric", `{"run_id":"RUN","key":"n","value":1,"timestamp":5}`},
		{"POST", "runs/log-metric", `{"run_id":"RUN","key":"n","value":1,"timestamp":5}`},
		{"POST", "runs/log-metric", `{"run_id":"RUN","key":"n","value":2}`},
		{"POST", "runs/log-batch", `{"run_id":"ffff"}`},
		{"POST", "runs/log-batch", `{"run_id":"RUN"}`},
		{"POST", "runs/set-tag", `{"run_id":"RUN","key":"t","value":"v"}`},
		{"GET", "metrics/get-history?run_id=RUN&metric_key=m", ""},
		{"GET", "metrics/get-history?run_id=RUN&metric_key=n", ""},
		{"GET", "metrics/get-history?run_id=RUN&metric_key=none", ""},
		{"GET", "metrics/get-history?run_id=ffff&metric_key=n", ""},
		{"GET", "runs/get?run_id=RUN", ""},
		{"POST", "runs/search", `{"experiment_ids":["1"],"filter":"tags.\"segkit.run_id\" = 'x'","order_by":["attributes.start_time DESC"]}`},
		{"POST", "runs/search", "{\"experiment_ids\":[\"1\"],\"filter\":\"tags.`segkit.run_id` = 'x' AND attributes.status = 'RUNNING'\"}"},
		{"POST", "runs/search", `{"experiment_ids":["1"],"filter":"tags.t = 'w'"}`},
		{"POST", "runs/search", `{"experiment_ids":["1"],"filter":"bogus"}`},
		{"POST", "runs/search", `{"experiment_ids":["1"],"order_by":["bogus"]}`},
		{"POST", "runs/delete-tag", `{"run_id":"RUN","key":"t"}`},
		{"POST", "runs/delete-tag", `{"run_id":"RUN","key":"t"}`},
		{"POST", "runs/update", `{"run_id":"RUN","status":"FINISHED","end_time":1700000001000}`},
		{"POST", "runs/delete", `{"run_id":"RUN"}`},
		{"POST", "runs/set-tag", `{"run_id":"RUN","key":"t","value":"v"}`},
		{"POST", "runs/log-batch", `{"run_id":"RUN","params":[{"key":"p","value":"1"}]}`},
		{"POST", "runs/update", `{"run_id":"RUN","status":"FAILED"}`},
		{"POST", "runs/search", `{"experiment_ids":["1"]}`},
		{"POST", "runs/search", `{"experiment_ids":["1"],"run_view_type":"DELETED_ONLY"}`},
		{"POST", "runs/restore", `{"run_id":"RUN"}`},
		{"POST", "runs/restore", `{"run_id":"ffff"}`},
		{"GET", "artifacts/list?run_id=RUN", ""},
		{"GET", "artifacts/list?run_id=ffff", ""},
		{"POST", "runs/log-inputs", `{"run_id":"RUN","datasets":[]}`},
		{"POST", "registered-models/create", `{"name":"m"}`},
		{"GET", "registered-models/search", ""},
		{"GET", "model-versions/search", ""},
	} {
		ourStatus, ourReply := ours.call(call.method, call.path, call.body)
		theirStatus, theirReply := theirs.call(call.method, call.path, call.body)
		us, them := essence(ours, ourReply), essence(theirs, theirReply)
		if ourStatus != theirStatus || us != them {
			t.Errorf("%s %s %s\nours   %d %s\ntheirs %d %s", call.method, call.path, call.body, ourStatus, us, theirStatus, them)
		}
	}
}

// essence is a reply without what differs between any two servers: ids, times, places, messages, and empty lists.
func essence(c *client, reply string) string {
	var v any
	if err := json.Unmarshal([]byte(reply), &v); err != nil {
		return reply
	}
	text, err := json.Marshal(strip(c, v))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func strip(c *client, v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			switch key {
			case "message", "artifact_uri", "root_uri", "artifact_location", "creation_time", "last_update_time", "context", "user_id":
				delete(v, key)
				continue
			}
			if value = strip(c, value); value == nil || value == "mlflow.runName" || value == "mlflow.source.name" {
				delete(v, key)
				continue
			}
			v[key] = value
		}
		if _, ok := v["key"]; len(v) == 0 || len(v) == 1 && v["value"] != nil && !ok { // nothing, or a tag without its key
			return nil
		}
		return v
	case []any:
		var kept []any
		for _, e := range v {
			if e = strip(c, e); e != nil {
				kept = append(kept, e)
			}
		}
		if len(kept) == 0 {
			return nil
		}
		return kept
	case string:
		if v == c.run {
			return "RUN"
		}
	}
	return v
}

// Any number of clients may write to one run.
func TestTogether(t *testing.T) {
	c := start(t, mlflowserver.Options{})
	const writers, batches = 8, 20
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for b := range batches {
				c.ok("POST", "runs/log-batch", fmt.Sprintf(`{"run_id":"RUN","metrics":[{"key":"m","value":1,"timestamp":%d,"step":%d}],
					"params":[{"key":"p %[1]d %d","value":"v"}]}`, w, b, b))
				c.ok("POST", "runs/search", `{"experiment_ids":["1"]}`)
				c.ok("PUT", fmt.Sprintf("%s/1/RUN/artifacts/%d/%d", proxy, w%2, b), "hello")
				c.Runs()
			}
		})
	}
	wg.Wait()
	if r := c.Runs()[0]; len(r.Metrics["m"]) != writers*batches || len(r.Params) != writers*batches || len(r.Artifacts) != 2*batches {
		t.Errorf("%d points, %d params, %d artifacts", len(r.Metrics["m"]), len(r.Params), len(r.Artifacts))
	}
	c.clean()
}
