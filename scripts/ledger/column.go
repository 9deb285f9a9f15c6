package main

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"example.com/marketing/segkit/track"
)

// A column of the list of runs has a key: started, duration or tags; or param:NAME, last:NAME, min:NAME, max:NAME, where NAME
// is a parameter's or a metric's.

// now is the time, which tests set.
var now = time.Now

// cellOf is what a run has in a column.
func (r *run) cellOf(key string) cell {
	kind, name, _ := strings.Cut(key, ":")
	switch kind {
	case "name":
		return textCell(r.Name)
	case "state":
		return textCell(string(r.State))
	case "started":
		return timeCell(r.Started)
	case "duration":
		return r.duration()
	case "tags":
		if len(r.Tags) == 0 {
			return none
		}
		return textCell(strings.Join(r.Tags, ", "))
	case "param":
		if v, ok := r.Params[name]; ok {
			return valueCell(v)
		}
		return none
	}
	m, ok := r.Metrics[name]
	if !ok {
		return none
	}
	switch kind {
	case "last":
		return floatCell(m.Last)
	case "min":
		return finiteCell(m.Min)
	case "max":
		return finiteCell(m.Max)
	}
	return none
}

// duration is how long a run took, or has been running.
func (r *run) duration() cell {
	switch {
	case !r.Ended.IsZero():
		return durationCell(r.Ended.Sub(r.Started))
	case r.State == track.Running:
		return durationCell(max(0, now().Sub(r.Started).Truncate(time.Second)))
	}
	return none
}

// columnLabel is what stands above a column: a name, and for metrics which of its values.
func columnLabel(key string) (label, of string) {
	kind, name, named := strings.Cut(key, ":")
	switch {
	case !named:
		return key, ""
	case kind == "param", kind == "last":
		return name, ""
	}
	return name, kind
}

// coverage counts in how many runs each parameter and metric occurs, and in how many parameters the runs differ.
type coverage struct {
	params, metrics map[string]int
	varies          map[string]bool
}

func cover(runs []*run) coverage {
	c := coverage{map[string]int{}, map[string]int{}, map[string]bool{}}
	first := map[string]string{}
	for _, r := range runs {
		for name, v := range r.Params {
			text := valueCell(v).Raw
			if c.params[name] == 0 {
				first[name] = text
			} else if first[name] != text {
				c.varies[name] = true
			}
			c.params[name]++
		}
		for name := range r.Metrics {
			c.metrics[name]++
		}
	}
	return c
}

// defaultColumns are what a reader probably wants to see first: the parameters in which runs differ, and the metrics that most
// runs have.
func (c coverage) defaultColumns() []string {
	keys := []string{"started", "duration", "tags"}
	usual := func(counts map[string]int, keep func(string) bool) []string {
		names := slices.DeleteFunc(slices.Sorted(maps.Keys(counts)), func(n string) bool { return !keep(n) })
		slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(counts[b], counts[a]) })
		return names[:min(4, len(names))]
	}
	for _, n := range usual(c.params, func(n string) bool { return c.varies[n] }) {
		keys = append(keys, "param:"+n)
	}
	for _, n := range usual(c.metrics, func(string) bool { return true }) {
		keys = append(keys, "last:"+n)
	}
	return keys
}

// knows tells whether a key is of a column that these runs have.
func (c coverage) knows(key string) bool {
	kind, name, named := strings.Cut(key, ":")
	switch kind {
	case "started", "duration", "tags", "name", "state":
		return !named
	case "param":
		return c.params[name] > 0
	case "last", "min", "max":
		return c.metrics[name] > 0
	}
	return false
}

// sortKey is what a cell is sorted by: numbers come first, then texts, and always last what is none.
type sortKey struct {
	rank   int
	number float64
	text   string
}

func newSortKey(c cell) sortKey {
	if c.None {
		return sortKey{rank: 2}
	}
	if v, ok := number(c.Raw); ok {
		return sortKey{rank: 0, number: v}
	}
	return sortKey{rank: 1, text: strings.ToLower(c.Raw)}
}

func (k sortKey) compare(other sortKey, down bool) int {
	if c := cmp.Compare(k.rank, other.rank); c != 0 {
		return c
	}
	order := cmp.Compare(k.number, other.number)
	if k.rank == 1 {
		order = strings.Compare(k.text, other.text)
	}
	if down {
		return -order
	}
	return order
}
