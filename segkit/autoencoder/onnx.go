package autoencoder

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
)

// What ExportONNX writes: version 9 of the file format, version 20 of the operators, the first one with Gelu.
const (
	onnxIR    = 9
	onnxOpset = 20
)

// ExportONNX writes the whole network in the ONNX format (operator set 20), for onnxruntime and what else reads it: the input
// "x" is rows×d, scaled as the rows of Train were, the outputs are "code", rows×q, and "reconstruction", rows×d, all float32.
// A Scaler stands in the metadata, as JSON under "scaler".
func (m *Model) ExportONNX(w io.Writer) error { return m.exportONNX(w, m.decoder) }

// ExportEncoderONNX writes the encoder alone, from "x" to "code".
func (m *Model) ExportEncoderONNX(w io.Writer) error { return m.exportONNX(w, nil) }

func (m *Model) exportONNX(w io.Writer, decoder []layer) error {
	a, err := m.about()
	if err != nil {
		return fmt.Errorf("autoencoder: %w", err)
	}
	scaler, err := json.Marshal(a.Scaler)
	if err != nil {
		return fmt.Errorf("autoencoder: %w", err)
	}
	var g onnxGraph
	g.value(11, "x", m.encoder[0].in)
	code := g.chain("encoder", "x", "code", m.encoder)
	g.value(12, "code", code)
	if decoder != nil {
		g.value(12, "reconstruction", g.chain("decoder", "code", "reconstruction", decoder))
	}
	g.string(2, "autoencoder")

	var model message
	model.int(1, onnxIR)
	model.string(2, "segkit")
	model.bytes(7, g.message)
	var opset message
	opset.string(1, "")
	opset.int(2, onnxOpset)
	model.bytes(8, opset)
	if m.Scaler != nil {
		var entry message
		entry.string(1, "scaler")
		entry.string(2, string(scaler))
		model.bytes(14, entry)
	}
	if _, err := w.Write(model); err != nil {
		return fmt.Errorf("autoencoder: %w", err)
	}
	return nil
}

// message is a protocol buffer that grows field by field; the numbers of the fields stand in onnx.proto.
type message []byte

func (m *message) int(field protowire.Number, v uint64) {
	*m = protowire.AppendVarint(protowire.AppendTag(*m, field, protowire.VarintType), v)
}

func (m *message) bytes(field protowire.Number, v []byte) {
	*m = protowire.AppendBytes(protowire.AppendTag(*m, field, protowire.BytesType), v)
}

func (m *message) string(field protowire.Number, v string) { m.bytes(field, []byte(v)) }

// onnxGraph is a GraphProto.
type onnxGraph struct{ message }

const onnxFloat = 1 // TensorProto.FLOAT

// value declares an input (field 11) or an output (12) of any number of rows with so many columns.
func (g *onnxGraph) value(field protowire.Number, name string, columns int) {
	var rows, width, shape, tensor, kind, value message
	rows.string(2, "rows")
	width.int(1, uint64(columns))
	shape.bytes(1, rows)
	shape.bytes(1, width)
	tensor.int(1, onnxFloat)
	tensor.bytes(2, shape)
	kind.bytes(1, tensor)
	value.string(1, name)
	value.bytes(2, kind)
	g.bytes(field, value)
}

// chain adds layers, each a Gemm (x·Wᵀ + b) and its activation, and returns the number of columns at the end.
func (g *onnxGraph) chain(part, input, output string, layers []layer) int {
	for i, l := range layers {
		prefix := part + "." + strconv.Itoa(i)
		var weights, biases []float32
		for j := range l.out {
			w, b := l.unit(j)
			weights, biases = append(weights, w...), append(biases, b)
		}
		g.tensor(prefix+".weight", weights, l.out, l.in)
		g.tensor(prefix+".bias", biases, l.out)
		sum, next := prefix+".sum", prefix+".out"
		if i == len(layers)-1 {
			next = output
		}
		var transposed message
		transposed.string(1, "transB")
		transposed.int(3, 1)
		transposed.int(20, 2) // AttributeProto.INT
		g.node("Gemm", []string{input, prefix + ".weight", prefix + ".bias"}, sum, transposed)
		g.node(l.activation.onnx(), []string{sum}, next)
		input = next
	}
	return layers[len(layers)-1].out
}

func (g *onnxGraph) tensor(name string, values []float32, dimensions ...int) {
	var t message
	for _, d := range dimensions {
		t.int(1, uint64(d))
	}
	t.int(2, onnxFloat)
	t.string(8, name)
	var raw []byte
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	t.bytes(9, raw)
	g.bytes(5, t)
}

func (g *onnxGraph) node(operator string, inputs []string, output string, attributes ...message) {
	var n message
	for _, input := range inputs {
		n.string(1, input)
	}
	n.string(2, output)
	n.string(3, output)
	n.string(4, operator)
	for _, a := range attributes {
		n.bytes(5, a)
	}
	g.bytes(1, n)
}

// onnx is the operator's name. Its attributes are the defaults: Selu's are our constants in float32.
func (a Activation) onnx() string {
	if a == Linear {
		return "Identity"
	}
	return map[Activation]string{Selu: "Selu", Relu: "Relu", Elu: "Elu", Tanh: "Tanh", Sigmoid: "Sigmoid", Gelu: "Gelu"}[a]
}
