package kmeans

import "example.com/marketing/segkit/internal/distance"

// mean puts the mean of cluster c into center.
func (r *run) mean(c int, center []float64) {
	for j, s := range r.sums[c*len(center) : (c+1)*len(center)] {
		center[j] = r.origins[c*len(center)+j] + s/r.weight[c]
	}
}

// addUp computes the sums from nothing, for the labels as they are.
func (r *run) addUp() {
	r.setOrigins()
	r.each(func(chunk *part, from, to int, _ *distance.Buffer) {
		chunk.tally.clear()
		labels := r.labels[from:to]
		if r.p.Weights != nil {
			for i, label := range labels {
				chunk.add(r, from+i, int(label), 1)
			}
			return
		}
		r.p.x.AddRows(chunk.sums, from, labels, r.origins)
		for _, label := range labels {
			chunk.count[label]++
		}
		for c, n := range chunk.count {
			chunk.weight[c] = float64(n)
		}
	})
	r.tally.clear()
	for i := range r.chunks {
		r.tally.addAll(&r.chunks[i].tally)
	}
	r.drifted = false
}

// setOrigins makes the first row of each cluster that has a weight its origin. So the mean of equal numbers is that number,
// and no other cluster's rows, however far away, cost it digits.
func (r *run) setOrigins() {
	missing := r.p.k
	clear(r.count) // 1 for those found
	for i, label := range r.labels {
		if r.count[label] > 0 || r.p.weight(i) == 0 {
			continue
		}
		copy(r.origin(int(label)), r.p.x.Row(i))
		r.count[label] = 1
		if missing--; missing == 0 {
			return
		}
	}
	for c, found := range r.count {
		if found == 0 {
			copy(r.origin(c), r.center(c))
		}
	}
}

// add adds row i to cluster c of r, or takes it away when sign is -1.
func (t *tally) add(r *run, i, c, sign int) {
	w := float64(sign)
	if weights := r.p.Weights; weights != nil {
		if weights[i] == 0 {
			return
		}
		w *= weights[i]
	}
	t.count[c] += sign
	t.weight[c] += w
	d := r.p.x.D
	distance.AddRow(t.sums[c*d:], r.p.x.Row(i), r.origins[c*d:], w)
}

func (t *tally) addAll(more *tally) {
	for i, v := range more.sums {
		t.sums[i] += v
	}
	for c, v := range more.weight {
		t.weight[c] += v
		t.count[c] += more.count[c]
	}
}
