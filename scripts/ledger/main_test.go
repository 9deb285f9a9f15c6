package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/marketing/segkit/track"
)

func TestCommandLine(t *testing.T) {
	dir, _ := richStore(t)
	empty := t.TempDir()
	for _, name := range []string{"COMET_API_KEY", "MLFLOW_TRACKING_URI"} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", empty)
	file := filepath.Join(empty, "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"nonsense", 2, `there is no command "nonsense"; there are clean, export, serve, sync`},
		{"--nonsense", 2, "usage: scripts/runs"},
		{"--port x", 2, "usage: scripts/runs"},
		{"--port 70000", 2, "from 0 to 65535"},
		{"serve more", 2, "one argument too many"},
		{"export a b", 2, "one argument too many"},
		{"clean a", 2, "one argument too many"},
		{"export --port 1", 2, "usage: scripts/runs export"},
		{"--help", 0, "scripts/runs clean"},
		{"help", 0, "scripts/runs export"},
		{"export -h", 0, "scripts/runs export"},
		{"--store " + empty + "/missing", 1, "there is no store of runs at"},
		{"clean --store " + empty, 1, "is no store of runs"},
		{"export --store " + file, 1, "is no store of runs"},
		{"--store " + dir + " --port " + port, 1, "port " + port + " is in use; choose another"},
		{"clean --store " + dir, 1, "nothing is cleaned while a run cannot be read"},
		{"export --store " + dir + " " + empty + "/site", 0, "index.html"},
		{"export " + file + " --store " + dir, 1, "not a directory"},
		{"sync", 2, "usage: scripts/runs sync"},
		{"--store " + dir + " clean", 1, "nothing is cleaned while a run cannot be read"},
		{"export --store " + dir + " " + dir, 1, "is in the store"},
		{"export --store " + dir + " " + dir + "/site", 1, "is in the store"},
		{"sync nowhere", 2, "there are comet and mlflow"},
		{"sync comet --store " + dir, 1, "COMET_API_KEY"},
		{"sync mlflow --store " + dir, 1, "MLFLOW_TRACKING_URI"},
	} {
		var out, errs bytes.Buffer
		code := start(t.Context(), strings.Fields(c.args), &out, &errs)
		said := out.String() + errs.String()
		if code != c.code || !strings.Contains(said, c.says) {
			t.Errorf("scripts/runs %s: %d, %s", c.args, code, said)
		}
		if code != 0 && strings.Count(said, "\n") != 1 {
			t.Errorf("scripts/runs %s says more than a line:\n%s", c.args, said)
		}
	}
	if _, err := os.Stat(filepath.Join(empty, "missing")); err == nil {
		t.Error("a store was made")
	}
	for _, name := range []string{"broken", "nothing"} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "objects", "left"), make([]byte, 1234), 0o666); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if code := start(t.Context(), []string{"clean", "--store", dir}, &out, &out); code != 0 || !strings.Contains(out.String(), "1.2 kB freed (1234 bytes)") {
		t.Errorf("%d, %s", code, out.String())
	}
}

// What a server takes is sent once; what stands in the way is said.
func TestSync(t *testing.T) {
	dir := t.TempDir()
	writeRun(t, dir)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Authorization") != "Bearer t0ken":
			w.WriteHeader(http.StatusUnauthorized)
		case strings.HasSuffix(r.URL.Path, "/experiments/get-by-name"):
			io.WriteString(w, `{"experiment":{"experiment_id":"0"}}`)
		case strings.HasSuffix(r.URL.Path, "/runs/create"), strings.HasSuffix(r.URL.Path, "/runs/get"):
			io.WriteString(w, `{"run":{"info":{"run_id":"r1","artifact_uri":"mlflow-artifacts:/0/r1/artifacts"}}}`)
		default:
			io.WriteString(w, `{}`)
		}
	}))
	defer server.Close()
	t.Setenv("MLFLOW_TRACKING_URI", server.URL)
	for _, c := range []struct {
		token string
		args  string
		code  int
		says  string
	}{
		{"wrong", "", 1, "401 Unauthorized"},
		{"t0ken", "absent", 1, `no such run: "absent"`},
		{"t0ken", "one", 0, "sent 3 records of 1 run"},
		{"t0ken", "", 0, "nothing new"},
		{"t0ken", "--anew", 0, "sent 3 records of 1 run"},
	} {
		t.Setenv("MLFLOW_TRACKING_TOKEN", c.token)
		var out bytes.Buffer
		code := start(t.Context(), strings.Fields("sync mlflow --store "+dir+" "+c.args), &out, &out)
		if code != c.code || !strings.Contains(out.String(), c.says) || strings.Contains(out.String(), c.token) {
			t.Errorf("%+v: %d, %s", c, code, out.String())
		}
	}
}

// writeRun makes a store with a run called one.
func writeRun(t *testing.T, dir string) {
	t.Helper()
	s, err := track.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	run, err := s.Start("one", nil)
	if err != nil {
		t.Fatal(err)
	}
	run.Param("k", 3)
	if err := run.End(); err != nil {
		t.Fatal(err)
	}
}

// The server ends when its context does, and lets a reader finish who has begun.
func TestServe(t *testing.T) {
	dir, _ := richStore(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	said, out := io.Pipe()
	code := make(chan int, 1)
	go func() { code <- start(ctx, []string{"--store", dir, "--port", "0"}, out, out) }()
	line := make([]byte, 1000)
	n, err := said.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	_, address, ok := strings.Cut(strings.TrimSpace(string(line[:n])), ": ")
	if !ok || !strings.HasPrefix(address, "http://127.0.0.1:") {
		t.Fatalf("it says %q", line[:n])
	}
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	cancel()
	select {
	case c := <-code:
		if c != 0 {
			t.Errorf("it ends with %d", c)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it does not end")
	}
	if _, err := http.Get(address); err == nil {
		t.Error("it still answers")
	}
}
