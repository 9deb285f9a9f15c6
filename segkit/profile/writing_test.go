package profile

import (
	"math"
	"strings"
	"testing"
)

// sameText takes the blank that does not break for one that does.
func sameText(got, want string) bool { return strings.ReplaceAll(got, "\u00a0", " ") == want }

func TestFormatNumber(t *testing.T) {
	for n, want := range map[Number]string{
		0: "0", 7: "7", 999: "999", 1000: "1,000", -1000: "−1,000", 999_999: "999,999", 1_000_000: "1,000,000", -1_234_567: "−1,234,567", 999_999_999_999_999: "999,999,999,999,999",
		1e15: "1e+15", -1.5e15: "−1.5e+15", 1.25e-5: "1.25e−05", 1234.5: "1,234", 1235.5: "1,236", -1234.56: "−1,235", 999.5: "999.5", 100: "100", 99.9: "99.90", 100.25: "100.2", -100.75: "−100.8",
		99.994: "99.99", 1.5: "1.50", -1.005e1: "−10.05", 0.5: "0.5000", -0.25: "−0.2500", 0.0001: "0.0001", 0.00009: "9e−05",
		Number(math.Inf(1)): "+∞", Number(math.Inf(-1)): "−∞",
	} {
		if got := formatNumber(n); got != want {
			t.Errorf("%v is written %q, want %q", float64(n), got, want)
		}
	}
	if got := formatNumber(nan); got != "–" {
		t.Errorf("none is written %q", got)
	}
}

func TestFormatFixed(t *testing.T) {
	for _, c := range []struct {
		n        Number
		decimals int
		want     string
	}{{1.25, 1, "1.2"}, {-0.04, 1, "0.0"}, {-0.06, 1, "−0.1"}, {0, 2, "0.00"}, {-12.345, 2, "−12.35"}, {nan, 2, "–"}, {-0.5, 0, "0"}, {2, 0, "2"}} {
		if got := formatFixed(c.n, c.decimals); got != c.want {
			t.Errorf("%v with %d decimals is written %q, want %q", float64(c.n), c.decimals, got, c.want)
		}
	}
}

func TestFormatCount(t *testing.T) {
	for n, want := range map[int]string{-1: "< 10", 0: "0", 10: "10", 999: "999", 1000: "1,000", 12_345: "12,345", 123_456: "123,456", 1_234_567: "1,234,567"} {
		if got := formatCount(n); !sameText(got, want) {
			t.Errorf("%d is written %q, want %q", n, got, want)
		}
	}
	if rowsOf(1) != "1 row" || rowsOf(0) != "0 rows" || rowsOf(2000) != "2,000 rows" || !sameText(rowsOf(-1), "< 10 rows") || columnsOf(1) != "One column" || columnsOf(12) != "12 columns" {
		t.Error("rows or columns")
	}
}

// What is not all is never 100 %, what is not none never 0 %.
func TestPercent(t *testing.T) {
	for p, want := range map[float64]string{
		0: "0 %", 1: "100 %", 0.5: "50.0 %", 0.0009: "< 0.1 %", 0.001: "0.1 %", 0.0014: "0.1 %", 0.00151: "0.2 %", 0.998: "99.8 %", 0.9991: "> 99.9 %", 0.99999: "> 99.9 %", 1.5: "150.0 %",
		math.NaN(): "–",
	} {
		if got := percent(p); !sameText(got, want) {
			t.Errorf("%v is written %q, want %q", p, got, want)
		}
	}
	for _, c := range []struct {
		part, whole int
		want        string
	}{{0, 10, "0 %"}, {10, 10, "100 %"}, {1, 3, "33.3 %"}, {1, 2000, "< 0.1 %"}, {1999, 2000, "> 99.9 %"}, {0, 0, "–"}, {-1, 10, "–"}, {1, 1000, "0.1 %"}, {999, 1000, "99.9 %"}} {
		if got := share(c.part, c.whole); !sameText(got, c.want) {
			t.Errorf("%d of %d is written %q, want %q", c.part, c.whole, got, c.want)
		}
	}
}

func TestFormatBytes(t *testing.T) {
	for n, want := range map[int64]string{0: "0 bytes", 999: "999 bytes", 500: "500 bytes", 1000: "1 kB", 1500: "1.50 kB", 99_900: "99.90 kB", 100_000: "100 kB", 999_500: "999.5 kB", 2_000_000: "2 MB", 1_000_000_000: "1 GB", 1e15: "1,000 TB", 1e12: "1 TB"} {
		if got := formatBytes(n); got != want {
			t.Errorf("%d is written %q, want %q", n, got, want)
		}
	}
}

// 1,000,000,000 seconds after 1970 it was 01:46:40 on 9 September 2001.
func TestFormatDates(t *testing.T) {
	for _, c := range []struct {
		n            Number
		layout, want string
	}{{0, "2006-01-02", "1970-01-01"}, {1e9, "02.01.2006", "2001-09-09"}, {1e9, "2006-01-02 15:04:05", "2001-09-09 01:46:40"}, {-1, "2006-01-02T15:04:05", "1969-12-31 23:59:59"}, {86399.6, "2006-01-02", "1970-01-02"}, {nan, "2006-01-02", "–"}} {
		if got := (&Column{Kind: Date, Layout: c.layout}).format(c.n); got != c.want {
			t.Errorf("%v in %s is written %q, want %q", float64(c.n), c.layout, got, c.want)
		}
	}
	for n, want := range map[Number]string{172_800: "2 days", 43200: "0.5000 days", 864_000: "10 days", 86400 * 1500: "1,500 days", 900: "0.0100 days", 86400 * 12.345: "12.35 days"} {
		if got := (&Column{Kind: Date}).formatSpan(n); got != want {
			t.Errorf("%v seconds are written %q, want %q", float64(n), got, want)
		}
	}
	if got := (&Column{Kind: Numeric}).formatSpan(86400); got != "86,400" || (&Column{Kind: Date}).formatSpan(nan) != "–" {
		t.Errorf("a span of numbers is written %q", got)
	}
}
