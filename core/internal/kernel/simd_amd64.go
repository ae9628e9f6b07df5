//go:build goexperiment.simd && go1.27

package kernel

import (
	"simd"
	"simd/archsimd"
	"unsafe"
)

// panel is the number of rows of a Matrix that are stored together.
const panel = 8

func mul(dst []float32, w *Matrix, bias, b []float32, n int, spans []Span) {
	if simd.VectorBitSize() == 512 {
		mul512(dst, w, bias, b, n, spans)
	} else {
		mulPortable(dst, w, bias, b, n, spans)
	}
}

func mul512(dst []float32, w *Matrix, bias, b []float32, n int, spans []Span) {
	var zero [panel]float32
	for j, wide := 0, true; j < n; j += 2 * Lanes {
		wide = j+2*Lanes <= n
		y := unsafe.Pointer(unsafe.SliceData(b))
		y = unsafe.Add(y, j*4)
		for i := 0; i < w.Rows; {
			a := unsafe.Pointer(&w.panels[i/panel*panel*w.Cols+i%panel])
			c := unsafe.Pointer(&zero)
			if bias != nil {
				c = unsafe.Pointer(&bias[i])
			}
			d := unsafe.Pointer(&dst[i*n+j])
			switch rows := w.Rows - i; {
			case rows >= 8 && wide:
				tile8x2(d, n*4, c, a, y, n*4, spans)
				i += 8
			case rows >= 8:
				tile8x1(d, n*4, c, a, y, n*4, spans)
				i += 8
			case rows >= 4 && wide:
				tile4x2(d, n*4, c, a, y, n*4, spans)
				i += 4
			case rows >= 4:
				tile4x1(d, n*4, c, a, y, n*4, spans)
				i += 4
			case wide:
				tile1x2(d, n*4, c, a, y, n*4, spans)
				i++
			default:
				tile1x1(d, n*4, c, a, y, n*4, spans)
				i++
			}
		}
	}
}

// Below these many pairs, a gradient is computed as the product of d and the
// transpose of b; from there, as inner products.
const fewPairs = 2

func mulTScratch(m, k, n, pairs int) int {
	if pairs > fewPairs {
		return 0
	}
	return n*up(k, 2*Lanes) + n*up(m, panel)
}

// up rounds x up to a multiple of to.
func up(x, to int) int { return (x + to - 1) / to * to }

func mulT(dw []float32, ld int, d, b []float32, m, k, n int, pairs []Pair, scratch []float32) {
	if simd.VectorBitSize() != 512 {
		mulTPortable(dw, ld, d, b, 0, m, 0, k, n, pairs)
		return
	}
	if len(pairs) <= fewPairs {
		for _, p := range pairs {
			outer512(dw, ld, d[p.D*n:][:m*n], b[p.B*n:][:k*n], m, k, n, scratch)
		}
		return
	}
	m4, k4 := m&^3, k&^3
	// As many pairs at a time as keep four rows of d in half of a level-1 cache.
	block := max(1, 1024/n)
	for from := 0; from < len(pairs); from += block {
		part := pairs[from:min(from+block, len(pairs))]
		for i := 0; i < m4; i += 4 {
			for j := 0; j < k4; j += 4 {
				dots4x4(unsafe.Pointer(&dw[i*ld+j]), ld*4, unsafe.Pointer(&d[i*n]), unsafe.Pointer(&b[j*n]), n*4, part)
			}
		}
	}
	mulTPortable(dw, ld, d, b, m4, m, 0, k, n, pairs)
	mulTPortable(dw, ld, d, b, 0, m4, k4, k, n, pairs)
}

// outer512 adds d·bᵀ to dw: it transposes b, so that the product has the form
// of Mul.
func outer512(dw []float32, ld int, d, b []float32, m, k, n int, scratch []float32) {
	kk := up(k, 2*Lanes)
	bt := scratch[:n*kk]
	w := Matrix{panels: scratch[n*kk:][:n*up(m, panel)]}
	w.Pack(d, m, n)
	transposeInto(bt, kk, b, k, n)
	var zero [panel]float32
	var sums [panel * 2 * Lanes]float32
	const size = 2 * vecSize // of a row of sums
	spans := [1]Span{{K: n}}
	for j := 0; j < k; j += 2 * Lanes {
		for i := 0; i < m; i += panel {
			tile8x2(unsafe.Pointer(&sums), size, unsafe.Pointer(&zero), unsafe.Pointer(&w.panels[i*n]), unsafe.Pointer(&bt[j]), kk*4, spans[:])
			for r := range min(panel, m-i) {
				row := dw[(i+r)*ld+j:]
				row = row[:min(2*Lanes, k-j)]
				if len(row) == 2*Lanes {
					p, q := (*[2 * Lanes]float32)(row), (*[2 * Lanes]float32)(sums[r*2*Lanes:])
					p0, p1 := (*[Lanes]float32)(p[:]), (*[Lanes]float32)(p[Lanes:])
					q0, q1 := (*[Lanes]float32)(q[:]), (*[Lanes]float32)(q[Lanes:])
					archsimd.LoadFloat32x16Array(p0).Add(archsimd.LoadFloat32x16Array(q0)).StoreArray(p0)
					archsimd.LoadFloat32x16Array(p1).Add(archsimd.LoadFloat32x16Array(q1)).StoreArray(p1)
				} else {
					for c := range row {
						row[c] += sums[r*2*Lanes+c]
					}
				}
			}
		}
	}
}

// transposeInto writes the transpose of src (rows, cols) to dst (cols, ld).
func transposeInto(dst []float32, ld int, src []float32, rows, cols int) {
	r4, c4 := rows&^3, cols&^3
	if cols > 0 && rows > 0 {
		_, _ = src[rows*cols-1], dst[(cols-1)*ld+rows-1]
	}
	p, q := unsafe.Pointer(unsafe.SliceData(src)), unsafe.Pointer(unsafe.SliceData(dst))
	for r := 0; r < r4; r += 4 {
		for c := 0; c < c4; c += 4 {
			x, y := unsafe.Add(p, (r*cols+c)*4), unsafe.Add(q, (c*ld+r)*4)
			x0 := archsimd.LoadUint32x4Array((*[4]uint32)(x))
			x1 := archsimd.LoadUint32x4Array((*[4]uint32)(unsafe.Add(x, cols*4)))
			x2 := archsimd.LoadUint32x4Array((*[4]uint32)(unsafe.Add(x, cols*8)))
			x3 := archsimd.LoadUint32x4Array((*[4]uint32)(unsafe.Add(x, cols*12)))
			t0, t1 := x0.InterleaveLo(x1).ReshapeToUint64s(), x2.InterleaveLo(x3).ReshapeToUint64s()
			t2, t3 := x0.InterleaveHi(x1).ReshapeToUint64s(), x2.InterleaveHi(x3).ReshapeToUint64s()
			t0.InterleaveLo(t1).ReshapeToUint32s().StoreArray((*[4]uint32)(y))
			t0.InterleaveHi(t1).ReshapeToUint32s().StoreArray((*[4]uint32)(unsafe.Add(y, ld*4)))
			t2.InterleaveLo(t3).ReshapeToUint32s().StoreArray((*[4]uint32)(unsafe.Add(y, ld*8)))
			t2.InterleaveHi(t3).ReshapeToUint32s().StoreArray((*[4]uint32)(unsafe.Add(y, ld*12)))
		}
	}
	for r := range rows {
		from := c4
		if r >= r4 {
			from = 0
		}
		for c := from; c < cols; c++ {
			dst[c*ld+r] = src[r*cols+c]
		}
	}
}

func transpose(dst, src []float32, rows, cols, n int) {
	if simd.Emulated() {
		transposeScalar(dst, src, rows, cols, n)
	} else {
		transposeInto(dst, n, src, rows, cols)
	}
}

func untranspose(dst, src []float32, rows, cols, n int) { untransposeScalar(dst, src, rows, cols, n) }
