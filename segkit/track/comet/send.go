package comet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/marketing/segkit/track"
)

// Send sends entries one by one: the API takes no more at once.
func (t *Target) Send(ctx context.Context, s *track.Sending, entries []track.Entry) (sent int, err error) {
	arrived := make([]bool, len(entries))
	if s.Again {
		if arrived, err = t.arrived(ctx, s, entries); err != nil {
			return 0, err
		}
	}
	for i := range entries {
		if arrived[i] {
			continue
		}
		if s.State == track.Running { // this may take longer than Comet waits for a sign of life
			if err := t.beat(ctx, s.Key); err != nil {
				return i, err
			}
		}
		if err := t.entry(ctx, s, entries[:i+1]); err != nil {
			return i, err
		}
	}
	return len(entries), nil
}

// arrived waits until all points are there, or what was sent must be visible.
func (t *Target) arrived(ctx context.Context, s *track.Sending, entries []track.Entry) (arrived []bool, err error) {
	_, err = t.poll(ctx, func() (bool, error) {
		arrived, err = s.Arrived(entries, func(metric string) ([]track.Point, error) { return t.points(ctx, s.Key, metric) })
		for i := range entries {
			if err == nil && entries[i].Kind == track.EntryMetric && !arrived[i] {
				return false, nil
			}
		}
		return true, err
	})
	return arrived, err
}

// entry sends the last of entries; the others were sent before it.
func (t *Target) entry(ctx context.Context, s *track.Sending, entries []track.Entry) error {
	e := &entries[len(entries)-1]
	switch e.Kind {
	case track.EntryStart:
		return t.start(ctx, s, e)
	case track.EntryContinue:
		if e.Environment != nil {
			return t.environment(ctx, s, e.Environment)
		}
	case track.EntryParam:
		body := map[string]any{"experimentKey": s.Key, "parameterName": e.Name, "parameterValue": text(e.Value), "timestamp": e.At}
		return t.post(ctx, "/experiment/parameter", body, nil)
	case track.EntryOther:
		return t.other(ctx, s.Key, otherName(e.Name), text(e.Value), e.At)
	case track.EntryMetric:
		return t.metric(ctx, s, entries)
	case track.EntryTag:
		return t.tag(ctx, s, e.Name)
	case track.EntryDataset:
		d := e.Dataset
		about, err := json.Marshal(map[string]any{"fingerprint": d.Fingerprint, "rows": d.Rows, "columns": d.Columns})
		if err != nil {
			return err
		}
		return t.other(ctx, s.Key, "dataset "+d.Name, string(about), e.At)
	case track.EntryFile:
		return t.file(ctx, s, *e.File)
	case track.EntryMade:
		_, err := t.artifact(ctx, s, *e.Artifact)
		return err
	case track.EntryUsed:
		return t.used(ctx, s, *e.Artifact)
	}
	return nil // the end is told by Report
}

// otherName keeps an other of the user's apart from those that are written here, and from Name, which renames the experiment.
func otherName(name string) string {
	if name == "Name" || name == "Created from" || strings.HasPrefix(name, "segkit ") || strings.HasPrefix(name, "dataset ") || strings.HasPrefix(name, "other ") {
		return "other " + name
	}
	return name
}

func (t *Target) other(ctx context.Context, key, name, value string, at int64) error {
	return t.post(ctx, "/experiment/log-other", map[string]any{"experimentKey": key, "key": name, "value": value, "timestamp": at}, nil)
}

// metric sends the last of entries, and where no answer comes, looks whether it arrived.
func (t *Target) metric(ctx context.Context, s *track.Sending, entries []track.Entry) error {
	e := &entries[len(entries)-1]
	body := map[string]any{"experimentKey": s.Key, "metricName": e.Name, "metricValue": text(e.Value), "step": e.Step, "timestamp": e.At}
	return t.post(ctx, "/experiment/metric", body, func(ctx context.Context) (bool, error) {
		return t.poll(ctx, func() (bool, error) {
			arrived, err := s.Arrived(entries, func(metric string) ([]track.Point, error) {
				if metric != e.Name {
					return nil, nil
				}
				return t.points(ctx, s.Key, metric)
			})
			return err == nil && arrived[len(entries)-1], err
		})
	})
}

// points reads a metric back.
func (t *Target) points(ctx context.Context, key, metric string) ([]track.Point, error) {
	query := experiment(key)
	query.Set("metricName", metric)
	var list struct {
		Metrics []struct {
			Value     string `json:"metricValue"`
			Timestamp int64  `json:"timestamp"`
			Step      int    `json:"step"`
		} `json:"metrics"`
	}
	err := t.get(ctx, "/experiment/metrics/get-metric", query, &list)
	if unseen(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var points []track.Point
	for _, m := range list.Metrics {
		v, err := strconv.ParseFloat(m.Value, 64)
		if err != nil && !errors.Is(err, strconv.ErrRange) {
			continue // none of ours
		}
		points = append(points, track.Point{Step: m.Step, Value: v, At: time.UnixMilli(m.Timestamp)})
	}
	return points, nil
}

// tag adds a tag. Whether Comet keeps one twice that comes twice is not documented, so it is looked for.
func (t *Target) tag(ctx context.Context, s *track.Sending, tag string) error {
	there := func() (bool, error) {
		var list struct{ Tags []string }
		err := t.get(ctx, "/experiment/tags", experiment(s.Key), &list)
		if unseen(err) {
			return false, nil
		}
		return slices.Contains(list.Tags, tag), err
	}
	if s.Again {
		if ok, err := t.poll(ctx, there); ok || err != nil {
			return err
		}
	}
	body := map[string]any{"experimentKey": s.Key, "addedTags": []string{tag}}
	return t.post(ctx, "/experiment/tags", body, func(ctx context.Context) (bool, error) { return t.poll(ctx, there) })
}

// text is how a value is written in Comet, whose values are texts.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		switch {
		case math.IsNaN(v):
			return "NaN"
		case math.IsInf(v, 1):
			return "Infinity"
		case math.IsInf(v, -1):
			return "-Infinity"
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v) // it came from JSON
	}
	return string(b)
}

func with(key string, pairs ...string) url.Values {
	query := experiment(key)
	for i := 0; i < len(pairs); i += 2 {
		query.Set(pairs[i], pairs[i+1])
	}
	return query
}
