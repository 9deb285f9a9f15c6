package rest_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.com/marketing/segkit/track/internal/rest"
)

// A server behind a path has its requests below that path.
func TestBasePath(t *testing.T) {
	var got atomic.Value
	_, _, address := serve(t, func(_ http.ResponseWriter, r *http.Request) { got.Store(r.URL.EscapedPath() + "?" + r.URL.RawQuery) }, nil)
	for base, want := range map[string]string{"": "", "/": "", "/mlflow": "/mlflow", "/ü": "/%C3%BC", "/q?x=1#y": "/q"} {
		client, err := rest.New(address+base, false)
		if err != nil {
			t.Fatal(err)
		}
		r := rest.Request{Method: "GET", Path: "/x%2Fy", Query: url.Values{"k": {"a&b"}}}
		if err := client.Do(t.Context(), r, nil); err != nil || got.Load() != want+"/x%2Fy?k=a%26b" {
			t.Errorf("%q: %v, %v", base, got.Load(), err)
		}
	}
}

// drip gives a byte at a time, with pauses.
type drip struct {
	left  int
	pause time.Duration
}

func (d *drip) Read(b []byte) (int, error) {
	if d.left == 0 {
		return 0, io.EOF
	}
	time.Sleep(d.pause)
	d.left--
	b[0] = 'x'
	return 1, nil
}

// An answer has an end, or it is none.
func TestEndlessAnswer(t *testing.T) {
	rest.BoundAnswers(t, 1000)
	for length, whole := range map[int]bool{1000: true, 1001: false, 5000: false} {
		var tries atomic.Int32
		client, _, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			tries.Add(1)
			fmt.Fprintf(w, `{"answer":42}%*s`, length-len(`{"answer":42}`), "")
		}, nil)
		var into struct{ Answer int }
		err := client.Do(t.Context(), post(t), &into)
		if (err == nil) != whole || (into.Answer == 42) != whole || tries.Load() != 1 || err != nil && !strings.Contains(err.Error(), "more than 1000 bytes") {
			t.Errorf("%d bytes: %v in %d tries", length, err, tries.Load())
		}
	}
}

// What moves is not given up, however long it takes in all: neither on its way there nor back.
func TestSlowIsNotStuck(t *testing.T) {
	const n = 40
	pause := 25 * time.Millisecond // 40 of them are twice the patience
	client, _, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if b, err := io.ReadAll(r.Body); err != nil || len(b) != n {
			t.Errorf("%d bytes, %v", len(b), err)
		}
		for range n {
			fmt.Fprint(w, " ")
			_ = http.NewResponseController(w).Flush() // the client may have gone
			time.Sleep(pause)
		}
		fmt.Fprint(w, `{"answer":42}`)
	}, nil)
	client.Idle = n * pause / 2
	client.Attempts = 1
	var into struct{ Answer int }
	r := rest.Request{Method: "PUT", Path: "/x", Body: func() (io.ReadCloser, int64, error) {
		return io.NopCloser(&drip{n, pause}), n, nil
	}}
	if err := client.Do(t.Context(), r, &into); err != nil || into.Answer != 42 {
		t.Errorf("%v, %v", into, err)
	}
}

// A body of nothing is a body, with its length.
func TestEmptyBody(t *testing.T) {
	closed := 0
	client, _, _ := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 || len(r.TransferEncoding) > 0 || r.Header.Get("Content-Length") != "0" {
			t.Errorf("%d bytes, %q, %v", r.ContentLength, r.TransferEncoding, r.Header)
		}
	}, nil)
	r := rest.Request{Method: "PUT", Path: "/x", Body: func() (io.ReadCloser, int64, error) {
		return closing{strings.NewReader(""), &closed}, 0, nil
	}}
	if err := client.Do(t.Context(), r, nil); err != nil || closed != 1 {
		t.Errorf("%v, closed %d times", err, closed)
	}
}

type closing struct {
	io.Reader
	n *int
}

func (c closing) Close() error {
	*c.n++
	return nil
}

// A program may have put a transport of its own in the place of Go's.
func TestOtherTransport(t *testing.T) {
	own := http.DefaultTransport
	defer func() { http.DefaultTransport = own }()
	http.DefaultTransport = struct{ http.RoundTripper }{own}
	client, _, _ := serve(t, func(http.ResponseWriter, *http.Request) {}, nil)
	if err := client.Do(t.Context(), post(t), nil); err != nil {
		t.Error(err)
	}
}
