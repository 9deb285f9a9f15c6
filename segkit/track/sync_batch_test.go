package track_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"example.com/marketing/segkit/track"
	"example.com/marketing/segkit/track/internal/faults"
	"example.com/marketing/segkit/track/internal/rest"
	"example.com/marketing/segkit/track/internal/tracktest"
)

// Send gets no more than a thousand entries, and what may take long, alone: so the store learns soon that it is there.
func TestBatches(t *testing.T) {
	s := open(t, t.TempDir())
	run := start(t, s, "run")
	for i := range 2500 {
		run.Metric("loss", 1, i)
	}
	run.Text("a.txt", "x")
	run.Artifact(track.Artifact{Name: "clean"}, track.Content{Name: "c.csv", Write: text("x")})
	run.Param("after", 1)
	finish(t, run)
	p := newHooked()
	p.send = func(_ *track.Sending, entries []track.Entry) error {
		for _, e := range entries {
			if (e.File != nil || e.Artifact != nil) && len(entries) > 1 {
				t.Errorf("%s among %d", e.Kind, len(entries))
			}
		}
		return nil
	}
	sendAll(t, s, p)
	if got, want := p.told("send"), []string{"send run 1000", "send run 1000", "send run 501", "send run 1", "send run 1", "send run 2"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	p.check(t, s)
}

// What made an artifact goes before what used it, whatever they are called.
func TestOrderOfRuns(t *testing.T) {
	s := open(t, t.TempDir())
	for _, name := range []string{"m", "z", "a"} {
		finish(t, start(t, s, name))
		time.Sleep(2 * time.Millisecond) // they began at different times
	}
	p := newHooked()
	sendAll(t, s, p)
	if got, want := p.told("create"), []string{"create m", "create z", "create a"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// What was replaced in the same run is not sent, and what was not is, however odd it is.
func TestSuperseded(t *testing.T) {
	odd := map[string]any{
		"nothing": nil, "long": uint64(math.MaxUint64), "least": int64(math.MinInt64), "zero": math.Copysign(0, -1), "small": 5e-324, "raw": json.RawMessage("1E2"),
		"nested": map[string]any{"a": []any{1, uint64(1<<63 + 1), nil, map[string]any{}}}, "list": []int{}, "<": "<>&\u2028\xff", "true": true,
	}
	for _, ended := range []bool{false, true} { // the summary and the log are read in two ways
		s := open(t, t.TempDir())
		run := start(t, s, "run")
		for i := range 3 {
			run.Param("k", i)
			run.Other("note", i)
			run.Dataset("customers", fmt.Sprint(i), i, 1)
			run.Text("a.txt", fmt.Sprint(i))
		}
		run.Params(odd)
		run.Text("a.txt", "last")
		if ended {
			finish(t, run)
		}
		p := newHooked()
		sendAll(t, s, p)
		n := map[track.EntryKind]int{}
		for _, e := range p.runs[p.find(load(t, s, "run").ID)].entries {
			n[e.Kind]++
		}
		if len(p.sent) > 6+len(odd) || n[track.EntryParam] != 1+len(odd) || n[track.EntryOther] != 1 || n[track.EntryDataset] != 1 || n[track.EntryFile] != 1 {
			t.Errorf("ended %v: %v of %q", ended, n, p.sent)
		}
		if !slices.Contains(p.sent, "param k 2") || !slices.Contains(p.sent, "other note 2") {
			t.Errorf("ended %v: %q", ended, p.sent)
		}
		p.calls = nil
		if sendAll(t, s, p); len(p.told("send")) > 0 {
			t.Errorf("ended %v: a second time", ended)
		}
		finish(t, run)
	}
}

// Progress says how far it is of all, to the byte, also where an earlier Sync has begun.
func TestProgress(t *testing.T) {
	s := open(t, t.TempDir())
	r := rand.New(rand.NewPCG(1, 1))
	finish(t, write(t, s, r, "one", nil))
	time.Sleep(2 * time.Millisecond)
	finish(t, write(t, s, r, "two", nil))
	total := load(t, s, "one").LogBytes + load(t, s, "two").LogBytes
	p := newHooked()
	var seen []track.SyncProgress
	stop := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	o := &track.SyncOptions{Progress: func(now track.SyncProgress) {
		if before := len(seen) - 1; now.Total != total || now.Trouble != nil || before >= 0 && now.Sent < seen[before].Sent {
			t.Errorf("%+v", now)
		}
		if seen = append(seen, now); now.Run == "two" {
			cancel(stop)
		}
	}}
	if _, err := track.Sync(ctx, s, p, o); !errors.Is(err, stop) {
		t.Fatal(err)
	}
	first := seen[0]
	stopped := seen[len(seen)-1]
	if first.Run != "one" || stopped.Sent <= load(t, s, "one").LogBytes || stopped.Sent >= total {
		t.Errorf("from %+v to %+v", first, stopped)
	}
	if _, err := track.Sync(t.Context(), s, p, o); err != nil {
		t.Fatal(err)
	}
	if last := seen[len(seen)-1]; last.Sent != total || last.Run != "two" {
		t.Errorf("at last %+v of %d", last, total)
	}
	p.check(t, s)
}

// That the server has to be asked again is told while Sync waits for it.
func TestTrouble(t *testing.T) {
	_, address := tracktest.Serve(t, http.NotFoundHandler(), faults.Always(faults.Fault{Kind: faults.Unavailable}))
	client, err := rest.New(address, false)
	if err != nil {
		t.Fatal(err)
	}
	client.Attempts, client.Pause, client.MaxPause = 3, time.Millisecond, 4*time.Millisecond
	s := open(t, t.TempDir())
	finish(t, start(t, s, "run"))
	p := &asking{place: newPlace(), client: client}
	var trouble []track.SyncProgress
	_, err = track.Sync(t.Context(), s, p, &track.SyncOptions{Progress: func(now track.SyncProgress) {
		if now.Trouble != nil {
			trouble = append(trouble, now)
		}
	}})
	if rest.Status(err) != http.StatusServiceUnavailable || len(trouble) != 2 {
		t.Fatalf("%v, and before it %+v", err, trouble)
	}
	if now := trouble[0]; now.Run != "run" || now.Total == 0 || now.Wait <= 0 || rest.Status(now.Trouble) != http.StatusServiceUnavailable {
		t.Errorf("%+v", now)
	}
}

// asking is a place that asks a server.
type asking struct {
	*place
	client *rest.Client
}

func (a *asking) Create(ctx context.Context, _ *track.Sending) (string, error) {
	return "", a.client.Do(ctx, rest.Request{Method: "GET", Path: "/"}, nil)
}

// A point is the same as one that is there if all is: how a server writes numbers that it does not keep makes no difference,
// another time does.
func TestArrived(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	values := []struct {
		name, value string
		at          int64
	}{
		{"m", `"NaN"`, 1}, {"m", "-0", 2}, {"m", `"Infinity"`, 3}, {"m", `"-Infinity"`, 4}, {"m", "7", 5}, {"m", "7", 6}, {"m", "7", 6}, {"other", "7", 6},
	}
	var lines []string
	for _, v := range values {
		lines = append(lines, fmt.Sprintf(`{"k":"metric","n":%q,"v":%s,"s":0,"at":%d}`, v.name, v.value, v.at))
	}
	handwritten(t, dir, "run", lines...)
	p := newHooked()
	p.send = func(*track.Sending, []track.Entry) error { return errDown }
	if _, err := track.Sync(t.Context(), s, p, nil); !errors.Is(err, errDown) {
		t.Fatal(err)
	}
	point := func(v float64, at int64) track.Point { return track.Point{Value: v, At: time.UnixMilli(at)} }
	for _, c := range []struct {
		there []track.Point // of m
		want  string        // for each entry of values
	}{
		{nil, "--------"},
		{[]track.Point{point(math.NaN(), 1), point(0, 2), point(math.MaxFloat64, 3), point(-math.MaxFloat64, 4)}, "++++----"},
		{[]track.Point{point(math.Float64frombits(math.Float64bits(math.NaN())^2), 1)}, "+-------"}, // there are many NaN
		{[]track.Point{point(math.Inf(1), 3), point(math.Inf(-1), 4), point(math.Copysign(0, -1), 2)}, "-+++----"},
		{[]track.Point{point(7, 6)}, "-----+--"},
		{[]track.Point{point(7, 6), point(7, 6), point(7, 6)}, "-----++-"},
		{[]track.Point{point(7, 5), point(7, 7), {Step: 1, Value: 7, At: time.UnixMilli(6)}}, "----+---"},
	} {
		got := ""
		p.send = func(s *track.Sending, entries []track.Entry) error {
			arrived, err := s.Arrived(entries, func(metric string) ([]track.Point, error) {
				if metric == "m" {
					return c.there, nil
				}
				return nil, nil
			})
			for _, a := range arrived[1:] { // the first entry is the start
				got += map[bool]string{false: "-", true: "+"}[a]
			}
			return errors.Join(err, errDown)
		}
		if _, err := track.Sync(t.Context(), s, p, nil); !errors.Is(err, errDown) || got != c.want {
			t.Errorf("%v: %s, want %s, %v", c.there, got, c.want, err)
		}
	}
	// Of what was sent before, as many are there already.
	const before = 2 // points of m like the new one
	p.send = func(*track.Sending, []track.Entry) error { return nil }
	sendAll(t, s, p)
	handwritten(t, dir, "run", append(lines, lines[5])...)
	p.send = func(*track.Sending, []track.Entry) error { return errDown }
	_, _ = track.Sync(t.Context(), s, p, nil)
	for extra, want := range []bool{false, true} {
		p.send = func(s *track.Sending, entries []track.Entry) error {
			arrived, err := s.Arrived(entries, func(string) ([]track.Point, error) {
				return slices.Repeat([]track.Point{point(7, 6)}, before+extra), nil
			})
			if err != nil || len(arrived) != 1 || arrived[0] != want {
				t.Errorf("%d more than were sent: %v, %v", extra, arrived, err)
			}
			return errDown
		}
		_, _ = track.Sync(t.Context(), s, p, nil)
	}
}
