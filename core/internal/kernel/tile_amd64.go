//go:build goexperiment.simd && go1.27

package kernel

import (
	"simd/archsimd"
	"unsafe"
)

// The AVX-512 micro-kernels. They take pointers: the exported functions have
// checked every index. A pointer's last step may leave its slice, where nothing
// is read. No safepoint sees it there but an asynchronous preemption, whose frame
// the garbage collector scans conservatively; hence go:nocheckptr.
//
// They are written for the compiler's scheduler, and one core then multiplies
// at 86 % of its peak instead of 35 %. Within a block Go 1.27 orders ready
// instructions by source position, inlined ones last and in the order they were
// inlined, and marks each inlined call with a no-op unless an instruction
// stands on the same source line. So a weight is broadcast, twice in the text
// and once in the code, on the line that uses it: were the broadcast wrapped in
// a helper, the loads of all weights would move to the head of the loop and
// spill. A loop carries at most 15 vectors in registers from turn to turn (any
// 31 within one), so a turn takes four columns of weights and spills one sum.

// Bytes of a vector, and of a column of a panel.
const (
	vecSize    = 64
	columnSize = panel * 4
)

func at(p unsafe.Pointer, off int) float32 { return *(*float32)(unsafe.Add(p, off)) }

// tile8x2 computes 8 rows and 2 vectors of a product: 16 sums in flight hide the
// latency of the multiply-add. b and dst have rows of nb and nd bytes.
//
//go:nocheckptr
func tile8x2(dst unsafe.Pointer, nd int, bias, w, b unsafe.Pointer, nb int, spans []Span) {
	c00 := archsimd.BroadcastFloat32x16(at(bias, 0))
	c10 := archsimd.BroadcastFloat32x16(at(bias, 4))
	c20 := archsimd.BroadcastFloat32x16(at(bias, 8))
	c30 := archsimd.BroadcastFloat32x16(at(bias, 12))
	c40 := archsimd.BroadcastFloat32x16(at(bias, 16))
	c50 := archsimd.BroadcastFloat32x16(at(bias, 20))
	c60 := archsimd.BroadcastFloat32x16(at(bias, 24))
	c70 := archsimd.BroadcastFloat32x16(at(bias, 28))
	c01, c11, c21, c31, c41, c51, c61, c71 := c00, c10, c20, c30, c40, c50, c60, c70
	for _, s := range spans {
		x, y, k := unsafe.Add(w, s.W*columnSize), unsafe.Add(b, s.B*nb), s.K
		for ; k >= 4; k -= 4 {
			y0 := archsimd.LoadFloat32x16Array((*[16]float32)(y))
			y1 := archsimd.LoadFloat32x16Array((*[16]float32)(unsafe.Add(y, vecSize)))
			c00, c01 = archsimd.BroadcastFloat32x16(at(x, 0)).MulAdd(y0, c00), archsimd.BroadcastFloat32x16(at(x, 0)).MulAdd(y1, c01)
			c10, c11 = archsimd.BroadcastFloat32x16(at(x, 4)).MulAdd(y0, c10), archsimd.BroadcastFloat32x16(at(x, 4)).MulAdd(y1, c11)
			c20, c21 = archsimd.BroadcastFloat32x16(at(x, 8)).MulAdd(y0, c20), archsimd.BroadcastFloat32x16(at(x, 8)).MulAdd(y1, c21)
			c30, c31 = archsimd.BroadcastFloat32x16(at(x, 12)).MulAdd(y0, c30), archsimd.BroadcastFloat32x16(at(x, 12)).MulAdd(y1, c31)
			c40, c41 = archsimd.BroadcastFloat32x16(at(x, 16)).MulAdd(y0, c40), archsimd.BroadcastFloat32x16(at(x, 16)).MulAdd(y1, c41)
			c50, c51 = archsimd.BroadcastFloat32x16(at(x, 20)).MulAdd(y0, c50), archsimd.BroadcastFloat32x16(at(x, 20)).MulAdd(y1, c51)
			c60, c61 = archsimd.BroadcastFloat32x16(at(x, 24)).MulAdd(y0, c60), archsimd.BroadcastFloat32x16(at(x, 24)).MulAdd(y1, c61)
			c70, c71 = archsimd.BroadcastFloat32x16(at(x, 28)).MulAdd(y0, c70), archsimd.BroadcastFloat32x16(at(x, 28)).MulAdd(y1, c71)
			y = unsafe.Add(y, nb)
			y0 = archsimd.LoadFloat32x16Array((*[16]float32)(y))
			y1 = archsimd.LoadFloat32x16Array((*[16]float32)(unsafe.Add(y, vecSize)))
			c00, c01 = archsimd.BroadcastFloat32x16(at(x, columnSize)).MulAdd(y0, c00), archsimd.BroadcastFloat32x16(at(x, columnSize)).MulAdd(y1, c01)
			c10, c11 = archsimd.BroadcastFloat32x16(at(x, columnSize+4)).MulAdd(y0, c10), archsimd.BroadcastFloat32x16(at(x, columnSize+4)).MulAdd(y1, c11)
			c20, c21 = archsimd.BroadcastFloat32x16(at(x, columnSize+8)).MulAdd(y0, c20), archsimd.BroadcastFloat32x16(at(x, columnSize+8)).MulAdd(y1, c21)
			c30, c31 = archsimd.BroadcastFloat32x16(at(x, columnSize+12)).MulAdd(y0, c30), archsimd.BroadcastFloat32x16(at(x, columnSize+12)).MulAdd(y1, c31)
			c40, c41 = archsimd.BroadcastFloat32x16(at(x, columnSize+16)).MulAdd(y0, c40), archsimd.BroadcastFloat32x16(at(x, columnSize+16)).MulAdd(y1, c41)
			c50, c51 = archsimd.BroadcastFloat32x16(at(x, columnSize+20)).MulAdd(y0, c50), archsimd.BroadcastFloat32x16(at(x, columnSize+20)).MulAdd(y1, c51)
			c60, c61 = archsimd.BroadcastFloat32x16(at(x, columnSize+24)).MulAdd(y0, c60), archsimd.BroadcastFloat32x16(at(x, columnSize+24)).MulAdd(y1, c61)
			c70, c71 = archsimd.BroadcastFloat32x16(at(x, columnSize+28)).MulAdd(y0, c70), archsimd.BroadcastFloat32x16(at(x, columnSize+28)).MulAdd(y1, c71)
			y = unsafe.Add(y, nb)
			y0 = archsimd.LoadFloat32x16Array((*[16]float32)(y))
			y1 = archsimd.LoadFloat32x16Array((*[16]float32)(unsafe.Add(y, vecSize)))
			c00, c01 = archsimd.BroadcastFloat32x16(at(x, 2*columnSize)).MulAdd(y0, c00), archsimd.BroadcastFloat32x16(at(x, 2*columnSize)).MulAdd(y1, c01)
			c10, c11 = archsimd.BroadcastFloat32x16(at(x, 2*columnSize+4)).MulAdd(y0, c10), archsimd.BroadcastFloat32x16(at(x, 2*columnSize+4)).MulAdd(y1, c11)
			c20, c21 = archsimd.BroadcastFloat32x16(at(x, 2*columnSize+8)).MulAdd(y0, c20), archsimd.BroadcastFloat32x16(at(x, 2*columnSize+8)).MulAdd(y1, c21)
			c30, c31 = archsimd.BroadcastFloat32x16(at(x, 2*columnSize+12)).MulAdd(y0, c30), archsimd.BroadcastFloat32x16(at(x, 2*columnSize+12)).MulAdd(y1, c31)
			c40, c41 = archsimd.BroadcastFloat32x16(at(x, 2*columnSize+16)).MulAdd(y0, c40), archsimd.BroadcastFloat32x16(at(x, 2*columnSize+16)).MulAdd(y1, c41)
			c50, c51 = archsimd.BroadcastFloat32x16(at(x, 2*columnSize+20)).MulAdd(y0, c50), archsimd.BroadcastFloat32x16(at(x, 2*columnSize+20)).MulAdd(y1, c51)
			c60, c61 = archsimd.BroadcastFloat32x16(at(x, 2*columnSize+24)).MulAdd(y0, c60), archsimd.BroadcastFloat32x16(at(x, 2*columnSize+24)).MulAdd(y1, c61)
			c70, c71 = archsimd.BroadcastFloat32x16(at(x, 2*columnSize+28)).MulAdd(y0, c70), archsimd.BroadcastFloat32x16(at(x, 2*columnSize+28)).MulAdd(y1, c71)
			y = unsafe.Add(y, nb)
			y0 = archsimd.LoadFloat32x16Array((*[16]float32)(y))
			y1 = archsimd.LoadFloat32x16Array((*[16]float32)(unsafe.Add(y, vecSize)))
			c00, c01 = archsimd.BroadcastFloat32x16(at(x, 3*columnSize)).MulAdd(y0, c00), archsimd.BroadcastFloat32x16(at(x, 3*columnSize)).MulAdd(y1, c01)
			c10, c11 = archsimd.BroadcastFloat32x16(at(x, 3*columnSize+4)).MulAdd(y0, c10), archsimd.BroadcastFloat32x16(at(x, 3*columnSize+4)).MulAdd(y1, c11)
			c20, c21 = archsimd.BroadcastFloat32x16(at(x, 3*columnSize+8)).MulAdd(y0, c20), archsimd.BroadcastFloat32x16(at(x, 3*columnSize+8)).MulAdd(y1, c21)
			c30, c31 = archsimd.BroadcastFloat32x16(at(x, 3*columnSize+12)).MulAdd(y0, c30), archsimd.BroadcastFloat32x16(at(x, 3*columnSize+12)).MulAdd(y1, c31)
			c40, c41 = archsimd.BroadcastFloat32x16(at(x, 3*columnSize+16)).MulAdd(y0, c40), archsimd.BroadcastFloat32x16(at(x, 3*columnSize+16)).MulAdd(y1, c41)
			c50, c51 = archsimd.BroadcastFloat32x16(at(x, 3*columnSize+20)).MulAdd(y0, c50), archsimd.BroadcastFloat32x16(at(x, 3*columnSize+20)).MulAdd(y1, c51)
			c60, c61 = archsimd.BroadcastFloat32x16(at(x, 3*columnSize+24)).MulAdd(y0, c60), archsimd.BroadcastFloat32x16(at(x, 3*columnSize+24)).MulAdd(y1, c61)
			c70, c71 = archsimd.BroadcastFloat32x16(at(x, 3*columnSize+28)).MulAdd(y0, c70), archsimd.BroadcastFloat32x16(at(x, 3*columnSize+28)).MulAdd(y1, c71)
			y = unsafe.Add(y, nb)
			x = unsafe.Add(x, 4*columnSize)
		}
		for ; k > 0; k-- {
			y0 := archsimd.LoadFloat32x16Array((*[16]float32)(y))
			y1 := archsimd.LoadFloat32x16Array((*[16]float32)(unsafe.Add(y, vecSize)))
			c00, c01 = archsimd.BroadcastFloat32x16(at(x, 0)).MulAdd(y0, c00), archsimd.BroadcastFloat32x16(at(x, 0)).MulAdd(y1, c01)
			c10, c11 = archsimd.BroadcastFloat32x16(at(x, 4)).MulAdd(y0, c10), archsimd.BroadcastFloat32x16(at(x, 4)).MulAdd(y1, c11)
			c20, c21 = archsimd.BroadcastFloat32x16(at(x, 8)).MulAdd(y0, c20), archsimd.BroadcastFloat32x16(at(x, 8)).MulAdd(y1, c21)
			c30, c31 = archsimd.BroadcastFloat32x16(at(x, 12)).MulAdd(y0, c30), archsimd.BroadcastFloat32x16(at(x, 12)).MulAdd(y1, c31)
			c40, c41 = archsimd.BroadcastFloat32x16(at(x, 16)).MulAdd(y0, c40), archsimd.BroadcastFloat32x16(at(x, 16)).MulAdd(y1, c41)
			c50, c51 = archsimd.BroadcastFloat32x16(at(x, 20)).MulAdd(y0, c50), archsimd.BroadcastFloat32x16(at(x, 20)).MulAdd(y1, c51)
			c60, c61 = archsimd.BroadcastFloat32x16(at(x, 24)).MulAdd(y0, c60), archsimd.BroadcastFloat32x16(at(x, 24)).MulAdd(y1, c61)
			c70, c71 = archsimd.BroadcastFloat32x16(at(x, 28)).MulAdd(y0, c70), archsimd.BroadcastFloat32x16(at(x, 28)).MulAdd(y1, c71)
			y = unsafe.Add(y, nb)
			x = unsafe.Add(x, columnSize)
		}
	}
	c00.StoreArray((*[16]float32)(unsafe.Add(dst, 0)))
	c01.StoreArray((*[16]float32)(unsafe.Add(dst, vecSize)))
	c10.StoreArray((*[16]float32)(unsafe.Add(dst, nd)))
	c11.StoreArray((*[16]float32)(unsafe.Add(dst, nd+vecSize)))
	c20.StoreArray((*[16]float32)(unsafe.Add(dst, 2*nd)))
	c21.StoreArray((*[16]float32)(unsafe.Add(dst, 2*nd+vecSize)))
	c30.StoreArray((*[16]float32)(unsafe.Add(dst, 3*nd)))
	c31.StoreArray((*[16]float32)(unsafe.Add(dst, 3*nd+vecSize)))
	c40.StoreArray((*[16]float32)(unsafe.Add(dst, 4*nd)))
	c41.StoreArray((*[16]float32)(unsafe.Add(dst, 4*nd+vecSize)))
	c50.StoreArray((*[16]float32)(unsafe.Add(dst, 5*nd)))
	c51.StoreArray((*[16]float32)(unsafe.Add(dst, 5*nd+vecSize)))
	c60.StoreArray((*[16]float32)(unsafe.Add(dst, 6*nd)))
	c61.StoreArray((*[16]float32)(unsafe.Add(dst, 6*nd+vecSize)))
	c70.StoreArray((*[16]float32)(unsafe.Add(dst, 7*nd)))
	c71.StoreArray((*[16]float32)(unsafe.Add(dst, 7*nd+vecSize)))
}

// tile8x1 is tile8x2 for 8 rows and 1 vector.
//
//go:nocheckptr
func tile8x1(dst unsafe.Pointer, nd int, bias, w, b unsafe.Pointer, nb int, spans []Span) {
	c00 := archsimd.BroadcastFloat32x16(at(bias, 0))
	c10 := archsimd.BroadcastFloat32x16(at(bias, 4))
	c20 := archsimd.BroadcastFloat32x16(at(bias, 8))
	c30 := archsimd.BroadcastFloat32x16(at(bias, 12))
	c40 := archsimd.BroadcastFloat32x16(at(bias, 16))
	c50 := archsimd.BroadcastFloat32x16(at(bias, 20))
	c60 := archsimd.BroadcastFloat32x16(at(bias, 24))
	c70 := archsimd.BroadcastFloat32x16(at(bias, 28))
	for _, s := range spans {
		x, y, k := unsafe.Add(w, s.W*columnSize), unsafe.Add(b, s.B*nb), s.K
		for ; k >= 4; k -= 4 {
			y0 := archsimd.LoadFloat32x16Array((*[16]float32)(y))
			c00 = archsimd.BroadcastFloat32x16(at(x, 0)).MulAdd(y0, c00)
			c10 = archsimd.BroadcastFloat32x16(at(x, 4)).MulAdd(y0, c10)
			c20 = archsimd.BroadcastFloat32x16(at(x, 8)).MulAdd(y0, c20)
			c30 = archsimd.BroadcastFloat32x16(at(x, 12)).MulAdd(y0, c30)
			c40 = archsimd.BroadcastFloat32x16(at(x, 16)).MulAdd(y0, c40)
			c50 = archsimd.BroadcastFloat32x16(at(x, 20)).MulAdd(y0, c50)
			c60 = archsimd.BroadcastFloat32x16(at(x, 24)).MulAdd(y0, c60)
			c70 = archsimd.BroadcastFloat32x16(at(x, 28)).MulAdd(y0, c70)
			y = unsafe.Add(y, nb)
			y0 = archsimd.LoadFloat32x16Array((*[16]float32)(y))
			c00 = archsimd.BroadcastFloat32x16(at(x, columnSize)).MulAdd(y0, c00)
			c10 = archsimd.BroadcastFloat32x16(at(x, columnSize+4)).MulAdd(y0, c10)
			c20 = archsimd.BroadcastFloat32x16(at(x, columnSize+8)).MulAdd(y0, c20)
			c30 = archsimd.BroadcastFloat32x16(at(x, columnSize+12)).MulAdd(y0, c30)
			c40 = archsimd.BroadcastFloat32x16(at(x, columnSize+16)).MulAdd(y0, c40)
			c50 = archsimd.BroadcastFloat32x16(at(x, columnSize+20)).MulAdd(y0, c50)
			c60 = archsimd.BroadcastFloat32x16(at(x, columnSize+24)).MulAdd(y0, c60)
			c70 = archsimd.BroadcastFloat32x16(at(x, columnSize+28)).MulAdd(y0, c70)
			y = unsafe.Add(y, nb)
			y0 = archsimd.LoadFloat32x16Array((*[16]float32)(y))
			c00 = archsimd.BroadcastFloat32x16(at(x, 2*columnSize)).MulAdd(y0, c00)
			c10 = archsimd.BroadcastFloat32x16(at(x, 2*columnSize+4)).MulAdd(y0, c10)
			c20 = archsimd.BroadcastFloat32x16(at(x, 2*columnSize+8)).MulAdd(y0, c20)
			c30 = archsimd.BroadcastFloat32x16(at(x, 2*columnSize+12)).MulAdd(y0, c30)
			c40 = archsimd.BroadcastFloat32x16(at(x, 2*columnSize+16)).MulAdd(y0, c40)
			c50 = archsimd.BroadcastFloat32x16(at(x, 2*columnSize+20)).MulAdd(y0, c50)
			c60 = archsimd.BroadcastFloat32x16(at(x, 2*columnSize+24)).MulAdd(y0, c60)
			c70 = archsimd.BroadcastFloat32x16(at(x, 2*columnSize+28)).MulAdd(y0, c70)
			y = unsafe.Add(y, nb)
			y0 = archsimd.LoadFloat32x16Array((*[16]float32)(y))
			c00 = archsimd.BroadcastFloat32x16(at(x, 3*columnSize)).MulAdd(y0, c00)
			c10 = archsimd.BroadcastFloat32x16(at(x, 3*columnSize+4)).MulAdd(y0, c10)
			c20 = archsimd.BroadcastFloat32x16(at(x, 3*columnSize+8)).MulAdd(y0, c20)
			c30 = archsimd.BroadcastFloat32x16(at(x, 3*columnSize+12)).MulAdd(y0, c30)
			c40 = archsimd.BroadcastFloat32x16(at(x, 3*columnSize+16)).MulAdd(y0, c40)
			c50 = archsimd.BroadcastFloat32x16(at(x, 3*columnSize+20)).MulAdd(y0, c50)
			c60 = archsimd.BroadcastFloat32x16(at(x, 3*columnSize+24)).MulAdd(y0, c60)
			c70 = archsimd.BroadcastFloat32x16(at(x, 3*columnSize+28)).MulAdd(y0, c70)
			y = unsafe.Add(y, nb)
			x = unsafe.Add(x, 4*columnSize)
		}
		for ; k > 0; k-- {
			y0 := archsimd.LoadFloat32x16Array((*[16]float32)(y))
			c00 = archsimd.BroadcastFloat32x16(at(x, 0)).MulAdd(y0, c00)
			c10 = archsimd.BroadcastFloat32x16(at(x, 4)).MulAdd(y0, c10)
			c20 = archsimd.BroadcastFloat32x16(at(x, 8)).MulAdd(y0, c20)
			c30 = archsimd.BroadcastFloat32x16(at(x, 12)).MulAdd(y0, c30)
			c40 = archsimd.BroadcastFloat32x16(at(x, 16)).MulAdd(y0, c40)
			c50 = archsimd.BroadcastFloat32x16(at(x, 20)).MulAdd(y0, c50)
			c60 = archsimd.BroadcastFloat32x16(at(x, 24)).MulAdd(y0, c60)
			c70 = archsimd.BroadcastFloat32x16(at(x, 28)).MulAdd(y0, c70)
			y = unsafe.Add(y, nb)
			x = unsafe.Add(x, columnSize)
		}
	}
	c00.StoreArray((*[16]float32)(unsafe.Add(dst, 0)))
	c10.StoreArray((*[16]float32)(unsafe.Add(dst, nd)))
	c20.StoreArray((*[16]float32)(unsafe.Add(dst, 2*nd)))
	c30.StoreArray((*[16]float32)(unsafe.Add(dst, 3*nd)))
	c40.StoreArray((*[16]float32)(unsafe.Add(dst, 4*nd)))
	c50.StoreArray((*[16]float32)(unsafe.Add(dst, 5*nd)))
	c60.StoreArray((*[16]float32)(unsafe.Add(dst, 6*nd)))
	c70.StoreArray((*[16]float32)(unsafe.Add(dst, 7*nd)))
}

// tile4x2 is tile8x2 for 4 rows and 2 vectors.
//
//go:nocheckptr
func tile4x2(dst unsafe.Pointer, nd int, bias, w, b unsafe.Pointer, nb int, spans []Span) {
	c00 := archsimd.BroadcastFloat32x16(at(bias, 0))
	c10 := archsimd.BroadcastFloat32x16(at(bias, 4))
	c20 := archsimd.BroadcastFloat32x16(at(bias, 8))
	c30 := archsimd.BroadcastFloat32x16(at(bias, 12))
	c01, c11, c21, c31 := c00, c10, c20, c30
	for _, s := range spans {
		x, y, k := unsafe.Add(w, s.W*columnSize), unsafe.Add(b, s.B*nb), s.K
		for ; k >= 4; k -= 4 {
			y0 := archsimd.LoadFloat32x16Array((*[16]float32)(y))
			y1 := archsimd.LoadFloat32x16Array((*[16]float32)(unsafe.Add(y, vecSize)))
			c00, c01 = archsimd.BroadcastFloat32x16(at(x, 0)).MulAdd(y0, c00), archsimd.BroadcastFloat32x16(at(x, 0)).MulAdd(y1, c01)
			c10, c11 = archsimd.BroadcastFloat32x16(at(x, 4)).MulAdd(y0, c10), archsimd.BroadcastFloat32x16(at(x, 4)).MulAdd(y1, c11)
			c20, c21 = archsimd.BroadcastFloat32x16(at(x, 8)).MulAdd(y0, c20), archsimd.BroadcastFloat32x16(at(x, 8)).MulAdd(y1, c21)
			c30, c31 = archsimd.BroadcastFloat32x16(at(x, 12)).MulAdd(y0, c30), archsimd.BroadcastFloat32x16(at(x, 12)).MulAdd(y1, c31)
			y = unsafe.Add(y, nb)
			y0 = archsimd.LoadFloat32x16Array((*[16]float32)(y))
			y1 = archsimd.LoadFloat32x16Array((*[16]float32)(unsafe.Add(y, vecSize)))
			c00, c01 = archsimd.BroadcastFloat32x16(at(x, columnSize)).MulAdd(y0, c00), archsimd.BroadcastFloat32x16(at(x, columnSize)).MulAdd(y1, c01)
			c10, c11 = archsimd.BroadcastFloat32x16(at(x, columnSize+4)).MulAdd(y0, c10), archsimd.BroadcastFloat32x16(at(x, columnSize+4)).MulAdd(y1, c11)
			c20, c21 = archsimd.BroadcastFloat32x16(at(x, columnSize+8)).MulAdd(y0, c20), archsimd.BroadcastFloat32x16(at(x, columnSize+8)).MulAdd(y1, c21)
			c30, c31 = archsimd.BroadcastFloat32x16(at(x, columnSize+12)).MulAdd(y0, c30), archsimd.BroadcastFloat32x16(at(x, columnSize+12)).MulAdd(y1, c31)
			y = unsafe.Add(y, nb)
			y0 = archsimd.LoadFloat32x16Array((*[16]float32)(y))
			y1 = archsimd.LoadFloat32x16Array((*[16]float32)(unsafe.Add(y, vecSize)))
			c00, c01 = archsimd.BroadcastFloat32x16(at(x, 2*columnSize)).MulAdd(y0, c00), archsimd.BroadcastFloat32x16(at(x, 2*columnSize)).MulAdd(y1, c01)
			c10, c11 = archsimd.BroadcastFloat32x16(at(x, 2*columnSize+4)).MulAdd(y0, c10), archsimd.BroadcastFloat32x16(at(x, 2*columnSize+4)).MulAdd(y1, c11)
			c20, c21 = archsimd.BroadcastFloat32x16(at(x, 2*columnSize+8)).MulAdd(y0, c20), archsimd.BroadcastFloat32x16(at(x, 2*columnSize+8)).MulAdd(y1, c21)
			c30, c31 = archsimd.BroadcastFloat32x16(at(x, 2*columnSize+12)).MulAdd(y0, c30), archsimd.BroadcastFloat32x16(at(x, 2*columnSize+12)).MulAdd(y1, c31)
			y = unsafe.Add(y, nb)
			y0 = archsimd.LoadFloat32x16Array((*[16]float32)(y))
			y1 = archsimd.LoadFloat32x16Array((*[16]float32)(unsafe.Add(y, vecSize)))
			c00, c01 = archsimd.BroadcastFloat32x16(at(x, 3*columnSize)).MulAdd(y0, c00), archsimd.BroadcastFloat32x16(at(x, 3*columnSize)).MulAdd(y1, c01)
			c10, c11 = archsimd.BroadcastFloat32x16(at(x, 3*columnSize+4)).MulAdd(y0, c10), archsimd.BroadcastFloat32x16(at(x, 3*columnSize+4)).MulAdd(y1, c11)
			c20, c21 = archsimd.BroadcastFloat32x16(at(x, 3*columnSize+8)).MulAdd(y0, c20), archsimd.BroadcastFloat32x16(at(x, 3*columnSize+8)).MulAdd(y1, c21)
			c30, c31 = archsimd.BroadcastFloat32x16(at(x, 3*columnSize+12)).MulAdd(y0, c30), archsimd.BroadcastFloat32x16(at(x, 3*columnSize+12)).MulAdd(y1, c31)
			y = unsafe.Add(y, nb)
			x = unsafe.Add(x, 4*columnSize)
		}
		for ; k > 0; k-- {
			y0 := archsimd.LoadFloat32x16Array((*[16]float32)(y))
			y1 := archsimd.LoadFloat32x16Array((*[16]float32)(unsafe.Add(y, vecSize)))
			c00, c01 = archsimd.BroadcastFloat32x16(at(x, 0)).MulAdd(y0, c00), archsimd.BroadcastFloat32x16(at(x, 0)).MulAdd(y1, c01)
			c10, c11 = archsimd.BroadcastFloat32x16(at(x, 4)).MulAdd(y0, c10), archsimd.BroadcastFloat32x16(at(x, 4)).MulAdd(y1, c11)
			c20, c21 = archsimd.BroadcastFloat32x16(at(x, 8)).MulAdd(y0, c20), archsimd.BroadcastFloat32x16(at(x, 8)).MulAdd(y1, c21)
			c30, c31 = archsimd.BroadcastFloat32x16(at(x, 12)).MulAdd(y0, c30), archsimd.BroadcastFloat32x16(at(x, 12)).MulAdd(y1, c31)
			y = unsafe.Add(y, nb)
			x = unsafe.Add(x, columnSize)
		}
	}
	c00.StoreArray((*[16]float32)(unsafe.Add(dst, 0)))
	c01.StoreArray((*[16]float32)(unsafe.Add(dst, vecSize)))
	c10.StoreArray((*[16]float32)(unsafe.Add(dst, nd)))
	c11.StoreArray((*[16]float32)(unsafe.Add(dst, nd+vecSize)))
	c20.StoreArray((*[16]float32)(unsafe.Add(dst, 2*nd)))
	c21.StoreArray((*[16]float32)(unsafe.Add(dst, 2*nd+vecSize)))
	c30.StoreArray((*[16]float32)(unsafe.Add(dst, 3*nd)))
	c31.StoreArray((*[16]float32)(unsafe.Add(dst, 3*nd+vecSize)))
}

// tile4x1 is tile8x2 for 4 rows and 1 vector.
//
//go:nocheckptr
func tile4x1(dst unsafe.Pointer, nd int, bias, w, b unsafe.Pointer, nb int, spans []Span) {
	c00 := archsimd.BroadcastFloat32x16(at(bias, 0))
	c10 := archsimd.BroadcastFloat32x16(at(bias, 4))
	c20 := archsimd.BroadcastFloat32x16(at(bias, 8))
	c30 := archsimd.BroadcastFloat32x16(at(bias, 12))
	for _, s := range spans {
		x, y, k := unsafe.Add(w, s.W*columnSize), unsafe.Add(b, s.B*nb), s.K
		for ; k >= 4; k -= 4 {
			y0 := archsimd.LoadFloat32x16Array((*[16]float32)(y))
			c00 = archsimd.BroadcastFloat32x16(at(x, 0)).MulAdd(y0, c00)
			c10 = archsimd.BroadcastFloat32x16(at(x, 4)).MulAdd(y0, c10)
			c20 = archsimd.BroadcastFloat32x16(at(x, 8)).MulAdd(y0, c20)
			c30 = archsimd.BroadcastFloat32x16(at(x, 12)).MulAdd(y0, c30)
			y = unsafe.Add(y, nb)
			y0 = archsimd.LoadFloat32x16Array((*[16]float32)(y))
			c00 = archsimd.BroadcastFloat32x16(at(x, columnSize)).MulAdd(y0, c00)
			c10 = archsimd.BroadcastFloat32x16(at(x, columnSize+4)).MulAdd(y0, c10)
			c20 = archsimd.BroadcastFloat32x16(at(x, columnSize+8)).MulAdd(y0, c20)
			c30 = archsimd.BroadcastFloat32x16(at(x, columnSize+12)).MulAdd(y0, c30)
			y = unsafe.Add(y, nb)
			y0 = archsimd.LoadFloat32x16Array((*[16]float32)(y))
			c00 = archsimd.BroadcastFloat32x16(at(x, 2*columnSize)).MulAdd(y0, c00)
			c10 = archsimd.BroadcastFloat32x16(at(x, 2*columnSize+4)).MulAdd(y0, c10)
			c20 = archsimd.BroadcastFloat32x16(at(x, 2*columnSize+8)).MulAdd(y0, c20)
			c30 = archsimd.BroadcastFloat32x16(at(x, 2*columnSize+12)).MulAdd(y0, c30)
			y = unsafe.Add(y, nb)
			y0 = archsimd.LoadFloat32x16Array((*[16]float32)(y))
			c00 = archsimd.BroadcastFloat32x16(at(x, 3*columnSize)).MulAdd(y0, c00)
			c10 = archsimd.BroadcastFloat32x16(at(x, 3*columnSize+4)).MulAdd(y0, c10)
			c20 = archsimd.BroadcastFloat32x16(at(x, 3*columnSize+8)).MulAdd(y0, c20)
			c30 = archsimd.BroadcastFloat32x16(at(x, 3*columnSize+12)).MulAdd(y0, c30)
			y = unsafe.Add(y, nb)
			x = unsafe.Add(x, 4*columnSize)
		}
		for ; k > 0; k-- {
			y0 := archsimd.LoadFloat32x16Array((*[16]float32)(y))
			c00 = archsimd.BroadcastFloat32x16(at(x, 0)).MulAdd(y0, c00)
			c10 = archsimd.BroadcastFloat32x16(at(x, 4)).MulAdd(y0, c10)
			c20 = archsimd.BroadcastFloat32x16(at(x, 8)).MulAdd(y0, c20)
			c30 = archsimd.BroadcastFloat32x16(at(x, 12)).MulAdd(y0, c30)
			y = unsafe.Add(y, nb)
			x = unsafe.Add(x, columnSize)
		}
	}
	c00.StoreArray((*[16]float32)(unsafe.Add(dst, 0)))
	c10.StoreArray((*[16]float32)(unsafe.Add(dst, nd)))
	c20.StoreArray((*[16]float32)(unsafe.Add(dst, 2*nd)))
	c30.StoreArray((*[16]float32)(unsafe.Add(dst, 3*nd)))
}

// tile1x2 is tile8x2 for 1 row and 2 vectors.
//
//go:nocheckptr
func tile1x2(dst unsafe.Pointer, nd int, bias, w, b unsafe.Pointer, nb int, spans []Span) {
	c00 := archsimd.BroadcastFloat32x16(at(bias, 0))
	c01 := c00
	for _, s := range spans {
		x, y, k := unsafe.Add(w, s.W*columnSize), unsafe.Add(b, s.B*nb), s.K
		for ; k >= 4; k -= 4 {
			y0 := archsimd.LoadFloat32x16Array((*[16]float32)(y))
			y1 := archsimd.LoadFloat32x16Array((*[16]float32)(unsafe.Add(y, vecSize)))
			c00, c01 = archsimd.BroadcastFloat32x16(at(x, 0)).MulAdd(y0, c00), archsimd.BroadcastFloat32x16(at(x, 0)).MulAdd(y1, c01)
			y = unsafe.Add(y, nb)
			y0 = archsimd.LoadFloat32x16Array((*[16]float32)(y))
			y1 = archsimd.LoadFloat32x16Array((*[16]float32)(unsafe.Add(y, vecSize)))
			c00, c01 = archsimd.BroadcastFloat32x16(at(x, columnSize)).MulAdd(y0, c00), archsimd.BroadcastFloat32x16(at(x, columnSize)).MulAdd(y1, c01)
			y = unsafe.Add(y, nb)
			y0 = archsimd.LoadFloat32x16Array((*[16]float32)(y))
			y1 = archsimd.LoadFloat32x16Array((*[16]float32)(unsafe.Add(y, vecSize)))
			c00, c01 = archsimd.BroadcastFloat32x16(at(x, 2*columnSize)).MulAdd(y0, c00), archsimd.BroadcastFloat32x16(at(x, 2*columnSize)).MulAdd(y1, c01)
			y = unsafe.Add(y, nb)
			y0 = archsimd.LoadFloat32x16Array((*[16]float32)(y))
			y1 = archsimd.LoadFloat32x16Array((*[16]float32)(unsafe.Add(y, vecSize)))
			c00, c01 = archsimd.BroadcastFloat32x16(at(x, 3*columnSize)).MulAdd(y0, c00), archsimd.BroadcastFloat32x16(at(x, 3*columnSize)).MulAdd(y1, c01)
			y = unsafe.Add(y, nb)
			x = unsafe.Add(x, 4*columnSize)
		}
		for ; k > 0; k-- {
			y0 := archsimd.LoadFloat32x16Array((*[16]float32)(y))
			y1 := archsimd.LoadFloat32x16Array((*[16]float32)(unsafe.Add(y, vecSize)))
			c00, c01 = archsimd.BroadcastFloat32x16(at(x, 0)).MulAdd(y0, c00), archsimd.BroadcastFloat32x16(at(x, 0)).MulAdd(y1, c01)
			y = unsafe.Add(y, nb)
			x = unsafe.Add(x, columnSize)
		}
	}
	c00.StoreArray((*[16]float32)(unsafe.Add(dst, 0)))
	c01.StoreArray((*[16]float32)(unsafe.Add(dst, vecSize)))
}

// tile1x1 is tile8x2 for 1 row and 1 vector.
//
//go:nocheckptr
func tile1x1(dst unsafe.Pointer, nd int, bias, w, b unsafe.Pointer, nb int, spans []Span) {
	c00 := archsimd.BroadcastFloat32x16(at(bias, 0))
	for _, s := range spans {
		x, y, k := unsafe.Add(w, s.W*columnSize), unsafe.Add(b, s.B*nb), s.K
		for ; k >= 4; k -= 4 {
			y0 := archsimd.LoadFloat32x16Array((*[16]float32)(y))
			c00 = archsimd.BroadcastFloat32x16(at(x, 0)).MulAdd(y0, c00)
			y = unsafe.Add(y, nb)
			y0 = archsimd.LoadFloat32x16Array((*[16]float32)(y))
			c00 = archsimd.BroadcastFloat32x16(at(x, columnSize)).MulAdd(y0, c00)
			y = unsafe.Add(y, nb)
			y0 = archsimd.LoadFloat32x16Array((*[16]float32)(y))
			c00 = archsimd.BroadcastFloat32x16(at(x, 2*columnSize)).MulAdd(y0, c00)
			y = unsafe.Add(y, nb)
			y0 = archsimd.LoadFloat32x16Array((*[16]float32)(y))
			c00 = archsimd.BroadcastFloat32x16(at(x, 3*columnSize)).MulAdd(y0, c00)
			y = unsafe.Add(y, nb)
			x = unsafe.Add(x, 4*columnSize)
		}
		for ; k > 0; k-- {
			y0 := archsimd.LoadFloat32x16Array((*[16]float32)(y))
			c00 = archsimd.BroadcastFloat32x16(at(x, 0)).MulAdd(y0, c00)
			y = unsafe.Add(y, nb)
			x = unsafe.Add(x, columnSize)
		}
	}
	c00.StoreArray((*[16]float32)(unsafe.Add(dst, 0)))
}

// grad8x2 writes to sums (8, 2 vectors), for all pairs and images,
//
//	Σ d[image, p.D + row] · b[image, p.B + column]
//
// Images are nd and nb bytes apart and taken by fours, the turn of this loop.
//
//go:nocheckptr
func grad8x2(sums, d, b unsafe.Pointer, nd, nb, images int, pairs []Pair) {
	var c00, c10, c20, c30, c40, c50, c60, c70 archsimd.Float32x16
	var c01, c11, c21, c31, c41, c51, c61, c71 archsimd.Float32x16
	for ; images > 0; images -= 4 {
		for _, p := range pairs {
			x, y := unsafe.Add(d, p.D*4), unsafe.Add(b, p.B*4)
			y0 := archsimd.LoadFloat32x16Array((*[16]float32)(y))
			y1 := archsimd.LoadFloat32x16Array((*[16]float32)(unsafe.Add(y, vecSize)))
			c00, c01 = archsimd.BroadcastFloat32x16(at(x, 0)).MulAdd(y0, c00), archsimd.BroadcastFloat32x16(at(x, 0)).MulAdd(y1, c01)
			c10, c11 = archsimd.BroadcastFloat32x16(at(x, 4)).MulAdd(y0, c10), archsimd.BroadcastFloat32x16(at(x, 4)).MulAdd(y1, c11)
			c20, c21 = archsimd.BroadcastFloat32x16(at(x, 8)).MulAdd(y0, c20), archsimd.BroadcastFloat32x16(at(x, 8)).MulAdd(y1, c21)
			c30, c31 = archsimd.BroadcastFloat32x16(at(x, 12)).MulAdd(y0, c30), archsimd.BroadcastFloat32x16(at(x, 12)).MulAdd(y1, c31)
			c40, c41 = archsimd.BroadcastFloat32x16(at(x, 16)).MulAdd(y0, c40), archsimd.BroadcastFloat32x16(at(x, 16)).MulAdd(y1, c41)
			c50, c51 = archsimd.BroadcastFloat32x16(at(x, 20)).MulAdd(y0, c50), archsimd.BroadcastFloat32x16(at(x, 20)).MulAdd(y1, c51)
			c60, c61 = archsimd.BroadcastFloat32x16(at(x, 24)).MulAdd(y0, c60), archsimd.BroadcastFloat32x16(at(x, 24)).MulAdd(y1, c61)
			c70, c71 = archsimd.BroadcastFloat32x16(at(x, 28)).MulAdd(y0, c70), archsimd.BroadcastFloat32x16(at(x, 28)).MulAdd(y1, c71)
			x, y = unsafe.Add(x, nd), unsafe.Add(y, nb)
			y0 = archsimd.LoadFloat32x16Array((*[16]float32)(y))
			y1 = archsimd.LoadFloat32x16Array((*[16]float32)(unsafe.Add(y, vecSize)))
			c00, c01 = archsimd.BroadcastFloat32x16(at(x, 0)).MulAdd(y0, c00), archsimd.BroadcastFloat32x16(at(x, 0)).MulAdd(y1, c01)
			c10, c11 = archsimd.BroadcastFloat32x16(at(x, 4)).MulAdd(y0, c10), archsimd.BroadcastFloat32x16(at(x, 4)).MulAdd(y1, c11)
			c20, c21 = archsimd.BroadcastFloat32x16(at(x, 8)).MulAdd(y0, c20), archsimd.BroadcastFloat32x16(at(x, 8)).MulAdd(y1, c21)
			c30, c31 = archsimd.BroadcastFloat32x16(at(x, 12)).MulAdd(y0, c30), archsimd.BroadcastFloat32x16(at(x, 12)).MulAdd(y1, c31)
			c40, c41 = archsimd.BroadcastFloat32x16(at(x, 16)).MulAdd(y0, c40), archsimd.BroadcastFloat32x16(at(x, 16)).MulAdd(y1, c41)
			c50, c51 = archsimd.BroadcastFloat32x16(at(x, 20)).MulAdd(y0, c50), archsimd.BroadcastFloat32x16(at(x, 20)).MulAdd(y1, c51)
			c60, c61 = archsimd.BroadcastFloat32x16(at(x, 24)).MulAdd(y0, c60), archsimd.BroadcastFloat32x16(at(x, 24)).MulAdd(y1, c61)
			c70, c71 = archsimd.BroadcastFloat32x16(at(x, 28)).MulAdd(y0, c70), archsimd.BroadcastFloat32x16(at(x, 28)).MulAdd(y1, c71)
			x, y = unsafe.Add(x, nd), unsafe.Add(y, nb)
			y0 = archsimd.LoadFloat32x16Array((*[16]float32)(y))
			y1 = archsimd.LoadFloat32x16Array((*[16]float32)(unsafe.Add(y, vecSize)))
			c00, c01 = archsimd.BroadcastFloat32x16(at(x, 0)).MulAdd(y0, c00), archsimd.BroadcastFloat32x16(at(x, 0)).MulAdd(y1, c01)
			c10, c11 = archsimd.BroadcastFloat32x16(at(x, 4)).MulAdd(y0, c10), archsimd.BroadcastFloat32x16(at(x, 4)).MulAdd(y1, c11)
			c20, c21 = archsimd.BroadcastFloat32x16(at(x, 8)).MulAdd(y0, c20), archsimd.BroadcastFloat32x16(at(x, 8)).MulAdd(y1, c21)
			c30, c31 = archsimd.BroadcastFloat32x16(at(x, 12)).MulAdd(y0, c30), archsimd.BroadcastFloat32x16(at(x, 12)).MulAdd(y1, c31)
			c40, c41 = archsimd.BroadcastFloat32x16(at(x, 16)).MulAdd(y0, c40), archsimd.BroadcastFloat32x16(at(x, 16)).MulAdd(y1, c41)
			c50, c51 = archsimd.BroadcastFloat32x16(at(x, 20)).MulAdd(y0, c50), archsimd.BroadcastFloat32x16(at(x, 20)).MulAdd(y1, c51)
			c60, c61 = archsimd.BroadcastFloat32x16(at(x, 24)).MulAdd(y0, c60), archsimd.BroadcastFloat32x16(at(x, 24)).MulAdd(y1, c61)
			c70, c71 = archsimd.BroadcastFloat32x16(at(x, 28)).MulAdd(y0, c70), archsimd.BroadcastFloat32x16(at(x, 28)).MulAdd(y1, c71)
			x, y = unsafe.Add(x, nd), unsafe.Add(y, nb)
			y0 = archsimd.LoadFloat32x16Array((*[16]float32)(y))
			y1 = archsimd.LoadFloat32x16Array((*[16]float32)(unsafe.Add(y, vecSize)))
			c00, c01 = archsimd.BroadcastFloat32x16(at(x, 0)).MulAdd(y0, c00), archsimd.BroadcastFloat32x16(at(x, 0)).MulAdd(y1, c01)
			c10, c11 = archsimd.BroadcastFloat32x16(at(x, 4)).MulAdd(y0, c10), archsimd.BroadcastFloat32x16(at(x, 4)).MulAdd(y1, c11)
			c20, c21 = archsimd.BroadcastFloat32x16(at(x, 8)).MulAdd(y0, c20), archsimd.BroadcastFloat32x16(at(x, 8)).MulAdd(y1, c21)
			c30, c31 = archsimd.BroadcastFloat32x16(at(x, 12)).MulAdd(y0, c30), archsimd.BroadcastFloat32x16(at(x, 12)).MulAdd(y1, c31)
			c40, c41 = archsimd.BroadcastFloat32x16(at(x, 16)).MulAdd(y0, c40), archsimd.BroadcastFloat32x16(at(x, 16)).MulAdd(y1, c41)
			c50, c51 = archsimd.BroadcastFloat32x16(at(x, 20)).MulAdd(y0, c50), archsimd.BroadcastFloat32x16(at(x, 20)).MulAdd(y1, c51)
			c60, c61 = archsimd.BroadcastFloat32x16(at(x, 24)).MulAdd(y0, c60), archsimd.BroadcastFloat32x16(at(x, 24)).MulAdd(y1, c61)
			c70, c71 = archsimd.BroadcastFloat32x16(at(x, 28)).MulAdd(y0, c70), archsimd.BroadcastFloat32x16(at(x, 28)).MulAdd(y1, c71)
		}
		d, b = unsafe.Add(d, 4*nd), unsafe.Add(b, 4*nb)
	}
	c00.StoreArray((*[16]float32)(unsafe.Add(sums, 0*vecSize)))
	c01.StoreArray((*[16]float32)(unsafe.Add(sums, 1*vecSize)))
	c10.StoreArray((*[16]float32)(unsafe.Add(sums, 2*vecSize)))
	c11.StoreArray((*[16]float32)(unsafe.Add(sums, 3*vecSize)))
	c20.StoreArray((*[16]float32)(unsafe.Add(sums, 4*vecSize)))
	c21.StoreArray((*[16]float32)(unsafe.Add(sums, 5*vecSize)))
	c30.StoreArray((*[16]float32)(unsafe.Add(sums, 6*vecSize)))
	c31.StoreArray((*[16]float32)(unsafe.Add(sums, 7*vecSize)))
	c40.StoreArray((*[16]float32)(unsafe.Add(sums, 8*vecSize)))
	c41.StoreArray((*[16]float32)(unsafe.Add(sums, 9*vecSize)))
	c50.StoreArray((*[16]float32)(unsafe.Add(sums, 10*vecSize)))
	c51.StoreArray((*[16]float32)(unsafe.Add(sums, 11*vecSize)))
	c60.StoreArray((*[16]float32)(unsafe.Add(sums, 12*vecSize)))
	c61.StoreArray((*[16]float32)(unsafe.Add(sums, 13*vecSize)))
	c70.StoreArray((*[16]float32)(unsafe.Add(sums, 14*vecSize)))
	c71.StoreArray((*[16]float32)(unsafe.Add(sums, 15*vecSize)))
}

// grad8x1 is grad8x2 for 1 vector.
//
//go:nocheckptr
func grad8x1(sums, d, b unsafe.Pointer, nd, nb, images int, pairs []Pair) {
	var c00, c10, c20, c30, c40, c50, c60, c70 archsimd.Float32x16
	for ; images > 0; images -= 4 {
		for _, p := range pairs {
			x, y := unsafe.Add(d, p.D*4), unsafe.Add(b, p.B*4)
			y0 := archsimd.LoadFloat32x16Array((*[16]float32)(y))
			c00 = archsimd.BroadcastFloat32x16(at(x, 0)).MulAdd(y0, c00)
			c10 = archsimd.BroadcastFloat32x16(at(x, 4)).MulAdd(y0, c10)
			c20 = archsimd.BroadcastFloat32x16(at(x, 8)).MulAdd(y0, c20)
			c30 = archsimd.BroadcastFloat32x16(at(x, 12)).MulAdd(y0, c30)
			c40 = archsimd.BroadcastFloat32x16(at(x, 16)).MulAdd(y0, c40)
			c50 = archsimd.BroadcastFloat32x16(at(x, 20)).MulAdd(y0, c50)
			c60 = archsimd.BroadcastFloat32x16(at(x, 24)).MulAdd(y0, c60)
			c70 = archsimd.BroadcastFloat32x16(at(x, 28)).MulAdd(y0, c70)
			x, y = unsafe.Add(x, nd), unsafe.Add(y, nb)
			y0 = archsimd.LoadFloat32x16Array((*[16]float32)(y))
			c00 = archsimd.BroadcastFloat32x16(at(x, 0)).MulAdd(y0, c00)
			c10 = archsimd.BroadcastFloat32x16(at(x, 4)).MulAdd(y0, c10)
			c20 = archsimd.BroadcastFloat32x16(at(x, 8)).MulAdd(y0, c20)
			c30 = archsimd.BroadcastFloat32x16(at(x, 12)).MulAdd(y0, c30)
			c40 = archsimd.BroadcastFloat32x16(at(x, 16)).MulAdd(y0, c40)
			c50 = archsimd.BroadcastFloat32x16(at(x, 20)).MulAdd(y0, c50)
			c60 = archsimd.BroadcastFloat32x16(at(x, 24)).MulAdd(y0, c60)
			c70 = archsimd.BroadcastFloat32x16(at(x, 28)).MulAdd(y0, c70)
			x, y = unsafe.Add(x, nd), unsafe.Add(y, nb)
			y0 = archsimd.LoadFloat32x16Array((*[16]float32)(y))
			c00 = archsimd.BroadcastFloat32x16(at(x, 0)).MulAdd(y0, c00)
			c10 = archsimd.BroadcastFloat32x16(at(x, 4)).MulAdd(y0, c10)
			c20 = archsimd.BroadcastFloat32x16(at(x, 8)).MulAdd(y0, c20)
			c30 = archsimd.BroadcastFloat32x16(at(x, 12)).MulAdd(y0, c30)
			c40 = archsimd.BroadcastFloat32x16(at(x, 16)).MulAdd(y0, c40)
			c50 = archsimd.BroadcastFloat32x16(at(x, 20)).MulAdd(y0, c50)
			c60 = archsimd.BroadcastFloat32x16(at(x, 24)).MulAdd(y0, c60)
			c70 = archsimd.BroadcastFloat32x16(at(x, 28)).MulAdd(y0, c70)
			x, y = unsafe.Add(x, nd), unsafe.Add(y, nb)
			y0 = archsimd.LoadFloat32x16Array((*[16]float32)(y))
			c00 = archsimd.BroadcastFloat32x16(at(x, 0)).MulAdd(y0, c00)
			c10 = archsimd.BroadcastFloat32x16(at(x, 4)).MulAdd(y0, c10)
			c20 = archsimd.BroadcastFloat32x16(at(x, 8)).MulAdd(y0, c20)
			c30 = archsimd.BroadcastFloat32x16(at(x, 12)).MulAdd(y0, c30)
			c40 = archsimd.BroadcastFloat32x16(at(x, 16)).MulAdd(y0, c40)
			c50 = archsimd.BroadcastFloat32x16(at(x, 20)).MulAdd(y0, c50)
			c60 = archsimd.BroadcastFloat32x16(at(x, 24)).MulAdd(y0, c60)
			c70 = archsimd.BroadcastFloat32x16(at(x, 28)).MulAdd(y0, c70)
		}
		d, b = unsafe.Add(d, 4*nd), unsafe.Add(b, 4*nb)
	}
	c00.StoreArray((*[16]float32)(unsafe.Add(sums, 0*vecSize)))
	c10.StoreArray((*[16]float32)(unsafe.Add(sums, 2*vecSize)))
	c20.StoreArray((*[16]float32)(unsafe.Add(sums, 4*vecSize)))
	c30.StoreArray((*[16]float32)(unsafe.Add(sums, 6*vecSize)))
	c40.StoreArray((*[16]float32)(unsafe.Add(sums, 8*vecSize)))
	c50.StoreArray((*[16]float32)(unsafe.Add(sums, 10*vecSize)))
	c60.StoreArray((*[16]float32)(unsafe.Add(sums, 12*vecSize)))
	c70.StoreArray((*[16]float32)(unsafe.Add(sums, 14*vecSize)))
}

// dots3x4 adds the inner products of 3 rows of d and 4 rows of b, over all
// pairs, to dw. Rows of d and b have n bytes, of dw ld.
//
//go:nocheckptr
func dots3x4(dw unsafe.Pointer, ld int, d, b unsafe.Pointer, n int, pairs []Pair) {
	var c00, c01, c02, c03 archsimd.Float32x16
	var c10, c11, c12, c13 archsimd.Float32x16
	var c20, c21, c22, c23 archsimd.Float32x16
	for _, p := range pairs {
		x, y := unsafe.Add(d, p.D*n), unsafe.Add(b, p.B*n)
		for q := n; q > 0; q -= vecSize {
			x0 := archsimd.LoadFloat32x16Array((*[16]float32)(x))
			x1 := archsimd.LoadFloat32x16Array((*[16]float32)(unsafe.Add(x, n)))
			x2 := archsimd.LoadFloat32x16Array((*[16]float32)(unsafe.Add(x, 2*n)))
			y0 := archsimd.LoadFloat32x16Array((*[16]float32)(y))
			y1 := archsimd.LoadFloat32x16Array((*[16]float32)(unsafe.Add(y, n)))
			y2 := archsimd.LoadFloat32x16Array((*[16]float32)(unsafe.Add(y, 2*n)))
			y3 := archsimd.LoadFloat32x16Array((*[16]float32)(unsafe.Add(y, 3*n)))
			c00, c01, c02, c03 = x0.MulAdd(y0, c00), x0.MulAdd(y1, c01), x0.MulAdd(y2, c02), x0.MulAdd(y3, c03)
			c10, c11, c12, c13 = x1.MulAdd(y0, c10), x1.MulAdd(y1, c11), x1.MulAdd(y2, c12), x1.MulAdd(y3, c13)
			c20, c21, c22, c23 = x2.MulAdd(y0, c20), x2.MulAdd(y1, c21), x2.MulAdd(y2, c22), x2.MulAdd(y3, c23)
			x, y = unsafe.Add(x, vecSize), unsafe.Add(y, vecSize)
		}
	}
	addSums(unsafe.Add(dw, 0*ld), c00, c01, c02, c03)
	addSums(unsafe.Add(dw, 1*ld), c10, c11, c12, c13)
	addSums(unsafe.Add(dw, 2*ld), c20, c21, c22, c23)
}

// addSums adds the lanes of a, b, c and d to four floats at p.
func addSums(p unsafe.Pointer, a, b, c, d archsimd.Float32x16) {
	ab := a.GetLo().Add(a.GetHi()).ConcatAddPairsGrouped(b.GetLo().Add(b.GetHi()))
	cd := c.GetLo().Add(c.GetHi()).ConcatAddPairsGrouped(d.GetLo().Add(d.GetHi()))
	s := ab.ConcatAddPairsGrouped(cd)
	q := (*[4]float32)(p)
	archsimd.LoadFloat32x4Array(q).Add(s.GetLo().Add(s.GetHi())).StoreArray(q)
}
