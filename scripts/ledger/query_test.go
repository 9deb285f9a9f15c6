package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestParseQuery(t *testing.T) {
	for _, c := range []struct {
		text, note string
		want       []term
	}{
		{"", "", nil},
		{"  \t ", "", nil},
		{"pca k=3", "", []term{{value: "pca"}, {field: "k", op: "=", value: "3"}}},
		{"tag:pca name:x state:running", "", []term{{field: "tag", op: ":", value: "pca"}, {field: "name", op: ":", value: "x"}, {field: "state", op: ":", value: "running"}}},
		{"min:loss<=0.1 silhouette>0.4", "", []term{{field: "min:loss", op: "<=", value: "0.1"}, {field: "silhouette", op: ">", value: "0.4"}}},
		{"a!=b a<c a>=d", "", []term{{field: "a", op: "!=", value: "b"}, {field: "a", op: "<", value: "c"}, {field: "a", op: ">=", value: "d"}}},
		{"-tag:old -x - y", "", []term{{not: true, field: "tag", op: ":", value: "old"}, {not: true, value: "x"}, {value: "-"}, {value: "y"}}},
		{`"two words" "learning rate"=0.1 a="x y"`, "", []term{{value: "two words"}, {field: "learning rate", op: "=", value: "0.1"}, {field: "a", op: "=", value: "x y"}}},
		{`"a=b"`, "", []term{{value: "a=b"}}},
		{`a="`, "a quotation mark is not closed", []term{{field: "a", op: "="}}},
		{`a=""`, "", []term{{field: "a", op: "="}}},
		{"k= =3 http://x", "", []term{{value: "=3"}, {value: "http://x"}}},
		{"a=b=c", "", []term{{field: "a", op: "=", value: "b=c"}}},
		{"k!3", "", []term{{value: "k!3"}}},
	} {
		got, note := parseQuery(c.text)
		if !slices.Equal(got, c.want) || note != c.note {
			t.Errorf("%q is %+v, %q; want %+v, %q", c.text, got, note, c.want, c.note)
		}
	}
}

func FuzzQuery(f *testing.F) {
	for _, s := range append([]string{`k=3 tag:pca silhouette>0.4`, `-"a b"=`, `a!==b`, "\"", "- -", "min:x<1e999"}, evil...) {
		f.Add(s, s)
	}
	s, dir := emptyStore(f)
	r := begin(f, s, "one")
	r.Param("k", 3)
	r.Metric("silhouette", 0.5, 0)
	r.Tag("pca")
	finish(f, r)
	runs, err := openTest(f, dir).runs()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, query, more string) {
		terms, _ := parseQuery(query)
		for _, term := range terms {
			if term.op != "" && term.field == "" || term.op == "" && (term.value == "" || term.field != "") {
				t.Errorf("%q has the term %+v", query, term)
			}
			if term.holds(runs[0]) == term.not && term.matches(runs[0]) {
				t.Errorf("%+v both holds and does not", term)
			}
		}
		kept, _ := filter(runs, query)
		if strings.Count(query, `"`)%2 == 0 { // a longer query finds no more
			if both, _ := filter(runs, query+" "+more); len(both) > len(kept) {
				t.Errorf("%q finds %d, %q %d", query, len(kept), query+" "+more, len(both))
			}
		}
	})
}

// queries are what the test stores are searched for, by this program and by its scripts.
var queries = []string{
	"", "k", "run-k1", "RUN", "k=3", "k!=3", "k>2", "k>=2 k<4", "-k=3", "tag:find", `tag:"group 1"`, "tag:nothing", "name:k4", "state:ended", "state:running", "-state:ended",
	"loss<0.15", "min:loss<0.05", "max:loss>1.2", "last:loss>0", "param:k=2", "space=pca", "space!=pca", "space<g", "silhouette>0.15 silhouette<=0.3", "rate=0.002", "rate=2e-3",
	"started>2026-01-01", "started<2000", "duration>=0 -state:running", "layers", `layers="[17,3,2]"`, "unknown=3", `"`, `k="`, `"find-clusters"`, "seed=42.0", "seed=+42", "seed=4_2", "seed=0x2a", "seed<Infinity",
	"loss=NaN", "paper=https", "=", "-", "state=ended", "name=run-k2", "é", "12", "K=3",
}

func TestFilter(t *testing.T) {
	dir, _ := richStore(t)
	runs, err := openTest(t, dir).runs()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ query, want, note string }{
		{"k=3", "run-k3", ""},
		{"k>2 k<100", "run-k1 run-k4 run-k3", ""},
		{`tag:"group 1" silhouette>=0.3`, "run-k3", ""},
		{"state:damaged", "broken nothing", ""},
		{"min:loss<0.05", "run-k0", ""},
		{"space=PCA", "run-k4 run-k1", ""},
		{"unknown>1", "", `no run has a parameter or metric called "unknown"`},
		{"k>1000", "", ""},
		{"-tag:find -state:damaged -state:interrupted", "run-k1", ""},
	} {
		found, note := filter(runs, c.query)
		var names []string
		for _, r := range found {
			names = append(names, r.Name)
		}
		if got := strings.Join(names, " "); got != c.want || note != c.note {
			t.Errorf("%q finds %q, %q; want %q, %q", c.query, got, note, c.want, c.note)
		}
	}
}

func TestSort(t *testing.T) {
	var keys []sortKey
	texts := []string{"b", "-Infinity", "", "10", "9", "A", "1e3", "Infinity", "NaN"}
	for _, s := range texts {
		keys = append(keys, newSortKey(cell{Raw: s, None: s == ""}))
	}
	for down, want := range map[bool]string{false: "[-Infinity 9 10 1e3 Infinity A b NaN ]", true: "[Infinity 1e3 10 9 -Infinity NaN b A ]"} {
		order := []int{0, 1, 2, 3, 4, 5, 6, 7, 8}
		slices.SortStableFunc(order, func(a, b int) int { return keys[a].compare(keys[b], down) })
		var got []string
		for _, i := range order {
			got = append(got, texts[i])
		}
		if fmt.Sprint(got) != want {
			t.Errorf("in order: %v, want %v", got, want)
		}
	}
}
