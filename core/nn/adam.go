package nn

import (
	"math"

	"inkwell/core/internal/kernel"
)

// Adam is the optimiser of Kingma & Ba (2015, algorithm 1), with the gradient
// clipped by its norm.
type Adam struct {
	Beta1, Beta2 float32 // decay of the first and second moment
	Eps          float32 // added to √v
	Clip         float64 // largest gradient norm let through; 0: no limit
	Step         int     // updates done
	M, V         []float32
}

// NewAdam returns an optimiser of n parameters with ε = 1e-8.
func NewAdam(n int, beta1, beta2 float32, clip float64) *Adam {
	return &Adam{Beta1: beta1, Beta2: beta2, Eps: 1e-8, Clip: clip, M: make([]float32, n), V: make([]float32, n)}
}

// Update moves the parameters w one step of rate lr against the gradient g,
// which it scales in place when its norm exceeds Clip. It returns the norm
// before clipping. A gradient that is not finite changes nothing.
func (o *Adam) Update(w, g []float32, lr float32) (norm float64) {
	norm = math.Sqrt(kernel.Dot(g, g))
	if math.IsNaN(norm) || math.IsInf(norm, 0) {
		return norm
	}
	if o.Clip > 0 && norm > o.Clip {
		kernel.Scale(g, float32(o.Clip/norm))
	}
	o.Step++
	c1 := 1 / (1 - math.Pow(float64(o.Beta1), float64(o.Step)))
	c2 := 1 / (1 - math.Pow(float64(o.Beta2), float64(o.Step)))
	kernel.Adam(w, o.M, o.V, g, lr, o.Beta1, o.Beta2, o.Eps, float32(c1), float32(c2))
	return norm
}

// Cosine returns the learning rate of a step in [0, total): it rises linearly
// from 0 to peak over the warm-up, then falls to 0 as half a cosine.
func Cosine(peak float64, step, warmup, total int) float32 {
	if step < warmup {
		return float32(peak * float64(step+1) / float64(warmup))
	}
	t := float64(step-warmup) / float64(max(1, total-warmup))
	return float32(peak * 0.5 * (1 + math.Cos(math.Pi*min(t, 1))))
}

// EMA moves the running average avg towards w:
//
//	avg += (1 − decay)·(w − avg)
func EMA(avg, w []float32, decay float32) { kernel.Lerp(avg, w, 1-decay) }
