package columns

import (
	"fmt"
	"maps"
	"slices"
)

// DefaultMaxKept is Options.MaxKept where that is 0.
const DefaultMaxKept = 1_000_000

// Options says how to read. The zero value and nil are the defaults.
type Options struct {
	// ID is the name of the id column: CUST_ID by default, and none where there is no such column. A name that is given must
	// exist.
	ID string
	// Kinds forces columns, by name, to be Number, Category, Text, ID or Date. It is an error when there is no such column or
	// when no value of it is of the kind. Values that are not of the kind count as missing, which a note says. A Category may
	// have up to 65,536 texts. A forced ID column is set aside as the id column is, and is the id column where there is no
	// other; an id column that is forced to be something else is no id column.
	Kinds map[string]Kind
	// Missing are texts that stand for no value, beside the empty one, NA, N/A, NaN and null: "-", "unknown". They are compared
	// without the blanks around them, letter by letter.
	Missing []string
	// MaxKept is the largest number of rows that X holds; 0 is DefaultMaxKept. Of more rows it holds a simple random sample.
	MaxKept int
	Seed    uint64 // of that sample
	// OnProgress is told how much of the work is done, from 0 to 1 and never less than before, at most about 200 times.
	OnProgress func(share float64)
}

// checkKinds refuses kinds that cannot be asked for.
func checkKinds(kinds map[string]Kind) error {
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		switch kind := kinds[name]; kind {
		case Number, Category, Text, ID, Date:
		default:
			return failure("", 0, name, fmt.Errorf("%w: %q was asked for; it has to be number, category, text, id or date", ErrKind, kind))
		}
	}
	return nil
}
