package energy

import (
	"errors"
	"fmt"
	"maps"

	"inkwell/core/checkpoint"
)

// Format is the version of the weights file. A file of another is refused.
const Format = "1"

// Load reads a net from the bytes of a safetensors file as [Net.File] makes
// it. The error names what is damaged, missing or foreign.
func Load(b []byte) (*Net, error) {
	f, err := checkpoint.Decode(b)
	if err != nil {
		return nil, err
	}
	return FromFile(f)
}

// FromFile makes the net that a weights file describes.
func FromFile(f checkpoint.File) (*Net, error) {
	if got := f.Meta["format"]; got != Format {
		return nil, fmt.Errorf("energy: weights of format %q, want %q: not a file of this version of inkwell", got, Format)
	}
	arch, ok := f.Meta["architecture"]
	if !ok {
		return nil, errors.New("energy: weights without the architecture they belong to")
	}
	n, err := newNet(Arch(arch))
	if err != nil {
		return nil, err
	}
	for _, p := range n.Params {
		data, err := f.Floats(p.Name, p.Shape...)
		if err != nil {
			return nil, fmt.Errorf("energy: architecture %q: %w", arch, err)
		}
		copy(p.Data, data)
	}
	if err := n.Finite(); err != nil {
		return nil, err
	}
	n.Meta = f.Meta
	n.Pack()
	return n, nil
}

// File returns the parameters and Meta as a weights file, in float32.
func (n *Net) File() checkpoint.File {
	f := checkpoint.File{Meta: map[string]string{}}
	maps.Copy(f.Meta, n.Meta)
	f.Meta["format"], f.Meta["architecture"] = Format, string(n.Arch)
	for _, p := range n.Params {
		f.Tensors = append(f.Tensors, checkpoint.Tensor{Name: p.Name, Shape: p.Shape, Type: checkpoint.F32, Data: p.Data})
	}
	return f
}
