package mlflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"example.com/marketing/segkit/track"
	"example.com/marketing/segkit/track/internal/rest"
)

// Send sends entries, as many at once as MLflow takes.
func (t *Target) Send(ctx context.Context, s *track.Sending, entries []track.Entry) (sent int, err error) {
	t.mu.Lock()
	again := s.Again || t.unsure
	t.unsure = false
	t.mu.Unlock()
	for sent < len(entries) {
		b := &batch{all: entries, first: sent}
		if err := t.fill(ctx, s, b, len(entries)); err != nil && b.n == 0 {
			return sent, t.blame(ctx, s.Key, err)
		}
		if b.n > 0 {
			n, err := t.flush(ctx, s, b, again)
			sent += n
			if err != nil {
				return sent, err
			}
			continue
		}
		if err := t.entry(ctx, s, &entries[sent]); err != nil {
			return sent, t.blame(ctx, s.Key, err)
		}
		sent++
	}
	return sent, nil
}

// fill takes entries into a batch, up to one of another sort, or where there is no more room.
func (t *Target) fill(ctx context.Context, s *track.Sending, b *batch, until int) error {
	for i := b.first; i < until; i++ {
		metrics, params, tags, err := t.items(ctx, s, &b.all[i])
		if err != nil {
			return err
		}
		if len(metrics)+len(params)+len(tags) == 0 {
			return nil
		}
		if ok, err := b.add(metrics, params, tags); !ok || err != nil {
			return err
		}
	}
	return nil
}

// flush sends a batch, in halves where it is refused, so that only what is at fault is.
func (t *Target) flush(ctx context.Context, s *track.Sending, b *batch, again bool) (sent int, err error) {
	err = t.log(ctx, s, b, again)
	if err == nil {
		return b.n, nil
	}
	if err = t.blame(ctx, s.Key, err); !errors.Is(err, track.ErrRefused) || b.n == 1 {
		return 0, err
	}
	t.mu.Lock()
	t.unsure = true // MLflow may have taken a part of what it refused
	t.mu.Unlock()
	middle := b.first + b.n/2
	for _, piece := range []struct{ first, until int }{{b.first, middle}, {middle, b.first + b.n}} {
		half := &batch{all: b.all, first: piece.first}
		if err := t.fill(ctx, s, half, piece.until); err != nil {
			return sent, err
		}
		n, err := t.flush(ctx, s, half, true)
		sent += n
		if err != nil {
			return sent, err
		}
	}
	return sent, nil
}

// items are what an entry adds to a batch; none where it is something else.
func (t *Target) items(ctx context.Context, s *track.Sending, e *track.Entry) (metrics []metric, params, tags []pair, err error) {
	switch e.Kind {
	case track.EntryMetric:
		metrics = []metric{{Key: allowed(e.Name), Value: value(e.Value.(float64)), Timestamp: e.At, Step: e.Step}}
	case track.EntryParam:
		short, err := t.short(ctx, s, "params", e, maxParam)
		if err != nil {
			return nil, nil, nil, err
		}
		params = []pair{{allowed(e.Name), short}}
	case track.EntryOther:
		short, err := t.short(ctx, s, "others", e, maxTag)
		if err != nil {
			return nil, nil, nil, err
		}
		tags = []pair{{allowed(otherName(e.Name)), short}}
	case track.EntryTag:
		tags = []pair{{allowed("tag." + e.Name), "true"}}
	case track.EntryUsed:
		a, err := s.Artifact(*e.Artifact)
		if err != nil {
			return nil, nil, nil, fmt.Errorf("%w: %w", track.ErrRefused, err)
		}
		return nil, nil, []pair{{allowed(fmt.Sprintf("used.%s.v%d", a.Name, a.Version)), a.RunID}}, nil
	default:
		return nil, nil, nil, nil
	}
	name := e.Name
	switch e.Kind {
	case track.EntryTag:
		name = "tag." + name
	case track.EntryOther:
		name = otherName(name)
	}
	if as := allowed(name); as != name {
		was, _ := cut(name, maxTag)
		tags = append(tags, pair{"name." + as[max(0, len(as)-(maxName-len("name."))):], was}) // its end tells it apart
	}
	return metrics, params, tags, nil
}

// short is a value that MLflow takes. One that is longer becomes a file as well.
func (t *Target) short(ctx context.Context, s *track.Sending, folder string, e *track.Entry, most int) (string, error) {
	whole := text(e.Value)
	short, was := cut(whole, most)
	if was {
		return short, t.putText(ctx, s, fmt.Sprintf("values/%s/%s.txt", folder, strings.ReplaceAll(allowed(e.Name), "/", "_")), whole)
	}
	return short, nil
}

// text is how a value is written in MLflow, whose parameters and tags are texts.
func text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	b, err := rest.Marshal(v)
	if err != nil {
		return fmt.Sprint(v) // it came from JSON
	}
	return string(b)
}

// entry sends what is no part of a batch.
func (t *Target) entry(ctx context.Context, s *track.Sending, e *track.Entry) error {
	switch e.Kind {
	case track.EntryStart:
		return t.environment(ctx, s, e.Environment)
	case track.EntryContinue:
		if err := t.post(ctx, "/runs/update", map[string]any{"run_id": s.Key, "status": "RUNNING"}, nil, nil); err != nil {
			return err
		}
		return t.environment(ctx, s, e.Environment)
	case track.EntryDataset:
		return t.dataset(ctx, s, e.Dataset)
	case track.EntryFile:
		f := *e.File
		folder := string(f.Kind) + "s/"
		if f.Kind == track.HTML {
			folder = "html/"
		}
		return t.put(ctx, s, folder+f.Path(), f.Size, func() (io.ReadCloser, error) { return s.OpenFile(f) })
	case track.EntryMade:
		return t.artifact(ctx, s, *e.Artifact)
	}
	return nil // the end is told by Report
}

// environment is a file; what one searches by are tags as well.
func (t *Target) environment(ctx context.Context, s *track.Sending, environment map[string]string) error {
	if environment == nil {
		return nil
	}
	b, err := json.MarshalIndent(environment, "", " ")
	if err != nil {
		return err
	}
	if err := t.putText(ctx, s, "environment.json", string(b)+"\n"); err != nil {
		return err
	}
	tags := []pair{}
	names := map[string]string{"go": "segkit.go", "platform": "segkit.platform", "code": "mlflow.source.git.commit", "branch": "mlflow.source.git.branch"}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if v := environment[name]; v != "" {
			tags = append(tags, pair{names[name], v})
		}
	}
	return t.tags(ctx, s.Key, tags)
}

func (t *Target) tags(ctx context.Context, key string, tags []pair) error {
	if len(tags) == 0 {
		return nil
	}
	return t.post(ctx, "/runs/log-batch", map[string]any{"run_id": key, "tags": tags}, nil, nil)
}

// dataset is an input of the run, or where the server has none, a tag.
func (t *Target) dataset(ctx context.Context, s *track.Sending, d *track.Dataset) error {
	about, err := rest.Marshal(map[string]any{"fingerprint": d.Fingerprint, "rows": d.Rows, "columns": d.Columns})
	if err != nil {
		return err
	}
	t.mu.Lock()
	noInputs := t.noInputs
	t.mu.Unlock()
	if !noInputs {
		digest := "none" // MLflow wants one, of no more than 36 characters
		if r := []rune(d.Fingerprint); len(r) > 0 {
			digest = string(r[:min(len(r), 36)])
		}
		input := map[string]any{"dataset": map[string]any{
			"name": d.Name, "digest": digest, "source_type": "local", "source": "{}", "profile": string(about),
		}}
		err := t.post(ctx, "/runs/log-inputs", map[string]any{"run_id": s.Key, "datasets": []any{input}}, nil, nil)
		if code(err) != noEndpoint {
			return err
		}
		t.mu.Lock()
		t.noInputs = true
		t.mu.Unlock()
	}
	return t.tags(ctx, s.Key, []pair{{allowed("dataset." + d.Name), string(about)}})
}
