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
// Values of more than about 1e77, and spreads of less than about 1e-60, leave the higher moments without a number.
//
// Up to 1,000,000 rows all figures of single columns are exact. Beyond, counts, sums, extremes and moments are of all rows;
// quantiles, histograms, lists of numbers, groups, missing patterns and associations are of 1,000,000 rows that are drawn at
// random with Options.Seed, and Report.RankError bounds how far the rank of a quantile of a column without holes may be off.
// Associations are of fewer rows where the table has so many columns that more would take minutes; Associations.Rows says of
// how many.
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
//	version         of this JSON: 1
//	title, source, synthetic, private, notes[], alerts[] (kind, title, text, columns[] (name, text))
//	rows, kept      of the table, and of those the ones that quantiles, histograms and associations are from
//	rank_error      how far a quantile's rank may be off, as a share of the rows, where kept is less than rows
//	bytes, in_memory, id_name, missing_cells, duplicate_rows (the id aside), duplicate_with_ids
//	kinds           how many columns are number, boolean, category, text, date, mixed, empty, id
//	columns[]       one for each column of the table, in its order:
//	    name, kind, count (values), missing, distinct, distinct_error, texts (of a mixed column), whole, kept, discrete, layout
//	    numbers, zeros, negative, min, q05, q25, median, q75, q95, max, mean, std, variance, cv, mad, skewness, kurtosis, sum,
//	    range, iqr      of the numbers, a date's seconds since 1970, a boolean's 0 and 1, a text's length
//	    box             low, high (ends of the whiskers), below, above (values beyond them)
//	    histograms[]    name (auto, 5, 10, 15, 30, log), edges[], counts[], below, above, zeros, groups[][], target[][]
//	    levels[], frequent[], smallest[], largest[]
//	                    number or text, count, groups[], target[]; frequent_of_first
//	    groups[]        the same statistics of each group
//	    target_missing[]  what the target is where the column has no value
//	associations
//	    names[], levels[] (of each as a category), rows
//	    pearson, spearman, correlation_ratio, theils_u
//	    order[]         the clustered order, as positions in names
//	    pairs[]         a, b, measure, value, chance (of unrelated columns), spearman, hexagons (x, y: ranges; cells[], counts[],
//	                    outside)
//	missing
//	    columns[]       name, missing, words, depends[] (name, value, missing and present: the figure in the rows without and
//	                    with a value, difference in standard deviations)
//	    complete_rows, pattern_count, patterns[] (columns[], rows)
//	    together[]      a, b, both, only_a, only_b (rows that lack them), phi
//	    little          statistic, df, p, patterns, rows, left[] (columns that took no part); words
//	groups              by, names[], rows[], kept[], columns[] (name, measure, value, missing[]: shares); null without groups
//	target              name, classes[], numeric, rows, overall[], columns[] (name, measure, value, chance); null without one
package profile
