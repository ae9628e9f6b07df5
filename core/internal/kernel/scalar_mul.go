//go:build !(goexperiment.simd && go1.27 && wasm)

package kernel

// mulScalar computes 4 × 2 blocks of dst: eight sums, two inputs and a weight
// fit the 16 registers of amd64.
func mulScalar(dst []float32, w *Matrix, bias, b []float32, n int, spans []Span) {
	for i := 0; i < w.Rows; i += 4 {
		rows := min(4, w.Rows-i)
		// Row i begins at lane i%panel of its panel.
		a := w.panels[i/panel*panel*w.Cols+i%panel:]
		var c [4]float32
		if bias != nil {
			copy(c[:], bias[i:i+rows])
		}
		for j := 0; j < n; j += 2 {
			s00, s01 := c[0], c[0]
			s10, s11 := c[1], c[1]
			s20, s21 := c[2], c[2]
			s30, s31 := c[3], c[3]
			for _, s := range spans {
				x := b[s.B*n+j:]
				y := a[s.W*panel:]
				for range s.K {
					x0, x1 := x[0], x[1]
					v := (*[4]float32)(y)
					s00 += v[0] * x0
					s01 += v[0] * x1
					s10 += v[1] * x0
					s11 += v[1] * x1
					s20 += v[2] * x0
					s21 += v[2] * x1
					s30 += v[3] * x0
					s31 += v[3] * x1
					x = x[min(n, len(x)):]
					y = y[min(panel, len(y)):]
				}
			}
			d := [4][2]float32{{s00, s01}, {s10, s11}, {s20, s21}, {s30, s31}}
			for r := range rows {
				*(*[2]float32)(dst[(i+r)*n+j:]) = d[r]
			}
		}
	}
}
