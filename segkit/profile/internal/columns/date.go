package columns

import "time"

// layouts are those in which a column may hold dates. time.Parse takes a fraction after the seconds of any of them.
// Month before day comes first of the last two, and wins where both fit.
var layouts = [...]string{
	"2006-01-02",
	"2006-01-02 15:04",
	"2006-01-02 15:04:05",
	time.RFC3339,
	"2006-01-02T15:04:05",
	"2006/01/02",
	"02.01.2006",
	"02.01.2006 15:04",
	"02.01.2006 15:04:05",
	"2 Jan 2006",
	"2 January 2006",
	"Jan 2, 2006",
	"January 2, 2006",
	"2006-01",
	monthFirst,
	dayFirst,
}

const (
	monthFirst = "01/02/2006"
	dayFirst   = "02/01/2006"
)

// seconds parses a date as seconds since 1970 in UTC.
func seconds(layout, text string) (float64, bool) {
	// An error of time.Parse allocates; the first look spares it for most texts that are no dates.
	if len(text) < len("2006-01") || digit(text[0]) != digit(layout[0]) {
		return 0, false
	}
	t, err := time.Parse(layout, text)
	if err != nil {
		return 0, false
	}
	return float64(t.Unix()) + float64(t.Nanosecond())/1e9, true
}

// dates finds the layout of a column's values. It sums the seconds in each layout while they fit, because which one it will
// be is known only at the end, when the values are gone.
type dates struct {
	fits   [len(layouts)]int
	totals [len(layouts)]extent
	values int
	all    bool // go on with layouts that do not fit every value
}

// add takes a value into account and tells whether some layout is still in question.
func (d *dates) add(text string) bool {
	alive := false
	for k, layout := range layouts {
		if d.fits[k] < d.values && !d.all {
			continue
		}
		if v, ok := seconds(layout, text); ok {
			d.fits[k]++
			d.totals[k].add(v)
			alive = true
		}
	}
	d.values++
	return alive || d.all
}

// best returns the layout that fits most values, the first of equals.
func (d *dates) best() (layout string, fits int, total extent, ambiguous bool) {
	best := 0
	for k := range layouts {
		if d.fits[k] > d.fits[best] {
			best = k
		}
	}
	last := len(layouts) - 1
	ambiguous = layouts[best] == monthFirst && d.fits[last] == d.fits[best]
	return layouts[best], d.fits[best], d.totals[best], ambiguous
}

// complete tells whether a layout fits all of n values.
func (d *dates) complete(n int) bool {
	_, fits, _, _ := d.best()
	return fits == n
}
