package check

import (
	"math"
	"testing"
	"unsafe"
)

// verdict runs f on a stand-in and reports whether it failed.
func verdict(f func(t testing.TB)) bool {
	r := &recorder{}
	func() {
		defer func() {
			if p := recover(); p != nil && p != r {
				panic(p)
			}
		}()
		f(r)
	}()
	for _, c := range r.cleanup {
		c()
	}
	return r.failed
}

type recorder struct {
	testing.TB
	failed  bool
	cleanup []func()
}

func (r *recorder) Helper()               {}
func (r *recorder) Errorf(string, ...any) { r.failed = true }
func (r *recorder) Fatalf(string, ...any) { r.failed = true; panic(r) }
func (r *recorder) Cleanup(f func())      { r.cleanup = append(r.cleanup, f) }

func TestVerdicts(t *testing.T) {
	nan := math.NaN()
	square := func(x []float32) float64 { return float64(x[0])*float64(x[0]) + float64(x[1]) }
	x := []float32{1.5, 2}
	gradient := func(g ...float32) func(testing.TB) {
		return func(t testing.TB) { Gradient(t, "", square, x, g, 1e-3, 1e-3) }
	}
	guard := func(i int) func(testing.TB) {
		return func(t testing.TB) {
			first := unsafe.Pointer(&Guard(t, 3)[0])
			*(*float32)(unsafe.Add(first, 4*i)) = 1
		}
	}
	for name, c := range map[string]struct {
		f    func(testing.TB)
		fail bool
	}{
		"near":           {func(t testing.TB) { Near(t, "", 1, 1.01, 0.02) }, false},
		"relative":       {func(t testing.TB) { Near(t, "", 1001, 1000, 0.002) }, false},
		"far":            {func(t testing.TB) { Near(t, "", 1, 1.03, 0.02) }, true},
		"NaN":            {func(t testing.TB) { Near(t, "", nan, 1, 1e9) }, true},
		"NaN tolerance":  {func(t testing.TB) { Near(t, "", 1, 1, nan) }, true},
		"z":              {func(t testing.TB) { Z(t, "", 1, 1.3, 0.1) }, false},
		"z far":          {func(t testing.TB) { Z(t, "", 1, 1.5, 0.1) }, true},
		"z NaN":          {func(t testing.TB) { Z(t, "", nan, 1, 1) }, true},
		"z no error":     {func(t testing.TB) { Z(t, "", 1, 1, 0) }, true},
		"gradient":       {gradient(3, 1), false},
		"wrong gradient": {gradient(3, 1.01), true},
		"NaN gradient":   {gradient(3, float32(nan)), true},
		"short gradient": {gradient(3), true},
		"inside":         {guard(2), false},
		"after":          {guard(3), true},
		"before":         {guard(-1), true},
	} {
		if got := verdict(c.f); got != c.fail {
			t.Errorf("%s: failed is %v, want %v", name, got, c.fail)
		}
	}
}
