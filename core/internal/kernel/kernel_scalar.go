//go:build !(goexperiment.simd && go1.27)

package kernel

// Stock Go: every kernel is its scalar body.

// panel is the number of rows of a Matrix that are stored together.
const panel = 3

func mul(dst []float32, w *Matrix, bias, b []float32, n int, spans []Span) {
	mulScalar(dst, w, bias, b, n, spans)
}

func convGrad(dw []float32, m, ld int, d, b []float32, n int, taps []Tap, scratch []float32) {
	convGradScalar(dw, m, ld, d, b, n, taps)
}

func convGradScratch(d, b int) int { return 0 }

func swish(a, d1, z []float32)                        { swishScalar(a, d1, z) }
func swish2(a, d1, d2, z []float32)                   { swish2Scalar(a, d1, d2, z) }
func swishCurve(qz, qa, d1, ga, d2, zt []float32)     { swishCurveScalar(qz, qa, d1, ga, d2, zt) }
func times(dst, x, y []float32)                       { timesScalar(dst, x, y) }
func axpy(dst []float32, a float32, x []float32)      { axpyScalar(dst, a, x) }
func scale(dst []float32, a float32)                  { scaleScalar(dst, a) }
func dot(x, y []float32) float64                      { return dotScalar(x, y) }
func rowSum(dst, x []float32, n int)                  { rowSumScalar(dst, x, n) }
func colDot(dst, h, x []float32, n int)               { colDotScalar(dst, h, x, n) }
func colSquare(dst, x []float32, n int)               { colSquareScalar(dst, x, n) }
func outer1(dh, x, c []float32, n int)                { outer1Scalar(dh, x, c, n) }
func transpose(dst, src []float32, rows, cols, n int) { transposeScalar(dst, src, rows, cols, n) }
func untranspose(dst, src []float32, rows, cols, n int) {
	untransposeScalar(dst, src, rows, cols, n)
}
func adam(w, m, v, g []float32, lr, beta1, beta2, eps, c1, c2 float32) {
	adamScalar(w, m, v, g, lr, beta1, beta2, eps, c1, c2)
}
func lerp(dst, x []float32, a float32)                   { lerpScalar(dst, x, a) }
func langevin(x, g, noise []float32, eta, sigma float32) { langevinScalar(x, g, noise, eta, sigma) }
func normal(dst []float32, seed uint64, step uint32)     { normalScalar(dst, 0, seed, step) }
