package model_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/exact"
	"github.com/spectral-gpu/spectral-gpu/gpu/nn/nntest"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// choice is one value of a setting, by name.
type choice struct {
	name string
	set  func(c *model.Config)
}

// axis is a setting with the values that are tried.
type axis struct {
	name   string
	values []choice
}

// axes are the settings that gradients depend on, beside the cell. Every cell is tried with all combinations that its Config takes.
func axes() []axis {
	values := func(c *model.Config) { c.Input = data.Values(2) }
	tokens := func(c *model.Config) { c.Input = data.Tokens(3) }
	return []axis{
		{"form", []choice{
			{"auto", func(c *model.Config) { c.Form = model.FormAuto }}, {"matrix", func(c *model.Config) { c.Form = model.FormMatrix }},
			{"low-rank", func(c *model.Config) { c.Form = model.FormLowRank }}, {"applied", func(c *model.Config) { c.Form = model.FormApplied }}}},
		{"read-out", []choice{
			{"last", func(c *model.Config) { c.Output.Where = data.LastStep }}, {"every", func(c *model.Config) { c.Output.Where = data.EveryStep }},
			{"mean", func(c *model.Config) { c.Output.Where = data.MeanOverSteps }}}},
		{"loss", []choice{
			{"cross-entropy", func(c *model.Config) { c.Output.Loss = data.CrossEntropy }},
			{"squared-error", func(c *model.Config) { c.Output.Loss = data.SquaredError }}}},
		{"activation", activations()},
		{"input", []choice{
			{"values", values}, {"tokens", tokens},
			{"embedding", func(c *model.Config) { tokens(c); c.Embedding = 3 }},
			{"tied", func(c *model.Config) { tokens(c); c.Tied = true }}}},
		{"first state", []choice{{"zero", func(*model.Config) {}}, {"learned", func(c *model.Config) { c.Initial = "learned" }}}},
		{"bias", []choice{{"yes", func(*model.Config) {}}, {"no", func(c *model.Config) { c.NoBias = true }}}},
		{"layers", []choice{{"1", func(c *model.Config) { c.Layers = 1 }}, {"more", func(c *model.Config) { c.Layers = several(c.Cell) }}}},
	}
}

func activations() []choice {
	var list []choice
	for _, a := range []string{"relu", "leaky-relu:0.3", "tanh", "modrelu", "scaled-tanh", "identity"} {
		list = append(list, choice{a, func(c *model.Config) { c.Activation = a }})
	}
	return list
}

// forms are those that a cell must be able to take.
var forms = map[string][]model.Form{
	"spectral": {model.FormMatrix, model.FormLowRank}, "ornn": {model.FormMatrix, model.FormLowRank},
	"spectral-mlp": {model.FormMatrix, model.FormApplied}, "spectral-resnet": {model.FormMatrix, model.FormApplied},
}

// TestGradients holds the gradients of every cell, in every form and with every read-out, loss, activation and input, against central
// differences in float64. Of tensors one derivative in a random direction is compared; TestGradientElements compares all elements.
func TestGradients(t *testing.T) {
	dev := exact.Open()
	defer dev.Close()
	for _, cell := range model.Cells() {
		t.Run(cell, func(t *testing.T) {
			tried := map[string]int{}
			combine(axes(), func(names []string, set func(*model.Config)) {
				c := gradientConfig(cell)
				set(&c)
				if !meaningful(c) {
					return
				}
				if err := c.Check(); err != nil {
					t.Fatalf("%q: %v", names, err)
				}
				if !gradients(t, dev, fmt.Sprint(names), c, false) {
					return
				}
				for i, name := range names {
					tried[axes()[i].name+" "+name]++
				}
			})
			t.Log(tried)
			if plain := plain(cell); plain != (tried["bias no"] > 0) || plain != (tried["first state learned"] > 0) {
				t.Error("plain recurrences, and no other cells, can be without bias and learn their first state")
			}
			for _, form := range forms[cell] {
				if tried["form "+string(form)] == 0 {
					t.Errorf("no network was in the form %s", form)
				}
			}
		})
	}
}

// TestGradientElements compares every element of every tensor, in each form of each cell.
func TestGradientElements(t *testing.T) {
	dev := exact.Open()
	defer dev.Close()
	for _, cell := range model.Cells() {
		for _, form := range model.Forms() {
			c := gradientConfig(cell)
			c.Form, c.Layers, c.Activation, c.Seed = form, several(cell), "modrelu", 2
			if meaningful(c) {
				gradients(t, dev, fmt.Sprint(cell, form), c, true)
			}
		}
	}
}

func plain(cell string) bool {
	info, _ := model.FindCell(cell)
	return info.Plain
}

// combine calls f with every combination of one value of each axis.
func combine(axes []axis, f func(names []string, set func(*model.Config))) {
	index := make([]int, len(axes))
	for {
		names := make([]string, len(axes))
		at := append([]int(nil), index...)
		for i, a := range axes {
			names[i] = a.values[at[i]].name
		}
		f(names, func(c *model.Config) {
			for i, a := range axes {
				a.values[at[i]].set(c)
			}
		})
		i := len(axes) - 1
		for ; i >= 0; i-- {
			if index[i]++; index[i] < len(axes[i].values) {
				break
			}
			index[i] = 0
		}
		if i < 0 {
			return
		}
	}
}

// gradientConfig returns a network as small as one can be that has everything; a tied read-out has as many classes as there are tokens.
func gradientConfig(cell string) model.Config {
	c := model.Config{Cell: cell, Length: 3, Batch: 2, Input: data.Values(2), Output: data.Output{Width: 3}, Hidden: 4, Layers: 1, Reflectors: 2,
		Radius: 0.3, Center: 1, Seed: 1}
	if info, _ := model.FindCell(cell); !info.Time {
		c.Length = 1
	}
	return c
}

// several returns more than one layer: of residual networks the first map and one block.
func several(cell string) int {
	if info, _ := model.FindCell(cell); !info.Time {
		return 3
	}
	return 2
}

// meaningful tells whether a setting makes a difference to the cell: forms are those of spectral weights, first states those of recurrences.
func meaningful(c model.Config) bool {
	info, _ := model.FindCell(c.Cell)
	switch {
	case !info.Plain && (c.NoBias || c.Initial == "learned") || info.Residual && c.Layers < several(c.Cell):
		return false
	case !info.Factored:
		return c.Form == model.FormAuto && (info.Time || recurrentSettings(c) == 0)
	case c.Form == model.FormAuto:
		return false // it is one of the others
	case !info.Time:
		return c.Form != model.FormLowRank && recurrentSettings(c) == 0
	}
	return c.Form != model.FormApplied
}

// recurrentSettings counts the settings that only recurrences have.
func recurrentSettings(c model.Config) (n int) {
	if c.Initial == "learned" {
		n++
	}
	if c.NoBias {
		n++
	}
	if c.Output.Where != data.LastStep {
		n++
	}
	return n
}

// gradients tries some points: within the differences at one there may be a kink of the activation. It is false where the cell is not in the
// form that was asked for.
func gradients(t *testing.T, dev *gpu.Device, name string, c model.Config, elements bool) (tried bool) {
	t.Helper()
	return gradientsLike(t, dev, name, c, nntest.Options{Elements: elements})
}

func gradientsLike(t *testing.T, dev *gpu.Device, name string, c model.Config, o nntest.Options) (tried bool) {
	t.Helper()
	m, err := model.New(dev, c, model.DefaultOptimizer())
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	defer m.Close()
	if c.Form != model.FormAuto && m.Form() != c.Form {
		return false
	}
	var errs []error
	for seed := range uint64(3) {
		o.Vocabulary, o.Seed = c.Input.Vocabulary, seed+1
		err := nntest.Gradients(m.Layers(), o)
		if err == nil {
			return true
		}
		errs = append(errs, err)
	}
	t.Errorf("%s: %v", name, errors.Join(errs...))
	return true
}
