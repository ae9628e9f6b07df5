package sampler

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"inkwell/core/internal/check"
	"inkwell/core/internal/kernel"
)

// A chain depends on its seed only: not on how many run beside it, on when it
// was started, nor on what becomes of the others.
func TestChainDependsOnItsSeedOnly(t *testing.T) {
	const d, steps, n = 37, 9, 7
	schedule := Anneal(0.1, 1, 0.1, 4).Then(5, Fall(30))
	for name, step := range samplers {
		alone := func(seed uint64) *State {
			s := NewState(1, d)
			s.Restart(0, seed)
			for range steps + 1 {
				step(s, wells{1}, schedule)
			}
			return s
		}
		s := NewState(n, d)
		began := make([]int, n)
		for i := range n {
			s.Restart(i, uint64(100+i))
		}
		s.Start(3, 103, slices.Repeat([]float32{float32(math.NaN())}, d)) // falls ill at once
		want := make([]*State, n)
		for i := range n {
			want[i] = alone(uint64(100 + i))
		}
		for call := 0; call < steps+1+4; call++ {
			if call == 4 {
				s.Restart(5, 105)
				began[5] = call
			}
			step(s, wells{1}, schedule)
			for i := range n {
				if i == 3 || call-began[i] != steps {
					continue
				}
				if s.Step[i] != steps || want[i].Step[0] != steps {
					t.Errorf("%s: chain %d took %d steps beside others, %d alone; want %d", name, i, s.Step[i], want[i].Step[0], steps)
				}
				if !slices.Equal(s.row(s.X, i), want[i].X) || s.Energy[i] != want[i].Energy[0] || !slices.Equal(s.row(s.Grad, i), want[i].Grad) {
					t.Errorf("%s: chain %d is not where it comes to alone", name, i)
				}
			}
		}
		if s.Err[3] == nil {
			t.Errorf("%s: chain 3 runs", name)
		}
	}
}

func TestEnergyAndGradAreThoseOfX(t *testing.T) {
	const n, d = 50, 2
	for name, step := range samplers {
		s := NewState(n, d)
		start := slices.Clone(s.X)
		w := &witness{Energy: spring{1}}
		info := step(s, w, Constant(0.8, 1)) // so large that MALA refuses some
		if !slices.Equal(s.X, start) || s.Step[0] != 0 || info.Moved != 0 || info.Acceptance != 1 {
			t.Errorf("%s: the first call is more than an evaluation", name)
		}
		evaluations := 1
		if name == "Hamiltonian" {
			evaluations = 3
		}
		for k := range 20 {
			calls := w.calls
			info = step(s, w, Constant(0.8, 1))
			if w.calls-calls != evaluations {
				t.Errorf("%s: %d evaluations for a step, want %d", name, w.calls-calls, evaluations)
			}
			grad, e := make([]float32, n*d), make([]float64, n)
			spring{1}.Grad(grad, e, s.X)
			mean, norm, running := 0.0, 0.0, 0.0
			for i := range n {
				if s.Err[i] != nil {
					continue
				}
				g := s.row(grad, i)
				if s.Energy[i] != e[i] || !slices.Equal(s.row(s.Grad, i), g) || s.Step[i] != uint32(k+1) {
					t.Fatalf("%s: after step %d, Energy or Grad of chain %d (step %d) is not that of X", name, k+1, i, s.Step[i])
				}
				mean, norm, running = mean+e[i], norm+math.Hypot(float64(g[0]), float64(g[1])), running+1
			}
			check.Near(t, name+": Info.Energy", info.Energy, mean/running, 1e-9)
			check.Near(t, name+": Info.GradNorm", info.GradNorm, norm/running, 1e-5)
			if info.Moved != int(running) || info.Stopped != n-int(running) {
				t.Errorf("%s: %+v, with %v running", name, info, running)
			}
		}
	}
}

func TestStartAndTouch(t *testing.T) {
	s := NewState(2, 3)
	want := make([]float32, 3)
	kernel.Normal(want, Stream(0, 1), 0)
	if !slices.Equal(s.X[3:], want) || s.Seed[1] != Stream(0, 1) {
		t.Error("NewState does not start from its streams")
	}
	for range 3 {
		Underdamped(1)(s, spring{1}, Constant(0.1, 1))
	}
	s.Start(1, 7, []float32{1, 2, 3})
	if s.Fresh(1) || s.Step[1] != 0 || s.Accepted[1] != 0 || s.Seed[1] != 7 || !slices.Equal(s.Velocity[3:], make([]float32, 3)) {
		t.Error("Start leaves something of the chain before")
	}
	if !slices.Equal(s.X[3:], []float32{1, 2, 3}) || s.Step[0] != 2 || !s.Fresh(0) {
		t.Error("Start does not start that chain, or not only that one")
	}
	x := slices.Clone(s.X[:3])
	s.Touch(0)
	Langevin(s, spring{2}, Constant(0.1, 1))
	if !slices.Equal(s.X[:3], x) || s.Step[0] != 2 {
		t.Error("a touched chain moved before it was evaluated")
	}
	check.Near(t, "gradient of the other energy", float64(s.Grad[0]), float64(x[0])/2, 1e-6)
}

func TestWhatIsNotFiniteStopsItsChain(t *testing.T) {
	const n, d, victim, when = 4, 3, 2, 5
	nan, inf := math.NaN(), math.Inf(1)
	for what, spoil := range map[string]func(grad []float32, e []float64){
		"energy is NaN":    func(grad []float32, e []float64) { e[victim] = nan },
		"energy is +Inf":   func(grad []float32, e []float64) { e[victim] = inf },
		"energy is -Inf":   func(grad []float32, e []float64) { e[victim] = -inf },
		"gradient is NaN":  func(grad []float32, e []float64) { grad[victim*d+1] = float32(nan) },
		"gradient is -Inf": func(grad []float32, e []float64) { grad[victim*d+2] = float32(-inf) },
	} {
		for name, step := range samplers {
			s, clean := NewState(n, d), NewState(n, d)
			e := &trap{spring: spring{1}, when: when, spoil: spoil}
			var info Info
			for range 12 {
				info = step(s, e, Constant(0.1, 1))
				step(clean, spring{1}, Constant(0.1, 1))
			}
			var stop *Stop
			if !errors.As(s.Err[victim], &stop) {
				t.Fatalf("%s: %s: no report", name, what)
			}
			if stop.Chain != victim || stop.Step != s.Step[victim] || stop.Step >= 11 {
				t.Errorf("%s: %s: %+v after %d steps", name, what, stop, s.Step[victim])
			}
			if want := fmt.Sprintf("sampler: chain 2, step %d: %s", stop.Step, what); stop.Error() != want {
				t.Errorf("%s: %q, want %q", name, stop, want)
			}
			if info.Stopped != 1 || info.Moved != n-1 || !finite(info.Energy) || !finite(info.GradNorm) {
				t.Errorf("%s: %s: %+v", name, what, info)
			}
			for i := range n {
				if i != victim && (s.Err[i] != nil || !slices.Equal(s.row(s.X, i), clean.row(clean.X, i))) {
					t.Errorf("%s: %s: chain %d suffered too", name, what, i)
				}
			}
			s.Restart(victim, 9)
			step(s, spring{1}, Constant(0.1, 1))
			if info = step(s, spring{1}, Constant(0.1, 1)); info.Moved != n || info.Stopped != 0 {
				t.Errorf("%s: %s: after a restart: %+v", name, what, info)
			}
		}
	}
}

// The gradient may be so large that its square overflows float32.
func TestLargeIsNotInfinite(t *testing.T) {
	s := NewState(1, 100)
	s.Start(0, 1, slices.Repeat([]float32{1e19}, 100))
	if info := Langevin(s, spring{1e-15}, Constant(0, 1)); info.Stopped != 0 {
		t.Error(s.Err[0])
	}
}

func TestNothingRunsNothingIsEvaluated(t *testing.T) {
	s := NewState(2, 1)
	w := &witness{Energy: spring{1}}
	for _, step := range samplers {
		step(s, w, Constant(-1, 1))
		step(s, w, Constant(-1, 1))
		calls := w.calls
		if info := step(s, w, Constant(-1, 1)); w.calls != calls || info.Stopped != 2 || info.Moved != 0 {
			t.Errorf("%d evaluations of stopped chains; %+v", w.calls-calls, info)
		}
	}
}

func TestAbsurdParametersAreReported(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	huge, tiny := float32(math.MaxFloat32), float32(math.SmallestNonzeroFloat32)
	values := []float32{nan, inf, -inf, -1, -tiny, 0, tiny, 1, 1e10, huge}
	for name, step := range samplers {
		for _, e := range []Energy{spring{1}, wells{1}, flat{}} {
			for _, eta := range values {
				for _, temp := range values {
					s := NewState(2, 5)
					for range 4 {
						step(s, e, Constant(eta, temp))
					}
					for i, err := range s.Err {
						var stop *Stop
						switch {
						case !usable(eta):
							if !errors.As(err, &stop) || stop.What != "step size" {
								t.Errorf("%s: η = %v: %v", name, eta, err)
							}
						case !usable(temp):
							if !errors.As(err, &stop) || stop.What != "temperature" {
								t.Errorf("%s: T = %v: %v", name, temp, err)
							}
						case err == nil:
							if v, bad := notFinite(s.row(s.X, i)); bad || !finite(s.Energy[i]) {
								t.Errorf("%s: η = %v, T = %v: at %v with energy %v, and nothing said", name, eta, temp, v, s.Energy[i])
							}
						}
					}
				}
			}
		}
	}
	for _, friction := range []float32{nan, inf, -1} {
		s := NewState(1, 2)
		for range 2 {
			Underdamped(friction)(s, spring{1}, Constant(0.1, 1))
		}
		var stop *Stop
		if !errors.As(s.Err[0], &stop) || stop.What != "friction" {
			t.Errorf("friction %v: %v", friction, s.Err[0])
		}
	}
}

func TestPositionBeyondFloat32IsReported(t *testing.T) {
	s := NewState(1, 2)
	for range 2 {
		Langevin(s, flat{}, Constant(math.MaxFloat32, math.MaxFloat32))
	}
	var stop *Stop
	if !errors.As(s.Err[0], &stop) || stop.What != "position" || stop.Step != 1 {
		t.Errorf("report is %v", s.Err[0])
	}
}

func TestStepsDoNotAllocate(t *testing.T) {
	for name, step := range samplers {
		s := NewState(3, 20)
		s.Held = make([]bool, 60)
		schedule := Constant(0.01, 1).Then(3, Anneal(0.01, 1, 0.1, 5))
		var e Energy = spring{1}
		step(s, e, schedule)
		step(s, e, schedule)
		if a := testing.AllocsPerRun(10, func() { step(s, e, schedule) }); a != 0 {
			t.Errorf("%s: %v allocations a step", name, a)
		}
		if a := testing.AllocsPerRun(10, func() { s.Restart(1, 5) }); a != 0 {
			t.Errorf("Restart: %v allocations", a)
		}
	}
}

func TestHeldCoordinatesNeverMove(t *testing.T) {
	const n = 2000
	for name, step := range samplers {
		s := NewState(n, 2)
		s.Held = make([]bool, 2*n)
		for i := range n {
			s.X[2*i], s.Held[2*i] = 2, true
			s.Restart(i, uint64(i)) // does not move them either
		}
		const k, temp = 4.0, 0.5
		for range 60 {
			step(s, pair{k}, Constant(0.02, temp))
		}
		sum, square := 0.0, 0.0
		for i := range n {
			if s.X[2*i] != 2 || s.Grad[2*i] != 0 || s.Err[i] != nil {
				t.Fatalf("%s: the held coordinate of chain %d is %v, its gradient %v, error %v", name, i, s.X[2*i], s.Grad[2*i], s.Err[i])
			}
			v := float64(s.X[2*i+1]) - 2
			sum, square = sum+v, square+v*v
		}
		want := temp / k
		switch name {
		case "Langevin":
			want /= 1 - 0.02*k/2
		case "no friction", "great friction":
			continue // these have not come to rest in 60 steps
		}
		check.Z(t, name+": mean given what is held", sum/n, 0, math.Sqrt(want/n))
		check.Z(t, name+": variance given what is held", square/n, want, want*math.Sqrt(2.0/n))
	}
}

// What is held while it rolls stops at once.
func TestHoldingWhatMoves(t *testing.T) {
	for name, step := range samplers {
		s := NewState(1, 2)
		for range 5 {
			step(s, pair{1}, Constant(0.1, 1))
		}
		s.Held = []bool{true, false}
		s.Touch(0)
		before := slices.Clone(s.X)
		for range 5 {
			step(s, pair{1}, Constant(0.1, 1))
		}
		if s.X[0] != before[0] || s.X[1] == before[1] {
			t.Errorf("%s: %v became %v with the first held", name, before, s.X)
		}
	}
}

func TestSchedules(t *testing.T) {
	for _, c := range []struct {
		name     string
		schedule Schedule
		step     int
		want     Params
	}{
		{"constant", Constant(0.5, 2), 1000, Params{0.5, 2}},
		{"fall", Fall(50), 7, Params{0.02, 0}},
		{"fall in no step", Fall(0), 0, Params{1, 0}},
		{"then: first", Fall(4).Then(4, Constant(1, 2)), 3, Params{0.25, 0}},
		{"then: next", Fall(4).Then(4, Constant(1, 2)), 4, Params{1, 2}},
		{"then: own step", Fall(4).Then(4, Anneal(1, 8, 2, 3)), 5, Params{1, 4}},
		{"anneal: start", Anneal(0.1, 4, 1, 3), 0, Params{0.1, 4}},
		{"anneal: middle", Anneal(0.1, 4, 1, 3), 1, Params{0.1, 2}},
		{"anneal: end", Anneal(0.1, 4, 1, 3), 2, Params{0.1, 1}},
		{"anneal: after", Anneal(0.1, 4, 1, 3), 99, Params{0.1, 1}},
		{"anneal: to 0", Anneal(0.1, 4, 0, 5), 1, Params{0.1, 3}},
		{"anneal: from 0", Anneal(0.1, 0, 4, 5), 3, Params{0.1, 3}},
		{"anneal: one step", Anneal(0.1, 4, 1, 1), 0, Params{0.1, 1}},
		{"anneal: no step", Anneal(0.1, 4, 1, 0), 0, Params{0.1, 1}},
	} {
		got := c.schedule(c.step)
		check.Near(t, c.name+": η", float64(got.StepSize), float64(c.want.StepSize), 1e-6)
		check.Near(t, c.name+": T", float64(got.Temperature), float64(c.want.Temperature), 1e-6)
	}
}

func TestStreamsDiffer(t *testing.T) {
	seen := map[uint64][2]uint64{}
	ones := 0.0
	const tiles, lives = 200, 200
	for seed := range uint64(3) {
		for i := range uint64(tiles) {
			for j := range uint64(lives) {
				s := Stream(Stream(seed, i), j)
				if other, twice := seen[s]; twice {
					t.Fatalf("stream %d of %d is stream %v", j, i, other)
				}
				seen[s] = [2]uint64{i, j}
				ones += float64(s & 1)
			}
		}
	}
	n := float64(len(seen))
	check.Z(t, "last bits", ones/n, 0.5, math.Sqrt(0.25/n))
}

// Old links must show what they showed: the streams and the order of the
// numbers in a step are for ever.
func TestGolden(t *testing.T) {
	for name, want := range golden {
		s := NewState(1, 3)
		s.Restart(0, Stream(42, 7))
		for range 11 {
			samplers[name](s, wells{1}, Constant(0.05, 0.3))
		}
		for j, v := range want {
			check.Near(t, fmt.Sprintf("%s[%d]", name, j), float64(s.X[j]), v, 1e-4)
		}
	}
}

var golden = map[string][3]float64{
	"Langevin":       {1.023641, -1.168818, -1.870012},
	"MALA":           {1.023641, -1.168818, -1.870012}, // which accepts them all
	"Hamiltonian":    {2.460197, -1.407140, -2.186404},
	"Underdamped":    {2.672227, -2.292400, -2.841166},
	"no friction":    {2.334765, -3.043252, -2.964930},
	"great friction": {0.931882, -1.306263, -1.899686},
}
