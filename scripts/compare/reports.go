package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/dataset"
	"example.com/marketing/segkit/profile"
)

// prepareProfile reads a CSV file and writes its report, as a page.
func prepareProfile(j *job, _ *mat.Dense) (func() ([]float64, error), error) {
	return func() ([]float64, error) {
		r, err := profile.ReadFile(context.Background(), nil, j.File)
		if err != nil {
			return nil, err
		}
		if err := r.WriteHTML(io.Discard); err != nil {
			return nil, err
		}
		var figures []float64
		for _, c := range r.Columns {
			if c.Kind == profile.Numeric {
				figures = append(figures, float64(c.Mean), float64(c.Std), float64(c.Skewness))
			}
		}
		for _, m := range []profile.Matrix{r.Associations.Pearson, r.Associations.Spearman} {
			for _, row := range m {
				for _, v := range row {
					figures = append(figures, float64(v))
				}
			}
		}
		return figures, nil
	}, nil
}

// reports: from a CSV file to a page. pandas computes a part of the figures, and draws nothing; the reports that are compared
// with are those that the Python has.
func (b *bench) reports(_, _ *mat.Dense) error {
	b.heading("The profile report, from a CSV file to an HTML page", "rows", "segkit", "pandas, figures alone", "times as fast",
		"sweetviz", "ydata-profiling", "file", "memory, segkit", "memory ÷ file", "pandas", "largest difference")
	for _, n := range []int{0, 1e6} { // 0: the tutorial's file, or synthetic customers
		if b.quick && n > 0 {
			n = 10_000
		}
		path, rows, err := b.customers(n)
		if err != nil {
			return err
		}
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		rounds := b.rounds
		if n > 0 {
			rounds = b.trainings()
		}
		j := job{Job: "profile", File: path}
		sides := []side{ours("segkit", j), script(b.sklearnPython, "report_peer.py", "pandas", job{Job: "figures", File: path})}
		all, err := b.measureRounds(rounds, sides...)
		if err != nil {
			return err
		}
		difference, err := alike(all, 1e-9)
		if err != nil {
			return err
		}
		theirs, times, megabytes := "–", "–", "–"
		if len(all) > 1 {
			theirs, times, megabytes = seconds(all[1].seconds), ratioText(all[1].seconds/all[0].seconds), fmt.Sprintf("%.0f MB", all[1].megabytes)
		}
		size := float64(info.Size()) / 1e6
		cells := []string{strconv.Itoa(rows), seconds(all[0].seconds), theirs, times}
		for _, peer := range []string{"sweetviz", "ydata_profiling"} {
			took, err := b.other(peer, path)
			if err != nil {
				return err
			}
			cells = append(cells, took)
		}
		memory := all[0].megabytes * 1.048576
		b.row(append(cells, fmt.Sprintf("%.1f MB", size), fmt.Sprintf("%.0f MB", memory), fmt.Sprintf("%.2f", memory/size), megabytes, fmt.Sprintf("%.0e", difference))...)
	}
	return nil
}

// other times one run of another package's report, where the Python has it.
func (b *bench) other(peer, path string) (string, error) {
	if b.sklearnPython == "" {
		return "–", nil
	}
	err := exec.Command(b.sklearnPython, "-c", "import "+peer).Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return "not there", nil
	}
	if err != nil {
		return "", err
	}
	all, err := b.measureRounds(0, script(b.sklearnPython, "report_peer.py", peer, job{Job: peer, File: path}))
	if err != nil {
		return "", err
	}
	return seconds(all[0].seconds), nil
}

// customers returns a CSV file of n rows, 0 for those of the tutorial.
func (b *bench) customers(n int) (path string, rows int, err error) {
	var t *dataset.Table
	if n > 0 {
		t = dataset.Synthesize(n, 1)
	} else if t, _, err = dataset.Open(context.Background()); err != nil {
		return "", 0, err
	}
	path = filepath.Join(b.dir, fmt.Sprintf("customers-%d.csv", n))
	f, err := os.Create(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	if err := t.WriteCSV(f); err != nil {
		return "", 0, err
	}
	rows, _ = t.Dims()
	return path, rows, f.Close()
}
