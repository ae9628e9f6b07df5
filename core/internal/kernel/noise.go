package kernel

import "math"

// The tables of Threefry-2x32-20: rotations of rounds 0 … 7, and the constant
// that completes the key schedule (Salmon et al. 2011, table 2 and section 3.3).
const (
	rot0, rot1, rot2, rot3 = 13, 15, 26, 6
	rot4, rot5, rot6, rot7 = 17, 29, 16, 24

	parity = 0x1BD11BDA
)

// threefry encrypts the counter (x, y) under the key (k0, k1).
func threefry(k0, k1, x, y uint32) (uint32, uint32) {
	k2 := parity ^ k0 ^ k1
	x, y = x+k0, y+k1
	x, y = quad0(x, y)
	x, y = x+k1, y+k2+1
	x, y = quad1(x, y)
	x, y = x+k2, y+k0+2
	x, y = quad0(x, y)
	x, y = x+k0, y+k1+3
	x, y = quad1(x, y)
	x, y = x+k1, y+k2+4
	x, y = quad0(x, y)
	return x + k2, y + k0 + 5
}

func quad0(x, y uint32) (uint32, uint32) {
	x += y
	y = y<<rot0 | y>>(32-rot0)
	y ^= x
	x += y
	y = y<<rot1 | y>>(32-rot1)
	y ^= x
	x += y
	y = y<<rot2 | y>>(32-rot2)
	y ^= x
	x += y
	y = y<<rot3 | y>>(32-rot3)
	return x, y ^ x
}

func quad1(x, y uint32) (uint32, uint32) {
	x += y
	y = y<<rot4 | y>>(32-rot4)
	y ^= x
	x += y
	y = y<<rot5 | y>>(32-rot5)
	y ^= x
	x += y
	y = y<<rot6 | y>>(32-rot6)
	y ^= x
	x += y
	y = y<<rot7 | y>>(32-rot7)
	return x, y ^ x
}

const (
	// ln(1+m) = m − m²/2 + m³(log0 m⁸ + … + log8), √½ ≤ 1+m < √2 (Cephes logf).
	log0 = 7.0376836292e-2
	log1 = -1.1514610310e-1
	log2 = 1.1676998740e-1
	log3 = -1.2420140846e-1
	log4 = 1.4249322787e-1
	log5 = -1.6668057665e-1
	log6 = 2.0000714765e-1
	log7 = -2.4999993993e-1
	log8 = 3.3333331174e-1

	sqrtHalfBits = 0x3F3504F3 // of √½

	// sin θ = θ + θ³(sin0 θ⁴ + sin1 θ² + sin2) and
	// cos θ = 1 − θ²/2 + θ⁴(cos0 θ⁴ + cos1 θ² + cos2), |θ| ≤ π/4 (Cephes sinf, cosf).
	turn = 2 * math.Pi / (1 << 32)

	sin0 = -1.9515295891e-4
	sin1 = 8.3321608736e-3
	sin2 = -1.6666654611e-1
	cos0 = 2.443315711809948e-5
	cos1 = -1.388731625493765e-3
	cos2 = 4.166664568298827e-2
)

// boxMuller turns two words of random bits into two standard normals.
func boxMuller(x, y uint32) (float32, float32) {
	u := (float32(x>>9) + 0.5) * (1.0 / (1 << 23))
	// u = 2^e (1+m)
	e := math.Float32bits(u) - sqrtHalfBits
	m := math.Float32frombits(e&0x007FFFFF+sqrtHalfBits) - 1
	k := float32(int32(e) >> 23)
	p := float32(log0)
	p = p*m + log1
	p = p*m + log2
	p = p*m + log3
	p = p*m + log4
	p = p*m + log5
	p = p*m + log6
	p = p*m + log7
	p = p*m + log8
	q := m * m
	p = p*m*q + k*ln2lo - 0.5*q
	ln := p + m + k*ln2hi
	r := float32(math.Sqrt(float64(-2 * ln)))

	// The angle is a quarter turns plus θ in [−π/4, π/4].
	a := (y + 1<<29) >> 30
	t := float32(int32(y-a<<30)) * turn
	s := t * t
	sin := ((sin0*s+sin1)*s+sin2)*s*t + t
	cos := ((cos0*s+cos1)*s+cos2)*s*s - 0.5*s + 1
	if a&1 != 0 {
		sin, cos = cos, -sin
	}
	if a&2 != 0 {
		sin, cos = -sin, -cos
	}
	return r * cos, r * sin
}

// normalScalar fills dst with the values from index first on; first is a
// multiple of 2*Lanes.
func normalScalar(dst []float32, first int, seed uint64, step uint32) {
	k0, k1 := uint32(seed), uint32(seed>>32)
	for i := first / 2; len(dst) > 0; i += Lanes {
		for l := range min(Lanes, len(dst)) {
			c, s := boxMuller(threefry(k0, k1, uint32(i+l), step))
			dst[l] = c
			if l+Lanes < len(dst) {
				dst[l+Lanes] = s
			}
		}
		dst = dst[min(2*Lanes, len(dst)):]
	}
}
