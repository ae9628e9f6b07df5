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

func mulTScratch(m, k, n, pairs int) int { return 0 }

func mulT(dw []float32, ld int, d, b []float32, m, k, n int, pairs []Pair, scratch []float32) {
	if simd.VectorBitSize() == 512 {
		mulT512(dw, ld, d, b, m, k, n, pairs, scratch)
	} else {
		mulTPortable(dw, ld, d, b, m, k, n, pairs)
	}
}

type vec = archsimd.Float32x16

// Bytes of a vector, and of a column of a panel.
const (
	vecSize    = 64
	columnSize = panel * 4
)

func load(p unsafe.Pointer, off int) vec {
	return archsimd.LoadFloat32x16Array((*[16]float32)(unsafe.Add(p, off)))
}

func store(p unsafe.Pointer, off int, v vec) {
	v.StoreArray((*[16]float32)(unsafe.Add(p, off)))
}

// spread returns the float at p+off in every lane.
func spread(p unsafe.Pointer, off int) vec {
	return archsimd.BroadcastFloat32x16(*(*float32)(unsafe.Add(p, off)))
}

// mac2 adds the weight at p+off times y0 and y1 to c0 and c1.
func mac2(p unsafe.Pointer, off int, y0, y1, c0, c1 vec) (vec, vec) {
	w := spread(p, off)
	return w.MulAdd(y0, c0), w.MulAdd(y1, c1)
}

// mul512 covers dst with tiles. The exported functions have checked every
// index, so the tiles walk pointers: bounds checks would cost a fifth.
func mul512(dst []float32, w *Matrix, bias, b []float32, n int, spans []Span) {
	var zero [panel]float32
	for j := 0; j < n; {
		wide := j+2*Lanes <= n
		pb := unsafe.Pointer(unsafe.SliceData(b))
		pb = unsafe.Add(pb, j*4)
		for i := 0; i < w.Rows; {
			a := unsafe.Pointer(&w.panels[i/panel*panel*w.Cols+i%panel])
			c := unsafe.Pointer(&zero)
			if bias != nil {
				c = unsafe.Pointer(&bias[i])
			}
			d := unsafe.Pointer(&dst[i*n+j])
			switch rows := w.Rows - i; {
			case rows >= 8 && wide:
				tile8x2(d, c, a, pb, n*4, spans)
				i += 8
			case rows >= 8:
				tile8x1(d, c, a, pb, n*4, spans)
				i += 8
			case rows >= 4 && wide:
				tile4x2(d, c, a, pb, n*4, spans)
				i += 4
			case rows >= 4:
				tile4x1(d, c, a, pb, n*4, spans)
				i += 4
			case wide:
				tile1x2(d, c, a, pb, n*4, spans)
				i++
			default:
				tile1x1(d, c, a, pb, n*4, spans)
				i++
			}
		}
		if wide {
			j += 2 * Lanes
		} else {
			j += Lanes
		}
	}
}

// tile8x2 computes 8 rows and 2 vectors of a product: 16 sums, which hide the
// latency of the multiply-add. The compiler keeps at most 15 vectors in
// registers from one turn of a loop to the next, so a turn takes four columns
// of weights and the rest is spilled once in 64 multiply-adds.
// n is the length of a row in bytes.
func tile8x2(dst, bias, w, b unsafe.Pointer, n int, spans []Span) {
	c00 := spread(bias, 0)
	c10 := spread(bias, 4)
	c20 := spread(bias, 8)
	c30 := spread(bias, 12)
	c40 := spread(bias, 16)
	c50 := spread(bias, 20)
	c60 := spread(bias, 24)
	c70 := spread(bias, 28)
	c01, c11, c21, c31, c41, c51, c61, c71 := c00, c10, c20, c30, c40, c50, c60, c70
	for _, s := range spans {
		x, y, k := unsafe.Add(w, s.W*columnSize), unsafe.Add(b, s.B*n), s.K
		for ; k >= 4; k -= 4 {
			y0, y1 := load(y, 0), load(y, vecSize)
			c00, c01 = mac2(x, 0, y0, y1, c00, c01)
			c10, c11 = mac2(x, 4, y0, y1, c10, c11)
			c20, c21 = mac2(x, 8, y0, y1, c20, c21)
			c30, c31 = mac2(x, 12, y0, y1, c30, c31)
			c40, c41 = mac2(x, 16, y0, y1, c40, c41)
			c50, c51 = mac2(x, 20, y0, y1, c50, c51)
			c60, c61 = mac2(x, 24, y0, y1, c60, c61)
			c70, c71 = mac2(x, 28, y0, y1, c70, c71)
			y = unsafe.Add(y, n)
			y0, y1 = load(y, 0), load(y, vecSize)
			c00, c01 = mac2(x, 1*columnSize, y0, y1, c00, c01)
			c10, c11 = mac2(x, 1*columnSize+4, y0, y1, c10, c11)
			c20, c21 = mac2(x, 1*columnSize+8, y0, y1, c20, c21)
			c30, c31 = mac2(x, 1*columnSize+12, y0, y1, c30, c31)
			c40, c41 = mac2(x, 1*columnSize+16, y0, y1, c40, c41)
			c50, c51 = mac2(x, 1*columnSize+20, y0, y1, c50, c51)
			c60, c61 = mac2(x, 1*columnSize+24, y0, y1, c60, c61)
			c70, c71 = mac2(x, 1*columnSize+28, y0, y1, c70, c71)
			y = unsafe.Add(y, n)
			y0, y1 = load(y, 0), load(y, vecSize)
			c00, c01 = mac2(x, 2*columnSize, y0, y1, c00, c01)
			c10, c11 = mac2(x, 2*columnSize+4, y0, y1, c10, c11)
			c20, c21 = mac2(x, 2*columnSize+8, y0, y1, c20, c21)
			c30, c31 = mac2(x, 2*columnSize+12, y0, y1, c30, c31)
			c40, c41 = mac2(x, 2*columnSize+16, y0, y1, c40, c41)
			c50, c51 = mac2(x, 2*columnSize+20, y0, y1, c50, c51)
			c60, c61 = mac2(x, 2*columnSize+24, y0, y1, c60, c61)
			c70, c71 = mac2(x, 2*columnSize+28, y0, y1, c70, c71)
			y = unsafe.Add(y, n)
			y0, y1 = load(y, 0), load(y, vecSize)
			c00, c01 = mac2(x, 3*columnSize, y0, y1, c00, c01)
			c10, c11 = mac2(x, 3*columnSize+4, y0, y1, c10, c11)
			c20, c21 = mac2(x, 3*columnSize+8, y0, y1, c20, c21)
			c30, c31 = mac2(x, 3*columnSize+12, y0, y1, c30, c31)
			c40, c41 = mac2(x, 3*columnSize+16, y0, y1, c40, c41)
			c50, c51 = mac2(x, 3*columnSize+20, y0, y1, c50, c51)
			c60, c61 = mac2(x, 3*columnSize+24, y0, y1, c60, c61)
			c70, c71 = mac2(x, 3*columnSize+28, y0, y1, c70, c71)
			y = unsafe.Add(y, n)
			x = unsafe.Add(x, 4*columnSize)
		}
		for ; k > 0; k-- {
			y0, y1 := load(y, 0), load(y, vecSize)
			c00, c01 = mac2(x, 0, y0, y1, c00, c01)
			c10, c11 = mac2(x, 4, y0, y1, c10, c11)
			c20, c21 = mac2(x, 8, y0, y1, c20, c21)
			c30, c31 = mac2(x, 12, y0, y1, c30, c31)
			c40, c41 = mac2(x, 16, y0, y1, c40, c41)
			c50, c51 = mac2(x, 20, y0, y1, c50, c51)
			c60, c61 = mac2(x, 24, y0, y1, c60, c61)
			c70, c71 = mac2(x, 28, y0, y1, c70, c71)
			y = unsafe.Add(y, n)
			x = unsafe.Add(x, columnSize)
		}
	}
	store(dst, 0, c00)
	store(dst, vecSize, c01)
	store(dst, n, c10)
	store(dst, n+vecSize, c11)
	store(dst, 2*n, c20)
	store(dst, 2*n+vecSize, c21)
	store(dst, 3*n, c30)
	store(dst, 3*n+vecSize, c31)
	store(dst, 4*n, c40)
	store(dst, 4*n+vecSize, c41)
	store(dst, 5*n, c50)
	store(dst, 5*n+vecSize, c51)
	store(dst, 6*n, c60)
	store(dst, 6*n+vecSize, c61)
	store(dst, 7*n, c70)
	store(dst, 7*n+vecSize, c71)
}

// tile8x1 is tile8x2 for 8 rows and 1 vector.
func tile8x1(dst, bias, w, b unsafe.Pointer, n int, spans []Span) {
	c00 := spread(bias, 0)
	c10 := spread(bias, 4)
	c20 := spread(bias, 8)
	c30 := spread(bias, 12)
	c40 := spread(bias, 16)
	c50 := spread(bias, 20)
	c60 := spread(bias, 24)
	c70 := spread(bias, 28)
	for _, s := range spans {
		x, y, k := unsafe.Add(w, s.W*columnSize), unsafe.Add(b, s.B*n), s.K
		for ; k >= 4; k -= 4 {
			y0 := load(y, 0)
			c00 = spread(x, 0).MulAdd(y0, c00)
			c10 = spread(x, 4).MulAdd(y0, c10)
			c20 = spread(x, 8).MulAdd(y0, c20)
			c30 = spread(x, 12).MulAdd(y0, c30)
			c40 = spread(x, 16).MulAdd(y0, c40)
			c50 = spread(x, 20).MulAdd(y0, c50)
			c60 = spread(x, 24).MulAdd(y0, c60)
			c70 = spread(x, 28).MulAdd(y0, c70)
			y = unsafe.Add(y, n)
			y0 = load(y, 0)
			c00 = spread(x, 1*columnSize).MulAdd(y0, c00)
			c10 = spread(x, 1*columnSize+4).MulAdd(y0, c10)
			c20 = spread(x, 1*columnSize+8).MulAdd(y0, c20)
			c30 = spread(x, 1*columnSize+12).MulAdd(y0, c30)
			c40 = spread(x, 1*columnSize+16).MulAdd(y0, c40)
			c50 = spread(x, 1*columnSize+20).MulAdd(y0, c50)
			c60 = spread(x, 1*columnSize+24).MulAdd(y0, c60)
			c70 = spread(x, 1*columnSize+28).MulAdd(y0, c70)
			y = unsafe.Add(y, n)
			y0 = load(y, 0)
			c00 = spread(x, 2*columnSize).MulAdd(y0, c00)
			c10 = spread(x, 2*columnSize+4).MulAdd(y0, c10)
			c20 = spread(x, 2*columnSize+8).MulAdd(y0, c20)
			c30 = spread(x, 2*columnSize+12).MulAdd(y0, c30)
			c40 = spread(x, 2*columnSize+16).MulAdd(y0, c40)
			c50 = spread(x, 2*columnSize+20).MulAdd(y0, c50)
			c60 = spread(x, 2*columnSize+24).MulAdd(y0, c60)
			c70 = spread(x, 2*columnSize+28).MulAdd(y0, c70)
			y = unsafe.Add(y, n)
			y0 = load(y, 0)
			c00 = spread(x, 3*columnSize).MulAdd(y0, c00)
			c10 = spread(x, 3*columnSize+4).MulAdd(y0, c10)
			c20 = spread(x, 3*columnSize+8).MulAdd(y0, c20)
			c30 = spread(x, 3*columnSize+12).MulAdd(y0, c30)
			c40 = spread(x, 3*columnSize+16).MulAdd(y0, c40)
			c50 = spread(x, 3*columnSize+20).MulAdd(y0, c50)
			c60 = spread(x, 3*columnSize+24).MulAdd(y0, c60)
			c70 = spread(x, 3*columnSize+28).MulAdd(y0, c70)
			y = unsafe.Add(y, n)
			x = unsafe.Add(x, 4*columnSize)
		}
		for ; k > 0; k-- {
			y0 := load(y, 0)
			c00 = spread(x, 0).MulAdd(y0, c00)
			c10 = spread(x, 4).MulAdd(y0, c10)
			c20 = spread(x, 8).MulAdd(y0, c20)
			c30 = spread(x, 12).MulAdd(y0, c30)
			c40 = spread(x, 16).MulAdd(y0, c40)
			c50 = spread(x, 20).MulAdd(y0, c50)
			c60 = spread(x, 24).MulAdd(y0, c60)
			c70 = spread(x, 28).MulAdd(y0, c70)
			y = unsafe.Add(y, n)
			x = unsafe.Add(x, columnSize)
		}
	}
	store(dst, 0, c00)
	store(dst, n, c10)
	store(dst, 2*n, c20)
	store(dst, 3*n, c30)
	store(dst, 4*n, c40)
	store(dst, 5*n, c50)
	store(dst, 6*n, c60)
	store(dst, 7*n, c70)
}

// tile4x2 is tile8x2 for 4 rows and 2 vectors.
func tile4x2(dst, bias, w, b unsafe.Pointer, n int, spans []Span) {
	c00 := spread(bias, 0)
	c10 := spread(bias, 4)
	c20 := spread(bias, 8)
	c30 := spread(bias, 12)
	c01, c11, c21, c31 := c00, c10, c20, c30
	for _, s := range spans {
		x, y, k := unsafe.Add(w, s.W*columnSize), unsafe.Add(b, s.B*n), s.K
		for ; k >= 2; k -= 2 {
			y0, y1 := load(y, 0), load(y, vecSize)
			c00, c01 = mac2(x, 0, y0, y1, c00, c01)
			c10, c11 = mac2(x, 4, y0, y1, c10, c11)
			c20, c21 = mac2(x, 8, y0, y1, c20, c21)
			c30, c31 = mac2(x, 12, y0, y1, c30, c31)
			y = unsafe.Add(y, n)
			y0, y1 = load(y, 0), load(y, vecSize)
			c00, c01 = mac2(x, 1*columnSize, y0, y1, c00, c01)
			c10, c11 = mac2(x, 1*columnSize+4, y0, y1, c10, c11)
			c20, c21 = mac2(x, 1*columnSize+8, y0, y1, c20, c21)
			c30, c31 = mac2(x, 1*columnSize+12, y0, y1, c30, c31)
			y = unsafe.Add(y, n)
			x = unsafe.Add(x, 2*columnSize)
		}
		for ; k > 0; k-- {
			y0, y1 := load(y, 0), load(y, vecSize)
			c00, c01 = mac2(x, 0, y0, y1, c00, c01)
			c10, c11 = mac2(x, 4, y0, y1, c10, c11)
			c20, c21 = mac2(x, 8, y0, y1, c20, c21)
			c30, c31 = mac2(x, 12, y0, y1, c30, c31)
			y = unsafe.Add(y, n)
			x = unsafe.Add(x, columnSize)
		}
	}
	store(dst, 0, c00)
	store(dst, vecSize, c01)
	store(dst, n, c10)
	store(dst, n+vecSize, c11)
	store(dst, 2*n, c20)
	store(dst, 2*n+vecSize, c21)
	store(dst, 3*n, c30)
	store(dst, 3*n+vecSize, c31)
}

// tile4x1 is tile8x2 for 4 rows and 1 vector.
func tile4x1(dst, bias, w, b unsafe.Pointer, n int, spans []Span) {
	c00 := spread(bias, 0)
	c10 := spread(bias, 4)
	c20 := spread(bias, 8)
	c30 := spread(bias, 12)
	for _, s := range spans {
		x, y, k := unsafe.Add(w, s.W*columnSize), unsafe.Add(b, s.B*n), s.K
		for ; k >= 2; k -= 2 {
			y0 := load(y, 0)
			c00 = spread(x, 0).MulAdd(y0, c00)
			c10 = spread(x, 4).MulAdd(y0, c10)
			c20 = spread(x, 8).MulAdd(y0, c20)
			c30 = spread(x, 12).MulAdd(y0, c30)
			y = unsafe.Add(y, n)
			y0 = load(y, 0)
			c00 = spread(x, 1*columnSize).MulAdd(y0, c00)
			c10 = spread(x, 1*columnSize+4).MulAdd(y0, c10)
			c20 = spread(x, 1*columnSize+8).MulAdd(y0, c20)
			c30 = spread(x, 1*columnSize+12).MulAdd(y0, c30)
			y = unsafe.Add(y, n)
			x = unsafe.Add(x, 2*columnSize)
		}
		for ; k > 0; k-- {
			y0 := load(y, 0)
			c00 = spread(x, 0).MulAdd(y0, c00)
			c10 = spread(x, 4).MulAdd(y0, c10)
			c20 = spread(x, 8).MulAdd(y0, c20)
			c30 = spread(x, 12).MulAdd(y0, c30)
			y = unsafe.Add(y, n)
			x = unsafe.Add(x, columnSize)
		}
	}
	store(dst, 0, c00)
	store(dst, n, c10)
	store(dst, 2*n, c20)
	store(dst, 3*n, c30)
}

// tile1x2 is tile8x2 for 1 row and 2 vectors.
func tile1x2(dst, bias, w, b unsafe.Pointer, n int, spans []Span) {
	c00 := spread(bias, 0)
	c01 := c00
	for _, s := range spans {
		x, y, k := unsafe.Add(w, s.W*columnSize), unsafe.Add(b, s.B*n), s.K
		for ; k > 0; k-- {
			y0, y1 := load(y, 0), load(y, vecSize)
			c00, c01 = mac2(x, 0, y0, y1, c00, c01)
			y = unsafe.Add(y, n)
			x = unsafe.Add(x, columnSize)
		}
	}
	store(dst, 0, c00)
	store(dst, vecSize, c01)
}

// tile1x1 is tile8x2 for 1 row and 1 vector.
func tile1x1(dst, bias, w, b unsafe.Pointer, n int, spans []Span) {
	c00 := spread(bias, 0)
	for _, s := range spans {
		x, y, k := unsafe.Add(w, s.W*columnSize), unsafe.Add(b, s.B*n), s.K
		for ; k > 0; k-- {
			y0 := load(y, 0)
			c00 = spread(x, 0).MulAdd(y0, c00)
			y = unsafe.Add(y, n)
			x = unsafe.Add(x, columnSize)
		}
	}
	store(dst, 0, c00)
}

func mulT512(dw []float32, ld int, d, b []float32, m, k, n int, pairs []Pair, scratch []float32) {
	mulTPortable(dw, ld, d, b, m, k, n, pairs)
}
