package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A query is words, all of which must be true of a run:
//
//	pca                 the word occurs in its name, state, tags, or a parameter
//	"two words"         the same with a space in it
//	name:pca tag:best state:running
//	k=3  k!=3  silhouette>0.4  min:loss<=0.1
//	-tag:old            not so
//
// What is compared is a parameter or the last value of a metric; param:, last:, min: and max: before its name say which one.
// web/query.js reads the same, for the pages that have no server; a test holds the two together.
type term struct {
	not              bool
	field, op, value string // op is "" for a word, ":" or a comparison
}

// parseQuery never fails: half a query is what somebody is typing. note says what it did not understand.
func parseQuery(text string) (terms []term, note string) {
	runes := []rune(text)
	for i := 0; i < len(runes); {
		if runes[i] == ' ' || runes[i] == '\t' || runes[i] == '\n' || runes[i] == '\r' {
			i++
			continue
		}
		var t term
		var part []rune
		quoted, open := false, false
		if runes[i] == '-' && i+1 < len(runes) && runes[i+1] != ' ' {
			t.not = true
			i++
		}
		for ; i < len(runes); i++ {
			c := runes[i]
			if c == '"' {
				quoted, open = true, !open
				continue
			}
			if open {
				part = append(part, c)
				continue
			}
			if c == ' ' || c == '\t' || c == '\n' || c == '\r' {
				break
			}
			if t.op == "" && len(part) > 0 {
				if op := operator(runes[i:], string(part)); op != "" {
					t.field, t.op, part = string(part), op, nil
					i += len(op) - 1
					continue
				}
			}
			part = append(part, c)
		}
		if open {
			note = "a quotation mark is not closed"
		}
		t.value = string(part)
		if t.value != "" || quoted && t.op != "" {
			terms = append(terms, t)
		}
	}
	return terms, note
}

// operator returns the operator that a text begins with, where one may stand after the field before it.
func operator(text []rune, field string) string {
	next := byte(0)
	if len(text) > 1 && text[1] == '=' {
		next = '='
	}
	switch c := text[0]; {
	case c == ':' && (field == "name" || field == "tag" || field == "state"):
		return ":"
	case (c == '<' || c == '>' || c == '!') && next == '=':
		return string(c) + "="
	case c == '<' || c == '>' || c == '=':
		return string(c)
	}
	return ""
}

// haystack is what a word is looked for in.
func haystack(r *run) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n", r.Name, r.State)
	for _, tag := range r.Tags {
		b.WriteString(tag + "\n")
	}
	for _, name := range slices.Sorted(maps.Keys(r.Params)) {
		b.WriteString(name + "=" + valueCell(r.Params[name]).Raw + "\n")
	}
	return strings.ToLower(b.String())
}

func (t term) matches(r *run) bool { return t.holds(r) != t.not }

func (t term) holds(r *run) bool {
	value := strings.ToLower(t.value)
	switch {
	case t.op == "":
		return strings.Contains(r.words(), value)
	case t.op == ":" && t.field == "tag":
		return slices.ContainsFunc(r.Tags, func(tag string) bool { return strings.Contains(strings.ToLower(tag), value) })
	case t.op == ":":
		return strings.Contains(strings.ToLower(r.cellOf(t.field).Raw), value)
	}
	for _, key := range t.keys() {
		if c := r.cellOf(key); !c.None && compareTo(c.Raw, t.op, t.value) {
			return true
		}
	}
	return false
}

// keys are the columns that a comparison may mean.
func (t term) keys() []string {
	if kind, _, named := strings.Cut(t.field, ":"); named && (kind == "param" || kind == "last" || kind == "min" || kind == "max") {
		return []string{t.field}
	}
	keys := []string{"param:" + t.field, "last:" + t.field}
	switch t.field {
	case "name", "state", "started", "duration":
		keys = append(keys, t.field)
	}
	return keys
}

// compareTo compares numbers as numbers, and texts as texts; a number is neither above nor below a text.
func compareTo(have, op, want string) bool {
	x, xn := number(have)
	y, yn := number(want)
	order, comparable := 0, xn == yn
	switch {
	case xn && yn && x != y:
		order = 1
		if x < y {
			order = -1
		}
	case !xn || !yn:
		order = strings.Compare(strings.ToLower(have), strings.ToLower(want))
	}
	switch op {
	case "=":
		return order == 0
	case "!=":
		return order != 0
	case "<":
		return comparable && order < 0
	case "<=":
		return comparable && order <= 0
	case ">":
		return comparable && order > 0
	}
	return comparable && order >= 0
}

// filter returns the runs that a query is true of, and a note on what in it can be true of none.
func filter(runs []*run, query string) (kept []*run, note string) {
	terms, note := parseQuery(query)
	for _, r := range runs {
		if !slices.ContainsFunc(terms, func(t term) bool { return !t.matches(r) }) {
			kept = append(kept, r)
		}
	}
	if len(kept) > 0 || note != "" {
		return kept, note
	}
	for _, t := range terms {
		if t.op == "" || t.op == ":" {
			continue
		}
		known := slices.ContainsFunc(runs, func(r *run) bool {
			return slices.ContainsFunc(t.keys(), func(key string) bool { return !r.cellOf(key).None })
		})
		if !known {
			return kept, fmt.Sprintf("no run has a parameter or metric called %q", t.field)
		}
	}
	return kept, note
}
