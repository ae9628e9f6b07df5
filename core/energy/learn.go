package energy

import (
	"inkwell/core/internal/kernel"
	"inkwell/core/nn"
)

// A Learner evaluates parameter gradients of a [Net] on one block of images.
// It owns its workspace; use one for each goroutine.
//
// The order of calls is Forward, then Backward, then Accumulate.
type Learner struct {
	b Batch
	n int // padded
	m int // images
}

// NewLearner returns a workspace for blocks of up to [Block] images.
func (n *Net) NewLearner() *Learner { return &Learner{b: *n.newBatch(Block, true)} }

// Forward evaluates the m = len(each)/10 ≤ Block images x (m, 784) and writes
// their class energies to each (m, 10).
func (l *Learner) Forward(each []float64, x []float32) {
	m := len(each) / Classes
	if m > Block || len(x) != m*Pixels || len(each) != m*Classes {
		panic("energy: Learner.Forward: length mismatch")
	}
	l.m, l.n = m, (m+nn.Lanes-1)/nn.Lanes*nn.Lanes
	kernel.Transpose(l.b.x[:Pixels*l.n], x, m, Pixels, l.n)
	l.b.forward(l.n, true)
	for j := range m {
		for y := range Classes {
			each[j*Classes+y] = float64(l.b.e0[j]) + float64(l.b.c[y*l.n+j])
		}
	}
}

// Backward writes ∇ₓ Σ_y w[j,y] E(x_j,y) to grad (m, 784); w is (m, 10).
func (l *Learner) Backward(grad []float32, w []float64) {
	b := &l.b
	if len(w) != l.m*Classes || len(grad) != l.m*Pixels {
		panic("energy: Learner.Backward: length mismatch")
	}
	for j := range l.m {
		b.setWeights(j, l.n, (*[Classes]float64)(w[j*Classes:]))
	}
	b.clearWeights(l.m, l.n)
	b.backward(l.n)
	kernel.Untranspose(grad, b.gx[:Pixels*l.n], l.m, Pixels, l.n)
}

// Accumulate adds to dtheta, of the length of Theta, the gradient ∇_θ of
//
//	Σ_j ⟨v_j, ∇ₓφ(x_j)⟩ + Σ_j Σ_y coef[j,y]·E(x_j,y)
//
// The first term is the mixed derivative that score and flow matching need,
// with φ the energy whose weights w the last Backward was given: if marginal
// is false the w are constants, φ = Σ_y w_y E(x,y), and if it is true they are
// w = p(y|x) and φ is the marginal energy E(x), whose weights change with x
// and θ. v is (m, 784), or nil for no such term; coef is (m, 10), or nil.
//
// With a tangent pushed forward, ẋ = v, the first term is the derivative φ̇ of
// φ along v, and one reverse pass over values and tangents together gives its
// gradient. The gradient at a tangent ȧ is ∂φ/∂a, which Backward has left
// behind, so that pass costs one transposed and two outer products a layer:
// with q the gradient at a value,
//
//	q_z = q_a·s'(z) + g_a·s''(z)·ż,   q_{a−} = Wᵀq_z,   dW += q_z a−ᵀ + g_z ȧ−ᵀ
//
// (a− the layer's input), six forward costs in all with Forward and Backward.
func (l *Learner) Accumulate(dtheta []float32, v []float32, marginal bool, coef []float64) {
	b, n := &l.b, l.n
	net := b.net
	if len(dtheta) != len(net.Theta) || v != nil && len(v) != l.m*Pixels || coef != nil && len(coef) != l.m*Classes {
		panic("energy: Learner.Accumulate: length mismatch")
	}
	d := net.view(dtheta)
	mixed := v != nil
	sum, csum := b.sum[:n], b.csum[:n]
	clear(csum)
	cc := b.coef[:Classes*n]
	clear(cc)
	for i, c := range coef {
		j, y := i/Classes, i%Classes
		cc[y*n+j] = float32(c)
		csum[j] += float32(c)
	}
	if mixed {
		kernel.Transpose(b.v[:Pixels*n], v, l.m, Pixels, n)
		b.tangent(n)
	}

	// the top: f and the class energies
	last := len(net.layers) - 1
	t := &b.a[last]
	size := net.layers[last].conv.Out.Size() * n
	f, ft := t.a[:size], t.zt[:size]
	s, st := b.s[:size], b.st[:size]
	q, t1 := t.at[:size], b.t1[:size] // at of f is free: its tangent is zt
	if mixed {
		ct := b.ct[:Classes*n]
		nn.SwishTangent(st, t.d1[:size], ft)
		net.head.BackwardWeights(d.u, nil, b.cw[:Classes*n], st, n, b.scratch)
		if marginal {
			net.head.Tangent(ct, st, n)
			softmaxTangent(ct, b.cw[:Classes*n], n)
			kernel.Add(cc, ct)
		}
		net.head.Backward(t1, b.cw[:Classes*n], n) // Σ w_y u_y
		clear(q)
		kernel.SwishCurve(q, q, t.d1[:size], t1, t.d2[:size], ft)
		addScaledCols(q, ft, sum, t1)
	} else {
		clear(q)
	}
	net.head.BackwardWeights(d.u, d.ub, cc, s, n, b.scratch)
	net.head.Backward(t1, cc, n)
	kernel.Times(t1, t1, t.d1[:size])
	kernel.Add(q, t1)
	addScaledCols(q, f, csum, t1)

	// the layers, from f down
	qz, qa, spare := q, b.t1, b.t2
	for s := last; s >= 0; s-- {
		layer, t := &net.layers[s], &b.a[s]
		size, below := layer.conv.Out.Size()*n, layer.conv.In.Size()*n
		if s < last {
			qz = t.zt[:size]
			if mixed {
				kernel.SwishCurve(qz, qa[:size], t.d1[:size], t.ga[:size], t.d2[:size], t.zt[:size])
			} else {
				kernel.Times(qz, qa[:size], t.d1[:size])
			}
		}
		in, inTangent := b.x, b.v
		if s > 0 {
			in, inTangent = b.a[s-1].a, b.a[s-1].at
		}
		in = in[:below]
		layer.conv.BackwardWeights(d.w[s], d.b[s], qz, in, n, b.scratch)
		if mixed {
			layer.conv.BackwardWeights(d.w[s], nil, t.gz[:size], inTangent[:below], n, b.scratch)
		}
		if s == 0 {
			break
		}
		layer.conv.Backward(spare[:below], qz, n)
		if layer.res {
			nn.Residual(spare[:below], qa[:size])
		}
		qa, spare = spare, qa
		h := net.n.h[s-1]
		if coef != nil {
			kernel.RowAxpy(qa[:below], h, csum, n)
			kernel.Outer1(d.h[s-1], in, csum, n)
		}
		if mixed {
			kernel.Outer1(d.h[s-1], inTangent[:below], sum, n)
		}
	}

	// ½k‖x‖² and its derivative along v, k⟨x,v⟩
	for i := 0; i < Pixels*n; i += n {
		x := b.x[i : i+n]
		for j, xj := range x {
			d.k[0] += 0.5 * csum[j] * xj * xj
			if mixed {
				d.k[0] += sum[j] * xj * b.v[i+j]
			}
		}
	}
}

// tangent pushes b.v forward through the layers.
func (b *Batch) tangent(n int) {
	at := b.v[:Pixels*n]
	last := len(b.net.layers) - 1
	for s, l := range b.net.layers {
		t := &b.a[s]
		size := l.conv.Out.Size() * n
		l.conv.Tangent(t.zt[:size], at, n)
		if s == last {
			return
		}
		nn.SwishTangent(t.at[:size], t.d1[:size], t.zt[:size])
		if l.res {
			nn.Residual(t.at[:size], at)
		}
		at = t.at[:size]
	}
}

// softmaxTangent replaces the tangents ė (10, n) of the energies by those of
// the weights w = softmax(−e):
//
//	ẇ_y = −w_y (ė_y − Σ_k w_k ė_k)
func softmaxTangent(et, w []float32, n int) {
	for j := range n {
		mean := float32(0)
		for y := range Classes {
			mean += w[y*n+j] * et[y*n+j]
		}
		for y := range Classes {
			et[y*n+j] = -w[y*n+j] * (et[y*n+j] - mean)
		}
	}
}
