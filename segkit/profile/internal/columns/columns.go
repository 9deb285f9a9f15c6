// Package columns turns CSV text, or a dataset.Table, into typed columns for a profile: what each column holds, its counts
// and moments, and its values as numbers.
//
// Read goes twice over each source. The first pass finds out what the columns are and sums them; the second fills X, whose
// size is known by then, and sums the powers of the distances from the mean. No cell is kept as a string except in the
// dictionaries of columns that hold texts, which stop growing at 65,536 texts. Above Options.MaxKept rows X is a sample;
// every count and every moment is of all rows regardless. The result depends on the input and the options alone, not on the
// number of processors.
//
// # What a value is
//
// Blanks around a value are removed. It is missing when it is empty, na, n/a, #n/a, nan or null, in any case of letters. It
// is a number when it is a finite one in decimal notation: 0x10, 1_000 and inf are texts. A number that begins with a zero
// and another digit, like 007, is a code, which is to say a text.
package columns

import (
	"errors"

	"example.com/marketing/segkit/dataset"
)

// Kind says what a column holds.
type Kind string

// The kinds, in the order in which they are tried: see Table.
const (
	Empty    Kind = "empty"    // no value at all
	ID       Kind = "id"       // tells the rows apart and says nothing about them
	Boolean  Kind = "boolean"  // y and n, yes and no, true and false, t and f, or 0 and 1: two values, both of which occur
	Number   Kind = "number"   // numbers, none of them a code
	Date     Kind = "date"     // all in one layout
	Mixed    Kind = "mixed"    // numbers, at least half of the values, and texts
	Category Kind = "category" // at most 100 texts, short, that repeat
	Text     Kind = "text"     // any other texts
)

// What Read refuses. The error that it returns wraps one of these, or an error of the source or the context, and says where
// and what. The first three are those of package dataset.
var (
	ErrEmpty      = dataset.ErrEmpty
	ErrFieldCount = dataset.ErrFieldCount
	ErrSyntax     = dataset.ErrSyntax
	ErrNoColumn   = errors.New("no such column")
	ErrKind       = errors.New("wrong kind")
	ErrChanged    = errors.New("changed while it was read")
)

// Level is a text and how many rows have it, of all rows.
type Level struct {
	Text  string
	Count int
}

// Column is what is known of one column. Everything but X is of all rows, kept or not.
type Column struct {
	Name           string
	Kind           Kind
	Count, Missing int // values, and rows without one; they add up to Table.Rows

	Zeros, Negative int // of the numbers of a Number or Mixed column; Boolean: Zeros is how many are false; else 0
	Texts           int // Mixed: values that are not numbers; else 0
	Whole           int // Number, Mixed: numbers that are whole; else 0
	Decimals        int // Number, Mixed: whole numbers spelled with a decimal point, like 12.0; always 0 from a dataset.Table

	// Distinct is the number of different values. DistinctError is 0 where it is exact and else the relative standard error of
	// the estimate. Different texts beyond the dictionary, and ids, are told apart by 64-bit hashes: that two of n share one
	// has a chance of n²/2^65.
	Distinct      int
	DistinctError float64

	// Min to M4 describe numbers: those of a Number or Mixed column, the seconds of a Date, the 0 and 1 of a Boolean, the
	// lengths of a Text; NaN for other kinds. M2, M3 and M4 are the sums of the powers of the distances from the mean.
	// Numbers of more than about 1e77 may make them infinite or NaN.
	Min, Max, Sum, Mean, M2, M3, M4 float64

	// X has one value per kept row, NaN where one is missing. Number: the value. Mixed: the same, NaN for a text. Date:
	// seconds since 1970 in UTC. Boolean: 0 or 1. Category: the index into Levels. Text: the length in characters. Nil for
	// Empty and ID. It never has a negative zero.
	X []float64

	// Levels, by falling count and then by text. Category: all. Text, Mixed: the most frequent texts, at most 1000. Boolean:
	// exactly two, false first, each as it is spelled most often. Nil for the other kinds.
	Levels []Level
	// LevelsExact is false where there were more than 65,536 texts, and Levels are the most frequent of the first 65,536. The
	// counts are exact regardless.
	LevelsExact bool

	Layout    string // Date: the layout of package time that the values have; else ""
	Ambiguous bool   // Date: day and month could be the other way round
}

// Table is what Read found.
//
// A column is of the first kind that fits: Empty without a value; ID where it is the id column; Boolean; Number where all
// values are numbers and none a code; Date where all are dates of one layout; Mixed where at least half of the values are
// numbers and not all the others are codes; Category where there are at most 100 texts of at most 50 characters on average
// and either at most half as many texts as values, or at most 10 and fewer than values; else Text.
type Table struct {
	Rows    int
	Kept    int      // the length of every X that is not nil: Rows, or Options.MaxKept where there are more rows
	IDName  string   // the id column's name, "" without
	Columns []Column // in the order of the header, the id column among them

	// Duplicates counts the rows that equal an earlier one in all columns but those of kind ID, DuplicatesWithID in all. Values
	// are compared as they are understood, so that 1 equals 1.0, yes equals Yes in a Boolean column, and a missing value equals
	// another. Without any column but ids Duplicates is 0. Rows are told apart by 64-bit hashes: that two different ones of
	// n share one has a chance of n²/2^65.
	Duplicates, DuplicatesWithID int

	Bytes     int64    // size of the input; of a dataset.Table in memory
	Group     []int32  // index of its source for each kept row; nil where there is one source
	GroupRows []int    // rows of each source, of all rows
	Notes     []string // what was odd but kept, one sentence each
}
