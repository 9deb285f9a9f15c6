package autoencoder

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit"
)

func data(n, d int, seed uint64) *mat.Dense {
	r := rand.New(rand.NewPCG(seed, 9))
	x := mat.NewDense(n, d, nil)
	for i := range n {
		a, b := r.NormFloat64(), r.NormFloat64()
		for j := range d {
			x.Set(i, j, a*float64(j%3)/2+b*float64(j%2)+0.3*r.NormFloat64())
		}
	}
	return x
}

func train(t testing.TB, x mat.Matrix, c *Config) *Model {
	t.Helper()
	m, err := Train(context.Background(), x, c)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestDefaultsAreTheTutorials(t *testing.T) {
	c, err := (*Config)(nil).defaults()
	if err != nil {
		t.Fatal(err)
	}
	encoder, decoder := newLayers(17, &c)
	var sizes []string
	for _, l := range slices.Concat(encoder, decoder) {
		sizes = append(sizes, fmt.Sprintf("%d-%d", l.in, l.out))
	}
	if got := strings.Join(sizes, " "); got != "17-17 17-8 8-4 4-2 2-2 2-4 4-8 8-17" {
		t.Errorf("layers %s", got)
	}
	if c.Batch != 128 || c.Epochs != 150 || c.LearningRate != 1e-3 {
		t.Errorf("%+v", c)
	}
}

func TestBadConfig(t *testing.T) {
	for want, c := range map[string]*Config{
		"Hidden[1] is 0":      {Hidden: []int{3, 0}},
		"Bottleneck is -1":    {Bottleneck: -1},
		"Batch is -5":         {Batch: -5},
		"Epochs is -1":        {Epochs: -1},
		"LearningRate is -1":  {LearningRate: -1},
		"LearningRate is NaN": {LearningRate: math.NaN()},
	} {
		if _, err := Train(t.Context(), data(10, 3, 1), c); !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestBadData(t *testing.T) {
	if _, err := Train(t.Context(), &mat.Dense{}, nil); !errors.Is(err, ErrNoRows) {
		t.Errorf("no rows: %v", err)
	}
	for _, v := range []float64{math.NaN(), math.Inf(1), 1e300} {
		x := data(10, 3, 1)
		x.Set(4, 2, v)
		if _, err := Train(t.Context(), x, nil); !errors.Is(err, ErrNotFinite) || !strings.Contains(err.Error(), "row 4, column 2") {
			t.Errorf("%v: %v", v, err)
		}
	}
	if _, err := Train(t.Context(), data(50, 3, 1), &Config{LearningRate: 1e30, Epochs: 5}); !errors.Is(err, ErrDiverged) || !strings.Contains(err.Error(), "learning rate 1e+30") {
		t.Errorf("divergence: %v", err)
	}
	if _, err := Train(t.Context(), data(50, 3, 1), &Config{LearningRate: 1e39, Epochs: 1}); !errors.Is(err, ErrDiverged) {
		t.Errorf("divergence in the last step: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err := Train(ctx, data(50, 3, 1), &Config{OnEpoch: func(e Epoch) {
		if e.Number == 2 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "epoch 3 of 150") {
		t.Errorf("cancelled: %v", err)
	}
}

func TestBackendIsTheUsersChoice(t *testing.T) {
	x := data(20, 3, 1)
	c := &Config{Hidden: []int{3}, Epochs: 2}
	want := file(t, train(t, x, c))
	t.Setenv("GOMLX_BACKEND", "go:ops_parallel")
	if got := file(t, train(t, x, c)); !bytes.Equal(got, want) {
		t.Error("operations in parallel give other weights")
	}
	t.Setenv("GOMLX_BACKEND", "abacus")
	if _, err := Train(t.Context(), x, c); err == nil || !strings.Contains(err.Error(), "abacus") {
		t.Errorf("an unknown backend: %v", err)
	}
}

// selu(1) is the scale itself; selu(-1) = 1.0507·1.67326·(1/e - 1) = -1.11133; far below it stays at -1.7581.
func TestSeluByHand(t *testing.T) {
	for x, want := range map[float64]float64{0: 0, 1: 1.0507009873554805, -1: -1.1113307378125625, -1e4: -1.7580993408473766, 1e4: 10507.009873554805} {
		if got := selu(x); math.Abs(got-want) > 1e-12*max(1, math.Abs(want)) {
			t.Errorf("selu(%v) = %v, want %v", x, got, want)
		}
	}
}

// One weight, no bias: y = selu(w·x), loss (y - x)². For x = ±2 and ±1e4, above and below where GoMLX's own exponential
// gives NaN, loss and gradient are those worked out by hand: 2(y - x)·selu'(wx)·x.
func TestGradientOfSelu(t *testing.T) {
	for _, x := range []float64{2, -2, 100, -100, 1e4, -1e4} {
		l := layer{in: 1, out: 1, weights: []float32{0.5}, biases: []float32{0}}
		net, err := newNetwork([]layer{l})
		if err != nil {
			t.Fatal(err)
		}
		loss, err := net.gradients([]float32{float32(x)}, 1, 1)
		if err != nil {
			t.Fatal(err)
		}
		y, slope := selu(x/2), seluScale
		if x < 0 {
			slope = seluScale * seluAlpha * math.Exp(x/2)
		}
		want := 2 * (y - x) * slope
		if math.Abs(loss-(y-x)*(y-x)) > 1e-5*(y-x)*(y-x) {
			t.Errorf("x = %v: loss %v, want %v", x, loss, (y-x)*(y-x))
		}
		if got := float64(net.slopes[1][0]); math.Abs(got-want) > 1e-5*math.Abs(want)+1e-20 {
			t.Errorf("x = %v: gradient by the bias %v, want %v", x, got, want)
		}
		if got := float64(net.slopes[0][0]); math.Abs(got-want*x) > 1e-5*math.Abs(want*x)+1e-20 {
			t.Errorf("x = %v: gradient by the weight %v, want %v", x, got, want*x)
		}
		net.close()
	}
}

// The gradient of the whole network against central differences of the loss in float64. Float32 keeps about seven digits
// of each product; through eight layers 1e-4 of the largest slope is what can be asked for.
func TestGradientAgainstDifferences(t *testing.T) {
	c, err := (&Config{Hidden: []int{4, 3}}).defaults()
	if err != nil {
		t.Fatal(err)
	}
	m := &Model{Config: c}
	m.encoder, m.decoder = newLayers(5, &c)
	r := rand.New(rand.NewPCG(3, 0))
	for _, l := range m.layers() {
		lecunNormal(r, l.weights, l.in)
		for j := range l.biases {
			l.biases[j] = float32(0.1 * r.NormFloat64())
		}
	}
	x := data(7, 5, 4)
	var batch []float32
	for i := range 7 {
		for j := range 5 {
			batch = append(batch, float32(x.At(i, j)))
			x.Set(i, j, float64(batch[len(batch)-1]))
		}
	}
	loss := func() float64 {
		var diff mat.Dense
		diff.Sub(m.Reconstruct(x), x)
		norm := mat.Norm(&diff, 2)
		return norm * norm / 35
	}
	net, err := newNetwork(m.layers())
	if err != nil {
		t.Fatal(err)
	}
	defer net.close()
	got, err := net.gradients(batch, 7, 5)
	if err != nil || math.Abs(got-loss()) > 1e-5 {
		t.Fatalf("loss %v, by hand %v, %v", got, loss(), err)
	}
	largest := 0.0
	for _, s := range net.slopes {
		for _, v := range s {
			largest = max(largest, math.Abs(float64(v)))
		}
	}
	for p, values := range net.parameters {
		for i, v := range values {
			const h = 1e-3
			values[i] = v + h
			up, above := loss(), float64(values[i])
			values[i] = v - h
			down, below := loss(), float64(values[i])
			values[i] = v
			want := (up - down) / (above - below)
			if got := float64(net.slopes[p][i]); math.Abs(got-want) > 1e-4*largest {
				t.Errorf("parameter %d[%d]: slope %v, differences %v", p, i, got, want)
			}
		}
	}
}

// Three steps of Adam on one parameter with slopes 1, -2, 0.5 and rate 0.1, worked by the paper's formulas (with Keras's
// epsilon beside the uncorrected root).
func TestAdamByHand(t *testing.T) {
	p := [][]float32{{1}}
	a := newAdam(0.1, p)
	m, v, want := 0.0, 0.0, 1.0
	for step, g := range []float64{1, -2, 0.5} {
		m, v = 0.9*m+0.1*g, 0.999*v+0.001*g*g
		n := float64(step + 1)
		want -= 0.1 * math.Sqrt(1-math.Pow(0.999, n)) / (1 - math.Pow(0.9, n)) * m / (math.Sqrt(v) + 1e-7)
		a.step(p, [][]float32{{float32(g)}})
		if got := float64(p[0][0]); math.Abs(got-want) > 1e-6 {
			t.Errorf("step %d: %v, want %v", step+1, got, want)
		}
	}
}

// The draws have the mean 0 and the variance 1/in that the name promises, and none lies beyond the cut.
func TestLecunNormalMoments(t *testing.T) {
	for _, in := range []int{2, 17, 300} {
		w := make([]float32, 200_000)
		lecunNormal(rand.New(rand.NewPCG(1, 0)), w, in)
		sum, sqr, largest := 0.0, 0.0, 0.0
		for _, v := range w {
			sum += float64(v)
			sqr += float64(v) * float64(v)
			largest = max(largest, math.Abs(float64(v)))
		}
		n := float64(len(w))
		sd := math.Sqrt(1 / float64(in))
		if math.Abs(sum/n) > 4*sd/math.Sqrt(n) || math.Abs(sqr/n*float64(in)-1) > 0.01 || largest > 2*sd/0.8796 {
			t.Errorf("%d inputs: mean %v, variance·in %v, largest %v", in, sum/n, sqr/n*float64(in), largest)
		}
	}
}

func TestTrainLearnsAndRepeats(t *testing.T) {
	x := data(300, 6, 1)
	kept := mat.DenseCopyOf(x)
	c := &Config{Hidden: []int{6, 4}, Batch: 64, Epochs: 12, LearningRate: 0.01, Seed: 42}
	epochs := 0
	c.OnEpoch = func(e Epoch) {
		if epochs++; e.Number != epochs || e.Total != 12 || e.Loss <= 0 {
			t.Errorf("%+v as epoch %d", e, epochs)
		}
	}
	a := train(t, x, c)
	if h := a.History; epochs != 12 || len(h) != 12 || h[11] > 0.6*h[0] {
		t.Errorf("the loss goes from %v to %v in %d epochs", h[0], h[len(h)-1], epochs)
	}
	if !mat.Equal(x, kept) {
		t.Fatal("the input changed")
	}
	c.OnEpoch = nil
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	b := train(t, x, c)
	if !bytes.Equal(file(t, a), file(t, b)) {
		t.Error("the same seed gives other weights on one processor")
	}
	other := *c
	other.Seed = 43
	if bytes.Equal(file(t, a), file(t, train(t, x, &other))) {
		t.Error("another seed gives the same weights")
	}
	if z := a.Encode(x); z.RawMatrix().Rows != 300 || z.RawMatrix().Cols != 2 {
		t.Errorf("codes are %d×%d", z.RawMatrix().Rows, z.RawMatrix().Cols)
	}
	if !mat.Equal(a.Decode(a.Encode(x)), a.Reconstruct(x)) {
		t.Error("Reconstruct is not Decode of Encode")
	}
}

func file(t testing.TB, m *Model) []byte {
	t.Helper()
	var b bytes.Buffer
	if n, err := m.WriteTo(&b); err != nil || n != int64(b.Len()) {
		t.Fatal(n, err)
	}
	return b.Bytes()
}

func TestFile(t *testing.T) {
	x := data(40, 5, 1)
	m := train(t, x, &Config{Hidden: []int{4}, Epochs: 2, Seed: 1})
	b := file(t, m)
	back, err := Read(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if !mat.Equal(back.Encode(x), m.Encode(x)) || !mat.Equal(back.Reconstruct(x), m.Reconstruct(x)) || !slices.Equal(back.History, m.History) || !bytes.Equal(file(t, back), b) {
		t.Error("the model came back different")
	}
	text := string(b)
	for about, damaged := range map[string]string{
		"empty":           "",
		"half":            text[:len(text)/2],
		"a byte less":     text[:len(text)-1],
		"a byte more":     text + "x",
		"newer":           strings.Replace(text, `"version":"1"`, `"version":"2"`, 1),
		"foreign":         strings.Replace(text, fileFormat, "someone/else-model", 1),
		"lying header":    string(binary.LittleEndian.AppendUint64(nil, 1<<60)) + text[8:],
		"another network": strings.Replace(text, `Bottleneck\":2`, `Bottleneck\":3`, 1),
		"no number":       text[:len(text)-4] + "\xff\xff\xff\xff",
	} {
		if _, err := Read(strings.NewReader(damaged)); !errors.Is(err, ErrFile) {
			t.Errorf("%s: %v", about, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	m, err := Train(context.Background(), data(10, 2, 1), &Config{Hidden: []int{2}, Bottleneck: 1, Epochs: 1})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file(f, m))
	f.Add([]byte("\x02\x00\x00\x00\x00\x00\x00\x00{}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Read(bytes.NewReader(b))
		if err != nil {
			return
		}
		again, err := Read(bytes.NewReader(file(t, m)))
		if err != nil || !bytes.Equal(file(t, again), file(t, m)) {
			t.Fatalf("an accepted file does not survive writing and reading: %v", err)
		}
	})
}

func TestShapesPanic(t *testing.T) {
	m := train(t, data(10, 3, 1), &Config{Hidden: []int{2}, Epochs: 1})
	for about, f := range map[string]func(){
		"encode": func() { m.Encode(mat.NewDense(1, 4, nil)) },
		"decode": func() { m.Decode(mat.NewDense(1, 3, nil)) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s did not panic", about)
				}
			}()
			f()
		}()
	}
}

// The tutorial's training on the real data: over 20 seeds PyTorch's last-epoch loss runs from 0.359 to 0.417.
func TestReference(t *testing.T) {
	path := os.Getenv("SEGKIT_DATA")
	if path == "" {
		t.Skip("SEGKIT_DATA names no file: the tutorial's training is left out")
	}
	if testing.Short() {
		t.Skip("the tutorial's training takes too long for -short")
	}
	prepared, err := segkit.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m := train(t, prepared.X, &Config{Seed: 42})
	if loss := m.History[149]; loss < 0.34 || loss > 0.44 {
		t.Errorf("last-epoch loss %v", loss)
	}
	t.Logf("last-epoch loss %.4f", m.History[149])
}

func BenchmarkTrainEpoch(b *testing.B) {
	x := data(8949, 17, 1)
	for b.Loop() {
		train(b, x, &Config{Epochs: 1})
	}
}

func ExampleTrain() {
	x := mat.NewDense(6, 3, []float64{0, 0, 0, 1, 1, 1, 0.5, 0.5, 0.5, -1, -1, -1, -0.5, -0.5, -0.5, 0.2, 0.2, 0.2})
	m, err := Train(context.Background(), x, &Config{Hidden: []int{3}, Bottleneck: 1, Epochs: 200, LearningRate: 0.02, Seed: 42})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("better than at first:", m.History[199] < m.History[0]/10)
	n, q := m.Encode(x).Dims()
	fmt.Printf("codes %d×%d\n", n, q)
	// Output:
	// better than at first: true
	// codes 6×1
}
