package dataset

import (
	"fmt"
	"math"
	"slices"

	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"
	"gonum.org/v1/gonum/mat"
)

// Frame returns the table as a gota data frame, for looking and reshaping: the ids as text, columns of whole numbers
// without holes as integers, the others as floats with NaN for missing values.
func (t *Table) Frame() (dataframe.DataFrame, error) {
	var columns []series.Series
	if t.IDs != nil {
		columns = append(columns, series.New(t.IDs, series.String, t.IDName))
	}
	for _, name := range t.Names {
		values := t.Column(name)
		if whole, ok := integers(values); ok {
			columns = append(columns, series.New(whole, series.Int, name))
		} else {
			columns = append(columns, series.New(values, series.Float, name))
		}
	}
	df := dataframe.New(columns...)
	if err := df.Error(); err != nil {
		return df, fmt.Errorf("dataset: gota: %w", err)
	}
	return df, nil
}

func integers(values []float64) ([]int, bool) {
	whole := make([]int, len(values))
	for i, v := range values {
		if v != math.Trunc(v) || math.Abs(v) > 1<<53 { // NaN differs from itself
			return nil, false
		}
		whole[i] = int(v)
	}
	return whole, true
}

// FromFrame returns the table that a gota data frame holds. The column named id, if not "", becomes the ids; every other
// column must be numeric.
func FromFrame(df dataframe.DataFrame, id string) (*Table, error) {
	if err := df.Error(); err != nil {
		return nil, fmt.Errorf("dataset: gota: %w", err)
	}
	if id != "" && !slices.Contains(df.Names(), id) {
		return nil, fmt.Errorf("dataset: the frame has no id column %q", id)
	}
	t := &Table{}
	var columns [][]float64
	for _, name := range df.Names() {
		column := df.Col(name)
		if name == id {
			t.IDName, t.IDs = name, column.Records()
			continue
		}
		if kind := column.Type(); kind != series.Float && kind != series.Int && kind != series.Bool {
			return nil, fmt.Errorf("dataset: column %s of the frame holds %s, not numbers", name, kind)
		}
		t.Names, columns = append(t.Names, name), append(columns, column.Float())
	}
	if len(columns) == 0 || df.Nrow() == 0 {
		return nil, fmt.Errorf("dataset: %w: the frame has %d rows and %d columns of numbers", ErrEmpty, df.Nrow(), len(columns))
	}
	t.X = mat.NewDense(df.Nrow(), len(columns), nil)
	for j, values := range columns {
		t.X.SetCol(j, values)
	}
	return t, nil
}
