package columns

import (
	"math/rand/v2"
	"slices"
)

// decide sets what the first pass has found out: the columns' kinds, the id column and the notes.
func decide(t *Table, inferred []*inference, id string) ([]*Column, error) {
	columns := make([]*Column, len(inferred))
	for k, c := range inferred {
		column, notes, err := c.column(t.Rows)
		if err != nil {
			return nil, err
		}
		columns[k] = column
		t.Notes = append(t.Notes, notes...)
		if c.forced == ID && (t.IDName == "" || c.name == id) {
			t.IDName = c.name
		}
	}
	return columns, nil
}

// assembly is the second pass over all columns.
type assembly struct {
	table   *Table
	fillers []*filler
	grouped bool
	compare bool       // is there a column besides those of kind ID?
	random  *rand.Rand // nil when all rows are kept
	seen    int        // rows so far
	kept    int
	rows    []uint64 // a hash of each row without the ids
	ids     []uint64 // and with them; nil without a column of kind ID
	keep    []bool
}

// newAssembly prepares for table.Rows rows, kept of which are kept.
func newAssembly(t *Table, columns []*Column, kept int, grouped bool) *assembly {
	a := &assembly{table: t, grouped: grouped, rows: make([]uint64, 0, t.Rows)}
	t.Kept = kept
	if grouped {
		t.Group = make([]int32, 0, kept)
	}
	for _, c := range columns {
		a.fillers = append(a.fillers, newFiller(c, t.Rows, kept))
		a.compare = a.compare || c.Kind != ID
		if c.Kind == ID && a.ids == nil {
			a.ids = make([]uint64, 0, t.Rows)
		}
	}
	return a
}

// window makes room for the next rows, all from one source, and draws which of them are kept.
func (a *assembly) window(rows, source int) *window {
	start := len(a.rows)
	a.rows = a.rows[:start+rows]
	w := &window{rows: a.rows[start:]}
	if a.ids != nil {
		a.ids = a.ids[:start+rows]
		w.ids = a.ids[start:]
	}
	if a.random != nil {
		w.keep = a.draw(rows)
	}
	for i := range rows {
		if a.grouped && (w.keep == nil || w.keep[i]) {
			a.table.Group = append(a.table.Group, int32(source))
		}
	}
	return w
}

// draw takes each row with the chance that makes all samples of Kept rows equally likely: as many as are still to be kept
// out of as many as are still to come (Knuth, The Art of Computer Programming 2, 3.4.2, algorithm S).
func (a *assembly) draw(rows int) []bool {
	a.keep = slices.Grow(a.keep[:0], rows)[:rows]
	for i := range a.keep {
		a.keep[i] = a.random.IntN(a.table.Rows-a.seen) < a.table.Kept-a.kept
		a.seen++
		if a.keep[i] {
			a.kept++
		}
	}
	return a.keep
}

// close ends the work on a window.
func (a *assembly) close(w *window) {
	for i, h := range w.ids {
		w.ids[i] = mix(w.rows[i] ^ mix(h+1)) // 1, because mix keeps 0
	}
}

// finish completes the table.
func (a *assembly) finish() error {
	var set hashSet
	for _, f := range a.fillers {
		if err := f.finish(&set); err != nil {
			return err
		}
		a.table.Columns = append(a.table.Columns, *f.Column)
	}
	if a.compare {
		a.table.Duplicates = repeats(a.rows)
	}
	a.table.DuplicatesWithID = a.table.Duplicates
	if a.ids != nil {
		a.table.DuplicatesWithID = repeats(a.ids)
	}
	return nil
}
