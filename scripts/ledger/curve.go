package main

import (
	"cmp"
	"errors"
	"math"
	"slices"

	"example.com/marketing/segkit/track"
)

// point is a point of a curve that can be drawn.
type point struct {
	Step  int
	Value float64
	Gap   bool // between it and the one before there was a value that cannot be drawn
}

// curve is a metric's points, so few that a page can hold them.
type curve struct {
	Name    string
	Points  []point
	Count   int  // of all values that were logged
	NaN     int  // of these, how many are no number
	Inf     int  // and how many are infinite
	Reduced bool // there were more points to draw than Points has
	ByOrder bool // all have the same step, so Step counts them from 1 on
}

// buckets is into how many parts the steps of a long curve are divided. Each keeps up to four points: about as many as a
// curve has pixels.
const buckets = 300

// raw is what was logged of a metric.
type raw struct {
	steps  []int
	values []float64
}

// readCurves reads the metrics that have more than one value, in one pass over the log, by name. Of a damaged log it returns
// what there is, and the damage.
func readCurves(r *run) ([]curve, error) {
	if r.lost {
		return nil, r.Damage
	}
	logged := map[string]*raw{}
	err := r.Replay(func(e *track.Entry, _ int64) error {
		if e.Kind != track.EntryMetric {
			return nil
		}
		v, ok := e.Value.(float64)
		if !ok {
			return errors.New("a metric without a number")
		}
		m := logged[e.Name]
		if m == nil {
			m = &raw{}
			logged[e.Name] = m
		}
		m.steps, m.values = append(m.steps, e.Step), append(m.values, v)
		return nil
	})
	var curves []curve
	for name, m := range logged {
		if len(m.values) > 1 {
			curves = append(curves, reduce(name, m))
		}
	}
	slices.SortFunc(curves, func(a, b curve) int { return cmp.Compare(a.Name, b.Name) })
	return curves, err
}

// reduce keeps of each part of the steps the first, the lowest, the highest and the last point, so that no peak is lost, and
// that there is a gap wherever there was one between two points that are kept.
func reduce(name string, m *raw) curve {
	c := curve{Name: name, Count: len(m.values)}
	m.sort()
	first, last := m.steps[0], m.steps[len(m.steps)-1]
	if c.ByOrder = first == last && len(m.steps) > 1; c.ByOrder {
		m.steps = slices.Clone(m.steps)
		for i := range m.steps {
			m.steps[i] = i + 1
		}
		first, last = 1, len(m.steps)
	}
	short := len(m.values) <= 4*buckets
	width := (float64(last) - float64(first) + 1) / buckets
	var b bucket
	gap := false // since the last point that was kept
	at := -1
	for i, v := range m.values {
		switch {
		case math.IsNaN(v):
			c.NaN++
			gap = true
			continue
		case math.IsInf(v, 0):
			c.Inf++
			gap = true
			continue
		}
		p := point{m.steps[i], v, gap}
		gap = false
		if short {
			c.Points = append(c.Points, p)
			continue
		}
		if in := int((float64(p.Step) - float64(first)) / width); in != at {
			c.Points = b.into(c.Points)
			b, at = bucket{}, in
		}
		b.add(p)
	}
	c.Points = b.into(c.Points)
	c.Reduced = len(c.Points) < c.Count-c.NaN-c.Inf
	if len(c.Points) > 0 {
		c.Points[0].Gap = false
	}
	return c
}

// sort brings the points into the order of their steps: a run that went on after it was interrupted may repeat some.
func (m *raw) sort() {
	if slices.IsSorted(m.steps) {
		return
	}
	order := make([]int, len(m.steps))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(m.steps[a], m.steps[b]) })
	steps, values := make([]int, len(order)), make([]float64, len(order))
	for i, from := range order {
		steps[i], values[i] = m.steps[from], m.values[from]
	}
	m.steps, m.values = steps, values
}

// bucket collects the points of a part.
type bucket struct {
	n                      int
	first, low, high, last numbered
	gaps                   int
}

// numbered is a point, its place in the bucket, and how many gaps were in it up to here.
type numbered struct {
	point
	n, gaps int
}

func (b *bucket) add(p point) {
	if p.Gap {
		b.gaps++
	}
	q := numbered{p, b.n, b.gaps}
	if b.n == 0 {
		b.first, b.low, b.high = q, q, q
	}
	if p.Value < b.low.Value {
		b.low = q
	}
	if p.Value > b.high.Value {
		b.high = q
	}
	b.last = q
	b.n++
}

// into appends what the bucket keeps, in order, each once.
func (b *bucket) into(points []point) []point {
	if b.n == 0 {
		return points
	}
	keep := []numbered{b.first, b.low, b.high, b.last}
	slices.SortFunc(keep, func(a, b numbered) int { return cmp.Compare(a.n, b.n) })
	keep = slices.CompactFunc(keep, func(a, b numbered) bool { return a.n == b.n })
	gaps := 0
	for _, q := range keep {
		q.Gap = q.gaps > gaps
		gaps = q.gaps
		points = append(points, q.point)
	}
	return points
}
