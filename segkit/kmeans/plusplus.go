package kmeans

import (
	"context"
	"math"
	"math/rand/v2"

	"example.com/marketing/segkit/internal/distance"
)

// seeding is the memory for drawing starting centres. Rows are drawn by their mass: the weight times the squared distance to
// the nearest centre so far. It is added up by blocks of rows, so that few rows have to be looked at for a draw.
type seeding struct {
	mass   []float64    // of each block
	lesser [][4]float64 // of each block, if this or that of four candidates became a centre
	trial  *distance.Points
	chosen *distance.Points
	draws  []int
}

func newSeeding(p *problem) *seeding {
	blocks := (p.x.N + distance.Block - 1) / distance.Block
	return &seeding{
		mass: make([]float64, blocks), lesser: make([][4]float64, blocks),
		trial: distance.NewPoints(4, p.x.D), chosen: distance.NewPoints(1, p.x.D),
	}
}

// plusPlus draws k rows as starting centres.
func (r *run) plusPlus(ctx context.Context) error {
	p := r.p
	if r.seeds == nil {
		r.seeds = newSeeding(p)
	}
	s := r.seeds
	random := rand.New(rand.NewPCG(p.Seed, uint64(r.index)))
	nearest := r.deadline // not in use yet
	for i := range nearest {
		nearest[i] = math.Inf(1)
	}
	for b := range s.mass {
		s.mass[b] = 0
		for i := b * distance.Block; i < min((b+1)*distance.Block, p.x.N); i++ {
			s.mass[b] += p.weight(i)
		}
	}
	for c := range p.k {
		if err := ctx.Err(); err != nil {
			return err
		}
		total := 0.0
		for _, m := range s.mass {
			total += m
		}
		if !(total > 0) {
			return r.tooClose()
		}
		candidates := 1
		if c > 0 {
			candidates = 2 + int(math.Log(float64(p.k)))
		}
		s.draws = s.draws[:0]
		for range candidates {
			s.draws = append(s.draws, r.draw(random.Float64()*total))
		}
		least, best := math.Inf(1), s.draws[0]
		for at := 0; at < candidates; at += 4 {
			some := s.draws[at:min(at+4, candidates)]
			sums := r.try(some)
			for lane, row := range some {
				if sums[lane] < least {
					least, best = sums[lane], row
					for b, lesser := range s.lesser {
						s.mass[b] = lesser[lane]
					}
				}
			}
		}
		copy(r.center(c), p.x.Row(best))
		s.chosen.Set(0, p.x.Row(best))
		r.each(func(_ *part, from, to int, b *distance.Buffer) {
			for ; from < to; from += distance.Block {
				end := min(from+distance.Block, to)
				s.chosen.Squares(b, p.x, from, end-from, 0)
				for i, v := range nearest[from:end] {
					nearest[from+i] = min(v, b.Squared[4*i])
				}
			}
		})
	}
	return nil
}

// try computes the mass that would be left if each of up to four rows became a centre, in sum and by blocks.
func (r *run) try(rows []int) (sums [4]float64) {
	p, s := r.p, r.seeds
	for lane, row := range rows {
		s.trial.Set(lane, p.x.Row(row))
	}
	r.each(func(_ *part, from, to int, b *distance.Buffer) {
		for ; from < to; from += distance.Block {
			end := min(from+distance.Block, to)
			s.trial.Squares(b, p.x, from, end-from, 0)
			lesser := &s.lesser[from/distance.Block]
			*lesser = [4]float64{}
			if p.Weights == nil {
				b.AddLesser(lesser, r.deadline[from:end], nil)
			} else {
				b.AddLesser(lesser, r.deadline[from:end], p.Weights[from:end])
			}
		}
	})
	for _, lesser := range s.lesser {
		for lane, v := range lesser {
			sums[lane] += v
		}
	}
	return sums
}

// draw returns the row at which the running sum of the mass passes v.
func (r *run) draw(v float64) int {
	p, s := r.p, r.seeds
	block := -1
	for b, m := range s.mass {
		if m > 0 {
			block = b
			if v < m {
				break
			}
			v -= m
		}
	}
	row := -1
	for i := block * distance.Block; i < min((block+1)*distance.Block, p.x.N); i++ {
		m := p.weight(i)
		if d := r.deadline[i]; !math.IsInf(d, 1) {
			m *= d
		}
		if m > 0 {
			row = i
			if v < m {
				break
			}
			v -= m
		}
	}
	return row
}
