//go:build openblas

package openblas

/*
#cgo LDFLAGS: -lopenblas
#include <cblas.h>
*/
import "C"

func init() { C.openblas_set_num_threads(1) }

// Sgemm writes c = a·b, for a (m, k), b (k, n) and c (m, n), row-major.
func Sgemm(c, a, b []float32, m, n, k int) {
	C.cblas_sgemm(C.CblasRowMajor, C.CblasNoTrans, C.CblasNoTrans, C.int(m), C.int(n), C.int(k),
		1, (*C.float)(&a[0]), C.int(k), (*C.float)(&b[0]), C.int(n), 0, (*C.float)(&c[0]), C.int(n))
}
