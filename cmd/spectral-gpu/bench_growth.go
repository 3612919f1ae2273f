package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// sweep is one axis of suite growth: the sizes that T or B takes while the rest stays.
type sweep struct {
	axis  string // "T" or "B"
	sizes []int
}

// runGrowth measures how the time of a training step grows with T or B: for every cell and --over, all sizes interleaved, and what the
// times differ from a fixed cost and a price a unit.
func (c *benchCmd) runGrowth(ctx context.Context, e *env, dev *gpu.Device) error {
	for _, over := range c.Over {
		s, err := parseSweep(over)
		if err != nil {
			return err
		}
		for _, cell := range c.Cell {
			if err := c.growth(ctx, e, dev, cell, s); err != nil {
				return err
			}
		}
	}
	return nil
}

// parseSweep reads T=100,200,400 or B=32,64,128: at least three sizes, since any two lie on a line.
func parseSweep(text string) (sweep, error) {
	axis, list, _ := strings.Cut(text, "=")
	s := sweep{axis: axis}
	for part := range strings.SplitSeq(list, ",") {
		size, err := strconv.Atoi(part)
		if err != nil || size < 1 || slices.Contains(s.sizes, size) {
			return s, fmt.Errorf("%w: --over %q: size %q; want different whole numbers above 0", errUsage, text, part)
		}
		s.sizes = append(s.sizes, size)
	}
	if axis != "T" && axis != "B" || len(s.sizes) < 3 {
		return s, fmt.Errorf("%w: --over %q; want T=… or B=… with at least three sizes, as T=100,200,400", errUsage, text)
	}
	return s, nil
}

// growth measures one cell over one sweep and prints it.
func (c *benchCmd) growth(ctx context.Context, e *env, dev *gpu.Device, cell string, s sweep) (err error) {
	var cases []benchCase
	defer func() {
		for _, k := range cases {
			k.close()
		}
	}()
	for _, size := range s.sizes {
		at := *c
		if s.axis == "T" {
			at.T = size
		} else {
			at.B = size
		}
		k, err := at.stepCase(dev, cell)
		if err != nil {
			return err
		}
		cases = append(cases, k)
	}
	times, err := interleave(ctx, cases, c.Runs)
	if err != nil {
		return err
	}
	medians, least := line{sizes: s.sizes}, line{sizes: s.sizes}
	for _, t := range times {
		slices.Sort(t)
		medians.times = append(medians.times, t[len(t)/2].Seconds())
		least.times = append(least.times, t[0].Seconds())
	}
	if !medians.fit() || !least.fit() {
		return fmt.Errorf("suite growth, cell %s: the medians %.3g s do not grow with %s = %v; choose larger sizes", cell, medians.times, s.axis, s.sizes)
	}
	if c.JSON {
		return c.growthJSON(e, dev.Info(), s, cases, medians, least)
	}
	fmt.Fprintf(e.stdout, "%s over %s: fixed %.3f ms and %.4f ms for each of %s (of the minima %.3f and %.4f)\n",
		cases[0].label, s.axis, 1e3*medians.fixed, 1e3*medians.unit, s.axis, 1e3*least.fixed, 1e3*least.unit)
	for i, k := range cases {
		fmt.Fprintf(e.stdout, "%-46s median %9.3f ms %+6.1f %%   min %9.3f ms %+6.1f %%   %7.1f GFLOP/s\n",
			k.label, 1e3*medians.times[i], 100*medians.deviation(i), 1e3*least.times[i], 100*least.deviation(i), float64(k.flops)/medians.times[i]/1e9)
	}
	_, err = fmt.Fprintf(e.stdout, "largest deviation from proportional above the fixed cost: %.1f %% (of the minima %.1f %%)\n", 100*medians.worst(), 100*least.worst())
	return err
}

func (c *benchCmd) growthJSON(e *env, info gpu.Info, s sweep, cases []benchCase, medians, least line) error {
	enc := json.NewEncoder(e.stdout)
	for i, k := range cases {
		line := map[string]any{"bench": c.Suite, "executor": info.Executor, "device": info.Name, "over": s.axis, "runs": c.Runs,
			"median_s": medians.times[i], "fixed_s": medians.fixed, "unit_s": medians.unit, "deviation": medians.deviation(i),
			"min_s": least.times[i], "min_deviation": least.deviation(i), "gflops": float64(k.flops) / medians.times[i] / 1e9}
		for key, v := range k.line {
			line[key] = v
		}
		if err := enc.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

// line is a fixed cost and a price a unit of size that come closest to measured times, in seconds. A busy machine disturbs medians more than
// minima.
type line struct {
	sizes       []int
	times       []float64
	fixed, unit float64
}

// fit finds the fixed cost a ≥ 0 and the price b of times a + b·size, by least squares of the errors relative to size, Σ ((t−a)/size − b)²,
// so that small sizes count as much as large ones. It tells whether the times grow at all.
func (l *line) fit() bool {
	n := float64(len(l.sizes))
	var su, sy, suu, suy float64 // y = t/size is b + a·u with u = 1/size
	for i, t := range l.times {
		u := 1 / float64(l.sizes[i])
		su, sy, suu, suy = su+u, sy+t*u, suu+u*u, suy+t*u*u
	}
	l.fixed = max(0, (n*suy-su*sy)/(n*suu-su*su))
	l.unit = (sy - l.fixed*su) / n
	return l.unit > 0
}

// deviation is by how much time i above the fixed cost differs from proportional, as a fraction; worst is the largest without its sign.
func (l *line) deviation(i int) float64 {
	return (l.times[i]-l.fixed)/(l.unit*float64(l.sizes[i])) - 1
}

func (l *line) worst() float64 {
	w := 0.0
	for i := range l.times {
		w = max(w, math.Abs(l.deviation(i)))
	}
	return w
}
