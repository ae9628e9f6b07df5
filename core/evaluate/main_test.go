package main

import (
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inkwell/core/energy"
	"inkwell/core/mnist"
)

func TestParse(t *testing.T) {
	for args, want := range map[string]string{
		"-quick":         "",
		"-seed -1":       "seed",
		"-fast":          "fast",
		"a.safetensors":  `"a.safetensors" is no flag`,
		"-seed 1 -quick": "",
	} {
		_, err := parse(strings.Fields(args), io.Discard)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", args, err, want)
		}
	}
}

func TestFigure(t *testing.T) {
	for want, f := range map[string]figure{
		"98.10 ± 0.14 %": {Value: 98.1, Error: 0.137, Unit: "%"},
		"1234 ± 57":      {Value: 1234.4, Error: 57},
		"1052344 bytes":  {Value: 1052344, Unit: "bytes"},
		"0.9918":         {Value: 0.99184},
		"NaN dB":         {Value: number(math.NaN()), Unit: "dB"},
	} {
		if got := f.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	b, err := json.Marshal(figure{Value: number(math.Inf(1)), Error: 0.5})
	if err != nil || !strings.Contains(string(b), `"Value":null,"Error":0.5`) {
		t.Errorf("%s, %v", b, err)
	}
}

func TestTable(t *testing.T) {
	a := []figure{{Group: "g", Name: "n", Value: 1}, {Group: "g", Name: "m", Value: 2}}
	b := []figure{{Group: "h", Name: "n", Value: 3}, {Group: "g", Name: "m", Value: 4}}
	got := strings.Join(strings.Fields(table(a, b)), " ")
	if want := "g n 1 – m 2 4"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestFill(t *testing.T) {
	got, err := fill("a\n<!-- measured -->\nstale\n<!-- end -->\nb\n", "| 1 |\n")
	if want := "a\n<!-- measured -->\n| 1 |\n<!-- end -->\nb\n"; got != want || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := fill("a\n<!-- measured -->\n", ""); err == nil {
		t.Error("no error without an end")
	}
}

// Everything is measured, and the bar ends where the work does.
func TestMeasure(t *testing.T) {
	net, err := energy.New("conv4k4s4 fc8", 1)
	if err != nil {
		t.Fatal(err)
	}
	train, test, err := mnist.Load("")
	if err != nil {
		t.Fatal(err)
	}
	train.Images, train.Labels = train.Images[:100*mnist.Pixels], train.Labels[:100]
	test.Images, test.Labels = test.Images[:50*mnist.Pixels], test.Labels[:50]
	done := 0
	e := &evaluation{
		size: size{test: 40, repair: 3, chains: 2, steps: 200, repeats: 5, samples: 20, guided: 10},
		dir:  t.TempDir(), net: net, judge: net, train: train, test: test, foreign: test,
		family: energy.Split{net.NewBatch(16), net.NewBatch(16)},
		tick:   func(n int) error { done += n; return nil },
	}
	if err := e.measure(); err != nil {
		t.Fatal(err)
	}
	if done != e.work() {
		t.Errorf("the work was %d images, of %d", done, e.work())
	}
	seen := map[string]bool{}
	for _, f := range e.figures {
		if v := float64(f.Value); v-v != 0 {
			t.Errorf("%s, %s: %v", f.Group, f.Name, v)
		}
		if seen[f.Group+f.Name] {
			t.Errorf("%s, %s: twice", f.Group, f.Name)
		}
		seen[f.Group+f.Name] = true
		if f.Name == "foreign, by E(x)" && f.Value != 0.5 {
			t.Errorf("the test set against itself: AUROC %v", f.Value)
		}
	}
	for _, name := range []string{"reliability.png", "restoration.png", "neighbours.png"} {
		if info, err := os.Stat(filepath.Join(e.dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
