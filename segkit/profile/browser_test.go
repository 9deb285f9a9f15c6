package profile_test

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"html"
	"html/template"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The tests in this file look at reports as a reader does, in a headless Chromium. The checks themselves are in JavaScript:
// each is a function check… in testdata, which acts on reports in frames and complains.

//go:embed testdata/browser*.js
var checks embed.FS

// frame is a report in a frame of the page that checks it.
type frame struct {
	Name, File string
	Width      int
	Sandbox    template.HTMLAttr
}

// pages writes the named reports to a new directory.
func pages(t *testing.T, names ...string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, name := range names {
		var b bytes.Buffer
		if err := syntheticReport(t, reports[name]).WriteHTML(&b); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name+".html"), b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

var checker = template.Must(template.New("").Parse(`<!DOCTYPE html><meta charset="utf-8">
{{range .Frames}}<iframe data-name="{{.Name}}" data-width="{{.Width}}" style="width:{{.Width}}px;height:900px;border:0" {{.Sandbox}} src="{{.File}}"></iframe>
{{end}}<pre id="result"></pre>
<script>{{.Script}}
addEventListener("load", async () => {
  for (const frame of document.querySelectorAll("iframe")) {
    about = frame.dataset.name + " at " + frame.dataset.width + " pixels";
    for (const check of [{{range .Checks}}{{.}},{{end}}]) {
      try { await check(frame.contentDocument, frame.contentWindow, frame); } catch (e) { complain(check.name + " threw " + e.stack); }
    }
  }
  document.getElementById("result").textContent = JSON.stringify(found);
});</script>`))

var resultText = regexp.MustCompile(`(?s)<pre id="result">(.*?)</pre>`)

// consoleLine is what Chromium logs of a page's errors and warnings. That a frame without scripts runs none is as it should be.
var consoleLine = regexp.MustCompile(`(?m)^.*:CONSOLE[:(].*$`)

// chromium runs the browser and returns what it writes.
func chromium(t *testing.T, dir string, arguments ...string) (out, console []byte) {
	t.Helper()
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("there is no Chromium on the PATH")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, browser, append([]string{"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--allow-file-access-from-files",
		"--enable-logging=stderr", "--v=0", "--user-data-dir=" + filepath.Join(dir, "profile"), "--virtual-time-budget=20000"}, arguments...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if out, err = cmd.Output(); err != nil {
		t.Fatalf("chromium: %v\n%s", err, stderr.Bytes())
	}
	return out, stderr.Bytes()
}

// look opens files of dir in frames of one page, calls the named checks with each of them, and reports what they complain of.
func look(t *testing.T, dir string, frames []frame, flags []string, names ...template.JS) {
	t.Helper()
	var script strings.Builder
	scripts, err := checks.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range scripts {
		b, err := checks.ReadFile("testdata/" + s.Name())
		if err != nil {
			t.Fatal(err)
		}
		script.Write(b)
	}
	var b bytes.Buffer
	if err := checker.Execute(&b, map[string]any{"Frames": frames, "Script": template.JS(script.String()), "Checks": names}); err != nil {
		t.Fatal(err)
	}
	page := filepath.Join(dir, "check.html")
	if err := os.WriteFile(page, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	out, console := chromium(t, dir, append(flags, "--window-size=2000,1000", "--dump-dom", "file://"+page)...)
	match := resultText.FindSubmatch(out)
	var found []string
	if match == nil || json.Unmarshal([]byte(html.UnescapeString(string(match[1]))), &found) != nil {
		t.Fatalf("chromium did not finish:\n%s", console)
	}
	for _, f := range found {
		t.Error(f)
	}
	for _, line := range consoleLine.FindAllString(string(console), -1) {
		if !strings.Contains(line, "Blocked script execution in") {
			t.Error("the console says ", line)
		}
	}
}

const noScripts = template.HTMLAttr(`sandbox="allow-same-origin"`)

func TestBrowserUse(t *testing.T) {
	t.Parallel()
	look(t, pages(t, "groups", "target"), []frame{{"groups", "groups.html", 1280, ""}, {"target", "target.html", 1280, ""}}, nil,
		"checkRequests", "checkContrast", "checkMarkup", "checkSorting", "checkCards", "checkBins", "checkPairs", "checkLinks", "checkScatter")
}

func TestBrowserWithoutScript(t *testing.T) {
	t.Parallel()
	look(t, pages(t, "groups", "number"), []frame{{"groups", "groups.html", 1280, noScripts}, {"number", "number.html", 360, noScripts}}, nil,
		"checkRequests", "checkMarkup", "checkStill", "checkSwitches", "checkLinks")
}

func TestBrowserLook(t *testing.T) {
	t.Parallel()
	var frames []frame
	for _, width := range []int{360, 768, 1280, 1920} {
		frames = append(frames, frame{"groups", "groups.html", width, ""}, frame{"target", "target.html", width, ""})
	}
	look(t, pages(t, "groups", "target", "private"), append(frames, frame{"private", "private.html", 360, ""}), nil, "checkFit")
}

func TestBrowserDark(t *testing.T) {
	t.Parallel()
	look(t, pages(t, "groups", "target"), []frame{{"groups", "groups.html", 1280, ""}, {"target", "target.html", 360, ""}},
		[]string{"--blink-settings=preferredColorScheme=0"}, "checkDark", "checkContrast")
}

func TestBrowserPrint(t *testing.T) {
	t.Parallel()
	dir := pages(t, "groups", "target")
	look(t, dir, []frame{{"groups", "groups.html", 718, ""}, {"target", "target.html", 718, ""}}, nil, "checkPaper")
	pdf := filepath.Join(dir, "groups.pdf")
	chromium(t, dir, "--no-pdf-header-footer", "--print-to-pdf="+pdf, "file://"+filepath.Join(dir, "groups.html"))
	b, err := os.ReadFile(pdf)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(regexp.MustCompile(`/Type\s*/Page\b`).FindAll(b, -1)); n < 15 || n > 60 {
		t.Errorf("%d pages are printed", n)
	}
}

// Two reports on a page of somebody else, who has styles for everything.
const host = `<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>host</title>
<style>h1{color:red}table{border:3px solid green}a{color:purple}p{margin:3px}.bar{color:blue}label{font-weight:bold}</style>
<main><h1>Host</h1><h3>small</h3><p class="soft warn">Text with <a href="#x">a link</a>, <small>small</small> and <label class="key k0">a <input type="radio" name="a" checked></label></p>
<table class="sortable matrix wide"><thead><tr><th>head</th></tr></thead><tbody><tr><td class="t meter">cell</td></tr></tbody></table><dl><dt>term<dd>value</dl>
<details open><summary>more</summary><article class="card"><figure class="any">figure <figcaption>caption</figcaption></figure></article></details><nav><button class="bar line">go</button></nav></main>`

func TestBrowserFragments(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	page := host
	for _, prefix := range []string{"a", "a-target", "B2"} {
		r := syntheticReport(t, reports[map[string]string{"a": "target", "a-target": "groups", "B2": "number"}[prefix]])
		fragment, err := r.Fragment(prefix)
		if err != nil {
			t.Fatal(err)
		}
		page += fragment
	}
	for name, text := range map[string]string{"host.html": host, "both.html": page} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	look(t, dir, []frame{{"both", "both.html", 1280, ""}, {"host", "host.html", 1280, ""}}, nil, "checkFragments")
}
