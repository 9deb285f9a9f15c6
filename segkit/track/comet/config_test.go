package comet

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/marketing/segkit/track"
	"example.com/marketing/segkit/track/internal/cometserver"
	"example.com/marketing/segkit/track/internal/faults"
	"example.com/marketing/segkit/track/internal/rest"
	"example.com/marketing/segkit/track/internal/tracktest"
)

// Arguments go before the environment, this before the folder's file, and this before the home's, value by value.
func TestConfig(t *testing.T) {
	quiet(t)
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	file := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	resolved := func(c Config) Config {
		t.Helper()
		if err := c.resolve(); err != nil {
			t.Fatal(err)
		}
		return c
	}
	if err := (&Config{}).resolve(); err == nil || !strings.Contains(err.Error(), "COMET_API_KEY") {
		t.Errorf("nothing set: %v", err)
	}
	file(filepath.Join(home, ".comet.config"), "\ufeff[comet]\r\napi_key = home\r\nworkspace=home\r\nproject_name: home\r\nurl_override=https://home/clientlib/\r\n[other]\nworkspace=other\n")
	if c := resolved(Config{}); c.APIKey != "home" || c.Workspace != "home" || c.Project != "home" || c.URL != "https://home" {
		t.Errorf("home: %+v", c)
	}
	file(".comet.config", "; a comment\n# another\n\n[ Comet ]\nAPI_KEY = here=x \nworkspace =\n")
	if c := resolved(Config{}); c.APIKey != "here=x" || c.Workspace != "home" {
		t.Errorf("here: %+v", c)
	}
	t.Setenv("COMET_API_KEY", " env ")
	t.Setenv("COMET_PROJECT_NAME", "env")
	t.Setenv("COMET_URL_OVERRIDE", "https://env//")
	if c := resolved(Config{}); c.APIKey != "env" || c.Project != "env" || c.Workspace != "home" || c.URL != "https://env" {
		t.Errorf("environment: %+v", c)
	}
	if c := resolved(Config{APIKey: "arg", Workspace: "arg", Project: "arg", URL: "https://arg/x/"}); c.APIKey != "arg" || c.Workspace != "arg" || c.Project != "arg" || c.URL != "https://arg/x" {
		t.Errorf("arguments: %+v", c)
	}
	file(".comet.config", "[comet]\napi_key s3cret\n")
	if err := (&Config{}).resolve(); err == nil || !strings.Contains(err.Error(), ".comet.config, line 2") || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("a line that is none: %v", err)
	}
	if err := (&Config{APIKey: "a\nb: c"}).resolve(); err == nil {
		t.Error("a key with a line break was taken")
	}
}

func TestDefaults(t *testing.T) {
	quiet(t)
	server := cometserver.New(cometserver.Options{Dir: t.TempDir(), Workspace: "mine"})
	web := httptest.NewServer(server)
	defer web.Close()
	target, err := New(t.Context(), &Config{APIKey: cometserver.DefaultKey, URL: web.URL})
	if err != nil {
		t.Fatal(err)
	}
	if host := strings.TrimPrefix(web.URL, "http://"); target.Place() != "comet "+host+"/mine/general" || target.Link() != web.URL+"/mine/general" {
		t.Errorf("%s, %s", target.Place(), target.Link())
	}
	if _, err := New(t.Context(), &Config{APIKey: "x", URL: "http://comet.example.com"}); !errors.Is(err, rest.ErrPlain) {
		t.Errorf("plain http: %v", err)
	}
}

// Nowhere but in the header of the requests.
func TestKeyIsSecret(t *testing.T) {
	quiet(t)
	const key = "k3y-0123456789-s3cret"
	seen := map[string]bool{}
	server := cometserver.New(cometserver.Options{Dir: t.TempDir(), Workspace: "team", APIKey: key})
	inside := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { // one that says it in an answer that is a success
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"experimentKey":"e","code":400,"msg":"%s%s"}`, strings.Repeat("x", 490), r.Header.Get("Authorization"))
	})
	echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { // a server that says what it was sent
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"code":400,"msg":"no %s","sdk_error_code":90212}`, r.Header.Get("Authorization"))
	})
	handlers := []http.Handler{server, echo, inside}
	for _, kind := range []faults.Kind{faults.TooMany, faults.ServerError, faults.DropBefore, faults.DropAfter, faults.Garbage, faults.Redirect} {
		handlers = append(handlers, faults.Wrap(server, faults.Always(faults.Fault{Kind: kind, URL: "https://" + key + "@example.com/" + key})))
	}
	dir := t.TempDir()
	s, err := track.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	tracktest.End(t, tracktest.Log(t, s, rand.New(rand.NewPCG(1, 1)), "run", 12, nil))
	texts := &bytes.Buffer{}
	for i, h := range handlers {
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.String(), key) {
				t.Errorf("a URL has the key: %s", r.URL)
			}
			h.ServeHTTP(w, r)
		}))
		config := &Config{APIKey: key, Workspace: "team", URL: web.URL}
		target, err := New(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		hurry(target, 0)
		target.client.Attempts = 2
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x", "%q"} {
			fmt.Fprintf(texts, verb+verb+verb+verb, target, *config, config, target.client)
		}
		b, err := json.Marshal(config)
		fmt.Fprint(texts, target.Place(), string(b), err)
		report, err := track.Sync(t.Context(), s, target, nil)
		if (err == nil) != (i == 0) {
			t.Errorf("server %d: %v", i, err)
		}
		fmt.Fprintln(texts, report, err)
		web.Close()
	}
	if strings.Contains(texts.String(), key) || strings.Contains(texts.String(), "k3y") {
		t.Errorf("a text has the key: %s", texts)
	}
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(key)) || strings.Contains(path, key) {
			t.Errorf("%s has the key", path)
		}
		seen[filepath.Ext(path)] = true
		return err
	})
	if err != nil || !seen[".json"] || !seen[".jsonl"] {
		t.Errorf("%v, %v", seen, err)
	}
}

// What cannot be sent is said, and the rest is.
func TestRefused(t *testing.T) {
	server, _, target := serve(t, cometserver.Options{MaxUpload: 100}, nil)
	s := tracktest.Open(t)
	run, err := s.Start("run", nil)
	if err != nil {
		t.Fatal(err)
	}
	run.Text("long.txt", strings.Repeat("x", 1000))
	run.Text("gone.txt", "gone")
	run.Text("short.txt", "short")
	run.Artifact(track.Artifact{Name: "big"}, track.Content{Name: "a.csv", Write: tracktest.Content(strings.Repeat("y", 1000))})
	run.Param("k", 3)
	tracktest.End(t, run)
	r, err := s.Load("run")
	if err != nil {
		t.Fatal(err)
	}
	f, err := r.Open(track.Text, "gone.txt")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
		t.Fatal(err)
	}
	_, err = track.Sync(t.Context(), s, target, nil)
	if !errors.Is(err, track.ErrRefused) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
	for _, what := range []string{`text "long.txt": refused`, "413", `text "gone.txt": refused`, "artifact big:1: "} {
		if !strings.Contains(fmt.Sprint(err), what) {
			t.Errorf("%q is not in %v", what, err)
		}
	}
	e := server.Experiments()[0]
	if len(e.Assets) != 1 || e.Assets[0].Name != "texts/short.txt" || e.Params["k"] != "3" || e.Others["segkit state"] != "ended" {
		t.Errorf("%+v", e)
	}
	if a := server.Artifacts(); len(a) != 1 || a[0].Versions[0].State != "ERROR" {
		t.Errorf("%+v", a)
	}
	if v := server.Violations(); len(v) > 0 {
		t.Errorf("%q", v)
	}
}

// A server without the account's key, or with another's experiments, takes nothing and loses nothing.
func TestWrongKey(t *testing.T) {
	for _, o := range []cometserver.Options{{}, {BadKey400: true}} {
		server, _, target := serve(t, o, nil)
		s := tracktest.Open(t)
		tracktest.End(t, tracktest.Log(t, s, rand.New(rand.NewPCG(1, 1)), "run", 12, nil))
		target.client.Authorize("another")
		report, err := track.Sync(t.Context(), s, target, nil)
		if err == nil || errors.Is(err, track.ErrRefused) || report.Entries != 0 || report.Left.Runs != 1 {
			t.Errorf("%+v, %v", report, err)
		}
		target.client.Authorize(cometserver.DefaultKey)
		if _, err := track.Sync(t.Context(), s, target, nil); err != nil {
			t.Error(err)
		}
		equal(t, s, server)
		// An experiment that was deleted in Comet is not made anew behind the user's back.
		run, err := s.Start("run", &track.RunOptions{Continue: true})
		if err != nil {
			t.Fatal(err)
		}
		run.Param("late", 1)
		tracktest.End(t, run)
		if err := target.order(t.Context(), "/experiment/delete", experiment(server.Experiments()[0].Key), nil); err != nil {
			t.Fatal(err)
		}
		if report, err := track.Sync(t.Context(), s, target, nil); !errors.Is(err, track.ErrGone) || report.Left.Entries != 2 {
			t.Errorf("deleted: %+v, %v", report, err)
		}
	}
}

func FuzzConfig(f *testing.F) {
	for _, seed := range []string{"", "[comet]\napi_key=x\n", "\ufeff[ comet ]\r\nproject_name: a=b\n;\n#", "[\n]", "api_key=x", "[comet]\n=\n:", "[comet"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(t.TempDir(), "config")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		values, err := readConfig(path)
		if err != nil && !strings.Contains(err.Error(), "config") {
			t.Errorf("%v does not name the file", err)
		}
		for key, value := range values {
			if strings.TrimSpace(key) != key || strings.TrimSpace(value) != value || strings.ContainsAny(value, "\n") {
				t.Errorf("%q = %q", key, value)
			}
		}
	})
}
