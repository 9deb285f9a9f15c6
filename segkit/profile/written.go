package profile

import (
	"fmt"
	"regexp"
	"strconv"

	"example.com/marketing/segkit/profile/internal/columns"
)

// otherNumbers matches numbers as people write them and CSV readers do not read them: with a decimal comma, separated
// thousands, a currency or a percent sign.
var otherNumbers = regexp.MustCompile(`^[-+−]?\s*[$€£¥]?\s*[-+−]?\d{1,3}([.,' \x{00a0}]?\d{3})*([.,]\d+)?\s*([$€£¥%]|EUR|USD|CHF)?$`)

// otherDates matches days and months as people write them.
var otherDates = regexp.MustCompile(`^(\d{4}[-/. ]\d{1,2}([-/. ]\d{1,2})?|\d{1,2}[-/. ](\d{1,2}|[A-Za-z]{3,9})[-/., ]+\d{2,4}|[A-Za-z]{3,9}\.? \d{1,2},? \d{4})`)

const mostly = 0.9

// alertWritten finds columns of texts that a person would read as numbers or dates.
func (a *analysis) alertWritten() {
	for j, c := range a.report.Columns {
		levels := a.table.Columns[j].Levels
		if c.Kind != Text && c.Kind != Categorical && c.Kind != Mixed || len(levels) == 0 {
			continue
		}
		total, numbers, dates := c.Numbers*b2i(c.Kind == Mixed), c.Numbers*b2i(c.Kind == Mixed), 0
		example := map[bool]columns.Level{}
		for _, l := range levels {
			total += l.Count
			date, number := otherDates.MatchString(l.Text), otherNumbers.MatchString(l.Text) && !plain(l.Text)
			switch {
			case date:
				dates += l.Count
			case number:
				numbers += l.Count
			default:
				continue
			}
			if example[date].Count < l.Count {
				example[date] = l
			}
		}
		tell := func(what string, n int, l columns.Level) {
			like := ""
			if !a.private && l.Text != "" {
				like = fmt.Sprintf(", like %q", clip(l.Text, 30))
			}
			a.add("written", "Written in another way", fmt.Sprintf("%s of the values of %s look like %s that could not be read%s.", percent(float64(n)/float64(total)), short(c.Name), what, like), AlertColumn{c.Name, "text"})
		}
		switch {
		case float64(dates) >= mostly*float64(total):
			tell("dates", dates, example[true])
		case float64(numbers) >= mostly*float64(total) && example[false].Count > 0:
			tell("numbers", numbers, example[false])
		}
	}
}

// plain tells whether a text is a number as it stands, or digits after a zero, as a postal code may be: then it is a text with
// reason.
func plain(text string) bool {
	_, err := strconv.ParseFloat(text, 64)
	return err == nil
}
