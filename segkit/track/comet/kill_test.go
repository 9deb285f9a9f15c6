package comet

import (
	"math/rand/v2"
	"net/http/httptest"
	"testing"
	"time"

	"example.com/marketing/segkit/track"
	"example.com/marketing/segkit/track/internal/cometserver"
	"example.com/marketing/segkit/track/internal/tracktest"
)

// A Sync that is killed at any moment, and begun again, sends everything once.
func TestKilledSync(t *testing.T) {
	rounds, killed := 25, 0
	if testing.Short() {
		rounds = 2
	}
	for seed := range uint64(rounds) {
		server := cometserver.New(cometserver.Options{Dir: t.TempDir(), Workspace: "team", KeepTagsTwice: true})
		web := httptest.NewServer(server)
		s, n := tracktest.Killed(t, rand.New(rand.NewPCG(seed, 5)), "TestSyncInChild", web.URL, 12)
		killed += n
		equal(t, s, server)
		web.Close()
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if killed < rounds/2 {
		t.Errorf("only %d programs were killed in %d rounds", killed, rounds)
	}
}

func TestSyncInChild(t *testing.T) {
	tracktest.SyncInChild(t, func(address string) track.Target {
		target := target(t, address, cometserver.Options{})
		target.settle = 100 * time.Millisecond // the server may still be at what the killed one sent
		return target
	})
}
