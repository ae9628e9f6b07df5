package main

import (
	"bytes"
	"context"
	"image/gif"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"inkwell/core/energy"
	"inkwell/core/mnist"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"", ""},
		{"-class 3 -guidance 0 -steps 0 -temperature 0 -o a.gif", ""},
		{"-n 0", "-n 0: want 1 to 10000"},
		{"-n 99999999999 -o a.idx3-ubyte", "-n 99999999999: want 1 to 100000"},
		{"-n x", "invalid value"},
		{"-class ten", "-class ten"},
		{"-n 3 -class 0123", "-class 0123"},
		{"-guidance NaN", "-guidance NaN"},
		{"-steps -1", "-steps -1"},
		{"-stepsize 0", "-stepsize 0"},
		{"-temperature -0.1", "-temperature -0.1"},
		{"-temperature Inf", "-temperature +Inf"},
		{"-o a.jpg", ".png, .gif or .idx3-ubyte"},
		{"-speed 3", "speed"},
		{"sevens", `"sevens" is no flag`},
	} {
		_, err := parse(strings.Fields(tt.args), io.Discard)
		if tt.want == "" {
			if err != nil {
				t.Errorf("%s: %v", tt.args, err)
			}
		} else if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %q, want one line with %q", tt.args, err, tt.want)
		}
	}
}

// ten is a family of springs ½‖x − y/10‖².
type ten struct{}

func (ten) Len() int { return energy.Classes }

func (ten) Grad(grad []float32, e, each []float64, x []float32, phi func(i int) energy.Formula) {
	var k, w [energy.Classes]float64
	for i := range e {
		p := x[i*energy.Pixels : (i+1)*energy.Pixels]
		for y := range k {
			k[y] = 0
			for _, v := range p {
				d := float64(v) - float64(y)/10
				k[y] += d * d / 2
			}
		}
		e[i] = phi(i).Combine(w[:], k[:])
		copy(each[i*len(k):], k[:])
		for j, v := range p {
			g := 0.0
			for y, w := range w {
				g += w * (float64(v) - float64(y)/10)
			}
			grad[i*energy.Pixels+j] = float32(g)
		}
	}
}

func draw(t *testing.T, family energy.Family, args string) (options, []float32) {
	t.Helper()
	o, err := parse(strings.Fields(args), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	ticks := 0
	state, frames, err := o.draw(context.Background(), family, func() { ticks++ })
	if err != nil {
		t.Fatal(err)
	}
	if ticks != o.fall+o.steps+1 {
		t.Errorf("%d ticks for %d steps", ticks, o.fall+o.steps)
	}
	if err := o.write(state.X, frames); err != nil {
		t.Fatal(err)
	}
	return o, state.X
}

func TestDraw(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }

	// Each image falls to its own class; the split changes nothing.
	args := " -n 40 -class 509 -guidance 1 -fall 20 -steps 3 -temperature 0 -stepsize 1 -o "
	_, one := draw(t, ten{}, args+path("images.idx3-ubyte"))
	_, three := draw(t, energy.Split{ten{}, ten{}, ten{}}, args+path("a.png"))
	if !slices.Equal(one, three) {
		t.Error("the images depend on how they are shared out")
	}
	for i, want := range []byte{5, 0, 9, 5} {
		if got := one[i*energy.Pixels]; got != float32(want)/10 {
			t.Errorf("image %d ends at %v, want class %d", i, got, want)
		}
	}

	f, err := os.Open(path("images.idx3-ubyte"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, shape, err := mnist.DecodeIDX(f, 3)
	if err != nil || shape[0] != 40 || data[0] != 191 || data[784] != 128 {
		t.Errorf("error %v, shape %v", err, shape)
	}
	b, err := os.ReadFile(path("labels.idx1-ubyte"))
	if err != nil || !bytes.Equal(b[8:12], []byte{5, 0, 9, 5}) {
		t.Errorf("labels %v, error %v", b, err)
	}

	b, err = os.ReadFile(path("a.png"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := png.Decode(bytes.NewReader(b)); err != nil {
		t.Error(err)
	}

	draw(t, ten{}, "-n 2 -fall 7 -steps 0 -o "+path("a.gif"))
	b, err = os.ReadFile(path("a.gif"))
	if err != nil {
		t.Fatal(err)
	}
	if g, err := gif.DecodeAll(bytes.NewReader(b)); err != nil || len(g.Image) != 8 {
		t.Errorf("error %v, frames of 7 steps: %d", err, len(g.Image))
	}
}

func TestStop(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	o, _ := parse([]string{"-n", "1"}, io.Discard)
	ticks := 0
	_, _, err := o.draw(ctx, ten{}, func() {
		if ticks++; ticks == 3 {
			stop()
		}
	})
	if err == nil || !strings.Contains(err.Error(), "stopped after 2 of 160 steps") {
		t.Errorf("error %v", err)
	}
}
