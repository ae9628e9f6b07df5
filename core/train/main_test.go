package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"inkwell/core/energy"
)

// TestTrain runs the command as a user would, with few updates, resumes it,
// and reads what it has written.
func TestTrain(t *testing.T) {
	if testing.Short() {
		t.Skip("trains a small net")
	}
	dir := t.TempDir()
	out, work := filepath.Join(dir, "weights"), filepath.Join(dir, "run")
	args := []string{"-o", out, "-run", work, "-arch", "conv4k4s2 conv4k3s2 fc16 fc8", "-steps1", "8", "-steps2", "5"}
	if err := run(args); err != nil {
		t.Fatal(err)
	}
	weights := filepath.Join(out, "inkwell.safetensors")
	first, err := os.ReadFile(weights)
	if err != nil {
		t.Fatal(err)
	}
	net, err := energy.Load(first)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"seed", "commit", "command", "step", "band", "recipe"} {
		if net.Meta[key] == "" {
			t.Errorf("the weights do not tell their %s", key)
		}
	}
	for _, name := range []string{"samples.png", "curves.png", "curves.csv", "checkpoint.safetensors"} {
		if info, err := os.Stat(filepath.Join(work, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := run(append(args, "-resume")); err != nil { // of a finished run: ships again
		t.Fatal(err)
	}
	again, err := os.ReadFile(weights)
	if err != nil {
		t.Fatal(err)
	}
	net2, err := energy.Load(again)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range net.Theta {
		if net2.Theta[i] != v {
			t.Fatal("resumed after its end, the run ships other weights")
		}
	}
}

func TestBadFlags(t *testing.T) {
	for _, args := range [][]string{
		{"-minutes", "-1"}, {"-minutes", "NaN"}, {"-steps1", "-5"}, {"-nonsense"}, {"weights"}, {"-steps2", "1e9"},
	} {
		if err := run(args); !errors.Is(err, errUsage) {
			t.Errorf("%v: error %v, want one of usage", args, err)
		}
	}
	if err := run([]string{"-data", t.TempDir()}); err == nil {
		t.Error("an empty folder was taken for data")
	}
	if err := run([]string{"-resume", "-run", t.TempDir()}); err == nil {
		t.Error("resumed without a checkpoint")
	}
}
