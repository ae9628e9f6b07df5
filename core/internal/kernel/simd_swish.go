//go:build goexperiment.simd && go1.27 && !wasm

package kernel

import "simd"

// expVector is exp, lane by lane.
func expVector(x simd.Float32s) simd.Float32s {
	one := simd.BroadcastFloat32s(1)
	x = x.Min(simd.BroadcastFloat32s(expMax)).Max(simd.BroadcastFloat32s(-expMax))
	bias := simd.BroadcastFloat32s(roundBias)
	k := x.MulAdd(simd.BroadcastFloat32s(log2e), bias)
	n := k.ToBits().ShiftAllLeft(23)
	k = k.Sub(bias)
	r := k.MulAdd(simd.BroadcastFloat32s(-ln2hi), x)
	r = k.MulAdd(simd.BroadcastFloat32s(-ln2lo), r)
	p := r.MulAdd(simd.BroadcastFloat32s(exp0), simd.BroadcastFloat32s(exp1))
	p = p.MulAdd(r, simd.BroadcastFloat32s(exp2))
	p = p.MulAdd(r, simd.BroadcastFloat32s(exp3))
	p = p.MulAdd(r, simd.BroadcastFloat32s(exp4))
	p = p.MulAdd(r, simd.BroadcastFloat32s(exp5))
	p = p.MulAdd(r.Mul(r), r).Add(one)
	return p.ToBits().Add(n).BitsToFloat32()
}

func swish(a, d1, z []float32) {
	one := simd.BroadcastFloat32s(1)
	l := one.Len()
	i := 0
	for ; i+l <= len(z); i += l {
		x := simd.LoadFloat32s(z[i:])
		s := one.Div(one.Add(expVector(x.Neg())))
		y := x.Mul(s)
		y.Store(a[i:])
		// s(1 + x(1−s)) = s + y(1−s)
		y.MulAdd(one.Sub(s), s).Store(d1[i:])
	}
	swishScalar(a[i:], d1[i:], z[i:])
}

func swish2(a, d1, d2, z []float32) {
	one := simd.BroadcastFloat32s(1)
	two := simd.BroadcastFloat32s(2)
	l := one.Len()
	i := 0
	for ; i+l <= len(z); i += l {
		x := simd.LoadFloat32s(z[i:])
		s := one.Div(one.Add(expVector(x.Neg())))
		t := one.Sub(s)
		y := x.Mul(s)
		y.Store(a[i:])
		y.MulAdd(t, s).Store(d1[i:])
		t.Sub(s).MulAdd(x, two).Mul(s.Mul(t)).Store(d2[i:])
	}
	swish2Scalar(a[i:], d1[i:], d2[i:], z[i:])
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
