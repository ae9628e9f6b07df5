// Package check helps the tests of core judge numbers. Every comparison fails
// on NaN.
package check

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Near fails the test unless |got − want| ≤ tol·max(1, |want|).
func Near(t testing.TB, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol*max(1, math.Abs(want))) {
		t.Errorf("%s: got %v, want %v within %v", what, got, want, tol)
	}
}

// Z fails the test unless an estimate is less than four of its standard errors
// from what it estimates.
func Z(t testing.TB, what string, got, want, se float64) {
	t.Helper()
	if z := (got - want) / se; !(math.Abs(z) < 4) {
		t.Errorf("%s: %.6g is %.1f standard errors (%.2g) from %.6g", what, got, z, se, want)
	}
}

// Gradient compares the gradient of f at x with central differences along
// eight random directions v of unit length,
//
//	(f(x+hv) − f(x−hv)) / 2h = ⟨grad, v⟩ ± tol·‖grad‖·√(2/d)
//
// where ‖grad‖/√d is the size a derivative along v usually has. The points are
// those that float32 can hold, and v is their true difference.
func Gradient(t testing.TB, what string, f func(x []float32) float64, x, grad []float32, h, tol float64) {
	t.Helper()
	if len(grad) != len(x) {
		t.Fatalf("%s: a gradient of length %d at a point of length %d", what, len(grad), len(x))
	}
	norm := 0.0
	for _, g := range grad {
		norm += float64(g) * float64(g)
	}
	norm = math.Sqrt(norm)
	rng := rand.New(rand.NewPCG(1, 2))
	v := make([]float64, len(x))
	up, down := make([]float32, len(x)), make([]float32, len(x))
	for range 8 {
		length := 0.0
		for i := range v {
			v[i] = rng.NormFloat64()
			length += v[i] * v[i]
		}
		want := 0.0
		for i := range v {
			step := h * v[i] / math.Sqrt(length)
			up[i], down[i] = float32(float64(x[i])+step), float32(float64(x[i])-step)
			want += float64(grad[i]) * (float64(up[i]) - float64(down[i])) / (2 * h)
		}
		got := (f(up) - f(down)) / (2 * h)
		if !(math.Abs(got-want) <= tol*norm*math.Sqrt(2/float64(len(x)))) {
			t.Errorf("%s: difference quotient %v, gradient %v (‖∇‖ = %v)", what, got, want, norm)
		}
	}
}

// Guard returns a slice of n zeros between words that must not change: the
// test fails when it ends if something was written outside the slice.
func Guard(t testing.TB, n int) []float32 {
	const words, mark = 32, float32(-12345.5)
	all := make([]float32, n+2*words)
	for i := range words {
		all[i], all[n+words+i] = mark, mark
	}
	t.Cleanup(func() {
		for i := range words {
			if all[i] != mark || all[n+words+i] != mark {
				t.Errorf("written outside a slice of %d: %d before it or after its end", n, i)
				return
			}
		}
	})
	return all[words : n+words : n+words]
}
