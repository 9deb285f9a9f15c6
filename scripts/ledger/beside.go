package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"example.com/marketing/segkit/track"
)

// beside is the page that compares runs.
type beside struct {
	Runs    []besideRun
	Missing []string
	TooMany int
	Differ  []besideRow // parameters that are not the same in all
	Same    []named
	Metrics []besideMetric
	Charts  []chart
	Notes   []string
	List    string
}

type besideRun struct {
	ref
	Class  string
	Number int
	When   string
}

type besideRow struct {
	Name  string
	Cells []cell
}

type besideMetric struct {
	Name  string
	Cells []besideValue
}

type besideValue struct {
	cell
	Range string // of a curve
}

// besideMost is how many runs are compared.
const besideMost = 20

func (v views) beside(picks []string) (*page, error) {
	b := &beside{List: listState{Picks: picks}.encode()}
	var runs []*run
	for _, pick := range picks {
		r, _ := v.book.find(pick)
		switch {
		case r == nil:
			b.Missing = append(b.Missing, pick)
		case slices.Contains(runs, r):
		case len(runs) == besideMost:
			b.TooMany++
		default:
			runs = append(runs, r)
		}
	}
	b.List = v.links.page("index") + b.List
	twice := map[string]int{}
	for _, r := range runs {
		twice[r.Name]++
	}
	for i, r := range runs {
		one := besideRun{ref: v.ref(r), Class: fmt.Sprintf("s%d d%d", i%7, i%4), Number: i + 1, When: timeCell(r.Started).Text}
		if twice[r.Name] == 1 {
			one.Note = ""
		}
		b.Runs = append(b.Runs, one)
	}
	if len(runs) > 0 {
		b.compareParams(runs)
		v.compareMetrics(b, runs)
	}
	p := v.page("Compare runs", "runs", "compare", b)
	p.Live = anyRunning(runs)
	return p, nil
}

func (b *beside) compareParams(runs []*run) {
	covered := cover(runs)
	for _, name := range slices.Sorted(maps.Keys(covered.params)) {
		row := besideRow{Name: name}
		for _, r := range runs {
			row.Cells = append(row.Cells, r.cellOf("param:"+name))
		}
		if covered.varies[name] || covered.params[name] < len(runs) {
			b.Differ = append(b.Differ, row)
			continue
		}
		b.Same = append(b.Same, named{name, row.Cells[0]})
	}
}

func (v views) compareMetrics(b *beside, runs []*run) {
	byName := map[string][]curve{}
	var names []string
	for i, r := range runs {
		names = append(names, strconv.Itoa(i+1)+" "+r.Name)
		curves, err := r.curves()
		if err != nil {
			b.Notes = append(b.Notes, r.Name+": "+v.book.plain(err))
		}
		for _, c := range curves {
			if byName[c.Name] == nil {
				byName[c.Name] = make([]curve, len(runs))
			}
			byName[c.Name][i] = c
		}
	}
	for _, name := range slices.Sorted(maps.Keys(cover(runs).metrics)) {
		row := besideMetric{Name: name}
		for _, r := range runs {
			row.Cells = append(row.Cells, besideValue{r.cellOf("last:" + name), metricRange(r.Metrics[name])})
		}
		b.Metrics = append(b.Metrics, row)
		if curves := byName[name]; curves != nil {
			b.Charts = append(b.Charts, newChart(name, names, curves))
		}
	}
}

// metricRange says between which values a curve runs; "" for a single value.
func metricRange(m track.Metric) string {
	if m.Count < 2 {
		return ""
	}
	return finiteCell(m.Min).Text + " to " + finiteCell(m.Max).Text
}
