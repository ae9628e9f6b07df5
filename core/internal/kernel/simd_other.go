//go:build goexperiment.simd && go1.27 && !amd64

package kernel

const panel = 4

func mul(dst []float32, w *Matrix, bias, b []float32, n int, spans []Span) {
	mulPortable(dst, w, bias, b, n, spans)
}

func mulT(dw []float32, ld int, d, b []float32, m, k, n int, pairs []Pair, scratch []float32) {
	mulTPortable(dw, ld, d, b, 0, m, 0, k, n, pairs)
}

func mulTScratch(m, k, n, pairs int) int { return 0 }

func transpose(dst, src []float32, rows, cols, n int)   { transposeScalar(dst, src, rows, cols, n) }
func untranspose(dst, src []float32, rows, cols, n int) { untransposeScalar(dst, src, rows, cols, n) }
