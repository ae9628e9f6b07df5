package picture

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"math"
	"testing"
)

func TestBytes(t *testing.T) {
	nan := float32(math.NaN())
	inf := float32(math.Inf(1))
	got := make([]byte, 9)
	Bytes(got, []float32{-1, 1, 0, -2, 2, nan, inf, -inf, 1 - 1.1/127.5})
	if want := []byte{0, 255, 128, 0, 255, 0, 255, 0, 254}; !bytes.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	for v := range 256 { // the way back from mnist.Set.Image
		Bytes(got[:1], []float32{float32(v)/127.5 - 1})
		if got[0] != byte(v) {
			t.Errorf("%d comes back as %d", v, got[0])
		}
	}
}

// Each pixel of each image is where it belongs, and nothing else is inked.
func TestGrid(t *testing.T) {
	const n, cols, scale = 5, 3, 2
	for i := range n {
		x := make([]float32, n*784)
		for j := range x {
			x[j] = -1
		}
		x[i*784+3*28+27] = 1 // row 3, column 27
		img := Grid(x, cols, scale)
		if want := image.Pt((3*29+1)*scale, (2*29+1)*scale); img.Bounds().Size() != want {
			t.Fatalf("size %v, want %v", img.Bounds().Size(), want)
		}
		at := image.Rect(0, 0, scale, scale).Add(image.Pt(i%cols*29+1+27, i/cols*29+1+3).Mul(scale))
		for y := range img.Rect.Dy() {
			for x := range img.Rect.Dx() {
				want := uint8(0)
				if image.Pt(x, y).In(at) {
					want = 255
				}
				if got := img.ColorIndexAt(x, y); got != want {
					t.Fatalf("image %d: %d at (%d, %d), want %d", i, got, x, y, want)
				}
			}
		}
	}
	if img := Grid(nil, 3, 1); img.Rect.Dy() != 1 {
		t.Errorf("an empty grid measures %v", img.Rect)
	}
}

func TestFiles(t *testing.T) {
	x := make([]float32, 784)
	x[0], x[783] = 1, -1
	img := Grid(x, 1, 1)
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	back, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	dark, _, _, _ := back.At(1, 1).RGBA()
	light, _, _, _ := back.At(28, 28).RGBA()
	if dark>>8 > 40 || light>>8 < 240 {
		t.Errorf("ink is %d, paper %d", dark>>8, light>>8)
	}

	b.Reset()
	if err := gif.EncodeAll(&b, Animate([]*image.Paletted{img, Grid(make([]float32, 784), 1, 1), img}, 4, 150)); err != nil {
		t.Fatal(err)
	}
	g, err := gif.DecodeAll(&b)
	if err != nil {
		t.Fatal(err)
	}
	if len(g.Image) != 3 || g.Delay[1] != 4 || g.Delay[2] != 150 || g.LoopCount != 0 {
		t.Errorf("%d frames, delays %v, loops %d", len(g.Image), g.Delay, g.LoopCount)
	}
	if c := g.Image[2].At(1, 1).(color.RGBA); c != Palette[255] {
		t.Errorf("ink is %v, want %v", c, Palette[255])
	}
}
