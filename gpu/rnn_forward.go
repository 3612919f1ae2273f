package gpu

// RNNForward runs a recurrence over all T time steps of a batch of B sequences:
//
//	h_t = φ( W h_{t−1} + z_t ),   z_t = Z_t  or  z_t = Wx x_t + bias,   t = 1 … T
//
// H is (T+1)·B × n, time-major: its first B rows are the initial state h_0, which is read; rows t·B … (t+1)·B−1 receive h_t.
// W is n × n. The pre-activations are either Z (T·B × n, time-major; it may be exactly the last T·B rows of H, in place), or are
// made from the input X (T·B × k), Wx (n × k) and Bias (1 × n, may be absent) with Z absent. The B sequences are independent of each other.
//
// Mask (B × n, may be absent) multiplies the state on its way back into W: h_t = φ( W (Mask∘h_{t−1}) + z_t ), the same at all steps, as
// dropout of states wants it (Gal & Ghahramani 2016). H receives h_t as it is, Masked (T·B × n, may be absent) what W was given,
// Mask∘h_{t−1}, which the gradient of W needs in the place of h_{t−1}. Masked may be exactly the first T·B rows of H: then those hold
// Mask∘h_0 … Mask∘h_{T−1} after the run, in the place of h_0 … h_{T−1}, and of the states h_T alone is there as it is.
type RNNForward struct {
	H, W         View
	Z            View
	X, Wx, Bias  View
	Mask, Masked View
	T, B         int
	Act          Activation
}

// Name implements Op.
func (o RNNForward) Name() string { return "rnn_forward" }

// Hidden returns n.
func (o RNNForward) Hidden() int { return o.W.Cols }

// States returns h_1 … h_T, the last T·B rows of H.
func (o RNNForward) States() View { return o.H.RowRange(o.B, (o.T+1)*o.B) }

// MaskedInH tells whether Masked is the first T·B rows of H.
func (o RNNForward) MaskedInH() bool { return o.input().maskedInH() }

// Check implements Op.
func (o RNNForward) Check() error {
	const op = "rnn_forward"
	n := o.W.Cols
	if err := firstError(checkSteps(op, o.T, o.B), o.Act.check(op, n), o.W.check(op, "W", n, n), o.H.check(op, "H", (o.T+1)*o.B, n)); err != nil {
		return err
	}
	return firstError(o.input().check(op, n, named{"W", o.W}, named{"Act.Unit", o.Act.Unit}),
		disjoint(op, "H", o.H, named{"W", o.W}, named{"Act.Unit", o.Act.Unit}))
}

func (o RNNForward) input() rnnInput {
	return rnnInput{o.H, o.Z, o.X, o.Wx, o.Bias, o.Mask, o.Masked, o.T, o.B}
}

// Access implements Op.
func (o RNNForward) Access() []Access {
	return accessList{}.reads(o.W, o.Z, o.X, o.Wx, o.Bias, o.Mask, o.Act.Unit, o.H.RowRange(0, o.B)).writes(o.input().written()...)
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
