// Package openblas is the mark for the native kernels: OpenBLAS's matrix
// product on one thread. It is empty unless built with -tags openblas, which
// needs cgo and Debian's libopenblas-dev; only benchmarks use it.
package openblas
