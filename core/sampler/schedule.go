package sampler

import "math"

// Params are the two numbers of a step.
type Params struct {
	StepSize    float32 // η ≥ 0, in units of x²/E
	Temperature float32 // T ≥ 0, in units of E
}

// A Schedule gives the parameters of a chain's step number 0, 1, 2 …
type Schedule func(step int) Params

// Constant is the same at every step.
func Constant(stepSize, temperature float32) Schedule {
	p := Params{stepSize, temperature}
	return func(int) Params { return p }
}

// Fall follows the flow dx/dt = −∇E for one unit of time in n steps: η = 1/n,
// T = 0. That is what an energy trained by flow matching expects; see package
// learn.
func Fall(n int) Schedule { return Constant(1/float32(max(n, 1)), 0) }

// Then is n steps of first, and after them next from its own step 0.
func (first Schedule) Then(n int, next Schedule) Schedule {
	return func(step int) Params {
		if step < n {
			return first(step)
		}
		return next(step - n)
	}
}

// Anneal cools from temperature from to temperature to in n steps, each colder
// by the same factor, and stays there:
//
//	T_k = from·(to/from)^(k/(n−1))
//
// (simulated annealing: Kirkpatrick, Gelatt & Vecchi 1983). If one of them is
// 0 it cools by equal differences instead.
func Anneal(stepSize, from, to float32, n int) Schedule {
	return func(step int) Params {
		if step >= n-1 {
			return Params{stepSize, to}
		}
		t := float64(step) / float64(n-1)
		if from == 0 || to == 0 {
			return Params{stepSize, from + float32(t)*(to-from)}
		}
		return Params{stepSize, float32(float64(from) * math.Pow(float64(to)/float64(from), t))}
	}
}
