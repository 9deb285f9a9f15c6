package faults_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.com/marketing/segkit/track/internal/faults"
)

const reply = `{"msg":"Saved"}`

// server counts how often its handler read a whole body.
type server struct {
	*faults.Handler
	URL  string
	done atomic.Int64
}

func serve(t *testing.T, p faults.Plan) *server {
	t.Helper()
	s := &server{}
	s.Handler = faults.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err != nil {
			return
		}
		s.done.Add(1)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Handler", "ran")
		io.WriteString(w, reply)
	}), p)
	ts := httptest.NewServer(s.Handler)
	s.URL = ts.URL
	t.Cleanup(ts.Close)
	t.Cleanup(s.Stop)
	return s
}

// post sends a body on a connection of its own, which a transport never repeats by itself.
func post(ctx context.Context, url, body string) (*http.Response, string, error) {
	c := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	req, err := http.NewRequestWithContext(ctx, "POST", url, strings.NewReader(body))
	if err != nil {
		return nil, "", err
	}
	resp, err := c.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	return resp, string(got), err
}

func TestKinds(t *testing.T) {
	until := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, c := range []struct {
		name   string
		fault  faults.Fault
		status int    // 0: the request fails
		body   string // what is read
		header [2]string
		done   int64 // how often the handler ran
	}{
		{"none", faults.Fault{}, 200, reply, [2]string{"X-Handler", "ran"}, 1},
		{"429", faults.Fault{Kind: faults.TooMany}, 429, "injected fault\n", [2]string{"Retry-After", ""}, 0},
		{"429 seconds", faults.Fault{Kind: faults.TooMany, RetryAfter: faults.Seconds(1500 * time.Millisecond)}, 429,
			"injected fault\n", [2]string{"Retry-After", "2"}, 0},
		{"429 date", faults.Fault{Kind: faults.TooMany, RetryAfter: faults.Date(until)}, 429, "injected fault\n",
			[2]string{"Retry-After", "Wed, 02 Jan 2030 03:04:05 GMT"}, 0},
		{"500", faults.Fault{Kind: faults.ServerError, RetryAfter: "1"}, 500, "injected fault\n", [2]string{"Retry-After", ""}, 0},
		{"503", faults.Fault{Kind: faults.Unavailable, RetryAfter: "1", Body: `{"code":503}`}, 503, `{"code":503}`,
			[2]string{"Content-Type", "application/json"}, 0},
		{"drop before", faults.Fault{Kind: faults.DropBefore}, 0, "", [2]string{}, 0},
		{"drop during", faults.Fault{Kind: faults.DropDuring}, 0, "", [2]string{}, 0},
		{"drop after", faults.Fault{Kind: faults.DropAfter}, 0, "", [2]string{}, 1},
		{"garbage", faults.Fault{Kind: faults.Garbage}, 200, "{\"msg\":\"Sav\xff", [2]string{"X-Handler", ""}, 1},
		{"own garbage", faults.Fault{Kind: faults.Garbage, Body: "<html>"}, 200, "<html>", [2]string{}, 1},
		{"truncate", faults.Fault{Kind: faults.Truncate}, 0, reply[:len(reply)/2], [2]string{}, 1},
		{"hang before", faults.Fault{Kind: faults.HangBefore, Delay: 20 * time.Millisecond}, 200, reply, [2]string{}, 1},
		{"hang after", faults.Fault{Kind: faults.HangAfter, Delay: 20 * time.Millisecond}, 200, reply,
			[2]string{"X-Handler", "ran"}, 1},
		{"redirect", faults.Fault{Kind: faults.Redirect, URL: "http://example.com/x"}, 307, "",
			[2]string{"Location", "http://example.com/x"}, 0},
		{"redirect 302", faults.Fault{Kind: faults.Redirect, Code: 302, URL: "/x"}, 302, "", [2]string{"Location", "/x"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, faults.Script(c.fault))
			before := time.Now()
			resp, got, err := post(t.Context(), s.URL+"/p", "0123456789")
			if took := time.Since(before); took < c.fault.Delay {
				t.Errorf("took %v, want at least %v", took, c.fault.Delay)
			}
			if (err != nil) != (c.status == 0) {
				t.Fatalf("error %v, want status %d", err, c.status)
			}
			if got != c.body {
				t.Errorf("body %q, want %q", got, c.body)
			}
			if err == nil {
				if resp.StatusCode != c.status {
					t.Errorf("status %d, want %d", resp.StatusCode, c.status)
				}
				if v := resp.Header.Get(c.header[0]); v != c.header[1] {
					t.Errorf("%s: %q, want %q", c.header[0], v, c.header[1])
				}
			}
			if n := s.done.Load(); n != c.done {
				t.Errorf("the handler ran %d times, want %d", n, c.done)
			}
			if n := s.Counts()[c.fault.Kind]; n != 1 {
				t.Errorf("counted %d, want 1", n)
			}
			// The server goes on as if nothing had been.
			if _, got, err := post(t.Context(), s.URL, "again"); err != nil || got != reply {
				t.Errorf("the next request: %q, %v", got, err)
			}
		})
	}
}

// Truncate cuts an answer of known length in its middle without keeping it, and leaves an empty one unanswered.
func TestTruncateStreams(t *testing.T) {
	const size = 8 << 20
	h := faults.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/empty" {
			return
		}
		w.Header().Set("Content-Length", "8388608")
		for range size / 4096 {
			w.Write(make([]byte, 4096))
		}
	}), faults.Always(faults.Fault{Kind: faults.Truncate}))
	ts := httptest.NewServer(h)
	defer ts.Close()
	resp, got, err := post(t.Context(), ts.URL, "")
	if !errors.Is(err, io.ErrUnexpectedEOF) || len(got) != size/2 || resp.ContentLength != size {
		t.Errorf("read %d bytes of %v, %v", len(got), resp, err)
	}
	if _, _, err := post(t.Context(), ts.URL+"/empty", ""); err == nil {
		t.Error("half of nothing was a whole answer")
	}
}

// A pause without end lasts until the client leaves; what was to come after it does not happen.
func TestHangUntilTheClientLeaves(t *testing.T) {
	for _, c := range []struct {
		kind faults.Kind
		done int64
	}{{faults.HangBefore, 0}, {faults.HangAfter, 1}} {
		for _, delay := range []time.Duration{0, time.Hour} {
			s := serve(t, faults.Always(faults.Fault{Kind: c.kind, Delay: delay}))
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			_, _, err := post(ctx, s.URL, "body")
			cancel()
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v: %v", c.kind, err)
			}
			time.Sleep(20 * time.Millisecond)
			if n := s.done.Load(); n != c.done {
				t.Errorf("%v: the handler ran %d times, want %d", c.kind, n, c.done)
			}
		}
	}
}

// A body larger than what is read ahead arrives whole after the pause.
func TestHangBeforeLargeBody(t *testing.T) {
	var got atomic.Int64
	h := faults.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		got.Store(n)
	}), faults.Always(faults.Fault{Kind: faults.HangBefore, Delay: time.Millisecond}))
	ts := httptest.NewServer(h)
	defer ts.Close()
	for _, n := range []int{0, 1, 1 << 20, 1<<20 + 1, 3 << 20} {
		if _, _, err := post(t.Context(), ts.URL, strings.Repeat("x", n)); err != nil || got.Load() != int64(n) {
			t.Errorf("%d bytes: %d arrived, %v", n, got.Load(), err)
		}
	}
}

// Stop frees those who wait, and a second call changes nothing.
func TestStop(t *testing.T) {
	s := serve(t, faults.Always(faults.Fault{Kind: faults.HangBefore}))
	failed := make(chan error)
	go func() {
		_, _, err := post(context.Background(), s.URL, "")
		failed <- err
	}()
	time.Sleep(20 * time.Millisecond)
	s.Stop()
	s.Stop()
	if err := <-failed; err == nil {
		t.Error("the request was answered")
	}
}

// DropDuring leaves an upload of unknown length, too, and one that is larger than all buffers.
func TestDropDuringUpload(t *testing.T) {
	s := serve(t, faults.Always(faults.Fault{Kind: faults.DropDuring}))
	for _, body := range []io.Reader{strings.NewReader(strings.Repeat("x", 32<<20)), io.MultiReader(strings.NewReader("xyz"))} {
		resp, err := http.Post(s.URL, "application/octet-stream", body)
		if err == nil {
			resp.Body.Close()
			t.Errorf("status %d", resp.StatusCode)
		}
	}
	if n := s.done.Load(); n != 0 {
		t.Errorf("the handler ran %d times", n)
	}
}
