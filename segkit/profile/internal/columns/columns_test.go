package columns

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func read(t *testing.T, text string, o *Options) *Table {
	t.Helper()
	table, err := Read(context.Background(), []Source{{Name: "a.csv", R: strings.NewReader(text)}}, o)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return table
}

// lines returns a file of one column.
func lines(name string, values ...string) string {
	return name + "\n" + strings.Join(values, "\n") + "\n"
}

func same(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return x == y || math.IsNaN(x) && math.IsNaN(y) })
}

// equal compares columns, NaN with NaN as equal.
func equal(a, b Column) bool { return fmt.Sprintf("%#v", a) == fmt.Sprintf("%#v", b) }

func TestKinds(t *testing.T) {
	many := make([]string, 202) // 101 texts, each twice
	for i := range many {
		many[i] = fmt.Sprint("t", i/2)
	}
	long := strings.Repeat("ü", 51)
	for _, c := range []struct {
		about  string
		values []string
		kind   Kind
		x      []float64
		levels []Level
	}{
		{"nothing", []string{"NA", "n/a", "#N/A", "NaN", "Null"}, Empty, nil, nil},
		{"yes and no", []string{"Yes", "no", "yes", "NO", "no", "na"}, Boolean, []float64{1, 0, 1, 0, 0, math.NaN()}, []Level{{"no", 3}, {"Yes", 2}}},
		{"y and n", []string{"y", "n"}, Boolean, []float64{1, 0}, []Level{{"n", 1}, {"y", 1}}},
		{"true and false", []string{"TRUE", "FALSE"}, Boolean, []float64{1, 0}, []Level{{"FALSE", 1}, {"TRUE", 1}}},
		{"t and f", []string{"t", "f", "T"}, Boolean, []float64{1, 0, 1}, []Level{{"f", 1}, {"T", 2}}},
		{"0 and 1", []string{"1", "0", "1.0", "1.0"}, Boolean, []float64{1, 0, 1, 1}, []Level{{"0", 1}, {"1.0", 3}}},
		{"y and no", []string{"y", "no", "y", "no"}, Category, []float64{1, 0, 1, 0}, []Level{{"no", 2}, {"y", 2}}},
		{"only yes", []string{"yes", "yes"}, Category, []float64{0, 0}, []Level{{"yes", 2}}},
		{"only 1", []string{"1", "1"}, Number, []float64{1, 1}, nil},
		{"00 and 01", []string{"00", "01", "01"}, Category, []float64{1, 0, 0}, []Level{{"01", 2}, {"00", 1}}},
		{"numbers", []string{"0.5", "-0.5", "+3", "1e3", " 7 ", "5.", ".5", "-0"}, Number, []float64{0.5, -0.5, 3, 1000, 7, 5, 0.5, 0}, nil},
		{"codes", []string{"007", "1234", "0815"}, Text, []float64{3, 4, 4}, []Level{{"007", 1}, {"0815", 1}, {"1234", 1}}},
		{"Go's notations", []string{"0x10", "1_000", "inf", "infinity", "+nan", "1p3", "1e999"}, Text, []float64{4, 5, 3, 8, 4, 3, 5}, nil},
		{"mixed", []string{"1", "none", "2.5", "07"}, Mixed, []float64{1, math.NaN(), 2.5, math.NaN()}, []Level{{"07", 1}, {"none", 1}}},
		{"fewer numbers", []string{"1", "a", "b", "a", "a"}, Category, []float64{1, 0, 2, 0, 0}, []Level{{"a", 3}, {"1", 1}, {"b", 1}}},
		{"dates", []string{"2024-02-29", "1970-01-02"}, Date, []float64{1709164800, 86400}, nil},
		{"no date", []string{"2023-02-29", "1970-01-02"}, Text, []float64{10, 10}, nil},
		{"dates and a number", []string{"1970-01-02", "3", "1970-01-02", "a"}, Category, nil, nil},
		{"long", []string{long, long, long}, Text, []float64{51, 51, 51}, []Level{{long, 3}}},
		{"50 characters", []string{long[2:], long[2:], long[2:]}, Category, []float64{0, 0, 0}, nil},
		{"101 texts", many, Text, nil, nil},
		{"100 texts", many[:200], Category, nil, nil},
		{"few of few", []string{"a", "b", "c", "c"}, Category, []float64{1, 2, 0, 0}, []Level{{"c", 2}, {"a", 1}, {"b", 1}}},
		{"all different", []string{"a", "b", "c"}, Text, []float64{1, 1, 1}, nil},
	} {
		table := read(t, lines("v", c.values...), nil)
		got := table.Columns[0]
		if got.Kind != c.kind {
			t.Errorf("%s: kind %s, want %s", c.about, got.Kind, c.kind)
		}
		if c.x != nil && !same(got.X, c.x) {
			t.Errorf("%s: X %v, want %v", c.about, got.X, c.x)
		}
		if c.levels != nil && !reflect.DeepEqual(got.Levels, c.levels) {
			t.Errorf("%s: levels %v, want %v", c.about, got.Levels, c.levels)
		}
		if (c.kind == Number || c.kind == Date || c.kind == Empty) && got.Levels != nil {
			t.Errorf("%s: levels %v", c.about, got.Levels)
		}
		if got.Count+got.Missing != table.Rows || table.Rows != len(c.values) {
			t.Errorf("%s: %d values and %d missing of %d rows", c.about, got.Count, got.Missing, table.Rows)
		}
	}
}

func TestCounts(t *testing.T) {
	table := read(t, "CUST_ID,n,b\na,12.0,1\nb,-3.50,0\nc,0,0\nd,,\ne,12,1\ne,12,1\n", nil)
	n := table.Columns[1]
	want := Column{Name: "n", Kind: Number, Count: 5, Missing: 1, Zeros: 1, Negative: 1, Whole: 4, Decimals: 1, Distinct: 3,
		Min: -3.5, Max: 12, Sum: 32.5, Mean: 6.5, M2: n.M2, M3: n.M3, M4: n.M4, X: n.X, LevelsExact: true}
	if !equal(n, want) || !same(n.X, []float64{12, -3.5, 0, math.NaN(), 12, 12}) {
		t.Errorf("got\n%+v, want\n%+v", n, want)
	}
	if math.Abs(n.M2-(3*5.5*5.5+100+6.5*6.5)) > 1e-12 {
		t.Errorf("M2 %v", n.M2)
	}
	b := table.Columns[2]
	if b.Kind != Boolean || b.Zeros != 2 || b.Whole != 0 || b.Distinct != 2 || b.Sum != 3 || b.Min != 0 || b.Max != 1 || b.Mean != 0.6 {
		t.Errorf("%+v", b)
	}
	id := table.Columns[0]
	if id.Kind != ID || id.X != nil || id.Levels != nil || id.Distinct != 5 || !math.IsNaN(id.Mean) {
		t.Errorf("%+v", id)
	}
	if table.IDName != "CUST_ID" || table.Duplicates != 2 || table.DuplicatesWithID != 1 || table.Group != nil ||
		!reflect.DeepEqual(table.GroupRows, []int{6}) || table.Bytes != 55 {
		t.Errorf("%+v", table)
	}
}
