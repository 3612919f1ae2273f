//go:build cgo

package vulkan

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// unitRecurrence runs a recurrence whose activation has parameters, with a mask of the states, there and back, and returns what was written.
func unitRecurrence(t *testing.T, dev *gpu.Device, kind gpu.ActivationKind, lowRank bool, n int, l layout) [][]float32 {
	t.Helper()
	const steps, b, k, rank = 11, 6, 2, 3
	const rows = steps * b
	place := func(name string, seed uint64, rows, cols int, size float32) operand {
		values := randoms(seed, rows*cols)
		for i := range values {
			values[i] *= size
		}
		return newFilled(t, dev, name, rows, cols, l, values)
	}
	unit := newFilled(t, dev, "unit", 1, n, l, constants(n, map[gpu.ActivationKind]float32{gpu.ModReLU: -0.1, gpu.ScaledTanh: 0.7}[kind]))
	act := gpu.Activation{Kind: kind, Unit: unit.View}
	small := float32(0.5 / math.Sqrt(float64(n)))
	h, w, x, wx := place("H", 1, rows+b, n, 1), place("W", 2, n, n, small), place("X", 3, rows, k, 1), place("Wx", 4, n, k, 1)
	d, left, right := place("D", 5, 1, n, 0.4), place("L", 6, rank, n, small), place("R", 7, rank, n, small)
	dh, mask := place("DH", 8, rows, n, 1), place("mask", 9, b, n, 0.5)
	out := func(name string, rows, cols int) operand { return newOperand(t, dev, name, rows, cols, l) }
	masked, delta, dh0, dunit, c, e := out("masked", rows, n), out("delta", rows, n), out("dh0", b, n), out("dunit", b, n), out("c", rows, rank), out("e", rows, rank)
	outputs := []operand{h, masked, delta, dh0, dunit}
	if lowRank {
		outputs = append(outputs, c, e)
		runOps(t, dev,
			gpu.RNNLowRankForward{H: h.View, D: d.View, L: left.View, R: right.View, C: c.View, X: x.View, Wx: wx.View, Mask: mask.View, Masked: masked.View, T: steps, B: b, Act: act},
			gpu.RNNLowRankBackward{Delta: delta.View, E: e.View, D: d.View, L: left.View, R: right.View, H: h.View, DH: dh.View, DH0: dh0.View, DUnit: dunit.View, Mask: mask.View, T: steps, B: b, Act: act})
	} else {
		runOps(t, dev,
			gpu.RNNForward{H: h.View, W: w.View, X: x.View, Wx: wx.View, Mask: mask.View, Masked: masked.View, T: steps, B: b, Act: act},
			gpu.RNNBackward{Delta: delta.View, W: w.View, H: h.View, DH: dh.View, DH0: dh0.View, DUnit: dunit.View, Mask: mask.View, T: steps, B: b, Act: act})
	}
	var got [][]float32
	for _, o := range outputs {
		got = append(got, o.get())
	}
	return got
}

func constants(n int, v float32) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = v
	}
	return x
}

// TestRNNUnitsSplit proves that cutting the time steps into several dispatches changes no bit of what parameters and masks are about, and
// that the other ways to carry a recurrence out agree with it.
func TestRNNUnitsSplit(t *testing.T) {
	for i, kind := range []gpu.ActivationKind{gpu.ModReLU, gpu.ScaledTanh} {
		for _, lowRank := range []bool{false, true} {
			n, l := []int{33, 32}[i], []layout{{1, 5}, {0, 0}}[i]
			t.Run(fmt.Sprintf("%v/low rank=%t/n=%d", gpu.Activation{Kind: kind}, lowRank, n), func(t *testing.T) {
				whole := unitRecurrence(t, deviceFor(t), kind, lowRank, n, l)
				turns := ceilDiv(n, 4) + 8
				if lowRank {
					turns = 60
				}
				cut := limitedDevice(t, func(l *limits) { l.MaxLoop = 5 * turns })
				for j, got := range unitRecurrence(t, cut, kind, lowRank, n, l) {
					if !slices.EqualFunc(got, whole[j], func(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }) {
						t.Errorf("output %d differs with time steps cut", j)
					}
				}
				others := map[string]func(*limits){"hardware": func(l *limits) { l.Software = false }}
				if !lowRank {
					others["one product a step"] = func(l *limits) { l.MaxSharedBytes = 64 }
				}
				for name, change := range others {
					for j, got := range unitRecurrence(t, limitedDevice(t, change), kind, lowRank, n, l) {
						near(t, fmt.Sprintf("%s: output %d", name, j), got, wide(whole[j]), constant(len(got), 2e-5))
					}
				}
			})
		}
	}
}
