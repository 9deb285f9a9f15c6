package main

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// checkPage returns where a page leads and what it loads, and complains of anything that others have put into it.
func checkPage(t *testing.T, at, page string) (links []string) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if !slices.Contains(elements, n.Data) {
			t.Errorf("%s has an element <%s>", at, n.Data)
		}
		attributes := map[string]string{}
		for _, a := range n.Attr {
			attributes[a.Key] = a.Val
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "srcdoc" || a.Key == "formaction" && !strings.HasPrefix(a.Val, "/") && !strings.HasSuffix(a.Val, ".html") {
				t.Errorf("%s has the attribute %s=%q", at, a.Key, a.Val)
			}
			if a.Key == "href" || a.Key == "src" {
				if u, err := url.Parse(a.Val); err != nil || u.Scheme != "" && !(n.Data == "a" && (u.Scheme == "https" || u.Scheme == "http")) && a.Val != "data:," {
					t.Errorf("%s leads to %q", at, a.Val)
				}
				links = append(links, a.Val)
			}
		}
		if n.Data == "script" && attributes["src"] == "" && attributes["type"] != "application/json" {
			t.Errorf("%s has a script of its own", at)
		}
		if n.Data == "iframe" && attributes["sandbox"] != "allow-scripts" {
			t.Errorf("%s has a frame with the sandbox %q", at, attributes["sandbox"])
		}
	}
	return links
}

var elements = strings.Fields(`html head meta link title script body a header nav main footer p code h1 h2 h3 form div label span input button details summary
	fieldset legend bdi small table thead tbody tr th td section dl dt dd figure figcaption svg g path text circle img iframe ul ol li pre noscript`)

// What others have written stays text: on every page, whatever it is part of.
func TestEvil(t *testing.T) {
	s := testServer(t, evilStore(t))
	seen := map[string]bool{"/": true, "/compare?run=evil-0&run=evil-1&run=evil-2&run=<x-evil>": true, "/?q=<x-evil>&sort=\"<x-evil>&col=<x-evil>&run=<x-evil>": true, "/run/<x-evil>": true}
	queue := []string{"/", "/compare?run=evil-0&run=evil-1&run=evil-2&run=%3Cx-evil%3E", "/?q=%3Cx-evil%3E%22%27&sort=%22%3Cx-evil%3E&col=%3Cx-evil%3E&run=%3Cx-evil%3E", "/run/%3Cx-evil%3E"}
	pages, files := 0, 0
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		response, body := get(t, s, path)
		if response.StatusCode != 200 && path != "/run/%3Cx-evil%3E" {
			t.Errorf("%s is %s", path, response.Status)
		}
		kind := response.Header.Get("Content-Type")
		if strings.Contains(path, "/report/") || kind != "text/html; charset=utf-8" {
			files++
			if attached := strings.HasPrefix(response.Header.Get("Content-Disposition"), "attachment"); !attached && strings.HasPrefix(path, "/run/") && kind != "image/png" && !strings.Contains(path, "/report/") {
				t.Errorf("%s is %s, and no download", path, kind)
			}
			continue
		}
		pages++
		for _, link := range checkPage(t, path, body) {
			if strings.HasPrefix(link, "?") {
				link = strings.SplitN(path, "?", 2)[0] + link
			}
			link, _, _ = strings.Cut(link, "#")
			if strings.HasPrefix(link, "/") && !seen[link] && !strings.Contains(link, "?sort") {
				seen[link] = true
				queue = append(queue, link)
			}
		}
	}
	if pages < 30 || files < 60 {
		t.Errorf("only %d pages and %d files", pages, files)
	}
}
