package mnist

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// EncodeIDX writes bytes in LeCun's IDX format: two zero bytes, the type
// (8, unsigned byte), the number of dimensions, each dimension as a big-endian
// uint32, and then the elements in row-major order
// (LeCun, Cortes & Burges, "The MNIST database", file formats).
//
// It panics if data does not fill shape.
func EncodeIDX(w io.Writer, data []byte, shape ...int) error {
	n := 1
	head := []byte{0, 0, typeByte, byte(len(shape))}
	for _, d := range shape {
		if d < 0 || d > math.MaxUint32 {
			panic("mnist: EncodeIDX: dimension out of range")
		}
		n *= d
		head = binary.BigEndian.AppendUint32(head, uint32(d))
	}
	if len(shape) == 0 || len(shape) > 255 || n != len(data) {
		panic("mnist: EncodeIDX: data and shape differ in size")
	}
	if _, err := w.Write(head); err != nil {
		return err
	}
	_, err := w.Write(data)
	return err
}

// DecodeIDX reads unsigned bytes in IDX format (see [EncodeIDX]), plain or
// compressed with gzip, and returns them with their dims dimensions.
// Errors name the field and the offset in the (uncompressed) stream. No more
// is read or allocated than the header announces and the stream delivers.
func DecodeIDX(r io.Reader, dims int) (data []byte, shape []int, err error) {
	// A stream too short to peek at is left to fail as a header, below.
	var magic [2]byte
	n, err := io.ReadFull(r, magic[:])
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, nil, err
	}
	r = io.MultiReader(bytes.NewReader(magic[:n]), r)
	if magic == [2]byte{0x1f, 0x8b} {
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, nil, fmt.Errorf("gzip header: %w", err)
		}
		defer z.Close()
		r = z
	}

	head := make([]byte, 4+4*dims)
	if n, err := io.ReadFull(r, head); err != nil {
		return nil, nil, fmt.Errorf("IDX header: %d of %d bytes: %w", n, len(head), short(err))
	}
	if head[0] != 0 || head[1] != 0 {
		return nil, nil, fmt.Errorf("offset 0: magic number %#02x%02x, want 0x0000: not an IDX file", head[0], head[1])
	}
	if head[2] != typeByte {
		return nil, nil, fmt.Errorf("offset 2: element type %#02x, want %#02x (unsigned byte)", head[2], typeByte)
	}
	if int(head[3]) != dims {
		return nil, nil, fmt.Errorf("offset 3: %d dimensions, want %d", head[3], dims)
	}
	size := int64(1)
	for i := range dims {
		d := int64(binary.BigEndian.Uint32(head[4+4*i:]))
		if d > 0 && size > maxSize/d {
			return nil, nil, fmt.Errorf("offset %d: dimension %d is %d: more than %d bytes in all", 4+4*i, i, d, int64(maxSize))
		}
		size *= d
		shape = append(shape, int(d))
	}

	// One byte more than announced, so that trailing bytes are noticed and a
	// gzip stream reaches the checksum at its end.
	data, err = io.ReadAll(io.LimitReader(r, size+1))
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("offset %d: %w", len(head)+len(data), short(err))
	case int64(len(data)) < size:
		return nil, nil, fmt.Errorf("offset %d: the data ends after %d of %d bytes of shape %v: %w", len(head)+len(data), len(data), size, shape, io.ErrUnexpectedEOF)
	case int64(len(data)) > size:
		return nil, nil, fmt.Errorf("offset %d: bytes after the %d of shape %v", int64(len(head))+size, size, shape)
	}
	return data, shape, nil
}

const (
	typeByte = 8           // IDX code of unsigned bytes
	maxSize  = 1<<31 - 1e6 // largest stream read; fits an int everywhere
)

// short makes an end of file inside a stream an unexpected one.
func short(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
