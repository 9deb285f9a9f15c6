package segment

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// figure writes v with about three digits that count, and thousands separated.
func figure(v float64) string {
	size := math.Abs(v)
	switch {
	case math.IsNaN(v):
		return "–"
	case size >= 1e15 || size != 0 && size < 1e-4:
		return signed(strconv.FormatFloat(v, 'g', 3, 64))
	case size >= 99.95 || v == math.Trunc(v):
		return thousands(strconv.FormatFloat(v, 'f', 0, 64))
	case size >= 9.995:
		return signed(strconv.FormatFloat(v, 'f', 1, 64))
	case size >= 0.0995:
		return signed(strconv.FormatFloat(v, 'f', 2, 64))
	}
	return signed(strconv.FormatFloat(v, 'f', 4, 64))
}

// count writes how many there are.
func count(n int) string { return thousands(strconv.Itoa(n)) }

// inPercent writes a share with one decimal where it is below 10 %; what is not none is never 0 %, what is not all never 100 %.
func inPercent(share float64) string {
	p := 100 * share
	switch size := math.Abs(p); {
	case math.IsNaN(p):
		return "–"
	case size == 0 || size == 100:
		return fmt.Sprintf("%s %%", signed(strconv.FormatFloat(p, 'f', 0, 64)))
	case size < 0.05:
		return "< 0.1 %"
	case size > 99.5 && size < 100:
		return "> 99 %"
	case size < 9.95:
		return fmt.Sprintf("%s %%", signed(strconv.FormatFloat(p, 'f', 1, 64)))
	}
	return fmt.Sprintf("%s %%", signed(strconv.FormatFloat(p, 'f', 0, 64)))
}

// points writes a difference of shares in percentage points, with its sign.
func points(difference float64) string {
	p := strconv.FormatFloat(100*difference, 'f', 1, 64)
	if strings.Trim(p, "-0.") == "" {
		return "0.0"
	}
	if difference > 0 {
		p = "+" + p
	}
	return signed(p)
}

// signed sets the minus sign that is as wide as a digit, and none before a zero.
func signed(s string) string {
	if strings.Trim(s, "-0.") == "" {
		s = strings.TrimPrefix(s, "-")
	}
	return strings.Replace(s, "-", "−", 1)
}

func thousands(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "−", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	if s == "0" {
		sign = ""
	}
	return sign + s
}
