package columns

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Source is CSV text: RFC 4180 with a header line and , ; | or tabs between the fields, whichever of them is most frequent
// in the header. A byte-order mark is skipped, a blank line is no row. Read reads it twice from its beginning.
type Source struct {
	Name string // for errors and notes: the path of a file, or ""
	R    io.ReadSeeker
}

// failure returns the error of one place; line 0 and an empty file or column are left out.
func failure(file string, line int, column string, err error) error {
	where := []string{}
	if file != "" {
		where = append(where, file)
	}
	if line > 0 {
		where = append(where, fmt.Sprintf("line %d", line))
	}
	if column != "" {
		where = append(where, "column "+column)
	}
	if len(where) == 0 {
		return fmt.Errorf("profile: %w", err)
	}
	return fmt.Errorf("profile: %s: %w", strings.Join(where, ", "), err)
}

// reader reads the rows of one source in batches.
type reader struct {
	file   string
	csv    *csv.Reader
	header []string // as it stands there, without blanks around the names
	absent []string // texts that stand for no value, beside those that always do
}

// open goes to the source's beginning and reads its header.
func (s *Source) open() (*reader, error) {
	if _, err := s.R.Seek(0, io.SeekStart); err != nil {
		return nil, failure(s.Name, 0, "", err)
	}
	b := bufio.NewReaderSize(s.R, 1<<16)
	start, err := b.Peek(1 << 16)
	if err != nil && err != io.EOF {
		return nil, failure(s.Name, 0, "", err)
	}
	if bytes.HasPrefix(start, []byte("\xff\xfe")) || bytes.HasPrefix(start, []byte("\xfe\xff")) {
		return nil, failure(s.Name, 1, "", fmt.Errorf("%w: the file is UTF-16, it has to be UTF-8", ErrSyntax))
	}
	if mark := []byte("\xef\xbb\xbf"); bytes.HasPrefix(start, mark) {
		start = start[len(mark):]
		b.Discard(len(mark)) // bytes that Peek has just buffered
	}
	var text io.Reader = b
	if bytes.IndexByte(start, '\r') >= 0 && bytes.IndexByte(start, '\n') < 0 {
		text = oldLines{b} // as old Macs end lines
	}
	r := &reader{file: s.Name, csv: csv.NewReader(text)}
	r.csv.Comma = separator(start)
	r.csv.ReuseRecord = true
	r.csv.FieldsPerRecord = -1 // counted here, so that the error can say both numbers
	record, err := r.next()
	if err == io.EOF {
		return nil, failure(s.Name, 1, "", fmt.Errorf("%w: the file is empty", ErrEmpty))
	}
	if err != nil {
		return nil, err
	}
	for _, name := range record {
		r.header = append(r.header, strings.Clone(strings.TrimSpace(name)))
	}
	return r, nil
}

// oldLines reads text whose lines end in a carriage return alone.
type oldLines struct{ r io.Reader }

func (o oldLines) Read(p []byte) (int, error) {
	n, err := o.r.Read(p)
	for i, c := range p[:n] {
		if c == '\r' {
			p[i] = '\n'
		}
	}
	return n, err
}

// separator returns the one of , ; tab and | that occurs most often outside quotes in the first line of text that is not
// blank, the first named of equals. It looks no further than text goes.
func separator(text []byte) rune {
	const candidates = ",;\t|"
	var counts [len(candidates)]int
	quoted := false
	for _, c := range bytes.TrimLeft(text, "\r\n") {
		if (c == '\n' || c == '\r') && !quoted {
			break
		}
		if c == '"' {
			quoted = !quoted
		}
		if k := strings.IndexByte(candidates, c); k >= 0 && !quoted {
			counts[k]++
		}
	}
	return rune(candidates[slices.Index(counts[:], slices.Max(counts[:]))])
}

func (r *reader) next() ([]string, error) {
	record, err := r.csv.Read()
	var syntax *csv.ParseError
	if errors.As(err, &syntax) {
		return nil, failure(r.file, syntax.Line, "", fmt.Errorf("%w: %w", ErrSyntax, syntax.Err))
	}
	if err != nil && err != io.EOF {
		return nil, failure(r.file, 0, "", err)
	}
	return record, err
}

// batch is some rows of a source, by column: what is done with a column's values is done to many of them at once.
type batch struct {
	cells  []string // width times room
	room   int
	rows   int
	offset int64 // bytes of the source up to here
	err    error // after these rows; io.EOF at the end
}

func newBatch(width int) *batch {
	room := min(max(1<<15/width, 1), 2048) // small enough for the processor's cache
	return &batch{cells: make([]string, width*room), room: room}
}

// column returns the texts of field j.
func (b *batch) column(j int) []string { return b.cells[j*b.room:][:b.rows] }

// fill reads rows until the batch is full or there is an error.
func (r *reader) fill(b *batch) {
	b.rows, b.err = 0, nil
	for b.rows < b.room {
		var record []string
		if record, b.err = r.next(); b.err != nil {
			break
		}
		if len(record) != len(r.header) {
			line, _ := r.csv.FieldPos(0)
			b.err = failure(r.file, line, "", fmt.Errorf("%w: %d, the header has %d", ErrFieldCount, len(record), len(r.header)))
			break
		}
		for j, text := range record {
			if r.absent != nil && slices.Contains(r.absent, trim(text)) {
				text = ""
			}
			b.cells[j*b.room+b.rows] = text
		}
		b.rows++
	}
	b.offset = r.csv.InputOffset()
}

// each calls do with all rows of the source, batch by batch and in order, until there is an error. The next batches are read
// meanwhile; when each returns nothing reads from the source any more.
func (r *reader) each(ctx context.Context, do func(*batch) error) error {
	const batches = 3 // one being read, one being worked on, one between
	empty, full := make(chan *batch, batches), make(chan *batch, batches)
	for range batches {
		empty <- newBatch(len(r.header))
	}
	go func() {
		defer close(full)
		for b := range empty {
			r.fill(b)
			full <- b // never blocks: there is room for all
			if b.err != nil {
				return
			}
		}
	}()
	defer func() {
		close(empty)
		for range full { // until the goroutine has ended
		}
	}()
	for b := range full {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("profile: reading: %w", err)
		}
		if err := do(b); err != nil {
			return err
		}
		if b.err == io.EOF {
			return nil
		}
		if b.err != nil {
			return b.err
		}
		empty <- b
	}
	return nil
}
