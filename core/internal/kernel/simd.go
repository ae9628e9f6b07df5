//go:build goexperiment.simd && go1.27

package kernel

import "simd"

// The element-wise kernels on portable vectors: one source for AVX-512, AVX2,
// NEON, WebAssembly and emulation. Lengths that are multiples of Lanes never
// reach the scalar tails.

func swishCurve(qz, qa, d1, ga, d2, zt []float32) {
	l := simd.Float32s{}.Len()
	i := 0
	for ; i+l <= len(qz); i += l {
		q := simd.LoadFloat32s(ga[i:]).Mul(simd.LoadFloat32s(d2[i:])).Mul(simd.LoadFloat32s(zt[i:]))
		simd.LoadFloat32s(qa[i:]).MulAdd(simd.LoadFloat32s(d1[i:]), q).Store(qz[i:])
	}
	swishCurveScalar(qz[i:], qa[i:], d1[i:], ga[i:], d2[i:], zt[i:])
}

func axpy(dst []float32, a float32, x []float32) {
	b := simd.BroadcastFloat32s(a)
	l := b.Len()
	i := 0
	for ; i+l <= len(dst); i += l {
		b.MulAdd(simd.LoadFloat32s(x[i:]), simd.LoadFloat32s(dst[i:])).Store(dst[i:])
	}
	axpyScalar(dst[i:], a, x[i:])
}

func scale(dst []float32, a float32) {
	b := simd.BroadcastFloat32s(a)
	l := b.Len()
	i := 0
	for ; i+l <= len(dst); i += l {
		b.Mul(simd.LoadFloat32s(dst[i:])).Store(dst[i:])
	}
	scaleScalar(dst[i:], a)
}

func lerp(dst, x []float32, a float32) {
	b := simd.BroadcastFloat32s(a)
	l := b.Len()
	i := 0
	for ; i+l <= len(dst); i += l {
		v := simd.LoadFloat32s(dst[i:])
		b.MulAdd(simd.LoadFloat32s(x[i:]).Sub(v), v).Store(dst[i:])
	}
	lerpScalar(dst[i:], x[i:], a)
}

func langevin(x, g, noise []float32, eta, sigma float32) {
	e, s := simd.BroadcastFloat32s(-eta), simd.BroadcastFloat32s(sigma)
	l := e.Len()
	i := 0
	for ; i+l <= len(x); i += l {
		v := e.MulAdd(simd.LoadFloat32s(g[i:]), simd.LoadFloat32s(x[i:]))
		s.MulAdd(simd.LoadFloat32s(noise[i:]), v).Store(x[i:])
	}
	langevinScalar(x[i:], g[i:], noise[i:], eta, sigma)
}

func adam(w, m, v, g []float32, lr, beta1, beta2, eps, c1, c2 float32) {
	b1, a1 := simd.BroadcastFloat32s(beta1), simd.BroadcastFloat32s(1-beta1)
	b2, a2 := simd.BroadcastFloat32s(beta2), simd.BroadcastFloat32s(1-beta2)
	step, corr, e := simd.BroadcastFloat32s(-lr*c1), simd.BroadcastFloat32s(c2), simd.BroadcastFloat32s(eps)
	l := b1.Len()
	i := 0
	for ; i+l <= len(w); i += l {
		x := simd.LoadFloat32s(g[i:])
		p := b1.MulAdd(simd.LoadFloat32s(m[i:]), a1.Mul(x))
		q := b2.MulAdd(simd.LoadFloat32s(v[i:]), a2.Mul(x).Mul(x))
		p.Store(m[i:])
		q.Store(v[i:])
		d := q.Mul(corr).Sqrt().Add(e)
		simd.LoadFloat32s(w[i:]).Add(step.Mul(p).Div(d)).Store(w[i:])
	}
	adamScalar(w[i:], m[i:], v[i:], g[i:], lr, beta1, beta2, eps, c1, c2)
}

// sum adds the lanes of v in pairs.
func sum(v simd.Float32s) float32 {
	var a [Lanes]float32
	v.Store(a[:])
	for h := v.Len() / 2; h > 0; h /= 2 {
		for i := range h {
			a[i] += a[i+h]
		}
	}
	return a[0]
}

func dot(x, y []float32) float64 {
	total := 0.0
	for len(x) > 0 {
		n := min(len(x), dotBlock)
		total += float64(dotFloat32(x[:n], y[:n]))
		x, y = x[n:], y[n:]
	}
	return total
}

func dotFloat32(x, y []float32) float32 {
	var s0, s1 simd.Float32s
	l := s0.Len()
	i := 0
	for ; i+2*l <= len(x); i += 2 * l {
		s0 = simd.LoadFloat32s(x[i:]).MulAdd(simd.LoadFloat32s(y[i:]), s0)
		s1 = simd.LoadFloat32s(x[i+l:]).MulAdd(simd.LoadFloat32s(y[i+l:]), s1)
	}
	t := sum(s0.Add(s1))
	for ; i < len(x); i++ {
		t += x[i] * y[i]
	}
	return t
}

func rowSum(dst, x []float32, n int) {
	l := simd.Float32s{}.Len()
	size := len(dst) * n
	for i := range dst {
		var s simd.Float32s
		for p := i * n; p < len(x); p += size {
			r := x[p : p+n]
			for j := 0; j < n; j += l {
				s = s.Add(simd.LoadFloat32s(r[j:]))
			}
		}
		dst[i] += sum(s)
	}
}

func outer1(dh, x, c []float32, n int) {
	for i := range dh {
		dh[i] += dotFloat32(x[i*n:][:n], c)
	}
}

func colSquare(dst, x []float32, n int) {
	l := simd.Float32s{}.Len()
	for j := 0; j < n; j += l {
		s := simd.LoadFloat32s(dst[j:])
		for p := j; p < len(x); p += n {
			v := simd.LoadFloat32s(x[p:])
			s = v.MulAdd(v, s)
		}
		s.Store(dst[j:])
	}
}

func quad0Vector(x, y simd.Uint32s) (simd.Uint32s, simd.Uint32s) {
	x = x.Add(y)
	y = y.RotateAllLeft(rot0).Xor(x)
	x = x.Add(y)
	y = y.RotateAllLeft(rot1).Xor(x)
	x = x.Add(y)
	y = y.RotateAllLeft(rot2).Xor(x)
	x = x.Add(y)
	y = y.RotateAllLeft(rot3).Xor(x)
	return x, y
}

func quad1Vector(x, y simd.Uint32s) (simd.Uint32s, simd.Uint32s) {
	x = x.Add(y)
	y = y.RotateAllLeft(rot4).Xor(x)
	x = x.Add(y)
	y = y.RotateAllLeft(rot5).Xor(x)
	x = x.Add(y)
	y = y.RotateAllLeft(rot6).Xor(x)
	x = x.Add(y)
	y = y.RotateAllLeft(rot7).Xor(x)
	return x, y
}

func threefryVector(k0, k1 uint32, x, y simd.Uint32s) (simd.Uint32s, simd.Uint32s) {
	k2 := parity ^ k0 ^ k1
	x, y = x.Add(simd.BroadcastUint32s(k0)), y.Add(simd.BroadcastUint32s(k1))
	x, y = quad0Vector(x, y)
	x, y = x.Add(simd.BroadcastUint32s(k1)), y.Add(simd.BroadcastUint32s(k2+1))
	x, y = quad1Vector(x, y)
	x, y = x.Add(simd.BroadcastUint32s(k2)), y.Add(simd.BroadcastUint32s(k0+2))
	x, y = quad0Vector(x, y)
	x, y = x.Add(simd.BroadcastUint32s(k0)), y.Add(simd.BroadcastUint32s(k1+3))
	x, y = quad1Vector(x, y)
	x, y = x.Add(simd.BroadcastUint32s(k1)), y.Add(simd.BroadcastUint32s(k2+4))
	x, y = quad0Vector(x, y)
	return x.Add(simd.BroadcastUint32s(k2)), y.Add(simd.BroadcastUint32s(k0 + 5))
}

func boxMullerVector(x, y simd.Uint32s) (simd.Float32s, simd.Float32s) {
	half := simd.BroadcastFloat32s(0.5)
	one := simd.BroadcastFloat32s(1)
	u := x.ShiftAllRight(9).BitsToInt32().ConvertToFloat32().Add(half).Mul(simd.BroadcastFloat32s(1.0 / (1 << 23)))
	e := u.ToBits().Sub(simd.BroadcastUint32s(sqrtHalfBits))
	m := e.And(simd.BroadcastUint32s(0x007FFFFF)).Add(simd.BroadcastUint32s(sqrtHalfBits)).BitsToFloat32().Sub(one)
	k := e.BitsToInt32().ShiftAllRight(23).ConvertToFloat32()
	p := m.MulAdd(simd.BroadcastFloat32s(log0), simd.BroadcastFloat32s(log1))
	p = p.MulAdd(m, simd.BroadcastFloat32s(log2))
	p = p.MulAdd(m, simd.BroadcastFloat32s(log3))
	p = p.MulAdd(m, simd.BroadcastFloat32s(log4))
	p = p.MulAdd(m, simd.BroadcastFloat32s(log5))
	p = p.MulAdd(m, simd.BroadcastFloat32s(log6))
	p = p.MulAdd(m, simd.BroadcastFloat32s(log7))
	p = p.MulAdd(m, simd.BroadcastFloat32s(log8))
	q := m.Mul(m)
	p = p.Mul(m).Mul(q)
	p = k.MulAdd(simd.BroadcastFloat32s(ln2lo), p)
	p = q.MulAdd(simd.BroadcastFloat32s(-0.5), p)
	ln := k.MulAdd(simd.BroadcastFloat32s(ln2hi), p.Add(m))
	r := ln.Mul(simd.BroadcastFloat32s(-2)).Sqrt()

	a := y.Add(simd.BroadcastUint32s(1 << 29)).ShiftAllRight(30)
	t := y.Sub(a.ShiftAllLeft(30)).BitsToInt32().ConvertToFloat32().Mul(simd.BroadcastFloat32s(turn))
	s := t.Mul(t)
	sin := s.MulAdd(simd.BroadcastFloat32s(sin0), simd.BroadcastFloat32s(sin1))
	sin = sin.MulAdd(s, simd.BroadcastFloat32s(sin2)).Mul(s).MulAdd(t, t)
	cos := s.MulAdd(simd.BroadcastFloat32s(cos0), simd.BroadcastFloat32s(cos1))
	cos = cos.MulAdd(s, simd.BroadcastFloat32s(cos2)).Mul(s).Mul(s)
	cos = s.MulAdd(simd.BroadcastFloat32s(-0.5), cos).Add(one)

	// A quarter turn swaps the two; signs are bit 31: of the cosine in
	// quarters 1 and 2, of the sine in quarters 2 and 3.
	odd := a.ShiftAllLeft(31).BitsToInt32().ShiftAllRight(31).ToBits()
	c, d := cos.ToBits(), sin.ToBits()
	swap := c.Xor(d).And(odd)
	sign := simd.BroadcastUint32s(1 << 31)
	c = c.Xor(swap).Xor(a.Add(simd.BroadcastUint32s(1)).ShiftAllLeft(30).And(sign))
	d = d.Xor(swap).Xor(a.ShiftAllLeft(30).And(sign))
	return r.Mul(c.BitsToFloat32()), r.Mul(d.BitsToFloat32())
}

func normal(dst []float32, seed uint64, step uint32) {
	lane := [Lanes]uint32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
	k0, k1 := uint32(seed), uint32(seed>>32)
	count := simd.BroadcastUint32s(step)
	l := count.Len()
	i := 0
	for ; i+2*Lanes <= len(dst); i += 2 * Lanes {
		base := simd.BroadcastUint32s(uint32(i / 2))
		for j := 0; j < Lanes; j += l {
			x, y := boxMullerVector(threefryVector(k0, k1, simd.LoadUint32s(lane[j:]).Add(base), count))
			x.Store(dst[i+j:])
			y.Store(dst[i+Lanes+j:])
		}
	}
	if i < len(dst) {
		// The last, broken group: made whole, so that it is made like the others.
		var buf [2 * Lanes]float32
		base := simd.BroadcastUint32s(uint32(i / 2))
		for j := 0; j < Lanes; j += l {
			x, y := boxMullerVector(threefryVector(k0, k1, simd.LoadUint32s(lane[j:]).Add(base), count))
			x.Store(buf[j:])
			y.Store(buf[Lanes+j:])
		}
		copy(dst[i:], buf[:])
	}
}
