//go:build cgo

package vulkan

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// unitCase is a recurrence with a mask of the states. Of last only the last state is read, and the mask has zeros and ones; with inH what W was
// given stands in the states.
type unitCase struct {
	kind               gpu.ActivationKind
	lowRank, last, inH bool
	n                  int
	lay                layout
}

// unitRecurrence runs a recurrence there and back, and returns what was written: what W was given and the last state, where only that is read,
// else all states besides.
func unitRecurrence(t *testing.T, dev *gpu.Device, u unitCase) [][]float32 {
	t.Helper()
	const steps, b, k, rank = 11, 6, 2, 3
	const rows = steps * b
	kind, lowRank, n, l := u.kind, u.lowRank, u.n, u.lay
	place := func(name string, seed uint64, rows, cols int, size float32) operand {
		values := randoms(seed, rows*cols)
		for i := range values {
			values[i] *= size
		}
		return newFilled(t, dev, name, rows, cols, l, values)
	}
	unit := newFilled(t, dev, "unit", 1, n, l, constants(n, map[gpu.ActivationKind]float32{gpu.ModReLU: -0.1, gpu.ScaledTanh: 0.7}[kind]))
	act := gpu.Activation{Kind: kind, Slope: 0.1}
	if act.PerUnit() {
		act.Unit = unit.View
	}
	small := float32(0.5 / math.Sqrt(float64(n)))
	h, w, x, wx := place("H", 1, rows+b, n, 1), place("W", 2, n, n, small), place("X", 3, rows, k, 1), place("Wx", 4, n, k, 1)
	d, left, right := place("D", 5, 1, n, 0.4), place("L", 6, rank, n, small), place("R", 7, rank, n, small)
	given := rows
	if u.last {
		given = b
	}
	dh, mask := place("DH", 8, given, n, 1), place("mask", 9, b, n, 0.5)
	out := func(name string, rows, cols int) operand { return newOperand(t, dev, name, rows, cols, l) }
	masked, delta, dh0, dunit, c, e := out("masked", rows, n), out("delta", rows, n), out("dh0", b, n), out("dunit", b, n), out("c", rows, rank), out("e", rows, rank)
	outputs := []operand{delta, dh0}
	if u.last {
		mask = newFilled(t, dev, "mask of zeros and ones", b, n, l, dropped(mask.get()))
	}
	kept := masked.View
	if u.inH {
		kept = h.RowRange(0, rows)
	}
	if act.PerUnit() {
		outputs = append(outputs, dunit)
	} else {
		dunit.View = gpu.View{}
	}
	if lowRank {
		outputs = append(outputs, c, e)
		runOps(t, dev,
			gpu.RNNLowRankForward{H: h.View, D: d.View, L: left.View, R: right.View, C: c.View, X: x.View, Wx: wx.View, Mask: mask.View, Masked: kept, T: steps, B: b, Act: act},
			gpu.RNNLowRankBackward{Delta: delta.View, E: e.View, D: d.View, L: left.View, R: right.View, H: h.View, DH: dh.View, DH0: dh0.View, DUnit: dunit.View, Mask: mask.View, T: steps, B: b, Act: act})
	} else {
		runOps(t, dev,
			gpu.RNNForward{H: h.View, W: w.View, X: x.View, Wx: wx.View, Mask: mask.View, Masked: kept, T: steps, B: b, Act: act},
			gpu.RNNBackward{Delta: delta.View, W: w.View, H: h.View, DH: dh.View, DH0: dh0.View, DUnit: dunit.View, Mask: mask.View, T: steps, B: b, Act: act})
	}
	states := h.get()
	got := [][]float32{states, masked.get()}
	switch {
	case u.inH:
		got = [][]float32{states[rows*n:], states[:rows*n]}
	case u.last:
		got[0] = states[rows*n:]
	}
	for _, o := range outputs {
		got = append(got, o.get())
	}
	return got
}

// dropped returns 0 for the smallest numbers of x, 1 for the others.
func dropped(x []float32) []float32 {
	mask := constants(len(x), 1)
	for i, v := range x {
		if v < -0.2 {
			mask[i] = 0
		}
	}
	return mask
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
				u := unitCase{kind: kind, lowRank: lowRank, n: n, lay: l}
				whole := unitRecurrence(t, deviceFor(t), u)
				turns := ceilDiv(n, 4) + 8
				if lowRank {
					turns = 60
				}
				cut := limitedDevice(t, func(l *limits) { l.MaxLoop = 5 * turns })
				for j, got := range unitRecurrence(t, cut, u) {
					if !slices.EqualFunc(got, whole[j], func(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }) {
						t.Errorf("output %d differs with time steps cut", j)
					}
				}
				others := map[string]func(*limits){"hardware": func(l *limits) { l.Software = false }}
				if !lowRank {
					others["one product a step"] = func(l *limits) { l.MaxSharedBytes = 64 }
				}
				for name, change := range others {
					for j, got := range unitRecurrence(t, limitedDevice(t, change), u) {
						near(t, fmt.Sprintf("%s: output %d", name, j), got, wide(whole[j]), constant(len(got), 2e-5))
					}
				}
			})
		}
	}
}

// TestMaskedInStates proves that what W is given and all that comes of it is the same, but for the sign of a 0, whether it is kept apart or in the states, where the
// last state alone is read: in one dispatch, cut into several, with the tiles of graphics processors, and as one product a step.
func TestMaskedInStates(t *testing.T) {
	for i, kind := range []gpu.ActivationKind{gpu.LeakyReLU, gpu.Tanh, gpu.ModReLU, gpu.ScaledTanh} {
		for _, lowRank := range []bool{false, true} {
			u := unitCase{kind: kind, lowRank: lowRank, last: true, n: []int{33, 32, 7, 64}[i], lay: []layout{{1, 5}, {0, 0}}[i%2]}
			turns := ceilDiv(u.n, 4) + 8
			if lowRank {
				turns = 60
			}
			ways := map[string]func(*limits){
				"one dispatch":             func(*limits) {},
				"cut":                      func(l *limits) { l.MaxLoop = 5 * turns },
				"graphics processors, cut": func(l *limits) { l.Software, l.MaxLoop = false, 5*turns },
			}
			if !lowRank {
				ways["one product a step"] = func(l *limits) { l.MaxSharedBytes = 64 }
			}
			for name, change := range ways {
				t.Run(fmt.Sprintf("%v/low rank=%t/n=%d/%s", gpu.Activation{Kind: kind}, lowRank, u.n, name), func(t *testing.T) {
					dev := limitedDevice(t, change)
					apart := u
					apart.inH = false
					inH := u
					inH.inH = true
					want := unitRecurrence(t, dev, apart)
					for j, got := range unitRecurrence(t, dev, inH) {
						if !slices.EqualFunc(got, want[j], func(a, b float32) bool { return a == b }) {
							t.Errorf("output %d is not the same", j)
						}
					}
				})
			}
		}
	}
}
