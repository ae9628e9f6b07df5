package nn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"inkwell/core/internal/check"
)

func noise(rng *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return x
}

func dot(x, y []float32) (sum float64) {
	for i, v := range x {
		sum += float64(v) * float64(y[i])
	}
	return sum
}

var convs = []struct {
	in                   Shape
	cout, k, stride, pad int
}{
	{Shape{1, 28, 28}, 5, 4, 2, 1}, {Shape{3, 7, 7}, 4, 3, 1, 1}, {Shape{3, 14, 14}, 7, 3, 2, 1},
	{Shape{2, 9, 6}, 3, 5, 3, 2}, {Shape{5, 4, 4}, 6, 1, 1, 0}, {Shape{2, 8, 8}, 3, 2, 3, 0}, {Shape{4, 5, 5}, 9, 5, 1, 0},
}

// TestConv compares with the sum of the definition, and checks that backward
// passes are the adjoints of the forward ones.
func TestConv(t *testing.T) {
	const n = 2 * Lanes
	for _, tc := range convs {
		t.Run(fmt.Sprint(tc), func(t *testing.T) {
			c := NewConv(tc.in, tc.cout, tc.k, tc.stride, tc.pad)
			rng := rand.New(rand.NewPCG(1, 2))
			w, b := noise(rng, c.Weights()), noise(rng, tc.cout)
			a, dz := noise(rng, tc.in.Size()*n), noise(rng, c.Out.Size()*n)
			c.Pack(w)
			z := make([]float32, len(dz))
			c.Forward(z, a, b, n)
			macs := 0
			for y := range c.Out.H {
				for x := range c.Out.W {
					for o := range tc.cout {
						sum := [n]float64{}
						for i := range tc.k {
							for j := range tc.k {
								iy, ix := y*tc.stride+i-tc.pad, x*tc.stride+j-tc.pad
								if iy < 0 || iy >= tc.in.H || ix < 0 || ix >= tc.in.W {
									continue
								}
								for ch := range tc.in.C {
									macs++
									for m := range n {
										sum[m] += float64(w[((o*tc.k+i)*tc.k+j)*tc.in.C+ch]) * float64(a[((iy*tc.in.W+ix)*tc.in.C+ch)*n+m])
									}
								}
							}
						}
						for m := range n {
							check.Near(t, "z", float64(z[((y*c.Out.W+x)*tc.cout+o)*n+m]), sum[m]+float64(b[o]), 1e-4)
						}
					}
				}
			}
			if c.MACs() != macs {
				t.Errorf("MACs = %d, counted %d", c.MACs(), macs)
			}

			zt := make([]float32, len(z))
			c.Tangent(zt, a, n)
			da, dw, db := make([]float32, len(a)), make([]float32, len(w)), make([]float32, len(b))
			c.Backward(da, dz, n)
			c.BackwardWeights(dw, db, dz, a, n, make([]float32, c.Scratch(n)))
			scale := math.Sqrt(dot(zt, zt) * dot(dz, dz))
			want := dot(dz, zt)
			check.Near(t, "⟨wᵀdz, a⟩", dot(da, a), want, 1e-5*scale)
			check.Near(t, "⟨dw, w⟩", dot(dw, w), want, 1e-5*scale)
			check.Near(t, "⟨db, b⟩", dot(db, b), dot(dz, z)-want, 1e-5*scale)
		})
	}
}

func TestNewConvPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a kernel larger than its input was accepted")
		}
	}()
	NewConv(Shape{1, 3, 3}, 1, 9, 1, 1)
}

// TestSwish checks both derivatives, and the mixed pass, by differences.
func TestSwish(t *testing.T) {
	const h = 1e-2
	for z := float32(-12); z < 12; z += 0.37 {
		at := func(z float32) (a, d1, d2 float64) {
			zz, x, y, w := []float32{z}, []float32{0}, []float32{0}, []float32{0}
			Swish(x, y, w, zz)
			return float64(x[0]), float64(y[0]), float64(w[0])
		}
		a, d1, d2 := at(z)
		up, u1, _ := at(z + h)
		down, l1, _ := at(z - h)
		step := float64((z + h) - (z - h))
		check.Near(t, "swish", a, float64(z)/(1+math.Exp(-float64(z))), 1e-5)
		check.Near(t, "swish'", d1, (up-down)/step, 2e-3)
		check.Near(t, "swish''", d2, (u1-l1)/step, 2e-3)
	}
}

// TestAdam follows the algorithm in float64, and minimises a bowl.
func TestAdam(t *testing.T) {
	const n = 20
	rng := rand.New(rand.NewPCG(5, 6))
	w := noise(rng, n)
	o := NewAdam(n, 0.9, 0.99, 0)
	ref, m, v := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range ref {
		ref[i] = float64(w[i])
	}
	for step := 1; step <= 50; step++ {
		g := noise(rng, n)
		for i := range ref {
			gi := float64(g[i])
			m[i] = 0.9*m[i] + 0.1*gi
			v[i] = 0.99*v[i] + 0.01*gi*gi
			ref[i] -= 0.01 * m[i] / (1 - math.Pow(0.9, float64(step))) / (math.Sqrt(v[i]/(1-math.Pow(0.99, float64(step)))) + 1e-8)
		}
		o.Update(w, g, 0.01)
	}
	for i := range ref {
		check.Near(t, "w", float64(w[i]), ref[i], 1e-4)
	}

	o = NewAdam(n, 0.9, 0.99, 1)
	g := noise(rng, n)
	g[3] = float32(math.NaN())
	before := w[0]
	if norm := o.Update(w, g, 1); !math.IsNaN(norm) || w[0] != before || o.Step != 0 {
		t.Error("a gradient that is not finite moved the weights")
	}
	g = make([]float32, n)
	g[0], g[1] = 3, 4
	check.Near(t, "norm", o.Update(w, g, 0.1), 5, 1e-6)
	check.Near(t, "clipped gradient", float64(g[1]), 0.8, 1e-6)
}

func TestCosine(t *testing.T) {
	check.Near(t, "first", float64(Cosine(1, 0, 10, 110)), 0.1, 1e-6)
	check.Near(t, "peak", float64(Cosine(1, 10, 10, 110)), 1, 1e-6)
	check.Near(t, "middle", float64(Cosine(1, 60, 10, 110)), 0.5, 1e-6)
	check.Near(t, "end", float64(Cosine(1, 110, 10, 110)), 0, 1e-6)
}

func TestEMA(t *testing.T) {
	avg := []float32{1, 2}
	EMA(avg, []float32{3, 4}, 0.9)
	check.Near(t, "average", float64(avg[0]), 1.2, 1e-6)
	check.Near(t, "average", float64(avg[1]), 2.2, 1e-6)
}
