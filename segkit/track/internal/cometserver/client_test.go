package cometserver_test

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"example.com/marketing/segkit/track/internal/cometserver"
)

type object = map[string]any

// client talks to a server as a test needs it: no client of the API, as those check what they send.
type client struct {
	*cometserver.Server
	t   *testing.T
	url string
}

func serve(t *testing.T, o cometserver.Options) *client {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	s := cometserver.New(o)
	ts := httptest.NewServer(s)
	t.Cleanup(ts.Close)
	return &client{s, t, ts.URL}
}

const prefix = "/api/rest/v2"

// send sends a request with the default key unless the header has one, and returns the status and the body.
func (c *client) send(method, path string, body io.Reader, header ...string) (int, string, http.Header) {
	c.t.Helper()
	req, err := http.NewRequest(method, c.url+path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", cometserver.DefaultKey)
	for i := 0; i < len(header); i += 2 {
		req.Header.Del(header[i])
		if header[i+1] != "" {
			req.Header.Set(header[i], header[i+1])
		}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp.StatusCode, string(got), resp.Header
}

// reply is a JSON answer.
type reply struct {
	t      *testing.T
	status int
	text   string
	object
}

func (c *client) json(status int, text string, h http.Header) reply {
	c.t.Helper()
	r := reply{c.t, status, text, object{}}
	if h.Get("Content-Type") == "application/json" {
		if err := json.Unmarshal([]byte(text), &r.object); err != nil {
			c.t.Fatalf("%v: %s", err, text)
		}
	}
	return r
}

// get takes the query's names and values in turns.
func (c *client) get(path string, query ...string) reply {
	c.t.Helper()
	return c.json(c.send("GET", prefix+path+"?"+encode(query), nil))
}

func encode(query []string) string {
	q := url.Values{}
	for i := 0; i < len(query); i += 2 {
		q.Add(query[i], query[i+1])
	}
	return q.Encode()
}

func (c *client) post(path string, body object) reply {
	c.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	return c.json(c.send("POST", prefix+path, bytes.NewReader(raw), "Content-Type", "application/json"))
}

// upload sends a file with the form's fields before and after it, by names and values in turns.
func (c *client) upload(content string, form []string, query ...string) reply {
	c.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, _ := w.CreateFormFile("file", "part.txt")
	io.WriteString(part, content)
	for i := 0; i < len(form); i += 2 {
		w.WriteField(form[i], form[i+1])
	}
	w.Close()
	return c.json(c.send("POST", prefix+"/write/experiment/upload-asset?"+encode(query), &b, "Content-Type", w.FormDataContentType()))
}

// create makes an experiment and returns its key.
func (c *client) create() string {
	c.t.Helper()
	return c.post("/write/experiment/create", object{"workspaceName": "tester", "projectName": "p"}).ok().str("experimentKey")
}

func (r reply) ok() reply {
	r.t.Helper()
	if r.status != 200 {
		r.t.Fatalf("status %d: %s", r.status, r.text)
	}
	return r
}

// fails wants the status and the code of §1.2, 0 for none.
func (r reply) fails(status int, code float64) {
	r.t.Helper()
	if got, _ := r.object["sdk_error_code"].(float64); r.status != status || got != code || r.object["code"] != float64(status) {
		r.t.Errorf("status %d, want %d with %v: %s", r.status, status, code, r.text)
	}
}

func (r reply) str(name string) string {
	r.t.Helper()
	s, ok := r.object[name].(string)
	if !ok {
		r.t.Fatalf("no %s in %s", name, r.text)
	}
	return s
}

// all is a list of objects.
func (r reply) all(name string) (out []object) {
	r.t.Helper()
	l, ok := r.object[name].([]any)
	if !ok {
		r.t.Fatalf("no %s in %s", name, r.text)
	}
	for _, x := range l {
		out = append(out, x.(object))
	}
	return out
}

// clean wants no violation so far.
func (c *client) clean() {
	c.t.Helper()
	if v := c.Violations(); len(v) > 0 {
		c.t.Errorf("violations:\n%s", strings.Join(v, "\n"))
	}
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	g, _ := json.Marshal(got)
	w, _ := json.Marshal(want)
	if !bytes.Equal(g, w) {
		t.Errorf("%s:\n got %s\nwant %s", what, g, w)
	}
}
