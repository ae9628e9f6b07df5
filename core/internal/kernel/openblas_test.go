//go:build openblas

package kernel

import (
	"fmt"
	"math"
	"testing"
	"time"

	"inkwell/core/internal/kernel/openblas"
)

// BenchmarkOpenBLAS compares Mul with OpenBLAS at the products of the default
// network for 32 images and at one large square, on one thread and alternating:
// the best of many short runs each.
func BenchmarkOpenBLAS(b *testing.B) {
	for _, s := range [][3]int{{24, 32, 216}, {48, 32, 432}, {192, 32, 2352}, {128, 32, 192}, {512, 512, 512}} {
		m, n, k := s[0], s[1], s[2]
		b.Run(fmt.Sprintf("m=%d/n=%d/k=%d", m, n, k), func(b *testing.B) {
			x, y, dst, want := ones(m*k), ones(k*n), make([]float32, m*n), make([]float32, m*n)
			var w Matrix
			w.Pack(x, m, k)
			spans := []Span{{K: k}}
			turns := 1 + 50_000_000/(m*n*k)
			best := [2]time.Duration{math.MaxInt64, math.MaxInt64}
			for b.Loop() {
				for range 10 {
					t := time.Now()
					for range turns {
						Mul(dst, &w, nil, y, n, spans)
					}
					best[0] = min(best[0], time.Since(t))
					t = time.Now()
					for range turns {
						openblas.Sgemm(want, x, y, m, n, k)
					}
					best[1] = min(best[1], time.Since(t))
				}
			}
			for i, v := range want {
				if !(math.Abs(float64(dst[i]-v)) <= 1e-4*math.Sqrt(float64(k))) {
					b.Fatalf("value %d: %v, OpenBLAS has %v", i, dst[i], v)
				}
			}
			flop := float64(2 * m * n * k * turns)
			b.ReportMetric(flop/best[0].Seconds()/1e9, "GFLOP/s")
			b.ReportMetric(flop/best[1].Seconds()/1e9, "OpenBLAS-GFLOP/s")
			b.ReportMetric(float64(best[1])/float64(best[0]), "ratio")
		})
	}
}
