package cometserver

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// route is one operation: which parameters it has, and where. A route with a form reads it by itself.
type route struct {
	method, path      string
	query, body, form []field
	handle            func(*call) (any, error)
}

// field is a parameter of a query, a JSON object or a form.
type field struct {
	name            string
	kind            kind
	required, blank bool // blank: required, but may be an empty text
	null            bool // null is the same as nothing
}

// get and post make routes. Fields are written as "name", "name:kind"; a "!" behind the name says that it is
// required, a "=" that it is required and may be an empty text, a "?" that null is as good as nothing.
func get(path, query string, h func(*call) (any, error)) route {
	return route{method: http.MethodGet, path: path, query: fields(query), handle: h}
}

func post(path, body string, h func(*call) (any, error)) route {
	return route{method: http.MethodPost, path: path, body: fields(body), handle: h}
}

func upload(path, query, form string, h func(*call) (any, error)) route {
	return route{method: http.MethodPost, path: path, query: fields(query), form: fields(form), handle: h}
}

func fields(spec string) []field {
	var out []field
	for _, f := range strings.Fields(spec) {
		name, k, _ := strings.Cut(f, ":")
		if k == "" {
			k = string(kindText)
		}
		bare := strings.TrimRight(name, "!=?")
		mark := name[len(bare):]
		out = append(out, field{bare, kind(k), strings.ContainsAny(mark, "!="), strings.Contains(mark, "="), strings.Contains(mark, "?")})
	}
	return out
}

func find(fs []field, name string) (field, bool) {
	i := slices.IndexFunc(fs, func(f field) bool { return f.name == name })
	if i < 0 {
		return field{}, false
	}
	return fs[i], true
}

// problems collects what is wrong with a request, so that a client's author sees it all at once.
type problems []string

func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	e := wrong(http.StatusBadRequest, "%s", strings.Join(p, "; "))
	if slices.Contains(p, "experimentKey is missing") {
		e.sdk = 90998
	}
	return e
}

// elsewhere says of a name that is unknown here where it belongs, if anywhere.
func (rt route) elsewhere(name, here string) string {
	for _, place := range []struct {
		name string
		fs   []field
	}{{"query", rt.query}, {"JSON body", rt.body}, {"form", rt.form}} {
		if _, ok := find(place.fs, name); ok && place.name != here {
			return name + " is in the " + here + ", its place is the " + place.name
		}
	}
	return "unknown field " + name + " in the " + here
}

// missing names the required fields that are not there.
func missing(fs []field, v map[string]any) (p problems) {
	for _, f := range fs {
		x, there := v[f.name]
		if f.required && (!there || x == "" && !f.blank) {
			p = append(p, f.name+" is missing")
		}
	}
	return p
}

func (rt route) parseQuery(raw string) (map[string]any, problems) {
	var p problems
	v := map[string]any{}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return v, problems{"the query is malformed: " + err.Error()}
	}
	for _, name := range sorted(values) {
		f, known := find(rt.query, name)
		switch {
		case !known:
			p = append(p, rt.elsewhere(name, "query"))
			continue
		case len(values[name]) > 1:
			p = append(p, name+" is there more than once")
			continue
		}
		x, err := fromQuery(f.kind, values[name][0])
		if err != nil {
			p = append(p, name+" "+err.Error())
		}
		v[name] = x
	}
	return v, append(p, missing(rt.query, v)...)
}
