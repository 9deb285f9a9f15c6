package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestCommandLine(t *testing.T) {
	dir, _ := richStore(t)
	empty := t.TempDir()
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
		{"nonsense", 2, `there is no command "nonsense"; there are clean, export, serve`},
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
