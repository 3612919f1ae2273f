package model_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/exact"
	"github.com/spectral-gpu/spectral-gpu/gpu/nn/nntest"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// perturbations are what training alone does to the states and to what layers are given.
var perturbations = []choice{
	{"dropped states", func(c *model.Config) { c.DropoutState = 0.4 }},
	{"noise", func(c *model.Config) { c.Initial, c.InitialNoise = "noise", 0.5 }},
	{"dropped states and noise", func(c *model.Config) { c.DropoutState, c.Initial, c.InitialNoise = 0.4, "noise", 0.5 }},
	{"dropped states, the first one learned", func(c *model.Config) { c.DropoutState, c.Initial = 0.4, "learned" }},
	{"dropped inputs of layers", func(c *model.Config) { c.Dropout = 0.4 }},
	{"dropped inputs of layers, the same over time", func(c *model.Config) { c.Dropout, c.DropoutOverTime = 0.4, true }},
}

// TestGradientsOfPerturbedStates compares the gradients of every cell in every form with differences of the loss of training, under the
// same masks and noise.
func TestGradientsOfPerturbedStates(t *testing.T) {
	dev := exact.Open()
	defer dev.Close()
	tried := map[string]int{}
	for _, cell := range model.Cells() {
		for _, form := range model.Forms() {
			for i, p := range perturbations {
				c := gradientConfig(cell)
				c.Form, c.Layers, c.Activation = form, several(cell), []string{"tanh", "modrelu", "scaled-tanh", "leaky-relu:0.3"}[i%4]
				p.set(&c)
				if c.Check() != nil || !meaningful(c) {
					continue
				}
				if gradientsLike(t, dev, fmt.Sprint(cell, form, p.name), c, nntest.Options{Elements: true, Training: true}) {
					tried[cell]++
				}
			}
		}
	}
	wanted := map[string]int{"spectral": 12, "ornn": 12, "rnn": 6, "irnn": 6, "lstm": 5, "spectral-lstm": 5, "gru": 5,
		"mlp": 2, "resnet": 2, "spectral-mlp": 4, "spectral-resnet": 4}
	for _, cell := range model.Cells() {
		if want := wanted[cell]; tried[cell] != want {
			t.Errorf("%s was tried with %d perturbations, want %d", cell, tried[cell], want)
		}
	}
}

// TestPerturbedStates: evaluation knows nothing of masks and noise, even behind a step of training; that draws others in every step, and the
// same again for the same step; memory is what was planned; devices agree.
func TestPerturbedStates(t *testing.T) {
	for _, cell := range []string{"spectral", "rnn", "lstm", "gru"} {
		for _, p := range perturbations {
			c := model.Config{Cell: cell, Length: 6, Batch: 5, Input: data.Values(2), Output: data.Output{Width: 3}, Hidden: 9, Layers: 2, Reflectors: 2,
				Radius: 0.2, Center: 1, Activation: "tanh", Seed: 4}
			plain := c
			p.set(&c)
			plain.Initial = c.Initial
			if plain.Initial == "noise" {
				plain.Initial = ""
			}
			if c.Check() != nil {
				continue
			}
			losses := map[string]float64{}
			t.Run(cell+", "+p.name, func(t *testing.T) {
				onDevices(t, func(t *testing.T, dev *gpu.Device) {
					want, err := model.Measure(dev, c, still())
					if err != nil {
						t.Fatal(err)
					}
					m := newNetwork(t, dev, c, still())
					if got := m.Scratch(); got != want.Scratch {
						t.Errorf("%d bytes of scratch memory, planned were %d", got, want.Scratch)
					}
					reference := newNetwork(t, dev, plain, still())
					fill(m)
					fill(reference)
					step := func(m *model.Network, number int64) float64 {
						s, err := m.TrainStep(model.Position{Step: number}, c.Batch)
						if err != nil || !s.Finite {
							t.Fatalf("%+v, %v", s, err)
						}
						return s.LossSum
					}
					first, second, again := step(m, 0), step(m, 1), step(m, 0)
					if first == second || first == step(reference, 0) {
						t.Errorf("losses %g and %g of two steps, %g without", first, second, step(reference, 0))
					}
					if !same(again, first) {
						t.Errorf("the same step has a loss of %g and of %g", first, again)
					}
					losses[dev.Info().Executor] = first
					got, err := m.EvalStep()
					if err != nil {
						t.Fatal(err)
					}
					if want, err := reference.EvalStep(); err != nil || !same(got.LossSum, want.LossSum) {
						t.Errorf("evaluation has a loss of %g, without masks and noise %g, %v", got.LossSum, want.LossSum, err)
					}
				})
				if a, b := losses["cpu"], losses["vulkan"]; b != 0 && !same(a, b) {
					t.Errorf("losses %v", losses)
				}
			})
		}
	}
}

// same tells whether losses are the same but for rounding: a step normalises reflectors, even at a rate that moves nothing.
func same(a, b float64) bool { return math.Abs(a-b) <= 1e-6*(1+math.Abs(a)) }

// TestDroppedStatesStayBounded: where W keeps norms, dropped states must not grow with the number of time steps.
func TestDroppedStatesStayBounded(t *testing.T) {
	dev := open(t, "cpu")
	for _, cell := range []string{"spectral", "ornn", "irnn"} {
		c := model.Config{Cell: cell, Length: 784, Batch: 4, Input: data.Values(1), Output: data.Output{Width: 3}, Hidden: 32, Layers: 1, Reflectors: 4,
			Radius: 1e-3, Center: 1, Activation: "modrelu", DropoutState: 0.3, Seed: 2}
		m := newNetwork(t, dev, c, model.DefaultOptimizer())
		r, err := m.TrainStep(model.Position{}, c.Batch)
		if err != nil {
			t.Fatal(err)
		}
		if loss := r.LossSum / float64(c.Batch); !(r.Finite && loss < 100) {
			t.Errorf("%s: the loss of the first step is %g, finite %v", cell, loss, r.Finite)
		}
	}
}
