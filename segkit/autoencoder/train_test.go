package autoencoder

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

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

func TestBadData(t *testing.T) {
	if _, err := Train(t.Context(), &mat.Dense{}, nil); !errors.Is(err, ErrNoRows) || !strings.Contains(err.Error(), "x is 0×0") {
		t.Errorf("no rows: %v", err)
	}
	for _, v := range []float64{math.NaN(), math.Inf(1), 1e300} {
		x := data(10, 3, 1)
		x.Set(4, 2, v)
		if _, err := Train(t.Context(), x, nil); !errors.Is(err, ErrNotFinite) || !strings.Contains(err.Error(), fmt.Sprintf("row 4, column 2 is %v", v)) || strings.Contains(err.Error(), "float32") != (v == 1e300) {
			t.Errorf("%v: %v", v, err)
		}
	}
}

func TestDivergence(t *testing.T) {
	large := data(50, 3, 1)
	large.Scale(1e20, large) // the square of a difference is beyond float32
	for about, c := range map[string]struct {
		x      mat.Matrix
		config Config
		want   string
	}{
		"infinite":            {data(50, 3, 1), Config{LearningRate: 1e30, Epochs: 5}, "in epoch 2 of 5, with learning rate 1e+30: the loss is NaN"},
		"in the last step":    {data(50, 3, 1), Config{LearningRate: 3e38, Optimizer: SGD, Momentum: 0.9, Epochs: 1, Batch: 25}, "in epoch 1 of 1, with learning rate 3e+38: "},
		"finite, but growing": {data(50, 3, 1), Config{LearningRate: 100, Output: Linear, Optimizer: SGD, Epochs: 50, Hidden: []int{}, Decoder: []int{}, Activation: Tanh}, "learning rate 100"},
		"large numbers":       {large, Config{Output: Linear}, "in epoch 1 of 150"},
	} {
		m, err := Train(t.Context(), c.x, &c.config)
		if m != nil || !errors.Is(err, ErrDiverged) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", about, err)
		}
		if models, err := TrainSeeds(t.Context(), c.x, &c.config, 7, 7); models != nil || !errors.Is(err, ErrDiverged) || !strings.HasPrefix(err.Error(), "autoencoder: seed 7: training") {
			t.Errorf("%s, seeds: %v", about, err)
		}
	}
	// A network that begins far from small numbers is not one that diverges.
	small := mat.NewDense(200, 4, nil)
	small.Apply(func(i, j int, _ float64) float64 { return 0.01 * float64((i*j)%3) }, small)
	for _, x := range []*mat.Dense{small, mat.NewDense(50, 3, nil)} {
		if _, err := Train(t.Context(), x, &Config{Activation: Sigmoid, Epochs: 3}); err != nil {
			t.Error(err)
		}
	}
}

// What OnEpoch panics with comes out where the caller can recover it.
func TestPanicInCallback(t *testing.T) {
	c := &Config{Hidden: []int{2}, Epochs: 3, OnEpoch: func(e Epoch) {
		if e.Number == 2 {
			panic("mine")
		}
	}}
	x := data(40, 3, 1)
	before := runtime.NumGoroutine()
	for range 10 {
		if p := panicOf(func() { Train(t.Context(), x, c) }); p != "mine" {
			t.Errorf("Train: %v", p)
		}
		if p := panicOf(func() { TrainSeeds(t.Context(), x, c, 1, 2, 3) }); p != "mine" {
			t.Errorf("TrainSeeds: %v", p)
		}
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines before, %d after", before, n)
	}
	c.OnEpoch = func(Epoch) { runtime.Goexit() }
	if models, err := TrainSeeds(t.Context(), x, c, 1, 2, 3); models != nil || !errors.Is(err, errEnded) {
		t.Errorf("a callback that ends its goroutine: %v, %v", models, err)
	}
}

// What goes wrong in a pass ends the training; a row that there is not stands for all that GoMLX may panic about.
func TestErrorOfAPass(t *testing.T) {
	r, c, err := prepare(data(10, 3, 1), &Config{Hidden: []int{2}, Batch: 4})
	if err != nil {
		t.Fatal(err)
	}
	for _, processors := range []int{1, 2} {
		m, parameters := newModel(3, &c)
		trainer, err := newTrainer(testBackend(t), m, r, parameters, processors)
		if err != nil {
			t.Fatal(err)
		}
		for place := range 4 {
			batch := []int{0, 1, 2, 3}
			batch[place] = 10
			if _, err := trainer.step(batch); err == nil || !strings.Contains(err.Error(), "out of range") {
				t.Errorf("row %d of a batch: %v", place, err)
			}
		}
		trainer.close()
	}
}

// The bounds of what counts as diverged, worked by hand.
func TestDivergedBounds(t *testing.T) {
	r, c, err := prepare(mat.NewDense(2, 2, []float64{1, 2, 3, 0}), &Config{Hidden: []int{2}})
	if err != nil {
		t.Fatal(err)
	}
	m, parameters := newModel(2, &c)
	trainer, err := newTrainer(testBackend(t), m, r, parameters, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer trainer.close()
	if trainer.zero != 14./4 {
		t.Errorf("loss of zero %v, want 3.5", trainer.zero)
	}
	trainer.first = 5
	for loss, want := range map[float64]bool{5000: false, 5001: true, math.Inf(1): true} {
		if why := trainer.diverged(loss); (why != "") != want {
			t.Errorf("%v: %q", loss, why)
		}
	}
	parameters[3] = float32(math.Inf(-1))
	if trainer.diverged(1) == "" {
		t.Error("an infinite weight")
	}
}

// Cancelling gives the model so far: the one that as many epochs and steps would have given.
func TestCancel(t *testing.T) {
	x := data(50, 3, 1)
	ctx, cancel := context.WithCancel(t.Context())
	c := &Config{OnEpoch: func(e Epoch) {
		if e.Number == 2 {
			cancel()
		}
	}}
	m, err := Train(ctx, x, c)
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "epoch 3 of 150") {
		t.Fatal(err)
	}
	want := train(t, x, &Config{Epochs: 2})
	if len(m.History) != 2 || m.Best != 2 || m.Stopped != "cancelled in epoch 3 of 150" || !mat.Equal(m.Reconstruct(x), want.Reconstruct(x)) {
		t.Errorf("history %v, best %d, stopped %q", m.History, m.Best, m.Stopped)
	}
	// The cause of the cancellation is told, too.
	why := errors.New("the power went out")
	ctx2, cancel2 := context.WithCancelCause(t.Context())
	cancel2(why)
	if _, err := Train(ctx2, x, nil); !errors.Is(err, why) || !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	// Before the first step it is the network that the seed draws.
	if m, err = Train(ctx, x, nil); !errors.Is(err, context.Canceled) || m == nil || len(m.History) != 0 || m.Best != 0 || m.Encode(x).RawMatrix().Rows != 50 {
		t.Errorf("%+v, %v", m, err)
	}
	file(t, m)
	// Within an epoch it is the one before that epoch, also where the weights are no numbers any more.
	for _, rate := range []float64{0.001, 1e30} {
		steps := &countdown{Context: t.Context(), left: 12}
		m, err := Train(steps, x, &Config{Batch: 10, LearningRate: rate})
		want := train(t, x, &Config{Batch: 10, Epochs: 2})
		switch {
		case rate == 1e30:
			if m != nil && !finite(slices.Concat(m.encoder[0].weights, m.decoder[1].weights)) {
				t.Error("a model of NaN")
			}
		case !errors.Is(err, context.Canceled) || m.Best != 2 || !mat.Equal(m.Encode(x), want.Encode(x)):
			t.Errorf("best %d, %v", m.Best, err)
		}
	}
	models, err := TrainSeeds(ctx, x, nil, 1, 2, 3)
	if !errors.Is(err, context.Canceled) || len(models) != 3 {
		t.Errorf("seeds: %v, %v", models, err)
	}
	// With all that was to do done, a cancellation comes too late, for one as for many.
	last := func(cancel func()) *Config {
		return &Config{Epochs: 3, OnEpoch: func(e Epoch) {
			if e.Number == 3 {
				cancel()
			}
		}}
	}
	ctx, cancel = context.WithCancel(t.Context())
	if m, err := Train(ctx, x, last(cancel)); err != nil || len(m.History) != 3 {
		t.Error(err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	if models, err := TrainSeeds(ctx, x, last(cancel), 1); err != nil || len(models[0].History) != 3 {
		t.Error(err)
	}
}

// countdown is a context that is cancelled after its error was asked for so many times.
type countdown struct {
	context.Context
	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

func TestBackendIsTheUsersChoice(t *testing.T) {
	x := data(20, 3, 1)
	c := &Config{Hidden: []int{3}, Epochs: 2}
	want := file(t, train(t, x, c))
	t.Setenv("GOMLX_BACKEND", "go:ops_parallel")
	if got := file(t, train(t, x, c)); !bytes.Equal(got, want) {
		t.Error("operations in parallel give other weights")
	}
	for _, name := range []string{"abacus", "xla", "go:abacus"} {
		t.Setenv("GOMLX_BACKEND", name)
		want := fmt.Sprintf("autoencoder: backend (GOMLX_BACKEND=%q; XLA needs a build with -tags xla): ", name)
		if _, err := Train(t.Context(), x, c); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("an unknown backend: %v", err)
		}
	}
}

// 8,949 rows make 69 batches of 128 and one of 117; every row comes once an epoch, in another order each time.
func TestBatches(t *testing.T) {
	random := rand.New(rand.NewPCG(1, streamShuffles))
	order := make([]int, 8949)
	for i := range order {
		order[i] = i
	}
	var last []int
	for epoch := range 3 {
		sizes := map[int]int{}
		seen := make([]bool, len(order))
		var all []int
		for batch := range batches(random, order, 128) {
			sizes[len(batch)]++
			all = append(all, batch...)
			for _, i := range batch {
				if seen[i] {
					t.Fatalf("epoch %d: row %d comes twice", epoch, i)
				}
				seen[i] = true
			}
		}
		if sizes[128] != 69 || sizes[117] != 1 || len(sizes) != 2 || slices.Contains(seen, false) {
			t.Errorf("epoch %d: sizes %v", epoch, sizes)
		}
		// A shuffle leaves about one row in place.
		same := 0
		for i, row := range last {
			if all[i] == row {
				same++
			}
		}
		if same > 10 || slices.IsSorted(all) || all[8948] == 8948 {
			t.Errorf("epoch %d: %d rows in the same place", epoch, same)
		}
		last = all
	}
}

// What a batch's halves add up to is what the whole is, whatever its size.
func TestHalves(t *testing.T) {
	x := data(9, 3, 1)
	for size := 1; size <= 9; size++ {
		r, c, err := prepare(x, &Config{Hidden: []int{2}, Batch: size})
		if err != nil {
			t.Fatal(err)
		}
		m, parameters := newModel(3, &c)
		for i := range parameters {
			parameters[i] = float32(i%7)/7 - 0.4
		}
		trainer, err := newTrainer(testBackend(t), m, r, parameters, 2)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for batch := range slices.Chunk(trainer.order, size) {
			loss, err := trainer.gradients(batch)
			if err != nil {
				t.Fatal(err)
			}
			sum += loss
		}
		trainer.close()
		if want := m.ReconstructionErrors(x).Mean * 27; math.Abs(sum-want) > 1e-5*want {
			t.Errorf("batches of %d: loss %v, want %v", size, sum, want)
		}
	}
}

func TestTrainLearnsAndRepeats(t *testing.T) {
	x := data(300, 6, 1)
	kept := mat.DenseCopyOf(x)
	c := &Config{Hidden: []int{6, 4}, Batch: 64, Epochs: 12, LearningRate: 0.01, Seed: 42}
	epochs := 0
	c.OnEpoch = func(e Epoch) {
		if epochs++; e.Number != epochs || e.Total != 12 || e.Loss <= 0 || e.Seconds <= 0 || e.Seed != 42 || !math.IsNaN(e.Validation) {
			t.Errorf("%+v as epoch %d", e, epochs)
		}
	}
	a := train(t, x, c)
	if h := a.History; epochs != 12 || len(h) != 12 || h[11] > 0.6*h[0] || a.Best != 12 || a.Stopped != "" || a.ValidationHistory != nil {
		t.Errorf("the loss goes from %v to %v in %d epochs", h[0], h[len(h)-1], epochs)
	}
	if !mat.Equal(x, kept) {
		t.Fatal("the input changed")
	}
	c.OnEpoch = nil
	if a.Config.OnEpoch != nil {
		t.Error("the model keeps the callback")
	}
	if columns, code := a.Dims(); columns != 6 || code != 2 {
		t.Errorf("%d columns, %d numbers", columns, code)
	}
	other := *c
	other.Seed = 43
	if bytes.Equal(file(t, a), file(t, train(t, x, &other))) {
		t.Error("another seed gives the same weights")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, processors := range []int{1, 2, 5} {
		runtime.GOMAXPROCS(processors)
		if !bytes.Equal(file(t, a), file(t, train(t, x, c))) {
			t.Errorf("the same seed gives other weights on %d processors", processors)
		}
	}
}

// Everything that can be chosen learns, and gives the same bytes on one processor, side by side, and with operations so large
// that the engine itself would use more processors.
func TestEveryChoiceLearnsAndRepeats(t *testing.T) {
	configs := []Config{{Hidden: []int{300, 200}, Batch: 256, Epochs: 2}}
	for _, a := range activationNames {
		configs = append(configs, Config{Activation: a, Output: Linear, Hidden: []int{5}})
	}
	for _, z := range initializers {
		configs = append(configs, Config{Initializer: z, Hidden: []int{5}})
	}
	for _, l := range []Loss{MeanAbsoluteError, Huber} {
		configs = append(configs, Config{Loss: l, Hidden: []int{5}})
	}
	configs = append(configs, Config{Optimizer: AdamW, Hidden: []int{5}}, Config{Optimizer: SGD, Momentum: 0.9, Hidden: []int{5}, LearningRate: 0.05},
		Config{Validation: 0.25, Hidden: []int{5}}, Config{Batch: 1, Epochs: 3, Hidden: []int{3}}, Config{Batch: 1000, Hidden: []int{4}, LearningRate: 0.02})
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, c := range configs {
		if c.Epochs == 0 {
			c.Epochs = 20
		}
		if c.Batch == 0 {
			c.Batch = 32
		}
		x := data(300, 4, 2)
		runtime.GOMAXPROCS(4)
		models, err := TrainSeeds(t.Context(), x, &c, 5, 6, 7)
		if err != nil {
			t.Fatal(err)
		}
		c.Seed = 5
		two := train(t, x, &c)
		runtime.GOMAXPROCS(1)
		one := train(t, x, &c)
		if !bytes.Equal(file(t, one), file(t, two)) || !bytes.Equal(file(t, one), file(t, models[0])) {
			t.Errorf("%+v: not the same bytes", c)
		}
		if models[2].Config.Seed != 7 || bytes.Equal(file(t, models[1]), file(t, models[2])) {
			t.Errorf("%+v: the seeds are not told apart", c)
		}
		if h := one.History; !(h[len(h)-1] < 0.98*h[0]) {
			t.Errorf("%+v: the loss goes from %v to %v", c, h[0], h[len(h)-1])
		}
	}
}

func TestTrainSeedsCallbacksDoNotOverlap(t *testing.T) {
	var busy sync.Mutex
	epochs := map[uint64]int{}
	c := &Config{Epochs: 5, OnEpoch: func(e Epoch) {
		if !busy.TryLock() {
			t.Error("two calls at once")
		}
		defer busy.Unlock()
		time.Sleep(5 * time.Millisecond)
		if epochs[e.Seed]++; e.Number != epochs[e.Seed] {
			t.Errorf("%+v as epoch %d", e, epochs[e.Seed])
		}
	}}
	if models, err := TrainSeeds(t.Context(), data(40, 3, 1), c); len(models) != 0 || err != nil {
		t.Errorf("no seeds: %v, %v", models, err)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
	models, err := TrainSeeds(t.Context(), data(40, 3, 1), c, 1, 2, 3, 4)
	if err != nil || len(epochs) != 4 {
		t.Fatalf("%v, %v", epochs, err)
	}
	if models[0].Config.Hidden[0] = 99; models[1].Config.Hidden[0] == 99 {
		t.Error("models share their configuration")
	}
	// After a failure no other seed begins.
	begun := 0
	bad := &Config{LearningRate: 1e30, Epochs: 2, OnEpoch: func(Epoch) { begun++ }}
	if _, err := TrainSeeds(t.Context(), data(40, 3, 1), bad, slices.Repeat([]uint64{1}, 100)...); !errors.Is(err, ErrDiverged) || begun > 10 {
		t.Errorf("%d seeds, %v", begun, err)
	}
}

// The rows held out do not take part in training, and the loss on them is what ReconstructionErrors finds.
func TestValidation(t *testing.T) {
	x := data(200, 4, 1)
	c := &Config{Hidden: []int{4}, Validation: 0.3, Epochs: 6, Batch: 16, Seed: 3}
	m := train(t, x, c)
	if len(m.ValidationHistory) != 6 {
		t.Fatal(m.ValidationHistory)
	}
	r, f, err := prepare(x, c)
	if err != nil {
		t.Fatal(err)
	}
	fresh, parameters := newModel(4, &f)
	trainer, err := newTrainer(testBackend(t), fresh, r, parameters, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer trainer.close()
	held, others := trainer.held, trainer.order
	if slices.Max(held) < 100 || slices.Min(held) > 100 {
		t.Errorf("not drawn: %v", held)
	}
	f.Seed++
	fresh, parameters = newModel(4, &f)
	second, err := newTrainer(testBackend(t), fresh, r, parameters, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer second.close()
	if slices.Equal(second.held, held) {
		t.Error("another seed holds out the same rows")
	}
	if len(held) != 60 || len(others) != 140 || slices.ContainsFunc(held, func(i int) bool { return slices.Contains(others, i) }) {
		t.Errorf("%d rows held out, %d others", len(held), len(others))
	}
	changed := mat.DenseCopyOf(x)
	sum := 0.0
	for _, i := range held {
		sum += m.ReconstructionErrors(x).Rows[i] / 60
		changed.SetRow(i, []float64{9, -9, 9, -9})
	}
	if got := m.ValidationHistory[5]; math.Abs(got-sum) > 1e-6*sum {
		t.Errorf("validation loss %v, want %v", got, sum)
	}
	again := train(t, changed, c)
	if !slices.Equal(again.History, m.History) || !mat.Equal(again.Encode(x), m.Encode(x)) || slices.Equal(again.ValidationHistory, m.ValidationHistory) {
		t.Error("the rows held out took part")
	}
}

// Early stopping gives the weights of the epoch with the lowest validation loss: those that so many epochs alone give.
func TestEarlyStopping(t *testing.T) {
	x := data(60, 8, 1)
	c := Config{Hidden: []int{32}, Bottleneck: 6, Validation: 0.5, Patience: 4, Epochs: 2000, Batch: 8, LearningRate: 0.01}
	m := train(t, x, &c)
	v := m.ValidationHistory
	if len(v) == 2000 || m.Best != len(v)-4 || slices.Min(v) != v[m.Best-1] || slices.Contains(v[m.Best:], v[m.Best-1]) || m.Stopped != fmt.Sprintf("no lower validation loss in 4 epochs after epoch %d", m.Best) {
		t.Fatalf("best %d of %d, stopped %q: %v", m.Best, len(v), m.Stopped, v)
	}
	// Where patience ends with the last epoch, nothing was stopped.
	c.Epochs = len(v)
	if m := train(t, x, &c); m.Stopped != "" || m.Best != len(v)-4 {
		t.Errorf("best %d, stopped %q", m.Best, m.Stopped)
	}
	c.Patience, c.Epochs = 0, m.Best
	if short := train(t, x, &c); !mat.Equal(short.Reconstruct(x), m.Reconstruct(x)) {
		t.Error("not the weights of the best epoch")
	}
}

// The tutorial's training on the real data, 20 seeds, against PyTorch's 20 (mean 0.389, standard deviation 0.0143, 0.359 to
// 0.417): the two means differ by less than three of their standard errors, and the spreads are alike.
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
	const n, mean, sd = 20, 0.388955, 0.01433
	seeds := make([]uint64, n)
	for i := range seeds {
		seeds[i] = uint64(i)
	}
	models, err := TrainSeeds(t.Context(), prepared.X, nil, seeds...)
	if err != nil {
		t.Fatal(err)
	}
	sum, squares, least, most := 0.0, 0.0, math.Inf(1), math.Inf(-1)
	for _, m := range models {
		loss := m.History[149]
		sum += loss
		least, most = min(least, loss), max(most, loss)
	}
	for _, m := range models {
		squares += math.Pow(m.History[149]-sum/n, 2)
	}
	ours := math.Sqrt(squares / (n - 1))
	welch := (sum/n - mean) / math.Sqrt(ours*ours/n+sd*sd/n)
	t.Logf("last-epoch loss: mean %.4f, standard deviation %.4f, %.4f to %.4f; Welch's t %.2f", sum/n, ours, least, most, welch)
	if math.Abs(welch) > 3 || ours < sd/2 || ours > 2*sd || least < 0.33 || most > 0.45 {
		t.Error("not like PyTorch's")
	}
}

func BenchmarkTrainEpoch(b *testing.B) {
	x := data(8949, 17, 1)
	for b.Loop() {
		train(b, x, &Config{Epochs: 1})
	}
}

func BenchmarkTrain(b *testing.B) {
	x := data(8949, 17, 1)
	for b.Loop() {
		train(b, x, nil)
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

// A relu network with a linear last layer, which stops when rows that it was not trained on no longer gain.
func ExampleConfig() {
	x := mat.NewDense(8, 2, []float64{0, 0, 1, 1, 2, 2, 3, 3, 0.5, 0.5, 1.5, 1.5, 2.5, 2.5, -1, -1})
	m, err := Train(context.Background(), x, &Config{
		Hidden: []int{8}, Bottleneck: 1, Activation: Relu, Output: Linear, Initializer: HeNormal,
		Batch: 2, Epochs: 500, LearningRate: 0.01, Validation: 0.25, Patience: 20, Seed: 1,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("stopped early:", m.Stopped != "", "at its best:", m.ValidationHistory[m.Best-1] == slices.Min(m.ValidationHistory))
	_, err = Train(context.Background(), x, &Config{Activation: "softplus"})
	fmt.Println(err)
	// Output:
	// stopped early: true at its best: true
	// autoencoder: bad configuration: Activation is "softplus", legal are selu, relu, elu, tanh, sigmoid, gelu and linear
}
