package segment_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/dataset"
	"example.com/marketing/segkit/segment"
)

func shop() *dataset.Table {
	return &dataset.Table{
		Names: []string{"PURCHASES", "CASH_ADVANCE", "TENURE"},
		X: mat.NewDense(5, 3, []float64{
			10, 0, 12,
			20, 0, 12,
			30, 0, 12,
			100, 50, 12,
			140, 70, 12,
		}),
	}
}

// By hand: PURCHASES has mean 60 and population variance (50² + 40² + 30² + 40² + 80²)/5 = 2600; segment 0's mean is 20,
// its median 20; segment 1's mean and median are 120. A constant column sets nobody apart.
func TestDescribe(t *testing.T) {
	segments, err := segment.Describe(shop(), []int{0, 0, 0, 1, 1})
	if err != nil {
		t.Fatal(err)
	}
	if len(segments) != 2 {
		t.Fatalf("%d segments, want 2", len(segments))
	}
	a, b := segments[0], segments[1]
	if a.Size != 3 || b.Size != 2 || a.Share != 0.6 || b.Share != 0.4 {
		t.Errorf("sizes %d, %d, shares %g, %g", a.Size, b.Size, a.Share, b.Share)
	}
	if a.Means[0] != 20 || a.Medians[0] != 20 || b.Means[0] != 120 || b.Medians[0] != 120 || b.Medians[1] != 60 {
		t.Errorf("means and medians %v %v %v %v", a.Means, a.Medians, b.Means, b.Medians)
	}
	want := 60 / math.Sqrt(2600)
	differences := segment.Differences(segments, shop().Names)
	if got := differences.At(1, 0); math.Abs(got-want) > 1e-14 {
		t.Errorf("difference in PURCHASES %g, want %g", got, want)
	}
	if got := differences.At(0, 2); got != 0 {
		t.Errorf("a constant column differs by %g", got)
	}
	if last := b.Marks[2].Feature; last != "TENURE" {
		t.Errorf("the weakest mark is %s, want TENURE", last)
	}
}

// The sizes sum to n, the shares to 1, and the means weighted by size give the mean of all, whatever the labels.
func TestDescribeAddsUp(t *testing.T) {
	for _, labels := range [][]int{{0, 1, 0, 1, 2}, {0, 0, 0, 0, 0}, {4, 3, 2, 1, 0}} {
		segments, err := segment.Describe(shop(), labels)
		if err != nil {
			t.Fatal(err)
		}
		size, share, purchases := 0, 0., 0.
		for _, s := range segments {
			size += s.Size
			share += s.Share
			purchases += s.Share * s.Means[0]
		}
		if size != 5 || math.Abs(share-1) > 1e-15 || math.Abs(purchases-60) > 1e-12 {
			t.Errorf("labels %v: size %d, share %g, mean %g", labels, size, share, purchases)
		}
	}
}

func TestDescribeRefuses(t *testing.T) {
	if _, err := segment.Describe(shop(), []int{0, 0, 0, 2, 2}); err == nil || !strings.Contains(err.Error(), "label 1") {
		t.Errorf("an unused label: %v", err)
	}
	holed := shop()
	holed.X.Set(2, 1, math.NaN())
	if _, err := segment.Describe(holed, []int{0, 0, 0, 1, 1}); err == nil || !strings.Contains(err.Error(), "CASH_ADVANCE") {
		t.Errorf("a hole: %v", err)
	}
	defer func() {
		if recover() == nil {
			t.Error("too few labels did not panic")
		}
	}()
	segment.Describe(shop(), []int{0, 1})
}

func ExampleDescribe() {
	customers := &dataset.Table{
		Names: []string{"PURCHASES", "CASH_ADVANCE"},
		X:     mat.NewDense(6, 2, []float64{10, 0, 20, 5, 15, 0, 900, 0, 950, 5, 20, 800}),
	}
	segments, err := segment.Describe(customers, []int{0, 0, 0, 1, 1, 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range segments {
		fmt.Printf("segment %d, %.0f %%: %s\n", s.Number, 100*s.Share, s.Sentence(2))
	}
	// Output:
	// segment 0, 50 %: below average in purchases; slightly below average in cash advance
	// segment 1, 33 %: far above average in purchases; slightly below average in cash advance
	// segment 2, 17 %: far above average in cash advance; below average in purchases
}
