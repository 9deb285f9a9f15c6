package mlflowserver_test

import (
	"fmt"
	"testing"

	"example.com/marketing/segkit/track/internal/mlflowserver"
)

func TestRegistry(t *testing.T) {
	c := start(t, mlflowserver.Options{})
	c.want("GET", "registered-models/search", "", `{}`)
	c.ok("POST", "registered-models/create", `{"name":"m","description":"d","tags":[{"key":"k","value":"v"}]}`)
	c.fails("POST", "registered-models/create", `{"name":"m"}`, 400, "RESOURCE_ALREADY_EXISTS")
	c.ok("POST", "registered-models/create", `{"name":"a"}`)
	c.fails("GET", "registered-models/get?name=none", "", 404, "RESOURCE_DOES_NOT_EXIST")
	c.fails("POST", "model-versions/create", `{"name":"none","source":"mlflow-artifacts:/1/x"}`, 404, "RESOURCE_DOES_NOT_EXIST")
	for i := range 2 {
		c.ok("POST", "model-versions/create", fmt.Sprintf(`{"name":"m","source":"mlflow-artifacts:/1/RUN/artifacts/%d","run_id":"RUN",
			"tags":[{"key":"n","value":"%[1]d"}]}`, i))
	}
	v := c.Versions()[1]
	version := fmt.Sprintf(`{"creation_timestamp":%d,"current_stage":"None","last_updated_timestamp":%[1]d,"name":"m","run_id":"RUN",`+
		`"source":"mlflow-artifacts:/1/RUN/artifacts/1","status":"READY","tags":[{"key":"n","value":"1"}],"version":"2"}`, v.Created)
	c.want("GET", "model-versions/get?name=m&version=2", "", c.fill(`{"model_version":`+version+`}`))
	m := c.Models()[0]
	c.want("GET", "registered-models/get?name=m", "", c.fill(fmt.Sprintf(`{"registered_model":{"creation_timestamp":%d,"description":"d",`+
		`"last_updated_timestamp":%d,"latest_versions":[%s],"name":"m","tags":[{"key":"k","value":"v"}]}}`, m.Created, m.Updated, version)))
	c.fails("GET", "model-versions/get?name=m&version=3", "", 404, "RESOURCE_DOES_NOT_EXIST")
	for query, want := range map[string]string{
		"": "2 1", "?filter=name%3D'm'": "2 1", "?filter=name%3D'a'": "", "?filter=run_id%3D'RUN'%20and%20tags.n%3D'0'": "1",
		"?filter=version_number%3D2": "2", "?order_by=version_number%20ASC": "1 2", "?max_results=1": "2",
	} {
		if got := names(c.ok("GET", "model-versions/search"+query, ""), "model_versions", "version"); got != want {
			t.Errorf("versions of %q: got %q, want %q", query, got, want)
		}
	}
	for query, want := range map[string]string{"": "a m", "?order_by=name%20DESC": "m a", "?filter=name%20ILIKE%20'M%25'": "m"} {
		if got := names(c.ok("GET", "registered-models/search"+query, ""), "registered_models", "name"); got != want {
			t.Errorf("models of %q: got %q, want %q", query, got, want)
		}
	}
	c.clean()
}

// A version of local files has to name the run that they are of.
func TestLocalSource(t *testing.T) {
	c := start(t, mlflowserver.Options{FileArtifacts: true})
	c.ok("POST", "registered-models/create", `{"name":"m"}`)
	uri := c.Runs()[0].ArtifactURI
	c.ok("POST", "model-versions/create", fmt.Sprintf(`{"name":"m","source":"%s/model","run_id":"RUN"}`, uri))
	c.clean()
	c.fails("POST", "model-versions/create", fmt.Sprintf(`{"name":"m","source":"%s/model"}`, uri), 400, "INVALID_PARAMETER_VALUE")
}
