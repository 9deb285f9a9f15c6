package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"html/template"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"time"
)

// widths of the screens that pages are checked at, a small phone and a desktop, in pixels.
var widths = []int{360, 1280}

var errNoBrowser = errors.New("there is no Chromium on the PATH")

// checker is a page that holds each page of the site in a frame of each width, and writes down what is wrong with it.
var checker = template.Must(template.New("").Parse(`<!DOCTYPE html><meta charset="utf-8">
{{range $page := .Pages}}{{range $.Widths}}<iframe data-page="{{$page.Name}}" data-width="{{.}}" style="width:{{.}}px;height:800px;border:0" src="{{$page.URL}}"></iframe>
{{end}}{{end}}<pre id="result"></pre>
<script>
addEventListener("load", () => {
  const found = [];
  for (const frame of document.querySelectorAll("iframe")) {
    const note = what => found.push(frame.dataset.page + " at " + frame.dataset.width + " pixels: " + what);
    const page = frame.contentDocument;
    if (!page || !page.querySelector("h1")) { note("it does not load, or has no heading"); continue; }
    const wide = page.documentElement.scrollWidth;
    if (wide > frame.dataset.width) note("it is " + wide + " pixels wide");
    for (const image of page.images) {
      if (!image.naturalWidth && image.loading != "lazy") note("a picture does not show");
      if (!image.hasAttribute("alt")) note("a picture has no alternative text");
    }
  }
  document.getElementById("result").textContent = JSON.stringify(found);
});
</script>`))

var resultText = regexp.MustCompile(`(?s)<pre id="result">(.*?)</pre>`)

// checkPages opens all pages in dir in a headless Chromium, at phone and desktop width. It returns an error that lists
// pages which are wider than the screen, and pictures that do not show or have no alternative text.
func checkPages(ctx context.Context, dir string) error {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		return errNoBrowser
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*.html"))
	if err != nil {
		return err
	}
	type page struct {
		Name string
		URL  template.URL
	}
	var pages []page
	for _, path := range paths {
		absolute, err := filepath.Abs(path)
		if err != nil {
			return err
		}
		pages = append(pages, page{filepath.Base(path), template.URL("file://" + absolute)})
	}
	scratch, err := os.MkdirTemp("", "press-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	var b bytes.Buffer
	if err := checker.Execute(&b, map[string]any{"Pages": pages, "Widths": widths}); err != nil {
		return err
	}
	wrapper := filepath.Join(scratch, "check.html")
	if err := os.WriteFile(wrapper, b.Bytes(), 0o666); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--allow-file-access-from-files",
		"--user-data-dir="+filepath.Join(scratch, "profile"), "--virtual-time-budget=20000", "--dump-dom", "file://"+wrapper)
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("chromium: %w", err)
	}
	match := resultText.FindSubmatch(out)
	var found []string
	if match == nil || json.Unmarshal([]byte(html.UnescapeString(string(match[1]))), &found) != nil {
		return errors.New("chromium did not finish loading the pages")
	}
	var trouble []error
	for _, f := range found {
		trouble = append(trouble, errors.New(f))
	}
	return errors.Join(trouble...)
}
