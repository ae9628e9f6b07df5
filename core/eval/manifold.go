package eval

import (
	"math"
	"slices"

	"inkwell/core/internal/kernel"
)

// Manifold compares two clouds by the balls round each point that reach to its
// k-th nearest neighbour of the same cloud.
type Manifold struct {
	Precision float64 // share of the samples in some ball of the data
	Recall    float64 // share of the data in some ball of the samples
	Density   float64 // mean number of the data's balls round a sample, over k; may exceed 1
	Coverage  float64 // share of the data's balls with a sample in them
}

// Compare returns the precision and recall of Kynkäänniemi et al. 2019 (eq.
// 1–2; their k is 3) and the density and coverage of Naeem et al. 2020 (eq. 4
// and 6; their k is 5) of samples (m, d) against data (n, d). It panics unless
// both have more than k points.
func Compare(data, samples []float32, d, k int) Manifold {
	n, m := count(data, d), count(samples, d)
	if k < 1 || n <= k || m <= k {
		panic("eval: Compare: k is not within the number of points")
	}
	if notFinite(data) || notFinite(samples) {
		nan := math.NaN()
		return Manifold{nan, nan, nan, nan}
	}
	ofData, ofSamples := radii(data, d, k), radii(samples, d, k)
	real := make([]bool, m)    // samples in a ball of the data
	covered := make([]bool, n) // balls of the data with a sample
	recalled := 0
	var v Manifold
	distances(data, samples, d, func(i int, d2 []float32) {
		inside := false
		for j, r := range d2 {
			if r <= ofData[i] {
				v.Density++
				real[j], covered[i] = true, true
			}
			inside = inside || r <= ofSamples[j]
		}
		if inside {
			recalled++
		}
	})
	v.Density /= float64(k * m)
	v.Precision, v.Coverage, v.Recall = share(real), share(covered), float64(recalled)/float64(n)
	return v
}

func share(b []bool) float64 {
	n := 0
	for _, v := range b {
		if v {
			n++
		}
	}
	return float64(n) / float64(len(b))
}

// radii are the squared distances of the points x to their k-th nearest other.
func radii(x []float32, d, k int) []float32 {
	r := make([]float32, count(x, d))
	least := make([]float32, k) // the smallest so far, in order
	distances(x, x, d, func(i int, d2 []float32) {
		for j := range least {
			least[j] = float32(math.Inf(1))
		}
		for j, v := range d2 {
			if j == i || v >= least[k-1] {
				continue
			}
			at := k - 1
			for ; at > 0 && least[at-1] > v; at-- {
				least[at] = least[at-1]
			}
			least[at] = v
		}
		r[i] = least[k-1]
	})
	return r
}

// Nearest returns, for each of the points x (m, d), the index of the nearest
// of data (n, d) and its distance. Data that hold x itself find x.
func Nearest(x, data []float32, d int) (index []int, distance []float64) {
	distances(x, data, d, func(i int, d2 []float32) {
		best := 0
		for j, v := range d2 {
			if v < d2[best] {
				best = j
			}
		}
		index = append(index, best)
		distance = append(distance, math.Sqrt(float64(d2[best])))
	})
	return index, distance
}

// distances calls visit with i and the squared distances of point i of a to
// all of b, for i = 0, 1, …:
//
//	d2[j] = max(0, ‖a_i‖² + ‖b_j‖² − 2⟨a_i, b_j⟩)
//
// which differ from the true ones by some 1e-6 of the squared norms. d2 is
// overwritten by the next.
func distances(a, b []float32, d int, visit func(i int, d2 []float32)) {
	const rows, width = 64, 256 // a block of a, and of b: both stay in the cache
	n, m := count(a, d), count(b, d)
	var flipped [][]float32 // of b: (d, width) each
	for lo := 0; lo < m; lo += width {
		hi := min(lo+width, m)
		t := make([]float32, d*width)
		kernel.Transpose(t, b[lo*d:hi*d], hi-lo, d, width)
		flipped = append(flipped, t)
	}
	norms := squares(b, d)
	product := make([]float32, rows*width)
	d2 := make([]float32, rows*m)
	var block kernel.Matrix
	for lo := 0; lo < n; lo += rows {
		hi := min(lo+rows, n)
		part := a[lo*d : hi*d]
		block.Pack(part, hi-lo, d)
		own := squares(part, d)
		for c, t := range flipped {
			p := product[:(hi-lo)*width]
			kernel.Mul(p, &block, nil, t, width, []kernel.Span{{K: d}})
			for i, na := range own {
				row := d2[i*m : (i+1)*m]
				for j := c * width; j < min((c+1)*width, m); j++ {
					row[j] = max(0, na+norms[j]-2*p[i*width+j-c*width])
				}
			}
		}
		for i := range own {
			visit(lo+i, d2[i*m:(i+1)*m])
		}
	}
}

func squares(x []float32, d int) []float32 {
	s := make([]float32, count(x, d))
	for i := range s {
		p := x[i*d : (i+1)*d]
		s[i] = float32(kernel.Dot(p, p))
	}
	return s
}

func notFinite(x []float32) bool {
	return slices.ContainsFunc(x, func(v float32) bool { return v-v != 0 })
}
