//go:build !(goexperiment.simd && go1.27 && wasm)

package kernel

// The panels of WebAssembly SIMD have 3 rows; mulScalar wants multiples of 4.
func init() { muls["scalar"] = mulScalar }
