package main

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/kmeans"
)

// silhouettes: of three labelings, over all distances.
func (b *bench) silhouettes(full, _ *mat.Dense) error {
	n, d := full.Dims()
	file, err := b.file("silhouettes.f64", full)
	if err != nil {
		return err
	}
	j := job{Job: "silhouettes", X: file, N: n, D: d}
	for k := 3; k <= 5; k++ {
		m, err := kmeans.Fit(context.Background(), full, k, nil)
		if err != nil {
			return err
		}
		labels := mat.NewDense(n, 1, nil)
		for i, c := range m.Labels {
			labels.Set(i, 0, float64(c))
		}
		name, err := b.file(fmt.Sprintf("labels%d.f64", k), labels)
		if err != nil {
			return err
		}
		j.Labels = append(j.Labels, name)
	}
	b.heading(fmt.Sprintf("Silhouettes of three labelings, %d×%d", n, d), "segkit", "scikit-learn", "times as fast", "largest difference")
	return b.compare(1e-9, ours("segkit", j), b.sklearn("silhouette_score, three times", j))
}

// small: what takes milliseconds.
func (b *bench) small(full, _ *mat.Dense) error {
	n, d := full.Dims()
	file, err := b.file("small.f64", full)
	if err != nil {
		return err
	}
	for _, s := range []struct {
		job, title, peer string
		tolerance        float64
	}{
		{"pca", "PCA to two components, fit and transform", "PCA", 1e-5}, // its solver is a randomised one
		{"scale", "Scaling, fit and transform", "StandardScaler", 1e-12},
	} {
		b.heading(fmt.Sprintf("%s, %d×%d", s.title, n, d), "segkit", "scikit-learn", "times as fast", "largest difference")
		j := job{Job: s.job, X: file, N: n, D: d}
		if err := b.compare(s.tolerance, ours("segkit", j), b.sklearn(s.peer, j)); err != nil {
			return err
		}
	}
	return nil
}

// compare measures sides that compute the same few numbers.
func (b *bench) compare(tolerance float64, sides ...side) error {
	all, err := b.measure(sides...)
	if err != nil {
		return err
	}
	difference, err := same(all, tolerance)
	if err != nil {
		return err
	}
	peer, times, _ := fastest(all)
	b.row(seconds(all[0].seconds), peer, times, fmt.Sprintf("%.0e", difference))
	return nil
}

// same returns the largest difference between what the first side computed and what the others did, or an error where it is
// above the tolerance.
func same(all []measured, tolerance float64) (float64, error) {
	return differ(all, tolerance, func(float64) float64 { return 1 })
}

// alike is same with differences relative to figures above 1.
func alike(all []measured, tolerance float64) (float64, error) {
	return differ(all, tolerance, func(v float64) float64 { return max(1, math.Abs(v)) })
}

func differ(all []measured, tolerance float64, unit func(v float64) float64) (float64, error) {
	difference := 0.0
	for _, m := range all[1:] {
		same := len(m.values) == len(all[0].values)
		for i := 0; same && i < len(m.values); i++ {
			difference = max(difference, math.Abs(m.values[i]-all[0].values[i])/unit(all[0].values[i]))
		}
		if !same || !(difference <= tolerance) {
			return 0, fmt.Errorf("%s did other work: %v, segkit %v", m.name, m.values, all[0].values)
		}
	}
	return difference, nil
}
