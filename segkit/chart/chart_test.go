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
	"slices"
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

var words = []string{"balance", "purchases", "cash advances", "installment frequency", "credit limit", "bills paid in full"}

func bands() (of []chart.Band) {
	for i, name := range []string{"quiet customers", "frequent buyers with few cash advances", "cash borrowers", "big spenders with large payments"} {
		b := chart.Band{Name: name}
		for j := range words {
			middle := 1.2 + math.Sin(float64(3*i+j+2))
			b.Middle, b.Low, b.High = append(b.Middle, 1000*middle), append(b.Low, 1000*middle*0.7), append(b.High, 1000*middle*1.2)
		}
		of = append(of, b)
	}
	return of
}

func seeds(seed uint64) (values []float64) {
	r := rand.New(rand.NewPCG(seed, 1))
	for range 20 {
		values = append(values, 0.5+0.1*r.NormFloat64())
	}
	return values
}

func card(number int) *chart.Figure {
	return chart.Card(chart.Labels{Title: "Frequent buyers with few cash advances", X: "share of totals (line: of customers)", Y: "beside the others"},
		chart.Segment{Number: number, Note: "3,363 customers, 38 % of all", Share: 0.38, Texts: "median (all)",
			Shares: []chart.CardRow{{Name: "purchases", Value: 0.47, Mark: true, Text: "47 %"}, {Name: "cash advances", Value: 0.08, Mark: true, Text: "8.2 %"}},
			Rows: []chart.CardRow{
				{Name: "purchase frequency", Value: 2.46, Mark: true, Text: "0.92 (0.50)"}, {Name: "installment frequency", Value: 1.92, Mark: true, Text: "0.75 (0.17)"},
				{Name: "cash advance frequency", Value: -0.79, Mark: true, Text: "0 (0)"}, {Name: "a name that is longer than any card is wide, by far", Value: 0.18, Text: "811 (361)"}}[:2+number%3],
		})
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
		"parallel":     chart.Parallel(chart.Labels{Title: "Four ways of using a card"}, words, bands()...),
		"profile": chart.Profile(chart.Labels{Title: "What marks each segment", X: "difference from the other customers, in standard deviations"}, words,
			[]string{"quiet", "borrowers with large balances", "big spenders"}, matrix(6, 3), [][]bool{{true, false, true}, {true, true, true}, {true, true, true}, {true, true, true}, {true, true, true}, {false, true, true}}, 1.3),
		"against": chart.Against(chart.Labels{Title: "Hardly more than data without clusters", X: "silhouette"}, []string{"all 17 features", "2 components", "autoencoder code"},
			"data without clusters", []float64{0.09, 0.31, 0.35}, []float64{0.15, 0.36, math.NaN()},
			chart.Series{Name: "k = 3", Y: []float64{0.25, 0.45, 0.61}}, chart.Series{Name: "k = 4", Y: []float64{0.20, 0.41, 0.53}}),
		"strip": chart.Strip(chart.Labels{Title: "The published seed was a lucky one", X: "silhouette of twenty seeds"}, "the seed of notebook 05",
			[]chart.Group{{Name: "k = 3", Values: seeds(3)}, {Name: "k = 4", Values: seeds(4)}, {Name: "k = 5", Values: seeds(5)}}, []int{4, 7, -1}),
		"card":         card(2),
		"card-grid":    chart.Grid(2, card(0), card(1), card(2), card(3)),
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
		"one axis":         chart.Parallel(chart.Labels{}, []string{"a"}, chart.Band{Middle: []float64{1}, Low: []float64{1}, High: []float64{1}}),
		"broken lines":     chart.Parallel(chart.Labels{}, []string{"a", "b", "c"}, chart.Band{Middle: []float64{1, nan, 2}, Low: []float64{0, 0, 0}, High: []float64{3, nan, 3}}, chart.Band{Middle: []float64{nan, nan, nan}, Low: []float64{nan, nan, nan}, High: []float64{nan, nan, nan}}),
		"twelve bands":     chart.Parallel(chart.Labels{}, []string{"a", "b"}, slices.Repeat([]chart.Band{{Name: "one of many with a long name", Middle: []float64{1, 2}, Low: []float64{1, 2}, High: []float64{1, 2}}}, 12)...),
		"no profile":       chart.Profile(chart.Labels{}, []string{"a"}, []string{"b"}, mat.NewDense(1, 1, []float64{nan}), nil, 0),
		"twelve profiles":  chart.Profile(chart.Labels{}, []string{"a"}, slices.Repeat([]string{"b"}, 12), mat.NewDense(1, 12, nil), nil, 0),
		"no band":          chart.Against(chart.Labels{}, []string{"a"}, "band", []float64{nan}, []float64{1}, chart.Series{Y: []float64{nan}}),
		"equal strip":      chart.Strip(chart.Labels{}, "mark", []chart.Group{{Name: "a", Values: slices.Repeat([]float64{3}, 100)}, {}}, []int{0, -1}),
		"no strip":         chart.Strip(chart.Labels{}, "", []chart.Group{{Values: []float64{nan}}}, nil),
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
		"no bands":      func() { chart.Parallel(chart.Labels{}, []string{"a"}) },
		"short band":    func() { chart.Parallel(chart.Labels{}, []string{"a"}, chart.Band{Middle: []float64{1}}) },
		"marks": func() {
			chart.Profile(chart.Labels{}, []string{"a", "b"}, []string{"c", "d"}, xy, [][]bool{{true, true}, {true}}, 0)
		},
		"band's ends": func() {
			chart.Against(chart.Labels{}, []string{"a"}, "", nil, []float64{1}, chart.Series{Y: []float64{1}})
		},
		"a mark beyond": func() { chart.Strip(chart.Labels{}, "", []chart.Group{{Values: []float64{1}}}, []int{1}) },
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
