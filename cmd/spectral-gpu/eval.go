package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/train"
)

type evalCmd struct {
	RunFolder string `arg:"" name:"run" help:"Folder of a run." type:"path"`
	Split     string `help:"train, valid or test." default:"test"`
	Batch     int    `help:"Sequences a step; 0 is the run's." default:"0"`
	Data      string `help:"Data directory." type:"path" placeholder:"DIR"`
	JSON      bool   `name:"json" help:"Print one JSON object."`
	deviceFlags
}

func (c *evalCmd) Run(ctx context.Context, e *env) (err error) {
	var split data.Split
	if err := split.UnmarshalText([]byte(c.Split)); err != nil {
		return err
	}
	folder := train.Folder{Dir: c.RunFolder}
	cfg, err := folder.ReadConfig()
	if err != nil {
		return err
	}
	ck, err := model.Load(folder.Checkpoint())
	if err != nil {
		return err
	}
	task, err := cfg.OpenTask(c.Data)
	if err != nil {
		return err
	}
	defer task.Close()
	if c.Batch != 0 {
		ck.Config.Batch = c.Batch
	}
	dev, err := c.open(e, gpu.TuningStored)
	if err != nil {
		return err
	}
	defer closeDevice(dev, &err)
	m, err := model.New(dev, ck.Config, ck.Optimizer)
	if err != nil {
		return err
	}
	defer m.Close()
	if err := ck.Restore(m); err != nil {
		return err
	}
	ev, err := train.Evaluate(ctx, m, task, split)
	if err != nil {
		return err
	}
	ev.Step = ck.Position.Step
	if c.JSON {
		return json.NewEncoder(e.stdout).Encode(ev)
	}
	_, err = fmt.Fprintln(e.stdout, describeEval(ev))
	return err
}
