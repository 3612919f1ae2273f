package model_test

import (
	"math"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// With the identity as activation and W = I, the gradient of every state is that of the last.
func TestGradientNorms(t *testing.T) {
	dev, err := gpu.Open("cpu", gpu.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	task, err := data.Open("adding", data.Config{Length: 7, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer task.Close()
	for name, change := range map[string]func(*model.Config){
		"identity, matrix":   func(c *model.Config) { c.Form = model.FormMatrix },
		"identity, low rank": func(c *model.Config) { c.Form = model.FormLowRank },
		"irnn":               func(c *model.Config) { c.Cell = "irnn" },
	} {
		c := model.DefaultConfig(task.Spec())
		c.Hidden, c.Reflectors, c.Batch, c.Activation, c.Init = 5, 2, 3, "identity", "identity"
		change(&c)
		m, err := model.New(dev, c, model.DefaultOptimizer())
		if err != nil {
			t.Fatal(err)
		}
		all, err := m.GradientNorms(task)
		m.Close()
		if err != nil || len(all) != 1 || len(all[0]) != 8 {
			t.Fatalf("%s: %v, %v", name, all, err)
		}
		for i, v := range all[0] {
			if !(v > 0) || math.Abs(v/all[0][7]-1) > 1e-5 {
				t.Errorf("%s: ‖dL/dh_%d‖ = %g, of the last %g", name, i, v, all[0][7])
			}
		}
	}
}
