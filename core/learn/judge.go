package learn

import (
	"context"
	"math/rand/v2"
	"runtime"

	"inkwell/core/energy"
	"inkwell/core/internal/kernel"
	"inkwell/core/mnist"
	"inkwell/core/nn"
)

// The judge: a classifier that is not the model, trained on the class loss
// alone with images shifted by up to two pixels. Its layers differ from the
// model's, its energies mean nothing but their softmax.
const (
	JudgeSteps              = 6000
	judgeArch   energy.Arch = "conv20k5s2 conv40k5s2 res40k3 fc160 fc64"
	judgeBatch              = 128
	judgeRate               = 2e-3
	judgeShift              = 2
	judgeDecay              = 0.998 // of the average
	judgeWeight             = 1e-4  // decoupled weight decay, times the rate
)

// Judge trains a classifier. progress is told the number of updates done.
func Judge(ctx context.Context, set *mnist.Set, seed uint64, progress func(step int, loss float64)) (*energy.Net, error) {
	c := Recipe()
	c.Arch, c.Seed = judgeArch, seed
	c.Steps, c.Batch[0] = [2]int{JudgeSteps, 0}, judgeBatch
	r, err := Start(c, set)
	if err != nil {
		return nil, err
	}
	mean := 0.0
	image := make([]float32, energy.Pixels)
	for step := range JudgeSteps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		rng := rand.New(rand.NewPCG(seed, uint64(step)))
		labels := make([]int, judgeBatch)
		for i := range judgeBatch {
			k := rng.IntN(set.Len())
			set.Image(image, k)
			labels[i] = int(set.Labels[k])
			shift(row(r.work[i/energy.Block].x, i%energy.Block), image, rng.IntN(2*judgeShift+1)-judgeShift, rng.IntN(2*judgeShift+1)-judgeShift)
		}
		r.parallel(judgeBatch/energy.Block, func(k int, l *energy.Learner) {
			g, b := r.grads[k], &r.work[k]
			clear(g)
			b.loss = Losses{}
			l.Forward(b.each, b.x)
			for j := range energy.Block {
				at := j * energy.Classes
				b.loss.Class += classLoss(b.c[at:at+energy.Classes], b.each[at:at+energy.Classes], labels[k*energy.Block+j], 1.0/judgeBatch)
			}
			l.Accumulate(g, nil, false, b.c)
		})
		loss := 0.0
		for k := range judgeBatch / energy.Block {
			loss += r.work[k].loss.Class / judgeBatch
			if k > 0 {
				kernel.Add(r.grads[0], r.grads[k])
			}
		}
		rate := nn.Cosine(judgeRate, step, 200, JudgeSteps)
		r.adam.Update(r.Net.Theta, r.grads[0], rate)
		kernel.Scale(r.Net.Theta, 1-rate*judgeWeight)
		nn.EMA(r.Average, r.Net.Theta, min(judgeDecay, float32(1+step)/float32(10+step)))
		r.Net.Pack()
		mean += 0.02 * (loss - mean)
		progress(step+1, mean)
	}
	return r.Weights(), nil
}

// shift moves an image by (dx, dy), filling with background.
func shift(dst, src []float32, dx, dy int) {
	for y := range energy.Side {
		for x := range energy.Side {
			v := float32(-1)
			if sy, sx := y-dy, x-dx; sy >= 0 && sy < energy.Side && sx >= 0 && sx < energy.Side {
				v = src[sy*energy.Side+sx]
			}
			dst[y*energy.Side+x] = v
		}
	}
}

// ClassEnergies returns the class energies E(x,y) of a set's images, (n, 10).
func ClassEnergies(net *energy.Net, set *mnist.Set) []float64 {
	x := make([]float32, set.Len()*energy.Pixels)
	for i := range set.Len() {
		set.Image(row(x, i), i)
	}
	return Classify(net, x)
}

// Classify returns the class energies of the images x (n, 784), as (n, 10).
func Classify(net *energy.Net, x []float32) []float64 {
	n := len(x) / energy.Pixels
	each := make([]float64, n*energy.Classes)
	family(net, max(n, runtime.GOMAXPROCS(0)*energy.Block)).Grad(nil, make([]float64, n), each, x, func(int) energy.Formula { return marginal })
	return each
}
