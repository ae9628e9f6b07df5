package energy

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"inkwell/core/internal/check"
)

func normal(rng *rand.Rand, n int, scale float64) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(scale * rng.NormFloat64())
	}
	return x
}

// spots is a list of Gaussians in d dimensions with the double well and the
// ring among them.
func spots(d int) *List {
	g := Gaussian{Mean: make([]float64, d), Var: make([]float64, d)}
	for i := range d {
		g.Mean[i], g.Var[i] = 0.3*float64(i+1), 0.5+0.25*float64(i)
	}
	return NewList(g, DoubleWell{Height: 2}, Ring{Radius: 1.5, Width: 0.5}, Gaussian{make([]float64, d), g.Var})
}

func TestAnalyticGradients(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	for d := 1; d <= 7; d += 2 {
		list := spots(d)
		energies := map[string]Energy{
			"gaussian":    list.energies[0],
			"double well": list.energies[1],
			"ring":        list.energies[2],
		}
		for name, f := range formulas {
			energies["compose "+name] = Compose(list, f.formula)
		}
		for name, energy := range energies {
			name = fmt.Sprintf("%s, d=%d", name, d)
			x := normal(rng, 3*d, 1.2)
			grad, e := check.Guard(t, 3*d), make([]float64, 3)
			energy.Grad(grad, e, x)
			alone := make([]float64, 3)
			energy.Grad(nil, alone, x)
			if !slices.Equal(e, alone) {
				t.Errorf("%s: energies with gradient %v, without %v", name, e, alone)
			}
			for i := range e {
				if name == "compose no sum" {
					continue
				}
				check.Gradient(t, name, func(x []float32) float64 {
					var e [1]float64
					energy.Grad(nil, e[:], x)
					return e[0]
				}, x[i*d:(i+1)*d], grad[i*d:(i+1)*d], 1e-4, 1e-4)
			}
			energy.Grad(nil, nil, nil) // no points, no trouble
		}
	}
}

func TestAnalyticValues(t *testing.T) {
	var e [1]float64
	for _, c := range []struct {
		name   string
		energy Energy
		x      []float32
		want   float64
	}{
		{"gaussian", Gaussian{[]float64{1, 0}, []float64{4, 1}}, []float32{3, 1}, 1},
		{"double well, bottom", DoubleWell{3}, []float32{-1, 2}, 2},
		{"double well, saddle", DoubleWell{3}, []float32{0, 0}, 3},
		{"ring", Ring{2, 0.5}, []float32{3, 4}, 18},
		{"ring, origin", Ring{2, 0.5}, []float32{0, 0}, 8},
	} {
		c.energy.Grad(make([]float32, 2), e[:], c.x)
		check.Near(t, c.name, e[0], c.want, 1e-12)
	}
	grad := []float32{9, 9}
	Ring{2, 0.5}.Grad(grad, e[:], []float32{0, 0})
	if grad[0] != 0 || grad[1] != 0 {
		t.Errorf("gradient of the ring at the origin is %v", grad)
	}
	Gaussian{[]float64{0}, []float64{1}}.Grad(grad[:1], e[:], []float32{float32(math.NaN())})
	if !math.IsNaN(e[0]) || !math.IsNaN(float64(grad[0])) {
		t.Error("NaN was papered over")
	}
}

func TestCompositionKeepsEach(t *testing.T) {
	const d, n = 3, 5
	list := spots(d)
	x := normal(rand.New(rand.NewPCG(8, 8)), n*d, 1)
	c := Compose(list, Marginal(4))
	e, want := make([]float64, n), make([]float64, n)
	c.Grad(nil, e, x)
	for k, energy := range list.energies {
		energy.Grad(nil, want, x)
		for i := range n {
			if got := c.Each[i*4+k]; got != want[i] {
				t.Errorf("E_%d of point %d is %v, want %v", k, i, got, want[i])
			}
		}
	}
	grad := make([]float32, n*d)
	if a := testing.AllocsPerRun(10, func() { c.Grad(grad, e, x) }); a != 0 {
		t.Errorf("%v allocations", a)
	}
}

func TestSplitChangesNothing(t *testing.T) {
	const d, k = 3, 4
	rng := rand.New(rand.NewPCG(9, 9))
	phi := func(i int) Formula { return Sum(Scale(float64(i+1), Of(i%k)), Marginal(k)) }
	type result struct {
		grad    []float32
		e, each []float64
	}
	run := func(f Family, x []float32) result {
		n := len(x) / d
		r := result{check.Guard(t, n*d), make([]float64, n), make([]float64, n*k)}
		f.Grad(r.grad, r.e, r.each, x, phi)
		return r
	}
	for _, members := range []int{1, 2, 3, 5} {
		split := make(Split, members)
		for m := range split {
			split[m] = spots(d)
		}
		for _, n := range []int{0, 1, 15, 16, 17, 33, 64, 100} {
			x := normal(rng, n*d, 1)
			want, got := run(spots(d), x), run(split, x)
			if !slices.Equal(got.e, want.e) || !slices.Equal(got.grad, want.grad) || !slices.Equal(got.each, want.each) {
				t.Errorf("%d points split over %d: not what one family gives", n, members)
			}
		}
	}
}
