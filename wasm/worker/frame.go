//go:build js

package main

import (
	"encoding/binary"
	"math"

	"inkwell/core/energy"
)

// A frame is, little-endian, in words of 32 bits:
//
//	epoch, number n of chains
//	n × (tile, life, step, status, energy E(x), p(0|x) … p(9|x), 0)
//	n × 784 bytes: the pixels, 0 paper to 255 ink
//
// wasm/stage reads it.
const (
	headBytes  = 8
	chainBytes = 64
)

// What a chain is doing.
const (
	running   = iota
	finished  // its life is over; it is held
	notFinite // it met a number that is none, and waits for its next life
)

var marginal = energy.Marginal(energy.Classes)

func frameSize(n int) int { return headBytes + n*(chainBytes+energy.Pixels) }

// encode writes the chains as they are to w.frame.
func (w *worker) encode() {
	s, le, n := w.state, binary.LittleEndian, len(w.tiles)
	le.PutUint32(w.frame, w.epoch)
	le.PutUint32(w.frame[4:], uint32(n))
	pixels := w.frame[headBytes+n*chainBytes:]
	for i, tile := range w.tiles {
		c := w.frame[headBytes+i*chainBytes:][:chainBytes]
		status := uint32(running)
		switch {
		case s.Err[i] != nil:
			status = notFinite
		case int(s.Step[i]) >= w.steps:
			status = finished
		}
		le.PutUint32(c, uint32(tile))
		le.PutUint32(c[4:], w.life)
		le.PutUint32(c[8:], s.Step[i])
		le.PutUint32(c[12:], status)
		each := w.energy.Each[i*energy.Classes:][:energy.Classes]
		e := marginal.Value(each)
		le.PutUint32(c[16:], math.Float32bits(float32(e)))
		for y, ey := range each {
			le.PutUint32(c[20+4*y:], math.Float32bits(float32(math.Exp(e-ey))))
		}
		for j, v := range s.X[i*energy.Pixels:][:energy.Pixels] {
			pixels[i*energy.Pixels+j] = shade(v)
		}
	}
}

// shade maps [−1, 1] to 0 … 255; what is beyond, or no number, to the nearest
// end or 0.
func shade(v float32) byte {
	v = (v + 1) * 127.5
	switch {
	case v >= 255:
		return 255
	case v > 0:
		return byte(v + 0.5)
	}
	return 0
}
