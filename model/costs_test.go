package model_test

import (
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// costs are the operations of a training step of one layer at the last step, and what each setting adds to them; docs/performance.md has them, too.
// An executor that splits sums has more dispatches, TestDispatches has the limit. What is computed of the weights once a step is shared by all
// equal ones: a second one adds operations only where two are better computed in another form than one, a third one none.
var costs = []struct {
	cell       string
	form       model.Form
	operations int
	more       map[string]int // beside what tokens cost
}{
	{"rnn", model.FormAuto, 10, recurrence(4)},
	{"spectral", model.FormMatrix, 24, recurrence(10)},
	{"spectral", model.FormLowRank, 28, recurrence(5)},
	{"lstm", model.FormAuto, 10, map[string]int{"mean over steps": 2, "dropout": 2, "dropped states": 1, "noise": 1, "stream": 4, "one more layer": 4}},
	{"spectral-lstm", model.FormMatrix, 30, map[string]int{"mean over steps": 2, "dropout": 2, "dropped states": 1, "noise": 1, "stream": 4, "one more layer": 4}},
	{"gru", model.FormAuto, 12, map[string]int{"mean over steps": 2, "dropout": 2, "dropped states": 1, "noise": 1, "stream": 2, "one more layer": 6}},
	// The first map to n units and a layer, or a block of two.
	{"mlp", model.FormAuto, 16, map[string]int{"modrelu": 2, "scaled-tanh": 2, "dropout": 4, "one more layer": 5}},
	{"spectral-mlp", model.FormMatrix, 30, map[string]int{"modrelu": 2, "scaled-tanh": 2, "dropout": 4, "one more layer": 11}},
	{"spectral-mlp", model.FormApplied, 27, map[string]int{"modrelu": 2, "scaled-tanh": 2, "dropout": 4, "one more layer": 12}},
	{"resnet", model.FormAuto, 22, map[string]int{"modrelu": 3, "scaled-tanh": 3, "dropout": 4, "one more layer": 11}},
	{"spectral-resnet", model.FormMatrix, 42, map[string]int{"modrelu": 3, "scaled-tanh": 3, "dropout": 4, "one more layer": 11}},
	{"spectral-resnet", model.FormApplied, 41, map[string]int{"modrelu": 3, "scaled-tanh": 3, "dropout": 4, "one more layer": 26}},
}

// recurrence returns what a plain recurrence's settings add; layer is another one.
func recurrence(layer int) map[string]int {
	return map[string]int{"modrelu": 1, "scaled-tanh": 1, "learned first state": 2, "mean over steps": 2, "dropout": 2, "dropped states": 1, "noise": 1, "stream": 2, "one more layer": layer}
}

// ofTokens is what tokens add to any cell.
var ofTokens = map[string]int{"tokens": 3, "tokens of their own width": 3, "tied read-out": 3}

// additions are the settings that may cost operations.
var additions = map[string]func(c *model.Config){
	"tanh":                      func(c *model.Config) { c.Activation = "tanh" },
	"modrelu":                   func(c *model.Config) { c.Activation = "modrelu" },
	"scaled-tanh":               func(c *model.Config) { c.Activation = "scaled-tanh" },
	"learned first state":       func(c *model.Config) { c.Initial = "learned" },
	"no bias":                   func(c *model.Config) { c.NoBias = true },
	"every step":                func(c *model.Config) { c.Output.Where = data.EveryStep },
	"mean over steps":           func(c *model.Config) { c.Output.Where = data.MeanOverSteps },
	"dropout":                   func(c *model.Config) { c.Dropout = 0.2 },
	"dropped states":            func(c *model.Config) { c.DropoutState = 0.2 },
	"noise":                     func(c *model.Config) { c.Initial, c.InitialNoise = "noise", 0.1 },
	"stream":                    func(c *model.Config) { c.Output.Where, c.Stream = data.EveryStep, true },
	"tokens":                    func(c *model.Config) { c.Input = data.Tokens(10) },
	"tokens of their own width": func(c *model.Config) { c.Input, c.Embedding = data.Tokens(10), 24 },
	"tied read-out":             func(c *model.Config) { c.Input, c.Tied = data.Tokens(10), true },
	"squared error":             func(c *model.Config) { c.Output.Loss = data.SquaredError },
	"one more layer":            func(c *model.Config) { c.Layers += layersOf(c.Cell) },
}

// layersOf returns how many layers are one more: a block of a residual network counts for two.
func layersOf(cell string) int {
	if strings.Contains(cell, "resnet") {
		return 2
	}
	return 1
}

// TestCosts counts operations.
func TestCosts(t *testing.T) {
	dev := open(t, "fake")
	count := func(c model.Config) int {
		m, err := model.New(dev, c, model.DefaultOptimizer())
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		train, _ := m.Programs()
		return len(train.Ops())
	}
	for _, k := range costs {
		c := model.Config{Cell: k.cell, Length: 20, Batch: 128, Input: data.Values(2), Output: data.Output{Width: 10}, Hidden: 128, Layers: 1, Reflectors: 16,
			Form: k.form, Radius: 0.1, Center: 1, Activation: "relu", Seed: 1}
		info, _ := model.FindCell(k.cell)
		if !info.Time {
			c.Length, c.Layers = 1, 1+layersOf(k.cell)
		}
		base := count(c)
		if base != k.operations {
			t.Errorf("%s %s: %d operations, want %d", k.cell, k.form, base, k.operations)
		}
		for name, add := range additions {
			more := c
			add(&more)
			if more.Check() != nil || !info.Time && recurrentSettings(more) > 0 || !info.Plain && (more.NoBias || more.Initial == "learned") {
				continue
			}
			if got, want := count(more)-base, k.more[name]+ofTokens[name]; got != want {
				t.Errorf("%s %s: %s adds %d operations, want %d", k.cell, k.form, name, got, want)
			}
		}
	}
}
