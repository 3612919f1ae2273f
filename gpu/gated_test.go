package gpu_test

import (
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// gatedOps are the recurrences with gates.
func gatedOps(o operands) []opCase {
	const steps, samples, n, k = 3, 2, 5, 4
	seq := func(name string, cols int) gpu.View { return o.m(name, steps*samples, cols) }
	states := func(name string) gpu.View { return o.m(name, (steps+1)*samples, n) }
	first := func(name string) gpu.View { return o.m(name, samples, n) }
	return []opCase{
		{name: "lstm forward from Z", op: gpu.LSTMForward{H: states("H"), C: states("C"), G: seq("G", 4*n), W: o.m("W", 4*n, n), Z: seq("Z", 4*n),
			Mask: first("Mask"), Masked: seq("Masked", n), T: steps, B: samples}, reads: "H C W Z Mask", writes: "H C G Masked", optional: "G Masked", same: []string{"G=Z"}},
		{name: "lstm forward from X", op: gpu.LSTMForward{H: states("H"), C: states("C"), G: seq("G", 4*n), W: o.m("W", 4*n, n), X: seq("X", k), Wx: o.m("Wx", 4*n, k),
			Bias: o.row("Bias", 4*n), T: steps, B: samples}, reads: "H C W X Wx Bias", writes: "H C G", optional: "G Bias"},
		{name: "lstm backward", op: gpu.LSTMBackward{DZ: seq("DZ", 4*n), W: o.m("W", 4*n, n), G: seq("G", 4*n), C: states("C"), DH: seq("DH", n), DH0: first("DH0"), DC0: first("DC0"),
			Mask: first("Mask"), T: steps, B: samples}, reads: "W G C DH Mask", writes: "DZ DH0 DC0", optional: "DH0 DC0 Mask", same: []string{"DZ=G"}},
		{name: "lstm backward from the last step", op: gpu.LSTMBackward{DZ: seq("DZ", 4*n), W: o.m("W", 4*n, n), G: seq("G", 4*n), C: states("C"), DH: first("DH"), T: steps, B: samples},
			reads: "W G C DH", writes: "DZ", same: []string{"DZ=G"}},
		{name: "gradient of an lstm", op: gpu.RNNGradient{DW: o.m("DW", 4*n, n), DWx: o.m("DWx", 4*n, k), DBias: o.row("DBias", 4*n), Delta: seq("Delta", 4*n), H: states("H"), X: seq("X", k),
			T: steps, B: samples}, reads: "Delta H X", writes: "DW DWx DBias", optional: "DW DBias"},
		{name: "gru forward from Z", op: gpu.GRUForward{H: states("H"), G: seq("G", 4*n), W: o.m("W", 3*n, n), HiddenBias: o.row("HiddenBias", n), Z: seq("Z", 3*n),
			Mask: first("Mask"), Masked: seq("Masked", n), T: steps, B: samples}, reads: "H W HiddenBias Z Mask", writes: "H G Masked", optional: "G HiddenBias Masked"},
		{name: "gru forward from X", op: gpu.GRUForward{H: states("H"), G: seq("G", 4*n), W: o.m("W", 3*n, n), X: seq("X", k), Wx: o.m("Wx", 3*n, k), Bias: o.row("Bias", 3*n), T: steps, B: samples},
			reads: "H W X Wx Bias", writes: "H G", optional: "G Bias"},
		{name: "gru backward", op: gpu.GRUBackward{DZ: seq("DZ", 4*n), W: o.m("W", 3*n, n), G: seq("G", 4*n), H: states("H"), DH: seq("DH", n), DH0: first("DH0"),
			Mask: first("Mask"), T: steps, B: samples}, reads: "W G H DH Mask", writes: "DZ DH0", optional: "DH0 Mask", same: []string{"DZ=G"}},
		{name: "gru backward from the last step", op: gpu.GRUBackward{DZ: seq("DZ", 4*n), W: o.m("W", 3*n, n), G: seq("G", 4*n), H: states("H"), DH: first("DH"), T: steps, B: samples},
			reads: "W G H DH", writes: "DZ", same: []string{"DZ=G"}},
	}
}

// gatedStates returns the rows of the states in v that a recurrence with gates reads or writes: not the first ones, or those alone.
func gatedStates(op gpu.Op, field string, v gpu.View, write bool) gpu.View {
	var samples int
	switch op := op.(type) {
	case gpu.LSTMForward:
		samples = op.B
	case gpu.GRUForward:
		samples = op.B
	case gpu.GRUBackward:
		if field == "H" {
			return v.RowRange(0, op.T*op.B)
		}
	}
	switch {
	case samples == 0 || field != "H" && field != "C":
		return v
	case write:
		return v.RowRange(samples, v.Rows)
	}
	return v.RowRange(0, samples)
}

// TestGatedInputs are the ways to give what comes from outside, right and wrong.
func TestGatedInputs(t *testing.T) {
	dev, _ := open(t)
	o := operands{t, dev}
	lstm := gpu.LSTMForward{H: o.m("H", 8, 5), C: o.m("C", 8, 5), G: o.m("G", 6, 20), W: o.m("W", 20, 5), T: 3, B: 2}
	gru := gpu.GRUForward{H: lstm.H, G: lstm.G, W: o.m("W", 15, 5), T: 3, B: 2}
	wantShapeError(t, "neither Z nor X", lstm.Check())
	lstm.Z, gru.Z = lstm.G, gru.Outer()
	for name, op := range map[string]gpu.Op{"an LSTM's Z in the gates": lstm, "a GRU's Z in the gates": gru} {
		if err := op.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	gru.Z.Off++
	wantShapeError(t, "Z a word too late", gru.Check())
	lstm.Wx = o.m("Wx", 20, 2)
	wantShapeError(t, "Z and Wx", lstm.Check())
	wide := gpu.RNNGradient{Delta: lstm.G, H: lstm.H, DW: o.m("DW", 20, 5), DDiag: o.row("DDiag", 5), T: 3, B: 2}
	wantShapeError(t, "a diagonal of more rows than columns", wide.Check())
}
