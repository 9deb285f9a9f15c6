package columns

import (
	"fmt"
	"math"
	"unicode/utf8"
)

// When texts are a category.
const (
	maxCategories     = 100
	fewCategories     = 10 // that need not repeat on average
	maxCategoryLength = 50 // characters, on average
)

// inference is what the first pass learns of a column.
type inference struct {
	name   string
	forced Kind // or ""
	asked  bool // forced by the caller, who learns of it when it does not fit

	count, numbers, codes           int
	zeros, negative, whole, decimal int
	values                          extent // of the numbers; with the codes where Number is forced
	lengths                         lengths
	texts                           *dictionary // nil when there are more than a category may have
	dates                           *dates      // nil before the first value that is no number
	dateless                        bool        // the column holds no dates
}

func newInference(name string, forced Kind, asked bool) *inference {
	c := &inference{name: name, forced: forced, asked: asked}
	if forced == "" {
		c.texts = newDictionary(maxCategories)
	}
	c.dateless = forced != "" && forced != Date
	return c
}

// lengths is the range and the sum of the lengths of a column's values, in characters.
type lengths struct{ n, min, max, sum int }

func (l *lengths) add(n int) {
	if l.n == 0 {
		l.min = n
	}
	l.n++
	l.min, l.max, l.sum = min(l.min, n), max(l.max, n), l.sum+n
}

// add takes values into account.
func (c *inference) add(texts []string) {
	for _, text := range texts {
		text = trim(text)
		if missing(text) {
			continue
		}
		c.count++
		if c.texts != nil && c.texts.add(text) < 0 {
			c.texts = nil
		}
		if c.forced == "" || c.forced == Number {
			v, s, ok := number(text)
			if ok && (!s.code || c.forced == Number) {
				c.lengths.add(len(text))
				c.number(v, s.point)
				continue
			}
			if ok {
				c.codes++
			}
		}
		c.lengths.add(utf8.RuneCountInString(text))
		if c.dateless {
			continue
		}
		if c.dates == nil {
			c.dates = &dates{all: c.forced == Date}
		}
		c.dateless = !c.dates.add(text)
	}
}

// number takes a number into account.
func (c *inference) number(v float64, point bool) {
	c.numbers++
	c.dateless = true // all values would have to be dates
	c.values.add(v)
	if v == 0 {
		c.zeros++
	}
	if v < 0 {
		c.negative++
	}
	if v == math.Trunc(v) {
		c.whole++
		if point {
			c.decimal++
		}
	}
}

// kind decides what the column holds.
func (c *inference) kind() Kind {
	if c.count == 0 {
		return Empty
	}
	if c.forced != "" {
		return c.forced
	}
	allNumbers := c.numbers == c.count
	switch {
	case allNumbers && c.whole == c.count && c.values.min == 0 && c.values.max == 1, c.texts != nil && c.texts.boolean():
		return Boolean
	case allNumbers:
		return Number
	case !c.dateless && c.dates.complete(c.count):
		return Date
	case 2*c.numbers >= c.count && c.numbers+c.codes < c.count:
		return Mixed
	case c.texts != nil && c.repeating(len(c.texts.levels)) && c.lengths.sum <= maxCategoryLength*c.count:
		return Category
	}
	return Text
}

// repeating tells whether so many texts occur often enough for a category.
func (c *inference) repeating(texts int) bool {
	return 2*texts <= c.count || texts <= fewCategories && texts < c.count
}

// column returns what is known after the first pass of rows rows, with the notes that the kind calls for.
func (c *inference) column(rows int) (*Column, []string, error) {
	column := &Column{Name: c.name, Kind: c.kind(), Count: c.count, Missing: rows - c.count, LevelsExact: true}
	if column.Kind == Empty && c.asked && rows > 0 {
		return nil, nil, c.refuse("there is no value")
	}
	values, fits := extent{}, c.count
	switch column.Kind {
	case Number, Mixed:
		values, fits = c.values, c.numbers
		column.Zeros, column.Negative, column.Whole, column.Decimals = c.zeros, c.negative, c.whole, c.decimal
		if column.Kind == Mixed {
			column.Texts, fits = c.count-c.numbers, c.count
		}
	case Boolean:
		ones := c.trues()
		column.Zeros = c.count - ones
		values = extent{n: c.count, max: 1, total: sum{high: float64(ones)}}
	case Date:
		column.Layout, fits, values, column.Ambiguous = c.dates.best()
	case Text:
		l := c.lengths
		values = extent{n: l.n, min: float64(l.min), max: float64(l.max), total: sum{high: float64(l.sum)}}
	}
	values.describe(column)
	if fits == 0 && c.asked && c.count > 0 {
		return nil, nil, c.refuse("none of its %d values is one", c.count)
	}
	if fits == c.count {
		return column, nil, nil
	}
	column.Count, column.Missing = fits, rows-fits
	note := fmt.Sprintf("Column %q was asked to be of kind %s; %d of its %d values are not and count as missing.",
		c.name, column.Kind, c.count-fits, c.count)
	return column, []string{note}, nil
}

// trues counts the true values of a Boolean column.
func (c *inference) trues() int {
	if c.numbers == c.count {
		return int(c.values.total.value())
	}
	return c.texts.booleans()[1].Count
}

// refuse returns the error for a kind that was asked for.
func (c *inference) refuse(format string, args ...any) error {
	return failure("", 0, c.name, fmt.Errorf("%w: %s was asked for; %s", ErrKind, c.forced, fmt.Sprintf(format, args...)))
}
