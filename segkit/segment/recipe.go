package segment

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"example.com/marketing/segkit/autoencoder"
)

// Transform is what happens to every column before it is scaled.
type Transform string

const (
	Plain Transform = ""      // nothing: z-scores of the values as they are
	Log1p Transform = "log1p" // sign(v)·log(1 + |v|): a long tail of amounts becomes a shape like the others
	Ranks Transform = "ranks" // the share of the training rows below the value, ties in the middle: only the order counts
)

// String returns the transform in words.
func (t Transform) String() string {
	switch t {
	case Plain:
		return "z-score"
	case Log1p:
		return "log1p, z-score"
	case Ranks:
		return "ranks, z-score"
	}
	return fmt.Sprintf("unknown transform %q", string(t))
}

// Recipe says how a table becomes segments: missing values get their column's median, every column is transformed and scaled
// to mean 0 and standard deviation 1, the rows may be projected, and k-means finds the segments. Whatever the recipe needs to
// know of the data (medians, ranks, means, deviations, components, weights) is fitted to the table, and fitted anew wherever
// a table is drawn again.
type Recipe struct {
	K         int       `json:"k"`
	Transform Transform `json:"transform,omitempty"`

	// Components is the number of principal components that the rows are projected to, Network a neural network whose code
	// stands for them, trained with the recipe's seed in place of its own. The default is neither: all columns.
	Components int                 `json:"components,omitempty"`
	Network    *autoencoder.Config `json:"network,omitempty"`

	Restarts int    `json:"restarts,omitempty"` // of k-means; default 20
	Seed     uint64 `json:"seed"`
}

// ErrRecipe is wrapped by errors about recipes that cannot be followed.
var ErrRecipe = errors.New("bad recipe")

// defaults returns the recipe with its defaults, for a table of d columns, or says what is wrong with it. The number of
// segments is the caller's to check.
func (r Recipe) defaults(d int) (Recipe, error) {
	refuse := func(format string, args ...any) (Recipe, error) {
		return r, fmt.Errorf("%w: %s", ErrRecipe, fmt.Sprintf(format, args...))
	}
	switch {
	case r.Transform != Plain && r.Transform != Log1p && r.Transform != Ranks:
		return refuse("%v; there are %q, %q and %q", r.Transform, Plain, Log1p, Ranks)
	case r.Components != 0 && r.Network != nil:
		return refuse("both components and a network; there can be one projection")
	case r.Components < 0 || r.Components > d:
		return refuse("%d components of %d columns", r.Components, d)
	case r.Restarts < 0:
		return refuse("%d restarts", r.Restarts)
	}
	r.Restarts = cmp.Or(r.Restarts, 20)
	if r.Network != nil { // the caller may change his
		network := *r.Network
		network.Hidden, network.Decoder, network.Activations = slices.Clone(network.Hidden), slices.Clone(network.Decoder), slices.Clone(network.Activations)
		r.Network = &network
	}
	return r, nil
}

// Space names the space that the recipe clusters in.
func (r Recipe) Space() string {
	switch {
	case r.Components == 1:
		return "1 component"
	case r.Components > 0:
		return fmt.Sprintf("%d components", r.Components)
	case r.Network != nil:
		return "autoencoder's code"
	}
	return "all features"
}
