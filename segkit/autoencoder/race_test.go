//go:build race

package autoencoder

const raceEnabled = true
