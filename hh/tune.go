package hh

import (
	"fmt"
	"slices"
	"time"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
	"github.com/spectral-gpu/spectral-gpu/gpu/steady"
)

// Timing is what Tune measured of one algorithm.
type Timing struct {
	Config ProductConfig
	Median time.Duration // of one preparation, one application and, unless ForwardOnly, one gradient
}

// tuneRounds is how often Tune runs every candidate, in turn.
const tuneRounds = 5

// Tune measures the algorithms and block sizes that cfg leaves open (AlgorithmAuto: all; BlockedWY with Block 0: the blocks) on random
// reflectors and returns cfg with the fastest, and all timings, fastest first. They are warmed up together and then run in turn; keep the
// result as long as device and sizes stay the same.
func Tune(dev *gpu.Device, cfg ProductConfig) (ProductConfig, []Timing, error) {
	if err := cfg.Check(); err != nil {
		return cfg, nil, err
	}
	if cfg.Batch == 0 || cfg.Reflectors == 0 {
		return cfg.resolve(dev.Info()), nil, nil
	}
	t := tuner{cfg: cfg}
	t.run.dev = dev
	defer t.run.close()
	t.place()
	var programs []*gpu.Program
	var timings []Timing
	for _, c := range cfg.candidates() {
		if p := t.program(c); p != nil {
			programs, timings = append(programs, p), append(timings, Timing{Config: c})
		}
	}
	if t.run.err != nil {
		return cfg, nil, t.run.err
	}
	times := make([][]time.Duration, len(programs))
	round := func() (all time.Duration, err error) {
		for i, p := range programs {
			start := time.Now()
			if err := p.Run(); err != nil {
				return all, err
			}
			took := time.Since(start)
			times[i], all = append(times[i], took), all+took
		}
		return all, nil
	}
	if _, err := steady.Default.Until(round); err != nil {
		return cfg, nil, err
	}
	clear(times)
	for range tuneRounds {
		if _, err := round(); err != nil {
			return cfg, nil, err
		}
	}
	for i := range timings {
		slices.Sort(times[i])
		timings[i].Median = times[i][len(times[i])/2]
	}
	slices.SortStableFunc(timings, func(a, b Timing) int { return int(a.Median - b.Median) })
	return timings[0].Config, timings, nil
}

// tuner makes the programs of the candidates over one set of buffers.
type tuner struct {
	cfg             ProductConfig
	run             run
	u, du, x, y, dy gpu.View
}

func (t *tuner) place() {
	c, src := t.cfg, philox.New(1, philox.Stream("hh/tune"))
	u, x := make([]float32, c.Reflectors*c.Dim), make([]float32, c.Batch*c.Dim)
	t.run.err = InitReflectors(u, c.Reflectors, c.Dim, src)
	for i := range x {
		x[i] = float32(src.Normal())
	}
	t.u, t.x, t.y = t.run.in(u, c.Reflectors, c.Dim), t.run.in(x, c.Batch, c.Dim), t.run.in(nil, c.Batch, c.Dim)
	if !c.ForwardOnly {
		t.du, t.dy = t.run.in(nil, c.Reflectors, c.Dim), t.run.in(x, c.Batch, c.Dim)
	}
}

func (t *tuner) program(c ProductConfig) *gpu.Program {
	if t.run.err != nil {
		return nil
	}
	p, err := NewProduct(t.run.dev, c, t.u)
	if err != nil {
		t.run.err = err
		return nil
	}
	t.run.closers = append(t.run.closers, p.Close)
	ops, err := p.Apply(t.y, t.x, false)
	ops = append(p.Prepare(), ops...)
	if err == nil && !c.ForwardOnly {
		var back []gpu.Op
		back, err = p.Backward(t.dy, t.du, t.dy, t.y, false)
		ops = append(ops, back...)
	}
	var program *gpu.Program
	if err == nil {
		program, err = t.run.dev.Compile(fmt.Sprintf("tune %v, block %d", c.Algorithm, c.Block), ops...)
	}
	if err != nil {
		t.run.err = err
		return nil
	}
	t.run.closers = append(t.run.closers, program.Close)
	return program
}
