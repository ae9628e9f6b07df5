//go:build goexperiment.simd && go1.27 && !amd64

package kernel

const panel = 4

func mul(dst []float32, w *Matrix, bias, b []float32, n int, spans []Span) {
	mulPortable(dst, w, bias, b, n, spans)
}

func mulT(dw []float32, ld int, d, b []float32, m, k, n int, pairs []Pair, scratch []float32) {
	mulTPortable(dw, ld, d, b, m, k, n, pairs)
}

func mulTScratch(m, k, n, pairs int) int { return 0 }
