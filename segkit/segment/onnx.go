package segment

import (
	"encoding/json"
	"fmt"
	"io"
	"math"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/internal/onnx"
)

// ExportONNX writes the whole pipeline as one graph in the ONNX format (operator set 20), for onnxruntime and what else reads
// it. The input "x" is rows×d, in the units and the order of Columns, NaN where a value is missing. The outputs are an
// Assignment's, of each row: "segment" (int64), "distance", "margin" (float64), "unlike" (bool), and besides "distances" to all
// centres, rows×k. Names, columns and recipe stand in the metadata, as JSON under "segkit".
//
// Numbers are float64, in and out: so are JavaScript's and pandas', amounts keep their digits, and a customer near the border
// between two segments falls on Assign's side of it. The layers of a network are float32, where borders may differ by rounding.
// The graph cannot refuse: infinite values give infinite distances or NaN. With Ranks it takes some
// 200 kB of memory a row: ask for a thousand rows at a time.
func (m *Model) ExportONNX(w io.Writer) error {
	if _, err := m.encode(); err != nil { // a model that cannot be saved is none to export
		return fmt.Errorf("segment: %w", err)
	}
	about, err := json.Marshal(map[string]any{"recipe": m.Recipe, "columns": m.Columns, "names": m.Names, "limit": m.Limit, "data": m.Data})
	if err != nil {
		return fmt.Errorf("segment: %w", err)
	}
	var g onnx.Graph
	g.Input("x", onnx.Float64, len(m.Columns))
	m.placeONNX(&g, m.pipeline.onnx(&g, "x"))
	if err := g.Write(w, "segment", onnx.Metadata{Key: "segkit", Value: string(about)}); err != nil {
		return fmt.Errorf("segment: %w", err)
	}
	return nil
}

// onnx adds what apply does to the rows of x, and returns the tensor in the space that was clustered.
func (p *pipeline) onnx(g *onnx.Graph, x string) string {
	d := len(p.fill)
	row := func(name string, values []float64) string {
		onnx.Constant(g, name, values, 1, d)
		return name
	}
	x = g.Do("Where", "filled", g.Do("IsNaN", "missing", x), row("fill", p.fill), x)
	switch p.transform {
	case Log1p:
		onnx.Constant(g, "one", []float64{1})
		size := g.Do("Log", "size", g.Do("Add", "absolute+1", g.Do("Abs", "absolute", x), "one"))
		x = g.Do("Mul", "logarithm", g.Do("Sign", "sign", x), size)
	case Ranks:
		x = p.curvesONNX(g, x)
	}
	scale := make([]float64, d)
	for j, v := range p.scale {
		if scale[j] = v; v == 0 {
			scale[j] = math.Inf(1) // that divides everything to 0
		}
	}
	z := g.Do("Div", "z", g.Do("Sub", "centred", x, row("mean", p.mean)), row("scale", scale))
	switch {
	case p.projection != nil:
		q, _ := p.projection.Components.Dims()
		onnx.Constant(g, "components", mat.DenseCopyOf(p.projection.Components.T()).RawMatrix().Data, d, q)
		return g.Do("MatMul", "scores", g.Do("Sub", "z-mean", z, row("pca.mean", p.projection.Mean)), "components")
	case p.encoder != nil:
		g.Node("Cast", []string{z}, []string{"network"}, onnx.Attribute{Name: "to", Value: int(onnx.Float32)})
		p.encoder.AddEncoder(g, "network", "code")
		g.Node("Cast", []string{"code"}, []string{"code64"}, onnx.Attribute{Name: "to", Value: int(onnx.Float64)})
		return "code64"
	}
	return z
}

// curvesONNX adds the curves to ranks: of each interval between knots, the share that lies below the value, times the rise in
// the interval, all added up.
func (p *pipeline) curvesONNX(g *onnx.Graph, x string) string {
	d, most := len(p.curves), 1
	for _, c := range p.curves {
		most = max(most, len(c.Values)-1)
	}
	// Intervals that a column does not need rise by nothing.
	from, width, rise, start := make([]float64, d*most), make([]float64, d*most), make([]float64, d*most), make([]float64, d)
	for j, c := range p.curves {
		start[j] = c.Ranks[0]
		for i := range most {
			at := j*most + i
			if width[at] = 1; i+1 < len(c.Values) {
				from[at], width[at], rise[at] = c.Values[i], c.Values[i+1]-c.Values[i], c.Ranks[i+1]-c.Ranks[i]
			}
		}
	}
	onnx.Constant(g, "from", from, 1, d, most)
	onnx.Constant(g, "width", width, 1, d, most)
	onnx.Constant(g, "rise", rise, 1, d, most)
	onnx.Constant(g, "start", start, 1, d)
	onnx.Constant(g, "zero", []float64{0})
	onnx.Constant(g, "last axis", []int64{2}, 1)
	beyond := g.Do("Sub", "beyond", g.Do("Unsqueeze", "values", x, "last axis"), "from")
	within := g.Do("Min", "within", g.Do("Max", "beyond 0", beyond, "zero"), "width")
	rises := g.Do("Mul", "rises", g.Do("Div", "share", within, "width"), "rise")
	g.Node("ReduceSum", []string{rises, "last axis"}, []string{"risen"}, onnx.Attribute{Name: "keepdims", Value: 0})
	return g.Do("Add", "ranks", "risen", "start")
}

// placeONNX adds what place does: the distances to the centres, and the outputs.
func (m *Model) placeONNX(g *onnx.Graph, rows string) {
	k, q := m.clusters.Centers.Dims()
	flat := onnx.Attribute{Name: "keepdims", Value: 0}
	onnx.Constant(g, "centers", mat.DenseCopyOf(m.clusters.Centers).RawMatrix().Data, 1, k, q)
	onnx.Constant(g, "axis 1", []int64{1}, 1)
	onnx.Constant(g, "axis 2", []int64{2}, 1)
	apart := g.Do("Sub", "apart", g.Do("Unsqueeze", "each", rows, "axis 1"), "centers")
	g.Node("ReduceSum", []string{g.Do("Mul", "squares", apart, apart), "axis 2"}, []string{"squared"}, flat)
	g.Node("ArgMin", []string{"squared"}, []string{"segment"}, onnx.Attribute{Name: "axis", Value: 1}, flat)
	g.Do("Sqrt", "distances", "squared")
	g.Node("ReduceMin", []string{"distances", "axis 1"}, []string{"distance"}, flat)
	if k == 1 {
		onnx.Constant(g, "infinite", []float64{math.Inf(1)})
		g.Do("Add", "margin", "distance", "infinite")
	} else {
		onnx.Constant(g, "two", []int64{2}, 1)
		onnx.Constant(g, "second", []int64{1})
		g.Node("TopK", []string{"distances", "two"}, []string{"nearest", "which"}, onnx.Attribute{Name: "largest", Value: 0})
		g.Node("Gather", []string{"nearest", "second"}, []string{"next"}, onnx.Attribute{Name: "axis", Value: 1})
		g.Do("Sub", "margin", "next", "distance")
	}
	onnx.Constant(g, "limit", []float64{m.Limit})
	g.Do("Greater", "unlike", "distance", "limit")
	g.Output("segment", onnx.Int64, 0)
	g.Output("distance", onnx.Float64, 0)
	g.Output("margin", onnx.Float64, 0)
	g.Output("unlike", onnx.Bool, 0)
	g.Output("distances", onnx.Float64, k)
}
