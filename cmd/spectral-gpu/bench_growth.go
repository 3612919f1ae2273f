package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

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
	medians := make([]float64, len(times))
	for i := range times {
		slices.Sort(times[i])
		medians[i] = times[i][len(times[i])/2].Seconds()
	}
	fixed, unit, ok := fitLine(s.sizes, medians)
	if !ok {
		return fmt.Errorf("suite growth, cell %s: the times %.3g … %.3g s do not grow with %s = %v; choose larger sizes", cell, medians[0], medians[len(medians)-1], s.axis, s.sizes)
	}
	if c.JSON {
		return c.growthJSON(e, dev.Info(), s, cases, times, medians, fixed, unit)
	}
	_, err = fmt.Fprintf(e.stdout, "%s over %s: fixed %.3f ms and %.4f ms for each of %s\n", cases[0].label, s.axis, 1e3*fixed, 1e3*unit, s.axis)
	worst := 0.0
	for i, k := range cases {
		d := deviation(s.sizes[i], medians[i], fixed, unit)
		worst = max(worst, math.Abs(d))
		fmt.Fprintf(e.stdout, "%-46s median %9.3f ms   min %9.3f ms   %7.1f GFLOP/s   %+6.1f %%\n",
			k.label, 1e3*medians[i], 1e3*times[i][0].Seconds(), float64(k.flops)/medians[i]/1e9, 100*d)
	}
	if err == nil {
		_, err = fmt.Fprintf(e.stdout, "largest deviation from proportional above the fixed cost: %.1f %%\n", 100*worst)
	}
	return err
}

func (c *benchCmd) growthJSON(e *env, info gpu.Info, s sweep, cases []benchCase, times [][]time.Duration, medians []float64, fixed, unit float64) error {
	enc := json.NewEncoder(e.stdout)
	for i, k := range cases {
		line := map[string]any{"bench": c.Suite, "executor": info.Executor, "device": info.Name, "over": s.axis, "median_s": medians[i], "min_s": times[i][0].Seconds(),
			"runs": c.Runs, "gflops": float64(k.flops) / medians[i] / 1e9, "fixed_s": fixed, "unit_s": unit, "deviation": deviation(s.sizes[i], medians[i], fixed, unit)}
		for key, v := range k.line {
			line[key] = v
		}
		if err := enc.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

// fitLine finds the fixed cost a ≥ 0 and the price b of times a + b·size, by least squares of the errors relative to size, Σ ((t−a)/size − b)²,
// so that small sizes count as much as large ones. It is not ok where the times do not grow.
func fitLine(sizes []int, times []float64) (a, b float64, ok bool) {
	n := float64(len(sizes))
	var su, sy, suu, suy float64 // y = t/size is b + a·u with u = 1/size
	for i, t := range times {
		u := 1 / float64(sizes[i])
		su, sy, suu, suy = su+u, sy+t*u, suu+u*u, suy+t*u*u
	}
	a = max(0, (n*suy-su*sy)/(n*suu-su*su))
	b = (sy - a*su) / n
	return a, b, b > 0
}

// deviation is by how much the time above the fixed cost differs from proportional, as a fraction.
func deviation(size int, t, fixed, unit float64) float64 {
	return (t-fixed)/(unit*float64(size)) - 1
}
