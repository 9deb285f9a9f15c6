package autoencoder

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"example.com/marketing/segkit/atomicfile"
	"example.com/marketing/segkit/internal/source"
)

// ErrFile is wrapped by the errors of Read and Load about a file that holds no model of this version.
var ErrFile = errors.New("not a segkit/autoencoder model of version 2")

const (
	fileFormat  = "segkit/autoencoder"
	fileVersion = "2"
	// maxHeader bounds the header of a file: the largest that WriteTo makes is far below.
	maxHeader = 1 << 24
)

// Save writes the model as WriteTo does. The file is whole or, after an error, as it was before; folders that path needs are
// made, and a symbolic link is replaced.
func (m *Model) Save(path string) error {
	err := atomicfile.Write(path, func(w io.Writer) error {
		_, err := m.write(w)
		return err
	})
	if err != nil {
		return fmt.Errorf("autoencoder: saving %s: %w", path, err)
	}
	return nil
}

// Load reads a file as Read does.
func Load(path string) (*Model, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("autoencoder: %w", err)
	}
	defer f.Close()
	m, err := source.Read(f, ErrFile, read)
	if err != nil {
		return nil, fmt.Errorf("autoencoder: %s: %w", path, err)
	}
	return m, nil
}

// about is what a file says besides the weights.
type about struct {
	Config            Config    `json:"config"`
	Columns           int       `json:"columns"`
	History           []float64 `json:"history"`
	ValidationHistory []float64 `json:"validation_history,omitempty"`
	Best              int       `json:"best"`
	Stopped           string    `json:"stopped,omitempty"`
	Scaler            *Scaler   `json:"scaler,omitempty"`
}

// tensorInfo describes one tensor in the header of a safetensors file.
type tensorInfo struct {
	DType   string `json:"dtype"`
	Shape   []int  `json:"shape"`
	Offsets [2]int `json:"data_offsets"`
}

// metadata is the name of what is no tensor in a header.
const metadata = "__metadata__"

// tensors calls f with the name and shape of each weight matrix and bias vector, in the order of the file, and with a function
// that finds its values one by one.
func (m *Model) tensors(f func(name string, shape []int, value func(i int) *float32)) {
	for _, part := range []struct {
		name   string
		layers []layer
	}{{"encoder", m.encoder}, {"decoder", m.decoder}} {
		for i, l := range part.layers {
			prefix := part.name + "." + strconv.Itoa(i)
			f(prefix+".weight", []int{l.out, l.in}, func(i int) *float32 { return &l.weights[i/l.in*(l.in+1)+i%l.in] })
			f(prefix+".bias", []int{l.out}, func(i int) *float32 { return &l.weights[i*(l.in+1)+l.in] })
		}
	}
}

// WriteTo writes the model as one file in the safetensors format. The weights are float32 tensors with the names and the
// layout of PyTorch's linear layers: encoder.0.weight (outputs × inputs), encoder.0.bias and so on; configuration, history
// and scaler are JSON in the metadata, under "model". The same model gives the same bytes. A model whose fields were changed
// so that they do not fit its weights, or each other, is an error.
func (m *Model) WriteTo(w io.Writer) (int64, error) {
	n, err := m.write(w)
	if err != nil {
		err = fmt.Errorf("autoencoder: %w", err)
	}
	return int64(n), err
}

func (m *Model) write(w io.Writer) (int, error) {
	a, err := m.about()
	if err != nil {
		return 0, err
	}
	text, err := json.Marshal(a)
	if err != nil {
		return 0, err
	}
	header := map[string]any{metadata: map[string]string{"format": fileFormat, "version": fileVersion, "model": string(text)}}
	var data []byte
	m.tensors(func(name string, shape []int, value func(i int) *float32) {
		begin := len(data)
		for i := range size(shape) {
			data = binary.LittleEndian.AppendUint32(data, math.Float32bits(*value(i)))
		}
		header[name] = tensorInfo{DType: "F32", Shape: shape, Offsets: [2]int{begin, len(data)}}
	})
	head, err := json.Marshal(header) // a map's keys are written in order
	if err != nil {
		return 0, err
	}
	// The format wants the data aligned to eight bytes, which blanks behind the header see to.
	for len(head)%8 != 0 {
		head = append(head, ' ')
	}
	file := binary.LittleEndian.AppendUint64(nil, uint64(len(head)))
	return w.Write(append(append(file, head...), data...))
}

// size is the number of values in a tensor.
func size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// Read reads a model that WriteTo wrote. A file that is truncated, of another kind or version, or whose weights do not fit
// its configuration is an error that wraps ErrFile.
func Read(r io.Reader) (*Model, error) {
	m, err := source.Read(r, ErrFile, read)
	if err != nil {
		return nil, fmt.Errorf("autoencoder: %w", err)
	}
	return m, nil
}

func read(r io.Reader) (*Model, error) {
	header, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	var meta map[string]string
	if err := json.Unmarshal(header[metadata], &meta); err != nil {
		return nil, fmt.Errorf("metadata: %w", err)
	}
	if meta["format"] != fileFormat || meta["version"] != fileVersion {
		return nil, fmt.Errorf("format %q, version %q", meta["format"], meta["version"])
	}
	var a about
	decoder := json.NewDecoder(strings.NewReader(meta["model"]))
	decoder.DisallowUnknownFields() // whoever wrote them would have meant another network
	if err := decoder.Decode(&a); err != nil {
		return nil, fmt.Errorf("metadata: %w", err)
	}
	if a.Config, err = a.Config.defaults(); err != nil {
		return nil, err
	}
	if err := a.check(); err != nil {
		return nil, err
	}
	// The data is read before memory for the weights that the header promises is asked for, and not beyond their end.
	want := 4 * int64(a.Config.weights(a.Columns))
	data, err := io.ReadAll(io.LimitReader(r, want+1))
	if err != nil {
		return nil, err
	}
	switch got := int64(len(data)); {
	case got > want:
		return nil, fmt.Errorf("something follows the %d bytes of weights that its configuration needs", want)
	case got < want:
		return nil, fmt.Errorf("the file holds %d bytes of weights, its configuration needs %d", got, want)
	}
	m, _ := newModel(a.Columns, &a.Config)
	m.History, m.ValidationHistory, m.Best, m.Stopped, m.Scaler = a.History, a.ValidationHistory, a.Best, a.Stopped, a.Scaler
	names, begin := 1, 0
	m.tensors(func(name string, shape []int, value func(i int) *float32) {
		names++
		end := begin + 4*size(shape)
		if fillErr := fill(name, tensorInfo{"F32", shape, [2]int{begin, end}}, value, header[name], data[begin:end]); fillErr != nil && err == nil {
			err = fillErr
		}
		begin = end
	})
	if err == nil && names != len(header) {
		err = fmt.Errorf("%d tensors, not %d", len(header)-1, names-1)
	}
	return m, err
}

// about returns what a file says of the model, or why Read would refuse it.
func (m *Model) about() (*about, error) {
	if len(m.encoder) == 0 {
		return nil, errors.New("a model that Train did not make")
	}
	c, err := m.Config.defaults()
	if err != nil {
		return nil, err
	}
	layers := m.layers()
	a := &about{c, layers[0].in, m.History, m.ValidationHistory, m.Best, m.Stopped, m.Scaler}
	if err := a.check(); err != nil {
		return nil, err
	}
	sizes := c.sizes(a.Columns)
	for i, activation := range c.activations() {
		if len(layers) != len(sizes)-1 || layers[i].out != sizes[i+1] || layers[i].activation != activation {
			return nil, fmt.Errorf("%w: Config does not describe the network that was trained", ErrConfig)
		}
	}
	return a, nil
}

// check refuses what no training leaves.
func (a *about) check() error {
	if a.Columns < 1 || a.Columns > maxSize || a.Config.weights(a.Columns) > maxWeights {
		return fmt.Errorf("%d columns", a.Columns)
	}
	if a.ValidationHistory != nil && len(a.ValidationHistory) != len(a.History) {
		return fmt.Errorf("%d validation losses of %d epochs", len(a.ValidationHistory), len(a.History))
	}
	if a.Best < 0 || a.Best > len(a.History) {
		return fmt.Errorf("the best epoch is %d of %d", a.Best, len(a.History))
	}
	if s := a.Scaler; s != nil && (len(s.Names) != a.Columns || len(s.Mean) != a.Columns || len(s.Scale) != a.Columns) {
		return fmt.Errorf("a scaler of %d names, %d means and %d scales for %d columns", len(s.Names), len(s.Mean), len(s.Scale), a.Columns)
	}
	return nil
}

func readHeader(r io.Reader) (map[string]json.RawMessage, error) {
	var length uint64
	if err := binary.Read(r, binary.LittleEndian, &length); err != nil {
		return nil, err
	}
	if length > maxHeader {
		return nil, fmt.Errorf("the header says it has %d bytes", length)
	}
	var head bytes.Buffer
	if n, err := io.CopyN(&head, r, int64(length)); err != nil {
		return nil, fmt.Errorf("the header ends after %d of %d bytes: %w", n, length, err)
	}
	var header map[string]json.RawMessage
	if err := json.Unmarshal(head.Bytes(), &header); err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	return header, nil
}

// fill sets the values of a tensor, which must be described as it is wanted: one behind the other, nothing between.
func fill(name string, want tensorInfo, value func(i int) *float32, raw json.RawMessage, data []byte) error {
	if raw == nil {
		return fmt.Errorf("there is no tensor %s", name)
	}
	var info tensorInfo
	if err := json.Unmarshal(raw, &info); err != nil {
		return fmt.Errorf("tensor %s: %w", name, err)
	}
	if info.DType != want.DType || !slices.Equal(info.Shape, want.Shape) || info.Offsets != want.Offsets {
		return fmt.Errorf("tensor %s: %s%v at %v, not %s%v at %v", name, info.DType, info.Shape, info.Offsets, want.DType, want.Shape, want.Offsets)
	}
	for i := range len(data) / 4 {
		v := math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
		if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
			return fmt.Errorf("tensor %s holds %v", name, f)
		}
		*value(i) = v
	}
	return nil
}
