package distance

import "math"

// The kernels in Go: what they compute, for processors without the vector instructions, and the reference for the tests of
// those with.

func squaresGo(dst, x []float64, list []int32, stride int, points []float64, d, lanes int) {
	for i, row := range list {
		v := x[int(row)*stride:][:d]
		for lane := 0; lane < lanes; lane += 4 {
			var s0, s1, s2, s3 float64
			p := points[lane:]
			for j, a := range v {
				q := p[j*lanes:][:4]
				s0 = math.FMA(a-q[0], a-q[0], s0)
				s1 = math.FMA(a-q[1], a-q[1], s1)
				s2 = math.FMA(a-q[2], a-q[2], s2)
				s3 = math.FMA(a-q[3], a-q[3], s3)
			}
			copy(dst[i*lanes+lane:], []float64{s0, s1, s2, s3})
		}
	}
}

func nearest4Go(first, second []float64, label []int64, squared []float64, lanes, c int) {
	for i := range first {
		for lane, v := range squared[i*lanes:][:4] {
			if v < first[i] {
				first[i], second[i], label[i] = v, first[i], int64(c+lane)
			} else if v < second[i] {
				second[i] = v
			}
		}
	}
}

func marginsGo(first, second []float64) {
	for i, v := range second {
		second[i] = math.Sqrt(v) - math.Sqrt(first[i])
	}
}

// Four sums, of every fourth row, and their sum at the end: the order of the vector code.
func addLesserGo(sums *[4]float64, squared, nearest, weights []float64) {
	var s [4][4]float64
	for i, v := range nearest {
		w := 1.0
		if weights != nil {
			w = weights[i]
		}
		for lane, q := range squared[4*i:][:4] {
			if q > v {
				q = v
			}
			s[i%4][lane] = math.FMA(w, q, s[i%4][lane])
		}
	}
	for lane := range sums {
		sums[lane] += (s[0][lane] + s[1][lane]) + (s[2][lane] + s[3][lane])
	}
}

// Two sums, of even and of odd rows.
func addRootsGo(sums *[8]float64, squared []float64) {
	var s [2][8]float64
	for i := range len(squared) / 8 {
		for lane, q := range squared[8*i:][:8] {
			s[i%2][lane] += math.Sqrt(q)
		}
	}
	for lane := range sums {
		sums[lane] += s[0][lane] + s[1][lane]
	}
}

// atMostGo goes on from the values at from, where count are listed already.
func atMostGo(list *[Block]int32, count, from int, values []float64, limit float64) int {
	for i, v := range values[from:] {
		if v <= limit {
			list[count] = int32(from + i)
			count++
		}
	}
	return count
}

func addRowGo(sum, row, origin []float64, weight float64) {
	for j, v := range row {
		sum[j] = math.FMA(weight, v-origin[j], sum[j])
	}
}

func addRowsGo(sums, x []float64, stride int, labels []int32, origins []float64, d int) {
	for i, label := range labels {
		row, at := x[i*stride:], int(label)*d
		for j := range d {
			sums[at+j] += row[j] - origins[at+j]
		}
	}
}
