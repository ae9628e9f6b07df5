package energy_test

import (
	"fmt"

	"inkwell/core/energy"
	"inkwell/core/sampler"
)

// Two densities, and chains that sample "one or the other": a soft minimum of
// energies is the sum of the densities.
func ExampleCompose() {
	left := energy.Gaussian{Mean: []float64{-3}, Var: []float64{0.1}}
	right := energy.Gaussian{Mean: []float64{3}, Var: []float64{0.1}}
	family := energy.NewList(left, right)
	either := energy.Compose(family, energy.Or(energy.Of(0), energy.Of(1)))

	chains := sampler.NewState(1000, 1) // from x ~ N(0, 1)
	for range 200 {
		sampler.Langevin(chains, either, sampler.Constant(0.01, 1))
	}
	count := map[string]int{}
	for i := range chains.N {
		switch e := either.Each[2*i:]; { // E of left and right
		case e[0] < 5:
			count["left"]++
		case e[1] < 5:
			count["right"]++
		default:
			count["lost"]++
		}
	}
	fmt.Println("left and right:", count["left"] > 400 && count["right"] > 400, "lost:", count["lost"] > 10)
	// Output: left and right: true lost: false
}
