package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"inkwell/core/checkpoint"
	"inkwell/core/energy"
	"inkwell/core/learn"
	"inkwell/core/mnist"
)

// A manifest says where a weights file comes from.
type manifest struct {
	SHA256       string         `json:"sha256"`
	Bytes        int            `json:"bytes"`
	Architecture string         `json:"architecture"`
	Seed         uint64         `json:"seed"`
	Commit       string         `json:"commit"`
	Command      string         `json:"command"`
	Go           string         `json:"go"`
	Minutes      float64        `json:"minutes"`
	Metrics      map[string]any `json:"metrics"`
}

// ship writes the averaged weights in half precision, with their manifest.
func (t *trainer) ship(spent time.Duration) error {
	r := t.run
	net := r.Weights()
	net.Meta = map[string]string{
		"seed": fmt.Sprint(r.Seed), "commit": t.commit, "command": t.command,
		"step": fmt.Sprint(r.Steps[0] + r.Steps[1]), "recipe": r.Config.String(),
	}
	lo, hi := learn.Band(learn.Energies(net, t.test))
	net.Meta["band"] = fmt.Sprintf("%.2f,%.2f", lo, hi)
	m := manifest{Architecture: string(r.Arch), Seed: r.Seed, Minutes: spent.Minutes(), Metrics: map[string]any{
		"steps": r.Steps, "multiply_adds": net.MACs(), "parameters": len(net.Theta), "energy_band": []float64{lo, hi},
		"roll_backs": r.RollBack,
	}}
	return t.write("inkwell", net, m)
}

func (t *trainer) write(name string, net *energy.Net, m manifest) error {
	path := filepath.Join(t.out, name+".safetensors")
	var b bytes.Buffer
	f := net.File().Half()
	if err := checkpoint.Encode(&b, f); err != nil {
		return err
	}
	if err := checkpoint.Save(path, f); err != nil {
		return err
	}
	m.SHA256, m.Bytes = fmt.Sprintf("%x", sha256.Sum256(b.Bytes())), b.Len()
	m.Commit, m.Command, m.Go = net.Meta["commit"], net.Meta["command"], runtime.Version()
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(t.out, name+".json"), append(text, '\n'), 0o644); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "wrote %s, %d bytes\n", path, b.Len())
	return nil
}

// commit names the commit of the working tree, marked when it has changes.
func commit() string {
	b, err := exec.Command("git", "describe", "--always", "--dirty", "--abbrev=12").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(b))
}

// accuracy is the share of a set's images that the net classifies rightly.
func accuracy(net *energy.Net, set *mnist.Set) float64 {
	each := learn.ClassEnergies(net, set)
	right := 0
	for i, y := range set.Labels {
		best := 0
		for k := range energy.Classes {
			if each[i*energy.Classes+k] < each[i*energy.Classes+best] {
				best = k
			}
		}
		if best == int(y) {
			right++
		}
	}
	return float64(right) / float64(set.Len())
}
