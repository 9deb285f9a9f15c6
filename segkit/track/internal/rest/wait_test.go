package rest_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"example.com/marketing/segkit/track/internal/faults"
	"example.com/marketing/segkit/track/internal/rest"
)

// Each wait is told before it begins, with what went wrong, and they grow up to the longest.
func TestWaitsAreTold(t *testing.T) {
	client, _, _ := serve(t, func(http.ResponseWriter, *http.Request) {}, faults.Always(faults.Fault{Kind: faults.Unavailable}))
	client.Attempts, client.Pause, client.MaxPause = 7, 4*time.Millisecond, 32*time.Millisecond
	var waits []time.Duration
	ctx := rest.OnWait(t.Context(), func(err error, wait time.Duration) {
		if rest.Status(err) != http.StatusServiceUnavailable {
			t.Errorf("%v", err)
		}
		waits = append(waits, wait)
	})
	if err := client.Do(ctx, post(t), nil); rest.Status(err) != http.StatusServiceUnavailable {
		t.Errorf("%v", err)
	}
	if len(waits) != 6 {
		t.Fatalf("%v", waits)
	}
	for i, wait := range waits { // of each pause at least the half is certain
		whole := min(client.MaxPause, client.Pause<<i)
		if wait < whole/2 || wait > whole {
			t.Errorf("pause %d is %v, not between the half and the whole of %v", i+1, wait, whole)
		}
	}
	// What succeeds at once waits for nothing.
	client, _, _ = serve(t, func(http.ResponseWriter, *http.Request) {}, nil)
	waits = nil
	if err := client.Do(ctx, post(t), nil); err != nil || len(waits) > 0 {
		t.Errorf("%v, %v", waits, err)
	}
}

// Retry-After of a wish that is longer than the pause is the wait, and one that is shorter is not.
func TestWaitsAsLongAsAsked(t *testing.T) {
	for after, want := range map[string]time.Duration{"7": 7 * time.Second, "0": 0, "-5": 0, "soon": 0, "": 0} {
		client, _, _ := serve(t, func(http.ResponseWriter, *http.Request) {}, faults.Always(faults.Fault{Kind: faults.TooMany, RetryAfter: after}))
		ctx, cancel := context.WithCancel(t.Context())
		var waits []time.Duration
		stop := func(_ error, wait time.Duration) {
			waits = append(waits, wait)
			cancel()
		}
		if err := client.Do(rest.OnWait(ctx, stop), post(t), nil); !errors.Is(err, context.Canceled) {
			t.Errorf("%q: %v", after, err)
		}
		if len(waits) != 1 || want > 0 && waits[0] != want || want == 0 && waits[0] > client.MaxPause {
			t.Errorf("%q: %v, want %v", after, waits, want)
		}
	}
}

// Who stops in the middle of a pause does not wait for its end, and learns of both: what went wrong, and that it was stopped.
func TestStopInAPause(t *testing.T) {
	client, handler, _ := serve(t, func(http.ResponseWriter, *http.Request) {}, faults.Always(faults.Fault{Kind: faults.Unavailable}))
	client.Pause, client.MaxPause = time.Hour, time.Hour
	enough := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	err := client.Do(rest.OnWait(ctx, func(error, time.Duration) { cancel(enough) }), post(t), nil)
	if !errors.Is(err, enough) || rest.Status(err) != http.StatusServiceUnavailable || handler.Counts()[faults.Unavailable] != 1 {
		t.Errorf("%v after %v", err, handler.Counts())
	}
}
