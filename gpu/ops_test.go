package gpu_test

import (
	"slices"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// opCase is a well-formed operation with every operand in a buffer of its own, and what its declaration says about it.
type opCase struct {
	name     string
	op       gpu.Op
	reads    string   // operands that are read, separated by spaces
	writes   string   // operands that are written
	optional string   // operands that may be absent
	free     string   // sizes that may change alone: "Y.Rows Y.Cols"
	same     []string // "out=in": operands that may be the same view
	first    []string // "out=in": operands of which out may be the first rows of in
}

// operands makes views with room to grow: a buffer each, rows that are not contiguous, an odd offset.
type operands struct {
	t   testing.TB
	dev *gpu.Device
}

func (o operands) m(name string, rows, cols int) gpu.View {
	b := buffer(o.t, o.dev, name, 200+(rows+2)*(cols+3))
	return gpu.View{Buf: b, Off: 3, Rows: rows, Cols: cols, Stride: cols + 2}
}

// row makes a vector.
func (o operands) row(name string, cols int) gpu.View {
	v := o.m(name, 1, cols)
	v.Stride = cols
	return v
}

// opCases has every operation at least once.
func opCases(t testing.TB, dev *gpu.Device) []opCase {
	o := operands{t, dev}
	return slices.Concat(elementwiseOps(o), matrixOps(o), recurrentOps(o), gatedOps(o), trainingOps(o))
}

func elementwiseOps(o operands) []opCase {
	relu, scaled := gpu.Activation{Kind: gpu.ReLU}, gpu.Activation{Kind: gpu.ScaledTanh, Unit: o.row("Unit", 5)}
	return []opCase{
		{name: "fill", op: gpu.Fill{Y: o.m("Y", 4, 5)}, writes: "Y", free: "Y.Rows Y.Cols"},
		{name: "copy", op: gpu.Copy{Y: o.m("Y", 4, 5), X: o.m("X", 4, 5)}, reads: "X", writes: "Y"},
		{name: "copy transposed", op: gpu.Copy{Y: o.m("Y", 5, 4), X: o.m("X", 4, 5), Transpose: true}, reads: "X", writes: "Y"},
		{name: "time sum", op: gpu.TimeSum{Y: o.m("Y", 4, 5), X: o.m("X", 28, 5), Alpha: 1}, reads: "X", writes: "Y"},
		{name: "time sum with β", op: gpu.TimeSum{Y: o.m("Y", 4, 5), X: o.m("X", 28, 5), Alpha: 1, Beta: 1}, reads: "X Y", writes: "Y"},
		{name: "hadamard", op: gpu.Hadamard{Y: o.m("Y", 9, 5), A: o.m("A", 9, 5), B: o.m("B", 3, 5), Alpha: 1}, reads: "A B", writes: "Y", optional: "A", same: []string{"Y=A"}},
		{name: "hadamard with β", op: gpu.Hadamard{Y: o.m("Y", 9, 5), A: o.m("A", 9, 5), B: o.m("B", 3, 5), Alpha: 1, Beta: 1}, reads: "A B Y", writes: "Y", optional: "A", same: []string{"Y=A"}},
		{name: "noise", op: gpu.Noise{Y: o.m("Y", 4, 5), Clock: o.row("Clock", 1), Deviation: 0.5}, reads: "Clock", writes: "Y", optional: "Clock", free: "Y.Rows Y.Cols"},
		{name: "dropout", op: gpu.Dropout{Y: o.m("Y", 4, 5), X: o.m("X", 4, 5), Clock: o.row("Clock", 1), Rate: 0.5}, reads: "X Clock", writes: "Y", optional: "X Clock", same: []string{"Y=X"}},
		{name: "gather", op: gpu.Gather{Y: o.m("Y", 4, 5), Table: o.m("Table", 6, 5), Tokens: o.row("Tokens", 4)}, reads: "Table Tokens", writes: "Y", free: "Table.Rows"},
		{name: "scatter add", op: gpu.ScatterAdd{Table: o.m("Table", 6, 5), X: o.m("X", 4, 5), Tokens: o.row("Tokens", 4)}, reads: "X Tokens", writes: "Table", free: "Table.Rows"},
		{name: "scatter add with β", op: gpu.ScatterAdd{Table: o.m("Table", 6, 5), X: o.m("X", 4, 5), Tokens: o.row("Tokens", 4), Beta: 1}, reads: "X Tokens Table", writes: "Table", free: "Table.Rows"},
		{name: "scale", op: gpu.Scale{Y: o.m("Y", 4, 5), X: o.m("X", 4, 5), Left: o.row("Left", 4), Right: o.row("Right", 5), Alpha: 1, Beta: 2},
			reads: "X Left Right Y", writes: "Y", optional: "X Left Right", same: []string{"Y=X"}},
		{name: "scale without β", op: gpu.Scale{Y: o.m("Y", 4, 5), X: o.m("X", 4, 5), Alpha: 1}, reads: "X", writes: "Y", optional: "X Left Right", same: []string{"Y=X"}},
		{name: "scale with Z", op: gpu.Scale{Y: o.m("Y", 4, 5), X: o.m("X", 4, 5), Z: o.m("Z", 4, 5), Right: o.row("Right", 5), Alpha: 1, Beta: 2},
			reads: "X Right Z", writes: "Y", optional: "X Z Left Right", same: []string{"Y=X", "Y=Z"}},
		{name: "accumulate", op: gpu.Accumulate{Y: o.row("Y", 5), X: o.row("X", 5), A: 1, B: 2, Rounds: 3}, reads: "X", writes: "Y", same: []string{"Y=X"}},
		{name: "map", op: gpu.Map{Y: o.m("Y", 4, 5), X: o.m("X", 4, 5), F: gpu.Exp}, reads: "X", writes: "Y", same: []string{"Y=X"}},
		{name: "activate", op: gpu.Activate{Y: o.m("Y", 4, 5), X: o.m("X", 4, 5), Act: relu}, reads: "X", writes: "Y", same: []string{"Y=X"}},
		{name: "activate backward", op: gpu.ActivateBackward{DX: o.m("DX", 4, 5), DY: o.m("DY", 4, 5), Y: o.m("Y", 4, 5), Act: relu},
			reads: "DY Y", writes: "DX", same: []string{"DX=DY"}},
		{name: "activate with units", op: gpu.Activate{Y: o.m("Y", 4, 5), X: o.m("X", 4, 5), Act: scaled}, reads: "X Act.Unit", writes: "Y", same: []string{"Y=X"}},
		{name: "activate backward with units", op: gpu.ActivateBackward{DX: o.m("DX", 4, 5), DY: o.m("DY", 4, 5), Y: o.m("Y", 4, 5), DUnit: o.m("DUnit", 4, 5), Act: scaled},
			reads: "DY Y Act.Unit", writes: "DX DUnit", optional: "DUnit", same: []string{"DX=DY"}},
		{name: "sigma", op: gpu.Sigma{Out: o.row("Out", 5), S: o.row("S", 5), Center: 1, Radius: 0.1}, reads: "S", writes: "Out", same: []string{"Out=S"}},
		{name: "sigma backward", op: gpu.SigmaBackward{DS: o.row("DS", 5), DSigma: o.row("DSigma", 5), S: o.row("S", 5), Radius: 0.1},
			reads: "DSigma S", writes: "DS", same: []string{"DS=DSigma"}},
		{name: "sigma backward with products", op: gpu.SigmaBackward{DS: o.row("DS", 5), DSigma: o.row("DSigma", 5), S: o.row("S", 5), A: o.m("A", 4, 5), B: o.m("B", 4, 5), Alpha: 1},
			reads: "DSigma S A B", writes: "DS", optional: "DSigma", same: []string{"DS=DSigma"}},
		{name: "svd tangent", op: gpu.SVDTangent{OmegaU: o.m("OmegaU", 5, 5), OmegaV: o.m("OmegaV", 5, 5), M: o.m("M", 5, 5), Sigma: o.row("Sigma", 5)},
			reads: "M Sigma", writes: "OmegaU OmegaV"},
		{name: "col_dot", op: gpu.ColDot{Out: o.row("Out", 5), A: o.m("A", 4, 5), B: o.m("B", 4, 5), Alpha: 1}, reads: "A B", writes: "Out", optional: "B"},
		{name: "col_dot with β", op: gpu.ColDot{Out: o.row("Out", 5), A: o.m("A", 4, 5), Alpha: 1, Beta: 1}, reads: "A Out", writes: "Out", optional: "B", free: "A.Rows"},
		{name: "norm", op: gpu.Norm{Out: o.row("Out", 2), X: o.m("X", 4, 5)}, reads: "X", writes: "Out", free: "X.Rows X.Cols"},
		{name: "min_max", op: gpu.MinMax{Out: o.row("Out", 2), X: o.m("X", 4, 5)}, reads: "X", writes: "Out", free: "X.Rows X.Cols"},
	}
}

func matrixOps(o operands) []opCase {
	gemm := func(c, a, b gpu.View) gpu.Gemm {
		return gpu.Gemm{C: c, A: a, B: b, Scale: o.row("Scale", 5), Bias: o.row("Bias", 5), Alpha: 1}
	}
	nn := gemm(o.m("C", 4, 5), o.m("A", 4, 6), o.m("B", 6, 5))
	tt := gemm(o.m("C", 4, 5), o.m("A", 6, 4), o.m("B", 5, 6))
	tt.TransA, tt.TransB, tt.Beta = true, true, 1
	batch := gemm(o.m("C", 4, 5), o.m("A", 4, 6), o.m("B", 6, 5))
	batch.Batch, batch.StrideA, batch.StrideC = 3, 30, 29
	batch.C.Buf, batch.A.Buf = buffer(o.t, o.dev, "C", 300), buffer(o.t, o.dev, "A", 300)
	grams := gpu.Gram{S: o.m("S", 3, 3), U: o.m("U", 3, 7), Batch: 3, StrideS: 20, StrideU: 30}
	grams.S.Buf, grams.U.Buf = buffer(o.t, o.dev, "S", 300), buffer(o.t, o.dev, "U", 300)
	systems := gpu.TriSolve{X: o.m("X", 3, 7), S: o.m("S", 3, 3), B: o.m("B", 3, 7), Transpose: true, Batch: 3, StrideX: 30, StrideS: 20, StrideB: 30}
	systems.X.Buf, systems.S.Buf, systems.B.Buf = buffer(o.t, o.dev, "X", 300), buffer(o.t, o.dev, "S", 300), buffer(o.t, o.dev, "B", 300)
	return []opCase{
		{name: "gemm", op: nn, reads: "A B Scale Bias", writes: "C", optional: "Scale Bias"},
		{name: "gemm with a diagonal", op: func() gpu.Op { g := nn; g.Diag = o.row("Diag", min(g.C.Rows, g.C.Cols)); return g }(), reads: "A B Scale Bias Diag", writes: "C", optional: "Scale Bias Diag"},
		{name: "gemm with units", op: func() gpu.Op { g := nn; g.Act = gpu.Activation{Kind: gpu.ModReLU, Unit: o.row("Unit", 5)}; return g }(), reads: "A B Scale Bias Act.Unit", writes: "C", optional: "Scale Bias"},
		{name: "gemm transposed with β", op: tt, reads: "A B C Scale Bias", writes: "C", optional: "Scale Bias"},
		{name: "gemm in a batch", op: batch, reads: "A B Scale Bias", writes: "C", optional: "Scale Bias"},
		{name: "gram", op: gpu.Gram{S: o.m("S", 3, 3), U: o.m("U", 3, 7)}, reads: "U", writes: "S", free: "U.Cols"},
		{name: "gram in a batch", op: grams, reads: "U", writes: "S", free: "U.Cols"},
		{name: "tri_solve", op: gpu.TriSolve{X: o.m("X", 3, 7), S: o.m("S", 3, 3), B: o.m("B", 3, 7), Scale: o.row("Scale", 7)}, reads: "S B Scale", writes: "X", optional: "Scale"},
		{name: "tri_solve in a batch", op: systems, reads: "S B", writes: "X", optional: "Scale"},
		{name: "tri_inverse", op: gpu.TriInverse{A: o.m("A", 3, 3), S: o.m("S", 3, 3)}, reads: "S", writes: "A"},
		{name: "sym_triu", op: gpu.SymTriu{Y: o.m("Y", 3, 3), K: o.m("K", 3, 3)}, reads: "K", writes: "Y", same: []string{"Y=K"}},
		{name: "reflect", op: gpu.Reflect{Y: o.m("Y", 4, 7), X: o.m("X", 4, 7), U: o.m("U", 3, 7)}, reads: "X U", writes: "Y", free: "U.Rows", same: []string{"Y=X"}},
		{name: "reflect backward", op: gpu.ReflectBackward{DX: o.m("DX", 4, 7), DU: o.m("DU", 3, 7), DY: o.m("DY", 4, 7), Y: o.m("Y", 4, 7), U: o.m("U", 3, 7)},
			reads: "DY Y U", writes: "DX DU", same: []string{"DX=DY"}},
		{name: "block factors", op: gpu.BlockFactors{A: o.m("A", 4, 4), U: o.m("U", 3, 7)}, reads: "U", writes: "A", free: "U.Rows U.Cols"},
		{name: "reflect blocks", op: gpu.ReflectBlocks{Y: o.m("Y", 4, 7), X: o.m("X", 4, 7), U: o.m("U", 6, 7), A: o.m("A", 8, 4)},
			reads: "X U A", writes: "Y", free: "U.Rows", same: []string{"Y=X"}},
		{name: "reflect blocks backward", op: gpu.ReflectBlocksBackward{DX: o.m("DX", 4, 7), DU: o.m("DU", 6, 7), DY: o.m("DY", 4, 7), Y: o.m("Y", 4, 7), U: o.m("U", 6, 7), A: o.m("A", 8, 4)},
			reads: "DY Y U A", writes: "DX DU", same: []string{"DX=DY"}},
		{name: "scale reflectors", op: gpu.ScaleReflectors{Y: o.m("Y", 3, 7), S: o.m("S", 1, 3), U: o.m("U", 3, 7)}, reads: "U", writes: "Y S", same: []string{"Y=U"}},
		{name: "normalize reflectors", op: gpu.NormalizeReflectors{U: o.m("U", 3, 7)}, reads: "U", writes: "U", free: "U.Rows U.Cols"},
		{name: "mask reflectors", op: gpu.MaskReflectors{U: o.m("U", 3, 7)}, writes: "U", free: "U.Rows U.Cols"},
	}
}

func recurrentOps(o operands) []opCase {
	const steps, samples, n, k = 3, 2, 5, 4
	seq := func(name string, cols int) gpu.View { return o.m(name, steps*samples, cols) }
	states := func() gpu.View { return o.m("H", (steps+1)*samples, n) }
	units := gpu.Activation{Kind: gpu.ModReLU, Unit: o.row("Unit", n)}
	return []opCase{
		{name: "rnn forward from Z", op: gpu.RNNForward{H: states(), W: o.m("W", n, n), Z: seq("Z", n), T: steps, B: samples}, reads: "H W Z", writes: "H"},
		{name: "rnn forward from X", op: gpu.RNNForward{H: states(), W: o.m("W", n, n), X: seq("X", k), Wx: o.m("Wx", n, k), Bias: o.row("Bias", n), T: steps, B: samples},
			reads: "H W X Wx Bias", writes: "H", optional: "Bias"},
		{name: "rnn forward with units and a mask", op: gpu.RNNForward{H: states(), W: o.m("W", n, n), Z: seq("Z", n), Mask: o.m("Mask", samples, n), Masked: seq("Masked", n), T: steps, B: samples, Act: units},
			reads: "H W Z Mask Act.Unit", writes: "H Masked", optional: "Masked", first: []string{"Masked=H"}},
		{name: "rnn backward with units and a mask", op: gpu.RNNBackward{Delta: seq("Delta", n), W: o.m("W", n, n), H: states(), DH: seq("DH", n), DH0: o.m("DH0", samples, n), DUnit: o.m("DUnit", samples, n), Mask: o.m("Mask", samples, n), T: steps, B: samples, Act: units},
			reads: "W H DH Mask Act.Unit", writes: "Delta DH0 DUnit", optional: "DH0 DUnit Mask", same: []string{"Delta=DH"}},
		{name: "rnn low rank forward with units", op: gpu.RNNLowRankForward{H: states(), D: o.row("D", n), L: o.m("L", 3, n), R: o.m("R", 3, n), C: seq("C", 3), Z: seq("Z", n), Mask: o.m("Mask", samples, n), Masked: seq("Masked", n), T: steps, B: samples, Act: units},
			reads: "H D L R Z Mask Act.Unit", writes: "H C Masked", optional: "C Masked", first: []string{"Masked=H"}},
		{name: "rnn low rank backward with units", op: gpu.RNNLowRankBackward{Delta: seq("Delta", n), E: seq("E", 3), D: o.row("D", n), L: o.m("L", 3, n), R: o.m("R", 3, n), H: states(),
			DH: seq("DH", n), DH0: o.m("DH0", samples, n), DUnit: o.m("DUnit", samples, n), Mask: o.m("Mask", samples, n), T: steps, B: samples, Act: units},
			reads: "D L R H DH Mask Act.Unit", writes: "Delta E DH0 DUnit", optional: "E DH0 DUnit Mask", same: []string{"Delta=DH"}},
		{name: "rnn backward", op: gpu.RNNBackward{Delta: seq("Delta", n), W: o.m("W", n, n), H: states(), DH: seq("DH", n), DH0: o.m("DH0", samples, n), T: steps, B: samples},
			reads: "W H DH", writes: "Delta DH0", optional: "DH0", same: []string{"Delta=DH"}},
		{name: "rnn backward from the last step", op: gpu.RNNBackward{Delta: seq("Delta", n), W: o.m("W", n, n), H: states(), DH: o.m("DH", samples, n), T: steps, B: samples},
			reads: "W H DH", writes: "Delta", optional: "DH0"},
		{name: "rnn low rank forward from Z", op: gpu.RNNLowRankForward{H: states(), D: o.row("D", n), L: o.m("L", 3, n), R: o.m("R", 3, n), C: seq("C", 3), Z: seq("Z", n), T: steps, B: samples},
			reads: "H D L R Z", writes: "H C", optional: "C"},
		{name: "rnn low rank forward from X", op: gpu.RNNLowRankForward{H: states(), D: o.row("D", n), L: o.m("L", 3, n), R: o.m("R", 3, n), X: seq("X", k), Wx: o.m("Wx", n, k), Bias: o.row("Bias", n), T: steps, B: samples},
			reads: "H D L R X Wx Bias", writes: "H", optional: "C Bias"},
		{name: "rnn low rank backward", op: gpu.RNNLowRankBackward{Delta: seq("Delta", n), E: seq("E", 3), D: o.row("D", n), L: o.m("L", 3, n), R: o.m("R", 3, n), H: states(), DH: seq("DH", n), DH0: o.m("DH0", samples, n), T: steps, B: samples},
			reads: "D L R H DH", writes: "Delta E DH0", optional: "E DH0", same: []string{"Delta=DH"}},
		{name: "rnn low rank backward from the last step", op: gpu.RNNLowRankBackward{Delta: seq("Delta", n), D: o.row("D", n), L: o.m("L", 3, n), R: o.m("R", 3, n), H: states(), DH: o.m("DH", samples, n), T: steps, B: samples},
			reads: "D L R H DH", writes: "Delta", optional: "E DH0"},
		{name: "rnn gradient", op: gpu.RNNGradient{DW: o.m("DW", n, n), DWx: o.m("DWx", n, k), DBias: o.row("DBias", n), DDiag: o.row("DDiag", n), Delta: seq("Delta", n), H: states(), X: seq("X", k), T: steps, B: samples},
			reads: "Delta H X", writes: "DW DWx DBias DDiag", optional: "DW DBias DDiag"},
		{name: "rnn gradient without inputs", op: gpu.RNNGradient{DW: o.m("DW", n, n), Delta: seq("Delta", n), H: states(), T: steps, B: samples},
			reads: "Delta H", writes: "DW", optional: "DW DWx DBias DDiag X"},
	}
}

func trainingOps(o operands) []opCase {
	const n = 150 // parameters, in three blocks
	return []opCase{
		{name: "softmax cross-entropy", op: gpu.SoftmaxCrossEntropy{Rows: o.m("Rows", 4, 2), Sum: o.row("Sum", 2), Scale: o.row("Scale", 1), DLogits: o.m("DLogits", 4, 5), Logits: o.m("Logits", 4, 5), Labels: o.row("Labels", 4)},
			reads: "Logits Labels Scale", writes: "Rows Sum DLogits", optional: "Sum DLogits Scale", same: []string{"DLogits=Logits"}},
		{name: "mean squared error", op: gpu.MeanSquaredError{Rows: o.m("Rows", 4, 2), Sum: o.row("Sum", 2), Scale: o.row("Scale", 1), DPred: o.m("DPred", 4, 5), Pred: o.m("Pred", 4, 5), Target: o.m("Target", 4, 5), Labels: o.row("Labels", 4)},
			reads: "Pred Target Labels Scale", writes: "Rows Sum DPred", optional: "Sum DPred Labels Scale", same: []string{"DPred=Pred"}},
		{name: "adam", op: gpu.Adam{P: o.row("P", n), M: o.row("M", n), V: o.row("V", n), G: o.row("G", n), Hyper: o.row("Hyper", gpu.HyperLen), Norm: o.row("Norm", 2), Groups: o.m("Groups", 3, 2)},
			reads: "P M V G Hyper Norm Groups", writes: "P M V"},
		{name: "rmsprop", op: gpu.RMSprop{P: o.row("P", n), V: o.row("V", n), G: o.row("G", n), Hyper: o.row("Hyper", gpu.HyperLen), Norm: o.row("Norm", 2), Groups: o.m("Groups", 3, 2)},
			reads: "P V G Hyper Norm Groups", writes: "P V"},
		{name: "sgd", op: gpu.SGD{P: o.row("P", n), M: o.row("M", n), G: o.row("G", n), Hyper: o.row("Hyper", gpu.HyperLen), Norm: o.row("Norm", 2), Groups: o.m("Groups", 3, 2)},
			reads: "P M G Hyper Norm Groups", writes: "P M"},
	}
}
