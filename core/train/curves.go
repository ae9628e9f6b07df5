package main

import (
	"encoding/csv"
	"fmt"
	"image/color"
	"log/slog"
	"os"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"inkwell/core/learn"
)

// curves are the figures of a run: phase, update, then the losses.
type curves [][]float64

var columns = []string{"phase", "update", "match", "class", "energy of data", "energy of samples"}

func (c *curves) add(phase, step int, l learn.Losses) {
	*c = append(*c, []float64{float64(phase + 1), float64(step), l.Match, l.Class, l.Positive, l.Negative})
}

// load reads the curves of the part of a run before it was resumed, if any.
func (c *curves) load(path string) {
	f, err := os.Open(path)
	if err != nil {
		return
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		slog.Warn("starting the curves afresh", "file", path, "error", err)
		return
	}
	for _, row := range rows[min(1, len(rows)):] {
		var v []float64
		for _, s := range row {
			x, _ := strconv.ParseFloat(s, 64)
			v = append(v, x)
		}
		if len(v) == len(columns) {
			*c = append(*c, v)
		}
	}
}

func (c curves) save(path string) {
	f, err := os.Create(path)
	if err != nil {
		slog.Warn("the curves were not saved", "error", err)
		return
	}
	defer f.Close()
	w := csv.NewWriter(f)
	defer w.Flush()
	_ = w.Write(columns)
	for _, v := range c {
		row := make([]string, len(v))
		for i, x := range v {
			row[i] = fmt.Sprintf("%g", x)
		}
		_ = w.Write(row)
	}
}

// plot draws both losses of phase 1 and the energies of phase 2.
func (c curves) plot(path string) error {
	p := plot.New()
	p.Title.Text = "training"
	p.X.Label.Text = "update, phase 2 after phase 1"
	p.Legend.Top = true
	colors := []color.Color{color.RGBA{20, 40, 90, 255}, color.RGBA{190, 60, 40, 255}, color.RGBA{40, 130, 80, 255}, color.RGBA{200, 140, 20, 255}}
	labels := []string{"match, ‖residual‖²", "class loss × 100, nats", "E of data", "E of samples"}
	for k := range labels {
		var pts plotter.XYs
		offset := 0.0
		for i, v := range c {
			if i > 0 && v[0] != c[i-1][0] {
				offset = c[i-1][1]
			}
			y := v[2+k]
			if k == 1 {
				y *= 100
			}
			if k == 0 && y > 800 {
				y = 800
			}
			pts = append(pts, plotter.XY{X: offset + v[1], Y: y})
		}
		if len(pts) < 2 {
			continue
		}
		line, err := plotter.NewLine(pts)
		if err != nil {
			return err
		}
		line.Color = colors[k]
		p.Add(line)
		p.Legend.Add(labels[k], line)
	}
	return p.Save(18*vg.Centimeter, 11*vg.Centimeter, path)
}
