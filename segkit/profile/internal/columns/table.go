package columns

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"example.com/marketing/segkit/dataset"
)

// FromTable returns the columns of a table: its ids, where it has any, and then its numbers. All rows are kept. kinds forces
// columns to be of a kind as Options.Kinds does; it may be nil. The result is that of Read on what t.WriteCSV writes, but
// for Bytes.
func FromTable(t *dataset.Table, kinds map[string]Kind) (*Table, error) {
	if err := checkKinds(kinds); err != nil {
		return nil, err
	}
	n, d := t.Dims()
	table := &Table{Rows: n, GroupRows: []int{n}, Bytes: 8 * int64(n) * int64(d)}
	header := t.Names
	if t.IDs != nil {
		header = slices.Concat([]string{t.IDName}, t.Names)
		for _, id := range t.IDs {
			table.Bytes += int64(len(id))
		}
	}
	names, notes := unique(header)
	table.Notes = notes
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		if !slices.Contains(names, name) {
			return nil, failure("", 0, "", fmt.Errorf("%w: %q is not among %s", ErrNoColumn, name, strings.Join(names, ", ")))
		}
	}
	shift := len(names) - d // of the columns against those of X
	inferred, texts := make([]*inference, len(names)), make([][]string, len(names))
	for k, name := range names {
		forced, asked := kinds[name]
		if k < shift {
			texts[k] = t.IDs
			if !asked {
				forced = ID
			}
		} else if spelled(t, k-shift, forced) {
			texts[k] = spell(t, k-shift)
		}
		inferred[k] = newInference(name, forced, asked)
		if texts[k] != nil {
			inferred[k].add(texts[k])
		} else {
			inferred[k].addNumbers(t, k-shift)
		}
	}
	id := ""
	if shift > 0 {
		id = names[0]
	}
	columns, err := decide(table, inferred, id)
	if err != nil {
		return nil, err
	}
	a := newAssembly(table, columns, n, false)
	w := a.window(n, 0)
	for k, f := range a.fillers {
		if texts[k] != nil {
			f.add(texts[k], w)
		} else {
			f.addNumbers(t, k-shift, w)
		}
	}
	a.close(w)
	if err := a.finish(); err != nil {
		return nil, err
	}
	return table, nil
}

// spelled tells whether column j has to be treated as texts: because that was asked for, or because it has an infinite
// number, which is a text.
func spelled(t *dataset.Table, j int, forced Kind) bool {
	if forced != "" && forced != Number {
		return true
	}
	n, _ := t.Dims()
	for i := range n {
		if math.IsInf(t.X.At(i, j), 0) {
			return true
		}
	}
	return false
}

// spell returns the numbers of column j as WriteCSV writes them.
func spell(t *dataset.Table, j int) []string {
	n, _ := t.Dims()
	texts := make([]string, n)
	for i := range texts {
		if v := t.X.At(i, j); !math.IsNaN(v) {
			texts[i] = strconv.FormatFloat(v, 'f', -1, 64)
		}
	}
	return texts
}

// addNumbers takes the numbers of column j into account.
func (c *inference) addNumbers(t *dataset.Table, j int) {
	n, _ := t.Dims()
	for i := range n {
		if v := t.X.At(i, j); !math.IsNaN(v) {
			c.count++
			c.number(unsigned(v), false)
		}
	}
}

// addNumbers takes the window's numbers from column j.
func (f *filler) addNumbers(t *dataset.Table, j int, w *window) {
	if f.Kind == Empty {
		return
	}
	for i := range w.rows {
		v := unsigned(t.X.At(i, j))
		if math.IsNaN(v) {
			f.none(i, w)
			continue
		}
		if f.Kind == Boolean {
			f.levels.add(strconv.Itoa(int(v)))
		}
		f.number(i, v, w)
	}
}
