package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
)

func exportCommand(ctx context.Context, args []string, out io.Writer) error {
	var dir *string
	var files *bool
	rest, err := flags(exportUsage, args, 1, func(f *flag.FlagSet) {
		dir = storeFlag(f)
		files = f.Bool("files", false, "also the rows of tables, and the files of models and artifacts")
	})
	if err != nil {
		return err
	}
	to := inProject("site/runs")
	if len(rest) > 0 {
		to = rest[0]
	}
	b, err := openBook(*dir)
	if err != nil {
		return err
	}
	if inside(*dir, to) {
		return fmt.Errorf("%s is in the store; choose a folder outside of it", to)
	}
	n, err := export(ctx, b, to, *files)
	if err != nil {
		return err
	}
	absolute, err := filepath.Abs(filepath.Join(to, "index.html"))
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d files written. Open: %s\n", n, absolute)
	return nil
}

// inside tells whether a path is a folder or in it.
func inside(folder, path string) bool {
	from, err1 := filepath.Abs(folder)
	to, err2 := filepath.Abs(path)
	if err1 != nil || err2 != nil {
		return false
	}
	way, err := filepath.Rel(from, to)
	return err == nil && (way == "." || filepath.IsLocal(way))
}

// exporter collects the pages and what they link to: so everything linked is there, and nothing that is not linked.
type exporter struct {
	book  *book
	files bool // tables, models and artifacts, too
	all   map[string]content
}

// content makes a file's content when it is written.
type content func() ([]byte, error)

// export writes the pages of a book into a folder, and returns how many files that are.
func export(ctx context.Context, b *book, dir string, files bool) (int, error) {
	b.frozen = true // one moment of the store, on all pages
	e := &exporter{b, files, map[string]content{}}
	if err := e.pages(); err != nil {
		return 0, err
	}
	return len(e.all), replaceFolder(ctx, dir, e.all)
}

func (e *exporter) pages() error {
	runs, err := e.book.runs()
	if err != nil {
		return err
	}
	artifacts, _ := e.at("").artifactVersions() // what cannot be read is said on the page of all
	err = e.page("index", func(v views) (*page, error) { return v.list(listState{Page: 1}) })
	if err == nil {
		err = e.page("compare", func(v views) (*page, error) { return v.beside(nil) })
	}
	if err == nil {
		err = e.page("artifacts", func(v views) (*page, error) { return v.artifacts() })
	}
	for _, r := range runs {
		if err == nil {
			err = e.page("run/"+r.Ref, func(v views) (*page, error) { return v.run(r.Ref) })
		}
		if err == nil {
			err = e.runData(r)
		}
	}
	for i, a := range artifacts {
		if err == nil && (i == 0 || artifacts[i-1].Name != a.Name) {
			err = e.page("artifact/"+a.Name, func(v views) (*page, error) { return v.artifact(a.Name) })
		}
	}
	return err
}

// at returns the views as they are seen from a page.
func (e *exporter) at(from string) views { return views{e.book, still{e, from}} }

func (e *exporter) page(name string, make func(views) (*page, error)) error {
	b, err := e.rendered(name, make)
	e.all[name+".html"] = func() ([]byte, error) { return b, nil }
	return err
}

func (e *exporter) rendered(name string, make func(views) (*page, error)) ([]byte, error) {
	p, err := make(e.at(name))
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, fmt.Errorf("%s went while it was exported; try again", name)
	}
	p.Live = false
	var b bytes.Buffer
	err = render(&b, p)
	return b.Bytes(), err
}

// runData is what comparing needs of a run: a script, as a page from a file can read no other file.
type runData struct {
	Ref     string      `json:"ref"`
	Name    string      `json:"name"`
	URL     string      `json:"url"`
	State   string      `json:"state"`
	Started string      `json:"started"`
	Params  [][]any     `json:"params"`  // name, texts as in listRunData
	Metrics [][]any     `json:"metrics"` // name, texts of the last value, range
	Curves  []curveData `json:"curves"`
}

type curveData struct {
	Metric string     `json:"metric"`
	Line   seriesData `json:"line"`
	Notes  []string   `json:"notes"`
}

func (e *exporter) runData(r *run) error {
	d := runData{
		Ref: r.Ref, Name: r.Name, URL: e.at("compare").links.page("run/" + r.Ref), State: string(r.State), Started: timeCell(r.Started).Text,
		Params: [][]any{}, Metrics: [][]any{}, Curves: []curveData{},
	}
	texts := func(c cell) []string { return slices.Compact([]string{c.Text, c.Raw}) }
	for _, p := range namedValues(r.Params) {
		d.Params = append(d.Params, []any{p.Name, texts(p.cell)})
	}
	for _, name := range slices.Sorted(maps.Keys(r.Metrics)) {
		d.Metrics = append(d.Metrics, []any{name, texts(r.cellOf("last:" + name)), metricRange(r.Metrics[name])})
	}
	curves, _ := r.curves() // what is wrong stands on the run's page
	for _, c := range curves {
		d.Curves = append(d.Curves, curveData{c.Name, c.data(r.Name), c.notes("", false)})
	}
	b, err := json.Marshal(d)
	if err != nil {
		return err
	}
	e.all["data/"+r.Ref+".js"] = func() ([]byte, error) { return slices.Concat([]byte("addRun("), b, []byte(");\n")), nil }
	return nil
}
