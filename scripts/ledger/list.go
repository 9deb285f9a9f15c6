package main

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"example.com/marketing/segkit/track"
)

// listPage is how many runs a page of the list has.
const listPage = 100

// list is the list of runs.
type list struct {
	listState
	Note      string
	Total     int
	Found     int
	Columns   []heading
	Name      heading
	Rows      []listRow
	Groups    []choices
	Elsewhere []string // runs that are picked and not on this page
	Pager     pager
	Compare   string
	Clear     string // the address without a query
	Data      *listData
}

type listRow struct {
	ref
	Ref    string
	Why    string
	Picked bool
	Cells  []cell
}

// choices are columns to choose from.
type choices struct {
	Title   string
	Choices []choice
	More    int // names that are too many to choose from
}

type choice struct {
	Key, Label, Of string
	On             bool
}

// listData is the whole list, for pages without a server.
type listData struct {
	Defaults []string      `json:"defaults"`
	Columns  []columnData  `json:"columns"`
	Runs     []listRunData `json:"runs"`
}

type columnData struct {
	Key    string `json:"key"`
	Label  string `json:"label"`
	Of     string `json:"of"`
	Number bool   `json:"number"`
}

// listRunData has a run's cells by the columns' numbers: a text, or a text and all of it. What is not there is null.
type listRunData struct {
	Ref   string     `json:"ref"`
	Name  string     `json:"name"`
	URL   string     `json:"url"`
	State string     `json:"state"`
	Note  string     `json:"note"`
	Why   string     `json:"why"`
	Words string     `json:"words"`
	Tags  []string   `json:"tags"`
	Cells [][]string `json:"cells"`
}

func (v views) list(state listState) (*page, error) {
	all, err := v.book.runs()
	if err != nil {
		return nil, err
	}
	covered := cover(all)
	l := &list{listState: state, Total: len(all), Compare: v.links.page("compare")}
	l.Cols = slices.DeleteFunc(slices.Clone(l.Cols), func(key string) bool { return !covered.knows(key) })
	chosen := l.Cols
	if len(chosen) == 0 {
		chosen = covered.defaultColumns()
	}
	found, note := filter(all, state.Query)
	l.Note, l.Found = note, len(found)
	sortRuns(found, l.Sort)
	size := listPage
	if v.links.exported() {
		size = max(1, len(found))
	}
	l.Pager = newPager(&l.listState, len(found), size)
	shown := found[max(0, l.Pager.From-1):l.Pager.To]
	for _, r := range shown {
		l.Rows = append(l.Rows, v.listRow(r, chosen, state.Picks))
	}
	for _, pick := range state.Picks {
		if !slices.ContainsFunc(shown, func(r *run) bool { return r.Ref == pick }) {
			l.Elsewhere = append(l.Elsewhere, pick)
		}
	}
	l.Name = newHeading(l.listState, "name", "run", "", false)
	for _, key := range chosen {
		label, of := columnLabel(key)
		l.Columns = append(l.Columns, newHeading(l.listState, key, label, of, isNumeric(found, key)))
	}
	if l.Sort == "" { // the order in which the book has them
		for i := range l.Columns {
			if l.Columns[i].Key == "started" {
				l.Columns[i].Sorted = "descending"
			}
		}
	}
	l.Groups = covered.groups(chosen)
	clear := l.listState
	clear.Query, clear.Page = "", 1
	l.Clear = clear.encode()
	if v.links.exported() {
		l.Data = v.listData(all, covered)
	}
	p := v.page("Runs", "runs", "list", l)
	p.Live = anyRunning(all)
	return p, nil
}

func (v views) listRow(r *run, columns, picks []string) listRow {
	row := listRow{ref: v.ref(r), Ref: r.Ref, Why: r.why(), Picked: slices.Contains(picks, r.Ref)}
	for _, key := range columns {
		c := r.cellOf(key)
		if v.links.exported() && key == "duration" && r.State == track.Running {
			c = none // it depends on when one looks
		}
		row.Cells = append(row.Cells, c)
	}
	return row
}

// sortRuns orders runs by a column; what is equal stays in the order in which it was, the newest first.
func sortRuns(runs []*run, by string) {
	key, down := strings.CutPrefix(by, "-")
	if key == "" {
		return
	}
	keys := map[*run]sortKey{}
	for _, r := range runs {
		keys[r] = newSortKey(r.cellOf(key))
	}
	slices.SortStableFunc(runs, func(a, b *run) int { return keys[a].compare(keys[b], down) })
}

// isNumeric tells whether a column stands to the right: its first value does.
func isNumeric(runs []*run, key string) bool {
	for _, r := range runs {
		if c := r.cellOf(key); !c.None {
			return c.Number()
		}
	}
	return false
}

// groups are all the columns there are.
func (c coverage) groups(chosen []string) []choices {
	add := func(title string, keys ...string) choices {
		g := choices{Title: title}
		for _, key := range keys {
			label, of := columnLabel(key)
			g.Choices = append(g.Choices, choice{key, label, of, slices.Contains(chosen, key)})
		}
		return g
	}
	groups := []choices{add("Run", "started", "duration", "tags")}
	for _, of := range []struct {
		title  string
		counts map[string]int
		kinds  []string
	}{{"Parameters", c.params, []string{"param:"}}, {"Metrics", c.metrics, []string{"last:", "min:", "max:"}}} {
		var keys []string
		names := commonest(of.counts)
		for _, name := range names {
			for _, kind := range of.kinds {
				keys = append(keys, kind+name)
			}
		}
		if len(keys) > 0 {
			g := add(of.title, keys...)
			g.More = len(of.counts) - len(names)
			groups = append(groups, g)
		}
	}
	return groups
}

// maxChoices is how many names of a kind somebody may want to choose from.
const maxChoices = 300

// commonest returns the names that most runs have, by name.
func commonest(counts map[string]int) []string {
	names := slices.Sorted(maps.Keys(counts))
	if len(names) > maxChoices {
		slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(counts[b], counts[a]) })
		names = slices.Sorted(slices.Values(names[:maxChoices]))
	}
	return names
}

func (v views) listData(all []*run, covered coverage) *listData {
	d := &listData{Defaults: covered.defaultColumns(), Runs: []listRunData{}}
	var keys []string
	for _, g := range covered.groups(nil) {
		for _, c := range g.Choices {
			keys = append(keys, c.Key)
			d.Columns = append(d.Columns, columnData{c.Key, c.Label, c.Of, isNumeric(all, c.Key)})
		}
	}
	for _, r := range all {
		row := v.listRow(r, keys, nil)
		data := listRunData{Ref: r.Ref, Name: r.Name, URL: row.URL, State: row.State, Note: row.Note, Why: row.Why, Words: r.words(), Tags: r.Tags}
		if data.Tags == nil {
			data.Tags = []string{}
		}
		for _, c := range row.Cells {
			var texts []string
			switch {
			case c.None:
			case c.Text == c.Raw:
				texts = []string{c.Text}
			default:
				texts = []string{c.Text, c.Raw}
			}
			data.Cells = append(data.Cells, texts)
		}
		d.Runs = append(d.Runs, data)
	}
	return d
}
