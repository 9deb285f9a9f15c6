package cometserver

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// call is one request on its way. Its values are those of the query and of the body, which have no name in common
// (experimentKey of a write is in one of them, never both).
type call struct {
	s      *Server
	w      http.ResponseWriter
	r      *http.Request
	route  route
	st     *state // the truth for writes, what is visible for reads
	values map[string]any
	exp    *experiment // of experimentKey, if there is one
	file   *received   // of a form
}

// fromQuery reads a value of a query. Booleans come in any case: one client sends true, another TRUE (§1).
func fromQuery(k kind, s string) (any, error) {
	switch k {
	case "bool":
		switch strings.ToLower(s) {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
		return nil, errors.New("is not true or false")
	case "int":
		return decodeInt([]byte(s))
	case "version":
		return s, checkVersion(s)
	}
	return s, nil
}

func (c *call) parse() error {
	v, p := c.route.parseQuery(c.r.URL.RawQuery)
	c.values = v
	if c.r.Header.Get("Content-Encoding") != "" {
		p = append(p, "the body is encoded")
	}
	switch {
	case c.route.form != nil:
		if err := p.err(); err != nil {
			return err
		}
		return c.parseForm()
	case c.route.method == http.MethodGet:
		if n, _ := io.CopyN(io.Discard, c.r.Body, 1); n > 0 {
			p = append(p, "a GET with a body")
		}
		return p.err()
	}
	if kind, params, err := mime.ParseMediaType(c.r.Header.Get("Content-Type")); err != nil || kind != "application/json" ||
		params["charset"] != "" && !strings.EqualFold(params["charset"], "utf-8") {
		return append(p, "the Content-Type is not application/json").err()
	}
	raw, err := io.ReadAll(c.r.Body)
	if err != nil {
		return refused(http.StatusBadRequest, 0, "the body did not arrive")
	}
	body, more := decodeObject(raw, c.route.body, func(name string) string { return c.route.elsewhere(name, "JSON body") })
	for name, x := range body {
		c.values[name] = x
	}
	return append(p, more...).err()
}

// findExperiment looks experimentKey up for all routes that have one, except for create, which makes it.
func (c *call) findExperiment() error {
	key, there := c.values["experimentKey"].(string)
	if !there || c.route.path == createPath {
		return nil
	}
	st := c.st
	if c.route.path == versionPath {
		st = c.s.truth // see readVersion
	}
	if c.exp = st.byKey[key]; c.exp == nil {
		return refused(http.StatusBadRequest, 90211, "no such experiment: %s", key)
	}
	if strings.HasPrefix(c.route.path, "/write/") {
		return c.mayWrite(c.exp.workspace)
	}
	return nil
}

// mayWrite fails for a workspace that is not there, or where the key may only read.
func (c *call) mayWrite(workspace string) error {
	if err := c.workspaceExists(workspace); err != nil {
		return err
	}
	if contains(c.s.o.ReadOnly, workspace) {
		return refused(http.StatusForbidden, 90210, "no write access to %s", workspace)
	}
	return nil
}

func (c *call) workspaceExists(name string) error {
	if !contains(c.s.workspaces(), name) {
		return refused(http.StatusBadRequest, 90219, "no such workspace: %s", name)
	}
	return nil
}

func (c *call) has(name string) bool {
	_, there := c.values[name]
	return there
}

func (c *call) str(name string) string {
	s, _ := c.values[name].(string)
	return s
}

func (c *call) flag(name string) bool {
	b, _ := c.values[name].(bool)
	return b
}

func (c *call) texts(name string) []string {
	t, _ := c.values[name].([]string)
	return t
}

// num is a number or nil; the numbers of a state are shared and never changed.
func (c *call) num(name string) *int64 {
	n, there := c.values[name].(int64)
	if !there {
		return nil
	}
	return &n
}

// millis is a time that the client sent, or the server's.
func (c *call) millis(name string) int64 {
	if n := c.num(name); n != nil {
		return *n
	}
	return c.now()
}

func (c *call) now() int64 { return c.s.o.Now().UnixMilli() }

// base is how the client sees this server.
func (c *call) base() string {
	if c.r.TLS != nil {
		return "https://" + c.r.Host
	}
	return "http://" + c.r.Host
}

func itoa(n int) string { return strconv.Itoa(n) }
