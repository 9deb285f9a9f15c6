// Package fasttrackml starts FastTrackML for a test: a server that speaks MLflow's REST API, and that somebody else wrote.
//
// It is not MLflow. The tests of this package write down where the two differ.
package fasttrackml

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// patience is how long a server may take until it answers. It takes one or two seconds; a busy machine takes more.
const patience = 60 * time.Second

// Start starts a server on a free port of 127.0.0.1, with an empty database and an empty folder of artifacts, and returns the
// URL that it answers under, without a slash at the end. The server dies with the test. The arguments are further flags of
// `fasttrackml server`, such as --auth-username.
//
// The test is skipped where SEGKIT_FASTTRACKML does not name the program; scripts/test builds it.
func Start(t testing.TB, args ...string) (baseURL string) {
	t.Helper()
	program := os.Getenv("SEGKIT_FASTTRACKML")
	if program == "" {
		t.Skip("SEGKIT_FASTTRACKML does not name a FastTrackML server; scripts/test builds one")
	}
	dir := t.TempDir()
	var err error
	for range 3 { // somebody else may take the port before the server does
		if baseURL, err = start(t, program, dir, args); err == nil {
			return baseURL
		}
	}
	t.Fatal(err)
	return ""
}

func start(t testing.TB, program, dir string, args []string) (string, error) {
	address, err := freeAddress()
	if err != nil {
		return "", err
	}
	out, err := os.Create(filepath.Join(dir, "server.log"))
	if err != nil {
		return "", err
	}
	defer out.Close()
	cmd := exec.Command(program, append([]string{
		"server",
		"--listen-address", address,
		"--database-uri", "sqlite://" + filepath.Join(dir, "fasttrackml.db"),
		"--default-artifact-root", filepath.Join(dir, "artifacts"),
		"--log-level", "warn",
	}, args...)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, out, out
	dieWithParent(cmd)
	if err := cmd.Start(); err != nil {
		return "", fmt.Errorf("fasttrackml: %w", err)
	}
	gone := make(chan struct{})
	go func() {
		cmd.Wait()
		close(gone)
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-gone
	})
	base := "http://" + address
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for !healthy(ctx, base) {
		select {
		case <-time.After(50 * time.Millisecond):
			continue
		case <-gone:
		case <-ctx.Done():
		}
		log, _ := os.ReadFile(out.Name())
		return "", fmt.Errorf("fasttrackml: the server does not answer at %s: %s", base, log)
	}
	return base, nil
}

// freeAddress is one that nobody listens on right now.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("fasttrackml: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// healthy reports whether the server answers. With --auth-username even /health wants a password.
func healthy(ctx context.Context, base string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/health", nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK || resp.StatusCode == http.StatusUnauthorized
}
