package rest_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.com/marketing/segkit/track/internal/faults"
	"example.com/marketing/segkit/track/internal/rest"
)

// Where there was not even a connection, nothing can have been done, and nobody has to look.
func TestRefusedConnection(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	client, err := rest.New("http://me:s3cret@"+address, false)
	if err != nil {
		t.Fatal(err)
	}
	client.Attempts, client.Pause = 3, time.Millisecond
	r := post(t)
	r.Query = url.Values{"filter": {"pr1vate"}}
	r.Done = func(context.Context) (bool, error) {
		t.Error("it was looked whether it was done")
		return false, nil
	}
	waits := 0
	err = client.Do(rest.OnWait(t.Context(), func(error, time.Duration) { waits++ }), r, nil)
	if err == nil || waits != 2 || !strings.Contains(err.Error(), "refused") {
		t.Errorf("%v after %d waits", err, waits)
	}
	quiet(t, err)
}

// quiet looks for what no error may have.
func quiet(t *testing.T, err error) {
	t.Helper()
	for _, secret := range []string{"s3cret", "bWU6czNjcmV0", "me:", "pr1vate", "http://"} {
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("%q is in: %v", secret, err)
		}
	}
}

// Whatever goes wrong, the error names the request, and has no value of the query, no user, and no address.
func TestErrorsAreQuiet(t *testing.T) {
	for _, f := range []faults.Fault{
		{Kind: faults.TooMany}, {Kind: faults.ServerError}, {Kind: faults.DropBefore}, {Kind: faults.DropAfter}, {Kind: faults.Garbage},
		{Kind: faults.Truncate}, {Kind: faults.HangBefore}, {Kind: faults.TooMany, RetryAfter: "3600"}, {Kind: faults.Redirect, URL: "/s3cret?pr1vate"},
	} {
		_, _, address := serve(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"answer":42}`) }, faults.Always(f))
		client, err := rest.New(strings.Replace(address, "http://", "http://me:s3cret@", 1), false)
		if err != nil {
			t.Fatal(err)
		}
		client.Attempts, client.Pause, client.Idle = 2, time.Millisecond, 50*time.Millisecond
		r := post(t)
		r.Query = url.Values{"filter": {"pr1vate"}, "a": {"pr1vate"}}
		err = client.Do(t.Context(), r, &struct{}{})
		if err == nil || !strings.Contains(err.Error(), "POST /a/b%2Fc?a&filter") {
			t.Errorf("%v: %v", f.Kind, err)
		}
		if f.Kind != faults.Redirect { // there the address is what one has to know
			quiet(t, err)
		} else if strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "pr1vate") {
			t.Errorf("%v", err)
		}
	}
	client, _, _ := serve(t, func(http.ResponseWriter, *http.Request) {}, nil)
	if err := client.Do(t.Context(), rest.Request{Method: "GET", Path: "/%zz", Query: url.Values{"filter": {"pr1vate"}}}, nil); err == nil {
		t.Error("a path that cannot be")
	} else {
		quiet(t, err)
	}
}
