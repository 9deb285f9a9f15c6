package main

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/marketing/segkit/track"
)

// evil are texts that would do something on a page which does not take care. x-evil is an element that no page has.
var evil = []string{
	`<script>window.evil=1</script><x-evil>`, `"><img src=x onerror="window.evil=2"><x-evil>`, `'><x-evil onclick='window.evil=3'>`, `javascript:window.evil=4`,
	"</script><x-evil>\u2028window.evil=5\u2029", `{{.}}${window.evil=6}` + "`", `--><x-evil><!--`, `]]></style></textarea></title><x-evil>`, "\u202eevil<x-evil>",
}

func begin(t testing.TB, s *track.Store, name string) *track.Run {
	t.Helper()
	r, err := s.Start(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func finish(t testing.TB, r *track.Run) {
	t.Helper()
	if err := r.End(); err != nil {
		t.Fatal(err)
	}
}

func emptyStore(t testing.TB) (*track.Store, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "runs")
	s, err := track.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s, dir
}

func openTest(t testing.TB, dir string) *book {
	t.Helper()
	b, err := openBook(dir)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func picture(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 40, 20))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

// secret stands in the rows of tables, and in the files of models and artifacts, of the test stores.
const secret = "CUSTOMER-4711"

// log fills a run with something of every kind.
func log(t testing.TB, r *track.Run, k int) {
	r.Params(map[string]any{"k": k, "space": []string{"full", "pca", "code"}[k%3], "seed": 42, "rate": 0.001 * float64(k), "layers": []int{17, k, 2}})
	r.Tag("find-clusters", fmt.Sprintf("group %d", k%2))
	r.Other("paper", "https://example.com/a.pdf")
	for step := range 50 {
		v := math.Exp(-float64(step)/10) + float64(k)/10
		if step == 20 {
			v = math.NaN()
		}
		r.Metric("loss", v, step)
	}
	r.Metric("silhouette", 0.1*float64(k), 0)
	r.Dataset("customers", "abc", 100, 17)
	r.Figure("elbow.png", picture(t))
	r.Figure("not a picture.png", []byte("<svg onload='window.evil=1'></svg>"))
	r.HTML("report.html", text(`<!DOCTYPE html><h1>Report</h1><p id="ran">no</p><script>document.getElementById("ran").textContent="yes"</script>`))
	r.Text("notes.txt", "these are notes")
	r.Table("customers.csv", text("id,balance\n"+secret+",10\nB,9\n"))
	r.Table("scores.json", text(`[{"id":"`+secret+`","silhouette":0.5}]`))
	r.Model("kmeans", "kmeans.json", bytes.NewBufferString(`{"of":"`+secret+`"}`))
	r.Artifact(track.Artifact{Name: "codes", Note: fmt.Sprintf("codes of %d", k), Aliases: []string{"best"}, Metadata: map[string]any{"k": k}}, track.Content{Name: "codes.csv", Write: text(secret + fmt.Sprint(k))})
}

// richStore has runs of every state, and something of every kind. The caller ends what it returns.
func richStore(t testing.TB) (dir string, running *track.Run) {
	t.Helper()
	s, dir := emptyStore(t)
	for k := range 5 {
		r := begin(t, s, fmt.Sprintf("run-k%d", k))
		if k > 0 {
			if _, err := r.Use("codes"); err != nil {
				t.Fatal(err)
			}
		}
		log(t, r, k)
		finish(t, r)
	}
	again := begin(t, s, "run-k1") // the earlier one stays until this ends
	again.Param("k", 11)
	again.Metric("loss", 3, 0)
	again.Metric("loss", 2, 1)
	again.Text("first.txt", "so that it is on disk")
	for name, log := range map[string]string{
		"broken":      `{"k":"start","n":"broken","id":"00000000000000000000000000000000","version":1,"at":1795570935395}` + "\n{oops\n",
		"nothing":     "{no\n",
		"interrupted": `{"k":"start","n":"interrupted","id":"11111111111111111111111111111111","version":1,"at":1795570935395}` + "\n",
	} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name, "0001.jsonl"), []byte(log), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _ = again.Abandon() })
	return dir, again
}

// evilStore has the texts of evil wherever a run has a text of its own.
func evilStore(t testing.TB) string {
	t.Helper()
	s, dir := emptyStore(t)
	for i, hostile := range evil {
		r := begin(t, s, fmt.Sprintf("evil-%d", i))
		file := strings.NewReplacer("\\", "", "/", "+").Replace(hostile)
		r.Param(hostile, hostile)
		r.Param("value", map[string]any{hostile: hostile})
		r.Param("number", float64(i))
		r.Other(hostile, hostile)
		r.Other("link", "javascript:alert(1)//https://example.com")
		r.Tag(hostile)
		r.Dataset(hostile, hostile, 1, 1)
		for step := range 3 {
			r.Metric(hostile, float64(step), step)
		}
		r.Figure(file+".png", picture(t))
		r.Figure("folder/"+file, []byte(hostile))
		r.HTML(file+".html", text("<!DOCTYPE html><x-evil></x-evil><script>try { parent.evil = 7; parent.document.title = 'evil' } catch { }</script>"))
		r.HTML("plain", text(hostile))
		r.Text(file, hostile)
		r.Table(file+".csv", text("\""+strings.ReplaceAll(hostile, `"`, `""`)+"\",b\n\""+strings.ReplaceAll(hostile, `"`, `""`)+"\",1\n"))
		r.Table("plain.html", text(hostile))
		r.Model(strings.ReplaceAll(file, "/", ""), file, bytes.NewBufferString(hostile))
		r.Artifact(track.Artifact{Name: "evil", Note: hostile, Metadata: map[string]any{hostile: hostile}}, track.Content{Name: file, Write: text(hostile)})
		finish(t, r)
	}
	return dir
}
