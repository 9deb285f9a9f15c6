package columns

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/dataset"
)

// compare reads what WriteCSV writes of the table and compares it with FromTable.
func compare(t *testing.T, about string, table *dataset.Table, kinds map[string]Kind) *Table {
	t.Helper()
	var b bytes.Buffer
	if err := table.WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	got, err := FromTable(table, kinds)
	if err != nil {
		t.Fatalf("%s: %v", about, err)
	}
	want := read(t, b.String(), &Options{ID: table.IDName, Kinds: kinds})
	if len(got.Columns) != len(want.Columns) {
		t.Fatalf("%s: %d columns, want %d", about, len(got.Columns), len(want.Columns))
	}
	for i := range want.Columns {
		if !equal(got.Columns[i], want.Columns[i]) {
			t.Errorf("%s: column %d is\n%+v, want\n%+v", about, i, got.Columns[i], want.Columns[i])
		}
	}
	if got.Rows != want.Rows || got.Kept != want.Kept || got.IDName != want.IDName || got.Duplicates != want.Duplicates ||
		got.DuplicatesWithID != want.DuplicatesWithID || got.GroupRows[0] != want.GroupRows[0] {
		t.Errorf("%s: got %+v, want %+v", about, got, want)
	}
	return got
}

func TestFromTable(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	table := &dataset.Table{IDName: "key", IDs: []string{"a", "b", "c", "d", "d"}, Names: []string{"n", "b", "e", "i", "z"},
		X: mat.NewDense(5, 5, []float64{
			1.5, 0, nan, 1, math.Copysign(0, -1),
			nan, 1, nan, inf, 0,
			-3, 1, nan, 2, 1e300,
			1e-9, 1, nan, 4, 3,
			1e-9, 1, nan, 4, 3})}
	got := compare(t, "all sorts", table, nil)
	for i, want := range []Kind{ID, Number, Boolean, Empty, Mixed, Number} {
		if got.Columns[i].Kind != want {
			t.Errorf("column %d is %s, want %s", i, got.Columns[i].Kind, want)
		}
	}
	if l := got.Columns[2].Levels; l[0] != (Level{"0", 1}) || l[1] != (Level{"1", 4}) || got.Duplicates != 1 || got.DuplicatesWithID != 1 {
		t.Errorf("%+v", got)
	}
	compare(t, "forced", table, map[string]Kind{"n": Category, "b": Number, "i": Number, "z": Text})
	compare(t, "ids", table, map[string]Kind{"n": ID, "i": ID})
	compare(t, "no ids", table.Select("n", "b"), nil)
	table.IDs, table.IDName = nil, ""
	compare(t, "really no ids", table, nil)
	compare(t, "synthetic", dataset.Synthesize(8950, 1), nil)
	if _, err := FromTable(table, map[string]Kind{"n": Date}); !errors.Is(err, ErrKind) {
		t.Errorf("dates: %v", err)
	}
	if _, err := FromTable(table, map[string]Kind{"y": Text}); !errors.Is(err, ErrNoColumn) {
		t.Errorf("no column: %v", err)
	}
	if _, err := FromTable(table, map[string]Kind{"n": Boolean}); !errors.Is(err, ErrKind) {
		t.Errorf("boolean: %v", err)
	}
}

func TestRealData(t *testing.T) {
	path := os.Getenv("SEGKIT_DATA")
	if path == "" {
		t.Skip("SEGKIT_DATA names no file: the real data are left out")
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table, err := Read(context.Background(), []Source{{path, f}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	numbers := 0
	for _, c := range table.Columns {
		switch {
		case c.Kind == Number:
			numbers++
		case c.Kind != ID || c.Name != "CUST_ID":
			t.Errorf("%s is %s", c.Name, c.Kind)
		}
		if c.Name == "MINIMUM_PAYMENTS" && c.Missing != 313 || c.Name == "CREDIT_LIMIT" && (c.Whole != 8940 || c.Count != 8949) {
			t.Errorf("%+v", c)
		}
	}
	if numbers != 17 || table.Rows != 8950 || table.Duplicates != 0 || len(table.Notes) != 0 {
		t.Errorf("%d numbers, %d rows, %d duplicates, notes %q", numbers, table.Rows, table.Duplicates, table.Notes)
	}
}

func FuzzRead(f *testing.F) {
	for _, text := range []string{"", "a\n", "a,b\n1,2\n", "a;;a\n1;x;2020-01-01\n0;y;01/02/2020\n", "\xef\xbb\xbfa|a\n007|NA\n",
		"a\n\"1\n\"\n1e999\n-0\n\xff\n", "CUST_ID\tb\nx\tyes\ny\tNO\n", "a,b\n1e308,1e308\n-1e308,1e308\n"} {
		f.Add(text, uint8(3), false)
		f.Add(text, uint8(0), true)
	}
	f.Fuzz(func(t *testing.T, text string, kept uint8, twice bool) {
		sources := []Source{{"a", strings.NewReader(text)}}
		if twice {
			sources = append(sources, Source{"b", strings.NewReader("b,z\n1,x\n")})
		}
		table, err := Read(context.Background(), sources, &Options{MaxKept: int(kept)})
		if err != nil {
			if !strings.HasPrefix(err.Error(), "profile: ") {
				t.Error(err)
			}
			return
		}
		rows := 0
		for _, n := range table.GroupRows {
			rows += n
		}
		if rows != table.Rows || twice != (table.Group != nil) || twice && len(table.Group) != table.Kept {
			t.Errorf("%+v", table)
		}
		names := map[string]bool{}
		for _, c := range table.Columns {
			if c.Count+c.Missing != table.Rows || c.Distinct > c.Count || c.X == nil != (c.Kind == ID || c.Kind == Empty) ||
				c.X != nil && len(c.X) != table.Kept || c.Name == "" || names[c.Name] {
				t.Errorf("%+v", c)
			}
			names[c.Name] = true
			present, total := 0, 0
			for _, v := range c.X {
				if !math.IsNaN(v) {
					present++
				}
			}
			for _, l := range c.Levels {
				total += l.Count
			}
			if table.Kept == table.Rows && c.X != nil && present != c.Count-c.Texts || c.Levels != nil && total > c.Count ||
				(c.Kind == Category || c.Kind == Boolean) && total != c.Count {
				t.Errorf("%+v", c)
			}
		}
	})
}
