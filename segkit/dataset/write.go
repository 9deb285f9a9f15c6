package dataset

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/sbinet/npyio"
	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/atomicfile"
)

// WriteCSV writes the table as CSV: a header, the ids first, numbers as short as they can be without changing, a missing
// value as an empty field. Read gives the same table back, when it is told the id column's name.
func (t *Table) WriteCSV(w io.Writer) error {
	c := csv.NewWriter(w)
	var record []string
	if t.IDs != nil {
		record = append(record, t.IDName)
	}
	record = append(record, t.Names...)
	missing := ""
	if len(record) == 1 {
		missing = "NA" // a line with nothing on it is no row
	}
	if err := c.Write(record); err != nil {
		return err
	}
	n, _ := t.Dims()
	for i := range n {
		record = record[:0]
		if t.IDs != nil {
			record = append(record, t.IDs[i])
		}
		for _, v := range t.X.RawRowView(i) {
			text := missing
			if !math.IsNaN(v) {
				text = strconv.FormatFloat(v, 'f', -1, 64)
			}
			record = append(record, text)
		}
		if err := c.Write(record); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// SaveCSV writes the table to a file as WriteCSV does. The file is either replaced as a whole or left as it was.
func (t *Table) SaveCSV(path string) error {
	if err := atomicfile.Write(path, t.WriteCSV); err != nil {
		return fmt.Errorf("dataset: saving %s: %w", path, err)
	}
	return nil
}

// WriteNPY writes an n×d matrix in NumPy's .npy format, version 2: float64, little-endian, in C order.
func WriteNPY(w io.Writer, x mat.Matrix) error {
	return npyio.Write(w, mat.DenseCopyOf(x))
}

// SaveNPY writes a matrix to a file as WriteNPY does. The file is either replaced as a whole or left as it was.
func SaveNPY(path string, x mat.Matrix) error {
	err := atomicfile.Write(path, func(w io.Writer) error { return WriteNPY(w, x) })
	if err != nil {
		return fmt.Errorf("dataset: saving %s: %w", path, err)
	}
	return nil
}
