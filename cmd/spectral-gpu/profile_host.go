package main

import (
	"context"
	"time"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// hostTimes are medians by the host's clock.
type hostTimes struct {
	step  time.Duration // of a whole training step
	fixed time.Duration // of a run of a program that writes one number: what every run costs, whatever it does
}

// fixedRuns is how often the program that does next to nothing is run.
const fixedRuns = 101

// profileHost measures what a step costs with all that its operations' own times leave out.
func profileHost(ctx context.Context, dev *gpu.Device, m *model.Network, runs int) (h hostTimes, err error) {
	step := int64(1)
	if h.step, err = medianOf(ctx, max(runs, 1), func() error {
		step++
		_, err := m.TrainStep(model.Position{Step: step - 1}, m.Config.Batch)
		return err
	}); err != nil {
		return h, err
	}
	b, err := dev.NewBuffer("one number", 1, gpu.DeviceOnly)
	if err != nil {
		return h, err
	}
	defer b.Close()
	p, err := dev.Compile("next to nothing", gpu.Fill{Y: b.All(), Value: 1})
	if err != nil {
		return h, err
	}
	defer p.Close()
	h.fixed, err = medianOf(ctx, fixedRuns, p.Run)
	return h, err
}

// medianOf runs f once to warm up and returns the median time of the given number of runs.
func medianOf(ctx context.Context, runs int, f func() error) (time.Duration, error) {
	var times []time.Duration
	for i := range runs + 1 {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		start := time.Now()
		if err := f(); err != nil {
			return 0, err
		}
		if i > 0 {
			times = append(times, time.Since(start))
		}
	}
	return median(times), nil
}
