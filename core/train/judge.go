package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"

	"inkwell/core/learn"
	"inkwell/core/mnist"
)

// trainJudge trains the classifier by which evaluation judges samples.
func trainJudge(ctx context.Context, train, test *mnist.Set, seed uint64, out, command string) error {
	start, from := time.Now(), commit()
	bar := progressbar.NewOptions(learn.JudgeSteps, progressbar.OptionSetWriter(os.Stderr), progressbar.OptionThrottle(500*time.Millisecond), progressbar.OptionSetPredictTime(true))
	net, err := learn.Judge(ctx, train, seed, func(step int, loss float64) {
		bar.Describe(fmt.Sprintf("judge: class loss %.4f", loss))
		_ = bar.Set(step)
	})
	if err != nil {
		return err
	}
	_ = bar.Finish()
	t := trainer{out: out}
	net.Meta = map[string]string{"seed": fmt.Sprint(seed), "commit": from, "command": command, "step": fmt.Sprint(learn.JudgeSteps), "role": "judge"}
	acc := accuracy(net, test)
	fmt.Fprintf(os.Stderr, "judge: test accuracy %.2f %%\n", 100*acc)
	return t.write("judge", net, manifest{Architecture: string(net.Arch), Seed: seed, Minutes: time.Since(start).Minutes(),
		Metrics: map[string]any{"steps": learn.JudgeSteps, "test_accuracy": acc, "parameters": len(net.Theta)}})
}
