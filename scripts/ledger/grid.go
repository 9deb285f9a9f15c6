package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"sync"
)

// grid is a table that a run stored, read for showing.
type grid struct {
	Header []string
	Rows   [][]string
	Cut    string // why there are no more rows; "" where these are all
}

// A table is read as far as a page is of use.
const (
	gridRows  = 200_000
	gridBytes = 100 << 20
)

// grids keeps the tables that were read last: a reader turns their pages.
type grids struct {
	mu   sync.Mutex
	kept []keptGrid
}

type keptGrid struct {
	key  string
	grid *grid
}

// get returns the table of that key, read if it is not kept.
func (g *grids) get(key string, read func() (*grid, error)) (*grid, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if i := slices.IndexFunc(g.kept, func(k keptGrid) bool { return k.key == key }); i >= 0 {
		k := g.kept[i]
		g.kept = append(slices.Delete(g.kept, i, i+1), k)
		return k.grid, nil
	}
	table, err := read()
	if err != nil {
		return nil, err
	}
	g.kept = append(g.kept, keptGrid{key, table})
	if len(g.kept) > 3 {
		g.kept = slices.Delete(g.kept, 0, 1)
	}
	return table, nil
}

var errNoGrid = errors.New("only tables in CSV, TSV and JSON are shown")

// readGrid reads a table. name tells by its extension how it is written.
func readGrid(r io.Reader, name string) (*grid, error) {
	limited := &io.LimitedReader{R: r, N: gridBytes}
	g := &grid{}
	var err error
	switch strings.ToLower(path.Ext(name)) {
	case ".csv":
		err = g.readCSV(limited, ',')
	case ".tsv":
		err = g.readCSV(limited, '\t')
	case ".json":
		err = g.readJSON(limited)
	default:
		return nil, errNoGrid
	}
	if limited.N <= 0 {
		g.Cut, err = "the file is longer than a page can show", nil
	}
	for i, row := range g.Rows { // rows of any length become rows of one
		for len(row) < len(g.Header) {
			row = append(row, "")
		}
		g.Rows[i] = row[:len(g.Header)]
	}
	return g, err
}

func (g *grid) full() bool {
	if len(g.Rows) < gridRows {
		return false
	}
	g.Cut = "there are more rows than a page can show"
	return true
}

func (g *grid) readCSV(r io.Reader, comma rune) error {
	c := csv.NewReader(r)
	c.Comma, c.FieldsPerRecord, c.LazyQuotes = comma, -1, true
	for !g.full() {
		row, err := c.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		for i, text := range row {
			row[i] = strings.ToValidUTF8(text, "\uFFFD")
		}
		if g.Header == nil {
			row[0] = strings.TrimPrefix(row[0], "\uFEFF")
			g.Header = row
			continue
		}
		for len(g.Header) < len(row) {
			g.Header = append(g.Header, fmt.Sprintf("column %d", len(g.Header)+1))
		}
		g.Rows = append(g.Rows, row)
	}
	return nil
}

// pick returns the numbers of the rows that contain a text, in the order of a column; column -1 is the file's order.
func (g *grid) pick(text string, column int, down bool) []int {
	rows := make([]int, 0, len(g.Rows))
	text = strings.ToLower(text)
	for i, row := range g.Rows {
		if text == "" || slices.ContainsFunc(row, func(s string) bool { return strings.Contains(strings.ToLower(s), text) }) {
			rows = append(rows, i)
		}
	}
	if column < 0 || column >= len(g.Header) {
		return rows
	}
	keys := make([]sortKey, len(g.Rows))
	for i, row := range g.Rows {
		keys[i] = newSortKey(cell{Raw: row[column], None: row[column] == ""})
	}
	slices.SortStableFunc(rows, func(a, b int) int { return keys[a].compare(keys[b], down) })
	return rows
}
