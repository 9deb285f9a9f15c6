package little

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
)

// scale brings a column to mean 0 and variance 1, which changes neither statistic nor estimates but keeps their digits.
type scale struct {
	count     int // values that are not missing
	low, span float64
	mean, std float64 // of (value-low)/span, so that neither very large nor very small values are squared
}

func scaleOf(column []float64) scale {
	s := scale{low: math.Inf(1)}
	high := math.Inf(-1)
	for _, v := range column {
		if !math.IsNaN(v) {
			s.count++
			s.low, high = min(s.low, v), max(high, v)
		}
	}
	if s.span = high - s.low; s.count == 0 || s.span == 0 {
		return s
	}
	for _, v := range column {
		if !math.IsNaN(v) {
			s.mean += (v - s.low) / s.span
		}
	}
	s.mean /= float64(s.count)
	for _, v := range column {
		if !math.IsNaN(v) {
			r := (v-s.low)/s.span - s.mean
			s.std += r * r
		}
	}
	s.std = math.Sqrt(s.std / float64(s.count))
	return s
}

func (s scale) of(v float64) float64 { return ((v-s.low)/s.span - s.mean) / s.std }

// pattern holds what the algorithm needs to know of the rows that have values in the same p columns.
type pattern struct {
	rows              int
	observed, missing []int     // positions among the model's columns, ascending: p and d-p
	mean              []float64 // p
	scatter           []float64 // p×p, the rows' products about their mean; nil for a single row
	filled            []float64 // d, the mean with what the estimates say of the missing columns
}

// newModel groups the rows by the used columns that have values. A row without any is left out.
func newModel(columns [][]float64, scales []scale, used []int) *model {
	d := len(used)
	m := &model{d: d}
	m.mean, m.covariance = make([]float64, d), make([]float64, d*d)
	m.root, m.work, m.next = make([]float64, d*d), make([]float64, d*d), make([]float64, d*d)
	for j := range d {
		m.covariance[j*d+j] = 1
	}
	const none = -1
	of := make([]int, len(columns[0])) // each row's pattern
	numbers := map[string]int{}
	key := make([]byte, (d+7)/8)
	for i := range of {
		clear(key)
		some := false
		for a, j := range used {
			if !math.IsNaN(columns[j][i]) {
				key[a/8] |= 1 << (a % 8)
				some = true
			}
		}
		if of[i] = none; !some {
			continue
		}
		number, ok := numbers[string(key)]
		if !ok {
			number = len(m.patterns)
			numbers[string(key)] = number
			m.patterns = append(m.patterns, newPattern(key, d))
		}
		of[i] = number
		m.patterns[number].rows++
		m.n++
	}
	// The rows, pattern after pattern.
	ends, rows := make([]int, len(m.patterns)), make([]int, m.n)
	for number, end := 0, 0; number < len(ends); number++ {
		ends[number] = end
		end += m.patterns[number].rows
	}
	for i, number := range of {
		if number != none {
			rows[ends[number]] = i
			ends[number]++
		}
	}
	for number, end := range ends {
		p := m.patterns[number]
		p.sum(columns, scales, used, rows[end-p.rows:end])
	}
	return m
}

func newPattern(key []byte, d int) *pattern {
	p := &pattern{filled: make([]float64, d)}
	for a := range d {
		if key[a/8]&(1<<(a%8)) != 0 {
			p.observed = append(p.observed, a)
		} else {
			p.missing = append(p.missing, a)
		}
	}
	p.mean = make([]float64, len(p.observed))
	return p
}

// sum computes mean and scatter of the given rows, the pattern's.
func (p *pattern) sum(columns [][]float64, scales []scale, used, rows []int) {
	for a, position := range p.observed {
		j := used[position]
		for _, i := range rows {
			p.mean[a] += scales[j].of(columns[j][i])
		}
		p.mean[a] /= float64(len(rows))
	}
	if len(rows) == 1 {
		return
	}
	const block = 64 // rows at a time: a column's values lie together, and the sums stay in the cache
	width := len(p.observed)
	p.scatter = make([]float64, width*width)
	z := make([]float64, block*width)
	for some := range slices.Chunk(rows, block) {
		for a, position := range p.observed {
			j := used[position]
			for b, i := range some {
				z[b*width+a] = scales[j].of(columns[j][i]) - p.mean[a]
			}
		}
		for b := range some {
			row := z[b*width : (b+1)*width]
			for a, v := range row {
				floats.AddScaled(p.scatter[a*width+a:(a+1)*width], v, row[a:])
			}
		}
	}
	for a := range width {
		for b := range a {
			p.scatter[a*width+b] = p.scatter[b*width+a]
		}
	}
}
