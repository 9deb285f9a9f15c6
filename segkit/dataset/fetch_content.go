package dataset

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"path"
	"slices"
	"strings"
)

// errContent is wrapped by errors about files that are not the data set.
var errContent = errors.New("not the data set")

// content is what a file must hold to be taken for the data set.
type content struct {
	rows    int
	columns []columnContent
}

type columnContent struct {
	name    string
	missing int
	sum     float64
}

// creditCards are the figures of the tutorial's data set.
var creditCards = content{rows: 8950, columns: []columnContent{
	{"BALANCE", 0, 14002049.707719},
	{"BALANCE_FREQUENCY", 0, 7851.572994},
	{"PURCHASES", 0, 8978683.26},
	{"ONEOFF_PURCHASES", 0, 5302314.47},
	{"INSTALLMENTS_PURCHASES", 0, 3679055.42},
	{"CASH_ADVANCE", 0, 8760896.456566},
	{"PURCHASES_FREQUENCY", 0, 4388.637408},
	{"ONEOFF_PURCHASES_FREQUENCY", 0, 1811.996268},
	{"PURCHASES_INSTALLMENTS_FREQUENCY", 0, 3261.714207},
	{"CASH_ADVANCE_FREQUENCY", 0, 1209.540593},
	{"CASH_ADVANCE_TRX", 0, 29077},
	{"PURCHASES_TRX", 0, 131653},
	{"CREDIT_LIMIT", 1, 40220828.131313},
	{"PAYMENTS", 0, 15511637.475622},
	{"MINIMUM_PAYMENTS", 313, 7464151.905889},
	{"PRC_FULL_PAYMENT", 0, 1375.746104},
	{"TENURE", 0, 103080},
}}

// normalise returns the data set that body holds, as plain CSV with the expected columns in their order.
func (c *content) normalise(body []byte, limit int64) ([]byte, error) {
	records, err := unpack(body, limit)
	if err != nil {
		return nil, err
	}
	plain, err := c.project(records)
	if err != nil {
		return nil, err
	}
	t, _, err := Read(bytes.NewReader(plain), &ReadOptions{ID: DefaultID})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errContent, err)
	}
	if err := c.check(t); err != nil {
		return nil, err
	}
	return plain, nil
}

// unpack returns the lines of the CSV or ARFF file that body is, or that the archive body holds.
func unpack(body []byte, limit int64) ([][]string, error) {
	text := bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")))
	switch {
	case len(text) == 0:
		return nil, fmt.Errorf("%w: the answer is empty", errContent)
	case bytes.HasPrefix(body, []byte("PK")):
		return unzip(body, limit)
	case text[0] == '<':
		return nil, fmt.Errorf("%w: the answer is a web page, not CSV", errContent)
	case text[0] == '%', text[0] == '@':
		return parseARFF(text)
	}
	return parseCSV(bytes.NewReader(text))
}

func unzip(body []byte, limit int64) ([][]string, error) {
	archive, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errContent, err)
	}
	for _, f := range archive.File {
		if !strings.EqualFold(path.Ext(f.Name), ".csv") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return nil, fmt.Errorf("%w: %s in the archive: %w", errContent, f.Name, err)
		}
		defer r.Close()
		text, err := io.ReadAll(io.LimitReader(r, limit+1))
		if err != nil {
			return nil, fmt.Errorf("%w: %s in the archive: %w", errContent, f.Name, err)
		}
		if int64(len(text)) > limit {
			return nil, fmt.Errorf("%w: %s in the archive has more than %d bytes", errContent, f.Name, limit)
		}
		return parseCSV(bytes.NewReader(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))))
	}
	return nil, fmt.Errorf("%w: none of the archive's %d files is CSV", errContent, len(archive.File))
}

func parseCSV(r io.Reader) ([][]string, error) {
	records, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errContent, err)
	}
	return records, nil
}

// parseARFF reads Weka's format: @attribute lines, then @data and CSV lines in which ? is a missing value.
func parseARFF(text []byte) ([][]string, error) {
	var names []string
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		keyword, rest, _ := strings.Cut(line, " ")
		switch strings.ToLower(keyword) {
		case "@attribute":
			name, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
			names = append(names, strings.Trim(name, `'"`))
		case "@data":
			_, data, _ := bytes.Cut(text, []byte(lines.Text()))
			r := csv.NewReader(bytes.NewReader(data))
			r.FieldsPerRecord = len(names)
			r.Comment = '%'
			records, err := r.ReadAll()
			if err != nil {
				return nil, fmt.Errorf("%w: ARFF: %w", errContent, err)
			}
			for _, record := range records {
				for i, field := range record {
					record[i] = strings.Trim(strings.TrimSpace(field), `'`)
					if record[i] == "?" {
						record[i] = ""
					}
				}
			}
			return slices.Insert(records, 0, names), nil
		}
	}
	return nil, fmt.Errorf("%w: ARFF without @data", errContent)
}

// project writes the id and the expected columns of the records as CSV, whatever else they have and in whatever order.
func (c *content) project(records [][]string) ([]byte, error) {
	if len(records) == 0 {
		return nil, fmt.Errorf("%w: the file is empty", errContent)
	}
	wanted := []string{DefaultID}
	for _, column := range c.columns {
		wanted = append(wanted, column.name)
	}
	header := make([]string, len(records[0]))
	for i, name := range records[0] {
		header[i] = strings.TrimSpace(name)
	}
	var positions []int
	var lacking []string
	for _, name := range wanted {
		if p := slices.Index(header, name); p >= 0 {
			positions = append(positions, p)
		} else {
			lacking = append(lacking, name)
		}
	}
	if lacking != nil {
		return nil, fmt.Errorf("%w: %d of %d columns are not there: %s", errContent, len(lacking), len(wanted), strings.Join(lacking, ", "))
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	for i, record := range records {
		row := make([]string, len(positions))
		for j, p := range positions {
			row[j] = strings.TrimSpace(record[p])
		}
		if i == 0 {
			row = wanted
		}
		if err := w.Write(row); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

func (c *content) check(t *Table) error {
	n, _ := t.Dims()
	if n != c.rows {
		return fmt.Errorf("%w: %d customers, not %d", errContent, n, c.rows)
	}
	missing := t.Missing()
	for j, want := range c.columns {
		if missing[j] != want.missing {
			return fmt.Errorf("%w: %s lacks %d values, not %d", errContent, want.name, missing[j], want.missing)
		}
		sum := 0.0
		for _, v := range Present(t.Column(want.name)) {
			sum += v
		}
		if math.Abs(sum-want.sum) > 1e-6*math.Abs(want.sum) {
			return fmt.Errorf("%w: %s sums to %.6f, not %.6f", errContent, want.name, sum, want.sum)
		}
	}
	return nil
}
