package energy

import (
	"math"
	"math/rand/v2"
	"testing"

	"inkwell/core/internal/check"
)

// softmin is −log Σ exp(−e) as it is written.
func softmin(e ...float64) float64 {
	sum := 0.0
	for _, v := range e {
		sum += math.Exp(-v)
	}
	return -math.Log(sum)
}

var formulas = map[string]struct {
	formula Formula
	value   func(e []float64) float64 // of four energies
}{
	"zero":   {Formula{}, func(e []float64) float64 { return e[0] }},
	"of":     {Of(2), func(e []float64) float64 { return e[2] }},
	"sum":    {Sum(Of(0), Of(3), Of(3)), func(e []float64) float64 { return e[0] + 2*e[3] }},
	"no sum": {Sum(), func(e []float64) float64 { return 0 }},
	"or":     {Or(Of(1), Of(2)), func(e []float64) float64 { return softmin(e[1], e[2]) }},
	"or one": {Or(Of(1)), func(e []float64) float64 { return e[1] }},
	"twice":  {Or(Of(1), Of(1)), func(e []float64) float64 { return e[1] - math.Ln2 }},
	"scale":  {Scale(2.5, Of(1)), func(e []float64) float64 { return 2.5 * e[1] }},
	"not":    {Not(Or(Of(0), Of(1))), func(e []float64) float64 { return -softmin(e[0], e[1]) }},
	"marginal": {Marginal(4), func(e []float64) float64 {
		return softmin(e...)
	}},
	"guided": {Guided(2, 4, 3), func(e []float64) float64 { // E(x) − 3 log p(2|x)
		return softmin(e...) - 3*math.Log(math.Exp(-e[2])/math.Exp(-softmin(e...)))
	}},
	"all but 1": {Or(Of(0), Of(2), Of(3)), func(e []float64) float64 { // E(x) − log(1−p(1|x))
		return softmin(e...) - math.Log(1-math.Exp(softmin(e...)-e[1]))
	}},
	"nested": {Sum(Or(Scale(2, Or(Of(0), Not(Of(1)))), Sum(Of(2), Of(3)), Of(2)), Scale(0.5, Marginal(4))),
		func(e []float64) float64 {
			return softmin(2*softmin(e[0], -e[1]), e[2]+e[3], e[2]) + 0.5*softmin(e...)
		}},
}

func TestFormulaValueAndDerivatives(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	for name, f := range formulas {
		for range 5 {
			e := make([]float64, 4)
			for k := range e {
				e[k] = 2 * rng.NormFloat64()
			}
			w := []float64{7, 7, 7, 7} // to be overwritten
			check.Near(t, name, f.formula.Combine(w, e), f.value(e), 1e-12)
			check.Near(t, name+": Value", f.formula.Value(e), f.value(e), 1e-12)
			for k := range e {
				const h = 1e-5
				shifted := func(by float64) float64 {
					s := append([]float64(nil), e...)
					s[k] += by
					return f.value(s)
				}
				check.Near(t, name+": derivative", w[k], (shifted(h)-shifted(-h))/(2*h), 1e-8)
			}
		}
	}
}

func TestOrAtTheLimits(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		e    []float64
		want float64
		w    []float64 // nil: not finite
	}{
		{[]float64{1e6, 1e6}, 1e6 - math.Ln2, []float64{0.5, 0.5}},
		{[]float64{-1e6, -1e6}, -1e6 - math.Ln2, []float64{0.5, 0.5}},
		{[]float64{0, 1e300}, 0, []float64{1, 0}},
		{[]float64{0, inf}, 0, []float64{1, 0}},
		{[]float64{inf, inf}, inf, nil},
		{[]float64{0, -inf}, -inf, nil},
		{[]float64{0, nan}, nan, nil},
		{[]float64{nan, inf}, nan, nil},
	} {
		w := make([]float64, 2)
		got := Or(Of(0), Of(1)).Combine(w, c.e)
		if got != c.want && !(math.IsNaN(got) && math.IsNaN(c.want)) {
			t.Errorf("Or of %v is %v, want %v", c.e, got, c.want)
		}
		for k, v := range c.w {
			check.Near(t, "weight", w[k], v, 1e-9) // φ−φ_i is rounded at the size of φ
		}
	}
	if got := Or().Value(nil); got != inf {
		t.Errorf("Or of nothing is %v", got)
	}
}

func TestFormulaDoesNotAllocate(t *testing.T) {
	w, e := make([]float64, 4), []float64{1, 2, 3, 4}
	for name, f := range formulas {
		if n := testing.AllocsPerRun(10, func() { f.formula.Combine(w, e) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func TestFormulaBeyondTheFamilyPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("Of(4) of four energies did not panic")
		}
	}()
	Of(4).Combine(make([]float64, 4), make([]float64, 4))
}
