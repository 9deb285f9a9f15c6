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
	"slices"
	"strconv"
	"strings"
)

// Scanner reads a table from CSV row by row, in memory that does not depend on how many rows there are. It accepts what Read
// accepts, but for ids, which it does not compare.
type Scanner struct {
	IDName string   // "" where there is no id column
	Names  []string // of the columns that are read
	Line   int      // on which the row began that was read last, from 1; the header included

	csv    *csv.Reader
	fields int   // that a row must have
	id     int   // position of the id column, -1 without one
	column []int // of each field, -1 for one that is not read
	names  []string

	idLine   int // of the row that was read last
	padded   int // values with blanks around them
	notes    []string
	skipText bool
	words    []words // of each column, where text is skipped
}

// words are the values of a column that are no numbers.
type words struct {
	count   int
	example string
	first   *RowError
}

// NewScanner reads the header.
func NewScanner(r io.Reader, o *ReadOptions) (*Scanner, error) {
	if o == nil {
		o = &ReadOptions{}
	}
	s := &Scanner{}
	b := bufio.NewReaderSize(r, 1<<16)
	if mark, err := b.Peek(3); err == nil && bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		b.Discard(3) // three bytes that Peek has just buffered
		s.notes = append(s.notes, "The file begins with a byte-order mark.")
	}
	s.csv = csv.NewReader(b)
	s.csv.ReuseRecord = true
	s.csv.FieldsPerRecord = -1 // counted here, so that the error can say both numbers
	if err := s.header(o); err != nil {
		return nil, err
	}
	s.skipText = o.SkipText
	s.words = make([]words, len(s.Names))
	return s, nil
}

func (s *Scanner) record() ([]string, error) {
	record, err := s.csv.Read()
	var syntax *csv.ParseError
	if errors.As(err, &syntax) {
		return nil, &RowError{Line: syntax.Line, Err: fmt.Errorf("%w: %w", ErrSyntax, syntax.Err)}
	}
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("dataset: %w", err)
	}
	return record, err
}

func (s *Scanner) header(o *ReadOptions) error {
	record, err := s.record()
	if err == io.EOF {
		return &RowError{Line: 1, Err: fmt.Errorf("%w: the file is empty", ErrEmpty)}
	}
	if err != nil {
		return err
	}
	line, _ := s.csv.FieldPos(0)
	refuse := func(format string, args ...any) error {
		return &RowError{Line: line, Err: fmt.Errorf("%w: %s", ErrHeader, fmt.Sprintf(format, args...))}
	}
	padded := 0
	var fields []string
	for i, field := range record {
		name := strings.Clone(strings.TrimSpace(field))
		if name != field {
			padded++
		}
		if name == "" {
			return refuse("field %d of %d has no name", i+1, len(record))
		}
		if first := slices.Index(fields, name); first >= 0 {
			return refuse("fields %d and %d are both called %q", first+1, i+1, name)
		}
		fields = append(fields, name)
	}
	if padded > 0 {
		r := &Report{Notes: s.notes}
		r.note(padded, "name", "stands", "stand", "in blanks, which were removed.")
		s.notes = r.Notes
	}
	s.names, s.fields = fields, len(fields)
	s.id = slices.Index(fields, cmp.Or(o.ID, DefaultID))
	if s.id < 0 && o.ID != "" {
		return refuse("there is no id column %q among %s", o.ID, strings.Join(fields, ", "))
	}
	if s.id >= 0 {
		s.IDName = fields[s.id]
	}
	if len(fields) == 1 && strings.ContainsAny(fields[0], ";\t") {
		return refuse("there is one column, %q; the separator has to be a comma", fields[0])
	}
	var lacking []string
	for _, name := range slices.Concat(o.Columns, o.Omit) {
		if !slices.Contains(fields, name) {
			lacking = append(lacking, strconv.Quote(name))
		}
	}
	if lacking != nil {
		return refuse("there is no column %s among %s", strings.Join(lacking, " and no "), strings.Join(fields, ", "))
	}
	s.Names = slices.Clone(o.Columns)
	if o.Columns == nil {
		for i, name := range fields {
			if i != s.id && !slices.Contains(o.Omit, name) {
				s.Names = append(s.Names, name)
			}
		}
	}
	if len(s.Names) == 0 {
		if o.Omit != nil {
			return refuse("no column is left besides the id and those to leave out")
		}
		return refuse("there is no column besides the id")
	}
	for i, name := range fields {
		at := slices.Index(s.Names, name)
		if at >= 0 && i == s.id {
			return refuse("%q is the id column, and cannot be read as one of numbers", name)
		}
		s.column = append(s.column, at)
	}
	return nil
}

// Next reads the next row: its values into row, as many as there are Names, NaN where one is missing. It returns the row's id,
// "" where there are none, and io.EOF after the last row; other errors say where they are. It panics if row has another length.
func (s *Scanner) Next(row []float64) (id string, err error) {
	if len(row) != len(s.Names) {
		panic(fmt.Sprintf("dataset: room for %d values of %d columns", len(row), len(s.Names)))
	}
	record, err := s.record()
	if err != nil {
		return "", err
	}
	s.Line, _ = s.csv.FieldPos(0)
	if len(record) != s.fields {
		return "", &RowError{Line: s.Line, Err: fmt.Errorf("%w: %d, the header has %d", ErrFieldCount, len(record), s.fields)}
	}
	for i, field := range record {
		at := s.column[i]
		if at < 0 && i != s.id {
			continue
		}
		text := strings.TrimSpace(field)
		if i == s.id {
			s.idLine, _ = s.csv.FieldPos(i)
			if text == "" {
				return "", &RowError{Line: s.idLine, Column: s.IDName, Err: ErrMissingID}
			}
			id = strings.Clone(text) // the record's fields share one string, which would stay in memory with the id
			continue
		}
		if len(text) != len(field) {
			s.padded++
		}
		v, err := number(text)
		if err != nil {
			line, _ := s.csv.FieldPos(i) // a quoted field may run over several lines
			wrong := &RowError{Line: line, Column: s.names[i], Err: err}
			if !s.skipText || !errors.Is(err, ErrNotNumber) {
				return "", wrong
			}
			if w := &s.words[at]; w.first == nil {
				*w = words{first: wrong, example: strings.Clone(text)}
			}
			s.words[at].count++
			v = math.NaN()
		}
		row[at] = v
	}
	return id, nil
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
