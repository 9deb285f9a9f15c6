package segment_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/autoencoder"
	"example.com/marketing/segkit/dataset"
	"example.com/marketing/segkit/kmeans"
	"example.com/marketing/segkit/segment"
)

// small returns a small model, of a recipe with a transform and a projection.
func small(t testing.TB) *segment.Model {
	return fit(t, dataset.Synthesize(40, 1).Select("BALANCE", "PURCHASES", "TENURE"),
		segment.Recipe{K: 2, Transform: segment.Ranks, Components: 2, Restarts: 1})
}

// A model that was written and read is the same in all but Labels, and writes the same file.
func TestFileRoundTrip(t *testing.T) {
	table := with(dataset.Synthesize(500, 1))
	for about, r := range recipes() {
		m := fit(t, table, r)
		m.Names[0] = "Übrige, \"<b>\" & \u2028 Söhne\n"
		first := written(t, m)
		read, err := segment.Read(iotest.OneByteReader(bytes.NewReader(first)))
		if err != nil {
			t.Fatalf("%s: %v", about, err)
		}
		if !bytes.Equal(first, written(t, read)) || !bytes.Equal(first, written(t, m)) {
			t.Errorf("%s: another file", about)
		}
		if read.Recipe.K != m.Recipe.K || read.Recipe.Space() != r.Space() || !slices.Equal(read.Columns, m.Columns) || !slices.Equal(read.Names, m.Names) ||
			!slices.Equal(read.Sizes, m.Sizes) || read.Rows != 500 || read.Data != m.Data || read.Inertia != m.Inertia || read.Limit != m.Limit ||
			read.Labels != nil || !mat.Equal(read.Centers(), m.Centers()) {
			t.Errorf("%s: %+v, want %+v", about, read, m)
		}
		want, err := m.AssignTable(t.Context(), table)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := read.AssignTable(t.Context(), table); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: other answers, %v", about, err)
		}
	}
}

// A file that is cut off is refused, wherever; but without the last line feed it is whole.
func TestFileTruncated(t *testing.T) {
	whole := written(t, small(t))
	for n := range len(whole) - 1 {
		if m, err := segment.Read(bytes.NewReader(whole[:n])); m != nil || !errors.Is(err, segment.ErrFile) {
			t.Fatalf("%d of %d bytes: %v", n, len(whole), err)
		}
	}
	if _, err := segment.Read(bytes.NewReader(append(slices.Clone(whole), '{'))); !errors.Is(err, segment.ErrFile) {
		t.Errorf("something behind: %v", err)
	}
}

// Of a file with a bit flipped comes the same model or none.
func TestFileFlipped(t *testing.T) {
	m := small(t)
	whole := written(t, m)
	refused := 0
	for i := range whole {
		for bit := range 8 {
			if testing.Short() && bit != i%8 {
				continue
			}
			b := slices.Clone(whole)
			b[i] ^= 1 << bit
			read, err := segment.Read(bytes.NewReader(b))
			if err != nil {
				refused++
				if !errors.Is(err, segment.ErrFile) {
					t.Fatalf("byte %d, bit %d: %v", i, bit, err)
				}
				continue
			}
			if !bytes.Equal(written(t, read), whole) {
				t.Fatalf("byte %d, bit %d: another model", i, bit)
			}
		}
	}
	if refused < len(whole)/2 {
		t.Errorf("%d of %d changes were refused", refused, len(whole))
	}
}

func TestFileForeign(t *testing.T) {
	z := mat.NewDense(4, 1, []float64{0, 1, 8, 9})
	var clusters, network bytes.Buffer
	k, err := kmeans.Fit(t.Context(), z, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.WriteTo(&clusters); err != nil {
		t.Fatal(err)
	}
	n, err := autoencoder.Train(t.Context(), z, &autoencoder.Config{Hidden: []int{2}, Epochs: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.WriteTo(&network); err != nil {
		t.Fatal(err)
	}
	whole := string(written(t, small(t)))
	newer := strings.Replace(whole, `"version": 1`, `"version": 2`, 1)
	for about, c := range map[string]struct{ file, says string }{
		"kmeans": {clusters.String(), `"segkit/kmeans"`}, "safetensors": {network.String(), ""}, "empty": {"", "cut off"},
		"HTML": {"<!DOCTYPE html><html><body>404", "'<'"}, "list": {"[1, 2]", ""}, "null": {"null", `""`}, "object": {"{}", `""`},
		"CSV": {"CUST_ID,BALANCE\nC1,2\n", ""}, "newer": {newer, "2, this program reads version 1"},
		"version 0": {strings.Replace(whole, `"version": 1`, `"version": 0`, 1), "version is 0"},
	} {
		_, err := segment.Read(strings.NewReader(c.file))
		if !errors.Is(err, segment.ErrFile) || errors.Is(err, segment.ErrNewer) != (about == "newer") || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", about, err)
		}
		path := filepath.Join(t.TempDir(), "x.json")
		if err := os.WriteFile(path, []byte(c.file), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := segment.Load(path); !errors.Is(err, segment.ErrFile) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", about, err)
		}
	}
	if _, err := segment.Read(iotest.ErrReader(io.ErrClosedPipe)); !errors.Is(err, io.ErrClosedPipe) || errors.Is(err, segment.ErrFile) {
		t.Errorf("a reader that fails: %v", err)
	}
	if _, err := segment.Load(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) || errors.Is(err, segment.ErrFile) {
		t.Errorf("no file: %v", err)
	}
}

// changed returns the file with its model changed by f, and the sum that belongs to it.
func changed(t testing.TB, whole []byte, f func(model map[string]any)) []byte {
	var file map[string]any
	if err := json.Unmarshal(whole, &file); err != nil {
		t.Fatal(err)
	}
	f(file["model"].(map[string]any))
	return resum(t, file)
}

func resum(t testing.TB, file map[string]any) []byte {
	model, err := json.Marshal(file["model"])
	if err != nil {
		t.Fatal(err)
	}
	file["sha256"] = fmt.Sprintf("%x", sha256.Sum256(model))
	b, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Parts that do not fit are refused even where the sum is right.
func TestFileMisfits(t *testing.T) {
	whole := written(t, small(t))
	if _, err := segment.Read(bytes.NewReader(changed(t, whole, func(map[string]any) {}))); err != nil {
		t.Fatalf("unchanged: %v", err)
	}
	type model = map[string]any
	first := func(v any) []any { return v.([]any)[:1] }
	for about, f := range map[string]func(m model){
		"no columns":  func(m model) { m["columns"] = []any{} },
		"same column": func(m model) { m["columns"] = []any{"a", "b", "a"} },
		"fewer":       func(m model) { m["columns"] = first(m["columns"]) },
		"names":       func(m model) { m["names"] = first(m["names"]) },
		"no name":     func(m model) { m["names"] = []any{"a", ""} },
		"same name":   func(m model) { m["names"] = []any{"a", "a"} },
		"k":           func(m model) { m["recipe"].(model)["k"] = 3 },
		"transform":   func(m model) { m["recipe"].(model)["transform"] = "" },
		"unknown":     func(m model) { m["recipe"].(model)["transform"] = "roots" },
		"components":  func(m model) { m["recipe"].(model)["components"] = 1 },
		"all":         func(m model) { delete(m["recipe"].(model), "components") },
		"no pca":      func(m model) { delete(m, "pca") },
		"null pca":    func(m model) { m["pca"] = nil },
		"pca":         func(m model) { m["pca"] = m["clusters"] },
		"encoder":     func(m model) { m["encoder"] = "AAAA" },
		"clusters":    func(m model) { m["clusters"] = nil },
		"no clusters": func(m model) { delete(m, "clusters") },
		"fill":        func(m model) { m["fill"] = first(m["fill"]) },
		"mean":        func(m model) { m["mean"] = []any{1e200, 1, 1} },
		"scale":       func(m model) { m["scale"] = []any{-1, 1, 1} },
		"limit":       func(m model) { m["limit"] = -1 },
		"rows":        func(m model) { m["rows"] = 41 },
		"curves":      func(m model) { delete(m, "curves") },
		"curve":       func(m model) { m["curves"].([]any)[0] = model{"values": []any{}, "ranks": []any{}} },
		"falling":     func(m model) { m["curves"].([]any)[0] = model{"values": []any{1, 2}, "ranks": []any{1, 0}} },
		"beyond":      func(m model) { m["curves"].([]any)[0] = model{"values": []any{1, 2}, "ranks": []any{0, 2}} },
		"baseline":    func(m model) { m["baseline"] = model{"rows": -1} },
		"a list":      func(m model) { m["recipe"] = []any{} },
	} {
		if _, err := segment.Read(bytes.NewReader(changed(t, whole, f))); !errors.Is(err, segment.ErrFile) {
			t.Errorf("%s: %v", about, err)
		}
	}
}

// What does not fit is not written either, and a file that cannot be replaced stays.
func TestSave(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "new", "model.json")
	m := small(t)
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	want := written(t, m)
	for about, change := range map[string]func(m *segment.Model){
		"names":   func(m *segment.Model) { m.Names = []string{"a", "a"} },
		"latin-1": func(m *segment.Model) { m.Columns = []string{"Umsatz_\xfc", "b", "c"} },
		"limit":   func(m *segment.Model) { m.Limit = nan },
		"none":    func(m *segment.Model) { *m = segment.Model{} },
	} {
		other := *m
		change(&other)
		if err := other.Save(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", about, err)
		}
		if n, err := other.WriteTo(io.Discard); err == nil || n != 0 {
			t.Errorf("%s: %d bytes, %v", about, n, err)
		}
	}
	if _, err := m.WriteTo(failing{}); !errors.Is(err, errFull) {
		t.Errorf("%v", err)
	}
	for _, impossible := range []string{dir, filepath.Join(path, "below")} { // a folder, and below a file
		if err := m.Save(impossible); err == nil || !strings.HasPrefix(err.Error(), "segment: saving "+impossible) {
			t.Errorf("%v", err)
		}
	}
	if b, err := os.ReadFile(path); err != nil || !bytes.Equal(b, want) {
		t.Errorf("the file is another one: %v", err)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	if loaded, err := segment.Load(path); err != nil || !bytes.Equal(written(t, loaded), want) {
		t.Errorf("%v", err)
	}
}

func TestRename(t *testing.T) {
	m := small(t)
	names := []string{"a", "b"}
	if err := m.Rename(names...); err != nil || !slices.Equal(m.Names, names) {
		t.Errorf("%q, %v", m.Names, err)
	}
	names[0] = "c"
	for _, wrong := range [][]string{{"a", "a"}, {"", "b"}, {"a", "\xff"}} {
		if err := m.Rename(wrong...); err == nil || !slices.Equal(m.Names, []string{"a", "b"}) {
			t.Errorf("%q: %q, %v", wrong, m.Names, err)
		}
	}
	defer func() {
		if recover() != mat.ErrShape {
			t.Error("a name too few does not panic with mat.ErrShape")
		}
	}()
	m.Rename("a")
}

// Whatever Read takes assigns rows or says why not, and is written again. What is tried has the right sum.
func FuzzRead(f *testing.F) {
	table := dataset.Synthesize(30, 1).Select("BALANCE", "PURCHASES")
	var file map[string]any
	for _, r := range []segment.Recipe{
		{K: 2, Restarts: 1}, {K: 2, Transform: segment.Ranks, Components: 1, Restarts: 1},
		{K: 1, Transform: segment.Log1p, Network: &autoencoder.Config{Hidden: []int{2}, Epochs: 1}},
	} {
		whole := written(f, fit(f, table, r))
		if err := json.Unmarshal(whole, &file); err != nil {
			f.Fatal(err)
		}
		model, err := json.Marshal(file["model"])
		if err != nil {
			f.Fatal(err)
		}
		f.Add(model)
	}
	f.Fuzz(func(t *testing.T, model []byte) {
		var compact bytes.Buffer
		if json.Compact(&compact, model) != nil {
			return
		}
		whole := fmt.Sprintf(`{"format":"segkit/segment","version":1,"sha256":"%x","model":%s}`, sha256.Sum256(compact.Bytes()), compact.Bytes())
		m, err := segment.Read(strings.NewReader(whole))
		if err != nil {
			if !errors.Is(err, segment.ErrFile) {
				t.Fatal(err)
			}
			return
		}
		for _, v := range []float64{0, nan, -1e100, 1e139, 1e300, 3} {
			a, err := m.Assign(slices.Repeat([]float64{v}, len(m.Columns)))
			if err != nil && !errors.Is(err, kmeans.ErrNotFinite) {
				t.Fatal(err)
			}
			if err == nil && (a.Segment < 0 || a.Segment >= m.Recipe.K || !(a.Distance >= 0) || !(a.Margin >= 0)) {
				t.Fatalf("%v is %+v", v, a)
			}
		}
		if err := m.ExportONNX(io.Discard); err != nil {
			t.Fatal(err)
		}
		read, err := segment.Read(bytes.NewReader(written(t, m)))
		if err != nil || !bytes.Equal(written(t, m), written(t, read)) {
			t.Fatalf("read again: %v", err)
		}
	})
}
