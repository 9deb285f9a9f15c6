// Package onnx writes computations as ONNX files, for onnxruntime and what else reads them: as much of the format as autoencoder
// and segment need.
//
// A file is one protocol buffer; the numbers of its fields stand in onnx.proto. The same graph gives the same bytes.
package onnx

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// What Write writes: version 9 of the file format, version 20 of the operators, the first one with Gelu.
const (
	ir    = 9
	opset = 20
)

// Type is an element type of tensors, by its number in TensorProto.
type Type int

// The element types.
const (
	Float32 Type = 1
	Int64   Type = 7
	Bool    Type = 9
	Float64 Type = 11
)

// message is a protocol buffer that grows field by field.
type message []byte

func (m *message) int(field protowire.Number, v uint64) {
	*m = protowire.AppendVarint(protowire.AppendTag(*m, field, protowire.VarintType), v)
}

func (m *message) bytes(field protowire.Number, v []byte) {
	*m = protowire.AppendBytes(protowire.AppendTag(*m, field, protowire.BytesType), v)
}

func (m *message) string(field protowire.Number, v string) { m.bytes(field, []byte(v)) }

// Graph is a computation on tensors that have names. The zero value is empty. Nodes stand in the order in which they are
// added, which must be one in which they can be computed.
type Graph struct{ fields message }

// Input declares an input of any number of rows with so many columns.
func (g *Graph) Input(name string, t Type, columns int) { g.value(11, name, t, columns) }

// Output declares that the named tensor is an output, of any number of rows: with so many columns, or one number a row where
// columns is 0.
func (g *Graph) Output(name string, t Type, columns int) { g.value(12, name, t, columns) }

func (g *Graph) value(field protowire.Number, name string, t Type, columns int) {
	var rows, width, shape, tensor, kind, value message
	rows.string(2, "rows")
	shape.bytes(1, rows)
	if columns > 0 {
		width.int(1, uint64(columns))
		shape.bytes(1, width)
	}
	tensor.int(1, uint64(t))
	tensor.bytes(2, shape)
	kind.bytes(1, tensor)
	value.string(1, name)
	value.bytes(2, kind)
	g.fields.bytes(field, value)
}

// Constant adds a tensor of the given values, row by row. Without dimensions it is a single number.
func Constant[T float32 | float64 | int64](g *Graph, name string, values []T, dimensions ...int) {
	var t message
	for _, d := range dimensions {
		t.int(1, uint64(d))
	}
	var kind Type
	var raw []byte
	switch values := any(values).(type) {
	case []float32:
		kind = Float32
		for _, v := range values {
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
		}
	case []float64:
		kind = Float64
		for _, v := range values {
			raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(v))
		}
	case []int64:
		kind = Int64
		for _, v := range values {
			raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
		}
	}
	t.int(2, uint64(kind))
	t.string(8, name)
	t.bytes(9, raw)
	g.fields.bytes(5, t)
}

// Attribute is a whole number that an operator is told.
type Attribute struct {
	Name  string
	Value int
}

// Node adds an operator, which makes outputs of inputs.
func (g *Graph) Node(operator string, inputs, outputs []string, attributes ...Attribute) {
	var n message
	for _, input := range inputs {
		n.string(1, input)
	}
	for _, output := range outputs {
		n.string(2, output)
	}
	n.string(3, outputs[0])
	n.string(4, operator)
	for _, a := range attributes {
		var m message
		m.string(1, a.Name)
		m.int(3, uint64(int64(a.Value)))
		m.int(20, 2) // AttributeProto.INT
		n.bytes(5, m)
	}
	g.fields.bytes(1, n)
}

// Do adds an operator with one output, and returns that output's name.
func (g *Graph) Do(operator, output string, inputs ...string) string {
	g.Node(operator, inputs, []string{output})
	return output
}

// Metadata is a text that a file carries along.
type Metadata struct{ Key, Value string }

// Write writes the graph as a file.
func (g *Graph) Write(w io.Writer, name string, metadata ...Metadata) error {
	graph := append(message(nil), g.fields...)
	graph.string(2, name)
	var model, operators message
	model.int(1, ir)
	model.string(2, "segkit")
	model.bytes(7, graph)
	operators.string(1, "")
	operators.int(2, opset)
	model.bytes(8, operators)
	for _, m := range metadata {
		var entry message
		entry.string(1, m.Key)
		entry.string(2, m.Value)
		model.bytes(14, entry)
	}
	if _, err := w.Write(model); err != nil {
		return fmt.Errorf("writing ONNX: %w", err)
	}
	return nil
}
