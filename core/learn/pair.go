package learn

import (
	"math"
	"math/rand/v2"

	"inkwell/core/energy"
	"inkwell/core/internal/kernel"
	"inkwell/core/mnist"
)

// poolSize is how many images are paired with noise at once; a pool serves
// several updates.
const poolSize = 512

// A pool holds pairs (x₀, x₁) of noise and data that optimal transport has put
// together.
type pool struct {
	x0, x1 []float32 // (poolSize, 784)
	label  []int
}

// fill draws the pool from rng. Pairs are chosen within each class: then p(x₀|y)
// stays the normal distribution for every y, which pairing across classes
// would bend.
func (p *pool) fill(set *mnist.Set, transport bool, rng *rand.Rand, seed uint64) {
	if p.x0 == nil {
		p.x0, p.x1 = make([]float32, poolSize*energy.Pixels), make([]float32, poolSize*energy.Pixels)
		p.label = make([]int, poolSize)
	}
	kernel.Normal(p.x0, seed, 0)
	members := make([][]int, energy.Classes)
	for i := range poolSize {
		k := rng.IntN(set.Len())
		set.Image(row(p.x1, i), k)
		p.label[i] = int(set.Labels[k])
		members[p.label[i]] = append(members[p.label[i]], i)
	}
	if !transport {
		return
	}
	noise := make([]float32, len(p.x0))
	for _, m := range members {
		// ‖x₁−x₀‖² = ‖x₁‖² + ‖x₀‖² − 2⟨x₁,x₀⟩, and the squares are the same for
		// every pairing
		cost := make([][]float64, len(m))
		for i, a := range m {
			cost[i] = make([]float64, len(m))
			for j, b := range m {
				cost[i][j] = -kernel.Dot(row(p.x1, a), row(p.x0, b))
			}
		}
		for i, j := range assign(cost) {
			copy(row(noise, m[i]), row(p.x0, m[j]))
		}
	}
	p.x0, noise = noise, p.x0
}

func row(x []float32, i int) []float32 { return x[i*energy.Pixels:][:energy.Pixels] }

// assign solves the assignment problem: it returns the permutation σ with the
// least Σ_i cost[i][σ(i)], by the Hungarian method with potentials (Kuhn 1955;
// Jonker & Volgenant 1987 for the shortest augmenting path), in O(n³).
func assign(cost [][]float64) []int {
	n := len(cost)
	u, v := make([]float64, n+1), make([]float64, n+1)
	match := make([]int, n+1) // row of column j, 1-based; column 0 is the root
	way := make([]int, n+1)
	for i := 1; i <= n; i++ {
		match[0] = i
		j0 := 0
		least := make([]float64, n+1)
		used := make([]bool, n+1)
		for j := range least {
			least[j] = math.Inf(1)
		}
		for match[j0] != 0 {
			used[j0] = true
			i0, delta, j1 := match[j0], math.Inf(1), 0
			for j := 1; j <= n; j++ {
				if used[j] {
					continue
				}
				if c := cost[i0-1][j-1] - u[i0] - v[j]; c < least[j] {
					least[j], way[j] = c, j0
				}
				if least[j] < delta {
					delta, j1 = least[j], j
				}
			}
			for j := range u {
				if used[j] {
					u[match[j]] += delta
					v[j] -= delta
				} else {
					least[j] -= delta
				}
			}
			j0 = j1
		}
		for j0 != 0 {
			match[j0] = match[way[j0]]
			j0 = way[j0]
		}
	}
	out := make([]int, n)
	for j := 1; j <= n; j++ {
		out[match[j]-1] = j - 1
	}
	return out
}
