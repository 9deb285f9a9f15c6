package nb

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"example.com/marketing/segkit/dataset"
	"example.com/marketing/segkit/profile"
)

// probe uses the report inside the frame, which nobody outside can, and says what happened.
const probe = `<script>
addEventListener("load", () => {
  document.querySelector("a[href='#profile_missing']").click();
  const scrolled = document.scrollingElement.scrollTop > 1000;
  document.querySelector("table.sortable th button").click();
  const first = document.querySelector("table.sortable tbody th").textContent;
  const log = document.querySelector("article input[value=log]");
  log.click();
  const pane = log.closest("fieldset").querySelectorAll(".panes > *")[1];
  parent.postMessage(["scrolled", scrolled, "first", first, "pane", getComputedStyle(pane).display, "here", location.href].join(" "), "*");
});
</script></body>`

// In the frame of a notebook, links, sorting and switches work, and stay in the frame.
func TestReportInAFrame(t *testing.T) {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("there is no Chromium on the PATH")
	}
	r, err := profile.New(dataset.Synthesize(500, 1), nil)
	if err != nil {
		t.Fatal(err)
	}
	var page strings.Builder
	if err := r.WriteBrief(&page); err != nil {
		t.Fatal(err)
	}
	frame := frameHTML(strings.Replace(page.String(), "</body>", probe, 1), 900, 500, 0.8)
	dir := t.TempDir()
	file := filepath.Join(dir, "page.html")
	html := `<!DOCTYPE html><meta charset="utf-8"><pre></pre><script>addEventListener("message", e => document.querySelector("pre").textContent = e.data)</script>` + frame
	if err := os.WriteFile(file, []byte(html), 0o666); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir="+filepath.Join(dir, "profile"),
		"--disable-features=IsolateSandboxedIframes", // in one process, so that the page is not dumped before the frame has spoken
		"--virtual-time-budget=20000", "--dump-dom", "file://"+file).Output()
	if err != nil {
		t.Fatal(err)
	}
	said := regexp.MustCompile(`<pre>(.*?)</pre>`).FindSubmatch(out)
	if want := "scrolled true first BALANCE pane block here about:srcdoc"; said == nil || string(said[1]) != want {
		t.Errorf("the frame said %q, want %q", said, want)
	}
}
