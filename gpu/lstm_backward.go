package gpu

// LSTMBackward is back-propagation through time for LSTMForward. Running t = T … 1 from dc_{T+1} = 0 and δ_{T+1} = 0:
//
//	dh = DH_t + Wᵀ δ_{t+1},   dc = dc_{t+1} + dh∘o∘(1 − tanh²(c_t))
//	δ_i = dc∘g∘i∘(1−i),   δ_f = dc∘c_{t−1}∘f∘(1−f),   δ_g = dc∘i∘(1−g²),   δ_o = dh∘tanh(c_t)∘o∘(1−o)
//	dc_t = dc∘f,   DH0 = Wᵀ δ_1,   DC0 = dc_1
//
// G and C are as LSTMForward left them; DH = dL/dh is the gradient that arrives from outside the recurrence: T·B × n, or B × n for the
// last step alone (zero elsewhere). DZ (T·B × 4n) receives δ = dL/dz; it may be exactly G, which it then replaces. DH0 and DC0 (B × n
// each, may be absent) receive dL/dh_0 and dL/dc_0. Mask (B × n, may be absent) is that of
// LSTMForward and multiplies what comes back through W. RNNGradient makes the weights' gradients from DZ.
type LSTMBackward struct {
	DZ       View
	W, G, C  View
	DH       View
	DH0, DC0 View
	Mask     View
	T, B     int
}

// Name implements Op.
func (o LSTMBackward) Name() string { return "lstm_backward" }

// Hidden returns n.
func (o LSTMBackward) Hidden() int { return o.W.Cols }

// LastOnly tells whether DH is the gradient of the last step alone.
func (o LSTMBackward) LastOnly() bool { return o.DH.Rows == o.B && o.T != 1 }

// Check implements Op.
func (o LSTMBackward) Check() error {
	const op = "lstm_backward"
	n, rows := o.W.Cols, o.T*o.B
	given := rows
	if o.DH.Rows == o.B {
		given = o.B
	}
	err := firstError(checkSteps(op, o.T, o.B), o.W.check(op, "W", lstmGates*n, n), o.G.check(op, "G", rows, lstmGates*n), o.C.check(op, "C", rows+o.B, n),
		o.DH.check(op, "DH", given, n), o.DZ.check(op, "DZ", rows, lstmGates*n), o.DH0.checkOptional(op, "DH0", o.B, n), o.DC0.checkOptional(op, "DC0", o.B, n), o.Mask.checkOptional(op, "Mask", o.B, n))
	if err != nil {
		return err
	}
	in := []named{{"W", o.W}, {"C", o.C}, {"DH", o.DH}, {"Mask", o.Mask}}
	return firstError(disjoint(op, "DZ", o.DZ, append(in, named{"DH0", o.DH0}, named{"DC0", o.DC0})...), sameOrDisjoint(op, "DZ", o.DZ, named{"G", o.G}),
		disjoint(op, "DH0", o.DH0, append(in, named{"G", o.G}, named{"DC0", o.DC0})...), disjoint(op, "DC0", o.DC0, append(in, named{"G", o.G})...))
}

// Access implements Op.
func (o LSTMBackward) Access() []Access {
	return accessList{}.reads(o.W, o.G, o.C, o.DH, o.Mask).writes(o.DZ, o.DH0, o.DC0)
}

// Cost implements Op: 8·T·B·n² flops.
func (o LSTMBackward) Cost() Cost {
	n := int64(o.W.Cols)
	return Cost{2 * lstmGates * int64(o.T) * int64(o.B) * n * n, bytesOf(o.W, o.G, o.C, o.DH, o.DZ)}
}
