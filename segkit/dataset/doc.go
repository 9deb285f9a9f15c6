// Package dataset holds a table of customers and everything that happens to it before an algorithm sees it: reading and
// checking a CSV file, fetching or synthesising the tutorial's data, describing, filling, dropping, scaling, saving.
//
// A Table is n customers by d numeric columns, with the customers' ids beside them and NaN where a value is missing.
// Methods that change something return a new table.
//
// # What Read accepts
//
// CSV as RFC 4180 describes it, with a header line. A byte-order mark, Windows line ends, blanks around names and values
// and quoted numbers are all right. A value is missing when it is empty, NA, NaN or null, in any case of letters. An
// empty line is no row, which in a file of one column means that a missing value needs a word. Refused,
// with line and column, are: a row of another length than the header, a value that is not a number, an infinite number,
// names that are empty or occur twice, ids that are empty or occur twice, and a file without rows.
package dataset
