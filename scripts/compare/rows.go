package main

import (
	"bufio"
	"encoding/binary"
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// means returns the mean of each number over all rows.
func means(rows iter.Seq2[[]float64, error]) ([]float64, error) {
	var sums []float64
	n := 0
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		if n == 0 {
			sums = make([]float64, len(row))
		}
		floats.Add(sums, row)
		n++
	}
	floats.Scale(1/float64(n), sums)
	return sums, nil
}

func rowsOf(x *mat.Dense) iter.Seq2[[]float64, error] {
	return func(yield func([]float64, error) bool) {
		for i := range x.RawMatrix().Rows {
			if !yield(x.RawRowView(i), nil) {
				return
			}
		}
	}
}

// readCSV hands out the records of a file without a header.
func readCSV(name string) iter.Seq2[[]float64, error] {
	return func(yield func([]float64, error) bool) {
		f, err := os.Open(name)
		if err != nil {
			yield(nil, err)
			return
		}
		defer f.Close()
		records := csv.NewReader(f)
		records.ReuseRecord = true
		var row []float64
		for {
			record, err := records.Read()
			if err == io.EOF {
				return
			}
			row = row[:0]
			for _, field := range record {
				var v float64
				if err == nil {
					v, err = strconv.ParseFloat(field, 64)
				}
				row = append(row, v)
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// readBinary hands out rows of d numbers, which it reads many at a time.
func readBinary(name string, d int) iter.Seq2[[]float64, error] {
	return func(yield func([]float64, error) bool) {
		f, err := os.Open(name)
		if err != nil {
			yield(nil, err)
			return
		}
		defer f.Close()
		const many = 512
		bytes, numbers := make([]byte, 8*d*many), make([]float64, d*many)
		for {
			n, err := io.ReadFull(f, bytes)
			if err == io.EOF {
				return
			}
			if err != nil && (err != io.ErrUnexpectedEOF || n%(8*d) != 0) {
				yield(nil, err)
				return
			}
			for i := range n / 8 {
				numbers[i] = math.Float64frombits(binary.LittleEndian.Uint64(bytes[8*i:]))
			}
			for row := range slices.Chunk(numbers[:n/8], d) {
				if !yield(row, nil) {
					return
				}
			}
		}
	}
}

// load reads a table that save wrote.
func load(name string, n, d int) (*mat.Dense, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data := make([]float64, n*d)
	if err := binary.Read(bufio.NewReaderSize(f, 1<<20), binary.LittleEndian, data); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return mat.NewDense(n, d, data), nil
}

func save(name string, data []float64) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	out := bufio.NewWriterSize(f, 1<<20)
	for part := range slices.Chunk(data, 1<<17) {
		if err := binary.Write(out, binary.LittleEndian, part); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return f.Close()
}
