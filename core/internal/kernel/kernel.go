// Package kernel holds the inner loops of the energy network.
//
// Activations are tensors of logical shape (N, C, H, W) stored with the batch
// innermost: the value of image n, channel c, pixel (y, x) lies at
//
//	((y*W+x)*C + c)*N + n
//
// so that one vector register holds the same number of several images, a
// convolution is a handful of contiguous runs of rows, no im2col is ever
// materialised, and no image's arithmetic depends on its neighbours. A "row"
// is N consecutive floats. N is always a multiple of [Lanes].
//
// Every function has a scalar and a SIMD body; the loop in its doc is its
// specification. Lengths that do not fit panic.
package kernel

// Lanes is the granularity of a batch: the number of images in every row is a
// multiple of it. It is the widest vector (AVX-512) in float32.
const Lanes = 16

// A Span is one contiguous run of a convolution: columns W … W+K−1 of the
// weights meet rows B … B+K−1 of the input.
type Span struct{ W, B, K int }

// A Pair names one (output, input) place of a convolution: row D of the output
// gradient meets row B of the input.
type Pair struct{ D, B int }
