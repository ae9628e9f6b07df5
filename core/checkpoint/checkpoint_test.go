package checkpoint

import (
	"bytes"
	"encoding/binary"
	"errors"
	"flag"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/nlpodyssey/safetensors"
)

var update = flag.Bool("update", false, "write the golden file")

func sample() File {
	return File{
		Tensors: []Tensor{
			{Name: "conv1.w", Shape: []int{2, 1, 3}, Data: []float32{1, -2.5, 3e-20, 0, float32(math.Copysign(0, -1)), math.MaxFloat32}},
			{Name: "half", Shape: []int{2}, Type: F16, Data: []float32{0.5, -65504}},
			{Name: "seed", Shape: []int{}, Type: U64, Bits: []uint64{math.MaxUint64}},
			{Name: "none", Shape: []int{0, 4}, Data: []float32{}},
		},
		Meta: map[string]string{"format": "1", "arch": `conv "24" \ ` + "\n\x00é→𝄞", "": ""},
	}
}

func encode(t testing.TB, f File) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Encode(&b, f); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRoundTrip(t *testing.T) {
	for name, f := range map[string]File{
		"sample": sample(),
		"empty":  {},
		"meta":   {Meta: map[string]string{"a": "b"}},
	} {
		got, err := Decode(encode(t, f))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		// DeepEqual holds −0 = 0, so the bytes are compared too.
		if !reflect.DeepEqual(got.Meta, f.Meta) || len(got.Tensors) != len(f.Tensors) || !bytes.Equal(encode(t, got), encode(t, f)) {
			t.Errorf("%s: got %+v, want %+v", name, got, f)
		}
	}
}

// The bytes of a file never change: weights that were published stay readable.
func TestGolden(t *testing.T) {
	const path = "testdata/golden.safetensors"
	b := encode(t, sample())
	if *update {
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b, want) {
		t.Errorf("encoded as %q\nwant %q", b, want)
	}
}

// The other decoder and encoder for Go read and write the same files.
func TestSafetensors(t *testing.T) {
	theirs, err := safetensors.Deserialize(encode(t, sample()))
	if err != nil {
		t.Fatal(err)
	}
	view, ok := theirs.Tensor("conv1.w")
	if !ok || view.DType() != safetensors.F32 || math.Float32frombits(binary.LittleEndian.Uint32(view.Data()[4:])) != -2.5 {
		t.Errorf("tensor read as %v", view)
	}
	meta := map[string]string{"a": "b\u2028<\"\\/\x1f"}
	b, err := safetensors.Serialize(map[string]safetensors.TensorView{"conv1.w": view}, meta)
	if err != nil {
		t.Fatal(err)
	}
	f, err := Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if w, err := f.Floats("conv1.w", 2, 1, 3); err != nil || w[1] != -2.5 || !reflect.DeepEqual(f.Meta, meta) {
		t.Errorf("error %v, file %+v", err, f)
	}
}

func TestHalf(t *testing.T) {
	f := File{Tensors: []Tensor{
		{Name: "w", Shape: []int{4}, Data: []float32{1, 1 + 1./2048, 1 + 3./2048, 1. / 3}},
		{Name: "n", Shape: []int{1}, Type: U64, Bits: []uint64{7}},
	}}
	h, err := Decode(encode(t, f.Half()))
	if err != nil {
		t.Fatal(err)
	}
	w, err := h.Floats("w", 4)
	// To nearest, ties to even: 1 + 1/2048 goes down to 1, 1 + 3/2048 up.
	if want := []float32{1, 1, 1 + 4./2048, 0.33325195}; err != nil || !reflect.DeepEqual(w, want) {
		t.Errorf("rounded to %v, want %v (%v)", w, want, err)
	}
	if f.Tensors[0].Type != F32 {
		t.Error("Half changed its receiver")
	}
	f.Tensors[0].Data[2] = 1e6
	if err := Encode(new(bytes.Buffer), f.Half()); err == nil || !strings.Contains(err.Error(), `"w": element 2`) {
		t.Errorf("1e6 in half precision: error %v", err)
	}
}

func TestFind(t *testing.T) {
	f := sample()
	for _, tt := range []struct {
		err  error
		want string
	}{
		{second(f.Floats("conv2.w", 1)), `no tensor "conv2.w"`},
		{second(f.Floats("conv1.w", 3, 2)), "shape [2 1 3], want [3 2]"},
		{second(f.Floats("seed")), "type U64"},
		{second(f.Ints("half", 2)), "type F16"},
	} {
		if tt.err == nil || !strings.Contains(tt.err.Error(), tt.want) {
			t.Errorf("error %v, want one with %q", tt.err, tt.want)
		}
	}
	if v, err := f.Ints("seed"); err != nil || v[0] != math.MaxUint64 {
		t.Errorf("%v, %v", v, err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestEncodeErrors(t *testing.T) {
	one := []int{1}
	for want, f := range map[string]File{
		`"b": element 0: NaN`:      {Tensors: []Tensor{{Name: "a", Shape: one, Data: []float32{0}}, {Name: "b", Shape: one, Data: []float32{nan}}}},
		`"a" is taken`:             {Tensors: []Tensor{{Name: "a", Shape: one, Data: []float32{0}}, {Name: "a", Shape: one, Data: []float32{0}}}},
		`"__metadata__" is taken`:  {Tensors: []Tensor{{Name: "__metadata__", Shape: one, Data: []float32{0}}}},
		`"\xff" is not UTF-8`:      {Tensors: []Tensor{{Name: "\xff", Shape: one, Data: []float32{0}}}},
		`"k": "\xff" is not UTF-8`: {Meta: map[string]string{"k": "\xff"}},
	} {
		if err := Encode(new(bytes.Buffer), f); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

var nan = float32(math.NaN())

// file is a header, its length and n bytes of data.
func file(header string, n int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, n)...)
}

func TestDecodeErrors(t *testing.T) {
	good := encode(t, sample())
	const a = `{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}`
	bad := file(a+"}", 8)
	binary.LittleEndian.PutUint32(bad[len(bad)-4:], math.Float32bits(float32(math.Inf(-1))))
	for _, tt := range []struct {
		name string
		b    []byte
		want string
	}{
		{"empty", nil, "0 bytes are too few"},
		{"png", []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"), "not a safetensors file: offset 8"},
		{"cut in header", good[:100], "ends at 100 bytes, inside its header"},
		{"cut in data", good[:len(good)-1], `tensor "seed": its data ends at 36, but the file has only 35`},
		{"longer", append(good[:len(good):len(good)], 0), "1 bytes after the last tensor"},
		{"huge header", append(binary.LittleEndian.AppendUint64(nil, 1<<62), '{'), "header of 4611686018427387904 bytes"},
		{"infinite", bad, `tensor "a": element 1 is -Inf`},
		{"type", file(`{"a":{"dtype":"BF16","shape":[4],"data_offsets":[0,8]}}`, 8), `tensor "a": type "BF16"`},
		{"shape", file(`{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}`, 8), "8 bytes of data do not fill shape [3] of F32"},
		{"overflow", file(`{"a":{"dtype":"F32","shape":[4611686018427387905,4],"data_offsets":[0,16]}}`, 16), "do not fill shape"},
		{"overlap", file(a+`,"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, 8), `tensor "b": its data begins at 4, inside`},
		{"gap", file(a+`,"b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}}`, 16), `tensor "b": its data begins at 12, but the tensor before it ends at 8`},
		{"backwards", file(`{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[],"data_offsets":[4,2]}}`, 4), `tensor "b": its data ends at 2`},
		{"twice", file(a+`,"a":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}`, 12), `offset 66: "a" is given twice`},
		{"metadata twice", file(`{"__metadata__":{"k":"1","k":"2"}}`, 0), `metadata "k" is given twice`},
		{"metadata number", file(`{"__metadata__":{"k":1}}`, 0), `offset 29: '1', want '"'`},
		{"no type", file(`{"a":{"shape":[2],"data_offsets":[0,8]}}`, 8), "want dtype, shape and data_offsets"},
		{"unknown field", file(`{"a":{"kind":1}}`, 8), `unknown field "kind"`},
		{"field twice", file(`{"a":{"dtype":"F32","dtype":"F16"}}`, 8), "dtype is given twice"},
		{"three offsets", file(`{"a":{"data_offsets":[0,8,9]}}`, 8), "3 data_offsets"},
		{"negative", file(`{"a":{"shape":[-2]}}`, 8), "want a whole number"},
		{"leading zero", file(`{"a":{"shape":[02]}}`, 8), "want a whole number"},
		{"large", file(`{"a":{"shape":[9223372036854775808]}}`, 8), "too large"},
		{"half a pair", file(`{"\ud834":{}}`, 0), "broken escape"},
		{"bad string", file("{\"\xff\":{}}", 0), "not UTF-8"},
		{"unended", file(`{"a`, 0), "the header ends inside a string"},
		{"unclosed", file(a, 8), "the header ends, want ','"},
		{"after", file(`{}x`, 0), "'x' after the end"},
	} {
		f, err := Decode(tt.b)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v\nwant one with %q", tt.name, err, tt.want)
		}
		if f.Tensors != nil || f.Meta != nil {
			t.Errorf("%s: a file beside the error", tt.name)
		}
	}
}

func TestSave(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.safetensors")
	if _, err := Load(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("absent file: error %v", err)
	}
	if err := Save(path, sample()); err != nil {
		t.Fatal(err)
	}
	// A failure leaves the file as it was, and nothing beside it.
	broken := File{Tensors: []Tensor{{Name: "a", Shape: []int{1}, Data: []float32{nan}}}}
	if err := Save(path, broken); err == nil {
		t.Error("saved NaN")
	}
	f, err := Load(path)
	if err != nil || !bytes.Equal(encode(t, f), encode(t, sample())) {
		t.Errorf("error %v, file %+v", err, f)
	}
	if list, _ := os.ReadDir(dir); len(list) != 1 {
		t.Errorf("left %v", list)
	}
	if err := os.WriteFile(path, []byte("GIF89a and so on"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v, want one with the file's name", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(encode(f, sample()))
	f.Add(file(` { "b" : {"shape":[ ],"data_offsets":[0,2],"dtype":"F16"} , "__metadata__":{"\ud834\udd1e\n":"\/"}}  `, 2))
	f.Add(file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := Decode(b)
		if err != nil {
			return
		}
		once := encode(t, file)
		again, err := Decode(once)
		if err != nil {
			t.Fatalf("%q decodes, but encoded again gives %v", b, err)
		}
		if !bytes.Equal(once, encode(t, again)) || !reflect.DeepEqual(file, again) {
			t.Errorf("%q decodes as %+v, then as %+v", b, file, again)
		}
		if n := len(b) - 8 - int(binary.LittleEndian.Uint64(b)); !bytes.HasSuffix(once, b[len(b)-n:]) {
			t.Errorf("%q: the data changed", b)
		}
	})
}
