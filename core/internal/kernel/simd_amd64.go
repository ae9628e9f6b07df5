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
	switch simd.VectorBitSize() {
	case 512:
		mul512(dst, w, bias, b, n, spans)
	case 256:
		mul256(dst, w, bias, b, n, spans)
	default:
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

// up rounds x up to a multiple of to.
func up(x, to int) int { return (x + to - 1) / to * to }

const (
	// What the tiles of convGrad read beyond the end of d and b.
	overrun = 2 * Lanes
	// Taps at most this wide would waste most of a tile.
	narrow = 8
)

func convGradScratch(d, b int) int { return d + b + 2*overrun }

// convGrad transposes d and b, so that a gradient becomes a product again: a
// weight is an element of d, and neighbouring channels of b fill a vector. The
// inner products that the layout offers need twice the loads, from level 2.
func convGrad(dw []float32, m, ld int, d, b []float32, n int, taps []Tap, scratch []float32) {
	bits := simd.VectorBitSize()
	if bits < 256 {
		convGradPortable(dw, m, ld, d, b, n, taps)
		return
	}
	narrowGrad, gradTiles := narrowGrad512, gradTiles512
	if bits == 256 {
		narrowGrad, gradTiles = narrowGrad256, gradTiles256
	}
	// A cache line of images at a time, but all when each brings few terms.
	rowsD, rowsB, block := len(d)/n, len(b)/n, n
	wide := false
	for _, t := range taps {
		if t.K <= narrow {
			narrowGrad(dw[t.W:], ld, d, b, m, t.K, n, t.Pairs)
		} else {
			wide = true
			if len(t.Pairs) > 8 {
				block = Lanes
			}
		}
	}
	if !wide {
		return
	}
	dt, bt := scratch[:block*rowsD+overrun], scratch[block*rowsD+overrun:][:block*rowsB+overrun]
	for l := 0; l < n; l += block {
		images := min(block, n-l)
		transposeInto(dt, rowsD, d[l:], n, rowsD, images)
		transposeInto(bt, rowsB, b[l:], n, rowsB, images)
		for _, t := range taps {
			if t.K <= narrow {
				continue
			}
			// Enough terms a tile to pay for its beginning and end, and few
			// enough to stay in level 1 while the tiles pass over them.
			turn := min(images, up(128/max(1, len(t.Pairs))+1, 4))
			for from := 0; from < len(t.Pairs); from += 48 {
				pairs := t.Pairs[from:min(from+48, len(t.Pairs))]
				for q := 0; q < images; q += turn {
					gradTiles(dw[t.W:], m, t.K, ld, dt[q*rowsD:], bt[q*rowsB:], rowsD, rowsB, min(turn, images-q), pairs)
				}
			}
		}
	}
}

// narrowGrad512 takes inner products.
func narrowGrad512(dw []float32, ld int, d, b []float32, m, k, n int, pairs []Pair) {
	m3, k4 := m-m%3, k&^3
	for i := 0; i < m3; i += 3 {
		for j := 0; j < k4; j += 4 {
			dots3x4(unsafe.Pointer(&dw[i*ld+j]), ld*4, unsafe.Pointer(&d[i*n]), unsafe.Pointer(&b[j*n]), n*4, pairs)
		}
	}
	gradPortable(dw, ld, d, b, m3, m, 0, k, n, pairs)
	gradPortable(dw, ld, d, b, 0, m3, k4, k, n, pairs)
}

func narrowGrad256(dw []float32, ld int, d, b []float32, m, k, n int, pairs []Pair) {
	gradPortable(dw, ld, d, b, 0, m, 0, k, n, pairs)
}

func gradTiles512(dw []float32, m, k, ld int, d, b []float32, nd, nb, images int, pairs []Pair) {
	var sums [panel * 2 * Lanes]float32
	for j := 0; j < k; j += 2 * Lanes {
		cols := min(2*Lanes, k-j)
		for i := 0; i < m; i += panel {
			if cols > Lanes {
				grad8x2(unsafe.Pointer(&sums), unsafe.Pointer(&d[i]), unsafe.Pointer(&b[j]), nd*4, nb*4, images, pairs)
			} else {
				grad8x1(unsafe.Pointer(&sums), unsafe.Pointer(&d[i]), unsafe.Pointer(&b[j]), nd*4, nb*4, images, pairs)
			}
			for r := range min(panel, m-i) {
				add512(dw[(i+r)*ld+j:][:cols], sums[r*2*Lanes:])
			}
		}
	}
}

func add512(dst, x []float32) {
	for len(dst) >= Lanes && len(x) >= Lanes {
		p, q := (*[Lanes]float32)(dst), (*[Lanes]float32)(x)
		archsimd.LoadFloat32x16Array(p).Add(archsimd.LoadFloat32x16Array(q)).StoreArray(p)
		dst, x = dst[Lanes:], x[Lanes:]
	}
	for i := range dst {
		dst[i] += x[i]
	}
}

func gradTiles256(dw []float32, m, k, ld int, d, b []float32, nd, nb, images int, pairs []Pair) {
	var sums [4 * 16]float32
	for j := 0; j < k; j += 16 {
		cols := min(16, k-j)
		for i := 0; i < m; i += 4 {
			grad4x2y(unsafe.Pointer(&sums), unsafe.Pointer(&d[i]), unsafe.Pointer(&b[j]), nd*4, nb*4, images, pairs)
			for r := range min(4, m-i) {
				row, x := dw[(i+r)*ld+j:][:cols], sums[r*16:]
				for len(row) >= 8 && len(x) >= 8 {
					p, q := (*[8]float32)(row), (*[8]float32)(x)
					archsimd.LoadFloat32x8Array(p).Add(archsimd.LoadFloat32x8Array(q)).StoreArray(p)
					row, x = row[8:], x[8:]
				}
				for c := range row {
					row[c] += x[c]
				}
			}
		}
	}
}

// transposeInto writes the transpose of src (rows, cols) to dst (cols, rows);
// their rows begin ls and ld apart.
//
//go:nocheckptr
func transposeInto(dst []float32, ld int, src []float32, ls, rows, cols int) {
	r4, c4 := rows&^3, cols&^3
	if cols > 0 && rows > 0 {
		_, _ = src[(rows-1)*ls+cols-1], dst[(cols-1)*ld+rows-1]
	}
	p, q := unsafe.Pointer(unsafe.SliceData(src)), unsafe.Pointer(unsafe.SliceData(dst))
	for r := 0; r < r4; r += 4 {
		for c := 0; c < c4; c += 4 {
			x, y := unsafe.Add(p, (r*ls+c)*4), unsafe.Add(q, (c*ld+r)*4)
			x0 := archsimd.LoadUint32x4Array((*[4]uint32)(x))
			x1 := archsimd.LoadUint32x4Array((*[4]uint32)(unsafe.Add(x, ls*4)))
			x2 := archsimd.LoadUint32x4Array((*[4]uint32)(unsafe.Add(x, ls*8)))
			x3 := archsimd.LoadUint32x4Array((*[4]uint32)(unsafe.Add(x, ls*12)))
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
			dst[c*ld+r] = src[r*ls+c]
		}
	}
}

func transpose(dst, src []float32, rows, cols, n int) {
	if simd.Emulated() {
		transposeScalar(dst, src, rows, cols, n)
	} else {
		transposeInto(dst, n, src, cols, rows, cols)
	}
}

func untranspose(dst, src []float32, rows, cols, n int) {
	if simd.Emulated() {
		untransposeScalar(dst, src, rows, cols, n)
	} else {
		transposeInto(dst, cols, src, n, cols, rows)
	}
}
