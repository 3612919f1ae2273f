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
	Task   string `arg:"" optional:"" default:"mnist" help:"The task whose shape is profiled (its data is not needed): ${tasks}."`
	Length int    `help:"Time steps of a sequence." placeholder:"T"`
	networkFlags
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
	cfg, err := profileConfig(c.Task, givenFlags(k))
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
	roof, err := measureRoofline(dev)
	if err != nil {
		return err
	}
	lines, total, err := profileOps(ctx, dev, m, c.Runs, roof)
	if err != nil {
		return err
	}
	return c.print(e, dev, m, lines, total, roof)
}

// profileConfig returns the settings of a run of a task, whose data is not needed, with what the flags say.
func profileConfig(task string, flags given) (train.Config, error) {
	var asked train.Config
	if err := flags.apply(&asked); err != nil {
		return asked, err
	}
	if info, err := model.FindCell(asked.Model.Cell); err == nil && !info.Time && asked.Length == 0 {
		asked.Length = 1
	}
	spec, err := profileShape(task, asked.Length)
	if err != nil {
		return asked, err
	}
	return flags.defaults(task, spec, asked)
}

// profileShape returns the shape of a task without opening its data.
func profileShape(task string, length int) (data.Spec, error) {
	if length == 0 {
		length = 784
	}
	switch task {
	case "adding":
		return data.Spec{Name: task, Length: length, Input: data.Values(2), Output: data.Output{Loss: data.SquaredError, Width: 1}}, nil
	case "mnist", "pmnist":
		if length < 1 || 784%length != 0 {
			return data.Spec{}, fmt.Errorf("%w: --length %d does not divide the 784 pixels", errUsage, length)
		}
		return data.Spec{Name: task, Length: length, Input: data.Values(784 / length), Output: data.Output{Loss: data.CrossEntropy, Width: 10}}, nil
	}
	return data.Spec{}, fmt.Errorf("%w %q", data.ErrUnknownTask, task)
}

func profileOps(ctx context.Context, dev *gpu.Device, m *model.Network, runs int, roof roofline) ([]profileLine, time.Duration, error) {
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
		cost := op.Cost()
		s := t.Seconds()
		lines[i] = profileLine{Event: "op", Index: i, Op: op.Name(), Plan: plan[i], Seconds: s, Flops: cost.Flops, Bytes: cost.Bytes}
		if s > 0 {
			lines[i].GFLOPS, lines[i].GBPerSecond = float64(cost.Flops)/s/1e9, float64(cost.Bytes)/s/1e9
			lines[i].RooflinePart = roof.seconds(cost) / s
		}
	}
	for i := range lines {
		lines[i].Share = lines[i].Seconds / total.Seconds()
	}
	return lines, total, nil
}

func (c *profileCmd) print(e *env, dev *gpu.Device, m *model.Network, lines []profileLine, total time.Duration, roof roofline) error {
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
			"submits": st.Submits, "dispatches": st.Dispatches, "barriers": st.Barriers, "roofline_gflops": roof.flops / 1e9, "roofline_gb_per_s": roof.bytes / 1e9})
	}
	fmt.Fprintf(e.stdout, "%s: %d operations, %d dispatches, %d barriers; measured roofline %.0f GFLOP/s, %.1f GB/s\n",
		dev.Info().Name, len(lines), st.Dispatches, st.Barriers, roof.flops/1e9, roof.bytes/1e9)
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "OP\tMS\tSHARE\tGFLOP/S\tGB/S\tROOFLINE\tPLAN")
	for _, l := range lines {
		fmt.Fprintf(w, "%s\t%.3f\t%.1f %%\t%.1f\t%.1f\t%.0f %%\t%s\n", l.Op, 1e3*l.Seconds, 100*l.Share, l.GFLOPS, l.GBPerSecond, 100*l.RooflinePart, l.Plan)
	}
	fmt.Fprintf(w, "total\t%.3f\t\t\t\t\t\n", 1e3*total.Seconds())
	return w.Flush()
}
