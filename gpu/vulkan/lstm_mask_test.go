//go:build cgo

package vulkan

import (
	"fmt"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// maskedLSTM runs an LSTM with a mask of the states, there and back, and returns what was written.
func maskedLSTM(t *testing.T, dev *gpu.Device, n int, l layout, kept bool) (got [][]float32) {
	t.Helper()
	const steps, b = 9, 6
	const rows = steps * b
	place := func(name string, seed uint64, rows, cols int, size float32) operand {
		values := randoms(seed, rows*cols)
		for i := range values {
			values[i] *= size
		}
		return newFilled(t, dev, name, rows, cols, l, values)
	}
	h, c, w, z := place("H", 1, rows+b, n, 1), place("C", 2, rows+b, n, 1), place("W", 3, 4*n, n, 0.1), place("Z", 4, rows, 4*n, 1)
	dh, mask := place("DH", 5, rows, n, 1), place("mask", 6, b, n, 0.5)
	out := func(name string, rows, cols int) operand { return newOperand(t, dev, name, rows, cols, l) }
	g, dz, dh0, dc0 := out("G", rows, 4*n), out("DZ", rows, 4*n), out("DH0", b, n), out("DC0", b, n)
	outputs := []operand{h, c, g, dz, dh0, dc0}
	forward := gpu.LSTMForward{H: h.View, C: c.View, G: g.View, W: w.View, Z: z.View, Mask: mask.View, T: steps, B: b}
	if kept {
		masked := out("masked", rows, n)
		forward.Masked, outputs = masked.View, append(outputs, masked)
	}
	runOps(t, dev, forward, gpu.LSTMBackward{DZ: dz.View, W: w.View, G: g.View, C: c.View, DH: dh.View, DH0: dh0.View, DC0: dc0.View, Mask: mask.View, T: steps, B: b})
	for _, o := range outputs {
		got = append(got, o.get())
	}
	return got
}

// TestMaskedLSTMOtherWays proves that the ways to carry an LSTM out agree on masked states: with time steps cut into dispatches, on the
// tiles of graphics processors, and with one product a step.
func TestMaskedLSTMOtherWays(t *testing.T) {
	for i, kept := range []bool{true, false} {
		n, l := []int{33, 32}[i], []layout{{1, 5}, {0, 0}}[i]
		t.Run(fmt.Sprintf("n=%d/kept=%t", n, kept), func(t *testing.T) {
			whole := maskedLSTM(t, deviceFor(t), n, l, kept)
			for name, change := range map[string]func(*limits){
				"cut":                func(l *limits) { l.MaxLoop = 700 },
				"hardware":           func(l *limits) { l.Software = false },
				"one product a step": func(l *limits) { l.GatedTiles = []shaders.GatedTile{} },
			} {
				for j, got := range maskedLSTM(t, limitedDevice(t, change), n, l, kept) {
					near(t, fmt.Sprintf("%s: output %d", name, j), got, wide(whole[j]), constant(len(got), 1e-5))
				}
			}
		})
	}
}
