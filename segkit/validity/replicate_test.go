package validity_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/validity"
)

// ways calls each function that resamples, on ks from 1 up, and returns what it found without the functions in it.
var ways = map[string]func(ctx context.Context, x *mat.Dense, ks []int, m validity.Method, o *validity.Options) (any, error){
	"stability": func(ctx context.Context, x *mat.Dense, ks []int, m validity.Method, o *validity.Options) (any, error) {
		r, err := validity.Stability(ctx, x, ks, m, o)
		for i := range r {
			r[i].Partition.Predict, r[i].Partition.Space = nil, nil
		}
		return r, err
	},
	"seeds": func(ctx context.Context, x *mat.Dense, ks []int, m validity.Method, o *validity.Options) (any, error) {
		r, err := validity.SeedAgreement(ctx, x, ks, m, o)
		for i := range r {
			r[i].Partition.Predict = nil
		}
		return r, err
	},
	"prediction strength": func(ctx context.Context, x *mat.Dense, ks []int, m validity.Method, o *validity.Options) (any, error) {
		return validity.PredictionStrength(ctx, x, ks, m, o)
	},
	"gap": func(ctx context.Context, x *mat.Dense, ks []int, m validity.Method, o *validity.Options) (any, error) {
		return validity.Gap(ctx, x, ks, m, o)
	},
	"null scores": func(ctx context.Context, x *mat.Dense, ks []int, m validity.Method, o *validity.Options) (any, error) {
		return validity.NullScores(ctx, x, ks, m, validity.Shuffled, func(_ context.Context, _ *mat.Dense, p validity.Partition) (float64, error) { return p.Inertia, nil }, o)
	},
}

func TestAnyNumberOfProcessorsGivesTheSame(t *testing.T) {
	x := clouds(3, 30, 4, 1)
	kept := mat.DenseCopyOf(x)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for name, way := range ways {
		var results [2]any
		for i, processors := range []int{1, 8} {
			runtime.GOMAXPROCS(processors)
			last := 0
			var err error
			results[i], err = way(t.Context(), x, []int{1, 2, 3, 4}, means(3), &validity.Options{Replicates: 20, Seed: 5, Progress: func(done, total int) {
				if last++; done != last || total != 20 { // without a lock: calls that overlap are a race
					t.Errorf("%s: call %d says %d of %d", name, last, done, total)
				}
			}})
			if err != nil {
				t.Fatal(err)
			}
			if last != 20 {
				t.Errorf("%s: %d calls of Progress", name, last)
			}
		}
		if !reflect.DeepEqual(results[0], results[1]) {
			t.Errorf("%s: the result depends on the number of processors", name)
		}
		other, err := way(t.Context(), x, []int{1, 2, 3, 4}, means(3), &validity.Options{Replicates: 20, Seed: 6})
		if err != nil || reflect.DeepEqual(results[0], other) {
			t.Errorf("%s: another seed gives the same; %v", name, err)
		}
	}
	if !mat.Equal(x, kept) {
		t.Error("x changed")
	}
}

// On one processor the replicates come in their order. Stability and Gap call the method once before the first, prediction
// strength twice in each.
func TestTheFirstErrorEndsTheWork(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	broken := errors.New("broken")
	for name, call := range map[string]int{"stability": 5, "seeds": 4, "prediction strength": 7, "gap": 5, "null scores": 4} {
		calls := 0
		method := func(ctx context.Context, x *mat.Dense, ks []int, seed uint64) ([]validity.Partition, error) {
			if calls++; calls == call {
				return nil, broken
			}
			return one(ctx, x, ks, seed)
		}
		_, err := ways[name](t.Context(), line(1, 2, 3, 4), []int{1, 2}, method, nil)
		if !errors.Is(err, broken) || err.Error() != "validity: "+name+": replicate 3: broken" {
			t.Errorf("%s: %v", name, err)
		}
		if calls != call {
			t.Errorf("%s: %d calls after the error", name, calls-call)
		}
		calls = call - 1
		if _, err = ways[name](t.Context(), line(1, 2, 3, 4), []int{1, 2}, method, nil); !errors.Is(err, broken) {
			t.Errorf("%s, the first call: %v", name, err)
		}
	}
	// On several processors, the other replicates see that they are not wanted any more.
	runtime.GOMAXPROCS(4)
	var failed atomic.Bool
	method := func(ctx context.Context, x *mat.Dense, ks []int, seed uint64) ([]validity.Partition, error) {
		if failed.CompareAndSwap(false, true) {
			return nil, broken
		}
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if _, err := validity.SeedAgreement(t.Context(), line(1, 2, 3), []int{2}, method, nil); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

func TestCancelling(t *testing.T) {
	for name, way := range ways {
		for _, at := range []int32{1, 4} {
			ctx, cancel := context.WithCancel(t.Context())
			var calls, late atomic.Int32
			_, err := way(ctx, line(1, 2, 3, 4), []int{1, 2}, func(ctx context.Context, x *mat.Dense, ks []int, seed uint64) ([]validity.Partition, error) {
				if calls.Add(1) == at {
					cancel()
				}
				if ctx.Err() != nil {
					late.Add(1)
					return nil, ctx.Err()
				}
				return one(ctx, x, ks, seed)
			}, nil)
			if !errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(), "validity: ") {
				t.Errorf("%s: %v", name, err)
			}
			if n := late.Load(); int(n) > runtime.GOMAXPROCS(0) { // the call that cancelled, and one by each other worker
				t.Errorf("%s: %d calls after call %d cancelled", name, n, at)
			}
			cancel()
		}
	}
}

// What a method returns is checked: the right numbers of partitions, of labels, and of clusters.
func TestBrokenMethods(t *testing.T) {
	change := func(f func(p *validity.Partition)) validity.Method {
		return func(ctx context.Context, x *mat.Dense, ks []int, seed uint64) ([]validity.Partition, error) {
			parts, err := one(ctx, x, ks, seed)
			for i := range parts {
				f(&parts[i])
			}
			return parts, err
		}
	}
	unable := errors.New("unable")
	predict := func(labels []int, err error) validity.Method {
		return change(func(p *validity.Partition) { p.Predict = func(*mat.Dense) ([]int, error) { return labels, err } })
	}
	everywhere := []string{"stability", "seeds", "prediction strength", "gap", "null scores"}
	carried := []string{"stability", "prediction strength"}
	for _, c := range []struct {
		about  string
		method validity.Method
		target error
		says   string
		ways   []string
	}{
		{"a partition missing", func(ctx context.Context, x *mat.Dense, ks []int, seed uint64) ([]validity.Partition, error) {
			return one(ctx, x, ks[1:], seed)
		}, validity.ErrLabels, "partitions for ", everywhere},
		{"a label missing", change(func(p *validity.Partition) { p.Labels = p.Labels[1:] }), validity.ErrLabels, "labels for ", everywhere},
		{"a label too high", change(func(p *validity.Partition) { p.Labels[1] = 3 }), validity.ErrLabels, "row 1 the label 3, for 2 clusters", everywhere},
		{"a negative label", change(func(p *validity.Partition) { p.Labels[0] = -1 }), validity.ErrLabels, "row 0 the label -1", everywhere},
		{"no Predict", change(func(p *validity.Partition) { p.Predict = nil }), validity.ErrLabels, "has no Predict", carried},
		{"Predict fails", predict(nil, unable), unable, "predicting 2 clusters: unable", carried},
		{"Predict of too few", predict([]int{0}, nil), validity.ErrLabels, "1 labels for ", carried},
		{"Predict of what is not there", predict([]int{0, 2, 0, 0}, nil), validity.ErrLabels, "the label 2", carried},
		{"no inertia", change(func(p *validity.Partition) { p.Inertia = 0 }), validity.ErrLabels, "the inertia of 2 clusters is 0", []string{"gap"}},
		{"NaN", change(func(p *validity.Partition) { p.Inertia = math.NaN() }), validity.ErrLabels, "the inertia of 2 clusters is NaN", []string{"gap"}},
		{"infinite", change(func(p *validity.Partition) { p.Inertia = math.Inf(1) }), validity.ErrLabels, "the inertia of 2 clusters is +Inf", []string{"gap"}},
	} {
		for _, name := range c.ways {
			x := line(1, 2, 3, 4)
			if c.about == "Predict of what is not there" && name == "prediction strength" {
				x = line(1, 2, 3, 4, 5, 6, 7, 8) // whose halves have four rows
			}
			if _, err := ways[name](t.Context(), x, []int{2, 3}, c.method, nil); !errors.Is(err, c.target) || !strings.Contains(fmt.Sprint(err), c.says) {
				t.Errorf("%s, %s: %v", name, c.about, err)
			}
		}
	}
}

func TestTooFewRows(t *testing.T) {
	for name, way := range ways {
		for _, x := range []*mat.Dense{{}, line(1)} {
			if _, err := way(t.Context(), x, []int{1, 2}, one, nil); !errors.Is(err, validity.ErrLabels) {
				t.Errorf("%s: %v", name, err)
			}
		}
		// As many clusters as rows: half of them is too few for k-means.
		if _, err := way(t.Context(), line(1, 2, 3, 4), []int{3, 4}, means(1), nil); name == "stability" || name == "prediction strength" {
			if err == nil || !strings.Contains(err.Error(), ": replicate ") || !strings.Contains(err.Error(), "too few distinct rows") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if r, err := way(t.Context(), line(1, 2), nil, one, nil); err != nil || reflect.ValueOf(r).Len() != 0 {
			t.Errorf("%s of no k: %v, %v", name, r, err)
		}
	}
}

func TestPanics(t *testing.T) {
	for name, way := range ways {
		for about, f := range map[string]func() (any, error){
			"k = 0": func() (any, error) { return way(t.Context(), line(1, 2), []int{0, 1}, one, nil) },
			"one replicate": func() (any, error) {
				return way(t.Context(), line(1, 2), []int{1}, one, &validity.Options{Replicates: 1})
			},
			"negatively many": func() (any, error) {
				return way(t.Context(), line(1, 2), []int{1}, one, &validity.Options{Replicates: -5})
			},
			"an unknown scheme":     func() (any, error) { return way(t.Context(), line(1, 2), []int{1}, one, &validity.Options{Scheme: 2}) },
			"ks with a hole, a gap": func() (any, error) { return validity.Gap(t.Context(), line(1, 2), []int{1, 3}, one, nil) },
		} {
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%s: %s did not panic", name, about)
					}
				}()
				f()
			}()
		}
	}
}

// NaN go where their rows go, and a method that fills them is none the wiser: medians of each replicate.
func TestNaNMove(t *testing.T) {
	x := clouds(3, 40, 12, 1)
	for i := 0; i < 120; i += 15 {
		x.Set(i, i%2, math.NaN())
	}
	var holes atomic.Int64
	method := func(ctx context.Context, x *mat.Dense, ks []int, seed uint64) ([]validity.Partition, error) {
		for _, v := range x.RawMatrix().Data {
			if math.IsNaN(v) {
				holes.Add(1)
			}
		}
		return scaled(5, identity)(ctx, x, ks, seed)
	}
	for _, name := range []string{"stability", "seeds", "prediction strength", "null scores"} {
		holes.Store(0)
		if _, err := ways[name](t.Context(), x, []int{3}, method, &validity.Options{Replicates: 50}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		// All rows have 8 holes, half of them 4, a bootstrap 5.
		least := map[string]int64{"stability": 200, "seeds": 400, "prediction strength": 400, "null scores": 400}[name]
		if got := holes.Load(); got < least || got > 400 {
			t.Errorf("%s: %d holes seen", name, got)
		}
	}
	if _, err := validity.Gap(t.Context(), x, []int{1, 2}, method, nil); !errors.Is(err, validity.ErrNotFinite) {
		t.Errorf("a gap of holes: %v", err)
	}
}
