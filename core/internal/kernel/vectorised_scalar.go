//go:build !(goexperiment.simd && go1.27)

package kernel

// Vectorised says whether this is the SIMD build.
const Vectorised = false
