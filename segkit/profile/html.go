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

//go:embed page.html style.css script.js
var files embed.FS

var page = template.Must(template.New("").Funcs(template.FuncMap{
	"num": formatNumber, "count": formatCount, "share": share, "percent": func(n Number) string { return percent(float64(n)) },
	"fixed": formatFixed, "rows": rowsOf, "bytes": formatBytes, "spark": spark, "hexagons": drawHexagons, "clip": clip, "join": strings.Join,
	"width": width,
	"of":    func(part, whole int) float64 { return float64(max(0, part)) / float64(max(1, whole)) },
	"abs":   func(n Number) float64 { return math.Abs(float64(n)) },
	"sort":  sortKey, "size": func(n Number) string { return sortKey(Number(math.Abs(float64(n)))) },
}).ParseFS(files, "page.html"))

// sortKey is a figure for the script to sort by, empty for none.
func sortKey(n Number) string {
	if f := float64(n); math.IsNaN(f) || math.IsInf(f, 0) {
		return ""
	}
	return strconv.FormatFloat(float64(n), 'g', 6, 64)
}

const (
	listedPairs = 200
	scatters    = 6
)

// WriteHTML writes the report as one page that asks nothing of any server. It can be read without JavaScript, which adds
// sorting, filtering and the scatter of any pair.
func (r *Report) WriteHTML(w io.Writer) error {
	return page.ExecuteTemplate(w, "page", r.view("profile"))
}

// WriteBrief writes the page that WriteHTML writes without what makes it long: with fewer binnings and pairs, no lists of
// values and no scatters but the strongest. It is for a frame in a notebook, which keeps it in its file.
func (r *Report) WriteBrief(w io.Writer) error {
	v := r.view("profile")
	v.Brief = true
	v.Pairs = v.Pairs[:min(20, len(v.Pairs))]
	v.Scatters = v.Scatters[:min(2, len(v.Scatters))]
	return page.ExecuteTemplate(w, "page", v)
}

// Fragment returns the report without the head and body of a page, for another page to hold. All ids begin with the prefix,
// and styles and script apply to nothing outside, so that several fragments with different prefixes can stand on one page.
// It panics for a prefix that is not letters, digits and dashes, beginning with a letter.
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
