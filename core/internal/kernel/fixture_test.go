//go:build !js

package kernel

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// assemble translates the little of the WebAssembly text format that
// testdata/tile.wat uses: one memory and one function, its instructions
// unfolded.
func assemble(text string) ([]byte, error) {
	text = regexp.MustCompile(`;;.*`).ReplaceAllString(text, "")
	words := strings.Fields(strings.NewReplacer("(", " ( ", ")", " ) ").Replace(text))
	next := func() string {
		if len(words) == 0 {
			return ""
		}
		w := words[0]
		words = words[1:]
		return w
	}
	kinds := map[string]byte{"i32": 0x7F, "v128": 0x7B}
	var (
		pages          uint64
		memory, export string
		params, locals []byte
		index          = map[string]uint64{}
		labels         []string
		code           []byte
	)
	// The byte of each instruction; 0xFD begins those on vectors.
	plain := map[string]byte{"i32.add": 0x6A, "i32.sub": 0x6B, "i32.shl": 0x74, "i32.lt_u": 0x49}
	access := map[string]byte{"local.get": 0x20, "local.set": 0x21, "local.tee": 0x22}
	vector := map[string]uint64{"v128.load": 0, "v128.load32_splat": 9, "v128.store": 11, "v128.const": 12, "f32x4.add": 228, "f32x4.mul": 230}
	align := map[string]byte{"v128.load": 4, "v128.load32_splat": 2, "v128.store": 4}
	inMemory := false
	for len(words) > 0 {
		w := next()
		switch {
		case w == ")":
		case w == "(":
			switch head := next(); head {
			case "module":
			case "memory":
				inMemory = true
			case "func":
				inMemory = false
			case "export":
				name := strings.Trim(next(), `"`)
				if inMemory {
					memory = name
				} else {
					export = name
				}
				next()
				if inMemory {
					pages, _ = strconv.ParseUint(next(), 10, 32)
				}
			case "param", "local":
				index[next()] = uint64(len(index))
				kind := kinds[next()]
				if head == "param" {
					params = append(params, kind)
				} else {
					locals = append(locals, kind)
				}
			default:
				return nil, fmt.Errorf("unknown form %q", head)
			}
		case access[w] != 0:
			name := next()
			i, ok := index[name]
			if !ok {
				return nil, fmt.Errorf("unknown local %q", name)
			}
			code = binary.AppendUvarint(append(code, access[w]), i)
		case plain[w] != 0:
			code = append(code, plain[w])
		case w == "i32.const":
			v, err := strconv.Atoi(next())
			if err != nil || v < 0 || v > 63 {
				return nil, fmt.Errorf("constant does not fit one byte")
			}
			code = append(code, 0x41, byte(v))
		case w == "loop":
			labels = append(labels, next())
			code = append(code, 0x03, 0x40)
		case w == "br_if":
			name, depth := next(), -1
			for i, l := range labels {
				if l == name {
					depth = len(labels) - 1 - i
				}
			}
			if depth < 0 {
				return nil, fmt.Errorf("unknown label %q", name)
			}
			code = append(code, 0x0D, byte(depth))
		case w == "end":
			labels = labels[:len(labels)-1]
			code = append(code, 0x0B)
		default:
			op, ok := vector[w]
			if !ok {
				return nil, fmt.Errorf("unknown instruction %q", w)
			}
			code = binary.AppendUvarint(append(code, 0xFD), op)
			if a, ok := align[w]; ok {
				var offset uint64
				if len(words) > 0 && strings.HasPrefix(words[0], "offset=") {
					offset, _ = strconv.ParseUint(next()[len("offset="):], 10, 32)
				}
				code = binary.AppendUvarint(append(code, a), offset)
			} else if w == "v128.const" {
				for range 5 {
					next() // i32x4 0 0 0 0
				}
				code = append(code, make([]byte, 16)...)
			}
		}
	}
	str := func(s string) []byte { return append([]byte{byte(len(s))}, s...) }
	sized := func(b []byte) []byte { return append(binary.AppendUvarint(nil, uint64(len(b))), b...) }
	module := []byte("\x00asm\x01\x00\x00\x00")
	section := func(id byte, b ...byte) { module = append(append(module, id), sized(b)...) }
	section(1, append(append([]byte{1, 0x60, byte(len(params))}, params...), 0)...)
	section(3, 1, 0)
	section(5, 1, 0, byte(pages))
	section(7, append(append(append([]byte{2}, append(str(memory), 2, 0)...), str(export)...), 0, 0)...)
	body := []byte{byte(len(locals))}
	for _, kind := range locals {
		body = append(body, 1, kind)
	}
	section(10, append([]byte{1}, sized(append(append(body, code...), 0x0B))...)...)
	return module, nil
}

type fixtureResult struct {
	Dst  []float32
	Rate float64
}

// runFixture runs the hand-written kernel under node.
func runFixture(t testing.TB) fixtureResult {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed")
	}
	text, err := os.ReadFile("testdata/tile.wat")
	if err != nil {
		t.Fatal(err)
	}
	module, err := assemble(string(text))
	if err != nil {
		t.Fatalf("testdata/tile.wat: %v", err)
	}
	file := filepath.Join(t.TempDir(), "tile.wasm")
	if err := os.WriteFile(file, module, 0o666); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(node, "testdata/tile.js", file).Output()
	if err != nil {
		t.Fatalf("node: %v", err)
	}
	var r fixtureResult
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// The mark is a product: small integers leave no rounding.
func TestFixture(t *testing.T) {
	const k = 288
	x := func(i int) int { return i*7%5 - 2 }
	r := runFixture(t)
	if len(r.Dst) != 32 {
		t.Fatalf("%d results", len(r.Dst))
	}
	for i, got := range r.Dst {
		want := 0
		for q := range k {
			want += x(q*4+i/8) * x(4*k+q*8+i%8)
		}
		if got != float32(want) {
			t.Errorf("(%d, %d) is %v, want %d", i/8, i%8, got, want)
		}
	}
}

// BenchmarkWebAssembly compares Mul, built by this toolchain for js/wasm with
// GOEXPERIMENT=simd, with the hand-written kernel, under the same node and
// alternating: the best of several short runs each.
func BenchmarkWebAssembly(b *testing.B) {
	bin := filepath.Join(b.TempDir(), "kernel.wasm")
	build := exec.Command("go", "test", "-c", "-o", bin, ".")
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOEXPERIMENT=simd")
	if out, err := build.CombinedOutput(); err != nil {
		b.Skipf("no js/wasm build with SIMD: %v\n%s", err, out)
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		b.Fatal(err)
	}
	runner := filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "go_js_wasm_exec")
	rate := regexp.MustCompile(`([\d.]+) GFLOP/s`)
	var mark, ours float64
	for b.Loop() {
		for range 4 {
			mark = max(mark, runFixture(b).Rate)
			out, err := exec.Command(runner, bin, "-test.run=^$", "-test.bench=^BenchmarkMul$", "-test.benchtime=300ms", "-test.count=3").CombinedOutput()
			if err != nil {
				b.Fatalf("%v\n%s", err, out)
			}
			for _, m := range rate.FindAllSubmatch(out, -1) {
				v, _ := strconv.ParseFloat(string(m[1]), 64)
				ours = max(ours, v)
			}
		}
	}
	b.ReportMetric(mark, "hand-GFLOP/s")
	b.ReportMetric(ours, "GFLOP/s")
	b.ReportMetric(ours/mark, "ratio")
}
