package eval

import "math/rand/v2"

const (
	side   = 28
	pixels = side * side
)

// A Foreign set is images that are no digits, though some are made of them.
type Foreign struct {
	Name   string
	Images []float32 // (n, 784)
}

// Outliers makes foreign sets of as many images as the digits x (n, 784), from
// plainly different to nearly the same:
//
//	noise      every pixel uniform in [−1, 1]
//	constant   one such value for all pixels of an image
//	inverted   −x, paper for ink
//	shuffled   the pixels in another order, the same for all images
//	rotated    a quarter turn
//	averaged   (x + x')/2 with another digit x' of the set
//	shrunken   half as wide and high, in the middle of the paper
//
// It panics if n < 2.
func Outliers(x []float32, seed uint64) []Foreign {
	n := count(x, pixels)
	if n < 2 {
		panic("eval: Outliers: fewer than two images")
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	each := func(name string, pixel func(i, row, col int) float32) Foreign {
		f := Foreign{name, make([]float32, len(x))}
		for at := range f.Images {
			f.Images[at] = pixel(at/pixels, at%pixels/side, at%side)
		}
		return f
	}
	uniform := func() float32 { return 2*rng.Float32() - 1 }
	at := func(i, row, col int) float32 { return x[i*pixels+row*side+col] }
	shade := make([]float32, n)
	partner := make([]int, n)
	for i := range n {
		shade[i] = uniform()
		partner[i] = (i + 1 + rng.IntN(n-1)) % n
	}
	order := rng.Perm(pixels)
	return []Foreign{
		each("noise", func(int, int, int) float32 { return uniform() }),
		each("constant", func(i, _, _ int) float32 { return shade[i] }),
		each("inverted", func(i, row, col int) float32 { return -at(i, row, col) }),
		each("shuffled", func(i, row, col int) float32 { return x[i*pixels+order[row*side+col]] }),
		each("rotated", func(i, row, col int) float32 { return at(i, side-1-col, row) }),
		each("averaged", func(i, row, col int) float32 { return (at(i, row, col) + at(partner[i], row, col)) / 2 }),
		each("shrunken", func(i, row, col int) float32 {
			row, col = 2*(row-side/4), 2*(col-side/4)
			if row < 0 || row >= side || col < 0 || col >= side {
				return -1
			}
			return (at(i, row, col) + at(i, row, col+1) + at(i, row+1, col) + at(i, row+1, col+1)) / 4
		}),
	}
}
