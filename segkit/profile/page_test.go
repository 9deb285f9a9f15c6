package profile_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"example.com/marketing/segkit/profile"
)

// parse returns the page's document.
func parse(t testing.TB, text string) *html.Node {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// all returns the elements of a name below a node, in the page's order.
func all(n *html.Node, name string) []*html.Node {
	var list []*html.Node
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && d.Data == name {
			list = append(list, d)
		}
	}
	return list
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// words is a node's text with single blanks.
func words(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(strings.ReplaceAll(b.String(), "\u00a0", " ")), " ")
}

func cardOf(t testing.TB, doc *html.Node, name string) *html.Node {
	t.Helper()
	for _, a := range all(doc, "article") {
		if attribute(a, "data-name") == name {
			return a
		}
	}
	t.Fatalf("no card of %s", name)
	panic("unreachable")
}

// facts are the figures of a card by what they are called.
func facts(card *html.Node) map[string]string {
	facts := map[string]string{}
	for _, d := range all(card, "dl") {
		terms, texts := all(d, "dt"), all(d, "dd")
		for i := range terms {
			facts[words(terms[i])] = words(texts[i])
		}
	}
	return facts
}

// rowsOf are the texts of a table's cells.
func rowsOf(table *html.Node) [][]string {
	var rows [][]string
	for _, tr := range all(table, "tr") {
		var row []string
		for c := range tr.ChildNodes() {
			if c.Type == html.ElementNode {
				row = append(row, words(c))
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// Each figure of a card stands beside its name, and all differ. Of 8 numbers the median is 3.625, and the distances from it are
// 5.625 5.125 3.625 0.375 0.375 4.375 12.875 96.375: their median is 4.75.
func TestCardBesideReport(t *testing.T) {
	r := report(t, tableOf([]string{"x"}, []float64{0, -1.5, -2, nan, 3.25, 4, nan, 8, 16.5, 100}), nil)
	c := r.Columns[0]
	two := func(n profile.Number) string { return strings.ReplaceAll(fmt.Sprintf("%.2f", float64(n)), "-", "−") }
	want := map[string]string{
		"values": "8 80.0 %", "missing": "2 20.0 %", "different": "8 100 %", "zeros": "1 12.5 %", "negative": "2 25.0 %", "whole": "5 62.5 %", "beyond whiskers": "1 12.5 %",
		"maximum": "100", "95 %": two(c.Q95), "75 %": two(c.Q75), "median": two(c.Median), "25 %": "−0.3750", "5 %": two(c.Q05), "minimum": "−2", "range": "102", "interquartile range": two(c.IQR),
		"mean": two(c.Mean), "standard deviation": two(c.Std), "variance": "1,188", "variation (std / mean)": two(c.CV), "median abs. deviation": "4.75",
		"skewness": two(c.Skewness), "excess kurtosis": two(c.Kurtosis), "sum": "128.2",
	}
	got := facts(cardOf(t, parse(t, page(t, r)), "x"))
	for name, text := range want {
		if got[name] != text {
			t.Errorf("%s: %q, want %q", name, got[name], text)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d figures, want %d: %v", len(got), len(want), got)
	}
}

// The columns of "By group" stand below their names, and a level's share is of the group's rows that have a value: in p two of
// three, in q one of one.
func TestGroupsOnPage(t *testing.T) {
	r := read(t, "g,x,level\np,1,a\np,2,a\np,4,b\np,8,\np,16.5,\nq,0,b\nq,0,\nq,7,\nq,32.5,\n", &profile.Options{By: "g"})
	doc := parse(t, page(t, r))
	table := rowsOf(all(cardOf(t, doc, "x"), "table")[0])
	for g, s := range column(t, r, "x").Groups {
		number := func(n profile.Number) string {
			switch v := float64(n); {
			case v == float64(int(v)):
				return fmt.Sprint(v)
			case v < 1:
				return fmt.Sprintf("%.4f", v)
			}
			return fmt.Sprintf("%.2f", float64(n))
		}
		want := map[string]string{
			"group": []string{"p", "q"}[g], "values": []string{"5", "4"}[g], "mean": number(s.Mean), "std": number(s.Std), "min": number(s.Min), "5 %": number(s.Q05), "25 %": number(s.Q25), "median": number(s.Median),
			"75 %": number(s.Q75), "95 %": number(s.Q95), "max": number(s.Max), "zeros": []string{"0 %", "50.0 %"}[g], "skewness": fmt.Sprintf("%.2f", float64(s.Skewness)), "sum": number(s.Sum),
		}
		if len(table[0]) != len(want) {
			t.Errorf("columns %v", table[0])
		}
		for i, name := range table[0] {
			if table[g+1][i] != want[name] {
				t.Errorf("group %d, %s: %q, want %q", g, name, table[g+1][i], want[name])
			}
		}
	}
	for _, s := range all(doc, "section") {
		if attribute(s, "id") != "profile_groups" {
			continue
		}
		if rows := fmt.Sprint(rowsOf(s)); !strings.Contains(rows, " a 66.7 % a 0 %]") {
			t.Errorf("level: %s", rows)
		}
	}
	var widths []string
	for _, i := range all(cardOf(t, doc, "level"), "i") {
		if class := attribute(i, "class"); class != "" {
			widths = append(widths, class+" "+attribute(i, "style"))
		}
	}
	if got := strings.Join(widths, ", "); got != "k0 width:66.7%, k1 width:0.0%, k0 width:33.3%, k1 width:100.0%" {
		t.Errorf("bars %s", got)
	}
}

// The axis of whole numbers ends at the first and last of them, not half a bin beyond; that of others at the ends of the bins.
func TestEndsOfAxes(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   string
	}{{[]float64{3, 4, 5, 7, 7}, "3 to 7"}, {[]float64{3, 4.5, 5, 7, 8}, "3 to 8"}, {[]float64{0.5, 1.5, 2.5, 3.5, 7.5}, "0.5000 to 7.50"}} {
		r := report(t, tableOf([]string{"x", "y"}, append(c.values, 6, 6), []float64{1, 2, 3, 4, 5, 6, 8}), nil)
		doc := parse(t, page(t, r))
		caption := all(all(cardOf(t, doc, "x"), "figure")[0], "span")
		if got := words(caption[0]) + " to " + words(caption[2]); got != c.want || words(caption[1]) != "" {
			t.Errorf("%v: %q, want %q", c.values, got, c.want)
		}
		for _, f := range all(doc, "figcaption") {
			if text := words(f); strings.Contains(text, "x across") && !strings.Contains(text, "x across, "+c.want) || strings.Contains(text, "x up") && !strings.Contains(text, "x up, "+c.want) {
				t.Errorf("scatter: %q, want %q", text, c.want)
			}
		}
	}
}

// The picture has room for 40 columns, those of the strongest pairs.
func TestPictureOfManyColumns(t *testing.T) {
	for d, want := range map[int]int{39: 39, 40: 40, 45: 40} {
		names, columns := make([]string, d), make([][]float64, d)
		for j := range names {
			names[j] = fmt.Sprintf("c%d", j)
			for i := range 30 {
				columns[j] = append(columns[j], float64(i*(j+3)*(j+5)%31))
			}
		}
		doc := parse(t, page(t, report(t, tableOf(names, columns...), nil)))
		for _, svg := range all(doc, "svg") {
			if attribute(svg, "class") != "matrix" {
				continue
			}
			var labels []string
			for _, text := range all(svg, "text") {
				labels = append(labels, words(text))
			}
			slices.Sort(labels)
			if labels = slices.Compact(labels); len(labels) != want {
				t.Errorf("%d columns: %d in the picture", d, len(labels))
			}
		}
	}
}
