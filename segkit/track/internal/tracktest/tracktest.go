// Package tracktest is what the tests of the targets share: a run that has something of everything, faults, and programs that are
// killed.
package tracktest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"example.com/marketing/segkit/track"
	"example.com/marketing/segkit/track/internal/faults"
)

// Open returns an empty store.
func Open(t testing.TB) *track.Store {
	t.Helper()
	s, err := track.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Content writes a text.
func Content(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

type model string

func (m model) WriteTo(w io.Writer) (int64, error) { return 0, Content(string(m))(w) }

// Log logs a run that has something of everything, in two halves of which the second repeats some points of the first, and
// returns it before its end. Some of its contents are drawn from r.
func Log(t testing.TB, s *track.Store, r *rand.Rand, name string, points int, o *track.RunOptions) *track.Run {
	t.Helper()
	run, err := s.Start(name, o)
	if err != nil {
		t.Fatal(err)
	}
	run.Params(map[string]any{
		"k": 3, "seed": uint64(math.MaxUint64), "space": "full", "flag": true, "list": []int{1, 2}, "long": strings.Repeat("ü", 7000),
		"<b>&": "\"'\u2028", "k ü/": 0.1, "../up": "",
	})
	run.Param("j", 3)
	run.Param("j", 4)
	for i := range points {
		run.Metric("loss", 1/float64(i/2+1), i/2) // some are the same in everything
	}
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 5, math.Copysign(0, -1), 1e-300} {
		run.Metric("odd", v, -1)
	}
	run.Tag("pca", "a tag, with <b>")
	run.Other("note", strings.Repeat("x", 5000))
	run.Other("long", strings.Repeat("x", 9000))
	run.Dataset("customers", strings.Repeat("0a", 32), 8950, 17)
	run.Table("customers.csv", Content("id,cluster\n1,2\n"))
	run.Table("a/b 100%.npy", Content(""))
	run.Text("customers.csv", fmt.Sprint(r.Uint64()))
	run.Figure("elbow.png", []byte("png"))
	run.HTML("one.html", Content("<h1>one</h1>"))
	run.HTML("two.html", Content("<h1>two</h1>"))
	run.Model("K-Means", "kmeans.json", model("{}"))
	run.Model("K-Means", "more/centers.csv", model("1,2"))
	run.Artifact(track.Artifact{Name: "clean", Note: "median", Aliases: []string{"best"}, Metadata: map[string]any{"rows": 3}},
		track.Content{Name: "c.csv", Write: Content(fmt.Sprint(r.IntN(2)))}, track.Content{Name: "d/e.csv", Write: Content("")})
	if err := run.Err(); err != nil {
		t.Fatal(err)
	}
	return run
}

// End ends a run.
func End(t testing.TB, run *track.Run) {
	t.Helper()
	if err := run.End(); err != nil {
		t.Fatal(err)
	}
}

// Faults draws what a network and a server do to a tenth of the requests.
func Faults(seed uint64) faults.Plan {
	return faults.Random(seed, 0.1, 6,
		faults.Fault{Kind: faults.TooMany}, faults.Fault{Kind: faults.ServerError}, faults.Fault{Kind: faults.Unavailable},
		faults.Fault{Kind: faults.DropBefore}, faults.Fault{Kind: faults.DropDuring}, faults.Fault{Kind: faults.DropAfter},
		faults.Fault{Kind: faults.Garbage}, faults.Fault{Kind: faults.Truncate}, faults.Fault{Kind: faults.HangAfter, Delay: time.Millisecond},
	)
}

// Through sends runs over a network that fails: stopped somewhere, while one goes on and another is replaced, or continued as
// again says; and then until all is there. It returns how often it took.
func Through(t testing.TB, s *track.Store, target track.Target, r *rand.Rand, points int, again *track.RunOptions) (tries int) {
	t.Helper()
	End(t, Log(t, s, r, "one", points, nil))
	running := Log(t, s, r, "two", points, nil)
	ctx, cancel := context.WithTimeout(t.Context(), time.Duration(r.IntN(200))*time.Millisecond)
	_, _ = track.Sync(ctx, s, target, nil) // wherever it comes to
	cancel()
	End(t, running)
	End(t, Log(t, s, r, "one", points, again))
	for tries = 2; ; tries++ {
		_, err := track.Sync(t.Context(), s, target, nil)
		if err == nil {
			return tries
		}
		if errors.Is(err, track.ErrRefused) || errors.Is(err, track.ErrGone) || tries == 100 {
			t.Fatalf("try %d: %v", tries, err)
		}
	}
}

// Serve starts a handler that misbehaves as planned, and returns it and its address.
func Serve(t testing.TB, h http.Handler, plan faults.Plan) (*faults.Handler, string) {
	t.Helper()
	handler := faults.Wrap(h, plan)
	web := httptest.NewServer(handler)
	t.Cleanup(func() {
		handler.Stop()
		web.Close()
	})
	return handler, web.URL
}

// Streamed syncs a file of 512 MiB, or of 32 with -short, and tells if memory grew with it. It returns the file's size.
func Streamed(t *testing.T, target track.Target) int64 {
	t.Helper()
	size := int64(512 << 20)
	if testing.Short() {
		size = 32 << 20
	}
	s := Open(t)
	run, err := s.Start("run", nil)
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	run.Artifact(track.Artifact{Name: "big"}, track.Content{Name: "big.bin", Write: func(w io.Writer) error {
		block := make([]byte, 1<<20)
		for range size / int64(len(block)) {
			if _, err := w.Write(block); err != nil {
				return err
			}
		}
		return nil
	}})
	End(t, run)
	if _, err := track.Sync(t.Context(), s, target, nil); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 24<<20 {
		t.Errorf("%d bytes were allocated for a file of %d", grown, size)
	}
	return size
}

// environment of the programs that Killed starts.
const (
	storeVariable   = "SEGKIT_TEST_STORE"
	addressVariable = "SEGKIT_TEST_ADDRESS"
)

// Killed makes a store, has programs that are killed at random moments send it to a server, until one comes to its end, and
// returns the store and how many were killed. The programs run the test of the given name, which calls SyncInChild.
func Killed(t *testing.T, r *rand.Rand, test, address string, points int) (s *track.Store, killed int) {
	t.Helper()
	dir := t.TempDir()
	s, err := track.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	End(t, Log(t, s, r, "one", points, nil))
	End(t, Log(t, s, r, "two", points, nil))
	return s, faults.KillUntilDone(t, r, 200*time.Millisecond, test, storeVariable+"="+dir, addressVariable+"="+address)
}

// SyncInChild does the work of a program that Killed started, and skips the test in any other.
func SyncInChild(t *testing.T, target func(address string) track.Target) {
	t.Helper()
	dir := os.Getenv(storeVariable)
	if dir == "" {
		t.Skip("another test begins it in a program of its own")
	}
	s, err := track.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := track.Sync(t.Context(), s, target(os.Getenv(addressVariable)), nil); err != nil {
		t.Fatal(err)
	}
}
