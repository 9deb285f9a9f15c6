package segment_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sort"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/autoencoder"
	"example.com/marketing/segkit/dataset"
	"example.com/marketing/segkit/kmeans"
	"example.com/marketing/segkit/pca"
	"example.com/marketing/segkit/segment"
)

var nan = math.NaN()

// columns makes a table of named columns of the same length.
func columns(names string, values ...[]float64) *dataset.Table {
	t := &dataset.Table{Names: strings.Fields(names), X: mat.NewDense(len(values[0]), len(values), nil)}
	for j, v := range values {
		t.X.SetCol(j, v)
	}
	return t
}

func fit(t testing.TB, of *dataset.Table, r segment.Recipe) *segment.Model {
	t.Helper()
	m, err := segment.Fit(context.Background(), of, r)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func near(a, b float64) bool { return a == b || math.Abs(a-b) <= 1e-12 }

func TestFitByHand(t *testing.T) {
	// a: the median of 0, 0, 0, 8 is 0; filled 0, 0, 0, 8, 0 have mean 1.6 and variance (4·1.6² + 6.4²)/5 = 10.24 = 3.2². So z
	// is -0.5 four times, and 2. b is constant.
	// Ranks: of 0 it is (0+4)/2/5 = 0.4, of 8 (4+5)/2/5 = 0.9; mean 0.5, variance (4·0.1² + 0.4²)/5 = 0.2²: the same z.
	five := columns("a b", []float64{0, 0, 0, 8, nan}, []float64{7, 7, nan, 7, 7})
	// The mean is 6, the variance (36+16+16+36)/4 = 26, the centres are 1 and 11, each 1 away from its rows.
	four := columns("a", []float64{0, 2, 10, 12})
	s := math.Sqrt(26)
	// log(1+v) is 0, 0, 2 and 2, whose mean and deviation are 1: z is ∓1. Of 1-e it is -1, z -2.
	e2 := math.Exp(2) - 1
	logs := columns("a", []float64{0, 0, e2, e2})
	inf := math.Inf(1)
	for _, c := range []struct {
		about  string
		table  *dataset.Table
		recipe segment.Recipe
		row    []float64
		want   segment.Assignment
	}{
		{"plain", five, segment.Recipe{K: 2}, []float64{3.2, 7}, segment.Assignment{Segment: 0, Distance: 1, Next: 1, Margin: 0.5, Unlike: true}},
		{"missing", five, segment.Recipe{K: 2}, []float64{nan, nan}, segment.Assignment{Segment: 0, Distance: 0, Next: 1, Margin: 2.5, Missing: 2}},
		{"constant", five, segment.Recipe{K: 2}, []float64{8, -1e100}, segment.Assignment{Segment: 1, Distance: 0, Next: 0, Margin: 2.5}},
		{"one", five, segment.Recipe{K: 1}, []float64{1.6, 7}, segment.Assignment{Segment: 0, Distance: 0, Next: -1, Margin: inf}},
		// A quarter of the way from 0.4 to 0.9 is 0.525, z = 0.125.
		{"ranks", five, segment.Recipe{K: 2, Transform: segment.Ranks}, []float64{2, 7}, segment.Assignment{Segment: 0, Distance: 0.625, Next: 1, Margin: 1.25, Unlike: true}},
		{"beyond the ranks", five, segment.Recipe{K: 2, Transform: segment.Ranks}, []float64{1e100, 7}, segment.Assignment{Segment: 1, Distance: 0, Next: 0, Margin: 2.5}},
		{"below the ranks", five, segment.Recipe{K: 2, Transform: segment.Ranks}, []float64{-5, 7}, segment.Assignment{Segment: 0, Distance: 0, Next: 1, Margin: 2.5}},
		{"within the limit", four, segment.Recipe{K: 2}, []float64{0.5}, segment.Assignment{Segment: 0, Distance: 0.5 / s, Next: 1, Margin: 10 / s}},
		{"beyond the limit", four, segment.Recipe{K: 2}, []float64{4}, segment.Assignment{Segment: 0, Distance: 3 / s, Next: 1, Margin: 4 / s, Unlike: true}},
		{"log", logs, segment.Recipe{K: 2, Transform: segment.Log1p}, []float64{1 - math.E}, segment.Assignment{Segment: 0, Distance: 1, Next: 1, Margin: 2, Unlike: true}},
		// One component of two equal columns: z is ∓1 in both, so the score is ∓√2.
		{"pca", columns("a b", []float64{0, 0, 2, 2}, []float64{10, 10, 30, 30}), segment.Recipe{K: 2, Components: 1}, []float64{1, 20}, segment.Assignment{Segment: 0, Distance: math.Sqrt2, Next: 1, Unlike: true}},
	} {
		m := fit(t, c.table, c.recipe)
		a, err := m.Assign(c.row)
		if err != nil {
			t.Errorf("%s: %v", c.about, err)
		}
		w := c.want
		if c.about == "log" || c.about == "within the limit" || c.about == "beyond the limit" || c.about == "pca" { // equal sizes: either may be 0
			if zero, err := m.Assign(c.table.X.RawRowView(0)); err != nil {
				t.Error(err)
			} else if zero.Segment == 1 && c.about != "pca" {
				w.Segment, w.Next = w.Next, w.Segment
			}
		}
		if c.about == "pca" { // in the middle, on either side by rounding
			w.Segment, w.Next = a.Segment, a.Next
		}
		if a.Segment != w.Segment || a.Next != w.Next || a.Unlike != w.Unlike || a.Missing != w.Missing || !near(a.Distance, w.Distance) || !near(a.Margin, w.Margin) {
			t.Errorf("%s: %+v, want %+v", c.about, a, w)
		}
	}
	m := fit(t, five, segment.Recipe{K: 2})
	if c := m.Centers(); !near(c.At(0, 0), -0.5) || !near(c.At(1, 0), 2) || c.At(0, 1) != 0 || m.Limit != 0 || !slices.Equal(m.Sizes, []int{4, 1}) || !slices.Equal(m.Labels, []int{0, 0, 0, 1, 0}) {
		t.Errorf("centres %v, limit %v, sizes %v, labels %v", mat.Formatted(c), m.Limit, m.Sizes, m.Labels)
	}
	if m = fit(t, four, segment.Recipe{K: 2}); !near(m.Limit, 1/s) || !near(m.Inertia, 4.0/26) {
		t.Errorf("limit %v, inertia %v", m.Limit, m.Inertia)
	}
}

// randomTable returns n rows of d columns: amounts with a long tail, many ties, holes, and a constant.
func randomTable(n, d int, seed uint64) *dataset.Table {
	r := rand.New(rand.NewPCG(seed, 7))
	t := &dataset.Table{X: mat.NewDense(n, d, nil)}
	for j := range d {
		t.Names = append(t.Names, fmt.Sprint("c", j))
		for i := range n {
			v := math.Exp(3*r.NormFloat64()) * float64(1-2*r.IntN(2))
			switch {
			case j%4 == 1:
				v = float64(r.IntN(4))
			case j%4 == 2 && r.IntN(2) == 0:
				v = 0
			case j == 3:
				v = 0.1
			}
			if i > 0 && r.IntN(10) == 0 {
				v = nan
			}
			t.X.Set(i, j, v)
		}
	}
	return t
}

// naiveSpace is the pipeline written down in the simplest way.
func naiveSpace(t *testing.T, training, rows *dataset.Table, r segment.Recipe) *mat.Dense {
	n, d := rows.Dims()
	scaled := func(of *dataset.Table) *mat.Dense {
		z := mat.DenseCopyOf(of.X)
		for j := range d {
			var present, filled []float64
			for _, v := range mat.Col(nil, j, training.X) {
				if !math.IsNaN(v) {
					present = append(present, v)
				}
			}
			sort.Float64s(present)
			median := (present[(len(present)-1)/2] + present[len(present)/2]) / 2
			fill := func(v float64) float64 {
				if math.IsNaN(v) {
					return median
				}
				return v
			}
			for _, v := range mat.Col(nil, j, training.X) {
				filled = append(filled, fill(v))
			}
			rank := func(v float64) float64 {
				below, equal := 0.0, 0.0
				for _, w := range filled {
					if w < v {
						below++
					} else if w == v {
						equal++
					}
				}
				return (below + equal/2) / float64(len(filled))
			}
			bend := func(v float64) float64 {
				switch r.Transform {
				case segment.Log1p:
					return math.Copysign(math.Log(1+math.Abs(v)), v)
				case segment.Ranks:
					v = min(max(v, slices.Min(filled)), slices.Max(filled))
					lower, upper := slices.Min(filled), slices.Max(filled)
					for _, w := range filled {
						if w <= v {
							lower = max(lower, w)
						}
						if w >= v {
							upper = min(upper, w)
						}
					}
					if lower == upper {
						return rank(v)
					}
					return rank(lower) + (rank(upper)-rank(lower))*(v-lower)/(upper-lower)
				}
				return v
			}
			mean, variance := 0.0, 0.0
			for _, v := range filled {
				mean += bend(v) / float64(len(filled))
			}
			for _, v := range filled {
				variance += (bend(v) - mean) * (bend(v) - mean) / float64(len(filled))
			}
			m, _ := of.Dims()
			for i := range m {
				z.Set(i, j, (bend(fill(of.X.At(i, j)))-mean)/math.Sqrt(variance))
				if slices.Min(filled) == slices.Max(filled) {
					z.Set(i, j, 0)
				}
			}
		}
		return z
	}
	switch {
	case r.Components > 0:
		p, err := pca.Fit(scaled(training), r.Components)
		if err != nil {
			t.Fatal(err)
		}
		return p.Transform(scaled(rows))
	case r.Network != nil:
		config := *r.Network
		config.Seed = r.Seed
		p, err := autoencoder.Train(t.Context(), scaled(training), &config)
		if err != nil {
			t.Fatal(err)
		}
		return p.Encode(scaled(rows))
	}
	_ = n
	return scaled(rows)
}

// Space, Assign and Limit against the simplest way to write them down. The ranks are those of fewer values than knots.
func TestFitNaive(t *testing.T) {
	seeds := uint64(25)
	if testing.Short() {
		seeds = 3
	}
	for about, r := range recipes() {
		for seed := range seeds {
			training, others := randomTable(120, 6, seed), randomTable(60, 6, seed+1000)
			r.Seed = seed
			m := fit(t, training, r)
			space, err := m.Space(others)
			if err != nil {
				t.Fatalf("%s, seed %d: %v", about, seed, err)
			}
			tolerance := 1e-9
			if r.Network != nil { // whose training makes more of what rounding makes of its input
				tolerance = 1e-3
			}
			naive := naiveSpace(t, training, others, r)
			for i := range 60 {
				if !slices.EqualFunc(space.RawRowView(i), naive.RawRowView(i), func(a, b float64) bool { return math.Abs(a-b) <= tolerance*max(1, math.Abs(b)) }) {
					t.Fatalf("%s, seed %d: row %d is at %v, want %v", about, seed, i, space.RawRowView(i), naive.RawRowView(i))
				}
			}
			got, err := m.AssignTable(t.Context(), others)
			if err != nil {
				t.Fatal(err)
			}
			centers := m.Centers()
			for i, a := range got {
				distances, order := make([]float64, r.K), make([]int, r.K)
				for c := range r.K {
					order[c] = c
					distances[c] = math.Sqrt(squared(space.RawRowView(i), centers.RawRowView(c)))
				}
				slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(distances[a], distances[b]) })
				if c := order[0]; a.Segment != c || !near(a.Distance, distances[c]) || a.Unlike != (a.Distance > m.Limit) {
					t.Errorf("%s, seed %d: row %d is %+v of distances %v, limit %v", about, seed, i, a, distances, m.Limit)
				}
				if r.K > 1 && (a.Next != order[1] || !(math.Abs(a.Margin-distances[order[1]]+distances[order[0]]) < 1e-9)) {
					t.Errorf("%s, seed %d: row %d is %+v of distances %v", about, seed, i, a, distances)
				}
			}
			trained, err := m.AssignTable(t.Context(), training)
			if err != nil {
				t.Fatal(err)
			}
			var own []float64
			for i, a := range trained {
				own = append(own, a.Distance)
				if a.Segment != m.Labels[i] && a.Margin > 1e-9 {
					t.Errorf("%s, seed %d: training row %d is %+v, was fitted in %d", about, seed, i, a, m.Labels[i])
				}
			}
			slices.Sort(own)
			if want := own[117] + 0.81*(own[118]-own[117]); !(math.Abs(m.Limit-want) < 1e-9) { // 0.99·119 = 117.81
				t.Errorf("%s, seed %d: the limit is %v, want %v", about, seed, m.Limit, want)
			}
		}
	}
}

func squared(a, b []float64) float64 {
	s := 0.0
	for j := range a {
		s += (a[j] - b[j]) * (a[j] - b[j])
	}
	return s
}

// The plain recipe is what ImputeMedian, FitScaler and kmeans.Fit make of the table, to the last bit.
func TestFitPlain(t *testing.T) {
	raw := with(dataset.Synthesize(700, 3))
	filled, err := raw.ImputeMedian()
	if err != nil {
		t.Fatal(err)
	}
	scaler, err := dataset.FitScaler(filled)
	if err != nil {
		t.Fatal(err)
	}
	z := scaler.Transform(filled)
	models, err := segment.FitAll(t.Context(), raw, segment.Recipe{Restarts: 4, Seed: 9}, 2, 5, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, k := range []int{2, 5, 1} {
		want, err := kmeans.Fit(t.Context(), z, k, &kmeans.Options{Restarts: 4, Seed: 9})
		if err != nil {
			t.Fatal(err)
		}
		m := models[i]
		space, err := m.Space(raw)
		if err != nil {
			t.Fatal(err)
		}
		if !mat.Equal(space, z) || !mat.Equal(m.Centers(), want.Centers) || !slices.Equal(m.Labels, want.Labels) || m.Inertia != want.Inertia || !slices.Equal(m.Sizes, want.Sizes) {
			t.Errorf("k = %d is another model", k)
		}
		if m.Recipe.K != k || len(m.Names) != k || m.Rows != 700 || m.Data != raw.Fingerprint() {
			t.Errorf("%+v", m.Recipe)
		}
		parts, err := m.Recipe.Method(raw.Names...)(t.Context(), raw.X, []int{k}, 9)
		if err != nil {
			t.Fatal(err)
		}
		labels, err := parts[0].Predict(raw.X)
		if err != nil || !slices.Equal(labels, want.Labels) || !slices.Equal(parts[0].Labels, want.Labels) || !mat.Equal(parts[0].Space, z) || parts[0].Inertia != want.Inertia {
			t.Errorf("k = %d: Method finds another partition, %v", k, err)
		}
	}
}

// A row alone is assigned as among others, of any number of columns.
func TestAssignWide(t *testing.T) {
	for _, r := range []segment.Recipe{{K: 3, Restarts: 1}, {K: 3, Components: 70, Restarts: 1}, {K: 3, Network: &autoencoder.Config{Hidden: []int{9}, Epochs: 1}, Restarts: 1}} {
		wide := randomTable(1500, 150, 1)
		m := fit(t, wide, r)
		all, err := m.AssignTable(t.Context(), wide)
		if err != nil {
			t.Fatal(err)
		}
		for i, a := range all {
			if one, err := m.Assign(wide.X.RawRowView(i)); err != nil || one != a {
				t.Fatalf("%s: row %d: %+v, %+v, %v", r.Space(), i, a, one, err)
			}
		}
	}
}

func TestFitErrors(t *testing.T) {
	good := columns("a b", []float64{1, 2, 3}, []float64{4, 5, nan})
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	type R = segment.Recipe
	for about, c := range map[string]struct {
		table *dataset.Table
		r     R
		want  error
		says  string
	}{
		"k = 0":         {good, R{}, segment.ErrRecipe, "0 segments of 3 rows"},
		"k > n":         {good, R{K: 4}, segment.ErrRecipe, "4 segments of 3 rows"},
		"transform":     {good, R{K: 1, Transform: "sqrt"}, segment.ErrRecipe, "sqrt"},
		"components":    {good, R{K: 1, Components: 3}, segment.ErrRecipe, "3 components of 2 columns"},
		"negative":      {good, R{K: 1, Components: -1}, segment.ErrRecipe, "-1 components"},
		"restarts":      {good, R{K: 1, Restarts: -1}, segment.ErrRecipe, "-1 restarts"},
		"two":           {good, R{K: 1, Components: 1, Network: &autoencoder.Config{}}, segment.ErrRecipe, "both"},
		"network":       {good, R{K: 1, Network: &autoencoder.Config{Bottleneck: -1}}, autoencoder.ErrConfig, "segment: "},
		"empty column":  {columns("a b", []float64{1, 2}, []float64{nan, nan}), R{K: 1}, segment.ErrColumns, "b has no value in 2 rows"},
		"same names":    {columns("a a", []float64{1, 2}, []float64{1, 2}), R{K: 1}, segment.ErrColumns, `"a"`},
		"infinite":      {columns("a b", []float64{1, 2}, []float64{1, math.Inf(-1)}), R{K: 1}, kmeans.ErrNotFinite, "row 1, column b: "},
		"large":         {columns("a b", []float64{1, 2}, []float64{1e200, 1}), R{K: 1, Transform: segment.Ranks}, kmeans.ErrNotFinite, "row 0, column b: "},
		"distinct rows": {columns("a", []float64{1, 1, 1}), R{K: 2}, kmeans.ErrTooFewRows, "2 segments"},
	} {
		m, err := segment.Fit(t.Context(), c.table, c.r)
		if m != nil || !errors.Is(err, c.want) || !strings.HasPrefix(err.Error(), "segment: ") || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", about, err)
		}
	}
	for _, r := range []R{{K: 2}, {K: 2, Network: &autoencoder.Config{Epochs: 1}}} {
		if _, err := segment.Fit(cancelled, good, r); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
	}
	defer func() {
		if recover() != mat.ErrShape {
			t.Error("a method for other columns does not panic with mat.ErrShape")
		}
	}()
	R{}.Method("a", "b", "c")(t.Context(), good.X, []int{1}, 0)
}

// What the caller changes afterwards is not the model's.
func TestFitKeepsNothing(t *testing.T) {
	r := recipes()["network"]
	table := dataset.Synthesize(100, 1)
	m := fit(t, table, r)
	want, err := m.Assign(table.X.RawRowView(5))
	if err != nil {
		t.Fatal(err)
	}
	row := slices.Clone(table.X.RawRowView(5))
	table.X.Zero()
	table.Names[0] = "other"
	r.Network.Hidden[0] = 99
	m.Sizes[0]++
	m.Labels[0]++
	if got, err := m.Assign(row); err != nil || got != want || m.Columns[0] == "other" || m.Recipe.Network.Hidden[0] != 4 {
		t.Errorf("%+v, %+v, %v", got, want, err)
	}
	m.Centers().Zero()
	if got, _ := m.Assign(row); got != want {
		t.Error("Centers gives the model's own")
	}
}

func TestDegenerate(t *testing.T) {
	for _, transform := range []segment.Transform{segment.Plain, segment.Log1p, segment.Ranks} {
		m := fit(t, columns("a b", []float64{5}, []float64{1e3}), segment.Recipe{K: 1, Transform: transform})
		if a, err := m.Assign([]float64{-3, 99}); err != nil || a.Distance != 0 || a.Unlike || a.Next != -1 {
			t.Errorf("%v: one row: %+v, %v", transform, a, err)
		}
		each := columns("a", []float64{1, 2, 4, 8, 16, 32, 64})
		m = fit(t, each, segment.Recipe{K: 7, Transform: transform})
		all, err := m.AssignTable(t.Context(), each)
		if err != nil {
			t.Fatal(err)
		}
		for i, a := range all {
			if a.Segment != m.Labels[i] || a.Distance != 0 || a.Unlike || !(a.Margin > 0) {
				t.Errorf("%v: k = n: row %d is %+v", transform, i, a)
			}
		}
	}
}

// On any number of processors the files are the same, byte for byte, and so are the answers.
func TestProcessors(t *testing.T) {
	training, others := dataset.Synthesize(1200, 1), dataset.Synthesize(2500, 2)
	for about, r := range recipes() {
		var files [][]byte
		var answers [][]segment.Assignment
		for _, processors := range []int{1, 4, 1} {
			before := runtime.GOMAXPROCS(processors)
			m := fit(t, training, r)
			a, err := m.AssignTable(t.Context(), others)
			runtime.GOMAXPROCS(before)
			if err != nil {
				t.Fatal(err)
			}
			files, answers = append(files, written(t, m)), append(answers, a)
		}
		for i := range files[1:] {
			if !slices.Equal(files[0], files[i+1]) || !slices.Equal(answers[0], answers[i+1]) {
				t.Errorf("%s: another model or other answers", about)
			}
		}
	}
}
