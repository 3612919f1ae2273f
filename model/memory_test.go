package model_test

import (
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// residentBytes reads the resident memory of this process; tests that need it are Linux's.
func residentBytes(t *testing.T) int64 {
	t.Helper()
	raw, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("no /proc/self/statm:", err)
	}
	pages, err := strconv.ParseInt(strings.Fields(string(raw))[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}

// TestMemoryStaysFlat trains a small model for many steps (SPECTRAL_STEPS, 4,000 by default) and requires that resident memory does not
// grow by more than 2 %. What is lost in every step grows in every eighth of them, so that the median tells it; what a driver or the C library takes once
// does not, up to 4 % in all.
func TestMemoryStaysFlat(t *testing.T) {
	steps := int64(4000)
	if v, err := strconv.ParseInt(os.Getenv("SPECTRAL_STEPS"), 10, 64); err == nil && v >= 8 {
		steps = v
	}
	onDevices(t, func(t *testing.T, dev *gpu.Device) {
		if os.Getenv("SPECTRAL_VALIDATE") == "1" && dev.Info().Executor == "vulkan" {
			t.Skip("the validation layer keeps records of every submission, which grow; run this test without SPECTRAL_VALIDATE=1")
		}
		m := newNetwork(t, dev, small("spectral", data.CrossEntropy), model.DefaultOptimizer())
		fill(m)
		const parts = 8
		var sizes []int64
		for s := int64(1); s <= steps/parts*(parts+2); s++ {
			if _, err := m.TrainStep(model.Position{Step: s - 1}, m.Config.Batch); err != nil {
				t.Fatal(err)
			}
			if s%(steps/parts) == 0 {
				debug.FreeOSMemory()
				sizes = append(sizes, residentBytes(t))
			}
		}
		sizes = sizes[1:] // before that, drivers and the runtime take what they keep
		var grown []int64
		for i := range parts {
			grown = append(grown, sizes[i+1]-sizes[i])
		}
		t.Logf("%d steps: %d bytes before; every eighth of them adds %d", steps, sizes[0], grown)
		if all := sizes[parts] - sizes[0]; float64(all) > 0.04*float64(sizes[0]) {
			t.Errorf("resident memory grew by %d bytes in %d steps, of %d", all, steps, sizes[0])
		}
		slices.Sort(grown)
		if median := (grown[parts/2-1] + grown[parts/2]) / 2; float64(parts*median) > 0.02*float64(sizes[0]) {
			t.Errorf("resident memory grows by %d bytes in %d steps, of %d", median, steps/parts, sizes[0])
		}
	})
}

func TestMemoryIsPlanned(t *testing.T) {
	onDevices(t, testMemoryIsPlanned)
}

func testMemoryIsPlanned(t *testing.T, dev *gpu.Device) {
	cases := map[string]func(*model.Config){
		"few reflectors":   func(c *model.Config) {},
		"many reflectors":  func(c *model.Config) { c.Reflectors = 128 },
		"few, as a matrix": func(c *model.Config) { c.Form = model.FormMatrix },
		"wide":             func(c *model.Config) { c.Hidden, c.Reflectors = 256, 32 },
		"rnn":              func(c *model.Config) { c.Cell = "rnn" },
		"two layers":       func(c *model.Config) { c.Layers = 2 },
		"dropped states":   func(c *model.Config) { c.DropoutState = 0.2 },
		"noise":            func(c *model.Config) { c.Initial, c.InitialNoise = "noise", 0.1 },
		"learned, no bias": func(c *model.Config) { short(c); c.Initial, c.NoBias, c.Activation = "learned", true, "modrelu" },
		"mean over steps":  func(c *model.Config) { short(c); c.Output.Where = data.MeanOverSteps },
		"squared error":    func(c *model.Config) { short(c); c.Output.Loss = data.SquaredError },
		"dropout":          func(c *model.Config) { short(c); c.Layers, c.Dropout = 2, 0.2 },
		"stream of tokens": func(c *model.Config) { stream(c) },
		"tied":             func(c *model.Config) { stream(c); c.Tied, c.Dropout, c.DropoutOverTime = true, 0.2, true },
		"embedding":        func(c *model.Config) { stream(c); c.Cell, c.Embedding = "lstm", 5 },
		"dropped of lstm":  func(c *model.Config) { c.Cell, c.DropoutState, c.Initial, c.InitialNoise = "lstm", 0.2, "noise", 0.1 },
		"dropped of gru":   func(c *model.Config) { c.Cell, c.DropoutState, c.Initial, c.InitialNoise = "gru", 0.2, "noise", 0.1 },
	}
	for _, cell := range model.Cells() {
		cases[cell] = func(c *model.Config) {
			short(c)
			c.Cell, c.Layers = cell, 3
			if info, _ := model.FindCell(cell); !info.Time {
				c.Length = 1
			}
		}
	}
	for name, change := range cases {
		c := model.DefaultConfig(data.Spec{Length: 100, Input: data.Values(1), Output: data.Output{Loss: data.CrossEntropy, Width: 10}})
		change(&c)
		want, err := model.Measure(dev, c, model.DefaultOptimizer())
		if now, _ := dev.Bytes(); now != 0 {
			t.Errorf("%s: measuring allocated %d bytes", name, now)
		}
		m := newNetwork(t, dev, c, model.DefaultOptimizer())
		got, _ := dev.Bytes()
		if err != nil || got != want.Buffers {
			t.Errorf("%s: %d bytes allocated, planned were %d (%v)", name, got, want.Buffers, err)
		}
		if c.Length < 10 {
			fill(m)
			if _, err := m.TrainStep(model.Position{}, c.Batch); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if after, _ := dev.Bytes(); after != got {
				t.Errorf("%s: a step has allocated %d bytes", name, after-got)
			}
		} else if m.Scratch() == 0 {
			t.Errorf("%s: no scratch memory", name)
		}
		if got := m.Scratch(); got != want.Scratch {
			t.Errorf("%s: %d bytes of scratch memory, planned were %d", name, got, want.Scratch)
		}
		m.Close()
	}
}

// TestDroppedStatesTakeNoMemory: where the last state alone is read, what W is given stands in the states, and there is the mask beside them. Where all
// are read it is as large as they are.
func TestDroppedStatesTakeNoMemory(t *testing.T) {
	dev := open(t, "fake")
	for _, form := range []model.Form{model.FormMatrix, model.FormLowRank} {
		for where, times := range map[data.Where]int64{data.LastStep: 0, data.EveryStep: 100 + 1} {
			c := model.DefaultConfig(data.Spec{Length: 100, Input: data.Values(1), Output: data.Output{Loss: data.CrossEntropy, Width: 10, Where: where}})
			c.Form = form
			bytes := func(dropout float64) int64 {
				c.DropoutState = dropout
				m, err := model.Measure(dev, c, model.DefaultOptimizer())
				if err != nil {
					t.Fatal(err)
				}
				return m.Buffers
			}
			state := int64(c.Batch) * int64(c.Hidden) * 4
			if more, want := bytes(0.2)-bytes(0), (times+1)*state; more < want || more >= want+state/2 {
				t.Errorf("%s, %v: dropped states take %d bytes more, want %d", form, where, more, want)
			}
		}
	}
}

// short makes a step a short work.
func short(c *model.Config) { c.Length, c.Batch, c.Hidden, c.Reflectors = 7, 5, 33, 5 }

// stream makes a network read a text.
func stream(c *model.Config) {
	short(c)
	c.Stream, c.Input = true, data.Tokens(10)
	c.Output.Where = data.EveryStep
}
