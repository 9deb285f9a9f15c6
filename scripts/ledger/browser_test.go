package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// The tests in this file use the pages as a reader does, in a headless Chromium. The checks themselves are in JavaScript.

//go:embed testdata/served.js
var servedChecks string

var resultText = regexp.MustCompile(`(?s)<pre id="result">(.*?)</pre>`)

// consoleLine is what Chromium logs of a page's errors and warnings.
var consoleLine = regexp.MustCompile(`(?m)^.*:CONSOLE[:(].*$`)

// chromium opens a page, and reports what its checks complain of, and what the console says but for what may be said.
func chromium(t *testing.T, url string, may string, flags ...string) {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("there is no Chromium on the PATH")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, browser, append([]string{"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--allow-file-access-from-files",
		"--disable-features=IsolateSandboxedIframes", // in one process, so that the page is not dumped before the frame has spoken
		"--enable-logging=stderr", "--v=0", "--user-data-dir=" + t.TempDir(), "--window-size=1600,1000", "--virtual-time-budget=40000", "--dump-dom"}, append(flags, url)...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("chromium: %v\n%s", err, consoleLine.FindAllString(stderr.String(), -1))
	}
	match := resultText.FindSubmatch(out)
	var found []string
	if match == nil || json.Unmarshal([]byte(html.UnescapeString(string(match[1]))), &found) != nil {
		t.Fatalf("chromium did not finish: %s\n%s", consoleLine.FindAllString(stderr.String(), -1), out[:min(len(out), 1000)])
	}
	for _, f := range found {
		t.Error(f)
	}
	for _, line := range consoleLine.FindAllString(stderr.String(), -1) {
		if may == "" || !strings.Contains(line, may) {
			t.Error("the console says ", line)
		}
	}
}

// checked serves a book's pages with a check on each of them. before is called with each request.
func checked(t *testing.T, dir, check string, before func(r *http.Request)) *httptest.Server {
	t.Helper()
	pages := newHandler(openTest(t, dir))
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/check.js" {
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = io.WriteString(w, servedChecks)
			return
		}
		if before != nil {
			before(r)
		}
		answer := httptest.NewRecorder()
		pages.ServeHTTP(answer, r)
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		body := answer.Body.String()
		if strings.Contains(w.Header().Get("Content-Security-Policy"), "script-src 'self'") {
			body = strings.Replace(body, "</head>", `<meta name="check" content="`+check+`"><script src="/check.js" defer></script></head>`, 1)
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		}
		w.WriteHeader(answer.Code)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(s.Close)
	return s
}

func TestBrowserList(t *testing.T) {
	dir, _ := richStore(t)
	chromium(t, checked(t, dir, "checkList", nil).URL, "")
	chromium(t, checked(t, dir, "checkCompare", nil).URL+"/compare?run=run-k1&run=run-k3&run=broken", "")
}

// A report has scripts, and reaches neither the page around it, nor the server, nor what the browser keeps for the server.
func TestBrowserRun(t *testing.T) {
	s, dir := emptyStore(t)
	r := begin(t, s, "run-k3")
	log(t, r, 3)
	r.HTML("report.html", text(`<!DOCTYPE html><h1 class="a 'quote' &amp; &quot;">Report</h1><script>
const blocked = f => { try { f(); return "reached"; } catch { return "blocked"; } };
addEventListener("load", () => {
  const tries = [blocked(() => { parent.document.title = "evil"; }), blocked(() => localStorage.setItem("evil", 1)), blocked(() => { parent.evil = 1; })];
  top.postMessage([self.origin, ...tries].join(" "), "*");
});
</script>`))
	finish(t, r)
	chromium(t, checked(t, dir, "checkRun", nil).URL+"/run/run-k3", "")
	to := t.TempDir()
	exportTo(t, dir, to, false)
	look(t, to, []string{"run/run-k3.html"}, []int{1280}, nil, "checkReport")
}

func TestBrowserTable(t *testing.T) {
	s, dir := emptyStore(t)
	r := begin(t, s, "big")
	r.Table("big.csv", func(w io.Writer) error {
		fmt.Fprintln(w, "id,name,a,b,c,d,e,f")
		for i := range 100_000 {
			fmt.Fprintf(w, "%d,customer %d,%d.5,%d,x,y,z,%d\n", i, i*7919%100_000, i*31%977, i%7, i*i%1000)
		}
		return nil
	})
	finish(t, r)
	start := time.Now()
	chromium(t, checked(t, dir, "checkTable", nil).URL+"/run/big/table/big.csv", "")
	t.Logf("a reader turned, sorted and searched 100,000 rows in %v, the start of the browser included", time.Since(start).Round(time.Millisecond))

	to := t.TempDir()
	exportTo(t, dir, to, true)
	tables, err := filepath.Glob(filepath.Join(to, "table", "big", "*.html"))
	if err != nil || len(tables) != 1 {
		t.Fatal(tables, err)
	}
	start = time.Now()
	look(t, to, []string{strings.TrimPrefix(tables[0], to+"/")}, []int{1280}, nil, "checkTable")
	t.Logf("and without a server in %v", time.Since(start).Round(time.Millisecond))
}

// A run that is being written grows on its page, until it has ended.
func TestBrowserLive(t *testing.T) {
	s, dir := emptyStore(t)
	r := begin(t, s, "live")
	r.Metric("constant", 1, 0)
	r.Param("long", strings.Repeat("a long text ", 40))
	step := 0
	grow := func() {
		for range 10 {
			r.Metric("loss", 1/float64(step+1), step)
			step++
		}
		r.Text("on-disk.txt", fmt.Sprint(step)) // a file is on disk at once, and all before it
	}
	grow()
	var looks atomic.Int32
	server := checked(t, dir, "checkLive", func(r2 *http.Request) {
		if r2.URL.Path != "/run/live" {
			return
		}
		switch n := looks.Add(1); {
		case n > 1 && n < 5:
			grow()
		case n == 5:
			finish(t, r)
		}
	})
	chromium(t, server.URL+"/run/live", "")
	if n := looks.Load(); n < 5 || n > 6 {
		t.Errorf("it looked %d times", n)
	}
}

func TestBrowserEvil(t *testing.T) {
	server := checked(t, evilStore(t), "checkEvil", nil)
	for _, path := range []string{"/", "/run/evil-4", "/compare?run=evil-0&run=evil-1"} {
		chromium(t, server.URL+path, "Failed to read") // a report's script complains that it cannot reach out
	}
}
