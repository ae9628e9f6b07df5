//go:build js

package main

import (
	"encoding/binary"
	"math"
)

const (
	side       = 28 // pixels of an image
	headBytes  = 8
	chainBytes = 64
)

var notSeen = float32(math.NaN())

// take reads a frame as wasm/worker/frame.go describes it. One of another
// epoch is dropped: the chains it shows were ended by the page.
func (s *stage) take(b []byte) {
	le := binary.LittleEndian
	if len(b) < headBytes || le.Uint32(b) != s.epoch {
		return
	}
	n := int(le.Uint32(b[4:]))
	if len(b) != headBytes+n*(chainBytes+side*side) {
		return
	}
	pixels := b[headBytes+n*chainBytes:]
	for i := range n {
		c := b[headBytes+i*chainBytes:][:chainBytes]
		at := int(le.Uint32(c))
		if at >= len(s.tiles) {
			continue
		}
		t := &s.tiles[at]
		life := le.Uint32(c[4:])
		if life != t.life {
			t.history = t.history[:0]
		}
		t.seen, t.life, t.step, t.status = true, life, le.Uint32(c[8:]), min(le.Uint32(c[12:]), notFinite)
		t.energy = math.Float32frombits(le.Uint32(c[16:]))
		for y := range t.beliefs {
			t.beliefs[y] = math.Float32frombits(le.Uint32(c[20+4*y:]))
		}
		copy(t.pixels[:], pixels[i*side*side:])
		if k := int(t.step); k <= s.steps {
			if k < len(t.history) { // its worker was replaced
				t.history = t.history[:k]
			}
			for len(t.history) < k {
				t.history = append(t.history, notSeen)
			}
			t.history = append(t.history, t.energy)
		}
	}
	s.frames++
	s.changed, s.fresh = true, true
}
