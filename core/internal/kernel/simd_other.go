//go:build goexperiment.simd && go1.27 && !amd64

package kernel

func convGrad(dw []float32, m, ld int, d, b []float32, n int, taps []Tap, scratch []float32) {
	convGradPortable(dw, m, ld, d, b, n, taps)
}

func convGradScratch(d, b int) int { return 0 }

func transpose(dst, src []float32, rows, cols, n int)   { transposeScalar(dst, src, rows, cols, n) }
func untranspose(dst, src []float32, rows, cols, n int) { untransposeScalar(dst, src, rows, cols, n) }
