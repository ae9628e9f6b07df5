package eval

import (
	"math"
	"slices"
)

// Belief says how far a classifier's probabilities can be trusted.
type Belief struct {
	Accuracy    float64 // share of points whose likeliest class is theirs
	Brier       float64 // mean Σ_y (p(y) − [y is the class])², 0…2 (Brier 1950, eq. 2)
	Calibration float64 // expected calibration error, see Judge
	Bins        []Bin
}

// A Bin is the points whose likeliest class has a probability in an interval.
type Bin struct {
	N          int
	Confidence float64 // mean probability of the likeliest class
	Accuracy   float64 // share for which it is the right one
}

// Judge compares class probabilities p (n, k) with the labels (n). The points
// are put in bins of equal width by the probability c of their likeliest
// class, in 0 < c ≤ 1/b, 1/b < c ≤ 2/b, …, and the expected calibration error is
//
//	Σ_bins N/n·|Accuracy − Confidence|
//
// (Guo et al. 2017, eq. 3; they have b = 15).
func Judge(p []float64, labels []byte, bins int) Belief {
	n := len(labels)
	if n == 0 || len(p)%n != 0 || bins < 1 {
		panic("eval: Judge: probabilities and labels differ in number")
	}
	k := len(p) / n
	b := Belief{Bins: make([]Bin, bins)}
	for i, y := range labels {
		row := p[i*k : (i+1)*k]
		best := 0
		for c, v := range row {
			if v > row[best] {
				best = c
			}
			if c == int(y) {
				v--
			}
			b.Brier += v * v / float64(n)
		}
		c := row[best]
		if !(c >= 0 && c <= 1+1e-6) { // 1 but for rounding
			b.Calibration = math.NaN()
			continue
		}
		bin := &b.Bins[max(0, min(bins, int(math.Ceil(c*float64(bins))))-1)]
		bin.N++
		bin.Confidence += c
		if best == int(y) {
			bin.Accuracy++
			b.Accuracy += 1 / float64(n)
		}
	}
	for i := range b.Bins {
		bin := &b.Bins[i]
		if bin.N == 0 {
			continue
		}
		b.Calibration += math.Abs(bin.Accuracy-bin.Confidence) / float64(n)
		bin.Confidence /= float64(bin.N)
		bin.Accuracy /= float64(bin.N)
	}
	return b
}

// AUROC is the probability that a score of out is above a score of in, ties
// counting half: the area under the curve of detections against false alarms
// (Hanley & McNeil 1982). 1 tells them apart, ½ does not. It panics if one is
// empty.
func AUROC(in, out []float64) float64 {
	if len(in) == 0 || len(out) == 0 {
		panic("eval: AUROC: no scores")
	}
	type score struct {
		v   float64
		out bool
	}
	all := make([]score, 0, len(in)+len(out))
	for _, v := range in {
		all = append(all, score{v, false})
	}
	for _, v := range out {
		all = append(all, score{v, true})
	}
	if slices.ContainsFunc(all, func(s score) bool { return math.IsNaN(s.v) }) {
		return math.NaN()
	}
	slices.SortFunc(all, func(a, b score) int {
		switch {
		case a.v < b.v:
			return -1
		case a.v > b.v:
			return 1
		}
		return 0
	})
	wins, below := 0.0, 0.0 // below counts scores of in
	for i := 0; i < len(all); {
		var tied [2]float64
		for v := all[i].v; i < len(all) && all[i].v == v; i++ {
			if all[i].out {
				tied[1]++
			} else {
				tied[0]++
			}
		}
		wins += tied[1] * (below + tied[0]/2)
		below += tied[0]
	}
	return wins / float64(len(in)) / float64(len(out))
}
