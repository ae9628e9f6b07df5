//go:build goexperiment.simd && go1.27 && wasm

package kernel

import (
	"simd/archsimd"
	"unsafe"
)

// The element-wise kernels that a sampling step runs, for WebAssembly: bounds
// checks, and the dispatch that each of their branches makes, would take most of
// the time. The rest of them is in simd.go.

// A lanes is a constant in every lane, to be loaded where it is used.
type lanes [4]float32

func fill(x float32) lanes { return lanes{x, x, x, x} }

var (
	one, two, round        = fill(1), fill(2), fill(roundBias)
	expLimit               = fill(expMax)
	minusLog2e             = fill(-log2e)
	minusLn2Hi, minusLn2Lo = fill(-ln2hi), fill(-ln2lo)
	expTerms               = [6]lanes{fill(exp0), fill(exp1), fill(exp2), fill(exp3), fill(exp4), fill(exp5)}
)

func get(x *lanes) archsimd.Float32x4 { return archsimd.LoadFloat32x4Array((*[4]float32)(x)) }

func put(p unsafe.Pointer, x archsimd.Float32x4) { x.StoreArray((*[4]float32)(p)) }

func swish(a, d1, z []float32) { swish2(a, d1, nil, z) }

// swish2 writes no second derivative if d2 is nil: a function to share would be
// too large to be inlined, and calls cost more than the rest.
//
// With e = exp(−|x|), one of s = 1/(1+exp(−x)) and 1−s is 1/(1+e), the other
// e/(1+e).
func swish2(a, d1, d2, z []float32) {
	pa, p1, p2, pz := pointer(a), pointer(d1), pointer(d2), pointer(z)
	n := len(z) &^ 3
	for i := 0; i < n*4; i += 16 {
		x := load(pz, i)
		// As integers, the bits of |x| and of the limit are in the same order.
		y := x.Abs().ToBits().Min(get(&expLimit).ToBits()).BitsToFloat32()
		k := y.Mul(get(&minusLog2e)).Add(get(&round))
		n := k.ToBits().ShiftAllLeft(23)
		k = k.Sub(get(&round))
		r := k.Mul(get(&minusLn2Hi)).Sub(y)
		r = k.Mul(get(&minusLn2Lo)).Add(r)
		p := r.Mul(get(&expTerms[0])).Add(get(&expTerms[1]))
		p = p.Mul(r).Add(get(&expTerms[2]))
		p = p.Mul(r).Add(get(&expTerms[3]))
		p = p.Mul(r).Add(get(&expTerms[4]))
		p = p.Mul(r).Add(get(&expTerms[5]))
		p = p.Mul(r.Mul(r)).Add(r).Add(get(&one))
		e := p.ToBits().Add(n).BitsToFloat32()
		u := get(&one).Div(e.Add(get(&one)))
		v := e.Mul(u)
		up := x.GreaterEqual(archsimd.Float32x4{})
		s, t := u.IfElse(up, v), v.IfElse(up, u)
		w := x.Mul(s)
		put(unsafe.Add(pa, i), w)
		put(unsafe.Add(p1, i), w.Mul(t).Add(s))
		if p2 != nil {
			put(unsafe.Add(p2, i), t.Sub(s).Mul(x).Add(get(&two)).Mul(s.Mul(t)))
		}
	}
	if d2 == nil {
		swishScalar(a[n:], d1[n:], z[n:])
	} else {
		swish2Scalar(a[n:], d1[n:], d2[n:], z[n:])
	}
}

func times(dst, x, y []float32) {
	d, p, q := pointer(dst), pointer(x), pointer(y)
	n := len(dst) &^ 15
	for i := 0; i < n*4; i += 64 {
		put(unsafe.Add(d, i), load(p, i).Mul(load(q, i)))
		put(unsafe.Add(d, i+16), load(p, i+16).Mul(load(q, i+16)))
		put(unsafe.Add(d, i+32), load(p, i+32).Mul(load(q, i+32)))
		put(unsafe.Add(d, i+48), load(p, i+48).Mul(load(q, i+48)))
	}
	timesScalar(dst[n:], x[n:], y[n:])
}

//go:nocheckptr
func colDot(dst, h, x []float32, n int) {
	for j := 0; j < n; j += 16 {
		d, p, q := unsafe.Add(pointer(dst), j*4), pointer(h), unsafe.Add(pointer(x), j*4)
		s0, s1, s2, s3 := load(d, 0), load(d, 16), load(d, 32), load(d, 48)
		for k := len(h); k > 0; k-- {
			v := archsimd.BroadcastUint32x4(at(p, 0)).BitsToFloat32()
			s0 = s0.Add(v.Mul(load(q, 0)))
			s1 = s1.Add(v.Mul(load(q, 16)))
			s2 = s2.Add(v.Mul(load(q, 32)))
			s3 = s3.Add(v.Mul(load(q, 48)))
			p, q = unsafe.Add(p, 4), unsafe.Add(q, n*4)
		}
		put(d, s0)
		put(unsafe.Add(d, 16), s1)
		put(unsafe.Add(d, 32), s2)
		put(unsafe.Add(d, 48), s3)
	}
}

func pointer(x []float32) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(x)) }
