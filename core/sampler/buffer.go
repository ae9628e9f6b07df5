package sampler

import (
	"math/rand/v2"
	"slices"

	"inkwell/core/internal/kernel"
)

// Buffer keeps chains alive between the updates of contrastive divergence, so
// that each update runs them a few steps only (persistent chains: Tieleman
// 2008; a buffer larger than the batch, with some chains started afresh: Du &
// Mordatch 2019, section 3.2). Its exported fields are all of it, besides the
// loan under way: save them between a Put and a Draw, restore them, and it
// goes on as if nothing had happened.
type Buffer struct {
	ReinitProb float64 // probability that a chain is started afresh when drawn

	Dim   int
	X     []float32 // (n, d)
	Step  []uint32  // (n)
	Seed  []uint64  // (n)
	Key   uint64    // seed of the buffer's own choices
	Draws uint64    // loans so far
	Born  uint64    // chains started so far

	lent []int
	pick rand.PCG
	rng  *rand.Rand
}

// NewBuffer returns a buffer of n chains in d dimensions that start from
// noise.
func NewBuffer(n, d int, reinitProb float64, seed uint64) *Buffer {
	b := &Buffer{
		ReinitProb: reinitProb,
		Dim:        d,
		X:          make([]float32, n*d),
		Step:       make([]uint32, n),
		Seed:       make([]uint64, n),
		Key:        seed,
	}
	for i := range n {
		b.restart(i)
	}
	return b
}

// Len is the number of chains.
func (b *Buffer) Len() int { return len(b.Seed) }

// restart starts chain i afresh with a seed that no chain of b had.
func (b *Buffer) restart(i int) {
	b.Seed[i], b.Step[i] = Stream(b.Key, b.Born), 0
	b.Born++
	kernel.Normal(b.X[i*b.Dim:(i+1)*b.Dim], b.Seed[i], 0)
}

// Draw lends the chains of s: all s.N of them, chosen at random without
// repetition, each afresh with probability ReinitProb. Those afresh have Step
// 0 and may be given another start with [State.Start]. It returns which chains
// of the buffer they are, valid until the next Draw. It panics if s does not
// fit.
func (b *Buffer) Draw(s *State) (which []int) {
	if s.Dim != b.Dim || s.N > b.Len() {
		panic("sampler: Buffer.Draw: a state of other dimension or of more chains than the buffer has")
	}
	if b.rng == nil {
		b.rng = rand.New(&b.pick)
	}
	b.pick.Seed(b.Key, b.Draws)
	b.Draws++
	// Floyd's sample of N out of n (Bentley 1987), which favours places of the
	// result but not members of it.
	b.lent = b.lent[:0]
	for top := b.Len() - s.N; top < b.Len(); top++ {
		i := b.rng.IntN(top + 1)
		if slices.Contains(b.lent, i) {
			i = top
		}
		b.lent = append(b.lent, i)
	}
	for k, i := range b.lent {
		if b.rng.Float64() < b.ReinitProb {
			b.restart(i)
		}
		s.Start(k, b.Seed[i], b.X[i*b.Dim:(i+1)*b.Dim])
		s.Step[k] = b.Step[i]
	}
	return b.lent
}

// Put takes the chains of the last Draw back. Those that stopped are replaced
// by noise.
func (b *Buffer) Put(s *State) {
	if len(b.lent) != s.N || s.Dim != b.Dim {
		panic("sampler: Buffer.Put: not the state that was drawn")
	}
	for k, i := range b.lent {
		if s.Err[k] != nil {
			b.restart(i)
			continue
		}
		copy(b.X[i*b.Dim:(i+1)*b.Dim], s.row(s.X, k))
		b.Step[i], b.Seed[i] = s.Step[k], s.Seed[k]
	}
	b.lent = b.lent[:0]
}
