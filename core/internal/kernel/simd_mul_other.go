//go:build goexperiment.simd && go1.27 && !amd64 && !wasm

package kernel

const panel = 4

func mul(dst []float32, w *Matrix, bias, b []float32, n int, spans []Span) {
	mulPortable(dst, w, bias, b, n, spans)
}
