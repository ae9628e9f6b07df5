package energy

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"inkwell/core/internal/check"
)

// small architectures that reach every kind of layer, odd channel counts
// included
var archs = []Arch{
	"conv3k4s2 res3k3 conv5k3s2 res5k3 fc17 fc9",
	"conv2k5s3 conv7k3s2 fc6",
}

func noise(rng *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return x
}

func testNet(t testing.TB, arch Arch) (*Net, *rand.Rand) {
	t.Helper()
	n, err := New(arch, 3)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range n.Theta { // the heads and biases too
		n.Theta[i] += 0.05 * float32(rng.NormFloat64())
	}
	n.Pack()
	return n, rng
}

func TestGradX(t *testing.T) {
	formulas := map[string]Formula{
		"marginal": Marginal(Classes), "class 3": Of(3), "guided": Guided(7, Classes, 4),
		"3 − 8": Sum(Of(3), Not(Of(8))), "4 and 9": Sum(Of(4), Of(9)),
	}
	for _, arch := range archs {
		n, rng := testNet(t, arch)
		x := noise(rng, Pixels)
		for i := range x {
			x[i] *= 0.2 // small energies, since they are summed in float32
		}
		b := n.NewBatch(1)
		for name, phi := range formulas {
			f := func(x []float32) float64 {
				e := make([]float64, 1)
				b.Grad(nil, e, nil, x, func(int) Formula { return phi })
				return e[0]
			}
			grad := make([]float32, Pixels)
			b.Grad(grad, make([]float64, 1), nil, x, func(int) Formula { return phi })
			check.Gradient(t, fmt.Sprintf("%s: ∇ₓE, %s", arch, name), f, x, grad, 0.05, 1e-2)
		}
	}
}

// TestGradTheta checks ∇_θ of a sum of energies and of the mixed term v·∇ₓφ.
func TestGradTheta(t *testing.T) {
	const m = 3
	for _, arch := range archs {
		for _, tc := range []struct {
			name            string
			mixed, marginal bool
			coef            bool
		}{
			{"energies", false, false, true},
			{"mixed, class", true, false, false},
			{"mixed, marginal", true, true, false},
			{"both", true, false, true},
			{"both, marginal", true, true, true},
		} {
			n, rng := testNet(t, arch)
			l := n.NewLearner()
			x, v := noise(rng, m*Pixels), noise(rng, m*Pixels)
			for i := range x {
				x[i] *= 0.2
			}
			coef, w := make([]float64, m*Classes), make([]float64, m*Classes)
			for i := range coef {
				coef[i] = rng.NormFloat64()
			}
			each, grad := make([]float64, m*Classes), make([]float32, m*Pixels)
			weights := func() {
				l.Forward(each, x)
				for j := range m {
					if tc.marginal {
						Marginal(Classes).Combine(w[j*Classes:(j+1)*Classes], each[j*Classes:(j+1)*Classes])
					} else {
						w[j*Classes+j] = 1
					}
				}
				l.Backward(grad, w)
			}
			f := func(theta []float32) float64 {
				copy(n.Theta, theta)
				n.Pack()
				weights()
				sum := 0.0
				if tc.mixed {
					for i, g := range grad {
						sum += float64(g) * float64(v[i])
					}
				}
				if tc.coef {
					for i, e := range each {
						sum += coef[i] * e
					}
				}
				return sum
			}
			theta := slices.Clone(n.Theta)
			f(theta)
			var vv []float32
			var cc []float64
			if tc.mixed {
				vv = v
			}
			if tc.coef {
				cc = coef
			}
			d := make([]float32, len(theta))
			l.Accumulate(d, vv, tc.marginal, cc)
			check.Gradient(t, fmt.Sprintf("%s: ∇_θ, %s", arch, tc.name), f, theta, d, 2e-3, 2e-2)
		}
	}
}

// TestNeighbours: an image's numbers do not depend on the others' number or
// place.
func TestNeighbours(t *testing.T) {
	n, rng := testNet(t, archs[0])
	const m = 37
	x := noise(rng, m*Pixels)
	marginal := Marginal(Classes)
	phi := func(int) Formula { return marginal }
	grad, e, each := make([]float32, m*Pixels), make([]float64, m), make([]float64, m*Classes)
	n.NewBatch(m).Grad(grad, e, each, x, phi)
	one := n.NewBatch(1)
	for i := range m {
		g, e1 := make([]float32, Pixels), make([]float64, 1)
		one.Grad(g, e1, nil, x[i*Pixels:(i+1)*Pixels], phi)
		if e1[0] != e[i] || !slices.Equal(g, grad[i*Pixels:(i+1)*Pixels]) {
			t.Fatalf("image %d differs alone and in company: E = %v, %v", i, e1[0], e[i])
		}
	}
	b := n.NewBatch(m)
	if allocs := testing.AllocsPerRun(2, func() { b.Grad(grad, e, each, x, phi) }); allocs > 1 {
		t.Errorf("Grad allocates %v times", allocs)
	}
}

func TestArch(t *testing.T) {
	for _, bad := range []Arch{"", "fc10", "conv3k3", "conv3k3 fc", "conv3 fc8", "convk3 fc8", "res3k3 fc8",
		"conv3k99 fc8", "conv3k3s0 fc8", "conv-3k3 fc8", "dense3 fc8", "conv9999999k3 fc8", "conv3k3s2x fc8", "fc8 conv3k3"} {
		if _, err := New(bad, 1); err == nil {
			t.Errorf("architecture %q was accepted", bad)
		}
	}
	n, err := New(Default, 1)
	if err != nil {
		t.Fatal(err)
	}
	if macs := n.MACs(); macs < 2.5e6 || macs > 4e6 {
		t.Errorf("the default net costs %d multiply-adds", macs)
	}
	t.Logf("default: %d MACs, %d parameters", n.MACs(), len(n.Theta))
}

func BenchmarkGrad(b *testing.B) {
	for _, m := range []int{1, 16, 32, 64, 256} {
		b.Run(fmt.Sprintf("chains=%d", m), func(b *testing.B) {
			n, _ := New(Default, 1)
			x := noise(rand.New(rand.NewPCG(1, 2)), m*Pixels)
			grad, e := make([]float32, m*Pixels), make([]float64, m)
			batch := n.NewBatch(m)
			marginal := Marginal(Classes)
			phi := func(int) Formula { return marginal }
			for b.Loop() {
				batch.Grad(grad, e, nil, x, phi)
			}
			// forward and backward to the input, two operations a multiply-add
			flop := 2 * 2 * float64(n.MACs()) * float64(m) * float64(b.N)
			b.ReportMetric(flop/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}

// BenchmarkUpdate is one block of a phase-1 update, counted as six forward
// costs.
func BenchmarkUpdate(b *testing.B) {
	n, _ := New(Default, 1)
	rng := rand.New(rand.NewPCG(1, 2))
	x, v := noise(rng, Block*Pixels), noise(rng, Block*Pixels)
	l := n.NewLearner()
	each, w, grad := make([]float64, Block*Classes), make([]float64, Block*Classes), make([]float32, Block*Pixels)
	for j := range Block {
		w[j*Classes+j%Classes] = 1
	}
	d := make([]float32, len(n.Theta))
	for b.Loop() {
		l.Forward(each, x)
		l.Backward(grad, w)
		l.Accumulate(d, v, false, w)
	}
	b.ReportMetric(6*2*float64(n.MACs())*Block*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}
