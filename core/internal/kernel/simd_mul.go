//go:build goexperiment.simd && go1.27 && !wasm

package kernel

import "simd"

// mulPortable computes blocks of 4 rows and 2 vectors: eight sums, two inputs
// and a weight fit the 16 registers that AVX2, NEON and WebAssembly engines
// have at least.
func mulPortable(dst []float32, w *Matrix, bias, b []float32, n int, spans []Span) {
	l := simd.Float32s{}.Len()
	for j := 0; j < n; j += 2 * l {
		for i := 0; i < w.Rows; i += 4 {
			rows := min(4, w.Rows-i)
			a := w.panels[i/panel*panel*w.Cols+i%panel:]
			var c [4]float32
			if bias != nil {
				copy(c[:], bias[i:i+rows])
			}
			s00, s10 := simd.BroadcastFloat32s(c[0]), simd.BroadcastFloat32s(c[1])
			s20, s30 := simd.BroadcastFloat32s(c[2]), simd.BroadcastFloat32s(c[3])
			s01, s11, s21, s31 := s00, s10, s20, s30
			for _, s := range spans {
				x, p := b[s.B*n+j:], 0
				y, q := a[s.W*panel:], 0
				// Go 1.27.4 does not compile a range without variables here.
				for k := s.K; k > 0; k-- {
					x0, x1 := simd.LoadFloat32s(x[p:]), simd.LoadFloat32s(x[p+l:])
					v := (*[4]float32)(y[q:])
					p += n
					q += panel
					r := simd.BroadcastFloat32s(v[0])
					s00, s01 = r.MulAdd(x0, s00), r.MulAdd(x1, s01)
					r = simd.BroadcastFloat32s(v[1])
					s10, s11 = r.MulAdd(x0, s10), r.MulAdd(x1, s11)
					r = simd.BroadcastFloat32s(v[2])
					s20, s21 = r.MulAdd(x0, s20), r.MulAdd(x1, s21)
					r = simd.BroadcastFloat32s(v[3])
					s30, s31 = r.MulAdd(x0, s30), r.MulAdd(x1, s31)
				}
			}
			d := dst[i*n+j:]
			s00.Store(d)
			s01.Store(d[l:])
			if rows > 1 {
				s10.Store(d[n:])
				s11.Store(d[n+l:])
			}
			if rows > 2 {
				s20.Store(d[2*n:])
				s21.Store(d[2*n+l:])
			}
			if rows > 3 {
				s30.Store(d[3*n:])
				s31.Store(d[3*n+l:])
			}
		}
	}
}
