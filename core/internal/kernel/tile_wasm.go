//go:build goexperiment.simd && go1.27 && wasm

package kernel

import (
	"simd/archsimd"
	"unsafe"
)

// The WebAssembly micro-kernel. It takes pointers: the exported functions have
// checked every index.
//
// Its shape suits two compilers. Go turns every basic block into a target of one
// branch table at the head of the function, so a turn of a loop costs a
// dispatch: a turn takes eight columns of weights. V8 moves the loads of a block
// to its head and spills what they bring, so each column ends its block with an
// exit. Go multiplies all of a block before it adds, so sums and products, two
// for every row, must fit 16 registers together: 3 × 2. And Go adds the offset
// to the address of a float before loading it, but not to that of an integer,
// so weights are loaded as integers. With this, Go reaches what the text of
// testdata/tile.wat does; the 4 × 2 tile without it reaches 18 GFLOP/s of 34.

// panel is the number of rows of a Matrix that are stored together.
const panel = 3

const (
	vecSize    = 16
	columnSize = panel * 4
)

func at(p unsafe.Pointer, off int) uint32 { return *(*uint32)(unsafe.Add(p, off)) }

func load(p unsafe.Pointer, off int) archsimd.Float32x4 {
	return archsimd.LoadFloat32x4Array((*[4]float32)(unsafe.Add(p, off)))
}

func mul(dst []float32, w *Matrix, bias, b []float32, n int, spans []Span) {
	for j := 0; j < n; j += 8 {
		y := unsafe.Add(unsafe.Pointer(unsafe.SliceData(b)), j*4)
		for i := 0; i < w.Rows; i += panel {
			var c [panel]float32
			if bias != nil {
				copy(c[:], bias[i:])
			}
			a := unsafe.Pointer(unsafe.SliceData(w.panels[i*w.Cols:]))
			if i+panel <= w.Rows {
				tile3x2(unsafe.Pointer(&dst[i*n+j]), n*4, unsafe.Pointer(&c), a, y, n*4, spans)
				continue
			}
			var last [panel * 8]float32
			tile3x2(unsafe.Pointer(&last), 8*4, unsafe.Pointer(&c), a, y, n*4, spans)
			for r := i; r < w.Rows; r++ {
				copy(dst[r*n+j:][:8], last[(r-i)*8:])
			}
		}
	}
}

// tile3x2 computes 3 rows and 2 vectors of a product. b and dst have rows of nb
// and nd bytes.
//
//go:nocheckptr
func tile3x2(dst unsafe.Pointer, nd int, bias, w, b unsafe.Pointer, nb int, spans []Span) {
	c00 := archsimd.BroadcastUint32x4(at(bias, 0)).BitsToFloat32()
	c10 := archsimd.BroadcastUint32x4(at(bias, 4)).BitsToFloat32()
	c20 := archsimd.BroadcastUint32x4(at(bias, 8)).BitsToFloat32()
	c01, c11, c21 := c00, c10, c20
	for _, s := range spans {
		x, y := unsafe.Add(w, s.W*columnSize), unsafe.Add(b, s.B*nb)
		for k := s.K; k > 0; k -= 8 {
			y0, y1 := load(y, 0), load(y, vecSize)
			v := archsimd.BroadcastUint32x4(at(x, 0)).BitsToFloat32()
			c00 = c00.Add(v.Mul(y0))
			c01 = c01.Add(v.Mul(y1))
			v = archsimd.BroadcastUint32x4(at(x, 4)).BitsToFloat32()
			c10 = c10.Add(v.Mul(y0))
			c11 = c11.Add(v.Mul(y1))
			v = archsimd.BroadcastUint32x4(at(x, 8)).BitsToFloat32()
			c20 = c20.Add(v.Mul(y0))
			c21 = c21.Add(v.Mul(y1))
			y = unsafe.Add(y, nb)
			if k == 1 {
				break
			}
			y0, y1 = load(y, 0), load(y, vecSize)
			v = archsimd.BroadcastUint32x4(at(x, columnSize)).BitsToFloat32()
			c00 = c00.Add(v.Mul(y0))
			c01 = c01.Add(v.Mul(y1))
			v = archsimd.BroadcastUint32x4(at(x, columnSize+4)).BitsToFloat32()
			c10 = c10.Add(v.Mul(y0))
			c11 = c11.Add(v.Mul(y1))
			v = archsimd.BroadcastUint32x4(at(x, columnSize+8)).BitsToFloat32()
			c20 = c20.Add(v.Mul(y0))
			c21 = c21.Add(v.Mul(y1))
			y = unsafe.Add(y, nb)
			if k == 2 {
				break
			}
			y0, y1 = load(y, 0), load(y, vecSize)
			v = archsimd.BroadcastUint32x4(at(x, 2*columnSize)).BitsToFloat32()
			c00 = c00.Add(v.Mul(y0))
			c01 = c01.Add(v.Mul(y1))
			v = archsimd.BroadcastUint32x4(at(x, 2*columnSize+4)).BitsToFloat32()
			c10 = c10.Add(v.Mul(y0))
			c11 = c11.Add(v.Mul(y1))
			v = archsimd.BroadcastUint32x4(at(x, 2*columnSize+8)).BitsToFloat32()
			c20 = c20.Add(v.Mul(y0))
			c21 = c21.Add(v.Mul(y1))
			y = unsafe.Add(y, nb)
			if k == 3 {
				break
			}
			y0, y1 = load(y, 0), load(y, vecSize)
			v = archsimd.BroadcastUint32x4(at(x, 3*columnSize)).BitsToFloat32()
			c00 = c00.Add(v.Mul(y0))
			c01 = c01.Add(v.Mul(y1))
			v = archsimd.BroadcastUint32x4(at(x, 3*columnSize+4)).BitsToFloat32()
			c10 = c10.Add(v.Mul(y0))
			c11 = c11.Add(v.Mul(y1))
			v = archsimd.BroadcastUint32x4(at(x, 3*columnSize+8)).BitsToFloat32()
			c20 = c20.Add(v.Mul(y0))
			c21 = c21.Add(v.Mul(y1))
			y = unsafe.Add(y, nb)
			if k == 4 {
				break
			}
			y0, y1 = load(y, 0), load(y, vecSize)
			v = archsimd.BroadcastUint32x4(at(x, 4*columnSize)).BitsToFloat32()
			c00 = c00.Add(v.Mul(y0))
			c01 = c01.Add(v.Mul(y1))
			v = archsimd.BroadcastUint32x4(at(x, 4*columnSize+4)).BitsToFloat32()
			c10 = c10.Add(v.Mul(y0))
			c11 = c11.Add(v.Mul(y1))
			v = archsimd.BroadcastUint32x4(at(x, 4*columnSize+8)).BitsToFloat32()
			c20 = c20.Add(v.Mul(y0))
			c21 = c21.Add(v.Mul(y1))
			y = unsafe.Add(y, nb)
			if k == 5 {
				break
			}
			y0, y1 = load(y, 0), load(y, vecSize)
			v = archsimd.BroadcastUint32x4(at(x, 5*columnSize)).BitsToFloat32()
			c00 = c00.Add(v.Mul(y0))
			c01 = c01.Add(v.Mul(y1))
			v = archsimd.BroadcastUint32x4(at(x, 5*columnSize+4)).BitsToFloat32()
			c10 = c10.Add(v.Mul(y0))
			c11 = c11.Add(v.Mul(y1))
			v = archsimd.BroadcastUint32x4(at(x, 5*columnSize+8)).BitsToFloat32()
			c20 = c20.Add(v.Mul(y0))
			c21 = c21.Add(v.Mul(y1))
			y = unsafe.Add(y, nb)
			if k == 6 {
				break
			}
			y0, y1 = load(y, 0), load(y, vecSize)
			v = archsimd.BroadcastUint32x4(at(x, 6*columnSize)).BitsToFloat32()
			c00 = c00.Add(v.Mul(y0))
			c01 = c01.Add(v.Mul(y1))
			v = archsimd.BroadcastUint32x4(at(x, 6*columnSize+4)).BitsToFloat32()
			c10 = c10.Add(v.Mul(y0))
			c11 = c11.Add(v.Mul(y1))
			v = archsimd.BroadcastUint32x4(at(x, 6*columnSize+8)).BitsToFloat32()
			c20 = c20.Add(v.Mul(y0))
			c21 = c21.Add(v.Mul(y1))
			y = unsafe.Add(y, nb)
			if k == 7 {
				break
			}
			y0, y1 = load(y, 0), load(y, vecSize)
			v = archsimd.BroadcastUint32x4(at(x, 7*columnSize)).BitsToFloat32()
			c00 = c00.Add(v.Mul(y0))
			c01 = c01.Add(v.Mul(y1))
			v = archsimd.BroadcastUint32x4(at(x, 7*columnSize+4)).BitsToFloat32()
			c10 = c10.Add(v.Mul(y0))
			c11 = c11.Add(v.Mul(y1))
			v = archsimd.BroadcastUint32x4(at(x, 7*columnSize+8)).BitsToFloat32()
			c20 = c20.Add(v.Mul(y0))
			c21 = c21.Add(v.Mul(y1))
			y = unsafe.Add(y, nb)
			x = unsafe.Add(x, 8*columnSize)
		}
	}
	c00.StoreArray((*[4]float32)(unsafe.Add(dst, 0)))
	c01.StoreArray((*[4]float32)(unsafe.Add(dst, vecSize)))
	c10.StoreArray((*[4]float32)(unsafe.Add(dst, nd)))
	c11.StoreArray((*[4]float32)(unsafe.Add(dst, nd+vecSize)))
	c20.StoreArray((*[4]float32)(unsafe.Add(dst, 2*nd)))
	c21.StoreArray((*[4]float32)(unsafe.Add(dst, 2*nd+vecSize)))
}
