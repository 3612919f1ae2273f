package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model/train"
)

type evalCmd struct {
	RunFolder string `arg:"" name:"run" help:"Folder of a run." type:"path"`
	Split     string `predictor:"split" help:"train, valid or test." default:"test"`
	Batch     int    `help:"Sequences a step; 0 is the run's." default:"0"`
	Data      string `predictor:"folder" help:"Data directory." type:"path" placeholder:"DIR"`
	JSON      bool   `name:"json" help:"Print one JSON object."`
	deviceFlags
}

func (c *evalCmd) Run(ctx context.Context, e *env) (err error) {
	var split data.Split
	if err := split.UnmarshalText([]byte(c.Split)); err != nil {
		return err
	}
	folder := train.Folder{Dir: c.RunFolder}
	state, err := folder.Read()
	if err != nil {
		return err
	}
	cfg, ck := state.Config, state.Checkpoint
	if ck == nil {
		return fmt.Errorf("%w: %s has no checkpoint yet; start its run with train --resume", errUsage, folder.Dir)
	}
	for _, w := range state.Warnings {
		fmt.Fprintf(e.stderr, "spectral-gpu: warning: %s\n", w)
	}
	task, err := cfg.OpenTask(c.Data)
	if err != nil {
		return err
	}
	defer task.Close()
	if c.Batch != 0 {
		ck = ck.WithBatch(c.Batch)
	}
	dev, err := c.open(e, gpu.TuningStored)
	if err != nil {
		return err
	}
	defer closeDevice(dev, &err)
	m, err := ck.Network(dev)
	if err != nil {
		return err
	}
	defer m.Close()
	meter, start := newMeter(e), time.Now()
	ev, evalErr := train.Evaluate(ctx, m, task, split, func(done, total int) {
		meter.at(int64(done), int64(total), func() []string {
			return []string{fmt.Sprintf("evaluating %v: batch %d/%d", split, done, total), timeLeft(start, int64(done), int64(total))}
		})
	})
	meter.close()
	if evalErr != nil && !errors.Is(evalErr, train.ErrDiverged) {
		return evalErr
	}
	ev.Step = ck.Position.Step
	if c.JSON {
		err = json.NewEncoder(e.stdout).Encode(ev)
	} else {
		_, err = fmt.Fprintln(e.stdout, describeEval(ev))
	}
	return errors.Join(evalErr, err)
}
