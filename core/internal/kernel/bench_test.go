package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// Shapes of the default network, for n images at a time: rows × cols of the
// weights, the pixels of the output, the spans per pixel.
var shapes = []struct {
	name                      string
	rows, cols, pixels, spans int
}{
	{"conv24k4s2", 24, 16, 196, 4},
	{"res24k3", 24, 216, 196, 3},
	{"conv48k3s2", 48, 216, 49, 3},
	{"res48k3", 48, 432, 49, 3},
	{"fc192", 192, 2352, 1, 1},
	{"fc128", 128, 192, 1, 1},
	{"input", 1, 96, 784, 2},
}

func ones(n int) []float32 {
	r := rand.New(rand.NewPCG(9, 9))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

// BenchmarkMul is a product of 24 × 288 weights and 16 columns, in level-1
// cache, the size that the hand-written kernels are measured at.
func BenchmarkMul(b *testing.B) {
	const rows, cols, n = 24, 288, 16
	var w Matrix
	w.Pack(ones(rows*cols), rows, cols)
	x, dst := ones(cols*n), make([]float32, rows*n)
	spans := []Span{{0, 0, 96}, {96, 96, 96}, {192, 192, 96}}
	for b.Loop() {
		Mul(dst, &w, nil, x, n, spans)
	}
	rate(b, 2*rows*cols*n)
}

// BenchmarkConv counts 2 floating-point operations for each weight met by an
// image: 2·rows·cols·pixels·n.
func BenchmarkConv(b *testing.B) {
	for _, n := range []int{16, 32} {
		for _, s := range shapes {
			b.Run(fmt.Sprintf("%s/n=%d", s.name, n), func(b *testing.B) {
				var w Matrix
				w.Pack(ones(s.rows*s.cols), s.rows, s.cols)
				k := s.cols / s.spans
				plan := make([][]Span, s.pixels)
				for p := range plan {
					for q := range s.spans {
						plan[p] = append(plan[p], Span{W: q * k, B: p*s.rows + q*k, K: k})
					}
				}
				in := ones((s.pixels*s.rows + s.cols) * n)
				out := ones(s.pixels * s.rows * n)
				for b.Loop() {
					Conv(out, &w, nil, in, n, plan)
				}
				rate(b, 2*s.rows*s.cols*s.pixels*n)
			})
		}
	}
}

// BenchmarkConvGrad counts 2·rows·cols·pixels·n, as BenchmarkConv.
func BenchmarkConvGrad(b *testing.B) {
	for _, n := range []int{16, 32} {
		for _, s := range shapes[:6] {
			b.Run(fmt.Sprintf("%s/n=%d", s.name, n), func(b *testing.B) {
				k := s.cols / s.spans
				taps := make([]Tap, s.spans)
				for q := range taps {
					taps[q] = Tap{W: q * k, K: k, Pairs: make([]Pair, s.pixels)}
					for p := range s.pixels {
						taps[q].Pairs[p] = Pair{D: p * s.rows, B: p*s.rows + q*k}
					}
				}
				in := ones((s.pixels*s.rows + s.cols) * n)
				d := ones(s.pixels * s.rows * n)
				dw := ones(s.rows * s.cols)
				scratch := make([]float32, ConvGradScratch(len(d), len(in)))
				for b.Loop() {
					ConvGrad(dw, s.rows, s.cols, d, in, n, taps, scratch)
				}
				rate(b, 2*s.rows*s.cols*s.pixels*n)
			})
		}
	}
}

// rate reports flop operations an iteration.
func rate(b *testing.B, flop int) {
	b.ReportMetric(float64(flop)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}

// BenchmarkElementwise reports nanoseconds per thousand elements, in level-1
// cache.
func BenchmarkElementwise(b *testing.B) {
	const n = 1024
	x := make([][]float32, 6)
	for i := range x {
		x[i] = ones(n)
	}
	for _, e := range elementwise {
		if e.name == "Adam" {
			Times(x[2], x[2], x[2])
		}
		b.Run(e.name, func(b *testing.B) {
			for b.Loop() {
				e.f(x)
			}
		})
		copy(x[0], x[5])
	}
	b.Run("Normal", func(b *testing.B) {
		for b.Loop() {
			Normal(x[0], 1, 2)
		}
	})
	b.Run("Dot", func(b *testing.B) {
		for b.Loop() {
			Dot(x[0], x[1])
		}
	})
	h := ones(n / 32)
	b.Run("ColDot", func(b *testing.B) {
		for b.Loop() {
			ColDot(x[1][:32], h, x[0], 32)
		}
	})
	b.Run("Outer1", func(b *testing.B) {
		for b.Loop() {
			Outer1(h, x[0], x[1][:32], 32)
		}
	})
	b.Run("RowSum", func(b *testing.B) {
		for b.Loop() {
			RowSum(h, x[0], 32)
		}
	})
	b.Run("RowAxpy", func(b *testing.B) {
		for b.Loop() {
			RowAxpy(x[0], h, x[1][:32], 32)
		}
	})
	b.Run("Transpose", func(b *testing.B) {
		for b.Loop() {
			Transpose(x[0], x[1], 32, 32, 32)
		}
	})
	b.Run("Untranspose", func(b *testing.B) {
		for b.Loop() {
			Untranspose(x[0], x[1], 32, 32, 32)
		}
	})
}
