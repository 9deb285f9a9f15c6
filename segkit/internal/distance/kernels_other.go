//go:build !amd64

package distance

func squares4(dst, x []float64, list []int32, stride int, points []float64, d int) {
	squaresGo(dst, x, list, stride, points, d, 4)
}

func squares8(dst, x []float64, list []int32, stride int, points []float64, d int) {
	squaresGo(dst, x, list, stride, points, d, 8)
}

func nearest4(first, second []float64, label []int64, squared []float64, lanes, c int) {
	nearest4Go(first, second, label, squared, lanes, c)
}

func margins(first, second []float64) { marginsGo(first, second) }

func addLesser(sums *[4]float64, squared, nearest, weights []float64) {
	addLesserGo(sums, squared, nearest, weights)
}

func addRoots(sums *[8]float64, squared []float64) { addRootsGo(sums, squared) }

func atMost(list *[Block]int32, values []float64, limit float64) int {
	return atMostGo(list, 0, 0, values, limit)
}

func addRow(sum, row, origin []float64, weight float64) { addRowGo(sum, row, origin, weight) }

func addRows(sums, x []float64, stride int, labels []int32, origins []float64, d int) {
	addRowsGo(sums, x, stride, labels, origins, d)
}
