package main

import (
	"context"
	"encoding/json"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/alecthomas/kong"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model"
)

type tuneCmd struct {
	shapeFlags
	JSON bool `name:"json" help:"Print one JSON object a line."`
	deviceFlags
}

// tuneLine is one class of shapes of `tune --json`.
type tuneLine struct {
	Event      string  `json:"event"` // "tuned"
	Op         string  `json:"op"`
	Shape      string  `json:"shape"`
	Estimate   string  `json:"estimate"` // the cost model's choice
	Choice     string  `json:"choice"`   // the fastest
	EstimateS  float64 `json:"estimate_median_s"`
	ChoiceS    float64 `json:"choice_median_s"`
	Gain       float64 `json:"gain"`
	Candidates int     `json:"candidates"`
}

func (c *tuneCmd) Run(ctx context.Context, e *env, k *kong.Context) (err error) {
	cfg, err := c.config(givenFlags(k))
	if err != nil {
		return err
	}
	dev, err := c.open(e, gpu.TuningStored)
	if err != nil {
		return err
	}
	defer closeDevice(dev, &err)
	m, err := model.New(dev, cfg.Model, cfg.Optimizer)
	if err != nil {
		return err
	}
	defer m.Close()
	train, eval := m.Programs()
	var lines []tuneLine
	meter, start := newMeter(e), time.Now()
	err = dev.Tune(ctx, func(done, total int, t gpu.Tuned) {
		meter.line(fmt.Sprintf("%d/%d  %s: %d tiles measured", done, total, t.Shape, t.Candidates))
		if meter.bars != nil {
			meter.at(int64(done), int64(total), func() []string {
				return []string{fmt.Sprintf("shape %d/%d", done, total), timeLeft(start, int64(done), int64(total))}
			})
		}
		lines = append(lines, tuneLine{Event: "tuned", Op: t.Op, Shape: t.Shape, Estimate: t.Estimate, Choice: t.Choice,
			EstimateS: t.Before.Seconds(), ChoiceS: t.After.Seconds(), Gain: t.Gain(), Candidates: t.Candidates})
	}, train, eval)
	meter.close()
	if err != nil {
		return err
	}
	return c.print(e, dev.Info(), lines, time.Since(start))
}

func (c *tuneCmd) print(e *env, info gpu.Info, lines []tuneLine, took time.Duration) error {
	if c.JSON {
		enc := json.NewEncoder(e.stdout)
		for _, l := range lines {
			if err := enc.Encode(l); err != nil {
				return err
			}
		}
		return enc.Encode(map[string]any{"event": "end", "device": info.Name, "executor": info.Executor, "shapes": len(lines), "seconds": took.Seconds()})
	}
	if len(lines) == 0 {
		_, err := fmt.Fprintf(e.stdout, "%s: nothing to tune: no operation of this network weighs enough, or the executor has no tiles to choose from\n", info.Name)
		return err
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SHAPE\tESTIMATE\tMS\tFASTEST\tMS\tGAIN\tTILES")
	for _, l := range lines {
		fmt.Fprintf(w, "%s\t%s\t%.3f\t%s\t%.3f\t%.2f\t%d\n", l.Shape, l.Estimate, 1e3*l.EstimateS, l.Choice, 1e3*l.ChoiceS, l.Gain, l.Candidates)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(e.stdout, "%s: tuned in %.1f s\n", info.Name, took.Seconds())
	return err
}
