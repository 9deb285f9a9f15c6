package profile_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"example.com/marketing/segkit/profile"
)

// Names of numbers that would be elements and attributes, in a parsed page: in pictures, labels, legends, alerts and lists.
func TestNamesAreNoMarkup(t *testing.T) {
	evil := []string{`<b x=1>bold</b>`, `"><i x=1>`, `' onload='x`, `"x="1" y`, `</svg></style></script><b x=1>`, `<!-- `, `&lt;b x=1&gt;`}
	columns := make([][]float64, len(evil))
	groups, labels := &profile.Groups{Names: evil}, make([]int, 210)
	for j := range columns {
		for i := range 210 {
			v := float64(i*i%97) + float64(i*(j+2)%31)/float64(j+2)
			if i%(20+j) == 3 {
				v = nan
			}
			columns[j] = append(columns[j], v)
		}
	}
	for i := range labels {
		labels[i] = i % len(evil)
	}
	groups.Labels = labels
	for _, o := range []*profile.Options{{Title: evil[0], Source: evil[1], Target: evil[1]}, {Groups: groups, Target: evil[0]}, {}} {
		r := report(t, tableOf(evil, columns...), o)
		fragment, err := r.Fragment("f")
		if err != nil {
			t.Fatal(err)
		}
		var brief strings.Builder
		if err := r.WriteBrief(&brief); err != nil {
			t.Fatal(err)
		}
		for about, text := range map[string]string{"page": page(t, r), "fragment": fragment, "brief": brief.String()} {
			doc := parse(t, text)
			labelled := map[string]bool{}
			for n := range doc.Descendants() {
				if n.Type == html.CommentNode {
					t.Errorf("%s: the comment %q", about, n.Data)
				}
				if n.Type != html.ElementNode {
					continue
				}
				inPicture := false
				for p := range n.Ancestors() {
					inPicture = inPicture || p.Data == "svg"
				}
				if inPicture && !strings.Contains(" path g text circle rect ", " "+n.Data+" ") {
					t.Errorf("%s: the element %s in a picture", about, n.Data)
				}
				for _, a := range n.Attr {
					if !inPicture && (a.Key == "x" || a.Key == "y") || strings.HasPrefix(a.Key, "on") || strings.ContainsAny(a.Key, `"'<>`) {
						t.Errorf("%s: %s has the attribute %s=%q", about, n.Data, a.Key, a.Val)
					}
				}
				switch label := attribute(n, "aria-label"); {
				case n.Data == "svg" && strings.HasPrefix(label, "Histogram of "), n.Data == "svg" && strings.HasPrefix(label, "Box plot of "), n.Data == "svg" && strings.HasPrefix(label, "Scatter of "):
					kind, name, _ := strings.Cut(label, " of ")
					for _, e := range evil {
						if strings.HasPrefix(name, e) {
							labelled[kind+e] = true
						}
					}
				case n.Data == "text":
					labelled["matrix"+words(n)] = true
				case n.Data == "article":
					labelled["card"+attribute(n, "data-name")] = true
				}
			}
			for _, e := range evil {
				for _, kind := range []string{"Histogram", "Box plot", "card", "matrix"} {
					if want := strings.Join(strings.Fields(e), " "); kind == "matrix" && !labelled[kind+want] || kind != "matrix" && !labelled[kind+e] {
						t.Errorf("%s: no %s of %s", about, kind, e)
					}
				}
			}
			if scatters := len(strings.Split(text, `class="hex"`)) - 1; scatters == 0 {
				t.Errorf("%s: no scatter", about)
			}
		}
	}
}

// What a script reads of the report is JSON, in which a name ends nothing.
func TestNamesInScript(t *testing.T) {
	name := `</script><b x=1>"` + "\u2028" + `]}`
	var csv strings.Builder
	fmt.Fprintf(&csv, "\"%s\",y\n", strings.ReplaceAll(name, `"`, `""`))
	for i := range 40 {
		fmt.Fprintf(&csv, "%d,%d\n", i, i*i%17)
	}
	for _, s := range all(parse(t, page(t, read(t, csv.String(), nil))), "script") {
		if attribute(s, "type") != "application/json" {
			continue
		}
		var data struct {
			Names []string
			Pairs []struct{ A, B int }
		}
		if err := json.Unmarshal([]byte(s.FirstChild.Data), &data); err != nil || len(data.Pairs) != 1 || data.Names[data.Pairs[0].A] != name && data.Names[data.Pairs[0].B] != name {
			t.Errorf("%v: %s", err, s.FirstChild.Data)
		}
		return
	}
	t.Error("the page has no data")
}
