package dataset

import (
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
)

const mixed = "ID,AGE,REGION,SPENT\n7,31,North,10\n8,NA,South,\n9,50,12,30\n"

func TestReadSkipsText(t *testing.T) {
	table, report, err := Read(strings.NewReader(mixed), &ReadOptions{ID: "ID", SkipText: true})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(table.Names, []string{"AGE", "SPENT"}) || !slices.Equal(report.Missing, []int{1, 1}) || table.X.At(2, 1) != 30 {
		t.Errorf("%v, missing %v, %v", table.Names, report.Missing, table.X)
	}
	want := `REGION is left out: 2 of its 3 values are no numbers, such as "North" on line 2.`
	if !slices.Equal(report.Notes, []string{want}) {
		t.Errorf("notes %q", report.Notes)
	}
	// A typing error among numbers is refused, and so is text without SkipText, and a table of text only.
	for about, c := range map[string]struct {
		text   string
		o      *ReadOptions
		err    error
		line   int
		column string
	}{
		"typing error": {"A,B\n1,x\n2,x\n3,4\nO,y\n", &ReadOptions{SkipText: true}, ErrNotNumber, 5, "A"},
		"half":         {"A\n1\nx\n", &ReadOptions{SkipText: true}, ErrNotNumber, 3, "A"},
		"not asked":    {mixed, nil, ErrNotNumber, 2, "REGION"},
		"text only":    {"A,B\nx,y\n", &ReadOptions{SkipText: true}, ErrEmpty, 1, ""},
	} {
		_, _, err := Read(strings.NewReader(c.text), c.o)
		var at *RowError
		if !errors.Is(err, c.err) || !errors.As(err, &at) || at.Line != c.line || at.Column != c.column {
			t.Errorf("%s: %v", about, err)
		}
	}
}

func TestReadColumns(t *testing.T) {
	table, _, err := Read(strings.NewReader(mixed), &ReadOptions{ID: "ID", Columns: []string{"SPENT", "AGE"}})
	if err != nil || !slices.Equal(table.Names, []string{"SPENT", "AGE"}) || table.X.At(0, 0) != 10 || table.X.At(0, 1) != 31 {
		t.Errorf("%+v, %v", table, err)
	}
	table, _, err = Read(strings.NewReader(mixed), &ReadOptions{Omit: []string{"REGION", "ID"}})
	if err != nil || !slices.Equal(table.Names, []string{"AGE", "SPENT"}) || table.IDs != nil {
		t.Errorf("%+v, %v", table, err)
	}
	for _, o := range []*ReadOptions{{Columns: []string{"AGES"}}, {Omit: []string{"AGES"}}, {ID: "ID", Columns: []string{"ID"}},
		{ID: "ID", Omit: []string{"AGE", "REGION", "SPENT"}}} {
		if _, _, err := Read(strings.NewReader(mixed), o); !errors.Is(err, ErrHeader) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// A scanner gives what Read gives, row by row, and repeats of an id do not disturb it.
func TestScanner(t *testing.T) {
	s, err := NewScanner(strings.NewReader("CUST_ID,A,B\nx,1,\nx,2,3\n"), nil)
	if err != nil || s.IDName != "CUST_ID" || !slices.Equal(s.Names, []string{"A", "B"}) {
		t.Fatalf("%+v, %v", s, err)
	}
	row := make([]float64, 2)
	if id, err := s.Next(row); err != nil || id != "x" || row[0] != 1 || !math.IsNaN(row[1]) {
		t.Errorf("%q %v, %v", id, row, err)
	}
	if id, err := s.Next(row); err != nil || id != "x" || row[1] != 3 {
		t.Errorf("%q %v, %v", id, row, err)
	}
	if _, err := s.Next(row); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a row of another length did not panic")
		}
	}()
	s.Next(row[:1])
}
