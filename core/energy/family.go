package energy

import (
	"slices"
	"sync"

	"inkwell/core/nn"
)

// List is a [Family] of energies that have nothing in common but their space.
// One goroutine at a time may use it.
type List struct {
	energies []Energy
	grad     []float32 // (K, n, d)
	e        []float64 // (K, n)
	w, point []float64 // (K): of one point, derivatives and energies
}

// NewList returns the family of the given energies.
func NewList(energies ...Energy) *List {
	k := len(energies)
	return &List{energies: energies, w: make([]float64, k), point: make([]float64, k)}
}

// Len implements [Family].
func (l *List) Len() int { return len(l.energies) }

// Grad implements [Family].
func (l *List) Grad(grad []float32, e, each []float64, x []float32, phi func(i int) Formula) {
	n, k := len(e), len(l.energies)
	if n == 0 {
		return
	}
	d := len(x) / n
	if len(x) != n*d || grad != nil && len(grad) != len(x) || each != nil && len(each) != n*k {
		panic("energy: List.Grad: length mismatch")
	}
	l.e = slices.Grow(l.e[:0], k*n)[:k*n]
	if grad != nil {
		l.grad = slices.Grow(l.grad[:0], k*n*d)[:k*n*d]
	}
	for m, energy := range l.energies {
		var g []float32
		if grad != nil {
			g = l.grad[m*n*d : (m+1)*n*d]
		}
		energy.Grad(g, l.e[m*n:(m+1)*n], x)
	}
	for i := range n {
		for m := range k {
			l.point[m] = l.e[m*n+i]
		}
		e[i] = phi(i).Combine(l.w, l.point)
		if each != nil {
			copy(each[i*k:], l.point)
		}
		if grad == nil {
			continue
		}
		for j := range d {
			sum := 0.0
			for m, w := range l.w {
				sum += w * float64(l.grad[(m*n+i)*d+j])
			}
			grad[i*d+j] = float32(sum)
		}
	}
}

// Split is a [Family] that shares the points out over its members, which must
// be equal, a goroutine each: the batches of one net, for example. phi must
// allow calls from several goroutines.
type Split []Family

// Len implements [Family].
func (s Split) Len() int { return s[0].Len() }

// Grad implements [Family].
func (s Split) Grad(grad []float32, e, each []float64, x []float32, phi func(i int) Formula) {
	n, k := len(e), s.Len()
	if n == 0 {
		return
	}
	d := len(x) / n
	if len(x) != n*d || grad != nil && len(grad) != len(x) || each != nil && len(each) != n*k {
		panic("energy: Split.Grad: length mismatch")
	}
	share := (n + len(s) - 1) / len(s)
	share = (share + nn.Lanes - 1) / nn.Lanes * nn.Lanes
	work := func(f Family, lo, hi int) {
		g, c := grad, each
		if g != nil {
			g = g[lo*d : hi*d]
		}
		if c != nil {
			c = c[lo*k : hi*k]
		}
		f.Grad(g, e[lo:hi], c, x[lo*d:hi*d], func(i int) Formula { return phi(lo + i) })
	}
	var wait sync.WaitGroup
	for m, lo := 1, share; lo < n; m, lo = m+1, lo+share {
		wait.Go(func() { work(s[m], lo, min(lo+share, n)) })
	}
	work(s[0], 0, min(share, n))
	wait.Wait()
}
