package profile

import (
	"encoding/json"
	"fmt"
	"io"
	"math"

	"example.com/marketing/segkit/profile/internal/columns"
)

// Kind says what a column holds.
type Kind = columns.Kind

// The kinds of columns.
const (
	Numeric     = columns.Number   // numbers
	Boolean     = columns.Boolean  // two values: 0 and 1, yes and no, true and false
	Categorical = columns.Category // texts of which few differ
	Text        = columns.Text     // texts of which most differ
	Date        = columns.Date     // days or moments
	Mixed       = columns.Mixed    // numbers, and some texts among them
	Empty       = columns.Empty    // no value at all
	Identifier  = columns.ID       // names its row; the report shows none of its values
)

// Report is the profile of one table. Its JSON has the names that stand in the tags; the package comment describes it. What
// cannot be computed is NaN: null in JSON.
type Report struct {
	Version   int    `json:"version"` // of the JSON: 1
	Title     string `json:"title"`
	Source    string `json:"source"`
	Synthetic bool   `json:"synthetic"`
	Private   bool   `json:"private"` // no single value is in here, and no count below SmallCount

	Rows int `json:"rows"`
	// Kept is how many rows the figures are from that need more than one look at the data: quantiles, histograms, frequent
	// values, associations. It is Rows, or 1,000,000 rows drawn at random where a file has more.
	Kept int `json:"kept"`
	// RankError bounds how far a quantile's rank may be off, as a share of the rows, with probability 0.99: 0 where Kept is
	// Rows (Massart, 1990).
	RankError        Number       `json:"rank_error"`
	Bytes            int64        `json:"bytes"`              // of the file, or of the table where it is in memory
	InMemory         bool         `json:"in_memory"`          // was it a table in memory, and no file?
	IDName           string       `json:"id_name"`            // "" without an id column
	MissingCells     int          `json:"missing_cells"`      // of rows × columns
	DuplicateRows    int          `json:"duplicate_rows"`     // rows whose values, the id aside, equal those of an earlier row
	DuplicateWithIDs int          `json:"duplicate_with_ids"` // the same with the id
	Kinds            map[Kind]int `json:"kinds"`              // how many columns of each kind
	Notes            []string     `json:"notes"`              // what was odd about the file
	Alerts           []Alert      `json:"alerts"`             // the most useful first
	Columns          []Column     `json:"columns"`            // in the table's order
	Associations     Associations `json:"associations"`
	Missing          Missing      `json:"missing"`
	Groups           *Comparison  `json:"groups"` // nil where no groups are compared
	Target           *Target      `json:"target"` // nil without a target
}

// Column describes one column.
type Column struct {
	Name          string `json:"name"`
	Kind          Kind   `json:"kind"`
	Count         int    `json:"count"` // values that are not missing
	Missing       int    `json:"missing"`
	Distinct      int    `json:"distinct"`
	DistinctError Number `json:"distinct_error"` // relative standard error of Distinct; 0 where it is exact
	Texts         int    `json:"texts"`          // Mixed: values that are no numbers
	Whole         int    `json:"whole"`          // numbers that are whole
	Kept          int    `json:"kept"`           // values among the rows kept: what Box, Histograms, Frequent, Smallest and Largest are of
	Discrete      bool   `json:"discrete"`       // a number with at most 10 different values that repeat, which is a category, too
	Layout        string `json:"layout"`         // Date: how the file writes it, in the manner of Go's time package

	// Statistics of a number; of a date as seconds since 1970; of a boolean as 0 and 1; of a text's length in characters.
	Statistics
	Box        Box         `json:"box"`
	Histograms []Histogram `json:"histograms"` // the automatic one first; none where there are no numbers

	Levels   []Value `json:"levels"`   // Categorical, Boolean, Discrete: all values, most frequent first
	Frequent []Value `json:"frequent"` // the 15 most frequent values, ties in ascending order
	Smallest []Value `json:"smallest"` // the 15 smallest different numbers or dates
	Largest  []Value `json:"largest"`

	// FrequentOfFirst is true where a text column has so many different texts that Frequent are the most frequent of the first
	// 65,536 of them. Their counts are exact.
	FrequentOfFirst bool `json:"frequent_of_first"`

	Groups []Statistics `json:"groups"` // of each group, over the rows kept, in the order of Comparison.Names
	// TargetMissing is, of the rows that lack a value here, what a histogram's Target says of those in a bin.
	TargetMissing []Number `json:"target_missing"`
}

// Statistics describes numbers, missing ones left out.
type Statistics struct {
	Numbers  int    `json:"numbers"` // how many there are
	Zeros    int    `json:"zeros"`
	Negative int    `json:"negative"`
	Min      Number `json:"min"`
	Q05      Number `json:"q05"` // percentiles by linear interpolation at (n-1)·q (type 7 of Hyndman and Fan, 1996)
	Q25      Number `json:"q25"`
	Median   Number `json:"median"`
	Q75      Number `json:"q75"`
	Q95      Number `json:"q95"`
	Max      Number `json:"max"`
	Mean     Number `json:"mean"`
	Std      Number `json:"std"`      // divisor n-1
	Variance Number `json:"variance"` // divisor n-1
	CV       Number `json:"cv"`       // coefficient of variation, Std/Mean; NaN for a mean of 0
	MAD      Number `json:"mad"`      // median absolute deviation from the median
	Skewness Number `json:"skewness"` // G1, unbiased for the normal distribution (Joanes and Gill, 1998); 0 for a constant column
	Kurtosis Number `json:"kurtosis"` // excess, G2; 0 for a constant column
	Sum      Number `json:"sum"`
	Range    Number `json:"range"` // Max - Min
	IQR      Number `json:"iqr"`   // Q75 - Q25
}

// Box is a box plot (Tukey, 1977): the whiskers reach to the last values within 1.5 IQR of the quartiles.
type Box struct {
	Low   Number `json:"low"` // ends of the whiskers
	High  Number `json:"high"`
	Below int    `json:"below"` // values beyond them
	Above int    `json:"above"`
}

// Histogram counts values between Edges[i] and Edges[i+1], the last bin with its upper edge.
type Histogram struct {
	// Name is "auto", "5", "10", "15", "30" or "log". The automatic one has as many bins as the rule of Freedman and Diaconis
	// (1981) gives, from 5 to 40, or one for each whole number where these are few. A few values far out would leave all
	// others in its first bin, so it covers the range from q20 - 3·(q80 - q20) to q80 + 3·(q80 - q20) where that is less than
	// two thirds of all. The numbered ones are NumPy's, over the whole range; the logarithmic one has edges in equal ratios, and
	// Zeros apart.
	Name   string    `json:"name"`
	Edges  []float64 `json:"edges"`
	Counts []int     `json:"counts"`
	Below  int       `json:"below"` // values outside the edges
	Above  int       `json:"above"`
	Zeros  int       `json:"zeros"`  // logarithmic only
	Groups [][]int   `json:"groups"` // Counts of each group
	// Target says of each bin's rows the mean of a numeric target, the share of a binary one, or the share of each class of
	// a categorical one: one list for each of Target.Classes.
	Target [][]Number `json:"target"`
}

// Value is a value of a column and how often it occurs.
type Value struct {
	Number Number   `json:"number"` // NaN for a text
	Text   string   `json:"text"`   // "" for a number
	Count  int      `json:"count"`
	Groups []int    `json:"groups"` // Count in each group
	Target []Number `json:"target"` // as in a histogram's bins
}

// Alert is something about the data that a reader should know.
type Alert struct {
	Kind    string        `json:"kind"` // missing, constant, range, ...
	Title   string        `json:"title"`
	Text    string        `json:"text"`    // a sentence with its numbers
	Columns []AlertColumn `json:"columns"` // those that it is about, the worst first
}

// AlertColumn is a column that an alert is about.
type AlertColumn struct {
	Name string `json:"name"`
	Text string `json:"text"` // its figure
}

// Number is a figure that may be NaN, which JSON writes as null.
type Number float64

var nan = Number(math.NaN())

func (n Number) isNaN() bool { return math.IsNaN(float64(n)) }

// MarshalJSON writes NaN and infinities as null.
func (n Number) MarshalJSON() ([]byte, error) {
	if f := float64(n); math.IsNaN(f) || math.IsInf(f, 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// UnmarshalJSON reads what MarshalJSON writes.
func (n *Number) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*n = nan
		return nil
	}
	return json.Unmarshal(b, (*float64)(n))
}

// Matrix is a table of figures.
type Matrix [][]Number

func newMatrix(d int) Matrix {
	m := make(Matrix, d)
	for i := range m {
		m[i] = make([]Number, d)
		for j := range m[i] {
			m[i][j] = nan
		}
	}
	return m
}

// Column returns the column of that name. It panics if there is none.
func (r *Report) Column(name string) Column {
	for _, c := range r.Columns {
		if c.Name == name {
			return c
		}
	}
	panic(fmt.Sprintf("profile: no column %q among the %d", name, len(r.Columns)))
}

// WriteJSON writes the report as JSON on one line, which encoding/json reads back into a Report.
func (r *Report) WriteJSON(w io.Writer) error { return json.NewEncoder(w).Encode(r) }
