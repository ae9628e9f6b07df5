//go:build goexperiment.simd && go1.27 && !wasm

package kernel

import "simd"

func swish(a, d1, z []float32) { swish2(a, d1, nil, z) }

// swish2 writes no second derivative if d2 is nil: a function to share would be
// too large to be inlined.
func swish2(a, d1, d2, z []float32) {
	one, two := simd.BroadcastFloat32s(1), simd.BroadcastFloat32s(2)
	l := one.Len()
	i := 0
	for ; i+l <= len(z); i += l {
		x := simd.LoadFloat32s(z[i:])
		y := x.Neg().Min(simd.BroadcastFloat32s(expMax)).Max(simd.BroadcastFloat32s(-expMax))
		bias := simd.BroadcastFloat32s(roundBias)
		k := y.MulAdd(simd.BroadcastFloat32s(log2e), bias)
		n := k.ToBits().ShiftAllLeft(23)
		k = k.Sub(bias)
		r := k.MulAdd(simd.BroadcastFloat32s(-ln2hi), y)
		r = k.MulAdd(simd.BroadcastFloat32s(-ln2lo), r)
		p := r.MulAdd(simd.BroadcastFloat32s(exp0), simd.BroadcastFloat32s(exp1))
		p = p.MulAdd(r, simd.BroadcastFloat32s(exp2))
		p = p.MulAdd(r, simd.BroadcastFloat32s(exp3))
		p = p.MulAdd(r, simd.BroadcastFloat32s(exp4))
		p = p.MulAdd(r, simd.BroadcastFloat32s(exp5))
		p = p.MulAdd(r.Mul(r), r).Add(one)
		e := p.ToBits().Add(n).BitsToFloat32()
		s := one.Div(one.Add(e))
		t := one.Sub(s)
		w := x.Mul(s)
		w.Store(a[i:])
		// s(1 + x(1−s)) = s + xs(1−s)
		w.MulAdd(t, s).Store(d1[i:])
		if d2 != nil {
			t.Sub(s).MulAdd(x, two).Mul(s.Mul(t)).Store(d2[i:])
		}
	}
	if d2 == nil {
		swishScalar(a[i:], d1[i:], z[i:])
	} else {
		swish2Scalar(a[i:], d1[i:], d2[i:], z[i:])
	}
}

func times(dst, x, y []float32) {
	l := simd.Float32s{}.Len()
	i := 0
	for ; i+l <= len(dst); i += l {
		simd.LoadFloat32s(x[i:]).Mul(simd.LoadFloat32s(y[i:])).Store(dst[i:])
	}
	timesScalar(dst[i:], x[i:], y[i:])
}

func colDot(dst, h, x []float32, n int) {
	l := simd.Float32s{}.Len()
	for j := 0; j < n; j += l {
		s := simd.LoadFloat32s(dst[j:])
		p := j
		for _, v := range h {
			s = simd.BroadcastFloat32s(v).MulAdd(simd.LoadFloat32s(x[p:]), s)
			p += n
		}
		s.Store(dst[j:])
	}
}
