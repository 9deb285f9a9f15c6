package cometserver_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/marketing/segkit/track/internal/cometserver"
	"example.com/marketing/segkit/track/internal/faults"
)

// Behind a network that fails, a client that repeats what it got no answer to has done some of it twice: that is
// what the two packages are to show together.
func TestBehindFaults(t *testing.T) {
	for _, x := range []struct {
		kind faults.Kind
		want int // values, after one repetition
	}{{faults.DropBefore, 1}, {faults.DropDuring, 1}, {faults.Unavailable, 1}, {faults.DropAfter, 2}, {faults.Garbage, 2}, {faults.Truncate, 2}} {
		s := cometserver.New(cometserver.Options{Dir: t.TempDir()})
		h := faults.Wrap(s, nil)
		ts := httptest.NewServer(h)
		c := &client{s, t, ts.URL}
		body := `{"experimentKey":"` + c.create() + `","metricName":"m","metricValue":1}`
		h.SetPlan(faults.Only(faults.Path(prefix+"/write/experiment/metric"), faults.Script(faults.Fault{Kind: x.kind})))
		for range 2 {
			req, _ := http.NewRequest("POST", ts.URL+prefix+"/write/experiment/metric", strings.NewReader(body))
			req.Header.Set("Authorization", cometserver.DefaultKey)
			req.Header.Set("Content-Type", "application/json")
			if resp, err := http.DefaultClient.Do(req); err == nil {
				resp.Body.Close()
			}
		}
		if n := len(c.Experiments()[0].Metrics["m"]); n != x.want || h.Counts()[x.kind] != 1 {
			t.Errorf("%v: %d values, want %d; %v", x.kind, n, x.want, h.Counts())
		}
		c.clean()
		ts.Close()
	}
}
