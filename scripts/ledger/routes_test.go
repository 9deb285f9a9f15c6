package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/marketing/segkit/track"
)

func testServer(t testing.TB, dir string) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(newHandler(openTest(t, dir)))
	t.Cleanup(s.Close)
	return s
}

// get asks for a path; headers are pairs of names and values.
func get(t testing.TB, s *httptest.Server, path string, headers ...string) (*http.Response, string) {
	t.Helper()
	return request(t, s, http.MethodGet, path, headers...)
}

func request(t testing.TB, s *httptest.Server, method, path string, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(b)
}

func TestRoutes(t *testing.T) {
	dir, _ := richStore(t)
	s := testServer(t, dir)
	for _, c := range []struct {
		path   string
		status int
		kind   string
		has    []string
	}{
		{"/", 200, "text/html", []string{">run-k4<", "running", "interrupted", "damaged", "9 runs", "broken/0001.jsonl, line 2"}},
		{"/?q=k%3D3", 200, "text/html", []string{"1 of 9 runs", ">run-k3<"}},
		{"/?sort=-last:silhouette&col=last:silhouette&col=max:loss", 200, "text/html", []string{`aria-sort="descending"`, "0.4000"}},
		{"/?page=99&col=nonsense&sort=nonsense", 200, "text/html", []string{">run-k3<"}},
		{"/run/run-k3", 200, "text/html", []string{"<svg", "1 of them NaN", "Report", "these are notes", "customers.csv", "This is no picture that a page can show", "codes v3", "codes v4"}},
		{"/run/broken", 200, "text/html", []string{"Its log cannot be read", "line 2"}},
		{"/run/nothing", 200, "text/html", []string{"Its log cannot be read", "line 1"}},
		{"/run/interrupted", 200, "text/html", []string{"its program is gone"}},
		{"/run/missing", 404, "text/html", []string{"There is no such page"}},
		{"/run/run-k3@nothing", 404, "text/html", nil},
		{"/run/objects", 404, "text/html", nil},
		{"/run/..%2f..", 404, "text/html", nil},
		{"/compare?run=run-k1&run=run-k2&run=gone", 200, "text/html", []string{"There is no run <bdi>gone</bdi>", "Parameters that differ", "1 parameter is"}},
		{"/compare", 200, "text/html", []string{"Choose two runs or more"}},
		{"/artifacts", 200, "text/html", []string{"codes of 4", "latest", "best"}},
		{"/artifact/codes", 200, "text/html", []string{"Version 5", "Version 1", "run-k3", `id="v2"`}},
		{"/artifact/missing", 404, "text/html", nil},
		{"/artifact/codes/v2/codes.csv", 200, "text/csv", []string{secret + "1"}},
		{"/artifact/codes/v9/codes.csv", 404, "text/html", nil},
		{"/artifact/codes/v2/other.csv", 404, "text/html", nil},
		{"/run/run-k3/table/customers.csv", 200, "text/html", []string{secret, "balance", "2 rows"}},
		{"/run/run-k3/table/customers.csv?sort=1&q=b", 200, "text/html", []string{"1 of 2 rows"}},
		{"/run/run-k3/table/scores.json", 200, "text/html", []string{secret, "silhouette"}},
		{"/run/run-k3/table/missing.csv", 404, "text/html", nil},
		{"/run/run-k3/figure/elbow.png", 200, "image/png", nil},
		{"/run/run-k3/figure/not%20a%20picture.png", 200, "application/octet-stream", nil},
		{"/run/run-k3/report/report.html", 200, "text/html", []string{"<h1>Report</h1>"}},
		{"/run/run-k3/file/table/customers.csv", 200, "text/csv", []string{secret}},
		{"/run/run-k3/file/model/kmeans/kmeans.json", 200, "application/json", []string{secret}},
		{"/run/run-k3/file/html/report.html", 200, "application/octet-stream", nil},
		{"/run/run-k3/file/text/notes.txt", 200, "text/plain", nil},
		{"/run/run-k3/file/figure/elbow.png", 200, "application/octet-stream", nil},
		{"/run/run-k3/file/nonsense/notes.txt", 404, "text/html", nil},
		{"/run/run-k3/file/text/..%2f..%2f..%2fgo.mod", 404, "text/html", nil},
		{"/run/run-k3/file/text/../../../../0001.json", 404, "", nil},
		{"/assets/style.css", 200, "text/css", nil},
		{"/assets/runs.css", 200, "text/css", nil},
		{"/assets/live.js", 200, "text/javascript", nil},
		{"/assets/list.html", 404, "text/html", nil},
		{"/assets/..%2frender.go", 404, "text/html", nil},
		{"/favicon.ico", 404, "text/html", nil},
	} {
		response, body := get(t, s, c.path)
		if response.StatusCode != c.status || !strings.HasPrefix(response.Header.Get("Content-Type"), c.kind) {
			t.Errorf("%s is %s %s, want %d %s", c.path, response.Status, response.Header.Get("Content-Type"), c.status, c.kind)
		}
		for _, want := range c.has {
			if !strings.Contains(body, want) {
				t.Errorf("%s does not say %q", c.path, want)
			}
		}
		h := response.Header
		if h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") || h.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s has the headers %v", c.path, h)
		}
		policy := h.Get("Content-Security-Policy")
		switch {
		case strings.Contains(c.path, "/report/"):
			if !strings.HasPrefix(policy, "sandbox allow-scripts;") {
				t.Errorf("%s has the policy %s", c.path, policy)
			}
		case strings.Contains(policy, "unsafe"):
			t.Errorf("%s has the policy %s", c.path, policy)
		}
		if strings.Contains(c.path, "/file/") && c.status == 200 {
			if want := "attachment; filename="; !strings.HasPrefix(h.Get("Content-Disposition"), want) {
				t.Errorf("%s has the disposition %q", c.path, h.Get("Content-Disposition"))
			}
		}
	}
}

// Only this machine's browser gets an answer, and only for these very pages.
func TestGuard(t *testing.T) {
	dir, _ := richStore(t)
	s := testServer(t, dir)
	_, port, _ := strings.Cut(strings.TrimPrefix(s.URL, "http://"), ":")
	for _, c := range []struct {
		status  int
		headers []string
	}{
		{200, nil},
		{200, []string{"Host", "localhost:" + port}},
		{200, []string{"Host", "[::1]:" + port}},
		{403, []string{"Host", "evil.example:" + port}},
		{403, []string{"Host", "evil.example"}},
		{403, []string{"Host", "127.0.0.1"}},
		{403, []string{"Host", "127.0.0.1:1"}},
		{403, []string{"Host", "localhost.evil.example:" + port}},
		{403, []string{"Host", "127.0.0.1.evil.example:" + port}},
		{200, []string{"Origin", s.URL}},
		{200, []string{"Origin", "http://localhost:" + port}},
		{403, []string{"Origin", "https://127.0.0.1:" + port}},
		{403, []string{"Origin", "http://evil.example"}},
		{403, []string{"Origin", "http://evil.example:" + port}},
		{403, []string{"Origin", "null"}},
		{200, []string{"Sec-Fetch-Site", "same-origin"}},
		{200, []string{"Sec-Fetch-Site", "none"}},
		{403, []string{"Sec-Fetch-Site", "cross-site"}},
	} {
		for _, path := range []string{"/", "/run/run-k3/file/table/customers.csv", "/assets/style.css"} {
			if response, body := get(t, s, path, c.headers...); response.StatusCode != c.status || c.status == 403 && strings.Contains(body, secret) {
				t.Errorf("%s with %q is %s, want %d", path, c.headers, response.Status, c.status)
			}
		}
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"} {
		if response, _ := request(t, s, method, "/"); response.StatusCode != 405 || response.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s is %s", method, response.Status)
		}
	}
	if response, body := request(t, s, "HEAD", "/run/run-k3"); response.StatusCode != 200 || body != "" || response.ContentLength <= 0 {
		t.Errorf("HEAD is %s with %d bytes", response.Status, response.ContentLength)
	}
}

// Names of files come back as they were given, whatever they are.
func TestDisposition(t *testing.T) {
	store, dir := emptyStore(t)
	r := begin(t, store, "names")
	names := []string{`a"b.csv`, "ä ö.txt", "a;b.json", "日本.npy", "100%.csv", "a/b/c.txt", "x.html", "semi'quote", "#hash?.csv"}
	for _, name := range names {
		r.Text(name, "x")
	}
	finish(t, r)
	s := testServer(t, dir)
	for _, name := range names {
		response, body := get(t, s, served{}.file(&run{Record: &track.Record{}, Ref: "names"}, track.File{Kind: track.Text, Name: name}))
		_, after, _ := strings.Cut(response.Header.Get("Content-Disposition"), "filename")
		want := name[strings.LastIndexByte(name, '/')+1:]
		decoded, _ := url.PathUnescape(strings.TrimPrefix(after, "*=utf-8''"))
		quoted := strings.ReplaceAll(strings.Trim(strings.TrimPrefix(after, "="), `"`), `\`, "")
		if response.StatusCode != 200 || body != "x" || decoded != want && quoted != want {
			t.Errorf("%q is %s, %q", name, response.Status, response.Header.Get("Content-Disposition"))
		}
	}
}

// A store that is not there, or breaks while it is served, is said on a page.
func TestTrouble(t *testing.T) {
	dir, running := richStore(t)
	s := testServer(t, dir)
	if err := os.WriteFile(filepath.Join(dir, "artifacts", "codes.jsonl"), []byte("{oops\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for path, status := range map[string]int{"/": 200, "/run/run-k3": 200, "/artifacts": 200, "/artifact/codes": 503, "/artifact/codes/v1/codes.csv": 503} {
		response, body := get(t, s, path)
		if response.StatusCode != status || strings.HasPrefix(path, "/artifact") && !strings.Contains(strings.ToLower(body), "not all artifacts can be read") {
			t.Errorf("%s is %s:\n%s", path, response.Status, body)
		}
	}
	b, err := openBook(dir)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := export(t.Context(), b, filepath.Join(t.TempDir(), "site"), false); err != nil || n == 0 {
		t.Errorf("the export wrote %d files: %v", n, err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "objects")); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"/run/run-k3": "It cannot be read", "/run/run-k3/table/customers.csv": "It cannot be shown", "/run/run-k3/figure/elbow.png": "There is no such page"} {
		if _, body := get(t, s, path); !strings.Contains(body, want) || strings.Contains(body, dir) && !strings.Contains(body, "<code>"+dir) {
			t.Errorf("%s says\n%s", path, body)
		}
	}
	_ = running.Abandon()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/", "/artifacts"} {
		if response, body := get(t, s, path); response.StatusCode != 503 || !strings.Contains(body, "is not there any more") {
			t.Errorf("%s is %s:\n%s", path, response.Status, body)
		}
	}
}

// A run that goes on in place of an earlier one keeps its address when it ends.
func TestAddressOfARunThatEnds(t *testing.T) {
	dir, running := richStore(t)
	s := testServer(t, dir)
	b := openTest(t, dir)
	_, history := b.find("run-k1")
	if len(history) != 2 || history[1].Ref != "run-k1@"+history[1].ID || history[1].State != track.Running || history[0].Ref != "run-k1" {
		t.Fatalf("%d runs", len(history))
	}
	path := "/run/" + history[1].Ref
	if _, body := get(t, s, path); !strings.Contains(body, "data-live") || !strings.Contains(body, "Other runs of this name") {
		t.Errorf("while it runs:\n%s", body)
	}
	finish(t, running)
	if _, body := get(t, s, path); strings.Contains(body, "data-live") || !strings.Contains(body, "<dd>ended</dd>") {
		t.Errorf("after its end:\n%s", body)
	}
	if _, body := get(t, s, "/run/run-k1"); !strings.Contains(body, history[1].ID) {
		t.Error("the name does not lead to the new run")
	}
}
