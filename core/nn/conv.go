package nn

import (
	"fmt"

	"inkwell/core/internal/kernel"
)

// A Shape is the shape of one image's activation.
type Shape struct{ C, H, W int }

// Size returns C·H·W.
func (s Shape) Size() int { return s.C * s.H * s.W }

// Conv is a two-dimensional convolution (strictly, cross-correlation) without
// its parameters' storage: the weights are a slice of the caller's, handed to
// [Conv.Pack] whenever they change.
//
//	z[n,o,y,x] = b[o] + Σ_{i,j,c} w[o,i,j,c] · a[n, c, y·Stride+i−Pad, x·Stride+j−Pad]
//
// with zeros outside the image. Weights have shape (Cout, K, K, Cin), the
// order in which a convolution with the batch innermost reads them.
type Conv struct {
	In, Out        Shape
	K, Stride, Pad int

	w, wt kernel.Matrix   // (Cout, K·K·Cin); (Cin, K·K·Cout), transposed
	plan  [][]kernel.Span // for each output pixel
	planT [][]kernel.Span // for each input pixel
	taps  []kernel.Tap    // runs of weight columns, and the places where all of a run applies
	order []int           // tap (i,j) of each block of Cout columns of wt
	buf   []float32       // scratch for the transposition
}

// NewConv returns the convolution of images of shape in with cout kernels of
// k × k pixels. It panics if the output would be empty.
func NewConv(in Shape, cout, k, stride, pad int) *Conv {
	out := Shape{cout, (in.H+2*pad-k)/stride + 1, (in.W+2*pad-k)/stride + 1}
	if k < 1 || stride < 1 || pad < 0 || in.H+2*pad < k || in.W+2*pad < k {
		panic(fmt.Sprintf("nn: NewConv: kernel %d, stride %d, padding %d do not fit %v", k, stride, pad, in))
	}
	c := &Conv{In: in, Out: out, K: k, Stride: stride, Pad: pad}
	c.planForward()
	c.planBackward()
	return c
}

// NewDense returns the fully connected layer from in to cout units: the
// convolution whose kernel covers its whole input. The input must be square.
func NewDense(in Shape, cout int) *Conv {
	if in.H != in.W {
		panic(fmt.Sprintf("nn: NewDense: input %v is not square", in))
	}
	return NewConv(in, cout, in.H, 1, 0)
}

// Weights returns the number of weights, Cout·K·K·Cin.
func (c *Conv) Weights() int { return c.Out.C * c.K * c.K * c.In.C }

// MACs returns the multiply-adds of one image's forward pass, those on the
// zero padding not counted.
func (c *Conv) MACs() int {
	sum := 0
	for _, spans := range c.plan {
		for _, s := range spans {
			sum += s.K * c.Out.C
		}
	}
	return sum
}

// planForward lists, for every output pixel, the runs of weights and input
// rows that meet there: one run for each kernel row, joined where both are
// contiguous.
func (c *Conv) planForward() {
	cin, k := c.In.C, c.K
	at := map[[2]int]int{}
	for oy := range c.Out.H {
		for ox := range c.Out.W {
			var spans []kernel.Span
			for i := range k {
				y := oy*c.Stride + i - c.Pad
				if y < 0 || y >= c.In.H {
					continue
				}
				x := ox*c.Stride - c.Pad
				lo, hi := max(0, -x), min(k, c.In.W-x)
				if lo >= hi {
					continue
				}
				s := kernel.Span{W: (i*k + lo) * cin, B: (y*c.In.W + x + lo) * cin, K: (hi - lo) * cin}
				if m := len(spans) - 1; m >= 0 && spans[m].W+spans[m].K == s.W && spans[m].B+spans[m].K == s.B {
					spans[m].K += s.K
				} else {
					spans = append(spans, s)
				}
			}
			for _, s := range spans {
				key := [2]int{s.W, s.K}
				g, ok := at[key]
				if !ok {
					g = len(c.taps)
					at[key] = g
					c.taps = append(c.taps, kernel.Tap{W: s.W, K: s.K})
				}
				c.taps[g].Pairs = append(c.taps[g].Pairs, kernel.Pair{D: len(c.plan) * c.Out.C, B: s.B})
			}
			c.plan = append(c.plan, spans)
		}
	}
}

// planBackward lists the same for the transposed convolution. Columns of wt
// are ordered so that the taps meeting one input pixel walk the output from
// left to right: within a kernel row, taps of equal residue modulo the stride
// stand together, the last first.
func (c *Conv) planBackward() {
	cout, k := c.Out.C, c.K
	place := make([]int, k*k)
	for i := range k {
		for r := range min(c.Stride, k) {
			for j := k - 1; j >= 0; j-- {
				if j%c.Stride == r {
					place[i*k+j] = len(c.order)
					c.order = append(c.order, i*k+j)
				}
			}
		}
	}
	for y := range c.In.H {
		for x := range c.In.W {
			var spans []kernel.Span
			for i := range k {
				oy := y + c.Pad - i
				if oy < 0 || oy%c.Stride != 0 || oy/c.Stride >= c.Out.H {
					continue
				}
				for j := k - 1; j >= 0; j-- {
					ox := x + c.Pad - j
					if ox < 0 || ox%c.Stride != 0 || ox/c.Stride >= c.Out.W {
						continue
					}
					s := kernel.Span{W: place[i*k+j] * cout, B: (oy/c.Stride*c.Out.W + ox/c.Stride) * cout, K: cout}
					if m := len(spans) - 1; m >= 0 && spans[m].W+spans[m].K == s.W && spans[m].B+spans[m].K == s.B {
						spans[m].K += s.K
					} else {
						spans = append(spans, s)
					}
				}
			}
			c.planT = append(c.planT, spans)
		}
	}
}

// Pack prepares the layer to compute with the weights w (Cout, K, K, Cin).
// Later changes to w have no effect until the next Pack.
func (c *Conv) Pack(w []float32) {
	cin, cout, taps := c.In.C, c.Out.C, c.K*c.K
	if len(w) != c.Weights() {
		panic("nn: Conv.Pack: length mismatch")
	}
	c.w.Pack(w, cout, taps*cin)
	if c.buf == nil {
		c.buf = make([]float32, len(w))
	}
	for o := range cout {
		for p, tap := range c.order {
			for i, v := range w[(o*taps+tap)*cin:][:cin] {
				c.buf[(i*taps+p)*cout+o] = v
			}
		}
	}
	c.wt.Pack(c.buf, cin, taps*cout)
}

// Forward computes z = w∗a + b for n images: z is (n, Cout, H', W'), a is
// (n, Cin, H, W), b is (Cout) or nil.
func (c *Conv) Forward(z, a, b []float32, n int) {
	kernel.Conv(z, &c.w, b, a, n, c.plan)
}

// Tangent computes the directional derivative of Forward: zt = w∗at.
func (c *Conv) Tangent(zt, at []float32, n int) {
	kernel.Conv(zt, &c.w, nil, at, n, c.plan)
}

// Backward carries the gradient from the output to the input: da = wᵀ∗dz,
// where Forward is z = w∗a + b. It overwrites da.
func (c *Conv) Backward(da, dz []float32, n int) {
	kernel.Conv(da, &c.wt, nil, dz, n, c.planT)
}

// BackwardWeights adds to dw (Cout, K, K, Cin) the gradient of the weights,
//
//	dw[o,i,j,c] += Σ_{n,y,x} dz[n,o,y,x] · a[n, c, y·Stride+i−Pad, x·Stride+j−Pad]
//
// and to db (Cout), unless it is nil, that of the bias, Σ dz.
// scratch has length [Conv.Scratch] at least.
func (c *Conv) BackwardWeights(dw, db, dz, a []float32, n int, scratch []float32) {
	kernel.ConvGrad(dw, c.Out.C, c.K*c.K*c.In.C, dz, a, n, c.taps, scratch)
	if db != nil {
		kernel.RowSum(db, dz, n)
	}
}

// Scratch returns the length of the scratch buffer that BackwardWeights needs
// for n images.
func (c *Conv) Scratch(n int) int {
	return kernel.ConvGradScratch(c.Out.Size()*n, c.In.Size()*n)
}
