package main

import (
	"fmt"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"inkwell/core/energy"
	"inkwell/core/eval"
	"inkwell/core/mnist"
	"inkwell/core/picture"
	"inkwell/core/sampler"
)

// Samples are judged by another net: a classifier that was trained apart from
// the energy, on whose features f(x) clouds of images are compared.
const neighbours = 5 // of precision, recall, density, coverage

// guidances are the weights of the class in E(x) − w log p(y|x).
var guidances = []float64{1, 2, 4, 8, 12}

// perSample is the number of gradients behind a sample.
const perSample = fall + simmer + 1

// judgement is what the judge makes of images.
type judgement struct {
	features []float32 // (n, F)
	class    []byte    // (n): the likeliest
}

// ask has the judge look at images x (n, 784).
func (e *evaluation) ask(x []float32) judgement {
	f := e.judge.Features()
	n := len(x) / mnist.Pixels
	j := judgement{make([]float32, n*f), make([]byte, n)}
	b := e.judge.NewBatch(energy.Block)
	b.Features(j.features, x)
	each := make([]float64, n*energy.Classes)
	phi := energy.Marginal(energy.Classes)
	b.Grad(nil, make([]float64, n), each, x, func(int) energy.Formula { return phi })
	for i := range j.class {
		own := each[i*energy.Classes : (i+1)*energy.Classes]
		j.class[i] = byte(slices.Index(own, slices.Min(own)))
	}
	return j
}

// agree is the share of classes that are the labels, in per cent, and its
// standard error.
func agree(class, label []byte) (share, err float64) {
	n := 0
	for i, y := range class {
		if y == label[i] {
			n++
		}
	}
	p, err := proportion(n, len(class))
	return p, err
}

// proportion is k of n in per cent and its standard error.
func proportion(k, n int) (share, err float64) {
	p := float64(k) / float64(n)
	return 100 * p, 100 * math.Sqrt(p*(1-p)/float64(n))
}

// draw returns n samples (n, 784) of the shipped settings, clipped to
// [−1, 1], and how many of their chains stopped on the way.
func (e *evaluation) draw(n int, seed uint64, phi func(i int) energy.Formula) (x []float32, stopped int, err error) {
	const together = 512
	schedule := sampler.Fall(fall).Then(fall, sampler.Constant(stepSize, temperature))
	for lo := 0; lo < n; lo += together {
		m := min(together, n-lo)
		s := sampler.NewState(m, mnist.Pixels)
		for i := range m {
			s.Restart(i, sampler.Stream(seed, uint64(lo+i)))
		}
		target := &energy.Composition{Family: e.family, Phi: func(i int) energy.Formula { return phi(lo + i) }}
		info := sampler.Info{}
		for range perSample {
			info = sampler.Langevin(s, target, schedule)
			if err := e.tick(m); err != nil {
				return nil, 0, err
			}
		}
		stopped += info.Stopped
		for _, v := range s.X {
			x = append(x, max(-1, min(1, v)))
		}
	}
	return x, stopped, nil
}

// samples compares unconditional samples with the test set, and
// class-conditional ones with what was asked for.
func (e *evaluation) samples() error {
	group := fmt.Sprintf("%d samples, seen by the judge", e.size.samples)
	n := min(e.size.samples, e.train.Len())
	marginal := energy.Marginal(energy.Classes)
	x, stopped, err := e.draw(n, sampler.Stream(e.seed, 1), func(int) energy.Formula { return marginal })
	if err != nil {
		return err
	}
	// As many training images, and as much noise, for comparison.
	rng := rand.New(rand.NewPCG(e.seed, 2))
	some, noise := make([]float32, n*mnist.Pixels), make([]float32, n*mnist.Pixels)
	for i, k := range rng.Perm(e.train.Len())[:n] {
		e.train.Image(some[i*mnist.Pixels:], k)
	}
	for i := range noise {
		noise[i] = float32(max(-1, min(1, rng.NormFloat64())))
	}
	f := e.judge.Features()
	test := e.ask(images(e.test, e.test.Len()))
	share, se := agree(test.class, e.test.Labels)
	e.add(group, "the judge's own test accuracy", share, se, "%")
	data := eval.Fit(test.features, f)
	for _, cloud := range []struct {
		name   string
		images []float32
	}{{"samples", x}, {"as many training images (the floor)", some}, {"as much noise (the ceiling)", noise}} {
		j := e.ask(cloud.images)
		e.add(group, "Fréchet distance to the test set, "+cloud.name, eval.Frechet(eval.Fit(j.features, f), data), 0, "")
		if &cloud.images[0] == &noise[0] {
			continue
		}
		m := eval.Compare(test.features, j.features, f, neighbours)
		e.add(group, "precision, "+cloud.name, m.Precision, 0, "")
		e.add(group, "recall, "+cloud.name, m.Recall, 0, "")
		e.add(group, "density, "+cloud.name, m.Density, 0, "")
		e.add(group, "coverage, "+cloud.name, m.Coverage, 0, "")
		if &cloud.images[0] != &x[0] {
			continue
		}
		var count [energy.Classes]int
		for _, y := range j.class {
			count[y]++
		}
		for y, k := range count {
			share, se := proportion(k, n)
			e.add(group, fmt.Sprintf("share of the digit %d", y), share, se, "%")
		}
	}
	e.add(group, "chains stopped", float64(stopped), 0, "")

	group = fmt.Sprintf("%d samples of each guidance", e.size.guided)
	label := make([]byte, e.size.guided)
	for i := range label {
		label[i] = byte(i % energy.Classes)
	}
	for _, w := range guidances {
		var phi [energy.Classes]energy.Formula
		for y := range phi {
			phi[y] = energy.Guided(y, energy.Classes, w)
		}
		// Each from the same noise.
		got, _, err := e.draw(len(label), sampler.Stream(e.seed, 2), func(i int) energy.Formula { return phi[label[i]] })
		if err != nil {
			return err
		}
		share, se := agree(e.ask(got).class, label)
		e.add(group, fmt.Sprintf("guidance %v: the judge sees the class asked for", w), share, se, "%")
	}
	return e.nearest(x[:min(n, 20)*mnist.Pixels])
}

// nearest draws samples above their nearest training images.
func (e *evaluation) nearest(x []float32) error {
	all := images(e.train, e.train.Len())
	index, _ := eval.Nearest(x, all, mnist.Pixels)
	show := slices.Clone(x)
	for _, k := range index {
		show = append(show, all[k*mnist.Pixels:(k+1)*mnist.Pixels]...)
	}
	return e.draws("neighbours.png", show, len(index))
}

// draws writes a picture of images in rows of cols.
func (e *evaluation) draws(name string, x []float32, cols int) error {
	f, err := os.Create(filepath.Join(e.dir, name))
	if err != nil {
		return err
	}
	defer f.Close()
	return png.Encode(f, picture.Grid(x, cols, 2))
}
