package gpu

// RNNBackward is back-propagation through time for RNNForward. Running t = T … 1 from δ_{T+1} = 0:
//
//	δ_t = φ'(h_t) ∘ ( DH_t + Wᵀ δ_{t+1} ),   DH0 = Wᵀ δ_1
//
// H is (T+1)·B × n as RNNForward left it; DH = dL/dh is the gradient that arrives from outside the recurrence: T·B × n, or B × n for the
// last step alone (zero elsewhere). Delta (T·B × n) receives δ = dL/dz, DH0 (B × n, may be absent) receives dL/dh_0. Delta may be
// exactly DH when DH is T·B × n. DUnit (B × n, may be absent) belongs to activations with a parameter for each unit: it receives
// Σ_t (DH_t + Wᵀ δ_{t+1}) ∘ ∂φ/∂Unit, added up from the last step to the first, whose column sums are the gradient of the parameters. Mask
// (B × n) is that of RNNForward; it multiplies what comes back through W: Mask∘Wᵀδ_{t+1} in the place of Wᵀδ_{t+1}, also in DH0.
//
// H may have Masked in it (RNNForward.MaskedInH) where DH is of the last step alone and Mask holds zeros and ones: φ' is then taken at
// Mask∘h_t, which differs from h_t only where Mask∘Wᵀδ_{t+1} is 0.
type RNNBackward struct {
	Delta, W, H, DH, DH0 View
	DUnit, Mask          View
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
	if err := firstError(checkSteps(op, o.T, o.B), o.Act.check(op, n), o.W.check(op, "W", n, n)); err != nil {
		return err
	}
	return rnnOutput{o.H, o.DH, o.Delta, o.DH0, o.DUnit, o.Mask, o.Act, o.T, o.B}.check(op, n, named{"W", o.W})
}

// Access implements Op.
func (o RNNBackward) Access() []Access {
	return accessList{}.reads(o.W, o.H.RowRange(o.B, (o.T+1)*o.B), o.DH, o.Mask, o.Act.Unit).writes(o.Delta, o.DH0, o.DUnit)
}

// Cost implements Op: 2·T·B·n² flops.
func (o RNNBackward) Cost() Cost {
	n := int64(o.W.Cols)
	return Cost{2 * int64(o.T) * int64(o.B) * n * n, bytesOf(o.W, o.H, o.DH, o.Delta)}
}
