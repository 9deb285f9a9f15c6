package profile

import (
	"cmp"
	"math"
	"slices"
)

// Measures of association.
const (
	Pearson          = "Pearson"           // of two numbers, -1 to 1
	CorrelationRatio = "correlation ratio" // of a category and a number, 0 to 1 (Pearson, 1905)
	TheilsU          = "Theil's U"         // of two categories, 0 to 1, in each direction (Theil, 1972)
)

// Associations says which columns go together. Dates and booleans are numbers here, booleans and discrete numbers are
// categories, too. Texts, ids and empty columns take no part. Each figure is over the rows where both columns have a value,
// and NaN where fewer than two do or one of them is constant.
type Associations struct {
	Names []string `json:"names"` // of the d columns that take part
	// Levels are how many different values each has as a category; 0 for numbers that are none.
	Levels []int `json:"levels"`
	Rows   int   `json:"rows"` // that the figures are from: Kept, or fewer of them, drawn at random, where d is large
	// Matrices are d×d. CorrelationRatio[i][j] and TheilsU[i][j] are how much category i says about column j.
	Pearson          Matrix `json:"pearson"`
	Spearman         Matrix `json:"spearman"`
	CorrelationRatio Matrix `json:"correlation_ratio"`
	TheilsU          Matrix `json:"theils_u"`
	// Order lists the columns so that those that go together stand together: the leaves of an average-linkage clustering of
	// 1 - |association|.
	Order []int  `json:"order"`
	Pairs []Pair `json:"pairs"` // the strongest first
}

// Pair is two columns and how they go together.
type Pair struct {
	A       string `json:"a"`
	B       string `json:"b"`
	Measure string `json:"measure"`
	Value   Number `json:"value"` // of Theil's U the larger direction, in which A says the more about B
	// Chance is about what Value would be, were the two unrelated: a category of many levels seems to say something about
	// anything. 0 for Pearson's correlation, which has no such bias.
	Chance   Number    `json:"chance"`
	Spearman Number    `json:"spearman"` // NaN where one is a category
	Hexagons *Hexagons `json:"hexagons"` // of the first 300 pairs of numbers
}

// Associate is a column as another one sees it.
type Associate struct {
	Name    string `json:"name"`
	Measure string `json:"measure"`
	Value   Number `json:"value"`
	Chance  Number `json:"chance"` // as of a Pair
}

// Of returns the columns that go with the named one, the strongest first; of categories, how much they say about it.
func (a *Associations) Of(name string) []Associate {
	i := slices.Index(a.Names, name)
	if i < 0 {
		return nil
	}
	var list []Associate
	for j, other := range a.Names {
		if measure, v := a.at(j, i); j != i && !v.isNaN() {
			list = append(list, Associate{other, measure, v, a.chance(j, i, measure)})
		}
	}
	slices.SortStableFunc(list, func(a, b Associate) int { return stronger(a.Value, b.Value) })
	return list
}

func stronger(a, b Number) int { return cmp.Compare(math.Abs(float64(b)), math.Abs(float64(a))) }

// at returns the figure that stands for columns i and j in a picture of all: how much i says about j.
func (a *Associations) at(i, j int) (string, Number) {
	switch {
	case !a.Pearson[i][j].isNaN():
		return Pearson, a.Pearson[i][j]
	case !a.TheilsU[i][j].isNaN():
		return TheilsU, a.TheilsU[i][j]
	case !a.CorrelationRatio[i][j].isNaN():
		return CorrelationRatio, a.CorrelationRatio[i][j]
	}
	return CorrelationRatio, a.CorrelationRatio[j][i] // a number says about a category what the category says about it
}

// chance is the expectation of a measure of unrelated columns, in the first order of 1/n: of a squared correlation ratio
// (k-1)/(n-1), of the information that two categories share (k-1)(l-1)/(2n) nats (Miller, 1955), here as a share of the
// entropy that l equally frequent values have.
func (a *Associations) chance(from, to int, measure string) Number {
	n := float64(a.Rows)
	switch measure {
	case CorrelationRatio:
		k := a.Levels[from]
		if k == 0 || a.CorrelationRatio[from][to].isNaN() {
			k = a.Levels[to] // the category is the other one
		}
		return Number(min(1, math.Sqrt(float64(k-1)/(n-1))))
	case TheilsU:
		k, l := float64(a.Levels[from]), float64(a.Levels[to])
		return Number(min(1, (k-1)*(l-1)/(2*n*math.Log(l))))
	}
	return 0
}

// costliest bounds pairs times rows: beyond it, associations are of a sample of the rows.
const costliest = 3e9

// associate computes all associations, two pairs at a time.
func (a *analysis) associate(ranks [][]int32) error {
	features := a.features(ranks)
	d := len(features)
	as := &a.report.Associations
	*as = Associations{Rows: a.table.Kept, Names: []string{}, Levels: []int{}, Pearson: newMatrix(d), Spearman: newMatrix(d), CorrelationRatio: newMatrix(d), TheilsU: newMatrix(d)}
	for _, f := range features {
		as.Names, as.Levels = append(as.Names, f.column.Name), append(as.Levels, f.levels)
	}
	if most := int(costliest / max(1, float64(d*d)/2)); as.Rows > most {
		as.Rows = most
		rows := sampleRows(a.table.Kept, most, a.seed)
		for i := range features {
			features[i].keep(a, rows)
		}
	}
	err := each(a, d, func(i int, _ *struct{}) {
		if f := &features[i]; f.x != nil && !slices.Contains(f.ranks, 0) {
			f.whole, f.about, f.aboutRanks = true, centre(f.x), centre(f.ranks)
		}
	})
	if err != nil {
		return err
	}
	err = each(a, d, func(i int, s *scratch) {
		for j := range i + 1 {
			f, g := &features[i], &features[j]
			if f.x != nil && g.x != nil {
				r, rho := s.correlate(f, g)
				if i == j && !r.isNaN() {
					r, rho = 1, 1
				}
				as.Pearson[i][j], as.Pearson[j][i] = r, r
				as.Spearman[i][j], as.Spearman[j][i] = rho, rho
			}
			if i == j {
				continue
			}
			if f.codes != nil && g.codes != nil {
				as.TheilsU[i][j], as.TheilsU[j][i] = theils(f, g)
			}
			if f.codes != nil && g.x != nil {
				as.CorrelationRatio[i][j] = ratio(f, g)
			}
			if g.codes != nil && f.x != nil {
				as.CorrelationRatio[j][i] = ratio(g, f)
			}
		}
	})
	if err != nil {
		return err
	}
	as.Order = as.clustered()
	as.pair()
	return a.hexagons(features)
}

// pair lists all pairs.
func (a *Associations) pair() {
	a.Pairs = []Pair{}
	for i := range a.Names {
		for j := range i {
			from, to := j, i
			measure, v := a.at(from, to)
			if measure == TheilsU && a.TheilsU[i][j] > v {
				from, to, v = i, j, a.TheilsU[i][j]
			}
			if !v.isNaN() {
				a.Pairs = append(a.Pairs, Pair{A: a.Names[from], B: a.Names[to], Measure: measure, Value: v, Chance: a.chance(from, to, measure), Spearman: a.Spearman[i][j]})
			}
		}
	}
	slices.SortStableFunc(a.Pairs, func(a, b Pair) int { return stronger(a.Value, b.Value) })
}
