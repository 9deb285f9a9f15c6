// Package faults makes a server misbehave on plan, for tests of clients.
//
// A network fails in few ways that matter to a client: nothing was done, it was done but the client does not learn
// it, or the answer never comes. [Wrap] puts such a failure in front of any handler, and a [Plan] says for which
// request. The difference between before and after is the point: a client that repeats a request after [DropAfter]
// does something twice, and a test of it counts what arrived.
//
// Two things of net/http look like a mistake of the plan and are none. A client's transport repeats a GET by itself
// when a kept connection breaks before the first byte of the answer, so one call may be two requests here. And a
// server that answers without reading a large body closes the connection, so the client may see a broken pipe
// instead of the status.
package faults

import (
	"fmt"
	"net/http"
	"time"
)

// Kind says what happens to a request.
type Kind int

// The handler runs in full for None, DropAfter, Garbage, Truncate, HangAfter, and for a HangBefore that ends while
// the client is there. It does not run for the others.
const (
	None        Kind = iota
	TooMany          // 429, with Fault.RetryAfter if set
	ServerError      // 500
	Unavailable      // 503, with Fault.RetryAfter if set
	DropBefore       // the connection closes before anything was read
	DropDuring       // half of the request's body is read, then the connection closes
	DropAfter        // the handler runs, then the connection closes without a byte of its answer
	Garbage          // the handler runs, then the answer is 200 and Fault.Body
	Truncate         // the handler runs, then half of its answer is sent and the connection closes
	HangBefore       // a pause of Fault.Delay, then the handler runs
	HangAfter        // the handler runs, then a pause of Fault.Delay, then its answer is sent
	Redirect         // Fault.Code, 307 if 0, to Fault.URL
)

var kindNames = [...]string{"none", "too many", "server error", "unavailable", "drop before", "drop during",
	"drop after", "garbage", "truncate", "hang before", "hang after", "redirect"}

func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return fmt.Sprintf("kind %d", int(k))
	}
	return kindNames[k]
}

// Fault is one failure. Its zero value is none.
type Fault struct {
	Kind       Kind
	RetryAfter string        // TooMany and Unavailable: the header's value, see Seconds and Date; "" = no header
	Delay      time.Duration // HangBefore and HangAfter: how long; 0 = until the client leaves or Stop is called
	Body       string        // Garbage and the statuses: what is answered; "" = a text of this package
	Code       int           // Redirect: the status, 307 if 0
	URL        string        // Redirect: the Location header, as it stands
}

// Seconds is a Retry-After header that counts whole seconds, rounded up.
func Seconds(d time.Duration) string {
	return fmt.Sprint(int64((d + time.Second - 1) / time.Second))
}

// Date is a Retry-After header that names a time. HTTP's dates have no fractions of a second.
func Date(t time.Time) string { return t.UTC().Format(http.TimeFormat) }

// What Garbage answers by default: said to be JSON, cut short, and no UTF-8.
const garbage = "{\"msg\":\"Sav\xff"

// What a status carries by default, as a gateway would answer: text, not the JSON of the server behind it.
const statusText = "injected fault\n"
