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
	"sync"

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
// depend on how many rows there are. Every error about a line says which; what was written before it is whole lines, of all
// rows before that one. Cancelling ctx ends the work when r has answered; so does a w that fails.
func (m *Model) ScoreCSV(ctx context.Context, w io.Writer, r io.Reader, o *ScoreOptions) (*Scored, error) {
	return m.score(ctx, w, r, "", o)
}

// score is ScoreCSV of a file, which errors about lines name where it has a name.
func (m *Model) score(ctx context.Context, w io.Writer, r io.Reader, file string, o *ScoreOptions) (*Scored, error) {
	if o == nil {
		o = &ScoreOptions{}
	}
	in, err := dataset.NewScanner(r, &dataset.ReadOptions{ID: o.ID, Columns: m.Columns})
	if errors.Is(err, dataset.ErrHeader) {
		return nil, fmt.Errorf("segment: %w: %w", ErrColumns, named(err, file))
	}
	if err != nil {
		return nil, fmt.Errorf("segment: %w", named(err, file))
	}
	// Blocks travel from the reader to a worker each and then, in their order, to the writer; there are a few of them, which
	// come back.
	inner, cancel := context.WithCancel(ctx)
	workers := runtime.GOMAXPROCS(0)
	free := make(chan *scoreBlock, workers+2)
	for range cap(free) {
		free <- &scoreBlock{x: mat.NewDense(scoreRows, len(m.Columns), nil), done: make(chan struct{}, 1)}
	}
	work, ordered := make(chan *scoreBlock, cap(free)), make(chan *scoreBlock, cap(free))
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	running.Go(func() {
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
			err := b.read(in) // a worker may put another one into b.err
			b.err = err
			work <- b
			ordered <- b
			if err != nil {
				return
			}
		}
	})
	for range workers {
		running.Go(func() {
			z := mat.NewDense(scoreRows, len(m.Columns), nil)
			for b := range work {
				b.assign(m, z)
				b.done <- struct{}{}
			}
		})
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
	complete := false
	for b := range ordered {
		<-b.done
		if err := b.write(out, m, scored); err != nil {
			return nil, fmt.Errorf("segment: writing scores: %w", err)
		}
		if o.Progress != nil {
			o.Progress(scored.Rows)
		}
		if complete = b.err == io.EOF; b.err != nil && !complete {
			return nil, errors.Join(fmt.Errorf("segment: %w", named(b.err, file)), flush(out))
		}
		free <- b
	}
	if !complete {
		return nil, errors.Join(fmt.Errorf("segment: scoring ended after %d rows: %w", scored.Rows, ctx.Err()), flush(out))
	}
	if scored.Rows == 0 {
		return nil, fmt.Errorf("segment: %w", &dataset.RowError{File: file, Line: 1, Err: fmt.Errorf("%w: the file has a header and no rows", dataset.ErrEmpty)})
	}
	if err := flush(out); err != nil {
		return nil, err
	}
	return scored, nil
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
	var failed error
	err = atomicfile.Write(out, func(w io.Writer) error {
		scored, failed = m.score(ctx, w, f, in, o)
		return failed
	})
	switch {
	case failed != nil:
		return nil, failed
	case err != nil:
		return nil, fmt.Errorf("segment: writing scores: %w", err)
	}
	return scored, nil
}

// named puts the file's name into an error about one of its lines.
func named(err error, file string) error {
	var at *dataset.RowError
	if errors.As(err, &at) {
		at.File = file
	}
	return err
}

const scoreRows = 4096 // of a block

type scoreBlock struct {
	x     *mat.Dense
	ids   [scoreRows]string
	lines [scoreRows]int
	out   [scoreRows]Assignment
	first int   // number of the first row, from 0
	n     int   // rows
	err   error // behind the rows, io.EOF at the end
	done  chan struct{}
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

// assign fills out for the rows that were read. At a value that is wrong, the block ends before its row, with that error.
func (b *scoreBlock) assign(m *Model, z *mat.Dense) {
	if b.n == 0 {
		return
	}
	err := m.assign(b.out[:b.n], b.x.Slice(0, b.n, 0, len(m.Columns)).(*mat.Dense), z, b.first)
	var at *valueError
	if errors.As(err, &at) {
		b.n = at.row - b.first
		b.err = &dataset.RowError{Line: b.lines[b.n], Column: at.column, Err: at.err}
	}
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
