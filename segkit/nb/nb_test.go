package nb

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/dataset"
)

func TestNumber(t *testing.T) {
	for _, c := range []struct {
		v    float64
		want string
	}{
		{0, "0"}, {math.Copysign(0, -1), "0"}, {1564.474828, "1,564"}, {312.343947, "312.3"}, {42.754, "42.75"},
		{0.877271, "0.877"}, {-0.0001, "0.000"}, {999.7, "1,000"}, {99.97, "100.0"}, {math.Inf(1), "∞"}, {math.Inf(-1), "−∞"}, {12, "12"}, {1234567, "1,234,567"},
		{-2081.5, "−2,082"}, {math.NaN(), "–"}, {-0.25, "−0.250"},
	} {
		if got := Number(c.v); got != c.want {
			t.Errorf("Number(%v) = %q, want %q", c.v, got, c.want)
		}
	}
	if got := Decimals(-0.004, 2); got != "0.00" {
		t.Errorf("Decimals(-0.004, 2) = %q", got)
	}
}

func TestTableEscapesAndAligns(t *testing.T) {
	got := tableHTML([]string{"name", "n"}, [][]any{{"<script>", 12345}, {"b", math.NaN()}})
	for _, want := range []string{"&lt;script&gt;", `<td style="text-align:right">12,345</td>`, `<th style="text-align:right">n</th>`, "–"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, "<script>") {
		t.Error("markup in a cell was not escaped")
	}
	defer func() {
		if recover() == nil {
			t.Error("a short row did not panic")
		}
	}()
	tableHTML([]string{"a", "b"}, [][]any{{1}})
}

func customers() *dataset.Table {
	return &dataset.Table{
		IDName: "CUST_ID", IDs: []string{"C1", "C2", "C3"}, Names: []string{"BALANCE", "TENURE"},
		X: mat.NewDense(3, 2, []float64{10.5, 12, math.NaN(), 6, 40.25, 12}),
	}
}

// A published page shows no id and no row, whatever the table; a live session shows both.
func TestRowsHideCustomersWhenPublished(t *testing.T) {
	live, published := rowsHTML(customers(), 2), columnsHTML(customers())
	for _, want := range []string{"C1", "C2", "10.50", "2 of 3 rows"} {
		if !strings.Contains(live, want) {
			t.Errorf("live: no %q in\n%s", want, live)
		}
	}
	if strings.Contains(live, "C3") {
		t.Error("live: more rows than asked for")
	}
	for _, id := range []string{"C1", "C2", "C3"} {
		if strings.Contains(published, id) {
			t.Errorf("published: shows the id %s", id)
		}
	}
	for _, want := range []string{"BALANCE", "decimal number", "whole number", "no customer’s row"} {
		if !strings.Contains(published, want) {
			t.Errorf("published: no %q in\n%s", want, published)
		}
	}
}

func TestFrameHoldsThePageAsAttribute(t *testing.T) {
	got := frameHTML(`<p class="a">x & 'y'</p>`, 900, 500, 0.8)
	for _, want := range []string{"width:900px", "height:500px", "scale(0.8)", "width:125%", `srcdoc='<p class="a">x &amp; &#39;y&#39;</p>'`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

type text string

func (s text) WriteTo(w io.Writer) (int64, error) {
	n, err := io.WriteString(w, string(s))
	return int64(n), err
}

func readText(r io.Reader) (text, error) {
	b, err := io.ReadAll(r)
	if err == nil && bytes.Contains(b, []byte("damaged")) {
		err = errors.New("damaged")
	}
	return text(b), err
}

func TestKeepBuildsOncePerKey(t *testing.T) {
	dir := t.TempDir()
	builds := 0
	get := func(dependsOn ...any) text {
		t.Helper()
		got, err := keep(dir, "model", func() (text, error) { builds++; return "made", nil }, readText, dependsOn)
		if err != nil || got != "made" {
			t.Fatalf("keep = %q, %v", got, err)
		}
		return got
	}
	type config struct {
		Epochs int
		Notify func() `json:"-"`
	}
	x, y := mat.NewDense(2, 2, []float64{1, 2, 3, 4}), mat.NewDense(2, 2, []float64{1, 2, 3, 5})
	for _, step := range []struct {
		about     string
		dependsOn []any
		want      int
	}{
		{"first", []any{x, &config{Epochs: 1}}, 1},
		{"again", []any{mat.DenseCopyOf(x), &config{Epochs: 1, Notify: func() {}}}, 1},
		{"other configuration", []any{x, &config{Epochs: 2}}, 2},
		{"other data", []any{y, &config{Epochs: 1}}, 3},
		{"first once more", []any{x, &config{Epochs: 1}}, 3},
		{"a table", []any{customers()}, 4},
		{"the same table", []any{customers()}, 4},
		{"another table", []any{customers().Select("BALANCE")}, 5},
	} {
		get(step.dependsOn...)
		if builds != step.want {
			t.Errorf("%s: %d builds, want %d", step.about, builds, step.want)
		}
	}
	paths, err := filepath.Glob(filepath.Join(dir, "model-*"))
	if err != nil || len(paths) != 5 {
		t.Fatalf("%d files were kept (%v), want 5", len(paths), err)
	}
	for _, path := range paths {
		if err := os.WriteFile(path, []byte("damaged"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if get(x, &config{Epochs: 1}); builds != 6 {
		t.Errorf("a damaged file: %d builds, want 6", builds)
	}
}

func TestKeepPassesErrorsOn(t *testing.T) {
	want := errors.New("no luck")
	dir := t.TempDir()
	if _, err := keep(dir, "m", func() (text, error) { return "", want }, readText, nil); !errors.Is(err, want) {
		t.Errorf("err = %v, want %v", err, want)
	}
	for about, v := range map[string]any{
		"a function": func() {}, "a matrix in a struct": struct{ X *mat.Dense }{mat.NewDense(1, 1, nil)}, "matrices in a list": []mat.Matrix{mat.NewDense(1, 1, nil)},
	} {
		if _, err := keep(dir, "m", func() (text, error) { return "", nil }, readText, []any{v}); err == nil {
			t.Errorf("%s was accepted", about)
		}
	}
	if paths, _ := filepath.Glob(filepath.Join(dir, "*")); len(paths) != 0 {
		t.Errorf("left behind: %v", paths)
	}
}
