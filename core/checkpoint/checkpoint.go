// Package checkpoint reads and writes tensors with their provenance in the
// safetensors format (Hugging Face, "Safetensors", format description): the
// length N of the header as a little-endian uint64, N bytes of JSON, the data.
//
//	{"__metadata__": {"seed": "1"},
//	 "conv1.w": {"dtype": "F32", "shape": [24, 1, 4, 4], "data_offsets": [0, 1536]}}
//
// The same File always gives the same bytes. A decoder for JSON in general,
// and with it reflection, would cost the browser 170 KB (gzip) before the first
// picture; header.go reads this one shape of JSON and says more about a
// damaged file.
package checkpoint

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/x448/float16"
)

// Type is how a tensor's elements are stored.
type Type int

const (
	F32 Type = iota // single precision
	F16             // half precision; Data holds the rounded values as float32
	U64             // integers: counters, seeds, states of generators
)

var (
	names = [...]string{F32: "F32", F16: "F16", U64: "U64"}
	sizes = [...]int{F32: 4, F16: 2, U64: 8} // bytes of an element
)

func (t Type) String() string { return names[t] }

// A Tensor is a named array in row-major order. An empty Shape is one number.
type Tensor struct {
	Name  string
	Shape []int
	Type  Type
	Data  []float32 // the elements of F32 and F16; all are finite
	Bits  []uint64  // the elements of U64
}

// A File is what a file holds: tensors in the order of their data, and facts
// about them, for example architecture, seed, commit, step and format version.
type File struct {
	Tensors []Tensor
	Meta    map[string]string
}

// Floats returns the elements of the named F32 or F16 tensor. The error tells
// one that is absent from one of another type or shape.
func (f *File) Floats(name string, shape ...int) ([]float32, error) {
	t, err := f.find(name, shape)
	if err == nil && t.Type == U64 {
		return nil, fmt.Errorf("checkpoint: tensor %q is of type %v, want F32 or F16", name, t.Type)
	}
	return t.Data, err
}

// Ints returns the elements of the named U64 tensor, with errors like Floats.
func (f *File) Ints(name string, shape ...int) ([]uint64, error) {
	t, err := f.find(name, shape)
	if err == nil && t.Type != U64 {
		return nil, fmt.Errorf("checkpoint: tensor %q is of type %v, want U64", name, t.Type)
	}
	return t.Bits, err
}

func (f *File) find(name string, shape []int) (Tensor, error) {
	i := slices.IndexFunc(f.Tensors, func(t Tensor) bool { return t.Name == name })
	if i < 0 {
		return Tensor{}, fmt.Errorf("checkpoint: no tensor %q", name)
	}
	if t := f.Tensors[i]; slices.Equal(t.Shape, shape) {
		return t, nil
	}
	return Tensor{}, fmt.Errorf("checkpoint: tensor %q has shape %v, want %v", name, f.Tensors[i].Shape, shape)
}

// Half returns f with its F32 tensors to be stored as F16. It shares their
// Data, which [Encode] rounds to nearest, ties to even.
func (f File) Half() File {
	f.Tensors = slices.Clone(f.Tensors)
	for i := range f.Tensors {
		if f.Tensors[i].Type == F32 {
			f.Tensors[i].Type = F16
		}
	}
	return f
}

// Encode writes f to w. A value that is not finite, or not so after rounding
// to F16, is an error that names the tensor and the index, and so are names
// that are given twice or are not UTF-8.
// It panics if a tensor's elements do not fill its shape.
func Encode(w io.Writer, f File) error {
	head := []byte{'{'}
	comma := func() {
		if len(head) > 1 {
			head = append(head, ',')
		}
	}
	if len(f.Meta) > 0 {
		head = append(head, `"`+metaName+`":{`...)
		for i, k := range slices.Sorted(maps.Keys(f.Meta)) {
			if !utf8.ValidString(k) || !utf8.ValidString(f.Meta[k]) {
				return fmt.Errorf("checkpoint: metadata %q: %q is not UTF-8", k, f.Meta[k])
			}
			if i > 0 {
				head = append(head, ',')
			}
			head = appendString(append(appendString(head, k), ':'), f.Meta[k])
		}
		head = append(head, '}')
	}
	seen := map[string]bool{metaName: true}
	offset := 0
	for _, t := range f.Tensors {
		if seen[t.Name] {
			return fmt.Errorf("checkpoint: tensor name %q is taken", t.Name)
		}
		if !utf8.ValidString(t.Name) {
			return fmt.Errorf("checkpoint: tensor name %q is not UTF-8", t.Name)
		}
		seen[t.Name] = true
		n := 1
		for _, d := range t.Shape {
			n *= d
		}
		if have := len(t.Data) + len(t.Bits); have != n || (t.Type == U64) != (t.Data == nil) && n > 0 {
			panic(fmt.Sprintf("checkpoint: Encode: tensor %q: %d elements of type %v do not fill shape %v", t.Name, have, t.Type, t.Shape))
		}
		end := offset + n*sizes[t.Type]
		comma()
		head = appendString(head, t.Name)
		head = fmt.Appendf(head, `:{"dtype":"%v","shape":[%s],"data_offsets":[%d,%d]}`, t.Type, strings.Trim(strings.ReplaceAll(fmt.Sprint(t.Shape), " ", ","), "[]"), offset, end)
		offset = end
	}
	head = append(head, '}')
	for len(head)%8 != 0 {
		head = append(head, ' ') // the format's own way to align the data
	}

	if _, err := w.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(head)))); err != nil {
		return err
	}
	if _, err := w.Write(head); err != nil {
		return err
	}
	var b []byte
	for _, t := range f.Tensors {
		b = b[:0]
		for i, v := range t.Data {
			stored := v
			if t.Type == F16 {
				half := float16.Fromfloat32(v)
				stored = half.Float32()
				b = binary.LittleEndian.AppendUint16(b, half.Bits())
			} else {
				b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
			}
			if !finite(stored) {
				return fmt.Errorf("checkpoint: tensor %q: element %d: %v is not finite as %v", t.Name, i, v, t.Type)
			}
		}
		for _, v := range t.Bits {
			b = binary.LittleEndian.AppendUint64(b, v)
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	return nil
}

// Decode reads the file that b holds. It accepts any safetensors file whose
// tensors are of type F32, F16 or U64, and reports as errors, each with the
// tensor or the offset: a file cut short or of another kind, bytes that belong
// to no tensor or to two, a shape that its data does not fill, a name given
// twice, other types, and numbers that are not finite.
// Encoding the result and decoding that gives the result again.
func Decode(b []byte) (File, error) {
	if len(b) < 8 {
		return File{}, fmt.Errorf("checkpoint: %d bytes are too few for a safetensors file", len(b))
	}
	size := binary.LittleEndian.Uint64(b)
	if len(b) > 8 && b[8] != '{' {
		return File{}, fmt.Errorf("checkpoint: not a safetensors file: offset 8 holds %q, want '{'", b[8])
	}
	if size > uint64(len(b)-8) {
		return File{}, fmt.Errorf("checkpoint: the file ends at %d bytes, inside its header of %d bytes", len(b), size)
	}
	s := scanner{b: b[8 : 8+size], base: 8}
	f, entries, err := s.header()
	if err != nil {
		return File{}, fmt.Errorf("checkpoint: header: %w", err)
	}
	data := b[8+size:]
	slices.SortStableFunc(entries, func(a, b entry) int {
		if a.begin != b.begin {
			return a.begin - b.begin
		}
		return a.end - b.end
	})
	end := 0
	for _, e := range entries {
		t, err := e.tensor(data, end)
		if err != nil {
			return File{}, fmt.Errorf("checkpoint: tensor %q: %w", e.name, err)
		}
		end = e.end
		f.Tensors = append(f.Tensors, t)
	}
	if end != len(data) {
		return File{}, fmt.Errorf("checkpoint: %d bytes after the last tensor", len(data)-end)
	}
	return f, nil
}

// tensor reads the elements that e describes from data, in which the bytes
// before end belong to the tensors before it.
func (e entry) tensor(data []byte, end int) (Tensor, error) {
	t := Tensor{Name: e.name, Shape: e.shape}
	if t.Type = Type(slices.Index(names[:], e.dtype)); t.Type < 0 {
		return t, fmt.Errorf("type %q, want F32, F16 or U64", e.dtype)
	}
	switch {
	case e.begin < end:
		return t, fmt.Errorf("its data begins at %d, inside that of the tensor before it, which ends at %d", e.begin, end)
	case e.begin > end:
		return t, fmt.Errorf("its data begins at %d, but the tensor before it ends at %d: bytes of no tensor", e.begin, end)
	case e.end < e.begin:
		return t, fmt.Errorf("its data ends at %d, before it begins at %d", e.end, e.begin)
	case e.end > len(data):
		return t, fmt.Errorf("its data ends at %d, but the file has only %d bytes of data: cut short", e.end, len(data))
	}
	data = data[e.begin:e.end]
	n, zero := 1, slices.Contains(e.shape, 0)
	for _, d := range e.shape {
		if zero || d > len(data)/n { // so that n stays within len(data)
			n = 0
			break
		}
		n *= d
	}
	if n*sizes[t.Type] != len(data) || n == 0 && !zero {
		return t, fmt.Errorf("%d bytes of data do not fill shape %v of %v", len(data), e.shape, t.Type)
	}
	switch t.Type {
	case U64:
		t.Bits = make([]uint64, n)
		for i := range t.Bits {
			t.Bits[i] = binary.LittleEndian.Uint64(data[8*i:])
		}
		return t, nil
	case F16:
		t.Data = make([]float32, n)
		for i := range t.Data {
			t.Data[i] = float16.Frombits(binary.LittleEndian.Uint16(data[2*i:])).Float32()
		}
	case F32:
		t.Data = make([]float32, n)
		for i := range t.Data {
			t.Data[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
		}
	}
	if i := slices.IndexFunc(t.Data, func(v float32) bool { return !finite(v) }); i >= 0 {
		return t, fmt.Errorf("element %d is %v", i, t.Data[i])
	}
	return t, nil
}

func finite(v float32) bool { return v-v == 0 }

// Save writes f to the named file, whole or not at all: to a temporary file
// beside it, which takes its name once it is on the disk.
func Save(path string, f File) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp")
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	defer func() {
		if err != nil {
			os.Remove(tmp.Name())
		}
	}()
	err = errors.Join(Encode(tmp, f), tmp.Chmod(0o644), tmp.Sync())
	if err = errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	if err = os.Rename(tmp.Name(), path); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	// The new name is on the disk once its folder is; some systems refuse this.
	if dir, err := os.Open(filepath.Dir(path)); err == nil {
		dir.Sync()
		dir.Close()
	}
	return nil
}

// Load reads the named file, of at most 1 GiB. See [Decode] for its errors.
func Load(path string) (File, error) {
	file, err := os.Open(path)
	if err != nil {
		return File{}, fmt.Errorf("checkpoint: %w", err)
	}
	defer file.Close()
	const limit = 1 << 30
	b, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return File{}, fmt.Errorf("checkpoint: %w", err)
	}
	if len(b) > limit {
		return File{}, fmt.Errorf("checkpoint: %s is larger than %d bytes", path, limit)
	}
	f, err := Decode(b)
	if err != nil {
		return File{}, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}
