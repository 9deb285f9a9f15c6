package faults_test

import (
	"context"
	"net/http/httptest"
	"reflect"
	"slices"
	"sync"
	"testing"

	"example.com/marketing/segkit/track/internal/faults"
)

func TestPlans(t *testing.T) {
	drop, busy := faults.Fault{Kind: faults.DropBefore}, faults.Fault{Kind: faults.TooMany}
	kinds := func(p faults.Plan, n int) (got []faults.Kind) {
		r := httptest.NewRequest("GET", "/a", nil)
		for i := range n {
			got = append(got, p(i+1, r).Kind)
		}
		return got
	}
	if got, want := kinds(faults.Script(drop, busy), 3), []faults.Kind{faults.DropBefore, faults.TooMany, faults.None}; !slices.Equal(got, want) {
		t.Errorf("script: %v, want %v", got, want)
	}
	only := faults.Only(faults.Path("/b"), faults.Script(busy))
	if got := kinds(only, 3); !slices.Equal(got, make([]faults.Kind, 3)) {
		t.Errorf("only: %v for another path", got)
	}
	if f := only(9, httptest.NewRequest("GET", "/b?x=1", nil)); f.Kind != faults.TooMany {
		t.Errorf("only: %v for the first that matches", f.Kind)
	}
	for seed := range uint64(20) {
		const n, k = 2000, 2
		got := kinds(faults.Random(seed, 0.5, k, drop, busy), n)
		if !slices.Equal(got, kinds(faults.Random(seed, 0.5, k, drop, busy), n)) {
			t.Fatalf("seed %d: two plans differ", seed)
		}
		row, count := 0, map[faults.Kind]int{}
		for _, f := range got {
			count[f]++
			row++
			if f == faults.None {
				row = 0
			}
			if row > k {
				t.Fatalf("seed %d: %d faults in a row", seed, row)
			}
		}
		// In the long run (p+p²)/(1+p+p²) = 3/7 of the requests, halved between the two; four standard deviations.
		if count[faults.DropBefore] < 350 || count[faults.DropBefore] > 510 || count[faults.TooMany] < 350 || count[faults.TooMany] > 510 {
			t.Errorf("seed %d: %v", seed, count)
		}
	}
	if got := kinds(faults.Random(1, 1, 0, drop), 5); !slices.Equal(got, make([]faults.Kind, 5)) {
		t.Errorf("k = 0: %v", got)
	}
	for _, bad := range []func(){func() { faults.Random(1, 2, 1, drop) }, func() { faults.Random(1, 0.5, -1, drop) },
		func() { faults.Random(1, 0.5, 1) }} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			bad()
		}()
	}
}

// Many clients at once: the books agree with what happened.
func TestConcurrent(t *testing.T) {
	s := serve(t, faults.Random(1, 0.5, 3, faults.Fault{Kind: faults.DropAfter}, faults.Fault{Kind: faults.Unavailable},
		faults.Fault{Kind: faults.Truncate}))
	s.Record(true)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				post(context.Background(), s.URL+"/path?q=1", "body")
			}
		})
	}
	wg.Wait()
	counts := s.Counts()
	if n := counts[faults.None] + counts[faults.DropAfter] + counts[faults.Truncate]; int64(n) != s.done.Load() {
		t.Errorf("the handler ran %d times, counted %v", s.done.Load(), counts)
	}
	seen := map[faults.Kind]int{}
	for _, r := range s.Requests() {
		seen[r.Fault]++
		if r.Method != "POST" || r.Path != "/path" || !slices.Contains(r.Headers, "Content-Length") && !slices.Contains(r.Headers, "User-Agent") {
			t.Fatalf("recorded %+v", r)
		}
	}
	if !reflect.DeepEqual(seen, counts) {
		t.Errorf("recorded %v, counted %v", seen, counts)
	}
	s.Record(false)
	s.SetPlan(nil)
	if _, got, err := post(t.Context(), s.URL, ""); err != nil || got != reply || len(s.Requests()) != 80 {
		t.Errorf("after SetPlan(nil): %q, %v, %d recorded", got, err, len(s.Requests()))
	}
}
