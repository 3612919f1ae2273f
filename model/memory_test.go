package model_test

import (
	"os"
	"runtime/debug"
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
// grow by more than 2 %.
func TestMemoryStaysFlat(t *testing.T) {
	steps := int64(4000)
	if v, err := strconv.ParseInt(os.Getenv("SPECTRAL_STEPS"), 10, 64); err == nil && v > 0 {
		steps = v
	}
	onDevices(t, func(t *testing.T, dev *gpu.Device) {
		if os.Getenv("SPECTRAL_VALIDATE") == "1" && dev.Info().Executor == "vulkan" {
			t.Skip("the validation layer keeps records of every submission, which grow; run this test without SPECTRAL_VALIDATE=1")
		}
		m := newNetwork(t, dev, small("spectral", data.CrossEntropy), model.DefaultOptimizer())
		fill(m)
		var before int64
		for s := int64(1); s <= steps+steps/4; s++ {
			if _, err := m.TrainStep(model.Position{Step: s - 1}, m.Config.Batch); err != nil {
				t.Fatal(err)
			}
			if s%(steps/8) == 0 { // often, or what Go's heap takes between two collections counts as growth
				debug.FreeOSMemory()
			}
			if s == steps/4 { // by then drivers and the runtime have what they keep
				before = residentBytes(t)
			}
		}
		debug.FreeOSMemory()
		after := residentBytes(t)
		t.Logf("%d steps: %.2f MiB before, %.2f MiB after", steps, float64(before)/(1<<20), float64(after)/(1<<20))
		if float64(after) > 1.02*float64(before) {
			t.Errorf("resident memory grew from %d to %d bytes in %d steps", before, after, steps)
		}
	})
}

func TestMemoryIsPlanned(t *testing.T) {
	onDevices(t, testMemoryIsPlanned)
}

func testMemoryIsPlanned(t *testing.T, dev *gpu.Device) {
	for name, change := range map[string]func(*model.Config){
		"few reflectors":   func(c *model.Config) {},
		"many reflectors":  func(c *model.Config) { c.Reflectors = 128 },
		"few, as a matrix": func(c *model.Config) { c.Form = model.FormMatrix },
		"wide":             func(c *model.Config) { c.Hidden, c.Reflectors = 256, 32 },
		"rnn":              func(c *model.Config) { c.Cell = "rnn" },
		"two layers":       func(c *model.Config) { c.Layers = 2 },
		"dropped states":   func(c *model.Config) { c.DropoutState = 0.2 },
		"noise":            func(c *model.Config) { c.Initial, c.InitialNoise = "noise", 0.1 },
		"lstm":             func(c *model.Config) { c.Cell, c.DropoutState, c.Initial, c.InitialNoise = "lstm", 0.2, "noise", 0.1 },
		"spectral lstm":    func(c *model.Config) { c.Cell, c.Hidden = "spectral-lstm", 33 },
	} {
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
		if got := m.Scratch(); got != want.Scratch || got == 0 {
			t.Errorf("%s: %d bytes of scratch memory, planned were %d", name, got, want.Scratch)
		}
		m.Close()
	}
}
