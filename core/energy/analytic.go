package energy

import "math"

// The energies of this file are known in closed form: demonstrations, and
// oracles for tests. All gradients are exact, and computed in float64.

// Gaussian is the energy of a normal distribution with independent
// coordinates,
//
//	E(x) = Σ_i (x_i − Mean_i)² / 2Var_i
type Gaussian struct {
	Mean, Var []float64 // (d); Var > 0
}

// Grad implements [Energy].
func (g Gaussian) Grad(grad []float32, e []float64, x []float32) {
	if len(g.Var) != len(g.Mean) {
		panic("energy: Gaussian: Mean and Var differ in length")
	}
	each(grad, e, x, func(grad, x []float32) (e float64) {
		if len(x) != len(g.Mean) {
			panic("energy: Gaussian: points of another dimension than Mean")
		}
		for i, v := range x {
			d := float64(v) - g.Mean[i]
			e += d * d / (2 * g.Var[i])
			if grad != nil {
				grad[i] = float32(d / g.Var[i])
			}
		}
		return e
	})
}

// DoubleWell has two wells, at x_0 = ±1, and between them a saddle of height
// Height; the other coordinates are standard normal:
//
//	E(x) = Height·(x_0² − 1)² + ½ Σ_{i>0} x_i²
type DoubleWell struct{ Height float64 }

// Grad implements [Energy].
func (w DoubleWell) Grad(grad []float32, e []float64, x []float32) {
	each(grad, e, x, func(grad, x []float32) (e float64) {
		for i, v := range x {
			x := float64(v)
			slope := x
			if i == 0 {
				e += w.Height * (x*x - 1) * (x*x - 1)
				slope = 4 * w.Height * x * (x*x - 1)
			} else {
				e += x * x / 2
			}
			if grad != nil {
				grad[i] = float32(slope)
			}
		}
		return e
	})
}

// Ring is lowest on the sphere of the given radius:
//
//	E(x) = (‖x‖ − Radius)² / 2Width²
//
// At the origin, where it has no gradient, it gives 0.
type Ring struct{ Radius, Width float64 }

// Grad implements [Energy].
func (r Ring) Grad(grad []float32, e []float64, x []float32) {
	each(grad, e, x, func(grad, x []float32) float64 {
		norm := 0.0
		for _, v := range x {
			norm += float64(v) * float64(v)
		}
		norm = math.Sqrt(norm)
		d := (norm - r.Radius) / r.Width
		if grad != nil {
			slope := 0.0
			if norm > 0 {
				slope = d / (r.Width * norm)
			}
			for i, v := range x {
				grad[i] = float32(slope * float64(v))
			}
		}
		return d * d / 2
	})
}

// each calls f with every point and the place for its gradient, if any.
func each(grad []float32, e []float64, x []float32, f func(grad, x []float32) float64) {
	if len(e) == 0 {
		return
	}
	d := len(x) / len(e)
	if len(x) != d*len(e) || grad != nil && len(grad) != len(x) {
		panic("energy: Grad: length mismatch")
	}
	for i := range e {
		if grad == nil {
			e[i] = f(nil, x[i*d:(i+1)*d])
		} else {
			e[i] = f(grad[i*d:(i+1)*d], x[i*d:(i+1)*d])
		}
	}
}
