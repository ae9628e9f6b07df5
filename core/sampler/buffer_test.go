package sampler

import (
	"errors"
	"math"
	"slices"
	"testing"

	"inkwell/core/internal/check"
)

// update is what contrastive divergence does with a buffer.
func update(b *Buffer, s *State) {
	b.Draw(s)
	for range 3 {
		Langevin(s, spring{1}, Constant(0.1, 1))
	}
	b.Put(s)
}

func TestBufferResumes(t *testing.T) {
	const n, d, batch = 50, 6, 16
	b, s := NewBuffer(n, d, 0.2, 11), NewState(batch, d)
	for range 5 {
		update(b, s)
	}
	saved := &Buffer{
		ReinitProb: b.ReinitProb, Dim: b.Dim, X: slices.Clone(b.X), Step: slices.Clone(b.Step),
		Seed: slices.Clone(b.Seed), Key: b.Key, Draws: b.Draws, Born: b.Born,
	}
	other := NewState(batch, d)
	for range 5 {
		update(b, s)
		update(saved, other)
	}
	if !slices.Equal(b.X, saved.X) || !slices.Equal(b.Step, saved.Step) || !slices.Equal(b.Seed, saved.Seed) || b.Born != saved.Born {
		t.Error("a buffer that was saved and restored goes another way")
	}
	again, fresh := NewBuffer(n, d, 0.2, 11), NewState(batch, d)
	elsewhere := NewBuffer(n, d, 0.2, 12)
	for range 10 {
		update(again, fresh)
		update(elsewhere, fresh)
	}
	if !slices.Equal(b.X, again.X) {
		t.Error("the same seed gives another buffer")
	}
	if slices.Equal(b.X, elsewhere.X) {
		t.Error("another seed gives the same buffer")
	}
}

func TestBufferDraws(t *testing.T) {
	const n, d, batch, draws, prob = 40, 2, 10, 2000, 0.05
	b, s := NewBuffer(n, d, prob, 1), NewState(batch, d)
	count := make([]int, n)
	afresh := 0
	seeds := map[uint64]bool{}
	for _, seed := range b.Seed {
		seeds[seed] = true
	}
	for draw := range draws {
		before := slices.Clone(b.Seed)
		which := b.Draw(s)
		if len(which) != batch {
			t.Fatalf("%d chains drawn, want %d", len(which), batch)
		}
		for k, i := range which {
			count[i]++
			if slices.Index(which, i) != k {
				t.Fatalf("draw %d has chain %d twice", draw, i)
			}
			if s.Seed[k] != b.Seed[i] || s.Step[k] != b.Step[i] || !slices.Equal(s.row(s.X, k), b.X[i*d:(i+1)*d]) || s.Fresh(k) {
				t.Fatalf("chain %d was not lent as it is", i)
			}
			if b.Seed[i] != before[i] {
				afresh++
				if s.Step[k] != 0 || seeds[s.Seed[k]] {
					t.Fatalf("chain %d started afresh at step %d with a seed that was used", i, s.Step[k])
				}
				seeds[s.Seed[k]] = true
			}
		}
		for k := range batch {
			s.X[k*d]++
			s.Step[k] += 3
		}
		b.Put(s)
		for k, i := range which {
			if b.Step[i] != s.Step[k] || b.X[i*d] != s.X[k*d] {
				t.Fatalf("chain %d was not taken back", i)
			}
		}
	}
	total := float64(draws * batch)
	check.Z(t, "started afresh", float64(afresh)/total, prob, math.Sqrt(prob*(1-prob)/total))
	p := float64(batch) / n
	for i, c := range count {
		if i%8 == 0 {
			check.Z(t, "drawn", float64(c)/draws, p, math.Sqrt(p*(1-p)/draws))
		}
	}
}

func TestBufferReplacesStoppedChains(t *testing.T) {
	b, s := NewBuffer(3, 2, 0, 1), NewState(3, 2)
	which := slices.Clone(b.Draw(s))
	old := slices.Clone(b.Seed)
	s.X[2] = float32(math.NaN())
	s.Err[1] = errors.New("stopped")
	b.Put(s)
	for k, i := range which {
		if replaced := b.Seed[i] != old[i]; replaced != (k == 1) {
			t.Errorf("chain %d replaced is %v", k, replaced)
		}
	}
	if v, bad := notFinite(b.X); bad {
		t.Errorf("the buffer holds %v", v)
	}
}

func TestBufferPanics(t *testing.T) {
	for name, f := range map[string]func(){
		"too many":        func() { NewBuffer(3, 2, 0, 1).Draw(NewState(4, 2)) },
		"other dimension": func() { NewBuffer(3, 2, 0, 1).Draw(NewState(3, 3)) },
		"put undrawn":     func() { NewBuffer(3, 2, 0, 1).Put(NewState(3, 2)) },
		"put twice": func() {
			b, s := NewBuffer(3, 2, 0, 1), NewState(3, 2)
			b.Draw(s)
			b.Put(s)
			b.Put(s)
		},
		"start":       func() { NewState(1, 3).Start(0, 1, make([]float32, 2)) },
		"no leapfrog": func() { Hamiltonian(0) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}
