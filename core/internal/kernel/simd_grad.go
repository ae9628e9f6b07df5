//go:build goexperiment.simd && go1.27

package kernel

import "simd"

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
