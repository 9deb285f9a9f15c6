package main

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"example.com/marketing/segkit/track"
)

// views makes of the store what the pages show. Neither knows the other: what is here has no HTML, and the templates have no
// store.
type views struct {
	book  *book
	links links
}

// page is what every page has.
type page struct {
	Title    string
	Nav      string // runs or artifacts: which part of the site it belongs to
	Template string // that shows Body
	Body     any
	Live     bool // it shows what is being written
	Exported bool
	Runs     string // links
	Lineage  string
	Styles   []string
	Scripts  []string
	Stamp    string // where the store is
}

func (v views) page(title, nav, template string, body any) *page {
	p := &page{
		Title: title, Nav: nav, Template: template, Body: body, Exported: v.links.exported(), Runs: v.links.page("index"), Lineage: v.links.page("artifacts"),
		Styles: []string{v.links.asset("style.css"), v.links.asset("runs.css")}, Stamp: v.book.dir,
	}
	scripts := []string{"chart.js", "live.js"}
	if p.Exported {
		scripts = []string{"chart.js", "query.js", "still.js", "beside.js"}
		p.Stamp = ""
	}
	for _, s := range scripts {
		p.Scripts = append(p.Scripts, v.links.asset(s))
	}
	return p
}

// named is a value with its name.
type named struct {
	Name string
	cell
}

// ref is a run that another page speaks of. URL is empty where it is not there any more.
type ref struct {
	Text, URL, State, Note string
}

func (v views) ref(r *run) ref {
	note := ""
	if !r.Current {
		note = timeCell(r.Started).Text
	}
	return ref{r.Name, v.links.page("run/" + r.Ref), string(r.State), note}
}

// listState is what the reader of a list has chosen. It is the address's query, so that it can be shared.
type listState struct {
	Query string
	Sort  string // a column's key, "-" before it to begin with the largest
	Cols  []string
	Picks []string // runs to compare
	Page  int      // from 1 on
}

func newListState(q url.Values) listState {
	page, _ := strconv.Atoi(q.Get("page"))
	s := listState{Query: q.Get("q"), Sort: q.Get("sort"), Picks: q["run"], Page: max(1, page)}
	for _, c := range q["col"] {
		if !slices.Contains(s.Cols, c) {
			s.Cols = append(s.Cols, c)
		}
	}
	return s
}

func (s listState) encode() string {
	var parts []string
	add := func(name, value string) {
		if value != "" {
			parts = append(parts, name+"="+url.QueryEscape(value))
		}
	}
	add("q", s.Query)
	add("sort", s.Sort)
	for _, c := range s.Cols {
		add("col", c)
	}
	for _, r := range s.Picks {
		add("run", r)
	}
	if s.Page > 1 {
		add("page", strconv.Itoa(s.Page))
	}
	return "?" + strings.Join(parts, "&")
}

// sortedBy returns the state of a click on a column's heading: the largest number first, then the smallest.
func (s listState) sortedBy(key string, numbers bool) listState {
	first, second := key, "-"+key
	if numbers {
		first, second = second, first
	}
	if s.Sort == first {
		first = second
	}
	s.Sort, s.Page = first, 1
	return s
}

// heading is a column's head.
type heading struct {
	Key, Label, Of string
	Number         bool
	Sorted         string // ascending or descending
	URL            string
}

func newHeading(s listState, key, label, of string, numbers bool) heading {
	h := heading{Key: key, Label: label, Of: of, Number: numbers, URL: s.sortedBy(key, numbers).encode()}
	switch s.Sort {
	case key:
		h.Sorted = "ascending"
	case "-" + key:
		h.Sorted = "descending"
	}
	return h
}

// pager leads through the pages of a long list.
type pager struct {
	From, To, Total int
	Previous, Next  string
}

func newPager(s *listState, total, size int) pager {
	last := max(1, (total+size-1)/size)
	s.Page = min(s.Page, last)
	p := pager{From: min(total, (s.Page-1)*size+1), To: min(total, s.Page*size), Total: total}
	if to := *s; s.Page > 1 {
		to.Page--
		p.Previous = to.encode()
	}
	if to := *s; s.Page < last {
		to.Page++
		p.Next = to.encode()
	}
	return p
}

func (p pager) Text() string {
	if p.Previous == "" && p.Next == "" {
		return ""
	}
	return fmt.Sprintf("%s to %s of %s", grouped(strconv.Itoa(p.From)), grouped(strconv.Itoa(p.To)), grouped(strconv.Itoa(p.Total)))
}

// message is a page that says what is wrong.
type message struct{ Text, URL, Link string }

func versionText(n int) string { return "v" + strconv.Itoa(n) }

// stateOf says which runs are being written.
func anyRunning(runs []*run) bool {
	return slices.ContainsFunc(runs, func(r *run) bool { return r.State == track.Running })
}
