//go:build goexperiment.simd && go1.27

package kernel

import (
	"simd/archsimd"
	"unsafe"
)

// mul256 covers dst with tiles of 4 × 2 vectors: what the 15 registers of AVX2
// that the compiler uses can hold.
func mul256(dst []float32, w *Matrix, bias, b []float32, n int, spans []Span) {
	for j := 0; j < n; j += 16 {
		y := unsafe.Add(unsafe.Pointer(unsafe.SliceData(b)), j*4)
		for i := 0; i < w.Rows; i += 4 {
			var c [4]float32
			if bias != nil {
				copy(c[:], bias[i:])
			}
			a := unsafe.Add(unsafe.Pointer(unsafe.SliceData(w.panels)), (i/panel*panel*w.Cols+i%panel)*4)
			if i+4 <= w.Rows {
				tile4x2y(unsafe.Pointer(&dst[i*n+j]), n*4, unsafe.Pointer(&c), a, y, n*4, spans)
				continue
			}
			var last [4 * 16]float32
			tile4x2y(unsafe.Pointer(&last), 16*4, unsafe.Pointer(&c), a, y, n*4, spans)
			for r := i; r < w.Rows; r++ {
				copy(dst[r*n+j:][:16], last[(r-i)*16:])
			}
		}
	}
}

// tile4x2y is tile4x2 for vectors of 8 floats.
//
//go:nocheckptr
func tile4x2y(dst unsafe.Pointer, nd int, bias, w, b unsafe.Pointer, nb int, spans []Span) {
	c00 := archsimd.BroadcastFloat32x8(at(bias, 0))
	c10 := archsimd.BroadcastFloat32x8(at(bias, 4))
	c20 := archsimd.BroadcastFloat32x8(at(bias, 8))
	c30 := archsimd.BroadcastFloat32x8(at(bias, 12))
	c01, c11, c21, c31 := c00, c10, c20, c30
	for _, s := range spans {
		x, y, k := unsafe.Add(w, s.W*columnSize), unsafe.Add(b, s.B*nb), s.K
		for ; k >= 4; k -= 4 {
			y0 := archsimd.LoadFloat32x8Array((*[8]float32)(y))
			y1 := archsimd.LoadFloat32x8Array((*[8]float32)(unsafe.Add(y, 32)))
			c00, c01 = archsimd.BroadcastFloat32x8(at(x, 0)).MulAdd(y0, c00), archsimd.BroadcastFloat32x8(at(x, 0)).MulAdd(y1, c01)
			c10, c11 = archsimd.BroadcastFloat32x8(at(x, 4)).MulAdd(y0, c10), archsimd.BroadcastFloat32x8(at(x, 4)).MulAdd(y1, c11)
			c20, c21 = archsimd.BroadcastFloat32x8(at(x, 8)).MulAdd(y0, c20), archsimd.BroadcastFloat32x8(at(x, 8)).MulAdd(y1, c21)
			c30, c31 = archsimd.BroadcastFloat32x8(at(x, 12)).MulAdd(y0, c30), archsimd.BroadcastFloat32x8(at(x, 12)).MulAdd(y1, c31)
			y = unsafe.Add(y, nb)
			y0 = archsimd.LoadFloat32x8Array((*[8]float32)(y))
			y1 = archsimd.LoadFloat32x8Array((*[8]float32)(unsafe.Add(y, 32)))
			c00, c01 = archsimd.BroadcastFloat32x8(at(x, columnSize)).MulAdd(y0, c00), archsimd.BroadcastFloat32x8(at(x, columnSize)).MulAdd(y1, c01)
			c10, c11 = archsimd.BroadcastFloat32x8(at(x, columnSize+4)).MulAdd(y0, c10), archsimd.BroadcastFloat32x8(at(x, columnSize+4)).MulAdd(y1, c11)
			c20, c21 = archsimd.BroadcastFloat32x8(at(x, columnSize+8)).MulAdd(y0, c20), archsimd.BroadcastFloat32x8(at(x, columnSize+8)).MulAdd(y1, c21)
			c30, c31 = archsimd.BroadcastFloat32x8(at(x, columnSize+12)).MulAdd(y0, c30), archsimd.BroadcastFloat32x8(at(x, columnSize+12)).MulAdd(y1, c31)
			y = unsafe.Add(y, nb)
			y0 = archsimd.LoadFloat32x8Array((*[8]float32)(y))
			y1 = archsimd.LoadFloat32x8Array((*[8]float32)(unsafe.Add(y, 32)))
			c00, c01 = archsimd.BroadcastFloat32x8(at(x, 2*columnSize)).MulAdd(y0, c00), archsimd.BroadcastFloat32x8(at(x, 2*columnSize)).MulAdd(y1, c01)
			c10, c11 = archsimd.BroadcastFloat32x8(at(x, 2*columnSize+4)).MulAdd(y0, c10), archsimd.BroadcastFloat32x8(at(x, 2*columnSize+4)).MulAdd(y1, c11)
			c20, c21 = archsimd.BroadcastFloat32x8(at(x, 2*columnSize+8)).MulAdd(y0, c20), archsimd.BroadcastFloat32x8(at(x, 2*columnSize+8)).MulAdd(y1, c21)
			c30, c31 = archsimd.BroadcastFloat32x8(at(x, 2*columnSize+12)).MulAdd(y0, c30), archsimd.BroadcastFloat32x8(at(x, 2*columnSize+12)).MulAdd(y1, c31)
			y = unsafe.Add(y, nb)
			y0 = archsimd.LoadFloat32x8Array((*[8]float32)(y))
			y1 = archsimd.LoadFloat32x8Array((*[8]float32)(unsafe.Add(y, 32)))
			c00, c01 = archsimd.BroadcastFloat32x8(at(x, 3*columnSize)).MulAdd(y0, c00), archsimd.BroadcastFloat32x8(at(x, 3*columnSize)).MulAdd(y1, c01)
			c10, c11 = archsimd.BroadcastFloat32x8(at(x, 3*columnSize+4)).MulAdd(y0, c10), archsimd.BroadcastFloat32x8(at(x, 3*columnSize+4)).MulAdd(y1, c11)
			c20, c21 = archsimd.BroadcastFloat32x8(at(x, 3*columnSize+8)).MulAdd(y0, c20), archsimd.BroadcastFloat32x8(at(x, 3*columnSize+8)).MulAdd(y1, c21)
			c30, c31 = archsimd.BroadcastFloat32x8(at(x, 3*columnSize+12)).MulAdd(y0, c30), archsimd.BroadcastFloat32x8(at(x, 3*columnSize+12)).MulAdd(y1, c31)
			y = unsafe.Add(y, nb)
			x = unsafe.Add(x, 4*columnSize)
		}
		for ; k > 0; k-- {
			y0 := archsimd.LoadFloat32x8Array((*[8]float32)(y))
			y1 := archsimd.LoadFloat32x8Array((*[8]float32)(unsafe.Add(y, 32)))
			c00, c01 = archsimd.BroadcastFloat32x8(at(x, 0)).MulAdd(y0, c00), archsimd.BroadcastFloat32x8(at(x, 0)).MulAdd(y1, c01)
			c10, c11 = archsimd.BroadcastFloat32x8(at(x, 4)).MulAdd(y0, c10), archsimd.BroadcastFloat32x8(at(x, 4)).MulAdd(y1, c11)
			c20, c21 = archsimd.BroadcastFloat32x8(at(x, 8)).MulAdd(y0, c20), archsimd.BroadcastFloat32x8(at(x, 8)).MulAdd(y1, c21)
			c30, c31 = archsimd.BroadcastFloat32x8(at(x, 12)).MulAdd(y0, c30), archsimd.BroadcastFloat32x8(at(x, 12)).MulAdd(y1, c31)
			y = unsafe.Add(y, nb)
			x = unsafe.Add(x, columnSize)
		}
	}
	c00.StoreArray((*[8]float32)(unsafe.Add(dst, 0)))
	c01.StoreArray((*[8]float32)(unsafe.Add(dst, 32)))
	c10.StoreArray((*[8]float32)(unsafe.Add(dst, nd)))
	c11.StoreArray((*[8]float32)(unsafe.Add(dst, nd+32)))
	c20.StoreArray((*[8]float32)(unsafe.Add(dst, 2*nd)))
	c21.StoreArray((*[8]float32)(unsafe.Add(dst, 2*nd+32)))
	c30.StoreArray((*[8]float32)(unsafe.Add(dst, 3*nd)))
	c31.StoreArray((*[8]float32)(unsafe.Add(dst, 3*nd+32)))
}

// grad4x2y is grad8x2 for 4 rows and vectors of 8 floats.
//
//go:nocheckptr
func grad4x2y(sums, d, b unsafe.Pointer, nd, nb, images int, pairs []Pair) {
	var c00, c10, c20, c30 archsimd.Float32x8
	var c01, c11, c21, c31 archsimd.Float32x8
	for ; images > 0; images -= 4 {
		for _, p := range pairs {
			x, y := unsafe.Add(d, p.D*4), unsafe.Add(b, p.B*4)
			y0 := archsimd.LoadFloat32x8Array((*[8]float32)(y))
			y1 := archsimd.LoadFloat32x8Array((*[8]float32)(unsafe.Add(y, 32)))
			c00, c01 = archsimd.BroadcastFloat32x8(at(x, 0)).MulAdd(y0, c00), archsimd.BroadcastFloat32x8(at(x, 0)).MulAdd(y1, c01)
			c10, c11 = archsimd.BroadcastFloat32x8(at(x, 4)).MulAdd(y0, c10), archsimd.BroadcastFloat32x8(at(x, 4)).MulAdd(y1, c11)
			c20, c21 = archsimd.BroadcastFloat32x8(at(x, 8)).MulAdd(y0, c20), archsimd.BroadcastFloat32x8(at(x, 8)).MulAdd(y1, c21)
			c30, c31 = archsimd.BroadcastFloat32x8(at(x, 12)).MulAdd(y0, c30), archsimd.BroadcastFloat32x8(at(x, 12)).MulAdd(y1, c31)
			x, y = unsafe.Add(x, nd), unsafe.Add(y, nb)
			y0 = archsimd.LoadFloat32x8Array((*[8]float32)(y))
			y1 = archsimd.LoadFloat32x8Array((*[8]float32)(unsafe.Add(y, 32)))
			c00, c01 = archsimd.BroadcastFloat32x8(at(x, 0)).MulAdd(y0, c00), archsimd.BroadcastFloat32x8(at(x, 0)).MulAdd(y1, c01)
			c10, c11 = archsimd.BroadcastFloat32x8(at(x, 4)).MulAdd(y0, c10), archsimd.BroadcastFloat32x8(at(x, 4)).MulAdd(y1, c11)
			c20, c21 = archsimd.BroadcastFloat32x8(at(x, 8)).MulAdd(y0, c20), archsimd.BroadcastFloat32x8(at(x, 8)).MulAdd(y1, c21)
			c30, c31 = archsimd.BroadcastFloat32x8(at(x, 12)).MulAdd(y0, c30), archsimd.BroadcastFloat32x8(at(x, 12)).MulAdd(y1, c31)
			x, y = unsafe.Add(x, nd), unsafe.Add(y, nb)
			y0 = archsimd.LoadFloat32x8Array((*[8]float32)(y))
			y1 = archsimd.LoadFloat32x8Array((*[8]float32)(unsafe.Add(y, 32)))
			c00, c01 = archsimd.BroadcastFloat32x8(at(x, 0)).MulAdd(y0, c00), archsimd.BroadcastFloat32x8(at(x, 0)).MulAdd(y1, c01)
			c10, c11 = archsimd.BroadcastFloat32x8(at(x, 4)).MulAdd(y0, c10), archsimd.BroadcastFloat32x8(at(x, 4)).MulAdd(y1, c11)
			c20, c21 = archsimd.BroadcastFloat32x8(at(x, 8)).MulAdd(y0, c20), archsimd.BroadcastFloat32x8(at(x, 8)).MulAdd(y1, c21)
			c30, c31 = archsimd.BroadcastFloat32x8(at(x, 12)).MulAdd(y0, c30), archsimd.BroadcastFloat32x8(at(x, 12)).MulAdd(y1, c31)
			x, y = unsafe.Add(x, nd), unsafe.Add(y, nb)
			y0 = archsimd.LoadFloat32x8Array((*[8]float32)(y))
			y1 = archsimd.LoadFloat32x8Array((*[8]float32)(unsafe.Add(y, 32)))
			c00, c01 = archsimd.BroadcastFloat32x8(at(x, 0)).MulAdd(y0, c00), archsimd.BroadcastFloat32x8(at(x, 0)).MulAdd(y1, c01)
			c10, c11 = archsimd.BroadcastFloat32x8(at(x, 4)).MulAdd(y0, c10), archsimd.BroadcastFloat32x8(at(x, 4)).MulAdd(y1, c11)
			c20, c21 = archsimd.BroadcastFloat32x8(at(x, 8)).MulAdd(y0, c20), archsimd.BroadcastFloat32x8(at(x, 8)).MulAdd(y1, c21)
			c30, c31 = archsimd.BroadcastFloat32x8(at(x, 12)).MulAdd(y0, c30), archsimd.BroadcastFloat32x8(at(x, 12)).MulAdd(y1, c31)
		}
		d, b = unsafe.Add(d, 4*nd), unsafe.Add(b, 4*nb)
	}
	c00.StoreArray((*[8]float32)(unsafe.Add(sums, 0)))
	c01.StoreArray((*[8]float32)(unsafe.Add(sums, 32)))
	c10.StoreArray((*[8]float32)(unsafe.Add(sums, 64)))
	c11.StoreArray((*[8]float32)(unsafe.Add(sums, 96)))
	c20.StoreArray((*[8]float32)(unsafe.Add(sums, 128)))
	c21.StoreArray((*[8]float32)(unsafe.Add(sums, 160)))
	c30.StoreArray((*[8]float32)(unsafe.Add(sums, 192)))
	c31.StoreArray((*[8]float32)(unsafe.Add(sums, 224)))
}
