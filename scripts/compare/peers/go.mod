// The Go k-means packages that scripts/bench measures; the project itself does not need them.
module example.com/marketing/scripts/compare/peers

go 1.26

require (
	github.com/cdipaolo/goml v0.0.0-20220715001353-00e0c845ae1c
	github.com/muesli/clusters v0.0.0-20200529215643-2700303c1762
	github.com/muesli/kmeans v0.3.1
)
