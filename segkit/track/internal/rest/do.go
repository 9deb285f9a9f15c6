package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// maxAnswer bounds what is read of an answer. It is a variable for its test, which would need as much memory.
var maxAnswer = 256 << 20

// Do sends a request, and again while that may help: after 429, 5xx, an answer that cannot be read, and a connection that
// breaks or stands still; with pauses that double, and at least what Retry-After asks for. Any other answer is final. The JSON
// of a success is stored in into, which may be nil.
func (c *Client) Do(ctx context.Context, r Request, into any) error {
	var err error
	for try := range max(1, c.Attempts) {
		if try > 0 {
			if err := c.pause(ctx, try, err); err != nil {
				return err
			}
		}
		var sent bool // it may have been carried out
		if sent, err = c.try(ctx, r, into); err == nil || ctx.Err() != nil || !again(err) {
			break
		}
		if sent && r.Done != nil {
			done, lookErr := r.Done(ctx)
			if lookErr != nil {
				return fmt.Errorf("%w; whether it was done is not known: %w", err, lookErr)
			}
			if done {
				return nil
			}
		}
	}
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("%s: %w", r, context.Cause(ctx))
	}
	return err
}

// unread says that no whole answer came.
type unread struct {
	request string
	err     error
}

func (e *unread) Error() string { return e.request + ": " + e.err.Error() }
func (e *unread) Unwrap() error { return e.err }

// again tells whether another try may help.
func again(err error) bool {
	if _, ok := errors.AsType[*unread](err); ok {
		return true
	}
	status := Status(err)
	return status == http.StatusTooManyRequests || status >= 500
}

// try sends a request once. sent is false where it was certainly not carried out.
func (c *Client) try(ctx context.Context, r Request, into any) (sent bool, err error) {
	if c.Limit != nil {
		if err := c.Limit.Wait(ctx); err != nil {
			return false, err
		}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(c.Idle, func() { cancel(fmt.Errorf("nothing moved for %v", c.Idle)) })
	defer watch.Stop()
	// A server has to think about what it was sent, and longer about more: a second for each megabyte.
	moved := func(size int64) { watch.Reset(c.Idle + time.Duration(size>>20)*time.Second) }

	request, err := c.request(ctx, r, moved)
	if err != nil {
		return false, err
	}
	response, err := c.http.Do(request)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		if e, ok := errors.AsType[*bodyError](err); ok { // the file, not the network
			return false, e.error
		}
		return !notConnected(err), &unread{r.String(), cleaned(err)}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(&moving{response.Body, func() { moved(0) }}, int64(maxAnswer)+1))
	switch {
	case err != nil:
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return true, &unread{r.String(), fmt.Errorf("the answer broke off: %w", err)}
	case len(body) > maxAnswer:
		return true, fmt.Errorf("%s: the answer has more than %d bytes", r, maxAnswer)
	case response.StatusCode >= 300 && response.StatusCode < 400:
		return true, &Error{response.StatusCode, r.String(), fmt.Errorf("it sends to %s, which no key follows; give the address that is meant", place(response))}
	case response.StatusCode >= 300:
		e := &Error{Status: response.StatusCode, Request: r.String()}
		if c.Refused != nil {
			e.Err = c.Refused(e.Status, body)
		}
		return e.Status != http.StatusTooManyRequests, withWait(e, response)
	case into == nil:
		return true, nil
	}
	if err := json.Unmarshal(body, into); err != nil {
		return true, &unread{r.String(), fmt.Errorf("the answer cannot be read: %w", err)}
	}
	return true, nil
}

func (c *Client) request(ctx context.Context, r Request, moved func(size int64)) (*http.Request, error) {
	address := *c.Base
	address.RawPath, address.RawQuery = c.Base.EscapedPath()+r.Path, r.Query.Encode()
	path, err := url.PathUnescape(address.RawPath)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r, err)
	}
	address.Path = path
	request, err := http.NewRequestWithContext(ctx, r.Method, address.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r, err)
	}
	c.authorize(request.Header)
	if r.Type != "" {
		request.Header.Set("Content-Type", r.Type)
	}
	request.Header.Set("User-Agent", "segkit")
	if r.Body == nil {
		return request, nil
	}
	body, size, err := r.Body()
	if err != nil {
		return nil, err
	}
	request.Body, request.ContentLength = &moving{&fileErrors{body}, func() { moved(size) }}, size
	if size == 0 {
		body.Close()
		request.Body = http.NoBody
	}
	return request, nil
}

// moving tells when something was read.
type moving struct {
	io.ReadCloser
	moved func()
}

func (m *moving) Read(b []byte) (int, error) {
	n, err := m.ReadCloser.Read(b)
	m.moved()
	return n, err
}

// fileErrors marks what goes wrong in reading what is to be sent.
type fileErrors struct{ io.ReadCloser }

type bodyError struct{ error }

func (e *bodyError) Unwrap() error { return e.error }

func (f *fileErrors) Read(b []byte) (int, error) {
	n, err := f.ReadCloser.Read(b)
	if err != nil && err != io.EOF {
		err = &bodyError{err}
	}
	return n, err
}

// cleaned takes the address out of an error: it is the request that is named.
func cleaned(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// notConnected tells whether there was not even a connection.
func notConnected(err error) bool {
	e, ok := errors.AsType[*net.OpError](err)
	return ok && e.Op == "dial"
}

func place(response *http.Response) string {
	to, err := response.Location()
	if err != nil {
		return "nowhere"
	}
	return to.Scheme + "://" + to.Host
}

// wait is how long a server asks to wait.
type wait struct {
	error
	long time.Duration
}

func (w *wait) Unwrap() error { return w.error }

func withWait(err error, response *http.Response) error {
	after := strings.TrimSpace(response.Header.Get("Retry-After"))
	if seconds, convErr := strconv.Atoi(after); convErr == nil && seconds > 0 {
		return &wait{err, time.Duration(min(seconds, 1<<30)) * time.Second}
	}
	if at, parseErr := http.ParseTime(after); parseErr == nil {
		now := time.Now()
		if date, err := http.ParseTime(response.Header.Get("Date")); err == nil {
			now = date // by the same clock
		}
		return &wait{err, at.Sub(now)}
	}
	return err
}

type waiting struct{}

// OnWait returns a context that has Do call f before it waits to send something again: with what went wrong, and for how long it
// will wait.
func OnWait(ctx context.Context, f func(err error, wait time.Duration)) context.Context {
	return context.WithValue(ctx, waiting{}, f)
}

// pause waits before a try. The draw of its length decides nothing but that many clients do not come back at once.
func (c *Client) pause(ctx context.Context, try int, last error) error {
	d := min(c.MaxPause, c.Pause<<min(try-1, 20))
	d = d/2 + rand.N(d/2+1)
	if w, ok := errors.AsType[*wait](last); ok {
		if w.long > c.MaxWait {
			return fmt.Errorf("%w; it asks to wait for %v", last, w.long.Round(time.Second))
		}
		d = max(d, w.long)
	}
	if f, ok := ctx.Value(waiting{}).(func(error, time.Duration)); ok {
		f(last, d)
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return errors.Join(last, context.Cause(ctx))
	}
}
