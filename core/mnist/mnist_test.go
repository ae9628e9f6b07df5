package mnist

import (
	"bytes"
	"compress/gzip"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestLoad(t *testing.T) {
	train, test, err := Load("")
	if err != nil {
		t.Fatal(err)
	}
	if train.Len() != 60000 || test.Len() != 10000 {
		t.Fatalf("%d training and %d test pictures, want 60000 and 10000", train.Len(), test.Len())
	}
	// The first labels and the class counts of the published files.
	if got, want := train.Labels[:8], []byte{5, 0, 4, 1, 9, 2, 1, 3}; !bytes.Equal(got, want) {
		t.Errorf("the first training labels are %v, want %v", got, want)
	}
	var count [Classes]int
	for _, y := range test.Labels {
		count[y]++
	}
	if want := [Classes]int{980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009}; count != want {
		t.Errorf("test classes %v, want %v", count, want)
	}

	x := make([]float32, Pixels)
	train.Image(x, 7)
	if lo, hi := slices.Min(x), slices.Max(x); lo != -1 || hi != 1 {
		t.Errorf("pixels from %v to %v, want −1 to 1", lo, hi)
	}
	for i, v := range train.Images[7*Pixels : 8*Pixels] {
		if want := 2*float64(v)/255 - 1; !(math.Abs(float64(x[i])-want) <= 1e-7) {
			t.Fatalf("pixel %d is %v, want %v", i, x[i], want)
		}
	}
}

func TestModuleMissing(t *testing.T) {
	t.Setenv("GOMODCACHE", t.TempDir())
	t.Setenv("PATH", "")
	_, _, err := Load("")
	if err == nil || !strings.Contains(err.Error(), module) {
		t.Errorf("error %v, want one that names the module", err)
	}
}

// idx is a file of the given shape that counts up.
func idx(t *testing.T, shape ...int) []byte {
	t.Helper()
	n := 1
	for _, d := range shape {
		n *= d
	}
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(i % Classes)
	}
	var b bytes.Buffer
	if err := EncodeIDX(&b, data, shape...); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zip(t *testing.T, b []byte) []byte {
	t.Helper()
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	w.Write(b)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return z.Bytes()
}

func TestLoadDir(t *testing.T) {
	images, labels := idx(t, 3, 28, 28), idx(t, 3)
	good := map[string][]byte{
		"train-images-idx3-ubyte":    images,
		"train-labels.idx1-ubyte":    labels,
		"t10k-images.idx3-ubyte.gz":  zip(t, images),
		"t10k-labels-idx1-ubyte.gz":  zip(t, labels),
		"something-else-in-the-room": {1},
	}
	for _, tt := range []struct {
		name, file string
		data       []byte
		want       string // in the error
	}{
		{name: "good"},
		{"absent", "t10k-images.idx3-ubyte.gz", nil, "has none of t10k-images-idx3-ubyte, t10k-images-idx3-ubyte.gz, t10k"},
		{"empty", "train-images-idx3-ubyte", []byte{}, "train-images-idx3-ubyte: IDX header: 0 of 16 bytes"},
		{"foreign", "train-images-idx3-ubyte", []byte("\x89PNG\r\n and much more"), "offset 0: magic number"},
		{"floats", "train-images-idx3-ubyte", []byte("\x00\x00\x0d\x03 and much more"), "offset 2: element type 0x0d"},
		{"labels as images", "train-images-idx3-ubyte", idx(t, 30), "offset 3: 1 dimensions"},
		{"huge", "train-images-idx3-ubyte", []byte("\x00\x00\x08\x03\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00"), "offset 4: dimension 0"},
		{"truncated", "train-images-idx3-ubyte", images[:1000], "offset 1000: the data ends after 984 of 2352 bytes"},
		{"longer", "train-images-idx3-ubyte", append(images[:len(images):len(images)], 0), "offset 2368: bytes after"},
		{"odd size", "train-images-idx3-ubyte", idx(t, 3, 14, 14), "14×14"},
		{"no pictures", "train-images-idx3-ubyte", idx(t, 0, 28, 28), "3 labels"},
		{"too few labels", "train-labels.idx1-ubyte", idx(t, 2), "3 images but 2 labels"},
		{"bad label", "train-labels.idx1-ubyte", []byte("\x00\x00\x08\x01\x00\x00\x00\x03\x00\x0a\x00"), "offset 9: label 10"},
		{"damaged gzip", "t10k-labels-idx1-ubyte.gz", zip(t, labels)[:20], "t10k-labels-idx1-ubyte.gz"},
		{"gzip checksum", "t10k-labels-idx1-ubyte.gz", flip(zip(t, labels), -6), "checksum"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, data := range good {
				if name == tt.file {
					if data = tt.data; data == nil {
						continue
					}
				}
				if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			train, test, err := Load(dir)
			if tt.want == "" {
				if err != nil || train.Len() != 3 || test.Len() != 3 {
					t.Fatalf("error %v", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v\nwant one with %q", err, tt.want)
			}
		})
	}
}

// flip damages the byte at offset i, from the end if negative.
func flip(b []byte, i int) []byte {
	b[(i+len(b))%len(b)] ^= 1
	return b
}

func FuzzDecodeIDX(f *testing.F) {
	var b bytes.Buffer
	EncodeIDX(&b, []byte{1, 2, 3, 4}, 4)
	f.Add(b.Bytes(), 1)
	b.Reset()
	EncodeIDX(&b, []byte{1, 2, 3, 4}, 1, 2, 2)
	f.Add(b.Bytes(), 3)
	f.Add([]byte{0x1f, 0x8b}, 1)
	f.Fuzz(func(t *testing.T, in []byte, dims int) {
		dims = 1 + (dims&3)%3
		data, shape, err := DecodeIDX(bytes.NewReader(in), dims)
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := EncodeIDX(&out, data, shape...); err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(in, []byte{0x1f, 0x8b}) && !bytes.Equal(in, out.Bytes()) {
			t.Errorf("%x decodes and encodes as %x", in, out.Bytes())
		}
	})
}
