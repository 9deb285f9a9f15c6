package mlflow

import (
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"example.com/marketing/segkit/track"
	"example.com/marketing/segkit/track/internal/faults"
	"example.com/marketing/segkit/track/internal/mlflowserver"
)

// A Sync that is killed at any moment, and begun again, sends everything once.
func TestKilledSync(t *testing.T) {
	rounds := 25
	if testing.Short() {
		rounds = 2
	}
	killed := 0
	for seed := range uint64(rounds) {
		r := rand.New(rand.NewPCG(seed, 5))
		server := mlflowserver.New(mlflowserver.Options{KeepIdentical: true})
		web := httptest.NewServer(server)
		dir := t.TempDir()
		s, err := track.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		end(t, log(t, s, r, "one", nil))
		end(t, log(t, s, r, "two", nil))
		killed += faults.KillUntilDone(t, r, 200*time.Millisecond, "TestSyncInAnotherProcess", "SEGKIT_TEST_STORE="+dir, "SEGKIT_TEST_URL="+web.URL)
		equal(t, s, server, true)
		web.Close()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	t.Logf("%d processes were killed", killed)
	if killed < rounds/2 {
		t.Errorf("only %d processes were killed in %d rounds", killed, rounds)
	}
}

func TestSyncInAnotherProcess(t *testing.T) {
	dir := os.Getenv("SEGKIT_TEST_STORE")
	if dir == "" {
		t.Skip("TestKilledSync begins it")
	}
	s, err := track.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := track.Sync(t.Context(), s, target(t, &Config{TrackingURI: os.Getenv("SEGKIT_TEST_URL"), Experiment: "cards"}), nil); err != nil {
		t.Fatal(err)
	}
}
