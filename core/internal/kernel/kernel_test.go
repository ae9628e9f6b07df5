package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"inkwell/core/internal/check"
)

func random(t *testing.T, r *rand.Rand, n int) []float32 {
	x := check.Guard(t, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

// near fails unless every got[i] is within tol·(|want[i]| + scale) of want[i].
func near(t *testing.T, name string, got []float32, want []float64, tol, scale float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", name, len(got), len(want))
	}
	for i, g := range got {
		if !(math.Abs(float64(g)-want[i]) <= tol*(math.Abs(want[i])+scale)) {
			t.Fatalf("%s: value %d is %v, want %v", name, i, g, want[i])
		}
	}
}

func noAllocs(t *testing.T, name string, f func()) {
	t.Helper()
	if a := testing.AllocsPerRun(3, f); a != 0 {
		t.Errorf("%s: %v allocations", name, a)
	}
}

// plans of spans used by the product tests: with gaps, overlaps, unit and
// empty runs.
func spansFor(r *rand.Rand, cols, rowsB int) []Span {
	var s []Span
	for w := 0; w < cols; {
		k := min(1+r.IntN(9), cols-w, rowsB)
		s = append(s, Span{W: w, B: r.IntN(rowsB - k + 1), K: k})
		w += k + r.IntN(2)
	}
	return append(s, Span{K: 0})
}

func naiveMul(w []float32, rows, cols int, bias, b []float32, n int, spans []Span) []float64 {
	dst := make([]float64, rows*n)
	for i := range rows {
		for j := range n {
			sum := 0.0
			if bias != nil {
				sum = float64(bias[i])
			}
			for _, s := range spans {
				for k := range s.K {
					sum += float64(w[i*cols+s.W+k]) * float64(b[(s.B+k)*n+j])
				}
			}
			dst[i*n+j] = sum
		}
	}
	return dst
}

type mulFunc func(dst []float32, w *Matrix, bias, b []float32, n int, spans []Span)

var muls = map[string]mulFunc{"Mul": Mul}

func TestMul(t *testing.T) {
	for name, mul := range muls {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 1))
			for _, n := range []int{16, 32, 48, 80} {
				for _, rows := range []int{1, 2, 3, 4, 5, 7, 8, 9, 12, 17, 24, 31} {
					for _, cols := range []int{1, 2, 3, 4, 5, 16, 37, 66} {
						rowsB := cols + 3
						w, b, bias := random(t, r, rows*cols), random(t, r, rowsB*n), random(t, r, rows)
						spans := spansFor(r, cols, rowsB)
						var m Matrix
						m.Pack(w, rows, cols)
						dst := check.Guard(t, rows*n)
						what := fmt.Sprintf("n=%d rows=%d cols=%d", n, rows, cols)
						mul(dst, &m, bias, b, n, spans)
						near(t, what, dst, naiveMul(w, rows, cols, bias, b, n, spans), 1e-5, 1)
						mul(dst, &m, nil, b, n, spans)
						near(t, what+" without bias", dst, naiveMul(w, rows, cols, nil, b, n, spans), 1e-5, 1)
						mul(dst, &m, nil, b, n, nil)
						near(t, what+" without terms", dst, make([]float64, rows*n), 0, 0)
					}
				}
			}
		})
	}
}

// A column's result does not depend, bit for bit, on where it stands, on its
// neighbours or on their number.
func TestMulColumns(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	const rows, cols, rowsB = 21, 67, 70
	w, bias := random(t, r, rows*cols), random(t, r, rows)
	var m Matrix
	m.Pack(w, rows, cols)
	spans := spansFor(r, cols, rowsB)
	column := random(t, r, rowsB)
	var want []float32
	for _, n := range []int{16, 32, 48, 64} {
		for _, j := range []int{0, 5, n/2 + 1, n - 1} {
			b := random(t, r, rowsB*n)
			for k, v := range column {
				b[k*n+j] = v
			}
			dst := make([]float32, rows*n)
			Mul(dst, &m, bias, b, n, spans)
			got := make([]float32, rows)
			for i := range got {
				got[i] = dst[i*n+j]
			}
			if want == nil {
				want = got
			}
			for i := range got {
				if got[i] != want[i] {
					t.Fatalf("n=%d column %d row %d: %v, with n=16 column 0 it is %v", n, j, i, got[i], want[i])
				}
			}
		}
	}
}

func TestConv(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	const rows, cols, n, rowsB, pixels = 9, 12, 32, 40, 5
	w, b := random(t, r, rows*cols), random(t, r, rowsB*n)
	var m Matrix
	m.Pack(w, rows, cols)
	plan := make([][]Span, pixels)
	for p := range plan {
		plan[p] = spansFor(r, cols, rowsB)
	}
	for _, bias := range [][]float32{nil, random(t, r, rows), random(t, r, rows*pixels)} {
		dst := check.Guard(t, pixels*rows*n)
		Conv(dst, &m, bias, b, n, plan)
		for p, spans := range plan {
			var c []float32
			switch len(bias) {
			case rows:
				c = bias
			case rows * pixels:
				c = bias[p*rows:][:rows]
			}
			near(t, fmt.Sprintf("pixel %d, %d biases", p, len(bias)), dst[p*rows*n:][:rows*n],
				naiveMul(w, rows, cols, c, b, n, spans), 1e-5, 1)
		}
		noAllocs(t, "Conv", func() { Conv(dst, &m, bias, b, n, plan) })
	}
}

func TestPackReuses(t *testing.T) {
	var m Matrix
	m.Pack(make([]float32, 30*7), 30, 7)
	w := make([]float32, 13*5)
	noAllocs(t, "Pack", func() { m.Pack(w, 13, 5) })
	if m.Rows != 13 || m.Cols != 5 {
		t.Errorf("packed %d × %d, want 13 × 5", m.Rows, m.Cols)
	}
}

func TestConvGrad(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	for _, n := range []int{16, 32, 48} {
		for _, m := range []int{1, 2, 3, 4, 5, 8, 11, 24} {
			for _, k := range []int{1, 2, 3, 4, 5, 7, 16, 17, 33, 66} {
				for _, count := range []int{0, 1, 2, 9, 50} {
					const rowsD, rowsB = 40, 80
					ld := 2*k + r.IntN(3)
					d, b := random(t, r, rowsD*n), random(t, r, rowsB*n)
					taps := []Tap{{W: 0, K: k}, {W: k, K: k - 1}, {W: r.IntN(ld - k), K: k}}
					for i := range taps {
						taps[i].Pairs = make([]Pair, count/(i+1))
						for j := range taps[i].Pairs {
							taps[i].Pairs[j] = Pair{D: r.IntN(rowsD - m + 1), B: r.IntN(rowsB - k + 1)}
						}
					}
					// Where weights apply at the very end of d and b.
					if count > 0 {
						taps[0].Pairs[0] = Pair{D: rowsD - m, B: rowsB - k}
					}
					dw := random(t, r, m*ld)
					want := make([]float64, len(dw))
					for i := range dw {
						want[i] = float64(dw[i])
					}
					for _, t := range taps {
						for i := range m {
							for j := range t.K {
								for _, p := range t.Pairs {
									for l := range n {
										want[i*ld+t.W+j] += float64(d[(p.D+i)*n+l]) * float64(b[(p.B+j)*n+l])
									}
								}
							}
						}
					}
					scratch := check.Guard(t, ConvGradScratch(len(d), len(b)))
					for i := range scratch {
						scratch[i] = float32(math.NaN())
					}
					scalar := append([]float32(nil), dw...)
					name := fmt.Sprintf("n=%d m=%d k=%d pairs=%d", n, m, k, count)
					ConvGrad(dw, m, ld, d, b, n, taps, scratch)
					near(t, name, dw, want, 1e-5, math.Sqrt(float64(n*count+1)))
					convGradScalar(scalar, m, ld, d, b, n, taps)
					near(t, name+" scalar", scalar, want, 1e-5, math.Sqrt(float64(n*count+1)))
					if m == 11 && k == 33 {
						noAllocs(t, "ConvGrad", func() { ConvGrad(dw, m, ld, d, b, n, taps, scratch) })
					}
				}
			}
		}
	}
}

// elementwise lists the kernels of several equally long slices: the exported
// function, its scalar body and its definition on float64. Slice 0 … out−1 are
// written; all are given.
var elementwise = []struct {
	name     string
	out, all int
	f, s     func(x [][]float32)
	want     func(x []float64)
	positive int // this slice must not be negative
}{
	{"Swish", 2, 3, func(x [][]float32) { Swish(x[0], x[1], x[2]) }, func(x [][]float32) { swishScalar(x[0], x[1], x[2]) },
		func(x []float64) { x[0], x[1], _ = swish64(x[2]) }, -1},
	{"Swish2", 3, 4, func(x [][]float32) { Swish2(x[0], x[1], x[2], x[3]) }, func(x [][]float32) { swish2Scalar(x[0], x[1], x[2], x[3]) },
		func(x []float64) { x[0], x[1], x[2] = swish64(x[3]) }, -1},
	{"SwishCurve", 1, 6, func(x [][]float32) { SwishCurve(x[0], x[1], x[2], x[3], x[4], x[5]) },
		func(x [][]float32) { swishCurveScalar(x[0], x[1], x[2], x[3], x[4], x[5]) },
		func(x []float64) { x[0] = x[1]*x[2] + x[3]*x[4]*x[5] }, -1},
	{"Times", 1, 3, func(x [][]float32) { Times(x[0], x[1], x[2]) }, func(x [][]float32) { timesScalar(x[0], x[1], x[2]) },
		func(x []float64) { x[0] = x[1] * x[2] }, -1},
	{"Add", 1, 2, func(x [][]float32) { Add(x[0], x[1]) }, func(x [][]float32) { axpyScalar(x[0], 1, x[1]) },
		func(x []float64) { x[0] += x[1] }, -1},
	{"Axpy", 1, 2, func(x [][]float32) { Axpy(x[0], -0.75, x[1]) }, func(x [][]float32) { axpyScalar(x[0], -0.75, x[1]) },
		func(x []float64) { x[0] += -0.75 * x[1] }, -1},
	{"Scale", 1, 1, func(x [][]float32) { Scale(x[0], 1.5) }, func(x [][]float32) { scaleScalar(x[0], 1.5) },
		func(x []float64) { x[0] *= 1.5 }, -1},
	{"Lerp", 1, 2, func(x [][]float32) { Lerp(x[0], x[1], 0.25) }, func(x [][]float32) { lerpScalar(x[0], x[1], 0.25) },
		func(x []float64) { x[0] += 0.25 * (x[1] - x[0]) }, -1},
	{"Langevin", 1, 3, func(x [][]float32) { Langevin(x[0], x[1], x[2], 0.25, 0.5) }, func(x [][]float32) { langevinScalar(x[0], x[1], x[2], 0.25, 0.5) },
		func(x []float64) { x[0] += -0.25*x[1] + 0.5*x[2] }, -1},
	{"Adam", 3, 4, func(x [][]float32) { Adam(x[0], x[1], x[2], x[3], 0.01, 0.9, 0.99, 1e-8, 5, 50) },
		func(x [][]float32) { adamScalar(x[0], x[1], x[2], x[3], 0.01, 0.9, 0.99, 1e-8, 5, 50) },
		func(x []float64) {
			x[1] = 0.9*x[1] + 0.1*x[3]
			x[2] = 0.99*x[2] + 0.01*x[3]*x[3]
			x[0] -= 0.01 * (x[1] * 5) / (math.Sqrt(x[2]*50) + 1e-8)
		}, 2},
}

func swish64(z float64) (a, d1, d2 float64) {
	s := 1 / (1 + math.Exp(-z))
	return z * s, s * (1 + z*(1-s)), s * (1 - s) * (2 + z*(1-2*s))
}

func TestElementwise(t *testing.T) {
	for _, e := range elementwise {
		for impl, f := range map[string]func([][]float32){"exported": e.f, "scalar": e.s} {
			t.Run(e.name+"/"+impl, func(t *testing.T) {
				r := rand.New(rand.NewPCG(5, 5))
				for n := range 67 {
					x := make([][]float32, e.all)
					want := make([][]float64, e.all)
					for i := range x {
						x[i] = check.Guard(t, n)
						for j := range x[i] {
							v := 3 * r.NormFloat64()
							if i == e.positive {
								v = math.Abs(v)
							}
							x[i][j] = float32(v)
						}
						want[i] = make([]float64, n)
					}
					for j := range n {
						p := make([]float64, e.all)
						for i := range p {
							p[i] = float64(x[i][j])
						}
						e.want(p)
						for i := range p {
							want[i][j] = p[i]
						}
					}
					f(x)
					for i := range x {
						near(t, fmt.Sprintf("slice %d of length %d", i, n), x[i], want[i], 1e-6, 1)
					}
					if n == 66 {
						noAllocs(t, e.name, func() { f(x) })
					}
				}
			})
		}
	}
}

// Swish keeps its relative accuracy far from 0, where it and its derivatives
// vanish or saturate.
func TestSwishRange(t *testing.T) {
	var z []float32
	for v := -80.0; v <= 80; v += 0.03125 {
		z = append(z, float32(v))
	}
	a, d1, d2 := make([]float32, len(z)), make([]float32, len(z)), make([]float32, len(z))
	for name, f := range map[string]func(a, d1, d2, z []float32){"exported": Swish2, "scalar": swish2Scalar} {
		f(a, d1, d2, z)
		for i, v := range z {
			wa, w1, w2 := swish64(float64(v))
			// Both derivatives have a zero, where only an absolute error makes sense.
			slack := math.Min(1, math.Exp(float64(v))) * 1e-6
			for q, p := range [][2]float64{{float64(a[i]), wa}, {float64(d1[i]), w1}, {float64(d2[i]), w2}} {
				if !(math.Abs(p[0]-p[1]) <= 1e-6*math.Abs(p[1])+4*slack) {
					t.Fatalf("%s: derivative %d at %v is %v, want %v", name, q, v, p[0], p[1])
				}
			}
		}
	}
	bad := []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))}
	for range 5 {
		bad = append(bad, bad...)
	}
	Swish(a[:len(bad)], d1[:len(bad)], bad)
	for i, v := range bad {
		if s := float64(a[i] + d1[i]); !math.IsNaN(s) && !math.IsInf(s, 0) {
			t.Fatalf("swish of %v is %v with derivative %v: not reported", v, a[i], d1[i])
		}
	}
}

func TestReductions(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	for _, n := range []int{16, 32, 48, 80} {
		for count := range 67 {
			x, h, c := random(t, r, count*n), random(t, r, count), random(t, r, n)
			name := fmt.Sprintf("n=%d count=%d", n, count)
			scale := math.Sqrt(float64(count*n + 1))

			colDot, colSquare := make([]float64, n), make([]float64, n)
			outer, rowSum, rowAxpy := make([]float64, count), make([]float64, count), make([]float64, count*n)
			for i := range count {
				for j := range n {
					v := float64(x[i*n+j])
					colDot[j] += float64(h[i]) * v
					colSquare[j] += v * v
					outer[i] += float64(c[j]) * v
					rowSum[i] += v
					rowAxpy[i*n+j] = v + float64(h[i])*float64(c[j])
				}
			}
			got := check.Guard(t, n)
			clear(got)
			ColDot(got, h, x, n)
			near(t, "ColDot "+name, got, colDot, 1e-6, scale)
			clear(got)
			ColSquare(got, x, n)
			near(t, "ColSquare "+name, got, colSquare, 1e-6, scale)

			got = check.Guard(t, count)
			clear(got)
			Outer1(got, x, c, n)
			near(t, "Outer1 "+name, got, outer, 1e-6, scale)
			clear(got)
			RowSum(got, x, n)
			near(t, "RowSum "+name, got, rowSum, 1e-6, scale)
			if count%6 == 0 && count > 0 {
				for i, v := range rowSum[count/6:] {
					rowSum[i%(count/6)] += v
				}
				got = got[:count/6]
				clear(got)
				RowSum(got, x, n)
				near(t, "RowSum of 6 pixels "+name, got, rowSum[:count/6], 1e-6, scale)
			}

			got = check.Guard(t, count*n)
			copy(got, x)
			RowAxpy(got, h, c, n)
			near(t, "RowAxpy "+name, got, rowAxpy, 1e-6, 1)
		}
	}
	x, h, c, d := random(t, r, 24*32), random(t, r, 24), random(t, r, 32), make([]float32, 32)
	noAllocs(t, "reductions", func() {
		ColDot(d, h, x, 32)
		ColSquare(d, x, 32)
		Outer1(h, x, c, 32)
		RowSum(h, x, 32)
		RowAxpy(x, h, c, 32)
	})
}

func TestDot(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for n := range 67 {
		n := n * (1 + n*n/7)
		x, y := random(t, r, n), random(t, r, n)
		want := 0.0
		for i := range x {
			want += float64(x[i]) * float64(y[i])
		}
		if got := Dot(x, y); !(math.Abs(got-want) <= 1e-6*math.Sqrt(float64(n+1))) {
			t.Errorf("n=%d: %v, want %v", n, got, want)
		}
		if got := dotScalar(x, y); !(math.Abs(got-want) <= 1e-9*math.Sqrt(float64(n+1))) {
			t.Errorf("scalar n=%d: %v, want %v", n, got, want)
		}
	}
}

func TestTranspose(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	for _, n := range []int{16, 32, 48} {
		for _, rows := range []int{0, 1, 15, 16, 17, n} {
			if rows > n {
				continue
			}
			for _, cols := range []int{0, 1, 3, 16, 33, 66} {
				src := random(t, r, rows*cols)
				dst := check.Guard(t, cols*n)
				Transpose(dst, src, rows, cols, n)
				for c := range cols {
					for q := range n {
						want := float32(0)
						if q < rows {
							want = src[q*cols+c]
						}
						if dst[c*n+q] != want {
							t.Fatalf("Transpose rows=%d cols=%d n=%d: (%d, %d) is %v, want %v", rows, cols, n, c, q, dst[c*n+q], want)
						}
					}
				}
				back := check.Guard(t, rows*cols)
				Untranspose(back, dst, rows, cols, n)
				for i := range back {
					if back[i] != src[i] {
						t.Fatalf("Untranspose rows=%d cols=%d n=%d: %d is %v, want %v", rows, cols, n, i, back[i], src[i])
					}
				}
			}
		}
	}
}

func TestPanics(t *testing.T) {
	f := func(n int) []float32 { return make([]float32, n) }
	var m Matrix
	m.Pack(f(12), 3, 4)
	for name, call := range map[string]func(){
		"n":                   func() { Mul(f(45), &m, nil, f(60), 15, nil) },
		"dst":                 func() { Mul(f(47), &m, nil, f(64), 16, nil) },
		"bias":                func() { Mul(f(48), &m, f(4), f(64), 16, nil) },
		"columns":             func() { Mul(f(48), &m, nil, f(160), 16, []Span{{1, 0, 4}}) },
		"rows":                func() { Mul(f(48), &m, nil, f(64), 16, []Span{{0, 1, 4}}) },
		"negative row":        func() { Mul(f(48), &m, nil, f(64), 16, []Span{{0, -1, 1}}) },
		"negative count":      func() { Mul(f(48), &m, nil, f(64), 16, []Span{{0, 0, -1}}) },
		"huge row":            func() { Mul(f(48), &m, nil, f(64), 16, []Span{{0, math.MaxInt, 1}}) },
		"huge product":        func() { Mul(f(48), &m, nil, f(64), 16, []Span{{0, math.MaxInt / 16, 1}}) },
		"Matrix forged":       func() { Mul(f(48), &Matrix{Rows: 3, Cols: 4}, nil, f(64), 16, nil) },
		"Conv dst":            func() { Conv(f(48), &m, nil, f(64), 16, make([][]Span, 2)) },
		"Conv bias":           func() { Conv(f(96), &m, f(5), f(64), 16, make([][]Span, 2)) },
		"Pack":                func() { m.Pack(f(11), 3, 4) },
		"ConvGrad dw":         func() { ConvGrad(f(11), 3, 4, f(48), f(64), 16, nil, f(999)) },
		"ConvGrad tap":        func() { ConvGrad(f(12), 3, 4, f(48), f(64), 16, []Tap{{1, 4, nil}}, f(999)) },
		"ConvGrad pair":       func() { ConvGrad(f(12), 3, 4, f(48), f(64), 16, []Tap{{0, 4, []Pair{{1, 0}}}}, f(999)) },
		"ConvGrad rows":       func() { ConvGrad(f(12), 3, 4, f(49), f(64), 16, nil, f(999)) },
		"Swish":               func() { Swish(f(3), f(4), f(4)) },
		"Adam":                func() { Adam(f(3), f(3), f(4), f(3), 1, 1, 1, 1, 1, 1) },
		"RowSum":              func() { RowSum(f(3), f(40), 16) },
		"ColDot":              func() { ColDot(f(15), f(2), f(32), 16) },
		"Transpose":           func() { Transpose(f(64), f(68), 17, 4, 16) },
		"Untranspose of more": func() { Untranspose(f(68), f(64), 17, 4, 16) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("did not panic")
				}
			}()
			call()
		})
	}
}

// Known answers of Threefry-2x32-20 (Random123, kat_vectors).
func TestThreefry(t *testing.T) {
	for _, c := range [][6]uint32{
		{0, 0, 0, 0, 0x6b200159, 0x99ba4efe},
		{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x1cb996fc, 0xbb002be7},
		{0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3, 0xc4923a9c, 0x483df7a0},
	} {
		if x, y := threefry(c[0], c[1], c[2], c[3]); x != c[4] || y != c[5] {
			t.Errorf("key %x counter %x: %x %x, want %x", c[:2], c[2:4], x, y, c[4:])
		}
	}
}

func TestNormalFormula(t *testing.T) {
	const seed, step = 0x123456789abcdef0, 77
	want := make([]float64, 1024)
	for i := range want {
		k0, k1 := uint32(seed&0xffffffff), uint32(seed>>32)
		x, y := threefry(k0, k1, uint32(i/32*16+i%16), step)
		r := math.Sqrt(-2 * math.Log((float64(x>>9)+0.5)/(1<<23)))
		s, c := math.Sincos(2 * math.Pi * float64(y) / (1 << 32))
		want[i] = r * c
		if i/16%2 == 1 {
			want[i] = r * s
		}
	}
	for n := range 67 {
		dst := check.Guard(t, n)
		Normal(dst, seed, step)
		near(t, fmt.Sprintf("first %d", n), dst, want[:n], 5e-7, 1)
		normalScalar(dst, 0, seed, step)
		near(t, fmt.Sprintf("first %d, scalar", n), dst, want[:n], 5e-7, 1)
	}
	dst := make([]float32, 1024)
	Normal(dst, seed, step)
	near(t, "Normal", dst, want, 5e-7, 1)
	// A value depends on its index, not on the length.
	short := make([]float32, 784)
	Normal(short, seed, step)
	for i, v := range short {
		if v != dst[i] {
			t.Fatalf("value %d of 784 is %v, of 1024 it is %v", i, v, dst[i])
		}
	}
	noAllocs(t, "Normal", func() { Normal(short, seed, step) })
	// The extremes of both words are finite, and the largest radius is √(48 ln 2).
	for _, x := range []uint32{0, 1 << 9, 1 << 31, math.MaxUint32} {
		for _, y := range []uint32{0, 1 << 29, 1<<29 - 1, 3 << 29, 1 << 30, 1 << 31, 3 << 30, math.MaxUint32} {
			c, s := boxMuller(x, y)
			r := math.Sqrt(-2 * math.Log((float64(x>>9)+0.5)/(1<<23)))
			if got := math.Hypot(float64(c), float64(s)); !(math.Abs(got-r) <= 2e-7*(1+r)) {
				t.Errorf("words %x %x: radius %v, want %v", x, y, got, r)
			}
		}
	}
}

// Normal is standard normal: its first four moments, in standard errors, and
// the Kolmogorov–Smirnov distance.
func TestNormalLaw(t *testing.T) {
	const count = 1 << 18
	for _, n := range []int{784, count} {
		var x []float64
		buf := make([]float32, n)
		for step := uint32(0); len(x) < count; step++ {
			Normal(buf, 99, step)
			for _, v := range buf {
				x = append(x, float64(v))
			}
		}
		var m [5]float64
		for _, v := range x {
			p := 1.0
			for k := range m {
				m[k] += p
				p *= v
			}
		}
		size := float64(len(x))
		// E v^k and Var v^k = E v^2k − (E v^k)² of the standard normal.
		for k, law := range [][2]float64{1: {0, 1}, 2: {1, 2}, 3: {0, 15}, 4: {3, 96}} {
			if k > 0 {
				check.Z(t, fmt.Sprintf("moment %d of rows of %d", k, n), m[k]/size, law[0], math.Sqrt(law[1]/size))
			}
		}
		ks(t, fmt.Sprintf("rows of %d", n), x)
	}
}

// ks fails if the Kolmogorov–Smirnov statistic of x against the standard
// normal has a probability below 0.1 % (√n·D > 1.95).
func ks(t *testing.T, what string, x []float64) {
	t.Helper()
	slices.Sort(x)
	n := float64(len(x))
	var d float64
	for i, v := range x {
		p := 0.5 * math.Erfc(-v/math.Sqrt2)
		d = max(d, p-float64(i)/n, float64(i+1)/n-p)
	}
	if !(math.Sqrt(n)*d < 1.95) {
		t.Errorf("%s: Kolmogorov–Smirnov √n·D = %.2f", what, math.Sqrt(n)*d)
	}
}

// Values of neighbouring seeds, steps and indices are uncorrelated, and so are
// their squares.
func TestNormalIndependent(t *testing.T) {
	const n = 784
	const rows = 512
	draw := func(seed uint64, step uint32) []float32 {
		x := make([]float32, n)
		Normal(x, seed, step)
		return x
	}
	for _, c := range []struct {
		name  string
		other func(row uint32) []float32
	}{
		{"next step", func(row uint32) []float32 { return draw(7, row+1) }},
		{"next seed", func(row uint32) []float32 { return draw(8, row) }},
		{"seed above 2³²", func(row uint32) []float32 { return draw(7+1<<32, row) }},
		{"far step", func(row uint32) []float32 { return draw(7, row+1<<31) }},
		{"next index", func(row uint32) []float32 { x := draw(7, row); return append(x[1:], x[0]) }},
		{"sine of its cosine", func(row uint32) []float32 { x := draw(7, row); return append(x[16:], x[:16]...) }},
	} {
		var xy, x2y2 float64
		for row := range uint32(rows) {
			x, y := draw(7, row), c.other(row)
			for i := range x {
				v, w := float64(x[i]), float64(y[i])
				xy += v * w
				x2y2 += (v*v - 1) * (w*w - 1)
			}
		}
		check.Z(t, "correlation with "+c.name, xy/(rows*n), 0, 1/math.Sqrt(rows*n))
		check.Z(t, "correlation of squares with "+c.name, x2y2/(rows*n), 0, 2/math.Sqrt(rows*n))
	}
}
