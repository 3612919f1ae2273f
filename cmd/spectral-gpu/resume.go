package main

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model/train"
)

// givenFlags returns the names of the flags on the command line.
func givenFlags(k *kong.Context) []string {
	var names []string
	for _, p := range k.Path {
		if p.Flag != nil && !p.Resolved {
			names = append(names, p.Flag.Name)
		}
	}
	return names
}

// freeFlags may be anything when a run is resumed: they say where and how it goes on, and how long. Every other flag of train is a
// setting of the run (runSettings).
var freeFlags = map[string]bool{"steps": true, "epochs": true, "data": true, "out": true, "resume": true, "overwrite": true, "json": true,
	"device": true, "validate": true, "threads": true, "tune": true}

// runSettings returns the settings of a run by the flags that set them.
func runSettings(c train.Config) map[string]any {
	m, o := c.Model, c.Optimizer
	return map[string]any{
		"cell": m.Cell, "hidden": m.Hidden, "layers": m.Layers, "reflectors": m.Reflectors, "r": m.Radius, "sigma": m.Center, "form": m.Form,
		"activation": m.Activation, "batch": m.Batch, "length": c.Length, "seed": c.Seed,
		"optimizer": o.Name, "lr": o.LR, "schedule": o.Schedule, "lr-decay": o.LRDecay, "warmup": o.Warmup, "momentum": o.Momentum,
		"decay": o.Decay, "clip": o.Clip,
		"train-size": c.TrainSize, "test-size": c.TestSize, "eval-every": c.EvalEvery, "save-every": c.SaveEvery,
	}
}

// resumed returns the settings of the run in --out, with another length if one is asked for. Flags that contradict them are an error.
func (c *trainCmd) resumed(asked train.Config, given []string) (train.Config, error) {
	if c.Out == "" {
		return asked, fmt.Errorf("%w: --resume needs the --out of the run to go on with", errUsage)
	}
	if c.Overwrite {
		return asked, fmt.Errorf("%w: --resume goes on with a run and --overwrite replaces it; give one of them", errUsage)
	}
	folder := train.Folder{Dir: c.Out}
	old, err := folder.ReadConfig()
	if err != nil {
		return asked, err
	}
	if old.Task != c.Task {
		return asked, fmt.Errorf("%w: %s holds a run of task %s, not %s", errUsage, folder.Dir, old.Task, c.Task)
	}
	asked.Model = c.config(data.Spec{})
	was, is := runSettings(old), runSettings(asked)
	var wrong []string
	for _, name := range given {
		if !freeFlags[name] && was[name] != is[name] {
			wrong = append(wrong, fmt.Sprintf("--%s %v (the run has %v)", name, is[name], was[name]))
		}
	}
	if wrong != nil {
		return asked, fmt.Errorf("%w: --resume goes on with the settings of %s, which contradict %s; leave these flags out, or start another run",
			errUsage, folder.Dir, strings.Join(wrong, ", "))
	}
	if c.Steps > 0 || c.Epochs > 0 {
		old.Steps, old.Epochs = c.Steps, c.Epochs
	}
	return old, nil
}
