package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
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

// readJSON reads an array of objects or of arrays, or an object with columns and data; any other object is a table of its
// names and values.
func (g *grid) readJSON(r io.Reader) error {
	d := json.NewDecoder(r)
	begin, err := d.Token()
	if err != nil {
		return err
	}
	columns := map[string]int{}
	switch begin {
	case json.Delim('['):
		return g.readRows(d, columns)
	case json.Delim('{'):
	default:
		return fmt.Errorf("it is no table: it begins with %v", begin)
	}
	var names []string
	var values []json.RawMessage
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		names, values = append(names, fmt.Sprint(name)), append(values, value)
	}
	if c, v := slices.Index(names, "columns"), slices.Index(names, "data"); c >= 0 && v >= 0 && json.Unmarshal(values[c], &g.Header) == nil {
		for i, name := range g.Header {
			columns[name] = i
		}
		inner := json.NewDecoder(bytes.NewReader(values[v]))
		if t, err := inner.Token(); err == nil && t == json.Delim('[') {
			return g.readRows(inner, columns)
		}
	}
	g.Header = []string{"name", "value"}
	for i, name := range names {
		g.Rows = append(g.Rows, []string{name, jsonText(values[i])})
	}
	return nil
}

func (g *grid) readRows(d *json.Decoder, columns map[string]int) error {
	for d.More() && !g.full() {
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		var row []string
		var err error
		switch value[0] {
		case '{':
			row, err = g.objectRow(value, columns)
		case '[':
			var cells []json.RawMessage
			err = json.Unmarshal(value, &cells)
			for i, c := range cells {
				row = append(row, jsonText(c))
				if i >= len(g.Header) {
					g.Header = append(g.Header, fmt.Sprintf("column %d", i+1))
				}
			}
		default:
			row = []string{jsonText(value)}
			if len(g.Header) == 0 {
				g.Header = []string{"value"}
			}
		}
		if err != nil {
			return err
		}
		g.Rows = append(g.Rows, row)
	}
	return nil
}

// objectRow keeps the columns in the order in which their names first occur.
func (g *grid) objectRow(value []byte, columns map[string]int) ([]string, error) {
	row := make([]string, len(g.Header))
	d := json.NewDecoder(bytes.NewReader(value))
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		var cell json.RawMessage
		if err := d.Decode(&cell); err != nil {
			return nil, err
		}
		at, known := columns[name.(string)]
		if !known {
			at = len(g.Header)
			columns[name.(string)] = at
			g.Header, row = append(g.Header, name.(string)), append(row, "")
		}
		for len(row) <= at {
			row = append(row, "")
		}
		row[at] = jsonText(cell)
	}
	return row, nil
}

// jsonText is a JSON value as a cell shows it: a text without its quotation marks, nothing for null.
func jsonText(b json.RawMessage) string {
	var s string
	switch {
	case string(b) == "null":
		return ""
	case len(b) > 0 && b[0] == '"' && json.Unmarshal(b, &s) == nil:
		return s
	}
	var out bytes.Buffer
	if json.Compact(&out, b) != nil {
		return string(b)
	}
	return out.String()
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
