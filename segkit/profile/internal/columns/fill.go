package columns

import (
	"fmt"
	"math"
	"unicode/utf8"
)

// window is the rows that fillers work on at the moment.
type window struct {
	keep []bool   // nil = all
	rows []uint64 // hash of each row so far
	ids  []uint64 // the same with the columns of kind ID, nil without any
}

// filler is the second pass over one column.
type filler struct {
	*Column
	moments moments
	levels  *dictionary
	hashes  []uint64 // of the texts outside levels; nil where sketch is used
	sketch  *sketch  // nil where all rows are kept
	values  int
}

// newFiller returns a filler for a column of which rows rows will come and kept be kept.
func newFiller(c *Column, rows, kept int) *filler {
	f := &filler{Column: c, moments: moments{mean: c.Mean}}
	switch c.Kind {
	case Category, Text, Mixed, Boolean:
		f.levels = newDictionary(maxTexts)
	}
	if c.Kind != Empty && c.Kind != ID {
		c.X = make([]float64, 0, kept)
	}
	if c.Kind == ID && rows == kept {
		f.hashes = make([]uint64, 0, c.Count)
	}
	if rows > kept {
		f.sketch = newSketch()
	}
	return f
}

// add takes the window's values.
func (f *filler) add(texts []string, w *window) {
	if f.Kind == Empty {
		return
	}
	for i, text := range texts {
		text = trim(text)
		if missing(text) {
			f.none(i, w)
			continue
		}
		switch f.Kind {
		case Number, Mixed:
			v, s, ok := number(text)
			switch {
			case ok && (!s.code || f.Kind == Number):
				f.number(i, v, w)
			case f.Kind == Number: // asked for although it does not fit
				f.none(i, w)
			default:
				f.text(i, text, math.NaN(), w)
			}
		case Date:
			if v, ok := seconds(f.Layout, text); ok {
				f.number(i, v, w)
			} else {
				f.none(i, w)
			}
		case Boolean:
			f.levels.add(text)
			v := 0.0
			if truth(text) {
				v = 1
			}
			f.number(i, v, w)
		case Text:
			n := float64(utf8.RuneCountInString(text))
			f.moments.add(n)
			f.text(i, text, n, w)
		default:
			f.text(i, text, math.NaN(), w)
		}
	}
}

// lack takes the window's rows when they come from a source that lacks the column.
func (f *filler) lack(w *window) {
	if f.Kind == Empty {
		return
	}
	for i := range w.rows {
		f.none(i, w)
	}
}

// none takes row i of the window, which has no value.
func (f *filler) none(i int, w *window) { f.put(i, math.NaN(), hashMissing, w) }

// number takes a number.
func (f *filler) number(i int, v float64, w *window) {
	f.values++
	f.moments.add(v)
	h := hashNumber(v)
	if f.sketch != nil {
		f.sketch.add(h)
	}
	f.put(i, v, h, w)
}

// text takes a text, for which X gets x; a category's gets its index in order of appearance.
func (f *filler) text(i int, text string, x float64, w *window) {
	f.values++
	h := hashText(text)
	index := -1
	if f.levels != nil {
		index = f.levels.add(text)
	}
	if f.Kind == Category {
		x = float64(index)
	}
	switch {
	case f.sketch != nil:
		f.sketch.add(h)
	case index < 0:
		f.hashes = append(f.hashes, h)
	}
	f.put(i, x, h, w)
}

// put adds the value to X, if the row is kept, and its hash to the row's.
func (f *filler) put(i int, x float64, h uint64, w *window) {
	if f.Kind == ID {
		w.ids[i] = mix(w.ids[i] ^ h)
		return
	}
	w.rows[i] = mix(w.rows[i] ^ h)
	if w.keep == nil || w.keep[i] {
		f.X = append(f.X, x)
	}
}

// finish completes the column. It uses set, whose contents it replaces.
func (f *filler) finish(set *hashSet) error {
	if f.values != f.Count {
		return failure("", 0, f.Name, ErrChanged)
	}
	f.moments.describe(f.Column)
	f.Distinct, f.DistinctError = f.distinct(set)
	f.LevelsExact = f.levels == nil || !f.levels.full
	switch f.Kind {
	case Text, Mixed:
		f.Levels, _ = f.levels.ranked(maxLevels)
	case Boolean:
		f.Levels = f.levels.booleans()
		f.Levels[0].Count, f.Levels[1].Count = f.Zeros, f.Count-f.Zeros // whatever the dictionary had room for
	case Category:
		if f.levels.full {
			return failure("", 0, f.Name, fmt.Errorf("%w: %s was asked for; it has more than %d texts", ErrKind, Category, maxTexts))
		}
		var rank []int
		f.Levels, rank = f.levels.ranked(maxTexts)
		for i, v := range f.X {
			if !math.IsNaN(v) {
				f.X[i] = float64(rank[int(v)])
			}
		}
	}
	return nil
}

// distinct returns the number of different values and its relative standard error.
func (f *filler) distinct(set *hashSet) (int, float64) {
	switch {
	case f.Kind == Boolean:
		return 2, 0
	case (f.Kind == Category || f.Kind == Text) && !f.levels.full:
		return len(f.levels.levels), 0
	case f.sketch != nil:
		return f.sketch.estimate()
	}
	n := 0
	if f.levels != nil {
		n = len(f.levels.levels)
	}
	if f.Kind != Text && f.Kind != Category { // X is numbers
		set.clear(len(f.X))
		for _, v := range f.X {
			if !math.IsNaN(v) {
				set.add(hashNumber(v))
			}
		}
		n += set.n
	}
	set.clear(len(f.hashes))
	for _, h := range f.hashes {
		set.add(h)
	}
	return n + set.n, 0
}
