package profile

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"strconv"
	"strings"
)

//go:embed page.html style.css
var files embed.FS

var page = template.Must(template.New("").Funcs(template.FuncMap{
	"num": formatNumber, "number": func(v float64) Number { return Number(v) }, "count": formatCount, "share": share, "bars": bars2svg, "outside": outside, "cell": cellStyle, "r": formatR,
	"style": func(prefix string) (template.CSS, error) {
		b, err := files.ReadFile("style.css")
		return template.CSS(strings.ReplaceAll(string(b), "PREFIX", prefix)), err
	},
}).ParseFS(files, "page.html"))

// view is what the template sees.
type view struct {
	*Report
	Prefix  string
	Missing []Column // columns with missing values, most first
	Top     []Pair
}

// WriteHTML writes the report as one page: no request to anywhere, no JavaScript.
func (r *Report) WriteHTML(w io.Writer) error {
	return page.ExecuteTemplate(w, "page", r.view("profile"))
}

// Fragment returns the report without the head and body of a page, for another page to hold. All ids begin with the prefix,
// and the styles apply to nothing outside, so that several fragments with different prefixes can stand on one page. The
// prefix must be letters, digits and dashes, beginning with a letter; another panics.
func (r *Report) Fragment(prefix string) (string, error) {
	for i, c := range prefix {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c != '-' && (c < '0' || c > '9')) {
			panic(fmt.Sprintf("profile: the prefix %q", prefix))
		}
	}
	if prefix == "" {
		panic("profile: an empty prefix")
	}
	var b strings.Builder
	err := page.ExecuteTemplate(&b, "fragment", r.view(prefix))
	return b.String(), err
}

func (r *Report) view(prefix string) *view {
	v := &view{Report: r, Prefix: prefix, Top: r.Pairs()}
	v.Top = v.Top[:min(12, len(v.Top))]
	for _, c := range r.Columns {
		if c.Missing > 0 {
			at := len(v.Missing)
			for at > 0 && v.Missing[at-1].Missing < c.Missing {
				at--
			}
			v.Missing = append(v.Missing[:at], append([]Column{c}, v.Missing[at:]...)...)
		}
	}
	return v
}

// formatNumber writes v with as many decimals as its size deserves and thousands separated.
func formatNumber(n Number) string {
	v := float64(n)
	size := math.Abs(v)
	switch {
	case math.IsNaN(v):
		return "–"
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

// minus sets the sign that is as wide as a digit.
func minus(s string) string { return strings.Replace(s, "-", "−", 1) }

// outside says how many values a histogram leaves out.
func outside(h Histogram) string {
	var parts []string
	if h.Below > 0 {
		parts = append(parts, formatCount(h.Below)+" below")
	}
	if h.Above > 0 {
		parts = append(parts, formatCount(h.Above)+" above")
	}
	if parts == nil {
		return ""
	}
	return strings.Join(parts, " and ") + ", not drawn"
}

func formatCount(n int) string { return grouped(strconv.Itoa(n)) }

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
	if whole == 0 {
		return "–"
	}
	p := 100 * float64(part) / float64(whole)
	switch {
	case part > 0 && p < 0.1:
		return "< 0.1 %"
	case part < whole && p > 99.9:
		return "> 99.9 %"
	case part == 0 || part == whole:
		return fmt.Sprintf("%.0f %%", p)
	}
	return fmt.Sprintf("%.1f %%", p)
}

func formatR(n Number) string {
	if math.IsNaN(float64(n)) {
		return "–"
	}
	return minus(strconv.FormatFloat(float64(n), 'f', 2, 64))
}

// cellStyle colours a correlation: blue below zero, orange above, as strong as it is.
func cellStyle(n Number) template.CSS {
	v := float64(n)
	if math.IsNaN(v) {
		return ""
	}
	hue := "232,130,42"
	if v < 0 {
		hue = "40,120,200"
	}
	return template.CSS(fmt.Sprintf("background:rgba(%s,%.2f)", hue, 0.85*math.Abs(v)))
}

// bars2svg draws a histogram from its counts alone.
func bars2svg(c Column) template.HTML {
	h := c.Histogram
	if len(h.Counts) == 0 {
		return ""
	}
	const width, height = 480, 120
	most := 1
	for _, n := range h.Counts {
		most = max(most, n)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %d %d" role="img" preserveAspectRatio="none" aria-label="Histogram from %s to %s">`,
		width, height, formatNumber(Number(h.Edges[0])), formatNumber(Number(h.Edges[len(h.Edges)-1])))
	step := float64(width) / float64(len(h.Counts))
	for i, n := range h.Counts {
		if n == 0 {
			continue
		}
		tall := math.Max(1, float64(n)/float64(most)*height)
		fmt.Fprintf(&b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f"><title>%s to %s: %s</title></rect>`,
			float64(i)*step, height-tall, step-1, tall, formatNumber(Number(h.Edges[i])), formatNumber(Number(h.Edges[i+1])), formatCount(n))
	}
	b.WriteString("</svg>")
	// Only numbers went in.
	return template.HTML(b.String())
}
