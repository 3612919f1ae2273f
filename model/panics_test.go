package model_test

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/nn/nntest"
	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/train"
)

// TestNothingPanics: what is nil, zero, negative or no number is an error, or has a sensible meaning.
func TestNothingPanics(t *testing.T) {
	dev := open(t, "cpu")
	nan := math.NaN()
	config, rule := small("spectral", data.CrossEntropy), model.DefaultOptimizer()
	var network *model.Network
	var predictor *model.Predictor
	var stream *model.Stream
	var generator *model.Generator
	whole := newNetwork(t, dev, config, rule)
	ck := &model.Checkpoint{}
	if s, err := whole.Snapshot(model.Position{}, nil); err != nil {
		t.Fatal(err)
	} else {
		ck.Snapshot = *s
	}
	p, err := ck.Predictor(dev)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for name, c := range map[string]struct {
		want error
		f    func() error
	}{
		"no device":              {gpu.ErrNoDevice, func() error { m, err := model.New(nil, config, rule); m.Close(); return err }},
		"no device: measure":     {gpu.ErrNoDevice, func() error { _, err := model.Measure(nil, config, rule); return err }},
		"no device: predictor":   {gpu.ErrNoDevice, func() error { p, err := ck.Predictor(nil); p.Close(); return err }},
		"no settings":            {model.ErrConfig, func() error { m, err := model.New(dev, model.Config{}, model.Optimizer{}); m.Close(); return err }},
		"no optimiser":           {model.ErrConfig, func() error { _, err := model.New(dev, config, model.Optimizer{}); return err }},
		"no settings: layers":    {model.ErrConfig, func() error { _, err := model.Config{}.Network(); return err }},
		"no settings: predictor": {model.ErrConfig, func() error { p, err := new(model.Checkpoint).Predictor(dev); p.Close(); return err }},
		"a task of nothing":      {model.ErrConfig, func() error { return model.DefaultConfig(data.Spec{}).Check() }},
		"open nothing": {nil, func() error {
			p, err := model.Open(dev, filepath.Join(t.TempDir(), "none"))
			p.Close()
			return ignore(err)
		}},
		"open nothing on nothing":   {nil, func() error { _, err := model.Open(nil, ""); return ignore(err) }},
		"decode nothing":            {nil, func() error { _, err := model.Decode(nil); return ignore(err) }},
		"save nothing":              {model.ErrConfig, func() error { return model.Save(filepath.Join(t.TempDir(), "none"), network, model.Position{}) }},
		"save at step −1":           {model.ErrConfig, func() error { return model.Save(filepath.Join(t.TempDir(), "none"), whole, model.Position{Step: -1}) }},
		"restore nothing":           {model.ErrCheckpoint, func() error { return new(model.Checkpoint).Restore(whole) }},
		"start from nothing":        {model.ErrCheckpoint, func() error { _, err := new(model.Checkpoint).Start(whole); return err }},
		"no activation":             {model.ErrConfig, func() error { _, err := model.ParseActivation(""); return err }},
		"a slope of NaN":            {model.ErrConfig, func() error { _, err := model.ParseActivation("leaky-relu:NaN"); return err }},
		"no cell":                   {model.ErrConfig, func() error { _, err := model.FindCell(""); return err }},
		"close nothing":             {nil, func() error { network.Close(); predictor.Close(); stream.Close(); generator.Close(); return nil }},
		"predict nothing":           {nil, func() error { _, err := p.Predict(nil); return err }},
		"predict an empty sequence": {data.ErrConfig, func() error { _, err := p.Predict([][]float32{nil}); return err }},
		"predict tokens":            {data.ErrConfig, func() error { _, err := p.PredictTokens([][]int32{{-1}}); return err }},
		"predict beyond fp32": {data.ErrConfig, func() error {
			_, err := p.Predict([][]float32{{1, 2, 3, 4, 5, 6, 7, 8, 9, float32(math.Inf(1))}})
			return err
		}},
		"generate without text": {model.ErrConfig, func() error { _, err := p.Generator(nil, 0); return err }},
		"a step of nothing": {data.ErrConfig, func() error {
			s, err := p.Stream()
			if err == nil {
				_, err = s.Next(nil)
			}
			s.Close()
			return err
		}},
		"a run without options":      {model.ErrConfig, func() error { _, err := train.Run(context.Background(), train.Config{}, train.Options{}); return err }},
		"an evaluation of nothing":   {model.ErrConfig, func() error { _, err := train.Evaluate(context.Background(), nil, nil, data.Test); return err }},
		"a history of no evaluation": {nil, func() error { new(model.History).Add(1, nan, data.Accuracy, -1); return nil }},
	} {
		nntest.Survive(t, name, c.want, c.f)
	}
	for name, edit := range map[string]func(c *model.Config){
		"length": func(c *model.Config) { c.Length = -1 }, "batch": func(c *model.Config) { c.Batch = 0 }, "hidden": func(c *model.Config) { c.Hidden = -7 }, "layers": func(c *model.Config) { c.Layers = 0 },
		"reflectors": func(c *model.Config) { c.Reflectors = -1 }, "r": func(c *model.Config) { c.Radius = nan }, "sigma": func(c *model.Config) { c.Center = nan }, "zero sigma": func(c *model.Config) { c.Center = 0 },
		"negative sigma": func(c *model.Config) { c.Center = -1 }, "gain": func(c *model.Config) { c.Gain = nan }, "dropout": func(c *model.Config) { c.Dropout = nan }, "states": func(c *model.Config) { c.DropoutState = -0.1 },
		"noise": func(c *model.Config) { c.Initial, c.InitialNoise = "noise", nan }, "outputs": func(c *model.Config) { c.Output.Width = 0 }, "inputs": func(c *model.Config) { c.Input.Width = -2 }, "embedding": func(c *model.Config) { c.Embedding = -1 },
	} {
		c := config
		edit(&c)
		nntest.Survive(t, "a bad "+name, model.ErrConfig, func() error { _, err := model.New(dev, c, rule); return err })
	}
	for name, edit := range map[string]func(o *model.Optimizer){
		"lr": func(o *model.Optimizer) { o.LR = nan }, "zero lr": func(o *model.Optimizer) { o.LR = 0 }, "negative lr": func(o *model.Optimizer) { o.LR = -1 }, "beta1": func(o *model.Optimizer) { o.Beta1 = 1 },
		"eps": func(o *model.Optimizer) { o.Eps = 0 }, "clip": func(o *model.Optimizer) { o.Clip = nan }, "decay": func(o *model.Optimizer) { o.Decay = -1 }, "warmup": func(o *model.Optimizer) { o.Warmup = -1 },
		"momentum": func(o *model.Optimizer) { o.Momentum = nan }, "schedule": func(o *model.Optimizer) { o.Schedule = "" },
	} {
		o := rule
		edit(&o)
		nntest.Survive(t, "a bad "+name, model.ErrConfig, func() error { _, err := model.New(dev, config, o); return err })
	}
}

// ignore takes an error of any kind, and wants one.
func ignore(err error) error {
	if err == nil {
		return errors.New("no error")
	}
	return nil
}
