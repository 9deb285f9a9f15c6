package distance

import "golang.org/x/sys/cpu"

// vectors says whether the processor has the instructions of kernels_amd64.s. Tests switch it off.
var vectors = cpu.X86.HasAVX2 && cpu.X86.HasFMA && cpu.X86.HasPOPCNT

//go:noescape
func squares4AVX2(dst, x *float64, list *int32, rows, stride int, points *float64, d int)

//go:noescape
func squares8AVX2(dst, x *float64, list *int32, rows, stride int, points *float64, d int)

//go:noescape
func nearest4AVX2(first, second *float64, label *int64, squared *float64, rows, lanes, c int)

//go:noescape
func marginsAVX2(first, second *float64, rows int)

//go:noescape
func addLesserAVX2(sums *[4]float64, squared, nearest, weights *float64, rows int)

//go:noescape
func addRootsAVX2(sums *[8]float64, squared *float64, rows int)

//go:noescape
func atMostAVX2(list *int32, values *float64, n int, limit float64) (count int)

//go:noescape
func addRowAVX2(sum, row, origin *float64, d int, weight float64)

func squares4(dst, x []float64, list []int32, stride int, points []float64, d int) {
	if !vectors || d == 0 || len(list) == 0 {
		squaresGo(dst, x, list, stride, points, d, 4)
		return
	}
	_ = list[:len(list)+ahead]
	squares4AVX2(&dst[0], &x[0], &list[0], len(list), stride, &points[0], d)
}

func squares8(dst, x []float64, list []int32, stride int, points []float64, d int) {
	if !vectors || d == 0 || len(list) == 0 {
		squaresGo(dst, x, list, stride, points, d, 8)
		return
	}
	_ = list[:len(list)+ahead]
	squares8AVX2(&dst[0], &x[0], &list[0], len(list), stride, &points[0], d)
}

func nearest4(first, second []float64, label []int64, squared []float64, lanes, c int) {
	if !vectors || len(first) == 0 {
		nearest4Go(first, second, label, squared, lanes, c)
		return
	}
	nearest4AVX2(&first[0], &second[0], &label[0], &squared[0], len(first), lanes, c)
}

func margins(first, second []float64) {
	if !vectors || len(first) == 0 {
		marginsGo(first, second)
		return
	}
	marginsAVX2(&first[0], &second[0], len(first))
}

func addLesser(sums *[4]float64, squared, nearest, weights []float64) {
	if !vectors || len(nearest) < 4 {
		addLesserGo(sums, squared, nearest, weights)
		return
	}
	var w *float64
	if weights != nil {
		w = &weights[0]
	}
	addLesserAVX2(sums, &squared[0], &nearest[0], w, len(nearest))
}

func addRoots(sums *[8]float64, squared []float64) {
	if !vectors || len(squared) == 0 {
		addRootsGo(sums, squared)
		return
	}
	addRootsAVX2(sums, &squared[0], len(squared)/8)
}

func atMost(list *[Block]int32, values []float64, limit float64) int {
	whole := len(values) &^ 3
	if !vectors || whole == 0 {
		return atMostGo(list, 0, 0, values, limit)
	}
	return atMostGo(list, atMostAVX2(&list[0], &values[0], whole, limit), whole, values, limit)
}

func addRow(sum, row, origin []float64, weight float64) {
	if !vectors || len(row) < 4 {
		addRowGo(sum, row, origin, weight)
		return
	}
	addRowAVX2(&sum[0], &row[0], &origin[0], len(row), weight)
}

func addRows(sums, x []float64, stride int, labels []int32, origins []float64, d int) {
	if !vectors || d < 4 {
		addRowsGo(sums, x, stride, labels, origins, d)
		return
	}
	for i, label := range labels {
		at, row := int(label)*d, i*stride
		_, _, _ = sums[at+d-1], origins[at+d-1], x[row+d-1]
		addRowAVX2(&sums[at], &x[row], &origins[at], d, 1)
	}
}
