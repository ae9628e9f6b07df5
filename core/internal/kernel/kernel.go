// Package kernel holds the inner loops of the energy network.
//
// Activations are tensors of logical shape (N, C, H, W) stored with the batch
// innermost: the value of image n, channel c, pixel (y, x) lies at
//
//	((y*W+x)*C + c)*N + n
//
// so that one vector register holds the same number of several images, a
// convolution is a handful of contiguous runs of rows, no im2col is ever
// materialised, and no image's arithmetic depends on its neighbours. A "row"
// is N consecutive floats. N is always a multiple of [Lanes].
//
// Every function has a scalar and a SIMD body; the loop in its doc is its
// specification. Sums may be taken in another order unless the doc forbids it,
// and products may be fused with sums. Lengths that do not fit panic.
// No function allocates, except [Matrix.Pack] when it grows.
//
// # Speed
//
// GFLOP/s of one core of an EPYC with AVX-512 (peak 244), an addition and a
// multiplication counted as two, for the layers of the default network but the
// first, whose 16 columns (130 on AVX-512) and single row backwards (67) fill no
// tile. Best of several runs:
//
//	                              Conv      ConvGrad   mark
//	AVX-512, n = 32               180…207   75…160     OpenBLAS sgemm 89…112
//	AVX2 (GODEBUG=simd=256)       74…87     38…66
//	stock Go, scalar              8.3       4          gonum blas32 9
//	WebAssembly, node 20, n = 16  34…40     1…9        testdata/tile.wat 57
//
// (go test -bench 'Conv|Mul|WebAssembly', and with -tags openblas 'OpenBLAS'.)
// WebAssembly stays at 70 % of the mark because Go 1.27 can emit no
// v128.load32_splat, neither from Go nor (its alignment is wrong) from assembly:
// a weight then costs a load, a move and a shuffle, 18 floating-point operations
// of the machine for 12 useful ones, and four of them start in a cycle. The mark
// written with f32.load and f32x4.splat in Go assembly reached 44, weights
// stored four times over 45.
package kernel

// Lanes is the granularity of a batch: the number of images in every row is a
// multiple of it. It is the widest vector (AVX-512) in float32.
const Lanes = 16

// A Span is one contiguous run of a convolution: columns W … W+K−1 of the
// weights meet rows B … B+K−1 of the input.
type Span struct{ W, B, K int }

// A Pair names one (output, input) place of a convolution: row D of the output
// gradient meets row B of the input.
type Pair struct{ D, B int }

// A Tap is a run of weight columns, W … W+K−1, and all the places where the
// whole run applies.
type Tap struct {
	W, K  int
	Pairs []Pair
}

// A Matrix is a weight matrix (Rows, Cols) arranged for [Mul]: panels of a few
// rows, each stored column after column, the last one padded with zeros.
type Matrix struct {
	Rows, Cols int
	panels     []float32 // (⌈Rows/panel⌉, Cols, panel)
}

// Pack makes m a copy of the row-major matrix w (rows, cols). It reuses the
// memory of m when that suffices.
func (m *Matrix) Pack(w []float32, rows, cols int) {
	if rows < 0 || cols < 0 || len(w) != rows*cols {
		panic("kernel: Pack: w is not rows × cols")
	}
	m.Rows, m.Cols = rows, cols
	size := m.size()
	if cap(m.panels) < size {
		m.panels = make([]float32, size)
	}
	m.panels = m.panels[:size]
	for i := 0; i < rows; i += panel {
		dst := m.panels[i*cols : (i+panel)*cols]
		for r := range panel {
			if i+r < rows {
				for k, v := range w[(i+r)*cols : (i+r+1)*cols] {
					dst[k*panel+r] = v
				}
			} else {
				for k := range cols {
					dst[k*panel+r] = 0
				}
			}
		}
	}
}

// size returns the length of m.panels.
func (m *Matrix) size() int { return (m.Rows + panel - 1) / panel * panel * m.Cols }

// Mul writes the product of w and rows of b, plus a bias, to dst:
//
//	for i < w.Rows, j < n {
//		sum := bias[i] // 0 if bias is nil
//		for _, s := range spans {
//			for k := range s.K {
//				sum += w[i, s.W+k] * b[(s.B+k)*n+j]
//			}
//		}
//		dst[i*n+j] = sum
//	}
//
// dst is (w.Rows, n), bias (w.Rows) or nil, b (…, n). The terms are added in
// this order: column j of dst depends, bit for bit, on column j of b only, and
// not on n.
func Mul(dst []float32, w *Matrix, bias []float32, b []float32, n int, spans []Span) {
	if n%Lanes != 0 || n < 0 {
		panic("kernel: Mul: n is not a multiple of Lanes")
	}
	if len(dst) != w.Rows*n {
		panic("kernel: Mul: dst is not w.Rows × n")
	}
	if bias != nil && len(bias) != w.Rows {
		panic("kernel: Mul: bias is not w.Rows")
	}
	checkSpans(w, b, n, spans)
	if len(dst) > 0 {
		mul(dst, w, bias, b, n, spans)
	}
}

// Conv is one [Mul] per output pixel:
//
//	for p, spans := range plan {
//		Mul(dst[p*w.Rows*n:][:w.Rows*n], w, bias_p, b, n, spans)
//	}
//
// dst is (len(plan), w.Rows, n). bias has length 0 (no bias), w.Rows (the
// same for every pixel) or len(plan)*w.Rows (bias_p = bias[p*w.Rows:]).
func Conv(dst []float32, w *Matrix, bias []float32, b []float32, n int, plan [][]Span) {
	if n%Lanes != 0 || n < 0 {
		panic("kernel: Conv: n is not a multiple of Lanes")
	}
	size := w.Rows * n
	if len(dst) != len(plan)*size {
		panic("kernel: Conv: dst is not len(plan) × w.Rows × n")
	}
	step := 0
	switch len(bias) {
	case 0:
		bias = nil
	case w.Rows:
	case len(plan) * w.Rows:
		step = w.Rows
	default:
		panic("kernel: Conv: bias has the wrong length")
	}
	for _, spans := range plan {
		checkSpans(w, b, n, spans)
	}
	if len(dst) == 0 {
		return
	}
	for p, spans := range plan {
		var c []float32
		if bias != nil {
			c = bias[p*step:][:w.Rows]
		}
		mul(dst[p*size:][:size], w, c, b, n, spans)
	}
}

// checkSpans panics unless the micro-kernels, which check nothing, stay inside.
func checkSpans(w *Matrix, b []float32, n int, spans []Span) {
	if len(w.panels) != w.size() {
		panic("kernel: Matrix was not packed")
	}
	if n == 0 {
		return
	}
	have := len(b) / n
	for _, s := range spans {
		if s.K < 0 || s.W < 0 || s.W > w.Cols-s.K {
			panic("kernel: Span leaves the columns of the weights")
		}
		if s.B < 0 || s.B > have-s.K {
			panic("kernel: Span leaves the rows of the input")
		}
	}
}

// ConvGrad adds to dw (m, ld) the gradient of a [Conv] with respect to its
// weights:
//
//	for _, t := range taps {
//		for i < m, j < t.K {
//			for _, p := range t.Pairs {
//				for l := range n {
//					dw[i*ld+t.W+j] += d[(p.D+i)*n+l] * b[(p.B+j)*n+l]
//				}
//			}
//		}
//	}
//
// d (…, n) is the gradient of the output, b (…, n) the input. scratch holds at
// least [ConvGradScratch] floats and is overwritten.
func ConvGrad(dw []float32, m, ld int, d, b []float32, n int, taps []Tap, scratch []float32) {
	if n%Lanes != 0 || n < 0 {
		panic("kernel: ConvGrad: n is not a multiple of Lanes")
	}
	if m < 0 || ld < 0 || len(dw) != m*ld {
		panic("kernel: ConvGrad: dw is not m × ld")
	}
	if len(scratch) < ConvGradScratch(len(d), len(b)) {
		panic("kernel: ConvGrad: scratch is too short")
	}
	if n == 0 || m == 0 {
		return
	}
	if len(d)%n != 0 || len(b)%n != 0 {
		panic("kernel: ConvGrad: d or b is not whole rows")
	}
	for _, t := range taps {
		if t.K < 0 || t.W < 0 || t.W > ld-t.K {
			panic("kernel: ConvGrad: Tap leaves the columns of dw")
		}
		lastD, lastB := len(d)/n-m, len(b)/n-t.K
		for _, p := range t.Pairs {
			if p.D < 0 || p.D > lastD || p.B < 0 || p.B > lastB {
				panic("kernel: ConvGrad: Pair leaves d or b")
			}
		}
	}
	convGrad(dw, m, ld, d, b, n, taps, scratch)
}

// ConvGradScratch returns the number of floats of scratch that a [ConvGrad] of
// d and b of these lengths needs; it may be 0.
func ConvGradScratch(d, b int) int { return convGradScratch(d, b) }

func same(name string, n int, xs ...int) {
	for _, x := range xs {
		if x != n {
			panic("kernel: " + name + ": lengths differ")
		}
	}
}

func rows(name string, count, n, length int) {
	if n%Lanes != 0 || n < 0 {
		panic("kernel: " + name + ": n is not a multiple of Lanes")
	}
	if count*n != length {
		panic("kernel: " + name + ": lengths differ")
	}
}

// Swish writes the swish of z and its first derivative, with s = 1/(1+exp(−z)):
//
//	a[i] = z[i]*s
//	d1[i] = s*(1 + z[i]*(1−s))
//
// (Ramachandran, Zoph and Le 2017, β = 1.) NaN and ±Inf give non-finite a or d1.
func Swish(a, d1, z []float32) {
	same("Swish", len(z), len(a), len(d1))
	swish(a, d1, z)
}

// Swish2 is [Swish] and also writes the second derivative:
//
//	d2[i] = s*(1−s)*(2 + z[i]*(1−2*s))
func Swish2(a, d1, d2, z []float32) {
	same("Swish2", len(z), len(a), len(d1), len(d2))
	swish2(a, d1, d2, z)
}

// SwishCurve is the backward of a tangent through a swish layer:
//
//	qz[i] = qa[i]*d1[i] + ga[i]*d2[i]*zt[i]
func SwishCurve(qz, qa, d1, ga, d2, zt []float32) {
	same("SwishCurve", len(qz), len(qa), len(d1), len(ga), len(d2), len(zt))
	swishCurve(qz, qa, d1, ga, d2, zt)
}

// Times writes dst[i] = x[i]*y[i].
func Times(dst, x, y []float32) {
	same("Times", len(dst), len(x), len(y))
	times(dst, x, y)
}

// Add adds: dst[i] += x[i].
func Add(dst, x []float32) {
	same("Add", len(dst), len(x))
	axpy(dst, 1, x)
}

// Axpy adds a multiple: dst[i] += a*x[i].
func Axpy(dst []float32, a float32, x []float32) {
	same("Axpy", len(dst), len(x))
	axpy(dst, a, x)
}

// Scale multiplies: dst[i] *= a.
func Scale(dst []float32, a float32) { scale(dst, a) }

// dotBlock is the number of terms that Dot may sum in float32.
const dotBlock = 512

// Dot returns Σ x[i]*y[i], summed in float32 within blocks of 512 terms at
// most and in float64 from there.
func Dot(x, y []float32) float64 {
	same("Dot", len(x), len(y))
	return dot(x, y)
}

// RowSum adds the sums of the rows of x (P, len(dst), n), for any P: the
// gradient of a bias shared by P pixels:
//
//	dst[i] += Σ_p Σ_j x[(p*len(dst)+i)*n+j]
func RowSum(dst, x []float32, n int) {
	if n%Lanes != 0 || n < 0 {
		panic("kernel: RowSum: n is not a multiple of Lanes")
	}
	if len(x) == 0 {
		return
	}
	if size := len(dst) * n; size == 0 || len(x)%size != 0 {
		panic("kernel: RowSum: lengths differ")
	}
	rowSum(dst, x, n)
}

// ColDot adds h·x, one linear functional of each column of x (len(h), n); its
// terms are added in the order of i:
//
//	dst[j] += Σ_i h[i]*x[i*n+j]
func ColDot(dst, h, x []float32, n int) {
	rows("ColDot", len(h), n, len(x))
	same("ColDot", n, len(dst))
	colDot(dst, h, x, n)
}

// ColSquare adds the squared length of each column of x (…, n):
//
//	dst[j] += Σ_i x[i*n+j]²
func ColSquare(dst, x []float32, n int) {
	same("ColSquare", n, len(dst))
	if n == 0 {
		n = Lanes
	}
	rows("ColSquare", len(x)/n, n, len(x))
	if len(dst) > 0 {
		colSquare(dst, x, n)
	}
}

// Outer1 adds the gradient of [ColDot] with respect to h, for x (len(dh), n)
// and the gradient c (n) of its result:
//
//	dh[i] += Σ_j c[j]*x[i*n+j]
func Outer1(dh, x, c []float32, n int) {
	rows("Outer1", len(dh), n, len(x))
	same("Outer1", n, len(c))
	outer1(dh, x, c, n)
}

// RowAxpy adds the outer product of h and c (n) to dst (len(h), n):
//
//	dst[i*n+j] += h[i]*c[j]
func RowAxpy(dst, h, c []float32, n int) {
	rows("RowAxpy", len(h), n, len(dst))
	same("RowAxpy", n, len(c))
	for i, v := range h {
		axpy(dst[i*n:][:n], v, c)
	}
}

// Transpose turns images (rows, cols), rows ≤ n, into dst (cols, n), batch
// innermost, and fills the rest of its rows with zeros:
//
//	dst[c*n+r] = src[r*cols+c] // 0 for r ≥ rows
func Transpose(dst, src []float32, rows, cols, n int) {
	if rows < 0 || cols < 0 || rows > n || len(dst) != cols*n || len(src) != rows*cols {
		panic("kernel: Transpose: lengths differ")
	}
	transpose(dst, src, rows, cols, n)
	if rows < n {
		for c := range cols {
			clear(dst[c*n+rows : (c+1)*n])
		}
	}
}

// Untranspose turns the first rows columns of src (cols, n) into images dst
// (rows, cols):
//
//	dst[r*cols+c] = src[c*n+r]
func Untranspose(dst, src []float32, rows, cols, n int) {
	if rows < 0 || cols < 0 || rows > n || len(src) != cols*n || len(dst) != rows*cols {
		panic("kernel: Untranspose: lengths differ")
	}
	untranspose(dst, src, rows, cols, n)
}

// Adam takes one step of Adam on the weights w with gradient g and moments m, v:
//
//	m[i] = beta1*m[i] + (1−beta1)*g[i]
//	v[i] = beta2*v[i] + (1−beta2)*g[i]²
//	w[i] −= lr * (m[i]*c1) / (√(v[i]*c2) + eps)
//
// c1 = 1/(1−beta1^t) and c2 = 1/(1−beta2^t) correct the bias of step t
// (Kingma and Ba 2015, Algorithm 1).
func Adam(w, m, v, g []float32, lr, beta1, beta2, eps, c1, c2 float32) {
	same("Adam", len(w), len(m), len(v), len(g))
	adam(w, m, v, g, lr, beta1, beta2, eps, c1, c2)
}

// Lerp moves dst towards x: dst[i] += a*(x[i]−dst[i]).
func Lerp(dst, x []float32, a float32) {
	same("Lerp", len(dst), len(x))
	lerp(dst, x, a)
}

// Langevin takes one step along −g with given noise:
//
//	x[i] += −eta*g[i] + sigma*noise[i]
func Langevin(x, g, noise []float32, eta, sigma float32) {
	same("Langevin", len(x), len(g), len(noise))
	langevin(x, g, noise, eta, sigma)
}

// Normal fills dst with independent standard normals. Value i is a function of
// seed, step and i alone:
//
//	g, h, l := i/32, i/16%2, i%16
//	x, y := threefry2x32(key: seed, counter: (16*g+l, step)) // 20 rounds
//	r := √(−2 ln((x>>9 + ½)·2⁻²³))
//	dst[i] = r·cos(2πy·2⁻³²) if h == 0, r·sin(2πy·2⁻³²) if h == 1
//
// Threefry is a counter-based generator (Salmon et al. 2011, "Parallel random
// numbers: as easy as 1, 2, 3", section 3.3); the rest is Box and Muller
// (1958). |dst[i]| ≤ √(48 ln 2) = 5.77. Builds agree to a few units in the
// last place.
func Normal(dst []float32, seed uint64, step uint32) { normal(dst, seed, step) }
