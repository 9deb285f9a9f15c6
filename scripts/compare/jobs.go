package main

import (
	"context"
	"iter"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/autoencoder"
	"example.com/marketing/segkit/dataset"
	"example.com/marketing/segkit/kmeans"
	"example.com/marketing/segkit/pca"
	"example.com/marketing/segkit/validity"
)

// Each function prepares one job on a table, and returns what is timed.

func prepareKMeans(j *job, x *mat.Dense) (func() ([]float64, error), error) {
	o := kmeans.Options{Restarts: j.Restarts, Tol: j.Tol, Seed: 42}
	if j.Start != "" {
		start, err := load(j.Start, j.K, j.D)
		if err != nil {
			return nil, err
		}
		o.Start = start
	}
	if _, err := kmeans.Fit(context.Background(), x.Slice(0, 100, 0, j.D), j.K, &o); err != nil { // the code itself is memory, too
		return nil, err
	}
	return func() ([]float64, error) {
		m, err := kmeans.Fit(context.Background(), x, j.K, &o)
		if err != nil {
			return nil, err
		}
		return m.Centers.RawMatrix().Data, nil
	}, nil
}

func prepareSilhouettes(j *job, x *mat.Dense) (func() ([]float64, error), error) {
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
		silhouettes, err := validity.Silhouettes(context.Background(), x, labelings...)
		var scores []float64
		for _, s := range silhouettes {
			scores = append(scores, s.Score)
		}
		return scores, err
	}, nil
}

func preparePCA(_ *job, x *mat.Dense) (func() ([]float64, error), error) {
	return func() ([]float64, error) {
		m, err := pca.Fit(x, 2)
		if err != nil {
			return nil, err
		}
		m.Transform(x)
		return m.VarianceRatio, nil
	}, nil
}

func prepareScale(j *job, x *mat.Dense) (func() ([]float64, error), error) {
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
}

func prepareTrain(j *job, x *mat.Dense) (func() ([]float64, error), error) {
	return func() ([]float64, error) {
		m, err := autoencoder.Train(context.Background(), x, &autoencoder.Config{Epochs: j.Epochs, Seed: 42})
		if err != nil {
			return nil, err
		}
		return m.History[j.Epochs-1:], nil
	}, nil
}

// prepareEncode takes rows from memory, or for encode-rows from a file.
func prepareEncode(j *job, x *mat.Dense) (func() ([]float64, error), error) {
	m, err := autoencoder.Load(j.Model)
	if err != nil {
		return nil, err
	}
	if j.Job == "encode-rows" {
		return func() ([]float64, error) { return means(m.EncodeRows(readBinary(j.File, j.D))) }, nil
	}
	return func() ([]float64, error) { return means(rowsOf(m.Encode(x))) }, nil
}

func prepareBatches(j *job, _ *mat.Dense) (func() ([]float64, error), error) {
	open := readCSV
	if j.Job == "binary" {
		open = func(name string) iter.Seq2[[]float64, error] { return readBinary(name, j.D) }
	}
	return func() ([]float64, error) {
		m, err := kmeans.FitBatches(context.Background(), open(j.File), j.K, &kmeans.BatchOptions{Seed: 42, Size: j.Batch})
		if err != nil {
			return nil, err
		}
		return m.Centers.RawMatrix().Data, nil
	}, nil
}
