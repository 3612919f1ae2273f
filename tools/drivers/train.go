//go:build cgo

package main

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// network is one that is trained for a few steps on a batch of MNIST.
type network struct {
	name                  string
	length, hidden, batch int
}

// networks are those of MNIST: a row of the picture a step, and a pixel a step.
var networks = []network{
	{"rows", 28, 128, 64},
	{"pixels n=128", 784, 128, 16},
	{"pixels n=512", 784, 512, 4},
}

// steps is how many optimiser steps each is trained: the loss of the second tells whether the first one's gradients were right.
const steps = 2

// lesson is a network with its batch: of pictures where they are at hand, else of random numbers.
type lesson struct {
	network
	spec  data.Spec
	batch data.Batch
}

// lessons prepares the networks, and says what they are trained on.
func (o options) lessons() (list []lesson, what string, err error) {
	if o.noTrain {
		return nil, "nothing", nil
	}
	what = "pictures of MNIST"
	for _, n := range networks {
		l := lesson{network: n}
		task, err := data.Open("mnist", data.Config{Length: n.length})
		switch {
		case err == nil:
			l.spec = task.Spec()
			l.batch = data.NewBatch(l.spec, n.batch, n.length)
			_, err = task.Fill(data.Train, 0, 0, l.batch)
			err = errors.Join(err, task.Close())
		case errors.Is(err, data.ErrNotFound):
			what, err = "random numbers, MNIST not being in $"+data.DirVariable, nil
			l.random()
		}
		if err != nil {
			return nil, "", err
		}
		list = append(list, l)
		if o.quick {
			break
		}
	}
	return list, what, nil
}

// random makes a batch of the shape of pictures.
func (l *lesson) random() {
	const pixels, classes = 784, 10
	l.spec = data.Spec{Name: l.name, Length: l.length, Input: data.Values(pixels / l.length), Output: data.Output{Loss: data.CrossEntropy, Width: classes}}
	l.batch = data.NewBatch(l.spec, l.network.batch, l.length)
	src := philox.New(1, philox.Stream("drivers"))
	for i := range l.batch.Values {
		l.batch.Values[i] = float32(src.Normal())
	}
	for i := range l.batch.Labels {
		l.batch.Labels[i] = int32(src.IntN(classes))
	}
}

// onCPU returns the losses of all steps of all networks on the CPU executor.
func (o options) onCPU(ctx context.Context) ([]float64, error) {
	if len(o.networks) == 0 {
		return nil, nil
	}
	dev, err := gpu.Open("cpu", gpu.Options{})
	if err != nil {
		return nil, err
	}
	defer dev.Close()
	losses, err := o.train(ctx, dev, o.networks)
	if err != nil {
		return nil, fmt.Errorf("the CPU executor: %w", err)
	}
	return losses, nil
}

// train returns the losses of all steps of all networks.
func (o options) train(ctx context.Context, dev *gpu.Device, list []lesson) ([]float64, error) {
	var losses []float64
	for _, l := range list {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		more, err := l.train(dev)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", l.name, err)
		}
		losses = append(losses, more...)
	}
	return losses, nil
}

func (l lesson) train(dev *gpu.Device) ([]float64, error) {
	cfg := model.DefaultConfig(l.spec)
	cfg.Batch, cfg.Hidden, cfg.Reflectors = l.network.batch, l.hidden, min(32, l.hidden)
	m, err := model.New(dev, cfg, model.DefaultOptimizer())
	if err != nil {
		return nil, err
	}
	defer m.Close()
	b := m.Batch()
	copy(b.Values, l.batch.Values)
	copy(b.Labels, l.batch.Labels)
	var losses []float64
	for step := range int64(steps) {
		s, err := m.TrainStep(model.Position{Step: step}, cfg.Batch)
		if err != nil {
			return nil, err
		}
		losses = append(losses, s.LossSum/float64(cfg.Batch))
	}
	return losses, nil
}

// most is how far losses may be apart, relatively: sums are in another order.
const most = 1e-4

// agree compares losses with those of the device as it is, or of the CPU executor.
func agree(got, want []float64) error {
	for i := range want {
		if i >= len(got) || !(math.Abs(got[i]-want[i]) <= most*math.Abs(want[i])) {
			return fmt.Errorf("losses %v, want %v", got, want)
		}
	}
	return nil
}
