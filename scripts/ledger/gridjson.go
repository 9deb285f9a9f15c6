package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
)

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
