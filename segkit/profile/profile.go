// Package profile describes all columns of a table on one page: what is missing, how each column is distributed, and which
// columns go together.
//
// New computes a Report, a plain value with every number in it. The report writes itself as one self-contained HTML page
// that asks nothing of any server and needs no JavaScript, as a fragment for a page that holds other things too, and as
// JSON. Its size depends on the number of columns, not of rows. It shows no id and no single row.
package profile

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"example.com/marketing/segkit/dataset"
)

// Options says how a report is headed. The zero value and nil are the defaults.
type Options struct {
	Title     string // default "Profile"
	Source    string // one line that says where the data came from
	Synthetic bool   // the data are made up; the report says so at the top
}

// Report is the profile of one table. Its JSON has the fields' names as given here; what cannot be computed is null.
type Report struct {
	Title     string `json:"title"`
	Source    string `json:"source"`
	Synthetic bool   `json:"synthetic"`

	Rows             int      `json:"rows"`
	IDName           string   `json:"id_name"`            // "" without an id column
	MissingCells     int      `json:"missing_cells"`      // of rows × numeric columns
	DuplicateRows    int      `json:"duplicate_rows"`     // rows whose values, the id aside, equal those of an earlier row
	DuplicateWithIDs int      `json:"duplicate_with_ids"` // the same with the id; ids are unique, so without them this is DuplicateRows
	Names            []string `json:"names"`
	Columns          []Column `json:"columns"`
	// Correlation holds Pearson's r of each pair of columns, d×d, over the rows where both have a value: NaN, null in JSON,
	// where fewer than two do or one is constant.
	Correlation Matrix `json:"correlation"`
}

// Column describes one column. Shares are of all rows, 0 to 1. A figure that the values do not give is NaN: null in JSON.
type Column struct {
	Name     string `json:"name"`
	Whole    bool   `json:"whole"` // are all values whole numbers?
	Count    int    `json:"count"` // values that are not missing
	Missing  int    `json:"missing"`
	Distinct int    `json:"distinct"`
	Zeros    int    `json:"zeros"`
	Negative int    `json:"negative"`

	Min      Number `json:"min"`
	Q05      Number `json:"q05"` // percentiles by linear interpolation at (n-1)·q
	Q25      Number `json:"q25"`
	Median   Number `json:"median"`
	Q75      Number `json:"q75"`
	Q95      Number `json:"q95"`
	Max      Number `json:"max"`
	Mean     Number `json:"mean"`
	Std      Number `json:"std"`      // divisor n-1
	Variance Number `json:"variance"` // divisor n-1
	CV       Number `json:"cv"`       // Std/Mean
	Skewness Number `json:"skewness"` // G1, unbiased for the normal distribution; 0 for a constant column
	Kurtosis Number `json:"kurtosis"` // excess, G2; 0 for a constant column
	Sum      Number `json:"sum"`
	Range    Number `json:"range"` // Max - Min
	IQR      Number `json:"iqr"`   // Q75 - Q25

	Histogram Histogram `json:"histogram"`
}

// Histogram counts a column's values between Edges[i] and Edges[i+1], the last bin with its upper edge. A few values far out
// would leave all others in the first bin, so the edges may stop short of them: Below and Above count those outside.
type Histogram struct {
	Edges  []float64 `json:"edges"`
	Counts []int     `json:"counts"`
	Below  int       `json:"below"`
	Above  int       `json:"above"`
}

// Number is a figure that may be NaN, which JSON writes as null.
type Number float64

// MarshalJSON writes NaN and infinities as null.
func (n Number) MarshalJSON() ([]byte, error) {
	if f := float64(n); math.IsNaN(f) || math.IsInf(f, 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// Matrix is a square of figures.
type Matrix [][]Number

// New profiles a table. It is an error if the table has no rows or no columns. The cost is O(n·d·(log n + d)).
func New(t *dataset.Table, o *Options) (*Report, error) {
	n, d := t.Dims()
	if n == 0 || d == 0 {
		return nil, fmt.Errorf("profile: a table of %d rows and %d columns", n, d)
	}
	if o == nil {
		o = &Options{}
	}
	r := &Report{Title: o.Title, Source: o.Source, Synthetic: o.Synthetic, Rows: n, IDName: t.IDName, Names: slices.Clone(t.Names)}
	if r.Title == "" {
		r.Title = "Profile"
	}
	columns := make([][]float64, d)
	for j, name := range t.Names {
		columns[j] = t.Column(name)
		c := describe(name, columns[j])
		r.MissingCells += c.Missing
		r.Columns = append(r.Columns, c)
	}
	r.DuplicateRows = duplicates(t)
	if t.IDs == nil {
		r.DuplicateWithIDs = r.DuplicateRows
	}
	r.Correlation = correlate(columns)
	return r, nil
}

func describe(name string, values []float64) Column {
	sorted := dataset.Present(values)
	slices.Sort(sorted)
	n := len(sorted)
	quantile := func(q float64) Number { return Number(dataset.Quantile(sorted, q)) }
	c := Column{
		Name: name, Count: n, Missing: len(values) - n, Whole: n > 0,
		Min: quantile(0), Q05: quantile(0.05), Q25: quantile(0.25), Median: quantile(0.5), Q75: quantile(0.75), Q95: quantile(0.95), Max: quantile(1),
	}
	sum := 0.0
	for i, v := range sorted {
		sum += v
		if i == 0 || v != sorted[i-1] {
			c.Distinct++
		}
		if v == 0 {
			c.Zeros++
		}
		if v < 0 {
			c.Negative++
		}
		c.Whole = c.Whole && v == math.Trunc(v)
	}
	c.Sum, c.Range, c.IQR = Number(sum), c.Max-c.Min, c.Q75-c.Q25
	c.moments(sorted)
	c.Histogram = histogram(sorted)
	return c
}

// moments sets what depends on the distances from the mean.
func (c *Column) moments(values []float64) {
	nan := Number(math.NaN())
	c.Mean, c.Std, c.Variance, c.CV, c.Skewness, c.Kurtosis = nan, nan, nan, nan, nan, nan
	n := float64(len(values))
	if n == 0 {
		return
	}
	mean := stat.Mean(values, nil)
	c.Mean = Number(mean)
	var m2, m3, m4 float64 // sums of powers of the distances
	for _, v := range values {
		d := v - mean
		m2 += d * d
		m3 += d * d * d
		m4 += d * d * d * d
	}
	if n > 1 {
		c.Variance = Number(m2 / (n - 1))
		c.Std = Number(math.Sqrt(m2 / (n - 1)))
		c.CV = c.Std / c.Mean
	}
	constant := c.Range == 0
	switch {
	case n < 3:
	case constant:
		c.Skewness = 0
	default:
		c.Skewness = Number(n * math.Sqrt(n-1) / (n - 2) * m3 / math.Pow(m2, 1.5))
	}
	switch {
	case n < 4:
	case constant:
		c.Kurtosis = 0
	default:
		c.Kurtosis = Number(n*(n+1)*(n-1)*m4/((n-2)*(n-3)*m2*m2) - 3*(n-1)*(n-1)/((n-2)*(n-3)))
	}
}

const bins = 24

// histogram counts sorted values. Where a few values far out would take more than half of the axis, it covers the range of
// the others: from q20 - 3(q80 - q20) to q80 + 3(q80 - q20).
func histogram(sorted []float64) Histogram {
	if len(sorted) == 0 {
		return Histogram{Edges: []float64{}, Counts: []int{}}
	}
	lo, hi := sorted[0], sorted[len(sorted)-1]
	q20, q80 := dataset.Quantile(sorted, 0.2), dataset.Quantile(sorted, 0.8)
	if reach := 3 * (q80 - q20); reach > 0 {
		if from, to := max(lo, q20-reach), min(hi, q80+reach); to-from < (hi-lo)/2 {
			lo, hi = from, to
		}
	}
	if lo == hi {
		lo, hi = lo-0.5, hi+0.5
	}
	h := Histogram{Counts: make([]int, bins)}
	for b := range bins + 1 {
		h.Edges = append(h.Edges, lo+(hi-lo)*float64(b)/bins)
	}
	for _, v := range sorted {
		switch {
		case v < lo:
			h.Below++
		case v > hi:
			h.Above++
		default:
			h.Counts[min(bins-1, int((v-lo)/(hi-lo)*bins))]++
		}
	}
	return h
}

// duplicates counts rows whose values equal those of an earlier row; a missing value equals a missing value.
func duplicates(t *dataset.Table) int {
	n, d := t.Dims()
	seen := make(map[string]bool, n)
	key := make([]byte, 0, 8*d)
	count := 0
	for i := range n {
		key = key[:0]
		for _, v := range t.X.RawRowView(i) {
			bits := math.Float64bits(v + 0) // a negative zero is a zero
			if math.IsNaN(v) {
				bits = math.Float64bits(math.NaN())
			}
			for s := 0; s < 64; s += 8 {
				key = append(key, byte(bits>>s))
			}
		}
		if seen[string(key)] {
			count++
		}
		seen[string(key)] = true
	}
	return count
}

func correlate(columns [][]float64) Matrix {
	d := len(columns)
	m := make(Matrix, d)
	for i := range m {
		m[i] = make([]Number, d)
	}
	var a, b []float64
	for i := range d {
		for j := range i + 1 {
			a, b = a[:0], b[:0]
			for row, v := range columns[i] {
				if w := columns[j][row]; !math.IsNaN(v) && !math.IsNaN(w) {
					a, b = append(a, v), append(b, w)
				}
			}
			m[i][j] = Number(pearson(a, b))
			m[j][i] = m[i][j]
		}
	}
	return m
}

// pearson is NaN for fewer than two pairs and for a constant.
func pearson(a, b []float64) float64 {
	if len(a) < 2 || slices.Min(a) == slices.Max(a) || slices.Min(b) == slices.Max(b) {
		return math.NaN()
	}
	return min(1, max(-1, stat.Correlation(a, b, nil)))
}

// Pair is two columns and their correlation.
type Pair struct {
	A, B string
	R    float64
}

// Pairs returns all pairs of different columns whose correlation is defined, the strongest first.
func (r *Report) Pairs() []Pair {
	var pairs []Pair
	for i := range r.Names {
		for j := range i {
			if v := float64(r.Correlation[i][j]); !math.IsNaN(v) {
				pairs = append(pairs, Pair{r.Names[j], r.Names[i], v})
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b Pair) int {
		switch x, y := math.Abs(a.R), math.Abs(b.R); {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	return pairs
}

// WriteJSON writes the report as JSON, indented.
func (r *Report) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}
