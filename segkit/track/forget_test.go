package track_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"example.com/marketing/segkit/track"
)

// What was forgotten is sent again, all or what is named, and nothing else.
func TestForget(t *testing.T) {
	s := open(t, t.TempDir())
	r := rand.New(rand.NewPCG(1, 1))
	for _, name := range []string{"one", "two"} {
		if err := write(t, s, r, name, nil).End(); err != nil {
			t.Fatal(err)
		}
	}
	p := newPlace()
	sync := func(runs int) {
		t.Helper()
		if report, err := track.Sync(t.Context(), s, p, nil); err != nil || report.Runs != runs {
			t.Errorf("%+v, %v", report, err)
		}
	}
	sync(2)
	if err := track.Forget(s, p, "one"); err != nil {
		t.Fatal(err)
	}
	p.runs[p.find(load(t, s, "one").ID)].removed = true // by its user
	sync(1)
	p.check(t, s)
	p.runs = map[string]*counterpart{} // the server has lost its data
	sync(0)
	if err := track.Forget(s, p); err != nil {
		t.Fatal(err)
	}
	sync(2)
	p.check(t, s)
	if err := track.Forget(nil, p); err != nil {
		t.Error(err)
	}
}

// What is no number is a parameter like any other; how much was refused is said.
func TestOddParameters(t *testing.T) {
	s := open(t, t.TempDir())
	run := start(t, s, "run")
	run.Params(map[string]any{"a": math.NaN(), "b": math.Inf(1), "c": float32(math.Inf(-1))})
	if err := run.End(); err != nil {
		t.Fatal(err)
	}
	if p := load(t, s, "run").Params; p["a"] != "NaN" || p["b"] != "Infinity" || p["c"] != "-Infinity" {
		t.Errorf("%v", p)
	}
	run = start(t, s, "other")
	run.Param("a", []float64{math.NaN()})
	run.Param("", 1)
	run.Param("f", func() {})
	if err := run.End(); err == nil || !strings.Contains(err.Error(), "and 2 more errors") {
		t.Errorf("%v", err)
	}
	if _, err := track.Open(""); err == nil {
		t.Error("a store without a folder was opened")
	}
}
