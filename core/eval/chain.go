package eval

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat"
)

// EffectiveSize is the number of independent draws that would estimate the
// mean as well as the draws of some chains do, chains[c][step]:
//
//	MN / (1 + 2Σρ_t),  ρ_t = 1 − (W − mean_c s²_c ρ_{c,t}) / V
//
// for M chains of N draws, with W the mean variance within the chains and V
// that of all draws, so that chains that stay apart count for little. The sum
// is cut where Geyer's (1992) sums of pairs of ρ stop being positive, and these
// are kept from growing (Vehtari et al. 2021, eq. 10–11, without splitting).
// Chains that never move give NaN. It panics unless there are chains of one
// length, at least 4.
func EffectiveSize(chains [][]float64) float64 {
	m := len(chains)
	if m == 0 || len(chains[0]) < 4 {
		panic("eval: EffectiveSize: want chains of at least 4 draws")
	}
	n := len(chains[0])
	means, within := make([]float64, m), 0.0
	for c, x := range chains {
		if len(x) != n {
			panic("eval: EffectiveSize: chains differ in length")
		}
		mean, variance := stat.MeanVariance(x, nil)
		means[c] = mean
		within += variance / float64(m)
	}
	all := within * float64(n-1) / float64(n)
	if m > 1 {
		all += stat.Variance(means, nil)
	}
	rho := func(t int) float64 {
		if t == 0 {
			return 1
		}
		sum := 0.0 // autocovariance at lag t, mean over the chains
		for c, x := range chains {
			for i := range n - t {
				sum += (x[i] - means[c]) * (x[i+t] - means[c])
			}
		}
		return 1 - (within-sum/float64(m*(n-1)))/all
	}
	tau, last := -1.0, math.Inf(1)
	for t := 0; t+1 < n; t += 2 {
		pair := rho(t) + rho(t+1)
		if math.IsNaN(pair) {
			return pair
		}
		if pair <= 0 {
			break
		}
		last = math.Min(last, pair)
		tau += 2 * last
	}
	return float64(m*n) / tau
}

// Bootstrap is the standard error of a statistic of n points: its standard
// deviation over repeats resamples of n indices, drawn with replacement
// (Efron 1979). index is overwritten by the next.
func Bootstrap(n, repeats int, seed uint64, statistic func(index []int) float64) float64 {
	rng := rand.New(rand.NewPCG(seed, 0))
	index := make([]int, n)
	values := make([]float64, repeats)
	for r := range values {
		for i := range index {
			index[i] = rng.IntN(n)
		}
		values[r] = statistic(index)
	}
	return stat.StdDev(values, nil)
}
