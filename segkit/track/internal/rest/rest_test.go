package rest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.com/marketing/segkit/track/internal/faults"
	"example.com/marketing/segkit/track/internal/rest"
)

// serve returns a client without patience, and the server's handler.
func serve(t *testing.T, h http.HandlerFunc, plan faults.Plan) (*rest.Client, *faults.Handler, string) {
	t.Helper()
	handler := faults.Wrap(h, plan)
	web := httptest.NewServer(handler)
	t.Cleanup(func() {
		handler.Stop()
		web.Close()
	})
	c, err := rest.New(web.URL+"/", false)
	if err != nil {
		t.Fatal(err)
	}
	c.Attempts, c.Pause, c.MaxPause, c.Idle = 3, time.Millisecond, 2*time.Millisecond, 100*time.Millisecond
	return c, handler, web.URL
}

func post(t *testing.T) rest.Request {
	t.Helper()
	r, err := rest.JSON("POST", "/a/b%2Fc", map[string]string{"<k>": "v"})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// What helps is tried again, what does not is not.
func TestAgain(t *testing.T) {
	for _, c := range []struct {
		fault   faults.Fault
		handled int // how often the server did it
		tries   int
	}{
		{faults.Fault{}, 1, 1},
		{faults.Fault{Kind: faults.TooMany}, 1, 2},
		{faults.Fault{Kind: faults.ServerError}, 1, 2},
		{faults.Fault{Kind: faults.Unavailable}, 1, 2},
		{faults.Fault{Kind: faults.DropBefore}, 1, 2},
		{faults.Fault{Kind: faults.DropDuring}, 1, 2},
		{faults.Fault{Kind: faults.DropAfter}, 2, 2},
		{faults.Fault{Kind: faults.Garbage}, 2, 2},
		{faults.Fault{Kind: faults.Truncate}, 2, 2},
		{faults.Fault{Kind: faults.HangBefore}, 1, 2},
		{faults.Fault{Kind: faults.HangAfter}, 2, 2},
	} {
		var handled atomic.Int32
		client, handler, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
			b, err := io.ReadAll(r.Body)
			if err != nil || string(b) != `{"<k>":"v"}` || r.URL.EscapedPath() != "/a/b%2Fc" || r.Header.Get("Content-Type") != "application/json" {
				t.Errorf("%v: %s %q", err, r.URL, b)
			}
			handled.Add(1)
			fmt.Fprint(w, `{"answer":42}`)
		}, faults.Script(c.fault))
		var into struct{ Answer int }
		err := client.Do(t.Context(), post(t), &into)
		tries := 0
		for _, n := range handler.Counts() {
			tries += n
		}
		if err != nil || into.Answer != 42 || int(handled.Load()) != c.handled || tries != c.tries {
			t.Errorf("%v: %v, done %d times in %d tries", c.fault.Kind, err, handled.Load(), tries)
		}
	}
	for _, status := range []int{400, 401, 403, 404, 405, 409, 413, 422} {
		var tries atomic.Int32
		client, _, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			tries.Add(1)
			w.WriteHeader(status)
		}, nil)
		if err := client.Do(t.Context(), post(t), nil); rest.Status(err) != status || tries.Load() != 1 {
			t.Errorf("%d: %v in %d tries", status, err, tries.Load())
		}
	}
}

// Where it matters, the client looks before it does something twice.
func TestDone(t *testing.T) {
	for kind, looks := range map[faults.Kind]int{faults.DropAfter: 1, faults.ServerError: 1, faults.Garbage: 1, faults.TooMany: 0} {
		var done atomic.Int32
		looked := 0
		client, _, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			done.Add(1)
			fmt.Fprint(w, `{}`)
		}, faults.Script(faults.Fault{Kind: kind}))
		r := post(t)
		r.Done = func(context.Context) (bool, error) {
			looked++
			return done.Load() > 0, nil
		}
		if err := client.Do(t.Context(), r, &struct{}{}); err != nil || done.Load() != 1 || looked != looks {
			t.Errorf("%v: %v, done %d times, looked %d times", kind, err, done.Load(), looked)
		}
	}
	client, _, _ := serve(t, func(http.ResponseWriter, *http.Request) {}, faults.Always(faults.Fault{Kind: faults.DropAfter}))
	r := post(t)
	r.Done = func(context.Context) (bool, error) { return false, errors.New("blind") }
	if err := client.Do(t.Context(), r, nil); err == nil || !strings.Contains(err.Error(), "not known: blind") {
		t.Errorf("%v", err)
	}
}

func TestRetryAfter(t *testing.T) {
	client, _, _ := serve(t, func(http.ResponseWriter, *http.Request) {}, faults.Script(faults.Fault{Kind: faults.TooMany, RetryAfter: "1"}))
	begun := time.Now()
	if err := client.Do(t.Context(), post(t), nil); err != nil || time.Since(begun) < time.Second {
		t.Errorf("%v after %v", err, time.Since(begun))
	}
	for _, after := range []string{"3600", faults.Date(time.Now().Add(time.Hour))} {
		client, handler, _ := serve(t, func(http.ResponseWriter, *http.Request) {}, faults.Always(faults.Fault{Kind: faults.Unavailable, RetryAfter: after}))
		if err := client.Do(t.Context(), post(t), nil); err == nil || !strings.Contains(err.Error(), "it asks to wait for") || handler.Counts()[faults.Unavailable] != 1 {
			t.Errorf("%s: %v", after, err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	client, _, _ = serve(t, func(http.ResponseWriter, *http.Request) {}, faults.Always(faults.Fault{Kind: faults.TooMany, RetryAfter: "60"}))
	if err := client.Do(ctx, post(t), nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a wait that is stopped: %v", err)
	}
}

// A key goes to the server that it is for, and nowhere else.
func TestKeyStays(t *testing.T) {
	var seen atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { seen.Add(1) }))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		client, _, _ := serve(t, func(http.ResponseWriter, *http.Request) {}, faults.Always(faults.Fault{Kind: faults.Redirect, Code: status, URL: other.URL + "/secret-path"}))
		client.Authorize("k3y")
		for _, method := range []string{"GET", "POST"} {
			r := post(t)
			r.Method = method
			if method == "GET" {
				r.Body = nil
			}
			err := client.Do(t.Context(), r, nil)
			if rest.Status(err) != status || !strings.Contains(err.Error(), other.URL) || strings.Contains(err.Error(), "secret-path") || strings.Contains(err.Error(), "k3y") {
				t.Errorf("%d %s: %v", status, method, err)
			}
		}
	}
	if seen.Load() > 0 {
		t.Errorf("%d requests followed a redirect", seen.Load())
	}
	for address, plain := range map[string]bool{
		"http://example.com": false, "http://10.0.0.1:5000": false, "http://localhost.example.com": false, "http://127.0.0.1.nip.io": false,
		"http://127.0.0.1:1": true, "http://[::1]:1": true, "http://localhost:1": true, "https://example.com": true,
	} {
		if _, err := rest.New(address, false); (err == nil) != plain || err != nil && !errors.Is(err, rest.ErrPlain) {
			t.Errorf("%s: %v", address, err)
		}
		if _, err := rest.New(address, true); err != nil {
			t.Errorf("%s, allowed: %v", address, err)
		}
	}
	for _, address := range []string{"", "example.com", "ftp://u:s3cret@h", "http://u:s3cret@[::1", "file:///tmp/x", "https://", "http://u:s3cret@10.0.0.1", "\x00https://u:s3cret@h"} {
		if _, err := rest.New(address, false); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestPassword(t *testing.T) {
	client, _, url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if u, p, _ := r.BasicAuth(); u != "me" || p != "s3cret" || r.URL.User != nil {
			w.WriteHeader(401)
		}
	}, nil)
	if err := client.Do(t.Context(), post(t), nil); rest.Status(err) != 401 {
		t.Errorf("without a password: %v", err)
	}
	with, err := rest.New(strings.Replace(url, "http://", "http://me:s3cret@", 1), false)
	if err != nil || strings.Contains(with.Base.String(), "s3cret") {
		t.Fatal(with.Base, err)
	}
	if err := with.Do(t.Context(), post(t), nil); err != nil {
		t.Error(err)
	}
}

// What cannot be read here is nobody else's fault, and is not tried again.
func TestUnreadableBody(t *testing.T) {
	var tries atomic.Int32
	client, _, _ := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		tries.Add(1)
		_, _ = io.Copy(io.Discard, r.Body)
	}, nil)
	bad := errors.New("a bad block")
	r := rest.Request{Method: "PUT", Path: "/x", Body: func() (io.ReadCloser, int64, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader(strings.Repeat("x", 1<<20)), failing{bad})), 1 << 21, nil
	}}
	if err := client.Do(t.Context(), r, nil); !errors.Is(err, bad) || tries.Load() > 1 {
		t.Errorf("%v in %d tries", err, tries.Load())
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
