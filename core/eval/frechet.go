// Package eval measures a model: how near its samples are to the data, how
// honest its class beliefs are, how well it tells digits from other things and
// repairs damaged ones, and how fast its chains forget. Everything is a pure
// function of slices; core/evaluate feeds them.
//
// A number that is not finite among the inputs makes the result NaN.
package eval

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// A Gaussian is the mean and covariance of a cloud of points.
type Gaussian struct {
	Mean []float64     // (d)
	Cov  *mat.SymDense // (d, d), with n−1 in the denominator
}

// Fit returns the Gaussian of the points x (n, d). It panics if there are
// fewer than two.
func Fit(x []float32, d int) Gaussian {
	n := count(x, d)
	if n < 2 {
		panic("eval: Fit: fewer than two points")
	}
	mean := make([]float64, d)
	for i, v := range x {
		mean[i%d] += float64(v) / float64(n)
	}
	centred := mat.NewDense(n, d, nil)
	for i, v := range x {
		centred.Set(i/d, i%d, float64(v)-mean[i%d])
	}
	cov := mat.NewSymDense(d, nil)
	cov.SymOuterK(1/float64(n-1), centred.T())
	return Gaussian{mean, cov}
}

// Frechet is the squared Fréchet (2-Wasserstein) distance of two Gaussians,
//
//	‖μ_a − μ_b‖² + tr(A + B − 2(A^½ B A^½)^½)
//
// (Dowson & Landau 1982, eq. 16). On the features of a classifier it is what
// Heusel et al. 2017 call FID; features of another classifier give other
// numbers. It is biased upwards by about tr(A)·O(1/n): compare like n with
// like n.
func Frechet(a, b Gaussian) float64 {
	sum := 0.0
	for i, v := range a.Mean {
		sum += (v - b.Mean[i]) * (v - b.Mean[i])
	}
	sum += mat.Trace(a.Cov) + mat.Trace(b.Cov)
	root, ok := sqrt(a.Cov)
	if !ok {
		return math.NaN()
	}
	var m mat.Dense
	m.Product(root, b.Cov, root)
	d := len(a.Mean)
	s := mat.NewSymDense(d, nil)
	for i := range d {
		for j := i; j < d; j++ {
			s.SetSym(i, j, (m.At(i, j)+m.At(j, i))/2)
		}
	}
	values, _, ok := eigen(s, false)
	if !ok {
		return math.NaN()
	}
	for _, v := range values {
		sum -= 2 * math.Sqrt(max(v, 0)) // below 0 by rounding only
	}
	return sum
}

// sqrt is the positive square root of a covariance.
func sqrt(s *mat.SymDense) (root *mat.Dense, ok bool) {
	values, vectors, ok := eigen(s, true)
	if !ok {
		return nil, false
	}
	for i, v := range values {
		values[i] = math.Sqrt(max(v, 0))
	}
	root = new(mat.Dense)
	root.Product(vectors, mat.NewDiagDense(len(values), values), vectors.T())
	return root, true
}

// eigen is false for matrices that are not finite, which EigenSym cannot take.
func eigen(s *mat.SymDense, withVectors bool) (values []float64, vectors *mat.Dense, ok bool) {
	if sum := mat.Norm(s, 1); sum-sum != 0 {
		return nil, nil, false
	}
	var e mat.EigenSym
	if !e.Factorize(s, withVectors) {
		return nil, nil, false
	}
	if withVectors {
		vectors = new(mat.Dense)
		e.VectorsTo(vectors)
	}
	return e.Values(nil), vectors, true
}

// count is the number of points in x (n, d).
func count(x []float32, d int) int {
	if d < 1 || len(x)%d != 0 {
		panic("eval: not whole points")
	}
	return len(x) / d
}
