package sampler

import "testing"

// BenchmarkStep is what a step costs besides the energy: 64 images of 784
// pixels, whose energy is free.
func BenchmarkStep(b *testing.B) {
	const n, d = 64, 784
	for _, name := range []string{"Langevin", "MALA", "Hamiltonian", "Underdamped"} {
		b.Run("sampler="+name, func(b *testing.B) {
			s := NewState(n, d)
			schedule := Constant(1e-3, 1)
			for b.Loop() {
				samplers[name](s, flat{}, schedule)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(n*d), "ns/pixel")
		})
	}
}
