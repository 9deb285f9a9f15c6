package little_test

import (
	"math"
	"os"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/combin"

	"example.com/marketing/segkit/dataset"
	"example.com/marketing/segkit/profile/internal/little"
)

var nan = math.NaN()

func mcar(t testing.TB, columns [][]float64) little.Test {
	t.Helper()
	got, err := little.MCAR(t.Context(), columns)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func near(a, b, tolerance float64) bool { return math.Abs(a-b) <= tolerance*max(1, math.Abs(b)) }

// Where only y has holes, the likelihood has its maximum at the regression of y on x over the rows that have both, and the
// mean and variance of all x (Anderson, 1957). Here those rows have the means 2.5 and 4, Sxx = 5, Sxy = 7 and Syy = 10: the
// slope is 7/5. All x have mean 3.5 and variance 17.5/6, so y has the mean 4 + 7/5·(3.5-2.5) = 5.4.
//
// The four rows' means are off by (-1, -1.4), on the line: their squared distance is that of x alone, 1/(17.5/6). The other
// two are off by 2 in x, 4/(17.5/6). With the divisor n-1 that is d² = (4·1 + 2·4)/(17.5/5) = 24/7.
func TestByHand(t *testing.T) {
	got := mcar(t, [][]float64{{1, 2, 3, 4, 5, 6}, {2, 3, 5, 6, nan, nan}})
	if !near(got.Statistic, 24./7, 1e-7) || got.DF != 1 || !near(got.P, math.Erfc(math.Sqrt(12./7)), 1e-7) {
		t.Errorf("d² = %v, df = %d, p = %v", got.Statistic, got.DF, got.P)
	}
	if got.Patterns != 2 || got.Rows != 6 || !got.Converged || len(got.Left) != 0 {
		t.Errorf("%+v", got)
	}
}

// What the divisor n-1 is good for: over all ways of choosing the rows where y is missing, d² is its degrees of freedom.
func TestMeanOfAllChoices(t *testing.T) {
	x, y := []float64{3, 1, 4, 1.5, 9, 2.6, 5}, []float64{2.7, 1.8, 2.8, 1.9, 4.5, 9.1, 0.4}
	sum, ways := 0.0, combin.Combinations(len(x), 3)
	for _, way := range ways {
		holed := slices.Clone(y)
		for _, i := range way {
			holed[i] = nan
		}
		sum += mcar(t, [][]float64{x, holed}).Statistic
	}
	if mean := sum / float64(len(ways)); !near(mean, 1, 1e-7) {
		t.Errorf("the mean is %v", mean)
	}
}

// R's naniar has this example: mcar_test(airquality) gives 35.1 with 14 degrees of freedom, p 0.00142, 4 patterns, and its
// tests say 35.1061288689702. It leaves out the factor (n-1)/n, and stops when nothing changes by more than 1e-4: with that
// tolerance, NumPy gives its number to the last digit but one, and with 1e-13 34.876722783579 and p 0.0015330305834.
//
// The data are R's, measurements of New York's air from May to September 1973: Chambers, Cleveland, Kleiner and Tukey,
// Graphical Methods for Data Analysis, 1983.
func TestAirQuality(t *testing.T) {
	table, _, err := dataset.ReadFile("testdata/airquality.csv", nil)
	if err != nil {
		t.Fatal(err)
	}
	got := mcar(t, columnsOf(table.X))
	if !near(got.Statistic, 34.876722783579, 1e-8) || !near(got.P, 0.0015330305834, 1e-8) {
		t.Errorf("d² = %v, p = %v", got.Statistic, got.P)
	}
	if got.DF != 14 || got.Patterns != 4 || got.Rows != 153 || len(got.Left) > 0 {
		t.Errorf("%+v", got)
	}
	if !near(got.Statistic*153/152, 35.1061288689702, 2e-6) {
		t.Errorf("naniar's d² would be %v", got.Statistic*153/152)
	}
}

// columnsOf returns copies of the columns of x.
func columnsOf(x mat.Matrix) [][]float64 {
	_, d := x.Dims()
	columns := make([][]float64, d)
	for j := range columns {
		columns[j] = mat.Col(nil, j, x)
	}
	return columns
}

// generated returns the same 60 rows and 4 columns as the NumPy script that the numbers in TestNumPy come from: from
// s = s·6364136223846793005 + 1442695040888963407 (mod 2⁶⁴), u = (s>>11)/2⁵³, row after row, four z that are sums of four u less 2,
// which make the values z0, z0+z1, z1-z2/2 and z3+z0/4, and four u: where one is below 0.15, the value is missing.
func generated(state uint64) [][]float64 {
	u := func() float64 {
		state = state*6364136223846793005 + 1442695040888963407
		return float64(state>>11) / (1 << 53)
	}
	columns := make([][]float64, 4)
	for range 60 {
		var z [4]float64
		for j := range z {
			z[j] = u() + u() + u() + u() - 2
		}
		for j, v := range []float64{z[0], z[0] + z[1], z[1] - z[2]/2, z[3] + z[0]/4} {
			if u() < 0.15 {
				v = nan
			}
			columns[j] = append(columns[j], v)
		}
	}
	return columns
}

// An implementation of its own in NumPy 1.24: EM over the rows themselves, with numpy.linalg.solve, until nothing changes by
// more than 1e-13; p from scipy.stats.chi2.
func TestNumPy(t *testing.T) {
	for _, want := range []struct {
		seed           uint64
		statistic, p   float64
		df, pats, rows int
	}{
		{1, 20.9868461708, 0.397907194162, 20, 9, 60},
		{2, 20.8164152915, 0.234609951407, 17, 8, 60},
		{3, 16.1873120223, 0.806481813553, 22, 10, 60},
	} {
		got := mcar(t, generated(want.seed))
		if !near(got.Statistic, want.statistic, 1e-7) || !near(got.P, want.p, 1e-7) || got.DF != want.df || got.Patterns != want.pats || got.Rows != want.rows {
			t.Errorf("seed %d: %+v, want %+v", want.seed, got, want)
		}
	}
}

// The same NumPy on the real data: 17 columns, 8636 rows complete, 313 without MINIMUM_PAYMENTS, one without CREDIT_LIMIT.
// The two agree to twelve digits. At 1686 the chi-squared distribution with 32 degrees of freedom has less above it than the
// smallest number.
func TestReference(t *testing.T) {
	path := os.Getenv("SEGKIT_DATA")
	if path == "" {
		t.Skip("SEGKIT_DATA names no file: the comparison with NumPy is left out")
	}
	table, _, err := dataset.ReadFile(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := mcar(t, columnsOf(table.X))
	if !near(got.Statistic, 1686.30619400, 1e-10) || got.DF != 32 || got.P != 0 || got.Patterns != 3 || got.Rows != 8950 || len(got.Left) > 0 {
		t.Errorf("%+v", got)
	}
	t.Logf("%+v", got)
}
