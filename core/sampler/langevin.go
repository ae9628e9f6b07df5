package sampler

import (
	"math"

	"inkwell/core/internal/kernel"
)

// Langevin takes one step of the unadjusted Langevin algorithm with every
// running chain:
//
//	x ← x − η∇E(x) + √(2ηT)ξ,  ξ ~ N(0, I)
//
// (Roberts & Tweedie 1996, section 1.4.1; Welling & Teh 2011, eq. 3, write ε/2
// for η and have T = 1). Its stationary law differs from exp(−E/T) by O(η): on
// a Gaussian of variance σ² it has variance Tσ²/(1−η/2σ²). It diverges where
// the curvature of E exceeds 2/η. At T = 0 it is gradient descent, and draws no
// noise.
//
// The noise of step k is values 0 … d−1 of kernel.Normal(Seed, k+1); the start
// took Normal(Seed, 0).
func Langevin(s *State, e Energy, schedule Schedule) Info {
	s.begin(schedule)
	for i := range s.N {
		if !s.moving[i] {
			continue
		}
		p, x, grad := s.params[i], s.row(s.X, i), s.row(s.Grad, i)
		if p.Temperature == 0 {
			kernel.Axpy(x, -p.StepSize, grad)
		} else {
			sigma := float32(math.Sqrt(2 * float64(p.StepSize) * float64(p.Temperature)))
			kernel.Langevin(x, grad, s.draw(i), p.StepSize, sigma)
		}
		s.Step[i]++
		s.Accepted[i]++
	}
	s.evaluate(e)
	return s.unadjusted()
}

// unadjusted closes a step that had no test.
func (s *State) unadjusted() Info {
	info := s.info(0)
	info.Acceptance = 1
	return info
}

// draw returns the noise (d) of chain i's next step, zero where held, and
// leaves one value more in s.noise[d]. The next draw overwrites it.
func (s *State) draw(i int) []float32 {
	kernel.Normal(s.noise, s.Seed[i], s.Step[i]+1)
	noise := s.noise[:s.Dim]
	s.release(noise, i)
	return noise
}
