// Package rest is the HTTP that the clients of tracking servers share: what is sent again and when, how long to wait, and where
// a key may go.
package rest

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/time/rate"
)

// Client sends requests to one server. The zero values of its fields are no defaults: use New.
type Client struct {
	Base    *url.URL                            // without user and password
	Limit   *rate.Limiter                       // may be nil
	Refused func(status int, body []byte) error // what a refusal's body says; may be nil, and may return nil

	Attempts int           // how often a request is tried
	Pause    time.Duration // before the second try; it doubles with each
	MaxPause time.Duration
	MaxWait  time.Duration // the longest Retry-After that is waited for
	Idle     time.Duration // a request on which nothing moves for so long is given up

	http *http.Client

	// Secrets are in functions, because what a function holds is printed by no format.
	authorize func(http.Header)
	hide      func(string) string
}

// ErrPlain says that an address would send a key over the network in the clear.
var ErrPlain = errors.New("plain http to another machine could be read on its way; give an https:// address, or allow it (AllowPlainHTTP; scripts/runs: --plain-http)")

// New returns a client for a server's address. A user and a password in it become basic authorization, and are not part of
// Base. Plain http to anything but this machine is an error that wraps ErrPlain, unless it is allowed.
func New(address string, allowPlain bool) (*Client, error) {
	address = strings.TrimSpace(address)
	if !strings.HasPrefix(address, "https://") && !strings.HasPrefix(address, "http://") {
		return nil, errors.New("the server's address must begin with https:// or http://")
	}
	base, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("the server's address cannot be read") // the error quotes it, and it may hold a password
	}
	if base.Hostname() == "" {
		return nil, errors.New("the server's address has no host")
	}
	c := &Client{
		authorize: func(http.Header) {}, hide: func(text string) string { return text },
		Attempts: 8, Pause: 500 * time.Millisecond, MaxPause: 30 * time.Second, MaxWait: 5 * time.Minute, Idle: time.Minute,
	}
	if base.User != nil {
		password, _ := base.User.Password()
		c.Basic(base.User.Username(), password)
	}
	c.Base = &url.URL{Scheme: base.Scheme, Host: base.Host, Path: strings.TrimRight(base.Path, "/")}
	if base.Scheme == "http" && !allowPlain && !loopback(base.Hostname()) {
		return nil, fmt.Errorf("%w: %s", ErrPlain, c.Base)
	}
	c.http = &http.Client{
		Transport:     transport(),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

// transport is Go's own, or where a program has put another in its place, one like it.
func transport() *http.Transport {
	if t, ok := http.DefaultTransport.(*http.Transport); ok {
		return t.Clone()
	}
	return &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, IdleConnTimeout: 90 * time.Second, TLSHandshakeTimeout: 10 * time.Second}
}

// Basic sets a user and a password for each request.
func (c *Client) Basic(user, password string) {
	encoded := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	c.Authorize("Basic "+encoded, encoded, password)
}

// Authorize sets the header Authorization of each request. It and the secrets, which are what it is made of, are in no error.
func (c *Client) Authorize(header string, secrets ...string) {
	c.authorize = func(h http.Header) { h.Set("Authorization", header) }
	secrets = slices.DeleteFunc(append([]string{header}, secrets...), func(s string) bool { return s == "" })
	c.hide = func(text string) string {
		for _, secret := range secrets {
			text = strings.ReplaceAll(text, secret, "…")
		}
		return text
	}
}

// Clean is a server's text as an error may have it: without secrets, and not too long.
func (c *Client) Clean(text string) string {
	text = c.hide(text) // before it is cut: a half of a secret is one, too
	if r := []rune(text); len(r) > 500 {
		text = string(r[:500]) + "…"
	}
	return text
}

// Local tells whether the server is this machine.
func (c *Client) Local() bool { return loopback(c.Base.Hostname()) }

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Request is a request that can be sent more than once.
type Request struct {
	Method string
	Path   string // below the client's Base, escaped
	Query  url.Values
	Type   string // of the body

	// Body opens the body, for each try anew; nil for none.
	Body func() (body io.ReadCloser, size int64, err error)

	// Done tells whether an earlier try was carried out although no answer came. Where it is nil, carrying the request out
	// twice does no harm. It may also change what Body gives next.
	Done func(ctx context.Context) (bool, error)
}

// JSON returns a request with a JSON body.
func JSON(method, path string, body any) (Request, error) {
	content, err := Marshal(body)
	if err != nil {
		return Request{}, err
	}
	return Request{
		Method: method, Path: path, Type: "application/json",
		Body: func() (io.ReadCloser, int64, error) {
			return io.NopCloser(bytes.NewReader(content)), int64(len(content)), nil
		},
	}, nil
}

// Marshal returns the JSON of a value, in which <, > and & stay what they are.
func Marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// Error is an answer that is no success.
type Error struct {
	Status  int
	Request string // method and path, for the reader
	Err     error  // what the server says; may be nil
}

func (e *Error) Error() string {
	text := fmt.Sprintf("%s: the server answers %d %s", e.Request, e.Status, http.StatusText(e.Status))
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

func (e *Error) Unwrap() error { return e.Err }

// Status returns the status of the answer that an error speaks of, and 0 where it speaks of none.
func Status(err error) int {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Status
	}
	return 0
}

// String names the request. The query is left to its names: values may be long, and not the reader's business.
func (r Request) String() string {
	text := r.Method + " " + r.Path
	if len(r.Query) > 0 {
		text += "?" + strings.Join(slices.Sorted(maps.Keys(r.Query)), "&")
	}
	return text
}
