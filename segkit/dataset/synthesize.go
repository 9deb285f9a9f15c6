package dataset

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"gonum.org/v1/gonum/mat"
)

// Synthesize makes n customers with the 17 features of the tutorial's data set, for trying everything out where the real
// file is not at hand. They tell the same story: like distributions, correlations, components and clusters; and they keep
// the rules between columns: transactions and months are whole numbers, PURCHASES is the sum of one-off and installments, a
// frequency is 0 when its amount is and otherwise a count of months over TENURE, who paid nothing has no MINIMUM_PAYMENTS,
// and of 8,950 customers 313 lack that and 1 the CREDIT_LIMIT, others in proportion.
//
// The customers are a mixture of 17 types, by which kinds of spending they use and how much. Each type has its share, its
// own distribution of every feature, and its own correlations between them, joined by a Gaussian copula (Sklar, 1959). The
// figures in synthetic.json are summaries of at least 136 real customers each: percentiles, correlations and counts. No row
// of the real data is among them, and what is rare there is rarer or absent here: good for learning and testing, not for
// conclusions about real card holders.
//
// The same n and seed give the same table. It panics if n < 1. The cost is O(n·d²).
func Synthesize(n int, seed uint64) *Table {
	if n < 1 {
		panic(fmt.Sprintf("dataset: %d synthetic customers", n))
	}
	random := rand.New(rand.NewPCG(seed, 0))
	model := syntheticModel()
	names := make([]string, 0, len(creditCards.columns))
	for _, c := range creditCards.columns {
		names = append(names, c.name)
	}
	t := &Table{IDName: DefaultID, Names: names, X: mat.NewDense(n, len(names), nil)}
	order := random.Perm(n) // so that the types do not stand in blocks
	row := 0
	for i, count := range apportion(n, model.Types) {
		rows := order[row : row+count]
		row += count
		model.Types[i].draw(random, model, t, rows)
	}
	for i := range n {
		t.IDs = append(t.IDs, fmt.Sprintf("S%05d", i+1))
		keepRules(t, i)
	}
	// What the mixture cannot know: one limit is missing, and a few customers drew cash more often than there were months.
	limit, tenure, cash := t.Index("CREDIT_LIMIT"), t.Index("TENURE"), t.Index("CASH_ADVANCE_FREQUENCY")
	for i := range proportion(n, 1) {
		t.X.Set(order[i], limit, math.NaN())
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(t.X.At(b, cash), t.X.At(a, cash)) })
	for i, row := range order[:proportion(n, 8)] {
		if months := t.X.At(row, tenure); t.X.At(row, cash) > 0 {
			t.X.Set(row, cash, micro((months+float64(1+i%3))/months))
		}
	}
	return t
}

// proportion returns how many of n customers stand for count of the real 8,950.
func proportion(n, count int) int { return (n*count + 8950/2) / 8950 }

//go:embed synthetic.json
var syntheticJSON []byte

// mixture is the content of synthetic.json.
type mixture struct {
	Levels  []float64       `json:"levels"`  // of the quantiles
	Columns []string        `json:"columns"` // all but PURCHASES
	Types   []*customerType `json:"types"`
}

// customerType is one part of the mixture, in figures of the real customers of that type.
type customerType struct {
	Customers    int                  `json:"customers"`
	Unpaid       int                  `json:"unpaid"`   // of Customers, who paid nothing
	Unbilled     int                  `json:"unbilled"` // of Customers, who paid and have no MINIMUM_PAYMENTS all the same
	Quantiles    map[string][]float64 `json:"quantiles"`
	Correlations [][]float64          `json:"correlations"` // of the normal scores: the triangle below the diagonal

	factor *mat.Dense // F with F·Fᵀ = the correlations
}

var syntheticModel = sync.OnceValue(func() *mixture {
	m := &mixture{}
	if err := json.Unmarshal(syntheticJSON, m); err != nil {
		panic(err) // the file is part of the program
	}
	for _, t := range m.Types {
		t.factorize(len(m.Columns))
	}
	return m
})

// factorize takes the root of the correlation matrix. Rounded correlations may not be quite positive definite; what is
// negative in their spectrum is cut off.
func (t *customerType) factorize(d int) {
	correlations := mat.NewSymDense(d, nil)
	for i := range d {
		correlations.SetSym(i, i, 1)
		for j := range i {
			correlations.SetSym(i, j, t.Correlations[i-1][j])
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(correlations, true) {
		panic("dataset: the correlations of synthetic.json have no spectrum")
	}
	t.factor = &mat.Dense{}
	eigen.VectorsTo(t.factor)
	for j, v := range eigen.Values(nil) {
		for i := range d {
			t.factor.Set(i, j, t.factor.At(i, j)*math.Sqrt(max(v, 0)))
		}
	}
}

// apportion divides n customers among the types by their shares, the remainder to the largest fractions.
func apportion(n int, types []*customerType) []int {
	total := 0
	for _, t := range types {
		total += t.Customers
	}
	counts, left := make([]int, len(types)), n
	order := make([]int, len(types))
	for i, t := range types {
		counts[i] = n * t.Customers / total
		left -= counts[i]
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(n*types[b].Customers%total, n*types[a].Customers%total)
	})
	for _, i := range order[:left] {
		counts[i]++
	}
	return counts
}

// draw fills the given rows with customers of the type.
func (t *customerType) draw(random *rand.Rand, m *mixture, table *Table, rows []int) {
	d := len(m.Columns)
	independent, scores := make([]float64, d), make([]float64, d)
	for place, row := range rows {
		for j := range independent {
			independent[j] = random.NormFloat64()
		}
		mat.NewVecDense(d, scores).MulVec(t.factor, mat.NewVecDense(d, independent))
		for j, name := range m.Columns {
			share := math.Erfc(-scores[j]/math.Sqrt2) / 2
			table.X.Set(row, table.Index(name), interpolate(m.Levels, t.Quantiles[name], share))
		}
		// The rows are in random order, so the first ones are as good as any.
		unpaid := (t.Unpaid*len(rows) + t.Customers/2) / t.Customers
		unbilled := (t.Unbilled*len(rows) + t.Customers/2) / t.Customers
		if place < unpaid {
			table.X.Set(row, table.Index("PAYMENTS"), 0)
			table.X.Set(row, table.Index("PRC_FULL_PAYMENT"), 0)
		}
		if place < unpaid+unbilled {
			table.X.Set(row, table.Index("MINIMUM_PAYMENTS"), math.NaN())
		}
	}
}

// interpolate returns the quantile at level q, linearly between those given.
func interpolate(levels, quantiles []float64, q float64) float64 {
	i, _ := slices.BinarySearch(levels, q)
	i = min(max(i, 1), len(levels)-1)
	share := (q - levels[i-1]) / (levels[i] - levels[i-1])
	return quantiles[i-1] + share*(quantiles[i]-quantiles[i-1])
}

// micro rounds to six decimals, as the real file does.
func micro(v float64) float64 { return math.Round(v*1e6) / 1e6 }

// keepRules rounds a row's values as they come in the real file, and makes its columns agree with each other.
func keepRules(t *Table, row int) {
	at := func(name string) float64 { return t.X.At(row, t.Index(name)) }
	set := func(name string, v float64) { t.X.Set(row, t.Index(name), v) }
	tenure := min(max(math.Round(at("TENURE")), 6), 12)
	set("TENURE", tenure)
	for _, name := range []string{"CASH_ADVANCE_TRX", "PURCHASES_TRX"} {
		set(name, math.Round(at(name)))
	}
	for _, name := range []string{"BALANCE", "CASH_ADVANCE", "PAYMENTS", "MINIMUM_PAYMENTS"} {
		set(name, micro(at(name)))
	}
	for _, name := range []string{"ONEOFF_PURCHASES", "INSTALLMENTS_PURCHASES"} {
		set(name, math.Round(at(name)*100)/100)
	}
	set("PURCHASES", math.Round((at("ONEOFF_PURCHASES")+at("INSTALLMENTS_PURCHASES"))*100)/100)
	set("CREDIT_LIMIT", math.Round(at("CREDIT_LIMIT")/50)*50)
	// A frequency counts the months with something. The balance of a whole year has eleven changes.
	balanceMonths := min(tenure, 11)
	for _, f := range []struct {
		name, amount string
		months       float64
	}{
		{"BALANCE_FREQUENCY", "BALANCE", balanceMonths},
		{"PURCHASES_FREQUENCY", "PURCHASES", tenure},
		{"ONEOFF_PURCHASES_FREQUENCY", "ONEOFF_PURCHASES", tenure},
		{"PURCHASES_INSTALLMENTS_FREQUENCY", "INSTALLMENTS_PURCHASES", tenure},
		{"CASH_ADVANCE_FREQUENCY", "CASH_ADVANCE", tenure},
		{"PRC_FULL_PAYMENT", "PAYMENTS", tenure},
	} {
		months := min(math.Round(at(f.name)*f.months), f.months)
		if at(f.amount) == 0 {
			months = 0
		}
		set(f.name, micro(months/f.months))
	}
	if at("PURCHASES") == 0 {
		set("PURCHASES_TRX", 0)
	}
	if at("CASH_ADVANCE") == 0 {
		set("CASH_ADVANCE_TRX", 0)
	}
}
