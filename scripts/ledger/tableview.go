package main

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"example.com/marketing/segkit/track"
)

// gridPage is how many rows a page of a table has.
const gridPage = 100

// gridBody is the page that shows a table.
type gridBody struct {
	listState
	Run      ref
	Name     string
	Size     string
	Download string
	Trouble  string
	Cut      string
	Total    int
	Found    int
	Headings []heading
	Rows     []gridRow
	Pager    pager
	Clear    string
	Data     *gridData
}

type gridRow struct {
	Number int // in the file, from 1 on
	Cells  []string
}

// gridData is all of a table, for pages without a server.
type gridData struct {
	Header  []string   `json:"header"`
	Numbers []bool     `json:"numbers"`
	Rows    [][]string `json:"rows"`
}

// table shows a table of a run; nil if there is none of that path.
func (v views) table(name, path string, state listState) (*page, error) {
	r, _ := v.book.find(name)
	if r == nil {
		return nil, nil
	}
	i := slices.IndexFunc(r.Files, func(f track.File) bool { return f.Kind == track.Table && f.Path() == path })
	if i < 0 {
		return nil, nil
	}
	f := r.Files[i]
	b := &gridBody{listState: state, Run: v.ref(r), Name: f.Name, Size: bytesText(f.Size), Download: v.links.file(r, f)}
	b.Cols, b.Picks = nil, nil
	g, err := v.book.grids.get(f.SHA256+f.Name, func() (*grid, error) {
		file, err := r.Open(f.Kind, f.Path())
		if err != nil {
			return nil, err
		}
		defer file.Close()
		return readGrid(file, f.Name)
	})
	if err != nil {
		b.Trouble = v.book.plain(err)
		return v.page(f.Name+" of "+r.Name, "runs", "table", b), nil
	}
	b.Cut, b.Total = g.Cut, len(g.Rows)
	b.show(g)
	if v.links.exported() {
		b.Data = &gridData{Header: g.Header, Rows: g.Rows}
		for _, h := range b.Headings {
			b.Data.Numbers = append(b.Data.Numbers, h.Number)
		}
		if b.Data.Rows == nil {
			b.Data.Rows = [][]string{}
		}
	}
	return v.page(f.Name+" of "+r.Name, "runs", "table", b), nil
}

// show takes the page that the state says from the table. A column is named by its number, as two may be called the same.
func (b *gridBody) show(g *grid) {
	key, down := strings.CutPrefix(b.Sort, "-")
	column, err := strconv.Atoi(key)
	if err != nil {
		column = -1
	}
	rows := g.pick(b.Query, column, down)
	b.Found = len(rows)
	b.Pager = newPager(&b.listState, len(rows), gridPage)
	for i, name := range g.Header {
		b.Headings = append(b.Headings, newHeading(b.listState, strconv.Itoa(i), name, "", g.numeric(i)))
	}
	for _, n := range rows[max(0, b.Pager.From-1):b.Pager.To] {
		b.Rows = append(b.Rows, gridRow{n + 1, g.Rows[n]})
	}
	clear := b.listState
	clear.Query, clear.Page = "", 1
	b.Clear = clear.encode()
}

// numeric tells whether a column stands to the right: the first cells that hold something are numbers.
func (g *grid) numeric(column int) bool {
	seen := 0
	for _, row := range g.Rows {
		if row[column] == "" {
			continue
		}
		if !(cell{Raw: row[column]}).Number() {
			return false
		}
		if seen++; seen == 20 {
			break
		}
	}
	return seen > 0
}

// gridState reads what a reader has chosen of a table.
func gridState(q url.Values) listState {
	s := newListState(q)
	s.Cols, s.Picks = nil, nil
	return s
}
