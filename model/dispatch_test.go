package model_test

import (
	"fmt"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// maxDispatches is the most dispatches of a training step of one layer. Two miss it with the tiles of cards, which cut long sums into shares that
// a dispatch adds up: maxStacked is that of a spectral-lstm of more than 128 units, whose W has 4n rows, and maxFormed that of W of 1,024
// units that is formed of few reflectors, where by itself it takes the low-rank form. Both are a Raspberry Pi's, whose watchdog cuts some more.
const (
	maxDispatches = 40
	maxStacked    = 47
	maxFormed     = 50
)

// TestDispatches proves that a training step of one layer is at most maxDispatches dispatches, whatever its sizes, the form of W, the cell
// and the task: of one submission, of which there is an instance. The sequences are short enough for no driver's limits to cut the recurrence over
// time, and the batches large enough for the gradient's sums to be split.
func TestDispatches(t *testing.T) {
	onDevices(t, func(t *testing.T, dev *gpu.Device) {
		eachOneLayer(func(c model.Config, name string) {
			if c.Cell == "spectral-lstm" { // of which Mesa before 23 goes through no 20 steps at once (gpu/vulkan/quirks.go)
				c.Length, c.Batch = c.Length/2, c.Batch*2
			}
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

// TestDispatchesOnCards counts with the tiles and the choices that cards get: the device describes itself as each of them does. Of more
// than 128 reflectors a card solves the triangular systems by blocks of 128, two launches for each block more.
func TestDispatchesOnCards(t *testing.T) {
	for _, card := range []string{"nvidia-h200", "nvidia", "intel", "adreno", "moltenvk", "mali", "v3d", "v3d-old"} {
		t.Run(card, func(t *testing.T) {
			t.Setenv("SPECTRAL_PROFILE", card)
			dev := open(t, "vulkan")
			eachOneLayer(func(c model.Config, name string) {
				limit := maxDispatches
				switch {
				case c.Reflectors > 128:
					return
				case c.Cell == "spectral-lstm" && c.Hidden > 128:
					limit = maxStacked
				case c.Form == model.FormMatrix && c.Hidden > 512:
					limit = maxFormed
				}
				wantDispatches(t, dev, c, name, limit)
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
