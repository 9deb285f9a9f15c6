package nb

import (
	"cmp"
	"fmt"
	"html/template"
	"maps"
	"math"
	"slices"
	"strings"

	"example.com/marketing/segkit/chart"
	"example.com/marketing/segkit/track"
)

// Runs displays the runs of a store that keep accepts, all where it is nil, as a table with a column for each name: of a
// metric its last value, else a parameter. The runs stand in the order of the first metric named, the largest value first;
// where none is, by name. A click on a heading sorts by it, which needs JavaScript; reading needs none.
func Runs(s *track.Store, keep func(*track.Record) bool, names ...string) {
	runs, err := s.Runs()
	Check(err)
	if keep != nil {
		runs = slices.DeleteFunc(runs, func(r *track.Record) bool { return !keep(r) })
	}
	html(runsHTML(runs, names))
}

var runsTemplate = template.Must(template.New("").Parse(`<table class="segkit-runs">
<thead><tr>{{range .Header}}<th scope="col" style="text-align:{{.Align}};cursor:pointer">{{.Text}}</th>{{end}}</tr></thead>
<tbody>
{{range .Rows}}<tr>{{range .}}<td style="text-align:{{.Align}}"{{with .Sort}} data-v="{{.}}"{{end}}>{{.Text}}</td>{{end}}</tr>
{{end}}</tbody>
</table>
<p><em>{{.Note}}</em></p>
<script>
for (const table of document.querySelectorAll("table.segkit-runs:not([data-sorts])")) {
  table.dataset.sorts = "";
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    let down = false;
    head.addEventListener("click", () => {
      down = !down;
      const key = row => row.cells[column].dataset.v ?? row.cells[column].textContent;
      const rows = [...table.tBodies[0].rows].sort((a, b) => {
        const x = key(a), y = key(b), empty = (x === "") - (y === "");
        if (empty) return empty;
        const m = Number(x), n = Number(y), numbers = Number.isNaN(m) - Number.isNaN(n);
        return (numbers || (Number.isNaN(m) ? x.localeCompare(y) : m - n)) * (down ? -1 : 1);
      });
      table.tBodies[0].append(...rows);
    });
  });
}
</script>
`))

type runCell struct{ Text, Align, Sort string }

func runsHTML(runs []*track.Record, names []string) string {
	slices.SortStableFunc(runs, func(a, b *track.Record) int { return cmp.Compare(rank(b, names), rank(a, names)) })
	header := []runCell{{Text: "run", Align: "left"}}
	for _, name := range names {
		align := "left"
		for _, r := range runs {
			if _, number := runValue(r, name).(float64); number {
				align = "right"
			}
		}
		header = append(header, runCell{Text: name, Align: align})
	}
	var rows [][]runCell
	unfinished := 0
	for _, r := range runs {
		name := r.Name
		if r.State != track.Ended {
			name += fmt.Sprintf(" (%s)", r.State)
			unfinished++
		}
		row := []runCell{{Text: name, Align: "left"}}
		for i, column := range names {
			value := runValue(r, column)
			text, number := "", false
			if value != nil {
				text, number = cellText(value)
			}
			cell := runCell{Text: text, Align: header[i+1].Align}
			if number {
				cell.Sort = fmt.Sprint(value)
			}
			row = append(row, cell)
		}
		rows = append(rows, row)
	}
	note := fmt.Sprintf("%d runs", len(runs))
	if len(runs) == 1 {
		note = "1 run"
	}
	if unfinished > 0 {
		note += fmt.Sprintf(", %d of them not ended", unfinished)
	}
	var b strings.Builder
	err := runsTemplate.Execute(&b, map[string]any{"Header": header, "Rows": rows, "Note": note})
	if err != nil {
		panic(err) // the template and its data are this file's own
	}
	return b.String()
}

// rank is the last value of the first of names that is a metric of the run; the lowest of all where none is.
func rank(r *track.Record, names []string) float64 {
	for _, name := range names {
		if v, ok := r.Last(name); ok && !math.IsNaN(v) {
			return v
		}
	}
	return math.Inf(-1)
}

// runValue is a metric's last value, or a parameter; nil for neither.
func runValue(r *track.Record, name string) any {
	if v, ok := r.Last(name); ok {
		return v
	}
	return r.Params[name]
}

// Compare displays runs beside each other: the parameters in which they differ, the last values of their metrics, and a figure
// of each metric that has a curve in two of them or more. It panics for fewer than two runs.
func Compare(runs ...*track.Record) {
	if len(runs) < 2 {
		panic(fmt.Sprintf("nb: %d runs to compare", len(runs)))
	}
	header, rows := comparison(runs)
	Table(header, rows...)
	metrics := map[string]int{}
	for _, r := range runs {
		for name, m := range r.Metrics {
			if m.Count > 1 {
				metrics[name]++
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(metrics)) {
		if metrics[name] < 2 {
			continue
		}
		var curves []chart.Series
		for _, r := range runs {
			points, err := r.Points(name)
			Check(err)
			curve := chart.Series{Name: r.Name}
			for _, p := range points {
				if !math.IsNaN(p.Value) && !math.IsInf(p.Value, 0) {
					curve.X, curve.Y = append(curve.X, float64(p.Step)), append(curve.Y, p.Value)
				}
			}
			if len(curve.X) > 0 {
				curves = append(curves, curve)
			}
		}
		if len(curves) > 0 {
			Show(chart.Lines(chart.Labels{Title: name, X: "step", Y: name}, curves...))
		}
	}
}

// comparison is a table with a row for each parameter that is not the same in all runs, and for each metric.
func comparison(runs []*track.Record) (header []string, rows [][]any) {
	header = []string{""}
	params, metrics := map[string]bool{}, map[string]bool{}
	for _, r := range runs {
		header = append(header, r.Name)
		for name := range r.Params {
			params[name] = true
		}
		for name := range r.Metrics {
			metrics[name] = true
		}
	}
	row := func(name string, value func(r *track.Record) any) (cells []any, differ bool) {
		cells = []any{name}
		for _, r := range runs {
			v := value(r)
			if v == nil {
				v = "–"
			}
			cells = append(cells, v)
			differ = differ || fmt.Sprint(v) != fmt.Sprint(cells[1])
		}
		return cells, differ
	}
	for _, name := range slices.Sorted(maps.Keys(params)) {
		if cells, differ := row(name, func(r *track.Record) any { return r.Params[name] }); differ {
			rows = append(rows, cells)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(metrics)) {
		cells, _ := row(name, func(r *track.Record) any {
			if v, ok := r.Last(name); ok {
				return v
			}
			return nil
		})
		rows = append(rows, cells)
	}
	return header, rows
}
