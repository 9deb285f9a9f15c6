package autoencoder

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"gonum.org/v1/gonum/mat"
)

func file(t testing.TB, m *Model) []byte {
	t.Helper()
	var b bytes.Buffer
	if n, err := m.WriteTo(&b); err != nil || n != int64(b.Len()) {
		t.Fatal(n, err)
	}
	return b.Bytes()
}

func TestFile(t *testing.T) {
	x := data(40, 5, 1)
	m := train(t, x, &Config{Hidden: []int{4}, Epochs: 2, Seed: 1, Validation: 0.5, Patience: 2, Output: Tanh})
	m.Scaler = &Scaler{Names: []string{"a", "b", "c", "d", "e"}, Mean: []float64{1, 2, 3, 4, 5}, Scale: []float64{1, 1, 2, 1, 0.1}}
	path := filepath.Join(t.TempDir(), "new", "model.safetensors")
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	back, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(m, back) || !mat.Equal(back.Reconstruct(x), m.Reconstruct(x)) {
		t.Errorf("the model came back as %+v, not %+v", back, m)
	}
	b, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(file(t, back), b) {
		t.Error("the file came back different")
	}

	// Every shorter file is refused, and what is refused names the file.
	for end := range b {
		if _, err := Read(bytes.NewReader(b[:end])); !errors.Is(err, ErrFile) {
			t.Fatalf("the first %d bytes: %v", end, err)
		}
	}
	text := string(b)
	longer := slices.Concat(b, make([]byte, 1<<26))
	if allocated := testing.AllocsPerRun(1, func() {
		if _, err := Read(bytes.NewReader(longer)); !errors.Is(err, ErrFile) {
			t.Errorf("64 MB more: %v", err)
		}
	}); allocated > 10_000 {
		t.Errorf("%v allocations", allocated)
	}
	for about, change := range map[string]func(header, model map[string]any){
		"another type":         func(h, _ map[string]any) { h["encoder.0.weight"].(map[string]any)["dtype"] = "F64" },
		"another shape":        func(h, _ map[string]any) { h["encoder.0.weight"].(map[string]any)["shape"] = []int{5, 4} },
		"more tensors":         func(h, _ map[string]any) { h["extra"] = h["encoder.0.bias"] },
		"tensors that overlap": func(h, _ map[string]any) { h["encoder.1.bias"].(map[string]any)["data_offsets"] = []int{0, 8} },
		"an end beyond":        func(h, _ map[string]any) { h["decoder.1.bias"].(map[string]any)["data_offsets"] = []int{0, 1 << 40} },
		"a negative begin":     func(h, _ map[string]any) { h["encoder.0.bias"].(map[string]any)["data_offsets"] = []int{-16, 0} },
		"offsets that overflow": func(h, _ map[string]any) {
			h["encoder.1.bias"].(map[string]any)["data_offsets"] = []int{math.MaxInt - 3, math.MinInt}
		},
		"no columns":            func(_, m map[string]any) { m["columns"] = 0 },
		"columns without end":   func(_, m map[string]any) { m["columns"] = 1 << 40 },
		"a negative best":       func(_, m map[string]any) { m["best"] = -1 },
		"a best beyond":         func(_, m map[string]any) { m["best"] = 3 },
		"half a history":        func(_, m map[string]any) { m["validation_history"] = []float64{1} },
		"a field of the future": func(_, m map[string]any) { m["config"].(map[string]any)["Dropout"] = 0.5 },
		"layers without end":    func(_, m map[string]any) { m["config"].(map[string]any)["Hidden"] = []int{65536, 65536} },
	} {
		if m, err := Read(bytes.NewReader(rewritten(t, b, change))); !errors.Is(err, ErrFile) {
			t.Errorf("%s: %+v, %v", about, m, err)
		}
	}
	if _, err := Read(bytes.NewReader(rewritten(t, b, func(_, _ map[string]any) {}))); err != nil {
		t.Errorf("nothing changed: %v", err)
	}
	for about, damaged := range map[string]string{
		"an infinite weight":        text[:len(text)-4] + "\x00\x00\x80\x7f",
		"a header above all bounds": string(binary.LittleEndian.AppendUint64(nil, maxHeader+1)) + text[8:],
		"a byte more":               text + "x",
		"older":                     strings.Replace(text, `"version":"2"`, `"version":"1"`, 1),
		"newer":                     strings.Replace(text, `"version":"2"`, `"version":"3"`, 1),
		"foreign":                   strings.Replace(text, fileFormat, "someone/else-model", 1),
		"lying header":              string(binary.LittleEndian.AppendUint64(nil, 1<<60)) + text[8:],
		"another network":           strings.Replace(text, `Bottleneck\":2`, `Bottleneck\":3`, 1),
		"an unknown activation":     strings.Replace(text, `Output\":\"tanh`, `Output\":\"hant`, 1),
		"a tensor renamed":          strings.Replace(text, `"encoder.0.bias"`, `"encoder.9.bias"`, 1),
		"a short scaler":            strings.Replace(text, `[1,2,3,4,5]`, `[1,2,3,4.5]`, 1),
		"another best":              strings.Replace(text, `best\":2`, `best\":3`, 1),
		"no number":                 text[:len(text)-4] + "\xff\xff\xff\xff",
		"no JSON":                   text[:8] + "!" + text[9:],
	} {
		if damaged == text {
			t.Fatalf("%s: nothing was changed", about)
		}
		if _, err := Read(strings.NewReader(damaged)); !errors.Is(err, ErrFile) {
			t.Errorf("%s: %v", about, err)
		}
		if err := os.WriteFile(path, []byte(damaged), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path); !errors.Is(err, ErrFile) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", about, err)
		}
	}

	if _, err := Load(path + ".not"); !errors.Is(err, os.ErrNotExist) || errors.Is(err, ErrFile) {
		t.Errorf("no file: %v", err)
	}
	broken := errors.New("broken")
	if _, err := Read(iotest.ErrReader(broken)); !errors.Is(err, broken) || errors.Is(err, ErrFile) {
		t.Errorf("a reader's error: %v", err)
	}
	if err := m.Save(filepath.Join(path, "below-a-file")); err == nil || !strings.Contains(err.Error(), "below-a-file") {
		t.Errorf("saving below a file: %v", err)
	}

	// What could not be loaded is not saved, and the file that was there stays.
	for about, change := range map[string]func(m *Model){
		"a scaler of NaN":     func(m *Model) { m.Scaler.Mean = []float64{1, 2, 3, 4, math.NaN()} },
		"a short scaler":      func(m *Model) { m.Scaler.Names = []string{"a"} },
		"no history":          func(m *Model) { m.History = nil },
		"other sizes":         func(m *Model) { m.Config.Hidden = []int{3} },
		"other activations":   func(m *Model) { m.Config.Activation = Relu },
		"fewer layers":        func(m *Model) { m.Config.Hidden, m.Config.Decoder = []int{}, []int{} },
		"a bad configuration": func(m *Model) { m.Config.Batch = -1 },
		"not a trained model": func(m *Model) { *m = Model{} },
	} {
		whole, err := Read(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if err := whole.Save(path); err != nil {
			t.Fatal(err)
		}
		change(whole)
		if err := whole.Save(path); err == nil {
			t.Errorf("%s was saved", about)
		}
		if kept, err := os.ReadFile(path); err != nil || !bytes.Equal(kept, b) {
			t.Errorf("%s: the file that was there has changed, %v", about, err)
		}
		if err := whole.ExportONNX(io.Discard); err == nil {
			t.Errorf("%s was exported", about)
		}
	}
}

// rewritten returns a file whose header was changed; model is what stands in its metadata as JSON.
func rewritten(t *testing.T, b []byte, change func(header, model map[string]any)) []byte {
	t.Helper()
	length := binary.LittleEndian.Uint64(b)
	var header, model map[string]any
	if err := json.Unmarshal(b[8:8+length], &header); err != nil {
		t.Fatal(err)
	}
	meta := header[metadata].(map[string]any)
	if err := json.Unmarshal([]byte(meta["model"].(string)), &model); err != nil {
		t.Fatal(err)
	}
	change(header, model)
	text, err := json.Marshal(model)
	if err != nil {
		t.Fatal(err)
	}
	meta["model"] = string(text)
	head, err := json.Marshal(header)
	if err != nil {
		t.Fatal(err)
	}
	for len(head)%8 != 0 {
		head = append(head, ' ')
	}
	return slices.Concat(binary.LittleEndian.AppendUint64(nil, uint64(len(head))), head, b[8+length:])
}

// The file is what other programs call safetensors, with the names and the layout of PyTorch's linear layers.
func TestFileIsSafetensors(t *testing.T) {
	m := train(t, data(10, 3, 1), &Config{Hidden: []int{4}, Epochs: 1})
	b := file(t, m)
	length := binary.LittleEndian.Uint64(b)
	if length%8 != 0 {
		t.Errorf("the data begin at %d", length+8)
	}
	var header map[string]json.RawMessage
	if err := json.Unmarshal(b[8:8+length], &header); err != nil {
		t.Fatal(err)
	}
	var info tensorInfo
	if err := json.Unmarshal(header["encoder.0.weight"], &info); err != nil || info.DType != "F32" || !reflect.DeepEqual(info.Shape, []int{4, 3}) {
		t.Fatalf("%+v, %v", info, err)
	}
	weights, _ := m.encoder[0].unit(2)
	at := b[8+int(length)+info.Offsets[0]+4*(2*3+1):]
	if got := math.Float32frombits(binary.LittleEndian.Uint32(at)); got != weights[1] {
		t.Errorf("unit 2, input 1: %v, want %v", got, weights[1])
	}
	if len(header) != 1+2*4 {
		t.Errorf("%d entries", len(header))
	}
}

func FuzzRead(f *testing.F) {
	m, err := Train(context.Background(), data(10, 2, 1), &Config{Hidden: []int{2}, Bottleneck: 1, Epochs: 1})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file(f, m))
	m.Scaler = &Scaler{[]string{"a", "b"}, []float64{0, 1}, []float64{1, 1}}
	f.Add(file(f, m))
	f.Add([]byte("\x02\x00\x00\x00\x00\x00\x00\x00{}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Read(bytes.NewReader(b))
		if err != nil {
			return
		}
		again, err := Read(bytes.NewReader(file(t, m)))
		if err != nil || !bytes.Equal(file(t, again), file(t, m)) {
			t.Fatalf("an accepted file does not survive writing and reading: %v", err)
		}
	})
}
