package sampler

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"inkwell/core/internal/check"
)

// moments returns the mean of x and of x².
func moments(x []float32) (m1, m2 float64) {
	for _, v := range x {
		m1 += float64(v)
		m2 += float64(v) * float64(v)
	}
	n := float64(len(x))
	return m1 / n, m2 / n
}

// On a spring the coordinates are independent, and with a = 1 − η/σ² their
// variance obeys V ← a²V + 2ηT at every step, from V = 1 to Tσ²/(1 − η/2σ²).
func TestLangevinHasItsOwnLaw(t *testing.T) {
	const n, d, sigma2, temp = 16, 1024, 0.7, 0.3
	for _, eta := range []float64{0.05, 0.35, 0.7, 1.05} {
		s := NewState(n, d)
		a, want := 1-eta/sigma2, 1.0
		schedule := Constant(float32(eta), temp)
		Langevin(s, spring{sigma2}, schedule)
		before := slices.Clone(s.X)
		for k := 1; k <= 60; k++ {
			copy(before, s.X)
			Langevin(s, spring{sigma2}, schedule)
			old := want
			want = a*a*want + 2*eta*temp
			if k > 3 && k != 10 && k != 60 {
				continue
			}
			name := fmt.Sprintf("η = %v, step %d", eta, k)
			mean, variance := moments(s.X)
			check.Z(t, name+": mean", mean, 0, math.Sqrt(want/(n*d)))
			check.Z(t, name+": variance", variance, want, want*math.Sqrt(2.0/(n*d)))
			lag, across := 0.0, 0.0
			for i, v := range s.X {
				lag += float64(v) * float64(before[i])
				across += float64(v) * float64(s.X[(i+d)%(n*d)])
			}
			cov := a * old
			check.Z(t, name+": covariance with the step before", lag/(n*d), cov, math.Sqrt((want*old+cov*cov)/(n*d)))
			check.Z(t, name+": covariance with the next chain", across/(n*d), 0, want/math.Sqrt(n*d))
		}
		check.Near(t, "the law it came to", want, temp*sigma2/(1-eta/(2*sigma2)), 1e-3)
	}
}

// The stationary law of the unadjusted chain in a double well, found on a grid
// from its transition density, has a bias that halves with η; the chain has
// that law, bias included.
func TestLangevinBiasHalvesWithStepSize(t *testing.T) {
	const temp, n = 0.5, 1 << 14
	e := wells{1}
	exact, _ := e.moment(temp)
	var bias []float64
	for _, eta := range []float64{0.4, 0.2, 0.1} {
		mean, spread := stationary(e, eta, temp)
		bias = append(bias, mean-exact)
		s := NewState(n/64, 64)
		for range int(16 / eta) {
			Langevin(s, e, Constant(float32(eta), temp))
		}
		_, got := moments(s.X)
		check.Z(t, fmt.Sprintf("η = %v: mean of x²", eta), got, mean, math.Sqrt(spread/n))
	}
	check.Near(t, "bias at η over bias at η/2", bias[1]/bias[2], 2, 0.15)
}

// stationary returns mean and variance of x² in the stationary law of the
// chain, by power iteration on a grid.
func stationary(e wells, eta, temp float64) (mean, variance float64) {
	const m, width = 181, 7.0
	h := 2 * width / (m - 1)
	at := func(i int) float64 { return -width + h*float64(i) }
	move := make([]float64, m*m)
	for i := range m {
		_, slope := e.at(at(i))
		row, sum := move[i*m:(i+1)*m], 0.0
		for j := range m {
			d := at(j) - at(i) + eta*slope
			row[j] = math.Exp(-d * d / (4 * eta * temp))
			sum += row[j]
		}
		for j := range row {
			row[j] /= sum
		}
	}
	p := make([]float64, m)
	next := make([]float64, m)
	for i := range p {
		p[i] = math.Exp(-at(i) * at(i) / 2)
	}
	for range int(32 / eta) {
		clear(next)
		for i, pi := range p {
			for j, q := range move[i*m : (i+1)*m] {
				next[j] += pi * q
			}
		}
		p, next = next, p
	}
	var m0, m2, m4 float64
	for i, pi := range p {
		x := at(i)
		m0, m2, m4 = m0+pi, m2+pi*x*x, m4+pi*x*x*x*x
	}
	mean = m2 / m0
	return mean, m4/m0 - mean*mean
}

func TestAdjustedSamplersAreExact(t *testing.T) {
	const n, sigma2, temp = 10000, 0.7, 0.3
	for name, step := range map[string]Sampler{
		"MALA":        MALA,
		"Hamiltonian": Hamiltonian(4),
	} {
		s := NewState(n, 1)
		eta := float32(1.2 * sigma2) // Langevin would have 2.5 times the variance
		if name == "Hamiltonian" {
			eta /= 3
		}
		var info Info
		for range 40 {
			info = step(s, spring{sigma2}, Constant(eta, temp))
		}
		want := sigma2 * temp
		mean, variance := moments(s.X)
		check.Z(t, name+": mean", mean, 0, math.Sqrt(want/n))
		check.Z(t, name+": variance", variance, want, want*math.Sqrt(2.0/n))
		if !(info.Acceptance < 0.98) {
			t.Errorf("%s accepts %v: not a test", name, info.Acceptance)
		}

		s = NewState(n, 1)
		e := wells{1}
		for range 60 {
			info = step(s, e, Constant(0.8, temp))
		}
		exact, spread := e.moment(temp)
		_, got := moments(s.X)
		check.Z(t, name+": x² in the double well", got, exact, math.Sqrt(spread/n))
		if !(info.Acceptance < 0.98) {
			t.Errorf("%s accepts %v in the double well: not a test", name, info.Acceptance)
		}
	}
}

// The probability to accept is that of detailed balance with the densities q
// written out, and chains are accepted as often as it says.
func TestDetailedBalance(t *testing.T) {
	const d, eta, temp = 5, 0.6, 0.6
	e := wells{0.8}
	logq := func(to, from, grad []float32) float64 {
		sum := 0.0
		for j := range to {
			v := float64(to[j]) - float64(from[j]) + eta*float64(grad[j])
			sum += v * v
		}
		return -sum / (4 * eta * temp)
	}
	expected, spread, accepted := 0.0, 0.0, 0
	for seed := range uint64(400) {
		s := NewState(1, d)
		s.Restart(0, seed)
		w := &witness{Energy: e}
		MALA(s, w, Constant(eta, temp))
		for range 3 {
			x, grad, energy := slices.Clone(s.X), slices.Clone(s.Grad), s.Energy[0]
			times := s.Accepted[0]
			info := MALA(s, w, Constant(eta, temp))
			grad2, energy2 := make([]float32, d), make([]float64, 1)
			e.Grad(grad2, energy2, w.x)
			alpha := math.Min(1, math.Exp((energy-energy2[0])/temp+logq(x, w.x, grad2)-logq(w.x, x, grad)))
			check.Near(t, "α", info.Acceptance, alpha, 1e-5)
			at := x
			if s.Accepted[0] > times {
				accepted++
				at = w.x
			}
			if !slices.Equal(s.X, at) {
				t.Fatal("the chain is neither where it was nor where it proposed to go")
			}
			expected, spread = expected+alpha, spread+alpha*(1-alpha)
		}
	}
	check.Z(t, "accepted", float64(accepted), expected, math.Sqrt(spread))
}

// Underdamped on a spring is a linear map with noise: the covariance of x and
// v follows from its parts B, A, O at every step.
func TestUnderdampedHasItsOwnLaw(t *testing.T) {
	const n, d, sigma2, temp = 16, 1024, 0.7, 0.3
	for _, c := range []struct{ eps, friction float64 }{{0.2, 1}, {1.2, 1}, {1.2, 0}, {1.5, 5}} {
		name := fmt.Sprintf("ε/σ² = %v, γ = %v", c.eps, c.friction)
		s := NewState(n, d)
		step := Underdamped(float32(c.friction))
		schedule := Constant(float32(c.eps*c.eps/2), temp)
		step(s, spring{sigma2}, schedule)
		xx, xv, vv := 1.0, 0.0, 0.0
		// a map x ← x + p·v, v ← q·x + r·v, one of p and q being 0, plus noise in v
		apply := func(p, q, r, noise float64) {
			xx, xv, vv = xx+2*p*xv+p*p*vv,
				q*xx+(r+p*q)*xv+p*r*vv,
				q*q*xx+2*q*r*xv+r*r*vv+noise
		}
		kick := func() { apply(0, -c.eps/2/sigma2, 1, 0) }
		drift := func() { apply(c.eps/2, 0, 1, 0) }
		decay := math.Exp(-c.friction * c.eps)
		steps := 40
		if c.eps < 1 {
			steps = 60
		}
		for k := 1; k <= steps; k++ {
			step(s, spring{sigma2}, schedule)
			kick()
			drift()
			apply(0, 0, decay, (1-decay*decay)*temp)
			drift()
			kick()
			if k > 2 && k < steps {
				continue
			}
			_, gotXX := moments(s.X)
			_, gotVV := moments(s.Velocity)
			gotXV := 0.0
			for i, v := range s.X {
				gotXV += float64(v) * float64(s.Velocity[i]) / (n * d)
			}
			at := fmt.Sprintf("%s, step %d: ", name, k)
			check.Z(t, at+"⟨x²⟩", gotXX, xx, xx*math.Sqrt(2.0/(n*d)))
			check.Z(t, at+"⟨v²⟩", gotVV, vv, vv*math.Sqrt(2.0/(n*d)))
			check.Z(t, at+"⟨xv⟩", gotXV, xv, math.Sqrt((xx*vv+xv*xv)/(n*d)))
		}
		if c.friction > 0 {
			check.Near(t, name+": ⟨x²⟩ at rest", xx, temp*sigma2, 1e-3)
		}
	}
}

// With much friction, Underdamped is the method of Leimkuhler and Matthews.
func TestUnderdampedWithGreatFriction(t *testing.T) {
	const n, d, eta, temp = 8, 64, 0.1, 0.5
	s := NewState(n, d)
	schedule := Constant(eta, temp)
	e := wells{1}
	step := samplers["great friction"]
	step(s, e, schedule)
	step(s, e, schedule)
	for range 5 {
		x := slices.Clone(s.X)
		var noise []float32 // of the step before
		for i := range n {
			s.Step[i]--
			noise = append(noise, s.draw(i)...)
			s.Step[i]++
		}
		grad := slices.Clone(s.Grad)
		var next []float32
		for i := range n {
			next = append(next, s.draw(i)...)
		}
		step(s, e, schedule)
		for j := range x {
			want := float64(x[j]) - eta*float64(grad[j]) + math.Sqrt(2*eta*temp)*float64(noise[j]+next[j])/2
			check.Near(t, "x", float64(s.X[j]), want, 1e-5)
		}
	}
}

// Without temperature Langevin and MALA are gradient descent.
func TestColdIsGradientDescent(t *testing.T) {
	const d, eta = 50, 0.05
	e := wells{1}
	for _, name := range []string{"Langevin", "MALA"} {
		s := NewState(1, d)
		x := make([]float64, d)
		for j, v := range s.X {
			x[j] = float64(v)
		}
		samplers[name](s, e, Constant(eta, 0))
		for range 20 {
			samplers[name](s, e, Constant(eta, 0))
			for j := range x {
				_, slope := e.at(x[j])
				x[j] -= eta * slope
			}
		}
		for j := range x {
			check.Near(t, name, float64(s.X[j]), x[j], 1e-5)
		}
	}
}

func TestColdNeverClimbs(t *testing.T) {
	for _, step := range []Sampler{MALA, Hamiltonian(3)} {
		s := NewState(20, 3)
		schedule := Constant(2.5, 0) // far beyond what descent bears
		step(s, wells{1}, schedule)
		refused := false
		for range 20 {
			before := slices.Clone(s.Energy)
			step(s, wells{1}, schedule)
			for i, e := range s.Energy {
				if s.Err[i] == nil && e > before[i] {
					t.Fatalf("energy of chain %d rose from %v to %v", i, before[i], e)
				}
				refused = refused || s.Accepted[i] < s.Step[i]
			}
		}
		if !refused {
			t.Error("nothing was refused: not a test")
		}
	}
}

// The fall is Euler's method, of order 1; the leapfrog and Underdamped without
// friction are of order 2.
func TestOrderOfConvergence(t *testing.T) {
	const d, time = 40, 0.5
	e := wells{1}
	start := make([]float32, d)
	for j := range start {
		start[j] = 0.25 + 1.5*float32(j)/d // away from the saddle
	}
	run := func(step Sampler, eta float64, calls int) []float32 {
		s := NewState(1, d)
		s.Start(0, 1, start)
		for range calls + 1 {
			step(s, e, Constant(float32(eta), 0))
		}
		if s.Accepted[0] != uint32(calls) {
			t.Fatalf("%d of %d steps accepted", s.Accepted[0], calls)
		}
		return s.X
	}
	for _, c := range []struct {
		name  string
		order float64
		run   func(steps int) []float32
	}{
		{"fall", 1, func(n int) []float32 { return run(Langevin, time/float64(n), n) }},
		{"leapfrog", 2, func(n int) []float32 {
			eps := time / float64(n)
			return run(Hamiltonian(n), eps*eps/2, 1)
		}},
		{"no friction", 2, func(n int) []float32 {
			eps := time / float64(n)
			return run(Underdamped(0), eps*eps/2, n)
		}},
	} {
		best := c.run(1024)
		miss := func(n int) float64 {
			sum := 0.0
			for j, v := range c.run(n) {
				d := float64(v) - float64(best[j])
				sum += d * d
			}
			return math.Sqrt(sum)
		}
		check.Near(t, c.name+": order", math.Log2(miss(8)/miss(16)), c.order, 0.1)
	}
}

// The fall takes a spring's unit of time: x → x·e^{−1/σ²}.
func TestFallTakesUnitTime(t *testing.T) {
	s := NewState(1, 10)
	start := slices.Clone(s.X)
	for range 2000 + 1 {
		Langevin(s, spring{0.5}, Fall(2000))
	}
	for j, v := range s.X {
		check.Near(t, "x", float64(v), float64(start[j])*math.Exp(-2), 2e-3)
	}
}

// Without friction and temperature the path runs backwards when v is turned
// round.
func TestUnderdampedIsReversible(t *testing.T) {
	const d, steps = 30, 25
	s := NewState(1, d)
	start := slices.Clone(s.X)
	step := func() { Underdamped(0)(s, wells{1}, Constant(0.003, 0)) }
	step()
	for range steps {
		step()
	}
	for j := range s.Velocity {
		s.Velocity[j] = -s.Velocity[j]
	}
	for range steps {
		step()
	}
	for j, v := range s.X {
		check.Near(t, "x", float64(v), float64(start[j]), 1e-3)
	}
}
