package autoencoder

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/gomlx/compute"
)

// trainer trains one network.
//
// Each batch is cut into two halves, whose gradients are computed side by side where there are two processors, one after the
// other elsewhere, and added in the same order: so the sums have the same rounding errors everywhere.
type trainer struct {
	model      *Model
	rows       *rows
	parameters []float32 // of all layers
	net        *network
	optimizer  *optimizer
	full, last []*pass   // the halves of a whole batch, and of an epoch's last one
	slopes     []float32 // of the mean loss of a batch
	held       []int     // rows for validation
	order      []int     // all others
	zero       float64   // loss of answering zero to every row
	first      float64   // loss of the first batch
	helper     *helper   // nil where there is one processor
}

func newTrainer(backend compute.Backend, m *Model, r *rows, parameters []float32, processors int) (t *trainer, err error) {
	c := &m.Config
	t = &trainer{model: m, rows: r, parameters: parameters, slopes: make([]float32, len(parameters)), optimizer: newOptimizer(c, len(parameters))}
	t.order = make([]int, r.n)
	for i := range t.order {
		t.order[i] = i
	}
	if held := c.held(r.n); held > 0 {
		t.order = rand.New(rand.NewPCG(c.Seed, streamValidation)).Perm(r.n)
		t.held, t.order = t.order[:held], t.order[held:]
		slices.Sort(t.held)
		slices.Sort(t.order)
	}
	for _, v := range r.data {
		t.zero += c.Loss.value(float64(v)) / float64(len(r.data))
	}
	t.net = newNetwork(backend, m.layers(), c.Loss)
	t.full, err = t.halves(min(c.Batch, len(t.order)))
	if err == nil && len(t.order) > c.Batch {
		t.last, err = t.halves(len(t.order) % c.Batch)
	}
	if err != nil {
		t.net.close()
		return nil, err
	}
	if processors > 1 {
		t.helper = newHelper()
	}
	return t, nil
}

// halves returns passes for the halves of a batch of so many rows: two, one for a single row, none for none.
func (t *trainer) halves(rows int) ([]*pass, error) {
	var passes []*pass
	for _, half := range []int{(rows + 1) / 2, rows / 2} {
		if half == 0 {
			continue
		}
		p, err := t.net.newPass(t.rows, half)
		if err != nil {
			return nil, err
		}
		passes = append(passes, p)
	}
	return passes, nil
}

func (t *trainer) close() {
	if t.helper != nil {
		t.helper.close()
	}
	t.net.close()
}

// errStopped is wrapped by the error of a training whose context was cancelled.
var errStopped = errors.New("training stopped")

// train runs the epochs.
func (t *trainer) train(ctx context.Context, callback func(Epoch)) error {
	m, c := t.model, &t.model.Config
	random := rand.New(rand.NewPCG(c.Seed, streamShuffles))
	kept := slices.Clone(t.parameters) // as they were after epoch m.Best, in which they will end
	defer func() { copy(t.parameters, kept) }()
	for number := 1; number <= c.Epochs; number++ {
		begin := time.Now()
		loss, err := t.epoch(ctx, random)
		place := fmt.Sprintf("in epoch %d of %d", number, c.Epochs)
		if errors.Is(err, errStopped) {
			m.Stopped = "cancelled " + place
		}
		if err != nil {
			return fmt.Errorf("%w %s", err, place)
		}
		if why := t.diverged(loss); why != "" {
			return fmt.Errorf("%w %s, with learning rate %v: %s; a smaller LearningRate or scaled columns may help", ErrDiverged, place, c.LearningRate, why)
		}
		m.History = append(m.History, loss)
		e := Epoch{Number: number, Total: c.Epochs, Loss: loss, Validation: math.NaN(), Seed: c.Seed}
		if t.held != nil {
			e.Validation = t.validate()
			m.ValidationHistory = append(m.ValidationHistory, e.Validation)
		}
		e.Seconds = time.Since(begin).Seconds()
		if callback != nil {
			callback(e)
		}
		switch {
		case c.Patience == 0 || m.Best == 0 || e.Validation < m.ValidationHistory[m.Best-1]:
			m.Best = number
			copy(kept, t.parameters)
		case number-m.Best >= c.Patience:
			if number < c.Epochs {
				m.Stopped = fmt.Sprintf("no lower validation loss in %d epochs after epoch %d", c.Patience, m.Best)
			}
			return nil
		}
	}
	return nil
}

// diverged says how an epoch's loss, or what the weights have come to, is beyond all bounds; it is empty where they are not.
func (t *trainer) diverged(loss float64) string {
	switch {
	case math.IsNaN(loss) || math.IsInf(loss, 0):
		return fmt.Sprintf("the loss is %v", loss)
	case !finite(t.parameters):
		return "a weight is no longer a finite number"
	case loss > 1000*max(t.zero, t.first):
		return fmt.Sprintf("the loss is %.4g, was %.4g for the first batch, and would be %.4g for answering zero to every row", loss, t.first, t.zero)
	}
	return ""
}

// batches returns the batches of one epoch: order anew, cut into pieces.
func batches(random *rand.Rand, order []int, size int) iter.Seq[[]int] {
	random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	return slices.Chunk(order, size)
}

// epoch makes one pass over the rows and returns its mean loss.
func (t *trainer) epoch(ctx context.Context, random *rand.Rand) (float64, error) {
	sum := 0.0
	for batch := range batches(random, t.order, t.model.Config.Batch) {
		if ctx.Err() != nil {
			return 0, errStopped
		}
		loss, err := t.step(batch)
		if err != nil {
			return 0, err
		}
		if t.optimizer.steps == 1 {
			t.first = loss / float64(len(batch)*t.rows.d)
		}
		sum += loss
	}
	return sum / float64(len(t.order)*t.rows.d), nil
}

// validate returns the mean loss of the rows held out.
func (t *trainer) validate() float64 {
	r := newRunner(t.model.layers())
	sum := 0.0
	row := make([]float64, t.rows.d)
	for _, i := range t.held {
		for j, v := range t.rows.row(i) {
			row[j] = float64(v)
		}
		for j, v := range r.run(row) {
			sum += t.model.Config.Loss.value(v - row[j])
		}
	}
	return sum / float64(len(t.held)*t.rows.d)
}

// step moves the weights after a look at a batch, and returns the batch's summed loss.
func (t *trainer) step(batch []int) (float64, error) {
	loss, err := t.gradients(batch)
	if err != nil {
		return 0, err
	}
	t.optimizer.step(t.parameters, t.slopes)
	return loss, nil
}

// gradients leaves the slopes of a batch's mean loss in t.slopes, and returns the summed loss.
func (t *trainer) gradients(batch []int) (float64, error) {
	passes := t.full
	if len(batch) < t.model.Config.Batch && t.last != nil {
		passes = t.last
	}
	if err := t.net.load(); err != nil {
		return 0, err
	}
	for _, p := range passes {
		p.batch, batch = batch[:p.rows], batch[p.rows:]
	}
	if len(passes) == 2 && t.helper != nil {
		t.helper.start(passes[1])
		passes[0].run()
		t.helper.wait()
	} else {
		for _, p := range passes {
			p.run()
		}
	}
	clear(t.slopes)
	loss, rows := 0.0, 0
	for _, p := range passes {
		if p.err != nil {
			return 0, p.err
		}
		for i, v := range p.slopes {
			t.slopes[i] += v
		}
		loss += p.loss
		rows += p.rows
	}
	scale := 1 / float32(rows*t.rows.d)
	for i := range t.slopes {
		t.slopes[i] *= scale
	}
	return loss, nil
}

func finite(values []float32) bool {
	return !slices.ContainsFunc(values, func(v float32) bool {
		return math.IsNaN(float64(v)) || math.IsInf(float64(v), 0)
	})
}

// helper runs passes on another processor.
type helper struct{ work, done chan *pass }

func newHelper() *helper {
	h := &helper{make(chan *pass, 1), make(chan *pass, 1)}
	go func() {
		for {
			p := receive(h.work)
			if p == nil {
				return
			}
			p.run()
			h.done <- p
		}
	}()
	return h
}

func (h *helper) start(p *pass) { h.work <- p }
func (h *helper) wait()         { receive(h.done) }
func (h *helper) close()        { close(h.work) }

// receive is <-c for something that comes within microseconds: it looks for a while before it goes to sleep, because waking
// up takes about as long as half a pass.
func receive(c chan *pass) *pass {
	for range 20_000 {
		select {
		case p := <-c:
			return p
		default:
		}
	}
	return <-c
}
