package profile_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/dataset"
	"example.com/marketing/segkit/profile"
)

var nan = math.NaN()

func report(t testing.TB, table *dataset.Table, o *profile.Options) *profile.Report {
	t.Helper()
	r, err := profile.New(table, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func read(t testing.TB, csv string, o *profile.Options) *profile.Report {
	t.Helper()
	r, err := profile.Read(context.Background(), strings.NewReader(csv), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func column(t testing.TB, r *profile.Report, name string) profile.Column {
	t.Helper()
	for _, c := range r.Columns {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("no column %q", name)
	panic("unreachable")
}

func near(got profile.Number, want float64) bool {
	g := float64(got)
	return math.IsNaN(g) && math.IsNaN(want) || math.Abs(g-want) <= 1e-9*max(1, math.Abs(want))
}

func page(t testing.TB, r *profile.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.WriteHTML(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var inScript = regexp.MustCompile(`(?s)<script>.*?</script>`)

// broken returns what a page must not show.
func broken(html string) string {
	html = inScript.ReplaceAllString(html, "")
	for _, bad := range []string{"NaN", "Inf", "%!", "&lt;nil&gt;"} {
		if at := strings.Index(html, bad); at >= 0 {
			return html[max(0, at-80):min(len(html), at+80)]
		}
	}
	return ""
}

func asJSON(t testing.TB, r *profile.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A holds 2, 4, 4, 4, 5, 5, 7, 9 and a hole: mean 5, distances -3 -1 -1 -1 0 0 2 4, squares sum to 32, cubes to 42, fourth
// powers to 356. With n = 8: variance 32/7; G1 = 8·√7/6 · 42/32^1.5; G2 = 8·9·7·356/(6·5·32²) - 3·49/30. Distances from the
// median 4.5 are .5 .5 .5 .5 .5 2.5 2.5 4.5: their median is .5. The whiskers may reach from 4 - 2.25 to 5.5 + 2.25.
func TestColumnByHand(t *testing.T) {
	x := mat.NewDense(9, 2, []float64{9, 0, 2, 0, nan, 0, 5, -1, 4, 2.5, 7, 0, 4, 0, 5, 0, 4, 0})
	r := report(t, &dataset.Table{Names: []string{"A", "B"}, X: x}, nil)
	a, b := r.Columns[0], r.Columns[1]
	if a.Count != 8 || a.Missing != 1 || a.Distinct != 5 || a.Zeros != 0 || a.Whole != 8 || b.Zeros != 7 || b.Negative != 1 || b.Whole != 8 {
		t.Errorf("counts %+v\n%+v", a, b)
	}
	for about, c := range map[string][2]float64{
		"mean": {float64(a.Mean), 5}, "variance": {float64(a.Variance), 32. / 7}, "std": {float64(a.Std), math.Sqrt(32. / 7)},
		"skewness": {float64(a.Skewness), 8 * math.Sqrt(7) / 6 * 42 / math.Pow(32, 1.5)}, "kurtosis": {float64(a.Kurtosis), 8*9*7*356/(6*5*1024.) - 3*49/30.},
		"median": {float64(a.Median), 4.5}, "q75": {float64(a.Q75), 5.5}, "iqr": {float64(a.IQR), 1.5}, "sum": {float64(a.Sum), 40}, "range": {float64(a.Range), 7},
		"cv": {float64(a.CV), math.Sqrt(32./7) / 5}, "mad": {float64(a.MAD), 0.5}, "low whisker": {float64(a.Box.Low), 2}, "high whisker": {float64(a.Box.High), 7},
		"above": {float64(a.Box.Above), 1},
	} {
		if !near(profile.Number(c[0]), c[1]) {
			t.Errorf("%s %v, want %v", about, c[0], c[1])
		}
	}
	if f := a.Frequent[0]; f.Number != 4 || f.Count != 3 || a.Frequent[1].Number != 5 || a.Smallest[0].Number != 2 || a.Largest[0].Number != 9 {
		t.Errorf("values %v, %v, %v", a.Frequent, a.Smallest, a.Largest)
	}
	if r.MissingCells != 1 || r.Rows != 9 || r.DuplicateRows != 1 || r.DuplicateWithIDs != 1 {
		t.Errorf("%d missing, %d duplicates", r.MissingCells, r.DuplicateRows)
	}
}

// The median absolute deviation against sorting the distances.
func TestMAD(t *testing.T) {
	for n := 1; n < 40; n++ {
		values := make([]float64, n)
		for i := range values {
			values[i] = math.Round(100*math.Sin(float64(i*i*n))) / 10
		}
		sorted := slices.Clone(values)
		slices.Sort(sorted)
		median := dataset.Quantile(sorted, 0.5)
		distances := make([]float64, n)
		for i, v := range values {
			distances[i] = math.Abs(v - median)
		}
		slices.Sort(distances)
		got := report(t, &dataset.Table{Names: []string{"x"}, X: mat.NewDense(n, 1, values)}, nil).Columns[0].MAD
		if want := dataset.Quantile(distances, 0.5); !near(got, want) {
			t.Errorf("n = %d: %v, want %v", n, got, want)
		}
	}
}

const mixture = `id,amount,grade,day,note,member,odd,gone,code
1,10,a,2026-01-01,first words,yes,1,,007
2,20,a,2026-01-02,other,no,2,,012
3,30,b,2026-01-03,more,yes,many,,007
4,,b,2026-01-05,yet more,no,4,,012
5,50,a,2026-01-06,and more,yes,5,,
6,60,,2026-01-07,the last,no,6,,007
`

func TestKinds(t *testing.T) {
	r := read(t, mixture, &profile.Options{ID: "id"})
	for name, kind := range map[string]profile.Kind{
		"id": profile.Identifier, "amount": profile.Numeric, "grade": profile.Categorical, "day": profile.Date, "note": profile.Text,
		"member": profile.Boolean, "odd": profile.Mixed, "gone": profile.Empty, "code": profile.Categorical,
	} {
		if got := column(t, r, name).Kind; got != kind {
			t.Errorf("%s is %s, want %s", name, got, kind)
		}
	}
	if c := column(t, r, "odd"); c.Texts != 1 || c.Numbers != 5 || !near(c.Mean, 18./5) {
		t.Errorf("odd: %+v", c)
	}
	html := page(t, r)
	for _, want := range []string{"2026-01-07", "007", "yet more", "No row has a value", "many", "goes with"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	if bad := broken(html); bad != "" {
		t.Errorf("the page has %q", bad)
	}
	forced := read(t, mixture, &profile.Options{Kinds: map[string]profile.Kind{"code": profile.Text, "amount": profile.Categorical}})
	if column(t, forced, "code").Kind != profile.Text || column(t, forced, "amount").Kind != profile.Categorical {
		t.Error("kinds were not forced")
	}
}

// One odd table never stops the report.
func TestOddTables(t *testing.T) {
	long := strings.Repeat("x", 300)
	for about, csv := range map[string]string{
		"no rows": "a,b\n", "one column": "a\n1\n2\n", "one row": "a,b,c\n1,x,2026-01-01\n", "one value": "a,b\n,\n3,\n",
		"huge": "a,b\n1e300,1\n-1e300,2\n1.7e308,3\n-1.7e308,4\n", "tiny": "a\n1e-310\n2e-310\n5e-324\n0\n", "close": "a\n1.0000000000000002\n1\n",
		"constant": "a,b\n5,x\n5,x\n5,x\n", "names": long + ",\xff\xfe,\"new\nline\"\n1,\xff,2\n2,\xfe,3\n", "unnamed": ",,a,a\n1,2,3,4\n",
		"two values": "a,b\n0,1\n1,0\n", "infinite": "a\ninf\n1\n2\n3\n",
	} {
		r := read(t, csv, nil)
		if bad := broken(page(t, r)); bad != "" {
			t.Errorf("%s: the page has %q", about, bad)
		}
		var back profile.Report
		if err := json.Unmarshal([]byte(asJSON(t, r)), &back); err != nil || back.Rows != r.Rows {
			t.Errorf("%s: JSON: %v", about, err)
		}
	}
	if r := read(t, "a,b\n", nil); r.Rows != 0 || len(r.Columns) != 2 {
		t.Errorf("no rows: %+v", r)
	}
	for _, csv := range []string{"", "a,b\n1\n"} {
		if _, err := profile.Read(context.Background(), strings.NewReader(csv), nil); err == nil {
			t.Errorf("%q was read", csv)
		}
	}
}

func TestOptionsThatCannotBe(t *testing.T) {
	for want, o := range map[string]*profile.Options{
		`no such column: Target is "nowhere", which is none of the 9 columns`: {Target: "nowhere"},
		`Target "note" is of kind text`:                                       {Target: "note"},
		`By "note" is of kind text with 6 different values`:                   {By: "note"},
		`no such column: "none"`:                                              {ID: "none"},
		`wrong kind: number was asked for`:                                    {Kinds: map[string]profile.Kind{"note": profile.Numeric}},
		"Groups gives labels of rows in memory":                               {Groups: &profile.Groups{}},
	} {
		_, err := profile.Read(context.Background(), strings.NewReader(mixture), o)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "profile: ") {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if _, err := profile.ReadFile(context.Background(), nil, "no-such-file.csv"); err == nil || !strings.Contains(err.Error(), "no-such-file.csv") {
		t.Errorf("a missing file: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := profile.Read(ctx, strings.NewReader(mixture), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	for about, labels := range map[string][]int{"too few": {0}, "out of range": {0, 1, 2}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s labels: no panic", about)
				}
			}()
			report(t, &dataset.Table{Names: []string{"x"}, X: mat.NewDense(3, 1, []float64{1, 2, 3})}, &profile.Options{Groups: &profile.Groups{Names: []string{"a", "b"}, Labels: labels}})
		}()
	}
}

// Names, values and titles are other people's text.
func TestHostileText(t *testing.T) {
	evil := `</script><script>alert(1)</script>"'&<img src=x onerror=alert(1)>{{.}}`
	quoted := `"` + strings.ReplaceAll(evil, `"`, `""`) + `"`
	csv := quoted + ",b,g\n" + strings.Repeat(quoted+",1,x\nplain,2,"+quoted+"\n", 20)
	r := read(t, csv, &profile.Options{Title: evil, Source: evil, By: "g", Target: evil, Kinds: map[string]profile.Kind{evil: profile.Categorical}})
	fragment, err := r.Fragment("two")
	if err != nil {
		t.Fatal(err)
	}
	for _, html := range []string{page(t, r), fragment} {
		html = inScript.ReplaceAllString(html, "")
		for _, bad := range []string{"<script>alert", "<img", "://"} {
			if strings.Contains(html, bad) {
				t.Errorf("the page contains %q", bad)
			}
		}
	}
	if strings.Contains(fragment, `id="profile`) || !strings.Contains(fragment, `id="two_missing"`) {
		t.Error("the fragment's ids have not its prefix")
	}
	for _, prefix := range []string{"", "1a", "a b", `a"`} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("the prefix %q was taken", prefix)
				}
			}()
			_, _ = r.Fragment(prefix) // it panics
		}()
	}
}

// The same bytes, whatever the number of processors.
func TestSameBytes(t *testing.T) {
	table := dataset.Synthesize(1500, 3)
	var want string
	for _, p := range []int{1, 2, 5} {
		old := runtime.GOMAXPROCS(p)
		got := asJSON(t, report(t, table, &profile.Options{Target: "PAYMENTS", By: "TENURE"}))
		runtime.GOMAXPROCS(old)
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("another report on %d processors", p)
		}
	}
}

// Beyond a million rows, counts and moments are exact and quantiles within the stated error.
func TestManyRows(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 1.2 million rows")
	}
	const n = 1_200_000
	var b bytes.Buffer
	b.WriteString("x,half,g\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,%d,%c\n", i*7919%n, i%2, 'a'+rune(i%3))
	}
	r, err := profile.Read(context.Background(), bytes.NewReader(b.Bytes()), &profile.Options{By: "g"})
	if err != nil {
		t.Fatal(err)
	}
	x := column(t, r, "x")
	if r.Rows != n || r.Kept != 1_000_000 || x.Count != n || x.Zeros != 1 || x.Min != 0 || x.Max != n-1 || !near(x.Mean, (n-1)/2.) || !near(x.Variance, n*(n+1)/12.) {
		t.Errorf("%d rows, %+v", r.Rows, x.Statistics)
	}
	for q, got := range map[float64]profile.Number{0.05: x.Q05, 0.25: x.Q25, 0.5: x.Median, 0.95: x.Q95} {
		if math.Abs(float64(got)/n-q) > float64(r.RankError) {
			t.Errorf("the %v quantile is %v", q, got)
		}
	}
	if off := math.Abs(float64(x.Distinct)/n - 1); x.DistinctError == 0 || off > 4*float64(x.DistinctError) {
		t.Errorf("%d different values ± %v", x.Distinct, x.DistinctError)
	}
	if !strings.Contains(page(t, r), "drawn at random") {
		t.Error("the page does not say that it is a sample")
	}
}
