package sampler

import (
	"math"

	"inkwell/core/internal/kernel"
)

// MALA takes one step of the Metropolis-adjusted Langevin algorithm: it
// proposes the step of [Langevin],
//
//	x' = x − η∇E(x) + √(2ηT)ξ
//
// and accepts it with probability
//
//	α = min(1, exp(−(E(x')−E(x))/T) q(x|x')/q(x'|x)),  q(x'|x) ∝ exp(−‖x'−x+η∇E(x)‖²/4ηT)
//
// or else stays at x (Roberts & Tweedie 1996, section 1.4.2). Its stationary
// law is exp(−E/T) exactly, whatever η. At T = 0 it is gradient descent that
// refuses to climb. One evaluation each step.
//
// After a refusal X, Energy and Grad are the chain's own again; whatever the
// energy keeps of its last call belongs to the proposal.
func MALA(s *State, e Energy, schedule Schedule) Info { return hamiltonian(s, e, schedule, 1) }

// Hamiltonian returns the sampler that takes one step of Hamiltonian Monte
// Carlo: it draws a momentum v ~ N(0, T), follows Newton's law d²x/dt² = −∇E
// for the given number of leapfrog steps of length ε = √(2η),
//
//	v ← v − ½ε∇E(x),  x ← x + εv,  v ← v − ½ε∇E(x)
//
// and accepts the end with probability
//
//	min(1, exp(−(H'−H)/T)),  H = E(x) + ½‖v‖²
//
// (Duane et al. 1987; Neal 2011, "MCMC using Hamiltonian dynamics", section
// 3.2). With one leapfrog step it is [MALA] (Neal, section 5.2). At T = 0 it
// starts from rest and refuses to climb. It costs one evaluation for each
// leapfrog step. A path whose length is a period of E comes back to where it
// began: vary η or the number (Neal, section 3.2).
//
// It panics if leapfrogs < 1. The uniform number that decides is Φ of value d
// of the step's noise.
func Hamiltonian(leapfrogs int) Sampler {
	if leapfrogs < 1 {
		panic("sampler: Hamiltonian: no leapfrog step")
	}
	return func(s *State, e Energy, schedule Schedule) Info {
		return hamiltonian(s, e, schedule, leapfrogs)
	}
}

func hamiltonian(s *State, e Energy, schedule Schedule, leapfrogs int) Info {
	if s.momentum == nil {
		s.oldX, s.oldGrad = make([]float32, s.N*s.Dim), make([]float32, s.N*s.Dim)
		s.oldEnergy, s.kinetic, s.chance = make([]float64, s.N), make([]float64, s.N), make([]float64, s.N)
		s.momentum = make([]float32, s.N*s.Dim)
	}
	s.begin(schedule)
	copy(s.oldX, s.X)
	copy(s.oldGrad, s.Grad)
	copy(s.oldEnergy, s.Energy)
	for i := range s.N {
		if !s.moving[i] {
			continue
		}
		v := s.row(s.momentum, i)
		clear(v)
		if t := s.params[i].Temperature; t > 0 {
			kernel.Axpy(v, float32(math.Sqrt(float64(t))), s.draw(i))
			s.chance[i] = math.Erfc(-float64(s.noise[s.Dim])/math.Sqrt2) / 2
		}
		s.kinetic[i] = kernel.Dot(v, v) / 2
	}
	for range leapfrogs {
		for i := range s.N {
			if s.moving[i] {
				eps := s.timeStep(i)
				kernel.Axpy(s.row(s.momentum, i), -eps/2, s.row(s.Grad, i))
				kernel.Axpy(s.row(s.X, i), eps, s.row(s.momentum, i))
			}
		}
		s.evaluate(e)
		for i := range s.N {
			if s.moving[i] {
				kernel.Axpy(s.row(s.momentum, i), -s.timeStep(i)/2, s.row(s.Grad, i))
			}
		}
	}
	acceptance := 0.0
	for i := range s.N {
		if !s.moving[i] {
			continue
		}
		alpha, accept := s.judge(i)
		if accept {
			s.Accepted[i]++
		} else {
			copy(s.row(s.X, i), s.row(s.oldX, i))
			copy(s.row(s.Grad, i), s.row(s.oldGrad, i))
			s.Energy[i] = s.oldEnergy[i]
		}
		s.Step[i]++
		acceptance += alpha
	}
	return s.info(acceptance)
}

// timeStep is ε = √(2η), the time step with which one leapfrog step from a
// fresh momentum is a Langevin step of size η.
func (s *State) timeStep(i int) float32 {
	return float32(math.Sqrt(2 * float64(s.params[i].StepSize)))
}

// judge gives the probability to accept the proposal of chain i, and the
// verdict.
func (s *State) judge(i int) (alpha float64, accept bool) {
	climb := s.Energy[i] - s.oldEnergy[i]
	t := float64(s.params[i].Temperature)
	if t == 0 {
		if climb <= 0 {
			return 1, true
		}
		return 0, false
	}
	v := s.row(s.momentum, i)
	alpha = min(1, math.Exp(-(climb+kernel.Dot(v, v)/2-s.kinetic[i])/t))
	return alpha, s.chance[i] < alpha // false if alpha is NaN
}

// Underdamped returns the sampler that takes one step of underdamped
// (kinetic) Langevin dynamics,
//
//	dx = v dt,  dv = −∇E dt − γv dt + √(2γT) dW
//
// by the splitting BAOAB with time step ε = √(2η):
//
//	v ← v − ½ε∇E(x)
//	x ← x + ½εv,  v ← cv + √((1−c²)T)ξ,  x ← x + ½εv,  c = exp(−γε)
//	v ← v − ½ε∇E(x)
//
// (Leimkuhler & Matthews 2013, "Rational construction of stochastic numerical
// methods for molecular sampling", section 2). The ball has mass 1 and rolls on
// from step to step; Velocity holds v, which starts at rest. On a Gaussian its
// x has the variance Tσ² exactly, for every ε < 2σ; elsewhere the bias is
// O(ε²). As γ → ∞ it becomes x ← x − η∇E + √(2ηT)·½(ξ' + ξ), with ξ' that of the
// step before. At T = 0 it is a ball that rolls with friction. A friction that is
// negative or not finite stops the chains.
func Underdamped(friction float32) Sampler {
	return func(s *State, e Energy, schedule Schedule) Info {
		if s.Velocity == nil {
			s.Velocity = make([]float32, s.N*s.Dim)
		}
		s.begin(schedule)
		for i := range s.N {
			if !s.moving[i] {
				continue
			}
			if !usable(friction) {
				s.stop(i, "friction", float64(friction))
				continue
			}
			eps, x, v := s.timeStep(i), s.row(s.X, i), s.row(s.Velocity, i)
			s.release(v, i)
			kernel.Axpy(v, -eps/2, s.row(s.Grad, i))
			kernel.Axpy(x, eps/2, v)
			decay := 2 * float64(friction) * float64(eps)
			kernel.Scale(v, float32(math.Exp(-decay/2)))
			if t := float64(s.params[i].Temperature); t > 0 && decay > 0 {
				kernel.Axpy(v, float32(math.Sqrt(-math.Expm1(-decay)*t)), s.draw(i))
			}
			kernel.Axpy(x, eps/2, v)
			s.Step[i]++
			s.Accepted[i]++
		}
		s.evaluate(e)
		for i := range s.N {
			if s.moving[i] {
				kernel.Axpy(s.row(s.Velocity, i), -s.timeStep(i)/2, s.row(s.Grad, i))
			}
		}
		return s.unadjusted()
	}
}
