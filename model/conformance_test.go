package model_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/exact"
	_ "github.com/spectral-gpu/spectral-gpu/gpu/fake"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// size is a network's: n units and m reflectors a side, k inputs and that many classes.
type size struct {
	name                                      string
	length, batch, hidden, reflectors, k, out int
	vulkan                                    bool // Vulkan runs it, too
}

var sizes = []size{
	{"all ones", 1, 1, 1, 1, 1, 2, true},
	{"one class", 3, 2, 5, 2, 2, 1, false},
	{"odd", 5, 3, 33, 7, 3, 5, true},
	{"batch 1", 7, 1, 31, 3, 1, 2, false},
	{"length 1", 1, 5, 9, 2, 3, 3, false},
	{"hidden 1", 4, 3, 1, 1, 2, 3, false},
	{"one reflector", 4, 3, 17, 1, 2, 3, false},
	{"no reflector", 4, 3, 6, 0, 2, 3, false},
	{"m = n", 4, 3, 7, 7, 2, 3, false},
	{"more inputs than units", 3, 3, 4, 2, 9, 3, false},
}

// TestSizes holds losses and gradients of a training step at odd sizes and at the smallest ones against float64.
func TestSizes(t *testing.T) {
	truth := exact.Open()
	defer truth.Close()
	onDevices(t, func(t *testing.T, dev *gpu.Device) {
		for _, s := range sizes {
			if dev.Info().Executor == "vulkan" && !s.vulkan {
				continue
			}
			for _, cell := range model.Cells() {
				for layers := range 3 {
					if dev.Info().Executor == "vulkan" && layers == 0 {
						continue // what a first layer does shows in deeper networks, too
					}
					c := model.Config{Cell: cell, Length: s.length, Batch: s.batch, Input: data.Values(s.k), Output: data.Output{Width: s.out}, Hidden: s.hidden,
						Layers: layers + 1, Reflectors: s.reflectors, Radius: 0.2, Center: 1, Activation: "scaled-tanh", Seed: 8}
					if info, _ := model.FindCell(cell); !info.Time {
						c.Length = 1
					} else if layers == 1 {
						c.Output.Where = data.EveryStep
					}
					if layers < 2 || several(cell) == 3 {
						t.Run(fmt.Sprintf("%s/%s of %d layers", s.name, cell, c.Layers), func(t *testing.T) { likeExact(t, dev, truth, c) })
					}
				}
			}
		}
	})
}

// likeExact compares a training step on dev with the same in float64.
func likeExact(t *testing.T, dev, truth *gpu.Device, c model.Config) {
	var losses [2]float64
	var norms [2]float64
	var grads [2]map[string][]float64
	for i, d := range []*gpu.Device{dev, truth} {
		m, err := model.New(d, c, still())
		if err != nil {
			t.Fatal(err)
		}
		fill(m)
		s, err := m.TrainStep(model.Position{}, c.Batch)
		if err != nil || !s.Finite {
			t.Fatalf("%+v, %v", s, err)
		}
		losses[i], norms[i], grads[i] = s.LossSum, s.GradNorm, map[string][]float64{}
		for name, g := range readParams(t, m, m.Params().Grads()) {
			grads[i][name] = g.Data
		}
		m.Close()
	}
	if !(math.Abs(losses[0]-losses[1]) <= 1e-5*(1+losses[1])) {
		t.Errorf("loss %g, in float64 %g", losses[0], losses[1])
	}
	if c.Output.Width == 1 && (losses[0] != 0 || norms[0] != 0) {
		t.Errorf("one class: loss %g and a gradient of %g; there is nothing to learn", losses[0], norms[0])
	}
	for name, want := range grads[1] {
		scale := 0.0
		for _, v := range want {
			scale = max(scale, math.Abs(v))
		}
		for j, v := range want {
			if e := math.Abs(grads[0][name][j] - v); !(e <= 2e-5*scale+2e-7*norms[1]) {
				t.Errorf("gradient of %s[%d] is %g, in float64 %g; the largest is %g", name, j, grads[0][name][j], v, scale)
				break
			}
		}
	}
}

// perLayer is the most dispatches of a step for each of many dense layers.
const perLayer = 6

// TestHundredLayers: a step of a hundred dense layers is one program and one submission, its memory is known beforehand, and devices agree on it.
func TestHundredLayers(t *testing.T) {
	for _, cell := range []string{"mlp", "resnet", "spectral-mlp", "spectral-resnet"} {
		t.Run(cell, func(t *testing.T) {
			c := model.Config{Cell: cell, Length: 1, Batch: 5, Input: data.Values(9), Output: data.Output{Width: 3}, Hidden: 12, Layers: 100, Reflectors: 12, Radius: 0.1, Center: 1,
				Init: "haar", Activation: "leaky-relu:0.5", Seed: 3}
			losses := map[string]float64{}
			for _, name := range []string{"fake", "cpu", "vulkan"} {
				t.Run(name, func(t *testing.T) {
					dev := open(t, name)
					want, err := model.Measure(dev, c, model.DefaultOptimizer())
					if err != nil {
						t.Fatal(err)
					}
					m := newNetwork(t, dev, c, model.DefaultOptimizer())
					if got, _ := dev.Bytes(); got != want.Buffers || m.Scratch() != want.Scratch {
						t.Errorf("%d bytes and %d of scratch memory, planned were %d and %d", got, m.Scratch(), want.Buffers, want.Scratch)
					}
					train, _ := m.Programs()
					s := train.Stats()
					if s.Submits > 1 || name != "fake" && s.Submits != 1 {
						t.Errorf("%d submissions", s.Submits)
					}
					if most := perLayer * c.Layers; s.Dispatches > most {
						t.Errorf("%d dispatches, want at most %d: equal weights are computed side by side", s.Dispatches, most)
					}
					t.Logf("%d operations, %d dispatches, %d bytes", len(train.Ops()), s.Dispatches, want.Buffers)
					if name == "fake" {
						return
					}
					fill(m)
					stats, err := m.TrainStep(model.Position{}, 4)
					if err != nil || !stats.Finite {
						t.Fatalf("%+v, %v", stats, err)
					}
					losses[name] = stats.LossSum
				})
			}
			if v, ok := losses["vulkan"]; ok && math.Abs(v-losses["cpu"]) > 1e-4*losses["cpu"] {
				t.Errorf("losses %v", losses)
			}
		})
	}
}
