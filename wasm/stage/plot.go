//go:build js

package main

import (
	"math"

	"github.com/hajimehoshi/ebiten/v2"
)

// plot is the picture of all chains' energies against their steps.
type plot struct {
	w, h      int
	canvas    []byte
	image     *ebiten.Image
	low, high float64 // energies at the bottom and the top
}

// fit gives the plot its size in pixels.
func (p *plot) fit(w, h int) {
	if w == p.w && h == p.h || w < 1 || h < 1 {
		return
	}
	if p.image != nil {
		p.image.Deallocate()
	}
	p.w, p.h = w, h
	p.image = ebiten.NewImage(w, h)
	p.canvas = make([]byte, 4*w*h)
}

// scale chooses the energies that fit: all that the chains have seen since
// their fall began, and the band of real digits.
func (p *plot) scale(s *stage) {
	low, high := math.Inf(1), math.Inf(-1)
	if s.hasBand {
		low, high = s.band[0], s.band[1]
	}
	for i := range s.tiles {
		for _, v := range s.tiles[i].history {
			if e := float64(v); !math.IsNaN(e) && !math.IsInf(e, 0) {
				low, high = min(low, e), max(high, e)
			}
		}
	}
	if !(low <= high) {
		low, high = 0, 1
	}
	if room := (high - low) * 0.06; room > 0 && !math.IsInf(room, 0) {
		low, high = low-room, high+room
	} else {
		low, high = low-1, high+1
	}
	p.low, p.high = low, high
}

func (p *plot) y(e float64) float64 {
	return (p.high - e) / (p.high - p.low) * float64(p.h-1)
}

// paint draws the band, the chains in the colours of their energies, and over
// them the selected one in ink.
func (p *plot) paint(s *stage, c theme) {
	if p.image == nil {
		return
	}
	top, bottom := math.Inf(1), math.Inf(1)
	if s.hasBand {
		top, bottom = p.y(s.band[1]), p.y(s.band[0])
	}
	for y := range p.h {
		shade := c.paper
		if f := float64(y); f >= top && f <= bottom {
			shade = c.band
		}
		row := p.canvas[4*y*p.w:][:4*p.w]
		for x := range p.w {
			shade.put(row[4*x:])
		}
	}
	thick := max(1, p.w/250)
	for i := range s.tiles {
		if i != s.selected {
			p.line(s, s.tiles[i].history, nil, 0.55, thick)
		}
	}
	if s.selected < len(s.tiles) {
		p.line(s, s.tiles[s.selected].history, &c.ink, 1, thick+1)
	}
	p.image.WritePixels(p.canvas)
}

// line draws one chain's energies, in ink or in the colours of the scale.
func (p *plot) line(s *stage, history []float32, ink *rgb, alpha float64, thick int) {
	step := float64(p.w-1) / float64(s.steps)
	last := math.NaN() // y of the energy before
	from := 0.0
	for k, v := range history {
		e := float64(v)
		if math.IsNaN(e) || math.IsInf(e, 0) {
			continue
		}
		x, y := float64(k)*step, p.y(e)
		shade := rgb{}
		if ink != nil {
			shade = *ink
		} else {
			shade = s.heat(e)
		}
		if math.IsNaN(last) {
			from, last = x, y
		}
		n := max(1, int(math.Max(x-from, math.Abs(y-last))))
		for i := 1; i <= n; i++ {
			t := float64(i) / float64(n)
			p.dot(int(from+t*(x-from)), int(last+t*(y-last)), thick, shade, alpha)
		}
		from, last = x, y
	}
}

func (p *plot) dot(x, y, thick int, c rgb, alpha float64) {
	for v := y; v < y+thick; v++ {
		for u := x; u < x+thick; u++ {
			if u < 0 || v < 0 || u >= p.w || v >= p.h {
				continue
			}
			q := p.canvas[4*(v*p.w+u):][:3]
			for i := range q {
				q[i] = byte(float64(q[i]) + alpha*(c[i]-float64(q[i])))
			}
		}
	}
}
