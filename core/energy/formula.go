package energy

import "math"

// Energy is an energy over flat points; lower is likelier.
type Energy interface {
	// Grad writes the energies of the n = len(e) points x (n, d) to e and
	// their gradients ∇E to grad (n, d). A nil grad asks for energies alone.
	Grad(grad []float32, e []float64, x []float32)
}

// Family is K energies E_0 … E_{K−1} over one space, cheaper to evaluate
// together than apart.
type Family interface {
	// Len is K.
	Len() int
	// Grad evaluates n = len(e) points x (n, d). With φ = phi(i) for point i
	// it writes φ(E_0, …, E_{K−1}) to e, its gradient Σ_k ∂φ/∂E_k ∇E_k to
	// grad (n, d) unless that is nil, and E_0 … E_{K−1} of every point to
	// each (n, K) unless that is nil.
	Grad(grad []float32, e, each []float64, x []float32, phi func(i int) Formula)
}

// Composition is the [Energy] φ(E_0(x), …, E_{K−1}(x)). One goroutine at a
// time may use it.
type Composition struct {
	Family Family
	Phi    func(i int) Formula // of point i in the call
	Each   []float64           // (n, K): E_0 … E_{K−1} of the points last evaluated
}

// Compose returns the energy φ(E_0(x), …) of a family, with one formula for
// every point.
func Compose(f Family, phi Formula) *Composition {
	return &Composition{Family: f, Phi: func(int) Formula { return phi }}
}

// Grad implements [Energy] and refreshes Each.
func (c *Composition) Grad(grad []float32, e []float64, x []float32) {
	size := len(e) * c.Family.Len()
	if cap(c.Each) < size {
		c.Each = make([]float64, size)
	}
	c.Each = c.Each[:size]
	c.Family.Grad(grad, e, c.Each, x, c.Phi)
}

// Formula is an expression φ that makes one energy out of K: what [Of], [Sum],
// [Or], [Scale], [Not], [Marginal] and [Guided] build. With p_k ∝ exp(−E_k), a
// sum of energies is the product of densities ("and"), a soft minimum their
// sum ("or"); a negative factor divides by a density, as in Du, Li & Mordatch
// 2020, "Compositional Visual Generation with Energy Based Models", section 3.
// The zero Formula is Of(0).
type Formula struct {
	op    op
	k     int       // of
	a     float64   // scale
	terms []Formula // of scale (one), sum, or
}

type op byte

const (
	opOf op = iota
	opScale
	opSum
	opOr
)

// Of is E_k.
func Of(k int) Formula { return Formula{op: opOf, k: k} }

// Sum is φ_1 + φ_2 + …; of nothing, 0.
func Sum(f ...Formula) Formula { return Formula{op: opSum, terms: f} }

// Or is the soft minimum
//
//	−log Σ_i exp(−φ_i)
//
// which is the energy of the sum of the densities; of nothing, +∞.
func Or(f ...Formula) Formula { return Formula{op: opOr, terms: f} }

// Scale is aφ: φ at temperature 1/a.
func Scale(a float64, f Formula) Formula { return Formula{op: opScale, a: a, terms: []Formula{f}} }

// Not is −φ, which is likely where φ is not. Alone it is rarely bounded below:
// add it, scaled, to something that is. For classes, "anything but k" is
// better said as Or of all the others.
func Not(f Formula) Formula { return Scale(-1, f) }

// Marginal is Or(Of(0), …, Of(n−1)): of a joint energy E(x,y), the energy
// E(x) = −log Σ_y exp(−E(x,y)).
func Marginal(n int) Formula {
	f := make([]Formula, n)
	for k := range f {
		f[k] = Of(k)
	}
	return Or(f...)
}

// Guided is (1−w)·Marginal(n) + w·Of(k), that is
//
//	E(x) − w log p(k|x)
//
// The class counts w times: 0 ignores it, 1 is E(x,k), more insists
// (classifier-free guidance: Ho & Salimans 2022, eq. 6 with 1 + w for w here).
func Guided(k, n int, w float64) Formula {
	return Sum(Scale(1-w, Marginal(n)), Scale(w, Of(k)))
}

// Combine returns φ(e) for e (K) and overwrites w (K) with its derivatives
// ∂φ/∂e_k. It allocates nothing, and panics if the formula names an energy
// beyond K. What is not finite in e makes the result not finite where it
// matters, and is not mended.
func (f Formula) Combine(w, e []float64) float64 {
	clear(w[:len(e)])
	f.add(w, 1, e)
	return f.Value(e)
}

// Value returns φ(e).
func (f Formula) Value(e []float64) float64 {
	switch f.op {
	case opOf:
		return e[f.k]
	case opScale:
		return f.a * f.terms[0].Value(e)
	case opSum:
		sum := 0.0
		for _, t := range f.terms {
			sum += t.Value(e)
		}
		return sum
	default: // −log Σ exp(−φ_i) = m − log Σ exp(m−φ_i), m = min φ_i
		m := math.Inf(1)
		for _, t := range f.terms {
			m = math.Min(m, t.Value(e))
		}
		if math.IsInf(m, 0) || math.IsNaN(m) {
			return m
		}
		sum := 0.0
		for _, t := range f.terms {
			sum += math.Exp(m - t.Value(e))
		}
		return m - math.Log(sum)
	}
}

// add adds a·∂φ/∂e_k to w_k.
func (f Formula) add(w []float64, a float64, e []float64) {
	switch f.op {
	case opOf:
		w[f.k] += a
	case opScale:
		f.terms[0].add(w, a*f.a, e)
	case opSum:
		for _, t := range f.terms {
			t.add(w, a, e)
		}
	default: // ∂φ/∂φ_i = exp(φ−φ_i)
		phi := f.Value(e)
		for _, t := range f.terms {
			t.add(w, a*math.Exp(phi-t.Value(e)), e)
		}
	}
}
