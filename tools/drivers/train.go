//go:build cgo

package main

import (
	"context"
	"fmt"
	"math"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// network is one that is trained for a few steps on random numbers.
type network struct {
	name                         string
	length, width, hidden, batch int
}

// networks are those of MNIST: a row of the picture a step, and a pixel a step.
var networks = []network{
	{"rows", 28, 28, 128, 64},
	{"pixels n=128", 784, 1, 128, 16},
	{"pixels n=512", 784, 1, 512, 8},
}

// steps is how many optimiser steps each is trained: the loss of the second tells whether the first one's gradients were right.
const steps = 2

// train returns the losses of all steps of all networks.
func (o options) train(ctx context.Context, dev *gpu.Device) ([]float64, error) {
	if o.noTrain {
		return nil, nil
	}
	list := networks
	if o.quick {
		list = list[:1]
	}
	var losses []float64
	for _, n := range list {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		l, err := n.train(dev)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", n.name, err)
		}
		losses = append(losses, l...)
	}
	return losses, nil
}

func (n network) train(dev *gpu.Device) ([]float64, error) {
	spec := data.Spec{Name: n.name, Length: n.length, Input: data.Values(n.width), Output: data.Output{Loss: data.CrossEntropy, Width: 10}}
	cfg := model.DefaultConfig(spec)
	cfg.Batch, cfg.Hidden, cfg.Reflectors = n.batch, n.hidden, min(32, n.hidden)
	m, err := model.New(dev, cfg, model.DefaultOptimizer())
	if err != nil {
		return nil, err
	}
	defer m.Close()
	b, src := m.Batch(), philox.New(1, philox.Stream("drivers"))
	for i := range b.Values {
		b.Values[i] = float32(src.Normal())
	}
	for i := range b.Labels {
		b.Labels[i] = int32(src.IntN(10))
	}
	var losses []float64
	for step := range int64(steps) {
		s, err := m.TrainStep(model.Position{Step: step}, cfg.Batch)
		if err != nil {
			return nil, err
		}
		losses = append(losses, s.LossSum/float64(n.batch))
	}
	return losses, nil
}

// most is how far losses may be apart, relatively: sums are in another order.
const most = 1e-4

// agree compares losses with those of the device as it is.
func agree(got, want []float64) error {
	for i := range want {
		if i >= len(got) || !(math.Abs(got[i]-want[i]) <= most*math.Abs(want[i])) {
			return fmt.Errorf("losses %v, without the profile %v", got, want)
		}
	}
	return nil
}
