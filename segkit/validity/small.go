package validity

// What a cluster should have to be a segment, for TooSmall.
const (
	SegmentShare = 0.01
	SegmentRows  = 50
)

// TooSmall lists the clusters, ascending, that have less than the given share of all rows, or fewer than the given number of
// rows. With SegmentShare and SegmentRows it is a rule of thumb and no test: k-means makes bins for outliers, of some tens
// of customers, and a bin for outliers is no segment, however high the other scores of its partition are. Labels are any
// integers; a number without rows is not listed.
func TooSmall(labels []int, share float64, rows int) []int {
	names, places := compact(labels)
	sizes := make([]int, len(names))
	for _, c := range places {
		sizes[c]++
	}
	var small []int
	for c, size := range sizes {
		if float64(size) < share*float64(len(labels)) || size < rows {
			small = append(small, names[c])
		}
	}
	return small
}

// Macro returns the mean over the clusters of their mean silhouettes, so that a small cluster counts as much as a large one
// (Pavlopoulos, Vardakas and Likas, 2024, arXiv 2401.05831). Score, the mean over the rows, may hide that small clusters are
// bad.
func (s Silhouette) Macro() float64 {
	sum := 0.0
	for _, v := range s.ByCluster {
		sum += v
	}
	return sum / float64(len(s.ByCluster))
}
