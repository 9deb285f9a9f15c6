package dataset

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// Table is n customers by d numeric columns. Methods that change something return a new Table; none writes to its
// receiver's X.
type Table struct {
	IDName string     // name of the id column, "" where there is none
	IDs    []string   // one per row, nil where there is no id column
	Names  []string   // d column names, the id column not among them
	X      *mat.Dense // n×d, NaN = missing
}

// Dims returns the number of rows n and of numeric columns d.
func (t *Table) Dims() (n, d int) { return t.X.Dims() }

// Index returns the position of the named column, or -1.
func (t *Table) Index(name string) int { return slices.Index(t.Names, name) }

// Column returns a copy of the named column, n values with NaN where one is missing.
// It panics if there is no such column.
func (t *Table) Column(name string) []float64 { return mat.Col(nil, t.mustIndex(name), t.X) }

// Missing returns how many values each column lacks, d counts in the order of Names.
func (t *Table) Missing() []int {
	n, d := t.Dims()
	counts := make([]int, d)
	for i := range n {
		for j, v := range t.X.RawRowView(i) {
			if math.IsNaN(v) {
				counts[j]++
			}
		}
	}
	return counts
}

func (t *Table) mustIndex(name string) int {
	j := t.Index(name)
	if j < 0 {
		panic(fmt.Sprintf("dataset: no column %q; the columns are %s", name, strings.Join(t.Names, ", ")))
	}
	return j
}
