package segment

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"strconv"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/atomicfile"
	"example.com/marketing/segkit/dataset"
)

// ScoreOptions says how a file of customers is scored. The zero value and nil are the defaults.
type ScoreOptions struct {
	ID       string         // name of the column of ids; default CUST_ID where there is one
	Progress func(rows int) // called now and then with the rows written so far, and at the end
}

// Scored counts what ScoreCSV wrote.
type Scored struct {
	Rows     int
	Segments []int // rows of each segment
	Unlike   int   // rows farther from every centre than 99 % of the training rows
	Missing  int   // values that were missing, and filled with the medians of the training rows
}

// scoredHeader are the columns that ScoreCSV writes behind the id.
var scoredHeader = []string{"segment", "name", "distance", "margin", "next", "unlike_anyone", "missing_values"}

// ScoreCSV reads customers from CSV as dataset.Read does, and writes a line for each of them, in their order: the id (or the
// number of the row, from 1, where there are none), the segment's number and name, and the rest of the Assignment; numbers
// have six significant digits. The model's columns must be there, in any order; others are not looked at. The memory does not
// depend on how many rows there are. Cancelling ctx ends the work when r has answered. What was written before an error is whole lines.
func (m *Model) ScoreCSV(ctx context.Context, w io.Writer, r io.Reader, o *ScoreOptions) (*Scored, error) {
	if o == nil {
		o = &ScoreOptions{}
	}
	in, err := m.scanner(r, o.ID)
	if err != nil {
		return nil, err
	}
	// Blocks travel from the reader to a worker each and then, in their order, to the writer; there are a few of them, which
	// come back.
	inner, cancel := context.WithCancel(ctx)
	workers := runtime.GOMAXPROCS(0)
	free := make(chan *scoreBlock, workers+2)
	for range cap(free) {
		free <- &scoreBlock{x: mat.NewDense(scoreRows, len(m.Columns), nil), done: make(chan error, 1)}
	}
	work, ordered := make(chan *scoreBlock, cap(free)), make(chan *scoreBlock, cap(free))
	defer func() {
		cancel()
		for range ordered { // until the reader has stopped
		}
	}()
	go func() {
		defer close(ordered)
		defer close(work)
		for first := 0; ; first += scoreRows {
			var b *scoreBlock
			select {
			case b = <-free:
			case <-inner.Done():
				return
			}
			b.first = first
			b.err = b.read(in)
			work <- b
			ordered <- b
			if b.err != nil {
				return
			}
		}
	}()
	for range workers {
		go func() {
			for b := range work {
				b.done <- b.assign(m)
			}
		}()
	}
	out := csv.NewWriter(w)
	id := in.IDName
	if id == "" {
		id = "row"
	}
	scored := &Scored{Segments: make([]int, m.Recipe.K)}
	if err := out.Write(append([]string{id}, scoredHeader...)); err != nil {
		return nil, fmt.Errorf("segment: writing scores: %w", err)
	}
	for b := range ordered {
		if err := <-b.done; err != nil {
			return nil, errors.Join(err, flush(out))
		}
		if err := b.write(out, m, scored); err != nil {
			return nil, fmt.Errorf("segment: writing scores: %w", err)
		}
		if o.Progress != nil {
			o.Progress(scored.Rows)
		}
		if b.err != nil && b.err != io.EOF {
			return nil, errors.Join(b.err, flush(out))
		}
		free <- b
	}
	if err := ctx.Err(); err != nil {
		return nil, errors.Join(fmt.Errorf("segment: scoring ended after %d rows: %w", scored.Rows, err), flush(out))
	}
	if scored.Rows == 0 {
		return nil, fmt.Errorf("segment: %w", &dataset.RowError{Line: 1, Err: fmt.Errorf("%w: the file has a header and no rows", dataset.ErrEmpty)})
	}
	return scored, flush(out)
}

func flush(w *csv.Writer) error {
	w.Flush()
	if err := w.Error(); err != nil {
		return fmt.Errorf("segment: writing scores: %w", err)
	}
	return nil
}

// ScoreFile scores the CSV file at in as ScoreCSV does, into a file at out, which is either replaced as a whole or left as it
// was. Errors about lines name the file.
func (m *Model) ScoreFile(ctx context.Context, out, in string, o *ScoreOptions) (scored *Scored, err error) {
	f, err := os.Open(in)
	if err != nil {
		return nil, fmt.Errorf("segment: %w", err)
	}
	defer f.Close()
	err = atomicfile.Write(out, func(w io.Writer) error {
		scored, err = m.ScoreCSV(ctx, w, f, o)
		return err
	})
	var at *dataset.RowError
	if errors.As(err, &at) {
		at.File = in
	}
	if err != nil {
		return nil, err
	}
	return scored, nil
}

// scanner begins to read the model's columns, and says at once which ones are lacking.
func (m *Model) scanner(r io.Reader, id string) (*dataset.Scanner, error) {
	in, err := dataset.NewScanner(r, &dataset.ReadOptions{ID: id, Columns: m.Columns})
	if err != nil {
		if errors.Is(err, dataset.ErrHeader) {
			return nil, fmt.Errorf("segment: %w: %w", ErrColumns, err)
		}
		return nil, fmt.Errorf("segment: %w", err)
	}
	return in, nil
}

const scoreRows = 4096 // of a block

type scoreBlock struct {
	x     *mat.Dense
	ids   [scoreRows]string
	lines [scoreRows]int
	out   [scoreRows]Assignment
	first int // number of the first row, from 0
	n     int
	err   error // that ended the reading, io.EOF at the end
	done  chan error
}

func (b *scoreBlock) read(in *dataset.Scanner) (err error) {
	for b.n = 0; b.n < scoreRows; b.n++ {
		if b.ids[b.n], err = in.Next(b.x.RawRowView(b.n)); err != nil {
			return err
		}
		b.lines[b.n] = in.Line
		if in.IDName == "" {
			b.ids[b.n] = strconv.Itoa(b.first + b.n + 1)
		}
	}
	return nil
}

func (b *scoreBlock) assign(m *Model) error {
	if b.n == 0 {
		return nil
	}
	err := m.assign(b.out[:b.n], b.x.Slice(0, b.n, 0, len(m.Columns)).(*mat.Dense), b.first)
	var at *valueError
	if errors.As(err, &at) {
		return fmt.Errorf("segment: %w", &dataset.RowError{Line: b.lines[at.row-b.first], Column: at.column, Err: at.err})
	}
	return err
}

func (b *scoreBlock) write(out *csv.Writer, m *Model, scored *Scored) error {
	number := func(v float64) string {
		if math.IsInf(v, 0) {
			return ""
		}
		return strconv.FormatFloat(v, 'g', 6, 64)
	}
	record := make([]string, 0, 1+len(scoredHeader))
	for i, a := range b.out[:b.n] {
		next := ""
		if a.Next >= 0 {
			next = strconv.Itoa(a.Next)
		}
		record = append(record[:0], b.ids[i], strconv.Itoa(a.Segment), m.Names[a.Segment], number(a.Distance), number(a.Margin), next,
			strconv.FormatBool(a.Unlike), strconv.Itoa(a.Missing))
		if err := out.Write(record); err != nil {
			return err
		}
		scored.Rows++
		scored.Segments[a.Segment]++
		scored.Missing += a.Missing
		if a.Unlike {
			scored.Unlike++
		}
	}
	return nil
}
