package kmeans

import (
	"math"
	"slices"

	"example.com/marketing/segkit/internal/distance"
)

// exchange takes single rows from their clusters to others, where that lowers the inertia; the means of both move with it.
// This is the step of Hartigan and Wong (1979). It returns how many rows it took; the centres are left where they were, and
// the next iteration sends them to their rows.
//
// It needs to be called right after assignAll.
func (r *run) exchange() (moved int) {
	p, k, d := r.p, r.p.k, r.p.x.D
	unit := 1.0
	if p.Weights != nil {
		unit = slices.Max(p.Weights)
	}
	// To leave cluster a, a row at distance s from its centre has to be nearer to another one than s·√(factor of a · gain).
	// So its margin is below limit[a], which goes by the row with the largest s.
	gain := (slices.Min(r.weight) + unit) / slices.Min(r.weight)
	limit := make([]float64, k)
	for a, w := range r.weight {
		switch {
		case r.count[a] < 2:
			limit[a] = math.Inf(-1)
		case w <= unit:
			limit[a] = math.Inf(1)
		default:
			limit[a] = (math.Sqrt(gain*w/(w-unit)) - 1) * math.Sqrt(r.farthest)
		}
	}
	// With few centres, looking at all of them costs less than finding out for which rows that is worth it.
	few, movers := k < 64, []int32(nil)
	if !few {
		if movers = r.movers(limit); len(movers) == 0 {
			return 0
		}
	}
	centers := slices.Clone(r.centers)
	center := func(c int) []float64 { return centers[c*d : (c+1)*d] }
	hasChanged, changed := make([]bool, k), []int(nil)
	for i, label := range r.labels {
		if r.deadline[i] > limit[label] {
			continue
		}
		a, w, mover := int(label), p.weight(i), few
		if len(movers) > 0 && int(movers[0]) == i {
			mover, movers = true, movers[1:]
		}
		if !mover && moved == 0 || !r.canLeave(a, w) {
			continue
		}
		stay := distance.Squared(p.x.Row(i), center(a)) * (r.weight[a] / (r.weight[a] - w))
		least, b := stay*(1-1e-9), -1
		if !mover && !hasChanged[a] {
			// Only a cluster that has changed since the movers were listed can be better.
			better := false
			for _, c := range changed {
				if distance.Squared(p.x.Row(i), center(c))*(r.weight[c]/(r.weight[c]+w)) < least {
					better = true
					break
				}
			}
			if !better {
				continue
			}
		}
		for c := range k {
			if c == a {
				continue
			}
			if v := distance.Squared(p.x.Row(i), center(c)) * (r.weight[c] / (r.weight[c] + w)); v < least {
				least, b = v, c
			}
		}
		if b < 0 {
			continue
		}
		r.tally.add(r, i, a, -1)
		r.tally.add(r, i, b, 1)
		r.labels[i], r.deadline[i] = int32(b), math.Inf(-1)
		for _, c := range [...]int{a, b} {
			r.mean(c, center(c))
			if !hasChanged[c] {
				hasChanged[c], changed = true, append(changed, c)
			}
		}
		moved++
	}
	if moved > 0 {
		r.drifted, r.exact = true, false
		if r.rough {
			r.addUp()
		}
	}
	return moved
}

// canLeave says whether a row of weight w leaves others behind in cluster a.
func (r *run) canLeave(a int, w float64) bool { return w > 0 && r.count[a] >= 2 && r.weight[a]-w > 0 }

// movers lists the rows that would be better off in another cluster, all others staying. So exchange, in which one move
// changes what the next one is worth, needs to look at few of k centres for most rows.
func (r *run) movers(limit []float64) (movers []int32) {
	p := r.p
	smallest := slices.Min(r.weight)
	r.each(func(chunk *part, from, to int, b *distance.Buffer) {
		chunk.movers = chunk.movers[:0]
		var least, reach [distance.Block]float64
		var list [distance.Block]int32
		for ; from < to; from += distance.Block {
			rows := list[:0]
			for i, label := range r.labels[from:min(from+distance.Block, to)] {
				a, w := int(label), p.weight(from+i)
				if r.deadline[from+i] > limit[a] || !r.canLeave(a, w) {
					continue
				}
				stay := distance.Squared(p.x.Row(from+i), r.center(a)) * (r.weight[a] / (r.weight[a] - w))
				least[len(rows)] = stay * (1 - 1e-9)
				reach[len(rows)] = stay * ((smallest + w) / smallest)
				rows = append(rows, int32(i))
			}
			for group := 0; group < r.points.Groups() && len(rows) > 0; group++ {
				r.points.SquaresOf(b, p.x, from, rows, group)
				for at, i := range rows {
					if least[at] < 0 {
						continue // found
					}
					for lane, v := range b.Squared[at*r.points.Lanes : (at+1)*r.points.Lanes] {
						if v >= reach[at] {
							continue
						}
						c := group*r.points.Lanes + lane
						if w := p.weight(from + int(i)); c != int(r.labels[from+int(i)]) && v*(r.weight[c]/(r.weight[c]+w)) < least[at] {
							least[at] = -1
							break
						}
					}
				}
			}
			for at, i := range rows {
				if least[at] < 0 {
					chunk.movers = append(chunk.movers, int32(from)+i)
				}
			}
		}
	})
	for i := range r.chunks {
		movers = append(movers, r.chunks[i].movers...)
	}
	return movers
}
