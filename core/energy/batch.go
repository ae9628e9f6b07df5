package energy

import (
	"inkwell/core/internal/kernel"
	"inkwell/core/nn"
)

// Block is the number of images that go through the net together: enough to
// fill the vector registers, few enough that their activations stay in the
// cache.
const Block = 32

// A Batch evaluates a [Net] on many images. It owns the workspace, so calls
// allocate nothing; use one Batch for each goroutine. An image's numbers do
// not depend on its neighbours, bit for bit.
type Batch struct {
	net *Net
	cap int // images in a block at most

	x, gx  []float32 // (1, 28, 28): input and its gradient
	a      []acts    // of each layer; of f: a = f, d1, d2 = swish', swish''; s = swish(f)
	s      []float32 // (F) swish(f)
	c, cw  []float32 // (10): class energies, and the weights ∂φ/∂E(x,y)
	e0     []float32 // (1): the classes' common part of the energy
	sum    []float32 // (1): Σ_y w_y
	t1, t2 []float32 // scratch of the widest layer

	each [Classes]float64
	w    [Classes]float64

	// for parameter gradients only
	v       []float32 // (1, 28, 28): tangent of the input
	st      []float32 // (F): swish'(f)·ft, tangent of swish(f)
	ct      []float32 // (10): tangent of c, then of w
	coef    []float32 // (10)
	csum    []float32 // (1)
	scratch []float32
	learn   bool
}

// acts are what a layer keeps of a block, each (N, C, H, W).
type acts struct {
	a, d1  []float32 // output; derivative of swish
	ga, gz []float32 // ∂φ/∂a, ∂φ/∂z
	// for parameter gradients only
	d2     []float32
	at, zt []float32 // tangents of a and z
}

// NewBatch returns a workspace for sampling and evaluation. chains is the
// number of images that will usually be asked for at once; others are welcome.
func (n *Net) NewBatch(chains int) *Batch { return n.newBatch(chains, false) }

func (n *Net) newBatch(chains int, learn bool) *Batch {
	width := min(Block, max(1, (chains+nn.Lanes-1)/nn.Lanes)*nn.Lanes)
	b := &Batch{net: n, cap: width, learn: learn}
	mk := func(size int) []float32 { return make([]float32, size*width) }
	widest := Pixels
	shared := [3][]float32{} // while sampling, ga and gz are only passed on
	for _, l := range n.layers {
		widest = max(widest, l.conv.Out.Size())
	}
	for i := range shared {
		shared[i] = mk(widest)
	}
	b.x, b.gx = mk(Pixels), mk(Pixels)
	for _, l := range n.layers {
		size := l.conv.Out.Size()
		s := acts{a: mk(size), d1: mk(size)}
		if learn {
			s.ga, s.gz, s.d2, s.at, s.zt = mk(size), mk(size), mk(size), mk(size), mk(size)
			b.scratch = grow(b.scratch, l.conv.Scratch(width))
		} else {
			s.ga, s.gz = shared[0][:size*width], shared[2][:size*width]
			shared[0], shared[1] = shared[1], shared[0]
		}
		b.a = append(b.a, s)
	}
	f := n.layers[len(n.layers)-1].conv.Out.C
	b.s, b.c, b.cw, b.e0, b.sum = mk(f), mk(Classes), mk(Classes), mk(1), mk(1)
	b.t1, b.t2 = mk(widest), mk(widest)
	if learn {
		b.v, b.st, b.ct, b.coef, b.csum = mk(Pixels), mk(f), mk(Classes), mk(Classes), mk(1)
		b.scratch = grow(b.scratch, n.head.Scratch(width))
	}
	return b
}

func grow(s []float32, size int) []float32 {
	if size <= len(s) {
		return s
	}
	return make([]float32, size)
}

// Len is the number of energies, one for each class.
func (b *Batch) Len() int { return Classes }

// Grad evaluates the images x (n, 784), n = len(e): it writes the energies
// φ(E(x,0), …, E(x,9)) to e, their gradients ∇ₓφ = Σ_y w_y ∇ₓE(x,y) to grad
// (n, 784), and unless each is nil the ten class energies to each (n, 10).
// phi names the formula of chain i. A nil grad asks for energies alone, at
// half the price.
func (b *Batch) Grad(grad []float32, e, each []float64, x []float32, phi func(chain int) Formula) {
	count := len(e)
	if len(x) != count*Pixels || grad != nil && len(grad) != len(x) || each != nil && len(each) != count*Classes {
		panic("energy: Batch.Grad: length mismatch")
	}
	for lo := 0; lo < count; lo += b.cap {
		m := min(b.cap, count-lo)
		n := (m + nn.Lanes - 1) / nn.Lanes * nn.Lanes
		kernel.Transpose(b.x[:Pixels*n], x[lo*Pixels:(lo+m)*Pixels], m, Pixels, n)
		b.forward(n, false)
		for j := range m {
			e[lo+j] = b.combine(j, n, phi(lo+j))
			if each != nil {
				copy(each[(lo+j)*Classes:], b.each[:])
			}
		}
		if grad != nil {
			b.clearWeights(m, n)
			b.backward(n)
			kernel.Untranspose(grad[lo*Pixels:(lo+m)*Pixels], b.gx[:Pixels*n], m, Pixels, n)
		}
	}
}

// Features writes the feature vectors f(x) of the images x (n, 784) to dst
// (n, F), F the width of the last layer.
func (b *Batch) Features(dst, x []float32) {
	size := b.net.Features()
	count := len(x) / Pixels
	if len(x) != count*Pixels || len(dst) != count*size {
		panic("energy: Batch.Features: length mismatch")
	}
	for lo := 0; lo < count; lo += b.cap {
		m := min(b.cap, count-lo)
		n := (m + nn.Lanes - 1) / nn.Lanes * nn.Lanes
		kernel.Transpose(b.x[:Pixels*n], x[lo*Pixels:(lo+m)*Pixels], m, Pixels, n)
		b.forward(n, false)
		kernel.Untranspose(dst[lo*size:(lo+m)*size], b.a[len(b.a)-1].a[:size*n], m, size, n)
	}
}

// combine gathers image j's class energies into b.each, and writes the
// derivatives of its formula where backward expects them.
func (b *Batch) combine(j, n int, phi Formula) float64 {
	for y := range Classes {
		b.each[y] = float64(b.e0[j]) + float64(b.c[y*n+j])
	}
	e := phi.Combine(b.w[:], b.each[:])
	b.setWeights(j, n, &b.w)
	return e
}

func (b *Batch) setWeights(j, n int, w *[Classes]float64) {
	sum := 0.0
	for y, v := range w {
		b.cw[y*n+j] = float32(v)
		sum += v
	}
	b.sum[j] = float32(sum)
}

// clearWeights silences the padding beyond the first m images.
func (b *Batch) clearWeights(m, n int) {
	for j := m; j < n; j++ {
		b.setWeights(j, n, &[Classes]float64{})
	}
}

// forward computes every activation and the class energies of b.x.
func (b *Batch) forward(n int, learn bool) {
	net := b.net
	e0 := b.e0[:n]
	clear(e0)
	a := b.x[:Pixels*n]
	kernel.ColSquare(e0, a, n)
	kernel.Scale(e0, net.n.k[0]/2)
	last := len(net.layers) - 1
	for s, l := range net.layers[:last] {
		t := &b.a[s]
		size := l.conv.Out.Size() * n
		z := b.t1[:size]
		l.conv.Forward(z, a, net.n.b[s], n)
		nn.Swish(t.a[:size], t.d1[:size], second(t, size, learn), z)
		if l.res {
			nn.Residual(t.a[:size], a)
		}
		a = t.a[:size]
		kernel.ColDot(e0, net.n.h[s], a, n)
	}
	t := &b.a[last]
	size := net.layers[last].conv.Out.Size() * n
	f := t.a[:size]
	net.layers[last].conv.Forward(f, a, net.n.b[last], n)
	squares := b.sum[:n]
	clear(squares)
	kernel.ColSquare(squares, f, n)
	kernel.Axpy(e0, 0.5, squares)
	nn.Swish(b.s[:size], t.d1[:size], second(t, size, learn), f)
	net.head.Forward(b.c[:Classes*n], b.s[:size], net.n.ub, n)
}

func second(t *acts, size int, learn bool) []float32 {
	if !learn {
		return nil
	}
	return t.d2[:size]
}

// backward computes ∇ₓφ into b.gx from the weights left by setWeights. With
// S = Σ_y w_y:
//
//	∂φ/∂f = S·f + swish'(f)·Σ_y w_y u_y,   ∂φ/∂a_s = S·h_s + what the next layer hands back
func (b *Batch) backward(n int) {
	net := b.net
	sum := b.sum[:n]
	last := len(net.layers) - 1
	t := &b.a[last]
	size := net.layers[last].conv.Out.Size() * n
	g := t.gz[:size]
	net.head.Backward(b.t1[:size], b.cw[:Classes*n], n)
	nn.SwishBackward(g, t.d1[:size], b.t1[:size])
	addScaledCols(g, t.a[:size], sum, b.t1[:size])
	net.layers[last].conv.Backward(b.a[last-1].ga[:net.layers[last].conv.In.Size()*n], g, n)
	for s := last - 1; s >= 0; s-- {
		l, t := &net.layers[s], &b.a[s]
		size := l.conv.Out.Size() * n
		kernel.RowAxpy(t.ga[:size], net.n.h[s], sum, n)
		nn.SwishBackward(t.gz[:size], t.d1[:size], t.ga[:size])
		in := b.gx[:Pixels*n]
		if s > 0 {
			in = b.a[s-1].ga[:l.conv.In.Size()*n]
		}
		l.conv.Backward(in, t.gz[:size], n)
		if l.res {
			nn.Residual(in, t.ga[:size])
		}
	}
	gx := b.gx[:Pixels*n]
	k := b.e0[:n] // its energies were read by combine
	copy(k, sum)
	kernel.Scale(k, net.n.k[0])
	addScaledCols(gx, b.x[:Pixels*n], k, b.t1[:Pixels*n])
}

// addScaledCols adds to row i of dst row i of x times c, elementwise.
func addScaledCols(dst, x, c, scratch []float32) {
	n := len(c)
	for i := 0; i < len(dst); i += n {
		kernel.Times(scratch[i:i+n], x[i:i+n], c)
	}
	kernel.Add(dst, scratch)
}
