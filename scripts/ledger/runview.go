package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"example.com/marketing/segkit/track"
)

// runBody is the page of a run.
type runBody struct {
	ref
	ID          string
	Why         string
	Started     cell
	Ended       cell
	Duration    cell
	Tags        []string
	History     []ref // other runs of the name
	Params      []named
	Others      []named
	Metrics     []metricRow
	Charts      []chart
	CurveNote   string
	Figures     []fileRow
	Tables      []fileRow
	Reports     []fileRow
	Texts       []textRow
	Models      []modelRow
	Datasets    []track.Dataset
	Lineage     lineage
	Environment []named
	Modules     []named
	Withheld    bool   // tables, models and artifacts are not published
	Compare     string // the list with this run chosen
}

type metricRow struct {
	Name                  string
	Last, Min, Max, Count cell
	Step                  int
}

type fileRow struct {
	Name, Size string
	View       string // where it is shown
	Download   string
}

type textRow struct {
	fileRow
	Text string
	Cut  bool
}

type modelRow struct {
	Name  string
	Files []fileRow
}

// textShown is how many bytes of a text stand on the page.
const textShown = 100_000

func (v views) run(name string) (*page, error) {
	r, history := v.book.find(name)
	if r == nil {
		return nil, nil
	}
	b := &runBody{
		ref: v.ref(r), ID: r.ID, Why: r.why(), Started: timeCell(r.Started), Ended: timeCell(r.Ended), Duration: r.cellOf("duration"), Tags: r.Tags,
		Params: namedValues(r.Params), Others: namedValues(r.Others), Datasets: r.Datasets, Compare: v.links.page("index") + listState{Picks: []string{r.Ref}}.encode(),
	}
	if v.links.exported() && r.State == track.Running {
		b.Duration = none
	}
	for _, h := range history {
		if h != r {
			other := v.ref(h)
			other.Note = timeCell(h.Started).Text
			b.History = append(b.History, other)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Metrics)) {
		m := r.Metrics[name]
		b.Metrics = append(b.Metrics, metricRow{name, floatCell(m.Last), finiteCell(m.Min), finiteCell(m.Max), floatCell(float64(m.Count)), m.Step})
	}
	curves, err := r.curves()
	if err != nil && r.State != track.Damaged {
		b.CurveNote = "The curves cannot be read: " + v.book.plain(err)
	}
	for _, c := range curves {
		b.Charts = append(b.Charts, newChart(c.Name, []string{r.Name}, []curve{c}))
	}
	v.addFiles(b, r)
	for _, key := range slices.Sorted(maps.Keys(r.Environment)) {
		if module, ok := strings.CutPrefix(key, "module "); ok {
			b.Modules = append(b.Modules, named{module, textCell(r.Environment[key])})
			continue
		}
		b.Environment = append(b.Environment, named{key, textCell(r.Environment[key])})
	}
	b.Lineage = v.runLineage(r)
	p := v.page(r.Name, "runs", "run", b)
	p.Live = r.State == track.Running
	return p, nil
}

func namedValues(values map[string]any) []named {
	var list []named
	names := slices.Sorted(maps.Keys(values))
	for i, name := range names {
		if i == maxNamed {
			return append(list, named{"…", textCell(fmt.Sprintf("%d more are in the run's log", len(names)-i))})
		}
		list = append(list, named{name, valueCell(values[name])})
	}
	return list
}

// maxNamed is how many values a page can show that somebody may still read.
const maxNamed = 2000

// addFiles sorts the files of a run by their kinds.
func (v views) addFiles(b *runBody, r *run) {
	files := slices.Clone(r.Files)
	slices.SortStableFunc(files, func(a, b track.File) int { return strings.Compare(a.Path(), b.Path()) })
	for _, f := range files {
		row := fileRow{Name: f.Name, Size: bytesText(f.Size), Download: v.links.file(r, f)}
		switch f.Kind {
		case track.Figure:
			if isPicture(r, f) {
				row.View = v.links.figure(r, f)
			}
			b.Figures = append(b.Figures, row)
		case track.Table:
			row.View = v.links.table(r, f)
			b.Tables = append(b.Tables, row)
			b.Withheld = b.Withheld || row.Download == ""
		case track.HTML:
			row.View = v.links.report(r, f)
			b.Reports = append(b.Reports, row)
		case track.Text:
			text, cut, err := readText(r, f)
			if err != nil {
				text = "It cannot be read: " + v.book.plain(err)
			}
			b.Texts = append(b.Texts, textRow{row, text, cut})
		default:
			group := f.Group
			if f.Kind != track.Model { // of a later version
				group = string(f.Kind)
			}
			i := slices.IndexFunc(b.Models, func(m modelRow) bool { return m.Name == group })
			if i < 0 {
				i = len(b.Models)
				b.Models = append(b.Models, modelRow{Name: group})
			}
			b.Models[i].Files = append(b.Models[i].Files, row)
			b.Withheld = b.Withheld || row.Download == ""
		}
	}
}

// isPicture tells whether a figure's file is one that a page can show.
func isPicture(r *run, f track.File) bool {
	file, err := r.Open(f.Kind, f.Path())
	if err != nil {
		return false
	}
	defer file.Close()
	kind, _, err := pictureKind(file)
	return err == nil && kind != ""
}

func readText(r *run, f track.File) (text string, cut bool, err error) {
	file, err := r.Open(f.Kind, f.Path())
	if err != nil {
		return "", false, err
	}
	defer file.Close()
	b, err := io.ReadAll(io.LimitReader(file, textShown+1))
	if len(b) > textShown {
		b, cut = b[:textShown], true
	}
	return strings.ToValidUTF8(string(b), "\uFFFD"), cut, err
}
