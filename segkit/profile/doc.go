// Package profile describes all columns of a table on one page: what each holds and how it is distributed, which columns go
// together, what is missing and why, how groups differ, and what in all this a reader should know first.
//
// New profiles a dataset.Table, Read and ReadFile profile CSV of any columns. All return a Report, a plain value with every
// number in it, which writes itself as one self-contained HTML page, as a fragment for a page that holds other things too, and
// as JSON. Pages ask nothing of any server and can be read without JavaScript. Their size depends on the number of columns,
// not of rows.
//
// # What Read accepts
//
// CSV as RFC 4180 describes it, with a header line, separated by commas, semicolons, tabs or bars. A value is missing when it
// is empty, NA, N/A, #N/A, NaN or null, in any case of letters. A column holds numbers when all its values are numbers and none
// begins with a zero and another digit, like a postal code; dates when all have one of a dozen layouts; and so on, see Kind.
// Mixed columns, empty ones, names that are empty or occur twice and a file without rows are all right. Text that is
// not UTF-8 is read, and shown with a mark in place of what it is not. Refused, with file
// and line, are a file without a header, and a row of another length than it.
//
// # Numbers
//
// A missing value never takes part in a figure: not as a zero, and not as a category of its own. Each figure names its
// definition where it is declared; statistics are those of pandas, histograms those of NumPy, to 1e-9 on the tutorial's data.
// Values of more than about 1e77 may leave the higher moments without a number.
//
// Up to 1,000,000 rows all figures are exact. Beyond, counts, sums, extremes and moments are of all rows; quantiles,
// histograms, frequent numbers and associations are of 1,000,000 rows that are drawn at random with Options.Seed, and
// Report.RankError bounds how far the rank of a quantile may be off.
//
// # Privacy
//
// A report shows no id and no whole row, but the smallest, largest and most frequent values of each column. With
// Options.Private it shows no single value: no extremes, no free texts, nothing of fewer than SmallCount rows. Counts are
// rounded down to tens, and figures to what the spread of the column makes of two digits, so that a group that is left out
// cannot be worked out from the whole. It is no proof against somebody who knows most of the rows, or compares two reports.
//
// # JSON
//
// WriteJSON writes a Report with the names that stand in the tags of its fields. The names and what they mean stay as they
// are while "version" does; new ones may come. A figure that cannot be computed is null, and a list that does not apply is
// null. In a private report counts are rounded down to tens, and -1 is a count of 1 to 9. Matrices are lists of rows, in the order of associations.names.
//
//	version, title, source, synthetic, private
//	rows, kept, rank_error, bytes, id_name, missing_cells, duplicate_rows, duplicate_with_ids, kinds, notes
//	alerts[]        kind, title, text, columns[] (name, text)
//	columns[]       name, kind, count, missing, distinct, ... and the statistics numbers, min, q05 to q95, max, mean, std,
//	                variance, cv, mad, skewness, kurtosis, sum, range, iqr; box; histograms[] (name, edges, counts, below,
//	                above, zeros, groups, target); levels[], frequent[], smallest[], largest[] (number or text, count,
//	                groups, target); groups[] (the same statistics of each group); target_missing
//	associations    names, levels, rows, pearson, spearman, correlation_ratio, theils_u, order, pairs[] (a, b, measure, value,
//	                chance, spearman, hexagons)
//	missing         columns[] (name, missing, depends[], words), complete_rows, pattern_count, patterns[], together[], little,
//	                words
//	groups          by, names, rows, columns[] (name, measure, value, missing)
//	target          name, classes, numeric, rows, overall, columns[] (name, measure, value)
package profile
