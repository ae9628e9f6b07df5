package energy

import (
	"fmt"
	"strconv"
	"strings"

	"inkwell/core/nn"
)

// An Arch lists the layers of a [Net], input side first, as words:
//
//	conv24k4s2   a convolution to 24 channels, 4×4 kernel, stride 2, then swish
//	res24k3      the same with its input added to its output (a residual layer)
//	fc192        a fully connected layer of 192 units, then swish
//
// The padding is (K−1)/2 rounded down; the stride is 1 unless given. The last
// word must be fc: its output, without swish, is the feature vector f.
type Arch string

// Default is the architecture of the weights that ship: 3.1 million
// multiply-adds and 0.53 million parameters.
const Default Arch = "conv24k4s2 res24k3 conv48k3s2 res48k3 fc192 fc128"

// limits on what an architecture in a foreign file may ask for
const (
	maxLayers   = 32
	maxChannels = 4096
	maxWeights  = 1 << 26
)

type layer struct {
	name string
	conv *nn.Conv
	res  bool
}

// layers parses the architecture.
func (a Arch) layers() ([]layer, error) {
	words := strings.Fields(string(a))
	if len(words) < 2 || len(words) > maxLayers {
		return nil, fmt.Errorf("energy: architecture %q has %d layers, not 2 to %d", a, len(words), maxLayers)
	}
	shape := nn.Shape{C: 1, H: Side, W: Side}
	var out []layer
	total := 0
	for i, word := range words {
		l := layer{name: fmt.Sprintf("%d.%s", i, word)}
		k, stride := shape.H, 1
		var size, rest string
		var dense, square bool
		if rest, dense = strings.CutPrefix(word, "fc"); !dense {
			if rest, l.res = strings.CutPrefix(word, "res"); !l.res {
				rest = strings.TrimPrefix(word, "conv")
			}
			rest, size, square = strings.Cut(rest, "k")
			if side, step, ok := strings.Cut(size, "s"); ok {
				k, stride = atoi(side), atoi(step)
			} else {
				k = atoi(size)
			}
		}
		channels := atoi(rest)
		switch {
		case !dense && !square:
			return nil, fmt.Errorf("energy: architecture: layer %d, %q: want convCkK, convCkKsS, resCkK or fcC", i, word)
		case channels < 1 || channels > maxChannels || k < 1 || k > Side || stride < 1 || stride > Side:
			return nil, fmt.Errorf("energy: architecture: layer %d, %q: number out of range", i, word)
		case dense:
			l.conv = nn.NewDense(shape, channels)
		case shape.H+2*((k-1)/2) < k:
			return nil, fmt.Errorf("energy: architecture: layer %d, %q: kernel larger than its %d×%d input", i, word, shape.H, shape.W)
		default:
			l.conv = nn.NewConv(shape, channels, k, stride, (k-1)/2)
		}
		if l.res && l.conv.Out != shape {
			return nil, fmt.Errorf("energy: architecture: layer %d, %q: a residual layer must keep the shape %v", i, word, shape)
		}
		if total += l.conv.Weights() + l.conv.Out.Size(); total > maxWeights {
			return nil, fmt.Errorf("energy: architecture %q has more than %d weights", a, maxWeights)
		}
		shape = l.conv.Out
		out = append(out, l)
	}
	if last := words[len(words)-1]; !strings.HasPrefix(last, "fc") || shape.H != 1 {
		return nil, fmt.Errorf("energy: architecture: the last layer is %q, not a fully connected one", last)
	}
	return out, nil
}

// atoi returns the number s spells, or −1, which no layer takes.
func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}
