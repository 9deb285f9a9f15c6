package mlflow

import (
	"math/rand/v2"
	"net/http/httptest"
	"testing"

	"example.com/marketing/segkit/track"
	"example.com/marketing/segkit/track/internal/mlflowserver"
	"example.com/marketing/segkit/track/internal/tracktest"
)

// A Sync that is killed at any moment, and begun again, sends everything once.
func TestKilledSync(t *testing.T) {
	rounds, killed := 25, 0
	if testing.Short() {
		rounds = 2
	}
	for seed := range uint64(rounds) {
		server := mlflowserver.New(mlflowserver.Options{KeepIdentical: true})
		web := httptest.NewServer(server)
		s, n := tracktest.Killed(t, rand.New(rand.NewPCG(seed, 5)), "TestSyncInChild", web.URL, 2300)
		killed += n
		equal(t, s, server, true)
		web.Close()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
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
		return target(t, &Config{TrackingURI: address, Experiment: "cards"})
	})
}
