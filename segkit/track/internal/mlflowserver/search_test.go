package mlflowserver_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"example.com/marketing/segkit/track/internal/mlflowserver"
)

// found are the names of the runs that a search finds.
func (c *client) found(fields string) string {
	c.t.Helper()
	return names(c.ok("POST", "runs/search", `{"experiment_ids":["1"],`+fields+`}`), "runs", "run_name")
}

func TestSearch(t *testing.T) {
	c := start(t, mlflowserver.Options{})
	for i, name := range []string{"one", "two", "three"} {
		c.ok("POST", "runs/create", fmt.Sprintf(`{"experiment_id":"1","run_name":%q,"start_time":%d,"user_id":"u",
			"tags":[{"key":"segkit.run_id","value":"id %d"},{"key":"a b","value":"%[3]d"}]}`, name, i+1, i))
		run := c.Runs()[i+1].ID
		c.ok("POST", "runs/log-batch", fmt.Sprintf(`{"run_id":%q,"params":[{"key":"k","value":"v%d"}],
			"metrics":[{"key":"m","value":%[2]d,"timestamp":1}]}`, run, i))
	}
	c.ok("POST", "runs/create", `{"experiment_id":"0","run_name":"elsewhere"}`)
	c.ok("POST", "runs/update", fmt.Sprintf(`{"run_id":%q,"status":"FINISHED","end_time":9}`, c.Runs()[2].ID))
	for filter, want := range map[string]string{
		"":                                            "r three two one", // the last one to start first
		"tags.\"segkit.run_id\" = 'id 1'":             "two",
		"tags.`segkit.run_id` = 'id 1'":               "two",
		"tags.segkit.run_id = 'id 1'":                 "two",
		"tag.`a b` = \"1\"":                           "two",
		"tags.`a b` != '1'":                           "three one",
		"tags.`a b` != '1' and params.k = 'v0'":       "one",
		"tags.segkit.run_id LIKE 'id_%'":              "three two one",
		"tags.segkit.run_id LIKE 'ID%'":               "",
		"tags.segkit.run_id ILIKE 'ID%'":              "three two one",
		"tags.none != 'x'":                            "",
		"attributes.status = 'FINISHED'":              "two",
		"status = 'RUNNING' AND user_id = 'u'":        "three one",
		"run_name = 'one'":                            "one",
		"attributes.run_name IN ('one', 'three')":     "three one",
		"tags.mlflow.runName = 'one'":                 "one",
		"start_time >= 2 and start_time < 100":        "three two",
		"end_time > 0":                                "two",
		"metrics.m > 0.5":                             "three two",
		"run_id = '" + c.Runs()[1].ID + "'":           "one",
		"tags.`a b` = '1' AND tags.`a b` = '2'":       "",
		"tags.segkit.run_id='id 0'AND status='OTHER'": "",
	} {
		text, err := json.Marshal(filter)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.found(`"filter":` + string(text)); got != want {
			t.Errorf("filter %s: found %q, want %q", filter, got, want)
		}
	}
	for order, want := range map[string]string{
		`"attributes.start_time ASC"`:            "one two three r",
		`"start_time"`:                           "one two three r",
		`"metrics.m DESC"`:                       "three two one r",
		`"params.k"`:                             "one two three r",
		"\"tags.`a b` DESC\"":                    "three two one r",
		`"end_time DESC"`:                        "two r three one",
		`"attributes.status","start_time  desc"`: "two r three one",
	} {
		if got := c.found(`"order_by":[` + order + `]`); got != want {
			t.Errorf("order by %s: found %q, want %q", order, got, want)
		}
	}
	for _, bad := range []string{"bogus", "tags.a", "tags.a = b", "tags.a = 'b' or tags.c = 'd'", "tags.a = 'b' and", "metrics.m = 'x'",
		"attributes.bogus = 'x'", "what.a = 'b'", "start_time LIKE '1'", "tags.a > 'b'", "= 'b'", "and", "tags.a = 'b"} {
		c.fails("POST", "runs/search", fmt.Sprintf(`{"experiment_ids":["1"],"filter":%q}`, bad), 400, "INVALID_PARAMETER_VALUE")
	}
}

func TestPages(t *testing.T) {
	for _, o := range []mlflowserver.Options{{}, {MaxPage: 2}} {
		c := start(t, o)
		for i := range 5 {
			c.ok("POST", "runs/create", fmt.Sprintf(`{"experiment_id":"1","run_name":"r%d"}`, i))
		}
		size, want := `"max_results":2`, 3
		if o.MaxPage > 0 {
			size = `"max_results":1000`
		}
		var all []string
		token, pages := "", 0
		for more := true; more; pages++ {
			var reply struct {
				Next string `json:"next_page_token"`
			}
			page := c.ok("POST", "runs/search", `{"experiment_ids":["1"],`+size+`,"page_token":"`+token+`"}`)
			if err := json.Unmarshal([]byte(page), &reply); err != nil {
				t.Fatal(err)
			}
			all = append(all, strings.Fields(names(page, "runs", "run_id"))...)
			token, more = reply.Next, reply.Next != ""
		}
		distinct := map[string]bool{}
		for _, id := range all {
			distinct[id] = true
		}
		if pages != want || len(all) != 6 || len(distinct) != 6 {
			t.Errorf("%+v: %d pages with %d runs, %d of them distinct", o, pages, len(all), len(distinct))
		}
		c.clean()
	}
}
