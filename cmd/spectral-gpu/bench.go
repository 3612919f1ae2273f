package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/hh/bench"
)

type benchCmd struct {
	Suite  string   `help:"step: training steps; run: training runs beside their steps; growth: how a step's time grows with T or B; gemm: matrix products; hh: Householder algebra; distributed: training steps on 2 and more ranks beside one process." enum:"step,run,growth,gemm,hh,distributed" default:"step"`
	Runs   int      `help:"Interleaved rounds; medians are of these." default:"7"`
	Cell   []string `help:"Suites step, run, growth and distributed: the cells, of spectral, rnn, irnn, ornn, sequential (the paper's algorithm: one reflection at a time per time step, a launch each; gradients without update) and sequential-fused (the same, a launch for all reflections of a side)." default:"spectral,rnn"`
	T      int      `name:"T" help:"Suites step, run, growth and distributed: time steps." default:"784"`
	B      int      `name:"B" help:"Suites step, run, growth and distributed: batch." default:"128"`
	N      int      `name:"n" help:"Suites step, run, growth and distributed: hidden units (0 is 128). Suite hh: only cases of this dimension (0 is all)." default:"0"`
	M      int      `name:"m" help:"Suites step, run, growth and distributed: reflectors." default:"16"`
	Layers int      `help:"Suite distributed: stacked recurrences." default:"1"`
	Form   string   `predictor:"form" help:"Suites step, run, growth and distributed: W in the time steps, as in train." default:"auto"`
	Over   []string `help:"Suite growth: what grows, T=SIZES or B=SIZES (may be repeated); the rest is as given. By default T from 100 to 3200, and B from 32 to 512." sep:";" default:"T=100,200,400,800,1600,3200;B=32,64,128,256,512" placeholder:"T=SIZES"`
	Size   []string `help:"Suite gemm: M×N×K, optionally followed by :nn, :nt, :tn or :tt." default:"512x512x512,1024x1024x1024,128x128x100352:tn" placeholder:"MxNxK"`
	// Distributed is as in train.
	Distributed string `help:"Suite distributed: mpi measures the ranks that mpirun has started; off measures 2 and more ranks of one process, up to its cores." enum:"off,mpi" default:"off"`
	JSON        bool   `name:"json" help:"Print one JSON object a line."`
	deviceFlags
	tuneFlags
}

// benchCase is one thing to measure: run does it once, work is its flops.
type benchCase struct {
	line  map[string]any // what the JSON line says beside the times
	label string
	flops int64
	run   func() error
	close func()
}

// benchFlags are the flags of each suite beyond those that all have.
var benchFlags = map[string][]string{
	"step": {"cell", "T", "B", "n", "m", "form"}, "run": {"cell", "T", "B", "n", "m", "form"}, "growth": {"cell", "T", "B", "n", "m", "form", "over"},
	"gemm": {"size"}, "hh": {"n"}, "distributed": {"cell", "T", "B", "n", "m", "layers", "form", "distributed"},
}

// checkFlags refuses flags of other suites.
func (c *benchCmd) checkFlags(flags given) error {
	for _, suite := range slices.Sorted(maps.Keys(benchFlags)) {
		for _, name := range benchFlags[suite] {
			if _, ok := flags[name]; ok && !slices.Contains(benchFlags[c.Suite], name) {
				return fmt.Errorf("%w: --%s does nothing in --suite %s, whose flags are --%s", errUsage, name, c.Suite, strings.Join(benchFlags[c.Suite], ", --"))
			}
		}
	}
	return nil
}

func (c *benchCmd) Run(ctx context.Context, e *env, k *kong.Context) (err error) {
	if c.Runs < 1 {
		return fmt.Errorf("%w: --runs %d; want at least 1", errUsage, c.Runs)
	}
	if err := c.checkFlags(givenFlags(k)); err != nil {
		return err
	}
	if c.Layers < 1 {
		return fmt.Errorf("%w: --layers %d; want at least 1", errUsage, c.Layers)
	}
	if c.Suite == "distributed" {
		return c.runDistributed(ctx, e)
	}
	dev, err := c.open(e, c.tuning())
	if err != nil {
		return err
	}
	defer closeDevice(dev, &err)
	switch c.Suite {
	case "hh":
		return c.runHH(ctx, e, dev)
	case "run":
		return c.runRuns(ctx, e, dev)
	case "growth":
		return c.runGrowth(ctx, e, dev)
	}
	suites := map[string]func(*gpu.Device) ([]benchCase, error){"step": c.stepCases, "gemm": c.gemmCases}
	cases, err := suites[c.Suite](dev)
	defer func() {
		for _, k := range cases {
			k.close()
		}
	}()
	if err != nil {
		return err
	}
	times, err := interleave(ctx, cases, c.Runs)
	if err != nil {
		return err
	}
	info := dev.Info()
	enc := json.NewEncoder(e.stdout)
	for i, k := range cases {
		slices.Sort(times[i])
		median, best := times[i][len(times[i])/2].Seconds(), times[i][0].Seconds()
		if !c.JSON {
			fmt.Fprintf(e.stdout, "%-46s median %9.3f ms   min %9.3f ms   %7.1f GFLOP/s\n", k.label, 1e3*median, 1e3*best, float64(k.flops)/median/1e9)
			continue
		}
		line := map[string]any{"bench": c.Suite, "executor": info.Executor, "device": info.Name, "median_s": median, "min_s": best, "runs": c.Runs,
			"gflops": float64(k.flops) / median / 1e9}
		for key, v := range k.line {
			line[key] = v
		}
		if err := enc.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

// interleave warms up and then runs all cases in turn, so that a change of the machine's speed meets all alike.
func interleave(ctx context.Context, cases []benchCase, rounds int) ([][]time.Duration, error) {
	times := make([][]time.Duration, len(cases))
	round := func(keep bool) error {
		for i, k := range cases {
			if err := ctx.Err(); err != nil {
				return err
			}
			start := time.Now()
			if err := k.run(); err != nil {
				return fmt.Errorf("%s: %w", k.label, err)
			}
			if keep {
				times[i] = append(times[i], time.Since(start))
			}
		}
		return nil
	}
	if err := bench.WarmUp(func() error { return round(false) }); err != nil {
		return nil, err
	}
	for range rounds {
		if err := round(true); err != nil {
			return nil, err
		}
	}
	return times, nil
}
