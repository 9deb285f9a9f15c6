package profile

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// formatNumber writes v with as many decimals as its size deserves and thousands separated.
func formatNumber(n Number) string {
	v := float64(n)
	size := math.Abs(v)
	switch {
	case math.IsNaN(v):
		return "–"
	case math.IsInf(v, 0):
		return minus(strings.Replace(strconv.FormatFloat(v, 'g', -1, 64), "Inf", "∞", 1))
	case v == math.Trunc(v) && size < 1e15:
		return grouped(strconv.FormatFloat(v, 'f', 0, 64))
	case size >= 1e15 || size < 1e-4:
		return minus(strconv.FormatFloat(v, 'g', 4, 64))
	case size >= 1000:
		return grouped(strconv.FormatFloat(v, 'f', 0, 64))
	case size >= 100:
		return minus(strconv.FormatFloat(v, 'f', 1, 64))
	case size >= 1:
		return minus(strconv.FormatFloat(v, 'f', 2, 64))
	}
	return minus(strconv.FormatFloat(v, 'f', 4, 64))
}

// formatExact writes all digits of a value: two different values never look the same.
func formatExact(n Number) string {
	v := float64(n)
	if size := math.Abs(v); math.IsNaN(v) || size >= 1e15 || size != 0 && size < 1e-6 {
		return minus(strconv.FormatFloat(v, 'g', -1, 64))
	}
	whole, fraction, _ := strings.Cut(strconv.FormatFloat(v, 'f', -1, 64), ".")
	if fraction != "" {
		return grouped(whole) + "." + fraction
	}
	return grouped(whole)
}

// formatFixed writes v with a fixed number of decimals.
func formatFixed(n Number, decimals int) string {
	if n.isNaN() || math.IsInf(float64(n), 0) {
		return formatNumber(n)
	}
	s := strconv.FormatFloat(float64(n), 'f', decimals, 64)
	if strings.Trim(s, "-0.") == "" {
		s = strings.TrimPrefix(s, "-") // no negative zero
	}
	return minus(s)
}

// formatDate writes seconds since 1970 as the file's layout does, as far as a day if it has no time.
func formatDate(n Number, layout string) string {
	if n.isNaN() {
		return "–"
	}
	t := time.Unix(int64(math.Round(float64(n))), 0).UTC()
	switch {
	case strings.Contains(layout, "05"):
		return t.Format("2006-01-02 15:04:05")
	case strings.Contains(layout, "15"):
		return t.Format("2006-01-02 15:04")
	}
	return t.Format("2006-01-02")
}

// format writes a value of the column.
func (c *Column) format(n Number) string {
	if c.Kind == Date {
		return formatDate(n, c.Layout)
	}
	return formatNumber(n)
}

// formatSpan writes a distance between two values of the column.
func (c *Column) formatSpan(n Number) string {
	if c.Kind == Date && !n.isNaN() {
		return formatNumber(Number(math.Round(float64(n)/864)/100)) + " days"
	}
	return formatNumber(n)
}

// minus sets the sign that is as wide as a digit.
func minus(s string) string { return strings.Replace(s, "-", "−", 1) }

// formatCount writes a count; a negative one stands for fewer than SmallCount.
func formatCount(n int) string {
	if n < 0 {
		return fmt.Sprintf("< %d", SmallCount)
	}
	return grouped(strconv.Itoa(n))
}

func grouped(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "−", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// share writes part of whole in percent; what is not all is never 100 %, what is not none never 0 %.
func share(part, whole int) string {
	switch {
	case whole <= 0 || part < 0:
		return "–"
	case part == whole:
		return "100 %"
	}
	return percent(float64(part) / float64(whole))
}

func percent(share float64) string {
	p := 100 * share
	switch {
	case math.IsNaN(p):
		return "–"
	case p > 0 && p < 0.1:
		return "< 0.1 %"
	case p < 100 && p > 99.9:
		return "> 99.9 %"
	case p == 0 || p == 100:
		return fmt.Sprintf("%.0f %%", p)
	}
	return fmt.Sprintf("%.1f %%", p)
}

func formatBytes(n int64) string {
	v, unit := float64(n), 0
	for v >= 1000 && unit < 4 {
		v /= 1000
		unit++
	}
	return formatNumber(Number(v)) + " " + []string{"bytes", "kB", "MB", "GB", "TB"}[unit]
}

func rowsOf(n int) string {
	if n == 1 {
		return "1 row"
	}
	return formatCount(n) + " rows"
}

func columnsOf(n int) string {
	if n == 1 {
		return "One column"
	}
	return formatCount(n) + " columns"
}
