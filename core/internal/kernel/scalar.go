package kernel

import "math"

// The scalar bodies are always compiled: they are the whole package on stock
// Go, the tails of the SIMD builds, and the first rung above the naive reference
// in the tests.

func convGradScalar(dw []float32, m, ld int, d, b []float32, n int, taps []Tap) {
	for _, t := range taps {
		gradScalar(dw[t.W:], ld, d, b, m, t.K, n, t.Pairs)
	}
}

// gradScalar computes 3 × 2 blocks of dw.
func gradScalar(dw []float32, ld int, d, b []float32, m, k, n int, pairs []Pair) {
	for i := 0; i < m; i += 3 {
		for j := 0; j < k; j += 2 {
			// Rows past the edge repeat the last one; their sums are dropped.
			r1, r2, c1 := min(1, m-1-i)*n, min(2, m-1-i)*n, min(1, k-1-j)*n
			var s00, s01, s10, s11, s20, s21 float32
			for _, p := range pairs {
				x, y := d[(p.D+i)*n:], b[(p.B+j)*n:]
				x0, x1, x2, y0, y1 := x[:n], x[r1:][:n], x[r2:][:n], y[:n], y[c1:][:n]
				for len(x0) >= 2 && len(x1) >= 2 && len(x2) >= 2 && len(y0) >= 2 && len(y1) >= 2 {
					u, v := y0[0], y1[0]
					s00 += x0[0] * u
					s01 += x0[0] * v
					s10 += x1[0] * u
					s11 += x1[0] * v
					s20 += x2[0] * u
					s21 += x2[0] * v
					u, v = y0[1], y1[1]
					s00 += x0[1] * u
					s01 += x0[1] * v
					s10 += x1[1] * u
					s11 += x1[1] * v
					s20 += x2[1] * u
					s21 += x2[1] * v
					x0, x1, x2, y0, y1 = x0[2:], x1[2:], x2[2:], y0[2:], y1[2:]
				}
			}
			sums := [3][2]float32{{s00, s01}, {s10, s11}, {s20, s21}}
			for r := range min(3, m-i) {
				for c := range min(2, k-j) {
					dw[(i+r)*ld+j+c] += sums[r][c]
				}
			}
		}
	}
}

const (
	log2e = 1.44269504088896340736
	ln2hi = 0.693359375 // 9 bits: its product with an exponent is exact
	ln2lo = -2.12194440054690582767e-4
	// Beyond ±87 the exponential or its inverse leaves the normal float32.
	expMax = 87

	// exp(r) = 1 + r + r²(exp5 + exp4 r + …), |r| ≤ ln 2/2 (Moshier, Cephes expf).
	exp0 = 1.9875691500e-4
	exp1 = 1.3981999507e-3
	exp2 = 8.3334519073e-3
	exp3 = 4.1665795894e-2
	exp4 = 1.6666665459e-1
	exp5 = 5.0000001201e-1

	// Adding and subtracting it rounds to an integer.
	roundBias = 3 << 22
)

// exp returns the exponential of x clamped to ±expMax. A NaN may come out as
// anything finite.
func exp(x float32) float32 {
	if !(x < expMax) {
		x = expMax
	}
	if !(x > -expMax) {
		x = -expMax
	}
	k := x*log2e + roundBias
	n := math.Float32bits(k)
	k -= roundBias
	r := x - k*ln2hi - k*ln2lo
	p := float32(exp0)
	p = p*r + exp1
	p = p*r + exp2
	p = p*r + exp3
	p = p*r + exp4
	p = p*r + exp5
	p = p*(r*r) + r + 1
	return math.Float32frombits(math.Float32bits(p) + n<<23)
}

func swishScalar(a, d1, z []float32) {
	a, d1 = a[:len(z)], d1[:len(z)]
	for i, z := range z {
		s := 1 / (1 + exp(-z))
		a[i] = z * s
		d1[i] = s * (1 + z*(1-s))
	}
}

func swish2Scalar(a, d1, d2, z []float32) {
	a, d1, d2 = a[:len(z)], d1[:len(z)], d2[:len(z)]
	for i, z := range z {
		s := 1 / (1 + exp(-z))
		t := 1 - s
		a[i] = z * s
		d1[i] = s * (1 + z*t)
		d2[i] = s * t * (2 + z*(t-s))
	}
}

func swishCurveScalar(qz, qa, d1, ga, d2, zt []float32) {
	qa, d1, ga, d2, zt = qa[:len(qz)], d1[:len(qz)], ga[:len(qz)], d2[:len(qz)], zt[:len(qz)]
	for i := range qz {
		qz[i] = qa[i]*d1[i] + ga[i]*d2[i]*zt[i]
	}
}

func timesScalar(dst, x, y []float32) {
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		dst[i] = x[i] * y[i]
	}
}

func axpyScalar(dst []float32, a float32, x []float32) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] += a * x[i]
	}
}

func scaleScalar(dst []float32, a float32) {
	for i := range dst {
		dst[i] *= a
	}
}

// dotScalar keeps four sums: one chain of additions would wait for each.
func dotScalar(x, y []float32) float64 {
	y = y[:len(x)]
	var s0, s1, s2, s3 float64
	i := 0
	for ; i+4 <= len(x); i += 4 {
		s0 += float64(x[i]) * float64(y[i])
		s1 += float64(x[i+1]) * float64(y[i+1])
		s2 += float64(x[i+2]) * float64(y[i+2])
		s3 += float64(x[i+3]) * float64(y[i+3])
	}
	for ; i < len(x); i++ {
		s0 += float64(x[i]) * float64(y[i])
	}
	return s0 + s1 + (s2 + s3)
}

func rowSumScalar(dst, x []float32, n int) {
	size := len(dst) * n
	for i := range dst {
		var s [4]float32
		for p := i * n; p < len(x); p += size {
			for r := x[p:][:n]; len(r) >= 4; r = r[4:] {
				s[0] += r[0]
				s[1] += r[1]
				s[2] += r[2]
				s[3] += r[3]
			}
		}
		dst[i] += s[0] + s[1] + (s[2] + s[3])
	}
}

func colDotScalar(dst, h, x []float32, n int) {
	for i, v := range h {
		axpyScalar(dst, v, x[i*n:][:n])
	}
}

func colSquareScalar(dst, x []float32, n int) {
	for ; len(x) > 0; x = x[n:] {
		for j, v := range x[:len(dst)] {
			dst[j] += v * v
		}
	}
}

func outer1Scalar(dh, x, c []float32, n int) {
	for i := range dh {
		var s [4]float32
		r, q := x[i*n:][:n], c
		for ; len(r) >= 4 && len(q) >= 4; r, q = r[4:], q[4:] {
			s[0] += r[0] * q[0]
			s[1] += r[1] * q[1]
			s[2] += r[2] * q[2]
			s[3] += r[3] * q[3]
		}
		dh[i] += s[0] + s[1] + (s[2] + s[3])
	}
}

// transposeScalar walks 16 images at a time so that a cache line of dst is
// filled while it is near.
func transposeScalar(dst, src []float32, rows, cols, n int) {
	for r0 := 0; r0 < rows; r0 += Lanes {
		r1 := min(r0+Lanes, rows)
		for c := range cols {
			for r := r0; r < r1; r++ {
				dst[c*n+r] = src[r*cols+c]
			}
		}
	}
}

func untransposeScalar(dst, src []float32, rows, cols, n int) {
	for r0 := 0; r0 < rows; r0 += Lanes {
		r1 := min(r0+Lanes, rows)
		for c := range cols {
			for r := r0; r < r1; r++ {
				dst[r*cols+c] = src[c*n+r]
			}
		}
	}
}

func adamScalar(w, m, v, g []float32, lr, beta1, beta2, eps, c1, c2 float32) {
	m, v, g = m[:len(w)], v[:len(w)], g[:len(w)]
	a, b := 1-beta1, 1-beta2
	for i, g := range g {
		p := beta1*m[i] + a*g
		q := beta2*v[i] + b*g*g
		m[i], v[i] = p, q
		w[i] -= lr * (p * c1) / (float32(math.Sqrt(float64(q*c2))) + eps)
	}
}

func lerpScalar(dst, x []float32, a float32) {
	x = x[:len(dst)]
	for i, v := range dst {
		dst[i] = v + a*(x[i]-v)
	}
}

func langevinScalar(x, g, noise []float32, eta, sigma float32) {
	g, noise = g[:len(x)], noise[:len(x)]
	for i, v := range x {
		x[i] = v + (sigma*noise[i] - eta*g[i])
	}
}
