package eval

import (
	"math/rand/v2"
	"slices"
	"testing"

	"inkwell/core/internal/check"
)

// nothing is the energy 0.
type nothing struct{}

func (nothing) Grad(grad []float32, e []float64, x []float32) { clear(grad); clear(e) }

func TestPosterior(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 0))
	for _, f := range []int{1, 2, 4} {
		const n = 2
		x := normal(rng, n*pixels, 0, 1)
		y := normal(rng, n*pixels/f/f, 0, 1)
		p := Posterior{Prior: nothing{}, Y: y, Factor: f, Weight: 3}
		grad, e := make([]float32, len(x)), make([]float64, n)
		p.Grad(grad, e, x)
		total := func(x []float32) float64 {
			e := make([]float64, n)
			p.Grad(nil, e, x)
			return e[0] + e[1]
		}
		check.Gradient(t, "posterior", total, x, grad, 1e-2, 1e-3)

		// What was measured exactly costs nothing, and only that.
		Shrink(p.Y, x, f)
		if p.Grad(grad, e, x); !(e[0] < 1e-9 && e[1] < 1e-9) {
			t.Errorf("factor %d: the truth has energies %v", f, e)
		}
		p.Y[len(p.Y)-1] += 2
		p.Grad(grad, e, x)
		check.Near(t, "energy of one wrong pixel", e[1], 6, 1e-5)
		check.Near(t, "energy of the other image", e[0], 0, 1e-5)
	}
}

func TestShrink(t *testing.T) {
	x := make([]float32, 2*pixels)
	for i := range x {
		x[i] = float32(i/pixels*1000 + i%pixels/side)
	}
	y := make([]float32, 2*7*7)
	Shrink(y, x, 4)
	for i, v := range y {
		check.Near(t, "mean of four rows", float64(v), float64(i/49*1000+i%49/7*4)+1.5, 1e-6)
	}
}

// Cubic convolution reproduces a straight line away from the edges, constants
// everywhere, and at factor 1 anything.
func TestBicubic(t *testing.T) {
	const m = 14
	y, x := make([]float32, 2*m*m), make([]float32, 2*pixels)
	for i := range y {
		y[i] = float32(i%m) - 3*float32(i%(m*m)/m)
		if i >= m*m {
			y[i] = 0.7
		}
	}
	Bicubic(x, y, m)
	for row := 4; row < side-4; row++ {
		for col := 4; col < side-4; col++ {
			want := (float64(col)+0.5)/2 - 0.5 - 3*((float64(row)+0.5)/2-0.5)
			check.Near(t, "plane", float64(x[row*side+col]), want, 1e-5)
		}
	}
	for _, v := range x[pixels:] {
		check.Near(t, "constant", float64(v), 0.7, 1e-5)
	}
	same := make([]float32, len(x))
	Bicubic(same, x, side)
	if !slices.Equal(same, x) {
		t.Error("at its own size the image changed")
	}
}

func TestMedian(t *testing.T) {
	x := make([]float32, pixels)
	x[0], x[1], x[side], x[5*side+5] = 4, 3, 2, 9
	y := make([]float32, pixels)
	Median(y, x, nil)
	if y[0] != 2.5 || y[5*side+5] != 0 || y[4*side+4] != 0 {
		t.Errorf("corner %v, speck %v", y[0], y[5*side+5])
	}
	known := make([]bool, pixels)
	known[5*side+5] = true
	Median(y, x, known)
	for i, v := range y {
		if v != 9 {
			t.Fatalf("pixel %d is %v, want the only one known", i, v)
		}
	}
	known[5*side+5] = false
	if Median(y, x, known); y[100] != -1 {
		t.Errorf("nothing known gives %v", y[100])
	}
}

func TestOutliers(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 0))
	const n = 3
	x := normal(rng, n*pixels, 0, 0.3)
	sets := map[string][]float32{}
	for _, f := range Outliers(x, 1) {
		if len(f.Images) != len(x) || notFinite(f.Images) || slices.Max(f.Images) > 2 {
			t.Errorf("%s: not %d images", f.Name, n)
		}
		sets[f.Name] = f.Images
	}
	again := Outliers(x, 1)
	if !slices.Equal(again[0].Images, sets["noise"]) {
		t.Error("the seed does not fix the noise")
	}
	sorted := func(x []float32) []float32 { x = slices.Clone(x); slices.Sort(x); return x }
	second := func(x []float32) []float32 { return x[pixels : 2*pixels] }
	for _, name := range []string{"shuffled", "rotated"} {
		if got := second(sets[name]); slices.Equal(got, second(x)) || !slices.Equal(sorted(got), sorted(second(x))) {
			t.Errorf("%s: not the same pixels in another order", name)
		}
	}
	// A quarter turn clockwise brings the first column, upwards, to the first row.
	for col := range side {
		if sets["rotated"][col] != x[(side-1-col)*side] {
			t.Fatal("rotated: no quarter turn")
		}
	}
	if c := second(sets["constant"]); slices.Min(c) != slices.Max(c) {
		t.Error("constant: not constant")
	}
	small := make([]float32, n*14*14)
	Shrink(small, x, 2)
	paper := 0
	for row := range side {
		for col := range side {
			v := second(sets["shrunken"])[row*side+col]
			if row < 7 || row >= 21 || col < 7 || col >= 21 {
				if v == -1 {
					paper++
				}
				continue
			}
			check.Near(t, "shrunken", float64(v), float64(small[196+(row-7)*14+col-7]), 1e-6)
		}
	}
	if paper != pixels-14*14 {
		t.Errorf("shrunken: %d pixels of paper", paper)
	}
	// Two images averaged: twice the mean, less the one, is the other.
	for i := range n {
		match := 0
		for j := range n {
			same := true
			for p := range pixels {
				d := 2*sets["averaged"][i*pixels+p] - x[i*pixels+p] - x[j*pixels+p]
				same = same && d < 1e-5 && d > -1e-5
			}
			if same && j != i {
				match++
			}
		}
		if match != 1 {
			t.Errorf("averaged: image %d is the mean with %d others", i, match)
		}
	}
}
