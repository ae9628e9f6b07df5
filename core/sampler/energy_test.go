package sampler

import "math"

// The energies of these tests, written without the packages they are for.

// spring is Σ x_i²/2σ², of Gaussians with variance σ² at T = 1.
type spring struct{ variance float64 }

func (s spring) Grad(grad []float32, e []float64, x []float32) {
	d := len(x) / len(e)
	for i := range e {
		e[i] = 0
		for j := i * d; j < (i+1)*d; j++ {
			v := float64(x[j])
			e[i] += v * v / (2 * s.variance)
			grad[j] = float32(v / s.variance)
		}
	}
}

// wells is Σ h(½x_i² − log cosh 2x_i): two wells near ±2, and of bounded
// curvature, without which Langevin chains need not have a stationary law.
type wells struct{ h float64 }

func (w wells) at(x float64) (e, slope float64) {
	a := math.Abs(2 * x)
	logcosh := a + math.Log1p(math.Exp(-2*a)) - math.Ln2
	return w.h * (x*x/2 - logcosh), w.h * (x - 2*math.Tanh(2*x))
}

func (w wells) Grad(grad []float32, e []float64, x []float32) {
	d := len(x) / len(e)
	for i := range e {
		e[i] = 0
		for j := i * d; j < (i+1)*d; j++ {
			energy, slope := w.at(float64(x[j]))
			e[i] += energy
			grad[j] = float32(slope)
		}
	}
}

// moment is the mean of x² under exp(−E/T), by quadrature.
func (w wells) moment(t float64) (mean, variance float64) {
	var m0, m2, m4 float64
	for x := -10.0; x <= 10; x += 1e-3 {
		e, _ := w.at(x)
		p := math.Exp(-e / t)
		m0, m2, m4 = m0+p, m2+p*x*x, m4+p*x*x*x*x
	}
	mean = m2 / m0
	return mean, m4/m0 - mean*mean
}

// pair is ½x_0² + ½k(x_1−x_0)²: given x_0, x_1 is normal with mean x_0 and
// variance T/k.
type pair struct{ k float64 }

func (p pair) Grad(grad []float32, e []float64, x []float32) {
	for i := range e {
		a, b := float64(x[2*i]), float64(x[2*i+1])
		e[i] = a*a/2 + p.k*(b-a)*(b-a)/2
		grad[2*i], grad[2*i+1] = float32(a-p.k*(b-a)), float32(p.k*(b-a))
	}
}

// flat is 0 everywhere.
type flat struct{}

func (flat) Grad(grad []float32, e []float64, x []float32) {
	clear(grad)
	clear(e)
}

// trap is a spring in which a point of the batch meets something at a given
// call.
type trap struct {
	spring
	calls, when int
	spoil       func(grad []float32, e []float64)
}

func (t *trap) Grad(grad []float32, e []float64, x []float32) {
	t.spring.Grad(grad, e, x)
	if t.calls == t.when {
		t.spoil(grad, e)
	}
	t.calls++
}

// witness remembers where it was evaluated last, and how often.
type witness struct {
	Energy
	x     []float32
	calls int
}

func (w *witness) Grad(grad []float32, e []float64, x []float32) {
	w.Energy.Grad(grad, e, x)
	w.x = append(w.x[:0], x...)
	w.calls++
}

var samplers = map[string]Sampler{
	"Langevin":       Langevin,
	"MALA":           MALA,
	"Hamiltonian":    Hamiltonian(3),
	"Underdamped":    Underdamped(0.7),
	"no friction":    Underdamped(0),
	"great friction": Underdamped(1e9),
}
