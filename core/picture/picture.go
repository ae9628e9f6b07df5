// Package picture draws images of the model, 28×28 pixels from paper −1 to ink
// +1, as dark ink on near-white paper.
package picture

import (
	"image"
	"image/color"
	"image/gif"
	"math"
)

const side = 28

// Paper and ink. Index i of every picture's palette lies i/255 of the way.
var (
	paper = [3]float64{250, 249, 246}
	ink   = [3]float64{22, 24, 32}
)

// Palette is the shades from paper (0) to ink (255).
var Palette = func() color.Palette {
	p := make(color.Palette, 256)
	for i := range p {
		shade := func(c int) uint8 { return uint8(math.Round(paper[c] + float64(i)/255*(ink[c]-paper[c]))) }
		p[i] = color.RGBA{shade(0), shade(1), shade(2), 255}
	}
	return p
}()

// Bytes writes pixels x in [−1, 1] to dst as bytes:
//
//	dst[i] = round((x[i]+1)·127.5)
//
// What lies outside [−1, 1] becomes 0 or 255, and NaN 0. It panics if the
// lengths differ.
func Bytes(dst []byte, x []float32) {
	if len(dst) != len(x) {
		panic("picture: Bytes: lengths differ")
	}
	for i, v := range x {
		v = (v+1)*127.5 + 0.5
		switch {
		case v >= 255:
			dst[i] = 255
		case v > 0:
			dst[i] = byte(v)
		default:
			dst[i] = 0
		}
	}
}

// Grid draws images x (n, 784) in rows of cols, each pixel scale × scale wide,
// with one such pixel of paper round each image. An empty x gives an empty
// picture. It panics if x is not whole images, or cols or scale is below 1.
func Grid(x []float32, cols, scale int) *image.Paletted {
	if len(x)%(side*side) != 0 || cols < 1 || scale < 1 {
		panic("picture: Grid: not whole images, or cols or scale below 1")
	}
	n := len(x) / (side * side)
	rows := (n + cols - 1) / cols
	tile := func(k int) int { return (k*(side+1) + 1) * scale } // where the k-th begins
	img := image.NewPaletted(image.Rect(0, 0, tile(min(n, cols)), tile(rows)), Palette)
	row := make([]byte, side)
	for i := range n {
		left, top := tile(i%cols), tile(i/cols)
		for y := range side {
			Bytes(row, x[(i*side+y)*side:][:side])
			line := img.Pix[img.PixOffset(left, top+y*scale):][:side*scale]
			for j := range line {
				line[j] = row[j/scale]
			}
			for k := 1; k < scale; k++ {
				copy(img.Pix[img.PixOffset(left, top+y*scale+k):], line)
			}
		}
	}
	return img
}

// Animate makes an endless animation of pictures of one size, shown for delay
// hundredths of a second each and the last for hold. To keep it small it has
// 32 shades; the pictures stay as they are.
func Animate(frames []*image.Paletted, delay, hold int) *gif.GIF {
	g := &gif.GIF{}
	for i, f := range frames {
		few := image.NewPaletted(f.Rect, shades)
		for j, v := range f.Pix {
			few.Pix[j] = v >> 3
		}
		g.Image = append(g.Image, few)
		g.Delay = append(g.Delay, delay)
		if i == len(frames)-1 {
			g.Delay[i] = hold
		}
	}
	return g
}

// shades are 32 of the palette, from its first to its last.
var shades = func() (p color.Palette) {
	for i := range 32 {
		p = append(p, Palette[i*255/31])
	}
	return p
}()
