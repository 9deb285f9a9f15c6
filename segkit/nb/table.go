package nb

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"strconv"
	"strings"

	"example.com/marketing/segkit/dataset"
)

// Table displays rows below a header. Numbers stand to the right, formatted as Number does; everything else is text.
// A row of another length than the header is a programmer's mistake and panics.
func Table(header []string, rows ...[]any) { html(tableHTML(header, rows)) }

var tableTemplate = template.Must(template.New("").Parse(`<table>
<thead><tr>{{range .Header}}<th style="text-align:{{.Align}}">{{.Text}}</th>{{end}}</tr></thead>
<tbody>
{{range .Rows}}<tr>{{range .}}<td style="text-align:{{.Align}}">{{.Text}}</td>{{end}}</tr>
{{end}}</tbody>
</table>{{with .Note}}
<p><em>{{.}}</em></p>{{end}}
`))

type tableCell struct{ Text, Align string }

type tableData struct {
	Header []tableCell
	Rows   [][]tableCell
	Note   string
}

func tableHTML(header []string, rows [][]any) string { return tableNoteHTML(header, rows, "") }

func tableNoteHTML(header []string, rows [][]any, note string) string {
	data := tableData{Note: note}
	align := slices.Repeat([]string{"left"}, len(header))
	for _, row := range rows {
		if len(row) != len(header) {
			panic(fmt.Sprintf("nb: a table row has %d cells, its header %d", len(row), len(header)))
		}
		cells := make([]tableCell, len(row))
		for j, v := range row {
			text, number := cellText(v)
			cells[j] = tableCell{text, "left"}
			if number {
				cells[j].Align, align[j] = "right", "right"
			}
		}
		data.Rows = append(data.Rows, cells)
	}
	for j, h := range header {
		data.Header = append(data.Header, tableCell{h, align[j]})
	}
	var b strings.Builder
	if err := tableTemplate.Execute(&b, data); err != nil {
		panic(err) // the template and its data are this file's own
	}
	return b.String()
}

func cellText(v any) (text string, number bool) {
	switch v := v.(type) {
	case float64:
		return Number(v), true
	case int:
		return grouped(strconv.Itoa(v)), true
	case string:
		return v, false
	default:
		return fmt.Sprint(v), false
	}
}

// Number formats v for a reader: thousands separated by commas, and as many decimals as its size deserves (1,564; 312.3;
// 42.75; 0.877). Not a number is a dash.
func Number(v float64) string {
	size := math.Abs(v)
	switch {
	case math.IsNaN(v):
		return "–"
	case math.IsInf(v, 1):
		return "∞"
	case math.IsInf(v, -1):
		return "−∞"
	case size >= 999.5 || v == math.Trunc(v):
		return Decimals(v, 0)
	case size >= 99.95:
		return Decimals(v, 1)
	case size >= 9.995:
		return Decimals(v, 2)
	default:
		return Decimals(v, 3)
	}
}

// Decimals formats v with the given number of decimals and thousands separated by commas.
func Decimals(v float64, decimals int) string {
	text := strconv.FormatFloat(v, 'f', decimals, 64)
	if strings.Trim(text, "-0.") == "" {
		text = strings.TrimPrefix(text, "-") // a negative zero says nothing
	}
	return grouped(text)
}

// grouped puts commas between the thousands of a decimal number.
func grouped(text string) string {
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign, text = "−", text[1:]
	}
	whole, fraction, point := strings.Cut(text, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if point {
		whole += "." + fraction
	}
	return sign + whole
}

// Rows displays the first n rows of the table, ids included, in a live session. In a notebook executed for publication no
// single customer is shown: there it displays each column's name, type, count and range, and a line that says why.
func Rows(t *dataset.Table, n int) {
	if Published() {
		html(columnsHTML(t))
		return
	}
	html(rowsHTML(t, n))
}

func rowsHTML(t *dataset.Table, n int) string {
	rows, _ := t.Dims()
	header := slices.Clone(t.Names)
	if t.IDs != nil {
		header = slices.Insert(header, 0, t.IDName)
	}
	var cells [][]any
	for i := range min(n, rows) {
		var row []any
		if t.IDs != nil {
			row = append(row, t.IDs[i])
		}
		for _, v := range t.X.RawRowView(i) {
			row = append(row, v)
		}
		cells = append(cells, row)
	}
	return tableNoteHTML(header, cells, fmt.Sprintf("%d of %s rows", len(cells), grouped(strconv.Itoa(rows))))
}

func columnsHTML(t *dataset.Table) string {
	n, _ := t.Dims()
	var cells [][]any
	if t.IDs != nil {
		cells = append(cells, []any{t.IDName, "text", n, "", ""})
	}
	for _, s := range t.Describe() {
		cells = append(cells, []any{s.Name, kind(t.Column(s.Name)), s.Count, s.Min, s.Max})
	}
	return tableNoteHTML([]string{"column", "type", "values", "from", "to"}, cells,
		"These are people’s accounts, so a published page shows no customer’s row. In a live session this cell shows the rows.")
}

// kind names what a column holds.
func kind(values []float64) string {
	for _, v := range values {
		if !math.IsNaN(v) && v != math.Trunc(v) {
			return "decimal number"
		}
	}
	return "whole number"
}
