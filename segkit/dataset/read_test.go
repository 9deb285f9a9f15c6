package dataset

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func same(a, b *Table) bool {
	if a.IDName != b.IDName || !reflect.DeepEqual(a.IDs, b.IDs) || !reflect.DeepEqual(a.Names, b.Names) {
		return false
	}
	n, d := a.Dims()
	if m, e := b.Dims(); m != n || e != d {
		return false
	}
	for i := range n {
		for j := range d {
			x, y := a.X.At(i, j), b.X.At(i, j)
			if x != y && !(math.IsNaN(x) && math.IsNaN(y)) {
				return false
			}
		}
	}
	return true
}

func TestReadAccepts(t *testing.T) {
	want := "[10.5 NaN][-2 3]"
	for _, c := range []struct{ about, text, notes string }{
		{"plain", "CUST_ID,A,B\nx,10.5,\ny,-2,3\n", ""},
		{"no final newline", "CUST_ID,A,B\nx,10.5,\ny,-2,3", ""},
		{"byte-order mark", "\xef\xbb\xbfCUST_ID,A,B\nx,10.5,\ny,-2,3\n", "byte-order mark"},
		{"Windows line ends", "CUST_ID,A,B\r\nx,10.5,\r\ny,-2,3\r\n", ""},
		{"blanks around names", "CUST_ID , A,B\nx,10.5,\ny,-2,3\n", "2 names stand in blanks"},
		{"blanks around a value", "CUST_ID,A,B\nx, 10.5,\ny,-2,3\n", "1 value stands in blanks"},
		{"quotes", "\"CUST_ID\",\"A\",\"B\"\n\"x\",\"10.5\",\"\"\n\"y\",\"-2\",\"3\"\n", ""},
		{"NA", "CUST_ID,A,B\nx,10.5,NA\ny,-2,3\n", ""},
		{"NaN", "CUST_ID,A,B\nx,10.5,NaN\ny,-2,3\n", ""},
		{"null", "CUST_ID,A,B\nx,10.5,NULL\ny,-2,3\n", ""},
		{"exponent", "CUST_ID,A,B\nx,1.05e1,\ny,-2,3\n", ""},
		{"id in the middle", "A,CUST_ID,B\n10.5,x,\n-2,y,3\n", ""},
	} {
		table, report, err := Read(strings.NewReader(c.text), nil)
		if err != nil {
			t.Errorf("%s: %v", c.about, err)
			continue
		}
		got := fmt.Sprint(table.X.RawRowView(0), table.X.RawRowView(1))
		if got = strings.ReplaceAll(got, "] [", "]["); got != want || !reflect.DeepEqual(table.IDs, []string{"x", "y"}) {
			t.Errorf("%s: read %s with ids %v", c.about, got, table.IDs)
		}
		if notes := strings.Join(report.Notes, " "); !strings.Contains(notes, c.notes) || (c.notes == "") != (notes == "") {
			t.Errorf("%s: notes %q, want %q", c.about, notes, c.notes)
		}
		if report.Rows != 2 || !reflect.DeepEqual(report.Missing, []int{0, 1}) {
			t.Errorf("%s: report %+v", c.about, report)
		}
	}
}

func TestReadWithoutIDs(t *testing.T) {
	table, _, err := Read(strings.NewReader("a,b\n1,2\n"), nil)
	if err != nil || table.IDs != nil || table.IDName != "" {
		t.Errorf("%+v, %v", table, err)
	}
	table, _, err = Read(strings.NewReader("key,b\nk1,2\n"), &ReadOptions{ID: "key"})
	if err != nil || table.IDs[0] != "k1" {
		t.Errorf("%+v, %v", table, err)
	}
}

func TestReadRefuses(t *testing.T) {
	for _, c := range []struct {
		about, text  string
		options      *ReadOptions
		kind         error
		line         int
		column, says string
	}{
		{"too few fields", "CUST_ID,A,B\nx,1,2\ny,1\n", nil, ErrFieldCount, 3, "", "2, the header has 3"},
		{"too many fields", "CUST_ID,A,B\nx,1,2,3\n", nil, ErrFieldCount, 2, "", "4, the header has 3"},
		{"text", "CUST_ID,A,B\nx,1,2\ny,1,two\n", nil, ErrNotNumber, 3, "B", `"two"`},
		{"decimal comma", "CUST_ID,A\nx,\"1,5\"\n", nil, ErrNotNumber, 2, "A", `"1,5"`},
		{"Go's notation", "CUST_ID,A\nx,0x10\n", nil, ErrNotNumber, 2, "A", `"0x10"`},
		{"infinity", "CUST_ID,A\nx,inf\n", nil, ErrInfinite, 2, "A", `"inf"`},
		{"overflow", "CUST_ID,A\nx,-1e999\n", nil, ErrInfinite, 2, "A", `"-1e999"`},
		{"duplicate name", "CUST_ID,A, A\nx,1,2\n", nil, ErrHeader, 1, "", `fields 2 and 3 are both called "A"`},
		{"missing name", "CUST_ID,A,\nx,1,2\n", nil, ErrHeader, 1, "", "field 3 of 3 has no name"},
		{"no features", "CUST_ID\nx\n", nil, ErrHeader, 1, "", "no column besides the id"},
		{"semicolons", "A;B\n1;2\n", nil, ErrHeader, 1, "", "separator"},
		{"no such id", "A,B\n1,2\n", &ReadOptions{ID: "KEY"}, ErrHeader, 1, "", `"KEY" among A, B`},
		{"duplicate id", "CUST_ID,A\nx,1\ny,2\nx,3\n", nil, ErrDuplicateID, 4, "CUST_ID", `"x" is also on line 2`},
		{"empty id", "CUST_ID,A\n ,1\n", nil, ErrMissingID, 2, "CUST_ID", "empty id"},
		{"empty file", "", nil, ErrEmpty, 1, "", "the file is empty"},
		{"header only", "CUST_ID,A\n", nil, ErrEmpty, 1, "", "a header and no rows"},
		{"open quote", "CUST_ID,A\nx,\"1\n", nil, ErrSyntax, 2, "", "quote"},
		{"line of a value below a quoted newline", "CUST_ID,A,B\n\"x\ny\",1,2\nz,1,bad\n", nil, ErrNotNumber, 4, "B", "bad"},
	} {
		_, _, err := Read(strings.NewReader(c.text), c.options)
		if !errors.Is(err, c.kind) {
			t.Errorf("%s: %v, want %v", c.about, err, c.kind)
			continue
		}
		var at *RowError
		if !errors.As(err, &at) || at.Line != c.line || at.Column != c.column || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %q, want line %d, column %q and %q", c.about, err, c.line, c.column, c.says)
		}
	}
}

func TestReadFileNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bad.csv")
	if err := os.WriteFile(path, []byte("CUST_ID,A\nx,?\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	_, _, err := ReadFile(path, nil)
	if want := "dataset: " + path + ", line 2, column A: not a number: \"?\""; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	if _, _, err := ReadFile(path+".gone", nil); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "bad.csv.gone") {
		t.Errorf("a missing file: %v", err)
	}
}

// Whatever is accepted is rectangular, finite or missing, with unique names and ids, and survives writing and reading.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"CUST_ID,A,B\nx,1,2\ny,,4\n", "\xef\xbb\xbfA\n1\n", "A,B\r\n1,NA\r\n", "\"A\nB\",C\n1,2\n", "A,A\n1,2\n", "A\n\n1\n", "CUST_ID,A\n\"x,y\",1e300\n", ",\n", "A\nnull\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		table, report, err := Read(bytes.NewReader(text), nil)
		if err != nil {
			return
		}
		n, d := table.Dims()
		if n != report.Rows || d != len(table.Names) || (table.IDs != nil && len(table.IDs) != n) {
			t.Fatalf("%d×%d, report %+v, %d ids", n, d, report, len(table.IDs))
		}
		seen := map[string]bool{}
		for _, name := range table.Names {
			if name == "" || seen[name] {
				t.Fatalf("names %q", table.Names)
			}
			seen[name] = true
		}
		for i := range n {
			for _, v := range table.X.RawRowView(i) {
				if math.IsInf(v, 0) {
					t.Fatal("an infinite value")
				}
			}
		}
		var written bytes.Buffer
		if err := table.WriteCSV(&written); err != nil {
			t.Fatal(err)
		}
		again, _, err := Read(bytes.NewReader(written.Bytes()), nil)
		if err != nil {
			t.Fatalf("reading back %q: %v", written.Bytes(), err)
		}
		if !same(table, again) {
			t.Fatalf("%q came back different", written.Bytes())
		}
	})
}
