package faults

import (
	"math/rand/v2"
	"net/http"
)

// Plan decides what happens to the n-th request, n from 1 on. A [Handler] calls it for one request at a time, so a
// plan may keep state without a lock, but must not be shared by two handlers. It must not read the body.
type Plan func(n int, r *http.Request) Fault

// Script gives the n-th request the n-th fault, and none to those after the last.
func Script(f ...Fault) Plan {
	return func(n int, _ *http.Request) Fault {
		if n > len(f) {
			return Fault{}
		}
		return f[n-1]
	}
}

// Always gives every request the same fault.
func Always(f Fault) Plan { return func(int, *http.Request) Fault { return f } }

// Only shows p those requests that match, counted from 1 by themselves; the others have no fault.
func Only(match func(*http.Request) bool, p Plan) Plan {
	n := 0
	return func(_ int, r *http.Request) Fault {
		if !match(r) {
			return Fault{}
		}
		n++
		return p(n, r)
	}
}

// Path matches requests for a path, for use with [Only].
func Path(path string) func(*http.Request) bool {
	return func(r *http.Request) bool { return r.URL.Path == path }
}

// Random gives a request a fault with probability p, each of the faults being as likely, and never more than k
// requests in a row, so that a client with k repetitions gets through. The row is that of all requests: a client that
// sends several at once may still meet more than k for one of them. Equal seeds give equal faults to the same number
// of requests, whatever they are. It panics if p is not in [0, 1], k is negative, or there is no fault to draw.
func Random(seed uint64, p float64, k int, f ...Fault) Plan {
	if !(p >= 0 && p <= 1) || k < 0 || len(f) == 0 {
		panic("faults: Random needs a probability in [0, 1], k >= 0 and a fault")
	}
	rng := rand.New(rand.NewPCG(seed, 1))
	row := 0
	return func(int, *http.Request) Fault {
		// Both are drawn for every request: what k forbids must not shift the faults of the requests after it.
		hit, which := rng.Float64() < p, rng.IntN(len(f))
		if !hit || row == k {
			row = 0
			return Fault{}
		}
		row++
		return f[which]
	}
}
