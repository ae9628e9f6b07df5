// Command train trains the energy that ships, from the data to weights/.
//
//	go run ./core/train              the recipe of the shipped weights
//	go run ./core/train -quick       recognisable digits in about two minutes
//	go run ./core/train -minutes 30  the same recipe fitted to half an hour
//	go run ./core/train -resume      go on where a run was interrupted
//	go run ./core/train -judge       train the classifier that evaluation uses
//
// While it works, runs/train holds the checkpoint, a grid of samples and the
// training curves.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"image/png"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/schollz/progressbar/v3"

	"inkwell/core/checkpoint"
	"inkwell/core/energy"
	"inkwell/core/internal/kernel"
	"inkwell/core/learn"
	"inkwell/core/mnist"
	"inkwell/core/picture"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "train:", err)
		if errors.Is(err, errUsage) {
			os.Exit(2)
		}
		os.Exit(1)
	}
}

var errUsage = errors.New("see -help")

func run(args []string) error {
	fs := flag.NewFlagSet("train", flag.ContinueOnError)
	c := learn.Recipe()
	seed := fs.Uint64("seed", c.Seed, "seed of every random choice")
	minutes := fs.Float64("minutes", 0, "fit the schedule to this many minutes (0: the recipe's own)")
	quick := fs.Bool("quick", false, "train for two minutes")
	resume := fs.Bool("resume", false, "continue the run in -run")
	data := fs.String("data", "", "folder of IDX files (default: MNIST from the module cache)")
	out := fs.String("o", "weights", "folder for the trained weights")
	dir := fs.String("run", filepath.Join("runs", "train"), "folder for checkpoint, samples and curves")
	arch := fs.String("arch", string(c.Arch), "architecture")
	judge := fs.Bool("judge", false, "train the classifier that evaluation uses, not the energy")
	fs.IntVar(&c.Steps[0], "steps1", c.Steps[0], "updates of phase 1, joint energy matching")
	fs.IntVar(&c.Steps[1], "steps2", c.Steps[1], "updates of phase 2, contrastive divergence")
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return errUsage
	}
	if fs.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q: %w", fs.Arg(0), errUsage)
	}
	if !(*minutes >= 0 && *minutes <= 1e5) {
		return fmt.Errorf("-minutes %v: want 0 to 100000: %w", *minutes, errUsage)
	}
	if *quick {
		*minutes = 2
	}
	c.Seed, c.Arch = *seed, energy.Arch(*arch)
	if err := c.Check(); err != nil {
		return fmt.Errorf("%w: %w", err, errUsage)
	}
	if !kernel.Vectorised {
		slog.Info("scalar build; for the fast one: GOTOOLCHAIN=go1.27.4 GOEXPERIMENT=simd go run ./core/train, or make train")
	}
	train, test, err := mnist.Load(*data)
	if err != nil {
		return err
	}
	command := "go run ./core/train"
	fs.Visit(func(f *flag.Flag) {
		switch f.Name {
		case "o", "run", "resume": // where and how often makes no difference to the result
		default:
			command += fmt.Sprintf(" -%s=%s", f.Name, f.Value)
		}
	})
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *judge {
		return trainJudge(ctx, train, test, *seed, *out, command)
	}
	if err := os.MkdirAll(*dir, 0o755); err != nil {
		return err
	}
	if err := os.MkdirAll(*out, 0o755); err != nil {
		return err
	}
	t := trainer{dir: *dir, out: *out, test: test, command: command, commit: commit()}
	path := filepath.Join(*dir, "checkpoint.safetensors")
	switch {
	case *resume:
		f, err := checkpoint.Load(path)
		if err != nil {
			return fmt.Errorf("-resume: %w", err)
		}
		// the schedule is that of the first start, whatever the flags
		if _, err := fmt.Sscan(f.Meta["steps"], &c.Steps[0], &c.Steps[1]); err != nil {
			return fmt.Errorf("-resume: checkpoint without its schedule: %w", err)
		}
		if t.run, err = learn.Resume(c, train, f); err != nil {
			return err
		}
	default:
		if *minutes > 0 {
			if c.Steps, err = fit(c, train, *minutes); err != nil {
				return err
			}
		}
		if t.run, err = learn.Start(c, train); err != nil {
			return err
		}
	}
	return t.loop(ctx, path)
}

// fit measures an update of each phase and shares the time out as the recipe
// does: four fifths to phase 1.
func fit(c learn.Config, set *mnist.Set, minutes float64) ([2]int, error) {
	var steps [2]int
	for phase := range steps {
		probe := c
		probe.Steps = [2]int{0, 1 << 20}
		if phase == 0 {
			probe.Steps[0] = 1 << 20
		}
		r, err := learn.Start(probe, set)
		if err != nil {
			return steps, err
		}
		r.Update() // fills the pool, warms the caches
		const n = 8
		start := time.Now()
		for range n {
			r.Update()
		}
		share := []float64{0.8, 0.15}[phase] // the rest: falls, pictures, saving
		steps[phase] = max(20, int(share*minutes*60/(time.Since(start).Seconds()/n)))
	}
	return steps, nil
}

type trainer struct {
	run      *learn.Run
	dir, out string
	test     *mnist.Set
	command  string
	commit   string // when the run was started, or resumed
	curves   curves
}

// saveEvery is how much work an interruption may cost.
const saveEvery = 30 * time.Second

func (t *trainer) loop(ctx context.Context, path string) error {
	r := t.run
	total := int64(r.Steps[0]) + costRatio*int64(r.Steps[1])
	bar := progressbar.NewOptions64(total, progressbar.OptionSetWriter(os.Stderr), progressbar.OptionThrottle(500*time.Millisecond),
		progressbar.OptionSetPredictTime(true), progressbar.OptionFullWidth(), progressbar.OptionSetElapsedTime(true))
	t.curves.load(filepath.Join(t.dir, "curves.csv"))
	saved, pictured := time.Now(), time.Now()
	start := time.Now()
	var mean learn.Losses
	for !r.Done() {
		phase, step := r.Phase, r.Step
		back := r.RollBack
		loss := r.Update()
		if r.RollBack > back {
			slog.Warn("diverged: back to the last good state at half the rate", "phase", phase+1, "update", step)
			if r.RollBack > 8 {
				return fmt.Errorf("the run diverged %d times; the last checkpoint is %s", r.RollBack, path)
			}
		}
		a := 0.02
		if step == 0 {
			a = 1
		}
		mean.Match += a * (loss.Match - mean.Match)
		mean.Class += a * (loss.Class - mean.Class)
		if phase == 0 && step%probeEvery == 0 {
			mean.Positive, mean.Negative = r.Probe()
		} else if phase == 1 {
			mean.Positive += a * (loss.Positive - mean.Positive)
			mean.Negative += a * (loss.Negative - mean.Negative)
		}
		done := int64(r.Step)
		if r.Phase >= 1 {
			done = int64(r.Steps[0]) + costRatio*int64(r.Step)
		}
		if r.Phase == 2 {
			done = total
		}
		if step%10 == 0 {
			bar.Describe(fmt.Sprintf("phase %d %d: match %.1f class %.3f E data %.0f samples %.0f", phase+1, step, mean.Match, mean.Class, mean.Positive, mean.Negative))
			_ = bar.Set64(done)
		}
		if step%50 == 0 {
			t.curves.add(phase, step, mean)
		}
		if stopping := ctx.Err() != nil; r.Savable() && (stopping || r.Done() || time.Since(saved) > saveEvery) {
			f := r.File()
			f.Meta["steps"] = fmt.Sprint(r.Steps[0], r.Steps[1])
			if err := checkpoint.Save(path, f); err != nil {
				return err
			}
			t.curves.save(filepath.Join(t.dir, "curves.csv"))
			saved = time.Now()
			if stopping && !r.Done() {
				_ = bar.Exit()
				fmt.Fprintf(os.Stderr, "\ninterrupted at phase %d, update %d; continue with -resume\n", r.Phase+1, r.Step)
				return nil
			}
		}
		if time.Since(pictured) > 2*time.Minute || r.Done() {
			if err := t.pictures(); err != nil {
				return err
			}
			pictured = time.Now()
		}
	}
	_ = bar.Finish()
	return t.ship(time.Since(start))
}

// probeEvery is how many updates of phase 1 lie between two looks at the
// energies; one costs as much as some five updates.
const probeEvery = 250

// costRatio is what an update of phase 2 costs in updates of phase 1, for the
// progress bar.
const costRatio = 3

// pictures writes a grid of samples from the averaged weights, and the curves.
func (t *trainer) pictures() error {
	x := learn.Samples(t.run.Weights(), 100, t.run.Seed, -1, 0, 160)
	f, err := os.Create(filepath.Join(t.dir, "samples.png"))
	if err != nil {
		return err
	}
	defer f.Close()
	if err := png.Encode(f, picture.Grid(x, 10, 2)); err != nil {
		return err
	}
	return t.curves.plot(filepath.Join(t.dir, "curves.png"))
}
