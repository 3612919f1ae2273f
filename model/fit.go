package model

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/nn"
)

// fits compares the whole plan of a network with what the device has left, before anything is allocated; its error is of kind
// gpu.ErrOutOfMemory and says what would fit.
func fits(dev *gpu.Device, c Config, o Optimizer) error {
	free, ok := dev.Available()
	if !ok {
		return nil
	}
	need, err := Measure(dev, c, o)
	if err != nil || need.Buffers+need.Scratch <= free {
		return err
	}
	would := "not even a batch of 1 would fit"
	for batch := c.Batch / 2; batch > 0; batch /= 2 {
		less := c
		less.Batch = batch
		if m, err := Measure(dev, less, o); err == nil && m.Buffers+m.Scratch <= free {
			would = fmt.Sprintf("a batch of %d would fit, with %s", batch, gibibytes(m))
			break
		}
	}
	return &gpu.Error{Op: "network", Kind: gpu.ErrOutOfMemory, Msg: fmt.Sprintf("%d layers, T=%d B=%d n=%d need %s, %.2f GiB of memory are available; %s",
		c.Layers, c.Length, c.Batch, c.Hidden, gibibytes(need), float64(free)/(1<<30), would)}
}

func gibibytes(m nn.Memory) string {
	return fmt.Sprintf("%.2f GiB", float64(m.Buffers+m.Scratch)/(1<<30))
}
