package main

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"runtime"
	"strconv"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/autoencoder"
)

// trainings is the number of rounds where each takes many seconds.
func (b *bench) trainings() int { return (b.rounds + 2) / 3 }

// training: the tutorial's autoencoder.
func (b *bench) training(full, _ *mat.Dense) error {
	n, d := full.Dims()
	file, err := b.file("training.f64", full)
	if err != nil {
		return err
	}
	j := job{Job: "train", X: file, N: n, D: d, Epochs: 150}
	if b.quick {
		j.Epochs = 2
	}
	one, two := j, j
	one.Threads, two.Threads = 1, 2
	b.heading(fmt.Sprintf("The tutorial's autoencoder, %d epochs, %d×%d", j.Epochs, n, d),
		"segkit", "PyTorch, 1 thread", "times as fast", "PyTorch, 2 threads", "times as fast", "memory, segkit", "PyTorch", "last loss, segkit", "PyTorch")
	all, err := b.measureRounds(b.trainings(), ours("segkit", j), b.torch("1 thread", one), b.torch("2 threads", two))
	if err != nil {
		return err
	}
	cells := []string{seconds(all[0].seconds)}
	memory, loss := "–", "–"
	for _, m := range all[1:] {
		// Seeds differ by up to a tenth after 150 epochs.
		if r := m.values[0] / all[0].values[0]; !(math.Abs(r-1) < 0.2) {
			return fmt.Errorf("%s did other work: loss %v, segkit %v", m.name, m.values[0], all[0].values[0])
		}
		cells = append(cells, seconds(m.seconds), ratioText(m.seconds/all[0].seconds))
		memory, loss = fmt.Sprintf("%.0f MB", m.megabytes), fmt.Sprintf("%.3f", m.values[0])
	}
	if len(all) == 1 {
		cells = append(cells, "–", "–", "–", "–")
	}
	b.row(append(cells, fmt.Sprintf("%.0f MB", all[0].megabytes), memory, fmt.Sprintf("%.3f", all[0].values[0]), loss)...)
	return nil
}

// encoding: the codes of many rows, by the same weights.
func (b *bench) encoding(full, _ *mat.Dense) error {
	_, d := full.Dims()
	m, err := autoencoder.Train(context.Background(), full, &autoencoder.Config{Epochs: 1})
	if err != nil {
		return err
	}
	model := filepath.Join(b.dir, "model.safetensors")
	if err := m.Save(model); err != nil {
		return err
	}
	b.heading(fmt.Sprintf("Encoding by the tutorial's network, %d columns", d),
		"rows", "segkit, Encode", "EncodeRows, from a file", "PyTorch, from memory", "PyTorch ÷ Encode",
		"rows a second, Encode", "EncodeRows", "memory, Encode", "EncodeRows", "PyTorch", "largest difference")
	sizes := []int{1e5, 1e6}
	if b.quick {
		sizes = []int{1000, 5000}
	}
	for _, n := range sizes {
		file, err := b.file("encoding.f64", jittered(full, n))
		if err != nil {
			return err
		}
		memory := job{Job: "encode", X: file, N: n, D: d, Model: model, Threads: runtime.NumCPU()}
		stream := memory
		stream.Job, stream.X, stream.File = "encode-rows", "", file
		all, err := b.measure(ours("Encode", memory), ours("EncodeRows", stream), b.torch("PyTorch", memory))
		if err != nil {
			return err
		}
		difference, err := same(all, 1e-4) // sums in float32 there, in float64 here
		if err != nil {
			return err
		}
		theirs, times, megabytes := "–", "–", "–"
		if len(all) > 2 {
			theirs, times, megabytes = seconds(all[2].seconds), ratioText(all[2].seconds/all[0].seconds), fmt.Sprintf("%.0f MB", all[2].megabytes)
		}
		rate := func(m measured) string { return fmt.Sprintf("%.1f million", float64(n)/m.seconds/1e6) }
		b.row(strconv.Itoa(n), seconds(all[0].seconds), seconds(all[1].seconds), theirs, times, rate(all[0]), rate(all[1]),
			fmt.Sprintf("%.0f MB", all[0].megabytes), fmt.Sprintf("%.0f MB", all[1].megabytes), megabytes, fmt.Sprintf("%.0e", difference))
	}
	return nil
}
