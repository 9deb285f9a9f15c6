package columns

import (
	"cmp"
	"slices"
	"strings"
)

const (
	maxTexts  = 65536 // different texts that a dictionary keeps
	maxLevels = 1000  // levels of a column of texts
)

// dictionary counts texts. It keeps the first ones that it is given, up to its limit, so that their counts are exact.
type dictionary struct {
	index  map[string]int32
	levels []Level // in order of appearance
	limit  int
	full   bool // a text found no room
}

func newDictionary(limit int) *dictionary {
	return &dictionary{index: map[string]int32{}, limit: limit}
}

// add counts a text and returns its index, or -1 when there is no room for it.
func (d *dictionary) add(text string) int {
	if i, ok := d.index[text]; ok {
		d.levels[i].Count++
		return int(i)
	}
	if len(d.levels) == d.limit {
		d.full = true
		return -1
	}
	i := len(d.levels)
	text = strings.Clone(text) // a field shares its memory with the rest of its line
	d.index[text] = int32(i)
	d.levels = append(d.levels, Level{Text: text, Count: 1})
	return i
}

// byCount orders levels by falling count and then by text.
func byCount(a, b Level) int { return cmp.Or(b.Count-a.Count, strings.Compare(a.Text, b.Text)) }

// ranked returns the n most frequent levels, in order, and the rank of each index.
func (d *dictionary) ranked(n int) (levels []Level, rank []int) {
	order := make([]int, len(d.levels))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return byCount(d.levels[a], d.levels[b]) })
	levels, rank = make([]Level, min(n, len(order))), make([]int, len(order))
	for r, i := range order {
		rank[i] = r
		if r < len(levels) {
			levels[r] = d.levels[i]
		}
	}
	return levels, rank
}

// booleans returns the levels of a Boolean column.
func (d *dictionary) booleans() []Level {
	levels, most := make([]Level, 2), [2]Level{}
	for _, level := range d.levels {
		side := 0
		if truth(level.Text) {
			side = 1
		}
		levels[side].Count += level.Count
		if most[side].Count == 0 || byCount(level, most[side]) < 0 {
			most[side] = level
		}
	}
	levels[0].Text, levels[1].Text = most[0].Text, most[1].Text
	return levels
}

// pairs are the texts of a Boolean column, false first.
var pairs = [...][2]string{{"n", "y"}, {"no", "yes"}, {"false", "true"}, {"f", "t"}}

// boolean tells whether the texts are those of a Boolean column.
func (d *dictionary) boolean() bool {
	for _, pair := range pairs {
		var found [2]bool
		other := slices.ContainsFunc(d.levels, func(l Level) bool {
			side := slices.Index(pair[:], strings.ToLower(l.Text))
			if side >= 0 {
				found[side] = true
			}
			return side < 0
		})
		if !other && found[0] && found[1] {
			return true
		}
	}
	return false
}

// truth tells whether a value of a Boolean column is true.
func truth(text string) bool {
	if v, _, ok := number(text); ok {
		return v != 0
	}
	return strings.ContainsAny(text[:1], "yYtT")
}
