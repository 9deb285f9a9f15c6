package comet

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"example.com/marketing/segkit/track"
	"example.com/marketing/segkit/track/internal/cometserver"
	"example.com/marketing/segkit/track/internal/faults"
	"example.com/marketing/segkit/track/internal/tracktest"
)

func begin(t *testing.T, s *track.Store, name string) *track.Run {
	t.Helper()
	run, err := s.Start(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func syncAll(t *testing.T, s *track.Store, target *Target) track.SyncReport {
	t.Helper()
	report, err := track.Sync(t.Context(), s, target, nil)
	if err != nil || report.Left != (track.Left{}) {
		t.Fatalf("%+v, %v", report, err)
	}
	return report
}

// A program that is stopped when a version is closed, and before it notes that, does not send it again.
func TestStoppedAtTheClose(t *testing.T) {
	for _, again := range []bool{false, true} { // whether closing twice is refused
		b, target := serveBetween(t, cometserver.Options{CloseAgain: again})
		ctx, cancel := context.WithCancel(t.Context())
		b.answers(func(_ http.ResponseWriter, r *http.Request, path string) bool {
			if path != "/artifacts/state" {
				return false
			}
			b.server.ServeHTTP(httptest.NewRecorder(), r)
			cancel()
			<-r.Context().Done()
			return true
		})
		s := tracktest.Open(t)
		run := begin(t, s, "run")
		run.Artifact(track.Artifact{Name: "clean"}, track.Content{Name: "c.csv", Write: tracktest.Content("x")})
		tracktest.End(t, run)
		if _, err := track.Sync(ctx, s, target, nil); err == nil {
			t.Fatal("nothing stopped it")
		}
		b.answers(nil)
		b.count("/experiment/upload-asset")
		syncAll(t, s, target)
		if versions := b.server.Artifacts()[0].Versions; len(versions) != 1 || versions[0].State != "CLOSED" || b.count("/experiment/upload-asset") != 0 {
			t.Errorf("%+v", versions)
		}
		equal(t, s, b.server)
	}
}

// The server numbers versions as they come; so they come in the order of the store's, whichever run is sent first.
func TestVersionsKeepTheirOrder(t *testing.T) {
	server, _, target := serve(t, cometserver.Options{}, nil)
	s := tracktest.Open(t)
	first := begin(t, s, "first")
	time.Sleep(2 * time.Millisecond) // it is sent first
	second := begin(t, s, "second")
	for i, run := range []*track.Run{second, first, second, first} { // and has the versions 2 and 4
		run.Artifact(track.Artifact{Name: "clean"}, track.Content{Name: "c.csv", Write: tracktest.Content(fmt.Sprint(i))})
	}
	user := begin(t, s, "user")
	if _, err := user.Use("clean:3"); err != nil {
		t.Fatal(err)
	}
	tracktest.End(t, first)
	tracktest.End(t, second)
	tracktest.End(t, user)
	if _, err := track.Sync(t.Context(), s, target, &track.SyncOptions{Runs: []string{"user"}}); err != nil {
		t.Fatal(err)
	}
	if n := len(server.Artifacts()[0].Versions); n != 3 { // up to the one that is used
		t.Errorf("%d versions", n)
	}
	syncAll(t, s, target)
	versions := server.Artifacts()[0].Versions
	for i, v := range versions {
		latest := slices.Contains(v.Aliases, "Latest")
		if want := fmt.Sprintf(`"segkit version":%d}`, i+1); len(versions) != 4 || v.Metadata[len(v.Metadata)-len(want):] != want || latest != (i == 3) || (len(v.Consumers) == 1) != (i == 2) {
			t.Errorf("%+v", v)
		}
	}
	equal(t, s, server)
}

// Lists that show late what is there make nothing twice.
func TestLostAnswersAndLateLists(t *testing.T) {
	const write = "/api/rest/v2/write"
	for _, path := range []string{"/experiment/create", "/experiment/metric", "/experiment/tags", "/experiment/upload-asset", "/artifacts/state", "/experiment/archive"} {
		server, handler, target := serve(t, cometserver.Options{VisibleAfter: 30 * time.Millisecond, KeepTagsTwice: true}, nil)
		s := tracktest.Open(t)
		r := rand.New(rand.NewPCG(1, 1))
		lose := func() {
			handler.SetPlan(faults.Only(faults.Path(write+path), faults.Script(faults.Fault{Kind: faults.DropAfter})))
		}
		lose()
		tracktest.End(t, tracktest.Log(t, s, r, "run", 3, nil))
		syncAll(t, s, target)
		lose()
		tracktest.End(t, tracktest.Log(t, s, r, "run", 3, nil)) // replaces the first
		syncAll(t, s, target)
		if handler.Counts()[faults.DropAfter] == 0 {
			t.Errorf("%s: nothing was lost", path)
		}
		equal(t, s, server)
		if t.Failed() {
			t.Fatal(path)
		}
	}
}

// The HTML tab is one, and sent as one.
func TestOneHTMLPost(t *testing.T) {
	b, target := serveBetween(t, cometserver.Options{})
	s := tracktest.Open(t)
	run := begin(t, s, "run")
	for i := range 5 {
		run.HTML(fmt.Sprintf("%d.html", i), tracktest.Content(fmt.Sprint("<p>", i)))
	}
	run.HTML("1.html", tracktest.Content("<p>new"))
	tracktest.End(t, run)
	syncAll(t, s, target)
	if n := b.count("/experiment/html"); n != 1 {
		t.Errorf("%d posts", n)
	}
	equal(t, s, b.server)
}

// A heartbeat comes no more often than the server wants it, however often Sync looks at the run.
func TestHeartbeats(t *testing.T) {
	b, target := serveBetween(t, cometserver.Options{BeatMillis: 3_600_000})
	s := tracktest.Open(t)
	run := begin(t, s, "run")
	for i := range 10 {
		run.Param(fmt.Sprint("p", i), i)
		run.Text("flushed.txt", "") // what was logged is on disk
		syncAll(t, s, target)
	}
	if n := b.server.Experiments()[0].Heartbeats; n != 1 {
		t.Errorf("%d heartbeats", n)
	}
	// One that is due comes also while much is sent.
	b.answers(func(_ http.ResponseWriter, _ *http.Request, path string) bool {
		if path == "/experiment/parameter" { // it has taken so long
			target.mu.Lock()
			clear(target.beats)
			target.mu.Unlock()
		}
		return false
	})
	for i := range 10 {
		run.Param(fmt.Sprint("q", i), i)
	}
	run.Text("flushed.txt", "again")
	syncAll(t, s, target)
	if n := b.server.Experiments()[0].Heartbeats; n != 11 {
		t.Errorf("%d heartbeats", n)
	}
	b.answers(nil)
	clear(target.beats)
	tracktest.End(t, run)
	syncAll(t, s, target)
	if n := b.server.Experiments()[0].Heartbeats; n != 11 {
		t.Errorf("%d heartbeats, the last of a run that had ended", n)
	}
}
