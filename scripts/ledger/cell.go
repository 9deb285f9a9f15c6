package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// cell is a value on a page.
type cell struct {
	Text string // for reading
	Raw  string // all of it: what is searched and sorted by, and shown on demand
	None bool   // there is none
}

var none = cell{Text: "–", None: true}

// numeral is what both this program and its scripts take for a number.
var numeral = regexp.MustCompile(`^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$`)

// number is the value of a text that is a number. Infinity is one, NaN is none.
func number(text string) (v float64, ok bool) {
	switch strings.TrimPrefix(text, "+") {
	case "Infinity":
		return math.Inf(1), true
	case "-Infinity":
		return math.Inf(-1), true
	}
	if !numeral.MatchString(text) {
		return 0, false
	}
	v, _ = strconv.ParseFloat(text, 64) // what is out of range becomes infinite
	return v, true
}

// Number tells whether the cell stands to the right.
func (c cell) Number() bool {
	_, ok := number(c.Raw)
	return ok || c.Raw == "NaN"
}

// long is from how many bytes on a text may not be seen whole in a column.
const long = 30

// Title is what the text leaves out, or what a narrow column does; "" if nothing.
func (c cell) Title() string {
	if c.None || c.Raw == c.Text && len(c.Text) < long {
		return ""
	}
	return c.Raw
}

// URL is where the cell leads: nowhere, unless it is the address of a web page. Whatever else a text may be, like
// javascript:, does not become a link.
func (c cell) URL() string {
	if strings.HasPrefix(c.Raw, "https://") || strings.HasPrefix(c.Raw, "http://") {
		return c.Raw
	}
	return ""
}

func floatCell(v float64) cell {
	switch {
	case math.IsNaN(v):
		return cell{Text: "NaN", Raw: "NaN"}
	case math.IsInf(v, 1):
		return cell{Text: "∞", Raw: "Infinity"}
	case math.IsInf(v, -1):
		return cell{Text: "−∞", Raw: "-Infinity"}
	}
	return cell{Text: readable(v), Raw: strconv.FormatFloat(v, 'g', -1, 64)}
}

// finiteCell is for what is no number only where there is none.
func finiteCell(v float64) cell {
	if math.IsNaN(v) {
		return none
	}
	return floatCell(v)
}

// textLimit is how much of a long value a page shows at first.
const textLimit = 200

func textCell(s string) cell {
	c := cell{Text: s, Raw: s}
	if r := []rune(s); len(r) > textLimit {
		c.Text = string(r[:textLimit]) + "…"
	}
	return c
}

// valueCell is the cell of a parameter, or of anything else that came from JSON.
func valueCell(v any) cell {
	switch v := v.(type) {
	case nil:
		return cell{Text: "null", Raw: "null"}
	case float64:
		c := floatCell(v)
		if len(c.Raw) <= 7 && !strings.Contains(c.Raw, "e") { // what somebody chose is short, and has no digits to spare
			c.Text = strings.Replace(grouped(c.Raw), "-", "−", 1)
		}
		return c
	case json.Number:
		return cell{Text: grouped(string(v)), Raw: string(v)}
	case string:
		return textCell(v)
	case bool:
		return textCell(strconv.FormatBool(v))
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // that is the templates' task
	if e.Encode(v) != nil {
		return textCell(fmt.Sprint(v))
	}
	return textCell(strings.TrimSpace(b.String()))
}

// readable has four digits that count, and thousands apart from 10,000 on.
func readable(v float64) string {
	size := math.Abs(v)
	var text string
	switch {
	case v == math.Trunc(v) && size < 1e15:
		text = grouped(strconv.FormatFloat(v, 'f', 0, 64))
	case size < 1e-3 || size >= 1e9:
		text = strings.Replace(strconv.FormatFloat(v, 'e', 3, 64), "e-0", "e-", 1)
		text = strings.Replace(strings.Replace(text, "e+0", "e", 1), "e+", "e", 1)
	default:
		text = grouped(strconv.FormatFloat(v, 'f', max(1, 3-int(math.Floor(math.Log10(size)))), 64))
	}
	if text == "-0" {
		text = "0"
	}
	return strings.Replace(text, "-", "−", 1)
}

// grouped puts commas between the thousands of a whole number of five digits and more.
func grouped(digits string) string {
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	whole, rest, point := strings.Cut(digits, ".")
	if len(whole) > 4 {
		for at := len(whole) - 3; at > 0; at -= 3 {
			whole = whole[:at] + "," + whole[at:]
		}
	}
	if point {
		rest = "." + rest
	}
	return sign + whole + rest
}

func bytesText(n int64) string {
	if n == 1 {
		return "1 byte"
	}
	v, unit := float64(n), "bytes"
	for _, next := range []string{"kB", "MB", "GB", "TB"} {
		if v < 1000 {
			break
		}
		v, unit = v/1000, next
	}
	if unit == "bytes" || v >= 100 {
		return fmt.Sprintf("%.0f %s", v, unit)
	}
	return fmt.Sprintf("%.1f %s", v, unit)
}

func timeCell(t time.Time) cell {
	if t.IsZero() {
		return none
	}
	t = t.UTC()
	return cell{Text: t.Format("2006-01-02 15:04"), Raw: t.Format("2006-01-02T15:04:05.000Z")}
}

func durationCell(d time.Duration) cell {
	s := d.Seconds()
	c := cell{Raw: strconv.FormatFloat(s, 'f', -1, 64)}
	switch {
	case s < 1:
		c.Text = fmt.Sprintf("%.0f ms", 1000*s)
	case s < 10:
		c.Text = fmt.Sprintf("%.2f s", s)
	case s < 60:
		c.Text = fmt.Sprintf("%.1f s", s)
	case s < 3600:
		c.Text = fmt.Sprintf("%d min %02d s", int(s)/60, int(s)%60)
	case s < 48*3600:
		c.Text = fmt.Sprintf("%d h %02d min", int(s)/3600, int(s)/60%60)
	default:
		c.Text = fmt.Sprintf("%d d %02d h", int(s)/86400, int(s)/3600%24)
	}
	return c
}
