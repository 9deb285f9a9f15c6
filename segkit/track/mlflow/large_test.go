package mlflow

import (
	"fmt"
	"testing"

	"example.com/marketing/segkit/track"
	"example.com/marketing/segkit/track/internal/mlflowserver"
	"example.com/marketing/segkit/track/internal/tracktest"
)

// A large file is streamed: memory does not grow with it.
func TestLargeFile(t *testing.T) {
	server, _, target := serve(t, mlflowserver.Options{}, nil)
	size := tracktest.Streamed(t, target)
	if a := server.Runs()[0].Artifacts["artifacts/big/v1/files/big.bin"]; a.Size != size {
		t.Errorf("%d bytes are there", a.Size)
	}
}

// A long log goes in as few requests as MLflow allows.
func TestManyValues(t *testing.T) {
	n := 100_000
	if testing.Short() {
		n = 5000
	}
	server, _, target := serve(t, mlflowserver.Options{}, nil)
	s := tracktest.Open(t)
	run, err := s.Start("run", nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		run.Param(fmt.Sprint("p", i), i)
		run.Metric("loss", float64(i), i)
	}
	tracktest.End(t, run)
	if _, err := track.Sync(t.Context(), s, target, nil); err != nil {
		t.Fatal(err)
	}
	r := server.Runs()[0]
	if len(r.Params) != n || len(r.Metrics["loss"]) != n || r.Params["p4999"] != "4999" {
		t.Errorf("%d parameters, %d points", len(r.Params), len(r.Metrics["loss"]))
	}
	if requests := server.Requests()["POST runs/log-batch"]; requests > n/100+20 {
		t.Errorf("%d batches", requests)
	}
	if v := server.Violations(); len(v) > 0 {
		t.Errorf("%q", v[0])
	}
}

// BenchmarkSync is of points per second, to a server in the same process.
func BenchmarkSync(b *testing.B) {
	const n = 100_000
	s := tracktest.Open(b)
	run, err := s.Start("run", nil)
	if err != nil {
		b.Fatal(err)
	}
	for i := range n {
		run.Metric("loss", 1/float64(i+1), i)
	}
	tracktest.End(b, run)
	for b.Loop() {
		_, _, target := serve(b, mlflowserver.Options{}, nil)
		if _, err := track.Sync(b.Context(), s, target, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "points/s")
}
