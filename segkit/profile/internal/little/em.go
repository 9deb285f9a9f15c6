package little

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// model is a multivariate normal distribution of d standardised columns, and the n rows that it is fitted to, by patterns.
type model struct {
	d, n             int
	patterns         []*pattern
	mean, covariance []float64 // d, and d×d; at first 0 and the identity
	root, work, next []float64 // d×d each, of one step
}

// step replaces the estimates by those of one more iteration, and returns the largest change of a mean or covariance. The
// covariances have the divisor n.
func (m *model) step() float64 {
	d := m.d
	// What a pattern's rows say of the covariance, apart from the means: their scatter, carried over to the missing columns by
	// the regression on the observed ones, and the variance that this leaves.
	clear(m.next)
	mean := make([]float64, d)
	for _, p := range m.patterns {
		m.fill(p)
		floats.AddScaled(mean, float64(p.rows)/float64(m.n), p.filled)
	}
	// The rest is about the new means, where nothing cancels.
	offset := make([]float64, d)
	for _, p := range m.patterns {
		floats.SubTo(offset, p.filled, mean)
		for i, v := range offset {
			floats.AddScaled(m.next[i*d:i*d+i+1], float64(p.rows)*v, offset[:i+1])
		}
	}
	change := floats.Distance(mean, m.mean, math.Inf(1))
	copy(m.mean, mean)
	for i := range d {
		for j := range i + 1 {
			v := m.next[i*d+j] / float64(m.n)
			change = max(change, math.Abs(v-m.covariance[i*d+j]))
			m.covariance[i*d+j], m.covariance[j*d+i] = v, v
		}
	}
	return change
}

// fill sets the pattern's filled mean to what the estimates expect, and adds the expected products of its rows about that
// mean to the lower triangle of next.
func (m *model) fill(p *pattern) {
	d, width := m.d, len(p.observed)
	for a, i := range p.observed {
		p.filled[i] = p.mean[a]
		if p.scatter != nil {
			for b, j := range p.observed[:a+1] {
				m.next[i*d+j] += p.scatter[a*width+b]
			}
		}
	}
	if len(p.missing) == 0 {
		return
	}
	m.factor(p)
	for a, i := range p.missing {
		// The variance left: the covariance less the part that the observed columns explain.
		row := m.root[(width+a)*d:][:width]
		for b, j := range p.missing[:a+1] {
			m.next[i*d+j] += float64(p.rows) * (m.covariance[i*d+j] - floats.Dot(row, m.root[(width+b)*d:][:width]))
		}
	}
	for a, i := range p.missing {
		// The root's row times the inverse of its triangle: the coefficients of the regression.
		slopes := m.root[(width+a)*d:][:width]
		for b := width - 1; b >= 0; b-- {
			slopes[b] /= m.root[b*d+b]
			floats.AddScaled(slopes[:b], -slopes[b], m.root[b*d:][:b])
		}
		p.filled[i] = m.mean[i]
		for b, j := range p.observed {
			p.filled[i] += slopes[b] * (p.mean[b] - m.mean[j])
		}
		if p.scatter == nil {
			continue
		}
		products := m.work[a*d:][:width] // of the missing column, as expected, with the observed ones
		clear(products)
		for b, slope := range slopes {
			floats.AddScaled(products, slope, p.scatter[b*width:(b+1)*width])
		}
		for b, j := range p.observed {
			m.next[max(i, j)*d+min(i, j)] += products[b]
		}
		for b, j := range p.missing[:a+1] {
			m.next[i*d+j] += floats.Dot(products, m.root[(width+b)*d:][:width])
		}
	}
}

// factor computes into root, in rows of d, the Cholesky factor of the covariance of the pattern's observed columns, and below
// it that factor's rows for the missing ones, as far as the observed columns go.
func (m *model) factor(p *pattern) {
	d, width := m.d, len(p.observed)
	for a := range d {
		i := 0
		if a < width {
			i = p.observed[a]
		} else {
			i = p.missing[a-width]
		}
		row := m.root[a*d:][:width]
		for b, j := range p.observed[:min(a+1, width)] {
			v := m.covariance[i*d+j] - floats.Dot(row[:b], m.root[b*d:][:b])
			if b == a {
				row[b] = math.Sqrt(v)
			} else {
				row[b] = v / m.root[b*d+b]
			}
		}
	}
}

// determined returns the columns, ascending, whose variance the columns before them explain but for a share of dependence,
// and the logarithm of the determinant of the covariance without them.
func (m *model) determined() (columns []int, volume float64) {
	d := m.d
	var kept []int
	for i := range d {
		row := m.root[i*d:][:d]
		for b, j := range kept {
			row[b] = (m.covariance[i*d+j] - floats.Dot(row[:b], m.root[j*d:][:b])) / m.root[j*d+b]
		}
		explained := row[:len(kept)]
		rest := m.covariance[i*d+i] - floats.Dot(explained, explained)
		if !(rest > dependence*m.covariance[i*d+i]) {
			columns = append(columns, i)
			continue
		}
		row[len(kept)] = math.Sqrt(rest)
		kept = append(kept, i)
		volume += math.Log(rest)
	}
	return columns, volume
}

// distance returns the sum over the patterns of their rows times the squared Mahalanobis distance of their mean from the
// model's.
func (m *model) distance() float64 {
	total := 0.0
	for _, p := range m.patterns {
		m.factor(p)
		z := m.work[:len(p.observed)]
		for a, i := range p.observed {
			z[a] = (p.mean[a] - m.mean[i] - floats.Dot(z[:a], m.root[a*m.d:][:a])) / m.root[a*m.d+a]
		}
		total += float64(p.rows) * floats.Dot(z, z)
	}
	return total
}
