# The figures in fpc_test.go, by R's fpc 2.2-10 and cluster on Ruspini's 75 points: Rscript testdata/fpc.R
# draws.txt has the rows (from 0) that segkit/validity draws for seed 1, which take the place of R's sample(). The
# k-means of both sides find the best partition there is, so that nothing else is left to chance.
suppressMessages({library(fpc); library(cluster)})
data(ruspini)
x <- as.matrix(ruspini)
lines <- strsplit(readLines("testdata/draws.txt"), " ")
draws <- function(what) lapply(Filter(function(l) l[1] == what, lines), function(l) as.integer(l[-1]) + 1)
with_draws <- function(f, queue) {
  at <- 0
  env <- new.env(parent = asNamespace("fpc"))
  env$sample <- function(...) { at <<- at + 1; queue[[(at - 1) %% length(queue) + 1]] }
  environment(f) <- env
  f
}
set.seed(1)
for (k in c(3, 5, 6)) for (scheme in c("boot", "subset")) {
  r <- with_draws(clusterboot, draws(scheme))(x, B = 10, bootmethod = scheme, clustermethod = kmeansCBI, krange = k, runs = 300, count = FALSE)
  values <- if (scheme == "boot") r$bootresult else r$subsetresult
  dissolved <- if (scheme == "boot") r$bootbrd else r$subsetbrd
  recovered <- if (scheme == "boot") r$bootrecover else r$subsetrecover
  for (c in order(sapply(1:k, function(c) which(r$partition == c)[1])))
    cat(sprintf('{"%s", %d, %d, %d, %d, []float64{%s}},\n', scheme, k, which(r$partition == c)[1] - 1, dissolved[c], recovered[c],
      paste(sprintf("%.12f", values[c, ]), collapse = ", ")))
}
for (k in 2:6) {
  r <- with_draws(prediction.strength, draws("split"))(x, Gmin = k, Gmax = k, M = 10, clustermethod = kmeansCBI, runs = 300)
  cat(sprintf("%d: {%s},\n", k, paste(sprintf("%.12f", r$predcorr[[k]]), collapse = ", ")))
}
# Of the two log W of 6 clusters, the lower one is the best partition's: 20 starts do not always find it.
f <- function(x, k) kmeans(x, k, nstart = 20, iter.max = 100)
for (space in c("scaledPCA", "original")) {
  g <- clusGap(x, f, K.max = 6, B = 2000, d.power = 2, spaceH0 = space, verbose = FALSE)$Tab
  # W of clusGap is half the one of the paper
  cat(space, "log W", sprintf("%.12f", g[, 1] + log(2)), "\nexpected", sprintf("%.6f", g[, 2] + log(2)), "\nsd", sprintf("%.6f", g[, 4] / sqrt(1 + 1/2000)), "\n")
}
