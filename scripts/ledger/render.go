package main

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html"
	"html/template"
	"io"
	"path"
	"strconv"

	"example.com/marketing/scripts/style"
)

//go:embed web
var web embed.FS

var templates *template.Template

func init() { // the functions need the templates, and these the functions
	templates = template.Must(template.New("").Funcs(template.FuncMap{
		"body": func(p *page) (template.HTML, error) {
			var b bytes.Buffer
			err := templates.ExecuteTemplate(&b, p.Template, p)
			return template.HTML(b.String()), err // html/template has escaped it
		},
		"json":     scriptData,
		"base":     path.Base,
		"indented": indented,
		"long":     func(text string) bool { return len(text) >= long },
		"count":    func(n int) string { return grouped(strconv.Itoa(n)) },
		"table":    func(title string, rows []named) namedTable { return namedTable{title, rows} },
		"drawing":  func(i int, c chart) drawing { return drawing{fmt.Sprintf("curve-%d", i), &c} },
	}).ParseFS(web, "web/*.html"))
}

// namedTable is a table of names and values.
type namedTable struct {
	Title string
	Rows  []named
}

// drawing is a chart with its place on the page.
type drawing struct {
	ID    string
	Chart *chart
}

// indented is a text, with lines for its parts where it is JSON.
func indented(text string) string {
	var b bytes.Buffer
	if json.Indent(&b, []byte(text), "", "  ") != nil {
		return text
	}
	return b.String()
}

// scriptData is JSON for a script element: encoding/json escapes <, > and &, so that nothing in it ends the element.
func scriptData(v any) (template.JS, error) {
	b, err := json.Marshal(v)
	return template.JS(b), err
}

// render writes a page.
func render(w io.Writer, p *page) error { return templates.ExecuteTemplate(w, "page", p) }

// asset returns a script or a style sheet, and its type; nil if there is none of that name.
func asset(name string) (content []byte, kind string) {
	switch path.Ext(name) {
	case ".css":
		kind = "text/css; charset=utf-8"
	case ".js":
		kind = "text/javascript; charset=utf-8"
	default:
		return nil, ""
	}
	if name == "style.css" { // shared with the notebooks' pages
		return []byte(style.CSS), kind
	}
	content, err := web.ReadFile("web/" + name)
	if err != nil {
		return nil, ""
	}
	return content, kind
}

// renderReport writes a page that holds somebody else's in a frame without any rights but to run its scripts.
func renderReport(w io.Writer, title string, report []byte) error {
	// html/template would take the tags out of an attribute.
	frame := template.HTMLAttr(`srcdoc="` + html.EscapeString(string(report)) + `"`)
	return templates.ExecuteTemplate(w, "report", map[string]any{"Title": title, "Frame": frame})
}
