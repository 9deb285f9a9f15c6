package onnx

import (
	"bytes"
	"errors"
	"math"
	"testing"

	"example.com/marketing/segkit/internal/onnx/onnxtest"
)

type broken struct{}

var errFull = errors.New("disk full")

func (broken) Write([]byte) (int, error) { return 0, errFull }

// example is the graph y = x + c, first = row of the least of y.
func example() *Graph {
	var g Graph
	g.Input("x", Float64, 2)
	Constant(&g, "c", []float64{0.1, math.Inf(1)}, 1, 2)
	g.Do("Add", "y", "x", "c")
	g.Node("ArgMin", []string{"y"}, []string{"least"}, Attribute{"axis", -1}, Attribute{"keepdims", 0})
	g.Output("y", Float64, 2)
	g.Output("least", Int64, 0)
	return &g
}

// ONNX Runtime takes the file: numbers of all 53 bits, negative attributes, outputs of one number a row.
func TestWrite(t *testing.T) {
	onnxtest.Need(t)
	var b bytes.Buffer
	if err := example().Write(&b, "example", Metadata{"about", "a test"}); err != nil {
		t.Fatal(err)
	}
	got := onnxtest.Run(t, b.Bytes(), []float64{0.2, 1, 5, math.Inf(-1)}, 2)
	y, least := got.Outputs["y"], got.Outputs["least"]
	if tenth := 0.1; len(y.Data) != 4 || *y.Data[0] != tenth+0.2 || y.Data[1] != nil || *y.Data[2] != 5.1 || y.Type != "float64" {
		t.Errorf("y is %+v", y)
	}
	if len(least.Data) != 2 || *least.Data[0] != 0 || least.Type != "int64" {
		t.Errorf("least is %+v", least)
	}
}

func TestWriteTwice(t *testing.T) {
	g := example()
	var a, b bytes.Buffer
	if err := errors.Join(g.Write(&a, "example"), g.Write(&b, "example")); err != nil || !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Errorf("another file, %v", err)
	}
	if err := g.Write(broken{}, "example"); !errors.Is(err, errFull) {
		t.Errorf("%v", err)
	}
}
