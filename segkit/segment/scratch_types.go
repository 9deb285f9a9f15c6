package segment

import "math"

var inf = math.Inf(1)

type Rules struct{}
type Baseline struct{}
