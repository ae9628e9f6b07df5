package learn

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"inkwell/core/checkpoint"
	"inkwell/core/energy"
	"inkwell/core/mnist"
)

// toy is a set of blurred blobs, one place for each class.
func toy() *mnist.Set {
	const n = 600
	s := &mnist.Set{Images: make([]byte, n*energy.Pixels), Labels: make([]byte, n)}
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range n {
		y := i % energy.Classes
		s.Labels[i] = byte(y)
		cx, cy := 6+float64(y%5)*4+rng.Float64(), 8+float64(y/5)*10+rng.Float64()
		for p := range energy.Pixels {
			dx, dy := float64(p%28)-cx, float64(p/28)-cy
			s.Images[i*energy.Pixels+p] = byte(255 * math.Exp(-(dx*dx+dy*dy)/8))
		}
	}
	return s
}

func small() Config {
	c := Recipe()
	c.Arch = "conv6k4s2 res6k3 conv8k3s2 fc24 fc12"
	c.Steps, c.Batch, c.Chains, c.Warmup = [2]int{30, 15}, [2]int{64, 32}, 64, 5
	c.Langevin = 3
	return c
}

// TestAssign compares with the best of all permutations.
func TestAssign(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for n := 1; n <= 6; n++ {
		for range 20 {
			cost := make([][]float64, n)
			for i := range cost {
				for range n {
					cost[i] = append(cost[i], rng.NormFloat64())
				}
			}
			best := math.Inf(1)
			perm := make([]int, n)
			for i := range perm {
				perm[i] = i
			}
			var try func(k int, sum float64)
			try = func(k int, sum float64) {
				if k == n {
					best = min(best, sum)
				}
				for i := k; i < n; i++ {
					perm[k], perm[i] = perm[i], perm[k]
					try(k+1, sum+cost[k][perm[k]])
					perm[k], perm[i] = perm[i], perm[k]
				}
			}
			try(0, 0)
			got, sum := assign(cost), 0.0
			seen := make([]bool, n)
			for i, j := range got {
				sum += cost[i][j]
				if seen[j] {
					t.Fatalf("column %d twice in %v", j, got)
				}
				seen[j] = true
			}
			if !(math.Abs(sum-best) < 1e-9) {
				t.Fatalf("n = %d: cost %v, the best is %v", n, sum, best)
			}
		}
	}
}

// TestPool: pairs share a class by construction, transport shortens the way,
// and no noise is lost or used twice.
func TestPool(t *testing.T) {
	set := toy()
	var near, far pool
	near.fill(set, true, rand.New(rand.NewPCG(1, 2)), 5)
	far.fill(set, false, rand.New(rand.NewPCG(1, 2)), 5)
	way := func(p pool) (sum float64) {
		for i, v := range p.x0 {
			d := float64(p.x1[i] - v)
			sum += d * d
		}
		return sum
	}
	if a, b := way(near), way(far); !(a < b) {
		t.Errorf("squared way %v with transport, %v without", a, b)
	}
	slices.Sort(near.x0)
	slices.Sort(far.x0)
	if !slices.Equal(near.x0, far.x0) {
		t.Error("transport changed the noise, not only its order")
	}
}

// TestResume: interrupted at any point that can be saved, in either phase, a
// run ends in the same state as one left alone.
func TestResume(t *testing.T) {
	set, c := toy(), small()
	whole, err := Start(c, set)
	if err != nil {
		t.Fatal(err)
	}
	saved := map[int][]byte{}
	for k := 0; !whole.Done(); k++ {
		if whole.Savable() && (k == 15 || k == 30 || k == 35) {
			var b bytes.Buffer
			if err := checkpoint.Encode(&b, whole.File()); err != nil {
				t.Fatal(err)
			}
			saved[k] = b.Bytes()
		}
		whole.Update()
	}
	if len(saved) != 3 {
		t.Fatalf("%d checkpoints", len(saved))
	}
	for k, b := range saved {
		f, err := checkpoint.Decode(b)
		if err != nil {
			t.Fatal(err)
		}
		r, err := Resume(c, set, f)
		if err != nil {
			t.Fatal(err)
		}
		for !r.Done() {
			r.Update()
		}
		if !slices.Equal(r.Net.Theta, whole.Net.Theta) || !slices.Equal(r.Average, whole.Average) {
			t.Errorf("resumed after %d updates, the run ends elsewhere", k)
		}
	}
	other := c
	other.Seed++
	f, _ := checkpoint.Decode(saved[15])
	if _, err := Resume(other, set, f); err == nil {
		t.Error("a checkpoint of another seed was resumed")
	}
}

// TestLearns: on the toy set both losses of phase 1 fall well.
func TestLearns(t *testing.T) {
	c := small()
	c.Steps = [2]int{300, 0}
	r, err := Start(c, toy())
	if err != nil {
		t.Fatal(err)
	}
	first := r.Update()
	var last Losses
	for !r.Done() {
		last = r.Update()
	}
	if !(last.Match < 0.75*first.Match) || !(last.Class < 0.93*first.Class) {
		t.Errorf("after 300 updates: match %.1f → %.1f, class %.2f → %.2f", first.Match, last.Match, first.Class, last.Class)
	}
}

// TestRollBack: a diverged update brings the last good state back, at half the
// rate, and training goes on.
func TestRollBack(t *testing.T) {
	c := small()
	c.Steps = [2]int{1000, 0}
	r, err := Start(c, toy())
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		r.Update()
	}
	good := slices.Clone(r.Net.Theta)
	for i := range r.Net.Theta {
		r.Net.Theta[i] *= 50
	}
	r.Net.Pack()
	r.Update()
	if r.RollBack != 1 || !slices.Equal(good, r.Net.Theta) || r.slow != 0.5 || r.Step != 100 {
		t.Fatalf("roll-backs %d, rate factor %v, update %d, state restored: %v", r.RollBack, r.slow, r.Step, slices.Equal(good, r.Net.Theta))
	}
	if loss := r.Update(); !(loss.Match < 1e4) {
		t.Errorf("after the roll-back the loss is %v", loss.Match)
	}
}

func TestCheck(t *testing.T) {
	for name, spoil := range map[string]func(*Config){
		"batch": func(c *Config) { c.Batch[0] = 33 }, "rate": func(c *Config) { c.Rate[1] = math.NaN() },
		"steps": func(c *Config) { c.Steps[0] = -1 }, "chains": func(c *Config) { c.Chains = 3 },
		"architecture": func(c *Config) { c.Arch = "nonsense" },
	} {
		c := small()
		spoil(&c)
		if _, err := Start(c, toy()); err == nil {
			t.Errorf("a config with a bad %s was accepted", name)
		}
	}
}
