package gpu

// gruGates is the number of gates of a GRU that a state goes into, in the order r, z, n: reset, update and candidate.
const gruGates = 3

// GRUForward runs a gated recurrent unit (Cho et al. 2014; the equations, with the reset gate applied after the product, and the order of
// gates are those of torch.nn.GRU) over all T time steps of a batch of B sequences:
//
//	(a_r, a_z, a_n) = Z_t  or  Wx x_t + bias,   m = W_n h_{t−1} + hidden bias
//	r = σ(a_r + W_r h_{t−1}),   z = σ(a_z + W_z h_{t−1}),   n = tanh(a_n + r∘m)
//	h_t = (1−z)∘n + z∘h_{t−1},   t = 1 … T
//
// H is (T+1)·B × n, time-major: its first B rows are the initial state h_0, which is read; rows t·B … (t+1)·B−1 receive h_t. W is 3n × n.
// What comes from outside is either Z (T·B × 3n), or is made from the input X (T·B × k), Wx (3n × k) and Bias (1 × 3n, may be absent) with
// Z absent. HiddenBias (1 × n, may be absent) is the bias inside of the reset gate; the biases of the other gates beside W are the same as
// Bias. G (T·B × 4n) receives r, z, n and m, which GRUBackward needs; it may be absent, and Z may be exactly its first 3n columns, in place.
// Mask and Masked are those of RNNForward: W_r, W_z and W_n are given Mask∘h_{t−1}; what z lets through is h_{t−1} itself.
type GRUForward struct {
	H, G         View
	W            View
	HiddenBias   View
	Z            View
	X, Wx, Bias  View
	Mask, Masked View
	T, B         int
}

// Name implements Op.
func (o GRUForward) Name() string { return "gru_forward" }

// Hidden returns n.
func (o GRUForward) Hidden() int { return o.W.Cols }

// States returns h_1 … h_T, the last T·B rows of H.
func (o GRUForward) States() View { return o.H.RowRange(o.B, (o.T+1)*o.B) }

// Outer returns where pre-activations from outside stand in G, its first 3n columns; no view without G.
func (o GRUForward) Outer() View {
	if o.G.IsZero() {
		return o.G
	}
	return o.G.ColRange(0, gruGates*o.W.Cols)
}

// Check implements Op.
func (o GRUForward) Check() error {
	const op = "gru_forward"
	n := o.W.Cols
	err := firstError(checkSteps(op, o.T, o.B), o.W.check(op, "W", gruGates*n, n), o.H.check(op, "H", (o.T+1)*o.B, n), o.G.checkOptional(op, "G", o.T*o.B, (gruGates+1)*n),
		o.HiddenBias.checkOptional(op, "HiddenBias", 1, n), gatedInput{o.Z, o.X, o.Wx, o.Bias}.check(op, o.T*o.B, gruGates*n))
	if err != nil {
		return err
	}
	in := []named{{"W", o.W}, {"HiddenBias", o.HiddenBias}, {"X", o.X}, {"Wx", o.Wx}, {"Bias", o.Bias}, {"Mask", o.Mask}}
	err = firstError(checkMask(op, o.Mask, o.Masked, o.T, o.B, n), disjoint(op, "Masked", o.Masked, append(in, named{"H", o.H}, named{"G", o.G}, named{"Z", o.Z})...),
		disjoint(op, "H", o.H, append(in, named{"G", o.G}, named{"Z", o.Z})...), disjoint(op, "G", o.G, in...))
	if err == nil && !o.Z.Same(o.Outer()) {
		err = disjoint(op, "G", o.G, named{"Z", o.Z})
	}
	return err
}

// Access implements Op.
func (o GRUForward) Access() []Access {
	return accessList{}.reads(o.W, o.HiddenBias, o.Z, o.X, o.Wx, o.Bias, o.H.RowRange(0, o.B), o.Mask).writes(o.States(), o.G, o.Masked)
}

// Cost implements Op: 6·T·B·n·(n+k) flops.
func (o GRUForward) Cost() Cost {
	n, k := int64(o.W.Cols), int64(o.X.Cols)
	return Cost{2 * gruGates * int64(o.T) * int64(o.B) * n * (n + k), bytesOf(o.W, o.Z, o.X, o.Wx, o.H, o.G)}
}
