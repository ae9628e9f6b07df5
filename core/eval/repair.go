package eval

import "math"

// PSNR is the peak signal-to-noise ratio of images x and y with pixels in
// [−1, 1], in decibels:
//
//	10 log₁₀(2² / mean (x−y)²)
//
// +Inf if they are equal. It panics if the lengths differ.
func PSNR(x, y []float32) float64 {
	if len(x) != len(y) {
		panic("eval: PSNR: lengths differ")
	}
	sum := 0.0
	for i, v := range x {
		d := float64(v) - float64(y[i])
		sum += d * d
	}
	return 10 * math.Log10(4*float64(len(x))/sum)
}

// window is 11 values of a normal density of deviation 1.5, with sum 1.
var window = func() (w [11]float64) {
	sum := 0.0
	for i := range w {
		d := float64(i - len(w)/2)
		w[i] = math.Exp(-d * d / (2 * 1.5 * 1.5))
		sum += w[i]
	}
	for i := range w {
		w[i] /= sum
	}
	return w
}()

// SSIM is the mean structural similarity of two square images with pixels in
// [−1, 1],
//
//	(2μ_xμ_y + C₁)(2σ_xy + C₂) / ((μ_x² + μ_y² + C₁)(σ_x² + σ_y² + C₂))
//
// with the local moments under a normal window of 11 × 11 pixels, wherever it
// fits, on brightness 0…2 so that paper is 0; C₁ = (0.01·2)², C₂ = (0.03·2)²
// (Wang et al. 2004, eq. 13–16). It is 1 for equal images. It panics if they
// are not squares of one size, of at least 11 pixels a side.
func SSIM(x, y []float32) float64 {
	side := int(math.Sqrt(float64(len(x))))
	if len(x) != len(y) || side*side != len(x) || side < len(window) {
		panic("eval: SSIM: not squares of one size")
	}
	const c1, c2 = 0.02 * 0.02, 0.06 * 0.06
	places := side - len(window) + 1
	sum := 0.0
	for top := range places {
		for left := range places {
			var mx, my, xx, yy, xy float64
			for i, wi := range window {
				for j, wj := range window {
					at := (top+i)*side + left + j
					w, a, b := wi*wj, float64(x[at])+1, float64(y[at])+1
					mx += w * a
					my += w * b
					xx += w * a * a
					yy += w * b * b
					xy += w * a * b
				}
			}
			sum += (2*mx*my + c1) * (2*(xy-mx*my) + c2) / ((mx*mx + my*my + c1) * (xx - mx*mx + yy - my*my + c2))
		}
	}
	return sum / float64(places*places)
}
