package autoencoder

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"example.com/marketing/segkit/internal/onnx"
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
	var g onnx.Graph
	columns, code := m.Dims()
	g.Input("x", onnx.Float32, columns)
	m.AddEncoder(&g, "x", "code")
	g.Output("code", onnx.Float32, code)
	if decoder != nil {
		chain(&g, "decoder", "code", "reconstruction", decoder)
		g.Output("reconstruction", onnx.Float32, columns)
	}
	var metadata []onnx.Metadata
	if m.Scaler != nil {
		metadata = append(metadata, onnx.Metadata{Key: "scaler", Value: string(scaler)})
	}
	if err := g.Write(w, "autoencoder", metadata...); err != nil {
		return fmt.Errorf("autoencoder: %w", err)
	}
	return nil
}

// AddEncoder is for segkit's own use: it adds the encoder to a graph, from the tensor input, rows×d of float32, to output,
// rows×q. The other tensors' names begin with "encoder.".
func (m *Model) AddEncoder(g *onnx.Graph, input, output string) {
	chain(g, "encoder", input, output, m.encoder)
}

// chain adds layers, each a Gemm (x·Wᵀ + b) and its activation.
func chain(g *onnx.Graph, part, input, output string, layers []layer) {
	for i, l := range layers {
		prefix := part + "." + strconv.Itoa(i)
		var weights, biases []float32
		for j := range l.out {
			w, b := l.unit(j)
			weights, biases = append(weights, w...), append(biases, b)
		}
		onnx.Constant(g, prefix+".weight", weights, l.out, l.in)
		onnx.Constant(g, prefix+".bias", biases, l.out)
		sum, next := prefix+".sum", prefix+".out"
		if i == len(layers)-1 {
			next = output
		}
		g.Node("Gemm", []string{input, prefix + ".weight", prefix + ".bias"}, []string{sum}, onnx.Attribute{Name: "transB", Value: 1})
		g.Do(l.activation.onnx(), next, sum)
		input = next
	}
}

// onnx is the operator's name. Its attributes are the defaults: Selu's are our constants in float32.
func (a Activation) onnx() string {
	if a == Linear {
		return "Identity"
	}
	return map[Activation]string{Selu: "Selu", Relu: "Relu", Elu: "Elu", Tanh: "Tanh", Sigmoid: "Sigmoid", Gelu: "Gelu"}[a]
}
