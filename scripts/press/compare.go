package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/png"
	"maps"
	"slices"
	"strings"
)

// pixelTolerance is how far one colour channel of one pixel may be off, of 255, before two pictures count as different:
// rounding may move an anti-aliased edge by a shade on another processor.
const pixelTolerance = 8

// difference says where the outputs of two executions of the same notebook differ: texts are compared exactly, pictures
// by their pixels. It returns "" where they agree.
func difference(kept, fresh *notebook) (string, error) {
	if len(kept.Cells) != len(fresh.Cells) {
		return fmt.Sprintf("%d cells were kept, %d came back", len(kept.Cells), len(fresh.Cells)), nil
	}
	for i, c := range kept.Cells {
		f := fresh.Cells[i]
		where := fmt.Sprintf("cell %d", i+1)
		if len(c.Outputs) != len(f.Outputs) {
			return fmt.Sprintf("%s: %d outputs were kept, %d came back", where, len(c.Outputs), len(f.Outputs)), nil
		}
		for j, o := range c.Outputs {
			d, err := o.difference(f.Outputs[j])
			if err != nil || d != "" {
				return fmt.Sprintf("%s, output %d: %s", where, j+1, d), err
			}
		}
	}
	return "", nil
}

func (o *output) difference(fresh *output) (string, error) {
	if o.Type != fresh.Type || o.Name != fresh.Name {
		return fmt.Sprintf("%s %s was kept, %s %s came back", o.Type, o.Name, fresh.Type, fresh.Name), nil
	}
	if d := textDifference(o.Text.text, fresh.Text.text); d != "" {
		return d, nil
	}
	kinds := slices.Sorted(maps.Keys(o.Data))
	if freshKinds := slices.Sorted(maps.Keys(fresh.Data)); !slices.Equal(kinds, freshKinds) {
		return fmt.Sprintf("%v was kept, %v came back", kinds, freshKinds), nil
	}
	for _, kind := range kinds {
		a, b := o.Data[kind].text, fresh.Data[kind].text
		if kind != "image/png" {
			if d := textDifference(a, b); d != "" {
				return d, nil
			}
			continue
		}
		if d, err := pictureDifference(a, b); d != "" || err != nil {
			return d, err
		}
	}
	return "", nil
}

// textDifference quotes the first line that differs.
func textDifference(kept, fresh string) string {
	if kept == fresh {
		return ""
	}
	a, b := strings.Split(kept, "\n"), strings.Split(fresh, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("line %d was\n%s\nand came back as\n%s", i+1, indent(shorten(a[i])), indent(shorten(b[i])))
		}
	}
	return fmt.Sprintf("%d lines were kept, %d came back", len(a), len(b))
}

func shorten(line string) string {
	if r := []rune(line); len(r) > 300 {
		return string(r[:300]) + " ..."
	}
	return line
}

func pictureDifference(kept, fresh string) (string, error) {
	if kept == fresh {
		return "", nil
	}
	a, err := decodePNG(kept)
	if err != nil {
		return "", err
	}
	b, err := decodePNG(fresh)
	if err != nil {
		return "", err
	}
	if a.Bounds() != b.Bounds() {
		return fmt.Sprintf("the picture was %v and came back as %v", a.Bounds().Size(), b.Bounds().Size()), nil
	}
	size := a.Bounds().Size()
	off := 0
	for y := range size.Y {
		for x := range size.X {
			if apart(a, b, x, y) {
				off++
			}
		}
	}
	// A few pixels in ten thousand are edges; more are a different picture.
	if off*5000 > size.X*size.Y {
		return fmt.Sprintf("the picture differs in %d of %d pixels", off, size.X*size.Y), nil
	}
	return "", nil
}

func apart(a, b image.Image, x, y int) bool {
	r1, g1, b1, _ := a.At(x, y).RGBA()
	r2, g2, b2, _ := b.At(x, y).RGBA()
	const most = pixelTolerance * 257
	return distance(r1, r2) > most || distance(g1, g2) > most || distance(b1, b2) > most
}

func distance(a, b uint32) uint32 { return max(a, b) - min(a, b) }

func decodePNG(encoded string) (image.Image, error) {
	b, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(encoded, "\n", ""))
	if err != nil {
		return nil, err
	}
	return png.Decode(bytes.NewReader(b))
}
