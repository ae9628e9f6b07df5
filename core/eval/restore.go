package eval

import (
	"math"
	"slices"

	"inkwell/core/sampler"
)

// Shrink writes to dst (n, m, m) the images x (n, 28, 28) with each square of
// f × f pixels averaged, m = 28/f. It panics if f does not divide 28.
func Shrink(dst, x []float32, f int) {
	if f < 1 || side%f != 0 || len(x)%pixels != 0 || len(dst)*f*f != len(x) {
		panic("eval: Shrink: lengths differ")
	}
	clear(dst)
	m := side / f
	for at, v := range x {
		i, row, col := at/pixels, at%pixels/side, at%side
		dst[(i*m+row/f)*m+col/f] += v / float32(f*f)
	}
}

// spread adds c·Shrinkᵀ d to dst (n, 28, 28): ⟨Shrink x, d⟩ = ⟨x, Shrinkᵀ d⟩.
func spread(dst, d []float32, f int, c float32) {
	m := side / f
	c /= float32(f * f)
	for at := range dst {
		i, row, col := at/pixels, at%pixels/side, at%side
		dst[at] += c * d[(i*m+row/f)*m+col/f]
	}
}

// A Posterior is the energy of images of which something was measured,
//
//	E(x) + ½·Weight·‖Shrink(x) − y‖²
//
// With measurements y = Shrink(x) + N(0, σ²) and Weight = T/σ², the density
// exp(−./T) is that of x given y, E(x)/T being what was known before. Factor 1
// is denoising, 4 is super-resolution from 7 × 7 pixels. (For inpainting, hold
// the known pixels: sampler.State.Held.) One goroutine at a time may use it.
type Posterior struct {
	Prior  sampler.Energy
	Y      []float32 // (n, 28/Factor, 28/Factor)
	Factor int
	Weight float64 // in units of E per squared pixel

	residual []float32
}

// Grad implements [sampler.Energy] for the n points that Y was measured of.
func (p *Posterior) Grad(grad []float32, e []float64, x []float32) {
	p.Prior.Grad(grad, e, x)
	p.residual = slices.Grow(p.residual[:0], len(p.Y))[:len(p.Y)]
	Shrink(p.residual, x, p.Factor)
	m := len(p.Y) / len(e)
	for i := range p.Y {
		p.residual[i] -= p.Y[i]
		d := float64(p.residual[i])
		e[i/m] += p.Weight / 2 * d * d
	}
	if grad != nil {
		spread(grad, p.residual, p.Factor, float32(p.Weight))
	}
}

// Bicubic writes to dst (n, 28, 28) the images y (n, m, m) enlarged by cubic
// convolution (Keys 1981, eq. 15, a = −½), with pixels beyond the edge like
// those at it. It is the baseline of super-resolution.
func Bicubic(dst, y []float32, m int) {
	n := count(dst, pixels)
	if m < 1 || len(y) != n*m*m {
		panic("eval: Bicubic: lengths differ")
	}
	var weight [side][4]float64 // of pixels first[i] … first[i]+3
	var first [side]int
	for i := range side {
		u := (float64(i)+0.5)*float64(m)/side - 0.5 // centres on centres
		first[i] = int(math.Floor(u)) - 1
		for j := range 4 {
			weight[i][j] = keys(math.Abs(u - float64(first[i]+j)))
		}
	}
	inside := func(v int) int { return max(0, min(m-1, v)) }
	for i := range n {
		for row := range side {
			for col := range side {
				sum := 0.0
				for r, wr := range weight[row] {
					line := y[(i*m+inside(first[row]+r))*m:][:m]
					for c, wc := range weight[col] {
						sum += wr * wc * float64(line[inside(first[col]+c)])
					}
				}
				dst[(i*side+row)*side+col] = float32(sum)
			}
		}
	}
}

// keys is the kernel of cubic convolution at distance s ≥ 0.
func keys(s float64) float64 {
	switch {
	case s < 1:
		return 1.5*s*s*s - 2.5*s*s + 1
	case s < 2:
		return -0.5*s*s*s + 2.5*s*s - 4*s + 2
	}
	return 0
}

// Median writes to dst the images x (n, 28, 28) with each pixel the median of
// the 3 × 3 around it that are on the image and known; known (n, 28, 28) may
// be nil if all are. Where none is, the window grows by a pixel each way until
// some is. It is the baseline of denoising and inpainting. Known pixels are
// kept if known is not nil. An image of which nothing is known becomes paper.
func Median(dst, x []float32, known []bool) {
	if len(dst) != len(x) || len(x)%pixels != 0 || known != nil && len(known) != len(x) {
		panic("eval: Median: lengths differ")
	}
	var window []float32
	for at := range x {
		if known != nil && known[at] {
			dst[at] = x[at]
			continue
		}
		base, row, col := at/pixels*pixels, at%pixels/side, at%side
		window = window[:0]
		for r := 1; len(window) == 0 && r < side; r++ {
			for y := max(0, row-r); y <= min(side-1, row+r); y++ {
				for z := max(0, col-r); z <= min(side-1, col+r); z++ {
					if p := base + y*side + z; known == nil || known[p] {
						window = append(window, x[p])
					}
				}
			}
		}
		if len(window) == 0 {
			dst[at] = -1
			continue
		}
		slices.Sort(window)
		k := len(window)
		dst[at] = (window[(k-1)/2] + window[k/2]) / 2
	}
}
