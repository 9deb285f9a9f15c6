package columns

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestDates(t *testing.T) {
	for _, c := range []struct {
		layout, text string
		want         float64
	}{
		{"2006-01-02", "1970-01-11", 864000},
		{"2006-01-02 15:04", "1970-01-01 01:02", 3720},
		{"2006-01-02 15:04:05", "1970-01-01 00:00:01.25", 1.25},
		{"2006-01-02 15:04:05", "1969-12-31 23:59:59", -1},
		{time.RFC3339, "1970-01-01T02:00:00+02:00", 0},
		{"2006-01-02T15:04:05", "1970-01-01T00:01:00", 60},
		{"2006/01/02", "1970/01/02", 86400},
		{"02.01.2006", "02.01.1970", 86400},
		{"01/02/2006", "01/13/1970", 12 * 86400},
		{"02/01/2006", "13/01/1970", 12 * 86400},
		{"01/02/2006", "01/02/1970", 86400},
	} {
		got := read(t, lines("d", c.text, "", c.text), &Options{}).Columns[0] // one column: the blank line is no row
		if got.Kind != Date || got.Layout != c.layout || got.Count != 2 || got.X[0] != c.want || got.Mean != c.want || got.M2 != 0 {
			t.Errorf("%s: %+v", c.text, got)
		}
		if want := c.text == "01/02/1970"; got.Ambiguous != want {
			t.Errorf("%s: ambiguous %v", c.text, got.Ambiguous)
		}
	}
	if got := read(t, lines("d", "1970-01-01", "1970-01-01 00:00"), nil).Columns[0]; got.Kind == Date {
		t.Errorf("two layouts: %+v", got)
	}
	if got := read(t, lines("d", "01/02/2020", "13/02/2020"), nil).Columns[0]; got.Layout != dayFirst || got.Ambiguous {
		t.Errorf("%+v", got)
	}
}

func TestAcceptsText(t *testing.T) {
	for _, c := range []struct{ about, text string }{
		{"plain", "a,b\n1,x\n2,y\n"},
		{"semicolons", "a;b\n1;x\n2;y"},
		{"tabs", "a\tb\n1\tx\n2\ty\n"},
		{"bars", "a|b\n1|x\n2|y\n"},
		{"mark, Windows lines, blank lines", "\xef\xbb\xbf\r\na,b\r\n\r\n1,x\r\n2,y\r\n\r\n"},
		{"quotes and blanks", "\"a\", b \n\"1\", x \n 2,\"y\"\n"},
	} {
		table := read(t, c.text, nil)
		if table.Rows != 2 || len(table.Columns) != 2 || table.Columns[0].Name != "a" || table.Columns[1].Name != "b" {
			t.Errorf("%s: %+v", c.about, table)
			continue
		}
		if a, b := table.Columns[0], table.Columns[1]; !same(a.X, []float64{1, 2}) || b.Kind != Text || b.Levels[0].Text != "x" {
			t.Errorf("%s: %+v", c.about, table)
		}
	}
	table := read(t, "\"a;b;c\",\"x\ny\"\n1,2\n", nil)
	if len(table.Columns) != 2 || table.Columns[0].Name != "a;b;c" || table.Columns[1].Name != "x\ny" {
		t.Errorf("quoted separators: %+v", table)
	}
}

func TestHeader(t *testing.T) {
	table := read(t, "a,,a,a (2),column 2,,a\n1,2,3,4,5,6,7\n", nil)
	var names []string
	for i, c := range table.Columns {
		names = append(names, c.Name)
		if c.X[0] != float64(i+1) {
			t.Errorf("%+v", c)
		}
	}
	want := []string{"a", "column 2 (2)", "a (3)", "a (2)", "column 2", "column 6", "a (4)"}
	if !slices.Equal(names, want) || len(table.Notes) != 4 {
		t.Errorf("names %q, notes %q", names, table.Notes)
	}
	table = read(t, "CUST_ID,x\n", nil)
	if table.Rows != 0 || table.Kept != 0 || table.Columns[0].Kind != Empty || table.Columns[1].Kind != Empty || table.IDName != "CUST_ID" {
		t.Errorf("%+v", table)
	}
}

// changing gives other text when it is read a second time.
type changing struct {
	io.ReadSeeker
	second string
	starts int
}

func (c *changing) Seek(offset int64, whence int) (int64, error) {
	if whence == io.SeekStart {
		if c.starts++; c.starts == 2 {
			c.ReadSeeker = strings.NewReader(c.second)
		}
	}
	return c.ReadSeeker.Seek(offset, whence)
}

var errBroken = errors.New("broken")

type broken struct{ io.ReadSeeker }

func (b broken) Read(p []byte) (int, error) {
	n, err := b.ReadSeeker.Read(p)
	if err == io.EOF {
		err = errBroken
	}
	return n, err
}

func TestErrors(t *testing.T) {
	kinds := func(name string, kind Kind) *Options { return &Options{Kinds: map[string]Kind{name: kind}} }
	for _, c := range []struct {
		about, text string
		o           *Options
		is          error
		message     string
	}{
		{"empty", "", nil, ErrEmpty, "profile: a.csv, line 1: no data: the file is empty"},
		{"blank lines", "\n\n", nil, ErrEmpty, ""},
		{"short row", "a,b\n1,2\n\n3\n", nil, ErrFieldCount, "profile: a.csv, line 4: wrong number of fields: 1, the header has 2"},
		{"long row", "a,b\n\"1\n\",2\n1,2,3\n", nil, ErrFieldCount, "profile: a.csv, line 4: wrong number of fields: 3, the header has 2"},
		{"bare quote", "a,b\n1,2\n3,4\"5\n", nil, ErrSyntax, "profile: a.csv, line 3: not CSV: "},
		{"open quote", "a,b\n1,\"2\n", nil, ErrSyntax, ""},
		{"quote in the header", "a,b\"\n", nil, ErrSyntax, "profile: a.csv, line 1: not CSV: "},
		{"UTF-16", "\xff\xfea\x00", nil, ErrSyntax, "UTF-16"},
		{"no id column", "a,b\n1,2\n", &Options{ID: "key"}, ErrNoColumn, `profile: no such column: "key" is not among a, b`},
		{"no forced column", "a,b\n1,2\n", kinds("c", Text), ErrNoColumn, `"c" is not among a, b`},
		{"no numbers", "a,b\nx,2\ny,3\n", kinds("a", Number), ErrKind, "profile: column a: wrong kind: number was asked for; none of its 2 values is one"},
		{"no dates", "a,b\nx,2\ny,3\n", kinds("b", Date), ErrKind, "column b"},
		{"no values", "a,b\n,2\n,3\n", kinds("a", Text), ErrKind, "column a: wrong kind: text was asked for; there is no value"},
		{"a kind that is not asked for", "a,b\n,2\n,3\n", kinds("a", Mixed), ErrKind, `"mixed"`},
		{"an id that is no id", "a,b\n1,2\n", &Options{ID: "a", Kinds: map[string]Kind{"a": Number}}, ErrKind, "column a"},
	} {
		_, err := Read(context.Background(), []Source{{"a.csv", strings.NewReader(c.text)}}, c.o)
		if !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.message) {
			t.Errorf("%s: %v", c.about, err)
		}
	}
	for _, second := range []string{"a,b\n1,2\n", "a,b\n1,2\n3,4\n5,6\n", "a,c\n1,2\n3,4\n", "a,b,c\n1,2,3\n", "a,b\n1,2\n3,x\n"} {
		_, err := Read(context.Background(), []Source{{"a.csv", &changing{ReadSeeker: strings.NewReader("a,b\n1,2\n3,4\n"), second: second}}}, nil)
		if !errors.Is(err, ErrChanged) {
			t.Errorf("changed to %q: %v", second, err)
		}
	}
	if _, err := Read(context.Background(), []Source{{"a.csv", broken{strings.NewReader("a,b\n1,2\n")}}}, nil); !errors.Is(err, errBroken) ||
		!strings.HasPrefix(err.Error(), "profile: a.csv: ") {
		t.Errorf("broken: %v", err)
	}
	if _, err := Read(context.Background(), nil, nil); !errors.Is(err, ErrEmpty) {
		t.Errorf("no source: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Read(ctx, []Source{{"", strings.NewReader("a\n1\n")}}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestForced(t *testing.T) {
	text := "k,n,c,d\nA,1,01,2020-01-01\nB,2,02,2020-01-01\nC,x,03,today\nC,,3,\n"
	table := read(t, text, &Options{ID: "k", Kinds: map[string]Kind{"n": Number, "c": Number, "d": Date}})
	n, c, d := table.Columns[1], table.Columns[2], table.Columns[3]
	if n.Kind != Number || n.Count != 2 || n.Missing != 2 || !same(n.X, []float64{1, 2, math.NaN(), math.NaN()}) {
		t.Errorf("%+v", n)
	}
	if c.Kind != Number || !same(c.X, []float64{1, 2, 3, 3}) || c.Distinct != 3 {
		t.Errorf("%+v", c)
	}
	if d.Kind != Date || d.Count != 2 || d.Missing != 2 || d.Layout != "2006-01-02" || d.Distinct != 1 {
		t.Errorf("%+v", d)
	}
	if len(table.Notes) != 2 || table.IDName != "k" || table.Columns[0].Distinct != 3 {
		t.Errorf("%+v", table)
	}
	table = read(t, text, &Options{Kinds: map[string]Kind{"k": ID, "n": Category, "c": Text, "d": ID}})
	if table.IDName != "k" || table.Columns[3].Kind != ID || !reflect.DeepEqual(table.Columns[1].Levels, []Level{{"1", 1}, {"2", 1}, {"x", 1}}) {
		t.Errorf("%+v", table)
	}
	if c := table.Columns[2]; c.Kind != Text || !same(c.X, []float64{2, 2, 2, 1}) || c.Whole != 0 || c.Max != 2 {
		t.Errorf("%+v", c)
	}
	table = read(t, "CUST_ID,b\n1,2\n2,3\n", &Options{Kinds: map[string]Kind{"CUST_ID": Number}})
	if table.IDName != "" || table.Columns[0].Kind != Number {
		t.Errorf("%+v", table)
	}
	var b strings.Builder
	b.WriteString("c\n")
	for i := range maxTexts + 1 {
		fmt.Fprintf(&b, "t%d\n", i)
	}
	if _, err := Read(context.Background(), []Source{{"", strings.NewReader(b.String())}}, &Options{Kinds: map[string]Kind{"c": Category}}); !errors.Is(err, ErrKind) {
		t.Errorf("too many categories: %v", err)
	}
	c = read(t, b.String()+"t3\nt65536\n", nil).Columns[0]
	if c.Distinct != maxTexts+1 || c.LevelsExact || len(c.Levels) != maxLevels || c.Levels[0] != (Level{"t3", 2}) || c.Levels[1].Count != 1 {
		t.Errorf("%d different, %v", c.Distinct, c.Levels[:2])
	}
}

func TestSources(t *testing.T) {
	sources := []Source{
		{"a.csv", strings.NewReader("CUST_ID,a,b\n1,5,x\n2,6,x\n")},
		{"b.csv", strings.NewReader("a,b,c\n")},
		{"c.csv", strings.NewReader("c;a;\n7;8;9\n7;8;9\n7;8;9\n")},
	}
	table, err := Read(context.Background(), sources, nil)
	if err != nil {
		t.Fatal(err)
	}
	nan := math.NaN()
	for i, want := range []struct {
		name string
		kind Kind
		x    []float64
	}{
		{"CUST_ID", ID, nil}, {"a", Number, []float64{5, 6, 8, 8, 8}}, {"b", Category, []float64{0, 0, nan, nan, nan}},
		{"c", Number, []float64{nan, nan, 7, 7, 7}}, {"column 3", Number, []float64{nan, nan, 9, 9, 9}},
	} {
		if c := table.Columns[i]; c.Name != want.name || c.Kind != want.kind || !same(c.X, want.x) || c.Count+c.Missing != 5 {
			t.Errorf("%+v", c)
		}
	}
	if !reflect.DeepEqual(table.Group, []int32{0, 0, 2, 2, 2}) || !reflect.DeepEqual(table.GroupRows, []int{2, 0, 3}) ||
		table.Duplicates != 2 || table.DuplicatesWithID != 2 || len(table.Notes) != 1 || !strings.HasPrefix(table.Notes[0], "c.csv: ") {
		t.Errorf("%+v", table)
	}
}

func TestProgress(t *testing.T) {
	text := "a,b\n" + strings.Repeat("1,2\n", 100_000)
	calls, last := 0, 0.0
	read(t, text, &Options{OnProgress: func(share float64) {
		if calls++; share <= last || share > 1 {
			t.Errorf("%v after %v", share, last)
		}
		last = share
	}})
	if last != 1 || calls < 50 || calls > 202 {
		t.Errorf("%d calls, the last with %v", calls, last)
	}
}
