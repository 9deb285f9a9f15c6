package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/autoencoder"
	"example.com/marketing/segkit/dataset"
	"example.com/marketing/segkit/kmeans"
	"example.com/marketing/segkit/pca"
	"example.com/marketing/segkit/validity"
)

// job is what a worker is told in its argument, as JSON. A worker is a process: this program's, the one in Python, or the one
// with other Go packages. It loads the table, prints an opening line with its versions, and then does the job each time that
// it reads a line, and prints a result. Tables are files of float64, little-endian, row after row.
type job struct {
	Job       string   `json:"job"`
	X         string   `json:"x,omitempty"` // n×d
	N         int      `json:"n"`
	D         int      `json:"d"`
	K         int      `json:"k,omitempty"`
	Start     string   `json:"start,omitempty"` // k×d
	Restarts  int      `json:"restarts,omitempty"`
	Tol       float64  `json:"tol"`
	Algorithm string   `json:"algorithm,omitempty"` // of scikit-learn
	Labels    []string `json:"labels,omitempty"`
	File      string   `json:"file,omitempty"`  // to read rows from
	Batch     int      `json:"batch,omitempty"` // rows for one partial_fit
	Epochs    int      `json:"epochs,omitempty"`
	Threads   int      `json:"threads,omitempty"` // of PyTorch
	Model     string   `json:"model,omitempty"`   // an autoencoder's file
}

type opening struct {
	Versions map[string]string `json:"versions"`
}

type result struct {
	Seconds   float64   `json:"seconds"`
	Values    []float64 `json:"values"`    // what was computed: centres, scores, ...
	Kilobytes int       `json:"kilobytes"` // the process's peak beyond what it held before its first job; 0 where it is not told
}

// work is the worker of this program.
func work(argument string, in io.Reader, out io.Writer) error {
	var j job
	if err := json.Unmarshal([]byte(argument), &j); err != nil {
		return err
	}
	do, err := j.prepare()
	if err != nil {
		return err
	}
	debug.FreeOSMemory()
	os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // the peak counts from here, on Linux
	before := status("VmRSS")
	answers := json.NewEncoder(out)
	if err := answers.Encode(opening{}); err != nil {
		return err
	}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		begin := time.Now()
		values, err := do()
		seconds := time.Since(begin).Seconds()
		if err != nil {
			return err
		}
		if err := answers.Encode(result{seconds, values, status("VmHWM") - before}); err != nil {
			return err
		}
	}
	return lines.Err()
}

// status returns a figure of Linux's /proc/self/status, in kilobytes, and 0 elsewhere.
func status(field string) int {
	text, _ := os.ReadFile("/proc/self/status")
	_, after, _ := strings.Cut(string(text), field+":")
	var kilobytes int
	fmt.Sscan(after, &kilobytes)
	return kilobytes
}

// prepare loads what the job needs and returns what is timed.
func (j *job) prepare() (do func() ([]float64, error), err error) {
	ctx := context.Background()
	var x *mat.Dense
	if j.X != "" {
		if x, err = load(j.X, j.N, j.D); err != nil {
			return nil, err
		}
	}
	switch j.Job {
	case "kmeans":
		o := kmeans.Options{Restarts: j.Restarts, Tol: j.Tol, Seed: 42}
		if j.Start != "" {
			start, err := load(j.Start, j.K, j.D)
			if err != nil {
				return nil, err
			}
			o.Start = start
		}
		if _, err := kmeans.Fit(ctx, x.Slice(0, 100, 0, j.D), j.K, &o); err != nil { // the code itself is memory, too
			return nil, err
		}
		return func() ([]float64, error) {
			m, err := kmeans.Fit(ctx, x, j.K, &o)
			if err != nil {
				return nil, err
			}
			return m.Centers.RawMatrix().Data, nil
		}, nil
	case "silhouettes":
		var labelings [][]int
		for _, name := range j.Labels {
			column, err := load(name, j.N, 1)
			if err != nil {
				return nil, err
			}
			labels := make([]int, j.N)
			for i := range labels {
				labels[i] = int(column.At(i, 0))
			}
			labelings = append(labelings, labels)
		}
		return func() ([]float64, error) {
			silhouettes, err := validity.Silhouettes(ctx, x, labelings...)
			var scores []float64
			for _, s := range silhouettes {
				scores = append(scores, s.Score)
			}
			return scores, err
		}, nil
	case "pca":
		return func() ([]float64, error) {
			m, err := pca.Fit(x, 2)
			if err != nil {
				return nil, err
			}
			m.Transform(x)
			return m.VarianceRatio, nil
		}, nil
	case "scale":
		t := &dataset.Table{X: x}
		for column := range j.D {
			t.Names = append(t.Names, strconv.Itoa(column))
		}
		return func() ([]float64, error) {
			s, err := dataset.FitScaler(t)
			if err != nil {
				return nil, err
			}
			s.Transform(t)
			return slices.Concat(s.Mean, s.Scale), nil
		}, nil
	case "train":
		return func() ([]float64, error) {
			m, err := autoencoder.Train(ctx, x, &autoencoder.Config{Epochs: j.Epochs, Seed: 42})
			if err != nil {
				return nil, err
			}
			return m.History[j.Epochs-1:], nil
		}, nil
	case "encode", "encode-rows":
		m, err := autoencoder.Load(j.Model)
		if err != nil {
			return nil, err
		}
		if j.Job == "encode-rows" {
			return func() ([]float64, error) { return means(m.EncodeRows(readBinary(j.File, j.D))) }, nil
		}
		return func() ([]float64, error) { return means(rowsOf(m.Encode(x))) }, nil
	case "csv", "binary":
		open := readCSV
		if j.Job == "binary" {
			open = func(name string) iter.Seq2[[]float64, error] { return readBinary(name, j.D) }
		}
		return func() ([]float64, error) {
			m, err := kmeans.FitBatches(ctx, open(j.File), j.K, &kmeans.BatchOptions{Seed: 42})
			if err != nil {
				return nil, err
			}
			return m.Centers.RawMatrix().Data, nil
		}, nil
	}
	return nil, fmt.Errorf("no job is called %q", j.Job)
}

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
