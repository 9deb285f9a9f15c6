package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The tests in this file open exported pages from files.

//go:embed testdata/exported.js
var exportedChecks string

var lookPage = template.Must(template.New("").Parse(`<!DOCTYPE html><meta charset="utf-8">
{{range .Frames}}<iframe data-name="{{.Name}}" data-width="{{.Width}}" style="width:{{.Width}}px;height:900px;border:0" src="{{.URL}}"></iframe>
{{end}}<pre id="result"></pre>
<script>{{.Script}}
const expected = {{.Expected}};
addEventListener("load", async () => {
  for (const frame of document.querySelectorAll("iframe")) {
    about = frame.dataset.name + " at " + frame.dataset.width + " pixels";
    for (const check of [{{range .Checks}}{{.}},{{end}}]) {
      try { await check(frame.contentDocument, frame.contentWindow, frame); } catch (e) { complain(check.name + " threw " + e.stack); }
    }
  }
  document.getElementById("result").textContent = JSON.stringify(found);
});</script>`))

// look opens exported pages from files, in frames of one page, and calls the named checks with each of them. expected is what
// they compare with. The checks share the functions of those of the profile report.
func look(t *testing.T, dir string, pages []string, widths []int, expected any, checks ...string) {
	t.Helper()
	lookWith(t, nil, dir, pages, widths, expected, checks...)
}

func lookWith(t *testing.T, flags []string, dir string, pages []string, widths []int, expected any, checks ...string) {
	t.Helper()
	type frame struct {
		Name  string
		URL   template.URL
		Width int
	}
	var frames []frame
	for _, p := range pages {
		for _, w := range widths {
			frames = append(frames, frame{p, template.URL("file://" + filepath.ToSlash(filepath.Join(dir, p))), w})
		}
	}
	var script strings.Builder
	for _, name := range []string{"browser.js", "browser_look.js"} {
		b, err := os.ReadFile(filepath.Join("..", "..", "segkit", "profile", "testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		script.Write(b)
	}
	script.WriteString(exportedChecks)
	var names []template.JS
	for _, c := range checks {
		names = append(names, template.JS(c))
	}
	var b bytes.Buffer
	if err := lookPage.Execute(&b, map[string]any{"Frames": frames, "Script": template.JS(script.String()), "Expected": expected, "Checks": names}); err != nil {
		t.Fatal(err)
	}
	page := filepath.Join(t.TempDir(), "check.html")
	if err := os.WriteFile(page, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	chromium(t, "file://"+page, "source: about:srcdoc", flags...) // what a report in a frame says is its own affair
}

// With and without a server, a query finds the same runs, in the same order.
func TestBrowserExportedList(t *testing.T) {
	dir, _ := richStore(t)
	to := t.TempDir()
	exportTo(t, dir, to, false)
	type expectation struct {
		Query, Sort, Found string
		Names              []string
	}
	runs, err := openTest(t, dir).runs()
	if err != nil {
		t.Fatal(err)
	}
	var expected []expectation
	for i, query := range append(queries, "", "", "") {
		by := []string{"", "name", "-last:silhouette", "param:space", "-param:k", "last:loss", "-started", "tags", "max:loss"}[i%9]
		found, note := filter(runs, query)
		sortRuns(found, by)
		e := expectation{query, by, fmt.Sprintf("%d runs", len(runs)), []string{}}
		if len(found) < len(runs) {
			e.Found = fmt.Sprintf("%d of %d runs Show all", len(found), len(runs))
		}
		if note != "" {
			e.Found += ": " + note
		}
		for _, r := range found {
			e.Names = append(e.Names, r.Ref)
		}
		expected = append(expected, e)
	}
	look(t, to, []string{"index.html"}, []int{1280}, expected, "checkQueries", "checkChoices")
}

// Comparing without a server shows what it shows with one.
func TestBrowserExportedCompare(t *testing.T) {
	dir, _ := richStore(t)
	to := t.TempDir()
	exportTo(t, dir, to, false)
	query := "?run=run-k1&run=run-k3&run=gone&run=run-k4"
	_, body := get(t, testServer(t, dir), "/compare"+query)
	look(t, to, []string{"compare.html" + query}, []int{1280}, body, "checkBeside")
}

func exportedPages(t *testing.T, dir string) (to string, pages []string) {
	t.Helper()
	to = t.TempDir()
	exportTo(t, dir, to, true)
	for name := range contents(t, to) {
		if filepath.Ext(name) == ".html" && !strings.HasPrefix(name, "files/") {
			pages = append(pages, name)
		}
	}
	return to, pages
}

func TestBrowserLook(t *testing.T) {
	to, _ := exportedPages(t, func() string { dir, _ := richStore(t); return dir }())
	pages := []string{"index.html", "artifacts.html", "artifact/codes.html", "run/run-k3.html", "run/broken.html", "compare.html?run=run-k1&run=run-k2&run=run-k3&run=run-k4"}
	tables, _ := filepath.Glob(filepath.Join(to, "table", "run-k3", "*customers*.html"))
	pages = append(pages, strings.TrimPrefix(tables[0], to+"/"))
	look(t, to, pages, []int{360, 768, 1280, 1920}, nil, "checkWide", "checkNames")
	look(t, to, pages, []int{1280}, nil, "checkReadable")
	lookWith(t, []string{"--blink-settings=preferredColorScheme=0"}, to, pages, []int{1280}, nil, "checkDark", "checkReadable")
	look(t, to, pages, []int{718}, nil, "checkPrinted")
}

func TestBrowserExportedEvil(t *testing.T) {
	to, pages := exportedPages(t, evilStore(t))
	look(t, to, append(pages, "compare.html?run=evil-0&run=evil-1&run=evil-4&run=<x-evil>"), []int{360}, nil, "checkInnocent", "checkWide")
}
