package learn

import (
	"slices"

	"inkwell/core/energy"
	"inkwell/core/internal/kernel"
	"inkwell/core/mnist"
	"inkwell/core/sampler"
)

// Samples draws n images (n, 784) from the net, of one class with the given
// guidance, or of any if class is negative: sixty steps of fall, then Langevin
// at the recipe's temperature up to steps in all.
func Samples(net *energy.Net, n int, seed uint64, class int, guidance float64, steps int) []float32 {
	s := sampler.NewState(n, energy.Pixels)
	for i := range n {
		s.Restart(i, sampler.Stream(seed, uint64(i)))
	}
	phi := marginal
	if class >= 0 {
		phi = energy.Guided(class, energy.Classes, guidance)
	}
	c := Recipe()
	target := energy.Compose(family(net, n), phi)
	schedule := sampler.Fall(60).Then(60, sampler.Constant(c.StepSize, c.Temperature))
	for range steps + 1 {
		sampler.Langevin(s, target, schedule)
	}
	return s.X
}

// Energies returns the energies E(x) of a set's images with the noise that x⁺
// has in training, which is what chains at that temperature carry too.
func Energies(net *energy.Net, set *mnist.Set) []float64 {
	const m = 1000
	out := make([]float64, set.Len())
	target := energy.Compose(family(net, m), marginal)
	x, noise := make([]float32, m*energy.Pixels), make([]float32, m*energy.Pixels)
	for lo := 0; lo < len(out); lo += m {
		n := min(m, len(out)-lo)
		for i := range n {
			set.Image(row(x, i), lo+i)
		}
		kernel.Normal(noise, 1, uint32(lo))
		kernel.Axpy(x, Recipe().DataNoise, noise)
		target.Grad(nil, out[lo:lo+n], x[:n*energy.Pixels])
	}
	return out
}

// Band returns the 5th and the 95th percentile of energies.
func Band(e []float64) (lo, hi float64) {
	s := slices.Sorted(slices.Values(e))
	at := func(q float64) float64 { return s[int(q*float64(len(s)-1)+0.5)] }
	return at(0.05), at(0.95)
}
