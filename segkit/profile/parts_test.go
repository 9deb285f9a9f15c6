package profile_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"example.com/marketing/segkit/dataset"
	"example.com/marketing/segkit/profile"
)

func index(t *testing.T, r *profile.Report, name string) int {
	t.Helper()
	i := slices.Index(r.Associations.Names, name)
	if i < 0 {
		t.Fatalf("%s takes no part in associations", name)
	}
	return i
}

// x 1 2 3 4 5 and y 2 1 4 3 5: the squared differences of the ranks are 1 1 1 1 0, so Spearman is 1 - 6·4/(5·24) = 0.8; the
// sixth row has no y. Of category a (rows 1 2 3) and b (4 5 6), x has means 2 and 5 around 3.5: 6·1.5² / 17.5 of its sum of
// squares lies between. d = u in a, and u, v, v in b: its entropy is that of 4 to 2, given the category 0 and that of 1 to 2.
func TestAssociationsByHand(t *testing.T) {
	r := read(t, "x,y,c,d\n1,2,a,u\n2,1,a,u\n3,4,a,u\n4,3,b,u\n5,5,b,v\n6,,b,v\n", nil)
	x, y, c, d := index(t, r, "x"), index(t, r, "y"), index(t, r, "c"), index(t, r, "d")
	a := r.Associations
	entropy := func(p float64) float64 { return -p*math.Log(p) - (1-p)*math.Log(1-p) }
	for about, v := range map[string][2]float64{
		"Spearman": {float64(a.Spearman[x][y]), 0.8}, "Pearson": {float64(a.Pearson[y][x]), 0.8},
		"correlation ratio": {float64(a.CorrelationRatio[c][x]), math.Sqrt(6 * 2.25 / 17.5)},
		"U(d given c)":      {float64(a.TheilsU[c][d]), 1 - entropy(1./3)/2/entropy(1./3)},
		"U(c given d)":      {float64(a.TheilsU[d][c]), 1 - 4./6*entropy(1./4)/math.Ln2},
	} {
		if !near(profile.Number(v[0]), v[1]) {
			t.Errorf("%s is %v, want %v", about, v[0], v[1])
		}
	}
	if !math.IsNaN(float64(a.Pearson[x][c])) || !math.IsNaN(float64(a.CorrelationRatio[x][y])) {
		t.Error("a category has a correlation, or a number is a category")
	}
	if len(a.Pairs) != 6 {
		t.Errorf("%d pairs", len(a.Pairs))
	}
	for i := 1; i < len(a.Pairs); i++ {
		if math.Abs(float64(a.Pairs[i].Value)) > math.Abs(float64(a.Pairs[i-1].Value)) {
			t.Errorf("pair %d is stronger than the one before", i)
		}
	}
}

// What unrelated columns give on average is what Chance says.
func TestChance(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 3))
	var csv strings.Builder
	csv.WriteString("many,few,x\n")
	for range 3000 {
		fmt.Fprintf(&csv, "m%d,f%d,%g\n", rng.IntN(80), rng.IntN(20), rng.NormFloat64())
	}
	pairs := read(t, csv.String(), nil).Associations.Pairs
	if len(pairs) != 3 {
		t.Fatalf("%d pairs", len(pairs))
	}
	for _, p := range pairs {
		if ratio := float64(p.Value / p.Chance); !(ratio > 0.75 && ratio < 1.25) {
			t.Errorf("%s of %s and %s is %v, by chance %v", p.Measure, p.A, p.B, p.Value, p.Chance)
		}
	}
}

// Spearman over the rows where both have a value is Pearson of the ranks among these rows: holes do not count.
func TestSpearmanWithHoles(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 0))
	const n = 300
	x := mat.NewDense(n, 2, nil)
	var left, right []float64
	for i := range n {
		a, b := float64(rng.IntN(40)), float64(rng.IntN(40)) // with ties
		b += a / 2
		if rng.IntN(4) == 0 {
			a = nan
		}
		if rng.IntN(5) == 0 {
			b = nan
		}
		if !math.IsNaN(a + b) {
			left, right = append(left, a), append(right, b)
		}
		x.SetRow(i, []float64{a, b})
	}
	both := mat.NewDense(len(left), 2, nil)
	both.SetCol(0, left)
	both.SetCol(1, right)
	names := []string{"a", "b"}
	with, without := report(t, &dataset.Table{Names: names, X: x}, nil), report(t, &dataset.Table{Names: names, X: both}, nil)
	if got, want := with.Associations.Spearman[0][1], without.Associations.Spearman[0][1]; !near(got, float64(want)) || want < 0.3 {
		t.Errorf("%v, want %v", got, want)
	}
}

// What a row lands in is the nearest hexagon; none is lost.
func TestHexagonsLoseNoRow(t *testing.T) {
	r := report(t, dataset.Synthesize(3000, 2), nil)
	drawn := 0
	for _, p := range r.Associations.Pairs {
		if p.Hexagons == nil {
			continue
		}
		drawn++
		rows := p.Hexagons.Outside
		for _, n := range p.Hexagons.Counts {
			rows += n
		}
		a, b := column(t, r, p.A), column(t, r, p.B)
		if least := r.Rows - a.Missing - b.Missing; rows < least || rows > r.Rows {
			t.Errorf("%s and %s: %d rows of %d", p.A, p.B, rows, r.Rows)
		}
	}
	if drawn != 17*16/2 {
		t.Errorf("%d pairs drawn", drawn)
	}
}

func number(text string) profile.Number {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return profile.Number(math.Inf(1))
	}
	return profile.Number(v)
}

// Each group's figures are those of a table that has its rows alone, and the automatic histogram's counts add up.
func TestGroups(t *testing.T) {
	table := dataset.Synthesize(900, 4)
	labels := make([]int, 900)
	of := make([][]int, 3)
	for i := range labels {
		labels[i] = i*i%4 - 1 + i%2*(i%3) // -1 to 2
		labels[i] = min(labels[i], 2)
		if labels[i] >= 0 {
			of[labels[i]] = append(of[labels[i]], i)
		}
	}
	r := report(t, table, &profile.Options{Groups: &profile.Groups{Names: []string{"a", "b", "c"}, Labels: labels}})
	for g, rows := range of {
		if r.Groups.Rows[g] != len(rows) || len(rows) == 0 {
			t.Fatalf("group %d has %d rows, want %d", g, r.Groups.Rows[g], len(rows))
		}
		alone := report(t, table.Rows(rows), nil)
		for j, c := range r.Columns {
			if c.Kind != profile.Numeric {
				continue
			}
			got, want := reflect.ValueOf(c.Groups[g]), reflect.ValueOf(alone.Columns[j].Statistics)
			for f := range got.NumField() {
				if x, y := fmt.Sprint(got.Field(f)), fmt.Sprint(want.Field(f)); x != y && !near(number(x), float64(number(y))) {
					t.Errorf("%s of %s in group %d is %s, want %s", got.Type().Field(f).Name, c.Name, g, x, y)
				}
			}
		}
	}
	// eta² by its definition, for one column.
	paid := table.Column("PAYMENTS")
	total, count, between, all := 0.0, 0.0, 0.0, 0.0
	for _, rows := range of {
		for _, i := range rows {
			total, count = total+paid[i], count+1
		}
	}
	for _, rows := range of {
		sum := 0.0
		for _, i := range rows {
			sum += paid[i]
			all += math.Pow(paid[i]-total/count, 2)
		}
		between += float64(len(rows)) * math.Pow(sum/float64(len(rows))-total/count, 2)
	}
	last := math.Inf(1)
	for _, d := range r.Groups.Columns {
		if d.Name == "PAYMENTS" && !near(d.Value, between/all) {
			t.Errorf("eta² is %v, want %v", d.Value, between/all)
		}
		if float64(d.Value) > last {
			t.Errorf("%s differs more than the one before", d.Name)
		}
		last = float64(d.Value)
	}
	if html := page(t, r); !strings.Contains(html, "3 groups") || broken(html) != "" {
		t.Errorf("the page: %s", broken(html))
	}
}

// Rows 1 to 3 are bin one, rows 4 to 6 the other; the row without x is no bin's, and is not lost either.
func TestTargets(t *testing.T) {
	const csv = "x,number,yes,class\n1,10,yes,a\n1,20,yes,a\n1,30,no,b\n2,40,no,c\n2,,no,c\n2,60,yes,\n,70,yes,a\n"
	for target, want := range map[string][]float64{"number": {20, 50}, "yes": {2. / 3, 1. / 3}} {
		r := read(t, csv, &profile.Options{Target: target})
		got := histogram(t, column(t, r, "x"), "auto").Target[0]
		if len(got) != 2 || !near(got[0], want[0]) || !near(got[1], want[1]) {
			t.Errorf("%s: %v, want %v", target, got, want)
		}
		if missing := column(t, r, "x").TargetMissing[0]; !near(missing, map[string]float64{"number": 70, "yes": 1}[target]) {
			t.Errorf("%s of the row without x: %v", target, missing)
		}
	}
	r := read(t, csv, &profile.Options{Target: "class"})
	if got := fmt.Sprint(r.Target.Classes, histogram(t, column(t, r, "x"), "auto").Target, r.Target.Rows); got != "[a c b] [[0.6666666666666666 0] [0 1] [0.3333333333333333 0]] 6" {
		t.Errorf("class: %s", got)
	}
	if html := page(t, r); !strings.Contains(html, "Target: class") || broken(html) != "" {
		t.Errorf("the page: %s", broken(html))
	}
}

// In 40 rows, b is missing where a is 0 and c with it; d is missing now and then.
func TestMissing(t *testing.T) {
	var csv strings.Builder
	csv.WriteString("a,b,c,d,e\n")
	for i := range 60 {
		b, c, d := fmt.Sprint(i*7%60), fmt.Sprint(i*11%60), fmt.Sprint(i*13%60)
		a := i % 3
		if a == 0 {
			b, c = "", ""
		}
		if i%20 == 7 {
			d = ""
		}
		fmt.Fprintf(&csv, "%d,%s,%s,%s,%d\n", a, b, c, d, i*17%60)
	}
	m := read(t, csv.String(), nil).Missing
	if m.CompleteRows != 38 || m.PatternCount != 4 || m.Patterns[0].Rows != 38 || m.Patterns[1].Rows != 19 || fmt.Sprint(m.Patterns[1].Columns) != "[b c]" {
		t.Errorf("patterns %+v, %d complete", m.Patterns, m.CompleteRows)
	}
	if p := m.Together[0]; p.A != "b" || p.B != "c" || p.Both != 20 || p.OnlyA != 0 || !near(p.Phi, 1) {
		t.Errorf("together: %+v", m.Together)
	}
	if d := m.Columns[0].Depends[0]; m.Columns[0].Name != "b" || d.Name != "a" || !(d.Missing == 1 && d.Present == 0 || d.Missing == 0 && d.Value == "") {
		t.Errorf("depends: %+v", m.Columns[0])
	}
	if m.Columns[2].Name != "d" || !strings.Contains(m.Columns[2].Words, "Too few") {
		t.Errorf("d: %+v", m.Columns[2])
	}
	if none := read(t, "a\n1\n2\n", nil).Missing; none.Words != "Every column has a value in every row." || none.Little != nil {
		t.Errorf("nothing missing: %+v", none)
	}
}

// The standardised difference: 20 rows without y have x = 1 and 3 in turns, mean 2, variance 20/19; 20 with y have 5 and 7.
func TestStandardisedDifference(t *testing.T) {
	var csv strings.Builder
	csv.WriteString("x,y\n")
	for i := range 20 {
		fmt.Fprintf(&csv, "%d,\n%d,%d\n", 1+i%2*2, 5+i%2*2, i)
	}
	d := read(t, csv.String(), nil).Missing.Columns[0].Depends
	if len(d) != 2 || d[0].Value != "" || !near(d[0].Missing, 2) || !near(d[0].Present, 6) || !near(d[0].Difference, -4/math.Sqrt(20./19)) {
		t.Errorf("%+v", d)
	}
}

// Each alert once, on a table made for it.
func TestAlerts(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	var csv strings.Builder
	csv.WriteString("key,share,part1,part2,total,empty,constant,skewed,zeros,mostly,mixed,whole,twin,minus,same,when,points,comma,id\n")
	for i := range 400 {
		share, odd, whole, total := rng.Float64(), fmt.Sprint(rng.IntN(50)), fmt.Sprint(rng.IntN(1000)), 0.0
		p, q := float64(rng.IntN(100)), float64(rng.IntN(300))
		if total = p + q; i%100 == 7 {
			total += 5
		}
		if i < 2 {
			share, odd, whole = 1.5, "n/k", "3.25"
		}
		if i > 390 {
			share = 1
		}
		mostly, zeros, minus := "yes", 0, rng.IntN(500)
		if i%10 == 0 {
			mostly = "no"
		}
		if i%2 == 0 {
			zeros = 1 + rng.IntN(20)
		}
		switch i {
		case 3:
			minus = -4
		case 4, 5:
			minus = 0
		}
		fmt.Fprintf(&csv, "k%d,%g,%g,%g,%g,,7,%g,%d,%s,%s,%s,%g,%d,x%d,%02d/%02d/2026,%d.0,\"1.%03d,5\",c%d\n", i, share, p, q, total, math.Exp(4*rng.NormFloat64()), zeros, mostly, odd, whole, 3*p+1, minus, i%2, 1+i%12, 1+i%11, i*37%200, i%150, i%100)
	}
	r := read(t, csv.String(), &profile.Options{ID: "id"})
	texts := map[string]string{}
	for _, a := range r.Alerts {
		texts[a.Kind] += a.Text + " "
	}
	for kind, want := range map[string]string{
		"range": "2 values of share are above 1", "sum": "total = part1 + part2 but for 4 rows", "empty": "empty has no value at all", "constant": "constant has one value and no other",
		"id": "key has a different value in every row", "correlated": "part1 and twin", "skew": "skewed has a long tail", "zeros": "zeros is zero in more than a third",
		"dominant": "mostly has one value in more than 80 % of the rows", "mixed": `mixed holds 2 values that are no number among 398 numbers, most often "n/k"`,
		"whole": "whole has whole numbers but for a few", "decimals": "points has nothing but whole numbers", "written": `look like numbers that could not be read, like "1`,
		"ids": "300 values of id are used before", "outliers": "beyond the whiskers", "scales": "skewed is", "ambiguous": "when has dates that can be read both ways",
	} {
		if !strings.Contains(texts[kind], want) {
			t.Errorf("%s: %q, want %q", kind, texts[kind], want)
		}
	}
	if !strings.Contains(texts["range"], "1 value of minus is below 0") {
		t.Errorf("range: %q", texts["range"])
	}
	for _, a := range r.Alerts {
		for _, c := range a.Columns {
			column(t, r, c.Name)
		}
	}
}

// No value that occurs in fewer than ten rows, and no count below ten, is in a private report.
func TestPrivate(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	var csv strings.Builder
	csv.WriteString("id,amount,note,grade,rare,hole\n")
	for i := range 500 {
		grade, rare, hole := string(rune('a'+i%3)), "usual", "1"
		if i < 4 {
			rare = "secretlevel"
		}
		if i%100 == 3 {
			hole = ""
		}
		fmt.Fprintf(&csv, "id%d,%.6f,note about %d,%s,%s,%s\n", i, 1e5*rng.Float64(), i, grade, rare, hole)
	}
	r := read(t, csv.String(), &profile.Options{Private: true, ID: "id", Target: "rare", By: "grade"})
	texts := []string{page(t, r), asJSON(t, r)}
	for _, line := range strings.Split(csv.String(), "\n")[1:401] {
		fields := strings.Split(line, ",")
		for _, text := range texts {
			for _, secret := range []string{fields[0] + `"`, fields[1], fields[2]} {
				if strings.Contains(text, secret) {
					t.Fatalf("%q is in the report", secret)
				}
			}
		}
	}
	var back map[string]any
	if err := json.Unmarshal([]byte(texts[1]), &back); err != nil {
		t.Fatal(err)
	}
	if found := regexp.MustCompile(`"(count|missing|zeros|negative|below|above|both|only_a|only_b|texts)":[1-9][,}]`).FindString(texts[1]); found != "" {
		t.Errorf("a small count: %s", found)
	}
	a := column(t, r, "amount")
	if len(a.Smallest)+len(a.Largest)+len(a.Frequent) > 0 || !math.IsNaN(float64(a.Max)) || len(a.Histograms) == 0 || math.IsNaN(float64(a.Mean)) {
		t.Errorf("amount: %+v", a)
	}
	for _, h := range a.Histograms {
		for _, n := range h.Counts {
			if n > 0 && n < profile.SmallCount {
				t.Errorf("a bin of %d", n)
			}
		}
	}
	if strings.Contains(texts[0]+texts[1], "secretlevel") {
		t.Error("a level of four rows is named")
	}
	if grade := column(t, r, "grade"); len(grade.Levels) != 3 {
		t.Errorf("grade: %+v", grade.Levels)
	}
	if hole := column(t, r, "hole"); hole.Missing != -1 || hole.Count != 490 {
		t.Errorf("hole: %d values, %d missing", hole.Count, hole.Missing)
	}
}
