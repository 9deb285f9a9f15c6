package columns

import (
	"math"
	"strconv"
	"strings"
)

// trim returns text without blanks around it. Nearly all values have none, which two comparisons tell.
func trim(text string) string {
	if n := len(text); n == 0 || plain(text[0]) && plain(text[n-1]) {
		return text
	}
	return strings.TrimSpace(text)
}

// plain tells a byte that is certainly no part of a blank.
func plain(c byte) bool { return c > ' ' && c < 0x7f }

// missing tells whether a trimmed text stands for no value.
func missing(text string) bool {
	switch len(text) {
	case 0:
		return true
	case 2:
		return strings.EqualFold(text, "na")
	case 3:
		return strings.EqualFold(text, "nan") || strings.EqualFold(text, "n/a")
	case 4:
		return strings.EqualFold(text, "null") || strings.EqualFold(text, "#n/a")
	}
	return false
}

// spelling says how a number is written.
type spelling struct {
	point bool // with a decimal point
	code  bool // with a zero and another digit at its beginning
}

// number parses a trimmed text as a finite number in decimal notation, or says that it is none. Zero has no sign.
//
// The grammar is checked here so that strconv, whose errors allocate, is asked about nothing that it would refuse; that
// leaves out Go's own notations too. Up to 15 digits without an exponent are a whole number below 2^53 over a power of ten
// that float64 has exactly, so that one division rounds correctly (Clinger 1990) and strconv is not needed.
func number(text string) (v float64, s spelling, ok bool) {
	i, negative := 0, false
	if text != "" && (text[0] == '-' || text[0] == '+') {
		i, negative = 1, text[0] == '-'
	}
	start, mantissa := i, uint64(0)
	for ; i < len(text) && digit(text[i]); i++ {
		mantissa = 10*mantissa + uint64(text[i]-'0')
	}
	digits := i - start
	s.code = digits > 1 && text[start] == '0'
	decimals := 0
	if i < len(text) && text[i] == '.' {
		s.point = true
		i++
		for ; i < len(text) && digit(text[i]); i++ {
			mantissa = 10*mantissa + uint64(text[i]-'0')
			decimals++
		}
	}
	digits += decimals
	if digits == 0 {
		return 0, s, false
	}
	if i == len(text) && digits <= 15 {
		v = float64(mantissa) / powersOfTen[decimals]
		if negative && mantissa != 0 {
			v = -v
		}
		return v, s, true
	}
	if !exponent(text[i:]) {
		return 0, s, false
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(v, 0) { // of this grammar, only what is out of range
		return 0, s, false
	}
	return unsigned(v), s, true
}

// exponent tells whether text is the exponent of a number, or nothing.
func exponent(text string) bool {
	if text == "" {
		return true
	}
	if text[0] != 'e' && text[0] != 'E' {
		return false
	}
	text = text[1:]
	if text != "" && (text[0] == '-' || text[0] == '+') {
		text = text[1:]
	}
	for i := range len(text) {
		if !digit(text[i]) {
			return false
		}
	}
	return text != ""
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

// unsigned returns v, 0 for -0.
func unsigned(v float64) float64 {
	if v == 0 {
		return 0
	}
	return v
}

var powersOfTen = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}
