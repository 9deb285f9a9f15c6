//go:build xla

package autoencoder

import _ "github.com/gomlx/gomlx/backends/default" // XLA beside the Go engine
