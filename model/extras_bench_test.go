//go:build unix

package model_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"syscall"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// extras are settings whose cost is told as a share of a training step with leaky ReLU and without dropout.
var extras = []struct {
	name string
	set  func(c *model.Config)
}{
	{"leaky", func(*model.Config) {}},
	{"dropped", func(c *model.Config) { c.DropoutState = 0.2 }},
	{"modrelu", func(c *model.Config) { c.Activation = "modrelu" }},
}

// BenchmarkExtras tells what whole training steps take longer, in processor time, with states that are dropped and with modReLU: medians of the ratios
// of rounds in which all take their turns (-benchtime 12x makes 11 of them, the first one warming up). SPECTRAL_STEPS is T, 784 without it.
func BenchmarkExtras(b *testing.B) {
	length := 784
	if n, err := strconv.Atoi(os.Getenv("SPECTRAL_STEPS")); err == nil {
		length = n
	}
	for _, device := range []string{"cpu", "vulkan"} {
		for _, form := range []model.Form{model.FormMatrix, model.FormLowRank} {
			b.Run(fmt.Sprintf("%s/%s/T=%d", device, form, length), func(b *testing.B) { benchExtras(b, device, form, length) })
		}
	}
}

// benchExtras measures the extras beside one another on a device.
func benchExtras(b *testing.B, device string, form model.Form, length int) {
	dev := open(b, device)
	networks, ratios := make([]*model.Network, len(extras)), make([][]float64, len(extras))
	for i, extra := range extras {
		c := model.DefaultConfig(data.Spec{Name: "bench", Length: length, Input: data.Values(1), Output: data.Output{Width: 10}})
		c.Form = form
		extra.set(&c)
		m, err := model.New(dev, c, model.DefaultOptimizer())
		if err != nil {
			b.Fatal(err)
		}
		defer m.Close()
		for j := range m.Batch().Values {
			m.Batch().Values[j] = float32(j*7%11) / 11
		}
		networks[i] = m
	}
	for round := 0; b.Loop(); round++ {
		var plain float64
		for i, m := range networks {
			start := processSeconds(b)
			if _, err := m.TrainStep(model.Position{Step: int64(round)}, m.Config.Batch); err != nil {
				b.Fatal(err)
			}
			took := processSeconds(b) - start
			if i == 0 {
				plain = took
			}
			if round > 0 { // the first one warms up
				ratios[i] = append(ratios[i], took/plain)
			}
		}
	}
	for i, r := range ratios[1:] {
		if slices.Sort(r); len(r) > 0 {
			b.ReportMetric((r[(len(r)-1)/2]+r[len(r)/2])/2, extras[i+1].name+"/"+extras[0].name)
		}
	}
}

// processSeconds returns the processor time that this process has taken.
func processSeconds(b *testing.B) float64 {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return float64(r.Utime.Nano()+r.Stime.Nano()) / 1e9
}
