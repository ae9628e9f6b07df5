//go:build !(goexperiment.simd && go1.27) || wasm

package kernel

import "unsafe"

// mulScalar computes blocks of 3 × 2: the compiler multiplies all of a turn's
// last column of weights before it adds, so sums and products must fit the 15
// registers of amd64 together. It walks pointers, since the exported functions
// have checked every index; the last step may leave the slice (see
// tile_amd64.go).
//
//go:nocheckptr
func mulScalar(dst []float32, w *Matrix, bias, b []float32, n int, spans []Span) {
	for j := 0; j < n; j += 2 {
		for i := 0; i < w.Rows; i += 3 {
			var c [3]float32
			if bias != nil {
				copy(c[:], bias[i:])
			}
			c00, c10, c20 := c[0], c[1], c[2]
			c01, c11, c21 := c00, c10, c20
			for _, s := range spans {
				x := unsafe.Add(unsafe.Pointer(unsafe.SliceData(w.panels)), (i*w.Cols+s.W*panel)*4)
				y := unsafe.Add(unsafe.Pointer(unsafe.SliceData(b)), (s.B*n+j)*4)
				k := s.K
				for ; k >= 2; k -= 2 {
					y0, y1 := float(y, 0), float(y, 4)
					c00 += float(x, 0) * y0
					c01 += float(x, 0) * y1
					c10 += float(x, 4) * y0
					c11 += float(x, 4) * y1
					c20 += float(x, 8) * y0
					c21 += float(x, 8) * y1
					y = unsafe.Add(y, n*4)
					y0, y1 = float(y, 0), float(y, 4)
					c00 += float(x, 12) * y0
					c01 += float(x, 12) * y1
					c10 += float(x, 16) * y0
					c11 += float(x, 16) * y1
					c20 += float(x, 20) * y0
					c21 += float(x, 20) * y1
					y = unsafe.Add(y, n*4)
					x = unsafe.Add(x, 24)
				}
				if k > 0 {
					y0, y1 := float(y, 0), float(y, 4)
					c00 += float(x, 0) * y0
					c01 += float(x, 0) * y1
					c10 += float(x, 4) * y0
					c11 += float(x, 4) * y1
					c20 += float(x, 8) * y0
					c21 += float(x, 8) * y1
				}
			}
			d := [3][2]float32{{c00, c01}, {c10, c11}, {c20, c21}}
			for r := range min(3, w.Rows-i) {
				*(*[2]float32)(dst[(i+r)*n+j:]) = d[r]
			}
		}
	}
}

func float(p unsafe.Pointer, off int) float32 { return *(*float32)(unsafe.Add(p, off)) }
