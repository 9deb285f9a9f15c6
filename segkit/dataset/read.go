package dataset

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// DefaultID is the name of the id column that Read looks for when none is given.
const DefaultID = "CUST_ID"

// What Read refuses. The error that it returns wraps one of these and says where and what.
var (
	ErrEmpty       = errors.New("no data")
	ErrHeader      = errors.New("bad header")
	ErrFieldCount  = errors.New("wrong number of fields")
	ErrNotNumber   = errors.New("not a number")
	ErrInfinite    = errors.New("infinite")
	ErrMissingID   = errors.New("empty id")
	ErrDuplicateID = errors.New("duplicate id")
	ErrSyntax      = errors.New("not CSV")
)

// ReadOptions says how to read a file. The zero value and nil are the defaults.
type ReadOptions struct {
	// ID is the name of the column that holds the customers' ids. The default is CUST_ID where the file has such a
	// column, and no ids where it has not. A name that is given must exist.
	ID string

	Columns  []string // the columns to read, in this order; default all but the id and Omit
	Omit     []string // columns to leave out, whatever they hold
	SkipText bool     // leave out columns in which most values are no numbers; the report says which
}

// Report says what was read, and what was odd about it without being wrong.
type Report struct {
	Rows    int
	Missing []int    // missing values per numeric column
	Notes   []string // one sentence each
}

// RowError is an error at one place of a file.
type RowError struct {
	File   string // "" when reading from an io.Reader
	Line   int    // counted from 1, the header included
	Column string // the column's name, "" when the whole line is at fault
	Err    error
}

func (e *RowError) Error() string {
	var b strings.Builder
	b.WriteString("dataset: ")
	if e.File != "" {
		b.WriteString(e.File + ", ")
	}
	fmt.Fprintf(&b, "line %d", e.Line)
	if e.Column != "" {
		fmt.Fprintf(&b, ", column %s", e.Column)
	}
	return b.String() + ": " + e.Err.Error()
}

func (e *RowError) Unwrap() error { return e.Err }

// ReadFile reads the CSV file at path as Read does. Its errors name the file.
func ReadFile(path string, o *ReadOptions) (*Table, *Report, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("dataset: %w", err)
	}
	defer f.Close()
	t, report, err := Read(f, o)
	var at *RowError
	if errors.As(err, &at) {
		at.File = path
	}
	return t, report, err
}

// Read reads a table from CSV; the package comment says what it accepts. Memory beyond the table itself is a buffer, and the
// lines of the ids.
func Read(r io.Reader, o *ReadOptions) (*Table, *Report, error) {
	s, err := NewScanner(r, o)
	if err != nil {
		return nil, nil, err
	}
	t := &Table{IDName: s.IDName, Names: slices.Clone(s.Names)}
	report := &Report{Notes: s.notes, Missing: make([]int, len(s.Names))}
	lines := map[string]int{} // of each id
	var values []float64
	row := make([]float64, len(s.Names))
	for {
		id, err := s.Next(row)
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, nil, err
		}
		if s.IDName != "" {
			if first, ok := lines[id]; ok {
				return nil, nil, &RowError{Line: s.idLine, Column: s.IDName, Err: fmt.Errorf("%w: %q is also on line %d", ErrDuplicateID, id, first)}
			}
			lines[id] = s.idLine
			t.IDs = append(t.IDs, id)
		}
		for j, v := range row {
			if math.IsNaN(v) {
				report.Missing[j]++
			}
		}
		values = append(values, row...)
		report.Rows++
	}
	if report.Rows == 0 {
		return nil, nil, &RowError{Line: 1, Err: fmt.Errorf("%w: the file has a header and no rows", ErrEmpty)}
	}
	if s.padded > 0 {
		report.note(s.padded, "value", "stands", "stand", "in blanks, which were removed.")
	}
	t.X = mat.NewDense(report.Rows, len(s.Names), values)
	if o != nil && o.SkipText {
		if t, err = s.withoutText(t, report); err != nil {
			return nil, nil, err
		}
	}
	return t, report, nil
}

// withoutText leaves out the columns in which most values are no numbers. A few such values are typing errors, and refused.
func (s *Scanner) withoutText(t *Table, report *Report) (*Table, error) {
	var names []string
	var missing []int
	var first *RowError
	for j, name := range t.Names {
		w := s.words[j]
		present := report.Rows - report.Missing[j] + w.count
		switch {
		case 2*w.count > present:
			report.Notes = append(report.Notes, fmt.Sprintf("%s is left out: %d of its %d values are no numbers, such as %q on line %d.",
				name, w.count, present, w.example, w.first.Line))
			continue
		case w.count > 0 && (first == nil || w.first.Line < first.Line):
			first = w.first
		}
		names, missing = append(names, name), append(missing, report.Missing[j])
	}
	switch {
	case first != nil:
		return nil, first
	case names == nil:
		return nil, &RowError{Line: 1, Err: fmt.Errorf("%w: none of the %d columns is one of numbers", ErrEmpty, len(t.Names))}
	case len(names) == len(t.Names):
		return t, nil
	}
	report.Missing = missing
	return t.Select(names...), nil
}

// note adds a sentence that counts things: "3 names stand ...", "1 value stands ...".
func (r *Report) note(count int, noun, one, many, rest string) {
	verb := one
	if count != 1 {
		noun, verb = noun+"s", many
	}
	r.Notes = append(r.Notes, fmt.Sprintf("%d %s %s %s", count, noun, verb, rest))
}
