package mlflow

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/url"
	"strconv"
	"time"

	"example.com/marketing/segkit/track"
	"example.com/marketing/segkit/track/internal/rest"
)

// What MLflow takes at once.
const (
	maxMetrics = 1000
	maxParams  = 100
	maxTags    = 100
	maxItems   = 1000
	maxBody    = 900_000 // of 1 MB
)

type metric struct {
	Key       string `json:"key"`
	Value     any    `json:"value"` // a number, or the word for what is none
	Timestamp int64  `json:"timestamp"`
	Step      int    `json:"step"`
}

// batch is a log-batch that is being filled: what some of the entries of one Send come to.
type batch struct {
	all     []track.Entry // of the Send, from its first on
	first   int           // the batch's first, in all
	n       int           // how many it has
	metrics []metric
	points  []int // which entry of all each metric is
	params  []pair
	tags    []pair
	size    int
}

// add takes the next entry's metrics, params and tags, and answers false where there is no room for them.
func (b *batch) add(metrics []metric, params, tags []pair) (ok bool, err error) {
	text, err := rest.Marshal([]any{metrics, params, tags})
	if err != nil {
		return false, err
	}
	m, p, t := len(b.metrics)+len(metrics), len(b.params)+len(params), len(b.tags)+len(tags)
	if b.n > 0 && (m > maxMetrics || p > maxParams || t > maxTags || m+p+t > maxItems || b.size+len(text) > maxBody) {
		return false, nil
	}
	for range metrics {
		b.points = append(b.points, b.first+b.n)
	}
	b.n++
	b.metrics, b.params, b.tags = append(b.metrics, metrics...), append(b.params, params...), append(b.tags, tags...)
	b.size += len(text)
	return true, nil
}

// log sends a batch. Where no answer comes, the points that arrived are not sent again; the rest does no harm twice.
func (t *Target) log(ctx context.Context, s *track.Sending, b *batch, again bool) error {
	metrics := b.metrics
	look := func(ctx context.Context) (bool, error) {
		if len(b.metrics) == 0 {
			return false, nil
		}
		arrived, err := s.Arrived(b.all[:b.first+b.n], func(name string) ([]track.Point, error) { return t.points(ctx, s.Key, name) })
		if err != nil {
			return false, err
		}
		metrics = nil
		for i, m := range b.metrics {
			if !arrived[b.points[i]] {
				metrics = append(metrics, m)
			}
		}
		return len(metrics)+len(b.params)+len(b.tags) == 0, nil
	}
	if again {
		if done, err := look(ctx); done || err != nil {
			return err
		}
	}
	err := t.client.Do(ctx, rest.Request{
		Method: "POST", Path: api + "/runs/log-batch", Type: "application/json", Done: look,
		Body: func() (io.ReadCloser, int64, error) {
			body := map[string]any{"run_id": s.Key}
			if len(metrics) > 0 {
				body["metrics"] = metrics
			}
			if len(b.params) > 0 {
				body["params"] = b.params
			}
			if len(b.tags) > 0 {
				body["tags"] = b.tags
			}
			text, err := rest.Marshal(body)
			return io.NopCloser(bytes.NewReader(text)), int64(len(text)), err
		},
	}, &struct{}{})
	return sorted(err)
}

// points reads a metric back, page by page.
func (t *Target) points(ctx context.Context, key, name string) (points []track.Point, err error) {
	query := url.Values{"run_id": {key}, "metric_key": {allowed(name)}, "max_results": {"10000"}}
	for {
		var page struct {
			Metrics []struct {
				Value           json.RawMessage
				Timestamp, Step json.RawMessage
			} `json:"metrics"`
			Next string `json:"next_page_token"`
		}
		err := t.get(ctx, "/metrics/get-history", query, &page)
		if errors.Is(err, track.ErrRefused) { // as where the metric is not known yet
			return points, nil
		}
		if err != nil {
			return nil, err
		}
		for _, m := range page.Metrics {
			value, err1 := strconv.ParseFloat(plain(m.Value), 64)
			at, err2 := strconv.ParseInt(plain(m.Timestamp), 10, 64)
			step, err3 := strconv.Atoi(plain(m.Step))
			if errors.Is(err1, strconv.ErrRange) {
				err1 = nil
			}
			if err := errors.Join(err1, err2, err3); err != nil {
				return nil, fmt.Errorf("reading the metric %q back: %w", name, err)
			}
			points = append(points, track.Point{Step: step, Value: value, At: time.UnixMilli(at)})
		}
		if page.Next == "" || len(page.Metrics) == 0 {
			return points, nil
		}
		query.Set("page_token", page.Next)
	}
}

// plain takes the quotes off, which some servers put around long integers; what is not there is 0.
func plain(b json.RawMessage) string {
	if len(b) == 0 || string(b) == "null" {
		return "0"
	}
	return string(bytes.Trim(b, `"`))
}

// value is a metric's for JSON.
func value(v float64) any {
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 1):
		return "Infinity"
	case math.IsInf(v, -1):
		return "-Infinity"
	}
	return v
}
