package eval

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"inkwell/core/internal/check"
)

var nan = math.NaN()

func normal(rng *rand.Rand, n int, mean, sd float64) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(mean + sd*rng.NormFloat64())
	}
	return x
}

func TestFit(t *testing.T) {
	g := Fit([]float32{1, 2, 3, 6, 5, 1}, 2) // (1,2) (3,6) (5,1)
	for i, want := range []float64{3, 3} {
		check.Near(t, "mean", g.Mean[i], want, 1e-12)
	}
	for i, want := range []float64{4, -1, -1, 7} {
		check.Near(t, "covariance", g.Cov.At(i/2, i%2), want, 1e-12)
	}
}

// The trace of the root of a 2×2 matrix is √(tr M + 2√det M).
func TestFrechet(t *testing.T) {
	a := Gaussian{[]float64{1, 2}, mat.NewSymDense(2, []float64{3, 1, 1, 2})}
	b := Gaussian{[]float64{0, 4}, mat.NewSymDense(2, []float64{1, -0.5, -0.5, 4})}
	var m mat.Dense
	m.Mul(a.Cov, b.Cov)
	want := 1 + 4 + 5 + 5 - 2*math.Sqrt(mat.Trace(&m)+2*math.Sqrt(mat.Det(&m)))
	check.Near(t, "a to b", Frechet(a, b), want, 1e-12)
	check.Near(t, "b to a", Frechet(b, a), want, 1e-12)
	check.Near(t, "a to a", Frechet(a, a), 0, 1e-12)

	// A point: all of the other's variance is in the way.
	point := Gaussian{[]float64{1, 2}, mat.NewSymDense(2, nil)}
	check.Near(t, "a to its mean", Frechet(a, point), 5, 1e-12)

	broken := Gaussian{[]float64{1, 2}, mat.NewSymDense(2, []float64{nan, 0, 0, 1})}
	if d := Frechet(broken, a); !math.IsNaN(d) {
		t.Errorf("from NaN: %v", d)
	}
	if d := Frechet(a, broken); !math.IsNaN(d) {
		t.Errorf("to NaN: %v", d)
	}
}

// One body: fewer points than dimensions, a block, several blocks.
func TestCompare(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 0))
	for _, tt := range []struct{ n, m, d, k int }{{5, 4, 7, 3}, {70, 300, 3, 5}, {300, 70, 16, 1}} {
		data, samples := normal(rng, tt.n*tt.d, 0, 1), normal(rng, tt.m*tt.d, 0.3, 0.8)
		got := Compare(data, samples, tt.d, tt.k)
		want := naiveCompare(data, samples, tt.d, tt.k)
		for i, g := range []float64{got.Precision, got.Recall, got.Density, got.Coverage} {
			check.Near(t, []string{"precision", "recall", "density", "coverage"}[i], g, want[i], 1e-9)
		}
	}
	x := normal(rng, 200, 0, 1)
	far := normal(rng, 200, 1000, 1)
	if got := Compare(x, x, 2, 3); got.Precision != 1 || got.Recall != 1 || got.Coverage != 1 {
		t.Errorf("data against themselves: %+v", got)
	}
	if got := Compare(x, far, 2, 3); got != (Manifold{}) {
		t.Errorf("data against others far away: %+v", got)
	}
	far[3] = float32(nan)
	if got := Compare(x, far, 2, 3); !math.IsNaN(got.Precision) || !math.IsNaN(got.Coverage) {
		t.Errorf("NaN gives %+v", got)
	}
}

func naiveCompare(data, samples []float32, d, k int) [4]float64 {
	split := func(x []float32) (p [][]float32) {
		for c := range slices.Chunk(x, d) {
			p = append(p, c)
		}
		return p
	}
	dist := func(a, b []float32) (sum float64) {
		for i, v := range a {
			sum += (float64(v) - float64(b[i])) * (float64(v) - float64(b[i]))
		}
		return sum
	}
	radius := func(x [][]float32, i int) float64 {
		var r []float64
		for j := range x {
			if j != i {
				r = append(r, dist(x[i], x[j]))
			}
		}
		slices.Sort(r)
		return r[k-1]
	}
	balls := func(centres, points [][]float32) (inside, filled, pairs float64) {
		in := make([]bool, len(points))
		for i, c := range centres {
			r, any := radius(centres, i), 0.0
			for j, p := range points {
				if dist(c, p) <= r {
					in[j], any = true, 1
					pairs++
				}
			}
			filled += any
		}
		for _, v := range in {
			if v {
				inside++
			}
		}
		return inside / float64(len(points)), filled / float64(len(centres)), pairs / float64(k*len(points))
	}
	a, b := split(data), split(samples)
	precision, coverage, density := balls(a, b)
	recall, _, _ := balls(b, a)
	return [4]float64{precision, recall, density, coverage}
}

func TestNearest(t *testing.T) {
	data := []float32{0, 0, 3, 4, -1, 0}
	index, distance := Nearest([]float32{3, 3, -5, 0, 0, 0}, data, 2)
	if !slices.Equal(index, []int{1, 2, 0}) || !slices.Equal(distance, []float64{1, 4, 0}) {
		t.Errorf("%v at %v", index, distance)
	}
}

func TestJudge(t *testing.T) {
	p := []float64{
		0.9, 0.1, // right
		0.8, 0.2, // wrong
		0.3, 0.7, // right
		0.0, 1.0, // right
		0.5, 0.5, // right: the first of equals; in the bin ½ closes
	}
	b := Judge(p, []byte{0, 1, 1, 1, 0}, 2)
	check.Near(t, "accuracy", b.Accuracy, 0.8, 1e-12)
	check.Near(t, "Brier", b.Brier, 2*(0.01+0.64+0.09+0+0.25)/5, 1e-12)
	check.Near(t, "calibration", b.Calibration, 1./5*math.Abs(1-0.5)+4./5*math.Abs(0.75-3.4/4), 1e-12)
	if b.Bins[0].N != 1 || b.Bins[1].N != 4 {
		t.Errorf("bins %+v", b.Bins)
	}
	p[2] = nan
	if b := Judge(p, []byte{0, 1, 1, 1, 0}, 2); !math.IsNaN(b.Brier) || !math.IsNaN(b.Calibration) {
		t.Errorf("NaN gives %+v", b)
	}
}

func TestAUROC(t *testing.T) {
	for _, tt := range []struct {
		in, out []float64
		want    float64
	}{
		{[]float64{1, 2}, []float64{3, math.Inf(1)}, 1},
		{[]float64{3, 4}, []float64{1, 2}, 0},
		{[]float64{1, 1}, []float64{1, 1, 1}, 0.5},
		{[]float64{1, 3, 5}, []float64{3, 4, 0}, (1.5 + 2 + 0) / 9},
		{[]float64{1, nan}, []float64{3}, nan},
	} {
		if got := AUROC(tt.in, tt.out); got != tt.want && !(math.IsNaN(got) && math.IsNaN(tt.want)) {
			t.Errorf("%v against %v: %v, want %v", tt.in, tt.out, got, tt.want)
		}
	}
	// Normal scores δ apart: Φ(δ/√2), with the error of Hanley & McNeil at most
	// that of a coin over the smaller group.
	rng := rand.New(rand.NewPCG(2, 0))
	const n, delta = 4000, 0.7
	in, out := make([]float64, n), make([]float64, n)
	for i := range n {
		in[i], out[i] = rng.NormFloat64(), rng.NormFloat64()+delta
	}
	want := 0.5 * math.Erfc(-delta/2)
	check.Z(t, "normal scores", AUROC(in, out), want, math.Sqrt(want*(1-want)/n))
}

func TestRepair(t *testing.T) {
	const n = 28 * 28
	rng := rand.New(rand.NewPCG(3, 0))
	x := normal(rng, n, 0, 0.4)
	y := slices.Clone(x)
	for i := range y {
		y[i] += 0.2
	}
	check.Near(t, "PSNR of a shift by a tenth of the range", PSNR(x, y), 20, 1e-5)
	if v := PSNR(x, x); !math.IsInf(v, 1) {
		t.Errorf("PSNR of equal images: %v", v)
	}
	check.Near(t, "SSIM of equal images", SSIM(x, x), 1, 1e-12)
	check.Near(t, "SSIM both ways", SSIM(x, y), SSIM(y, x), 1e-12)

	flat := func(v float32) []float32 { return slices.Repeat([]float32{v}, n) }
	check.Near(t, "SSIM of brightness ½ and 1½", SSIM(flat(-0.5), flat(0.5)), (2*0.5*1.5+4e-4)/(0.25+2.25+4e-4), 1e-6)

	// Opposite patterns about one mean: σ_xy = −σ², so (C₂−2σ²)/(C₂+2σ²) where
	// the means agree. A checkerboard has mean 1 and variance a² under a window
	// this wide, to 1e-6.
	const a = 0.5
	p, q := make([]float32, n), make([]float32, n)
	for i := range p {
		p[i] = a
		if (i/28+i)%2 == 1 {
			p[i] = -a
		}
		q[i] = -p[i]
	}
	check.Near(t, "SSIM of a pattern and its negative", SSIM(p, q), (0.0036-2*a*a)/(0.0036+2*a*a), 1e-4)
	q[400] = float32(nan)
	if !math.IsNaN(SSIM(p, q)) || !math.IsNaN(PSNR(p, q)) {
		t.Error("NaN is lost")
	}
}

func TestEffectiveSize(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 0))
	const m, n = 8, 2000
	for _, rho := range []float64{0, 0.5, 0.9, -0.4} {
		// AR(1): ρ_t = ρ^t, so the sum is ρ/(1−ρ).
		want := m * n * (1 - rho) / (1 + rho)
		const repeats = 10
		mean, square := 0.0, 0.0
		for range repeats {
			chains := make([][]float64, m)
			for c := range chains {
				x := rng.NormFloat64()
				for range n {
					x = rho*x + math.Sqrt(1-rho*rho)*rng.NormFloat64()
					chains[c] = append(chains[c], x)
				}
			}
			v := EffectiveSize(chains)
			mean += v / repeats
			square += v * v / repeats
		}
		// Geyer's cut biases by a few in a hundred, and varies about as much.
		if !(math.Abs(mean/want-1) < 0.08) {
			t.Errorf("ρ = %v: %.0f ± %.0f, want %.0f", rho, mean, math.Sqrt(square-mean*mean), want)
		}
	}
	apart := [][]float64{make([]float64, n), make([]float64, n)}
	for i := range n {
		apart[0][i], apart[1][i] = rng.NormFloat64(), 10+rng.NormFloat64()
	}
	if v := EffectiveSize(apart); !(v < 5) {
		t.Errorf("two chains ten deviations apart are worth %v draws", v)
	}
	if v := EffectiveSize([][]float64{make([]float64, 9)}); !math.IsNaN(v) {
		t.Errorf("a chain that never moves is worth %v draws", v)
	}
}

func TestBootstrap(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 0))
	const n, repeats = 500, 2000
	x := normal(rng, n, 3, 2)
	sum, square := 0.0, 0.0
	for _, v := range x {
		sum += float64(v) / n
		square += float64(v) * float64(v) / n
	}
	got := Bootstrap(n, repeats, 1, func(index []int) float64 {
		mean := 0.0
		for _, i := range index {
			mean += float64(x[i]) / n
		}
		return mean
	})
	want := math.Sqrt((square - sum*sum) / n)
	check.Z(t, "error of a mean", got, want, want/math.Sqrt(2*repeats))
}
