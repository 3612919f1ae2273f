package model_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// maxDispatches is the most dispatches of a training step of one layer.
const maxDispatches = 40

// TestDispatches proves that a training step of one layer is at most maxDispatches dispatches, whatever its sizes, the form of W, the cell
// and the task: of one submission, of which there is an instance. The sequences are short enough for no driver's limits to cut the recurrence over
// time, and the batches large enough for the gradient's sums to be split.
func TestDispatches(t *testing.T) {
	onDevices(t, func(t *testing.T, dev *gpu.Device) {
		eachOneLayer(func(c model.Config, name string) {
			shorten(&c)
			wantDispatches(t, dev, c, name, maxDispatches)
		})
		net := newNetwork(t, dev, oneLayer("spectral-lstm", model.FormMatrix, 33, 33, dispatchTasks()[2]), model.DefaultOptimizer())
		train, _ := net.Programs()
		want, err := model.Measure(dev, net.Config, net.Optimizer)
		if s := train.Stats(); err != nil || s.Submits != 1 || s.Dispatches != want.Dispatches {
			t.Errorf("%d submissions and %d dispatches a step, want 1 and %d: %q, %v", s.Submits, s.Dispatches, want.Dispatches, train.Plan(), err)
		}
	})
}

// shorten makes the sequences of an LSTM so short that Mesa before 23 goes through them at once (gpu/vulkan/quirks.go), with as many rows.
func shorten(c *model.Config) {
	if c.Cell == "spectral-lstm" {
		c.Length, c.Batch = c.Length/2, c.Batch*2
	}
}

// TestDispatchesOnCards counts with the tiles and the choices that cards get: the device describes itself as each of them does. A Raspberry Pi gets fewer
// rows, and an LSTM, which is counted as of a card of 200 GFLOP/s: watchdogs ask for pieces of what takes long. A Raspberry Pi has no room for the
// low-rank form of many reflectors before Mesa 24.3.
func TestDispatchesOnCards(t *testing.T) {
	for _, card := range []string{"nvidia-h200", "nvidia", "intel", "adreno", "moltenvk", "mali", "v3d", "v3d-old"} {
		t.Run(card, func(t *testing.T) {
			t.Setenv("SPECTRAL_PROFILE", card)
			dev := open(t, "vulkan")
			eachOneLayer(func(c model.Config, name string) {
				rows := 1 // part of them
				switch pi := strings.HasPrefix(card, "v3d"); {
				case pi && c.Form == model.FormLowRank:
					rows = 8
				case pi:
					rows = 4
				case c.Cell == "spectral-lstm":
					rows = 2
				}
				shorten(&c)
				c.Batch /= rows
				if _, err := model.Measure(dev, c, model.DefaultOptimizer()); card == "v3d-old" && c.Form == model.FormLowRank && c.Reflectors > 256 && errors.Is(err, gpu.ErrUnsupported) {
					return
				}
				wantDispatches(t, dev, c, name, maxDispatches)
			})
		})
	}
}

func wantDispatches(t *testing.T, dev *gpu.Device, c model.Config, name string, limit int) {
	t.Helper()
	takes, err := model.Measure(dev, c, model.DefaultOptimizer())
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if takes.Dispatches == 0 || takes.Dispatches > limit {
		t.Errorf("%s: %d dispatches a step, want at most %d", name, takes.Dispatches, limit)
	}
	t.Logf("%s: %d", name, takes.Dispatches)
}

func dispatchTasks() []data.Spec {
	return []data.Spec{
		{Name: "adding", Input: data.Values(2), Output: data.Output{Loss: data.SquaredError, Width: 1}},
		{Name: "pixels", Input: data.Values(1), Output: data.Output{Loss: data.CrossEntropy, Width: 10}},
		{Name: "rows", Input: data.Values(28), Output: data.Output{Loss: data.CrossEntropy, Width: 10}},
	}
}

func oneLayer(cell string, form model.Form, n, m int, task data.Spec) model.Config {
	c := model.Config{Input: task.Input, Output: task.Output, Length: 20, Batch: 128, Hidden: n, Layers: 1,
		Reflectors: m, Cell: cell, Form: form, Center: 1, Radius: 0.1, Activation: "relu", Seed: 1}
	if form == model.FormLowRank && m > 256 { // a time step is as much work as several with W
		c.Length, c.Batch = 1, 2560
	}
	return c
}

// eachOneLayer calls f with the settings of networks of one layer: forms, sizes, cells and tasks.
func eachOneLayer(f func(c model.Config, name string)) {
	sizes := [][2]int{{1, 1}, {33, 33}, {128, 0}, {128, 1}, {128, 16}, {128, 128}, {129, 65}, {256, 16}, {256, 128}, {301, 11}, {301, 301},
		{512, 16}, {512, 128}, {512, 512}, {1024, 16}, {1024, 512}, {1024, 1024}}
	check := func(cell string, form model.Form, n, m int) {
		for _, task := range dispatchTasks() {
			f(oneLayer(cell, form, n, m, task), fmt.Sprintf("%v %v n=%d m=%d %s", cell, form, n, m, task.Name))
		}
	}
	for _, s := range sizes {
		check("spectral", model.FormMatrix, s[0], s[1])
		check("spectral", model.FormLowRank, s[0], s[1])
		check("spectral", model.FormAuto, s[0], s[1])
	}
	for _, s := range [][2]int{{33, 8}, {128, 16}, {512, 16}, {512, 512}} {
		check("spectral-lstm", model.FormAuto, s[0], s[1])
	}
	for _, cell := range []string{"ornn", "rnn", "irnn", "lstm", "gru"} {
		check(cell, model.FormAuto, 128, 16)
		check(cell, model.FormAuto, 512, 512)
	}
}
