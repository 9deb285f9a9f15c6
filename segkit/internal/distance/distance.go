// Package distance computes many squared Euclidean distances at a time: of rows of a matrix to a few points. It is what
// kmeans and validity spend their time in.
//
// A squared distance is the chain s = fma(x[j]-p[j], x[j]-p[j], s) over the columns j in their order, one rounding a step.
// Every way of computing it here gives that number to the last bit: the vector instructions of amd64 (AVX2 and FMA), and
// the Go code for all other processors. So labels and scores do not depend on the processor.
package distance

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Largest is the largest absolute value whose square, summed over rows and columns, is still a number.
const Largest = 1e140

// ErrNotFinite says that a value is NaN, infinite or beyond Largest.
var ErrNotFinite = errors.New("not a number that can be squared")

// Block is the number of rows that Nearest and the kernels take at a time: their distances to eight points fit into half of
// a processor's first-level cache.
const Block = 256

// Rows are the n rows of a matrix, d numbers each, one after the other.
type Rows struct {
	N, D   int
	stride int
	data   []float64
}

// Of returns the rows of x, without a copy where x lies in memory row by row. A value that is not finite, or beyond Largest,
// is an error that wraps ErrNotFinite and names row and column.
func Of(x mat.Matrix) (Rows, error) {
	n, d := x.Dims()
	r := Rows{N: n, D: d, stride: d}
	if raw, ok := x.(mat.RawMatrixer); ok {
		m := raw.RawMatrix()
		r.data, r.stride = m.Data, m.Stride
	} else {
		r.data = make([]float64, n*d)
		for i := range n {
			mat.Row(r.data[i*d:(i+1)*d], i, x)
		}
	}
	for i := range n {
		for j, v := range r.Row(i) {
			if !(math.Abs(v) <= Largest) {
				return r, NotFinite(i, j, v)
			}
		}
	}
	return r, nil
}

// NotFinite returns the error about a value that is not finite, or beyond Largest.
func NotFinite(row, column int, v float64) error {
	why := "not finite"
	if !math.IsNaN(v) && !math.IsInf(v, 0) {
		why = fmt.Sprintf("beyond %v", Largest)
	}
	return fmt.Errorf("%w: row %d, column %d is %v, %s", ErrNotFinite, row, column, v, why)
}

// Wrap returns rows of d numbers each that lie one after the other in data. The caller has checked the numbers.
func Wrap(data []float64, d int) Rows {
	return Rows{N: len(data) / max(d, 1), D: d, stride: d, data: data}
}

// Row returns row i, to read.
func (r Rows) Row(i int) []float64 {
	from := i * r.stride
	return r.data[from : from+r.D : from+r.D]
}

// Squared returns the squared distance between two rows of the same length.
func Squared(a, b []float64) float64 {
	b = b[:len(a)]
	s := 0.0
	for j, v := range a {
		s = math.FMA(v-b[j], v-b[j], s)
	}
	return s
}

// Points are k points of d coordinates, laid out so that a vector register holds the same coordinate of several: in groups
// of 4 when there are no more than 4, else of 8, coordinate after coordinate.
type Points struct {
	K, D  int
	Lanes int // 4 or 8
	v     []float64
}

// NewPoints returns room for k points of d coordinates.
func NewPoints(k, d int) *Points {
	p := &Points{K: k, D: d, Lanes: 8}
	if k <= 4 {
		p.Lanes = 4
	}
	p.v = make([]float64, p.Groups()*p.Lanes*d)
	for i := range p.v {
		p.v[i] = math.MaxFloat64 // lanes without a point: infinitely far from every row
	}
	return p
}

// Groups returns the number of groups.
func (p *Points) Groups() int { return (p.K + p.Lanes - 1) / p.Lanes }

// Set puts point c at the given coordinates.
func (p *Points) Set(c int, at []float64) {
	lane := p.v[c/p.Lanes*p.Lanes*p.D+c%p.Lanes:]
	for j, v := range at {
		lane[j*p.Lanes] = v
	}
}

// ahead is how many rows later than the one in hand the kernels read a list, to fetch rows into the cache: lists have as many
// entries more, whatever they say.
const ahead = 16

// all lists the rows of a whole block.
var all = func() (list [Block + ahead]int32) {
	for i := range list {
		list[i] = int32(i)
	}
	return list
}()

// pad lengthens a list of at least one row to a multiple of 8, which is what the kernels work in.
func pad(list []int32) []int32 {
	for len(list)%8 != 0 {
		list = append(list, list[len(list)-1])
	}
	return list
}

// Buffer holds what the kernels say of up to Block rows. The zero value is ready.
type Buffer struct {
	First   [Block]float64 // squared distance to the nearest point
	Second  [Block]float64 // squared distance to the second nearest, +Inf when there is one point
	Label   [Block]int64   // the nearest point, the first of several at the same distance
	Squared [8 * Block]float64
	list    [Block + ahead]int32
}

// Squares computes the squared distances of the m ≤ Block rows from row from on to the points of one group:
// b.Squared[i*Lanes+c] for row from+i and point group*Lanes+c.
func (p *Points) Squares(b *Buffer, x Rows, from, m, group int) {
	p.squares(b, x, from, p.whole(b, m), group)
}

// SquaresOf is Squares for the listed rows only, numbered from row from on, at most Block of them. The results stand in the
// list's order.
func (p *Points) SquaresOf(b *Buffer, x Rows, from int, list []int32, group int) {
	if len(list) > 0 {
		p.squares(b, x, from, pad(append(b.list[:0], list...)), group)
	}
}

// whole lists the first m rows of a block.
func (p *Points) whole(b *Buffer, m int) []int32 {
	if m%8 == 0 {
		return all[:m]
	}
	return pad(append(b.list[:0], all[:m]...))
}

func (p *Points) squares(b *Buffer, x Rows, from int, list []int32, group int) {
	points := p.v[group*p.Lanes*p.D : (group+1)*p.Lanes*p.D]
	if p.Lanes == 4 {
		squares4(b.Squared[:4*len(list)], x.data[from*x.stride:], list, x.stride, points, p.D)
	} else {
		squares8(b.Squared[:8*len(list)], x.data[from*x.stride:], list, x.stride, points, p.D)
	}
}

// Nearest finds, for the m ≤ Block rows from row from on, the nearest point and the two least squared distances.
func (p *Points) Nearest(b *Buffer, x Rows, from, m int) {
	p.nearest(b, x, from, p.whole(b, m))
}

// NearestOf is Nearest for the listed rows only, numbered from row from on, at most Block of them. The results stand in the
// list's order.
func (p *Points) NearestOf(b *Buffer, x Rows, from int, list []int32) {
	if len(list) > 0 {
		p.nearest(b, x, from, pad(append(b.list[:0], list...)))
	}
}

func (p *Points) nearest(b *Buffer, x Rows, from int, list []int32) {
	m := len(list)
	for i := range m {
		b.First[i], b.Second[i] = math.Inf(1), math.Inf(1)
	}
	for group := range p.Groups() {
		p.squares(b, x, from, list, group)
		c := group * p.Lanes
		nearest4(b.First[:m], b.Second[:m], b.Label[:m], b.Squared[:], p.Lanes, c)
		if p.Lanes == 8 && c+4 < p.K {
			nearest4(b.First[:m], b.Second[:m], b.Label[:m], b.Squared[4:], p.Lanes, c+4)
		}
	}
}

// Margins puts into b.Second[:m] by how much the second nearest point is farther than the nearest, as distances.
func (b *Buffer) Margins(m int) {
	m = (m + 3) &^ 3
	margins(b.First[:m], b.Second[:m])
}

// AddLesser adds to sums, one for each of up to four points whose squared distances to m rows stand in b.Squared, the sum
// over the rows of the lesser of that distance and the row's in nearest, times the row's weight; nil weights are 1.
func (b *Buffer) AddLesser(sums *[4]float64, nearest, weights []float64) {
	block := [4]float64{}
	addLesser(&block, b.Squared[:], nearest, weights)
	for i, s := range block {
		sums[i] += s
	}
}

// AddRoots adds to sums, one for each of eight points whose squared distances to rows stand in b.Squared, the sum of the
// distances to the rows from first up to last.
func (b *Buffer) AddRoots(sums *[8]float64, first, last int) {
	block := [8]float64{}
	addRoots(&block, b.Squared[8*first:8*last])
	for i, s := range block {
		sums[i] += s
	}
}

// AtMost lists the indices of the values, at most Block of them, that are limit or less, and returns how many those are.
func AtMost(list *[Block]int32, values []float64, limit float64) int {
	return atMost(list, values[:min(len(values), Block)], limit)
}

// AddRow adds weight·(row[j] - origin[j]) to sum[j], for every column j of the row.
func AddRow(sum, row, origin []float64, weight float64) {
	addRow(sum[:len(row)], row, origin[:len(row)], weight)
}

// AddRows does AddRow, with weight 1, for the rows from row from on: each to the sum, and from the origin, that its label
// numbers.
func (r Rows) AddRows(sums []float64, from int, labels []int32, origins []float64) {
	if len(labels) > 0 {
		addRows(sums, r.data[from*r.stride:], r.stride, labels, origins, r.D)
	}
}
