package main

import (
	"bytes"
	"encoding/base64"
	"errors"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const small = `{
 "cells": [
  {
   "attachments": {"a.png": {"image/png": "aGk="}},
   "cell_type": "markdown",
   "id": "m1",
   "metadata": {"tags": ["x"]},
   "source": ["[Next](01-b.ipynb)\n", "\n", "# A <title>\n", "\n", "First *words*.\n"]
  },
  {
   "cell_type": "code",
   "execution_count": 2,
   "id": "c1",
   "metadata": {"execution": {"iopub.execute_input": "2026-01-01"}},
   "outputs": [
    {"data": {"text/html": []}, "metadata": {}, "output_type": "display_data"},
    {"name": "stdout", "output_type": "stream", "text": ["a < b\n", "c\n"]}
   ],
   "source": ["%%\n", "fmt.Println(\"a < b\")"]
  },
  {"cell_type": "code", "execution_count": null, "id": "c2", "metadata": {}, "outputs": [], "source": []}
 ],
 "metadata": {"kernelspec": {"name": "other"}, "language_info": {"version": "go1.99"}},
 "nbformat": 4,
 "nbformat_minor": 5
}`

func parse(t *testing.T, text string) *notebook {
	t.Helper()
	path := filepath.Join(t.TempDir(), "00-a.ipynb")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	nb, err := readNotebook(path)
	if err != nil {
		t.Fatal(err)
	}
	return nb
}

func TestNormalise(t *testing.T) {
	nb := parse(t, small)
	nb.normalise()
	b, err := nb.bytes()
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	for _, gone := range []string{"2026", "go1.99", "text/html", "tags", `\u003c`} {
		if strings.Contains(text, gone) {
			t.Errorf("%q is still there:\n%s", gone, text)
		}
	}
	for _, kept := range []string{`"image/png": "aGk="`, `"a < b\n"`, `"execution_count": 2`, `"execution_count": null`, `"outputs": []`, `"name": "gonb"`, "\n}\n"} {
		if !strings.Contains(text, kept) {
			t.Errorf("no %q in\n%s", kept, text)
		}
	}
	again := parse(t, text)
	again.normalise()
	if b2, err := again.bytes(); err != nil || !bytes.Equal(b, b2) {
		t.Errorf("normalising twice changes something (%v)", err)
	}
	if nb.title != "A <title>" || nb.summary() != "First words." {
		t.Errorf("title %q, summary %q", nb.title, nb.summary())
	}
}

func TestReadNotebookRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.ipynb")
	for _, text := range []string{"", "{", `{"nbformat": 3, "cells": []}`} {
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := readNotebook(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestFailure(t *testing.T) {
	compiler := `<style>.gonb-err-line{}</style><div><span class="gonb-cell-line-info">Cell[2]: Line 2</span> undefined: x<div class="gonb-err-context">\nfunc main() {\n<div class="gonb-err-line">x</div>\n}\n</div></div>`
	for about, c := range map[string]struct{ outputs, want string }{
		"exit":     {`{"name":"stderr","output_type":"stream","text":["error: no data\n"]},{"output_type":"error","ename":"E","evalue":"exit status 1","traceback":["exit status 1"]}`, "error: no data\nexit status 1"},
		"compiler": {`{"data":{"text/html":["` + strings.ReplaceAll(compiler, `"`, `\"`) + `"]},"metadata":{},"output_type":"display_data"},{"output_type":"error","ename":"E","evalue":"v","traceback":["failed"]}`, "Cell[2]: Line 2 undefined: x\nfailed"},
	} {
		nb := parse(t, strings.Replace(small, `"outputs": []`, `"outputs": [`+c.outputs+`]`, 1))
		number, source, message, failed := nb.failure()
		if !failed || number != 3 || source != "" || message != c.want {
			t.Errorf("%s: cell %d, source %q, message %q, want %q", about, number, source, message, c.want)
		}
	}
	if _, _, _, failed := parse(t, small).failure(); failed {
		t.Error("a notebook without an error failed")
	}
}

func picture(t *testing.T, at func(x, y int) color.Color) string {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 200, 100))
	for y := range 100 {
		for x := range 200 {
			img.Set(x, y, at(x, y))
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

func TestDifference(t *testing.T) {
	with := func(outputs string) *notebook {
		return parse(t, strings.Replace(small, `"outputs": []`, `"outputs": [`+outputs+`]`, 1))
	}
	image := func(b string) *notebook {
		return with(`{"data":{"image/png":"` + b + `","text/plain":["alt"]},"metadata":{},"output_type":"display_data"}`)
	}
	stream := func(s string) *notebook {
		return with(`{"name":"stdout","output_type":"stream","text":["same\n","` + s + `\n"]}`)
	}
	grey := picture(t, func(int, int) color.Color { return color.Gray{100} })
	shade := picture(t, func(int, int) color.Color { return color.Gray{104} })
	dot := picture(t, func(x, y int) color.Color { return color.Gray{uint8(100 + 100*((x+y)/298))} })
	spot := picture(t, func(x, y int) color.Color { return color.Gray{uint8(100 + 100*(x/190))} })
	for about, c := range map[string]struct {
		a, b *notebook
		want string
	}{
		"same":          {stream("x"), stream("x"), ""},
		"text":          {stream("x"), stream("y"), "line 2 was"},
		"kind":          {stream("x"), image(grey), "stream stdout was kept"},
		"number":        {stream("x"), parse(t, small), "1 outputs were kept, 0 came back"},
		"a shade":       {image(grey), image(shade), ""},
		"a pixel":       {image(grey), image(dot), ""},
		"a spot":        {image(grey), image(spot), "differs in"},
		"another image": {image(grey), stream("x"), "display_data"},
	} {
		got, err := difference(c.a, c.b)
		if err != nil || (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, %v, want %q", about, got, err, c.want)
		}
	}
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"01-b.ipynb", "00-a.ipynb", "Untitled.ipynb", "05-c.ipynb"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	names := func(prefixes ...string) string {
		paths, err := find(dir, prefixes)
		if err != nil {
			return err.Error()
		}
		var out []string
		for _, p := range paths {
			out = append(out, filepath.Base(p)[:2])
		}
		return strings.Join(out, " ")
	}
	if got := names(); got != "00 01 05" {
		t.Errorf("all: %s", got)
	}
	if got := names("05", "notebooks/01-b.ipynb"); got != "05 01" {
		t.Errorf("two: %s", got)
	}
	if got := names("09"); !strings.Contains(got, `"09"`) || !strings.Contains(got, "05-c") {
		t.Errorf("none: %s", got)
	}
	if _, err := find(t.TempDir(), nil); !errors.Is(err, errNoNotebook) {
		t.Errorf("an empty folder: %v", err)
	}
}

func TestRender(t *testing.T) {
	nb := parse(t, strings.Replace(small, `"outputs": []`, `"outputs": [
		{"data":{"image/png":"aGk=\n","text/plain":["a \"quoted\" <alt>"]},"metadata":{},"output_type":"display_data"},
		{"data":{"text/html":["<table><tr><td>1</td></tr></table>"]},"metadata":{},"output_type":"display_data"},
		{"data":{"text/markdown":["**bold** & co"]},"metadata":{},"output_type":"display_data"}]`, 1))
	body, err := render(nb)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`<a href="01-b.html">`, `<pre class="out stdout">a &lt; b`, `alt="a &#34;quoted&#34; &lt;alt&gt;"`, `src="data:image/png;base64,aGk="`,
		`role="region" aria-label="Table"><table>`, `<strong>bold</strong> &amp; co`, `fmt`,
	} {
		if !strings.Contains(string(body), want) {
			t.Errorf("no %q in\n%s", want, body)
		}
	}
	p, err := newPage(nb)
	if err != nil || p.Number != "00" || p.Picture == "" {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestCheckPages(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("<!DOCTYPE html><meta name=viewport content='width=device-width'>"+text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("good.html", `<h1>Good</h1><img alt="a dot" src="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7">`)
	err := checkPages(t.Context(), dir)
	if errors.Is(err, errNoBrowser) {
		t.Skip(err)
	}
	if err != nil {
		t.Errorf("a good page: %v", err)
	}
	write("bad.html", `<h1>Bad</h1><div style="width:700px">wide</div><img src="gone.png">`)
	err = checkPages(t.Context(), dir)
	for _, want := range []string{"bad.html at 360 pixels: it is 7", "a picture does not show", "no alternative text"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if err != nil && (strings.Contains(err.Error(), "good.html") || strings.Contains(err.Error(), "1280 pixels: it is")) {
		t.Errorf("too much: %v", err)
	}
}

func TestCheckLinks(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("a.html", `<a href="b.html#here"></a> <a href="#top" id="top"></a> <a href="https://example.com/"></a> <img src="data:image/png;base64,"> <iframe srcdoc="&lt;a href=&#34;gone.html&#34;">`)
	write("b.html", `<h2 id="here"></h2>`)
	if err := checkLinks(dir); err != nil {
		t.Errorf("good links: %v", err)
	}
	write("c.html", `<a href="gone.html"></a> <a href="b.html#gone"></a> <img src="https://example.com/x.png">`)
	err := checkLinks(dir)
	for _, want := range []string{"c.html: it links to gone.html", "b.html has no such place", "it would load https://example.com/x.png"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
