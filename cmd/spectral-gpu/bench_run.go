package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/train"
)

// runRuns measures what a training run adds to its steps: batches, metrics, events. A run on the adding problem and bare steps of a network
// of the same settings, on one batch, take turns.
func (c *benchCmd) runRuns(ctx context.Context, e *env, dev *gpu.Device) error {
	for _, cell := range c.Cell {
		if err := c.runAgainstStep(ctx, e, dev, cell); err != nil {
			return fmt.Errorf("suite run, cell %s: %w", cell, err)
		}
	}
	return nil
}

func (c *benchCmd) runAgainstStep(ctx context.Context, e *env, dev *gpu.Device, cell string) (err error) {
	cfg := train.Config{Task: "adding", Config: data.Config{Length: c.T, ValidSize: c.B, TestSize: c.B}, Seed: 1, Optimizer: model.DefaultOptimizer()}
	task, err := cfg.OpenTask("")
	if err != nil {
		return err
	}
	defer task.Close()
	cfg.Steps = int64(c.Runs) + 1
	cfg.Model = model.DefaultConfig(task.Spec())
	cfg.Model.Cell, cfg.Model.Batch, cfg.Model.Hidden, cfg.Model.Form = cell, c.B, c.N, model.Form(c.Form)
	if c.N == 0 {
		cfg.Model.Hidden = 128
	}
	cfg.Model.Reflectors = min(c.M, cfg.Model.Hidden)
	bare, err := model.New(dev, cfg.Model, cfg.Optimizer)
	if err != nil {
		return err
	}
	defer bare.Close()
	if _, err := task.Fill(data.Train, 0, 0, bare.Batch()); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "spectral-gpu-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	turns := &runTurns{bare: bare}
	if _, err := train.Run(ctx, cfg, train.Options{Dev: dev, Task: task, Folder: train.Folder{Dir: dir}, Overwrite: true, Observe: turns.observe}); err != nil {
		return err
	}
	if turns.err != nil {
		return turns.err
	}
	return c.printRun(e, dev.Info(), cell, cfg.Model, turns)
}

func (c *benchCmd) printRun(e *env, info gpu.Info, cell string, m model.Config, turns *runTurns) error {
	run, step := median(turns.runs), median(turns.steps)
	if c.JSON {
		return json.NewEncoder(e.stdout).Encode(map[string]any{"bench": c.Suite, "executor": info.Executor, "device": info.Name, "cell": cell, "T": m.Length, "B": m.Batch,
			"n": m.Hidden, "m": m.Reflectors, "run_median_s": run.Seconds(), "step_median_s": step.Seconds(), "ratio": run.Seconds() / step.Seconds(), "runs": c.Runs})
	}
	_, err := fmt.Fprintf(e.stdout, "run %s T=%d B=%d n=%d m=%d: a training run takes %.3f ms a step, the step alone %.3f ms: ratio %.3f\n",
		cell, m.Length, m.Batch, m.Hidden, m.Reflectors, 1e3*run.Seconds(), 1e3*step.Seconds(), run.Seconds()/step.Seconds())
	return err
}

// runTurns observes a run: after each of its steps it takes a bare one. The first of both warm up.
type runTurns struct {
	bare  *model.Network
	mark  time.Time // when the run went on
	runs  []time.Duration
	steps []time.Duration
	err   error
}

func (t *runTurns) observe(ev train.Event) {
	step, ok := ev.(train.StepEvent)
	if !ok || t.err != nil {
		return
	}
	start := time.Now()
	_, t.err = t.bare.TrainStep(model.Position{Step: step.Step - 1}, t.bare.Config.Batch)
	if step.Step > 1 {
		t.runs, t.steps = append(t.runs, start.Sub(t.mark)), append(t.steps, time.Since(start))
	}
	t.mark = time.Now()
}

// median returns the middle one of some times, which it sorts.
func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}
