// Package segkit is a toolkit for customer segmentation, made to be called from Go notebooks. This package itself holds
// the tutorial's experiment: Load prepares the data, FindClusters clusters and tracks them, Results reads back what was found.
// The tools lie in the packages below it, and data flow through them in one direction:
//
//	dataset      read, check, fetch, synthesise, fill, scale, save a table of customers
//	profile      the exploratory report of a table
//	pca          principal components
//	autoencoder  a neural network that squeezes a row through a few numbers
//	kmeans       clusters around means
//	validity     silhouettes and other measures of a partition
//	segment      from labels to segments in business units
//
//	chart        figures, one look for all
//	track        experiments in a local folder; track/comet and track/mlflow send them to a server
//	nb           showing all of it in a notebook
//	atomicfile   files that are whole or not there
//
// # Errors
//
// Data or files at fault give an error that begins with the package's name, says where, and gives both numbers where two do
// not fit; a sentinel such as dataset.ErrNotNumber stands behind it for errors.Is. Arguments at fault, such as a matrix of
// the wrong shape, are the programmer's mistake and panic, with mat.ErrShape for shapes; each function says so.
//
// # Seeds
//
// Whatever draws random numbers takes a seed and nothing else decides: the same inputs give the same bytes, on any number
// of processors. Seed 0 is a seed like any other.
//
// # Fitted models
//
// Fit and Train are functions that return a fitted model; there is no model without a fit. A nil pointer to options means
// the defaults that the options' fields state.
package segkit
