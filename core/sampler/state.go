// Package sampler moves points so that they come to be distributed as
//
//	p(x) ∝ exp(−E(x)/T)
//
// for an energy E of which it knows values and gradients only. Many chains
// run side by side and share nothing but the evaluation of E: each has its own
// stream of random numbers, its own step count and its own place in the
// schedule, so what a chain does depends on its seed alone, bit for bit, and
// not on how many run beside it. (The energy must see to its part: the
// numbers it gives for a point may not depend on the points beside it.)
//
// Every [Sampler] takes one step with all running chains. They share one
// convention: a step of size η at temperature T moves by −η∇E plus noise of
// variance 2ηT. [Hamiltonian] and [Underdamped] integrate with time step
// ε = √(2η), for which that is true of them too.
package sampler

import (
	"math"
	"strconv"

	"inkwell/core/internal/kernel"
)

// Energy is what a sampler knows of the density; lower is likelier.
type Energy interface {
	// Grad writes the energies of the n = len(e) points x (n, d) to e and
	// their gradients to grad (n, d).
	Grad(grad []float32, e []float64, x []float32)
}

// Sampler takes one step with every running chain: [Langevin], [MALA], what
// [Hamiltonian] and [Underdamped] return.
type Sampler func(s *State, e Energy, schedule Schedule) Info

// State is n chains in d dimensions. Chain i is row i of every field.
//
// After each step, Energy and Grad are those of X. A chain that was just
// started or touched has none yet: the next step only evaluates it, without
// moving it or counting. So every call costs one evaluation of the whole
// batch, and k+1 calls after [State.Restart] a chain has taken k steps.
type State struct {
	N, Dim   int
	X        []float32 // (n, d)
	Energy   []float64 // (n): E(X)
	Grad     []float32 // (n, d): ∇E(X), zero where Held
	Step     []uint32  // (n): steps taken since the start
	Accepted []uint32  // (n): of these, the proposals accepted
	Seed     []uint64  // (n): name of the chain's random stream
	Err      []error   // (n): not nil once the chain has stopped, a *[Stop]
	Held     []bool    // (n, d): coordinates that never move; nil if all may
	Velocity []float32 // (n, d) from the first Underdamped step on, else nil

	fresh  []bool // (n): Energy and Grad are those of X
	moving []bool // (n): this chain takes part in the step under way
	noise  []float32
	params []Params
	// what a proposal may have to be taken back to, and its momentum
	oldX, oldGrad []float32 // (n, d)
	oldEnergy     []float64 // (n)
	momentum      []float32 // (n, d)
	kinetic       []float64 // (n): ½‖momentum‖² when it was drawn
	chance        []float64 // (n): uniform number that decides on the proposal
}

// NewState returns n chains in d dimensions, started with the seeds
// Stream(0, i).
func NewState(n, d int) *State {
	s := &State{
		N: n, Dim: d,
		X:        make([]float32, n*d),
		Energy:   make([]float64, n),
		Grad:     make([]float32, n*d),
		Step:     make([]uint32, n),
		Accepted: make([]uint32, n),
		Seed:     make([]uint64, n),
		Err:      make([]error, n),
		fresh:    make([]bool, n),
		moving:   make([]bool, n),
		noise:    make([]float32, d+1),
		params:   make([]Params, n),
	}
	for i := range n {
		s.Restart(i, Stream(0, uint64(i)))
	}
	return s
}

// Restart starts chain i afresh from x ~ N(0, I), drawn from its stream. Held
// coordinates stay what they are.
func (s *State) Restart(i int, seed uint64) {
	s.Start(i, seed, nil)
}

// Start starts chain i afresh from x (d); nil stands for x ~ N(0, I). Held
// coordinates stay what they are.
func (s *State) Start(i int, seed uint64, x []float32) {
	if x == nil {
		x = s.noise[:s.Dim]
		kernel.Normal(x, seed, 0)
	}
	if len(x) != s.Dim {
		panic("sampler: Start: x has the wrong length")
	}
	for j, row := 0, s.row(s.X, i); j < s.Dim; j++ {
		if !s.held(i, j) {
			row[j] = x[j]
		}
	}
	s.Seed[i], s.Step[i], s.Accepted[i], s.Err[i] = seed, 0, 0, nil
	if s.Velocity != nil {
		clear(s.row(s.Velocity, i))
	}
	s.Touch(i)
}

// Touch says that X, Held or the energy of chain i was changed from outside:
// the next step evaluates it again before it moves.
func (s *State) Touch(i int) { s.fresh[i] = false }

// Fresh reports whether Energy and Grad of chain i are those of X.
func (s *State) Fresh(i int) bool { return s.fresh[i] }

func (s *State) row(x []float32, i int) []float32 { return x[i*s.Dim : (i+1)*s.Dim] }

func (s *State) held(i, j int) bool { return s.Held != nil && s.Held[i*s.Dim+j] }

// release clears the held coordinates of x, a row that belongs to chain i.
func (s *State) release(x []float32, i int) {
	if s.Held == nil {
		return
	}
	for j, held := range s.Held[i*s.Dim : (i+1)*s.Dim] {
		if held {
			x[j] = 0
		}
	}
}

// A Stop is why a chain stopped. Its X, Energy and Grad are left as they were
// found.
type Stop struct {
	Chain int
	Step  uint32  // steps taken
	What  string  // "energy", "gradient", "position", "step size", "temperature", "friction"
	Value float64 // what it was
}

func (s *Stop) Error() string {
	return "sampler: chain " + strconv.Itoa(s.Chain) + ", step " + strconv.FormatUint(uint64(s.Step), 10) +
		": " + s.What + " is " + strconv.FormatFloat(s.Value, 'g', -1, 64)
}

func (s *State) stop(i int, what string, value float64) {
	s.Err[i] = &Stop{Chain: i, Step: s.Step[i], What: what, Value: value}
	s.moving[i] = false
}

// Info sums up one step over the chains that are running after it.
type Info struct {
	Moved      int     // of these, chains that took a step
	Stopped    int     // chains that do not run any more
	Energy     float64 // mean E
	GradNorm   float64 // mean ‖∇E‖
	Acceptance float64 // mean probability to accept, of those that moved; 1 where there is no test
}

// begin opens a step: it decides which chains move, and fixes their
// parameters.
func (s *State) begin(schedule Schedule) {
	for i := range s.N {
		s.moving[i] = s.Err[i] == nil && s.fresh[i]
		if !s.moving[i] {
			continue
		}
		p := schedule(int(s.Step[i]))
		s.params[i] = p
		if !usable(p.StepSize) {
			s.stop(i, "step size", float64(p.StepSize))
		} else if !usable(p.Temperature) {
			s.stop(i, "temperature", float64(p.Temperature))
		}
	}
}

func usable(v float32) bool { return v >= 0 && !math.IsInf(float64(v), 1) }

// evaluate brings Energy and Grad up to X and stops the chains where something
// is not finite. It asks for all chains, stopped ones too, so that an energy
// may count on chain i being its point i.
func (s *State) evaluate(e Energy) {
	if !s.running() {
		return
	}
	e.Grad(s.Grad, s.Energy, s.X)
	for i := range s.N {
		s.fresh[i] = true
		if s.Err[i] != nil {
			continue
		}
		grad := s.row(s.Grad, i)
		s.release(grad, i)
		if !finite(s.Energy[i]) {
			s.stop(i, "energy", s.Energy[i])
		} else if v, bad := notFinite(grad); bad {
			s.stop(i, "gradient", v)
		} else if v, bad := notFinite(s.row(s.X, i)); bad {
			s.stop(i, "position", v)
		}
	}
}

func (s *State) running() bool {
	for _, err := range s.Err {
		if err == nil {
			return true
		}
	}
	return false
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// notFinite finds a value that is not finite.
func notFinite(x []float32) (value float64, found bool) {
	if finite(kernel.Dot(x, x)) {
		return 0, false
	}
	for _, v := range x {
		if !finite(float64(v)) {
			return float64(v), true
		}
	}
	return 0, false // the sum of squares overflowed
}

// info closes a step. acceptance is the sum over the chains that moved.
func (s *State) info(acceptance float64) Info {
	info := Info{Acceptance: 1}
	for _, moving := range s.moving {
		if moving {
			info.Moved++
		}
	}
	if info.Moved > 0 {
		info.Acceptance = acceptance / float64(info.Moved)
	}
	n := 0.0
	for i, err := range s.Err {
		if err != nil {
			info.Stopped++
			continue
		}
		n++
		g := s.row(s.Grad, i)
		info.Energy += s.Energy[i]
		info.GradNorm += math.Sqrt(kernel.Dot(g, g))
	}
	if n > 0 {
		info.Energy /= n
		info.GradNorm /= n
	}
	return info
}

// Stream names the i-th of the random streams that belong to a seed. Streams
// have streams of their own: Stream(Stream(seed, tile), life).
//
//	z := seed + (i+1)·0x9E3779B97F4A7C15, then the finaliser of SplitMix64
//
// (Steele, Lea & Flood 2014, with the constants of Stafford's "Mix13"), applied
// twice, with the seed added in between. For one seed the map from i is
// one-to-one.
func Stream(seed, i uint64) uint64 {
	return mix(mix(seed+(i+1)*0x9E3779B97F4A7C15) + seed)
}

func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}
