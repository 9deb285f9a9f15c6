//go:build !amd64

package distance

// There are no vector instructions to switch off.
var vectors bool
