package checkpoint

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

const metaName = "__metadata__"

// An entry is a tensor as the header describes it.
type entry struct {
	name       string
	dtype      string
	shape      []int
	begin, end int // in the data
}

// A scanner reads a safetensors header: JSON objects whose keys are known or
// names, and whose values are strings and arrays of non-negative integers.
type scanner struct {
	b    []byte
	i    int
	base int // offset of b in the file, for errors
}

func (s *scanner) errorf(format string, args ...any) error {
	return fmt.Errorf("offset %d: %s", s.base+s.i, fmt.Sprintf(format, args...))
}

// header reads the metadata and the description of every tensor.
func (s *scanner) header() (f File, entries []entry, err error) {
	seen := map[string]bool{}
	err = s.object(func(name string) error {
		if seen[name] {
			return s.errorf("%q is given twice", name)
		}
		seen[name] = true
		if name == metaName {
			f.Meta = map[string]string{}
			return s.object(func(key string) (err error) {
				if _, ok := f.Meta[key]; ok {
					return s.errorf("metadata %q is given twice", key)
				}
				f.Meta[key], err = s.string()
				return err
			})
		}
		e, err := s.entry(name)
		entries = append(entries, e)
		return err
	})
	if err != nil {
		return File{}, nil, err
	}
	if s.space(); s.i < len(s.b) {
		return File{}, nil, s.errorf("%q after the end", s.b[s.i])
	}
	if len(f.Meta) == 0 {
		f.Meta = nil // as if it had not been there
	}
	return f, entries, nil
}

func (s *scanner) entry(name string) (e entry, err error) {
	e.name = name
	seen := map[string]bool{}
	err = s.object(func(key string) (err error) {
		if seen[key] {
			return s.errorf("tensor %q: %s is given twice", name, key)
		}
		seen[key] = true
		switch key {
		case "dtype":
			e.dtype, err = s.string()
		case "shape":
			e.shape, err = s.ints()
		case "data_offsets":
			var span []int
			if span, err = s.ints(); err == nil && len(span) != 2 {
				err = s.errorf("tensor %q: %d data_offsets, want 2", name, len(span))
			} else if err == nil {
				e.begin, e.end = span[0], span[1]
			}
		default:
			err = s.errorf("tensor %q: unknown field %q", name, key)
		}
		return err
	})
	if err == nil && len(seen) != 3 {
		err = s.errorf("tensor %q: want dtype, shape and data_offsets", name)
	}
	return e, err
}

// object reads { "key": value, … } and calls value where each value begins.
func (s *scanner) object(value func(key string) error) error {
	return s.list('{', '}', func() error {
		key, err := s.string()
		if err != nil {
			return err
		}
		if err := s.expect(':'); err != nil {
			return err
		}
		return value(key)
	})
}

// ints reads [1, 2, …].
func (s *scanner) ints() (list []int, err error) {
	err = s.list('[', ']', func() error {
		s.space()
		n := bytes.IndexFunc(s.b[s.i:], func(r rune) bool { return r < '0' || r > '9' })
		if n < 1 || n > 1 && s.b[s.i] == '0' {
			return s.errorf("want a whole number")
		}
		v, err := strconv.ParseUint(string(s.b[s.i:s.i+n]), 10, 64)
		if err != nil || v > math.MaxInt {
			return s.errorf("the number %s is too large", s.b[s.i:s.i+n])
		}
		s.i += n
		list = append(list, int(v))
		return nil
	})
	return list, err
}

// list reads item, item, … between the two brackets.
func (s *scanner) list(open, shut byte, item func() error) error {
	if err := s.expect(open); err != nil {
		return err
	}
	if s.next(shut) {
		return nil
	}
	for {
		if err := item(); err != nil {
			return err
		}
		if s.next(shut) {
			return nil
		}
		if err := s.expect(','); err != nil {
			return err
		}
	}
}

func (s *scanner) space() {
	for s.i < len(s.b) && bytes.IndexByte([]byte(" \t\r\n"), s.b[s.i]) >= 0 {
		s.i++
	}
}

// next skips c if it comes next.
func (s *scanner) next(c byte) bool {
	s.space()
	if s.i == len(s.b) || s.b[s.i] != c {
		return false
	}
	s.i++
	return true
}

func (s *scanner) expect(c byte) error {
	if s.next(c) {
		return nil
	}
	if s.i == len(s.b) {
		return s.errorf("the header ends, want %q", c)
	}
	return s.errorf("%q, want %q", s.b[s.i], c)
}

// string reads a JSON string.
func (s *scanner) string() (string, error) {
	if err := s.expect('"'); err != nil {
		return "", err
	}
	var out []byte
	for s.i < len(s.b) {
		c := s.b[s.i]
		switch {
		case c == '"':
			s.i++
			return string(out), nil
		case c < ' ':
			return "", s.errorf("control character %#02x in a string", c)
		case c == '\\':
			r, n := unescape(s.b[s.i:])
			if n == 0 {
				return "", s.errorf("broken escape in a string")
			}
			out = utf8.AppendRune(out, r)
			s.i += n
		default:
			r, n := utf8.DecodeRune(s.b[s.i:])
			if r == utf8.RuneError && n == 1 {
				return "", s.errorf("a string is not UTF-8")
			}
			out = append(out, s.b[s.i:s.i+n]...)
			s.i += n
		}
	}
	return "", s.errorf("the header ends inside a string")
}

// unescape reads the JSON escape that b begins with, and its length, 0 if it
// is none.
func unescape(b []byte) (r rune, n int) {
	if len(b) < 2 {
		return 0, 0
	}
	if i := bytes.IndexByte([]byte(`"\/bfnrt`), b[1]); i >= 0 {
		return rune("\"\\/\b\f\n\r\t"[i]), 2
	}
	unit := func(b []byte) rune {
		if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
			return -1
		}
		v, err := strconv.ParseUint(string(b[2:6]), 16, 16)
		if err != nil {
			return -1
		}
		return rune(v)
	}
	switch r = unit(b); {
	case r < 0:
		return 0, 0
	case !utf16.IsSurrogate(r):
		return r, 6
	}
	if r = utf16.DecodeRune(r, unit(b[6:])); r == utf8.RuneError {
		return 0, 0 // half a pair
	}
	return r, 12
}

// appendString appends s, which is UTF-8, as a JSON string.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for _, c := range []byte(s) {
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ':
			dst = fmt.Appendf(dst, `\u%04x`, c)
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
