package model_test

import (
	"encoding"
	"errors"
	"fmt"
	"strings"
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
		{"form", each(model.Forms(), func(c *model.Config, f model.Form) { c.Form = f })},
		{"read-out", each(known[data.Where](), func(c *model.Config, w data.Where) { c.Output.Where = w })},
		{"loss", each(known[data.Loss](), func(c *model.Config, l data.Loss) { c.Output.Loss = l })},
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

// each makes a choice of every value.
func each[T any](values []T, set func(*model.Config, T)) []choice {
	var list []choice
	for _, v := range values {
		list = append(list, choice{fmt.Sprint(v), func(c *model.Config) { set(c, v) }})
	}
	return list
}

// known lists the values of an enumeration, as far as they have names.
func known[E interface {
	~int
	MarshalText() ([]byte, error)
}]() []E {
	var list []E
	for v := E(0); ; v++ {
		name, err := v.MarshalText()
		back := E(-1)
		if err != nil || any(&back).(encoding.TextUnmarshaler).UnmarshalText(name) != nil {
			return list
		}
		list = append(list, v)
	}
}

func activations() []choice {
	var list []string
	for _, a := range model.Activations() {
		list = append(list, strings.ReplaceAll(a, "[:SLOPE]", ":0.3"))
	}
	return each(list, func(c *model.Config, a string) { c.Activation = a })
}

// forms are those that a cell with factored weights must be able to take.
var forms = map[string][]model.Form{
	"spectral": {model.FormMatrix, model.FormLowRank}, "ornn": {model.FormMatrix, model.FormLowRank},
	"spectral-lstm": {model.FormMatrix},
	"spectral-mlp":  {model.FormMatrix, model.FormApplied}, "spectral-resnet": {model.FormMatrix, model.FormApplied},
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
			for _, a := range axes() {
				for _, v := range a.values {
					if tried[a.name+" "+v.name] == 0 && !without(cell, a.name, v.name) {
						t.Errorf("nothing was tried with %s %s", a.name, v.name)
					}
				}
			}
			if plain := plain(cell); plain != (tried["bias no"] > 0) || plain != (tried["first state learned"] > 0) {
				t.Error("plain recurrences, and no other cells, can be without bias and learn their first state")
			}
			if info, _ := model.FindCell(cell); info.Factored && forms[cell] == nil {
				t.Error("its weights are factored, and no form is demanded of it")
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

// without tells that a cell has no such choice: forms are those of factored weights (forms), what is read elsewhere than at the end is read over time.
func without(cell, axis, value string) bool {
	info, _ := model.FindCell(cell)
	switch axis {
	case "form":
		return info.Factored || value != string(model.FormAuto)
	case "read-out":
		return !info.Time && value != data.LastStep.String()
	case "first state":
		return !info.Plain && value == "learned"
	case "bias":
		return !info.Plain && value == "no"
	case "layers":
		return info.Residual && value == "1"
	}
	return false
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
