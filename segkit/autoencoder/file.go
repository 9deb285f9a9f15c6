package autoencoder

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
)

// ErrFile is wrapped by the errors of Read.
var ErrFile = errors.New("not a segkit/autoencoder model of version 1")

const (
	fileFormat  = "segkit/autoencoder"
	fileVersion = "1"
	// maxHeader bounds the header of a file: the largest that WriteTo makes is far below.
	maxHeader = 1 << 24
)

// tensorInfo describes one tensor in the header of a safetensors file.
type tensorInfo struct {
	DType   string `json:"dtype"`
	Shape   []int  `json:"shape"`
	Offsets [2]int `json:"data_offsets"`
}

// tensors calls f with the name, shape and values of each weight matrix and bias vector, in the order of the file.
func (m *Model) tensors(f func(name string, shape []int, values []float32)) {
	for _, part := range []struct {
		name   string
		layers []layer
	}{{"encoder", m.encoder}, {"decoder", m.decoder}} {
		for i, l := range part.layers {
			prefix := part.name + "." + strconv.Itoa(i)
			f(prefix+".weights", []int{l.in, l.out}, l.weights)
			f(prefix+".biases", []int{l.out}, l.biases)
		}
	}
}

// WriteTo writes the model as one file in the safetensors format: the weights as float32 tensors called encoder.0.weights
// (inputs × outputs), encoder.0.biases and so on; configuration and history as JSON in the metadata. The same model gives
// the same bytes.
func (m *Model) WriteTo(w io.Writer) (int64, error) {
	config, err := json.Marshal(m.Config)
	if err != nil {
		return 0, err
	}
	history, err := json.Marshal(m.History)
	if err != nil {
		return 0, err
	}
	header := map[string]any{"__metadata__": map[string]string{
		"format": fileFormat, "version": fileVersion, "columns": strconv.Itoa(m.encoder[0].in),
		"config": string(config), "history": string(history),
	}}
	var data []byte
	m.tensors(func(name string, shape []int, values []float32) {
		begin := len(data)
		for _, v := range values {
			data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
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
	n, err := w.Write(append(append(file, head...), data...))
	return int64(n), err
}

// Read reads a model that WriteTo wrote. A file that is truncated, of another kind or version, or whose weights do not fit
// its configuration is an error that wraps ErrFile.
func Read(r io.Reader) (*Model, error) {
	m, err := readModel(r)
	if err != nil {
		return nil, fmt.Errorf("autoencoder: %w: %w", ErrFile, err)
	}
	return m, nil
}

func readModel(r io.Reader) (*Model, error) {
	header, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	var about map[string]string
	if err := json.Unmarshal(header["__metadata__"], &about); err != nil {
		return nil, fmt.Errorf("metadata: %w", err)
	}
	if about["format"] != fileFormat || about["version"] != fileVersion {
		return nil, fmt.Errorf("format %q, version %q", about["format"], about["version"])
	}
	m := &Model{}
	if err := json.Unmarshal([]byte(about["config"]), &m.Config); err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	if m.Config, err = m.Config.defaults(); err != nil {
		return nil, err
	}
	if err := json.Unmarshal([]byte(about["history"]), &m.History); err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	d, err := strconv.Atoi(about["columns"])
	if err != nil || d < 1 || d > maxSize {
		return nil, fmt.Errorf("%q columns", about["columns"])
	}
	// The data is read, with an end, before memory for the weights that the header promises is asked for.
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	if size := m.Config.bytes(d); size != uint64(len(data)) {
		return nil, fmt.Errorf("the file holds %d bytes of weights, its configuration needs %d", len(data), size)
	}
	m.encoder, m.decoder = newLayers(d, &m.Config)
	names := 1
	m.tensors(func(name string, shape []int, values []float32) {
		names++
		if fillErr := fill(name, shape, values, header[name], data); fillErr != nil && err == nil {
			err = fillErr
		}
	})
	if err == nil && names != len(header) {
		err = fmt.Errorf("%d tensors, not %d", len(header)-1, names-1)
	}
	return m, err
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

// bytes returns how many bytes the weights of such a network take.
func (c *Config) bytes(d int) uint64 {
	sum := uint64(0)
	add := func(in, out int) { sum += 4 * uint64(out) * (uint64(in) + 1) }
	in := d
	for _, out := range c.Hidden {
		add(in, out)
		in = out
	}
	add(in, c.Bottleneck)
	add(c.Bottleneck, c.Bottleneck)
	in = c.Bottleneck
	for i := len(c.Hidden) - 1; i > 0; i-- {
		add(in, c.Hidden[i])
		in = c.Hidden[i]
	}
	add(in, d)
	return sum
}

func fill(name string, shape []int, values []float32, raw json.RawMessage, data []byte) error {
	var info tensorInfo
	if err := json.Unmarshal(raw, &info); err != nil {
		return fmt.Errorf("tensor %s: %w", name, err)
	}
	begin, end := info.Offsets[0], info.Offsets[1]
	if info.DType != "F32" || fmt.Sprint(info.Shape) != fmt.Sprint(shape) || begin < 0 || end > len(data) || end-begin != 4*len(values) {
		return fmt.Errorf("tensor %s: %s%v at %v, not F32%v", name, info.DType, info.Shape, info.Offsets, shape)
	}
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[begin+4*i:]))
		if f := float64(values[i]); math.IsNaN(f) || math.IsInf(f, 0) {
			return fmt.Errorf("tensor %s holds %v", name, f)
		}
	}
	return nil
}
