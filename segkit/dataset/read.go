package dataset

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
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

// Read reads a table from CSV; the package comment says what it accepts. Memory beyond the table itself is a buffer.
func Read(r io.Reader, o *ReadOptions) (*Table, *Report, error) {
	if o == nil {
		o = &ReadOptions{}
	}
	p := &parser{report: &Report{}, lines: map[string]int{}}
	b := bufio.NewReaderSize(r, 1<<16)
	if mark, err := b.Peek(3); err == nil && bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		b.Discard(3) // three bytes that Peek has just buffered
		p.report.Notes = append(p.report.Notes, "The file begins with a byte-order mark.")
	}
	p.csv = csv.NewReader(b)
	p.csv.ReuseRecord = true
	p.csv.FieldsPerRecord = -1 // counted here, so that the error can say both numbers
	if err := p.header(o.ID); err != nil {
		return nil, nil, err
	}
	for {
		err := p.row()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return p.finish()
}

// parser holds what has been read so far.
type parser struct {
	csv     *csv.Reader
	fields  []string // the header's names, the id column's included
	id      int      // position of the id column, -1 without one
	table   Table
	values  []float64
	padded  int            // values with blanks around them
	lines   map[string]int // the line of each id
	report  *Report
	rows    int
	missing []int
}

func (p *parser) next() ([]string, error) {
	record, err := p.csv.Read()
	var syntax *csv.ParseError
	if errors.As(err, &syntax) {
		return nil, &RowError{Line: syntax.Line, Err: fmt.Errorf("%w: %w", ErrSyntax, syntax.Err)}
	}
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("dataset: %w", err)
	}
	return record, err
}

func (p *parser) header(id string) error {
	record, err := p.next()
	if err == io.EOF {
		return &RowError{Line: 1, Err: fmt.Errorf("%w: the file is empty", ErrEmpty)}
	}
	if err != nil {
		return err
	}
	line, _ := p.csv.FieldPos(0)
	refuse := func(format string, args ...any) error {
		return &RowError{Line: line, Err: fmt.Errorf("%w: %s", ErrHeader, fmt.Sprintf(format, args...))}
	}
	padded := 0
	for i, field := range record {
		name := strings.Clone(strings.TrimSpace(field))
		if name != field {
			padded++
		}
		if name == "" {
			return refuse("field %d of %d has no name", i+1, len(record))
		}
		if first := slices.Index(p.fields, name); first >= 0 {
			return refuse("fields %d and %d are both called %q", first+1, i+1, name)
		}
		p.fields = append(p.fields, name)
	}
	if padded > 0 {
		p.note(padded, "name", "stands", "stand", "in blanks, which were removed.")
	}
	p.id = slices.Index(p.fields, cmp.Or(id, DefaultID))
	if p.id < 0 && id != "" {
		return refuse("there is no id column %q among %s", id, strings.Join(p.fields, ", "))
	}
	p.table.Names = slices.Clone(p.fields)
	if p.id >= 0 {
		p.table.IDName = p.fields[p.id]
		p.table.Names = slices.Delete(p.table.Names, p.id, p.id+1)
	}
	if len(p.table.Names) == 0 {
		return refuse("there is no column besides the id")
	}
	if len(p.fields) == 1 && strings.ContainsAny(p.fields[0], ";\t") {
		return refuse("there is one column, %q; the separator has to be a comma", p.fields[0])
	}
	p.missing = make([]int, len(p.table.Names))
	return nil
}

func (p *parser) row() error {
	record, err := p.next()
	if err != nil {
		return err
	}
	line, _ := p.csv.FieldPos(0)
	if len(record) != len(p.fields) {
		return &RowError{Line: line, Err: fmt.Errorf("%w: %d, the header has %d", ErrFieldCount, len(record), len(p.fields))}
	}
	column := 0
	for i, field := range record {
		line, _ := p.csv.FieldPos(i) // a quoted field may run over several lines
		text := strings.TrimSpace(field)
		if i == p.id {
			if err := p.addID(text, line); err != nil {
				return err
			}
			continue
		}
		if len(text) != len(field) {
			p.padded++
		}
		v, err := number(text)
		if err != nil {
			return &RowError{Line: line, Column: p.fields[i], Err: err}
		}
		if math.IsNaN(v) {
			p.missing[column]++
		}
		p.values = append(p.values, v)
		column++
	}
	p.rows++
	return nil
}

func (p *parser) addID(text string, line int) error {
	refuse := func(err error) error { return &RowError{Line: line, Column: p.table.IDName, Err: err} }
	if text == "" {
		return refuse(ErrMissingID)
	}
	if first, ok := p.lines[text]; ok {
		return refuse(fmt.Errorf("%w: %q is also on line %d", ErrDuplicateID, text, first))
	}
	text = strings.Clone(text) // the record's fields share one string, which would stay in memory with the id
	p.lines[text] = line
	p.table.IDs = append(p.table.IDs, text)
	return nil
}

// number parses a value; a missing one is NaN.
func number(text string) (float64, error) {
	switch {
	case text == "", strings.EqualFold(text, "na"), strings.EqualFold(text, "nan"), strings.EqualFold(text, "null"):
		return math.NaN(), nil
	}
	v, err := strconv.ParseFloat(text, 64)
	switch {
	case math.IsInf(v, 0):
		return 0, fmt.Errorf("%w: %q", ErrInfinite, text)
	case err != nil, strings.ContainsAny(text, "xX_"): // Go's own notations are not CSV's
		return 0, fmt.Errorf("%w: %q", ErrNotNumber, text)
	case math.IsNaN(v): // a signed NaN
		return 0, fmt.Errorf("%w: %q", ErrNotNumber, text)
	}
	return v, nil
}

func (p *parser) finish() (*Table, *Report, error) {
	if p.rows == 0 {
		return nil, nil, &RowError{Line: 1, Err: fmt.Errorf("%w: the file has a header and no rows", ErrEmpty)}
	}
	if p.padded > 0 {
		p.note(p.padded, "value", "stands", "stand", "in blanks, which were removed.")
	}
	p.table.X = mat.NewDense(p.rows, len(p.table.Names), p.values)
	p.report.Rows, p.report.Missing = p.rows, p.missing
	return &p.table, p.report, nil
}

// note adds a sentence that counts things: "3 names stand ...", "1 value stands ...".
func (p *parser) note(count int, noun, one, many, rest string) {
	verb := one
	if count != 1 {
		noun, verb = noun+"s", many
	}
	p.report.Notes = append(p.report.Notes, fmt.Sprintf("%d %s %s %s", count, noun, verb, rest))
}
