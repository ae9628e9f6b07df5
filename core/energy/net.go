package energy

import (
	"fmt"
	"math"
	"math/rand/v2"

	"inkwell/core/nn"
)

// The space of the images: 28 × 28 pixels in [−1, 1], ink positive, and the
// ten digits.
const (
	Side    = 28
	Pixels  = Side * Side
	Classes = 10
)

// Net is the joint energy of an image x and its class y,
//
//	E(x,y) = ½‖f(x)‖² + Σ_s ⟨h_s, a_s(x)⟩ + ½k‖x‖² + b_y + ⟨u_y, swish(f(x))⟩
//
// with a_s the outputs of the hidden layers and f that of the last, linear
// one. It is a [Family] of ten energies, one for each class, through
// [Net.NewBatch]. The energy of an image alone is their soft minimum
//
//	E(x) = −log Σ_y exp(−E(x,y))
//
// and p(y|x) = softmax_y(−E(x,y)), as in JEM (Grathwohl et al. 2020, eq. 5–6).
// The quadratic terms let the energy grow like a squared distance, which a
// linear readout of swish units cannot; the linear heads h_s let every scale
// of the picture speak directly.
type Net struct {
	Arch   Arch
	Params []Param
	Theta  []float32         // all parameters: the storage of Params, in their order
	Meta   map[string]string // facts about the training, from the weights file

	layers []layer  // hidden layers, then f
	head   *nn.Conv // u, from swish(f) to the classes
	n      views    // into Theta
}

// A Param is a named tensor of a [Net].
type Param struct {
	Name  string
	Shape []int
	Data  []float32
}

// views are the parameters of a net, or their gradients, by role.
type views struct {
	w, b, h [][]float32 // of each layer: (Cout,K,K,Cin), (Cout), (H,W,C); no h for f
	k       []float32   // (1)
	u, ub   []float32   // (10, F), (10)
}

// newNet lays out the parameters of an architecture, all zero.
func newNet(arch Arch) (*Net, error) {
	layers, err := arch.layers()
	if err != nil {
		return nil, err
	}
	f := layers[len(layers)-1].conv.Out
	n := &Net{Arch: arch, layers: layers, head: nn.NewDense(f, Classes)}
	size := 0
	add := func(name string, shape ...int) {
		n.Params = append(n.Params, Param{Name: name, Shape: shape})
		size += volume(shape)
	}
	for s, l := range layers {
		c := l.conv
		add(l.name+".weight", c.Out.C, c.K, c.K, c.In.C)
		add(l.name+".bias", c.Out.C)
		if s < len(layers)-1 {
			add(l.name+".energy", c.Out.H, c.Out.W, c.Out.C)
		}
	}
	add("square", 1)
	add("class.weight", Classes, f.C)
	add("class.bias", Classes)
	n.Theta = make([]float32, size)
	n.n = n.view(n.Theta)
	rest := n.Theta
	for i := range n.Params {
		v := volume(n.Params[i].Shape)
		n.Params[i].Data, rest = rest[:v:v], rest[v:]
	}
	return n, nil
}

func volume(shape []int) int {
	v := 1
	for _, d := range shape {
		v *= d
	}
	return v
}

// view cuts a vector of the length of Theta into the parameters' places.
func (n *Net) view(theta []float32) views {
	var v views
	i := 0
	next := func() []float32 {
		size := volume(n.Params[i].Shape)
		part := theta[:size:size]
		theta = theta[size:]
		i++
		return part
	}
	for s := range n.layers {
		v.w = append(v.w, next())
		v.b = append(v.b, next())
		if s < len(n.layers)-1 {
			v.h = append(v.h, next())
		}
	}
	v.k, v.u, v.ub = next(), next(), next()
	return v
}

// New returns a net with random weights drawn from the seed: normal with
// variance 2/fan-in, a tenth of that in the last layer; the heads h start at
// zero and k at ½.
func New(arch Arch, seed uint64) (*Net, error) {
	n, err := newNet(arch)
	if err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	fill := func(w []float32, variance float64) {
		sd := math.Sqrt(variance)
		for i := range w {
			w[i] = float32(sd * rng.NormFloat64())
		}
	}
	for s, w := range n.n.w {
		variance := 2 / float64(len(w)/len(n.n.b[s]))
		if s == len(n.layers)-1 {
			variance /= 10
		}
		fill(w, variance)
	}
	fill(n.n.u, 0.01)
	n.n.k[0] = 0.5
	n.Pack()
	return n, nil
}

// Clone returns a copy with the parameters theta, or its own when theta is nil.
func (n *Net) Clone(theta []float32) *Net {
	if theta == nil {
		theta = n.Theta
	}
	c, err := newNet(n.Arch)
	if err != nil {
		panic("energy: Clone: " + err.Error()) // n was made from the same Arch
	}
	copy(c.Theta, theta)
	c.Pack()
	return c
}

// Pack makes changes to Theta take effect. No batch of the net may be at work
// meanwhile.
func (n *Net) Pack() {
	for s, l := range n.layers {
		l.conv.Pack(n.n.w[s])
	}
	n.head.Pack(n.n.u)
}

// MACs returns the multiply-adds of one image's forward pass through the
// convolutions and fully connected layers; ∇ₓE costs twice that.
func (n *Net) MACs() int {
	sum := n.head.MACs()
	for _, l := range n.layers {
		sum += l.conv.MACs()
	}
	return sum
}

// Features returns the length F of the feature vector f(x).
func (n *Net) Features() int { return n.layers[len(n.layers)-1].conv.Out.C }

// Finite reports an error naming the first parameter that is not finite.
func (n *Net) Finite() error {
	for _, p := range n.Params {
		for i, v := range p.Data {
			if d := float64(v); math.IsNaN(d) || math.IsInf(d, 0) {
				return fmt.Errorf("energy: parameter %s[%d] is %v", p.Name, i, v)
			}
		}
	}
	return nil
}
