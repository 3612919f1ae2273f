//go:build cgo

package vulkan

import (
	"slices"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// TestRankZero: of rank 0 there are no coefficients to keep, though there is a place for them; a kernel that kept their padding wrote beyond it, which
// drivers that clamp addresses hide.
func TestRankZero(t *testing.T) {
	needDevice(t)
	d := sharedDevice(t, func(*limits) {})
	const steps, batch, n = 7, 2, 32
	view := func(rows, cols int) gpu.View {
		words := max(rows*cols, 4)
		return gpu.WrapMemory("planned", words, &plannedMemory{words}).View(0, rows, cols)
	}
	h, delta, tanh := view((steps+1)*batch, n), view(steps*batch, n), gpu.Activation{Kind: gpu.Tanh}
	for _, op := range []gpu.Op{
		gpu.RNNLowRankForward{H: h, Z: h.RowRange(batch, (steps+1)*batch), D: view(1, n), L: view(0, n), R: view(0, n), C: view(steps*batch, 0), T: steps, B: batch, Act: tanh},
		gpu.RNNLowRankBackward{Delta: delta, DH: delta, H: h, D: view(1, n), L: view(0, n), R: view(0, n), E: view(steps*batch, 0), T: steps, B: batch, Act: tanh},
	} {
		t.Run(op.Name(), func(t *testing.T) {
			r := &recorder{dev: d, limits: d.limits, arena: &scratchArena{}}
			if err := r.record(op); err != nil {
				t.Fatal(err)
			}
			launched := false
			for _, one := range r.dispatches {
				i := slices.IndexFunc(one.Kernel.Spec, func(c shaders.SpecInfo) bool { return c.Name == "WITH_C" || c.Name == "WITH_E" })
				if i < 0 || !strings.HasPrefix(one.Kernel.Name, op.Name()) {
					continue
				}
				launched = true
				if one.Spec[i] != 0 {
					t.Errorf("%s keeps coefficients of rank 0", one.Kernel.Name)
				}
			}
			if !launched {
				t.Error("no kernel of the recurrence was launched")
			}
		})
	}
}
