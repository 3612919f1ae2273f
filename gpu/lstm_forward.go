package gpu

// lstmGates is the number of gates of an LSTM, in the order i, f, g, o: input, forget, candidate and output.
const lstmGates = 4

// LSTMForward runs a long short-term memory (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000; the equations and
// the order of gates are those of torch.nn.LSTM) over all T time steps of a batch of B sequences:
//
//	a_t = W h_{t−1} + z_t,   z_t = Z_t  or  z_t = Wx x_t + bias   (4n values, n of each of the gates i, f, g, o)
//	i = σ(a_i),   f = σ(a_f),   g = tanh(a_g),   o = σ(a_o)
//	c_t = f∘c_{t−1} + i∘g,   h_t = o∘tanh(c_t),   t = 1 … T
//
// H and C are (T+1)·B × n, time-major: their first B rows are the initial states h_0 and c_0, which are read; rows t·B … (t+1)·B−1
// receive h_t and c_t. W is 4n × n. The pre-activations from outside are either Z (T·B × 4n), or are made from the input X (T·B × k),
// Wx (4n × k) and Bias (1 × 4n, may be absent) with Z absent. G (T·B × 4n) receives i, f, g and o, which LSTMBackward needs; it may
// be absent, and Z may be exactly G, in place. Mask and Masked are those of RNNForward: Mask∘h_{t−1} stands in the place of h_{t−1}.
type LSTMForward struct {
	H, C, G      View
	W            View
	Z            View
	X, Wx, Bias  View
	Mask, Masked View
	T, B         int
}

// Name implements Op.
func (o LSTMForward) Name() string { return "lstm_forward" }

// Hidden returns n.
func (o LSTMForward) Hidden() int { return o.W.Cols }

// States returns h_1 … h_T, the last T·B rows of H.
func (o LSTMForward) States() View { return o.H.RowRange(o.B, (o.T+1)*o.B) }

// Cells returns c_1 … c_T, the last T·B rows of C.
func (o LSTMForward) Cells() View { return o.C.RowRange(o.B, (o.T+1)*o.B) }

// Check implements Op.
func (o LSTMForward) Check() error {
	const op = "lstm_forward"
	n := o.W.Cols
	err := firstError(checkSteps(op, o.T, o.B), o.W.check(op, "W", lstmGates*n, n), o.H.check(op, "H", (o.T+1)*o.B, n), o.C.check(op, "C", (o.T+1)*o.B, n),
		o.G.checkOptional(op, "G", o.T*o.B, lstmGates*n), gatedInput{o.Z, o.X, o.Wx, o.Bias}.check(op, o.T*o.B, lstmGates*n))
	if err != nil {
		return err
	}
	in := []named{{"W", o.W}, {"X", o.X}, {"Wx", o.Wx}, {"Bias", o.Bias}, {"Mask", o.Mask}}
	return firstError(checkMask(op, o.Mask, o.Masked, o.T, o.B, n), disjoint(op, "Masked", o.Masked, append(in, named{"H", o.H}, named{"C", o.C}, named{"G", o.G}, named{"Z", o.Z})...),
		disjoint(op, "H", o.H, append(in, named{"C", o.C}, named{"G", o.G}, named{"Z", o.Z})...),
		disjoint(op, "C", o.C, append(in, named{"G", o.G}, named{"Z", o.Z})...),
		disjoint(op, "G", o.G, in...), sameOrDisjoint(op, "G", o.G, named{"Z", o.Z}))
}

// Access implements Op.
func (o LSTMForward) Access() []Access {
	return accessList{}.reads(o.W, o.Z, o.X, o.Wx, o.Bias, o.H.RowRange(0, o.B), o.Mask, o.C.RowRange(0, o.B)).writes(o.States(), o.Cells(), o.G, o.Masked)
}

// Cost implements Op: 8·T·B·n·(n+k) flops.
func (o LSTMForward) Cost() Cost {
	n, k := int64(o.W.Cols), int64(o.X.Cols)
	return Cost{2 * lstmGates * int64(o.T) * int64(o.B) * n * (n + k), bytesOf(o.W, o.Z, o.X, o.Wx, o.H, o.C, o.G)}
}
