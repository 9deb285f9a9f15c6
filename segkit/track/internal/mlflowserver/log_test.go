package mlflowserver_test

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"example.com/marketing/segkit/track/internal/mlflowserver"
)

func TestMetrics(t *testing.T) {
	c := start(t, mlflowserver.Options{})
	for range 2 { // the second time nothing is new
		c.want("POST", "runs/log-batch", `{"run_id":"RUN","metrics":[
			{"key":"a","value":2,"timestamp":6,"step":1},{"key":"a","value":1,"timestamp":5,"step":0},
			{"key":"a","value":1,"timestamp":"5","step":"0"},{"key":"n","value":"NaN","timestamp":5},{"key":"n","value":0,"timestamp":5},
			{"key":"n","value":-0.0,"timestamp":5},{"key":"i","value":"-Infinity","timestamp":0,"step":-1}]}`, `{}`)
		c.want("POST", "runs/log-metric", `{"run_id":"RUN","key":"a","value":3,"timestamp":7,"step":0}`, `{}`)
	}
	m := c.Runs()[0].Metrics
	want := []mlflowserver.Point{{Value: 2, Timestamp: 6, Step: 1}, {Value: 1, Timestamp: 5}, {Value: 3, Timestamp: 7}}
	if !reflect.DeepEqual(m["a"], want) {
		t.Errorf("a: got %v, want %v", m["a"], want)
	}
	if n := m["n"]; len(n) != 2 || !math.IsNaN(n[0].Value) || n[1].Value != 0 {
		t.Errorf("n: got %v, want NaN and 0", n)
	}
	if want := []mlflowserver.Point{{Value: -math.MaxFloat64, Step: -1}}; !reflect.DeepEqual(m["i"], want) {
		t.Errorf("i: got %v, want %v", m["i"], want)
	}
	const history = "metrics/get-history?run_id=RUN&metric_key="
	c.want("GET", history+"a", "", `{"metrics":[{"key":"a","step":0,"timestamp":5,"value":1},{"key":"a","step":1,"timestamp":6,"value":2},`+
		`{"key":"a","step":0,"timestamp":7,"value":3}]}`)
	c.want("GET", history+"a&max_results=2", "", `{"metrics":[{"key":"a","step":0,"timestamp":5,"value":1},`+
		`{"key":"a","step":1,"timestamp":6,"value":2}],"next_page_token":"b2Zmc2V0PTI="}`)
	c.want("GET", history+"a&max_results=2&page_token=b2Zmc2V0PTI=", "", `{"metrics":[{"key":"a","step":0,"timestamp":7,"value":3}]}`)
	c.want("GET", history+"n", "", `{"metrics":[{"key":"n","step":0,"timestamp":5,"value":"NaN"},`+
		`{"key":"n","step":0,"timestamp":5,"value":0}]}`)
	c.want("GET", history+"none", "", `{}`)
	c.fails("GET", "metrics/get-history?run_id=ffff&metric_key=a", "", 404, "RESOURCE_DOES_NOT_EXIST")
	if run := c.ok("GET", "runs/get?run_id=RUN", ""); !strings.Contains(run, `{"key":"a","step":1,"timestamp":6,"value":2}`) {
		t.Errorf("the last point of a is that of the largest step: %s", run)
	}
	c.clean()
}

func TestParams(t *testing.T) {
	c := start(t, mlflowserver.Options{})
	for range 2 {
		c.want("POST", "runs/log-parameter", `{"run_id":"RUN","key":"p","value":"1"}`, `{}`)
		c.want("POST", "runs/log-parameter", `{"run_id":"RUN","key":"empty","value":""}`, `{}`)
	}
	c.fails("POST", "runs/log-parameter", `{"run_id":"RUN","key":"p","value":"2"}`, 400, "INVALID_PARAMETER_VALUE")
	m := c.fails("POST", "runs/log-batch", `{"run_id":"RUN","params":[{"key":"new","value":"1"},{"key":"p","value":"2"}],
		"metrics":[{"key":"new","value":1,"timestamp":5}],"tags":[{"key":"new","value":"1"}]}`, 400, "INVALID_PARAMETER_VALUE")
	if !strings.HasPrefix(m, "Changing param values is not allowed. Param with key='p' was already logged with value='1'") {
		t.Errorf("message is %q", m)
	}
	r := c.Runs()[0]
	if want := map[string]string{"p": "1", "empty": ""}; !reflect.DeepEqual(r.Params, want) || len(r.Metrics) > 0 || r.Tags["new"] != "" {
		t.Errorf("part of a refused batch was kept: %+v", r)
	}
	c.clean()
}

// items are n items of a batch, with keys that begin with the prefix.
func items(n int, prefix, format string) string {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, `,{"key":"%s%d",%s}`, prefix, i, format)
	}
	return strings.TrimPrefix(b.String(), ",")
}

func TestBatchLimits(t *testing.T) {
	for _, test := range []struct {
		name                  string
		metrics, params, tags int
		value                 string
		ok                    bool
	}{
		{"full of metrics", 1000, 0, 0, "", true},
		{"full", 800, 100, 100, "", true},
		{"metrics", 1001, 0, 0, "", false},
		{"params", 0, 101, 0, "", false},
		{"tags", 0, 0, 101, "", false},
		{"items", 801, 100, 100, "", false},
		{"bytes", 0, 100, 100, strings.Repeat("v", 5000), false},
		{"value of a param", 0, 1, 0, strings.Repeat("ä", 6000), true},
		{"long value of a param", 0, 1, 0, strings.Repeat("ä", 6001), false},
		{"value of a tag", 0, 0, 1, strings.Repeat("ä", 8000), true},
		{"long value of a tag", 0, 0, 1, strings.Repeat("ä", 8001), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := start(t, mlflowserver.Options{})
			value := `"value":"` + test.value + `"`
			body := fmt.Sprintf(`{"run_id":"RUN","metrics":[%s],"params":[%s],"tags":[%s]}`,
				items(test.metrics, "m", `"value":1,"timestamp":5`), items(test.params, "p", value), items(test.tags, "t", value))
			if test.ok {
				c.ok("POST", "runs/log-batch", body)
				c.clean()
				return
			}
			c.fails("POST", "runs/log-batch", body, 400, "INVALID_PARAMETER_VALUE")
			if r := c.Runs()[0]; len(c.Violations()) != 1 || len(r.Metrics)+len(r.Params)+len(r.Tags) != 1 {
				t.Errorf("violations %q, run %+v", c.Violations(), r)
			}
		})
	}
}

func TestNames(t *testing.T) {
	for _, test := range []struct {
		name string
		ok   bool
	}{
		{"a b/c-d_e.f:g", true}, {strings.Repeat("x", 250), true}, {".a", true}, {"a..b", true}, {" a", true},
		{"", false}, {strings.Repeat("x", 251), false}, {"/a", false}, {"a/", false}, {"a//b", false}, {"a/../b", false}, {"./a", false},
		{"..", false},
		{"..a", false}, {".", false}, {"é", false}, {"a+b", false}, {"a@b", false}, {"a(b)", false}, {`a\\b`, false}, {`a\nb`, false},
	} {
		for _, item := range []string{
			`"metrics":[{"key":"%s","value":1,"timestamp":5}]`, `"params":[{"key":"%s","value":""}]`, `"tags":[{"key":"%s","value":""}]`,
		} {
			c := start(t, mlflowserver.Options{})
			body := `{"run_id":"RUN",` + fmt.Sprintf(item, test.name) + `}`
			if test.ok {
				c.ok("POST", "runs/log-batch", body)
				c.clean()
			} else {
				c.fails("POST", "runs/log-batch", body, 400, "INVALID_PARAMETER_VALUE")
				if len(c.Violations()) != 1 {
					t.Errorf("%s: violations %q", body, c.Violations())
				}
			}
		}
	}
}
