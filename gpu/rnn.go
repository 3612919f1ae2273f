package gpu

import "math"

// RNNForward runs a recurrence over all T time steps of a batch of B sequences:
//
//	h_t = φ( W h_{t−1} + z_t ),   z_t = Z_t  or  z_t = Wx x_t + bias,   t = 1 … T
//
// H is (T+1)·B × n, time-major: its first B rows are the initial state h_0, which is read; rows t·B … (t+1)·B−1 receive h_t.
// W is n × n. The pre-activations are either Z (T·B × n, time-major; it may be exactly the last T·B rows of H, in place), or are
// made from the input X (T·B × k), Wx (n × k) and Bias (1 × n) with Z absent. T·B sequences are independent of each other.
type RNNForward struct {
	H, W        View
	Z           View
	X, Wx, Bias View
	T, B        int
	Act         Activation
}

// Name implements Op.
func (o RNNForward) Name() string { return "rnn_forward" }

// Hidden returns n.
func (o RNNForward) Hidden() int { return o.W.Cols }

// States returns h_1 … h_T, the last T·B rows of H.
func (o RNNForward) States() View { return o.H.RowRange(o.B, (o.T+1)*o.B) }

// Check implements Op.
func (o RNNForward) Check() error {
	const op = "rnn_forward"
	n := o.W.Cols
	if err := firstError(checkSteps(op, o.T, o.B), o.Act.check(op), o.W.check(op, "W", n, n), o.H.check(op, "H", (o.T+1)*o.B, n)); err != nil {
		return err
	}
	return firstError(o.input().check(op, n), disjoint(op, "H", o.H, named{"W", o.W}))
}

func (o RNNForward) input() rnnInput { return rnnInput{o.H, o.Z, o.X, o.Wx, o.Bias, o.T, o.B} }

// rnnInput is what comes into a recurrence from outside, and the states that it goes to.
type rnnInput struct {
	h, z, x, wx, bias View
	steps, samples    int
}

// check verifies the operands, h being of the right shape.
func (in rnnInput) check(op string, n int) error {
	rows := in.steps * in.samples
	if in.z.IsZero() == in.x.IsZero() {
		return shapeError(op, "give either Z or X with Wx and Bias: Z = %v, X = %v", in.z, in.x)
	}
	if in.z.IsZero() {
		return firstError(in.x.check(op, "X", rows, in.x.Cols), in.wx.check(op, "Wx", n, in.x.Cols), in.bias.check(op, "Bias", 1, n),
			disjoint(op, "H", in.h, named{"X", in.x}, named{"Wx", in.wx}, named{"Bias", in.bias}))
	}
	if !in.wx.IsZero() || !in.bias.IsZero() {
		return shapeError(op, "Z = %v is given, so Wx = %v and Bias = %v must be absent", in.z, in.wx, in.bias)
	}
	return firstError(in.z.check(op, "Z", rows, n), sameOrDisjoint(op, "H[1:]", in.h.RowRange(in.samples, rows+in.samples), named{"Z", in.z}),
		disjoint(op, "Z", in.z, named{"h0", in.h.RowRange(0, in.samples)}))
}

// checkSteps verifies the number of steps and samples of a recurrence, of which (T+1)·B rows are counted.
func checkSteps(op string, t, b int) error {
	if t < 0 || b < 0 || b > 0 && t >= math.MaxInt/b {
		return shapeError(op, "T = %d, B = %d", t, b)
	}
	return nil
}

// Access implements Op.
func (o RNNForward) Access() []Access {
	return accessList{}.reads(o.W, o.Z, o.X, o.Wx, o.Bias, o.H.RowRange(0, o.B)).writes(o.States())
}

// Cost implements Op: 2·T·B·n·(n+k) flops.
func (o RNNForward) Cost() Cost {
	k := 0
	if !o.X.IsZero() {
		k = o.X.Cols
	}
	n := int64(o.W.Cols)
	return Cost{2 * int64(o.T) * int64(o.B) * n * (n + int64(k)), bytesOf(o.W, o.Z, o.X, o.Wx, o.H)}
}

// RNNBackward is back-propagation through time for RNNForward. Running t = T … 1 from δ_{T+1} = 0:
//
//	δ_t = φ'(h_t) ∘ ( DH_t + Wᵀ δ_{t+1} ),   DH0 = Wᵀ δ_1
//
// H is (T+1)·B × n as RNNForward left it; DH = dL/dh is the gradient that arrives from outside the recurrence: T·B × n, or B × n for the
// last step alone (zero elsewhere). Delta (T·B × n) receives δ = dL/dz, DH0 (B × n, may be absent) receives dL/dh_0. Delta may be
// exactly DH when DH is T·B × n.
type RNNBackward struct {
	Delta, W, H, DH, DH0 View
	T, B                 int
	Act                  Activation
}

// Name implements Op.
func (o RNNBackward) Name() string { return "rnn_backward" }

// LastOnly tells whether DH is the gradient of the last step alone.
func (o RNNBackward) LastOnly() bool { return o.DH.Rows == o.B && o.T != 1 }

// Check implements Op.
func (o RNNBackward) Check() error {
	const op = "rnn_backward"
	n := o.W.Cols
	if err := firstError(checkSteps(op, o.T, o.B), o.Act.check(op), o.W.check(op, "W", n, n)); err != nil {
		return err
	}
	return rnnOutput{o.H, o.DH, o.Delta, o.DH0, o.T, o.B}.check(op, n, named{"W", o.W})
}

// rnnOutput is what back-propagation through time goes over: the states and the gradients of them.
type rnnOutput struct {
	h, dh, delta, dh0 View
	steps, samples    int
}

// check verifies the operands, which must not share memory with the others either.
func (out rnnOutput) check(op string, n int, others ...named) error {
	rows := out.steps * out.samples
	given := rows
	if out.dh.Rows == out.samples {
		given = out.samples
	}
	in := append(others, named{"H", out.h})
	return firstError(out.h.check(op, "H", rows+out.samples, n), out.delta.check(op, "Delta", rows, n), out.dh.check(op, "DH", given, n),
		out.dh0.checkOptional(op, "DH0", out.samples, n), sameOrDisjoint(op, "Delta", out.delta, named{"DH", out.dh}),
		disjoint(op, "Delta", out.delta, append(in, named{"DH0", out.dh0})...), disjoint(op, "DH0", out.dh0, append(in, named{"DH", out.dh})...))
}

// Access implements Op.
func (o RNNBackward) Access() []Access {
	return accessList{}.reads(o.W, o.H.RowRange(o.B, (o.T+1)*o.B), o.DH).writes(o.Delta, o.DH0)
}

// Cost implements Op: 2·T·B·n² flops.
func (o RNNBackward) Cost() Cost {
	n := int64(o.W.Cols)
	return Cost{2 * int64(o.T) * int64(o.B) * n * n, bytesOf(o.W, o.H, o.DH, o.Delta)}
}

// RNNGradient computes the gradients of a recurrence's weights from δ (T·B × n), each one product over all time steps and samples:
//
//	DW = Σ_t δ_t h_{t−1}ᵀ (n × n),   DWx = Σ_t δ_t x_tᵀ (n × k),   DBias = Σ_t δ_t (1 × n),   DDiag = Σ_t δ_t∘h_{t−1} (1 × n)
//
// H is (T+1)·B × n as in RNNForward, X is T·B × k. DW, DWx with X, DBias and DDiag may be absent. DDiag is the diagonal of DW, for a W
// that is kept as diagonal plus low rank (RNNLowRankForward).
type RNNGradient struct {
	DW, DWx, DBias View
	DDiag          View
	Delta, H, X    View
	T, B           int
}

// Name implements Op.
func (o RNNGradient) Name() string { return "rnn_gradient" }

// Previous returns h_0 … h_{T−1}, the first T·B rows of H.
func (o RNNGradient) Previous() View { return o.H.RowRange(0, o.T*o.B) }

// Check implements Op.
func (o RNNGradient) Check() error {
	const op = "rnn_gradient"
	n := o.Delta.Cols
	if o.DWx.IsZero() != o.X.IsZero() {
		return shapeError(op, "DWx = %v and X = %v go together", o.DWx, o.X)
	}
	err := firstError(checkSteps(op, o.T, o.B), o.Delta.check(op, "Delta", o.T*o.B, n), o.H.check(op, "H", (o.T+1)*o.B, n), o.DW.checkOptional(op, "DW", n, n),
		o.DBias.checkOptional(op, "DBias", 1, n), o.DDiag.checkOptional(op, "DDiag", 1, n), o.X.checkOptional(op, "X", o.T*o.B, o.X.Cols), o.DWx.checkOptional(op, "DWx", n, o.X.Cols))
	if err != nil {
		return err
	}
	in := []named{{"Delta", o.Delta}, {"H", o.H}, {"X", o.X}}
	return firstError(disjoint(op, "DW", o.DW, append(in, named{"DWx", o.DWx}, named{"DBias", o.DBias}, named{"DDiag", o.DDiag})...),
		disjoint(op, "DWx", o.DWx, append(in, named{"DBias", o.DBias}, named{"DDiag", o.DDiag})...),
		disjoint(op, "DBias", o.DBias, append(in, named{"DDiag", o.DDiag})...), disjoint(op, "DDiag", o.DDiag, in...))
}

// Access implements Op.
func (o RNNGradient) Access() []Access {
	return accessList{}.reads(o.Delta, o.Previous(), o.X).writes(o.DW, o.DWx, o.DBias, o.DDiag)
}

// Cost implements Op: 2·T·B·n·(n+k+1) flops, less those of DW where it is absent.
func (o RNNGradient) Cost() Cost {
	n, k := int64(o.Delta.Cols), int64(o.X.Cols)
	k += int64(o.DDiag.Rows)
	return Cost{2 * int64(o.T) * int64(o.B) * n * (int64(o.DW.Cols) + k + 1), bytesOf(o.Delta, o.Previous(), o.X, o.DW, o.DWx)}
}
