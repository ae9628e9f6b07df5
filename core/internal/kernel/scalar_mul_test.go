//go:build !(goexperiment.simd && go1.27) || wasm

package kernel

// mulScalar wants panels of 3 rows.
func init() { muls["scalar"] = mulScalar }
