package chart

import (
	"cmp"
	"image"
	"image/color"
	"math"
	"slices"
)

// tone is the mean colour of the pixels whose channels agree in their first five bits.
type tone struct {
	key, count int
	r, g, b    int // sums over the pixels, then their mean
	row        int // in the palette
	off        int // squared distance to the nearest colour of the palette so far
}

// quantise reduces a picture to 256 colours, which makes its PNG a third as large. Half of the palette are the most frequent
// tones; each further one is the tone that would otherwise be off the most, frequent ones before rare ones.
func quantise(img *image.RGBA) *image.Paletted {
	tones := make([]tone, 1<<15)
	keyOf := func(p []uint8) int { return int(p[0]>>3)<<10 | int(p[1]>>3)<<5 | int(p[2]>>3) }
	for i := 0; i < len(img.Pix); i += 4 {
		p := img.Pix[i : i+3]
		t := &tones[keyOf(p)]
		t.count++
		t.r, t.g, t.b = t.r+int(p[0]), t.g+int(p[1]), t.b+int(p[2])
	}
	var used []*tone
	for key := range tones {
		if t := &tones[key]; t.count > 0 {
			t.key, t.off = key, math.MaxInt
			t.r, t.g, t.b = t.r/t.count, t.g/t.count, t.b/t.count
			used = append(used, t)
		}
	}
	slices.SortFunc(used, func(a, b *tone) int { return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.key, b.key)) })
	var colors color.Palette
	for i := 0; i < len(used) && len(colors) < 256; i++ {
		next := used[i]
		if len(colors) >= 128 {
			next = slices.MaxFunc(used, func(a, b *tone) int { return cmp.Compare(a.error(), b.error()) })
		}
		if next.off == 0 {
			continue
		}
		for _, t := range used {
			if d := t.distance(next); d < t.off {
				t.off, t.row = d, len(colors)
			}
		}
		colors = append(colors, color.RGBA{uint8(next.r), uint8(next.g), uint8(next.b), 0xff})
	}
	out := image.NewPaletted(img.Bounds(), colors)
	for i := range out.Pix {
		out.Pix[i] = uint8(tones[keyOf(img.Pix[4*i:4*i+3])].row)
	}
	return out
}

func (t *tone) distance(o *tone) int {
	r, g, b := t.r-o.r, t.g-o.g, t.b-o.b
	return r*r + g*g + b*b
}

func (t *tone) error() float64 { return float64(t.off) * math.Sqrt(float64(t.count)) }
