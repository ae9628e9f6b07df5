package nn

import "inkwell/core/internal/kernel"

// Swish is the activation a = z·σ(z) (Ramachandran 2017), σ the logistic
// function. Forward leaves a and the derivatives that the other passes need:
//
//	d1 = da/dz   = σ(1 + z(1−σ))
//	d2 = d²a/dz² = σ(1−σ)(2 + z(1−2σ))
//
// d2 may be nil where no mixed derivative is asked for.
func Swish(a, d1, d2, z []float32) {
	if d2 == nil {
		kernel.Swish(a, d1, z)
	} else {
		kernel.Swish2(a, d1, d2, z)
	}
}

// SwishTangent computes the directional derivative at = d1·zt of [Swish].
func SwishTangent(at, d1, zt []float32) { kernel.Times(at, d1, zt) }

// SwishBackward carries a gradient through [Swish]: dz = d1·da.
func SwishBackward(dz, d1, da []float32) { kernel.Times(dz, d1, da) }

// SwishMixed carries a gradient through [Swish] and [SwishTangent] together:
// with qa the gradient at a and ga that at at, the gradient at z is
//
//	qz = qa·d1 + ga·d2·zt
func SwishMixed(qz, qa, d1, ga, d2, zt []float32) { kernel.SwishCurve(qz, qa, d1, ga, d2, zt) }

// Residual adds the layer's input to its output, a += x. Its tangent and its
// backward pass are the same addition.
func Residual(a, x []float32) { kernel.Add(a, x) }
