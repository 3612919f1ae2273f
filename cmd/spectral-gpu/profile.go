package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/alecthomas/kong"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/train"
)

type profileCmd struct {
	shapeFlags
	Runs int  `help:"Steps to measure; the median of each operation is shown." default:"7"`
	JSON bool `name:"json" help:"Print one JSON object a line."`
	deviceFlags
	tuneFlags
}

// profileLine is one operation of a training step.
type profileLine struct {
	Event        string  `json:"event"` // "op"
	Index        int     `json:"index"`
	Op           string  `json:"op"`
	Plan         string  `json:"plan"`
	Seconds      float64 `json:"median_s"`
	Share        float64 `json:"share"` // of the step
	Flops        int64   `json:"flops"`
	Bytes        int64   `json:"bytes"`
	GFLOPS       float64 `json:"gflops"`
	GBPerSecond  float64 `json:"gb_per_s"`
	RooflinePart float64 `json:"roofline"` // time at the measured roofline / time taken
}

func (c *profileCmd) Run(ctx context.Context, e *env, k *kong.Context) (err error) {
	cfg, err := c.config(givenFlags(k))
	if err != nil {
		return err
	}
	dev, err := c.open(e, c.tuning())
	if err != nil {
		return err
	}
	defer closeDevice(dev, &err)
	m, err := model.New(dev, cfg.Model, cfg.Optimizer)
	if err != nil {
		return err
	}
	defer m.Close()
	if err := fillRandom(m); err != nil {
		return err
	}
	if _, err := m.TrainStep(model.Position{}, cfg.Model.Batch); err != nil { // fills the optimiser's settings
		return err
	}
	roof, err := measureRoofline(ctx, dev)
	if err != nil {
		return err
	}
	lines, total, err := profileOps(ctx, dev, m, c.Runs, &roof)
	if err != nil {
		return err
	}
	host, err := profileHost(ctx, dev, m, c.Runs)
	if err != nil {
		return err
	}
	return c.print(e, dev, m, lines, total, roof, host)
}

// shapeFlags say which training step is measured; its data is not needed where its shape is known without.
type shapeFlags struct {
	Task string `predictor:"task" arg:"" optional:"" default:"mnist" help:"The task whose shape it is: ${tasks}. The data of adding, copy, mnist, pmnist and ptb is not needed."`
	readFlags
	networkFlags
	Data string `predictor:"folder" help:"Data directory; default $$SPECTRAL_DATA, else a folder in your cache directory." type:"path" placeholder:"DIR"`
}

// config returns the settings of a run of the task with what the flags say.
func (c *shapeFlags) config(flags given) (train.Config, error) {
	asked := train.Config{Task: c.Task, Seed: 1}
	if err := flags.apply(&asked); err != nil {
		return asked, err
	}
	if info, err := model.FindCell(asked.Model.Cell); err == nil && !info.Time && asked.Length == 0 {
		asked.Length = 1
	}
	read := asked.Config
	read.Dir, read.Seed = c.Data, asked.Seed
	spec, err := data.Shape(c.Task, read)
	if err != nil {
		return asked, err
	}
	cfg, err := flags.defaults(c.Task, spec, asked)
	if err == nil {
		err = cfg.Model.Check()
	}
	if err == nil {
		err = flags.unused(cfg)
	}
	return cfg, err
}

func profileOps(ctx context.Context, dev *gpu.Device, m *model.Network, runs int, roof *roofline) ([]profileLine, time.Duration, error) {
	train, _ := m.Programs()
	prog, err := dev.CompileWith(gpu.CompileOptions{Name: "profile", Timestamps: true}, train.Ops()...)
	if err != nil {
		return nil, 0, err
	}
	defer prog.Close()
	ops, plan := prog.Ops(), prog.Plan()
	samples := make([][]time.Duration, len(ops))
	for range max(runs, 1) {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		if err := prog.Run(); err != nil {
			return nil, 0, err
		}
		for i, t := range prog.Times() {
			samples[i] = append(samples[i], t)
		}
	}
	lines := make([]profileLine, len(ops))
	var total time.Duration
	for i, op := range ops {
		slices.Sort(samples[i])
		t := samples[i][len(samples[i])/2]
		total += t
		cost := executed(op)
		s := t.Seconds()
		roof.raise(cost, s)
		lines[i] = profileLine{Event: "op", Index: i, Op: op.Name(), Plan: plan[i], Seconds: s, Flops: cost.Flops, Bytes: cost.Bytes}
		if s > 0 {
			lines[i].GFLOPS, lines[i].GBPerSecond = float64(cost.Flops)/s/1e9, float64(cost.Bytes)/s/1e9
		}
	}
	for i, l := range lines {
		lines[i].Share = l.Seconds / total.Seconds()
		if l.Seconds > 0 {
			lines[i].RooflinePart = roof.seconds(gpu.Cost{Flops: l.Flops, Bytes: l.Bytes}) / l.Seconds
		}
	}
	return lines, total, nil
}

func (c *profileCmd) print(e *env, dev *gpu.Device, m *model.Network, lines []profileLine, total time.Duration, roof roofline, host hostTimes) error {
	train, _ := m.Programs()
	st := train.Stats()
	if c.JSON {
		enc := json.NewEncoder(e.stdout)
		for _, l := range lines {
			if err := enc.Encode(l); err != nil {
				return err
			}
		}
		return enc.Encode(map[string]any{"event": "profile", "device": dev.Info().Name, "executor": dev.Info().Executor, "seconds": total.Seconds(),
			"step_s": host.step.Seconds(), "run_fixed_s": host.fixed.Seconds(),
			"submits": st.Submits, "dispatches": st.Dispatches, "barriers": st.Barriers, "roofline_gflops": roof.flops / 1e9, "roofline_gb_per_s": roof.memory() / 1e9, "roofline_cache_gb_per_s": roof.levels[0].rate / 1e9})
	}
	fmt.Fprintf(e.stdout, "%s: %d operations, %d dispatches, %d barriers; measured roofline %.0f GFLOP/s, %.1f GB/s, from a cache %.1f GB/s\n",
		dev.Info().Name, len(lines), st.Dispatches, st.Barriers, roof.flops/1e9, roof.memory()/1e9, roof.levels[0].rate/1e9)
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "OP\tMS\tSHARE\tGFLOP/S\tGB/S\tROOFLINE\tPLAN")
	for _, l := range lines {
		fmt.Fprintf(w, "%s\t%.3f\t%.1f %%\t%.1f\t%.1f\t%.0f %%\t%s\n", l.Op, 1e3*l.Seconds, 100*l.Share, l.GFLOPS, l.GBPerSecond, 100*l.RooflinePart, l.Plan)
	}
	fmt.Fprintf(w, "total\t%.3f\t\t\t\t\t\n", 1e3*total.Seconds())
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(e.stdout, "a whole step, as the host sees it: %.3f ms; a run of a program that does next to nothing: %.1f µs, submission and wait\n",
		1e3*host.step.Seconds(), 1e6*host.fixed.Seconds())
	return err
}
