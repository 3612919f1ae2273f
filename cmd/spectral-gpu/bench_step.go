package main

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/data/philox"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// stepCases are whole training steps: T × B × 1 in, n hidden, 10 classes at the last step, cross-entropy, Adam.
func (c *benchCmd) stepCases(dev *gpu.Device) ([]benchCase, error) {
	var cases []benchCase
	n := c.N
	if n == 0 {
		n = 128
	}
	for _, cell := range c.Cell {
		spec := data.Spec{Name: "bench", Kind: data.Classification, Steps: c.T, Inputs: 1, Outputs: 10}
		cfg := model.DefaultConfig(spec)
		cfg.Cell, cfg.Batch, cfg.Hidden = model.Cell(cell), c.B, n
		cfg.Reflectors = min(c.M, cfg.Hidden)
		m, err := model.New(dev, cfg, model.DefaultOptimizer())
		if err != nil {
			return cases, err
		}
		if err := fillRandom(m); err != nil {
			m.Close()
			return cases, err
		}
		step := int64(0)
		train, _ := m.Programs()
		line := map[string]any{"cell": cell, "T": cfg.Steps, "B": cfg.Batch, "n": cfg.Hidden, "dispatches": train.Stats().Dispatches}
		label := fmt.Sprintf("step %s T=%d B=%d n=%d", cell, cfg.Steps, cfg.Batch, cfg.Hidden)
		if cfg.Cell.Factored() {
			line["m"] = cfg.Reflectors
			label += fmt.Sprintf(" m=%d", cfg.Reflectors)
		}
		cases = append(cases, benchCase{line: line, label: label, flops: train.Cost().Flops, close: m.Close, run: func() error {
			step++
			_, err := m.TrainStep(step, 0)
			return err
		}})
	}
	return cases, nil
}

// fillRandom fills the batch of a network with standard normal inputs and random labels or targets.
func fillRandom(m *model.Network) error {
	b := m.Batch()
	src := philox.New(1, philox.Stream("bench"))
	for i := range b.X {
		b.X[i] = float32(src.Normal())
	}
	for i := range b.Labels {
		b.Labels[i] = int32(src.IntN(m.Config.Outputs))
	}
	for i := range b.Targets {
		b.Targets[i] = float32(src.Normal())
	}
	return nil
}
