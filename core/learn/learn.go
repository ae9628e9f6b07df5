// Package learn trains the joint energy: one call, one update.
//
// Phase 1, joint energy matching, needs no chains. With x₀ ~ N(0,I) and data
// (x₁,y), paired by optimal transport within each class, t ~ U(0,1) and
// x_t = (1−t)x₀ + t·x₁, it descends
//
//	L₁ = ‖−∇ₓE(x_t,y) − (x₁−x₀)‖² − λ log p(y|x_t)
//
// so that the energy's own gradient flow carries noise to digits (Energy
// Matching: Balcerak et al. 2025) and the same net classifies (JEM: Grathwohl
// et al. 2020).
//
// Phase 2, contrastive divergence, makes the wells those of p(x) ∝ exp(−E(x)/T):
//
//	L₂ = L₁ + E(x⁺) − E(x⁻)
//
// with x⁺ data and x⁻ from Langevin chains that a replay buffer keeps alive.
// At temperature T a well holds digits plus noise of about T per pixel, so x⁺
// are data with noise of standard deviation 0.05.
//
// Every random choice of an update is a function of the seed and the update's
// number, and gradients are summed block by block in a fixed order: a run
// depends neither on how often it was interrupted nor on the number of cores.
package learn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"

	"inkwell/core/checkpoint"
	"inkwell/core/energy"
	"inkwell/core/internal/kernel"
	"inkwell/core/mnist"
	"inkwell/core/nn"
	"inkwell/core/sampler"
)

// Config is a recipe. [Recipe] is the one that ships.
type Config struct {
	Arch energy.Arch
	Seed uint64

	Steps     [2]int     // updates of each phase
	Batch     [2]int     // images an update, multiples of energy.Block
	Rate      [2]float64 // peak learning rate
	EMA       [2]float32 // decay of the averaged weights
	Beta1     [2]float32 // of Adam
	Warmup    int        // updates over which the rate of phase 1 rises
	Clip      float64    // gradient norm let through
	Class     float64    // λ, the weight of the class loss
	Transport bool       // pair noise and data by optimal transport

	Chains      int     // chains in the replay buffer
	Langevin    int     // steps of the chains each update
	StepSize    float32 // η
	Temperature float32 // T
	Reinit      float64 // probability that a drawn chain is started afresh
	DataNoise   float32 // standard deviation of the noise on x⁺
}

// Recipe returns the recipe of the weights that ship.
func Recipe() Config {
	return Config{
		Arch:  energy.Default,
		Seed:  1,
		Steps: [2]int{16000, 1200}, Batch: [2]int{128, 64}, Rate: [2]float64{2e-3, 3e-4},
		EMA: [2]float32{0.999, 0.995}, Beta1: [2]float32{0.9, 0.5},
		Warmup: 200, Clip: 200, Class: 20, Transport: true,
		Chains: 1000, Langevin: 10, StepSize: 0.02, Temperature: 0.05, Reinit: 0.05, DataNoise: 0.05,
	}
}

// Check reports the first setting that makes no sense.
func (c *Config) Check() error {
	for p, b := range c.Batch {
		if p == 1 && c.Steps[1] == 0 {
			continue
		}
		if b < energy.Block || b%energy.Block != 0 || b > poolSize || poolSize%b != 0 {
			return fmt.Errorf("learn: batch %d of phase %d: want a power of two from %d to %d", b, p+1, energy.Block, poolSize)
		}
		if c.Steps[p] < 0 || c.Steps[p] > 1e8 {
			return fmt.Errorf("learn: %d updates of phase %d", c.Steps[p], p+1)
		}
		if !(c.Rate[p] > 0 && c.Rate[p] < 1) {
			return fmt.Errorf("learn: learning rate %v of phase %d", c.Rate[p], p+1)
		}
	}
	if c.Steps[1] > 0 && c.Chains < c.Batch[1] {
		return fmt.Errorf("learn: a replay buffer of %d chains is smaller than a batch of %d", c.Chains, c.Batch[1])
	}
	return nil
}

// refill is how many updates a supply of fresh falls for the replay buffer
// lasts. A run may be saved only at multiples of it.
const refill = 5

// A Run is a training run and all its state.
type Run struct {
	Config
	Phase int // 0 or 1; 2 when done
	Step  int // updates done in this phase

	Net     *energy.Net // being trained
	Average []float32   // EMA of Net.Theta
	adam    *nn.Adam
	buffer  *sampler.Buffer

	set      *mnist.Set
	pool     pool
	poolID   int
	learners []*energy.Learner
	grads    [][]float32 // one for each block of a batch
	chains   *sampler.State
	target   *energy.Composition
	fresh    []float32 // falls not yet used, (·, 784)
	work     []block

	good     *checkpoint.File // last good state, in memory
	RollBack int              // times the run went back to its last good state
	slow     float64          // factor on the learning rate, halved at every roll-back
}

// block is the share of a batch that one goroutine works on, with room for
// what it needs.
type block struct {
	x, v, grad []float32
	each, w, c []float64
	loss       Losses
}

// Losses are the figures of one update, means over its images.
type Losses struct {
	Match    float64 // ‖−∇ₓE(x_t,y) − (x₁−x₀)‖²
	Class    float64 // −log p(y|x_t), nats
	Positive float64 // E(x⁺), phase 2 only
	Negative float64 // E(x⁻), phase 2 only
	Norm     float64 // of the gradient, before clipping
}

// Start begins a run.
func Start(c Config, set *mnist.Set) (*Run, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	net, err := energy.New(c.Arch, c.Seed)
	if err != nil {
		return nil, err
	}
	r := &Run{Config: c, Net: net, set: set, slow: 1}
	r.Average = slices.Clone(net.Theta)
	r.adam = nn.NewAdam(len(net.Theta), c.Beta1[0], 0.99, c.Clip)
	r.prepare()
	r.skip()
	return r, nil
}

func (r *Run) prepare() {
	r.poolID = -1
	for range max(1, runtime.GOMAXPROCS(0)) {
		r.learners = append(r.learners, r.Net.NewLearner())
	}
	blocks := max(r.Batch[0], r.Batch[1]) / energy.Block
	for range blocks {
		px, cl := energy.Block*energy.Pixels, energy.Block*energy.Classes
		r.grads = append(r.grads, make([]float32, len(r.Net.Theta)))
		r.work = append(r.work, block{
			x: make([]float32, px), v: make([]float32, px), grad: make([]float32, px),
			each: make([]float64, cl), w: make([]float64, cl), c: make([]float64, cl),
		})
	}
}

// skip moves on from a phase whose updates are all done.
func (r *Run) skip() {
	for r.Phase < 2 && r.Step >= r.Steps[r.Phase] {
		r.Phase, r.Step = r.Phase+1, 0
		if r.Phase == 1 {
			copy(r.Net.Theta, r.Average)
			r.Net.Pack()
			r.adam = nn.NewAdam(len(r.Net.Theta), r.Beta1[1], 0.99, r.Clip)
			r.buffer = sampler.NewBuffer(r.Chains, energy.Pixels, r.Reinit, sampler.Stream(r.Seed, 2))
			r.seedBuffer()
		}
		r.good = nil
	}
}

// Done says whether both phases are over.
func (r *Run) Done() bool { return r.Phase > 1 }

// Update does one update.
func (r *Run) Update() Losses {
	if r.Done() {
		panic("learn: Update: the run is over")
	}
	rng := rand.New(rand.NewPCG(r.Seed, uint64(r.Phase)<<32|uint64(r.Step)))
	batch := r.Batch[r.Phase]
	blocks := batch / energy.Block
	perPool := poolSize / batch
	if id := r.Step / perPool; id != r.poolID || r.Step == 0 {
		id64 := uint64(r.Phase)<<32 | uint64(id)
		r.pool.fill(r.set, r.Transport, rand.New(rand.NewPCG(r.Seed+1, id64)), sampler.Stream(sampler.Stream(r.Seed, 1), id64))
		r.poolID = id
	}
	if r.Phase == 1 {
		r.negatives()
	}
	times := make([]float32, batch)
	for i := range times {
		times[i] = rng.Float32()
	}
	noise := rng.Uint64()
	r.parallel(blocks, func(k int, l *energy.Learner) {
		g, b := r.grads[k], &r.work[k]
		clear(g)
		b.loss = Losses{}
		first := r.Step%perPool*batch + k*energy.Block
		r.match(g, b, l, first, times[k*energy.Block:], batch)
		if r.Phase == 1 {
			r.contrast(g, b, l, k, first, batch, noise)
		}
	})
	for k := 1; k < blocks; k++ {
		kernel.Add(r.grads[0], r.grads[k])
	}
	loss := Losses{}
	for k := range blocks {
		b := r.work[k].loss
		loss.Match += b.Match / float64(batch)
		loss.Class += b.Class / float64(batch)
		loss.Positive += b.Positive / float64(batch)
		loss.Negative += b.Negative / float64(batch)
	}
	warmup := r.Warmup
	if r.Phase == 1 {
		warmup = 20
	}
	rate := nn.Cosine(r.Rate[r.Phase]*r.slow, r.Step, min(warmup, r.Steps[r.Phase]/4), r.Steps[r.Phase])
	loss.Norm = r.adam.Update(r.Net.Theta, r.grads[0], rate)
	decay := min(r.EMA[r.Phase], float32(1+r.Step)/float32(10+r.Step))
	nn.EMA(r.Average, r.Net.Theta, decay)
	r.Net.Pack()
	r.Step++
	r.guard(loss)
	r.skip()
	return loss
}

// parallel calls f for k = 0 … n−1, with one learner a goroutine.
func (r *Run) parallel(n int, f func(k int, l *energy.Learner)) {
	var wait sync.WaitGroup
	next := make(chan int, n)
	for k := range n {
		next <- k
	}
	close(next)
	for _, l := range r.learners {
		wait.Go(func() {
			for k := range next {
				f(k, l)
			}
		})
	}
	wait.Wait()
}

// match adds the gradient of L₁ over one block to g.
func (r *Run) match(g []float32, b *block, l *energy.Learner, first int, times []float32, batch int) {
	const m = energy.Block
	for j := range m {
		t, x, x0, x1 := times[j], row(b.x, j), row(r.pool.x0, first+j), row(r.pool.x1, first+j)
		for i := range x {
			x[i] = (1-t)*x0[i] + t*x1[i]
		}
	}
	l.Forward(b.each, b.x)
	clear(b.w)
	for j := range m {
		y := r.pool.label[first+j]
		b.w[j*energy.Classes+y] = 1
		b.loss.Class += classLoss(b.c[j*energy.Classes:][:energy.Classes], b.each[j*energy.Classes:][:energy.Classes], y, r.Class/float64(batch))
	}
	l.Backward(b.grad, b.w)
	scale := -2 / float32(batch) // ∇_θ‖v‖² = −2 ∇_θ⟨v, ∇ₓE⟩ with v held fixed
	for j := range m {
		v, grad, x0, x1 := row(b.v, j), row(b.grad, j), row(r.pool.x0, first+j), row(r.pool.x1, first+j)
		sum := float32(0)
		for i := range v {
			d := -grad[i] - (x1[i] - x0[i])
			sum += d * d
			v[i] = scale * d
		}
		b.loss.Match += float64(sum)
	}
	l.Accumulate(g, b.v, false, b.c)
}

// classLoss returns −log p(y|x) and writes scale times its derivatives by the
// class energies, 1[k=y] − p(k|x).
func classLoss(c, each []float64, y int, scale float64) float64 {
	e := marginal.Combine(c, each)
	for k := range c {
		c[k] *= -scale
	}
	c[y] += scale
	return each[y] - e
}

var marginal = energy.Marginal(energy.Classes)

// contrast adds the gradient of E(x⁺) − E(x⁻) over one block to g.
func (r *Run) contrast(g []float32, b *block, l *energy.Learner, k, first, batch int, noise uint64) {
	const m = energy.Block
	for _, negative := range []bool{false, true} {
		if negative {
			copy(b.x, r.chains.X[k*m*energy.Pixels:])
		} else {
			kernel.Normal(b.x, noise, uint32(k))
			kernel.Scale(b.x, r.DataNoise)
			kernel.Add(b.x, r.pool.x1[first*energy.Pixels:][:len(b.x)])
		}
		scale := 1 / float64(batch)
		if negative {
			scale = -scale
		}
		l.Forward(b.each, b.x)
		for j := range m {
			c := b.c[j*energy.Classes:][:energy.Classes]
			e := marginal.Combine(c, b.each[j*energy.Classes:][:energy.Classes])
			s := scale
			if negative && r.chains.Err[k*m+j] != nil {
				s, e = 0, 0
			}
			for y := range c {
				c[y] *= s
			}
			if negative {
				b.loss.Negative += e
			} else {
				b.loss.Positive += e
			}
		}
		l.Accumulate(g, nil, false, b.c)
	}
}

// family shares the net's batches among the cores.
func family(net *energy.Net, chains int) energy.Split {
	var s energy.Split
	cores := max(1, min(runtime.GOMAXPROCS(0), chains/energy.Block))
	for range cores {
		s = append(s, net.NewBatch(energy.Block))
	}
	return s
}

// fall returns n points that fell from noise to digits.
func (r *Run) fall(n int, seed uint64) []float32 {
	s := sampler.NewState(n, energy.Pixels)
	for i := range n {
		s.Restart(i, sampler.Stream(seed, uint64(i)))
	}
	target := energy.Compose(family(r.Net, n), marginal)
	for range 61 { // the first call evaluates
		sampler.Langevin(s, target, sampler.Fall(60))
	}
	return s.X
}

// Probe returns the mean energies of a few data, with the noise of x⁺, and of a
// few falls: figures for the log of phase 1, which has no chains of its own.
// It may be called after the first Update, and changes nothing.
func (r *Run) Probe() (data, samples float64) {
	const n = energy.Block
	x := make([]float32, n*energy.Pixels)
	kernel.Normal(x, r.Seed, 0)
	kernel.Scale(x, r.DataNoise)
	kernel.Add(x, r.pool.x1[:len(x)])
	mean := func(x []float32) float64 {
		e := make([]float64, n)
		energy.Compose(family(r.Net, n), marginal).Grad(nil, e, x)
		sum := 0.0
		for _, v := range e {
			sum += v / n
		}
		return sum
	}
	return mean(x), mean(r.fall(n, sampler.Stream(r.Seed, 5)))
}

// seedBuffer fills the replay buffer with falls.
func (r *Run) seedBuffer() {
	copy(r.buffer.X, r.fall(r.Chains, sampler.Stream(r.Seed, 3)))
}

// negatives moves a batch of the buffer's chains to x⁻.
func (r *Run) negatives() {
	if r.chains == nil {
		r.chains = sampler.NewState(r.Batch[1], energy.Pixels)
		r.target = energy.Compose(family(r.Net, r.Batch[1]), marginal)
	}
	if r.Step%refill == 0 {
		// enough for five updates but for one in 10⁴ or so, then noise serves
		n := 32
		r.fresh = r.fall(n, sampler.Stream(sampler.Stream(r.Seed, 4), uint64(r.Step)))
	}
	s := r.chains
	r.buffer.Draw(s)
	for k := range s.N {
		if s.Step[k] == 0 && len(r.fresh) > 0 {
			seed := s.Seed[k]
			s.Start(k, seed, r.fresh[:energy.Pixels])
			r.fresh = r.fresh[energy.Pixels:]
		}
	}
	schedule := sampler.Constant(r.StepSize, r.Temperature)
	for range r.Langevin + 1 {
		sampler.Langevin(s, r.target, schedule)
	}
	r.buffer.Put(s)
}

// guard keeps the last good state, and goes back to it when the run diverges:
// a loss that is not finite, or samples whose energies leave the data's by
// more than 400, where a healthy run stays within some tens.
func (r *Run) guard(loss Losses) {
	gap := math.Abs(loss.Positive - loss.Negative)
	bad := !(loss.Match < 1e5) || !(loss.Norm < 1e8) || !(gap < 400)
	if !bad {
		if r.Step%(20*refill) == 0 {
			f := r.File()
			r.good = &f
		}
		return
	}
	r.RollBack++
	if r.good != nil {
		back, slow := r.RollBack, r.slow
		if err := r.restore(*r.good); err != nil {
			panic("learn: roll-back: " + err.Error()) // the state was made by File
		}
		r.RollBack, r.slow = back, slow/2
	}
}

// Savable says whether File may be called: every five updates.
func (r *Run) Savable() bool { return r.Step%refill == 0 || r.Done() }

// File returns the whole state of the run.
func (r *Run) File() checkpoint.File {
	f := r.Net.File()
	for i := range f.Tensors {
		f.Tensors[i].Data = slices.Clone(f.Tensors[i].Data)
	}
	add := func(name string, x []float32) {
		f.Tensors = append(f.Tensors, checkpoint.Tensor{Name: name, Shape: []int{len(x)}, Type: checkpoint.F32, Data: slices.Clone(x)})
	}
	bits := func(name string, x ...uint64) {
		f.Tensors = append(f.Tensors, checkpoint.Tensor{Name: name, Shape: []int{len(x)}, Type: checkpoint.U64, Bits: slices.Clone(x)})
	}
	add("run.average", r.Average)
	add("run.adam.m", r.adam.M)
	add("run.adam.v", r.adam.V)
	bits("run.counters", uint64(r.Phase), uint64(r.Step), uint64(r.adam.Step), uint64(r.RollBack), math.Float64bits(r.slow))
	if r.buffer != nil {
		add("run.buffer.x", r.buffer.X)
		steps := make([]uint64, len(r.buffer.Step))
		for i, s := range r.buffer.Step {
			steps[i] = uint64(s)
		}
		bits("run.buffer.step", steps...)
		bits("run.buffer.seed", r.buffer.Seed...)
		bits("run.buffer.counters", r.buffer.Draws, r.buffer.Born)
	}
	f.Meta["recipe"] = r.Config.String()
	return f
}

// String is the recipe as one line, by which a resumed run is told from
// another.
func (c Config) String() string {
	type plain Config
	return fmt.Sprintf("%+v", plain(c))
}

// Resume continues the run that File described.
func Resume(c Config, set *mnist.Set, f checkpoint.File) (*Run, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	if f.Meta["recipe"] != c.String() {
		return nil, fmt.Errorf("learn: the checkpoint is of another recipe:\n  there %s\n  here  %s", f.Meta["recipe"], c)
	}
	net, err := energy.FromFile(f)
	if err != nil {
		return nil, err
	}
	net.Meta = nil
	r := &Run{Config: c, Net: net, set: set, slow: 1}
	r.adam = nn.NewAdam(len(net.Theta), c.Beta1[0], 0.99, c.Clip)
	r.Average = make([]float32, len(net.Theta))
	r.prepare()
	if err := r.restore(f); err != nil {
		return nil, err
	}
	return r, nil
}

func (r *Run) restore(f checkpoint.File) error {
	var first error
	floats := func(dst []float32, name string) {
		src, err := f.Floats(name, len(dst))
		if err != nil && first == nil {
			first = err
		}
		copy(dst, src)
	}
	ints := func(name string, n int) []uint64 {
		src, err := f.Ints(name, n)
		if err != nil {
			if first == nil {
				first = err
			}
			return make([]uint64, n)
		}
		return src
	}
	for _, p := range r.Net.Params {
		src, err := f.Floats(p.Name, p.Shape...)
		if err != nil && first == nil {
			first = err
		}
		copy(p.Data, src)
	}
	floats(r.Average, "run.average")
	floats(r.adam.M, "run.adam.m")
	floats(r.adam.V, "run.adam.v")
	n := ints("run.counters", 5)
	r.Phase, r.Step, r.adam.Step, r.RollBack, r.slow = int(n[0]), int(n[1]), int(n[2]), int(n[3]), math.Float64frombits(n[4])
	if r.Phase < 0 || r.Phase > 2 || r.Step < 0 {
		return fmt.Errorf("learn: checkpoint of phase %d, update %d", r.Phase, r.Step)
	}
	r.adam.Beta1 = r.Beta1[min(r.Phase, 1)]
	if r.Phase == 1 {
		r.buffer = sampler.NewBuffer(r.Chains, energy.Pixels, r.Reinit, sampler.Stream(r.Seed, 2))
		floats(r.buffer.X, "run.buffer.x")
		for i, s := range ints("run.buffer.step", r.Chains) {
			r.buffer.Step[i] = uint32(s)
		}
		copy(r.buffer.Seed, ints("run.buffer.seed", r.Chains))
		c := ints("run.buffer.counters", 2)
		r.buffer.Draws, r.buffer.Born = c[0], c[1]
	}
	r.poolID = -1
	r.Net.Pack()
	return first
}

// Weights returns the net with the averaged weights.
func (r *Run) Weights() *energy.Net { return r.Net.Clone(r.Average) }
