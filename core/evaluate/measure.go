package main

import (
	"fmt"
	"image/color"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"inkwell/core/energy"
	"inkwell/core/eval"
	"inkwell/core/mnist"
	"inkwell/core/sampler"
)

// The shipped settings: the fall, then Langevin dynamics.
const (
	fall        = 60
	simmer      = 100
	stepSize    = 0.02
	temperature = 0.05
)

// size is how much is measured.
type size struct {
	test    int // images of the test set, as a classifier and against outliers
	repair  int // images to repair, of each kind of damage
	chains  int // long chains
	steps   int // and their steps
	repeats int // of the bootstrap
	samples int // unconditional, for the judge
	guided  int // of each guidance, for the judge
}

var (
	full  = size{test: 10_000, repair: 500, chains: 64, steps: 10_000, repeats: 100, samples: 10_000, guided: 1_000}
	quick = size{test: 1_000, repair: 32, chains: 16, steps: 500, repeats: 20, samples: 1_000, guided: 200}
)

// evaluation measures a net. tick hears of every image whose energy or
// gradient was asked for, and may end it all with an error.
type evaluation struct {
	size
	seed    uint64
	dir     string // for pictures
	net     *energy.Net
	bytes   int
	family  energy.Split
	judge   *energy.Net // or nil, to do without
	train   *mnist.Set
	test    *mnist.Set
	foreign *mnist.Set // or nil
	tick    func(images int) error
	figures []figure
}

// kinds of damage to repair
var (
	noises  = []float64{0.25, 0.5, 1}
	shrinks = []int{4, 2}
)

// steps of a repair
const settle = 20 // at temperature 0, to end with

func repairSteps() int { return fall + 2*simmer + settle + 1 }

// work is the number of images tick will hear of.
func (e *evaluation) work() int {
	n := min(e.test.Len(), e.size.test)
	sets := 1 + 7
	if e.foreign != nil {
		sets++
	}
	kinds := len(noises) + len(shrinks) + 2
	work := n*sets + min(e.repair, e.test.Len())*kinds*repairSteps() + e.chains*(e.steps+1+simmer+1)
	if e.judge != nil {
		work += (min(e.size.samples, e.train.Len()) + len(guidances)*e.guided) * perSample
	}
	return work
}

func (e *evaluation) add(group, name string, value, err float64, unit string) {
	e.figures = append(e.figures, figure{group, name, number(value), number(err), unit})
}

func (e *evaluation) measure() error {
	n := min(e.test.Len(), e.size.test)
	x := images(e.test, n)
	in, p, err := e.beliefs(x)
	if err != nil {
		return err
	}
	if err := e.classifier(p, e.test.Labels[:n]); err != nil {
		return err
	}
	if err := e.outliers(x, in, p); err != nil {
		return err
	}
	if e.judge != nil {
		if err := e.samples(); err != nil {
			return err
		}
	}
	if err := e.repairs(); err != nil {
		return err
	}
	if err := e.langevin(in); err != nil {
		return err
	}
	const cost = "cost"
	e.add(cost, "one forward pass", float64(e.net.MACs())/1e6, 0, "million multiply-adds")
	e.add(cost, "one gradient", 2*float64(e.net.MACs())/1e6, 0, "million multiply-adds")
	e.add(cost, "gradients of a sample", perSample, 0, "")
	e.add(cost, "weights", float64(e.bytes), 0, "bytes")
	return nil
}

func images(s *mnist.Set, n int) []float32 {
	x := make([]float32, n*mnist.Pixels)
	for i := range n {
		s.Image(x[i*mnist.Pixels:], i)
	}
	return x
}

// beliefs returns E(x) (n) and p(y|x) (n, 10) of the images.
func (e *evaluation) beliefs(x []float32) (es, p []float64, err error) {
	c := energy.Compose(e.family, energy.Marginal(energy.Classes))
	for part := range slices.Chunk(x, 256*mnist.Pixels) {
		n := len(part) / mnist.Pixels
		es = append(es, make([]float64, n)...)
		own := es[len(es)-n:]
		c.Grad(nil, own, part)
		for i, each := range c.Each {
			p = append(p, math.Exp(own[i/energy.Classes]-each))
		}
		if err := e.tick(n); err != nil {
			return nil, nil, err
		}
	}
	return es, p, nil
}

func (e *evaluation) classifier(p []float64, labels []byte) error {
	const group = "the joint model as a classifier"
	const k = energy.Classes
	const bins = 15
	b := eval.Judge(p, labels, bins)
	pick, y := make([]float64, len(p)), make([]byte, len(labels))
	of := func(figure func(eval.Belief) float64) float64 {
		return eval.Bootstrap(len(labels), e.repeats, e.seed, func(index []int) float64 {
			for i, j := range index {
				copy(pick[i*k:(i+1)*k], p[j*k:])
				y[i] = labels[j]
			}
			return figure(eval.Judge(pick, y, bins))
		})
	}
	e.add(group, "test accuracy", 100*b.Accuracy, 100*of(func(b eval.Belief) float64 { return b.Accuracy }), "%")
	e.add(group, "expected calibration error", 100*b.Calibration, 100*of(func(b eval.Belief) float64 { return b.Calibration }), "%")
	e.add(group, "Brier score", b.Brier, of(func(b eval.Belief) float64 { return b.Brier }), "")
	return reliability(filepath.Join(e.dir, "reliability.png"), b)
}

// reliability draws accuracy against confidence.
func reliability(path string, b eval.Belief) error {
	plt := plot.New()
	plt.Title.Text = fmt.Sprintf("Reliability: calibration error %.2f %%", 100*b.Calibration)
	plt.X.Label.Text, plt.Y.Label.Text = "confidence", "accuracy"
	plt.X.Min, plt.X.Max, plt.Y.Min, plt.Y.Max = 0, 1, 0, 1
	var points plotter.XYs
	for _, bin := range b.Bins {
		if bin.N > 0 {
			points = append(points, plotter.XY{X: bin.Confidence, Y: bin.Accuracy})
		}
	}
	line, dots, err := plotter.NewLinePoints(points)
	if err != nil {
		return err
	}
	ideal := plotter.NewFunction(func(x float64) float64 { return x })
	ideal.Color = color.Gray{170}
	plt.Add(ideal, line, dots)
	return plt.Save(5*vg.Inch, 5*vg.Inch, path)
}

func (e *evaluation) outliers(x []float32, in, p []float64) error {
	const group = "outliers: AUROC"
	sets := eval.Outliers(x, e.seed)
	if e.foreign != nil {
		sets = append(sets, eval.Foreign{Name: "foreign", Images: images(e.foreign, min(e.foreign.Len(), len(in)))})
	}
	inDoubt := doubt(p)
	for _, s := range sets {
		out, q, err := e.beliefs(s.Images)
		if err != nil {
			return err
		}
		both := func(by string, in, out []float64) {
			a, b := make([]float64, len(in)), make([]float64, len(out))
			se := eval.Bootstrap(max(len(in), len(out)), min(e.repeats, 20), e.seed, func(index []int) float64 {
				for i := range a {
					a[i] = in[index[i]%len(in)]
				}
				for i := range b {
					b[i] = out[index[len(index)-1-i]%len(out)]
				}
				return eval.AUROC(a, b)
			})
			e.add(group, s.Name+", by "+by, eval.AUROC(in, out), se, "")
		}
		both("E(x)", in, out)
		both("max p(y|x)", inDoubt, doubt(q))
	}
	return nil
}

// doubt is 1 − max p(y|x) of each image.
func doubt(p []float64) (d []float64) {
	for row := range slices.Chunk(p, energy.Classes) {
		d = append(d, 1-slices.Max(row))
	}
	return d
}

func (e *evaluation) repairs() error {
	n := min(e.repair, e.test.Len())
	x := images(e.test, n)
	rng := rand.New(rand.NewPCG(e.seed, 1))
	rows := [][]float32{x} // of the picture: the truth, then damage and repair
	report := func(name string, got []float32) {
		got = slices.Clone(got)
		for i, v := range got {
			got[i] = max(-1, min(1, v))
		}
		var psnr, ssim []float64
		for i := range n {
			a, b := got[i*mnist.Pixels:(i+1)*mnist.Pixels], x[i*mnist.Pixels:(i+1)*mnist.Pixels]
			psnr, ssim = append(psnr, eval.PSNR(a, b)), append(ssim, eval.SSIM(a, b))
		}
		const group = "restoration"
		root := math.Sqrt(float64(n))
		e.add(group, name+": PSNR", stat.Mean(psnr, nil), stat.StdDev(psnr, nil)/root, "dB")
		e.add(group, name+": SSIM", stat.Mean(ssim, nil), stat.StdDev(ssim, nil)/root, "")
		if e.judge != nil {
			share, se := agree(e.ask(got).class, e.test.Labels)
			e.add(group, name+": the judge sees the class", share, se, "%")
		}
		rows = append(rows, got)
	}
	prior := energy.Compose(e.family, energy.Marginal(energy.Classes))
	simmering := sampler.Constant(stepSize, temperature)
	settling := sampler.Constant(stepSize, 0)
	fromNoise := sampler.Fall(fall).Then(fall, simmering.Then(2*simmer, settling))
	base := make([]float32, len(x))

	for _, sigma := range noises {
		y := slices.Clone(x)
		for i := range y {
			y[i] += float32(sigma * rng.NormFloat64())
		}
		name := fmt.Sprintf("noise σ = %v", sigma)
		report(name+", left", y)
		eval.Median(base, y, nil)
		report(name+", median 3×3", base)
		p := &eval.Posterior{Prior: prior, Y: y, Factor: 1, Weight: temperature / (sigma * sigma)}
		got, err := e.chain(p, y, nil, simmering.Then(fall+2*simmer, settling))
		if err != nil {
			return err
		}
		report(name+", energy", got)
	}
	for _, name := range []string{"right half missing", "70 % missing"} {
		known, y := make([]bool, len(x)), slices.Clone(x)
		for i := range known {
			if known[i] = i%mnist.Side < mnist.Side/2; name[0] == '7' {
				known[i] = rng.Float64() >= 0.7
			}
			if !known[i] {
				y[i] = float32(rng.NormFloat64())
			}
		}
		eval.Median(base, y, known)
		report(name+", median", base)
		got, err := e.chain(prior, y, known, fromNoise)
		if err != nil {
			return err
		}
		report(name+", energy", got)
	}
	for _, f := range shrinks {
		m := mnist.Side / f
		y := make([]float32, len(x)/f/f)
		eval.Shrink(y, x, f)
		name := fmt.Sprintf("from %d×%d", m, m)
		eval.Bicubic(base, y, m)
		report(name+", bicubic", base)
		// Measured to a fiftieth: the stiffest direction has curvature
		// Weight/f² < 32, stable up to step sizes of 2/32.
		const sigma = 0.02
		p := &eval.Posterior{Prior: prior, Y: y, Factor: f, Weight: temperature / (sigma * sigma)}
		got, err := e.chain(p, nil, nil, fromNoise)
		if err != nil {
			return err
		}
		report(name+", energy", got)
	}

	var show []float32 // a dozen columns of each row
	cols := min(n, 12)
	for _, row := range rows {
		show = append(show, row[:cols*mnist.Pixels]...)
	}
	return e.draws("restoration.png", show, cols)
}

// chain runs one repair for each image: from x, or noise if it is nil, with
// the known pixels held.
func (e *evaluation) chain(target sampler.Energy, x []float32, known []bool, schedule sampler.Schedule) ([]float32, error) {
	n := min(e.repair, e.test.Len())
	s := sampler.NewState(n, mnist.Pixels)
	for i := range n {
		var start []float32
		if x != nil {
			start = x[i*mnist.Pixels : (i+1)*mnist.Pixels]
		}
		s.Start(i, sampler.Stream(e.seed, uint64(i)), start)
	}
	s.Held = known
	for range repairSteps() {
		sampler.Langevin(s, target, schedule)
		if err := e.tick(n); err != nil {
			return nil, err
		}
	}
	for _, err := range s.Err {
		if err != nil {
			return nil, err
		}
	}
	return s.X, nil
}

// langevin follows long chains from noise; data are energies of test images.
func (e *evaluation) langevin(data []float64) error {
	group := fmt.Sprintf("%d chains of %d Langevin steps", e.chains, e.steps)
	const every = 10
	s := sampler.NewState(e.chains, mnist.Pixels)
	for i := range e.chains {
		s.Restart(i, sampler.Stream(e.seed, uint64(i)))
	}
	target := energy.Compose(e.family, energy.Marginal(energy.Classes))
	schedule := sampler.Constant(stepSize, temperature)
	trace := make([][]float64, e.chains)
	class := make([]int, e.chains)
	changes, watched := 0, 0
	for step := range e.steps + 1 {
		info := sampler.Langevin(s, target, schedule)
		if err := e.tick(e.chains); err != nil {
			return err
		}
		if info.Stopped > 0 {
			e.add(group, "chains stopped", float64(info.Stopped), 0, fmt.Sprintf("at step %d", step))
			return nil
		}
		if step < e.steps/2 || step%every != 0 { // the first half is the way there
			continue
		}
		for i := range trace {
			trace[i] = append(trace[i], s.Energy[i])
			each := target.Each[i*energy.Classes : (i+1)*energy.Classes]
			best := 0
			for y, v := range each {
				if v < each[best] {
					best = y
				}
			}
			if watched > 0 && best != class[i] {
				changes++
			}
			class[i] = best
		}
		watched++
	}
	var all []float64
	for _, t := range trace {
		all = append(all, t...)
	}
	ess := eval.EffectiveSize(trace)
	sorted := slices.Sorted(slices.Values(data))
	low := stat.Quantile(0.05, stat.Empirical, sorted, nil)
	high := stat.Quantile(0.95, stat.Empirical, sorted, nil)
	mean := stat.Mean(all, nil)
	e.add(group, "energy of test images, 5 % quantile", low, 0, "")
	e.add(group, "energy of test images, mean", stat.Mean(data, nil), stat.StdDev(data, nil)/math.Sqrt(float64(len(data))), "")
	e.add(group, "energy of test images, 95 % quantile", high, 0, "")
	e.add(group, "energy of chains, second half, mean", mean, stat.StdDev(all, nil)/math.Sqrt(ess), "")
	e.add(group, "gap, data less chains", stat.Mean(data, nil)-mean, stat.StdDev(all, nil)/math.Sqrt(ess), "")
	first, last := quarter(trace, 0), quarter(trace, 1)
	e.add(group, "drift of the mean within the second half", last-first, 0, "")
	e.add(group, "effective size, per chain and 1,000 steps", ess/float64(e.chains)/float64(e.steps-e.steps/2)*1000, 0, "draws of E")
	e.add(group, "class changes, per chain and 1,000 steps", float64(changes)/float64(e.chains*max(1, watched-1)*every)*1000, 0, "")

	accepted := 0.0
	for step := range simmer + 1 {
		info := sampler.MALA(s, target, schedule)
		if err := e.tick(e.chains); err != nil {
			return err
		}
		if step > 0 {
			accepted += info.Acceptance / simmer
		}
	}
	e.add(group, "MALA acceptance at that step size", accepted, 0, "")
	return nil
}

// quarter is the mean of the first or second half of all traces.
func quarter(trace [][]float64, which int) float64 {
	sum := 0.0
	for _, t := range trace {
		half := len(t) / 2
		sum += stat.Mean(t[which*half:(which+1)*half], nil) / float64(len(trace))
	}
	return sum
}
