// Package nn provides the layers of the energy network as plain functions:
// forward, backward (to the input and to the parameters) and tangent
// (forward-mode derivative). There is no autograd: the reverse pass over value
// and tangent together, which gives the mixed derivative ∇_θ(v·∇ₓE), is written
// out in package energy from these pieces.
//
// An activation of logical shape (N, C, H, W) is a flat []float32 stored with
// the batch innermost (strides 1, N, W·C·N, C·N; see core/internal/kernel):
// the same pixel of neighbouring images fills a vector register. Plain
// row-major (N, C, H, W) was the alternative. It needs im2col copies, wastes a
// fifth of each vector on 7×7 maps, and gains nothing, since the network's
// inputs are transposed once per call. N is a multiple of [Lanes].
package nn

import "inkwell/core/internal/kernel"

// Lanes is the granularity of a batch.
const Lanes = kernel.Lanes
