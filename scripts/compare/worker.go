package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"gonum.org/v1/gonum/mat"
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
	Batch     int      `json:"batch,omitempty"` // rows of a batch, and for one partial_fit
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
	var x *mat.Dense
	if j.X != "" {
		if x, err = load(j.X, j.N, j.D); err != nil {
			return nil, err
		}
	}
	prepare, ok := map[string]func(*job, *mat.Dense) (func() ([]float64, error), error){
		"kmeans": prepareKMeans, "silhouettes": prepareSilhouettes, "pca": preparePCA, "scale": prepareScale,
		"train": prepareTrain, "encode": prepareEncode, "encode-rows": prepareEncode, "csv": prepareBatches, "binary": prepareBatches,
		"profile": prepareProfile,
	}[j.Job]
	if !ok {
		return nil, fmt.Errorf("no job is called %q", j.Job)
	}
	return prepare(j, x)
}
