package main

import (
	"context"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

func exportTo(t testing.TB, dir, to string, files bool) {
	t.Helper()
	if _, err := export(t.Context(), openTest(t, dir), to, files); err != nil {
		t.Fatal(err)
	}
}

// contents are all files of a folder, by their paths.
func contents(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(filepath.Join(dir, name))
		all[name] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// checkExport follows all links: they are relative, and lead to a file that is there; and every page is one that nobody else
// has put anything into.
func checkExport(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := contents(t, dir)
	linked := map[string]bool{"index.html": true, manifestName: true}
	for name, content := range all {
		if path.Ext(name) != ".html" || strings.HasPrefix(name, "files/") {
			if ext := path.Ext(name); strings.HasPrefix(name, "files/") && (ext == ".svg" || ext == ".js" || ext == ".xml" || ext == "") {
				t.Errorf("%s may run where it is served", name)
			}
			continue
		}
		for _, link := range checkPage(t, name, content) {
			u, err := url.Parse(link)
			if err != nil {
				t.Errorf("%s has the link %q", name, link)
				continue
			}
			if u.Scheme == "https" || u.Scheme == "data" || u.Path == "" {
				continue
			}
			if strings.HasPrefix(link, "/") || u.Scheme != "" || u.Host != "" {
				t.Errorf("%s has the absolute link %q", name, link)
			}
			to := path.Join(path.Dir(name), u.Path)
			target, ok := all[to]
			if !ok {
				t.Errorf("%s links to %s, which is not there", name, to)
			}
			if u.Fragment != "" && !strings.Contains(target, `id="`+u.Fragment+`"`) {
				t.Errorf("%s links to %s, which has no such place", name, link)
			}
			linked[to] = true
		}
	}
	for name := range all {
		if !linked[name] && !strings.HasPrefix(name, "data/") && name != "compare.html" {
			t.Errorf("nothing links to %s", name)
		}
	}
	return all
}

func TestExport(t *testing.T) {
	dir, _ := richStore(t)
	to := filepath.Join(t.TempDir(), "site", "runs")
	exportTo(t, dir, to, false)
	all := checkExport(t, to)
	for name, content := range all {
		if strings.Contains(content, secret) {
			t.Errorf("%s has a customer", name)
		}
		if strings.Contains(content, filepath.Dir(dir)) {
			t.Errorf("%s says where the store is", name)
		}
	}
	for _, name := range []string{"index.html", "compare.html", "artifacts.html", "artifact/codes.html", "run/run-k1.html", "run/broken.html", "data/run-k4.js"} {
		if all[name] == "" {
			t.Errorf("there is no %s", name)
		}
	}
	for name, want := range map[string]string{"run/run-k3.html": "are not published", "artifact/codes.html": "are not published"} {
		if !strings.Contains(all[name], want) {
			t.Errorf("%s does not say that files are left out", name)
		}
	}

	report := ""
	for name, content := range all {
		if strings.HasSuffix(name, "-report.html") {
			report = content
		}
	}
	if !strings.Contains(report, `<iframe sandbox="allow-scripts" title="report.html" srcdoc="&lt;!DOCTYPE html&gt;&lt;h1&gt;Report`) || strings.Contains(report, "<h1>") {
		t.Errorf("the report is\n%s", report)
	}

	// The same store gives the same bytes, elsewhere and later.
	other := filepath.Join(t.TempDir(), "other")
	exportTo(t, dir, other, false)
	again := contents(t, other)
	for name, content := range all {
		if again[name] != content {
			t.Errorf("%s is another one the second time", name)
		}
	}
	if len(again) != len(all) {
		t.Errorf("%d files, and then %d", len(all), len(again))
	}
}

func TestExportFiles(t *testing.T) {
	dir, _ := richStore(t)
	to := t.TempDir()
	exportTo(t, dir, to, true)
	all := checkExport(t, to)
	found := map[string]int{}
	for name, content := range all {
		if strings.Contains(content, secret) {
			found[strings.SplitN(name, "/", 2)[0]+path.Ext(name)]++
		}
	}
	if found["table.html"] < 5 || found["files.csv"] < 2 || found["files.json"] < 1 {
		t.Errorf("the customers are in %v", found)
	}
}

// Other people's names and texts stay what they are in files, too.
func TestExportEvil(t *testing.T) {
	to := t.TempDir()
	exportTo(t, evilStore(t), to, true)
	for name, content := range checkExport(t, to) {
		if path.Ext(name) == ".js" && strings.HasPrefix(name, "data/") && strings.ContainsAny(content, "<>&\u2028\u2029") {
			t.Errorf("%s has what could end a script", name)
		}
	}
}

// What an earlier export wrote and this one does not goes; what anybody else wrote stays.
func TestExportAgain(t *testing.T) {
	dir, _ := richStore(t)
	to := t.TempDir()
	exportTo(t, dir, to, true)
	before := contents(t, to)
	kept := map[string]string{"mine.html": "mine", "run/mine.txt": "mine", "table/mine": "mine"}
	for name, content := range kept {
		if err := os.WriteFile(filepath.Join(to, name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.RemoveAll(filepath.Join(dir, "run-k0")); err != nil {
		t.Fatal(err)
	}
	exportTo(t, dir, to, false)
	after := contents(t, to)
	for name, content := range kept {
		if after[name] != content {
			t.Errorf("%s is %q", name, after[name])
		}
		delete(after, name)
	}
	if before["run/run-k0.html"] == "" || after["run/run-k0.html"] != "" {
		t.Error("the page of a run that is gone stays")
	}
	for name := range after {
		if strings.HasPrefix(name, "table/") || strings.HasSuffix(name, ".csv") {
			t.Errorf("%s stays", name)
		}
	}
	if _, err := os.Stat(filepath.Join(to, "table", "run-k1")); err == nil {
		t.Error("an empty folder stays")
	}
}

func TestExportKeepsOthersFiles(t *testing.T) {
	dir, _ := richStore(t)
	to := t.TempDir()
	index := filepath.Join(to, "index.html")
	if err := os.WriteFile(index, []byte("mine"), 0o666); err != nil {
		t.Fatal(err)
	}
	_, err := export(t.Context(), openTest(t, dir), to, false)
	if b, _ := os.ReadFile(index); err == nil || !strings.Contains(err.Error(), "was not written by an export") || string(b) != "mine" {
		t.Errorf("%v, and the page is %q", err, b)
	}
	outside := filepath.Join(t.TempDir(), "precious")
	if err := os.WriteFile(outside, []byte("precious"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"{", `{"about":"another","files":[]}`, fmt.Sprintf(`{"about":%q,"files":["../%s"]}`, aboutManifest, filepath.Base(outside)), fmt.Sprintf(`{"about":%q,"files":[%q]}`, aboutManifest, outside)} {
		to := filepath.Join(filepath.Dir(outside), "site")
		if err := os.MkdirAll(to, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(to, manifestName), []byte(bad), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := export(t.Context(), openTest(t, dir), to, false); err == nil {
			t.Errorf("the manifest %s is taken", bad)
		}
	}
	if _, err := os.Stat(outside); err != nil {
		t.Error(err)
	}
}

// An export that is broken off leaves only whole files, all of which the next one knows.
func TestExportBrokenOff(t *testing.T) {
	dir, _ := richStore(t)
	to := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := export(ctx, openTest(t, dir), to, false); err == nil {
		t.Fatal("it was not broken off")
	}
	exportTo(t, dir, to, false)
	checkExport(t, to)
}
