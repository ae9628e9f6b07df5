// Sample draws digits: chains fall from noise along −∇E, then simmer.
//
//	go run ./core/sample -class 7 -guidance 4 -o sevens.png
//
// The ending of -o decides what is written: a grid as .png, the fall as an
// animated .gif, or the images in MNIST's own format as .idx3-ubyte, with the
// labels beside it as .idx1-ubyte if -class asked for some. The images depend
// on the flags and the weights alone, not on the number of cores.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/gif"
	"image/png"
	"io"
	"math"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/schollz/progressbar/v3"

	"inkwell/core/energy"
	"inkwell/core/mnist"
	"inkwell/core/picture"
	"inkwell/core/sampler"
	"inkwell/weights"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	o, err := parse(os.Args[1:], os.Stderr)
	if err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "sample:", err)
			os.Exit(2)
		}
		return
	}
	if err := run(ctx, o, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "sample:", err)
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	n           int
	class       string // digits that the images take turns in; "" for any
	guidance    float64
	fall, steps int
	stepSize    float64
	temperature float64
	seed        uint64
	weights     string
	out         string
}

// What -o can end in.
const (
	pngFile = ".png"
	gifFile = ".gif"
	idxFile = ".idx3-ubyte"
)

// parse reads the flags. An error is one line for the user.
func parse(args []string, stderr io.Writer) (o options, err error) {
	f := flag.NewFlagSet("sample", flag.ContinueOnError)
	f.SetOutput(io.Discard) // the error is printed once, by main
	f.IntVar(&o.n, "n", 100, "number of images")
	f.StringVar(&o.class, "class", "any", "the `digit` to draw, or several, such as 0123456789, in turn")
	f.Float64Var(&o.guidance, "guidance", 8, "how much the class counts: 0 ignores it, 1 is E(x,y), more insists")
	f.IntVar(&o.fall, "fall", 60, "steps of the fall, at temperature 0 and step size 1/fall")
	f.IntVar(&o.steps, "steps", 100, "steps of Langevin dynamics after the fall")
	f.Float64Var(&o.stepSize, "stepsize", 0.02, "step size η of these")
	f.Float64Var(&o.temperature, "temperature", 0.05, "temperature T of these")
	f.Uint64Var(&o.seed, "seed", 1, "seed of the noise")
	f.StringVar(&o.weights, "weights", "", "safetensors `file` of weights (default: those that ship)")
	f.StringVar(&o.out, "o", "samples.png", "`file` to write: .png, .gif or .idx3-ubyte")
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(stderr, "Usage: sample [flags]")
			f.SetOutput(stderr)
			f.PrintDefaults()
		}
		return o, err
	}
	ending := o.ending()
	if o.class == "any" {
		o.class = ""
	}
	// so that the images, and all frames of the animation, fit in memory
	most := map[string]int{pngFile: 10_000, gifFile: 1_000, idxFile: 100_000}[ending]
	switch {
	case f.NArg() > 0:
		return o, fmt.Errorf("%q is no flag; -h lists them", f.Arg(0))
	case most == 0:
		return o, fmt.Errorf("-o %s: want a name that ends in %s, %s or %s", o.out, pngFile, gifFile, idxFile)
	case o.n < 1 || o.n > most:
		return o, fmt.Errorf("-n %d: want 1 to %d images in a file %s", o.n, most, ending)
	case strings.Trim(o.class, "0123456789") != "" || len(o.class) > o.n:
		return o, fmt.Errorf("-class %s: want any, a digit, or at most n digits", o.class)
	case !(math.Abs(o.guidance) <= 1000):
		return o, fmt.Errorf("-guidance %v: want −1000 to 1000", o.guidance)
	case o.fall < 0 || o.fall > 1_000_000:
		return o, fmt.Errorf("-fall %d: want 0 to 1000000", o.fall)
	case o.steps < 0 || o.steps > 1_000_000:
		return o, fmt.Errorf("-steps %d: want 0 to 1000000", o.steps)
	case !(o.stepSize > 0 && o.stepSize <= 100):
		return o, fmt.Errorf("-stepsize %v: want more than 0, at most 100", o.stepSize)
	case !(o.temperature >= 0 && o.temperature <= 1000):
		return o, fmt.Errorf("-temperature %v: want 0 to 1000", o.temperature)
	}
	return o, nil
}

func (o options) ending() string {
	for _, e := range []string{pngFile, gifFile, idxFile} {
		if strings.HasSuffix(o.out, e) {
			return e
		}
	}
	return ""
}

// schedule is the fall, then Langevin dynamics.
func (o options) schedule() sampler.Schedule {
	simmer := sampler.Constant(float32(o.stepSize), float32(o.temperature))
	return sampler.Fall(o.fall).Then(o.fall, simmer)
}

// formula is the energy that image i follows.
func (o options) formula(i int) energy.Formula {
	if o.class == "" {
		return energy.Marginal(energy.Classes)
	}
	return energy.Guided(int(o.label(i)), energy.Classes, o.guidance)
}

func (o options) label(i int) byte { return o.class[i%len(o.class)] - '0' }

// run draws and writes the images.
func run(ctx context.Context, o options, stderr io.Writer) error {
	// Find out before the work, not after it, that there is no such folder.
	if info, err := os.Stat(filepath.Dir(o.out)); err != nil {
		return err
	} else if !info.IsDir() {
		return fmt.Errorf("%s is no folder", filepath.Dir(o.out))
	}
	data, name := weights.Inkwell, "the weights that ship"
	if o.weights != "" {
		var err error
		if data, err = os.ReadFile(o.weights); err != nil {
			return err
		}
		name = o.weights
	}
	net, err := energy.Load(data)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	cores := runtime.GOMAXPROCS(0)
	var family energy.Split
	for range cores {
		family = append(family, net.NewBatch(o.n/cores+1))
	}
	bar := progressbar.NewOptions(o.fall+o.steps+1,
		progressbar.OptionSetWriter(stderr), progressbar.OptionSetDescription("sampling"),
		progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(100e6), progressbar.OptionClearOnFinish())
	state, frames, err := o.draw(ctx, family, func() { bar.Add(1) })
	bar.Finish()
	if err != nil {
		return err
	}
	if err := o.write(state.X, frames); err != nil {
		return err
	}
	stopped := 0
	for _, err := range state.Err {
		if err != nil {
			stopped++
		}
	}
	if stopped > 0 {
		return fmt.Errorf("%d of %d chains stopped on the way and are drawn as they were; the first: %w", stopped, o.n, cmp.Or(state.Err...))
	}
	fmt.Fprintf(stderr, "%s: %d images\n", o.out, o.n)
	return nil
}

// draw runs the chains, calling tick after each evaluation, and returns them,
// and for an animation its frames, about 80 of them, more of the fall.
func (o options) draw(ctx context.Context, family energy.Family, tick func()) (*sampler.State, []*image.Paletted, error) {
	state := sampler.NewState(o.n, energy.Pixels)
	phi := make([]energy.Formula, o.n)
	for i := range o.n {
		state.Restart(i, sampler.Stream(o.seed, uint64(i)))
		phi[i] = o.formula(i)
	}
	target := &energy.Composition{Family: family, Phi: func(i int) energy.Formula { return phi[i] }}
	schedule := o.schedule()
	var frames []*image.Paletted
	for step := range o.fall + o.steps + 1 { // the first only evaluates
		if ctx.Err() != nil {
			return nil, nil, fmt.Errorf("stopped after %d of %d steps; nothing was written", max(step-1, 0), o.fall+o.steps)
		}
		sampler.Langevin(state, target, schedule)
		if o.ending() == gifFile && (step == o.fall+o.steps || o.shown(step)) {
			frames = append(frames, o.grid(state.X, 2))
		}
		tick()
	}
	return state, frames, nil
}

// shown reports whether the animation has a frame after this step: 50 of the
// fall, 30 of what follows.
func (o options) shown(step int) bool {
	if step <= o.fall {
		return step%((o.fall+49)/50) == 0
	}
	return (step-o.fall)%((o.steps+29)/30) == 0
}

// grid draws the images, with whole turns of the classes in a row.
func (o options) grid(x []float32, scale int) *image.Paletted {
	cols := int(math.Ceil(math.Sqrt(float64(o.n))))
	if k := len(o.class); k > 1 && k <= 2*cols {
		cols = (cols + k/2) / k * k
		cols = max(cols, k)
	}
	return picture.Grid(x, cols, scale)
}

// write writes the file, and the one of labels.
func (o options) write(x []float32, frames []*image.Paletted) error {
	switch o.ending() {
	case pngFile:
		scale := max(1, min(4, 1200/(29*int(math.Sqrt(float64(o.n))))))
		return create(o.out, func(w io.Writer) error { return png.Encode(w, o.grid(x, scale)) })
	case gifFile:
		return create(o.out, func(w io.Writer) error { return gif.EncodeAll(w, picture.Animate(frames, 5, 200)) })
	}
	data := make([]byte, len(x))
	picture.Bytes(data, x)
	err := create(o.out, func(w io.Writer) error {
		return mnist.EncodeIDX(w, data, o.n, mnist.Side, mnist.Side)
	})
	if err != nil || o.class == "" {
		return err
	}
	labels := make([]byte, o.n)
	for i := range labels {
		labels[i] = o.label(i)
	}
	return create(o.labels(), func(w io.Writer) error { return mnist.EncodeIDX(w, labels, o.n) })
}

// labels is the name of the file of labels: as MNIST has it, train-images…
// beside train-labels….
func (o options) labels() string {
	dir, file := filepath.Split(strings.TrimSuffix(o.out, idxFile))
	return dir + strings.Replace(file, "images", "labels", 1) + ".idx1-ubyte"
}

// create writes a file, and leaves none behind if that fails.
func create(path string, encode func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := errors.Join(encode(f), f.Close()); err != nil {
		os.Remove(path)
		return err
	}
	return nil
}
