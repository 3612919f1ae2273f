package main

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// stepCases are whole training steps: T × B × 1 in, n hidden, 10 classes at the last step, cross-entropy, Adam.
func (c *benchCmd) stepCases(dev *gpu.Device) ([]benchCase, error) {
	var cases []benchCase
	for _, cell := range c.Cell {
		k, err := c.stepCase(dev, cell)
		if err != nil {
			return cases, err
		}
		cases = append(cases, k)
	}
	return cases, nil
}

// stepCase is the training step of one cell; those of the sequential cells have no update.
func (c *benchCmd) stepCase(dev *gpu.Device, cell string) (_ benchCase, err error) {
	cfg := c.stepConfig(cell)
	paper := cell == cellSequential || cell == cellFused
	if paper {
		cfg.Cell = "spectral"
		if l := launches(cell, cfg.Length, cfg.Reflectors); l > maxLaunches {
			return benchCase{}, fmt.Errorf("%w: cell %s at T=%d m=%d is %d launches a step, at most %d are recorded; choose a smaller --T or --m",
				errUsage, cell, cfg.Length, cfg.Reflectors, l, maxLaunches)
		}
	}
	m, err := model.New(dev, cfg, model.DefaultOptimizer())
	if err != nil {
		return benchCase{}, err
	}
	defer func() {
		if err != nil {
			m.Close()
		}
	}()
	if err := fillRandom(m); err != nil {
		return benchCase{}, err
	}
	step := int64(0)
	train, _ := m.Programs()
	k := benchCase{close: m.Close, run: func() error {
		step++
		_, err := m.TrainStep(model.Position{Step: step - 1}, cfg.Batch)
		return err
	}}
	if paper {
		s, err := newSequential(dev, m, cell == cellFused)
		if err != nil {
			return benchCase{}, err
		}
		train = s.prog
		k.run, k.close = s.prog.Run, func() { s.close(); m.Close() }
	}
	k.flops = train.Cost().Flops
	k.line = map[string]any{"cell": cell, "T": cfg.Length, "B": cfg.Batch, "n": cfg.Hidden, "dispatches": train.Stats().Dispatches}
	k.label = fmt.Sprintf("step %s T=%d B=%d n=%d", cell, cfg.Length, cfg.Batch, cfg.Hidden)
	if info, _ := model.FindCell(cfg.Cell); info.Factored {
		k.line["m"] = cfg.Reflectors
		k.label += fmt.Sprintf(" m=%d", cfg.Reflectors)
		if !paper {
			k.line["form"] = m.Form()
			k.label += fmt.Sprintf(" %s", m.Form())
		}
	}
	return k, nil
}

// stepConfig is the network whose training step is measured.
func (c *benchCmd) stepConfig(cell string) model.Config {
	spec := data.Spec{Name: "bench", Length: c.T, Input: data.Values(1), Output: data.Output{Loss: data.CrossEntropy, Width: 10}}
	cfg := model.DefaultConfig(spec)
	cfg.Cell, cfg.Batch, cfg.Hidden, cfg.Layers = cell, c.B, c.N, c.Layers
	if c.N == 0 {
		cfg.Hidden = 128
	}
	cfg.Reflectors, cfg.Form = min(c.M, cfg.Hidden), model.Form(c.Form)
	return cfg
}

// fillRandom fills the batch of a network with standard normal inputs and random labels or targets.
func fillRandom(m *model.Network) error {
	b := m.Batch()
	src := philox.New(1, philox.Stream("bench"))
	for i := range b.Values {
		b.Values[i] = float32(src.Normal())
	}
	for i := range b.Labels {
		b.Labels[i] = int32(src.IntN(m.Config.Output.Width))
	}
	for i := range b.Targets {
		b.Targets[i] = float32(src.Normal())
	}
	return nil
}
