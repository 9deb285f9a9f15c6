package main

import (
	"bufio"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"example.com/marketing/segkit/kmeans"
	"gonum.org/v1/gonum/mat"
)

// inertia is the sum of squared distances of the rows of x to the nearest of the centres.
func inertia(x *mat.Dense, k int, centers []float64) (float64, error) {
	_, d := x.Dims()
	if len(centers) != k*d {
		return 0, fmt.Errorf("%d numbers are not %d centres of %d columns", len(centers), k, d)
	}
	m := kmeans.Model{Centers: mat.NewDense(k, d, centers)}
	distances, err := m.Transform(x)
	if err != nil {
		return 0, err
	}
	sum := 0.0
	n, _ := x.Dims()
	for i := range n {
		least := slices.Min(distances.RawRowView(i))
		sum += least * least
	}
	return sum, nil
}

// inertias computes them for all sides, and returns an error unless each lies within the tolerance of the first's, relative.
func inertias(x *mat.Dense, k int, all []measured, below, above float64) ([]float64, error) {
	var sums []float64
	for _, m := range all {
		sum, err := inertia(x, k, m.values)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
		sums = append(sums, sum)
		if r := sum/sums[0] - 1; !(r >= -below && r <= above) {
			return nil, fmt.Errorf("%s did other work: inertia %v, segkit %v", m.name, sum, sums[0])
		}
	}
	return sums, nil
}

// restarts: the tutorial's k-means, 100 restarts.
func (b *bench) restarts(full, plane *mat.Dense) error {
	for _, table := range []struct {
		name string
		x    *mat.Dense
	}{{"all columns", full}, {"two components", plane}} {
		n, d := table.x.Dims()
		file, err := b.file("restarts.f64", table.x)
		if err != nil {
			return err
		}
		b.heading(fmt.Sprintf("k-means, 100 restarts, tol 1e-4, %d×%d (%s)", n, d, table.name),
			"k", "segkit", "scikit-learn, elkan", "times as fast", "scikit-learn, lloyd", "times as fast", "inertia", "scikit-learn's", "segkit, to convergence", "inertia")
		var total [4]float64
		for k := 3; k <= 5; k++ {
			settled := job{Job: "kmeans", X: file, N: n, D: d, K: k, Restarts: 100}
			stopped := settled
			stopped.Tol = 1e-4
			elkan, lloyd := stopped, stopped
			elkan.Algorithm, lloyd.Algorithm = "elkan", "lloyd"
			all, err := b.measure(ours("segkit", stopped), ours("to convergence", settled), b.sklearn("elkan", elkan), b.sklearn("lloyd", lloyd))
			if err != nil {
				return err
			}
			sums, err := inertias(table.x, k, all, 1e-3, 1e-3) // restarts draw their own centres, and a tolerance stops early
			if err != nil {
				return err
			}
			took, theirs := [4]float64{all[0].seconds, all[1].seconds, math.NaN(), math.NaN()}, "–"
			if len(all) > 2 {
				took[2], took[3] = all[2].seconds, all[3].seconds
				theirs = fmt.Sprintf("%.2f", min(sums[2], sums[3]))
			}
			b.restartsRow(strconv.Itoa(k), took, fmt.Sprintf("%.2f", sums[0]), theirs, fmt.Sprintf("%.2f", sums[1]))
			for i := range total {
				total[i] += took[i]
			}
		}
		b.restartsRow("sum", total, "", "", "")
	}
	return nil
}

// restartsRow shows the times of segkit, of segkit to convergence, and of scikit-learn's two algorithms.
func (b *bench) restartsRow(k string, took [4]float64, ours, theirs, settled string) {
	b.row(k, seconds(took[0]), seconds(took[2]), ratioText(took[2]/took[0]), seconds(took[3]), ratioText(took[3]/took[0]), ours, theirs, seconds(took[1]), settled)
}

// jittered draws n rows of x and moves each a little, so that a large table has the small one's shape.
func jittered(x *mat.Dense, n int) *mat.Dense {
	rows, d := x.Dims()
	random := rand.New(rand.NewPCG(1, 2))
	big := mat.NewDense(n, d, nil)
	for i := range n {
		from := x.RawRowView(random.IntN(rows))
		for j, v := range from {
			big.Set(i, j, v+0.1*random.NormFloat64())
		}
	}
	return big
}

// single: one fit of k = 8 from the same centres, on growing tables.
func (b *bench) single(full, _ *mat.Dense) error {
	const k = 8
	_, d := full.Dims()
	b.heading(fmt.Sprintf("k-means, one fit from the same centres, k = %d, tol 1e-4, %d columns", k, d),
		"rows", "segkit", "scikit-learn", "times as fast", "memory ÷ table, segkit", "scikit-learn", "inertia, relative difference")
	sizes := []int{1e4, 1e5, 1e6}
	if b.quick {
		sizes = []int{1000, 5000}
	}
	for _, n := range sizes {
		x := jittered(full, n)
		file, err := b.file("single.f64", x)
		if err != nil {
			return err
		}
		start, err := b.file("start.f64", mat.DenseCopyOf(x.Slice(0, k, 0, d)))
		if err != nil {
			return err
		}
		j := job{Job: "kmeans", X: file, N: n, D: d, K: k, Start: start, Tol: 1e-4}
		elkan, lloyd := j, j
		elkan.Algorithm, lloyd.Algorithm = "elkan", "lloyd"
		all, err := b.measure(ours("segkit", j), b.sklearn("elkan", elkan), b.sklearn("lloyd", lloyd))
		if err != nil {
			return err
		}
		sums, err := inertias(x, k, all, 1e-6, 1e-6)
		if err != nil {
			return err
		}
		megabytes := float64(8*n*d) / (1 << 20)
		peer, times, _ := fastest(all)
		memory, difference := "–", 0.0
		for i, m := range all[1:] {
			memory = fmt.Sprintf("%s / %.2f", strings.TrimSuffix(memory, "–"), m.megabytes/megabytes)
			difference = max(difference, math.Abs(sums[i+1]/sums[0]-1))
		}
		b.row(strconv.Itoa(n), seconds(all[0].seconds), peer, times, fmt.Sprintf("%.2f", all[0].megabytes/megabytes),
			strings.TrimPrefix(memory, " / "), fmt.Sprintf("%.0e", difference))
	}
	return nil
}

// batches: mini-batch k-means from a file, with batches of two sizes on both sides.
func (b *bench) batches(full, _ *mat.Dense) error {
	const k = 8
	_, d := full.Dims()
	b.heading(fmt.Sprintf("Mini-batch k-means from a file, k = %d, %d columns", k, d),
		"rows", "file", "rows of a batch", "segkit", "MiniBatchKMeans.partial_fit", "times as fast", "memory, segkit", "scikit-learn", "inertia, scikit-learn ÷ segkit")
	sizes := []int{1e5, 1e6}
	if b.quick {
		sizes = []int{5000}
	}
	for _, n := range sizes {
		x := jittered(full, n)
		file, err := b.file("rows.f64", x)
		if err != nil {
			return err
		}
		text := filepath.Join(b.dir, "rows.csv")
		if err := writeCSV(text, x); err != nil {
			return err
		}
		for _, format := range []struct{ job, file string }{{"csv", text}, {"binary", file}} {
			for _, size := range []int{1024, 10240} {
				j := job{Job: format.job, File: format.file, N: n, D: d, K: k, Batch: size}
				all, err := b.measure(ours(fmt.Sprintf("segkit, %s, %d rows", format.job, size), j), b.sklearn("partial_fit", j))
				if err != nil {
					return err
				}
				sums, err := inertias(x, k, all, 0.1, 0.3) // a single pass ends near, not at, a minimum
				if err != nil {
					return err
				}
				theirs, times, memory, quality := "–", "–", "–", "–"
				if len(all) > 1 {
					theirs, times = seconds(all[1].seconds), ratioText(all[1].seconds/all[0].seconds)
					memory, quality = fmt.Sprintf("%.0f MB", all[1].megabytes), fmt.Sprintf("%.3f", sums[1]/sums[0])
				}
				b.row(strconv.Itoa(n), format.job, strconv.Itoa(size), seconds(all[0].seconds), theirs, times, fmt.Sprintf("%.0f MB", all[0].megabytes), memory, quality)
			}
		}
	}
	return nil
}

func writeCSV(name string, x *mat.Dense) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	out := bufio.NewWriterSize(f, 1<<20)
	n, _ := x.Dims()
	var line []byte
	for i := range n {
		line = line[:0]
		for _, v := range x.RawRowView(i) {
			line = append(strconv.AppendFloat(line, v, 'g', 10, 64), ',')
		}
		line[len(line)-1] = '\n'
		if _, err := out.Write(line); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return f.Close()
}

// packages: one fit by other Go packages, with their defaults.
func (b *bench) packages(full, _ *mat.Dense) error {
	const k = 5
	n, d := full.Dims()
	file, err := b.file("packages.f64", full)
	if err != nil {
		return err
	}
	b.heading(fmt.Sprintf("k-means packages in Go, one start, k = %d, %d×%d", k, n, d), "package", "time", "inertia", "times as long as segkit")
	j := job{Job: "kmeans", X: file, N: n, D: d, K: k, Restarts: 1}
	muesli, goml := j, j
	muesli.Job, goml.Job = "muesli", "goml"
	all, err := b.measure(ours("segkit", j), side{"muesli/kmeans", []string{b.peers}, muesli}, side{"cdipaolo/goml", []string{b.peers}, goml})
	if err != nil {
		return err
	}
	for _, m := range all {
		sum, err := inertia(full, k, m.values)
		if err != nil {
			return err
		}
		b.row(m.name, seconds(m.seconds), fmt.Sprintf("%.0f", sum), fmt.Sprintf("%.1f", m.seconds/all[0].seconds))
	}
	return nil
}
