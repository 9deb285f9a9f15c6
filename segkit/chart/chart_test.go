package chart_test

import (
	"bytes"
	"flag"
	"fmt"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot/cmpimg"

	"example.com/marketing/segkit/chart"
)

var regenerate = flag.Bool("update", false, "write the golden pictures anew; look at each before committing it")

func money(n int, seed uint64) []float64 {
	r := rand.New(rand.NewPCG(seed, 1))
	values := make([]float64, n)
	for i := range values {
		values[i] = math.Exp(6 + 1.1*r.NormFloat64())
	}
	return values
}

func clouds(n int) (*mat.Dense, []int, []float64) {
	r := rand.New(rand.NewPCG(2, 1))
	xy, labels, values := mat.NewDense(n, 2, nil), make([]int, n), make([]float64, n)
	for i := range n {
		labels[i] = min(2, i%6/3+i%6/5)
		xy.SetRow(i, []float64{3*float64(labels[i]) + r.NormFloat64(), 2*float64(labels[i]%2) + r.NormFloat64()})
		values[i] = 1000 * math.Exp(xy.At(i, 0)/3)
	}
	return xy, labels, values
}

var features = []string{"BALANCE", "PURCHASES", "CASH_ADVANCE", "PURCHASES_INSTALLMENTS_FREQUENCY", "CREDIT_LIMIT", "PRC_FULL_PAYMENT"}

func matrix(r, c int) *mat.Dense {
	m := mat.NewDense(r, c, nil)
	m.Apply(func(i, j int, _ float64) float64 { return math.Sin(float64(1+i*3+j*5)) * 1.4 }, m)
	return m
}

// blades are silhouettes for the labels of clouds(3000).
func blades() []float64 {
	r := rand.New(rand.NewPCG(8, 8))
	_, labels, _ := clouds(3000)
	values := make([]float64, len(labels))
	for i, c := range labels {
		values[i] = math.Tanh([]float64{0.5, 0.3, 0.02}[c] + 0.15*r.NormFloat64())
	}
	return values
}

// figures are all kinds of charts, as the notebooks use them.
func figures() map[string]*chart.Figure {
	xy, labels, values := clouds(3000)
	panel := func(title string, seed uint64) *chart.Figure {
		return chart.Histogram(chart.Labels{Title: title, X: "amount", Y: "customers"}, money(5000, seed), 30)
	}
	ks := []float64{1, 2, 3, 4, 5, 6}
	return map[string]*chart.Figure{
		"histogram": chart.Histogram(chart.Labels{Title: "Most balances are small", X: "balance", Y: "customers"}, money(8000, 1), 0),
		"grid":      chart.Grid(2, panel("BALANCE", 1), panel("PURCHASES", 2), panel("CASH_ADVANCE", 3)),
		"boxes": chart.Boxes(chart.Labels{Title: "Limits look alike", X: "credit limit"}, []chart.Group{
			{Name: "without", Values: money(300, 1)}, {Name: "with", Values: money(4000, 2)}}),
		"scatter": chart.Scatter(chart.Labels{Title: "Three groups of card holders", X: "first component", Y: "second component"}, xy, &chart.ScatterOptions{Labels: labels}),
		"scatter-names": chart.Scatter(chart.Labels{Title: "Named groups", X: "first component", Y: "second component"}, xy,
			&chart.ScatterOptions{Labels: labels, Names: []string{"quiet", "borrowers", "big spenders"}}),
		"scatter-values": chart.Scatter(chart.Labels{Title: "The balance grows to the right", X: "code 1", Y: "code 2"}, xy, &chart.ScatterOptions{Values: values, ValueName: "balance"}),
		"lines": chart.Lines(chart.Labels{Title: "Where is the elbow?", X: "number of clusters k", Y: "inertia"},
			chart.Series{Name: "full", X: ks, Y: []float64{152133, 127785, 111962, 99054, 91483, 84827}, Markers: true}),
		"lines-two": chart.Lines(chart.Labels{Title: "Two curves", X: "epoch", Y: "mean squared error"},
			chart.Series{Name: "training", X: ks, Y: []float64{0.9, 0.7, 0.5, 0.45, 0.42, 0.41}}, chart.Series{Name: "PCA", X: ks, Y: []float64{0.52, 0.52, 0.52, 0.52, 0.52, 0.52}}),
		"bars": chart.Bars(chart.Labels{Title: "A higher limit goes with more of everything", X: "credit limit", Y: "mean amount"},
			[]string{"0 to 1,500", "to 3,000", "to 6,000", "to 10,000", "above"},
			chart.Series{Name: "one-off", Y: []float64{210, 330, 540, 900, 1800}}, chart.Series{Name: "cash advance", Y: []float64{410, 730, 940, 1400, 2600}}),
		"bars-lying": chart.Bars(chart.Labels{Title: "Unscaled, the amounts would decide", Y: "standard deviation"}, features,
			chart.Series{Name: "sd", Y: []float64{2081, 2136, 2097, 0.4, 3638, 0.29}}),
		"bars-negative": chart.Bars(chart.Labels{Title: "One cluster is not at home", X: "cluster", Y: "silhouette"}, []string{"0", "1", "2"},
			chart.Series{Name: "silhouette", Y: []float64{0.3, 0.15, -0.05}}),
		"dots": chart.Dots(chart.Labels{Title: "Nine results", X: "silhouette"}, []string{"all 17 features", "2 components", "autoencoder code"},
			chart.Series{Name: "k = 3", Y: []float64{0.25, 0.45, 0.61}}, chart.Series{Name: "k = 4", Y: []float64{0.20, 0.41, 0.53}}, chart.Series{Name: "k = 5", Y: []float64{0.19, 0.40, 0.50}}),
		"silhouettes":  chart.Silhouettes(chart.Labels{Title: "The third cluster is hardly one", X: "silhouette of each customer"}, blades(), labels),
		"network":      chart.Network(chart.Labels{Title: "Seventeen numbers through two"}, []int{17, 17, 8, 4, 2, 2, 4, 8, 17}, 4),
		"network-wide": chart.Network(chart.Labels{Title: "A wide one"}, []int{30, 64, 3, 1, 30}, 2),
		"heatmap":      chart.Heatmap(chart.Labels{Title: "What sets the segments apart"}, features, []string{"segment 0", "segment 1", "segment 2"}, matrix(6, 3), nil),
		"heatmap-wide": chart.Heatmap(chart.Labels{Title: "Correlations"}, append(append(features, features...), features[:5]...), append(append(features, features...), features[:5]...), matrix(17, 17), &chart.HeatmapOptions{Reach: 1.5}),
	}
}

// Every picture in testdata was looked at by a person before it became the standard.
func TestGolden(t *testing.T) {
	for name, f := range figures() {
		t.Run(name, func(t *testing.T) {
			got, err := f.PNG()
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", name+".png")
			if *regenerate {
				if err := os.WriteFile(path, got, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if ok, err := cmpimg.EqualApprox("png", got, want, 0.02); err != nil || !ok {
				t.Errorf("the picture differs from %s (%v)", path, err)
			}
			if len(got) > 110_000 {
				t.Errorf("%d bytes", len(got))
			}
		})
	}
}

func TestSameBytesTwice(t *testing.T) {
	if testing.Short() {
		t.Skip("drawing everything twice more takes too long for -short")
	}
	first, second := figures(), figures()
	for name := range first {
		a, err1 := first[name].PNG()
		b, err2 := second[name].PNG()
		if err1 != nil || err2 != nil || !bytes.Equal(a, b) {
			t.Errorf("%s: two renderings differ (%v, %v)", name, err1, err2)
		}
		svg, err := first[name].SVG()
		if err != nil || !bytes.Contains(svg, []byte("<svg")) {
			t.Errorf("%s: no SVG (%v)", name, err)
		}
		if first[name].Alt == "" {
			t.Errorf("%s: no alternative text", name)
		}
	}
}

func TestEdges(t *testing.T) {
	one := mat.NewDense(1, 2, []float64{3, 4})
	nan := math.NaN()
	for name, f := range map[string]*chart.Figure{
		"one value":        chart.Histogram(chart.Labels{}, []float64{5}, 0),
		"equal values":     chart.Histogram(chart.Labels{}, []float64{5, 5, 5, nan}, 10),
		"mostly equal":     chart.Histogram(chart.Labels{}, []float64{0, 0, 0, 0, 0, 0, 9}, 0),
		"one box":          chart.Boxes(chart.Labels{}, []chart.Group{{Name: "a", Values: []float64{1, nan}}}),
		"one point":        chart.Scatter(chart.Labels{}, one, nil),
		"one cluster":      chart.Scatter(chart.Labels{}, one, &chart.ScatterOptions{Labels: []int{0}}),
		"an empty cluster": chart.Scatter(chart.Labels{}, one, &chart.ScatterOptions{Labels: []int{2}}),
		"equal colours":    chart.Scatter(chart.Labels{}, one, &chart.ScatterOptions{Values: []float64{7}}),
		"NaN point":        chart.Scatter(chart.Labels{}, mat.NewDense(2, 2, []float64{nan, 1, 2, 3}), nil),
		"flat line":        chart.Lines(chart.Labels{}, chart.Series{X: []float64{1, 2}, Y: []float64{3, 3}}),
		"no bar":           chart.Bars(chart.Labels{}, []string{"a"}, chart.Series{Y: []float64{nan}}),
		"zero bars":        chart.Bars(chart.Labels{}, []string{"a", "b"}, chart.Series{Y: []float64{0, 0}}),
		"equal dots":       chart.Dots(chart.Labels{}, []string{"a"}, chart.Series{Y: []float64{2}}, chart.Series{Y: []float64{2}}),
		"zero cells":       chart.Heatmap(chart.Labels{}, []string{"a"}, []string{"b"}, mat.NewDense(1, 1, nil), nil),
		"NaN cell":         chart.Heatmap(chart.Labels{}, []string{"a"}, []string{"b"}, mat.NewDense(1, 1, []float64{nan}), nil),
		"one silhouette":   chart.Silhouettes(chart.Labels{}, []float64{0}, []int{0}),
		"a skipped label":  chart.Silhouettes(chart.Labels{}, []float64{-1, 1, nan}, []int{0, 2, 2}),
		"a large label":    chart.Silhouettes(chart.Labels{}, []float64{1, 0.5}, []int{0, math.MaxInt}),
		"large labels":     chart.Scatter(chart.Labels{}, mat.NewDense(2, 2, []float64{0, 1, 2, 3}), &chart.ScatterOptions{Labels: []int{math.MaxInt, 1e10}}),
		"a long name":      chart.Bars(chart.Labels{}, []string{strings.Repeat("long ", 12)}, chart.Series{Y: []float64{2}}),
	} {
		b, err := f.PNG()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if img, err := png.Decode(bytes.NewReader(b)); err != nil || img.Bounds().Dx() != 975 {
			t.Errorf("%s: %v, %v", name, img.Bounds(), err)
		}
	}
}

func TestMistakesPanic(t *testing.T) {
	xy := mat.NewDense(2, 2, nil)
	for name, f := range map[string]func(){
		"no values":     func() { chart.Histogram(chart.Labels{}, []float64{math.NaN()}, 0) },
		"negative bins": func() { chart.Histogram(chart.Labels{}, []float64{1}, -1) },
		"no groups":     func() { chart.Boxes(chart.Labels{}, nil) },
		"empty group":   func() { chart.Boxes(chart.Labels{}, []chart.Group{{}}) },
		"columns":       func() { chart.Scatter(chart.Labels{}, mat.NewDense(2, 3, nil), nil) },
		"labels":        func() { chart.Scatter(chart.Labels{}, xy, &chart.ScatterOptions{Labels: []int{1}}) },
		"no series":     func() { chart.Lines(chart.Labels{}) },
		"X and Y":       func() { chart.Lines(chart.Labels{}, chart.Series{X: []float64{1}}) },
		"categories":    func() { chart.Bars(chart.Labels{}, []string{"a"}, chart.Series{Y: []float64{1, 2}}) },
		"no categories": func() { chart.Dots(chart.Labels{}, nil, chart.Series{}) },
		"cells":         func() { chart.Heatmap(chart.Labels{}, []string{"a"}, []string{"b"}, xy, nil) },
		"silhouettes":   func() { chart.Silhouettes(chart.Labels{}, []float64{1}, []int{0, 1}) },
		"no silhouette": func() { chart.Silhouettes(chart.Labels{}, []float64{math.NaN()}, []int{0}) },
		"empty grid":    func() { chart.Grid(2) },
		"no code":       func() { chart.Network(chart.Labels{}, []int{3, 2, 3}, 2) },
		"no units":      func() { chart.Network(chart.Labels{}, []int{3, 0, 3}, 1) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s did not panic", name)
				}
			}()
			f()
		}()
	}
}

func TestNegativeLabels(t *testing.T) {
	for _, f := range []func(labels []int){
		func(labels []int) { chart.Silhouettes(chart.Labels{}, []float64{0.1, 0.2, 0.3}, labels) },
		func(labels []int) {
			chart.Scatter(chart.Labels{}, mat.NewDense(3, 2, nil), &chart.ScatterOptions{Labels: labels})
		},
	} {
		func() {
			defer func() {
				if got := recover(); got != "chart: label 1 is -1, negative" {
					t.Errorf("panic %v", got)
				}
			}()
			f([]int{0, -1, -2})
		}()
	}
}

func ExampleLines() {
	f := chart.Lines(chart.Labels{Title: "Where is the elbow?", X: "number of clusters", Y: "inertia"},
		chart.Series{X: []float64{1, 2, 3}, Y: []float64{9, 4, 3}, Markers: true})
	png, err := f.PNG()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(f.Alt, len(png) > 0)
	// Output: Where is the elbow?: inertia by number of clusters. true
}
