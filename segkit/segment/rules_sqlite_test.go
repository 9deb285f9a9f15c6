package segment_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/dataset"
	"example.com/marketing/segkit/segment"
)

// sqlite runs the expression over a table in SQLite, and returns the result of each row in hexadecimal, so that any name
// comes back whole. Values go in bit by bit, so that it is the expression's numbers alone that SQLite reads.
func sqlite(t *testing.T, customers *dataset.Table, expression string) []string {
	t.Helper()
	program, err := exec.LookPath("sqlite3")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("there is no sqlite3: scripts/test installs it")
		}
		t.Skip("there is no sqlite3: scripts/test installs it where Debian's packages can be reached")
	}
	var script strings.Builder
	var columns []string
	for _, name := range customers.Names {
		columns = append(columns, `"`+strings.ReplaceAll(name, `"`, `""`)+`"`)
	}
	fmt.Fprintf(&script, "BEGIN;\nCREATE TABLE customers (%s);\n", strings.Join(columns, ", "))
	n, _ := customers.Dims()
	for i := range n {
		var values []string
		for _, v := range customers.X.RawRowView(i) {
			value := "NULL"
			if !math.IsNaN(v) {
				fraction, exponent := math.Frexp(v)
				value = fmt.Sprintf("ieee754(%d, %d)", int64(math.Ldexp(fraction, 53)), exponent-53)
			}
			values = append(values, value)
		}
		fmt.Fprintf(&script, "INSERT INTO customers VALUES (%s);\n", strings.Join(values, ", "))
	}
	fmt.Fprintf(&script, "SELECT hex(%s) FROM customers ORDER BY rowid;\n", expression)
	command := exec.CommandContext(t.Context(), program, "-batch", "-bail", ":memory:")
	command.Stdin = strings.NewReader(script.String())
	var complaints strings.Builder
	command.Stderr = &complaints
	out, err := command.Output()
	if err != nil || complaints.Len() > 0 {
		t.Fatalf("sqlite3: %v: %s\n%s", err, complaints.String(), expression)
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(lines) != n {
		t.Fatalf("%d results for %d rows", len(lines), n)
	}
	return lines
}

// edges returns the thresholds of each column.
func (s *savedTree) edges(of map[string][]float64) map[string][]float64 {
	if s.Column != nil {
		of[*s.Column] = append(of[*s.Column], s.AtMost)
		s.Yes.edges(of)
		s.No.edges(of)
	}
	return of
}

// Names that would end a quotation, a statement or a line of their own, in columns and segments.
var hostile = []string{
	`"`, `'`, `a"b`, `'); DROP TABLE customers; --`, `"; DROP TABLE customers; --`, "SELECT", "two words", "line\nbreak", "tab\there", `back\slash`, `\`,
	"ünïcödé 客户", "%s %d %!", "a.b", "[x]", "`y`", "/* no comment", "1", "-- nor here", "''", `""`, "$1 ?1 :a @b", "a", "semi;colon",
}

// The SQL, run by SQLite, gives what Predict gives: for customers as they are, without some or all of their values, exactly
// at, just above and just below thresholds, and with names that nobody should use.
func TestRulesInSQLite(t *testing.T) {
	customers := dataset.Synthesize(2000, 1)
	n, d := customers.Dims()
	names := append(slices.Clone(customers.Names), hostile...)[:d]
	for about, names := range map[string][]string{"plain": customers.Names, "hostile": append(slices.Clone(hostile), names...)[:d], "hostile too": slices.Concat(hostile[8:], hostile[:8])[:d]} {
		named := &dataset.Table{Names: names, X: customers.X}
		for _, k := range []int{1, 4, 7} {
			m, err := segment.Fit(t.Context(), named, segment.Recipe{K: k, Transform: segment.Log1p})
			if err != nil {
				t.Fatal(err)
			}
			r, err := segment.FitRules(named, m.Labels, nil)
			if err != nil {
				t.Fatal(err)
			}
			// Everybody; then everybody without one value in three; then one customer at each side of each threshold; then nobody.
			var rows []float64
			rows = append(rows, named.X.RawMatrix().Data...)
			for i := range n {
				row := slices.Clone(named.X.RawRowView(i))
				for j := range row {
					if (i+j)%3 == 0 {
						row[j] = math.NaN()
					}
				}
				rows = append(rows, row...)
			}
			at := 0
			for name, edges := range treeOf(t, r).edges(map[string][]float64{}) {
				j := slices.Index(names, name)
				for _, edge := range append(edges, r.Fill[j]) {
					for _, v := range []float64{edge, math.Nextafter(edge, math.Inf(1)), math.Nextafter(edge, math.Inf(-1))} {
						for range 20 {
							row := slices.Clone(named.X.RawRowView(at % n))
							at++
							row[j] = v
							rows = append(rows, row...)
						}
					}
				}
			}
			for range d {
				rows = append(rows, math.NaN())
			}
			table := &dataset.Table{Names: names, X: mat.NewDense(len(rows)/d, d, rows)}
			want, err := r.Predict(table)
			if err != nil {
				t.Fatal(err)
			}
			segments := hostile[len(hostile)-k:]
			for i, got := range sqlite(t, table, r.SQL(segments)) {
				if got != fmt.Sprintf("%X", segments[want[i]]) {
					t.Fatalf("%s: row %d is in %q, SQL says %s\n%s", about, i, segments[want[i]], got, r.SQL(segments))
				}
			}
			for i, got := range sqlite(t, table, r.SQL(nil)) {
				if got != fmt.Sprintf("%X", fmt.Sprint(want[i])) {
					t.Fatalf("%s: row %d is in %d, SQL says %s", about, i, want[i], got)
				}
			}
		}
	}
}

// As many leaves as there may be, on as long ways as 40 columns make them, are not too much for SQLite.
func TestManyRulesInSQLite(t *testing.T) {
	const n, d = 4000, 40
	draw := rand.New(rand.NewPCG(3, 3))
	customers, labels := &dataset.Table{X: mat.NewDense(n, d, nil)}, make([]int, n)
	for j := range d {
		customers.Names = append(customers.Names, fmt.Sprint("column ", j))
	}
	for i := range n {
		for j := range d {
			customers.X.Set(i, j, draw.ExpFloat64())
		}
		labels[i] = draw.IntN(20)
	}
	r, err := segment.FitRules(customers, labels, &segment.RuleOptions{MaxLeaves: 1000, MinLeaf: 1})
	if err != nil {
		t.Fatal(err)
	}
	want, err := r.Predict(customers)
	if err != nil {
		t.Fatal(err)
	}
	for i, got := range sqlite(t, customers, r.SQL(nil)) {
		if got != fmt.Sprintf("%X", fmt.Sprint(want[i])) {
			t.Fatalf("row %d is in %d, SQL says %s", i, want[i], got)
		}
	}
	t.Logf("%d rules, %d bytes", strings.Count(r.SQL(nil), "WHEN"), len(r.SQL(nil)))
}
