package profile_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"

	"example.com/marketing/segkit/profile"
)

// 400 columns are 80,000 pairs, which 3e9 bounds to 37,500 of the 60,000 rows. Beside 398 constant columns, which cost
// nothing, b is half of a and noise, by an exponential that leaves ranks alone. The table of all rows has two columns.
func TestAssociationsOfSample(t *testing.T) {
	if testing.Short() {
		t.Skip("profiles 24 million cells")
	}
	const n, d = 60_000, 400
	rng := rand.New(rand.NewPCG(7, 1))
	columns, names := make([][]float64, d), make([]string, d)
	constant := make([]float64, n)
	for j := range columns {
		columns[j], names[j] = constant, fmt.Sprintf("c%d", j)
	}
	columns[3], columns[5] = make([]float64, n), make([]float64, n)
	for i := range n {
		a := rng.NormFloat64()
		columns[3][i], columns[5][i] = a, math.Exp((a+rng.NormFloat64())/3)
	}
	r := report(t, tableOf(names, columns...), nil).Associations
	all := report(t, tableOf([]string{"a", "b"}, columns[3], columns[5]), nil).Associations
	if all.Rows != n || r.Rows >= n || r.Rows < n/2 || r.Rows*d*d/2 > 3e9 {
		t.Errorf("of %d rows; two columns alone of %d", r.Rows, all.Rows)
	}
	pearson, spearman := stat.Correlation(columns[3], columns[5], nil), 6/math.Pi*math.Asin(math.Sqrt(0.5)/2) // of two normals
	for about, v := range map[string][2]float64{
		"Pearson": {float64(r.Pearson[3][5]), pearson}, "Pearson of all": {float64(all.Pearson[0][1]), pearson},
		"Spearman": {float64(r.Spearman[5][3]), spearman}, "Spearman of all": {float64(all.Spearman[0][1]), spearman},
	} {
		if math.Abs(v[0]-v[1]) > 0.03 {
			t.Errorf("%s is %v, want %v", about, v[0], v[1])
		}
	}
	if len(r.Pairs) != 1 || r.Pairs[0].Hexagons == nil {
		t.Fatalf("%d pairs", len(r.Pairs))
	}
	rows := r.Pairs[0].Hexagons.Outside
	for _, n := range r.Pairs[0].Hexagons.Counts {
		rows += n
	}
	if rows != r.Rows {
		t.Errorf("the hexagons hold %d rows", rows)
	}
}

// Rome and Milan are in it, Paris in fr, 10 rows each: the city says all about the country; the country leaves ln 2 of the
// city's entropy of ln 3 in two thirds of the rows.
func TestAsymmetricPair(t *testing.T) {
	for _, header := range []string{"city,country", "country,city"} {
		var csv strings.Builder
		csv.WriteString(header + "\n")
		for range 10 {
			for _, row := range [][2]string{{"Rome", "it"}, {"Milan", "it"}, {"Paris", "fr"}} {
				if header == "country,city" {
					row[0], row[1] = row[1], row[0]
				}
				fmt.Fprintf(&csv, "%s,%s\n", row[0], row[1])
			}
		}
		a := read(t, csv.String(), nil).Associations
		less := 1 - 2./3*math.Ln2/math.Log(3)
		if p := a.Pairs[0]; len(a.Pairs) != 1 || p.A != "city" || p.B != "country" || p.Measure != profile.TheilsU || !near(p.Value, 1) || !near(p.Chance, 2*1/(60*math.Ln2)) {
			t.Errorf("%s: %+v", header, a.Pairs)
		}
		if of := a.Of("country"); len(of) != 1 || of[0].Name != "city" || !near(of[0].Value, 1) || !near(of[0].Chance, 2*1/(60*math.Ln2)) {
			t.Errorf("%s: of country %+v", header, of)
		}
		if of := a.Of("city"); len(of) != 1 || of[0].Name != "country" || !near(of[0].Value, less) || !near(of[0].Chance, 2*1/(60*math.Log(3))) {
			t.Errorf("%s: of city %+v, want %v", header, of, less)
		}
	}
	if of := read(t, "a,b\n1,2\n", nil); of.Associations.Of("nowhere") != nil {
		t.Error("a column that is not there has associates")
	}
}

// The category has two levels, and x a value in the rows of one alone: no ratio. y has values in both, one row of b.
func TestRatioOfOneLevel(t *testing.T) {
	r := read(t, "c,x,y\na,1,1\na,2,2\na,3,3\nb,,9\nb,,\nb,,\n", nil)
	c, x, y := index(t, r, "c"), index(t, r, "x"), index(t, r, "y")
	ratios := r.Associations.CorrelationRatio
	// y: the mean of 1 2 3 9 is 3.75, of a 2: 3·1.75² + 5.25² = 36.75 of 38.75.
	if !math.IsNaN(float64(ratios[c][x])) || !near(ratios[c][y], math.Sqrt(36.75/38.75)) {
		t.Errorf("ratios %v and %v", ratios[c][x], ratios[c][y])
	}
	for _, of := range r.Associations.Of("x") {
		if of.Name == "c" {
			t.Errorf("%+v", of)
		}
	}
}

// a2 follows a1 and b2 follows b1, in any order of the columns, and c1 is c2 turned around.
func TestClusteredOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	columns := map[string][]float64{}
	for range 200 {
		for _, block := range []string{"a", "b", "c"} {
			v := rng.NormFloat64()
			columns[block+"1"] = append(columns[block+"1"], v)
			columns[block+"2"] = append(columns[block+"2"], map[string]float64{"a": 1, "b": 2, "c": -1}[block]*v+rng.NormFloat64()/5)
		}
	}
	for _, names := range [][]string{{"a1", "b1", "a2", "b2"}, {"b2", "a1", "b1", "a2"}, {"c1", "b1", "a1", "c2", "a2", "b2"}, {"a1", "b1", "c1", "a2", "b2", "c2"}} {
		var data [][]float64
		for _, name := range names {
			data = append(data, columns[name])
		}
		a := report(t, tableOf(names, data...), nil).Associations
		if sorted := slices.Sorted(slices.Values(a.Order)); len(sorted) != len(names) || slices.Compact(sorted)[len(names)-1] != len(names)-1 {
			t.Fatalf("%v: %v", names, a.Order)
		}
		for i := 0; i < len(a.Order); i += 2 {
			if x, y := a.Names[a.Order[i]], a.Names[a.Order[i+1]]; x[0] != y[0] {
				t.Errorf("%v: the order %v has %s beside %s", names, a.Order, x, y)
			}
		}
	}
}

// Four columns are directions at 0, 20, 60 and 80 degrees, correlated by the cosines of what lies between: a and b stand together,
// c and d do, and where these meet, b is beside c, whatever the order of the table.
func TestOrderWithinClusters(t *testing.T) {
	const n = 360
	columns := map[string][]float64{}
	for name, degrees := range map[string]float64{"a": 0, "b": 20, "c": 60, "d": 80} {
		columns[name] = ramp(n, func(i int, _ float64) float64 { return math.Cos((float64(i) - degrees) * math.Pi / 180) })
	}
	for _, order := range []string{"abcd", "bacd", "abdc", "badc", "cdab", "dcba", "cdba", "dcab", "acbd", "dbca", "cbad"} {
		names := strings.Split(order, "")
		var data [][]float64
		for _, name := range names {
			data = append(data, columns[name])
		}
		got := ""
		for _, i := range report(t, tableOf(names, data...), nil).Associations.Order {
			got += names[i]
		}
		if got != "abcd" && got != "dcba" {
			t.Errorf("%s: %s", order, got)
		}
	}
}
