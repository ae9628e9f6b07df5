package kernel

// MulT is [ConvGrad] for one tap of dw sliced to its first column.
//
// Deprecated: it goes as soon as package nn calls ConvGrad.
func MulT(dw []float32, ld int, d, b []float32, m, k, n int, pairs []Pair, scratch []float32) {
	gradScalarOrVector(dw, ld, d, b, m, k, n, pairs)
}

// MulTScratch returns 0.
func MulTScratch(m, k, n, pairs int) int { return 0 }
