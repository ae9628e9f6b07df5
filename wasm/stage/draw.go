//go:build js

package main

import (
	"image"
	"image/color"
	"math"

	"github.com/hajimehoshi/ebiten/v2"
)

const (
	margin = 2               // pixels around an image in the grid
	cell   = side + 2*margin // pitch of the grid
)

type rgb [3]float64

func (c rgb) mix(d rgb, t float64) rgb {
	for i := range c {
		c[i] += t * (d[i] - c[i])
	}
	return c
}

func (c rgb) put(p []byte) { p[0], p[1], p[2], p[3] = byte(c[0]), byte(c[1]), byte(c[2]), 255 }

func (c rgb) color() color.Color { return color.RGBA{byte(c[0]), byte(c[1]), byte(c[2]), 255} }

// theme is the colours of day or night.
type theme struct{ paper, ink, sheet, band, accent rgb }

var themes = map[bool]theme{
	false: {paper: rgb{251, 248, 240}, ink: rgb{24, 28, 58}, sheet: rgb{238, 232, 217}, band: rgb{202, 226, 212}, accent: rgb{184, 53, 36}},
	true:  {paper: rgb{30, 32, 46}, ink: rgb{240, 234, 216}, sheet: rgb{19, 20, 31}, band: rgb{40, 68, 62}, accent: rgb{255, 140, 105}},
}

// heat is the one colour scale of energies: blue below the band of real
// digits, green in it, orange and red above.
func (s *stage) heat(e float64) rgb {
	stops := [...]rgb{{66, 106, 205}, {38, 148, 122}, {222, 150, 40}, {200, 70, 60}}
	lo, hi := s.band[0], s.band[1]
	if !s.hasBand {
		lo, hi = s.plot.low, s.plot.low+(s.plot.high-s.plot.low)/4
	}
	t := (e - lo) / max(hi-lo, 1e-9) // 0 … 1 in the band
	switch {
	case !(t > -0.5): // and NaN
		t = 0
	case t < 0:
		t = 2*t + 1
	case t <= 1:
		t = 1
	default:
		t = 1 + math.Log2(t)/2
	}
	i := min(int(t), len(stops)-2)
	return stops[i].mix(stops[i+1], min(t-float64(i), 1))
}

// Draw implements ebiten.Game. The screen keeps what it shows until something
// changes.
func (s *stage) Draw(screen *ebiten.Image) {
	b := screen.Bounds()
	if b != s.drawn {
		s.drawn, s.changed = b, true
	}
	if !s.changed {
		return
	}
	s.changed = false
	c := themes[s.dark]
	screen.Fill(c.sheet.color())
	w, h := float64(b.Dx()), float64(b.Dy())
	gap := 0.012 * math.Max(w, h)
	// The page lays its buttons over the grid: the left two thirds of a wide
	// picture, the upper three quarters of a tall one.
	grid, big, lines := image.Rect(0, 0, int(w*2/3), int(h)), image.Rectangle{}, image.Rectangle{}
	if w > h {
		x, y := int(w*2/3+gap), int(w/3-gap)
		big = image.Rect(x, 0, int(w), y)
		lines = image.Rect(x, int(float64(y)+gap), int(w), int(h))
	} else {
		y := int(h*3/4 + gap)
		grid = image.Rect(0, 0, int(w), int(h*3/4))
		big = image.Rect(0, y, int(h)-y, int(h))
		lines = image.Rect(int(float64(big.Max.X)+gap), y, int(w), int(h))
	}
	if s.grid == nil {
		s.grid = ebiten.NewImage(s.cols*cell, s.rows*cell)
	}
	s.plot.fit(lines.Dx(), lines.Dy())
	s.plot.scale(s)
	s.paintGrid(c)
	s.grid.WritePixels(s.canvas)
	s.plot.paint(s, c)
	place(screen, s.grid, grid)
	if at := s.selected; at < len(s.tiles) {
		x, y := at%s.cols*cell+margin, at/s.cols*cell+margin
		place(screen, s.grid.SubImage(image.Rect(x, y, x+side, y+side)).(*ebiten.Image), big)
	}
	if s.plot.image != nil {
		place(screen, s.plot.image, lines)
	}
}

// place draws an image to fill a rectangle.
func place(screen, from *ebiten.Image, to image.Rectangle) {
	size := from.Bounds().Size()
	var o ebiten.DrawImageOptions
	o.GeoM.Scale(float64(to.Dx())/float64(size.X), float64(to.Dy())/float64(size.Y))
	o.GeoM.Translate(float64(to.Min.X), float64(to.Min.Y))
	if to.Dx() != size.X || to.Dy() != size.Y {
		o.Filter = ebiten.FilterLinear
	}
	screen.DrawImage(from, &o)
}

// paintGrid writes every tile to the canvas, each with a line under it in the
// colour of its energy and, if selected, a frame.
func (s *stage) paintGrid(c theme) {
	stride := 4 * s.cols * cell
	var shades [256]rgb
	for v := range shades {
		shades[v] = c.paper.mix(c.ink, float64(v)/255)
	}
	for i := range s.tiles {
		t := &s.tiles[i]
		at := i/s.cols*cell*stride + i%s.cols*cell*4
		edge, foot := c.sheet, c.sheet
		if i == s.selected {
			edge = c.accent
		}
		if t.seen {
			foot = s.heat(float64(t.energy))
			if t.status == notFinite {
				foot = c.accent
			}
		}
		for y := range cell {
			row := s.canvas[at+y*stride:]
			for x := range cell {
				p := row[4*x:]
				ix, iy := x-margin, y-margin
				switch {
				case ix >= 0 && ix < side && iy >= 0 && iy < side:
					shades[t.pixels[iy*side+ix]].put(p)
				case i == s.selected && (x == 0 || y == 0 || x == cell-1 || y == cell-1):
					edge.put(p)
				case iy == side && ix >= 0 && ix < side:
					foot.put(p)
				default:
					c.sheet.put(p)
				}
			}
			if t.status == notFinite && y >= margin && y < margin+side { // crossed out
				c.accent.put(row[4*y:])
				c.accent.put(row[4*(cell-1-y):])
			}
		}
	}
}
