//go:build goexperiment.simd && go1.27

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

func convGradPortable(dw []float32, m, ld int, d, b []float32, n int, taps []Tap) {
	for _, t := range taps {
		gradPortable(dw[t.W:], ld, d, b, 0, m, 0, t.K, n, t.Pairs)
	}
}

// gradPortable computes rows i0 … m−1 and columns j0 … k−1 of dw in blocks of
// 4 × 2 inner products.
func gradPortable(dw []float32, ld int, d, b []float32, i0, m, j0, k, n int, pairs []Pair) {
	l := simd.Float32s{}.Len()
	for j := j0; j < k; j += 2 {
		for i := i0; i < m; i += 4 {
			// Rows past the edge repeat the last one; their sums are dropped.
			r1, r2, r3 := min(1, m-1-i)*n, min(2, m-1-i)*n, min(3, m-1-i)*n
			c1 := min(1, k-1-j) * n
			var s00, s01, s10, s11, s20, s21, s30, s31 simd.Float32s
			for _, p := range pairs {
				x, y := d[(p.D+i)*n:], b[(p.B+j)*n:]
				x0, x1, x2, x3 := x[:n], x[r1:][:n], x[r2:][:n], x[r3:][:n]
				y0, y1 := y[:n], y[c1:][:n]
				for q := 0; q < n; q += l {
					v0, v1 := simd.LoadFloat32s(y0[q:]), simd.LoadFloat32s(y1[q:])
					u := simd.LoadFloat32s(x0[q:])
					s00, s01 = u.MulAdd(v0, s00), u.MulAdd(v1, s01)
					u = simd.LoadFloat32s(x1[q:])
					s10, s11 = u.MulAdd(v0, s10), u.MulAdd(v1, s11)
					u = simd.LoadFloat32s(x2[q:])
					s20, s21 = u.MulAdd(v0, s20), u.MulAdd(v1, s21)
					u = simd.LoadFloat32s(x3[q:])
					s30, s31 = u.MulAdd(v0, s30), u.MulAdd(v1, s31)
				}
			}
			sums := [4][2]float32{{sum(s00), sum(s01)}, {sum(s10), sum(s11)}, {sum(s20), sum(s21)}, {sum(s30), sum(s31)}}
			for r := range min(4, m-i) {
				for c := range min(2, k-j) {
					dw[(i+r)*ld+j+c] += sums[r][c]
				}
			}
		}
	}
}

func gradScalarOrVector(dw []float32, ld int, d, b []float32, m, k, n int, pairs []Pair) {
	gradPortable(dw, ld, d, b, 0, m, 0, k, n, pairs)
}
