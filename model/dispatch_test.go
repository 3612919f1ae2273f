package model_test

import (
	"fmt"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// maxDispatches is the most dispatches of a training step of one layer; maxRectangular that of a layer whose W is 4n × n of reflectors: its sides
// U and V have different lengths and are no batch, so that it misses the limit of the others.
const (
	maxDispatches  = 40
	maxRectangular = 56
)

// TestDispatches proves that a training step of one layer is one submission of at most maxDispatches dispatches, whatever its sizes, the
// form of W, the cell and the task. The sequences are short enough for no driver's limits to cut the recurrence over time, and the batches
// large enough for the gradient's sums to be split.
func TestDispatches(t *testing.T) {
	tasks := []data.Spec{
		{Name: "adding", Input: data.Values(2), Output: data.Output{Loss: data.SquaredError, Width: 1}},
		{Name: "pixels", Input: data.Values(1), Output: data.Output{Loss: data.CrossEntropy, Width: 10}},
		{Name: "rows", Input: data.Values(28), Output: data.Output{Loss: data.CrossEntropy, Width: 10}},
	}
	sizes := [][2]int{{1, 1}, {33, 33}, {128, 0}, {128, 1}, {128, 16}, {128, 128}, {129, 65}, {256, 16}, {256, 128}, {301, 11}, {301, 301},
		{512, 16}, {512, 128}, {512, 512}, {1024, 16}, {1024, 512}, {1024, 1024}}
	onDevices(t, func(t *testing.T, dev *gpu.Device) {
		check := func(cell string, form model.Form, n, m int) {
			for _, task := range tasks {
				c := model.Config{Input: task.Input, Output: task.Output, Length: 20, Batch: 128, Hidden: n, Layers: 1,
					Reflectors: m, Cell: cell, Form: form, Center: 1, Radius: 0.1, Activation: "relu", Seed: 1}
				if form == model.FormLowRank && m > 256 { // a time step is as much work as several with W
					c.Length, c.Batch = 1, 2560
				}
				name := fmt.Sprintf("%v %v n=%d m=%d %s", cell, form, n, m, task.Name)
				net, err := model.New(dev, c, model.DefaultOptimizer())
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				train, _ := net.Programs()
				s, limit := train.Stats(), maxDispatches
				if cell == "spectral-lstm" {
					limit = maxRectangular
				}
				if s.Submits != 1 || s.Dispatches == 0 || s.Dispatches > limit {
					t.Errorf("%s: %d submissions and %d dispatches a step, want 1 and at most %d: %q", name, s.Submits, s.Dispatches, limit, train.Plan())
				}
				t.Logf("%s: %d", name, s.Dispatches)
				net.Close()
			}
		}
		for _, s := range sizes {
			check("spectral", model.FormMatrix, s[0], s[1])
			check("spectral", model.FormLowRank, s[0], s[1])
		}
		for _, cell := range []string{"ornn", "rnn", "irnn", "lstm", "spectral-lstm"} {
			check(cell, model.FormMatrix, 128, 16)
			check(cell, model.FormAuto, 512, 512)
		}
	})
}
