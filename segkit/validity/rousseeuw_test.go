package validity

import (
	"math"
	"testing"
)

// Table 1 of Rousseeuw (1987): dissimilarities of twelve countries, below the diagonal, and the silhouettes in his figures 2
// and 3, which have two decimals.
func TestRousseeuwsTable(t *testing.T) {
	names := []string{"BEL", "BRA", "CHI", "CUB", "EGY", "FRA", "IND", "ISR", "USA", "USS", "YUG", "ZAI"}
	lower := []float64{
		5.58,
		7.00, 6.50,
		7.08, 7.00, 3.83,
		4.83, 5.08, 8.17, 5.83,
		2.17, 5.75, 6.67, 6.92, 4.92,
		6.42, 5.00, 5.58, 6.00, 4.67, 6.42,
		3.42, 5.50, 6.42, 6.42, 5.00, 3.92, 6.17,
		2.50, 4.92, 6.25, 7.33, 4.50, 2.25, 6.33, 2.75,
		6.08, 6.67, 4.25, 2.67, 6.00, 6.17, 6.17, 6.92, 6.17,
		5.25, 6.83, 4.50, 3.75, 5.75, 5.42, 6.08, 5.83, 6.67, 3.67,
		4.75, 3.00, 6.08, 6.67, 5.00, 5.58, 4.83, 6.17, 5.67, 6.50, 6.92,
	}
	dissimilarity := func(i, j int) float64 {
		switch {
		case i == j:
			return 0
		case i < j:
			i, j = j, i
		}
		return lower[i*(i-1)/2+j]
	}
	for _, figure := range []struct {
		labels []int
		want   []float64
		mean   float64
	}{
		{[]int{0, 0, 1, 1, 0, 0, 1, 0, 0, 1, 1, 0}, []float64{.39, .22, .33, .40, .20, .35, -.04, .30, .43, .34, .26, .19}, .28},
		{[]int{0, 1, 2, 2, 0, 0, 1, 0, 0, 2, 2, 1}, []float64{.42, .25, .31, .48, .02, .44, .17, .37, .47, .44, .31, .28}, .33},
	} {
		sizes, err := clusters(figure.labels, len(names))
		if err != nil {
			t.Fatal(err)
		}
		mean := 0.0
		for i, own := range figure.labels {
			sums := make([]float64, len(sizes))
			for j, c := range figure.labels {
				sums[c] += dissimilarity(i, j)
			}
			got := value(sums, sizes, own)
			if math.Abs(got-figure.want[i]) > 0.0051 {
				t.Errorf("%s of %d clusters: %.3f, Rousseeuw %v", names[i], len(sizes), got, figure.want[i])
			}
			mean += got / 12
		}
		if math.Abs(mean-figure.mean) > 0.0051 {
			t.Errorf("%d clusters: mean %.3f, Rousseeuw %v", len(sizes), mean, figure.mean)
		}
	}
}
