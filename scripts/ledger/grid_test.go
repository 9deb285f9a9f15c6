package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestReadGrid(t *testing.T) {
	for _, c := range []struct{ name, content, want string }{
		{"a.csv", "\uFEFFa,b\n1,\"x,y\"\n2\n3,4,5\n", "[a b column 3] [[1 x,y ] [2  ] [3 4 5]]"},
		{"a.CSV", "a\n\xff\n", "[a] [[\uFFFD]]"},
		{"a.tsv", "a\tb\n1\t2\n", "[a b] [[1 2]]"},
		{"a.csv", "", "[] []"},
		{"a.json", `[{"b":1,"a":"x"},{"c":null,"a":true,"b":[1,{"d":2}]}]`, `[b a c] [[1 x ] [[1,{"d":2}] true ]]`},
		{"a.json", `[[1,"x"],[2]]`, "[column 1 column 2] [[1 x] [2 ]]"},
		{"a.json", `[1,"x"]`, "[value] [[1] [x]]"},
		{"a.json", `{"columns":["a","b"],"data":[[1,2],[3,4]]}`, "[a b] [[1 2] [3 4]]"},
		{"a.json", `{"a":1,"b":{"c":[1, 2]}}`, `[name value] [[a 1] [b {"c":[1,2]}]]`},
		{"a.json", `[]`, "[] []"},
	} {
		g, err := readGrid(strings.NewReader(c.content), c.name)
		if err != nil {
			t.Errorf("%s %q: %v", c.name, c.content, err)
			continue
		}
		if got := fmt.Sprint(g.Header, " ", g.Rows); got != c.want {
			t.Errorf("%s %q is %s, want %s", c.name, c.content, got, c.want)
		}
	}
	for name, content := range map[string]string{"a.json": `[{"a":1},`, "b.json": "7", "c.json": "", "d.json": `[{"a":1}, oops]`} {
		if _, err := readGrid(strings.NewReader(content), name); err == nil {
			t.Errorf("%s %q is read", name, content)
		}
	}
	if _, err := readGrid(strings.NewReader("x"), "a.html"); !errors.Is(err, errNoGrid) {
		t.Error(err)
	}
}

func FuzzGrid(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", `[{"a":1}]`, `{"columns":["a"],"data":[[1]]}`, "\"", `[[1],{"a":2},3]`, `{"columns":["a"],"data":[{"a":1,"b":2}]}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, content string) {
		for _, name := range []string{"a.csv", "a.tsv", "a.json"} {
			g, err := readGrid(strings.NewReader(content), name)
			if err != nil {
				continue
			}
			for _, row := range g.Rows {
				if len(row) != len(g.Header) {
					t.Fatalf("%q as %s: %d cells below %d headings", content, name, len(row), len(g.Header))
				}
			}
			for column := range g.Header {
				if n := len(g.pick("", column, true)); n != len(g.Rows) {
					t.Fatalf("%d of %d rows", n, len(g.Rows))
				}
			}
		}
	})
}

// A table of 100,000 rows is found in, and put in order, while one waits.
func TestBigGrid(t *testing.T) {
	var b strings.Builder
	b.WriteString("id,name,a,b,c,d,e,f\n")
	for i := range 100_000 {
		fmt.Fprintf(&b, "%d,customer %d,%d.5,%d,x,y,z,%d\n", i, i*7919%100_000, i*31%977, i%7, i*i%1000)
	}
	start := time.Now()
	g, err := readGrid(strings.NewReader(b.String()), "big.csv")
	if err != nil || len(g.Rows) != 100_000 {
		t.Fatal(len(g.Rows), err)
	}
	read := time.Since(start)
	start = time.Now()
	rows := g.pick("", 2, true)
	order := time.Since(start)
	start = time.Now()
	found := g.pick("customer 77777", -1, false)
	t.Logf("read in %v, in order in %v, found in %v", read, order, time.Since(start))
	if len(rows) != 100_000 || g.Rows[rows[0]][2] != "976.5" || len(found) != 1 {
		t.Errorf("%d rows, %q first, %d found", len(rows), g.Rows[rows[0]], len(found))
	}
	if limit := 20 * time.Second; read+order > limit {
		t.Errorf("it took %v", read+order)
	}
}
