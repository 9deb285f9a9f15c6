package autoencoder

import (
	"math"

	"github.com/gomlx/gomlx/core/graph"
)

// Loss is what training makes small: a mean over all rows and columns.
type Loss string

const (
	MeanSquaredError  Loss = "mean_squared_error"
	MeanAbsoluteError Loss = "mean_absolute_error" // L1
	Huber             Loss = "huber"               // half the square up to 1, beyond it the distance less ½ (Huber, 1964)
)

// value is the loss of one difference.
func (l Loss) value(difference float64) float64 {
	size := math.Abs(difference)
	switch l {
	case MeanSquaredError:
		return size * size
	case MeanAbsoluteError:
		return size
	case Huber:
		clipped := min(size, 1)
		return clipped * (size - clipped/2)
	}
	panic("autoencoder: no loss is called " + string(l))
}

// nodes returns the sum of the loss over all differences, and its slope by each.
func (l Loss) nodes(difference *graph.Node) (sum, slope *graph.Node) {
	switch l {
	case MeanSquaredError:
		return graph.ReduceAllSum(graph.Square(difference)), graph.MulScalar(difference, 2.0)
	case MeanAbsoluteError:
		return graph.ReduceAllSum(graph.Abs(difference)), graph.Sign(difference)
	case Huber:
		// With c the difference clipped to ±1: c·(difference - c/2).
		clipped := graph.ClipScalar(difference, -1.0, 1.0)
		return graph.ReduceAllSum(graph.Mul(clipped, graph.Sub(difference, graph.MulScalar(clipped, 0.5)))), clipped
	}
	panic("autoencoder: no loss is called " + string(l))
}
