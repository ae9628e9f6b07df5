// Evaluate measures a weights file: its beliefs as a classifier, what its
// energy says of images that are no digits, how near its samples are to the
// test set and whether they are of the class asked for, the damage it can
// repair, how its chains behave, and what it costs.
//
//	go run ./core/evaluate -o measured
//
// Samples are seen by the judge, a classifier trained apart from the energy
// (go run ./core/train -judge): Fréchet distances and the like are taken on
// its features and compare with nothing that was measured on others. With
// -baseline another weights file is measured beside the first.
//
// It prints a table and writes measured/figures.json, pictures beside it, and
// with -card the table into the part of a model card that lies between the
// lines <!-- measured --> and <!-- end -->. The figures depend on the flags,
// the weights and the build alone (fused products round differently).
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/schollz/progressbar/v3"

	"inkwell/core/energy"
	"inkwell/core/mnist"
	"inkwell/weights"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	o, err := parse(os.Args[1:], os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "evaluate:", err)
		os.Exit(2)
	}
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "evaluate:", err)
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	weights, baseline, judge string
	data, foreign            string
	out, card                string
	quick                    bool
	seed                     uint64
}

// parse reads the flags. An error is one line for the user.
func parse(args []string, stderr io.Writer) (o options, err error) {
	f := flag.NewFlagSet("evaluate", flag.ContinueOnError)
	f.SetOutput(io.Discard) // the error is printed once, by main
	f.StringVar(&o.weights, "weights", "", "safetensors `file` of weights (default: those that ship)")
	f.StringVar(&o.baseline, "baseline", "", "another weights `file`, to measure beside the first")
	f.StringVar(&o.judge, "judge", "weights/judge.safetensors", "weights `file` of the classifier that judges samples; empty to do without")
	f.StringVar(&o.data, "data", "", "`folder` of IDX files (default: MNIST)")
	f.StringVar(&o.foreign, "foreign", "", "`folder` of the IDX files of images that are no digits")
	f.StringVar(&o.out, "o", "measured", "`folder` for figures.json and pictures")
	f.StringVar(&o.card, "card", "", "model card, a `file`, to write the table into")
	f.BoolVar(&o.quick, "quick", false, "fewer images and steps: a look, not a measurement")
	f.Uint64Var(&o.seed, "seed", 1, "seed of all that is random")
	if err = f.Parse(args); errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(stderr, "Usage: evaluate [flags]")
		f.SetOutput(stderr)
		f.PrintDefaults()
	}
	if err == nil && f.NArg() > 0 {
		err = fmt.Errorf("%q is no flag; -h lists them", f.Arg(0))
	}
	return o, err
}

func run(ctx context.Context, o options) error {
	names := []string{"the weights that ship"}
	if o.weights != "" {
		names[0] = o.weights
	}
	if o.baseline != "" {
		names = append(names, o.baseline)
	}
	var nets []*energy.Net
	var sizes []int
	for i, name := range names {
		data := weights.Inkwell
		if i > 0 || o.weights != "" {
			var err error
			if data, err = os.ReadFile(name); err != nil {
				return err
			}
		}
		net, err := energy.Load(data)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		nets, sizes = append(nets, net), append(sizes, len(data))
	}
	var judge *energy.Net
	if o.judge != "" {
		data, err := os.ReadFile(o.judge)
		if errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("%w; train it by: go run ./core/train -judge, or do without: -judge \"\"", err)
		} else if err != nil {
			return err
		}
		if judge, err = energy.Load(data); err != nil {
			return fmt.Errorf("%s: %w", o.judge, err)
		}
	}
	train, test, err := mnist.Load(o.data)
	if err != nil {
		return err
	}
	var foreign *mnist.Set
	if o.foreign != "" {
		if foreign, err = mnist.LoadPart(o.foreign, "t10k"); err != nil {
			return err
		}
	}

	var columns [][]figure // of the weights, and of the baseline
	for i, net := range nets {
		dir := o.out
		if i > 0 {
			dir = filepath.Join(o.out, "baseline")
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		e := &evaluation{
			size: full, seed: o.seed, dir: dir, net: net, bytes: sizes[i],
			judge: judge, train: train, test: test, foreign: foreign,
		}
		if o.quick {
			e.size = quick
		}
		for range runtime.GOMAXPROCS(0) {
			e.family = append(e.family, net.NewBatch(energy.Block))
		}
		bar := progressbar.NewOptions(e.work(), progressbar.OptionSetWriter(os.Stderr), progressbar.OptionSetDescription("measuring "+names[i]),
			progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(100e6), progressbar.OptionClearOnFinish())
		e.tick = func(images int) error {
			bar.Add(images)
			return ctx.Err()
		}
		err = e.measure()
		bar.Finish()
		if errors.Is(err, context.Canceled) {
			return errors.New("stopped; no figures were written")
		} else if err != nil {
			return err
		}
		b, err := json.MarshalIndent(e.figures, "", "\t")
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, "figures.json"), append(b, '\n'), 0o644); err != nil {
			return err
		}
		columns = append(columns, e.figures)
	}

	fmt.Printf("%s\n\n%s", strings.Join(names, ", against "), table(columns[0], columns[1:]...))
	if o.card == "" {
		return nil
	}
	card, err := os.ReadFile(o.card)
	if err != nil {
		return err
	}
	text, err := fill(string(card), markdown(columns[0]))
	if err != nil {
		return fmt.Errorf("%s: %w", o.card, err)
	}
	return os.WriteFile(o.card, []byte(text), 0o644)
}

// A figure is something measured. Error is its standard error, 0 if it has none.
type figure struct {
	Group string
	Name  string
	Value number
	Error number
	Unit  string `json:",omitempty"`
}

// A number is a float64 that JSON can hold, as null if it is not finite.
type number float64

func (n number) MarshalJSON() ([]byte, error) {
	if v := float64(n); v-v != 0 {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// String gives the value with as many digits as its error leaves meaning to.
func (f figure) String() string {
	v, e := float64(f.Value), float64(f.Error)
	if e > 0 && !math.IsInf(e, 0) {
		digits := max(0, 1-int(math.Floor(math.Log10(e))))
		return strings.TrimSpace(fmt.Sprintf("%.*f ± %.*f %s", digits, v, digits, e, f.Unit))
	}
	if v == math.Trunc(v) {
		return strings.TrimSpace(fmt.Sprintf("%.0f %s", v, f.Unit))
	}
	return strings.TrimSpace(fmt.Sprintf("%.4g %s", v, f.Unit))
}

// table lists figures, and beside them those of the same name of others.
func table(figures []figure, others ...[]figure) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	group := ""
	for _, f := range figures {
		if f.Group != group {
			group = f.Group
			fmt.Fprintf(w, "%s\n", group)
		}
		fmt.Fprintf(w, "  %s\t%v", f.Name, f)
		for _, o := range others {
			cell := "–"
			if i := slices.IndexFunc(o, func(g figure) bool { return g.Group == f.Group && g.Name == f.Name }); i >= 0 {
				cell = o[i].String()
			}
			fmt.Fprintf(w, "\t%s", cell)
		}
		fmt.Fprintln(w)
	}
	w.Flush()
	return b.String()
}

func markdown(figures []figure) string {
	b := "| | what | figure |\n|---|---|---|\n"
	group := ""
	for _, f := range figures {
		head := ""
		if f.Group != group {
			group, head = f.Group, f.Group
		}
		b += fmt.Sprintf("| %s | %s | %v |\n", head, strings.ReplaceAll(f.Name, "|", `\|`), f)
	}
	return b
}

// fill puts text between the marks of a model card.
func fill(card, text string) (string, error) {
	const open, shut = "<!-- measured -->\n", "<!-- end -->"
	before, rest, found := strings.Cut(card, open)
	_, after, closed := strings.Cut(rest, shut)
	if !found || !closed {
		return "", fmt.Errorf("no lines %q and %q", strings.TrimSpace(open), shut)
	}
	return before + open + text + shut + after, nil
}
